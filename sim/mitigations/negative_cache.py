"""Negative cache: a key that was found unknown is remembered for a while, and refused before it is looked up again.

Whatever a request costs before its key is looked for (a question to a database, a signature computed so that the time tells
nothing) is spared for the next ones that name the same key. A key that is given out later is another one, so nobody who holds a key
is refused for what was remembered.

Weak against floods in which every request names another key: the table fills with them, and each is looked up once.

Source: RFC 2308 (negative caching of DNS queries), 5 and 7.1: the same for names, there for 5 min at most where a server failed.
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, duration, widths
from sim.world.moments import CHECKS, FAILED, NOW_NS, PASS

PER = "claimed_key"
ACTIONS = "signature"
PARAMETERS = (
    duration("lasts", "How long a key is remembered as unknown.", "5 min", least_ns=1, example="1 min"),
    count("status", "Status of a refusal.", 401, least=400, most=599, example=401),
)
STATED_COST = Cost(row_bytes=48)
STATE_INTS = ("until_ns",)

LASTS_NS, STATUS = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)
UNKNOWN = CHECKS.index("key")


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Refuse a key that is remembered."""
    return ints[STATUS] if event[NOW_NS] < ints[ROWS + row] else PASS



def at_action(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Remember a key that was found unknown."""
    if event[FAILED] == UNKNOWN:
        ints[ROWS + row] = event[NOW_NS] + ints[LASTS_NS]
    return PASS
