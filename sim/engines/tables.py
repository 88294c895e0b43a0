"""The tables of the servers, as far as the engine knows them: how many rows, of what, and the number of each.

What is in a row is the actor's business (:meth:`sim.protocol.actor.Actor.rows` says how many nonces it holds).
"""

from typing import TYPE_CHECKING

from sim.engines.occurrence import Clock
from sim.engines.session import Session
from sim.measure.meter import Meter
from sim.plan.plan import Plan, StepPlan

if TYPE_CHECKING:
    from sim.engines.protections import Protections


class Tables:
    """The rows of all servers."""

    def __init__(self, plan: Plan, meter: Meter, clock: Clock) -> None:
        self.stations = plan.stations
        self.meter = meter
        self.clock = clock
        self.issued: dict[int, int] = {}
        """By fact, how many rows were ever issued."""
        self.issuers = {fact: step.actor for step in reversed(plan.steps) for fact in step.issues}
        """Who issues a fact, and so has a row of one that was held from the start."""
        self.counted: dict[int, int] = {}
        """By station, how many nonces its actor had when it was last asked."""
        self.protections: list[Protections | None] = [None] * len(plan.participants)
        """By participant, what may keep no rows of its keys."""

    def issue(self, participant: int, step: StepPlan, session: Session) -> dict[int, int]:
        """Rows for what a server's message gives; they stay. A mitigation may give one again that there was before."""
        return {fact: self.new_row(participant, fact, session) for fact in step.issues}

    def provided(self, fact: int) -> int:
        """The row of a fact that is held from the start; 0 if nobody issues it."""
        issuer = self.issuers.get(fact)
        return 0 if issuer is None else self.new_row(issuer, fact, None)

    def new_row(self, participant: int, fact: int, session: Session | None) -> int:
        """One more row of a fact in a server's table; its number, from 1. ``session``: who gets it, if it is not out of band."""
        row = self.issued.get(fact, 0) + 1
        guards = self.protections[participant]
        given = row if guards is None else guards.issued(fact, row, session)
        if given not in (row, 0):
            return given
        self.issued[fact] = row
        if given == row:
            self.change(participant, fact, 1)
        return row

    def knows(self, fact: int, row: int) -> bool:
        """Whether the row that a credential names is in its server's table still (0: one that no server gave out)."""
        guards = self.protections[self.issuers[fact]] if fact in self.issuers else None
        return row <= self.issued.get(fact, 0) and (guards is None or guards.state(fact, row) == 0)

    def keep(self, session: Session, participant: int, fact: int) -> None:
        """A server keeps a row of what it came to hold by itself; with the session it dies, or when it is spent."""
        if session.rows is None:
            session.rows = set()
        if session.going and (participant, fact) not in session.rows:
            session.rows.add((participant, fact))
            self.change(participant, fact, 1)

    def drop(self, session: Session, participant: int, fact: int) -> None:
        """The row of a fact, if there is one, is gone."""
        if session.rows is not None and (participant, fact) in session.rows:
            session.rows.remove((participant, fact))
            self.change(participant, fact, -1)

    def drop_all(self, session: Session) -> None:
        """What the servers know of a session dies with it."""
        for participant, fact in sorted(session.rows or ()):
            self.drop(session, participant, fact)

    def change(self, participant: int, fact: int, change: int) -> None:
        """So many more rows of a fact in a server's table, if the scenario says how large they are."""
        station = self.stations[participant]
        assert station is not None
        kind = station.memory_of_fact.get(fact)
        if kind is not None:
            self.meter.rows(station.index, kind, change, self.clock.now_ns)

    def count_nonces(self, station: int, kind: int, rows: int) -> None:
        """The actor of a station keeps so many nonces now."""
        change = rows - self.counted.get(station, 0)
        if change:
            self.meter.rows(station, kind, change, self.clock.now_ns)
            self.counted[station] = rows
