"""The plan as tables of numbers: all that a compiled loop reads. What stands where is said in :mod:`sim.plan.cells`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.plan import cells as at
from sim.plan.guard_tables import GuardTables
from sim.plan.plan import (
    COMPANION,
    NONE,
    SERVER,
    AttackPlan,
    BudgetPlan,
    CallerPlan,
    ClassPlan,
    LinkPlan,
    Plan,
    SidePlan,
    StationPlan,
    StepPlan,
)
from sim.protocol.projection import DONE, StepKind
from sim.world.addresses import server_number
from sim.world.chance import stream_key
from sim.world.clock import round_duration_ns
from sim.world.credentials import NONCES_WIDTH, REPLAYED
from sim.world.distributions import CONSTANT
from sim.world.distributions import Distribution as Draw
from sim.world.network import DATAGRAM

if TYPE_CHECKING:
    from sim.mitigations.framework.declaration import Law

_PICKS = ("new", "random", "round_robin")
_ARRIVALS = ("poisson", "constant", "times", "closed")


@dataclass(frozen=True, slots=True)
class Tables:
    """A plan in two blocks, and the names of what they number."""

    ints: list[int]
    floats: list[float]
    reasons: list[str]
    """What can refuse, lose or drop, by number; an action, fragment or end is told apart by its step."""
    ways: list[str]
    """The outcomes of decisions from FIRST_WAY on, as the trace has them."""
    stations: list[int]
    """By instance of a server, the address of its row; those of a station follow each other."""
    classes: list[int]
    """By class, and then by attack, the address of its row."""
    laws: "list[Law]"
    """The laws of mitigations, by number: those that ship, then the user's own."""
    guards: list[str]
    """The names of the guards, by number."""


def tables(plan: Plan) -> Tables:
    """The tables of a plan."""
    return _Tables(plan).made()


class _Tables:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ints = [0] * at.HEADER
        self.floats: list[float] = []
        self.reasons = list(at.REASONS)
        self.ways: list[str] = []
        self.draws: dict[Draw, int] = {}
        self.timeouts: dict[int, int] = {}
        self.servers: dict[int, list[int]] = {}
        self.classes: list[int] = []
        self.own_budgets: dict[int, int] = {}
        self.shared_budgets: dict[int, int] = {}
        self.steps = self.room(at.STEP_WIDTH * len(plan.steps))
        self.loops = [step.index for step in plan.steps if step.kind is StepKind.LOOP]
        self.rules = 0

    def made(self) -> Tables:
        plan, ints = self.plan, self.ints
        ints[at.END_NS] = plan.duration_ns
        ints[at.STEPS], ints[at.N_STEPS], ints[at.N_FACTS] = self.steps, len(plan.steps), len(plan.facts)
        ints[at.FIRST] = self.step_at(plan.first)
        ints[at.PROTECTED], ints[at.CLIENT] = plan.protected, plan.client
        ints[at.NEED_REASONS] = len(self.reasons)
        self.reasons.extend(f"needs:{fact}" for fact in plan.facts)
        ints[at.STEP_REASONS] = len(self.reasons)
        self.reasons.extend(step.id for step in plan.steps)
        ints[at.N_LOOPS] = len(self.loops)
        ints[at.N_ROLES] = len(plan.roles)
        ints[at.MOST_FACTS] = max((len({*step.issues, *step.carries}) for step in plan.steps), default=0)
        ints[at.START_NS] = plan.start_epoch_ns
        for number, purpose in enumerate(at.PURPOSES):
            ints[at.STREAMS + 2 * number : at.STREAMS + 2 * number + 2] = stream_key(plan.seed, plan.replication, purpose)
        self.slots()
        links = {(a, b): self.link(plan.links[a][b]) for a in range(len(plan.roles)) for b in range(len(plan.roles))}
        outside = {(a, b): self.link(plan.outside[a][b]) for a in range(len(plan.roles)) for b in range(len(plan.roles))}
        for step in plan.steps:
            self.step(step, outside if step.kind is StepKind.OUTSIDE else links)
        ints[at.N_RULES] = self.rules
        ints[at.SERVERS_JUMP] = int(
            any(rule.go_to >= 0 for step in plan.steps for rule in step.refusals.values() if plan.roles[step.actor] == SERVER)
        )
        ints[at.ISSUERS] = self.write(
            [next((step.actor for step in plan.steps if fact in step.issues), NONE) for fact in range(len(plan.facts))]
        )
        ints[at.ISSUED] = self.room(len(plan.facts))
        for station in plan.stations:
            if station is not None:
                self.servers[station.participant] = self.station(station)
        ints[at.SERVERS] = self.write([self.listed(self.servers.get(p, [])) for p in range(len(plan.roles))])
        ints[at.SERVER_LIST] = self.listed(sorted(self.servers))
        self.connections()
        self.guards = GuardTables(self)
        checking = {step.actor for step in plan.steps if step.checks_signature}
        ints[at.NONCE_COUNTS] = self.write(
            [
                self.room(NONCES_WIDTH + 1) if role == SERVER and (p in checking or self.keeps_nonces(p)) else 0
                for p, role in enumerate(plan.roles)
            ]
        )
        self.classes = [*(self.client_class(each) for each in plan.classes), *(self.attack(each) for each in plan.attacks)]
        ints[at.CLASSES] = self.listed(self.classes)
        for step in plan.steps:
            taps = [
                row
                for row, attack in zip(self.classes[len(plan.classes) :], plan.attacks, strict=True)
                if attack.step == step.index and attack.signature == REPLAYED
            ]
            ints[self.step_at(step.index) + at.TAPS] = self.listed(taps)
        return Tables(
            ints,
            self.floats,
            self.reasons,
            self.ways,
            [who for each in self.servers.values() for who in each],
            self.classes,
            self.guards.laws,
            self.guards.names,
        )

    # --- pieces -------------------------------------------------------------------------------------------

    def room(self, cells: int) -> int:
        """So many cells at the end; the address of the first."""
        address = len(self.ints)
        self.ints.extend([0] * cells)
        return address

    def write(self, cells: list[int]) -> int:
        """These cells at the end; the address of the first."""
        address = len(self.ints)
        self.ints.extend(cells)
        return address

    def listed(self, items: "Sequence[int]") -> int:
        """A list; 0 for an empty one."""
        return self.write([len(items), *items]) if items else 0

    def reals(self, values: "tuple[float, ...]") -> int:
        """These floats at the end of theirs; where the first stands."""
        address = len(self.floats)
        self.floats.extend(values)
        return address

    def draw(self, draw: Draw | None) -> int:
        """A distribution; 0 for none."""
        if draw is None:
            return 0
        if draw not in self.draws:
            kind, a, b, table = draw
            constant_ns = round_duration_ns(a) if kind == CONSTANT else NONE
            self.draws[draw] = self.write([kind, constant_ns, self.reals((a, b)), self.reals(table), len(table)])
        return self.draws[draw]

    def link(self, link: LinkPlan) -> int:
        return self.write([link.transport, link.round_trips, self.draw(link.latency), self.reals((link.loss,)), link.keep_alive_ns])

    # --- the diagram --------------------------------------------------------------------------------------

    def step_at(self, index: int) -> int:
        """The address of a step."""
        return at.DONE if index == DONE else self.steps + at.STEP_WIDTH * index

    def step(self, step: StepPlan, links: dict[tuple[int, int], int]) -> None:
        row = self.step_at(step.index)
        message = step.receiver >= 0
        turn_goes = step.next == DONE or self.plan.steps[step.next].actor == step.receiver
        facts = tuple(dict.fromkeys((*step.issues, *step.carries)))
        self.ints[row : row + at.STEP_WIDTH] = [
            step.index,
            step.node,
            int(step.kind),
            step.actor,
            step.receiver,
            self.step_at(step.next),
            NONE if step.loop < 0 else self.loops.index(step.loop),
            self.loops.index(step.index) if step.index in self.loops else NONE,
            step.leaves,
            step.maximum,
            int(step.ends_completed),
            int(step.checks_signature),
            step.credential,
            int(step.takes_facts),
            self.step_ways(step),
            self.listed(step.gives),
            self.listed(step.carries),
            self.listed(step.needs),
            self.listed(step.spends),
            self.listed(step.issues),
            self.listed(step.keeps),
            self.step_rules(step),
            self.listed([self.step_at(i) for i in step.fragments]),
            self.draw(step.wait),
            links[step.actor, step.receiver] if message else 0,
            links[step.receiver, step.actor] if message else 0,
            int(turn_goes),
            int(step.credential in step.issues),
            self.listed(facts),
            0,
        ]

    def step_ways(self, step: StepPlan) -> int:
        address = self.write([len(step.ways)]) if step.ways else 0
        for way in step.ways:
            if way.name == step.id:
                code = at.ENTERED
            else:
                code = at.FIRST_WAY + len(self.ways)
                self.ways.append(way.name)
            guard = way.guard
            self.write(
                [
                    guard.kind,
                    guard.subject,
                    guard.fact,
                    int(guard.lacks),
                    self.reals((guard.up_to,)),
                    self.step_at(way.target),
                    way.target,
                    code,
                ]
            )
        return address

    def step_rules(self, step: StepPlan) -> int:
        lists = {status: self.listed(rule.drop) for status, rule in step.refusals.items()}
        address = self.write([len(step.refusals)]) if step.refusals else 0
        for status, rule in step.refusals.items():
            go_to = NONE if rule.go_to < 0 else self.step_at(rule.go_to)
            self.write([status, rule.at_most, go_to, rule.refuse, lists[status], self.rules])
            self.rules += 1
        return address

    # --- who holds what -----------------------------------------------------------------------------------

    def slots(self) -> None:
        """A slot for each fact that a participant can come to hold: at the client's side in its members, else in the session."""
        plan, n = self.plan, len(self.plan.facts)
        held = {(step.receiver, fact) for step in plan.steps if step.receiver >= 0 for fact in (*step.gives, *step.carries)}
        held |= {(step.actor, fact) for step in plan.steps if step.receiver < 0 for fact in step.gives}
        held |= {(plan.client, fact) for each in plan.classes for holding in each.holds for fact in holding.facts}
        slots = [NONE] * (len(plan.roles) * n)
        own = servers = 0
        for participant, fact in sorted(held):
            if plan.roles[participant] == SERVER:
                slots[participant * n + fact] = at.AT_SERVER | servers
                servers += at.SERVER_SLOT
            else:
                slots[participant * n + fact] = own
                own += at.CLIENT_SLOT
        self.ints[at.SLOTS] = self.write(slots)
        self.ints[at.SESSION_FACTS] = servers
        self.ints[at.MEMBER_WIDTH] = own

    def connections(self) -> None:
        """Where the time stands at which a connection was last used, by sender and receiver; -1 where there is none.

        A client's stand in its member, after its slots; a server's to another behind the row of its instance; a server's to
        a client in the row of the client's place.
        """
        plan = self.plan
        n = len(plan.roles)
        table = [NONE] * (n * n)
        pairs = sorted(
            {
                (step.actor, step.receiver)
                for step in plan.steps
                if step.kind in (StepKind.REQUEST, StepKind.ONE_WAY) and plan.links[step.actor][step.receiver].transport != DATAGRAM
            }
        )
        clients = {step.actor for step in (plan.steps[attack.step] for attack in plan.attacks)}
        pairs = sorted(
            {*pairs, *((a, client) for a, b in pairs if a in self.servers and b not in self.servers for client in clients)}
        )
        places = 0
        taken: dict[int, int] = {}
        for sender, receiver in pairs:
            instances = len(self.servers.get(receiver, (0,)))
            if sender not in self.servers:
                table[sender * n + receiver] = self.ints[at.MEMBER_WIDTH]
                self.ints[at.MEMBER_WIDTH] += instances
            elif receiver in self.servers:
                table[sender * n + receiver] = taken.get(sender, 0)
                taken[sender] = taken.get(sender, 0) + instances
            else:
                table[sender * n + receiver] = places
                places += len(self.servers[sender])
        for sender, cells in taken.items():
            for who in self.servers[sender]:
                self.ints[who + at.OWN_CONNECTIONS] = self.room(cells)
        self.ints[at.CONNECTIONS] = self.write(table)
        self.ints[at.PLACE_WIDTH] = places
        if places:
            self.ints[at.PLACES] = self.room(places * (sum(each.population for each in plan.classes) + len(plan.attacks)))

    # --- actors -------------------------------------------------------------------------------------------

    def who(
        self, participant: int, instance: int, work: "tuple[Draw | None, ...]", expires_ns: "tuple[int, ...]", caller: CallerPlan
    ) -> list[int]:
        """The cells that every player has."""
        return [
            participant,
            int(self.plan.roles[participant] == SERVER),
            instance,
            self.write([self.draw(draw) for draw in work]),
            self.write(list(expires_ns)),
            self.timeouts_of(caller.timeout_ns),
            caller.attempts,
            int(caller.on_timeout),
            self.listed(sorted(caller.statuses)),
            caller.backoff,
            caller.base_ns,
            caller.cap_ns,
            self.names(participant, instance),
            self.address(participant, instance),
            *self.budget(caller.budget, participant),
        ]

    def budget(self, budget: BudgetPlan | None, participant: int) -> tuple[int, int]:
        """A retry budget, and where its state stands: of clients who each have their own, in their members."""
        if budget is None:
            return 0, 0
        place = 1 + self.reals((budget.ratio, budget.per_s, budget.burst))
        if self.plan.roles[participant] == SERVER:
            if not budget.shared or participant not in self.shared_budgets:
                self.shared_budgets[participant] = self.room(at.BUDGET_STATE)
            return place, self.shared_budgets[participant]
        if budget.shared:
            return place, self.room(at.BUDGET_STATE)
        if participant not in self.own_budgets:
            self.own_budgets[participant] = self.ints[at.MEMBER_WIDTH]
            self.ints[at.MEMBER_WIDTH] += at.BUDGET_STATE
        return place, -1 - self.own_budgets[participant]

    def names(self, participant: int, instance: int) -> int:
        """The number of a name in a trace: participants in their order, each with all its instances or all clients."""
        plan = self.plan
        clients = sum(each.population for each in plan.classes)
        before = sum(clients if station is None else station.instances for station in plan.stations[:participant])
        return before + max(instance, 0)

    def address(self, participant: int, instance: int) -> int:
        """The number of an address in a trace: those of the servers' instances, then those of the clients."""
        stations = self.plan.stations if instance < 0 else self.plan.stations[:participant]
        return sum(station.instances for station in stations if station is not None) + max(instance, 0)

    def timeouts_of(self, timeout_ns: int) -> int:
        """The row of all attempts that wait so long; 0 for those that wait for ever."""
        if timeout_ns < 0:
            return 0
        if timeout_ns not in self.timeouts:
            self.timeouts[timeout_ns] = self.write([timeout_ns, 0, 0, 0, NONE])
        return self.timeouts[timeout_ns]

    def station(self, station: StationPlan) -> list[int]:
        """The rows of the instances of a server."""
        before = sum(other.instances for other in self.plan.stations[: station.participant] if other is not None)
        handling = self.write([constant_handling_ns(station, step) for step in self.plan.steps])
        kinds = self.write([station.memory_of_fact.get(fact, NONE) for fact in range(len(self.plan.facts))])
        nonces = next((kind for kind, (name, _) in enumerate(station.memory) if name == "nonce"), NONE)
        found = []
        for instance in range(station.instances):
            who = self.who(station.participant, instance, station.work, station.expires_ns, station.caller)
            found.append(
                self.write(
                    [
                        *who,
                        station.index,
                        server_number(before + instance),
                        station.servers,
                        station.capacity,
                        int(station.lifo),
                        int(station.drops),
                        int(station.silent),
                        int(station.holds_server),
                        self.draw(station.parse),
                        self.draw(station.handshake),
                        handling,
                        kinds,
                        nonces,
                        *[0] * (at.WHO_WIDTH - at.METER),
                    ]
                )
            )
        return found

    def client_class(self, each: ClassPlan) -> int:
        side_rows = [self.side(participant, side) for participant, side in enumerate(each.side)]
        arrivals = each.arrivals
        holds = [cell for holding in each.holds for cell in (self.reals((holding.up_to,)), self.listed(holding.facts))]
        return self.write(
            [
                each.index,
                each.population,
                _PICKS.index(each.picks),
                each.first_address,
                each.addresses_per,
                each.first_number,
                each.deadline_ns,
                self.draw(each.skew),
                self.listed(holds),
                self.write(side_rows),
                _ARRIVALS.index(arrivals.kind),
                self.write(list(arrivals.starts_ns)),
                self.reals(arrivals.rates_per_s),
                self.reals(arrivals.counts),
                len(arrivals.starts_ns),
                self.listed(arrivals.times_ns),
                self.draw(arrivals.think),
                arrivals.maximum,
                0,
                0,
                0,
                0,
                self.room(each.population),
                self.room(each.population),
                NONE,
                each.index,
                0,
                each.hash_rate,
                *[0] * (at.CLASS_WIDTH - at.STRIKES),
            ]
        )

    def attack(self, attack: AttackPlan) -> int:
        """An attack, as a class of clients of its own: its addresses are its places."""
        plan, arrivals = self.plan, attack.arrivals
        step = self.step_at(attack.step)
        if attack.ends_when_served:  # its own copy of the step: after it the session is over
            step = self.write(self.ints[step : step + at.STEP_WIDTH])
            self.ints[step + at.NEXT], self.ints[step + at.TURN_GOES] = at.DONE, 1
        actor = plan.steps[attack.step].actor
        before = plan.attacks[: attack.index]
        clients = sum(each.population for each in plan.classes)
        names = sum(clients if station is None else station.instances for station in plan.stations)
        addresses = sum(station.instances for station in plan.stations if station is not None)
        honest = sum(-(-each.population // each.addresses_per) for each in plan.classes)
        address = (
            attack.first_honest
            if attack.first_honest >= 0
            else honest + sum(each.addresses for each in before if each.first_honest < 0)
        )
        who = self.who(actor, NONE, (None,) * len(plan.steps), (NONE,) * len(plan.facts), CallerPlan(timeout_ns=attack.timeout_ns))
        who[at.NAMES :] = [names + sum(each.addresses for each in before), addresses + address]
        player = self.write([*who, *[0] * (at.WHO_WIDTH - at.STATION)])
        return self.write(
            [
                attack.class_,
                attack.addresses,
                _PICKS.index("random"),
                0,
                1,
                0,
                NONE,
                0,
                0,
                self.write([0 if role == SERVER else player for role in plan.roles]),
                _ARRIVALS.index(arrivals.kind),
                self.write(list(arrivals.starts_ns)),
                self.reals(arrivals.rates_per_s),
                self.reals(arrivals.counts),
                len(arrivals.starts_ns),
                0,
                0,
                NONE,
                0,
                0,
                0,
                0,
                0,
                self.room(attack.addresses),
                clients + attack.index,
                len(plan.classes) + attack.index,
                1,
                1_000_000,
                step,
                attack.until_ns,
                attack.signature,
                attack.delay_ns,
                self.reals((attack.captured,)),
                self.listed(attack.provided),
                self.room(len(plan.facts)),
                0,
                0,
                0,
                0,
                player,
                attack.first_honest,
                attack.prefixes,
                attack.first_prefix,
            ]
        )

    def keeps_nonces(self, participant: int) -> bool:
        """Whether the memory of a server counts nonces."""
        station = self.plan.stations[participant]
        return station is not None and any(name == "nonce" for name, _ in station.memory)

    def side(self, participant: int, side: SidePlan | None) -> int:
        """The row of a participant at the side of a class; 0 for a server."""
        if side is None:
            return 0
        assert self.plan.roles[participant] <= COMPANION
        return self.write(
            [*self.who(participant, NONE, side.work, side.expires_ns, side.caller), *[0] * (at.WHO_WIDTH - at.STATION)]
        )


def constant_handling_ns(station: StationPlan, step: StepPlan) -> int:
    """What a server's handling of a message on an open connection always takes, in ns; -1 if chance is in it."""
    parse = station.parse if step.kind is not StepKind.OUTSIDE else None
    draws = [draw for draw in (parse, station.work[step.index]) if draw is not None]
    if any(draw[0] != CONSTANT for draw in draws):
        return NONE
    return sum(round_duration_ns(draw[1]) for draw in draws)
