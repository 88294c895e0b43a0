"""Who is served next: a flood from one address, and those who proved a key before."""

import pytest
from diagrams import CALL, NESTED

import sim
from sim.language.faults import Faults


def served(play, order, *, classes, **queue):
    """The sessions in the order in which they are taken up; all come within a ms, and service takes 10."""
    clients = {name: {"population": 1, "picks": "round_robin", "arrivals": {"times": times}} for name, times in classes.items()}
    played = play(CALL, {"actors": {"c": {"classes": clients}, "s": {"work": {"ask": "10 ms"}, "queue": {"order": order, **queue}}}})
    rows = sorted((r["started_ns"], r["class"], r["sent_ns"]) for r in played.records if r["message"] == "ask")
    return [f"{name}{sent // 1000}" for _, name, sent in rows]


def test_fair_goes_round_the_addresses(play):
    classes = {"a": [f"{k} us" for k in range(6)], "b": ["10 us", "11 us"], "c": ["12 us"]}
    assert served(play, "fifo", classes=classes) == ["a0", "a1", "a2", "a3", "a4", "a5", "b10", "b11", "c12"]
    assert served(play, "fair", classes=classes) == ["a0", "a1", "b10", "c12", "a2", "b11", "a3", "a4", "a5"]
    assert served(play, "lifo", classes=classes) == ["a0", "c12", "b11", "b10", "a5", "a4", "a3", "a2", "a1"]


def test_adaptive_lifo_is_fifo_until_there_is_a_backlog(play):
    """Three wait in turn; whoever comes then goes before them, and the next before that one."""
    classes = {"a": [f"{k} us" for k in range(6)]}
    assert served(play, "adaptive_lifo", classes=classes) == ["a0", "a1", "a2", "a3", "a4", "a5"]
    assert served(play, "adaptive_lifo", classes=classes, backlog=3) == ["a0", "a5", "a4", "a1", "a2", "a3"]
    assert served(play, "adaptive_lifo", classes=classes, backlog=0) == ["a0", "a5", "a4", "a3", "a2", "a1"]


def test_in_a_flood_adaptive_lifo_serves_whoever_still_waits():
    """Twice what the manager can do: of the waiting room's 5 s nobody waits so long, and those who come last are served in time."""
    success = {}
    for order in ("fifo", "adaptive_lifo"):
        run = sim.load("scenarios/key_flood.yaml").set({"actors.authorization_manager.queue.order": order}).run(engine="compiled", trace=False)
        success[order] = run.metrics["phases"]["flood"]["during"]["success_ratio"]
    assert success["fifo"] < 0.15
    assert success["adaptive_lifo"] > success["fifo"] + 0.3


def test_a_backlog_in_another_order_is_at_fault():
    with pytest.raises(Faults, match=r"actors.authorization_manager.queue.backlog: it is of no use in this order; expected order: adaptive_lifo"):
        sim.load("step1").set({"actors.authorization_manager.queue": {"order": "fifo", "backlog": 5}})


@pytest.mark.parametrize("payloads", [True, False])
def test_priority_goes_to_keys_that_were_proven_from_the_same_address(payloads):
    """A crowd asks for keys when one consumer comes back with its own: it waits for one service, not for the crowd."""
    waits = {}
    for order in ("fifo", "priority"):
        run = sim.run("step1", payloads=payloads, set={
            "duration": "40 s", "network.default": {"latency": "1 ms", "transport": "datagram"},
            "actors.consumer": {
                "classes": {"known": {"population": 1, "picks": "round_robin", "arrivals": {"times": ["0 s", "20.5 s"]},
                                      "expires": {"access_token": "1 s"}},
                            "crowd": {"population": 200, "arrivals": {"times": ["20 s"] * 200}}}},
            "actors.authorization_manager": {"servers": 1, "queue": {"order": order},
                                             "work": {"allocate_consumer_key": "20 ms", "verify_signature": "20 ms"}}})
        assert set(run.metrics["checks"].values()) == {True}
        (wait,) = [r["started_ns"] - r["received_ns"] for r in run.trace.records()
                   if r["message"] == "request_access_token" and r["class"] == "known" and r["sent_ns"] > 15e9]
        waits[order] = wait
        peaks = run.metrics["stations"]["authorization_manager"]["memory_peak_bytes"]
        assert dict(peaks) == ({} if order == "fifo" else {"proven_keys": 48 * 201})
    assert waits["fifo"] > 2e9
    assert waits["priority"] <= 20_000_000


def test_what_goes_on_after_a_nested_call_counts_for_whom_it_is_done(play):
    """Its answers stand with the addresses on whose behalf they come, and before what is new in the order of priority."""
    for order in ("fair", "priority"):
        played = play(NESTED, {"actors": {
            "c": {"population": 20, "addresses": {"shared_by": 10}, "arrivals": {"constant": "100 /s", "maximum": 20}},
            "s": {"work": {"parse": "10 ms"}, "queue": {"order": order, "capacity": 5}}, "t": {"work": {"parse": "15 ms"}}}})
        assert {fate for fate, _ in played.fates()} == {"completed", "refused"}


@pytest.mark.parametrize("order", ["fair", "priority"])
def test_who_waits_at_the_end_is_accounted_for(play, order):
    played = play(CALL, {"actors": {"c": {"population": 40, "addresses": {"shared_by": 8}, "arrivals": {"constant": "200 /s", "maximum": 190}},
                                    "s": {"work": {"ask": "10 ms"}, "queue": {"order": order}}}})
    assert played.metrics["sessions"]["in_flight"] > 80
