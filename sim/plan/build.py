"""From a scenario and its model to the plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sim.language.quantities import Distribution
from sim.plan.attacks import RAMPS, attacks
from sim.plan.plan import (
    ALWAYS,
    CHANCE,
    CLIENT,
    COMPANION,
    HOLDS,
    NONE,
    SERVER,
    TIMES,
    UNLIMITED,
    UNTIL,
    WHILE,
    ArrivalsPlan,
    BudgetPlan,
    CallerPlan,
    ClassPlan,
    ConnectionsPlan,
    GuardPlan,
    HoldingPlan,
    LinkPlan,
    Plan,
    RefusalPlan,
    RestartPlan,
    SidePlan,
    StationPlan,
    StepPlan,
    WayPlan,
)
from sim.plan.protections import PROVEN_BYTES, PROVEN_KEY, ProtectionPlan, memory, protections
from sim.plan.restraints import breaker_plan, throttle_plan
from sim.plan.scheduled import changes
from sim.protocol.diagram import SESSION, SIGNATURE, Action, ChanceGuard, End, Guard, Loop, Message
from sim.protocol.model import Model
from sim.protocol.projection import Step, StepKind
from sim.scenario import scenario as given
from sim.scenario.connections import Connections
from sim.world import backoff, balancing, distributions, network, queues
from sim.world.arrivals import rate_table
from sim.world.distributions import Distribution as Draw
from sim.world.ramps import ramp_table

_NO_TIME = LinkPlan(network.DATAGRAM, 0, distributions.constant(0), 0.0, 0)


def build(scenario: given.Scenario, model: Model) -> Plan:
    """The plan of a checked scenario (every participant of the diagram is among its actors)."""
    return _Builder(scenario, model).plan()


def draw(distribution: Distribution | None) -> Draw | None:
    """A distribution as the laws take it; None where no time passes."""
    if distribution is None or distribution.is_zero:
        return None
    d = distribution
    match d.kind:
        case "constant":
            return distributions.constant(d.value_ns)
        case "exponential":
            return distributions.exponential(d.mean_ns)
        case "uniform":
            return distributions.uniform_between(d.low_ns, d.high_ns)
        case "lognormal":
            return distributions.lognormal(d.median_ns, d.p95_ns)
        case "normal":
            return distributions.normal(d.mean_ns, d.sd_ns)
        case "gamma":
            return distributions.gamma(d.mean_ns, d.cv)
        case "pareto":
            return distributions.pareto(d.minimum_ns, d.alpha)
        case _:
            return distributions.empirical(d.values_ns)


class _Builder:
    def __init__(self, scenario: given.Scenario, model: Model) -> None:
        self.scenario = scenario
        self.model = model
        self.participants = tuple(model.diagram.participants)
        self.number = {name: index for index, name in enumerate(self.participants)}
        self.facts = tuple(sorted(model.diagram.facts()))
        self.fact = {name: index for index, name in enumerate(self.facts)}
        self.step_of = {step.id: step.index for step in model.projection.steps}
        self.keys: set[int] = set()
        """Facts that are credentials of which a server keeps a row."""
        self.actors = [scenario.actors[name] for name in self.participants]
        self.roles = tuple(CLIENT if isinstance(actor, given.Client) else SERVER if isinstance(actor, given.Server) else COMPANION
                           for actor in self.actors)
        self.carried = {name for message in model.diagram.messages() for name in message.facts.carries}

    def plan(self) -> Plan:
        """The whole plan: steps, links, stations, classes, attacks, faults."""
        scenario = self.scenario
        stations = self.stations()
        steps = tuple(self.step(step) for step in self.model.projection.steps)
        self.keys = {step.credential for step in steps if step.credential in step.issues}
        classes = self.classes()
        links = self.links(outside=False)
        return Plan(
            scenario=scenario,
            model=self.model,
            duration_ns=scenario.duration_ns,
            warm_up_ns=scenario.warm_up_ns,
            start_epoch_ns=scenario.start_ns,
            seed=scenario.seed,
            replication=scenario.replication,
            participants=self.participants,
            roles=self.roles,
            facts=self.facts,
            steps=steps,
            first=self.model.projection.first,
            links=links,
            outside=self.links(outside=True),
            classes=classes,
            stations=stations,
            protected=self.number[scenario.protected] if scenario.protected is not None else NONE,
            client=self.roles.index(CLIENT),
            attacks=attacks(scenario.attacks, steps, classes, self.facts),
            changes=changes(scenario.faults, self.participants, stations, links, classes),
        )

    # --- the diagram --------------------------------------------------------------------------------------

    def numbers(self, names: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(self.fact[name] for name in names)

    def guard(self, guard: Guard | None) -> GuardPlan:
        if guard is None:
            return GuardPlan(ALWAYS)
        if isinstance(guard, ChanceGuard):
            return GuardPlan(CHANCE, up_to=guard.chance)
        subject = NONE if guard.subject == SESSION else self.number[guard.subject]
        return GuardPlan(HOLDS, subject, self.fact[guard.fact], guard.lacks)

    def step(self, step: Step) -> StepPlan:
        """A step of the projection with numbers in place of names."""
        item = step.item
        open_calls = len(self.model.projection.turns.open_calls.get(step.id, ()))
        fields: dict[str, Any] = {"depth": open_calls + (step.kind is StepKind.REQUEST)}
        if isinstance(item, Message | Action):
            facts = item.facts
            fields.update(gives=self.numbers(facts.gives), carries=self.numbers(facts.carries),
                          needs=self.numbers(tuple(dict.fromkeys((*facts.carries, *facts.needs)))),
                          spends=self.numbers(facts.spends), label=item.label)
        if isinstance(item, Message):
            fields.update(self.message(step, item))
        elif isinstance(item, Action):
            fields.update(self.action(step, item))
        elif isinstance(item, Loop):
            fields.update(leaves=TIMES if item.times is not None else WHILE if item.while_ is not None else UNTIL,
                          maximum=item.times or item.maximum)
        elif isinstance(item, End):
            fields.update(ends_completed=item.outcome == "completed")
        return StepPlan(step.index, step.index + 1, step.kind, step.id, self.number[step.actor],
                        self.number[item.receiver] if isinstance(item, Message) else NONE, step.next,
                        ways=self.ways(step), loop=step.loop, fragments=step.fragments, **fields)

    def ways(self, step: Step) -> tuple[WayPlan, ...]:
        """The ways out of a decision; the chances of an alt share one draw."""
        ways = []
        chance = 0.0
        for guard, target, name in step.ways:
            planned = self.guard(guard)
            if planned.kind == CHANCE:
                chance += planned.up_to
                planned = replace(planned, up_to=1.0 if chance >= 1 - 1e-12 else chance)
            ways.append(WayPlan(planned, target, name))
        return tuple(ways)

    def action(self, step: Step, item: Action) -> dict[str, Any]:
        """How long it waits, what it keeps and checks. Of an unsigned request that is served, the credential is looked up."""
        server = self.scenario.actors[item.participant]
        memory = server.memory if isinstance(server, given.Server) else {}
        keeps = self.numbers(tuple(name for name in item.facts.gives if name in memory))
        served = self.model.projection.turns.open_calls.get(step.id, ())[-1:]
        named = (self.credentials(message) for message in self.model.diagram.messages() if message.id in served)
        signed = SIGNATURE in item.facts.checks
        credential = None if signed else next((name for names in named for name in names[:1] if name in item.facts.checks), None)
        rest = tuple(name for name in item.facts.checks if name not in (SIGNATURE, credential))
        return {"wait": draw(item.wait), "keeps": keeps, "checks_signature": signed, "checks_credential": credential is not None,
                "checks_facts": self.numbers(rest)}

    def credentials(self, item: Message) -> list[str]:
        """The credentials that a message brings, or that its server gives out by it; the trace tells of the first."""
        return [name for name in (*item.facts.carries, *self.kept(item)) if name in self.carried]

    def kept(self, item: Message) -> list[str]:
        """The facts given by a message of which the sending server keeps a row."""
        sender = self.scenario.actors[item.sender]
        if not isinstance(sender, given.Server):
            return []
        return [name for name in item.facts.gives if name in self.carried or name in sender.memory]

    def message(self, step: Step, item: Message) -> dict[str, Any]:
        """What a message hands over, and what becomes of a refusal."""
        kept, credentials = self.kept(item), self.credentials(item)
        asked = self.model.projection.turns.open_calls.get(step.id, ())[-1:] if step.kind is StepKind.REPLY else ()
        buys = any(message.id in asked and message.facts.carries for message in self.model.diagram.messages())
        return {
            "issues": self.numbers(tuple(kept)),
            "takes_facts": bool(kept or item.facts.carries or item.facts.spends),
            "credential": self.fact[credentials[0]] if credentials else NONE,
            "allocates": bool(credentials) and credentials[0] in kept and not buys,
            "refusals": {rule.status: RefusalPlan(self.numbers(rule.drop), NONE if rule.go_to is None else self.step_of[rule.go_to],
                                                  rule.at_most, NONE if rule.refuse is None else rule.refuse)
                         for rule in item.on_refusal},
        }

    # --- the network --------------------------------------------------------------------------------------

    def links(self, *, outside: bool, access: given.Access | None = None) -> tuple[tuple[LinkPlan, ...], ...]:
        return tuple(tuple(self.link(sender, receiver, outside=outside, access=access) for receiver in self.participants)
                     for sender in self.participants)

    def link(self, sender: str, receiver: str, *, outside: bool, access: given.Access | None) -> LinkPlan:
        link = self.scenario.network.link(sender, receiver)
        if access is not None and (self.roles[self.number[sender]] == SERVER) != (self.roles[self.number[receiver]] == SERVER):
            link = access.to(link)
        if outside:
            if not any((rule.both and {rule.a, rule.b} == {sender, receiver}) or (rule.a, rule.b) == (sender, receiver)
                       for rule in self.scenario.network.links):
                return _NO_TIME
            return LinkPlan(network.DATAGRAM, 0, draw(link.latency) or distributions.constant(0), 0.0, 0)
        transport = network.TRANSPORT_NAMES.index(link.transport)
        return LinkPlan(transport, network.SET_UP_ROUND_TRIPS[transport], draw(link.latency) or distributions.constant(0),
                        link.loss, link.keep_alive_ns)

    # --- actors -------------------------------------------------------------------------------------------

    def work(self, work: Mapping[str, Distribution]) -> tuple[Draw | None, ...]:
        """By step: the work that a scenario names by the id of a message received or an action done."""
        return tuple(draw(work.get(step.id)) for step in self.model.projection.steps)

    def expires(self, expires: Mapping[str, int]) -> tuple[int, ...]:
        return tuple(expires.get(name, NONE) for name in self.facts)

    def stations(self) -> tuple[StationPlan | None, ...]:
        """By participant, its station; None at the client's side."""
        found: list[StationPlan | None] = []
        index = 0
        for participant, (name, actor) in enumerate(zip(self.participants, self.actors, strict=True)):
            if not isinstance(actor, given.Server):
                found.append(None)
                continue
            guards, kept, proven = self.protections(name, actor)
            found.append(StationPlan(
                index=index, participant=participant, name=name, instances=actor.instances,
                servers=UNLIMITED if actor.servers is None else actor.servers,
                capacity=UNLIMITED if actor.queue.capacity is None else actor.queue.capacity,
                lifo=actor.queue.order == "lifo", drops=actor.queue.full == "drop", silent=actor.silent,
                holds_server=actor.holds_server, parse=draw(actor.work.get("parse")), handshake=draw(actor.work.get("handshake")),
                work=self.work(actor.work), memory=kept,
                memory_of_fact={self.fact[kind]: number for number, kind in enumerate(actor.memory) if kind in self.fact},
                caller=caller(actor.timeout_ns, actor.retry, actor.restraints),
                settings=self.model.settings(name, actor.parameters),
                expires_ns=self.expires(actor.expires), order=queues.ORDER_NAMES.index(actor.queue.order),
                balance=balancing.BALANCE_NAMES.index(actor.balance), backlog=actor.queue.backlog, protections=guards,
                proven_memory=proven, connections=connections(actor.connections)))
            index += 1
        return tuple(found)

    def protections(self, name: str, server: given.Server) -> tuple[tuple[ProtectionPlan, ...], tuple[tuple[str, int], ...], int]:
        """A server's mitigations, what it keeps (their tables too), and which of that are proven keys, if anybody asks."""
        listed = self.scenario.mitigations.get(name, ())
        replaced = {each.declared.replaces for each in listed}
        kept = [*((kind, 0 if kind in replaced else size) for kind, size in server.memory.items()), *memory(listed)]
        guards = protections(self.model, name, listed, self.fact, len(server.memory))
        if server.queue.order != "priority" and all(guard.per != PROVEN_KEY for guard in guards):
            return guards, tuple(kept), NONE
        return guards, (*kept, ("proven_keys", PROVEN_BYTES)), len(kept)

    def classes(self) -> tuple[ClassPlan, ...]:
        """The classes of clients, with the addresses and numbers that are theirs."""
        client = self.actors[self.roles.index(CLIENT)]
        assert isinstance(client, given.Client)
        found: list[ClassPlan] = []
        address = number = 0
        for index, each in enumerate(client.classes):
            per = 1 if each.addresses == "own" else int(each.addresses[1])
            found.append(ClassPlan(
                index=index, name=each.name, population=each.population, picks=each.picks, first_address=address,
                addresses_per=per, arrivals=self.arrivals(client, index), holds=self.holds(each),
                deadline_ns=NONE if each.deadline_ns is None else each.deadline_ns, skew=draw(each.clock_skew),
                side=tuple(self.side(name, actor, each) for name, actor in zip(self.participants, self.actors, strict=True)),
                first_number=number, hash_rate=round(each.hash_rate_per_s), restarts=self.restarts(each),
                links=self.links(outside=False, access=each.access) if each.access != given.Access() else None,
                unknown=self.numbers(each.unknown)))
            address += -(-each.population // per)
            number += each.population
        return tuple(found)

    def holds(self, each: given.ClientClass) -> tuple[HoldingPlan, ...]:
        total, found = 0.0, []
        for holding in each.holds:
            total += holding.share
            found.append(HoldingPlan(total, self.numbers(holding.items)))
        return tuple(found)

    def restarts(self, each: given.ClientClass) -> RestartPlan | None:
        if each.restarts is None or each.picks == "new":
            return None
        every = draw(each.restarts.every)
        assert every is not None
        forgets = self.numbers(each.restarts.forgets)
        return RestartPlan(every, forgets, tuple(fact for fact in forgets if fact in self.keys))

    def side(self, name: str, actor: given.Actor, each: given.ClientClass) -> SidePlan | None:
        if isinstance(actor, given.Server):
            return None
        own = each if isinstance(actor, given.Client) else actor
        return SidePlan(self.work(own.work), caller(own.timeout_ns, own.retry, own.restraints),
                        self.model.settings(name, own.parameters), self.expires(own.expires))

    def arrivals(self, client: given.Client, index: int) -> ArrivalsPlan:
        """When the sessions of a class begin."""
        arrivals = client.classes[index].arrivals
        maximum = NONE if arrivals.maximum is None else arrivals.maximum
        match arrivals.kind:
            case "closed":
                return ArrivalsPlan("closed", think=draw(arrivals.think) or distributions.constant(0), maximum=maximum)
            case "times":
                return ArrivalsPlan("times", times_ns=arrivals.times_ns, maximum=maximum)
            case "steps":
                return ArrivalsPlan(arrivals.process, *rate_table(arrivals.steps), maximum=maximum)
            case "ramp":
                ramp = ramp_table([(0, arrivals.ramp[0]), (self.scenario.duration_ns, arrivals.ramp[1])])
                return ArrivalsPlan(RAMPS[arrivals.process], *ramp, maximum=maximum)
            case _:
                return ArrivalsPlan(arrivals.kind, *rate_table([(0, arrivals.rate_per_s)]), maximum=maximum)


def connections(table: Connections | None) -> ConnectionsPlan | None:
    """A server's table of connections, as numbers."""
    if table is None:
        return None
    return ConnectionsPlan(table.most, NONE if table.per_address is None else table.per_address,
                           NONE if table.header_timeout_ns is None else table.header_timeout_ns, table.idle_timeout_ns,
                           table.full == "drop")


def caller(timeout_ns: int | None, retry: given.Retry, restraints: given.Restraints) -> CallerPlan:
    """How an actor waits for answers, as numbers."""
    budget = retry.budget
    return CallerPlan(
        timeout_ns=NONE if timeout_ns is None else timeout_ns, attempts=retry.attempts, on_timeout="timeout" in retry.on,
        statuses=frozenset(cause for cause in retry.on if isinstance(cause, int)),
        backoff=backoff.KIND_NAMES.index(retry.backoff.kind), base_ns=retry.backoff.base_ns, cap_ns=retry.backoff.cap_ns,
        budget=None if budget is None else BudgetPlan(budget.ratio, budget.minimum_per_s, float(budget.burst), budget.shared),
        honours_retry_after=retry.honours_retry_after, throttle=throttle_plan(restraints.throttle),
        breaker=breaker_plan(restraints.breaker))
