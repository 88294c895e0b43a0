"""The trace of a run while it happens: records are noted as they begin, and told at the end, in their order."""

from collections.abc import Iterator, Sequence
from typing import Any

from sim.engines.session import Attempt, Context, Member, Session, Visit
from sim.plan.plan import StepPlan
from sim.world.chance import uniform

ORDER_BITS = 128
"""Room for an order key (:mod:`sim.world.order`), below the time at which something began."""


class Recorder:
    """Keeps what will be the trace: the records of the sessions that are recorded (the metrics do not need them).

    ``sample`` is the share of the sessions that are: 0 none, 1 all, else drawn for each; the same ones for the same seed.
    """

    def __init__(self, duration_ns: int, sample: float, stream: tuple[int, int]) -> None:
        self.duration_ns = duration_ns
        self.sample = sample
        self.stream = stream
        self.keys: list[int] = []
        """When each record began (ns), and its place among those that began at the same time."""
        self.noted: list[Sequence[Any]] = []
        """The records: a list where more is still to come. Two plain lists, since memory that is touched once costs most."""

    def records_of(self, c0: int, c1: int) -> bool:
        """Whether a session is recorded: the entity at which its chance is drawn."""
        if self.sample in (0.0, 1.0):
            return self.sample == 1.0
        return uniform(*self.stream, c0, c1, 0, 0, 0) < self.sample

    def action(self, session: Session, step: StepPlan, context: Context, iteration: int, member: Member,
               started_ns: int, finished_ns: int, outcome: str, by: str | None) -> None:
        """An action, known in full when it is taken up. What would begin after the end never happens."""
        if not session.is_recorded or started_ns >= self.duration_ns:
            return
        ends: int | None = finished_ns
        if finished_ns >= self.duration_ns:
            ends, outcome, by = None, "in_flight", None
        name = member.name
        self.keys.append(started_ns << ORDER_BITS | session.order | step.node << 40 | iteration << 20 | context.path)
        self.noted.append((
            "action", session.class_plan.name, session.number, step.id, iteration,
            context.number if isinstance(context, Attempt) else 0,
            name, name, member.address, None, started_ns, started_ns, started_ns, ends, outcome, by, None))

    def fragment(self, visit: Visit, step: StepPlan, iteration: int, at_ns: int, outcome: str) -> None:
        """A decision: entered, skipped, or the branch taken."""
        session = visit.session
        if session.is_recorded and at_ns < self.duration_ns:
            context, member = visit.context, visit.member
            name = member.name
            self.keys.append(at_ns << ORDER_BITS | session.order | step.node << 40 | iteration << 20 | context.path)
            self.noted.append((
                "fragment", session.class_plan.name, session.number, step.id, iteration,
                context.number if isinstance(context, Attempt) else 0,
                name, name, member.address, None, at_ns, at_ns, at_ns, at_ns, outcome, None, None))

    def records(self) -> Iterator[Sequence[Any]]:
        """The records of the trace (:data:`sim.trace.records.FIELDS`), ordered by (sent_ns, key)."""
        return map(self.noted.__getitem__, sorted(range(len(self.keys)), key=self.keys.__getitem__))
