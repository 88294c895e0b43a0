"""The trace of a run while it happens: rows are noted as they begin, and told as records at the end, in their order."""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from sim.engines.session import Attempt, Context, Flight, Session
from sim.plan.plan import StepPlan

Row = tuple[int, int, Any]
"""When it began (ns), its place among what began at the same time, and what it is."""


class Recorder:
    """Keeps what will be the trace. With ``keep`` false it keeps nothing (the metrics do not need it)."""

    def __init__(self, duration_ns: int, keep: bool) -> None:
        self.duration_ns = duration_ns
        self.keep = keep
        self.rows: list[Row] = []

    def session(self, session: Session) -> None:
        """A session starts; its end is read from it later."""
        if self.keep:
            self.rows.append((session.started_ns, session.order, session))

    def message(self, flight: Flight) -> None:
        """A message is sent; what becomes of it is read from it later."""
        if self.keep:
            self.rows.append((flight.sent_ns, flight.order, flight))

    def action(self, session: Session, step: StepPlan, context: Context, iteration: int, name: str, address: str,
               started_ns: int, finished_ns: int, outcome: str, by: str | None) -> None:
        """An action, known in full when it is taken up. What would begin after the end never happens."""
        if not self.keep or started_ns >= self.duration_ns:
            return
        ends: int | None = finished_ns
        if finished_ns >= self.duration_ns:
            ends, outcome, by = None, "in_flight", None
        self.note("action", session, step, context, iteration, step.id, name, address, started_ns, ends, outcome, by)

    def fragment(self, session: Session, step: StepPlan, context: Context, iteration: int, id_: str, name: str, address: str,
                 at_ns: int, outcome: str) -> None:
        """A decision: entered, skipped, or the branch taken."""
        if self.keep and at_ns < self.duration_ns:
            self.note("fragment", session, step, context, iteration, id_, name, address, at_ns, at_ns, outcome, None)

    def note(self, kind: str, session: Session, step: StepPlan, context: Context, iteration: int, id_: str, name: str,
             address: str, began_ns: int, ends_ns: int | None, outcome: str, by: str | None) -> None:
        """A row on one lifeline."""
        order = session.order | step.node << 40 | iteration << 20 | context.path
        number = context.number if isinstance(context, Attempt) else 0
        self.rows.append((began_ns, order, (
            kind, session.class_plan.name, session.number, id_, iteration, number, name, name, address, None,
            began_ns, began_ns, began_ns, ends_ns, outcome, by, None)))

    def records(self) -> Iterator[tuple[Any, ...]]:
        """The records of the trace (:data:`sim.trace.records.FIELDS`), ordered by (sent_ns, key)."""
        self.rows.sort(key=itemgetter(0, 1))
        for _, _, what in self.rows:
            if isinstance(what, Flight):
                yield _message(what)
            elif isinstance(what, Session):
                yield _session(what)
            else:
                yield what


def _message(flight: Flight) -> tuple[Any, ...]:
    attempt = flight.attempt
    outcome = flight.outcome
    if outcome is None:
        outcome = "delivered" if flight.received_ns is not None else "in_flight"
    return ("message", flight.session.class_plan.name, flight.session.number, flight.id, flight.iteration,
            attempt.number if attempt is not None else 0, flight.sender, flight.receiver, flight.address, flight.key,
            flight.sent_ns, flight.received_ns, flight.started_ns, flight.finished_ns, outcome, flight.by, flight.http)


def _session(session: Session) -> tuple[Any, ...]:
    client = session.place
    return ("session", session.class_plan.name, session.number, "session", 0, 0, client.name, client.name, client.address, None,
            session.started_ns, session.started_ns, session.started_ns, session.ended_ns, session.outcome, session.by, None)
