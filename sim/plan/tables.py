"""The plan as tables of numbers: all that a compiled loop reads. What stands where is said in :mod:`sim.plan.cells`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.plan import cells as at
from sim.plan.actor_tables import ActorTables
from sim.plan.guard_tables import GuardTables
from sim.plan.plan import (
    NONE,
    SERVER,
    ChangePlan,
    Plan,
)
from sim.plan.protections import check_order, nonce_store
from sim.protocol.projection import StepKind
from sim.world.chance import stream_key
from sim.world.credentials import NONCES_WIDTH, REPLAYED
from sim.world.network import DATAGRAM

if TYPE_CHECKING:
    from sim.mitigations.framework.declaration import Law



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


class _Tables(ActorTables):
    """Writes all of them."""

    def made(self) -> Tables:
        """Write every table, those first that others refer to."""
        self.header()
        self.diagram()
        self.servers_of_plan()
        self.connections()
        guards = GuardTables(self)
        self.nonce_counts()
        self.sides()
        self.ints[at.CHANGE_LIST] = self.listed([self.change(each) for each in self.plan.changes])  # of the links of classes too
        return Tables(
            self.ints,
            self.floats,
            self.reasons,
            self.ways,
            [who for each in self.servers.values() for who in each],
            self.classes,
            guards.laws,
            guards.names,
        )

    def header(self) -> None:
        """The cells that stand for the whole plan, and the streams of its draws."""
        plan, ints = self.plan, self.ints
        ints[at.END_NS] = plan.duration_ns
        ints[at.STEPS], ints[at.N_STEPS], ints[at.N_FACTS] = self.steps, len(plan.steps), len(plan.facts)
        ints[at.FIRST] = self.step_at(plan.first)
        ints[at.PROTECTED], ints[at.CLIENT] = plan.protected, plan.client
        ints[at.NEED_REASONS] = len(self.reasons)
        self.reasons.extend(f"needs:{fact}" for fact in plan.facts)
        ints[at.FACT_REASONS] = len(self.reasons)
        self.reasons.extend(plan.facts)
        ints[at.STEP_REASONS] = len(self.reasons)
        self.reasons.extend(step.id for step in plan.steps)
        ints[at.N_LOOPS] = len(self.loops)
        ints[at.N_ROLES] = len(plan.roles)
        ints[at.MOST_FACTS] = max((len({*step.issues, *step.carries}) for step in plan.steps), default=0)
        ints[at.START_NS] = plan.start_epoch_ns
        for number, purpose in enumerate(at.PURPOSES):
            ints[at.STREAMS + 2 * number : at.STREAMS + 2 * number + 2] = stream_key(plan.seed, plan.replication, purpose)

    def diagram(self) -> None:
        """Its steps, with the links on which they go, and who issues which fact."""
        plan, ints = self.plan, self.ints
        self.slots()
        links, outside = (
            {(a, b): self.link(table[a][b]) for a in range(len(plan.roles)) for b in range(len(plan.roles))}
            for table in (plan.links, plan.outside)
        )
        self.link_rows = {(NONE, *pair): row for pair, row in links.items()}
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
        credentials = {fact for step in plan.steps for fact in step.carries}
        ints[at.CREDENTIALS] = self.write([int(fact in credentials) for fact in range(len(plan.facts))])

    def servers_of_plan(self) -> None:
        plan, ints = self.plan, self.ints
        for station in plan.stations:
            if station is not None:
                self.servers[station.participant] = self.station(station)
        ints[at.SERVERS] = self.write([self.listed(self.servers.get(p, [])) for p in range(len(plan.roles))])
        ints[at.SERVER_LIST] = self.listed(sorted(self.servers))

    def change(self, change: ChangePlan) -> int:
        """The row of a scheduled change."""
        links = [cell for of, a, b, link in change.links if (of, a, b) in self.link_rows
                 for cell in (self.link_rows[of, a, b], self.draw(link.latency), self.reals((link.loss,)), link.out_until_ns)]
        who = [self.servers[change.participant][instance] for instance in change.instances]
        slower = 0 if change.slower == 1.0 else 1 + self.reals((change.slower,))
        return self.write([0, 0, 0, change.index, change.at_ns, int(change.is_end), self.listed(who), change.closed, change.servers,
                           slower, self.listed(links)])

    def nonce_counts(self) -> None:
        """Where servers that check signatures, or count nonces in their memory, keep how many there are."""
        plan = self.plan
        checking = {step.actor for step in plan.steps if step.checks_signature}
        self.ints[at.NONCE_COUNTS] = self.write(
            [
                self.nonce_count(p) if role == SERVER and (p in checking or self.keeps_nonces(p)) else 0
                for p, role in enumerate(plan.roles)
            ]
        )

    def nonce_count(self, participant: int) -> int:
        """The nonce count of a server; behind it how many its memory has in the books, in which order it checks, and its stores."""
        station = self.plan.stations[participant]
        assert station is not None
        lag_ns, copies = nonce_store(station.protections, station.instances)
        return self.write([0] * (NONCES_WIDTH + 1) + [check_order(station.protections), lag_ns, copies])

    def sides(self) -> None:
        """Classes of clients and attacks, and which messages are captured for which attack."""
        plan, ints = self.plan, self.ints
        clients = [self.client_class(each) for each in plan.classes]
        attacks = [self.attack(each) for each in plan.attacks]
        self.classes = [*clients, *attacks]
        ints[at.CLASSES] = self.listed(self.classes)
        for step in plan.steps:
            taps = [
                row
                for row, attack in zip(attacks, plan.attacks, strict=True)
                if attack.step == step.index and attack.signature == REPLAYED
            ]
            ints[self.step_at(step.index) + at.TAPS] = self.listed(taps)

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
            station = plan.stations[receiver]
            if station is not None and station.connections is not None:
                instances *= 2  # behind the times of use, which connection of its table that is
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
