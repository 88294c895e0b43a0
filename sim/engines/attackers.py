"""Attackers: each attack is an actor of its own, with many addresses.

It composes its messages by the class that plays their sender in the model, and servers answer it like anybody. Each of
its messages is a session of its own, numbered with the others, which ends with its answer and never goes on in the
diagram. Its k-th message is the k-th instance of the attack's class of entities, so what is drawn for it is drawn apart
from all that honest clients do.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sim.engines.arrivals import Arrivals, Booking
from sim.engines.forging import Forger
from sim.engines.occurrence import Occurrence
from sim.engines.participant import Participant
from sim.engines.player import Player
from sim.engines.recorder import ORDER_BITS
from sim.engines.session import Attempt, Flight, Holdings, Member, Session
from sim.measure import meter as measure
from sim.plan.plan import NONE, SERVER, AttackPlan, CallerPlan, ClassPlan
from sim.protocol.http import Request, Response
from sim.protocol.projection import DONE, StepKind
from sim.trace.records import FINISHED_NS, OUTCOME, RECEIVED_NS, STARTED_NS
from sim.world.addresses import attacker_address, honest_address
from sim.world.attackers import is_captured, solved_ns, source_at, source_of_bot
from sim.world.chance import uniform
from sim.world.clock import NEVER_NS
from sim.world.credentials import REPLAYED, UNKNOWN_KEY, UNKNOWN_ROWS
from sim.world.order import ARRIVAL, entity_key, event_key

if TYPE_CHECKING:
    from sim.engines.world import World

_OUTCOMES = {"completed": measure.COMPLETED, "refused": measure.REFUSED, "timed_out": measure.TIMED_OUT, "ended": measure.ENDED}


@dataclass(slots=True)
class Captured:
    """A request of an honest client that an attacker got to see."""

    sent_ns: int
    skew_ns: int
    """How far the clock was ahead that its timestamp shows."""
    http: Request | Response | None
    rows: dict[int, int] | None
    key: str | None
    claimed: int
    unknown: tuple[int, ...]
    """Facts that no server knows as it has them."""
    taken_ns: int = -1
    takers: set[int] = field(default_factory=set)
    """Without payloads: when an instance of the server took up its nonce first, whoever sent it, and which of them have."""


class Strikes(Arrivals):
    """Starts the messages of an attack, always one ahead."""

    def __init__(self, world: "World", attacker: "Attacker") -> None:
        super().__init__(world, attacker.entities)
        self.attacker = attacker
        self.until_ns = attacker.plan.until_ns
        self.dodged: dict[int, int] = {}
        """By bot, how often it has taken another address."""

    def open(self) -> None:
        """Schedule the first message; of bots, that of each, when it has thought."""
        if not self.attacker.plan.bots:
            self.schedule()
        for bot in range(self.attacker.plan.bots):
            self.think(bot, self.attacker.plan.from_ns)

    def times(self, first: int, most: int) -> list[int]:
        """When the next ones come, within the run and the window of the attack."""
        return [at_ns for at_ns in super().times(first, most) if at_ns < self.until_ns]

    def who(self, first: int, number: int, *, many: bool) -> list[int]:
        """Each message is an instance of its own."""
        return list(range(first, first + number))

    def next_visit(self, instance: int) -> int:
        """Each comes once; a bot, again and again."""
        return super().next_visit(instance) if self.attacker.plan.bots else 0

    def book(self, booking: Booking) -> None:
        """Put a message into the order of events."""
        at_ns, instance, visit, _, _ = booking
        order = entity_key(self.plan.index, instance, visit) | event_key(ARRIVAL, 0, 0, 0)
        self.world.env.at(at_ns, order, Occurrence(booking), self.arriving)

    def arrive(self, occurrence: Occurrence) -> None:
        """A message is sent; the next one is scheduled."""
        if not self.attacker.plan.bots:
            self.schedule()
        self.attacker.inbox.put(self.attacker.strike, occurrence)


class Attacker(Player):
    """One attack."""

    def __init__(self, world: "World", plan: AttackPlan) -> None:
        step = world.plan.steps[plan.step]
        super().__init__(world, step.actor, CallerPlan(timeout_ns=plan.timeout_ns), ())
        self.plan = plan
        self.step = step
        self.sent_step = replace(step, next=DONE) if plan.ends_when_served else step
        self.entities = ClassPlan(
            index=plan.class_, name=plan.name, population=max(plan.bots, plan.addresses), picks="new",
            first_address=NONE, addresses_per=1, arrivals=plan.arrivals, holds=(), deadline_ns=NONE, skew=None, side=(),
            hash_rate=plan.hash_rate, unknown=plan.unknown)
        self.sides = [role != SERVER for role in world.plan.roles]
        self.players: list[Participant | None] = [self if side else server
                                                  for side, server in zip(self.sides, world.only_server, strict=True)]
        self.forger = Forger(world.plan, world.desk, plan) if world.desk is not None else None
        self.rows: dict[int, dict[int, int]] = {}
        """By key that it has used: of the facts that it holds, the rows that servers have of them."""
        self.sources: dict[int, list[Member | None]] = {}
        """By the number of an address: who plays there, by participant. They are met again, and so are their connections."""
        self.captured: deque[Captured] = deque()
        self.latest: Captured | None = None
        """Of what was captured and is old enough, the latest; what is older is never sent again."""
        self.hashing_until_ns = 0
        """When its bots, all together, have solved the puzzles that they have begun."""
        self.told_after_ns = 0
        """What the Retry-After said of the refusal that is being heard."""
        self.held = 0
        """Of slow connections: how many there are."""
        self.strikes = Strikes(world, self)

    # --- what it sends ------------------------------------------------------------------------------------

    def strike(self, occurrence: Occurrence) -> None:
        """Send a message, unless it would have to be a copy of one that was not captured yet."""
        world, plan, step = self.world, self.plan, self.sent_step
        _, instance, visit, ahead, row = occurrence.subject
        again = self.replayable() if plan.signature == REPLAYED else None
        if again is None and plan.signature == REPLAYED:
            if plan.bots:
                self.strikes.think(instance)
            return
        if plan.sockets != NONE:
            if self.held >= plan.sockets:
                return
            self.held += 1
        world.started += 1
        order = entity_key(self.entities.index, instance, visit)
        session = Session(world.started, self.entities, instance, visit, order, world.env.now_ns)
        session.ahead, session.row, session.attack = ahead, row, self
        self.join(session)
        world.sessions[session.number] = session
        world.meter.attack_sent(plan.index, session.started_ns)
        is_call = step.kind is StepKind.REQUEST
        attempt = session.waits = Attempt(session, step, 0, 1, None, self, session.place)
        flight = Flight(session, step, attempt if is_call else None, None, 0, attempt.path if is_call else 0, session.place)
        self.arm(session, flight, attempt, again)
        receiver = session.players[step.receiver]
        if receiver is None:
            receiver = world.receiver(session, step, 0, attempt if is_call else None)
        attempt.partner = receiver
        if plan.sockets != NONE:
            session.place.connections.pop(receiver, None)  # each is a connection of its own
        assert self.timeouts is not None
        self.timeouts.add(attempt)
        world.send(flight, receiver.self_in(session), receiver, attempt.deadline_ns if is_call else NONE)
        attempt.record = flight.record

    def join(self, session: Session) -> None:
        """Who plays in a session: this attack, at one of its addresses; and the servers."""
        world = self.world
        source = self.source(session)
        members = self.sources.get(source)
        if members is None:
            members = self.at_source(source)
            if not self.plan.spoofed:
                self.sources[source] = members
        session.members, session.players = members, self.players
        member = members[self.participant]
        assert member is not None
        session.place = member
        session.expires_ns = world.expires_ns
        session.holdings = [None if each is None else each.holdings for each in members]
        if world.servers_jump:
            session.called = {}
        now, name = session.started_ns, member.name
        session.record = ["session", self.plan.name, session.number, "session", 0, 0, name, name, member.address, None,
                          now, now, now, None, "in_flight", None, None]
        session.is_recorded = world.recorder.records_of(session.c0, session.c1)
        if session.is_recorded:
            world.recorder.keys.append(now << ORDER_BITS | session.order)
            world.recorder.noted.append(session.record)

    def source(self, session: Session) -> int:
        """Which of its addresses a message comes from: drawn, or where its bot is."""
        plan, stream = self.plan, self.world.stream_attack_source
        if plan.bots:
            return source_of_bot(session.instance, self.strikes.dodged.get(session.instance, 0), plan.bots, plan.addresses)
        if session.ahead is not None:
            return source_at(session.ahead.uniforms(stream)[session.row], plan.addresses)
        return source_at(uniform(*stream, session.c0, session.c1, 0, 0, 0), plan.addresses)

    def at_source(self, source: int) -> list[Member | None]:
        """Who plays at an address: the same at the place of every participant at the client's side."""
        plan, world = self.plan, self.world
        if plan.first_honest >= 0:
            address = honest_address(plan.first_honest + source)
        else:
            address = attacker_address(source, plan.prefixes, plan.first_prefix)
        name = f"{world.plan.participants[self.participant]}/{plan.name}-{source + 1}"
        forever = Holdings((NONE,) * len(world.plan.facts))
        member = Member(name, address, forever, None, 0, {})
        return [member if side else None for side in self.sides]

    def arm(self, session: Session, flight: Flight, attempt: Attempt, again: Captured | None) -> None:
        """What the message takes with it: what it claims to hold, and its payload."""
        step = self.step
        if again is not None:
            flight.http, flight.rows, flight.key = again.http, again.rows, again.key
            attempt.captured, attempt.claimed = again, again.claimed
            session.unknown = again.unknown
            return
        key = session.instance % self.plan.keys
        if self.forger is not None:
            session.place.actor = self.forger.actor_of(key)
        rows = self.rows.get(key)
        if rows is None:
            rows = self.rows[key] = {fact: self.world.tables.provided(fact) for fact in self.plan.provided}
            if self.plan.signature == UNKNOWN_KEY and step.credential >= 0:
                rows[step.credential] = UNKNOWN_ROWS + self.plan.index
            if self.forger is not None:
                self.forger.provide(session, rows)
        if step.carries:
            flight.rows = {fact: rows.get(fact, 0) for fact in step.carries}
            attempt.claimed = flight.rows.get(step.credential, 0)
            if 0 < attempt.claimed < UNKNOWN_ROWS:
                flight.key = f"{self.world.plan.facts[step.credential]}/{attempt.claimed}"
        if self.forger is not None:
            flight.http = self.forger.compose(flight, session)

    # --- what it sees of others ---------------------------------------------------------------------------

    def overhear(self, attempt: Attempt, flight: Flight) -> None:
        """An honest client sends what this attack is after: is it captured? Drawn for each sending of each request."""
        captured = self.plan.captured
        if self.world.env.now_ns + self.plan.delay_ns >= self.plan.until_ns:
            return  # it would be too young until the attack is over
        if captured < 1.0:
            session = attempt.session
            c2, c3 = attempt.step.node << 20 | attempt.called_in, attempt.path << 12 | self.plan.index
            if not is_captured(uniform(*self.world.stream_attack_capture, session.c0, session.c1, c2, c3, 0), captured):
                return
        if attempt.captured is None:
            attempt.captured = Captured(self.world.env.now_ns, attempt.member.skew_ns, flight.http, flight.rows, flight.key,
                                        attempt.claimed, attempt.session.unknown)
        self.replayable()  # else all that honest clients do before the attack begins would be kept
        self.captured.append(attempt.captured)

    def replayable(self) -> Captured | None:
        """Of what was captured at least the delay ago, the latest."""
        before_ns = self.world.env.now_ns - self.plan.delay_ns
        while self.captured and self.captured[0].sent_ns <= before_ns:
            self.latest = self.captured.popleft()
        return self.latest

    # --- what it hears ------------------------------------------------------------------------------------

    def arrived(self, flight: Flight) -> None:
        """An answer, or something that a server says of its own accord: the session is over, or goes on waiting."""
        world, record = self.world, flight.record
        now = world.env.now_ns
        if self.plan.spoofed:
            self.misses(flight, now)
            return
        context = self.opened(flight, now)
        record[STARTED_NS] = record[FINISHED_NS] = now
        if context is None:
            return
        session = flight.session
        if flight.attempt is None:  # nobody was asked for it; after a one-way message it shows that this was dealt with
            if self.step.kind is StepKind.ONE_WAY:
                world.complete(session)
        elif flight.status:
            self.told_after_ns = flight.retry_after_ns
            world.give_up((session, "refused", flight.by))
            self.told_after_ns = 0
        else:
            session.brought = self.plan.brings[flight.step.index]
            world.unused(flight)  # it has what it wanted, and never comes back with it
            world.complete(session)

    def misses(self, flight: Flight, now_ns: int) -> None:
        """What is sent to a spoofed source reaches somebody who knows nothing of it."""
        self.world.flying -= 1
        self.world.meter.message_delivered(now_ns)
        record = flight.record
        record[RECEIVED_NS] = record[STARTED_NS] = record[FINISHED_NS] = now_ns
        record[OUTCOME] = "delivered"
        self.world.unused(flight)

    def solves(self, attempt: Attempt, by: str) -> bool:
        """Whether it answers a challenge; if it does not, that is its answer. To a spoofed source it never comes."""
        if self.plan.spoofed:
            return False
        if not self.plan.solves:
            self.world.give_up((attempt.session, "refused", by))
        return self.plan.solves

    def solving_ns(self, attempt: Attempt, work_ns: int) -> int:
        """How long it takes for a puzzle of so much work, those before it included; NEVER_NS if nobody waits so long."""
        if not self.plan.pooled or work_ns == 0:
            return work_ns
        now = self.world.env.now_ns
        at_ns = solved_ns(now, self.hashing_until_ns, work_ns, attempt.deadline_ns)
        if at_ns == NEVER_NS:
            return NEVER_NS
        self.hashing_until_ns = at_ns
        return at_ns - now

    def alone(self, attempt: Attempt, refused: Any, barred: str | None = None) -> None:
        """No answer came in time."""
        self.world.give_up((attempt.session, "timed_out", "timeout"))

    def ended(self, session: Session, outcome: str) -> None:
        """A session of this attack is over: nobody waits for it any more, and nothing holds it (nor it itself, in a cycle)."""
        assert session.waits is not None
        session.waits.open = False
        session.waits = None
        self.held -= 1
        self.world.meter.attack_ended(self.plan.index, _OUTCOMES[outcome], session.brought)
        if self.plan.bots:
            is_refused, strikes = outcome == "refused", self.strikes
            if is_refused and self.plan.dodges:
                strikes.dodged[session.instance] = strikes.dodged.get(session.instance, 0) + 1
            waits_ns = 0 if self.plan.dodges else self.told_after_ns
            strikes.think(session.instance, self.world.env.now_ns + waits_ns)
