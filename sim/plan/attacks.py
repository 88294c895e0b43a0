"""From the attacks of a scenario to their tables."""

from collections.abc import Sequence

from sim.plan.plan import NONE, ArrivalsPlan, AttackPlan, ClassPlan, StepPlan
from sim.protocol.projection import DONE, StepKind
from sim.scenario.attack import Attack
from sim.scenario.scenario import DEFAULT_HASH_RATE
from sim.world.addresses import HOSTS_PER_PREFIX
from sim.world.arrivals import pulses, rate_table
from sim.world.attackers import KEY, NOTHING, TOKEN
from sim.world.chance import ATTACKING
from sim.world.credentials import KIND_NAMES, MISSING, UNKNOWN_KEY, VALID, WRONG
from sim.world.ramps import ramp_table

RAMPS = {"poisson": "ramp", "constant": "even_ramp"}
"""The kind of arrivals of a ramp, by its process."""


def attacks(given: Sequence[Attack], steps: Sequence[StepPlan], classes: Sequence[ClassPlan],
            facts: Sequence[str]) -> tuple[AttackPlan, ...]:
    """The tables of all attacks, in the order of the scenario."""
    by_id = {step.id: step for step in steps}
    planned: list[AttackPlan] = []
    first_prefix = 0
    for index, attack in enumerate(given):
        planned.append(_attack(index, attack, by_id[attack.sends], steps, classes, first_prefix, facts))
        if attack.sources.among is None and not attack.sources.anywhere:
            first_prefix += attack.sources.prefixes
    return tuple(planned)


def _attack(index: int, attack: Attack, step: StepPlan, steps: Sequence[StepPlan], classes: Sequence[ClassPlan],
            first_prefix: int, facts: Sequence[str]) -> AttackPlan:
    side = classes[0].side[step.actor]
    assert side is not None  # a scenario whose attack is sent by a server is refused
    signature = KIND_NAMES.index(attack.signature.kind)
    unknown = tuple(facts.index(name) for name in attack.unknown)
    if signature in (MISSING, UNKNOWN_KEY) and step.credential >= 0:
        unknown = (*unknown, step.credential)
    provided = tuple(fact for fact in step.needs if fact not in unknown) if signature in (VALID, WRONG) else ()
    sources = attack.sources
    first_honest, addresses = (NONE, sources.addresses) if sources.among is None else _honest(sources.among, classes)
    turn_stays = step.next == DONE or steps[step.next].actor != step.receiver
    return AttackPlan(
        index=index, name=attack.name, class_=ATTACKING | index, step=step.index,
        ends_when_served=step.kind is StepKind.ONE_WAY and turn_stays,
        arrivals=arrivals(attack), from_ns=attack.from_ns, until_ns=attack.until_ns,
        addresses=addresses, prefixes=sources.prefixes if sources.among is None else prefixes_of(first_honest, addresses),
        first_prefix=NONE if sources.among is not None else 0 if sources.anywhere else first_prefix, first_honest=first_honest,
        signature=signature, delay_ns=attack.signature.delay_ns, captured=attack.signature.captured,
        timeout_ns=attack.timeout_ns, keys=attack.signature.keys, provided=provided,
        brings=tuple(brought(step, answer) for answer in steps), settings=side.settings,
        bots=attack.bots.count if attack.bots is not None else 0,
        dodges=attack.bots is not None and attack.bots.on_refusal == "dodge", spoofed=sources.spoofed, unknown=unknown,
        hash_rate=round(attack.hash_rate_per_s or DEFAULT_HASH_RATE), pooled=attack.hash_rate_per_s is not None,
        solves=attack.solves)


def brought(request: StepPlan, answer: StepPlan) -> int:
    """What an answer to a request brings."""
    if request.carries and answer.gives:
        return TOKEN
    return KEY if answer.allocates else NOTHING


def _honest(among: str, classes: Sequence[ClassPlan]) -> tuple[int, int]:
    """The first of the addresses of a class (of all classes, if none is called so), and how many there are."""
    chosen = [each for each in classes if each.name == among] or list(classes)
    first = chosen[0].first_address
    last = chosen[-1]
    return first, last.first_address + -(-last.population // last.addresses_per) - first


def prefixes_of(first: int, addresses: int) -> int:
    """In how many prefixes so many honest addresses lie, from the first on."""
    return (first + addresses - 1) // HOSTS_PER_PREFIX - first // HOSTS_PER_PREFIX + 1


def arrivals(attack: Attack) -> ArrivalsPlan:
    """When the messages of an attack come: a table of rates from its beginning to its end, or the think time of its bots."""
    if attack.bots is not None:
        from sim.plan.build import draw

        return ArrivalsPlan("closed", think=draw(attack.bots.think))
    rate, from_ns, until_ns = attack.rate, attack.from_ns, attack.until_ns
    assert rate is not None
    match rate.kind:
        case "pulses":
            steps = pulses(from_ns, until_ns, rate.rate_per_s, rate.length_ns, rate.period_ns, rate.between_per_s)
            return ArrivalsPlan(rate.process, *rate_table(steps))
        case "ramp":
            return ArrivalsPlan(RAMPS[rate.process], *ramp_table([(from_ns, rate.rate_per_s), (until_ns, rate.to_per_s)]))
        case "times":
            return ArrivalsPlan("times", times_ns=tuple(at_ns for at_ns in rate.times_ns if from_ns <= at_ns < until_ns))
        case "steps":
            return ArrivalsPlan(rate.process, *rate_table(_clipped(rate.steps, from_ns, until_ns)))
        case _:
            return ArrivalsPlan(rate.kind, *rate_table([(from_ns, rate.rate_per_s), (until_ns, 0.0)]))


def _clipped(steps: Sequence[tuple[int, float]], from_ns: int, until_ns: int) -> list[tuple[int, float]]:
    """Steps within a window: the one in force at its beginning begins there; before the first, the rate is 0."""
    before = [per_s for at_ns, per_s in steps if at_ns <= from_ns]
    begin = [(from_ns, before[-1] if before else 0.0)]
    return [*begin, *((at_ns, per_s) for at_ns, per_s in steps if from_ns < at_ns < until_ns), (until_ns, 0.0)]
