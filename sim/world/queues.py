"""The order of service: who is taken up next of those who wait, as laws over lists in one flat block.

| order         | next                                                                          |
|---------------|-------------------------------------------------------------------------------|
| FIFO          | who came first                                                                |
| LIFO          | who came last                                                                 |
| FAIR          | round robin over the addresses that wait, first come first served within each |
| PRIORITY      | those with a proven key before the others, first come first served within     |
| ADAPTIVE_LIFO | FIFO; but whoever comes when BACKLOG wait already goes before all of them     |
| EFFORT        | who paid most (see `level_of`), first come first served within a level        |

ADAPTIVE_LIFO: B. Maurer, "Fail at Scale", ACM Queue 13(8) (2015): in a backlog the newest is the one that somebody still waits for.

FAIR: J. Nagle, "On Packet Switches with Infinite Storage", RFC 970 (1985), with the hashed flows of P. E. McKenney,
"Stochastic Fairness Queueing", INFOCOM 1990, replaced by a table of those who wait, and the quantum of M. Shreedhar and
G. Varghese, "Efficient Fair Queueing using Deficit Round Robin", SIGCOMM 1995, of one request. An address that comes gets its
turn after all who wait already. Sybils multiply their shares.

EFFORT: Tor proposal 327, "A First Take at PoW Over Introduction Circuits" (2020): a queue by the effort of proofs of work, here by
its powers of two.

A queue is a flat block of ints: a header, items of (next, flow), flows of (first item, last item, next flow). Every order is
made of flows: FIFO and LIFO (adaptive or not) have one, PRIORITY two, EFFORT one for each level, FAIR one for each address, whose
number is its row in an identity table.
The engine keeps what an item stands for, and makes room between events (`grown`).
"""

from collections.abc import Callable
from typing import Any, Final

from sim.world.identities import grown as grown_table
from sim.world.identities import remove, table, touch

FIFO: Final = 0
LIFO: Final = 1
FAIR: Final = 2
PRIORITY: Final = 3
ADAPTIVE_LIFO: Final = 4
EFFORT: Final = 5
ORDER_NAMES: Final = ("fifo", "lifo", "fair", "priority", "adaptive_lifo", "effort")
BY_LAW: Final = (FAIR, PRIORITY, ADAPTIVE_LIFO, EFFORT)
"""Orders for which the engines keep such a queue; for FIFO and LIFO there are quicker ones."""

ORDER, COUNT, ROOM, FREE, FRESH, FIRST_FLOW, LAST_FLOW, BACKLOG = range(8)
HEADER = 8
NEXT, FLOW = range(2)
ITEM = 2
FIRST, LAST, NEXT_FLOW = range(3)
FLOW_WIDTH = 3
FIRST_ROOM = 8
FIXED_FLOWS = LEVELS = 64
"""Flows that there is room for beside those of addresses; levels of effort."""


def queue(order: int, room: int = FIRST_ROOM, backlog: int = 0) -> list[int]:
    """A new queue, empty. ``backlog``: of ADAPTIVE_LIFO."""
    return [order, 0, room, -1, 0, -1, -1, backlog, *[0] * (ITEM * room), *[-1] * (FLOW_WIDTH * (room + FIXED_FLOWS))]


def flows(order: int) -> list[int]:
    """The identity table of a queue: by address its flow (of an order without addresses, an empty one)."""
    return table(room=FIRST_ROOM if order == FAIR else 1)


def is_full(queue: list[int]) -> bool:
    """Whether an engine must make room before the next one comes."""
    return queue[COUNT] == queue[ROOM]


def grown(old: list[int], flows: list[int]) -> tuple[list[int], list[int]]:
    """The same queue and its table of flows with twice the room."""
    room = old[ROOM]
    new = queue(old[ORDER], 2 * room)
    for column in (COUNT, FREE, FRESH, FIRST_FLOW, LAST_FLOW, BACKLOG):
        new[column] = old[column]
    items, ends = HEADER + ITEM * room, HEADER + ITEM * 2 * room
    new[HEADER:items] = old[HEADER:items]
    new[ends:ends + len(old) - items] = old[items:]
    return new, grown_table(flows) if old[ORDER] == FAIR else flows


def enqueue(queue: list[int], flows: list[int], address: int, rank: int) -> int:
    """Somebody begins to wait: the number of its item. FAIR reads ``address``, PRIORITY and EFFORT ``rank`` (0 goes first)."""
    item = queue[FREE]
    if item >= 0:
        queue[FREE] = queue[HEADER + ITEM * item + NEXT]
    else:
        item = queue[FRESH]
        queue[FRESH] = item + 1
    order, flow_rows = queue[ORDER], HEADER + ITEM * queue[ROOM]
    flow = 0
    if order in (PRIORITY, EFFORT):
        flow = rank
    elif order == FAIR:
        flow = touch(flows, address)
        if flow < 0:
            flow = -1 - flow
            queue[flow_rows + FLOW_WIDTH * flow + FIRST] = -1
            append_flow(queue, flow)
    at = flow_rows + FLOW_WIDTH * flow
    here = HEADER + ITEM * item
    queue[here + FLOW] = flow
    first = queue[at + FIRST]
    if first < 0:
        queue[here + NEXT] = -1
        queue[at + FIRST] = queue[at + LAST] = item
    elif order == LIFO or (order == ADAPTIVE_LIFO and queue[COUNT] >= queue[BACKLOG]):
        queue[here + NEXT] = first
        queue[at + FIRST] = item
    else:
        queue[here + NEXT] = -1
        queue[HEADER + ITEM * queue[at + LAST] + NEXT] = item
        queue[at + LAST] = item
    queue[COUNT] += 1
    return item


def dequeue(queue: list[int], flows: list[int]) -> int:
    """Who is next: the number of its item, which is free from then on; -1 if nobody waits."""
    if queue[COUNT] == 0:
        return -1
    order, flow_rows = queue[ORDER], HEADER + ITEM * queue[ROOM]
    flow = 0
    if order in (PRIORITY, EFFORT):
        while queue[flow_rows + FLOW_WIDTH * flow + FIRST] < 0:
            flow += 1
    elif order == FAIR:
        flow = queue[FIRST_FLOW]
        queue[FIRST_FLOW] = queue[flow_rows + FLOW_WIDTH * flow + NEXT_FLOW]
        if queue[FIRST_FLOW] < 0:
            queue[LAST_FLOW] = -1
    at = flow_rows + FLOW_WIDTH * flow
    item = queue[at + FIRST]
    here = HEADER + ITEM * item
    queue[at + FIRST] = queue[here + NEXT]
    if order == FAIR:
        if queue[at + FIRST] >= 0:
            append_flow(queue, flow)
        else:
            remove(flows, flow)
    queue[here + NEXT] = queue[FREE]
    queue[FREE] = item
    queue[COUNT] -= 1
    return item


def level_of(effort: int) -> int:
    """The level of an effort, from 0 up to 2^62: one for each power of two, the highest first."""
    level = LEVELS - 1
    while effort > 0:
        effort >>= 1
        level -= 1
    return level


def append_flow(queue: list[int], flow: int) -> None:
    """Let a flow have its turn after all others."""
    flow_rows = HEADER + ITEM * queue[ROOM]
    queue[flow_rows + FLOW_WIDTH * flow + NEXT_FLOW] = -1
    last = queue[LAST_FLOW]
    if last >= 0:
        queue[flow_rows + FLOW_WIDTH * last + NEXT_FLOW] = flow
    else:
        queue[FIRST_FLOW] = flow
    queue[LAST_FLOW] = flow


LAWS: tuple[Callable[..., Any], ...] = (append_flow, level_of, enqueue, dequeue)
"""Every law of this module, callees before callers; they use those of :mod:`sim.world.identities`."""
