"""How those who call spare those they call: throttles and breakers (:mod:`sim.world.throttle`, :mod:`sim.world.breaker`).

Each has one for each participant that it calls. What is its own stands with the caller; what a class shares stands here.
"""

from typing import TYPE_CHECKING

from sim.engines.session import Attempt
from sim.world import breaker, throttle
from sim.world.chance import uniform

if TYPE_CHECKING:
    from sim.engines.world import World

Key = tuple[str, int]
"""What it is, and whom it is about."""


class Restraints:
    """All of a run."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.shared: dict[tuple[int, int], dict[Key, list[int]]] = {}

    def state(self, what: str, attempt: Attempt, width: int, *, shared: bool) -> list[int]:
        """The cells of a throttle or a breaker, as they are at first if it was never asked."""
        caller = attempt.caller
        owned = attempt.member.restraints
        if shared:
            owner = caller.participant, -1 if caller.is_server else attempt.session.class_plan.index
            owned = self.shared.setdefault(owner, {})
        key = what, attempt.step.receiver
        if key not in owned:
            owned[key] = [0] * width
        return owned[key]

    def bars(self, attempt: Attempt) -> str | None:
        """What keeps an attempt from being sent, if anything does."""
        now, plans = self.world.env.now_ns, attempt.caller.caller
        fuse: list[int] = []
        if plans.breaker is not None:
            fuse = self.state("breaker", attempt, plans.breaker.width, shared=plans.breaker.shared)
            permission = breaker.permission(fuse, now, plans.breaker.open_for_ns)
            if permission == breaker.SHUT:
                return "breaker"
            attempt.is_probe = permission == breaker.PROBES
        if plans.throttle is not None:
            cells = self.state("throttle", attempt, throttle.STATE, shared=plans.throttle.shared)
            rejection = throttle.rejection(cells, now, plans.throttle.each_ns, plans.throttle.k)
            throttle.requested(cells, now, plans.throttle.each_ns)
            if rejection > 0.0 and self.drawn(attempt) < rejection:
                return "throttle"
        if attempt.is_probe:
            breaker.probe(fuse, now)
        return None

    def drawn(self, attempt: Attempt) -> float:
        """What is drawn for an attempt: it is rejected where that is below how likely it is."""
        session = attempt.session
        return uniform(*self.world.stream_throttle, session.c0, session.c1, attempt.step.node << 20 | attempt.called_in,
                       attempt.path << 12, 0)

    def heard(self, attempt: Attempt, *, failed: bool) -> None:
        """An attempt was answered, or its time is over."""
        now, plans = self.world.env.now_ns, attempt.caller.caller
        if plans.breaker is not None:
            plan = plans.breaker
            cells = self.state("breaker", attempt, plan.width, shared=plan.shared)
            breaker.verdict(cells, now, plan.each_ns, plan.calls, plan.failures, int(failed), int(attempt.is_probe))
        if plans.throttle is not None and not failed:
            cells = self.state("throttle", attempt, throttle.STATE, shared=plans.throttle.shared)
            throttle.accepted(cells, now, plans.throttle.each_ns)
