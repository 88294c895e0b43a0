"""Common random numbers: what happens to others, or to work times, moves nothing of what a session draws.

Two variants of a scenario see the same arrivals, latencies, losses, holdings, guards and work for the same step of the
same session, so their difference is not drowned in noise (Law, Simulation Modeling and Analysis, section 11.2).
"""

from collections.abc import Callable
from typing import Any

import pytest

import sim

Told = dict[tuple[Any, ...], Any]
LOAD = {"duration": "25 s", "warm_up": "0 s", "network": {"default": {
    "latency": {"lognormal": {"median": "20 ms", "p95": "60 ms"}}, "loss": "2 %", "transport": "datagram"}}}
SLOW = {"actors.authorization_manager.work": {"allocate_consumer_key": {"exponential": "40 ms"}, "parse": "3 ms", "verify_signature": "20 ms"}}
DEVICE = {"duration": "120 s", "warm_up": "0 s"}


def visits(records: list[dict[str, Any]]) -> dict[int, tuple[Any, ...]]:
    """Session number to what the session is by itself: class, client, and when it started."""
    return {record["session"]: (record["class"], record["sender"], record["sent_ns"]) for record in records if record["kind"] == "session"}


def told(records: list[dict[str, Any]], what: Callable[[dict[str, Any]], Any], *kinds: str) -> Told:
    """Of each record of these kinds: who, which step, which pass, which attempt, and ``what`` it drew (None: nothing to say)."""
    whose = visits(records)
    rows = {}
    for record in records:
        if record["kind"] in kinds and (drawn := what(record)) is not None:
            rows[*whose[record["session"]], record["message"], record["iteration"], record["attempt"]] = drawn
    return rows


def latency(record):
    if record["outcome"] == "lost":
        return "lost"
    return None if record["received_ns"] is None else record["received_ns"] - record["sent_ns"]


def work(record):
    return None if record["finished_ns"] is None else record["finished_ns"] - record["started_ns"]


def common(a: Told, b: Told, least: int) -> None:
    """Equal wherever both have something, and that is not nothing."""
    both = a.keys() & b.keys()
    assert len(both) >= least
    assert {key: a[key] for key in both} == {key: b[key] for key in both}


@pytest.fixture(scope="module")
def load(audit):
    """The records of the shipped load scenario, as it is."""
    return audit(sim.run("step1_load.yaml", set=LOAD))


@pytest.fixture(scope="module")
def devices(audit):
    return audit(sim.run("device.yaml", set=DEVICE))


def test_slower_work_moves_no_arrivals_no_latencies_and_no_losses(load, audit):
    slowed = audit(sim.run("step1_load.yaml", set={**LOAD, **SLOW}))
    assert sorted(visits(load).values()) == sorted(visits(slowed).values())
    assert load != slowed
    common(told(load, latency, "message"), told(slowed, latency, "message"), 2000)
    assert "lost" in told(load, latency, "message").values()
    first = [key for key in told(load, latency, "message") if key[3] == "request_consumer_key" and key[5] == 1]
    assert set(first) == {key for key in told(slowed, latency, "message") if key[3] == "request_consumer_key" and key[5] == 1}  # what is held, too


def test_work_scales_with_its_mean(load, audit):
    slowed = audit(sim.run("step1_load.yaml", set={**LOAD, "actors.authorization_manager.work.allocate_consumer_key": {"exponential": "8 ms"}}))
    ours = told([record for record in load if record["message"] == "allocate_consumer_key"] + of_kind(load, "session"), work, "action")
    theirs = told([record for record in slowed if record["message"] == "allocate_consumer_key"] + of_kind(slowed, "session"), work, "action")
    both = ours.keys() & theirs.keys()
    assert len(both) > 100
    assert all(abs(theirs[key] - 2 * ours[key]) <= 1 for key in both)  # each rounded once, to whole ns


def of_kind(records, kind):
    return [record for record in records if record["kind"] == kind]


def test_another_network_moves_no_work(load, audit):
    other = {**LOAD, "network": {"default": {"latency": {"exponential": "5 ms"}, "transport": "tls"}}}
    near = audit(sim.run("step1_load.yaml", set=other))
    assert sorted(visits(load).values()) == sorted(visits(near).values())
    common(told(load, work, "action"), told(near, work, "action"), 500)


def test_another_class_moves_nothing(load, audit):
    classes = {
        "laptop": {"share": "60 %", "addresses": "own"},
        "hosted": {"share": "40 %", "addresses": {"shared_by": 200}},
    }
    own = {"laptop": "12 /s", "hosted": "8 /s"}  # as the shares of 20 /s
    alone = {name: {"addresses": keys["addresses"], "population": population, "arrivals": {"poisson": own[name]}}
             for (name, keys), population in zip(classes.items(), (3000, 2000), strict=True)}
    crowd = {**alone, "crawler": {"population": 10, "arrivals": {"constant": "50 /s"}, "picks": "new"}}
    base = audit(sim.run("step1_load.yaml", set={**LOAD, "actors.consumer.classes": alone, "actors.consumer.population": 5000}))
    assert sorted(visits(base).values()) == sorted(visits(load).values())
    more = audit(sim.run("step1_load.yaml", set={**LOAD, "actors.consumer.classes": crowd, "actors.consumer.population": 5010}))
    assert sorted(visits(base).values()) == sorted(visit for visit in visits(more).values() if visit[0] != "crawler")
    common(told(base, latency, "message"), told(more, latency, "message"), 2000)
    common(told(base, work, "action"), told(more, work, "action"), 500)


def test_guards_and_waits_stay_what_they_are(devices, audit):
    slowed = audit(sim.run("device.yaml", set={**DEVICE, "actors.authorization_server.work": {"parse": "20 ms", "issue_token": {"exponential": "100 ms"}}}))
    chosen = {"answer_now", "answer_to_poll"}

    def outcome(record):
        return record["outcome"] if record["message"] in chosen else None

    common(told(devices, outcome, "fragment"), told(slowed, outcome, "fragment"), 500)
    common(told(devices, latency, "message"), told(slowed, latency, "message"), 1500)


def test_one_client_more_moves_no_other(audit):
    times = [f"{10 * number} ms" for number in range(40)]
    given = {"actors.customer.arrivals": {"times": times}, "duration": "60 s", "warm_up": "0 s", "network": {"default": {
        "transport": "datagram", "latency": {"exponential": "1 s"}}}}
    before = audit(sim.run("mm1.yaml", set=given))
    after = audit(sim.run("mm1.yaml", set={**given, "actors.customer.arrivals": {"times": [*times, "395 ms"]}}))
    ours, theirs = told(before, latency, "message"), told(after, latency, "message")
    common(ours, theirs, 60)
    assert len(visits(after)) == len(visits(before)) + 1
    queued = told(before, lambda record: record["started_ns"], "message")
    moved = told(after, lambda record: record["started_ns"], "message")
    assert any(queued[key] != moved[key] for key in queued.keys() & moved.keys())  # but it does stand in the queue


def test_another_seed_and_another_replication_draw_anew(load):
    for options in ({"seed": 8}, {"replication": 1}):
        other = list(sim.run("step1_load.yaml", set=LOAD, **options).trace.records())
        assert not {visit[2] for visit in visits(load).values()} & {visit[2] for visit in visits(other).values()}


def test_no_address_of_chance_is_used_twice(addresses):
    """In every shipped scenario; what it counts is what it should."""
    for name, changes in (("step1_load", LOAD), ("device", DEVICE), ("access", {"duration": "20 s"}), ("mm1", {"duration": "500 s", "warm_up": "0 s"}),
                          ("step1_repeat", {})):
        with addresses() as used:
            sim.run(f"{name}.yaml", set=changes)
        assert [address for address, count in used.items() if count > 1] == []
        streams = {address[0] for address in used}
        assert streams >= {"arrivals", "work", "network"} - ({"arrivals"} if name == "step1_repeat" else set())
        assert "?" not in streams
