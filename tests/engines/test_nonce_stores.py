"""Where a server with several instances keeps nonces: which copies of a request pass follows from who has seen it, and when."""

import pytest

import sim
from sim.language.faults import Faults
from sim.world.clock import NEVER_NS

MANAGER = "authorization_manager"
REPLAYED = {
    "scenario": "Replays at the siblings", "model": "protectserve/step1", "duration": "30 s", "warm_up": "1 s", "protected": MANAGER,
    "network": {"default": {"latency": {"lognormal": {"median": "20 ms", "p95": "60 ms"}}, "transport": "datagram"}},
    "actors": {
        "consumer": {"population": 300, "arrivals": "6 /s", "picks": "new", "timeout": "5 s", "holds": [{"share": "40 %", "items": ["consumer_key"]}]},
        MANAGER: {"instances": 4, "servers": 2, "memory": {"nonce": "64 B"},
                  "work": {"parse": "1 ms", "allocate_consumer_key": {"exponential": "10 ms"}, "verify_signature": "2 ms"}}},
    "attacks": [{"name": "copies", "sends": "request_access_token", "rate": {"poisson": "60 /s"}, "during": ["3 s", "28 s"],
                 "sources": {"addresses": 50}, "signature": {"replayed": {"delay": "20 ms", "captured": "30 %"}}}]}
STORES = [({"kept": "shared"}, 0), ({"kept": "replicated", "lag": "40 ms"}, 40_000_000), ({"kept": "per_instance"}, NEVER_NS)]


def both(store):
    """A run with payloads, and its twin without: the same trace (all but http), the same metrics."""
    told = {f"mitigations.{MANAGER}": [{"nonce_store": store}]}
    real, bare, compiled = (sim.run(REPLAYED, set=told, **options) for options in ({"payloads": True}, {"payloads": False}, {"engine": "compiled"}))
    records = list(real.trace.records())
    assert [{**each, "http": None} for each in records] == list(bare.trace.records()) == list(compiled.trace.records())
    assert real.metrics == bare.metrics == compiled.metrics
    return real, records


def checked(records):
    """The token requests as they are taken up: when, by which instance, which request, and whether its signature passed."""
    def served(each):
        return each["session"], each["iteration"], each["attempt"]

    passed = {served(each): each["outcome"] == "done" for each in records if each["message"] == "verify_signature"}
    return sorted((each["started_ns"], each["receiver"], each["http"]["headers"]["Authorization"], passed[served(each)])
                  for each in records if each["message"] == "request_access_token" and served(each) in passed)


@pytest.mark.parametrize(("store", "lag_ns"), STORES, ids=[store["kept"] for store, _ in STORES])
def test_a_copy_passes_where_nobody_has_told_of_the_original(store, lag_ns):
    """Each verdict against the plain rule, from the bytes in the trace."""
    run, records = both(store)
    first, takers, copies = {}, {}, 0
    for at_ns, instance, signed, passed in checked(records):
        known = instance in takers.setdefault(signed, set()) or (signed in first and at_ns - first[signed] >= lag_ns)
        assert passed == (not known), (at_ns, instance, signed)
        if passed:
            copies += signed in first
            first.setdefault(signed, at_ns)
            takers[signed].add(instance)
    assert run.metrics["attack"]["sent"] > 1000
    assert copies == 0 if lag_ns == 0 else copies > 10
    rows = len(first) * 4 if store["kept"] == "replicated" else sum(map(len, takers.values()))
    assert run.metrics["stations"][MANAGER]["memory_peak_bytes"]["nonce"] == 64 * rows


def test_stores_apart_let_most_replays_of_a_quiet_server_pass_and_a_lag_few():
    accepted = {store["kept"]: sim.run(REPLAYED, set={f"mitigations.{MANAGER}": [{"nonce_store": store}]}).metrics["attack"]["replays_accepted"]
                for store, _ in STORES}
    assert accepted["shared"] < 10  # those that overtook their original
    assert accepted["per_instance"] > 70
    assert accepted["shared"] + 10 < accepted["replicated"] < 0.6 * accepted["per_instance"]


def test_a_lookup_is_server_time_of_every_nonce_that_is_checked():
    plain, asked = (sim.run(REPLAYED, set={"attacks": [], f"mitigations.{MANAGER}": [{"nonce_store": {"lookup": lookup}}]}) for lookup in ("0 s", "3 ms"))
    assert asked.metrics["stations"][MANAGER]["utilisation"] > plain.metrics["stations"][MANAGER]["utilisation"] + 0.001
    times = [[each["finished_ns"] - each["started_ns"] for each in run.trace.records() if each["message"] == "verify_signature"] for run in (plain, asked)]
    assert set(times[0]) == {2_000_000}
    assert set(times[1]) == {5_000_000}


@pytest.mark.parametrize(("listed", "parameters", "fault"), [
    ([{"nonce_store": {"kept": "per_instance", "lag": "1 s"}}], {}, "kept: per_instance has no lag; expected kept: replicated, or no lag"),
    ([{"nonce_store": {"kept": "replicated", "lookup": "1 ms"}}], {}, "kept: replicated asks nobody; expected kept: shared, or no lookup"),
    ([{"nonce_store": {}}, {"nonce_store": {}}], {}, "'nonce_store' says already how this server keeps nonces; expected one way"),
    ([{"bloom_filter": {}}, {"nonce_store": {}}], {}, "'bloom_filter' says already how this server keeps nonces; expected one way"),
    ([{"check_order": {}}, {"check_order": {}}], {}, "'check_order' says already in which order this server checks; expected one order"),
    ([{"nonce_store": {"lookup": "1 ms"}}, {"check_order": {}}], {}, "'check_order' says what the check of a nonce costs; expected check_order: {nonce: ...}, and no lookup"),
    ([{"nonce_store": {"kept": "per_instance"}}], {"timestamps": "monotonic"}, "timestamps: monotonic compares all requests of a key, so all instances have to share one nonce_store"),
])
def test_what_cannot_both_be_meant_is_a_fault(listed, parameters, fault):
    with pytest.raises(Faults) as raised:
        sim.run(REPLAYED, set={f"mitigations.{MANAGER}": listed, f"actors.{MANAGER}.parameters": parameters})
    assert len(raised.value.faults) == 1
    assert fault in str(raised.value)
