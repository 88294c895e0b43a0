"""Adaptive throttling: a client rejects its own requests, the more of them the fewer its server accepts.

A client counts its *requests* (all that it wanted to send, those that it rejected itself included) and the *accepts* among
them over a sliding window (:mod:`sim.world.sliding`). Before each request it rejects it with the probability

    max(0, (requests - k accepts) / (requests + 1))

so that a server which accepts nothing gets still a few, and gets about k times what it accepts. With k = 2 every
request that it serves costs it at most one that it refuses.

Source: B. Beyer, C. Jones, J. Petoff, N. R. Murphy (eds.), "Site Reliability Engineering", O'Reilly 2016, chapter 21, "Handling
Overload", equation "Client request rejection probability"; k = 2 and two minutes are the numbers of that chapter.

A throttle is a flat block of ints, all zero at first: the counts of its window.
"""

from collections.abc import Callable
from typing import Any, Final

from sim.world import sliding
from sim.world.sliding import OF_KIND, TOTAL, count, slide

STATE: Final = sliding.WIDTH


def rejection(ints: list[int], now_ns: int, each_ns: int, k: float) -> float:
    """How likely the next request is rejected; ``each_ns``: a bucket of the window."""
    slide(ints, 0, now_ns, each_ns)
    return max(0.0, (ints[TOTAL] - k * ints[OF_KIND]) / (ints[TOTAL] + 1.0))


def requested(ints: list[int], now_ns: int, each_ns: int) -> None:
    """A request is wanted, be it sent or rejected."""
    count(ints, 0, now_ns, each_ns, 1, 0)


def accepted(ints: list[int], now_ns: int, each_ns: int) -> None:
    """The server accepted one."""
    count(ints, 0, now_ns, each_ns, 0, 1)


LAWS: tuple[Callable[..., Any], ...] = (rejection, requested, accepted)
"""Every law of this module, callees before callers."""
