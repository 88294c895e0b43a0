"""The world of a run: who is there, the network between them, and the accounts.

It joins the parts: players react (:mod:`player`, :mod:`station`), sessions begin (:mod:`arrivals`), messages travel here,
the recorder notes them, and the meter counts.
"""

from collections.abc import Callable, Sequence
from heapq import heappush

from sim.engines.arrivals import Arrivals
from sim.engines.attackers import Attacker
from sim.engines.balancer import Balancer
from sim.engines.budgets import Budgets
from sim.engines.construction import Construction
from sim.engines.draws import NOT_AHEAD, Ahead
from sim.engines.faults import RunFault
from sim.engines.occurrence import Callbacks, Clock, Happening, Occurrence
from sim.engines.participant import Participant
from sim.engines.payload import Desk
from sim.engines.places import Place, Places
from sim.engines.player import Player
from sim.engines.protections import Protections
from sim.engines.recorder import ORDER_BITS, Recorder
from sim.engines.restraints import Restraints
from sim.engines.session import Attempt, Context, Flight, Holdings, Member, Session
from sim.engines.sharing import SharingServer
from sim.engines.station import Server
from sim.engines.tables import Tables
from sim.engines.timeouts import Timeouts
from sim.measure import meter as measure
from sim.measure.accumulators import NEXT_NS, SENT
from sim.measure.meter import Meter
from sim.plan.plan import SERVER, LinkPlan, Plan, StepPlan
from sim.protocol.http import Request, Response
from sim.protocol.projection import DONE, StepKind
from sim.trace.records import BY, FINISHED_NS, OUTCOME
from sim.world.addresses import server_address
from sim.world.chance import stream_key
from sim.world.credentials import REPLAYED
from sim.world.network import DATAGRAM, LOST, arrival_delay_ns, through_after_ns
from sim.world.order import DELIVERY
from sim.world.queues import BY_LAW, SHARING

Tap = Callable[[str, str, str, "Request | Response"], "Request | Response"]
"""``tap(message id, sender, receiver, message) -> message``: what the wire makes of a message (for experiments)."""

_OUTCOMES = {"completed": measure.COMPLETED, "refused": measure.REFUSED, "timed_out": measure.TIMED_OUT,
             "gave_up": measure.GAVE_UP, "ended": measure.ENDED}
_DELIVERY = DELIVERY << 118


class World:
    """One run's world; :func:`sim.engines.simpy_engine.run` makes it and lets it run."""

    def __init__(self, plan: Plan, meter: Meter, recorder: Recorder, payloads: bool, tap: Tap | None) -> None:
        self.plan = plan
        self.meter = meter
        self.block, self.network = meter.block, meter.at.network
        self.recorder = recorder
        self.tap = tap
        self.env = Clock(initial_time=0)
        self.desk = Desk(plan, self.env) if payloads and plan.model.has_payloads else None
        self.steps = plan.steps
        self.duration_ns = plan.duration_ns
        self.expires_ns = [() if station is None else station.expires_ns for station in plan.stations]
        self.links = [list(row) for row in plan.links]
        self.own_links = {each.index: [list(row) for row in each.links] for each in plan.classes if each.links is not None}
        """By class, where it has an access of its own."""
        self.ways = [self.link(step, step.actor, step.receiver) for step in plan.steps]
        """By step: the way of its message (of a step without one, any)."""
        self.places = [step.node << 40 | sum(1 << 5 * level for level in range(step.depth)) for step in plan.steps]
        """By step: the place of its message at first attempts, outside loops, which is what is drawn ahead."""
        self.first_place = list(self.places)
        """The same where the link is as ever; else -1."""
        self.sessions: dict[int, Session] = {}
        self.timeouts: dict[int, Timeouts] = {}
        self.started = 0
        self.flying = 0
        """Messages on their way, counted on their own and not from what the meter knows."""
        self.tables = Tables(plan, meter, self.env)
        self.budgets = Budgets()
        self.restraints = Restraints(self)
        self.protections = [Protections(self, station) if station is not None and (station.is_protected or station.order in BY_LAW)
                            else None for station in plan.stations]
        self.tables.protections = self.protections
        self.servers_jump = any(rule.go_to >= 0 for step in plan.steps for rule in step.refusals.values()
                                if plan.roles[step.actor] == SERVER)
        self.server_participants = tuple(p for p, role in enumerate(plan.roles) if role == SERVER)
        self.construction = Construction(plan, self.env, self.tables)
        for purpose in ("arrivals", "picks", "holds", "skew", "network", "work", "wait", "parse", "handshake", "guard", "backoff",
                        "instance", "attack_source", "attack_capture", "throttle", "restarts"):
            setattr(self, f"stream_{purpose}", stream_key(plan.seed, plan.replication, purpose))
        self.servers: list[list[Server]] = [self.open_station(p) for p in range(len(plan.participants))]
        self.only_server: list[Participant | None] = [servers[0] if len(servers) == 1 else None for servers in self.servers]
        self.balancers = [Balancer(self, servers, 0 if station is None else station.balance)
                          for servers, station in zip(self.servers, plan.stations, strict=True)]
        self.arrivals = [Arrivals(self, class_plan) for class_plan in plan.classes]
        self.attackers = [Attacker(self, attack) for attack in plan.attacks]
        self.wiretaps: dict[int, list[Attacker]] = {}
        """By step: the attacks that capture its requests."""
        for attacker in self.attackers:
            if attacker.plan.signature == REPLAYED:
                self.wiretaps.setdefault(attacker.plan.step, []).append(attacker)

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
    stream_attack_source: tuple[int, int]
    stream_attack_capture: tuple[int, int]
    stream_throttle: tuple[int, int]
    stream_restarts: tuple[int, int]

    # --- who is there -------------------------------------------------------------------------------------

    def timeouts_of(self, timeout_ns: int) -> Timeouts | None:
        """The row of all attempts that wait so long; None for those that wait for ever."""
        if timeout_ns < 0:
            return None
        row = self.timeouts.get(timeout_ns)
        if row is None:
            row = self.timeouts[timeout_ns] = Timeouts(self.env, timeout_ns, self.duration_ns)
        return row

    def open_station(self, participant: int) -> list[Server]:
        """The instances of a server participant (none for the others)."""
        station = self.plan.stations[participant]
        if station is None:
            return []
        actor = self.desk.servers[station.name] if self.desk is not None else None
        first = sum(other.instances for other in self.plan.stations[:participant] if other is not None)
        kind = SharingServer if station.order == SHARING else Server
        return [kind(self, station, Member(f"{station.name}/{k + 1}", server_address(first + k), Holdings(station.expires_ns),
                                           actor, 0, {}, instance=k))
                for k in range(station.instances)]

    def start(self, places: Places, place: Place, arrival: Occurrence, visit: int, order: int, ahead: Ahead | None,
              row: int) -> None:
        """A session starts."""
        now, class_plan = self.env.now_ns, places.plan
        self.started += 1
        session = Session(self.started, class_plan, place.instance, visit, order, now)
        session.ahead, session.row = ahead, row
        if self.servers_jump:
            session.called = {}
        self.sessions[session.number] = session
        session.expires_ns = self.expires_ns
        places.fill(session, place)
        client = session.place
        session.is_known = any(until_ns > now for until_ns in session.held_by(self.plan.client).until_ns.values())
        self.meter.session_started(class_plan.index, now, session.is_known)
        name = client.name
        session.record = ["session", class_plan.name, session.number, "session", 0, 0, name, name, client.address, None,
                          now, now, now, None, "in_flight", None, None]
        session.is_recorded = self.recorder.records_of(session.c0, session.c1)
        if session.is_recorded:
            self.recorder.keys.append(now << ORDER_BITS | session.order)
            self.recorder.noted.append(session.record)
        starter = session.players[self.steps[self.plan.first].actor]
        if not isinstance(starter, Player) or starter.is_server:
            raise RunFault("the first step of the diagram is a server's")
        arrival.subject = session
        starter.inbox.put(starter.begin, arrival)

    # --- the network --------------------------------------------------------------------------------------

    def at(self, after_ns: int, order: int, event: Happening, callbacks: Callbacks) -> None:
        """Let something happen after so many ns, in its place in the order of events; after the end, nothing does."""
        env = self.env
        time_ns = env.now_ns + after_ns
        if time_ns < self.duration_ns:
            event.callbacks = callbacks  # type: ignore[assignment]  # Clock.at, without the call
            heappush(env._queue, (time_ns, order, next(env._eid), event))  # type: ignore[misc]

    def receiver(self, session: Session, step: StepPlan, iteration: int, context: Attempt | None) -> Participant:
        """Which instance of a server a message goes to, if there are several."""
        return self.balancers[step.receiver].choose(session, step, iteration, context)

    def link(self, step: StepPlan, sender: int, receiver: int, own: "Sequence[Sequence[LinkPlan]] | None" = None) -> LinkPlan:
        """The way that a message takes; ``own``: the links of its class, if it has any."""
        table = self.plan.outside if step.kind is StepKind.OUTSIDE else self.links if own is None else own
        return table[sender][receiver]

    def send(self, flight: Flight, theirs: Member, to: Participant, deadline_ns: int) -> None:
        """Put a message on its way: it will arrive, or it is lost."""
        env = self.env
        now = env.now_ns
        session, step, attempt, place, mine = flight.session, flight.step, flight.attempt, flight.place, flight.member
        is_answer = attempt is not None and attempt.caller is to
        if self.tap is not None and flight.http is not None:
            tapped = self.tap(flight.id, mine.name, theirs.name, flight.http)
            if tapped.__class__ is not flight.http.__class__:
                raise RunFault(f"the tap returned {tapped!r} for '{flight.id}'; expected a {type(flight.http).__name__}")
            flight.http = tapped
        own_links = self.own_links.get(session.class_plan.index)
        if flight.status:
            link = self.link(step, step.receiver, step.actor, own_links)
        else:
            link = self.ways[step.index] if own_links is None else self.link(step, step.actor, step.receiver, own_links)
        if not is_answer and link.transport != DATAGRAM:
            used = mine.connections.get(to)
            flight.new_connection = used is None or now - used > link.keep_alive_ns
            mine.connections[to] = now
        block, network = self.block, self.network
        if now < block[network + NEXT_NS]:  # Meter.message_sent, without the call
            block[network + SENT] += 1
        else:
            self.meter.message_sent(now)
        order = session.order | place
        record = flight.record = [
            "message", session.class_plan.name, session.number, flight.id, flight.iteration,
            attempt.number if attempt is not None else 0, mine.name, theirs.name, (theirs if is_answer else mine).address,
            flight.key, now, None, None, None, "in_flight", flight.by, flight.http]
        if session.is_recorded:
            self.recorder.keys.append(now << ORDER_BITS | order)
            self.recorder.noted.append(record)
        delay, ahead = NOT_AHEAD, session.ahead
        if ahead is not None and place == self.first_place[step.index]:
            delay = (ahead.delays.get(step.index) or ahead.latencies(self.stream_network, step, place, link))[session.row]
            if flight.new_connection and delay != NOT_AHEAD:
                connecting = 2 * link.round_trips * delay
                delay = connecting + delay if deadline_ns < 0 or now + connecting <= deadline_ns else NOT_AHEAD
        if delay == NOT_AHEAD:
            tries_ns = max(0, deadline_ns - now) if deadline_ns >= 0 else -1
            later_ns = through_after_ns(link.transport, now, link.out_until_ns, tries_ns) if now < link.out_until_ns else 0
            tries_ns = tries_ns - later_ns if tries_ns >= 0 else -1
            delay = later_ns
            if later_ns != LOST:
                delay = arrival_delay_ns(link.transport, flight.new_connection, link.round_trips, *link.latency, link.loss,
                                         tries_ns, *self.stream_network, session.c0, session.c1,
                                         (place >> 40 & 0xFFF) << 20 | flight.iteration, (place & 0xFFFFF) << 12)
                delay = LOST if delay == LOST else later_ns + delay
        if delay == LOST:
            record[OUTCOME], record[BY] = "lost", "link"
            self.meter.message_lost(now)
            self.unheard(flight)
            return
        self.flying += 1
        time_ns = now + delay
        if time_ns < self.duration_ns:
            flight.handler = to.arrived
            flight.callbacks = to.inbox.resumed  # type: ignore[assignment]  # Clock.at, without the call
            heappush(env._queue, (time_ns, order | _DELIVERY, next(env._eid), flight))  # type: ignore[misc]

    def unheard(self, flight: Flight) -> None:
        """A message was lost, dropped, or refused with nobody to tell. If the turn went with it, the session ends."""
        self.unused(flight)
        step = flight.step
        turn_lost = step.next == DONE or self.plan.steps[step.next].actor == step.receiver
        if flight.attempt is None and turn_lost and (flight.served or flight.session).waited_for():
            outcome, by = flight.record[OUTCOME], flight.record[BY]
            self.give_up((flight.session, "refused" if outcome == "refused" else "timed_out", by))

    def unused(self, flight: Flight) -> None:
        """What a message brought is of no use to anybody: a key in it is orphaned."""
        if flight.rows and flight.step.allocates and not flight.status and not flight.gives_again:
            self.meter.key_orphaned()

    # --- the ends of sessions -----------------------------------------------------------------------------

    def complete(self, session: Session) -> None:
        """The walk is through."""
        self.end_session(session, "completed", None)

    def end_by_diagram(self, what: tuple[Context, Session, str, str | None]) -> None:
        """An ``end`` of the diagram, if anybody still waits for what it ends."""
        context, session, outcome, by = what
        if context.waited_for():
            self.end_session(session, outcome, by)

    def give_up(self, what: tuple[Session, str, str | None]) -> None:
        """A call failed for good, or the client had enough."""
        self.end_session(*what)

    def end_session(self, session: Session, outcome: str, by: str | None) -> None:
        """End a session, once."""
        if not session.going:
            return
        now = self.env.now_ns
        session.going = False
        record = session.record
        record[FINISHED_NS], record[OUTCOME], record[BY] = now, outcome, by
        del self.sessions[session.number]
        if session.rows:
            self.tables.drop_all(session)
        if session.attack is not None:
            session.attack.ended(session, outcome)
            return
        needed = session.needed_protected or self.plan.protected < 0
        self.meter.session_ended(session.class_plan.index, session.started_ns, now, _OUTCOMES[outcome], needed, session.calls,
                                 session.attempts)
        self.arrivals[session.class_plan.index].ended(session)

    def way_to(self, fragment: StepPlan, target: int) -> str:
        """How a jump to ``target`` enters a fragment around it: ``entered``, or the branch of an alt."""
        best = max((way for way in fragment.ways if way.target <= target), key=lambda way: way.target)
        return "entered" if best.name == fragment.id else best.name
