"""Clients that start anew: what they forget, and what becomes of it."""

import re

import pytest

import sim
from sim.language.faults import Faults

TIMES = [f"{20 * k} s" for k in range(6)]


def consumer(audit, restarts, payloads=True, engine="simpy", population=1, **changes):
    """Of one consumer that comes six times, 20 s apart."""
    run = sim.run("step1", engine=engine, payloads=payloads, set={
        "duration": "2 min", "actors.consumer.population": population, "actors.consumer.picks": "round_robin", "actors.consumer.arrivals": {"times": TIMES},
        "actors.consumer.restarts": restarts, "actors.authorization_manager.memory": {"consumer_key": "1 KiB"}, **changes})
    records = audit(run)
    asked = [r["session"] for r in records if r["message"] == "request_consumer_key"]
    return asked, run.metrics


@pytest.mark.parametrize(("engine", "payloads"), [("simpy", True), ("simpy", False), ("compiled", False)])
def test_at_a_start_it_registers_again_and_its_old_key_is_orphaned(audit, engine, payloads):
    """Starts at 50 s and 100 s: the sessions at 60 s and 100 s are the first ones after them."""
    asked, metrics = consumer(audit, {"every": "50 s", "forgets": ["consumer_key", "access_token"]}, payloads, engine)
    assert asked == [1, 4, 6]
    assert dict(metrics["keys"]) == {"allocated": 3, "orphaned": 2, "deleted_in_use": 0}
    assert metrics["sessions"]["completed"] == 6
    assert metrics["stations"]["authorization_manager"]["memory_peak_bytes"] == {"consumer_key": 3 * 1024}


def test_without_starts_it_keeps_its_key(audit):
    asked, metrics = consumer(audit, "none")
    assert asked == [1]
    assert metrics["keys"]["orphaned"] == 0


def test_what_is_not_listed_it_remembers(audit):
    """Without its key, but with its token: it need not ask anybody, only later."""
    asked, metrics = consumer(audit, {"every": "50 s", "forgets": ["access_token"]})
    assert asked == [1]
    assert metrics["keys"]["orphaned"] == 0


def test_a_start_before_the_first_session_forgets_nothing(audit):
    asked, _ = consumer(audit, {"every": "7 s", "forgets": ["consumer_key", "access_token"]}, **{
        "actors.consumer.arrivals": {"times": ["60 s", "61 s", "62 s", "64 s"]}})
    assert asked == [1, 4], "starts are at 56 s and 63 s"


def test_clients_start_apart_and_nothing_else_moves(audit):
    """Each client's starts are drawn for it alone; who does not forget anything new does the same, number for number."""
    given = {"actors.consumer.population": 3, "actors.consumer.arrivals": {"constant": "1 /s", "maximum": 100},
             "network": {"default": {"latency": {"exponential": "20 ms"}}}}
    def played(restarts):
        run = sim.run("step1", set={"duration": "2 min", "actors.consumer.picks": "round_robin", "actors.consumer.restarts": restarts, **given})
        records = audit(run)
        return records, [r["session"] for r in records if r["message"] == "request_consumer_key"]
    kept, asked = played("none")
    forgot, again = played({"every": {"exponential": "20 s"}, "forgets": ["consumer_key", "access_token"]})
    assert asked == [1, 2, 3]
    assert {session % 3 for session in again[3:]} == {0, 1, 2}
    assert len({session // 3 for session in again}) > 5
    same = [[(r["message"], r["sent_ns"], r["received_ns"]) for r in records if r["session"] not in again and r["kind"] == "message"]
            for records in (kept, forgot)]
    assert same[0] == same[1]


@pytest.mark.parametrize(("changes", "fault"), [
    ({"actors.consumer.restarts": {"every": "1 h", "forgets": ["consumer_kay"]}}, "did you mean 'consumer_key'"),
    ({"actors.consumer.restarts": {"every": "1 h", "forgets": []}}, "restarts.forgets"),
    ({"actors.consumer.restarts": {"forgets": ["consumer_key"]}}, "'every' is missing"),
    ({"actors.consumer.restarts": {"every": "0 s", "forgets": ["consumer_key"]}}, "a time above 0 s"),
    ({"actors.consumer.restarts": {"every": "1 h", "forgets": ["consumer_key"]}, "actors.consumer.picks": "new"}, "picks: random or round_robin"),
    ({"actors.consumer.restarts": "daily"}, re.escape("none, or e.g. {every:"))])
def test_faults(changes, fault):
    with pytest.raises(Faults, match=fault):
        sim.load("step1").set({"actors.consumer.picks": "random", **changes}).plan()


def test_a_class_may_keep_what_another_forgets():
    restarts = {"every": "1 h", "forgets": ["consumer_key"]}
    classes = {"a": {"share": "50 %", "picks": "random"}, "b": {"restarts": "none"}}
    scenario = sim.load("step1").set({"actors.consumer.population": 2, "actors.consumer.restarts": restarts, "actors.consumer.classes": classes})
    with pytest.raises(Faults, match=re.escape("actors.consumer.restarts")):
        scenario.set({"actors.consumer.classes.a.picks": "new"}).plan()
    assert [each.restarts is None for each in scenario.plan().classes] == [False, True]
