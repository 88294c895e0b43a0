"""The mitigations of a server at work: who they are asked about, and what follows from what they say.

What decides stands in their laws (:mod:`sim.mitigations`); here messages become numbers (the *event* of
:mod:`sim.world.moments`), rows are found for those who ask, and numbers become refusals, challenges and drops. One object serves
all instances of a server, as one store would. :mod:`sim.engines.challenges` is the client's part of a challenge.
"""

from typing import TYPE_CHECKING

from sim.engines.challenges import Challenges
from sim.engines.faults import RunFault
from sim.engines.guard import ANSWERED, COLLECTED_KEY, Guard
from sim.engines.session import Attempt, Context, Flight, Session, Visit
from sim.plan.plan import NONE, StationPlan, StepPlan
from sim.plan.protections import ADDRESS, ALL, CLAIMED_KEY, METADATA, PREFIX
from sim.protocol.http import Refused
from sim.trace.records import BY, FINISHED_NS, OUTCOME, SENT_NS
from sim.world import identities, load, moments
from sim.world.addresses import parse_dotted, prefix_number
from sim.world.chance import ATTACKING
from sim.world.clock import seconds_up
from sim.world.queues import EFFORT, level_of

if TYPE_CHECKING:
    from sim.engines.station import Server
    from sim.engines.world import World

_CHECKS = {"credentials": "credentials", "parameters": "credentials", "signature_method": "credentials", "timestamp": "timestamp",
           "consumer_key": "key", "token": "key", "nonce": "nonce", "signature": "signature", "body_hash": "signature"}
"""By the word of a refusal: which check it was."""
KNOWN, GONE, MISSED = 0, 1, 2
"""States of a key: in the server's table; collected; collected, and an honest client came back with it."""


class Protections:
    """All that protects a server participant, and what its mitigations know of keys and addresses."""

    def __init__(self, world: "World", station: StationPlan) -> None:
        self.world = world
        self.station = station
        self.event = [0] * moments.WIDTH
        self.guards = [Guard(world, plan) for plan in station.protections]
        for each in station.protections:
            if each.declared.room is not None:
                world.meter.rows(station.index, each.memory, 1, 0)
        steps = range(len(world.plan.steps))
        self.edge = [[guard for guard in self.guards if guard.plan.meets[step] and guard.plan.at_edge] for step in steps]
        self.inside = [[guard for guard in self.guards if guard.plan.meets[step] and not guard.plan.at_edge] for step in steps]
        self.acting = [[guard for guard in self.guards if guard.plan.acts[step]] for step in steps]
        issuing = [guard for guard in self.guards if "at_issue" in guard.laws]
        self.issuing = sorted(issuing, key=lambda guard: guard.plan.key >= 0)
        """Those that may say that no row is kept, then those that keep account of rows."""
        self.watching = [guard.watch for guard in self.guards if guard.watch is not None]
        self.proving = [guard for guard in self.guards if "at_proof" in guard.laws]
        own = station.participant
        self.own_keys = {fact for step in world.plan.steps if step.actor == own for fact in step.issues} & {
            fact for step in world.plan.steps if step.receiver == own for fact in step.carries}
        """The facts that this server gives out and is shown again."""
        self.collects = any(guard.plan.key >= 0 for guard in self.guards)
        self.states: dict[int, bytearray] = {}
        """By fact, and by the row of a key: KNOWN, GONE or MISSED."""
        self.proven = identities.table()
        self.proven_from: list[int] = []
        """By row of the table of proven keys: the address a key was last proven from."""
        self.numbers: dict[str, int] = {}
        self.challenges = Challenges(world, self)

    # --- who asks -----------------------------------------------------------------------------------------

    def address_number(self, address: str) -> int:
        """An address as a number."""
        number = self.numbers.get(address)
        if number is None:
            number = self.numbers[address] = parse_dotted(address)
        return number

    def claimed(self, flight: Flight) -> int:
        """The identity of the key that a request claims (see `key_identity`), 0 if it claims none."""
        row = flight.rows.get(flight.step.credential, 0) if flight.rows and flight.step.credential >= 0 else 0
        return key_identity(flight.step.credential, row) if row else 0

    def proven_before(self, key: int, address: int) -> bool:
        """Whether the last proof of this key came from this address."""
        row = identities.find(self.proven, key) if key else -1
        return row >= 0 and self.proven_from[row] == address

    def rank(self, visit: Visit) -> tuple[int, int]:
        """By whom a visit waits (an address), and how urgent it is: 0 for a proven key and for what goes on after a nested call;
        where the order is by effort, the level of what was paid.
        """
        context, flight = visit.context, visit.flight
        assert flight is not None
        member = context.member if isinstance(context, Attempt) else flight.member if flight.attempt is None else context.place
        address = self.address_number(member.address)
        is_new = flight.attempt is None or flight.attempt is context
        if self.station.order == EFFORT:
            return address, level_of(flight.ticket) if is_new else 0
        return address, int(is_new and not self.proven_before(self.claimed(flight), address))

    # --- requests -----------------------------------------------------------------------------------------

    def passes_edge(self, server: "Server", visit: Visit, flight: Flight, now_ns: int) -> bool:
        """Ask those at the edge about a new request; if it may not pass, all is done that is to be done.

        One that is held comes again, and those behind are asked then.
        """
        guards = self.edge[flight.step.index]
        while visit.asked < len(guards):
            guard = guards[visit.asked]
            visit.asked += 1
            if guard.stands_aside or self.asked(guard, "at_arrival", server, visit, flight, now_ns):
                if visit.hold_ns:
                    server.hold(visit, flight)
                    return False
                continue
            flight.record[FINISHED_NS] = now_ns
            if visit.refused_by is not None:
                self.world.meter.turned_away(self.station.index, now_ns, self.world.meter.reason(visit.refused_by))
                self.count_false(visit)
            self.ended(visit)
            for handler, subject in visit.output:
                handler(subject)
            return False
        return True

    def passes(self, server: "Server", visit: Visit, flight: Flight, now_ns: int) -> bool:
        """Ask those at the server about a request that is taken up; each costs its work."""
        for watch in self.watching:
            load.observe(watch, now_ns, now_ns - visit.arrived_ns)
        for guard in self.inside[flight.step.index]:
            if guard.stands_aside:
                continue
            visit.work_ns += guard.plan.work_ns
            if not self.asked(guard, "at_take_up", server, visit, flight, now_ns):
                return False
        if self.collects and flight.attempt is not None:
            self.miss(visit, flight.step.credential, flight.attempt.claimed)
        return True

    def asked(self, guard: Guard, moment: str, server: "Server", visit: Visit, flight: Flight, now_ns: int) -> bool:
        """Ask one about a request: whether it may go on; if not, what follows is in the visit."""
        event = self.event
        address = self.address_number(flight.member.address)
        key = self.claimed(flight)
        proven = self.proven_before(key, address)
        identity = who(guard.plan.per, address, key, proven, flight.session)
        if identity < 0:
            return True
        for column, value in enumerate((
                now_ns, visit.arrived_ns, flight.record[SENT_NS], flight.step.index, flight.attempt.number if flight.attempt else 0,
                len(server.waiting), server.busy, self.station.servers, address, key & _ROWS, key & _ROWS if proven else 0,
                self.challenges.holds(guard, flight))):
            event[column] = value
        event[moments.CHANCE] = guard.chance(flight.session, flight.place) if guard.plan.declared.draws else 0
        for column in range(moments.HASH_RATE, moments.WIDTH):
            event[column] = 0
        event[moments.IS_ATTACKER] = int(flight.session.attack is not None)
        event[moments.TICKET] = flight.ticket if event[moments.SOLVED] else 0
        row = guard.row(identity, self.station.index, now_ns)
        code = guard.ask(moment, row, event, flight.id)
        while code == moments.COLLECT:
            self.collect(server, guard, event[moments.COLLECTED])
            code = guard.ask(moment, row, event, flight.id)
        if code == moments.HOLD and moment == "at_arrival":
            visit.hold_ns = guard.checked_time(moment, event[moments.WORK_NS], flight.id)
            code = moments.PASS
        if code == moments.PASS:
            if "at_end" in guard.laws:
                visit.passed = [*(visit.passed or ()), (guard, identity)]
            return True
        self.follow(guard, moment, code, server, visit, flight)
        return False

    def follow(self, guard: Guard, moment: str, code: int, server: "Server", visit: Visit, flight: Flight) -> None:
        """What follows from a law's answer that is not PASS."""
        declared, name = guard.plan.declared, guard.name
        again = flight.answers is not None and code == moments.CHALLENGE  # the answer was none
        if 400 <= code <= 599 or again:
            visit.by_mitigation = True
            refused = Refused(403 if again else code, f"refused by {name}", name)
            refused.say_when(seconds_up(self.event[moments.RETRY_AFTER_NS]))
            server.refuse(visit, refused)
        elif code == moments.CHALLENGE and declared.challenges and flight.attempt is not None:
            challenge = self.challenges.challenge(guard, server, flight)
            challenge.ticket = guard.checked_ticket(moment, self.event[moments.TICKET], flight.id)
            visit.output.append((self.challenges.send, challenge))
        elif code in (moments.DROP, moments.EXPIRE) and declared.drops:
            visit.by_mitigation = True
            visit.refused_by = name
            visit.output.append((self.drop, (flight, "dropped" if code == moments.DROP else "expired", name)))
        else:
            raise RunFault(guard.explained(moment, flight.id, ANSWERED.format(code)))

    def drop(self, what: tuple[Flight, str, str]) -> None:
        """A request is left without an answer."""
        flight, outcome, by = what
        flight.record[OUTCOME], flight.record[BY] = outcome, by
        self.world.unheard(flight)

    def count_false(self, visit: Visit) -> None:
        """A mitigation has turned away what it should not have, if the client is honest."""
        session, flight = visit.session, visit.flight
        if visit.by_mitigation and flight is not None and session.class_plan.index < ATTACKING:
            call = flight.call
            self.world.meter.false_refusal(session.class_plan.index, session.started_ns, session.is_known, session.refused_call,
                                           call)
            session.refused_call = call

    def ended(self, visit: Visit, turned_away: bool = False) -> None:
        """A request has had its service, or was turned away at a full room: those who let it pass are told."""
        passed, visit.passed = visit.passed, None
        for guard, identity in passed or ():
            row = guard.row_of(identity)
            if row >= 0:
                self.tell(guard, "at_end", row, {moments.REFUSED: int(turned_away or visit.refused_by is not None),
                                                 moments.ARRIVED_NS: visit.arrived_ns})

    # --- keys and actions ---------------------------------------------------------------------------------

    def tell(self, guard: Guard, moment: str, row: int, columns: dict[int, int], about: str = "") -> int:
        """Tell a law of something that is no request; its answer."""
        event = self.event
        for column in range(moments.WIDTH):
            event[column] = 0
        event[moments.NOW_NS] = self.world.env.now_ns
        for column, value in columns.items():
            event[column] = value
        return guard.ask(moment, row, event, about)

    def issued(self, fact: int, row: int, session: Session | None) -> int:
        """A fact is given out, as the new row ``row``: that, another row that is given again, or 0 if no row is kept.

        Mitigations have their say if it is a key of this server. ``session``: who gets it; None if it is arranged out of band.
        """
        if fact not in self.own_keys:
            return row
        told: list[tuple[Guard, int]] = []
        for guard in self.issuing:
            if guard.plan.key not in (fact, -1) or (guard.stands_aside and guard.plan.key < 0):
                continue
            place = 0
            if guard.plan.key >= 0:
                guard.reserve(row)
            elif guard.table is not None:
                identity = -1 if session is None else self.identity_of(guard, session, fact)
                if identity < 0:
                    continue
                place = guard.row(identity, self.station.index, self.world.env.now_ns)
            code = self.tell(guard, "at_issue", place, {moments.KEY: row})
            if code == moments.SAME_KEY:
                same = self.event[moments.COLLECTED]
                if not 0 < same <= self.world.tables.issued.get(fact, 0):
                    raise RunFault(guard.explained("at_issue", "", COLLECTED_KEY.format(same)))
                if self.state(fact, same) == KNOWN:
                    for earlier, where in told:  # what they noted is not given out
                        self.tell(earlier, "at_issue", where, {moments.KEY: same, moments.COLLECTED: row})
                    return same
                code = self.tell(guard, "at_issue", place, {moments.KEY: row, moments.COLLECTED: same})
            if code == moments.NO_ROW:
                return 0
            told.append((guard, place))
        return row

    def identity_of(self, guard: Guard, session: Session, fact: int) -> int:
        """The identity of whoever is given a fact; -1: of none."""
        per = guard.plan.per
        if per == METADATA:
            return metadata_identity(session) | fact + 1 << METADATA_BITS
        return who(per, self.address_number(session.place.address), 0, False, session)

    def collect(self, server: "Server", guard: Guard, row: int) -> None:
        """The row of a key is gone."""
        fact = guard.plan.key
        if not 0 < row <= self.world.tables.issued.get(fact, 0) or self.state(fact, row) != KNOWN:
            raise RunFault(guard.explained("at_take_up", "", COLLECTED_KEY.format(row)))
        states = self.states.setdefault(fact, bytearray())
        if row >= len(states):
            states.extend(bytes(row + 1 - len(states)))
        states[row] = GONE
        self.world.tables.change(self.station.participant, fact, -1)
        if self.world.desk is not None and server.member.actor is not None:
            self.world.desk.forget(server.member.actor, fact, row)

    def state(self, fact: int, row: int) -> int:
        """Whether a key is in the server's table still."""
        states = self.states.get(fact)
        return states[row] if states is not None and row < len(states) else KNOWN

    def miss(self, visit: Visit, fact: int, row: int) -> None:
        """Somebody comes with a key; if it was collected, and from an honest client, it was in use."""
        if self.state(fact, row) == GONE and visit.session.class_plan.index < ATTACKING:
            self.states[fact][row] = MISSED
            self.world.meter.key_deleted_in_use()

    def acted(self, visit: Visit, step: StepPlan, work_ns: int, refused_by: str | None) -> tuple[int, Refused | None]:
        """An action's outcome is known: what time it takes, whether it is refused now. A signature that holds proves its key."""
        context = visit.context
        failed = 0
        if refused_by is not None:
            fact = context.step.credential if isinstance(context, Attempt) and step.checks_credential else NONE
            is_key = fact >= 0 and refused_by == self.world.plan.facts[fact]
            failed = moments.CHECKS.index("key" if is_key else _CHECKS.get(refused_by, "other"))
        for guard in self.acting[step.index]:
            if guard.stands_aside:
                continue
            columns = self.asker(guard, visit, context)
            columns |= {moments.WORK_NS: work_ns, moments.FAILED: failed, moments.STEP: step.index}
            identity = who(guard.plan.per, columns[moments.ADDRESS], self.claimed_in(context), columns[moments.PROVEN] != 0,
                           visit.session)
            if identity < 0:
                continue
            row = guard.row(identity, self.station.index, self.world.env.now_ns)
            code = self.tell(guard, "at_action", row, columns, step.id)
            work_ns = guard.checked_time("at_action", self.event[moments.WORK_NS], step.id)
            if code == moments.PASS or failed:
                continue
            if not 400 <= code <= 599:
                raise RunFault(guard.explained("at_action", step.id, ANSWERED.format(code)))
            visit.by_mitigation = True
            return work_ns, Refused(code, f"refused by {guard.name}", guard.name)
        checks = step.checks_signature or step.checks_credential
        if checks and refused_by is None and isinstance(context, Attempt) and context.claimed:
            self.used(context)
            if step.checks_signature:
                self.prove(context)
        return work_ns, None

    def claimed_in(self, context: Context) -> int:
        """The identity of the key that the request claims which is being served; 0 if it claims none."""
        return key_identity(context.step.credential, context.claimed) if isinstance(context, Attempt) and context.claimed else 0

    def asker(self, guard: Guard, visit: Visit, context: Context) -> dict[int, int]:
        """Of an event about what is being served: who asked for it."""
        session, key = visit.session, self.claimed_in(context)
        member, place = (context.member, context.place) if isinstance(context, Attempt) else (session.place, 0)
        address = self.address_number(member.address)
        proven = self.proven_before(key, address)
        return {moments.ADDRESS: address, moments.CLAIMED: key & _ROWS, moments.PROVEN: key & _ROWS if proven else 0,
                moments.CHANCE: guard.chance(session, place) if guard.plan.declared.draws else 0}

    def used(self, attempt: Attempt) -> None:
        """A key was used: those that keep account of keys are told."""
        fact, row = attempt.step.credential, attempt.claimed
        for guard in self.proving:
            if guard.plan.key == fact:
                guard.reserve(row)
                self.tell(guard, "at_proof", 0, {moments.KEY: row})

    def prove(self, attempt: Attempt) -> None:
        """A key was proven, from the address of whoever asked; one that is only named proves nothing."""
        fact, row = attempt.step.credential, attempt.claimed
        if self.station.proven_memory < 0:
            return
        if identities.is_full(self.proven):
            self.proven = identities.grown(self.proven)
        row = identities.touch(self.proven, key_identity(fact, row))
        if row < 0:
            row = -1 - row
            self.proven_from.extend([0] * (row + 1 - len(self.proven_from)))
            self.world.meter.rows(self.station.index, self.station.proven_memory, 1, self.world.env.now_ns)
        self.proven_from[row] = self.address_number(attempt.member.address)


_ROW_BITS = 40
_ROWS = (1 << _ROW_BITS) - 1


def key_identity(fact: int, row: int) -> int:
    """The identity of a key among those of all facts; above all addresses."""
    return fact + 1 << _ROW_BITS | row


METADATA_BITS = 44


def metadata_identity(session: Session) -> int:
    """Whose metadata a request brings: those of a client are always the same, those of an attack's messages each their own."""
    return session.c1 >> 24 << 32 | session.c0


def who(per: int, address: int, key: int, proven: bool, session: Session) -> int:
    """The identity by which a mitigation keeps account of a request; -1: of none, so it is not asked.

    By claimed key, what claims none is not accounted, as nginx's limit_req has it; by proven key, what is not proven goes by its
    address, so that naming a victim's key does the victim no harm.
    """
    if per == ALL:
        return 0
    if per == ADDRESS:
        return address
    if per == PREFIX:
        return prefix_number(address)
    if per == CLAIMED_KEY:
        return key or -1
    if per == METADATA:
        return metadata_identity(session)
    return key if proven else address
