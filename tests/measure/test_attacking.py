"""Attacks in the accounts: what they sent and what came of it, and honest clients before, during and after each."""

import copy
from collections.abc import Callable
from random import Random
from types import FunctionType
from typing import Any

import pytest

from sim.engines.intrinsics import know_bit_length
from sim.measure import accumulators, attacking, histogram, refusing
from sim.measure.from_trace import recompute, verify
from sim.measure.layout import AttackLayout, ClassLayout, MeterLayout, allocate
from sim.measure.meter import COMPLETED, ENDED, REFUSED, TIMED_OUT, Meter
from sim.measure.metrics import Metrics, metrics
from sim.world.attackers import KEY, NOTHING, TOKEN

S = 10**9
END = 100 * S
ATTACKS = (AttackLayout("flood", 20 * S, 60 * S, 500, 20), AttackLayout("again", 50 * S, END, 3, 1, replays=True), AttackLayout("all", 0, END))
HEADER = {"diagram": {"participants": []}, "attacks": [
    {"name": "flood", "sends": "a", "signature": "valid", "from_ns": 20 * S, "until_ns": 60 * S},
    {"name": "again", "sends": "a", "signature": "replayed", "from_ns": 50 * S, "until_ns": END},
    {"name": "all", "sends": "a", "signature": "valid", "from_ns": 0, "until_ns": END}]}
FATES = {COMPLETED: "completed", REFUSED: "refused", TIMED_OUT: "timed_out", ENDED: "ended"}


def layout(**changes: Any) -> MeterLayout:
    given = {"duration_ns": END, "warm_up_ns": 10 * S, "classes": (ClassLayout("near", 5 * S), ClassLayout("far")), "stations": (),
             "bin_ns": 7 * S, "attacks": ATTACKS}
    return MeterLayout(**{**given, **changes})


def world(seed: int, **changes: Any) -> tuple[Meter, list[dict[str, Any]], list[tuple[int, int, int, int, bool, int, int]]]:
    """A meter that was told of random sessions, their records, and the honest ones that ended, for a second opinion."""
    random, meter = Random(seed), Meter(layout(**changes))
    events: list[tuple[int, int, Callable[[int], None]]] = []
    records: list[dict[str, Any]] = []
    ended: list[tuple[int, int, int, int, bool, int, int]] = []
    going: list[tuple[int, int, bool]] = []
    in_flight = [0] * len(ATTACKS)
    for number in range(1, 400):
        start, end = random.randrange(END), random.choice((1, 4, 9)) * random.randrange(S)
        outcome = random.choice((COMPLETED, COMPLETED, REFUSED, TIMED_OUT, ENDED))
        attack, cls = random.randrange(6), random.randrange(2)
        over = start + end < END
        name = ATTACKS[attack].name if attack < 3 else ("near", "far")[cls]
        if attack < 3:
            start = min(max(start, ATTACKS[attack].from_ns), ATTACKS[attack].until_ns - 1)
            over = start + end < END
            brought = random.choice((NOTHING, KEY, TOKEN)) if outcome == COMPLETED else NOTHING
            events.append((start, number, lambda now, a=attack: meter.attack_sent(a, now)))
            events.append((start + end, number, lambda now, a=attack, o=outcome, b=brought: meter.attack_ended(a, o, b)))
            in_flight[attack] += not over
        else:
            needed, calls, attempts = random.random() < 0.8, random.randrange(3), random.randrange(5)
            events.append((start, number, lambda now, c=cls: meter.session_started(c, now)))
            events.append((start + end, number, lambda now, c=cls, s=start, o=outcome, n=needed, k=calls, t=attempts:
                           meter.session_ended(c, s, now, o, n, k, t)))
            if random.random() < 0.1:
                events.append((start, number, lambda now, c=cls: meter.false_refusal(c, now)))
            (ended.append((cls, start, start + end, outcome, needed, calls, attempts)) if over else going.append((cls, start, needed)))
        records.append({"kind": "session", "class": name, "session": number, "sent_ns": start, "finished_ns": start + end if over else None,
                        "outcome": FATES[outcome] if over else "in_flight"})
    for at_ns, _, happen in sorted(events, key=lambda event: event[:2]):
        if at_ns < END:
            happen(at_ns)
    meter.finish([], going, 0, None, in_flight)
    return meter, records, ended


def checks(result: dict[str, Any], records: list[dict[str, Any]]) -> dict[str, bool]:
    return verify(Metrics(result), HEADER, records, duration_ns=END, warm_up_ns=10 * S)


@pytest.mark.parametrize("seed", range(6))
def test_the_trace_and_the_meter_agree(seed: int) -> None:
    meter, records, _ = world(seed)
    result = metrics(meter)
    assert set(checks(result, records).values()) == {True}
    assert set(result["checks"].values()) == {True}
    again = recompute(HEADER, records, duration_ns=END, warm_up_ns=10 * S, stations=())
    assert result["sessions"] == again["sessions"]
    assert sum(each["sent"] for each in result["attacks"].values()) + result["sessions"]["started"] == len(records)


@pytest.mark.parametrize("seed", range(3))
def test_phases_by_counting(seed: int) -> None:
    """Each phase from the list of the sessions that started in it."""
    meter, _, ended = world(seed)
    phases = metrics(meter)["phases"]
    assert list(phases) == ["flood", "again", "all"]
    for attack in ATTACKS:
        edges = {"before": (0, attack.from_ns), "during": (attack.from_ns, attack.until_ns), "after": (attack.until_ns, END)}
        assert list(phases[attack.name]) == list(edges)
        for phase, (begin, end) in edges.items():
            mine = [each for each in ended if max(begin, 10 * S) <= each[1] < end]
            good = [o == COMPLETED and (c == 1 or last - first <= 5 * S) for c, first, last, o, _, _, _ in mine]
            found, length = phases[attack.name][phase], max(0, end - max(begin, 10 * S)) / S
            assert found["goodput_per_s"] == (sum(good) / length if length else None)
            calls, attempts = (sum(each[at] for each in mine) for at in (5, 6))
            assert found["attempts_per_call"] == (attempts / calls if calls else None)
            times = [last - first for _, first, last, o, _, _, _ in mine if o == COMPLETED]
            assert found["response_time_s"]["max"] == (max(times) / S if times else None)
            assert found["response_time_s"]["mean"] == (sum(times) / (len(times) * S) if times else None)
            due = [g for g, (c, first, _, _, needed, _, _) in zip(good, mine, strict=True) if needed and (c == 1 or first + 5 * S < END)]
            assert found["success_of"] - len(due) in range(3)  # and those of the first class that were still going when theirs was due
            assert found["success_ratio"] == (sum(due) / found["success_of"] if found["success_of"] else None)
    assert phases["all"]["during"]["false_refusals"] == metrics(meter)["honest"]["false_refusals"] > 0
    assert phases["all"]["before"] == phases["all"]["after"]


def test_what_attacks_did() -> None:
    meter = Meter(layout())
    for attack, at_ns, outcome, brought in [(0, 20, COMPLETED, KEY), (0, 21, COMPLETED, NOTHING), (0, 22, REFUSED, NOTHING), (0, 23, ENDED, NOTHING),
                                            (0, 24, TIMED_OUT, NOTHING), (1, 50, COMPLETED, TOKEN), (1, 51, REFUSED, NOTHING)]:
        meter.attack_sent(attack, at_ns * S)
        meter.attack_ended(attack, outcome, brought)
    meter.attack_sent(0, 59 * S)
    meter.attack_solved(0, 3000)
    meter.attack_occupied(0, 21 * S, 25 * S)
    meter.finish([], [], 0, None, [1, 0, 0])
    result = metrics(meter)
    assert result["attacks"]["flood"] == {
        "from_s": 20.0, "until_s": 60.0, "sent": 6, "served": 2, "refused": 2, "timed_out": 1, "in_flight": 1, "keys_obtained": 1,
        "tokens_obtained": 0, "replays_accepted": 0, "resources": {"addresses": 500, "prefixes": 20, "requests": 6, "hashes": 3000},
        "server_s": 4.0, "recovered": None, "recovery_s": None, "lost_sessions": 0,
        "per_lost_session": {"messages": None, "addresses": None, "hashes": None, "server_s": None}}
    assert result["attacks"]["again"]["replays_accepted"] == result["attacks"]["again"]["tokens_obtained"] == 1
    assert result["attack"] == {
        "sent": 8, "served": 3, "refused": 3, "timed_out": 1, "in_flight": 1, "keys_obtained": 1, "tokens_obtained": 1, "replays_accepted": 1,
        "resources": {"addresses": 504, "prefixes": 22, "requests": 8, "hashes": 3000}, "server_s": 4.0, "lost_sessions": 0,
        "per_lost_session": {"messages": None, "addresses": None, "hashes": None, "server_s": None}}
    sent = result["series"]["attacks"]["flood"]["sent_per_s"]
    assert [round(rate * 7) for rate in sent[:9]] == [0, 0, 1, 4, 0, 0, 0, 0, 1]
    assert result["checks"]["sessions"]


def test_attacks_that_do_not_add_up_turn_the_check_false() -> None:
    meter = Meter(layout())
    meter.attack_sent(0, 20 * S)
    meter.finish([], [], 0, None, [0, 0, 0])
    assert not metrics(meter)["checks"]["sessions"]


def test_without_attacks_there_are_no_phases() -> None:
    meter = Meter(layout(attacks=()))
    meter.session_started(0, 15 * S)
    meter.session_ended(0, 15 * S, 16 * S, COMPLETED, True, 1, 1)
    meter.finish([])
    result = metrics(meter)
    assert result["phases"] == result["attacks"] == result["series"]["attacks"] == {}
    assert result["attack"]["resources"] == {}
    assert set(result["checks_detail"]) == {"little", "response_time"}


CORRUPTIONS: list[tuple[str, str, Callable[[list[dict[str, Any]]], None]]] = [
    ("attacks", "an attack's session deleted", lambda t: t.remove(next(r for r in t if r["class"] == "flood"))),
    ("attacks", "its fate changed", lambda t: next(r for r in t if r["class"] == "again" and r["outcome"] == "completed").update(outcome="refused")),
    ("attacks", "one taken for honest", lambda t: next(r for r in t if r["class"] == "flood").update({"class": "near"})),
    ("phases", "a session in another phase", lambda t: next(
        r for r in t if r["class"] == "near" and r["outcome"] == "completed" and 12 * S < r["sent_ns"] < 19 * S).update(sent_ns=20 * S)),
]


@pytest.mark.parametrize(("check", "corrupt"), [(c, f) for c, _, f in CORRUPTIONS], ids=[name for _, name, _ in CORRUPTIONS])
def test_one_corrupted_record_turns_its_check_false(check: str, corrupt: Callable[[list[dict[str, Any]]], None]) -> None:
    meter, records, _ = world(1)
    changed = copy.deepcopy(records)
    corrupt(changed)
    assert not checks(metrics(meter), changed)[check]


@pytest.mark.parametrize("wrong", [(5, 5), (-1, 5), (5, END + 1)])
def test_an_attack_is_a_part_of_the_run(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="expected a part of the run"):
        layout(attacks=(AttackLayout("x", *wrong),))
    with pytest.raises(ValueError, match="a name stands twice among x, x"):
        layout(attacks=(AttackLayout("x", 0, 1), AttackLayout("x", 0, 1)))


def test_the_laws_give_the_same_block_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    np, numba = pytest.importorskip("numpy"), pytest.importorskip("numba")
    from sim.measure import meter as meter_module

    calls: list[tuple[str, tuple[int, ...]]] = []
    laws = {law.__name__: law for law in (*histogram.LAWS, *accumulators.LAWS, *attacking.LAWS, *refusing.LAWS)}
    names: dict[str, Any] = {**vars(histogram), **vars(accumulators), **vars(attacking), **vars(refusing)}
    for module in (attacking, refusing):
        own = [f for f in vars(module).values() if isinstance(f, FunctionType) and f.__module__ == module.__name__]
        assert set(own) == set(module.LAWS)

    def recording(name: str) -> Callable[..., Any]:
        def record(block: list[int], *arguments: int) -> Any:
            calls.append((name, arguments))
            return laws[name](block, *arguments)

        return record

    for name in laws:
        if hasattr(meter_module, name):
            monkeypatch.setattr(meter_module, name, recording(name))
    world(4)
    know_bit_length()
    for name, law in laws.items():
        names[name] = numba.njit(FunctionType(law.__code__, names, name))
    plain, _ = allocate(layout())
    fast = np.array(plain, dtype=np.int64)
    for name, arguments in calls:
        assert laws[name](plain, *arguments) == names[name](fast, *arguments)
    assert {"send_attack", "end_attack", "end_session", "refuse_falsely"} <= {name for name, _ in calls}
    assert plain == fast.tolist()
