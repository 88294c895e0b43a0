"""The world of a run: who is there, the network between them, and the accounts.

It joins the parts: players react (:mod:`player`, :mod:`station`), sessions begin (:mod:`arrivals`), messages travel here,
the recorder notes them, and the meter counts.
"""

from collections.abc import Callable
from typing import Any

from sim.engines import draws
from sim.engines.arrivals import Arrivals
from sim.engines.faults import RunFault
from sim.engines.occurrence import Clock, Occurrence
from sim.engines.payload import Desk
from sim.engines.participant import Participant
from sim.engines.player import Player
from sim.engines.recorder import Recorder
from sim.engines.session import Attempt, Flight, Holdings, Member, Session, Visit
from sim.engines.station import Server
from sim.measure import meter as measure
from sim.measure.meter import Meter
from sim.plan.plan import SERVER, ClassPlan, Plan, StationPlan, StepPlan
from sim.protocol.actor import Actor
from sim.protocol.http import Request, Response
from sim.protocol.projection import DONE, StepKind
from sim.world.addresses import honest_address, server_address
from sim.world.chance import pack_entity, stream_key, uniform
from sim.world.distributions import CONSTANT, sample_signed_ns
from sim.world.network import DATAGRAM, LOST, arrival_delay_ns, drawn_delay_ns
from sim.world.order import DELIVERY

Tap = Callable[[str, str, str, "Request | Response"], "Request | Response"]
"""``tap(message id, sender, receiver, message) -> message``: what the wire makes of a message (for experiments)."""

_OUTCOMES = {"completed": measure.COMPLETED, "refused": measure.REFUSED, "timed_out": measure.TIMED_OUT,
             "gave_up": measure.GAVE_UP, "ended": measure.ENDED}


class World:
    """One run's world; :func:`sim.engines.simpy_engine.run` makes it and lets it run."""

    def __init__(self, plan: Plan, meter: Meter, recorder: Recorder, desk: Desk | None, tap: Tap | None) -> None:
        self.plan = plan
        self.meter = meter
        self.recorder = recorder
        self.desk = desk
        self.tap = tap
        self.env = Clock(initial_time=0)
        self.steps = plan.steps
        self.duration_ns = plan.duration_ns
        self.expires_ns = [() if station is None else station.expires_ns for station in plan.stations]
        self.drawn_at = [self.draws_of(step) for step in plan.steps]
        self.sessions: dict[int, Session] = {}
        self.started = 0
        self.flying = 0
        """Messages on their way, counted on their own and not from what the meter knows."""
        self.rows_issued: dict[int, int] = {}
        self.rows_kept: dict[int, int] = {}
        self.server_participants = tuple(p for p, role in enumerate(plan.roles) if role == SERVER)
        self.members: dict[tuple[int, int], list[Member | None]] = {}
        self.places: dict[tuple[int, int], list[Player | None]] = {}
        for purpose in ("arrivals", "picks", "holds", "skew", "network", "work", "wait", "parse", "handshake", "guard", "backoff",
                        "instance"):
            setattr(self, f"stream_{purpose}", stream_key(plan.seed, plan.replication, purpose))
        self.servers: list[list[Server]] = [self.open_station(p) for p in range(len(plan.participants))]
        self.arrivals = [Arrivals(self, class_plan) for class_plan in plan.classes]

    stream_arrivals: tuple[int, int]
    stream_picks: tuple[int, int]
    stream_holds: tuple[int, int]
    stream_skew: tuple[int, int]
    stream_network: tuple[int, int]
    stream_work: tuple[int, int]
    stream_wait: tuple[int, int]
    stream_parse: tuple[int, int]
    stream_handshake: tuple[int, int]
    stream_guard: tuple[int, int]
    stream_backoff: tuple[int, int]
    stream_instance: tuple[int, int]

    def draws_of(self, step: StepPlan) -> draws.Address | None:
        """Where a message's first attempt draws its way through the network; None if it draws nothing."""
        if step.receiver < 0:
            return None
        table = self.plan.outside if step.kind is StepKind.OUTSIDE else self.plan.links
        link = table[step.actor][step.receiver]
        if link.loss == 0 and link.latency[0] == CONSTANT:
            return None
        path = 0
        for _ in range(step.depth):
            path = path << 5 | 1
        return draws.Address(step.node << 20, path << 12)

    # --- who is there -------------------------------------------------------------------------------------

    def open_station(self, participant: int) -> list[Server]:
        """The instances of a server participant (none for the others)."""
        station = self.plan.stations[participant]
        if station is None:
            return []
        actor = self.desk.servers[station.name] if self.desk is not None else None
        first = sum(other.instances for other in self.plan.stations[:participant] if other is not None)
        return [Server(self, station, Member(f"{station.name}/{k + 1}", server_address(first + k), Holdings(station.expires_ns),
                                             actor, 0, {}))
                for k in range(station.instances)]

    def players(self, class_plan: ClassPlan, instance: int) -> list[Player | None]:
        """The client in this place and its companions, by participant; made when they first come."""
        place = self.places.get((class_plan.index, instance))
        if place is None:
            place = [None if role == SERVER else Player(self, participant) for participant, role in enumerate(self.plan.roles)]
            self.places[class_plan.index, instance] = place
        return place

    def start(self, class_plan: ClassPlan, instance: int, visit: int, drawn: "list[tuple[float, float] | None] | None") -> None:
        """A session starts."""
        now = self.env.now
        self.started += 1
        session = Session(self.started, class_plan, instance, visit, now)
        session.drawn = drawn
        self.sessions[session.number] = session
        newcomer = class_plan.picks == "new"
        place = (class_plan.index, instance)
        members = None if newcomer else self.members.get(place)
        first_visit = members is None
        if members is None:
            members = self.join(class_plan, instance, visit)
            if not newcomer:
                self.members[place] = members
        session.members = members
        session.place = members[self.plan.client]  # type: ignore[assignment]  # a client is never a server
        session.holdings = [Holdings(self.expires_ns[p]) if member is None else member.holdings for p, member in enumerate(members)]
        if first_visit and class_plan.holds:
            self.provide(session)
        self.meter.session_started(class_plan.index, now)
        self.recorder.session(session)
        starter = self.places[place][self.steps[self.plan.first].actor]
        if starter is None:
            raise RunFault("the first step of the diagram is a server's")
        starter.inbox.put((starter.begin, session))

    def join(self, class_plan: ClassPlan, instance: int, visit: int) -> list[Member | None]:
        """Somebody comes for the first time, and who plays at its side."""
        number = class_plan.first_number + instance
        address = honest_address(class_plan.first_address + instance // class_plan.addresses_per)
        skew = 0
        if class_plan.skew is not None:
            c0, c1 = pack_entity(class_plan.index, instance, visit)
            skew = sample_signed_ns(*class_plan.skew, *self.stream_skew, c0, c1, 0, 0)
        members: list[Member | None] = []
        for participant, side in enumerate(class_plan.side):
            if side is None:
                members.append(None)
                continue
            name = f"{self.plan.participants[participant]}/{number + 1}"
            actor = None
            if self.desk is not None:
                actor = self.desk.client_actor(self.plan.participants[participant], name, side.settings)
            members.append(Member(name, address, Holdings(side.expires_ns), actor, skew, {}))
        return members

    def provide(self, session: Session) -> None:
        """What a newcomer holds from the start, arranged out of band: no message, no time."""
        plan, class_plan = self.plan, session.class_plan
        drawn = uniform(*self.stream_holds, session.c0, session.c1, 0, 0, 0)
        for holding in class_plan.holds:
            if drawn < holding.up_to:
                break
        else:
            return
        member = session.place
        for fact in holding.facts:
            row = self.provision_row(fact)
            member.holdings.obtain(fact, session.started_ns if class_plan.picks == "new" else 0, row)
            if self.desk is not None:
                self.desk.provision(member, plan.client, session, fact, self.env.now)

    def provision_row(self, fact: int) -> int:
        """The row that a server has of a fact that was held from the start; 0 if none keeps any."""
        for step in self.plan.steps:
            if fact in step.issues:
                return self.new_row(step.actor, fact)
        return 0

    # --- tables -------------------------------------------------------------------------------------------

    def issue(self, server: Participant, step: StepPlan) -> dict[int, int]:
        """New rows in a server's tables for what its message gives."""
        rows = {fact: self.new_row(server.participant, fact) for fact in step.issues}
        if step.credential in rows:
            self.meter.key_allocated()
        return rows

    def new_row(self, participant: int, fact: int) -> int:
        """One more row of a fact in a server's table; its number, from 1."""
        row = self.rows_issued.get(fact, 0) + 1
        self.rows_issued[fact] = row
        station = self.plan.stations[participant]
        assert station is not None
        kind = station.memory_of_fact.get(fact)
        if kind is not None:
            self.meter.rows(station.index, kind, 1, self.env.now)
        return row

    def count_rows(self, station: StationPlan, kind: int, name: str, actor: Actor) -> None:
        """How many rows the actor itself keeps of a kind (its nonces), since it was last asked."""
        rows = actor.rows().get(name, 0)
        self.meter.rows(station.index, kind, rows - self.rows_kept.get(station.index, 0), self.env.now)
        self.rows_kept[station.index] = rows

    # --- the network --------------------------------------------------------------------------------------

    def at(self, after_ns: int, kind: int, order: int, callback: Callable[[Any], None], subject: Any) -> None:
        """Let something happen after so many ns, in its place in the order of events; after the end, nothing does."""
        env = self.env
        time_ns = env.now + after_ns
        if time_ns < self.duration_ns:
            Occurrence(env, time_ns, order | kind << 118, callback, subject)

    def draw_ahead(self, class_: int, instances: list[int], visits: list[int]) -> "list[list[tuple[float, float] | None] | None]":
        """For each of many sessions, by step: the draws of its messages' ways through the network (None: not needed)."""
        c0, c1 = draws.entities(class_, instances, visits)
        columns = [draws.pairs(self.stream_network, c0, c1, at.c2, at.c3) if at is not None else [None] * len(instances)
                   for at in self.drawn_at]
        return [list(row) for row in zip(*columns, strict=True)]

    def receiver(self, session: Session, step: StepPlan, iteration: int, context: Attempt | None) -> Participant:
        """Who a message goes to: the client's own side, or an instance of the server, drawn evenly."""
        instances = self.servers[step.receiver]
        if not instances:
            player = self.players(session.class_plan, session.instance)[step.receiver]
            assert player is not None
            return player
        if len(instances) == 1:
            return instances[0]
        path = context.path if context is not None else 0
        drawn = uniform(*self.stream_instance, session.c0, session.c1, step.node << 20 | iteration, path << 12, 0)
        return instances[int(drawn * len(instances))]

    def send(self, flight: Flight, sender: Participant, receiver: Participant, deadline_ns: int) -> None:
        """Put a message on its way: it will arrive, or it is lost."""
        now = self.env.now
        session, step, attempt = flight.session, flight.step, flight.attempt
        mine, theirs = sender.self_in(session), receiver.self_in(session)
        flight.sent_ns, flight.sender, flight.receiver = now, mine.name, theirs.name
        is_answer = attempt is not None and attempt.caller is receiver
        flight.address = theirs.address if is_answer else mine.address
        if self.tap is not None and flight.http is not None:
            flight.http = self.tap(flight.id, mine.name, theirs.name, flight.http)
        table = self.plan.outside if step.kind is StepKind.OUTSIDE else self.plan.links
        link = table[sender.participant][receiver.participant]
        if not is_answer and link.transport != DATAGRAM:
            used = mine.connections.get(receiver)
            flight.new_connection = used is None or now - used > link.keep_alive_ns
            mine.connections[receiver] = now
        self.meter.message_sent(now)
        self.recorder.message(flight)
        c2, c3 = (flight.order >> 40 & 0xFFF) << 20 | flight.iteration, (flight.order & 0xFFFFF) << 12
        give_up_ns = deadline_ns - now if deadline_ns >= 0 else -1
        drawn = session.drawn
        ahead = self.drawn_at[step.index] if drawn is not None else None
        if drawn is not None and ahead is not None and c3 == ahead.c3 and c2 == ahead.c2:
            delay = drawn_delay_ns(
                *drawn[step.index], link.transport, flight.new_connection, link.round_trips, *link.latency, link.loss,  # type: ignore[misc]
                give_up_ns, *self.stream_network, session.c0, session.c1, c2, c3)
        else:
            delay = arrival_delay_ns(link.transport, flight.new_connection, link.round_trips, *link.latency, link.loss,
                                     give_up_ns, *self.stream_network, session.c0, session.c1, c2, c3)
        if delay == LOST:
            flight.outcome, flight.by = "lost", "link"
            self.meter.message_lost(now)
            self.unheard(flight)
            return
        self.flying += 1
        time_ns = now + delay
        if time_ns < self.duration_ns:
            Occurrence(self.env, time_ns, flight.order | DELIVERY << 118, receiver.inbox.bring, (receiver.arrived, flight))

    def unheard(self, flight: Flight) -> None:
        """A message was lost, dropped, or refused with nobody to tell. If the turn went with it, the session ends."""
        self.unused(flight)
        step = flight.step
        turn_lost = step.next == DONE or self.plan.steps[step.next].actor == step.receiver
        if flight.attempt is None and turn_lost and (flight.served or flight.session).waited_for():
            self.give_up((flight.session, "refused" if flight.outcome == "refused" else "timed_out", flight.by))

    def unused(self, flight: Flight) -> None:
        """What a message brought is of no use to anybody: a key in it is orphaned."""
        if flight.rows and flight.step.credential in flight.step.issues and not flight.status:
            self.meter.key_orphaned()

    # --- the ends of sessions -----------------------------------------------------------------------------

    def complete(self, visit: Visit) -> None:
        """The walk is through."""
        self.end_session(visit.session, "completed", None)

    def end_by_diagram(self, what: tuple[Session, str, str | None]) -> None:
        """An ``end`` of the diagram."""
        self.end_session(*what)

    def give_up(self, what: tuple[Session, str, str | None]) -> None:
        """A call failed for good, or the client had enough."""
        self.end_session(*what)

    def end_session(self, session: Session, outcome: str, by: str | None) -> None:
        """End a session, once."""
        if not session.going:
            return
        now = self.env.now
        session.going = False
        session.outcome, session.by, session.ended_ns = outcome, by, now
        del self.sessions[session.number]
        needed = session.needed_protected or self.plan.protected < 0
        self.meter.session_ended(session.class_plan.index, session.started_ns, now, _OUTCOMES[outcome], needed, session.calls,
                                 session.attempts)
        self.arrivals[session.class_plan.index].ended(session)

    def way_to(self, fragment: StepPlan, target: int) -> str:
        """How a jump to ``target`` enters a fragment around it: ``entered``, or the branch of an alt."""
        best = max((way for way in fragment.ways if way.target <= target), key=lambda way: way.target)
        return "entered" if best.name == fragment.id else best.name
