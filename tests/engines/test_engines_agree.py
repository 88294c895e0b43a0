"""The two engines mean the same: message for message, nanosecond for nanosecond, number for number.

Whatever the other tests of this folder play is played by both too (`conftest.compare_engines`); everything that ships, compiled,
stands in `test_fingerprints`. Here: diagrams and scenarios that nobody would write, with a table of what they covered:

    python -m pytest tests/engines/test_engines_agree.py -n 0 -s -m "long or not long"
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from engines_agree import difference, followed
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from made_up import MADE_UP, worlds
from made_up_protected import protected
from made_up_registered import registered
from shipped import ROOT

import sim
from sim.engines import compiled
from sim.plan.constructed import not_constructed
from sim.plan.plan import Plan
from sim.plan.protections import nonce_store
from sim.protocol.projection import StepKind
from sim.world.balancing import BALANCE_NAMES
from sim.world.credentials import KIND_NAMES
from sim.world.queues import ORDER_NAMES

SIMPY_ONLY = "for the SimPy engine alone"
RARE = ("loss", "retries", "refusals", "ties", "expiry")
"""What at least one in five of the made-up scenarios has; of everything else there are at least 50 among all."""


@pytest.mark.parametrize("seed", [3, 4])
def test_another_seed_and_replication_too(seed: int) -> None:
    plan = sim.load(ROOT / "scenarios/key_flood.yaml").set({"duration": "70 s", "attacks.flood.during": ["30 s", "50 s"]}).plan(
        seed=seed, replication=1)
    assert difference(plan, plain=False) is None


def test_the_comparison_sees_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = sim.load(ROOT / "scenarios/step1_repeat.yaml").plan()
    other = sim.load(ROOT / "scenarios/step1_repeat.yaml").plan(seed=99)
    run = compiled.run
    monkeypatch.setattr(compiled, "run", lambda _plan, **options: run(other, **options))
    found = difference(plan, plain=True, again="the command")
    assert found is not None
    assert found.startswith("record ")
    assert found.endswith("the command")


# --- made-up diagrams and scenarios -----------------------------------------------------------------------------------


def features(plan: Plan, records: list[tuple[Any, ...]]) -> Iterator[str]:
    """What a scenario has, and what happened in it."""
    for step in plan.steps:
        yield f"diagram: {StepKind(step.kind).name.lower()}"
        if step.checks_credential:
            yield "diagram: checks credential"
        if step.checks_facts:
            yield "diagram: checks a fact"
        if step.spends:
            yield "diagram: spends"
        if step.gives:
            yield "diagram: gives"
        yield from (f"on_refusal: {'go_to' if rule.go_to >= 0 else 'refuse' if rule.refuse >= 0 else 'drop'}" for rule in step.refusals.values())
        yield from (f"guard: {('always', 'fact', 'chance')[way.guard.kind]}" for way in step.ways)
    for station in filter(None, plan.stations):
        yield f"station: {ORDER_NAMES[station.order]}"
        if station.instances > 1:
            yield f"balance: {BALANCE_NAMES[station.balance]}"
        yield from (f"mitigation: {each.name}" for each in station.protections)
        if station.instances > 1 and nonce_store(station.protections, station.instances)[0] > 0:
            yield "stores of nonces apart"
        yield from (f"server: {name}" for name, has in (("throttle", station.caller.throttle), ("breaker", station.caller.breaker)) if has)
        yield f"station: full: {'drop' if station.drops else 'refuse'}"
        yield from (name for name, has in (("station: silent", station.silent), ("station: holds_server", station.holds_server),
                                           ("station: instances", station.instances > 1), ("station: memory", bool(station.memory))) if has)
    for each in plan.classes:
        yield f"arrivals: {each.arrivals.kind}"
        yield f"picks: {each.picks}"
        caller = next(side for side in each.side if side is not None).caller
        yield f"backoff: {caller.backoff}"
        if caller.budget is not None:
            yield f"retry budget: {'shared' if caller.budget.shared else 'own'}"
        yield from (f"client: {name}" for name, has in (("throttle", caller.throttle), ("breaker", caller.breaker), ("restarts", each.restarts)) if has)
        if each.unknown:
            yield "unknown facts"
        if each.deadline_ns >= 0:
            yield "deadline"
        if each.holds:
            yield "holds"
        if each.links is not None:
            yield "access of its own"
    yield f"transport: {plan.links[0][1].transport}"
    yield from (f"connections: full: {'drop' if each.connections.drops else 'refuse'}" for each in plan.stations if each and each.connections)
    if any(each.connections.per_address >= 0 for each in plan.stations if each and each.connections):
        yield "connections: per address"
    if any(attack.sockets >= 0 for attack in plan.attacks):
        yield "attack: slow connections"
    for fault in plan.scenario.faults:
        yield f"fault: {fault.kind} of {'a server' if fault.target.other is None else 'a link'}"
        if fault.target.other is None and fault.kind == "outage":
            yield f"fault: closed: {fault.closed}"
        if fault.servers is not None:
            yield "fault: fewer servers"
    for attack in plan.attacks:
        yield f"attack: {attack.arrivals.kind}"
        yield f"attack: signature {KIND_NAMES[attack.signature]}"
        if attack.keys > 1:
            yield "attack: keys"
        if attack.bots:
            yield f"attack: bots that {'dodge' if attack.dodges else 'obey'}"
        if attack.spoofed:
            yield "attack: spoofed"
        if set(attack.unknown) - {plan.steps[attack.step].credential}:
            yield "attack: claims an unknown fact"
        yield f"attack: {'solves' if attack.solves else 'does not solve'}{', pooled' if attack.pooled else ''}"
    yield from happened(plan, records)


def happened(plan: Plan, records: list[tuple[Any, ...]]) -> Iterator[str]:
    """What happened in a run."""
    messages = [record for record in records if record[0] == "message"]
    outcomes = {record[14] for record in messages}
    yield from (f"message: by {by}" for by in {record[15] for record in messages} & {"outage", "connections", "header_timeout"})
    if "lost" in outcomes:
        yield "loss"
    if any(record[5] > 1 for record in messages):
        yield "retries"
    if any("!" in record[3] for record in messages):
        yield "refusals"
    sent = [record[10] for record in messages]
    if any(a == b for a, b in itertools.pairwise(sent)):
        yield "ties"
    expiring = [*(side.expires_ns for each in plan.classes for side in each.side if side), *(s.expires_ns for s in plan.stations if s)]
    if any(ns >= 0 for row in expiring for ns in row):
        yield "expiry"
    names = [step.id for step in plan.steps if step.kind is StepKind.ACTION and step.checks_credential]
    if any(record[0] == "action" and record[3] in names and record[14] == "refused" for record in records):
        yield "credential looked up in vain"
    yield from (f"session: {record[14]}" for record in records if record[0] == "session")
    yield from (f"message: {outcome}" for outcome in outcomes)


def check_agreement(model_file: Any, world: tuple[str, dict[str, Any]], covered: Counter[str]) -> None:
    """``world``: a diagram and a scenario for it; without a diagram, a scenario of a shipped model, whose messages are real."""
    diagram, scenario = world
    note(f"{diagram}\n{scenario}")
    if diagram:
        scenario = {"scenario": "Made up", "model": model_file(diagram), **scenario}
    plan = sim.load(scenario).plan()
    if not_constructed(plan) is not None:
        covered[SIMPY_ONLY] += 1
        return
    assert difference(plan, plain=False, again=f"scenario: {scenario}") is None
    records = list(compiled.run(plan).recorder.records())
    assert followed(plan) == records
    covered.update(set(features(plan, records)))


def table(covered: Counter[str], of: int) -> str:
    """What was covered, in how many of so many scenarios."""
    return "\n".join([f"{of:,} made-up scenarios, the same in both engines:",
                      *(f"  {name:<28} {count:>6,} {count / of:>6.0%}" for name, count in sorted(covered.items()))])


def run_made_up(model_file: Any, examples: int, phases: tuple[Phase, ...]) -> Counter[str]:
    """Six in ten with diagrams of their own, four with a shipped model that is attacked and protected; one more with another."""
    covered: Counter[str] = Counter()

    def play(worlds: st.SearchStrategy[Any], share: float) -> None:
        @settings(MADE_UP, max_examples=round(share * examples), phases=phases)
        @given(world=worlds)
        def agree(world: tuple[str, dict[str, Any]]) -> None:
            check_agreement(model_file, world, covered)

        agree()

    play(worlds(), 0.6)
    play(protected("1 s").map(lambda scenario: ("", scenario)), 0.4)
    play(registered("1 s").map(lambda scenario: ("", scenario)), 0.1)
    print(f"\n{table(covered, round(1.1 * examples))}")
    return covered


def test_made_up_scenarios_are_the_same_in_both(model_file: Any) -> None:
    covered = run_made_up(model_file, 60, (Phase.generate,))
    assert {"retries", "refusals", "loss", "attack: constant", "diagram: loop"} <= set(covered)


@pytest.mark.long
def test_a_thousand_made_up_scenarios_are_the_same_in_both(model_file: Any) -> None:
    examples = 1700  # so that there are enough of the rarest
    covered = run_made_up(model_file, examples, (Phase.generate,))
    assert examples - covered[SIMPY_ONLY] >= 1000
    assert {name: covered[name] for name in RARE if covered[name] < examples // 5} == {}
    assert {name: count for name, count in covered.items() if count < 50 and name != SIMPY_ONLY} == {}
