"""Who comes, when, and as whom: arrivals, picks, classes, addresses."""

from collections import Counter
from itertools import pairwise

import pytest

from sim.engines.faults import RunFault

CALL = """
diagram: A call
participants: {c: Client, s: Server}
facts: [key]
sequence:
  - c: think
  - c -> s: ask
  - s --> c: told
"""


def starts_ms(played, cls=None):
    return [record["sent_ns"] / 1e6 for record in played.records if record["kind"] == "session" and cls in (None, record["class"])]


def scenario(arrivals, *, duration="1 s", server=None, **client):
    return {"duration": duration, "actors": {"c": {"arrivals": arrivals, **client}, "s": {"servers": "unlimited", **(server or {})}}}


def test_arrivals_at_given_times(play, tmp_path):
    played = play(CALL, scenario({"times": ["5 ms", "5 ms", "7 ms", "2 s"]}))
    assert starts_ms(played) == [5, 5, 7]  # the last one is after the end
    file = tmp_path / "times.csv"
    file.write_text("5 ms\n7 ms\n", encoding="utf-8")
    assert starts_ms(play(CALL, scenario({"times": str(file)}))) == [5, 7]


def test_a_constant_rate(play):
    """The k-th event is at round(k * 1e9 / rate) ns."""
    played = play(CALL, scenario({"constant": "3 /s"}, duration="2 s"))
    assert [record["sent_ns"] for record in played.records if record["kind"] == "session"] == [
        round(number * 1e9 / 3) for number in (1, 2, 3, 4, 5)]  # the sixth would be at the very end


def test_steps(play):
    steps = [{"from": "100 ms", "rate": "10 /s"}, {"from": "600 ms", "rate": "0 /s"}, {"from": "800 ms", "rate": "20 /s"}]
    played = play(CALL, scenario({"steps": steps, "process": "constant"}))
    assert starts_ms(played) == [200, 300, 400, 500, 600, 850, 900, 950]
    poisson = starts_ms(play(CALL, scenario({"steps": [{"from": "0 s", "rate": "100 /s"}, {"from": "5 s", "rate": "400 /s"},
                                                       {"from": "8 s", "rate": "0 /s"}]}, duration="10 s")))
    early, late = sum(at < 5000 for at in poisson), sum(at >= 5000 for at in poisson)
    assert abs(early - 500) < 4 * 500**0.5
    assert abs(late - 1200) < 4 * 1200**0.5
    assert max(poisson) < 8000


def test_poisson_arrivals(play):
    """Gaps are exponential with mean 1 / rate: mean, variance, and independence of neighbours."""
    at = starts_ms(play(CALL, scenario({"poisson": "1000 /s"}, duration="5 s"), seed=3))
    gaps = [later - earlier for earlier, later in pairwise([0, *at])]
    count = len(gaps)
    mean = sum(gaps) / count
    variance = sum((gap - mean) ** 2 for gap in gaps) / count
    assert abs(count - 5000) < 4 * 5000**0.5
    assert abs(variance - 1) < 4 * (8 / count) ** 0.5  # the variance of an exponential's sample variance is 8 / n
    together = sum((a - mean) * (b - mean) for a, b in pairwise(gaps)) / count
    assert abs(together / variance) < 4 / count**0.5
    bare = starts_ms(play(CALL, scenario("1000 /s", duration="5 s"), seed=3))
    assert bare == at


def test_at_most_so_many(play):
    for arrivals in ({"poisson": "1000 /s", "maximum": 7}, {"constant": "1000 /s", "maximum": 7}, {"closed": {"think": "1 ms"}, "maximum": 7},
                     {"times": ["1 ms"] * 10, "maximum": 7}):
        played = play(CALL, scenario(arrivals, population=3))
        assert played.metrics["sessions"]["started"] == 7


def test_a_closed_population_thinks_between_its_sessions(play):
    played = play(CALL, {**scenario({"closed": {"think": "10 ms"}}, population=2, server={"servers": 1, "work": {"ask": "5 ms"}}), "duration": "50 ms"})
    assert played.log_without("message", "action") == [
        "10 15 | session 1 c/1 completed",
        "10 20 | session 2 c/2 completed",
        "25 30 | session 3 c/1 completed",
        "30 35 | session 4 c/2 completed",
        "40 45 | session 5 c/1 completed",
        "45 - | session 6 c/2 in_flight",
    ]


def test_in_a_closed_population_whoever_fails_comes_back_too(play):
    given = scenario({"closed": {"think": "10 ms"}}, population=1, timeout="5 ms")
    given["network"] = {"c -> s": {"loss": "100 %"}}
    played = play(CALL, given)
    assert starts_ms(played)[:4] == [10, 25, 40, 55]
    assert set(played.fates()[:-1]) == {("timed_out", "timeout")}


def test_round_robin_and_random_pick_members_who_keep_what_they_hold(play):
    played = play(CALL, scenario({"times": ["0 ms"] * 5}, population=3, picks="round_robin"))
    assert played.of("session", "sender", "address") == [
        ("c/1", "10.0.0.1"), ("c/1", "10.0.0.1"), ("c/2", "10.0.0.2"), ("c/2", "10.0.0.2"), ("c/3", "10.0.0.3")]
    assert [session for session, sender in sorted(played.of("session", "session", "sender")) if sender == "c/1"] == [1, 4]
    played = play(CALL, scenario({"constant": "1000 /s"}, population=10, picks="random", duration="2 s"))
    picked = Counter(played.of("session", "sender"))
    assert set(picked) == {f"c/{number}" for number in range(1, 11)}
    assert all(abs(count - 200) < 4 * 180**0.5 for count in picked.values())


def test_newcomers_take_places_in_turn(play):
    diagram = CALL.replace("  - c: think", "  - opt: was here\n    id: was_here\n    when: c holds key\n    sequence: [c: remember]\n"
                           "  - c: think").replace("  - s --> c: told", "  - s --> c: told\n    gives: key")
    for picks, remembered in (("new", ["skipped"] * 4), ("round_robin", ["skipped", "skipped", "entered", "entered"])):
        played = play(diagram, scenario({"times": ["0 ms", "1 ms", "2 ms", "3 ms"]}, population=2, picks=picks))
        assert played.of("session", "sender") == ["c/1", "c/2", "c/1", "c/2"]
        assert played.of("was_here", "outcome") == remembered


CLASSES = {"laptop": {"share": "60 %", "timeout": "5 ms"}, "hosted": {"share": "40 %", "addresses": {"shared_by": 3}, "work": {"think": "2 ms"}}}


def test_classes_divide_population_and_arrivals_and_override_their_actor(play):
    given = scenario({"times": ["0 ms"] * 10}, population=10, classes=CLASSES, timeout="50 ms", server={"work": {"ask": "10 ms"}})
    played = play(CALL, given)
    rows = played.of("session", "class", "sender", "address", "outcome")
    assert Counter(row[0] for row in rows) == {"laptop": 6, "hosted": 4}
    assert sorted(set(rows)) == sorted(
        [("laptop", f"c/{number}", f"10.0.0.{number}", "timed_out") for number in range(1, 7)]
        + [("hosted", f"c/{number}", f"10.0.0.{7 if number < 10 else 8}", "completed") for number in range(7, 11)])
    assert set(played.metrics["classes"]) == {"laptop", "hosted"}
    assert {finished - started for cls, started, finished in played.of("think", "class", "sent_ns", "finished_ns") if cls == "hosted"} == {2_000_000}
    assert {finished - started for cls, started, finished in played.of("think", "class", "sent_ns", "finished_ns") if cls == "laptop"} == {0}


def test_classes_with_arrivals_of_their_own(play):
    classes = {"a": {"population": 1, "arrivals": {"times": ["3 ms"]}}, "b": {"population": 2, "arrivals": {"constant": "100 /s", "maximum": 2}}}
    played = play(CALL, scenario({"times": ["0 ms"]}, classes=classes))
    assert sorted(played.of("session", "class", "sender", "sent_ns")) == [
        ("a", "c/1", 3_000_000), ("b", "c/2", 10_000_000), ("b", "c/3", 20_000_000)]


def test_shares_divide_a_rate(play):
    classes = {"a": {"share": "75 %"}, "b": {"share": "25 %"}}
    played = play(CALL, scenario({"poisson": "1000 /s"}, population=8, classes=classes, duration="4 s"))
    counts = Counter(record["class"] for record in played.records if record["kind"] == "session")
    assert abs(counts["a"] - 3000) < 4 * 3000**0.5
    assert abs(counts["b"] - 1000) < 4 * 1000**0.5


@pytest.mark.parametrize("warm_up", ["0 s", "500 ms"])
def test_the_warm_up_is_not_counted(play, warm_up):
    played = play(CALL, {**scenario({"constant": "100 /s"}, server={"servers": 1, "work": {"ask": "4 ms"}}), "warm_up": warm_up})
    station = played.metrics["stations"]["s"]
    assert station["utilisation"] == pytest.approx(0.4, rel=0.02)
    assert played.metrics["honest"]["success_of"] == (99 if warm_up == "0 s" else 50)
    assert played.metrics["sessions"]["started"] == 99


def test_a_closed_population_for_whom_no_time_passes_stops_the_run(play):
    with pytest.raises(RunFault, match=r"closed arrivals of 'c' have begun .* sessions at one instant"):
        play(CALL, scenario({"closed": {"think": "0 s"}}, population=2))


RISING = {"population": 9, "picks": "round_robin", "arrivals": {"ramp": {"from": "0 /s", "to": "20 /s"}, "process": "constant"}}
ONE_ACTION = "diagram: x\nparticipants: {c: Client, a: Server}\nsequence:\n  - c ->> a: note\n"


def test_on_a_ramp_the_kth_comes_when_the_integral_of_the_rate_is_k(play):
    """From 0 to 20 /s in 1 s: 10 t^2 have come by t, so the k-th comes at the root of k / 10."""
    played = play(ONE_ACTION, {"actors": {"c": RISING}})
    assert [record["sent_ns"] for record in played.records if record["kind"] == "session"] == [round((k / 10) ** 0.5 * 1e9) for k in range(1, 10)]


def test_classes_share_a_ramp_and_steps_may_come_from_a_file(play, tmp_path):
    halves = {**RISING, "classes": {"near": {"share": "50 %"}, "far": {"share": "50 %"}}}
    played = play(ONE_ACTION, {"actors": {"c": halves}})
    for name in ("near", "far"):
        times = [record["sent_ns"] for record in played.records if record["kind"] == "session" and record["class"] == name]
        assert times == [round((k / 5) ** 0.5 * 1e9) for k in range(1, 5)]
    file = tmp_path / "rates.csv"
    file.write_text("time_ms, rate_per_s\n0, 0\n500, 10\n700, 0\n", encoding="utf-8")
    steps = play(ONE_ACTION, {"actors": {"c": {"arrivals": {"steps": str(file), "process": "constant"}}}})
    assert [record["sent_ns"] // 1_000_000 for record in steps.records if record["kind"] == "session"] == [600, 700]
