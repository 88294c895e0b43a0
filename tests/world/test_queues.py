"""The orders of service, each against its plainest form."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.queues import (
    ADAPTIVE_LIFO,
    EFFORT,
    FAIR,
    FIFO,
    LEVELS,
    LIFO,
    PRIORITY,
    dequeue,
    enqueue,
    flows,
    grown,
    is_full,
    level_of,
    queue,
)

ADDRESS = 10 << 24


class Fair:
    """Round robin over the addresses that wait."""

    def __init__(self):
        self.by_address = {}

    def add(self, who, address, _rank):
        self.by_address.setdefault(address, deque()).append(who)

    def next(self):
        address = next(iter(self.by_address))
        mine = self.by_address.pop(address)
        who = mine.popleft()
        if mine:
            self.by_address[address] = mine
        return who


class Priority:
    def __init__(self):
        self.rooms = deque(), deque()

    def add(self, who, _address, rank):
        self.rooms[rank].append(who)

    def next(self):
        return (self.rooms[0] or self.rooms[1]).popleft()


class Effort:
    """Who paid most, by powers of two."""

    def __init__(self):
        self.rooms = {}

    def add(self, who, _address, rank):
        self.rooms.setdefault(rank, deque()).append(who)

    def next(self):
        return self.rooms[min(rank for rank, room in self.rooms.items() if room)].popleft()


class Row:
    """A deque: what the SimPy engine has for FIFO and LIFO."""

    def __init__(self, last):
        self.row, self.last = deque(), last

    def add(self, who, _address, _rank):
        self.row.append(who)

    def next(self):
        return self.row.pop() if self.last else self.row.popleft()


class Adaptive:
    """Whoever comes in a backlog goes to the front."""

    def __init__(self):
        self.row = deque()

    def add(self, who, _address, _rank):
        (self.row.appendleft if len(self.row) >= BACKLOG else self.row.append)(who)

    def next(self):
        return self.row.popleft()


BACKLOG = 4
PLAIN = {FIFO: lambda: Row(False), LIFO: lambda: Row(True), FAIR: Fair, PRIORITY: Priority, ADAPTIVE_LIFO: Adaptive, EFFORT: Effort}


@pytest.mark.parametrize("order", PLAIN)
@given(operations=st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 6), st.integers(0, 1))), max_size=200))
def test_each_order_is_what_it_says(order, operations):
    plain, cells, table, waiting = PLAIN[order](), queue(order, backlog=BACKLOG), flows(order), {}
    for number, operation in enumerate(operations):
        if operation is not None:
            if is_full(cells):
                cells, table = grown(cells, table)
            item = enqueue(cells, table, ADDRESS + operation[0], operation[1])
            assert item not in waiting
            waiting[item] = number
            plain.add(number, *operation)
        elif waiting:
            assert plain.next() == waiting.pop(dequeue(cells, table))
        else:
            assert dequeue(cells, table) == -1
    while waiting:
        assert plain.next() == waiting.pop(dequeue(cells, table))


def test_a_flood_from_one_address_delays_another_by_one_request():
    cells, table = queue(FAIR), flows(FAIR)
    mine = {enqueue(cells, table, 1, 0) for _ in range(6)}
    other = enqueue(cells, table, 2, 0)
    assert dequeue(cells, table) in mine
    assert dequeue(cells, table) == other


def test_levels_of_effort_are_powers_of_two():
    assert [level_of(effort) for effort in (0, 1, 2, 3, 4, 7, 8)] == [LEVELS - 1 - level for level in (0, 1, 2, 2, 3, 3, 4)]
    assert level_of((1 << 62) - 1) == 1
