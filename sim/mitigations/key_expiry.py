"""Key expiry: keys that were never used, or not for long, are collected, and their memory with them.

Of a key that is given out and never proven by a signature, ``never_used`` is the time it has; of one that was, ``idle`` counts
from its last proof. Due rows are collected when the next request is taken up that comes to this check. Whoever comes with a
collected key gets a real 401 (``on_refusal`` in the diagram says what its sender does then); ``keys.deleted_in_use`` counts
the keys that an honest client came back with.

Two lists in the order in which they are due, since all keys of a list have the same time: the never used ones by their issue,
the others by their last proof.

Source: RFC 7591, 5 and RFC 7592, 1 (servers may expire client registrations); Keycloak's limit of registered clients; Mastodon's
vacuum of applications that were not used for a day, which deleted some that were.
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, duration, widths
from sim.world.lists import LIST, LIST_COLUMNS, append, first_of, unlink
from sim.world.moments import COLLECT, COLLECTED, KEY, NOW_NS, PASS

KEYS = True
COLLECTS = True
PARAMETERS = (
    duration("never_used", "How long a key is kept that was never used.", "1 h", least_ns=1, example="10 min"),
    duration("idle", "How long a key is kept that was used.", "30 d", least_ns=1, example="1 d"),
)
STATED_COST = Cost()
STATE_INTS = (*LIST_COLUMNS, "since_ns")
"""Of a key: its neighbours, its list (0: in none), from when its time counts. Row 0 holds the ends of both lists."""

NEVER_USED_NS, IDLE_NS = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)
WIDTH = len(STATE_INTS)
SINCE = len(LIST_COLUMNS)
UNUSED, USED = 1, 2


def at_issue(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """A key begins to wait for its first use."""
    begin(ints, event[KEY], UNUSED, event[NOW_NS])
    return PASS


def at_proof(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """A key was used: its time counts anew."""
    if ints[ROWS + WIDTH * event[KEY] + LIST] != 0:
        unlink(ints, ROWS, WIDTH, event[KEY])
        begin(ints, event[KEY], USED, event[NOW_NS])
    return PASS


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Collect the next key that is due, the never used ones first."""
    for which in range(UNUSED, USED + 1):
        first = first_of(ints, ROWS, which)
        lasts_ns = ints[NEVER_USED_NS] if which == UNUSED else ints[IDLE_NS]
        if first != 0 and event[NOW_NS] - ints[ROWS + WIDTH * first + SINCE] >= lasts_ns:
            unlink(ints, ROWS, WIDTH, first)
            event[COLLECTED] = first
            return COLLECT
    return PASS


def begin(ints: list[int], key: int, which: int, now_ns: int) -> None:
    """The time of a key counts from now on."""
    append(ints, ROWS, WIDTH, key, which)
    ints[ROWS + WIDTH * key + SINCE] = now_ns
