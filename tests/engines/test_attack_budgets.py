"""What attackers can hash, all together, and those who answer no challenge."""

import itertools

import pytest

import sim

ASK = """
diagram: A question
participants: {c: Client, a: Server}
sequence:
  - c -> a: ask
  - a --> c: told
"""
LINK = {"default": {"latency": "1 ms", "transport": "datagram"}}


def flooded(play, bits=4, challenge="client_puzzle", **attack):
    """100 messages a second for a second, each challenged."""
    return play(ASK, {"network": LINK, "duration": "3 s", "actors": {"c": {"population": 1, "arrivals": "0 /s"}, "a": {"servers": "unlimited", "work": {"parse": "1 ms"}}},
                      "mitigations": {"a": [{challenge: {"bits": bits} if bits else {}}]},
                      "attacks": [{"name": "x", "sends": "ask", "rate": {"constant": "100 /s"}, "during": ["0 s", "1 s"], "timeout": "500 ms",
                                   "sources": {"addresses": 9}, **attack}]})


def solving(played):
    """By session: when its challenge was heard, and when it sent the solution (None: never), in ms."""
    heard = {record["session"]: record["received_ns"] / 1e6 for record in played.records if "?" in record["message"]}
    sent: dict[int, list[float]] = {}
    for record in played.records:
        if record["message"] == "ask":
            sent.setdefault(record["session"], []).append(record["sent_ns"] / 1e6)
    return [(at, sent[session][1] if len(sent[session]) > 1 else None) for session, at in heard.items()]


def test_one_puzzle_is_solved_after_the_other_by_all_bots_together(play):
    """The work that each puzzle takes alone is that of the same seed without a common budget, at the same rate."""
    alone = solving(flooded(play, bits=10))  # 1,000,000 /s each
    pooled = solving(flooded(play, bits=10, hash_rate="100000 /s"))
    free, expected = 0.0, []
    for heard, sent in alone:
        begins = max(heard, free)
        if begins >= heard - 3 + 500:  # its time is over before its turn: it was sent 3 ms before its challenge came
            expected.append((heard, None))
            continue
        free = begins + 10 * (sent - heard)
        expected.append((heard, free if free <= heard - 3 + 500 else None))
    assert pooled == [(heard, None if sent is None else pytest.approx(sent, abs=1e-4)) for heard, sent in expected]
    answered = [sent for _, sent in pooled if sent is not None]
    assert 80 < len(answered) <= 100
    assert answered == sorted(answered)


def test_a_botnet_gets_through_as_often_as_it_can_hash(play):
    """Puzzles of 2^12 tries in the mean, and 81,920 tries a second: 20 a second at most, however many messages are sent."""
    played = flooded(play, bits=12, hash_rate="81920 /s")
    assert 5 <= played.metrics["attack"]["served"] <= 1.5 * 20 * 1.3  # first come, first solved: some are begun too late
    assert played.metrics["attack"]["sent"] == 99
    unlimited = flooded(play, bits=12)
    assert unlimited.metrics["attack"]["served"] == 99


def test_who_solves_nothing_is_refused_by_the_challenge(play):
    played = flooded(play, solves=False)
    assert {(record["outcome"], record["by"]) for record in played.records if record["kind"] == "session"} == {("refused", "client_puzzle")}
    assert played.metrics["attack"]["refused"] == played.metrics["attack"]["sent"] == 99
    assert [record["message"] for record in played.records if record["session"] == 1] == ["session", "ask", "ask?client_puzzle"]
    assert played.times_ms("session", "sent", "finished")[0] == (10, 13)


def test_honest_clients_and_other_attacks_have_hashes_of_their_own():
    """The same sessions of the same puzzles, whatever an attack beside them can hash."""
    def runs(**budget):
        run = sim.run("key_flood.yaml", set={
            "duration": "20 s", "warm_up": "1 s", "trace": "all", "network.default": {"latency": "20 ms", "transport": "datagram"},
            "actors.authorization_manager.queue": {"capacity": "unlimited"}, "actors.authorization_manager.servers": "unlimited",
            "mitigations": {"authorization_manager": [{"client_puzzle": {"bits": 14, "message": "request_consumer_key"}}]},
            "attacks.flood": {"name": "flood", "sends": "request_consumer_key", "rate": "100 /s", "during": ["5 s", "15 s"], **budget}})
        return run, [tuple(record.values())[1:] for record in run.trace.records() if record["class"] != "flood"]

    (whole, honest), (poor, same) = runs(), runs(hash_rate="100000 /s")
    keys = [[value for place, value in enumerate(record) if place not in (1, 8)] for record in honest]  # sessions and keys are numbered with all others
    assert keys == [[value for place, value in enumerate(record) if place not in (1, 8)] for record in same]
    assert whole.metrics["attack"]["served"] > 5 * poor.metrics["attack"]["served"] > 0


def test_solutions_leave_in_the_order_of_their_challenges(play):
    times = [sent for _, sent in solving(flooded(play, bits=11, hash_rate="100000 /s")) if sent is not None]
    assert all(a < b for a, b in itertools.pairwise(times))
