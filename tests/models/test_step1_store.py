"""Step 1 with a store: what a slow one does to the manager that waits for it, by arguments of queueing theory."""

from functools import cache
from pathlib import Path

import pytest
from engines_agree import difference

import sim
from sim.plan.constructed import not_constructed

SCENARIO = Path(__file__).parents[2] / "scenarios" / "step1_store.yaml"
OWN_MS = {"parse": 0.1, "allocate_consumer_key": 0.1, "verify_signature": 0.1}
STORE_MS = {"find_key": 2, "insert_key": 20, "insert_nonce": 8}
MANAGER_MS = 5 * 0.1 + 2 * 0.1
"""Of a session: two requests and three answers of the store to parse, and two actions."""
HOLDS = "actors.authorization_manager.holds_server"


@cache
def played(seed=7, slower=1.0, **changes):
    work = {"actors.authorization_manager.work": {name: f"{slower * ms} ms" for name, ms in OWN_MS.items()},
            "actors.store.work": {name: {"exponential": f"{slower * ms} ms"} for name, ms in STORE_MS.items()}}
    named = {"holds": HOLDS, "rate": "actors.consumer.arrivals", "room": "actors.store.queue.capacity"}
    metrics = sim.load(SCENARIO).set({**work, **{named[name]: value for name, value in changes.items()}}).run(
        seed=seed, engine="compiled", trace=False).metrics
    assert metrics["checks"] == {"sessions": True, "messages": True, "little": True}
    return metrics


def stations(metrics):
    return metrics["stations"]["authorization_manager"], metrics["stations"]["store"]


@pytest.mark.parametrize("holds", [True, False])
def test_the_servers_are_held_for_as_long_as_the_store_takes(holds):
    """Little's law for the manager's servers: how many are held is how often, times for how long (J. D. C. Little, 1961)."""
    metrics = played(holds=holds, rate="20 /s")
    manager, store = stations(metrics)
    calls_per_s = store["served"] / 60
    held = calls_per_s * (store["sojourn_s"]["mean"] + 2 * 0.0005) if holds else 0
    assert manager["utilisation"] * 4 == pytest.approx(held + calls_per_s / 3 * MANAGER_MS / 1000, rel=0.02)
    assert metrics["honest"]["success_ratio"] == 1


def test_the_store_is_as_busy_as_its_work_is_offered_whoever_waits_for_it():
    """Utilisation law: the load of a station is the rate of visits times their work, whatever else happens."""
    for holds in (True, False):
        loads = [stations(played(seed, holds=holds, rate="20 /s"))[1]["utilisation"] for seed in range(1, 9)]
        mean = sum(loads) / len(loads)
        deviation = (sum((load - mean) ** 2 for load in loads) / (len(loads) - 1)) ** 0.5
        assert abs(mean - 20 * sum(STORE_MS.values()) / 1000) < 3 * deviation / len(loads) ** 0.5
        assert deviation < 0.05


@pytest.mark.parametrize("holds", [True, False])
def test_a_saturated_store_gives_no_more_than_its_capacity(holds):
    metrics = played(holds=holds)
    manager, store = stations(metrics)
    assert store["utilisation"] > 0.99
    assert metrics["honest"]["goodput_per_s"] < 1000 / sum(STORE_MS.values())
    if holds:
        assert manager["utilisation"] > 0.99
        assert (store["queue_max"], manager["queue_max"]) == (3, 50)  # of four servers one is being served
    else:
        assert manager["utilisation"] < 0.05
        assert manager["queue_max"] == 0
        assert store["queue_mean"] > 1000


@pytest.mark.parametrize(("seed", "slower"), [(7, 1), (8, 1), (9, 1), (10, 1), (11, 1), (7, 0.5), (7, 2)])
def test_held_servers_are_a_bound_on_the_queue_of_the_store(seed, slower):
    capacity = 1000 / (slower * sum(STORE_MS.values()))
    share = {name: played(seed, slower, **changes)["honest"]["goodput_per_s"] / capacity for name, changes in {
        "held": {"holds": True}, "let go": {"holds": False}, "let go, small room": {"holds": False, "room": 50}}.items()}
    assert share["held"] > 0.2
    assert (share["let go, small room"] > 0.2) == (slower <= 1)  # at twice the work two calls last longer than a consumer waits
    assert share["held"] > share["let go, small room"] > share["let go"] + 0.03
    assert share["let go"] < 0.02


@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize("signature", ["valid", "wrong", "missing", "unknown_key", {"replayed": {"delay": "1 s"}}], ids=str)
def test_attacks_are_the_same_in_both_engines(holds, signature):
    plan = sim.load(SCENARIO).set({HOLDS: holds, "duration": "8 s", "warm_up": "0 s", "trace": "all", "actors.consumer.arrivals": "15 /s",
                                   "actors.store.timeout": "1 s", "attacks": [
        {"name": "flood", "sends": "request_access_token", "rate": "30 /s", "signature": signature}]}).plan()
    assert not_constructed(plan) is None
    assert difference(plan, plain=True) is None
