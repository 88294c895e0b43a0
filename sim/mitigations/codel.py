"""CoDel: refuse what waited long, once even the shortest wait of an interval was too long.

A queue that drains now and then is good; one that never does is not. Of each interval the least wait is kept. If that is over
the target, the server counts as overloaded for the next interval, and what waited longer than twice the target is refused, so
that those behind it are served in time.

Weak against whoever fills the queue: it cannot tell who is honest.

Source: K. Nichols, V. Jacobson, "Controlling Queue Delay", ACM Queue 10(5) (2012); in the form for requests of servers of B.
Maurer, "Fail at Scale", ACM Queue 13(8) (2015), and the library folly (Codel: target 5 ms, interval 100 ms, slough at 2 x target).
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, duration, status, widths
from sim.world.moments import ARRIVED_NS, NOW_NS, PASS

WAITS = True
PARAMETERS = (
    duration("target", "The least wait of an interval that is good.", "5 ms", example="20 ms"),
    duration("interval", "Over which the least wait is taken.", "100 ms", least_ns=1, example="1 s"),
    status(503),
)
STATED_COST = Cost()
STATE_INTS = ("ends_ns", "least_ns", "is_overloaded")

TARGET_NS, INTERVAL_NS, STATUS = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)
ENDS, LEAST, IS_OVERLOADED = range(ROWS, ROWS + len(STATE_INTS))


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Note how long it waited; admit, or refuse."""
    now_ns = event[NOW_NS]
    waited_ns = now_ns - event[ARRIVED_NS]
    if now_ns >= ints[ENDS]:
        ints[IS_OVERLOADED] = 1 if ints[LEAST] > ints[TARGET_NS] else 0
        ints[ENDS], ints[LEAST] = now_ns + ints[INTERVAL_NS], waited_ns
    else:
        ints[LEAST] = min(ints[LEAST], waited_ns)
    return ints[STATUS] if ints[IS_OVERLOADED] == 1 and waited_ns > 2 * ints[TARGET_NS] else PASS
