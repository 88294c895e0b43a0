"""The scenarios about honest clients keep what they promise, whatever the seed, with all work halved and doubled."""

from pathlib import Path

import pytest

import sim

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SEEDS = range(1, 6)
WORKS = ("5 ms", "10 ms", "20 ms")
JITTER = {"actors.customer.retry.backoff": {"full_jitter": {"base": "500 ms", "cap": "10 s"}}}
BUDGET = {"actors.customer.retry.budget": {"ratio": "10 %", "burst": 100, "shared": True}}
BREAKER = {"actors.customer.breaker": {"shared": True}}
THROTTLE = {"actors.customer.throttle": {"window": "5 s", "shared": True}}


def after_the_spike(changes, work, seed):
    """Success of the sessions that began when the spike was over; before it, all is well."""
    run = sim.load(SCENARIOS / "retry_storm.yaml").set({"trace": "none", "actors.server.work.job": {"exponential": work}, **changes})
    phases = run.run(seed=seed, engine="compiled").metrics["phases"]["spike"]
    assert phases["before"]["success_ratio"] > 0.99 or work not in WORKS
    return phases["after"]["success_ratio"]


@pytest.mark.parametrize("work", WORKS)
def test_a_retry_storm_outlives_its_cause_unless_its_clients_hold_back(work):
    for seed in SEEDS:
        assert after_the_spike({}, work, seed) < 0.05
        assert after_the_spike({**JITTER, **BUDGET}, work, seed) > 0.75
        assert after_the_spike(BUDGET, work, seed) > 0.75
        assert after_the_spike(BREAKER, work, seed) > 0.75
        assert after_the_spike(THROTTLE, work, seed) > 0.75


def test_jitter_alone_does_not_end_it():
    for work in ("10 ms", "20 ms"):
        assert max(after_the_spike(JITTER, work, seed) for seed in SEEDS) < 0.05


def test_where_it_flips():
    assert min(after_the_spike({}, "2.5 ms", seed) for seed in SEEDS) > 0.9, "ten attempts of everybody fit into the server"
    assert max(after_the_spike(BUDGET, "35 ms", seed) for seed in SEEDS) < 0.05, "budget and calm load together fill it"


def registry(changes, factor, seed):
    """Keys, and the most rows that the manager had."""
    work = {"parse": f"{0.1 * factor} ms", "allocate_consumer_key": {"exponential": f"{4 * factor} ms"}, "verify_signature": f"{0.1 * factor} ms"}
    metrics = sim.load(SCENARIOS / "mcphub_reregistration.yaml").set({
        "trace": "none", "actors.authorization_manager.work": work, **changes}).run(seed=seed, engine="compiled").metrics
    assert metrics["sessions"]["completed"] >= metrics["sessions"]["started"] - 1
    return metrics["keys"], metrics["stations"]["authorization_manager"]["memory_peak_bytes"]["consumer_key"] // 1024


def expiry(idle):
    return {"mitigations.authorization_manager": [{"key_expiry": {"idle": idle}}]}


@pytest.mark.parametrize("factor", [0.5, 1, 2])
def test_clients_that_forget_their_key_fill_a_registry_with_dead_rows(factor):
    for seed in SEEDS:
        keys, rows = registry({}, factor, seed)
        assert keys["allocated"] == rows == 12 + keys["orphaned"]
        assert keys["orphaned"] > 30, "more than seven rows in ten are dead"
        kept, rows_kept = registry({"actors.consumer.restarts": "none"}, factor, seed)
        assert (rows_kept, kept["orphaned"]) == (12, 0)
        collected, rows_left = registry(expiry("2 h"), factor, seed)
        assert rows_left < rows / 2
        assert collected["deleted_in_use"] <= 2
        hasty, _ = registry(expiry("20 min"), factor, seed)
        assert hasty["deleted_in_use"] > 200
        assert hasty["allocated"] > 4 * keys["allocated"]
