"""Cap on the table of keys: when it is full, the oldest key that was never used makes room; one that was used never does.

Name the requests that ask for keys (``message``): when one of them is taken up and the table is full, the key that has waited
longest for its first proof is collected. If all were used, the request is refused. Whoever comes with a collected key gets a real
401 (``on_refusal`` in the diagram says what its sender does then).

Weak against floods that use the keys that they get; and while a flood lasts, an honest client has only as long to use its key as
the table takes to turn over.

Source: ProtectServe step 1 (2009), implementation note: steps against spurious consumer key requests; the backlog of TCP SYN
caches, which evict the oldest half-open entry (J. Lemon, "Resisting SYN flood DoS attacks with a SYN cache", BSDCon 2002).
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, status, widths
from sim.world.lists import LIST, LIST_COLUMNS, append, first_of, unlink
from sim.world.moments import COLLECT, COLLECTED, KEY, PASS

KEYS = True
COLLECTS = True
PARAMETERS = (
    count("capacity", "Keys in the table at most.", example=10000),
    status(503),
)
STATED_COST = Cost()
STATE_INTS = LIST_COLUMNS
"""Of a key; row 0 holds the ends of the list of those never used, and how many are in the table."""

CAPACITY, STATUS = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)
WIDTH = len(STATE_INTS)
UNUSED = 1
COUNT = ROWS + LIST


def at_issue(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """A key comes into the table."""
    append(ints, ROWS, WIDTH, event[KEY], UNUSED)
    ints[COUNT] += 1
    return PASS


def at_proof(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """A key is used: it stays."""
    if ints[ROWS + WIDTH * event[KEY] + LIST] == UNUSED:
        unlink(ints, ROWS, WIDTH, event[KEY])
    return PASS


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Make room, if there is none; if there can be none, refuse."""
    if ints[COUNT] < ints[CAPACITY]:
        return PASS
    first = first_of(ints, ROWS, UNUSED)
    if first == 0:
        return ints[STATUS]
    unlink(ints, ROWS, WIDTH, first)
    ints[COUNT] -= 1
    event[COLLECTED] = first
    return COLLECT
