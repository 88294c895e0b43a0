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
LEAKY = {"leaky_bucket": {"rate": "12 /min", "burst": 3, "message": KEYS}}
ADAPTIVE = {"adaptive_puzzle": {"interval": "5 s", "tries": 100_000, "message": KEYS}}
COOKIE = {"address_cookie": {"message": KEYS, "at": "edge"}}
TOKEN = {"initial_access_token": {"held_by": "95 %", "message": KEYS, "at": "edge"}}
LEAKED = {"initial_access_token": {"leaked_to": "100 %", "message": KEYS, "at": "edge"}}
ONLY_UNDER_LOAD = {"token_bucket": {"rate": "12 /min", "burst": 3, "message": KEYS, "when": {"queue_wait_over": "100 ms", "for": "1 s"}}}
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
    ({"bulkhead": {"most": 20, "message": KEYS, "at": "edge"}}, 0.7), (LEAKY, 0.4), (ADAPTIVE, 0.15), (TOKEN, 0.7), (ONLY_UNDER_LOAD, 0.7),
], ids=str)
def test_it_lets_more_of_the_honest_in(unprotected, seed, mitigation, gains):
    assert success(flooded(mitigation, seed=seed)) > unprotected + gains


@pytest.mark.parametrize(("mitigation", "weakness"), [
    (WINDOW, SYBILS), (LEAKY, SYBILS), ("codel", TEN_TIMES), ("gradient2", TEN_TIMES), (COOKIE, {}), (LEAKED, {}),
], ids=str)
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


def test_people_answer_and_bots_do_not_but_open_questions_lock_out(seed):
    patient = {"actors.consumer.timeout": "15 s", "actors.consumer.deadline": "20 s", "attacks.flood.rate": "2000 /s"}
    question = {"median": "2 s", "p95": "5 s", "message": KEYS, "at": "edge"}
    unprotected, asked, capped = (flooded(*given, seed=seed, **patient) for given in (
        (), ({"human_confirmation": {**question, "most": 300_000}},), ({"human_confirmation": {**question, "most": 1000}},)))
    assert success(unprotected) < 0.5
    assert success(asked) > 0.95
    assert success(capped) < 0.5
    assert success(capped, "after") < 0.5
    paid = flooded({"human_confirmation": {**question, "most": 300_000, "bots_pass": "100 %", "solver": "1 s"}}, seed=seed, **patient)
    assert success(paid) < 0.5


def test_an_adaptive_puzzle_is_an_auction(seed):
    """Whoever hashes ten times as much gets what the honest got."""
    assert success(flooded(ADAPTIVE, seed=seed)) - success(flooded(ADAPTIVE, seed=seed, **TEN_TIMES)) > 0.1


def test_deduplication_bounds_the_table_by_those_who_ask_unless_they_vary(seed):
    slow = {"attacks.flood.rate": "100 /s"}
    unprotected, by_metadata, by_address = (flooded(*given, seed=seed, **slow) for given in (
        (), ("deduplication",), ({"deduplication": {"per": "address"}},)))
    assert by_metadata["keys"]["allocated"] == pytest.approx(unprotected["keys"]["allocated"], rel=0.01)  # no bot said the same twice
    assert by_address["keys"]["allocated"] < unprotected["keys"]["allocated"] / 4
    assert success(by_address) > 0.98


def test_a_negative_cache_spares_the_search_for_a_key_that_is_unknown_unless_there_are_too_many(seed):
    dear = {"actors.authorization_manager.work.verify_signature": "15 ms",
            "attacks.flood": {"name": "flood", "sends": "request_access_token", "rate": "400 /s", "during": ["1 min", "2 min"],
                              "sources": {"addresses": 500}, "signature": "unknown_key"}}
    unprotected, cached = flooded(seed=seed, **dear), flooded("negative_cache", seed=seed, **dear)
    assert success(unprotected) < 0.5
    assert success(cached) > 0.95
    twice = {"attacks": [{**dear["attacks.flood"], "name": name, "rate": "600 /s"} for name in ("flood", "other")]}
    full = flooded({"negative_cache": {"table": {"capacity": 1}}}, seed=seed, **{key: value for key, value in dear.items() if key != "attacks.flood"}, **twice)
    assert success(full) < success(cached) - 0.2


def test_a_bloom_filter_needs_no_row_a_nonce_and_refuses_some_when_it_is_full(seed):
    slow = {"attacks.flood.rate": "100 /s"}
    exact, roomy, full = (flooded(*given, seed=seed, **slow) for given in ((), ({"bloom_filter": {"bits": 40_000}},), ({"bloom_filter": {"bits": 4000}},)))
    peaks = [metrics["stations"]["authorization_manager"]["memory_peak_bytes"] for metrics in (exact, roomy)]
    assert peaks[0]["nonce"] > 100_000
    assert peaks[1]["nonce"] == 0
    assert peaks[1]["bloom_filter"] < 12_000
    assert roomy["honest"]["false_refusals"] < 10 < 100 < full["honest"]["false_refusals"]


CALM = [
    {"token_bucket": {"rate": "1000 /s"}}, {"token_bucket": {"rate": "1000 /s", "at": "edge"}}, {"drop_expired": {"after": "3 s"}},
    {"key_expiry": {"never_used": "1 h"}}, {"sliding_window": {"limit": 1000}}, "codel", "gradient2", {"bulkhead": {"most": 100}},
    {"leaky_bucket": {"rate": "1000 /s"}}, "initial_access_token", "negative_cache", "deduplication", "bloom_filter", ADAPTIVE,
    {"client_puzzle": {"when": {"queue_wait_over": "50 ms"}}}, {"bulkhead": {"most": 100, "at": "edge"}}, {"pending_cap": {"most": 100_000}}, {"table_cap": {"capacity": 100_000}},
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
