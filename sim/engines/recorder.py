"""The trace of a run while it happens: rows are noted as they begin, and told as records at the end, in their order."""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from sim.engines.session import Attempt, Context, Member, Session
from sim.plan.plan import StepPlan

Row = tuple[int, int, "list[Any] | tuple[Any, ...]"]
"""When it began (ns), its place among what began at the same time, and its record: a list where more is still to come."""


class Recorder:
    """Keeps what will be the trace. With ``keep`` false it keeps nothing (the metrics do not need it)."""

    def __init__(self, duration_ns: int, keep: bool) -> None:
        self.duration_ns = duration_ns
        self.keep = keep
        self.rows: list[Row] = []

    def action(self, session: Session, step: StepPlan, context: Context, iteration: int, member: Member,
               started_ns: int, finished_ns: int, outcome: str, by: str | None) -> None:
        """An action, known in full when it is taken up. What would begin after the end never happens."""
        if not self.keep or started_ns >= self.duration_ns:
            return
        ends: int | None = finished_ns
        if finished_ns >= self.duration_ns:
            ends, outcome, by = None, "in_flight", None
        name = member.name
        self.rows.append((started_ns, session.order | step.node << 40 | iteration << 20 | context.path, (
            "action", session.class_plan.name, session.number, step.id, iteration,
            context.number if isinstance(context, Attempt) else 0,
            name, name, member.address, None, started_ns, started_ns, started_ns, ends, outcome, by, None)))

    def fragment(self, session: Session, step: StepPlan, context: Context, iteration: int, member: Member, at_ns: int,
                 outcome: str) -> None:
        """A decision: entered, skipped, or the branch taken."""
        if self.keep and at_ns < self.duration_ns:
            name = member.name
            self.rows.append((at_ns, session.order | step.node << 40 | iteration << 20 | context.path, (
                "fragment", session.class_plan.name, session.number, step.id, iteration,
                context.number if isinstance(context, Attempt) else 0,
                name, name, member.address, None, at_ns, at_ns, at_ns, at_ns, outcome, None, None)))

    def records(self) -> Iterator[tuple[Any, ...]]:
        """The records of the trace (:data:`sim.trace.records.FIELDS`), ordered by (sent_ns, key)."""
        self.rows.sort(key=itemgetter(0, 1))
        return map(tuple, map(itemgetter(2), self.rows))
