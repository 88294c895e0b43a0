"""The identity table against a dictionary, whatever comes."""

import random
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world import identities
from sim.world.identities import COUNT, LIMIT, ROOM, find, grown, is_full, remove, table, touch


class Reference:
    """Rows by identity in the order of use, as plainly as can be said."""

    def __init__(self, capacity):
        self.capacity, self.rows, self.free, self.fresh = capacity, OrderedDict(), [], 0

    def touch(self, identity):
        if identity in self.rows:
            self.rows.move_to_end(identity)
            return self.rows[identity]
        if self.capacity and len(self.rows) == self.capacity:
            self.remove(next(iter(self.rows)))
        if self.free:
            row = self.free.pop()
        else:
            row, self.fresh = self.fresh, self.fresh + 1
        self.rows[identity] = row
        return -1 - row

    def remove(self, identity):
        self.free.append(self.rows.pop(identity))


@given(st.integers(0, 12), st.lists(st.tuples(st.sampled_from("ttttfr"), st.integers(0, 30)), max_size=300), st.integers(0, 2**61))
def test_it_does_what_a_dictionary_does(capacity, operations, offset):
    reference, cells = Reference(capacity), table(capacity)
    for what, number in operations:
        identity = offset + number * 0x1_0000_0001
        if what == "t":
            if is_full(cells):
                cells = grown(cells)
            assert reference.touch(identity) == touch(cells, identity)
        elif what == "f":
            assert reference.rows.get(identity, -1) == find(cells, identity)
        elif identity in reference.rows:
            remove(cells, reference.rows[identity])
            reference.remove(identity)
        assert len(reference.rows) == cells[COUNT]
    for identity, row in reference.rows.items():
        assert row == find(cells, identity)


def test_the_least_recently_used_identity_goes_first():
    cells = table(2)
    assert (touch(cells, 10), touch(cells, 20)) == (-1, -2)
    touch(cells, 10)
    assert touch(cells, 30) == -2  # in the row of 20
    assert (find(cells, 10), find(cells, 20), find(cells, 30)) == (0, -1, 1)


def test_looking_up_is_no_use():
    cells = table(2)
    touch(cells, 10), touch(cells, 20)
    find(cells, 10)
    touch(cells, 30)
    assert find(cells, 10) == -1


def test_without_room_it_says_so_and_growing_keeps_every_row():
    cells = table()
    for identity in range(cells[ROOM]):
        touch(cells, identity)
    assert is_full(cells)
    with pytest.raises(ValueError, match="no room"):
        touch(cells, 99)
    bigger = grown(cells)
    assert [find(bigger, identity) for identity in range(cells[ROOM])] == list(range(cells[ROOM]))
    assert touch(bigger, 99) == -1 - cells[ROOM]


def test_searches_are_short():
    rng = random.Random(1)
    for identities_ in (range(10 << 24, (10 << 24) + 5000), [rng.randrange(LIMIT) for _ in range(5000)], [k << 8 for k in range(5000)]):
        cells = table(0, 8192)
        slots, steps = cells[identities.SLOTS], 0
        for identity in identities_:
            touch(cells, identity)
        first = identities.HEADER + identities.ROW * cells[ROOM]
        for identity in identities_:
            slot = identities.slot_of(cells, identity)
            while cells[first + slot] != find(cells, identity) + 1:
                slot, steps = slot + 1 & slots - 1, steps + 1
        assert steps / 5000 < 1.0
