"""Mitigations in runs: whom they meet, what a refusal is and costs, who counts it."""

import pytest

MS = 1_000_000
CALL = """
diagram: A call
participants: {c: Client, s: Server}
sequence:
  - c -> s: ask
  - s: work
  - s --> c: told
"""
WORK = {"parse": "1 ms", "ask": "2 ms", "work": "10 ms"}


def scenario(*times, mitigations=(), s=None, duration="60 s", **client):
    return {"duration": duration, "network": {"default": {"latency": "1 ms", "transport": "datagram"}},
            "actors": {"c": {"population": max(1, len(times)), "arrivals": {"times": list(times)}, **client}, "s": s or {"work": WORK}},
            "mitigations": {"s": list(mitigations)}}


def bucket(**given):
    return {"token_bucket": {"rate": "1 /s", "burst": 1, "per": "all", **given}}


def test_a_refusal_is_a_message_and_costs_what_was_done_before_it(play):
    """Parsing 1 ms and the check 0.5 ms; not the message's own work, nor the action."""
    played = play(CALL, scenario("0 ms", "100 ms", mitigations=[bucket(work="0.5 ms")]))
    assert played.log == [
        "0 15.5 | session 1 c/1 completed",
        "0 1 1 14.5 | 1 ask 0.1 c/1>s/1 delivered",
        "4.5 14.5 | 1 work 0.1 s/1 done",
        "14.5 15.5 15.5 15.5 | 1 told 0.1 s/1>c/1 delivered",
        "100 103.5 | session 2 c/2 refused token_bucket",
        "100 101 101 102.5 | 2 ask 0.1 c/2>s/1 refused token_bucket",
        "102.5 103.5 103.5 103.5 | 2 ask!429 0.1 s/1>c/2 delivered token_bucket",
    ]
    station = played.metrics["stations"]["s"]
    assert (station["served"], dict(station["refused"])) == (1, {"token_bucket": 1})
    assert station["utilisation_refusing"] == pytest.approx(0.0015 / 60)
    assert played.metrics["honest"]["false_refusals"] == played.metrics["classes"]["c"]["false_refusals"] == 1


def test_at_the_edge_it_costs_no_server_time_and_finds_nobody_waiting(play):
    played = play(CALL, scenario("0 ms", "0 ms", mitigations=[bucket(at="edge")]))
    assert played.log_of(2) == [
        "0 2 | session 2 c/2 refused token_bucket",
        "0 1 - 1 | 2 ask 0.1 c/2>s/1 refused token_bucket",
        "1 2 2 2 | 2 ask!429 0.1 s/1>c/2 delivered token_bucket",
    ]
    station = played.metrics["stations"]["s"]
    assert (station["offered"], station["admitted"], station["utilisation_refusing"]) == (2, 1, 0.0)
    assert played.metrics["honest"]["false_refusals"] == 1


def test_the_first_that_refuses_ends_it(play):
    """The second bucket is not charged by what the first refuses."""
    buckets = [bucket(rate="10 /s"), bucket(status=503, burst=2)]
    played = play(CALL, scenario("0 ms", "20 ms", "101 ms", "202 ms", mitigations=buckets))
    assert [fate for fate, _ in played.fates()] == ["completed", "refused", "completed", "refused"]
    assert [record["message"] for record in played.records if "!" in record["message"]] == ["ask!429", "ask!503"]


@pytest.mark.parametrize(("per", "refused"), [("address", [2, 4]), ("prefix", [2, 3, 4]), ("all", [2, 3, 4]), ("claimed_key", []),
                                              ("proven_key", [2, 4])])
def test_by_whom_it_keeps_account(play, per, refused):
    """Four clients in one /24, two to an address; none has a key: unproven ones go by address, unnamed ones are not accounted."""
    played = play(CALL, scenario("0 ms", "20 ms", "40 ms", "60 ms", mitigations=[bucket(per=per)], addresses={"shared_by": 2}))
    assert [k + 1 for k, (fate, _) in enumerate(played.fates()) if fate == "refused"] == refused


def test_a_table_that_is_full_forgets_whoever_came_least_recently(play):
    """Three addresses in turn, room for two: each comes as if for the first time; its size is measured."""
    given = scenario("0 ms", "20 ms", "40 ms", "60 ms", mitigations=[bucket(per="address", table={"capacity": 2})], picks="round_robin")
    given["actors"]["c"]["population"] = 3
    played = play(CALL, given)
    assert {fate for fate, _ in played.fates()} == {"completed"}
    assert played.metrics["stations"]["s"]["memory_peak_bytes"] == {"token_bucket": 2 * 48}
    given["mitigations"]["s"] = [bucket(per="address")]
    assert play(CALL, given).fates()[3] == ("refused", "token_bucket")


def test_the_answer_says_when_to_come_again(play):
    actors = "from sim.protocol.actor import Actor\n\nclass C(Actor):\n    pass\n\nclass S(Actor):\n    pass\n"
    played = play(CALL, scenario("0 ms", "100 ms", mitigations=[bucket(rate="2 /min")]), actors=actors)
    (http,) = played.of("ask!429", "http")
    assert (http["status"], http["reason"], http["headers"]) == (429, "Too Many Requests", {"Retry-After": "30"})


def test_429_is_tried_again_as_any_refusal(play):
    played = play(CALL, scenario("0 ms", "100 ms", mitigations=[bucket(rate="10 /s")], retry={"attempts": 5, "backoff": {"constant": "50 ms"}}))
    assert [fate for fate, _ in played.fates()] == ["completed", "completed"]


def test_only_the_messages_meant_are_met(play):
    two = """
diagram: Two calls
participants: {c: Client, s: Server}
sequence:
  - {c -> s: one, id: one}
  - {s --> c: told one, id: told_one}
  - {c -> s: two, id: two}
  - {s --> c: told two, id: told_two}
  - {c ->> s: bye, id: bye}
"""
    for message, refused in (("all", ["two", "one"]), ("two", ["two"]), (["one", "bye"], ["bye", "one"]), ("bye", ["bye"])):
        # Of the requests meant, the first is admitted, and all others are not.
        played = play(two, scenario("0 ms", "100 ms", mitigations=[bucket(message=message, rate="0.01 /s")], s={"servers": 1}))
        found = [record["message"] for record in played.records if record["outcome"] == "refused" and record["kind"] == "message"]
        assert found == refused, message


def test_drop_expired_leaves_them_without_an_answer(play):
    """The third waits 24 ms for the two before it, more than 20; parsing it still costs 1 ms."""
    drop = {"drop_expired": {"after": "20 ms"}}
    played = play(CALL, scenario("0 ms", "0 ms", "0 ms", "0 ms", mitigations=[drop], timeout="60 ms"))
    assert played.log_of(3) == [
        "0 60 | session 3 c/3 timed_out timeout",
        "0 1 27 28 | 3 ask 0.1 c/3>s/1 expired drop_expired",
    ]
    assert played.times_ms("ask", "started", "finished") == [(1.0, 14.0), (14.0, 27.0), (27.0, 28.0), (28.0, 29.0)]
    assert dict(played.metrics["stations"]["s"]["refused"]) == {"drop_expired": 2}
    assert played.metrics["honest"]["false_refusals"] == 2


def test_a_silent_server_still_counts_what_it_refuses(play):
    played = play(CALL, scenario("0 ms", "10 ms", mitigations=[bucket()], timeout="100 ms", s={"silent": True}))
    assert played.fates()[1] == ("timed_out", "timeout")
    assert dict(played.metrics["stations"]["s"]["refused"]) == {"token_bucket": 1}


def test_a_full_room_is_no_false_refusal(play):
    played = play(CALL, scenario("0 ms", "0 ms", mitigations=[bucket(burst=5)], s={"work": WORK, "queue": {"capacity": 0}}))
    assert dict(played.metrics["stations"]["s"]["refused"]) == {"queue": 1}
    assert played.metrics["honest"]["false_refusals"] == 0


def test_a_mitigation_that_refuses_nothing_changes_no_time(play):
    times = [f"{k} ms" for k in range(0, 400, 7)]
    without = play(CALL, scenario(*times))
    assert without.log == play(CALL, scenario(*times, mitigations=[bucket(rate="1000 /s", burst=1000)])).log


def test_instances_share_what_they_know(play):
    played = play(CALL, scenario(*[f"{k} ms" for k in range(0, 200, 10)], mitigations=[bucket(rate="0.01 /s")], s={"instances": 4}))
    assert [fate for fate, _ in played.fates()].count("completed") == 1
