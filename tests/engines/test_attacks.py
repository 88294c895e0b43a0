"""Attacks played: when their messages come, from where, how each ends, and that honest clients' draws are what they were."""

import gc

import pytest

import sim
from sim.engines import draws, simpy_engine
from sim.engines.session import Session
from sim.measure.accumulators import COMPLETED
from sim.study.prepare import prepare
from sim.trace.header import attack_names
from sim.world import attackers, chance
from sim.world.arrivals import next_poisson_ns

ASK = """
diagram: A question
participants: {u: User, c: Client, a: Server}
sequence:
  - u ..> c: wish
  - c -> a: ask
  - a: think
  - a --> c: told
  - c: rest
"""
NOTES = """
diagram: Notes
participants: {c: Client, a: Server}
sequence:
  - c ->> a: note
  - c ->> a: more
  - a: write
  - a ->> c: receipt
  - c ->> a: last
"""
NESTED = """
diagram: One asks another
participants: {c: Client, a: Front, b: Back}
sequence:
  - c -> a: ask
  - a -> b: look
  - b --> a: seen
  - a --> c: told
"""
LINK = {"default": {"latency": "1 ms", "transport": "datagram"}}
NOBODY = {"population": 1, "arrivals": "0 /s"}


def attack(sends="ask", rate=None, **more):
    return {"name": "x", "sends": sends, "rate": rate or {"constant": "100 /s"}, "during": ["0 s", "25 ms"], **more}


def test_a_call_ends_with_its_answer_and_goes_no_further(play):
    played = play(ASK, {"network": LINK, "actors": {"c": NOBODY, "a": {"work": {"parse": "2 ms", "think": "3 ms"}}}, "attacks": [attack()]})
    assert played.log == [
        "10 17 | session 1 c/x-1 completed",
        "10 11 11 16 | 1 ask 0.1 c/x-1>a/1 delivered",
        "13 16 | 1 think 0.1 a/1 done",
        "16 17 17 17 | 1 told 0.1 a/1>c/x-1 delivered",
        "20 27 | session 2 c/x-1 completed",
        "20 21 21 26 | 2 ask 0.1 c/x-1>a/1 delivered",
        "23 26 | 2 think 0.1 a/1 done",
        "26 27 27 27 | 2 told 0.1 a/1>c/x-1 delivered",
    ]
    assert played.metrics["sessions"]["started"] == 0
    assert played.metrics["messages"]["sent"] == 4
    assert played.metrics["attack"]["served"] == 2
    assert {record["class"] for record in played.records} == {"x"} == attack_names(played.run.trace.header)
    assert {record["address"] for record in played.records if record["sender"] != "a/1"} == {"100.64.0.1"}


def test_refused_dropped_and_lost(play):
    def fates(server, **link):
        network = {"default": {**LINK["default"], **link}}
        played = play(ASK, {"network": network, "attacks": [attack(timeout="8 ms")], "actors": {
            "c": {**NOBODY, "timeout": "1 s"}, "a": {"work": {"parse": "50 ms"}, **server}}})
        return played, [text for text in played.log if "session" in text or "!" in text]

    _, log = fates({"queue": {"capacity": 0}})
    assert log == ["10 18 | session 1 c/x-1 timed_out timeout", "20 22 | session 2 c/x-1 refused queue",
                   "21 22 22 22 | 2 ask!503 0.1 a/1>c/x-1 delivered queue"]
    _, log = fates({"queue": {"capacity": 0, "full": "drop"}})
    assert log == ["10 18 | session 1 c/x-1 timed_out timeout", "20 28 | session 2 c/x-1 timed_out timeout"]
    played, log = fates({}, loss="100 %")
    assert log == ["10 18 | session 1 c/x-1 timed_out timeout", "20 28 | session 2 c/x-1 timed_out timeout"]
    assert dict(played.metrics["messages"]) == {"sent": 2, "delivered": 0, "lost": 2, "in_flight": 0}
    assert {"sent": 2, "timed_out": 2} == {key: n for key, n in played.metrics["attack"].items() if n and key not in ("resources", "per_lost_session")}


def test_an_answer_at_the_instant_of_the_timeout_wins_and_a_late_one_is_work_all_the_same(play):
    for timeout, fate, orphaned in (("7 ms", "completed", 2), ("6 ms", "timed_out timeout", 2)):
        diagram = ASK.replace("--> c: told", "--> c: told\n    gives: key").replace("- c: rest", "- c -> a: use\n    carries: key\n  - a --> c: used")
        played = play(diagram, {"network": LINK, "attacks": [attack(timeout=timeout)], "actors": {
            "c": NOBODY, "a": {"work": {"parse": "2 ms", "think": "3 ms"}, "memory": {"key": "1 KiB"}}}})
        assert [text.split("c/x-1 ")[1] for text in played.log if "session" in text] == [fate] * 2
        assert played.metrics["keys"] == {"allocated": 2, "orphaned": orphaned, "deleted_in_use": 0}
        assert played.metrics["attack"]["keys_obtained"] == (2 if fate == "completed" else 0)
        assert played.metrics["stations"]["a"]["served"] == 2
        assert played.metrics["stations"]["a"]["memory_peak_bytes"] == {"key": 2048}


def test_one_way_messages_end_when_they_were_dealt_with(play):
    def log(sends, **network):
        played = play(NOTES, {"network": {**LINK, **network}, "attacks": [attack(sends, during=["0 s", "15 ms"], timeout="1 s")],
                              "actors": {"c": NOBODY, "a": {"work": {"note": "2 ms", "more": "2 ms", "write": "3 ms"}}}})
        return played.log

    assert log("note") == ["10 13 | session 1 c/x-1 completed", "10 11 11 13 | 1 note 0.0 c/x-1>a/1 delivered"]
    assert log("more") == ["10 17 | session 1 c/x-1 completed", "10 11 11 16 | 1 more 0.0 c/x-1>a/1 delivered", "13 16 | 1 write 0.0 a/1 done",
                           "16 17 17 17 | 1 receipt 0.0 a/1>c/x-1 delivered"]
    assert log("last") == ["10 11 | session 1 c/x-1 completed", "10 11 11 11 | 1 last 0.0 c/x-1>a/1 delivered"]
    lost = {"c -> a": {"loss": "100 %", "transport": "datagram"}}
    for sends in ("note", "more", "last"):
        assert log(sends, **lost) == ["10 10 | session 1 c/x-1 timed_out link", f"10 - - - | 1 {sends} 0.0 c/x-1>a/1 lost link"]


def test_servers_ask_others_for_an_attacker_as_for_anybody(play):
    played = play(NESTED, {"network": LINK, "attacks": [attack(during=["0 s", "15 ms"])], "actors": {
        "c": NOBODY, "a": {"timeout": "1 s", "instances": 3}, "b": {"queue": {"capacity": 0}, "work": {"parse": "2 ms"}}}})
    assert [record["message"] for record in played.records] == ["session", "ask", "look", "seen", "told"]
    assert played.fates() == [("completed", None)]


def test_sources_and_times_are_drawn_where_it_is_said(play):
    """The k-th message: its gap and its source at the entity (0x80 | index, k, 0), from the start of the window."""
    scenario = {"network": LINK, "seed": 5, "duration": "2 s", "actors": {"c": {**NOBODY, "population": 7, "addresses": {"shared_by": 2}}}, "attacks": [
        {**attack("ask", "200 /s"), "during": ["500 ms", "1 s"], "sources": {"addresses": 40, "prefixes": 3}},
        {**attack("ask", "100 /s"), "name": "y", "during": ["500 ms", "1 s"], "sources": {"among": "c"}}]}
    played = play(ASK, scenario)
    for index, (name, rate, addresses) in enumerate((("x", 200.0, 40), ("y", 100.0, 4))):
        expected, now, k = [], 0, 0
        while True:
            entity = chance.pack_entity(chance.ATTACKING | index, k, 0)
            gap, source = (chance.uniform(*chance.stream_key(5, 0, stream), *entity, 0, 0, 0) for stream in ("arrivals", "attack_source"))
            now = next_poisson_ns(now, gap, (500_000_000, 1_000_000_000), (rate, 0.0))
            if now >= 1_000_000_000:
                break
            number = attackers.source_at(source, addresses)
            address = f"100.64.{number % 3}.{number // 3 + 1}" if name == "x" else f"10.0.0.{number + 1}"
            expected.append((now, f"c/{name}-{number + 1}", address))
            k += 1
        found = [(record["sent_ns"], record["sender"], record["address"]) for record in played.records
                 if record["kind"] == "session" and record["class"] == name]
        assert found == expected
        assert len(found) > 30
    assert dict(played.metrics["attack"]["resources"]) == {"addresses": 44, "prefixes": 4, "hashes": 0, "requests": played.metrics["attack"]["sent"]}


def test_at_one_instant_honest_clients_come_first_then_attacks_in_their_order(play):
    at = {"constant": "100 /s"}
    played = play(ASK, {"network": LINK, "actors": {"c": {"arrivals": {"times": ["10 ms", "20 ms"]}, "population": 2}}, "attacks": [
        attack(rate=at), {**attack(rate=at), "name": "b"}]})
    assert [text.split(" | ")[1].split()[2] for text in played.log if "session" in text] == ["c/1", "c/x-1", "c/b-1", "c/2", "c/x-1", "c/b-1"]


def test_what_comes_at_the_end_of_the_window_does_not_come(play):
    def times(rate, *during):
        played = play(ASK, {"network": LINK, "actors": {"c": NOBODY}, "attacks": [attack(rate=rate, during=list(during))]})
        return [record["sent_ns"] // 1_000_000 for record in played.records if record["kind"] == "session"]

    assert times({"constant": "100 /s"}, "5 ms", "35 ms") == [15, 25]
    assert times({"constant": "100 /s"}, "5 ms", "36 ms") == [15, 25, 35]
    assert times("0 /s", "5 ms", "36 ms") == []
    assert times({"pulses": {"rate": "500 /s", "length": "6 ms", "period": "20 ms"}, "process": "constant"}, "10 ms", "55 ms") == [
        12, 14, 16, 32, 34, 36, 52, 54]
    steps = [{"from": "0 s", "rate": "100 /s"}, {"from": "20 ms", "rate": "0 /s"}, {"from": "40 ms", "rate": "1000 /s"}]
    assert times({"steps": steps, "process": "constant"}, "0 s", "43 ms") == [10, 20, 41, 42]
    assert times({"times": ["4 ms", "5 ms", "20 ms", "20 ms", "36 ms"]}, "5 ms", "36 ms") == [5, 20, 20]
    assert times({"ramp": {"from": "0 /s", "to": "2000 /s"}, "process": "constant"}, "10 ms", "20 ms") == [13, 14, 15, 16, 17, 17, 18, 18, 19]


def test_sources_keep_their_connections(play):
    network = {"default": {"latency": "1 ms", "transport": "tcp", "keep_alive": "15 ms"}}
    played = play(ASK, {"network": network, "actors": {"c": NOBODY, "a": {"work": {"handshake": "1 ms"}}},
                        "attacks": [attack(rate={"steps": [{"from": "0 s", "rate": "100 /s"}, {"from": "30 ms", "rate": "20 /s"}], "process": "constant"},
                                           during=["0 s", "100 ms"])]})
    assert played.times_ms("ask", "sent", "received", "finished") == [(10, 13, 14), (20, 21, 21), (30, 31, 31), (80, 83, 84)]


@pytest.mark.parametrize("changes", [{"attacks.flood.rate": "0 /s"}, {"attacks.flood.rate": "40 /s"}, {"attacks.flood.sources": {"among": "hosted"}}])
def test_honest_clients_draw_what_they_drew(changes):
    """Common random numbers: the same honest arrivals, addresses, holdings and latencies at any rate of the attack."""
    # Datagrams: whether a connection still stands depends on what was answered before, and a handshake takes three ways.
    common = {"duration": "20 s", "warm_up": "2 s", "trace": "all", "attacks.flood.during": ["5 s", "15 s"],
              "network.default.transport": "datagram"}

    def told(changes):
        records = list(sim.run("key_flood.yaml", set={**common, **changes}).trace.records())
        started = {(r["class"], r["sender"], r["sent_ns"], r["address"]) for r in records if r["kind"] == "session" and r["class"] != "flood"}
        whose = {r["session"]: (r["sender"], r["sent_ns"]) for r in records if r["kind"] == "session"}
        ways = {(*whose[r["session"]], r["message"], r["iteration"]): r["received_ns"] and r["received_ns"] - r["sent_ns"]
                for r in records if r["kind"] == "message" and r["class"] != "flood" and r["attempt"] < 2}
        return started, ways

    (sessions, ways), (others, other_ways) = told({}), told(changes)
    assert sessions == others
    shared = {key for key in ways.keys() & other_ways.keys() if ways[key] and other_ways[key]}
    assert len(shared) > 1000
    assert [key for key in shared if ways[key] != other_ways[key]] == []


def test_drawing_ahead_changes_nothing(monkeypatch):
    changes = {"duration": "12 s", "trace": "all", "warm_up": "1 s", "attacks.flood.during": ["5 s", "10 s"]}
    ahead = sim.run("key_flood.yaml", set=changes)
    monkeypatch.setattr(draws, "FROM_ARRIVAL", 10**9)
    assert sim.run("key_flood.yaml", set=changes) == ahead


def test_a_sample_holds_the_sessions_of_attacks_whole():
    changes = {"duration": "12 s", "warm_up": "1 s", "attacks.flood.during": ["5 s", "10 s"]}
    whole, part = (sim.run("key_flood.yaml", set={**changes, "trace": trace}) for trace in ("all", {"sample": "20 %"}))
    assert whole.metrics == part.metrics
    kept = {record["session"] for record in part.trace.records()}
    assert list(part.trace.records()) == [record for record in whole.trace.records() if record["session"] in kept]
    flood = len(part.trace.sessions(class_="flood"))
    assert flood == pytest.approx(0.2 * whole.metrics["attack"]["sent"], rel=0.2)


def test_sessions_of_attacks_are_freed_when_they_end():
    changes = {"duration": "20 s", "warm_up": "0 s", "trace": "none", "attacks.flood.during": ["1 s", "19 s"], "attacks.flood.rate": "1000 /s",
               "actors.authorization_manager.queue": {"capacity": 10}}
    alive = []
    gc.collect()  # what other tests left
    sim.run("key_flood.yaml", set=changes, progress=lambda share: alive.append(sum(isinstance(each, Session) for each in gc.get_objects()))
            if round(share * 200) % 50 == 0 else None)
    assert max(alive) < 2500  # of 18,000: those of 2 s of arrivals that are drawn ahead are none yet


def test_a_run_that_is_stopped_is_closed(audit):
    def stop(share: float) -> None:
        if share >= 0.5:
            raise KeyboardInterrupt

    run = sim.run("key_flood.yaml", set={"duration": "20 s", "warm_up": "1 s", "attacks.flood.during": ["5 s", "15 s"]}, progress=stop)
    assert run.info["stopped_at_s"] == pytest.approx(10, rel=0.01)
    assert set(run.metrics["checks"].values()) == {True}
    assert run.metrics["attack"]["in_flight"] > 0


def test_an_attack_that_cannot_end_otherwise_would_not_balance():
    """The account of an attack is its own: one session that is over twice turns the check false."""
    plan = prepare("key_flood.yaml", {"duration": "6 s", "warm_up": "1 s", "attacks.flood.during": ["2 s", "4 s"]}).plan()
    meter = simpy_engine.run(plan, sample=0).meter
    from sim.measure.metrics import metrics

    assert metrics(meter)["checks"]["sessions"]
    meter.attack_ended(0, COMPLETED, 0)
    assert not metrics(meter)["checks"]["sessions"]
