"""Calls within calls: the server in between is released (or held), and passes on what went wrong."""

import pytest

NEST = """
diagram: A call within a call
participants: {c: Client, a: Front, b: Back}
sequence:
  - c -> a: ask
  - a -> b: query
%s  - b: lookup
  - b --> a: found
  - a: think
  - a --> c: told
"""
PLAIN = NEST % ""
REFUSES = """
from sim.protocol.actor import Actor, Refused, does

class B(Actor):
    parameters = {{"status": int}}

    @does("lookup")
    def lookup(self, turn):
        raise Refused({status}, "not today", "moods")
"""


def scenario(times, *, a=None, b=None, c=None, latency="1 ms", **network):
    return {
        "network": {"default": {"latency": latency, "transport": "datagram"}, **network},
        "actors": {"c": {"population": len(times), "arrivals": {"times": times}, **(c or {})}, "a": a or {}, "b": b or {}},
    }


BUSY = {"a": {"work": {"parse": "1 ms", "think": "2 ms"}}, "b": {"work": {"lookup": "5 ms"}}}


def test_a_nested_call_releases_its_server_and_its_answer_queues_again(play):
    played = play(PLAIN, scenario(["0 ms", "0 ms", "7 ms"], **BUSY))
    assert played.log_without("session", "action") == [
        "0 1 1 2 | 1 ask 0.1 c/1>a/1 delivered",
        "0 1 2 3 | 2 ask 0.1 c/2>a/1 delivered",
        "2 3 3 8 | 1 query 0.1 a/1>b/1 delivered",
        "3 4 8 13 | 2 query 0.1 a/1>b/1 delivered",
        "7 8 8 9 | 3 ask 0.1 c/3>a/1 delivered",
        "8 9 9 12 | 1 found 0.1 b/1>a/1 delivered",  # parse and think
        "9 10 13 18 | 3 query 0.1 a/1>b/1 delivered",
        "12 13 13 13 | 1 told 0.1 a/1>c/1 delivered",
        "13 14 14 17 | 2 found 0.1 b/1>a/1 delivered",
        "17 18 18 18 | 2 told 0.1 a/1>c/2 delivered",
        "18 19 19 22 | 3 found 0.1 b/1>a/1 delivered",
        "22 23 23 23 | 3 told 0.1 a/1>c/3 delivered",
    ]
    assert [line for line in played.log_of(1) if "think" in line] == ["10 12 | 1 think 0.1 a/1 done"]
    front = played.metrics["stations"]["a"]
    assert (front["offered"], front["served"], front["continuations"]) == (6, 6, 3)
    assert front["utilisation"] == pytest.approx(0.012)
    assert front["utilisation_holding"] == 0.0


def test_the_address_of_a_nested_call_is_its_callers(play):
    played = play(PLAIN, scenario(["0 ms"], **BUSY))
    assert played.of("ask", "address") == played.of("told", "address") == ["10.0.0.1"]
    assert played.of("query", "address") == played.of("found", "address") == ["172.16.0.1"]


def test_a_server_that_holds_waits_for_the_answer_and_goes_on_at_once(play):
    busy = {**BUSY, "a": {**BUSY["a"], "holds_server": True}}
    played = play(PLAIN, scenario(["0 ms", "0 ms"], **busy))
    assert played.log_without("session", "action") == [
        "0 1 1 2 | 1 ask 0.1 c/1>a/1 delivered",
        "0 1 12 13 | 2 ask 0.1 c/2>a/1 delivered",
        "2 3 3 8 | 1 query 0.1 a/1>b/1 delivered",
        "8 9 9 12 | 1 found 0.1 b/1>a/1 delivered",
        "12 13 13 13 | 1 told 0.1 a/1>c/1 delivered",
        "13 14 14 19 | 2 query 0.1 a/1>b/1 delivered",
        "19 20 20 23 | 2 found 0.1 b/1>a/1 delivered",
        "23 24 24 24 | 2 told 0.1 a/1>c/2 delivered",
    ]
    front, back = played.metrics["stations"]["a"], played.metrics["stations"]["b"]
    assert front["utilisation"] == pytest.approx(0.022)  # from 1 to 23 ms
    assert front["utilisation_holding"] == pytest.approx(0.014)  # from 2 to 9 and from 13 to 20 ms
    assert back["utilisation"] == pytest.approx(0.010)
    assert back["utilisation_holding"] == 0.0


def test_a_caller_that_holds_its_server_queues_at_the_next_like_anybody(play):
    held = {"a": {"servers": 2, "holds_server": True}, "b": {"work": {"lookup": "5 ms"}}}
    played = play(PLAIN, scenario(["0 ms", "0 ms"], **held))
    assert played.times_ms("query", "received", "started", "finished") == [(2, 2, 7), (2, 7, 12)]
    back = played.metrics["stations"]["b"]
    assert back["utilisation"] == pytest.approx(0.010)
    assert back["queue_max"] == 1


def test_an_answer_is_never_turned_away_at_a_full_waiting_room(play):
    busy = {"a": {"queue": {"capacity": 0}, "work": {"ask": "4 ms", "think": "1 ms"}}, "b": {"work": {"lookup": "3 ms"}}}
    played = play(PLAIN, scenario(["0 ms", "8 ms", "9 ms"], **busy))
    assert played.times_ms("found", "received", "started", "finished")[0] == (10, 13, 14)  # session 2 is in service till 13
    assert played.fates() == [("completed", None), ("completed", None), ("refused", "queue")]


def test_a_nested_refusal_by_a_full_waiting_room_becomes_503(play):
    busy = {"a": {"servers": 2, "work": {"parse": "1 ms"}}, "b": {"queue": {"capacity": 0}, "work": {"lookup": "20 ms"}}}
    played = play(PLAIN, scenario(["0 ms", "0 ms"], **busy))
    assert played.log_of(2) == [
        "0 6 | session 2 c/2 refused queue",
        "0 1 1 2 | 2 ask 0.1 c/2>a/1 refused queue",
        "2 3 - 3 | 2 query 0.1 a/1>b/1 refused queue",
        "3 4 4 5 | 2 query!503 0.1 b/1>a/1 delivered queue",
        "5 6 6 6 | 2 ask!503 0.1 a/1>c/2 delivered queue",
    ]
    assert {name: station["refused"] for name, station in played.metrics["stations"].items()} == {
        "a": {"queue": 1}, "b": {"queue": 1}}


@pytest.mark.parametrize(("status", "passed_on"), [(429, 503), (503, 503), (401, 502), (403, 502), (404, 502), (500, 502), (504, 502)])
def test_what_a_nested_refusal_becomes(play, status, passed_on):
    played = play(PLAIN, scenario(["0 ms"], b={"work": {"lookup": "3 ms"}}), actors=REFUSES.format(status=status))
    assert played.log == [
        "0 7 | session 1 c/1 refused moods",
        "0 1 1 1 | 1 ask 0.1 c/1>a/1 refused moods",
        "1 2 2 5 | 1 query 0.1 a/1>b/1 refused moods",
        "2 5 | 1 lookup 0.1 b/1 refused moods",  # refusing costs the work done so far
        f"5 6 6 6 | 1 query!{status} 0.1 b/1>a/1 delivered moods",
        f"6 7 7 7 | 1 ask!{passed_on} 0.1 a/1>c/1 delivered moods",
    ]
    (answer,) = played.of(f"query!{status}", "http")
    assert answer["status"] == status
    assert "not today" not in str(answer)  # why is for the trace, not for the caller


def test_on_refusal_says_with_what_to_refuse(play):
    diagram = NEST % "    on_refusal: {401: {refuse: 401}, 404: {refuse: 410}}\n"
    for status, passed_on in ((401, 401), (404, 410), (403, 502)):
        played = play(diagram, scenario(["0 ms"]), actors=REFUSES.format(status=status))
        assert played.of(f"ask!{passed_on}", "outcome", "by") == [("delivered", "moods")]


def test_a_nested_timeout_becomes_504(play):
    played = play(PLAIN, scenario(["0 ms"], a={"timeout": "6 ms"}, b={"work": {"lookup": "20 ms"}}))
    assert played.log == [
        "0 8 | session 1 c/1 refused timeout",
        "0 1 1 1 | 1 ask 0.1 c/1>a/1 refused timeout",
        "1 2 2 22 | 1 query 0.1 a/1>b/1 delivered",
        "2 22 | 1 lookup 0.1 b/1 done",  # the server still does the work of a request nobody waits for
        "7 8 8 8 | 1 ask!504 0.1 a/1>c/1 delivered timeout",
        "22 23 23 23 | 1 found 0.1 b/1>a/1 delivered",  # late: nothing follows
    ]


def test_a_nested_timeout_frees_a_held_server(play):
    busy = {"a": {"timeout": "6 ms", "holds_server": True}, "b": {"servers": 2, "work": {"lookup": "20 ms"}}}
    played = play(PLAIN, scenario(["0 ms", "0 ms"], **busy))
    assert played.times_ms("ask", "received", "started", "finished") == [(1, 1, 1), (1, 7, 7)]
    assert played.metrics["stations"]["a"]["utilisation"] == pytest.approx(0.012)


def test_a_held_server_is_freed_even_if_nobody_waits_any_more(play):
    """The client gives up at 5 ms; the answer of the back is lost; the front's own timeout frees it at 21 ms."""
    given = scenario(["0 ms", "4 ms"], a={"timeout": "20 ms", "holds_server": True}, b={"servers": 2}, c={"timeout": "5 ms"},
                     **{"b -> a": {"loss": "100 %"}})
    played = play(PLAIN, given)
    assert played.times_ms("ask", "started", "finished") == [(1, 1), (21, 21)]
    assert played.metrics["stations"]["a"]["utilisation"] == pytest.approx(0.040)


def test_a_nested_call_is_tried_again_by_who_made_it(play):
    busy = {"a": {"servers": 2, "work": {"parse": "1 ms"}, "retry": {"attempts": 2, "backoff": {"constant": "5 ms"}}},
            "b": {"queue": {"capacity": 0}, "work": {"lookup": "4 ms"}}}
    played = play(PLAIN, scenario(["0 ms", "0 ms"], **busy))
    assert played.log_of(2) == [
        "0 18 | session 2 c/2 completed",
        "0 1 1 2 | 2 ask 0.1 c/2>a/1 delivered",
        "2 3 - 3 | 2 query 0.1 a/1>b/1 refused queue",
        "3 4 4 5 | 2 query!503 0.1 b/1>a/1 delivered queue",
        "10 11 11 15 | 2 query 0.2 a/1>b/1 delivered",
        "11 15 | 2 lookup 0.2 b/1 done",
        "15 16 16 17 | 2 found 0.2 b/1>a/1 delivered",
        "17 17 | 2 think 0.1 a/1 done",
        "17 18 18 18 | 2 told 0.1 a/1>c/2 delivered",
    ]


def test_a_held_server_is_held_through_the_pause_before_the_next_attempt(play):
    busy = {"a": {"holds_server": True, "retry": {"attempts": 2, "backoff": {"constant": "5 ms"}}, "timeout": "10 ms"},
            "b": {"work": {"lookup": "4 ms"}}}
    given = scenario(["0 ms", "1 ms"], **busy, **{"a -> b": {"loss": "100 %"}})
    played = play(PLAIN, given)
    assert played.times_ms("query", "sent") == [1, 16, 26, 41]
    assert played.times_ms("ask", "started", "finished") == [(1, 1), (26, 26)]
    assert played.fates() == [("refused", "timeout")] * 2


def test_calls_four_deep(play):
    names = "cabde"
    diagram = "diagram: Deep\nparticipants: {c: C, a: A, b: B, d: D, e: E}\nsequence:\n"
    diagram += "".join(f"  - {names[n]} -> {names[n + 1]}: ask {n}\n" for n in range(4))
    diagram += "".join(f"  - {names[n + 1]} --> {names[n]}: told {n}\n" for n in reversed(range(4)))
    played = play(diagram, {"actors": {"c": {"arrivals": {"times": ["0 ms"]}}},
                            "network": {"default": {"latency": "1 ms", "transport": "datagram"}}})
    assert played.log[0] == "0 8 | session 1 c/1 completed"
    assert [line.split(" | ")[1] for line in played.log[1:]] == [
        "1 ask_0 0.1 c/1>a/1 delivered", "1 ask_1 0.1 a/1>b/1 delivered", "1 ask_2 0.1 b/1>d/1 delivered",
        "1 ask_3 0.1 d/1>e/1 delivered", "1 told_3 0.1 e/1>d/1 delivered", "1 told_2 0.1 d/1>b/1 delivered",
        "1 told_1 0.1 b/1>a/1 delivered", "1 told_0 0.1 a/1>c/1 delivered"]


def test_a_server_that_jumps_in_a_loop_of_its_client_uses_no_address_twice(play, addresses):
    diagram = """
diagram: A jump within a pass
participants: {c: Client, a: Front, b: Back}
sequence:
  - loop: polls
    id: polls
    times: 3
    sequence:
      - c -> a: ask
      - a -> b: query
        on_refusal: {503: {go_to: query}}
      - b --> a: found
      - a --> c: told
"""
    with addresses() as used:
        played = play(diagram, {
            "actors": {"c": {"population": 2, "arrivals": {"times": ["0 ms", "0 ms"]}, "timeout": "10 ms", "retry": {"attempts": 30}},
                       "a": {"servers": 2, "timeout": "10 ms"},
                       "b": {"queue": {"capacity": 0}, "work": {"query": {"exponential": "2 ms"}}}},
            "network": {"default": {"latency": {"exponential": "1 ms"}, "transport": "datagram"}}}, seed=1)
    assert len(played.of("query!503", "outcome")) > 0
    assert max(used.values()) == 1
