"""Drop the expired: at take-up, drop what has waited so long that its client has given it up by now.

Without it, an overloaded server works on requests that nobody waits for any more, and its goodput goes to zero (metastable
failure). The age is counted from the arrival at the server, so that no clock of a client is trusted. What is dropped gets no
answer, and costs parsing (and the checks before this one).

Source: the deadlines that gRPC and Finagle propagate; N. Bronson, A. Aghayev, A. Charapko, T. Zhu, "Metastable Failures in
Distributed Systems", HotOS 2021.
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, duration
from sim.world.moments import ARRIVED_NS, EXPIRE, NOW_NS, PASS

DROPS = True
WAITS = True
PARAMETERS = (duration("after", "What has waited longer than that is dropped: the timeout of the clients.", example="3 s"),)
STATED_COST = Cost()

(AFTER_NS,) = columns(PARAMETERS)


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Drop what is too old."""
    return EXPIRE if event[NOW_NS] - event[ARRIVED_NS] > ints[AFTER_NS] else PASS
