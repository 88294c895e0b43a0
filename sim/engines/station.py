"""A server: a player with a station, that is servers, a waiting room and an order of service.

What a visit does is decided when a server takes it up, all of it, in order, as one service time; what it answers
leaves when that is over. A call of its own releases the server (unless ``holds_server``), and its answer is a visit
like any other.
"""

from collections import deque
from typing import TYPE_CHECKING

from sim.engines.player import Player
from sim.engines.session import Attempt, Context, Flight, Member, Session, Visit
from sim.plan.plan import UNLIMITED, CallerPlan, StationPlan, StepPlan
from sim.protocol.http import Refused
from sim.protocol.projection import StepKind
from sim.world.distributions import Distribution as Draw
from sim.world.order import END_OF_SERVICE

if TYPE_CHECKING:
    from sim.engines.world import World


class Server(Player):
    """One instance of a server participant."""

    is_server = True

    def __init__(self, world: "World", station: StationPlan, member: Member) -> None:
        super().__init__(world, station.participant)
        self.station = station
        self.member = member
        self.busy = 0
        self.waiting: deque[Visit] = deque()
        self.inside: dict[Visit, None] = {}
        self.nonce_kind = next((kind for kind, (name, _) in enumerate(station.memory) if name == "nonce"), -1)

    def self_in(self, session: Session) -> Member:
        return self.member

    def caller(self, session: Session) -> CallerPlan:
        return self.station.caller

    def work_of(self, session: Session, step: StepPlan) -> Draw | None:
        return self.station.work[step.index]

    def is_silent(self) -> bool:
        return self.station.silent

    # --- the waiting room ---------------------------------------------------------------------------------

    def delivered(self, flight: Flight) -> None:
        """To a free server, into the waiting room, or to a closed door."""
        now = self.world.env.now
        context = self.opened(flight)
        if context is None:
            flight.started_ns = flight.finished_ns = now
            return
        visit = Visit(flight.session, context, flight.step.next, flight)
        visit.arrived_ns = now
        station = self.station
        held = flight.attempt is not None and flight.attempt.caller is self and flight.attempt.held
        free = station.servers == UNLIMITED or self.busy < station.servers
        is_new = flight.attempt is None or flight.attempt is context
        if not held and not free and is_new and station.capacity != UNLIMITED and len(self.waiting) >= station.capacity:
            self.turn_away(visit, flight)
            return
        self.world.meter.arrived(station.index, now)
        self.inside[visit] = None
        if held:
            self.world.meter.released(station.index, now)
        if held or free:
            self.busy += not held
            self.take_up(visit)
        else:
            self.waiting.append(visit)

    def turn_away(self, visit: Visit, flight: Flight) -> None:
        """The waiting room is full."""
        now = self.world.env.now
        self.world.meter.turned_away(self.station.index, now, self.world.meter.reason("queue"))
        flight.finished_ns = now
        if self.station.drops:
            flight.outcome, flight.by = "dropped", "queue"
            self.world.unheard(flight)
            return
        self.refuse(visit, Refused(503, "the waiting room is full", "queue"))
        for handler, subject in visit.output:
            handler(subject)

    def take_up(self, visit: Visit) -> None:
        """Decide all that this visit does, and serve it for as long as that takes."""
        world, flight = self.world, visit.flight
        assert flight is not None
        now = world.env.now
        visit.started_ns = flight.started_ns = now
        world.meter.taken_up(self.station.index, visit.arrived_ns, now)
        visit.work_ns = self.handling_ns(flight, visit.context)
        try:
            self.react(visit)
        except Refused as refused:
            self.refuse(visit, refused)
        if self.nonce_kind >= 0 and self.member.actor is not None:
            world.count_rows(self.station, self.nonce_kind, "nonce", self.member.actor)
        world.at(visit.work_ns, END_OF_SERVICE, flight.order, self.inbox.bring, (self.served, visit))

    def handling_ns(self, flight: Flight, context: Context) -> int:
        """The work of the message itself: the handshake of a new connection, parsing, and what the scenario names for it."""
        station, session, world = self.station, flight.session, self.world
        work = 0
        if flight.new_connection and station.handshake is not None:
            work += self.draw_work(station.handshake, world.stream_handshake, flight.step, session, flight.iteration, context)
        if flight.step.kind is not StepKind.OUTSIDE and station.parse is not None:
            work += self.draw_work(station.parse, world.stream_parse, flight.step, session, flight.iteration, context)
        draw = station.work[flight.step.index]
        if draw is not None and not flight.status:
            work += self.draw_work(draw, world.stream_work, flight.step, session, flight.iteration, context)
        return work

    def served(self, visit: Visit) -> None:
        """The end of service: what it led to leaves, and the next one is taken up."""
        world, flight, station = self.world, visit.flight, self.station
        assert flight is not None
        now = world.env.now
        flight.finished_ns = now
        assert visit.started_ns is not None
        refused = -1 if visit.refused_by is None else world.meter.reason(visit.refused_by)
        is_new = flight.attempt is None or flight.attempt is visit.context
        world.meter.left(station.index, visit.arrived_ns, visit.started_ns, now, refused, is_new)
        del self.inside[visit]
        for handler, subject in visit.output:
            handler(subject)
        if self.goes_on_holding(visit):
            world.meter.held(station.index, now)
        else:
            self.release()

    def goes_on_holding(self, visit: Visit) -> bool:
        """Whether the server stays with this visit while it waits for another's answer."""
        return self.station.holds_server and any(handler == self.call or handler == self.back_off for handler, _ in visit.output)

    def release(self) -> None:
        """A server is free: it takes up who is next."""
        self.busy -= 1
        if self.waiting:
            visit = self.waiting.pop() if self.station.lifo else self.waiting.popleft()
            self.busy += 1
            self.take_up(visit)

    # --- time and calls at a server -----------------------------------------------------------------------

    def pass_time(self, visit: Visit, step: StepPlan, iteration: int, work_ns: int) -> int:
        """At a server the time of an action is part of its service time."""
        visit.work_ns += work_ns
        return step.next

    def attempt(self, attempt: Attempt) -> None:
        attempt.held = self.station.holds_server
        super().attempt(attempt)

    def after_failure(self, visit: Visit, attempt: Attempt) -> None:
        """A call of its own failed without an answer: what was served is refused at once; a held server is free again."""
        if visit.refused_by is not None:
            self.world.meter.refused_later(self.station.index, self.world.meter.reason(visit.refused_by))
        super().after_failure(visit, attempt)
        if attempt.held and not self.goes_on_holding(visit):
            self.world.meter.released(self.station.index, self.world.env.now)
            self.release()
