"""Challenges: the puzzle out, the client's own work, the request again while its timeout runs."""

import hashlib

import pytest
from diagrams import NESTED

import sim
from sim.world.chance import philox4x32, stream_key

CALL = """
diagram: A call
participants: {c: Client, s: Server}
sequence:
  - c -> s: ask
  - s: work
  - s --> c: told
"""


def scenario(*times, puzzle=None, duration="60 s", **client):
    return {"duration": duration, "network": {"default": {"latency": "1 ms", "transport": "datagram"}},
            "actors": {"c": {"population": max(1, len(times)), "arrivals": {"times": list(times)}, **client},
                       "s": {"work": {"parse": "1 ms", "work": "10 ms"}}},
            "mitigations": {"s": [{"client_puzzle": puzzle or {}}]}}


def tries(seed, instance, bits, attempt=1):
    """The tries of an attempt of the first step of three, by the address of its draw and the quantile of the distribution."""
    from math import log, log1p

    node = 1 + 2 * 4  # its challenge: two times n + 1 after it
    high, low, _, _ = philox4x32(*stream_key(seed, 0, "mitigation:s:client_puzzle"), instance, 0, node << 20, attempt << 12)
    return int(1 + log(((high << 21 | low >> 11) + 0.5) * 2.0**-53) / log1p(-(2.0**-bits)))


def test_it_goes_out_and_the_request_comes_again_with_the_same_attempt_number(play):
    played = play(CALL, scenario("0 ms", puzzle={"bits": 3}, hash_rate="1000 /s"))
    work = tries(1, 0, 3)
    assert played.log == [
        f"0 {16 + work} | session 1 c/1 completed",
        "0 1 1 2 | 1 ask 0.1 c/1>s/1 delivered",
        "2 3 3 3 | 1 ask?client_puzzle 0.1 s/1>c/1 delivered client_puzzle",
        f"{3 + work} {4 + work} {4 + work} {15 + work} | 1 ask 0.1 c/1>s/1 delivered",
        f"{5 + work} {15 + work} | 1 work 0.1 s/1 done",
        f"{15 + work} {16 + work} {16 + work} {16 + work} | 1 told 0.1 s/1>c/1 delivered",
    ]
    assert played.metrics["honest"]["attempts_per_call"] == 1.0
    assert dict(played.metrics["stations"]["s"]["refused"]) == {}


def test_a_slow_client_runs_out_of_its_time_and_says_nothing_any_more(play):
    played = play(CALL, scenario("0 ms", puzzle={"bits": 3}, hash_rate="1 /s", timeout="500 ms", retry={"attempts": 2}))
    assert [record["message"] for record in played.records if record["kind"] == "message"] == ["ask", "ask?client_puzzle"] * 2
    assert played.fates() == [("timed_out", "timeout")]


def test_at_the_edge_it_takes_no_server(play):
    played = play(CALL, scenario("0 ms", puzzle={"at": "edge"}))
    assert played.times_ms("ask", "received", "started", "finished")[0] == (1.0, None, 1.0)
    assert played.metrics["stations"]["s"]["offered"] == 1
    assert played.fates() == [("completed", None)]


def test_each_attempt_has_its_own_puzzle(play):
    given = scenario("0 ms", "10 s", puzzle={"bits": 6}, hash_rate="1000 /s", retry={"attempts": 3})
    given["mitigations"]["s"].append({"token_bucket": {"rate": "0.01 /s", "burst": 1, "per": "all"}})
    played = play(CALL, {**given, "seed": 5})
    heard = [(r["attempt"], r["received_ns"]) for r in played.records if r["message"] == "ask?client_puzzle" and r["session"] == 2]
    sent = [r["sent_ns"] for r in played.records if r["message"] == "ask" and r["session"] == 2]
    assert [attempt for attempt, _ in heard] == [1, 2, 3]
    worked = [again - at for (_, at), again in zip(heard, sent[1::2], strict=True)]
    assert worked == [1_000_000 * tries(5, 1, 6, attempt) for attempt in (1, 2, 3)]
    assert played.fates()[1] == ("refused", "token_bucket")


def test_a_user_s_own_tap_that_spoils_the_solution_is_refused(audit):
    def spoil(message, sender, receiver, http):
        if "Puzzle-Solution" in getattr(http, "headers", {}):
            http.headers["Puzzle-Solution"] = http.headers["Puzzle-Solution"].partition(":")[0] + ":x"
        return http

    step1 = {"duration": "20 s", "mitigations.authorization_manager": [{"client_puzzle": {"message": "request_consumer_key"}}]}
    run = sim.run("step1.yaml", set=step1, tap=spoil)
    records = audit(run)
    assert [(r["outcome"], r["by"]) for r in records if r["kind"] == "session"] == [("refused", "client_puzzle")]
    assert [r["message"] for r in records if "!" in r["message"]] == ["request_consumer_key!403"]
    assert run.metrics["honest"]["false_refusals"] == 1


@pytest.mark.parametrize("bits", [1, 5, 18])
def test_the_messages_hold_a_real_puzzle_and_its_solution(bits):
    run = sim.run("step1.yaml", set={"mitigations.authorization_manager": [{"client_puzzle": {"bits": bits}}]})
    records = list(run.trace.records())
    challenges = [record["http"] for record in records if record["message"].endswith("?client_puzzle")]
    solved = [record["http"]["headers"]["Puzzle-Solution"] for record in records
              if record["http"] and "Puzzle-Solution" in record["http"]["headers"]]
    assert len(challenges) == len(solved) == 2
    for challenge, solution in zip(challenges, solved, strict=True):
        asked = challenge["headers"]["WWW-Authenticate"]
        assert f'bits="{min(bits, 8)}"' in asked
        assert f'seed="{solution.partition(":")[0]}"' in asked
        digest = int.from_bytes(hashlib.sha256(solution.encode()).digest(), "big")
        assert digest >> (256 - min(bits, 8)) == 0


def test_the_same_trace_without_payloads():
    given = {"duration": "30 s", "warm_up": "5 s", "mitigations.authorization_manager": [
        "client_puzzle", {"token_bucket": {"rate": "20 /min", "burst": 2}}, {"key_expiry": {"never_used": "200 ms", "idle": "5 s"}},
        {"check_order": {"signature": "1 ms", "key": "0.2 ms"}}, {"drop_expired": {"after": "2 s"}}]}
    runs = [sim.run("step1_load", set=given, payloads=payloads) for payloads in (True, False)]
    with_, without = ([{**record, "http": None} for record in run.trace.records()] for run in runs)
    assert with_ == without
    assert runs[0].metrics["keys"] == runs[1].metrics["keys"]
    assert runs[0].metrics["keys"]["deleted_in_use"] > 0


def test_a_server_that_calls_another_solves_its_puzzle_too(play):
    for holds in (False, True):
        played = play(NESTED, {
            "duration": "10 s", "network": {"default": {"latency": "1 ms", "transport": "datagram"}},
            "actors": {"c": {"population": 3, "arrivals": {"times": ["0 ms", "1 ms", "2 ms"]}},
                       "s": {"work": {"parse": "1 ms"}, "holds_server": holds}, "t": {"work": {"parse": "1 ms"}}},
            "mitigations": {"t": [{"client_puzzle": {"bits": 8}}]}})
        assert [fate for fate, _ in played.fates()] == ["completed"] * 3
        assert len(played.of("ask_on?client_puzzle", "sent_ns")) == 3


@pytest.mark.parametrize("seed", [1, 2])
def test_a_request_is_signed_once_however_long_its_puzzle_takes(seed):
    """A puzzle that takes longer than the window of timestamps: what was signed before it is refused after it, in all three ways."""
    slow = {"duration": "3000 s", "actors.consumer.timeout": "2000 s", "actors.consumer.deadline": "2500 s", "actors.consumer.hash_rate": "10 /s",
            "seed": seed, "mitigations": {"authorization_manager": [{"client_puzzle": {"message": "request_access_token", "bits": 13}}]}}
    told = []
    for options in ({"engine": "simpy"}, {"engine": "simpy", "payloads": False}, {"engine": "compiled"}):
        records = sim.run("step1", set=slow, **options).trace.records()
        told.append([{name: value for name, value in record.items() if name != "http"} for record in records])
    assert told[0] == told[1] == told[2]
    assert "timestamp" in {record["by"] for record in told[0] if record["message"] == "verify_signature"}
