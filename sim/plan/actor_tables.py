"""The actors of a plan as tables: players, stations, classes of clients, attacks."""

from sim.plan import cells as at
from sim.plan.diagram_tables import DiagramTables
from sim.plan.plan import (
    COMPANION,
    NONE,
    SERVER,
    ArrivalsPlan,
    AttackPlan,
    BudgetPlan,
    CallerPlan,
    ClassPlan,
    LinkPlan,
    SidePlan,
    StationPlan,
    StepPlan,
)
from sim.plan.restraints import breaker_cells, throttle_cells
from sim.protocol.projection import StepKind
from sim.world.addresses import server_number
from sim.world.clock import round_duration_ns
from sim.world.distributions import CONSTANT
from sim.world.distributions import Distribution as Draw
from sim.world.throttle import STATE as THROTTLE_STATE

_PICKS = ("new", "random", "round_robin")
_ARRIVALS = ("poisson", "constant", "times", "closed", "ramp", "even_ramp")


class ActorTables(DiagramTables):
    """Writes the actors."""

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
            int(caller.honours_retry_after),
            self.names(participant, instance),
            self.address(participant, instance),
            *self.budget(caller.budget, participant),
            *self.restraints(caller, participant),
        ]

    def budget(self, budget: BudgetPlan | None, participant: int) -> tuple[int, int]:
        """A retry budget, and where its state stands: of clients who each have their own, in their members."""
        if budget is None:
            return 0, 0
        place = 1 + self.reals((budget.ratio, budget.per_s, budget.burst))
        return place, self.state("budget", participant, at.BUDGET_STATE, shared=budget.shared)

    def restraints(self, caller: CallerPlan, participant: int) -> tuple[int, int]:
        """A throttle and a breaker, with a state for each participant that may be called."""
        throttle, breaker, callees = caller.throttle, caller.breaker, len(self.plan.roles)
        found = [0, 0]
        if throttle is not None:
            place = self.state("throttle", participant, THROTTLE_STATE * callees, shared=throttle.shared)
            found[0] = self.write(throttle_cells(throttle, self.reals, place))
        if breaker is not None:
            place = self.state(f"breaker {breaker.width}", participant, breaker.width * callees, shared=breaker.shared)
            found[1] = self.write(breaker_cells(breaker, self.reals, place))
        return found[0], found[1]

    def state(self, what: str, participant: int, cells: int, *, shared: bool) -> int:
        """Where a caller keeps something: the address, or of clients who each have their own, -1 minus the place in a member."""
        key = what, participant
        if self.plan.roles[participant] == SERVER:
            if not shared or key not in self.shared_states:
                self.shared_states[key] = self.room(cells)
            return self.shared_states[key]
        if shared:
            return self.room(cells)
        if key not in self.own_states:
            self.own_states[key] = self.ints[at.MEMBER_WIDTH]
            self.ints[at.MEMBER_WIDTH] += cells
        return -1 - self.own_states[key]

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
        """A class of clients."""
        side_rows = [self.side(participant, side) for participant, side in enumerate(each.side)]
        holds = [cell for holding in each.holds for cell in (self.reals((holding.up_to,)), self.listed(holding.facts))]
        return self.row(
            at.CLASS_WIDTH,
            {
                **self.arrivals(each.arrivals),
                at.CLASS_INDEX: each.index,
                at.TRACE_CLASS: each.index,
                at.POPULATION: each.population,
                at.PICKS: _PICKS.index(each.picks),
                at.FIRST_ADDRESS: each.first_address,
                at.ADDRESSES_PER: each.addresses_per,
                at.FIRST_NUMBER: each.first_number,
                at.DEADLINE_NS: each.deadline_ns,
                at.SKEW: self.draw(each.skew),
                at.HOLDS: self.listed(holds),
                at.SIDES: self.write(side_rows),
                at.VISITS: self.room(each.population),
                at.MEMBERS: self.room(each.population),
                at.PLACE_OF: NONE,
                at.HASH_RATE: each.hash_rate,
                at.RESTARTS: self.restarts(each),
                at.OWN_LINKS: self.own_links(each),
                at.UNKNOWN: self.listed(each.unknown),
            },
        )

    def restarts(self, each: ClassPlan) -> int:
        """How often the clients of a class start anew; 0 for never."""
        if each.restarts is None:
            return 0
        place = self.state("restarts", self.plan.client, at.RESTART_STATE, shared=False)
        forgets, keys = self.listed(each.restarts.forgets), self.listed(each.restarts.keys)
        return self.write([self.draw(each.restarts.every), forgets, keys, -1 - place])

    def own_links(self, each: ClassPlan) -> int:
        """The links of a class by step, there and back; 0 if they are those of the plan."""
        if each.links is None:
            return 0
        rows: dict[LinkPlan, int] = {}
        ways = []
        for step in self.plan.steps:
            table = self.plan.outside if step.kind is StepKind.OUTSIDE else each.links
            for sender, receiver in ((step.actor, step.receiver), (step.receiver, step.actor)):
                link = table[sender][receiver] if step.receiver >= 0 else None
                if link is not None and link not in rows:
                    rows[link] = self.link(link)
                ways.append(0 if link is None else rows[link])
        return self.write(ways)

    def arrivals(self, arrivals: ArrivalsPlan) -> dict[int, int]:
        """The cells of a class that say when its sessions start."""
        return {
            at.ARRIVALS: _ARRIVALS.index(arrivals.kind),
            at.STARTS: self.write(list(arrivals.starts_ns)),
            at.RATES: self.reals(arrivals.rates_per_s),
            at.COUNTS: self.reals(arrivals.counts),
            at.RATE_STEPS: len(arrivals.starts_ns),
            at.TIMES: self.listed(arrivals.times_ns),
            at.THINK: self.draw(arrivals.think),
            at.MOST_ARRIVALS: arrivals.maximum,
        }

    def attack(self, attack: AttackPlan) -> int:
        """An attack, as a class of clients of its own: its addresses are its places."""
        plan = self.plan
        step = self.step_at(attack.step)
        if attack.ends_when_served:  # its own copy of the step: after it the session is over
            step = self.write(self.ints[step : step + at.STEP_WIDTH])
            self.ints[step + at.NEXT], self.ints[step + at.TURN_GOES] = at.DONE, 1
        player = self.attacker(attack)
        return self.row(
            at.CLASS_WIDTH,
            {
                **self.arrivals(attack.arrivals),
                at.CLASS_INDEX: attack.class_,
                at.TRACE_CLASS: len(plan.classes) + attack.index,
                at.POPULATION: attack.addresses,
                at.PICKS: _PICKS.index("random"),
                at.ADDRESSES_PER: 1,
                at.DEADLINE_NS: NONE,
                at.SIDES: self.write([0 if role == SERVER else player for role in plan.roles]),
                at.MEMBERS: self.room(1 if attack.spoofed else attack.addresses),
                at.PLACE_OF: sum(each.population for each in plan.classes) + attack.index,
                at.IS_ATTACK: 1,
                at.HASH_RATE: attack.hash_rate,
                at.STRIKES: step,
                at.UNTIL: attack.until_ns,
                at.SIGNATURE: attack.signature,
                at.DELAY_NS: attack.delay_ns,
                at.CAPTURED_SHARE: self.reals((attack.captured,)),
                at.PROVIDED: self.listed(attack.provided),
                at.KEYS: attack.keys,
                at.OWN_ROWS: self.room(len(plan.facts) * attack.keys),
                at.HAS_ROWS: self.room(attack.keys),
                at.PLAYER: player,
                at.FIRST_HONEST: attack.first_honest,
                at.PREFIXES: attack.prefixes,
                at.FIRST_PREFIX: attack.first_prefix,
                at.ANSWERS_CHALLENGES: int(attack.solves),
                at.POOLED: int(attack.pooled),
                at.BOTS: attack.bots,
                at.DODGES: int(attack.dodges),
                at.VISITS: self.room(attack.bots) if attack.bots else 0,
                at.DODGED: self.room(attack.bots) if attack.bots else 0,
                at.FROM_NS: attack.from_ns,
                at.SPOOFED: int(attack.spoofed),
                at.UNKNOWN: self.listed(attack.unknown),
            },
        )

    def attacker(self, attack: AttackPlan) -> int:
        """The row of who sends the messages of an attack; its names and addresses come after those of all others."""
        plan = self.plan
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
        caller = CallerPlan(timeout_ns=attack.timeout_ns)
        who = self.who(plan.steps[attack.step].actor, NONE, (None,) * len(plan.steps), (NONE,) * len(plan.facts), caller)
        who[at.NAMES] = names + sum(each.addresses for each in before)
        who[at.ADDRESS_NUMBER] = addresses + address
        return self.write([*who, *[0] * (at.WHO_WIDTH - at.STATION)])

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
