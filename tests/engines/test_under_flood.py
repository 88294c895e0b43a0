"""Each mitigation under the flood of key requests: what it changes, in whom it fails, and that it costs nothing on a calm day."""

from pathlib import Path

import pytest

import sim
from sim.trace.records import HTTP

FLOOD = sim.load(Path(__file__).parents[2] / "scenarios/key_flood.yaml")
KEYS = "request_consumer_key"
SYBILS = {"attacks.flood.sources": {"addresses": 20_000, "prefixes": 200}}
TEN_TIMES = {"attacks.flood.rate": "4000 /s"}
WINDOW = {"sliding_window": {"limit": 12, "window": "1 min", "message": KEYS}}
TABLE = {"table_cap": {"capacity": 4000, "message": KEYS}}
PENDING = {"pending_cap": {"most": 300, "message": KEYS}}


def flooded(*mitigations, seed=7, **changes):
    """The metrics of a run."""
    given = {"mitigations.authorization_manager": list(mitigations), **changes}
    return FLOOD.set(given).run(seed=seed, engine="compiled", trace=False).metrics


def success(metrics, when="during"):
    return metrics["phases"]["flood"][when]["success_ratio"]


@pytest.fixture(scope="module", params=[7, 8])
def seed(request):
    return request.param


@pytest.fixture(scope="module")
def unprotected(seed):
    """Hardly anybody gets in."""
    found = success(flooded(seed=seed))
    assert found < 0.15
    return found


@pytest.mark.parametrize(("mitigation", "gains"), [
    (WINDOW, 0.4), ("codel", 0.5), ("gradient2", 0.5), ({"bulkhead": {"most": 3, "message": KEYS}}, 0.5),
    ({"bulkhead": {"most": 20, "message": KEYS, "at": "edge"}}, 0.7),
], ids=str)
def test_it_lets_more_of_the_honest_in(unprotected, seed, mitigation, gains):
    assert success(flooded(mitigation, seed=seed)) > unprotected + gains


@pytest.mark.parametrize(("mitigation", "weakness"), [(WINDOW, SYBILS), ("codel", TEN_TIMES), ("gradient2", TEN_TIMES)], ids=str)
def test_it_fails_where_it_says_that_it_is_weak(seed, mitigation, weakness):
    assert success(flooded(mitigation, seed=seed, **weakness)) < 0.2


def test_a_bulkhead_refuses_the_honest_of_its_own_kind(seed):
    """Under ten times the flood those who need a key do not get it; those who only need a token do."""
    assert success(flooded({"bulkhead": {"most": 3, "message": KEYS}}, seed=seed, **TEN_TIMES)) < 0.6
    held = {"actors.consumer.holds": [{"share": "100 %", "items": ["consumer_key"]}]}
    assert success(flooded({"bulkhead": {"most": 3, "message": KEYS}}, seed=seed, **TEN_TIMES, **held)) > 0.95
    assert success(flooded(seed=seed, **TEN_TIMES, **held)) < 0.2


def test_a_cap_on_pending_keys_bounds_the_table_and_locks_out_whoever_is_new(seed):
    unprotected, capped = flooded(seed=seed), flooded(PENDING, seed=seed)
    kept = [metrics["stations"]["authorization_manager"]["memory_peak_bytes"]["consumer_key"] for metrics in (unprotected, capped)]
    assert kept[1] < kept[0] / 5
    assert success(capped) > success(unprotected) + 0.15  # those who hold a key
    assert success(capped, "after") < 0.5
    lapsing = flooded({"pending_cap": {"most": 300, "lapses_after": "10 s", "message": KEYS}}, seed=seed)
    assert success(lapsing, "after") > 0.95


def test_a_cap_on_the_table_of_keys_bounds_it_and_evicts_who_is_slow(seed):
    """At 150 requests a second the manager serves all; what grows is its table. A small one turns over before keys are used."""
    slow = {"attacks.flood.rate": "150 /s"}
    unprotected, capped, tight = (flooded(*given, seed=seed, **slow) for given in ((), (TABLE,), ({"table_cap": {"capacity": 20}},)))
    kept = [metrics["stations"]["authorization_manager"]["memory_peak_bytes"]["consumer_key"] for metrics in (unprotected, capped)]
    assert kept[0] > 9_000 * 1024
    assert kept[1] <= 4_010 * 1024
    assert success(capped) > 0.95
    assert capped["keys"]["deleted_in_use"] < 0.05 * capped["sessions"]["started"]
    assert success(tight) < 0.5
    assert tight["keys"]["deleted_in_use"] > 100


CALM = [
    {"token_bucket": {"rate": "1000 /s"}}, {"token_bucket": {"rate": "1000 /s", "at": "edge"}}, {"drop_expired": {"after": "3 s"}},
    {"key_expiry": {"never_used": "1 h"}}, {"sliding_window": {"limit": 1000}}, "codel", "gradient2", {"bulkhead": {"most": 100}},
    {"bulkhead": {"most": 100, "at": "edge"}}, {"pending_cap": {"most": 100_000}}, {"table_cap": {"capacity": 100_000}},
]


@pytest.fixture(scope="module")
def calm():
    """The records of a calm day, and a function that makes those of another."""

    def records(*mitigations):
        day = {"attacks": [], "trace": "all", "actors.authorization_manager.work.allocate_consumer_key": "1 ms",
               "actors.authorization_manager.servers": 50, "mitigations.authorization_manager": list(mitigations)}
        run = FLOOD.set(day).run(engine="compiled")
        return [tuple(record.values())[:HTTP] for record in run.trace.records()]

    return records(), records


@pytest.mark.parametrize("mitigation", CALM, ids=str)
def test_on_a_calm_day_it_changes_no_record(calm, mitigation):
    """No wait, no refusal, no other draw: all arrivals, delays and work are those without it, number for number."""
    without, records = calm
    assert records(mitigation) == without
