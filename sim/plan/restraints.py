"""How callers spare those they call, and how clients start anew: as numbers, and as tables."""

from collections.abc import Callable
from dataclasses import dataclass

from sim.scenario import scenario as given
from sim.world import breaker, sliding, throttle


@dataclass(frozen=True, slots=True)
class ThrottlePlan:
    """Adaptive throttling (:mod:`sim.world.throttle`), of each caller, or ``shared`` by all of its class."""

    each_ns: int
    """A bucket of its window."""
    k: float
    shared: bool


@dataclass(frozen=True, slots=True)
class BreakerPlan:
    """A circuit breaker (:mod:`sim.world.breaker`); ``each_ns`` 0: it counts the last ``calls``."""

    each_ns: int
    calls: int
    failures: float
    open_for_ns: int
    shared: bool

    @property
    def width(self) -> int:
        """Cells of its state."""
        return breaker.state(self.each_ns, self.calls)


def throttle_plan(each: given.Throttle | None) -> ThrottlePlan | None:
    """A throttle, as numbers."""
    return None if each is None else ThrottlePlan(sliding.bucket_ns(each.window_ns), float(each.k), each.shared)


def breaker_plan(each: given.Breaker | None) -> BreakerPlan | None:
    """A breaker, as numbers."""
    if each is None:
        return None
    each_ns = 0 if each.window_ns is None else sliding.bucket_ns(each.window_ns)
    return BreakerPlan(each_ns, each.calls, each.failures, each.open_for_ns, each.shared)


def throttle_cells(plan: ThrottlePlan, floats: Callable[[tuple[float, ...]], int], place: int) -> list[int]:
    """The row of a throttle whose states begin at a place."""
    return [place, throttle.STATE, plan.each_ns, floats((plan.k,))]


def breaker_cells(plan: BreakerPlan, floats: Callable[[tuple[float, ...]], int], place: int) -> list[int]:
    """The row of a breaker whose states begin at a place."""
    return [place, plan.width, plan.each_ns, floats((plan.failures,)), plan.calls, plan.open_for_ns]
