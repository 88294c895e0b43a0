"""Bots in a closed loop: each waits for its answer, thinks, and sends again; at a refusal it obeys, or dodges."""

import itertools
from collections import Counter

import pytest

from sim.world import chance
from sim.world.distributions import exponential, sample_ns

ASK = """
diagram: A question
participants: {c: Client, a: Server}
sequence:
  - c -> a: ask
  - a --> c: told
"""
NOTE = """
diagram: A note
participants: {c: Client, a: Server}
sequence:
  - c ->> a: note
"""
LINK = {"default": {"latency": "1 ms", "transport": "datagram"}}
NOBODY = {"population": 1, "arrivals": "0 /s"}
LIMIT = {"token_bucket": {"rate": "10 /s", "burst": 1, "per": "address"}}


def run(play, diagram=ASK, mitigations=(), server=None, during=("0 s", "1 s"), name="ask", **attack):
    bots = {"count": 1, "think": "10 ms", **attack.pop("bots", {})}
    return play(diagram, {"network": LINK, "duration": "2 s", "actors": {"c": NOBODY, "a": {"work": {name: "3 ms"}, **(server or {})}},
                          "mitigations": {"a": list(mitigations)}, "attacks": [{"name": "x", "sends": name, "during": list(during), "bots": bots, **attack}]})


def sent_ms(played, message="ask"):
    return played.times_ms(message, "sent")


def test_each_thinks_when_it_has_its_answer_and_only_within_the_attack(play):
    assert sent_ms(run(play, during=("20 ms", "80 ms"))) == [30, 45, 60, 75]  # 1 + 3 + 1 ms, and 10 of thinking
    assert sent_ms(run(play, during=("20 ms", "75 ms"))) == [30, 45, 60]


def test_who_gets_no_answer_sends_again_after_its_timeout(play):
    assert sent_ms(run(play, timeout="4 ms", during=("0 s", "50 ms"))) == [10, 24, 38]
    assert sent_ms(run(play, NOTE, name="note", during=("0 s", "50 ms")), "note") == [10, 24, 38]  # served after 1 + 3 ms


def test_as_many_wait_as_there_are_and_no_more(play):
    """20 bots at one server of 3 ms: 20 / (think + sojourn) is what they offer, and the server never has more than 20."""
    played = run(play, bots={"count": 20}, server={"queue": {"capacity": "unlimited"}})
    station = played.metrics["stations"]["a"]
    assert station["queue_max"] <= 19
    assert played.metrics["attack"]["sent"] == pytest.approx(1000 / 3, rel=0.1)  # the server is the bottleneck: 333 /s
    assert len({record["sender"] for record in played.records if record["kind"] == "session"}) == 1
    assert max(Counter(sent_ms(played)).values()) == 20  # all at once, at first


def test_think_times_are_drawn_by_bot_and_visit(play):
    played = run(play, bots={"count": 3, "think": {"exponential": "30 ms"}}, sources={"addresses": 3}, server={"servers": "unlimited"})
    key = chance.stream_key(1, 0, "arrivals")
    for bot in range(3):
        expected, now = [], 0
        for visit in range(1000):
            now += sample_ns(*exponential(30e6), *key, *chance.pack_entity(chance.ATTACKING, bot, visit), 0, 0)
            if now >= 10**9:
                break
            expected.append(now)
            now += 5_000_000
        assert [record["sent_ns"] for record in played.records if record["message"] == "ask" and record["sender"] == f"c/x-{bot + 1}"] == expected
        assert len(expected) > 15


def test_who_obeys_waits_as_long_as_it_is_told(play):
    """A bucket of one token that fills in 100 ms says Retry-After: 1 s; who obeys waits that long, and then thinks."""
    obeying = run(play, mitigations=[LIMIT], sources={"addresses": 50})
    assert [record["message"] for record in obeying.records if record["message"].startswith("ask")] == ["ask", "ask", "ask!429"]
    assert obeying.metrics["attack"]["refused"] == 1
    longer = run(play, mitigations=[LIMIT], during=("0 s", "1.5 s"))
    times = sent_ms(longer)
    assert times[2] - times[1] == 1000 + 10 + 2


def test_who_dodges_takes_the_next_of_its_addresses_at_each_refusal(play):
    played = run(play, mitigations=[LIMIT], bots={"on_refusal": "dodge"}, sources={"addresses": 5})
    sessions = [(record["address"], record["outcome"]) for record in played.records if record["kind"] == "session"]
    assert sessions[:6] == [("100.64.0.1", "completed"), ("100.64.0.1", "refused"), ("100.64.0.2", "completed"), ("100.64.0.2", "refused"),
                            ("100.64.0.3", "completed"), ("100.64.0.3", "refused")]
    for (address, outcome), (following, _) in itertools.pairwise(sessions):
        assert (address == following) == (outcome == "completed")
    assert played.metrics["attack"]["served"] > 4 * run(play, mitigations=[LIMIT]).metrics["attack"]["served"]


def test_bots_have_addresses_of_their_own_as_long_as_there_are_enough(play):
    played = run(play, mitigations=[LIMIT], bots={"count": 3, "on_refusal": "dodge"}, sources={"addresses": 12, "prefixes": 1})
    by_bot = {}
    for record in played.records:
        if record["kind"] == "session":
            by_bot.setdefault((int(record["sender"].partition("-")[2]) - 1) % 3, set()).add(record["address"])
    assert len(set.union(*by_bot.values())) == sum(map(len, by_bot.values())) > 9


def test_without_a_retry_after_who_obeys_only_thinks(play):
    played = run(play, bots={"count": 2}, server={"queue": {"capacity": 0}, "work": {"ask": "500 ms"}})
    refused = [record["sent_ns"] / 1e6 for record in played.records if record["kind"] == "session" and record["by"] == "queue"]
    assert refused[:3] == [10, 22, 34]


def test_bots_that_replay_wait_until_something_was_captured():
    import sim

    shop = {"name": "x", "sends": "request_access_token", "signature": {"replayed": {"delay": "2 s"}}, "bots": {"count": 3, "think": "100 ms"}, "during": ["0 s", "8 s"]}
    changes = {"duration": "10 s", "warm_up": "0 s", "trace": "all", "attacks": [shop], "actors.consumer.arrivals": "5 /s"}
    done = sim.run("step1.yaml", set=changes)
    first = min(record["sent_ns"] for record in done.trace.records() if record["message"] == "request_access_token")
    replays = [record["sent_ns"] for record in done.trace.records() if record["kind"] == "session" and record["class"] == "x"]
    assert len(replays) > 50
    assert first + 2 * 10**9 <= min(replays) < first + 2.2 * 10**9
