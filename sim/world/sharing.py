"""Processor sharing: all who are present are served at once, each by an equal share of the servers, but by one at most.

Egalitarian processor sharing (L. Kleinrock, "Time-shared Systems: A Theoretical Treatment", Journal of the ACM 14(2), 1967;
Queueing Systems II, 1976, section 4.4): of n present each is served at the rate min(1, servers / n). The service that each has
attained grows alike for all, so it is one number, a virtual time: whoever comes with work w when it is v is done when it is v + w,
and who is done before whom is settled when somebody comes.

The virtual time is a float in ns, from 0 on since the station was last empty; what is given in real time is rounded once, half to
even: when somebody is done. What is rounded is not carried on, since the virtual time goes by the clock.
"""

from collections.abc import Callable
from typing import Any

from sim.world.clock import round_duration_ns


def attained(v: float, elapsed_ns: int, present: int, servers: int) -> float:
    """The virtual time, so many ns later; ``servers`` -1: as many as are present."""
    if servers < 0 or present <= servers:
        return v + elapsed_ns
    return v + elapsed_ns * servers / present


def done_after_ns(left: float, present: int, servers: int) -> int:
    """In how many ns so much virtual time will have passed, if nobody comes or goes."""
    if left <= 0.0:
        return 0
    if servers < 0 or present <= servers:
        return round_duration_ns(left)
    return round_duration_ns(left * present / servers)


LAWS: tuple[Callable[..., Any], ...] = (attained, done_after_ns)
"""Every law of this module."""
