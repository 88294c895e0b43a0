"""Retry budgets: what stops a client from multiplying a load, and that a crowd without one does."""

import pytest
from diagrams import CALL, NESTED

import sim
from sim.language.faults import Faults


def lost(play, budget, sessions=20, population=1, **client):
    """Nothing ever arrives: every attempt fails."""
    return play(CALL, {"duration": "1 h", "network": {"c -> s": {"loss": "100 %"}}, "actors": {
        "c": {"population": population, "picks": "round_robin", "arrivals": {"constant": "1 /s", "maximum": sessions},
              "timeout": "10 ms", "retry": {"attempts": 5, "budget": budget}, **client}, "s": {"servers": 1}}})


def attempts(played):
    return [sum(r["message"] == "ask" and r["session"] == number for r in played.records) for number in range(1, len(played.fates()) + 1)]


def test_the_burst_goes_first_then_the_ratio(play):
    """Ten tokens are two and a half calls of four retries; then every second call (50 %) has one."""
    played = lost(play, {"ratio": "50 %", "burst": 10}, sessions=8)
    assert attempts(played) == [5, 5, 4, 1, 2, 1, 2, 1]
    assert played.fates()[:3] == [("timed_out", "timeout"), ("timed_out", "timeout"), ("gave_up", "retry_budget")]


def test_a_minimum_comes_with_time(play):
    played = lost(play, {"ratio": "0 %", "burst": 1, "minimum": "0.5 /s"}, sessions=6)
    assert attempts(played) == [2, 1, 2, 1, 2, 1]


def test_each_client_has_its_own_unless_the_class_shares_one(play):
    assert attempts(lost(play, {"ratio": "0 %", "burst": 3}, sessions=4, population=2)) == [4, 4, 1, 1]
    assert attempts(lost(play, {"ratio": "0 %", "burst": 3, "shared": True}, sessions=4, population=2)) == [4, 1, 1, 1]


def test_without_a_budget_nothing_changes(play):
    played = play(CALL, {"network": {"c -> s": {"loss": "100 %"}}, "actors": {
        "c": {"arrivals": {"times": ["0 s"]}, "timeout": "10 ms", "retry": {"attempts": 5}}, "s": {"servers": 1}}})
    assert attempts(played) == [5]


def test_a_server_whose_budget_is_gone_refuses(play):
    played = play(NESTED, {"duration": "10 s", "network": {"s -> t": {"loss": "100 %"}}, "actors": {
        "c": {"population": 3, "arrivals": {"constant": "1 /s", "maximum": 3}},
        "s": {"timeout": "10 ms", "retry": {"attempts": 3, "budget": {"burst": 3, "ratio": "0 %"}}}, "t": {"servers": 1}}})
    asked = [sum(r["message"] == "ask_on" and r["session"] == number for r in played.records) for number in (1, 2, 3)]
    assert asked == [3, 2, 1]
    assert [r["message"] for r in played.records if "!" in r["message"]] == ["ask!504"] * 3


def crowd(budget):
    """A flash crowd: for two seconds four times what the server can do, with naive retries of those who wait too long."""
    steps = [{"from": "0 s", "rate": "50 /s"}, {"from": "5 s", "rate": "400 /s"}, {"from": "7 s", "rate": "50 /s"}]
    client = {"population": 2000, "arrivals": {"steps": steps}, "timeout": "300 ms", "deadline": "5 s",
              "retry": {"attempts": 8, "backoff": {"constant": "100 ms"}, **({"budget": budget} if budget else {})}}
    return sim.run({"scenario": "A flash crowd", "model": "queueing/mm1", "duration": "40 s", "warm_up": "5 s", "trace": "none", "network": {
        "default": {"latency": "1 ms", "transport": "datagram"}}, "actors": {"customer": client, "server": {"work": {"job": "10 ms"}}}})


def test_a_flash_crowd_with_a_budget_multiplies_itself_less():
    """The control for every protection: nobody is hostile, and the server works on what nobody waits for any more."""
    without, with_ = crowd(None), crowd({"ratio": "10 %", "burst": 20, "shared": True})
    assert without.metrics["honest"]["attempts_per_call"] > 2
    assert with_.metrics["honest"]["attempts_per_call"] < 1.3
    assert with_.metrics["honest"]["success_ratio"] > without.metrics["honest"]["success_ratio"]
    assert with_.metrics["sessions"]["gave_up"] > 0


@pytest.mark.parametrize(("budget", "fault"), [({"ratio": 0.1}, "a share in per cent"), ({"burst": 0}, "at least 1"),
                                               ({"rate": "1 /s"}, "expected ratio, minimum, burst or shared")])
def test_faults(budget, fault):
    with pytest.raises(Faults, match=fault):
        sim.load("step1").set({"actors.consumer.retry.budget": budget})
