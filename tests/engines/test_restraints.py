"""Throttles and breakers: what a client does not send, to whom, and what becomes of its call."""

from itertools import pairwise

import pytest
from diagrams import CALL, NESTED

import sim
from sim.language.faults import Faults
from sim.scenario.scenario import Breaker, Restraints, Throttle
from sim.scenario.spell import spelled_out

LOST = {"network": {"c -> s": {"loss": "100 %"}}}
def calls(play, client, sessions=30, population=1, **scenario):
    """So many sessions, a tenth of a second apart, each of one call."""
    return play(CALL, {"duration": "1 min", **scenario, "actors": {
        "c": {"population": population, "picks": "round_robin", "arrivals": {"constant": "10 /s", "maximum": sessions},
              "timeout": "10 ms", **client}, "s": {"servers": 1, **scenario.get("actors", {}).get("s", {})}}})


def sent(played):
    """Requests sent by each session."""
    return [sum(r["message"] == "ask" and r["session"] == number for r in played.records) for number in range(1, len(played.fates()) + 1)]


# --- the breaker ------------------------------------------------------------------------------------------------------


def test_a_breaker_opens_at_its_calls_and_lets_one_probe_through(play):
    """Four failures: open from 410 ms to 910 ms. The call at 1 s probes, fails at 1.01 s; the next probe is at 1.6 s."""
    played = calls(play, {"breaker": {"calls": 4, "open_for": "500 ms"}}, sessions=20, **LOST)
    assert sent(played) == [1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert played.fates()[3:5] == [("timed_out", "timeout"), ("gave_up", "breaker")]


def test_a_probe_that_succeeds_closes_it_and_it_counts_anew(play):
    """It opens at 400 ms; the probe at 900 ms is refused, that at 1.4 s is not."""
    played = calls(play, {"breaker": {"calls": 4, "open_for": "500 ms"}}, sessions=16,
                   mitigations={"s": [{"token_bucket": {"rate": "1 /s", "burst": 1, "per": "all"}}]})
    fates = [by or "completed" for _, by in played.fates()]
    assert fates[:4] == ["completed", "token_bucket", "token_bucket", "token_bucket"]
    assert fates[4:9] == ["breaker"] * 4 + ["token_bucket"]
    assert fates[9:14] == ["breaker"] * 4 + ["completed"]
    assert fates[14:] == ["token_bucket"] * 2, "it is closed again: what comes next is sent"


def test_half_of_the_calls_must_fail(play):
    """Every second call is answered: 50 % opens it, 51 % does not."""
    def refused(share):
        played = calls(play, {"breaker": {"calls": 10, "failures": share, "open_for": "1 min"}}, sessions=20,
                       mitigations={"s": [{"token_bucket": {"rate": "5 /s", "burst": 1, "per": "all"}}]})
        return sum(sent(played))
    assert refused("50 %") == 10
    assert refused("51 %") == 20


def test_what_counts_as_failure_is_what_would_be_tried_again(play):
    limited = {"mitigations": {"s": [{"token_bucket": {"rate": "0.001 /s", "burst": 1, "per": "all"}}]}}
    told = {"breaker": {"calls": 5, "open_for": "1 min"}}
    assert sum(sent(calls(play, told, sessions=12, **limited))) == 5
    assert sum(sent(calls(play, {**told, "retry": {"on": ["timeout", 503]}}, sessions=12, **limited))) == 12


def test_the_last_calls_count_where_there_is_no_window(play):
    """Ten seconds and more between failures: a window of ten seconds never has three of them."""
    def tried(window):
        played = play(CALL, {"duration": "3 min", **LOST, "actors": {"c": {
            "population": 1, "picks": "round_robin", "arrivals": {"constant": "0.08 /s", "maximum": 6}, "timeout": "10 ms",
            "breaker": {"calls": 3, "window": window, "open_for": "1 h"}}, "s": {"servers": 1}}})
        return sent(played)
    assert tried("10 s") == [1] * 6
    assert tried("none") == [1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("what", [{"breaker": {"calls": 4, "open_for": "1 min"}}, {"throttle": {"k": 1}}])
def test_each_client_has_its_own_unless_the_class_shares_one(play, what):
    key, given = next(iter(what.items()))
    own = calls(play, what, sessions=16, population=4, **LOST)
    shared = calls(play, {key: {**given, "shared": True}}, sessions=16, population=4, **LOST)
    assert sum(sent(own)) > sum(sent(shared))


def test_each_server_has_a_breaker_of_its_own(play):
    two = """
diagram: Two servers
participants: {c: Client, s: Server, t: Third}
sequence:
  - c -> s: ask
  - s --> c: told
  - c -> t: ask too
  - t --> c: told too
"""
    played = play(two, {"duration": "10 s", "network": {"c -> t": {"loss": "100 %"}}, "actors": {
        "c": {"population": 1, "picks": "round_robin", "arrivals": {"constant": "10 /s", "maximum": 8}, "timeout": "10 ms",
              "breaker": {"calls": 2, "open_for": "1 min"}}}})
    assert len(played.of("ask", "session")) == 8
    assert len(played.of("ask_too", "session")) == 2


def test_a_server_with_an_open_breaker_refuses(play):
    played = play(NESTED, {"duration": "10 s", "network": {"s -> t": {"loss": "100 %"}}, "actors": {
        "c": {"population": 6, "arrivals": {"constant": "10 /s", "maximum": 6}},
        "s": {"timeout": "10 ms", "breaker": {"calls": 3, "open_for": "1 min"}}, "t": {"servers": 1}}})
    assert [r["message"] for r in played.records if "!" in r["message"]] == ["ask!504"] * 3 + ["ask!503"] * 3
    assert played.fates()[-1] == ("refused", "breaker")
    assert played.metrics["stations"]["s"]["refused"] == {"breaker": 3, "timeout": 3}


# --- the throttle -----------------------------------------------------------------------------------------------------


def test_a_throttle_sends_less_and_less_of_what_is_not_answered(play):
    """Of n requests without an accept, 1 + 1/2 + ... + 1/n get through on average: of 200, 5.9."""
    played = calls(play, {"throttle": {}, "retry": {"attempts": 1}}, sessions=200, **LOST)
    assert 3 <= sum(sent(played)) <= 10
    assert {by for _, by in played.fates()} == {"timeout", "throttle"}
    assert ("gave_up", "throttle") in played.fates()


def test_it_sends_everything_while_half_is_accepted(play):
    """k = 2: as many refusals as accepts are no reason to reject."""
    played = calls(play, {"throttle": {"k": 2.5}}, sessions=50,
                   mitigations={"s": [{"token_bucket": {"rate": "5 /s", "burst": 1, "per": "all"}}]})
    assert sum(sent(played)) == 50


def test_what_is_rejected_is_tried_again_like_a_503(play):
    """With retries the attempts that were not sent leave gaps among those that were."""
    played = calls(play, {"throttle": {"k": 1}, "retry": {"attempts": 4, "backoff": {"constant": "20 ms"}}}, sessions=40, **LOST)
    attempts = [[r["attempt"] for r in played.records if r["message"] == "ask" and r["session"] == number] for number in range(1, 41)]
    assert any(later > earlier + 1 for each in attempts for earlier, later in pairwise([0, *each]))
    assert ("gave_up", "throttle") in played.fates()
    without = calls(play, {"throttle": {"k": 1}, "retry": {"attempts": 4, "on": ["timeout"]}}, sessions=40, **LOST)
    assert all(len(each) == 0 or each == list(range(1, len(each) + 1)) for each in
               [[r["attempt"] for r in without.records if r["message"] == "ask" and r["session"] == number] for number in range(1, 41)])


def test_a_budget_pays_for_tries_after_rejections_too(play):
    played = calls(play, {"throttle": {"k": 1}, "retry": {"attempts": 4, "budget": {"ratio": "0 %", "burst": 2}}}, sessions=40, **LOST)
    assert ("gave_up", "retry_budget") in played.fates()


def test_its_window_forgets(play):
    """Ten failures, then a pause longer than the window: the next call is sent for certain."""
    times = [f"{k * 50} ms" for k in range(10)] + ["30 s"]
    played = play(CALL, {"duration": "1 min", **LOST, "actors": {"c": {
        "population": 1, "picks": "round_robin", "arrivals": {"times": times}, "timeout": "10 ms", "throttle": {"k": 1, "window": "20 s"}}}})
    assert sent(played)[-1] == 1
    assert sum(sent(played)[:10]) < 10


@pytest.mark.parametrize("holds", [True, False])
def test_a_server_that_holds_waits_with_what_it_rejects(play, holds):
    """What is tried again after a rejection keeps its server, as what is tried again after a timeout does."""
    played = play(NESTED, {"duration": "20 s", "network": {"s -> t": {"loss": "100 %"}}, "actors": {
        "c": {"population": 60, "arrivals": {"constant": "10 /s", "maximum": 60}},
        "s": {"timeout": "10 ms", "throttle": {"k": 1}, "holds_server": holds, "servers": 1,
              "retry": {"attempts": 3, "backoff": {"constant": "30 ms"}}}, "t": {"servers": 1}}})
    assert {"throttle", "timeout"} <= set(played.metrics["stations"]["s"]["refused"])
    busy = played.metrics["stations"]["s"]["utilisation"]
    assert busy > 0.1 if holds else busy == 0


def test_both_together_and_nothing_of_others_moves(play):
    """Arrivals, latencies and work of what is sent are the same number for number."""
    link = {"network": {"default": {"latency": {"exponential": "3 ms"}, "loss": "30 %", "transport": "datagram"}}}
    plain = calls(play, {}, sessions=60, **link)
    both = calls(play, {"throttle": {"k": 1.5}, "breaker": {"calls": 6, "failures": "30 %", "open_for": "1 s"}}, sessions=60, **link)
    asked = {r["session"]: (r["sent_ns"], r["received_ns"]) for r in plain.records if r["message"] == "ask"}
    still = {r["session"]: (r["sent_ns"], r["received_ns"]) for r in both.records if r["message"] == "ask"}
    assert 0 < len(still) < len(asked)
    assert all(asked[session] == times for session, times in still.items())
    assert {by for _, by in both.fates()} >= {"throttle", "breaker"}


# --- in a scenario ----------------------------------------------------------------------------------------------------


def test_a_class_may_do_without():
    scenario = sim.load({"scenario": "A test", "model": "queueing/mm1", "duration": "1 s", "actors": {"customer": {
        "arrivals": "1 /s", "population": 2, "throttle": {"k": 1.5}, "breaker": {}, "classes": {"a": {"throttle": "none"}, "b": {"breaker": "none"}}}}})
    a, b = scenario.scenario.actors["customer"].classes
    assert a.restraints.throttle is None
    assert a.restraints.breaker == Breaker()
    assert b.restraints == Restraints(Throttle(1.5), None)


@pytest.mark.parametrize(("given", "fault"), [
    ({"throttle": {"k": 0.5}}, "greater than or equal to 1|at least 1"), ({"throttle": "off"}, "none, or e.g. {k: 2"),
    ({"throttle": {"windw": "1 s"}}, "did you mean"), ({"breaker": {"calls": 0}}, "at least 1"),
    ({"breaker": {"failures": "0 %"}}, "a share above 0 %"), ({"breaker": {"open_for": 5}}, "a time"),
    ({"breaker": {"window": "soon"}}, "window")])
def test_faults(given, fault):
    with pytest.raises(Faults, match=fault):
        sim.load("step1").set({f"actors.consumer.{key}": value for key, value in given.items()})


def test_in_what_nobody_is_told_of_a_server_refuses(play):
    """A one-way message of an attack, on which its receiver calls somebody whom it does not ask any more."""
    told = """
diagram: A message that sets off a call
participants: {c: Client, s: Server, t: Third}
sequence:
  - c ->> s: tell
  - s -> t: ask
  - t --> s: told
"""
    played = play(told, {"duration": "2 s", "network": {"s -> t": {"loss": "100 %"}}, "attacks": [
        {"name": "x", "sends": "tell", "rate": {"constant": "10 /s"}, "sources": {"addresses": 2}}], "actors": {
        "c": {"population": 6, "arrivals": {"constant": "10 /s", "maximum": 6}},
        "s": {"timeout": "10 ms", "breaker": {"calls": 3, "open_for": "1 min"}}, "t": {"servers": 1}}})
    assert played.fates()[-1] == ("refused", "breaker")
    assert ("timed_out", "timeout") in played.fates()


def test_they_are_spelled_out_and_read_again(tmp_path):
    scenario = sim.load("scenarios/access.yaml").set({
        "actors.consumer.throttle": {"k": 1.5}, "actors.consumer.breaker": {"window": "none", "calls": 100, "open_for": "60 s"},
        "actors.service_provider.breaker": {}}).scenario
    file = tmp_path / "again.yaml"
    file.write_text(spelled_out(scenario), encoding="utf-8")
    assert "breaker: {window: 10 s, calls: 20, failures: 50 %, open_for: 5 s, shared: false}" in file.read_text()
    assert sim.load(file).scenario.actors == scenario.actors


def test_what_remembers_many_calls_has_room(play):
    """Four classes, whose clients remember about a thousand calls each, of everybody that they may ask."""
    classes = {name: {"breaker": {"window": "none", "calls": 1000 - k}} for k, name in enumerate("abcd")}
    played = calls(play, {"classes": classes, "picks": "new"}, sessions=40, population=40)
    assert played.metrics["sessions"]["completed"] == 40
