"""A call, a server, a waiting room: whole traces, times in ms."""

import pytest

import sim

CALL = """
diagram: A call
participants: {c: Client, s: Server}
sequence:
  - c -> s: ask
  - s: work
  - s --> c: told
"""


def scenario(times, *, network=None, latency="1 ms", **server):
    link = {"latency": latency, "transport": "datagram"}
    return {
        "network": {"default": link, **(network or {})},
        "actors": {"c": {"population": len(times), "arrivals": {"times": times}}, "s": server},
    }


def test_one_call(play):
    played = play(CALL, scenario(["2 ms"], latency="3 ms", work={"parse": "0.5 ms", "ask": "1 ms", "work": "4 ms"}))
    assert played.log == [
        "2 13.5 | session 1 c/1 completed",
        "2 5 5 10.5 | 1 ask 0.1 c/1>s/1 delivered",
        "6.5 10.5 | 1 work 0.1 s/1 done",  # after parse and the work of the message
        "10.5 13.5 13.5 13.5 | 1 told 0.1 s/1>c/1 delivered",
    ]
    assert played.of("ask", "address", "key", "http", "class") == [("10.0.0.1", None, None, "c")]
    assert played.of("told", "address") == ["10.0.0.1"]  # of the caller, both ways
    assert played.of("work", "address") == ["172.16.0.1"]
    assert played.metrics["sessions"] == {
        "started": 1, "completed": 1, "refused": 0, "timed_out": 0, "gave_up": 0, "ended": 0, "in_flight": 0}
    assert played.metrics["messages"] == {"sent": 2, "delivered": 2, "lost": 0, "in_flight": 0}


def test_a_call_without_any_time_happens_in_an_instant(play):
    played = play(CALL, scenario(["0 ms"], latency="0 ms"))
    assert played.log == [
        "0 0 | session 1 c/1 completed",
        "0 0 0 0 | 1 ask 0.1 c/1>s/1 delivered",
        "0 0 | 1 work 0.1 s/1 done",
        "0 0 0 0 | 1 told 0.1 s/1>c/1 delivered",
    ]


QUEUE = {"work": {"work": "10 ms"}}
THREE = ["0 ms", "2 ms", "4 ms"]


def test_first_come_first_served(play):
    played = play(CALL, scenario(THREE, **QUEUE))
    assert played.times_ms("ask", "received", "started", "finished") == [(1, 1, 11), (3, 11, 21), (5, 21, 31)]
    assert played.of("ask", "session") == [1, 2, 3]
    station = played.metrics["stations"]["s"]
    assert station["queue_max"] == 2
    assert station["wait_s"]["mean"] == pytest.approx((0 + 8 + 16) / 3 / 1000)
    assert station["utilisation"] == pytest.approx(0.030)


def test_last_come_first_served(play):
    played = play(CALL, scenario(THREE, queue={"order": "lifo"}, **QUEUE))
    assert played.times_ms("ask", "received", "started", "finished") == [(1, 1, 11), (3, 21, 31), (5, 11, 21)]


def test_two_servers_take_two_at_once(play):
    played = play(CALL, scenario(THREE, servers=2, **QUEUE))
    assert played.times_ms("ask", "received", "started", "finished") == [(1, 1, 11), (3, 3, 13), (5, 11, 21)]


def test_unlimited_servers_never_let_anybody_wait(play):
    played = play(CALL, scenario(["0 ms"] * 50, servers="unlimited", **QUEUE))
    assert played.times_ms("ask", "received", "started", "finished") == [(1, 1, 11)] * 50
    assert played.metrics["stations"]["s"]["utilisation"] is None


def test_instances_have_a_waiting_room_each_and_are_drawn_evenly(play):
    played = play(CALL, {**scenario(["0 ms"] * 400, instances=4, work={"work": "1 ms"}), "duration": "10 s"})
    by_instance: dict[str, list[tuple[int, int]]] = {}
    for record in played.records:
        if record["message"] == "ask":
            by_instance.setdefault(record["receiver"], []).append((record["started_ns"], record["finished_ns"]))
    assert sorted(by_instance) == ["s/1", "s/2", "s/3", "s/4"]
    for taken in by_instance.values():
        assert 70 <= len(taken) <= 130  # binomial(400, 1/4) has a standard deviation of 8.7
        assert [start for start, _ in taken] == [1_000_000 * (1 + place) for place in range(len(taken))]
    assert {played.of("work", "sender")[place] for place in range(400)} == set(by_instance)
    assert sorted(set(played.of("work", "sender", "address"))) == [(f"s/{n}", f"172.16.0.{n}") for n in (1, 2, 3, 4)]


def test_a_full_waiting_room_refuses_with_503(play):
    played = play(CALL, scenario(THREE, queue={"capacity": 1}, **QUEUE))
    assert played.log == [
        "0 12 | session 1 c/1 completed",
        "0 1 1 11 | 1 ask 0.1 c/1>s/1 delivered",
        "1 11 | 1 work 0.1 s/1 done",
        "2 22 | session 2 c/2 completed",
        "2 3 11 21 | 2 ask 0.1 c/2>s/1 delivered",
        "4 6 | session 3 c/3 refused queue",
        "4 5 - 5 | 3 ask 0.1 c/3>s/1 refused queue",
        "5 6 6 6 | 3 ask!503 0.1 s/1>c/3 delivered queue",
        "11 12 12 12 | 1 told 0.1 s/1>c/1 delivered",
        "11 21 | 2 work 0.1 s/1 done",
        "21 22 22 22 | 2 told 0.1 s/1>c/2 delivered",
    ]
    station = played.metrics["stations"]["s"]
    assert (station["offered"], station["admitted"], station["served"]) == (3, 2, 2)
    assert station["refused"] == {"queue": 1}


def test_a_full_waiting_room_drops(play):
    given = scenario(THREE, queue={"capacity": 1, "full": "drop"}, **QUEUE)
    given["actors"]["c"]["timeout"] = "50 ms"
    played = play(CALL, given)
    assert played.log_of(3) == [
        "4 54 | session 3 c/3 timed_out timeout",
        "4 5 - 5 | 3 ask 0.1 c/3>s/1 dropped queue",
    ]
    assert played.fates() == [("completed", None), ("completed", None), ("timed_out", "timeout")]
    assert played.metrics["stations"]["s"]["refused"] == {"queue": 1}


def test_a_silent_server_refuses_without_a_word(play):
    given = scenario(THREE, queue={"capacity": 1}, silent=True, **QUEUE)
    given["actors"]["c"]["timeout"] = "50 ms"
    played = play(CALL, given)
    assert played.log_of(3) == [
        "4 54 | session 3 c/3 timed_out timeout",
        "4 5 - 5 | 3 ask 0.1 c/3>s/1 refused queue",
    ]


def test_no_waiting_room_at_all(play):
    played = play(CALL, scenario(THREE, queue={"capacity": 0}, servers=2, **QUEUE))
    assert [fate for fate, _ in played.fates()] == ["completed", "completed", "refused"]


def test_a_server_that_becomes_free_takes_who_arrives_at_that_instant(play):
    """End of service comes before delivery: no room to wait in is needed."""
    played = play(CALL, scenario(["0 ms", "10 ms"], queue={"capacity": 0}, **QUEUE))
    assert played.times_ms("ask", "received", "started", "finished") == [(1, 1, 11), (11, 11, 21)]


THINK = CALL.replace("  - c -> s: ask", "  - c: think\n  - c -> s: ask")


def test_deliveries_at_one_instant_are_in_the_order_of_class_client_and_visit(play):
    """Not in the order in which they were sent, nor of the sessions' numbers: timers come before arrivals."""
    classes = {
        "a": {"population": 2, "arrivals": {"times": ["1 ms", "1 ms"]}},
        "b": {"population": 1, "arrivals": {"times": ["0 ms"]}, "work": {"think": "1 ms"}},
    }
    actors = {"c": {"classes": classes}, "s": {"work": {"work": "10 ms"}}}
    played = play(THINK, {"actors": actors, "network": {"default": {"latency": "1 ms", "transport": "datagram"}}})
    assert played.log_without("action")[:6] == [
        "0 33 | session 1 c/3 completed",
        "1 13 | session 2 c/1 completed",
        "1 2 2 12 | 2 ask 0.1 c/1>s/1 delivered",
        "1 23 | session 3 c/2 completed",
        "1 2 12 22 | 3 ask 0.1 c/2>s/1 delivered",
        "1 2 22 32 | 1 ask 0.1 c/3>s/1 delivered",
    ]


def test_the_run_ends_before_its_duration_not_at_it(play):
    """A run covers [0, duration): what would happen at the very end does not happen."""
    played = play(CALL, {**scenario(["0 ms", "4 ms", "12 ms"], work={"work": "10 ms"}), "duration": "12 ms"})
    assert played.log == [
        "0 - | session 1 c/1 in_flight",
        "0 1 1 11 | 1 ask 0.1 c/1>s/1 delivered",
        "1 11 | 1 work 0.1 s/1 done",
        "4 - | session 2 c/2 in_flight",
        "4 5 11 - | 2 ask 0.1 c/2>s/1 delivered",
        "11 - - - | 1 told 0.1 s/1>c/1 in_flight",
        "11 - | 2 work 0.1 s/1 in_flight",
    ]
    assert played.metrics["sessions"]["in_flight"] == 2
    assert played.metrics["messages"] == {"sent": 3, "delivered": 2, "lost": 0, "in_flight": 1}


def test_without_a_trace_the_metrics_are_the_same(play):
    kept = play(CALL, scenario(THREE, queue={"capacity": 1}, **QUEUE))
    untraced = sim.run(kept.given, trace=False)
    assert untraced.trace is None
    assert untraced.metrics == kept.run.metrics


def test_a_run_repeats_itself_and_another_seed_differs(play):
    given = scenario(THREE, latency={"exponential": "1 ms"}, work={"work": {"exponential": "10 ms"}})
    first, again, other = (play(CALL, given, seed=seed) for seed in (5, 5, 6))
    assert first.records == again.records
    assert first.metrics == again.metrics
    assert first.records != other.records
    replicated = play(CALL, given, seed=5, replication=1)
    assert replicated.records != first.records
