"""A server: a player with a station, that is servers, a waiting room and an order of service.

What a visit does is decided when a server takes it up, all of it, in order, as one service time; what it answers
leaves when that is over. A call of its own releases the server (unless ``holds_server``), and its answer is a visit
like any other.
"""

from collections import deque
from math import inf
from typing import TYPE_CHECKING

from sim.engines.player import Player
from sim.engines.session import Attempt, Flight, Member, Session, Visit
from sim.engines.sockets import Sockets
from sim.engines.waiting import WaitingRoom
from sim.measure.accumulators import DELIVERED, admit, leave
from sim.plan.plan import DROPS, OPEN, UNLIMITED, ChangePlan, StationPlan, StepPlan
from sim.protocol.http import Refused
from sim.protocol.projection import StepKind
from sim.trace.records import BY, FINISHED_NS, OUTCOME, RECEIVED_NS, STARTED_NS
from sim.world.clock import round_duration_ns
from sim.world.distributions import CONSTANT, sample_ns
from sim.world.order import DELIVERY, END_OF_SERVICE
from sim.world.queues import BY_LAW

if TYPE_CHECKING:
    from sim.engines.world import World

_OUTSIDE = StepKind.OUTSIDE
_DELIVERY = DELIVERY << 118
_CLOSED_DOORS = {"queue": "the waiting room is full", "outage": "the server is out", "connections": "no place for a connection"}
_END_OF_SERVICE = END_OF_SERVICE << 118


class Server(Player):
    """One instance of a server participant."""

    is_server = True
    shares = False
    """Whether all who are present share the servers (:mod:`sim.engines.sharing`)."""

    def __init__(self, world: "World", station: StationPlan, member: Member) -> None:
        super().__init__(world, station.participant, station.caller, station.work)
        self.constant_ns = [self.constant_handling_ns(station, step, connect=False) for step in self.steps]
        self.connecting_ns = [self.constant_handling_ns(station, step, connect=True) for step in self.steps]
        """By step: what handling its message takes on an open connection and on a new one, where it is always the same; else -1."""
        self.station = station
        self.account = world.meter.at.stations[station.index]
        """Where the meter counts what happens here."""
        self.member: Member = member
        self.busy = 0
        self.most: float = inf if station.servers == UNLIMITED else station.servers
        """How many it serves at once."""
        self.closed = OPEN
        self.slower = 1.0
        """How many times as long its work takes."""
        self.protections = world.protections[station.participant]
        self.waiting: deque[Visit] | WaitingRoom = deque()
        if station.order in BY_LAW:
            assert self.protections is not None
            self.waiting = WaitingRoom(station.order, station.backlog, self.protections)
        self.inside: dict[Visit, None] = {}
        self.sockets = None if station.connections is None else Sockets(self, station.connections)
        self.nonce_kind = next((kind for kind, (name, _) in enumerate(station.memory) if name == "nonce"), -1)

    def self_in(self, session: Session) -> Member:
        return self.member

    def is_silent(self) -> bool:
        return self.station.silent

    def keeps_server(self) -> bool:
        return self.station.holds_server

    def present(self) -> int:
        """How many wait here or keep a server busy."""
        return self.busy + len(self.waiting)

    # --- the waiting room ---------------------------------------------------------------------------------

    def arrived(self, flight: Flight) -> None:
        """A message arrives."""
        now = self.world.env.now_ns
        if self.sockets is not None and not self.closed and self.sockets.holds(flight):
            return
        context = self.opened(flight, now)
        if context is None:
            flight.record[STARTED_NS] = flight.record[FINISHED_NS] = now
            return
        visit = Visit(flight.session, context, self.member, flight.step.next, flight, now)
        self.come_in(visit, flight, now)

    def hold(self, visit: Visit, flight: Flight) -> None:
        """A mitigation at the edge holds a request: it is as if it were still on its way, and delivered later."""
        world, record = self.world, flight.record
        world.flying += 1
        world.block[world.network + DELIVERED] -= 1  # in the bin in which it has just been counted
        record[RECEIVED_NS], record[OUTCOME] = None, "in_flight"
        visit.handler = self.comes_on
        self.world.at(visit.hold_ns, flight.session.order | flight.place | _DELIVERY, visit, self.inbox.resumed)

    def comes_on(self, visit: Visit) -> None:
        """A request was held for long enough."""
        world, flight, now = self.world, visit.flight, self.world.env.now_ns
        assert flight is not None
        world.flying -= 1
        world.meter.message_delivered(now)
        flight.record[RECEIVED_NS], flight.record[OUTCOME] = now, "delivered"
        visit.hold_ns, visit.arrived_ns = 0, now
        self.come_in(visit, flight, now)

    def come_in(self, visit: Visit, flight: Flight, now: int) -> None:
        """Past the edge, to a free server, into the waiting room, or to a closed door."""
        world, station, attempt, context = self.world, self.station, flight.attempt, visit.context
        guards = self.protections
        if guards is not None and self.is_request(flight) and not guards.passes_edge(self, visit, flight, now):
            return
        if (self.sockets is not None and not self.closed and self.is_request(flight)
                and not self.sockets.admits(visit, flight)):
            return
        held = attempt is not None and attempt.held and attempt.caller is self
        free = self.busy < self.most
        is_new = attempt is None or attempt is context
        if not held and not free and (is_new or not self.shares):
            if is_new and self.closed:
                self.turn_away(visit, flight, "outage", drops=self.closed == DROPS)
                return
            if is_new and (self.shares or (station.capacity != UNLIMITED and len(self.waiting) >= station.capacity)):
                self.turn_away(visit, flight, "queue", drops=station.drops)
                return
            world.meter.arrived(station.index, now)
            self.inside[visit] = None
            self.waiting.append(visit)
            return
        if held:
            world.meter.released(station.index, now)
        else:
            self.busy += 1
        admit(world.block, self.account, now)  # Meter.admitted, without the call
        self.inside[visit] = None
        self.take_up(visit, flight, now)

    def turn_away(self, visit: Visit, flight: Flight, by: str, *, drops: bool) -> None:
        """The waiting room is full, or the door is closed."""
        now = self.world.env.now_ns
        self.world.meter.turned_away(self.station.index, now, self.world.meter.reason(by))
        flight.record[FINISHED_NS] = now
        if visit.socket is not None and self.sockets is not None:
            self.sockets.rest(visit)
        if self.protections is not None:
            self.protections.ended(visit, turned_away=True)
        if drops:
            flight.record[OUTCOME], flight.record[BY] = "dropped", by
            self.world.unheard(flight)
            return
        self.refuse(visit, Refused(503, _CLOSED_DOORS[by], by))
        for handler, subject in visit.output:
            handler(subject)

    def take_up(self, visit: Visit, flight: Flight, now_ns: int) -> None:
        """Decide all that this visit does, and serve it for as long as that takes."""
        world = self.world
        visit.started_ns = flight.record[STARTED_NS] = now_ns
        guards, admitted = self.protections, True
        constant_ns = (self.connecting_ns if flight.new_connection else self.constant_ns)[flight.step.index]
        if guards is not None and self.is_request(flight):
            visit.work_ns = self.upkeep_ns(flight)
            admitted = guards.passes(self, visit, flight, now_ns)
            if admitted:
                visit.work_ns += self.message_work_ns(flight)
        elif constant_ns >= 0 and not flight.status:
            visit.work_ns = constant_ns
        else:
            visit.work_ns = self.handling_ns(flight)
        try:
            if admitted:
                self.react(visit)
        except Refused as refused:
            self.refuse(visit, refused)
        if self.slower != 1.0:
            visit.work_ns = round_duration_ns(visit.work_ns * self.slower)
        if self.nonce_kind >= 0:
            world.tables.count_nonces(self.station.index, self.nonce_kind, self.nonces_held())
        self.serve(visit, flight, now_ns)

    def serve(self, visit: Visit, flight: Flight, now_ns: int) -> None:
        """Let the service end when the work is done."""
        time_ns = now_ns + visit.work_ns
        if time_ns < self.world.duration_ns:
            visit.handler = self.served
            self.world.env.at(time_ns, flight.session.order | flight.place | _END_OF_SERVICE, visit, self.inbox.resumed)

    def nonces_held(self) -> int:
        """How many nonces this server remembers."""
        desk, actor = self.world.desk, self.member.actor
        if desk is None or actor is None:
            return self.world.construction.nonces_held(self.participant)
        return desk.rows(actor, "nonce")

    def constant_handling_ns(self, station: StationPlan, step: StepPlan, *, connect: bool) -> int:
        """What :meth:`handling_ns` would give, with or without a handshake, if no chance is in it; else -1."""
        parse = station.parse if step.kind is not _OUTSIDE else None
        handshake = station.handshake if connect else None
        draws = [draw for draw in (handshake, parse, station.work[step.index]) if draw is not None]
        if any(draw[0] != CONSTANT for draw in draws):
            return -1
        return sum(round_duration_ns(draw[1]) for draw in draws)

    def handling_ns(self, flight: Flight) -> int:
        """The work of the message itself: the handshake of a new connection, parsing, and what the scenario names for it.

        Drawn at the place of the message, so that two refusals of two attempts are two draws.
        """
        return self.upkeep_ns(flight) + self.message_work_ns(flight)

    def upkeep_ns(self, flight: Flight) -> int:
        """What comes before anything is decided: the handshake of a new connection, and parsing."""
        station, session, step, world = self.station, flight.session, flight.step, self.world
        at = session.c0, session.c1, (flight.place >> 40 & 0xFFF) << 20 | flight.iteration, (flight.place & 0xFFFFF) << 12
        work = 0
        if flight.new_connection and station.handshake is not None:
            work += sample_ns(*station.handshake, *world.stream_handshake, *at)
        if station.parse is not None and step.kind is not _OUTSIDE:
            work += sample_ns(*station.parse, *world.stream_parse, *at)
        return work

    def message_work_ns(self, flight: Flight) -> int:
        """What the scenario names for the message."""
        draw = self.work[flight.step.index]
        if draw is None or flight.status:
            return 0
        session, place = flight.session, flight.place
        return sample_ns(*draw, *self.world.stream_work, session.c0, session.c1, (place >> 40 & 0xFFF) << 20 | flight.iteration,
                         (place & 0xFFFFF) << 12)

    def is_request(self, flight: Flight) -> bool:
        """Whether a message asks for something, so that mitigations may have their say: no answer to a call of its own."""
        return not flight.status and (flight.attempt is None or flight.attempt.step is flight.step)

    def served(self, visit: Visit) -> None:
        """The end of service: what it led to leaves, and the next one is taken up."""
        world, flight, station = self.world, visit.flight, self.station
        assert flight is not None
        assert visit.started_ns is not None
        now = world.env.now_ns
        flight.record[FINISHED_NS] = now
        refused = -1 if visit.refused_by is None else world.meter.reason(visit.refused_by)
        is_new = 1 if flight.attempt is None or flight.attempt is visit.context else 0
        began_ns = now - visit.work_ns if self.shares else visit.started_ns
        leave(world.block, self.account, visit.arrived_ns, began_ns, now, refused, is_new)  # Meter.left
        if visit.session.attack is not None:
            world.meter.attack_occupied(visit.session.attack.plan.index, began_ns, now)
        if self.protections is not None:
            self.protections.count_false(visit)
            self.protections.ended(visit)
        del self.inside[visit]
        if visit.socket is not None and self.sockets is not None:
            self.sockets.rest(visit)
        self.stays = False
        for handler, subject in visit.output:
            handler(subject)
        if self.stays:  # with this visit, while it waits for another's answer
            world.meter.held(station.index, now)
        else:
            self.release()

    def release(self) -> None:
        """A server is free: it takes up who is next."""
        self.busy -= 1
        self.take_next()

    def change(self, change: ChangePlan) -> None:
        """A fault begins or ends. What is being served is finished, as it was decided."""
        self.closed, self.slower = change.closed, change.slower
        self.most = inf if change.servers == UNLIMITED else change.servers
        self.take_next()

    def take_next(self) -> None:
        """Take up who is next, while there are free servers."""
        while self.waiting and self.busy < self.most:
            visit = self.waiting.pop() if self.station.lifo else self.waiting.popleft()
            self.busy += 1
            now = self.world.env.now_ns
            self.world.meter.taken_up(self.station.index, visit.arrived_ns, now)
            assert visit.flight is not None
            self.take_up(visit, visit.flight, now)

    # --- time and calls at a server -----------------------------------------------------------------------

    def pass_time(self, visit: Visit, step: StepPlan, iteration: int, work_ns: int) -> int:
        """At a server the time of an action is part of its service time."""
        visit.work_ns += work_ns
        return step.next

    def attempt(self, attempt: Attempt) -> bool:
        sent = super().attempt(attempt)
        if sent:
            attempt.held = self.stays = self.station.holds_server
        return sent

    def after_failure(self, visit: Visit, attempt: Attempt) -> None:
        """A call of its own failed without an answer: what was served is refused at once; a held server is free again."""
        if visit.refused_by is not None:
            self.world.meter.refused_later(self.station.index, self.world.meter.reason(visit.refused_by))
        self.stays = False
        super().after_failure(visit, attempt)
        if attempt.held and not self.stays:
            self.world.meter.released(self.station.index, self.world.env.now_ns)
            self.release()
