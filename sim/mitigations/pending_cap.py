"""Cap on pending keys: so many keys may be out that nobody has used yet; while they are, no more are given.

A key is pending from its issue to its first proof by a signature, or until ``lapses_after`` has passed (also if another
mitigation collects it before). Name the requests that ask for keys (``message``): the others are refused with them otherwise. It
bounds what a flood can make in tables, and cannot tell who asks.

Weak against the flood itself: it fills the cap, and then the honest are locked out, until what is pending lapses or is used.

Source: Let's Encrypt, rate limits: 300 pending authorizations an account, which lapse after 7 days.
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, duration, status, widths
from sim.world.lists import LIST, LIST_COLUMNS, append, first_of, unlink
from sim.world.moments import KEY, NOW_NS, PASS, RETRY_AFTER_NS

KEYS = True
PARAMETERS = (
    count("most", "Keys that may be pending.", 300),
    duration("lapses_after", "How long a key counts as pending that is not used.", "7 d", least_ns=1, example="1 h"),
    status(),
)
STATED_COST = Cost()
STATE_INTS = (*LIST_COLUMNS, "since_ns")
"""Of a key; row 0 holds the ends of the list, and how many are pending."""

MOST, LAPSES_NS, STATUS = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)
WIDTH = len(STATE_INTS)
SINCE = len(LIST_COLUMNS)
PENDING = 1
COUNT = ROWS + SINCE


def at_issue(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """A key is pending."""
    append(ints, ROWS, WIDTH, event[KEY], PENDING)
    ints[ROWS + WIDTH * event[KEY] + SINCE] = event[NOW_NS]
    ints[COUNT] += 1
    return PASS


def at_proof(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """A key is used: it is pending no more."""
    if ints[ROWS + WIDTH * event[KEY] + LIST] == PENDING:
        unlink(ints, ROWS, WIDTH, event[KEY])
        ints[COUNT] -= 1
    return PASS


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Forget what has lapsed; then admit, or refuse."""
    first = first_of(ints, ROWS, PENDING)
    while first != 0 and event[NOW_NS] - ints[ROWS + WIDTH * first + SINCE] >= ints[LAPSES_NS]:
        unlink(ints, ROWS, WIDTH, first)
        ints[COUNT] -= 1
        first = first_of(ints, ROWS, PENDING)
    if ints[COUNT] < ints[MOST]:
        return PASS
    event[RETRY_AFTER_NS] = ints[ROWS + WIDTH * first + SINCE] + ints[LAPSES_NS] - event[NOW_NS]
    return ints[STATUS]
