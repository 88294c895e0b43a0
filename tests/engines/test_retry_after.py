"""Retry-After: a client that honours it waits as long as the refusal says, in whole seconds, and then its back-off."""

import pytest
from diagrams import CALL

import sim
from sim.trace.records import HTTP

BUCKET = [{"token_bucket": {"rate": "0.4 /s", "burst": 1, "per": "all"}}]


def attempts(play, backoff="none", **retry):
    """When the second client sends: the bucket has been emptied by the first, and is full again after 2.5 s."""
    played = play(CALL, {
        "duration": "30 s", "network": {"default": {"latency": "1 ms", "transport": "datagram"}}, "mitigations": {"s": BUCKET},
        "actors": {"c": {"population": 2, "arrivals": {"times": ["0 s", "100 ms"]},
                         "retry": {"attempts": 5, "on": [429], "backoff": backoff, **retry}}}})
    return [r["sent_ns"] / 1e6 for r in played.records if r["message"] == "ask" and r["session"] == 2], played.fates()[1]


def test_it_waits_the_whole_seconds_that_it_is_told(play):
    """At 101 ms there are 2,400 ms to wait: the header says 3 s."""
    sent, fate = attempts(play, honours_retry_after=True)
    assert sent == [100.0, 3102.0]
    assert fate == ("completed", None)


def test_its_back_off_comes_on_top(play):
    sent, _ = attempts(play, {"constant": "50 ms"}, honours_retry_after=True)
    assert sent == [100.0, 3152.0]


def test_whoever_does_not_honour_it_comes_when_it_likes(play):
    sent, fate = attempts(play, {"constant": "200 ms"})
    assert sent == [100.0, 302.0, 504.0, 706.0, 908.0]
    assert fate == ("refused", "token_bucket")


def test_a_deadline_that_passes_in_the_meantime_ends_the_session(play):
    played = play(CALL, {
        "duration": "30 s", "network": {"default": {"latency": "1 ms", "transport": "datagram"}}, "mitigations": {"s": BUCKET},
        "actors": {"c": {"population": 2, "arrivals": {"times": ["0 s", "100 ms"]}, "deadline": "2 s",
                         "retry": {"attempts": 5, "on": [429], "honours_retry_after": True}}}})
    assert played.fates()[1] == ("gave_up", "deadline")


def test_the_header_stands_in_the_refusal():
    refusal = next(r["http"] for r in sim.run("step1", set={
        "actors.consumer.arrivals": {"times": ["0 s", "1 s"]}, "actors.consumer.population": 2, "duration": "1 min",
        "mitigations.authorization_manager": [{"token_bucket": {"rate": "0.4 /s", "burst": 1, "per": "all", "message": "request_consumer_key"}}],
    }).trace.records() if r["message"] == "request_consumer_key!429")
    assert refusal["headers"]["Retry-After"] in ("2", "3")


@pytest.mark.parametrize("honours", [True, False])
def test_both_engines_agree_under_the_flood(honours):
    given = {"duration": "70 s", "warm_up": "1 s", "attacks.flood.during": ["5 s", "60 s"], "trace": "all",
             "actors.consumer.retry.honours_retry_after": honours, "actors.consumer.deadline": "30 s"}
    runs = [sim.load("scenarios/key_flood_limited.yaml").set(given).run(engine=engine, payloads=False) for engine in ("simpy", "compiled")]
    records = [[tuple(record.values())[:HTTP] for record in run.trace.records()] for run in runs]
    assert records[0] == records[1]
    assert any(record[3] == "request_consumer_key!429" and record[1] != "flood" for record in records[0])
