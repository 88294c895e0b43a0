"""Clients: timeouts, retries and back-off, deadlines, late answers."""

from itertools import pairwise

import pytest

CALL = """
diagram: A call
participants: {c: Client, s: Server}
sequence:
  - c -> s: ask
  - s: work
  - s --> c: told
"""
REFUSES = """
from sim.protocol.actor import Actor, Refused, does

class S(Actor):
    @does("work")
    def work(self, turn):
        raise Refused({status}, "not now", "mood")
"""
LOST = {"c -> s": {"loss": "100 %"}}


def scenario(*times, s=None, network=None, latency="1 ms", duration="60 s", **client):
    return {"duration": duration, "network": {"default": {"latency": latency, "transport": "datagram"}, **(network or {})},
            "actors": {"c": {"population": max(1, len(times)), "arrivals": {"times": list(times)}, **client}, "s": s or {}}}


def test_a_late_answer_is_ignored_and_the_server_has_done_the_work(play):
    played = play(CALL, scenario("0 ms", timeout="5 ms", s={"work": {"work": "10 ms"}}))
    assert played.log == [
        "0 5 | session 1 c/1 timed_out timeout",
        "0 1 1 11 | 1 ask 0.1 c/1>s/1 delivered",
        "1 11 | 1 work 0.1 s/1 done",
        "11 12 12 12 | 1 told 0.1 s/1>c/1 delivered",
    ]
    assert played.metrics["stations"]["s"]["served"] == 1


def test_an_answer_at_the_very_instant_of_its_timeout_wins(play):
    for timeout, fate in (("12 ms", "completed"), ("11.999999 ms", "timed_out")):
        played = play(CALL, scenario("0 ms", timeout=timeout, s={"work": {"work": "10 ms"}}))
        assert played.fates()[0][0] == fate
    instant = play(CALL, scenario("0 ms", latency="0 ms", timeout="10 ms", s={"work": {"work": "10 ms"}}))
    assert instant.fates() == [("completed", None)]


def test_a_retry_storm_in_small(play):
    """Every attempt of every client is worked off, though only the first client's answer comes in time."""
    played = play(CALL, scenario("0 ms", "0 ms", timeout="12 ms", retry={"attempts": 2}, s={"work": {"work": "10 ms"}}))
    assert played.log_without("action") == [
        "0 12 | session 1 c/1 completed",
        "0 1 1 11 | 1 ask 0.1 c/1>s/1 delivered",
        "0 24 | session 2 c/2 timed_out timeout",
        "0 1 11 21 | 2 ask 0.1 c/2>s/1 delivered",
        "11 12 12 12 | 1 told 0.1 s/1>c/1 delivered",
        "12 13 21 31 | 2 ask 0.2 c/2>s/1 delivered",
        "21 22 22 22 | 2 told 0.1 s/1>c/2 delivered",
        "31 32 32 32 | 2 told 0.2 s/1>c/2 delivered",
    ]
    assert played.metrics["stations"]["s"]["served"] == 3
    assert played.metrics["honest"]["attempts_per_call"] == pytest.approx(1.5)


@pytest.mark.parametrize(("backoff", "pauses"), [
    ("none", [0, 0, 0]),
    ({"constant": "7 ms"}, [7, 7, 7]),
    ({"exponential": {"base": "4 ms", "cap": "10 ms"}}, [4, 8, 10]),
])
def test_the_pause_before_each_attempt(play, backoff, pauses):
    played = play(CALL, scenario("0 ms", timeout="5 ms", retry={"attempts": 4, "backoff": backoff}, network=LOST))
    starts = [0]
    for pause in pauses:
        starts.append(starts[-1] + 5 + pause)
    assert played.times_ms("ask", "sent") == starts
    assert played.of("ask", "attempt") == [1, 2, 3, 4]
    assert played.times_ms("session", "finished") == [starts[-1] + 5]
    assert played.fates() == [("timed_out", "timeout")]


def paused(play, kind, clients, attempts=5):
    """The pauses (ms) of each client, each attempt lost at once."""
    retry = {"attempts": attempts, "backoff": {kind: {"base": "100 ms", "cap": "1 s"}}}
    played = play(CALL, scenario(*["0 ms"] * clients, timeout="1 ms", retry=retry, network=LOST), seed=9)
    sent: dict[int, list[float]] = {}
    for session, time_ns in played.of("ask", "session", "sent_ns"):
        sent.setdefault(session, []).append(time_ns / 1e6)
    return [[round(later - earlier - 1, 6) for earlier, later in pairwise(row)] for row in sent.values()]


@pytest.mark.parametrize(("kind", "least", "most"), [
    ("full_jitter", [0, 0, 0, 0], [100, 200, 400, 800]), ("equal_jitter", [50, 100, 200, 400], [100, 200, 400, 800])])
def test_jittered_pauses_are_even_over_their_range(play, kind, least, most):
    rows = paused(play, kind, 400)
    for number, (low, high) in enumerate(zip(least, most, strict=True)):
        column = [row[number] for row in rows]
        assert low <= min(column) < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < max(column) <= high
        mean, spread = sum(column) / len(column), (high - low) / 12**0.5 / 400**0.5
        assert abs(mean - (low + high) / 2) < 4 * spread
    assert len({row[0] for row in rows}) == 400  # everybody draws for itself


def test_decorrelated_jitter_depends_on_the_pause_before(play):
    rows = paused(play, "decorrelated_jitter", 400, attempts=8)
    for row in rows:
        for before, pause in zip([100, *row], row, strict=False):
            assert 100 <= pause <= min(1000, 3 * before + 1e-5)
    first = [row[0] for row in rows]
    assert abs(sum(first) / 400 - 200) < 4 * 200 / 12**0.5 / 400**0.5
    assert max(row[-1] for row in rows) == 1000  # the cap is reached


@pytest.mark.parametrize(("causes", "status", "attempts"), [
    (None, 503, 3), (None, 429, 3), (None, 500, 1), (None, 401, 1), (["timeout"], 503, 1), ([500], 500, 3), ([500], 503, 1)])
def test_what_is_tried_again(play, causes, status, attempts):
    retry = {"attempts": 3, "backoff": {"constant": "2 ms"}} | ({} if causes is None else {"on": causes})
    played = play(CALL, scenario("0 ms", retry=retry), actors=REFUSES.format(status=status))
    assert played.of("ask", "attempt") == list(range(1, attempts + 1))
    assert played.times_ms("ask", "sent") == [4 * number for number in range(attempts)]
    assert played.fates() == [("refused", "mood")]
    assert played.of(f"ask!{status}", "attempt", "iteration", "outcome", "by") == [
        (number, 0, "delivered", "mood") for number in range(1, attempts + 1)]


def test_timeouts_are_tried_again_only_if_they_are_on_the_list(play):
    for causes, attempts in (([503], 1), (["timeout"], 3)):
        played = play(CALL, scenario("0 ms", timeout="5 ms", retry={"attempts": 3, "on": causes}, network=LOST))
        assert len(played.of("ask", "attempt")) == attempts
        assert played.fates() == [("timed_out", "timeout")]


def test_the_fate_is_that_of_the_last_attempt(play):
    """The first attempt is lost, the second finds a full room."""
    actors = """
from sim.protocol.actor import Actor, Refused, does

class S(Actor):
    @does("work")
    def work(self, turn):
        if turn.now_s >= 1239235201:
            raise Refused(503, "not now", "mood")
"""
    given = scenario("0 ms", timeout="900 ms", retry={"attempts": 2, "backoff": {"constant": "200 ms"}}, s={"work": {"work": "950 ms"}})
    played = play(CALL, given, actors=actors)
    assert played.fates() == [("timed_out", "timeout")]  # the refusal comes too late as well
    given["actors"]["s"]["work"]["work"] = "850 ms"
    given["network"]["c -> s"] = {"latency": {"empirical": ["1 ms", "100 ms"]}}
    for seed in range(1, 50):
        played = play(CALL, given, actors=actors, seed=seed)
        if [record["received_ns"] - record["sent_ns"] for record in played.records if record["message"] == "ask"] == [100_000_000, 1_000_000]:
            break
    assert played.fates() == [("refused", "mood")]


def test_no_attempt_starts_after_the_deadline(play):
    retry = {"attempts": 10, "backoff": {"constant": "5 ms"}}
    for deadline, sent, over in (("19 ms", [0, 10], 15), ("20 ms", [0, 10, 20], 25), ("4 ms", [0], 5)):
        played = play(CALL, scenario("0 ms", timeout="5 ms", retry=retry, deadline=deadline, network=LOST))
        assert played.times_ms("ask", "sent") == sent
        assert played.log[0] == f"0 {over} | session 1 c/1 gave_up deadline"
    assert played.metrics["sessions"]["gave_up"] == 1


def test_goodput_is_what_completes_within_the_deadline(play):
    played = play(CALL, scenario("0 ms", "0 ms", "0 ms", deadline="22 ms", s={"work": {"work": "10 ms"}}, duration="2 s"))
    assert played.fates() == [("completed", None)] * 3  # at 12, 22 and 32 ms
    assert played.metrics["honest"]["goodput_per_s"] == pytest.approx(2 / 2)
    assert played.metrics["honest"]["success_ratio"] == pytest.approx(2 / 3)


def test_a_new_attempt_draws_anew(play):
    given = scenario("0 ms", timeout="50 ms", retry={"attempts": 4}, latency={"exponential": "10 ms"},
                     s={"servers": "unlimited", "work": {"work": {"exponential": "200 ms"}}})
    played = play(CALL, given, seed=3)
    latencies = [after - before for before, after in played.of("ask", "sent_ns", "received_ns")]
    works = [after - before for before, after in played.of("work", "sent_ns", "finished_ns")]
    assert len(latencies) > 1
    assert len(set(latencies)) == len(latencies)
    assert len(set(works)) == len(works)


def test_attempts_go_to_any_instance(play):
    played = play(CALL, scenario("0 ms", timeout="5 ms", retry={"attempts": 30}, network={"s -> c": {"loss": "100 %"}}, s={"instances": 3}))
    assert {record["receiver"] for record in played.records if record["message"] == "ask"} == {"s/1", "s/2", "s/3"}


def test_a_companion_calls_and_waits_for_itself(play):
    diagram = """
diagram: A companion that calls
participants: {u: User, c: Client, s: Server}
sequence:
  - c ..> u: please
  - u -> s: ask
  - s --> u: told
  - u ..> c: thanks
"""
    companion = {"timeout": "5 ms", "retry": {"attempts": 2, "backoff": {"constant": "3 ms"}}}
    given = scenario("0 ms", timeout="1 ms", network={"u -> s": {"loss": "100 %"}})
    given["actors"]["u"] = companion
    played = play(diagram, given)
    assert played.log == [
        "0 13 | session 1 c/1 timed_out timeout",
        "0 0 0 0 | 1 please 0.0 c/1>u/1 delivered",
        "0 - - - | 1 ask 0.1 u/1>s/1 lost link",
        "8 - - - | 1 ask 0.2 u/1>s/1 lost link",
    ]
