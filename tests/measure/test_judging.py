"""The metrics that judge a protection: who was refused falsely, recovery, fairness, what an attack cost both sides."""

from typing import Any

import pytest

from sim.measure.attacks import FEWEST
from sim.measure.honest import jain_index
from sim.measure.layout import AttackLayout, ClassLayout, MeterLayout, StationLayout
from sim.measure.meter import COMPLETED, TIMED_OUT, Meter
from sim.measure.metrics import metrics

S = 10**9
END = 100 * S
CLASSES = (ClassLayout("laptop", 5 * S), ClassLayout("phone", 5 * S, shares_address=True, is_slow=True))


def meter(*attacks: AttackLayout, warm_up_ns: int = 0) -> Meter:
    return Meter(MeterLayout(END, warm_up_ns, CLASSES, (StationLayout("manager", 2),), 2 * S, attacks))


def sessions(into: Meter, bad: set[int], each_s: int = 20, cls: int = 0) -> None:
    """So many sessions each second until 94 s, a millisecond long, completed unless they started in a ``bad`` second."""
    for second in range(95):
        for k in range(each_s):
            start_ns = second * S + k * S // each_s
            into.session_started(cls, start_ns)
            into.session_ended(cls, start_ns, start_ns + 10**6, TIMED_OUT if second in bad else COMPLETED, True, 1, 1)


def recovery(bad: set[int], each_s: int = 20, attack: AttackLayout | None = None) -> tuple[Any, Any]:
    own = meter(attack or AttackLayout("flood", 20 * S, 40 * S))
    sessions(own, bad, each_s)
    own.finish([])
    found = metrics(own)["attacks"]["flood"]
    return found["recovered"], found["recovery_s"]


def test_recovery() -> None:
    assert recovery(set()) == (True, 0.0)
    assert recovery(set(range(20, 40))) == (True, 0.0)
    assert recovery(set(range(20, 46))) == (True, 6.0)
    assert recovery(set(range(20, 46)) | {60}) == (True, 22.0), "from then on, until the end: the bin from 60 to 62 s is half bad"
    assert recovery(set(range(20, 100))) == (False, None)
    assert recovery({94}) == (False, None), "the last bin with sessions"


def test_recovery_is_against_the_ratio_before() -> None:
    half = set(range(1, 95, 2))
    assert recovery(half) == (True, 0.0)
    assert recovery(half | {50, 51}) == (True, 12.0)


def test_recovery_needs_something_to_compare() -> None:
    assert recovery(set(), attack=AttackLayout("flood", 0, 40 * S)) == (None, None)
    assert recovery(set(), attack=AttackLayout("flood", 20 * S, END)) == (None, None)


def test_few_sessions_are_put_together() -> None:
    """At one a second a single failure is one of 20: within the margin."""
    assert FEWEST == 20
    assert recovery({50}, each_s=1) == (True, 0.0)
    assert recovery({50, 51, 52}, each_s=1) == (True, 20.0)


def test_recovery_of_a_stopped_run_is_unknown() -> None:
    own = meter(AttackLayout("flood", 20 * S, 40 * S))
    sessions(own, set())
    own.finish([], end_ns=98 * S)
    assert metrics(own)["attacks"]["flood"]["recovered"] is None


def test_false_refusals_by_call_by_session_and_by_whom() -> None:
    own = meter(AttackLayout("flood", 20 * S, 40 * S))
    own.session_started(0, 10 * S, True)
    own.session_started(1, 10 * S)
    own.session_started(1, 30 * S)
    own.false_refusal(0, 10 * S, True, -1, 7)  # an attempt,
    own.false_refusal(0, 10 * S, True, 7, 7)  # the next one of the same call,
    own.false_refusal(0, 10 * S, True, 7, 9)  # and another call
    own.false_refusal(1, 30 * S, False, -1, 7)
    own.finish([])
    result = metrics(own)
    honest = result["honest"]
    assert honest["false_refusals"] == 4
    assert honest["false_refusals_by"] == {
        "calls": 3, "sessions": 2,
        "known": {"requests": 3, "calls": 2, "sessions": 1}, "first_time": {"requests": 1, "calls": 1, "sessions": 1},
        "slow_device": {"requests": 1, "calls": 1, "sessions": 1}, "shared_address": {"requests": 1, "calls": 1, "sessions": 1}}
    assert honest["sessions_of"] == {"known": 1, "first_time": 2, "slow_device": 2, "shared_address": 2}
    assert result["classes"]["phone"]["false_refusals_by"]["sessions"] == 1
    phases = result["phases"]["flood"]
    assert [phases[name]["false_refusals_by"]["calls"] for name in ("before", "during", "after")] == [2, 1, 0]


@pytest.mark.parametrize(("groups", "index"), [
    ([(10, 10), (10, 10)], 1.0), ([(10, 10), (10, 0)], 0.5), ([(10, 5), (10, 10)], 0.9), ([(10, 10)], None), ([(10, 10), (0, 0)], None),
    ([(10, 0), (10, 0)], None), ([(4, 4), (4, 0), (4, 0), (4, 0)], 0.25)])
def test_jain_index(groups: list[tuple[int, int]], index: float | None) -> None:
    """(1 + 1/2)^2 / 2 (1 + 1/4) = 0.9: from the formula by hand."""
    assert jain_index(groups) == index


def test_fairness_by_phase_and_class() -> None:
    own = meter(AttackLayout("flood", 20 * S, 40 * S))
    sessions(own, set(), 1)
    sessions(own, set(range(20, 40)), 1, cls=1)
    own.finish([])
    result = metrics(own)
    during = result["phases"]["flood"]["during"]
    assert during["classes"] == {"laptop": {"success_ratio": 1.0, "success_of": 20}, "phone": {"success_ratio": 0.0, "success_of": 20}}
    assert (during["jain_index"], result["phases"]["flood"]["before"]["jain_index"]) == (0.5, 1.0)
    ratios = [20 / 20, 0 / 20]
    assert during["jain_index"] == sum(ratios) * sum(ratios) / (2 * sum(ratio * ratio for ratio in ratios))
    assert result["series"]["honest"]["success_ratio"][10] == 0.5


def test_costs_of_a_lost_session() -> None:
    own = meter(AttackLayout("flood", 20 * S, 40 * S, addresses=50, prefixes=2))
    for k in range(100):
        own.attack_sent(0, 20 * S + k)
    own.attack_occupied(0, 20 * S, 21 * S)
    own.attack_solved(0, 500_000)
    sessions(own, set(range(20, 25)), 10)
    own.finish([], attacking=[100])
    result = metrics(own)
    for found in (result["attack"], result["attacks"]["flood"]):
        assert found["lost_sessions"] == 50
        assert found["per_lost_session"] == {"messages": 2.0, "addresses": 1.0, "hashes": 10_000.0, "server_s": 0.02}


def test_what_overlaps_is_lost_once() -> None:
    own = meter(AttackLayout("one", 20 * S, 40 * S), AttackLayout("two", 30 * S, 50 * S))
    sessions(own, {25, 35, 45}, 10)
    own.finish([])
    result = metrics(own)
    assert (result["attacks"]["one"]["lost_sessions"], result["attacks"]["two"]["lost_sessions"]) == (20, 20)
    assert result["attack"]["lost_sessions"] == 30


def test_offered_load_and_refusals_bin_by_bin() -> None:
    own = meter()
    queue = own.reason("queue")
    own.admitted(0, 0)
    own.left(0, 0, 0, 4 * S)
    own.admitted(0, 10 * S)
    own.left(0, 10 * S, 10 * S, 11 * S, own.reason("signature"))
    own.turned_away(0, 11 * S, queue)
    own.turned_away(0, 30 * S, queue)
    own.finish([])
    result = metrics(own)
    station = result["stations"]["manager"]
    assert station["offered_load"] == 4 * 4 / (2 * 100), "four requests, each as long as the one that was served, of 2 x 100 s"
    assert station["capacity_to_demand"] == 200 / 16
    columns = result["series"]["stations"]["manager"]
    assert [k for k, share in enumerate(columns["utilisation_refusing"]) if share] == [5]
    assert columns["utilisation_refusing"][5] == 1 / 4
    assert {name: {k: rate for k, rate in enumerate(rates) if rate} for name, rates in columns["refused_by_per_s"].items()} == {
        "queue": {5: 0.5, 15: 0.5}, "signature": {5: 0.5}}
