"""Reflection: a popular stranger's metadata name our manager, and honest clients become the flood."""

import pytest

import sim
from sim.engines import compiled
from sim.language.faults import Faults

MANAGER = "authorization_manager"
CHANGES = {
    "duration": "40 s", "warm_up": "1 s", "trace": "all", "protected": MANAGER, "attacks": [],
    "actors.consumer": {"deadline": "2 s", "timeout": "500 ms", "retry": {"attempts": 3, "backoff": {"full_jitter": {"base": "50 ms", "cap": "1 s"}}},
                        "classes": {"ours": {"population": 200, "arrivals": "10 /s", "addresses": "own"},
                                    "reflected": {"population": 2000, "unknown": ["realm_metadata"], "arrivals": {"steps": [
                                        {"from": "0 s", "rate": "0 /s"}, {"from": "10 s", "rate": "60 /s"}, {"from": "20 s", "rate": "0 /s"}]}}}},
    "actors.authorization_manager": {"servers": 1, "queue": {"capacity": 50}, "work": {"parse": "0.1 ms", "allocate_consumer_key": "30 ms", "verify_signature": "1 ms"}}}


@pytest.fixture(scope="module")
def reflected():
    return sim.run("key_flood.yaml", set=CHANGES, engine="simpy")


def test_the_stranger_s_metadata_are_real_and_the_manager_refuses_its_handle(audit, reflected):
    records = audit(reflected)
    theirs = [record for record in records if record["class"] == "reflected"]
    asked = {record["http"]["url"] for record in theirs if record["message"] == "get_realm_metadata"}
    assert asked == {"https://stranger.example/.well-known/protection-realm/pr"}
    assert any('"handle": "sph-stranger.example"' in record["http"]["body"] for record in theirs if record["message"] == "realm_metadata")
    tokens = [record for record in theirs if record["message"] == "request_access_token" and record["finished_ns"]]
    assert {record["by"] for record in tokens if record["outcome"] == "refused"} >= {"realm_metadata"}
    assert not any(record["message"] == "access_token" for record in theirs)
    assert {record["http"]["url"] for record in records if record["class"] == "ours" and record["message"] == "get_realm_metadata"} == {
        "https://provider.example/.well-known/protection-realm/pr"}


def test_it_is_the_same_without_payloads_and_compiled(reflected):
    bare = sim.run("key_flood.yaml", set=CHANGES, payloads=False, engine="simpy")
    assert bare.metrics == reflected.metrics
    assert [{**record, "http": None} for record in reflected.trace.records()] == list(bare.trace.records())
    fast = compiled.run(sim.load("key_flood.yaml").set(CHANGES).plan(), plain=True)
    assert [tuple(record.values())[:-1] for record in bare.trace.records()] == [tuple(record)[:-1] for record in fast.recorder.records()]


def test_our_own_clients_pay_for_it_and_a_limit_by_address_is_no_help(reflected):
    def ours(**changes):
        run = reflected if not changes else sim.run("key_flood.yaml", set={**CHANGES, **changes}, payloads=False, engine="simpy")
        return run.metrics["classes"]["ours"]["success_ratio"]

    calm = ours(**{"actors.consumer.classes.reflected.arrivals": "0 /s"})
    hit = ours()
    limit = {"token_bucket": {"per": "address", "message": "request_consumer_key", "rate": "1 /s", "burst": 4}}
    limited = ours(mitigations={MANAGER: [limit]})
    assert calm > 0.95
    assert hit < calm - 0.15
    assert abs(limited - hit) < 0.05  # two thousand addresses, each of somebody who means no harm: no more than a call and its retries


@pytest.mark.parametrize(("fact", "fault"), [
    ("consumer_key", r"classes\.ours\.unknown\.0: 'consumer_key' cannot be unknown; expected realm_metadata"),
    ("realm_metadat", r"classes\.ours\.unknown\.0: 'realm_metadat' cannot be unknown; expected realm_metadata \(did you mean 'realm_metadata'\?\)")])
def test_what_clients_cannot_have_from_a_stranger(fact, fault):
    with pytest.raises(Faults, match=fault):
        sim.load("key_flood.yaml").set({"actors.consumer.classes": {"ours": {"unknown": [fact]}}}).plan()


def test_what_a_models_code_cannot_make_up_is_a_fault(model_file):
    diagram = ("diagram: x\nparticipants: {c: C, s: S}\nfacts: [coupon]\nsequence:\n  - c -> s: ask\n    needs: coupon\n  - s: look\n    checks: coupon\n"
               "  - s --> c: told\n")
    actors = "from sim.protocol.actor import Actor, does\nclass S(Actor):\n    @does('look')\n    def look(self, turn):\n        pass\n"
    scenario = {"scenario": "x", "model": model_file(diagram, actors), "duration": "1 s", "actors": {"c": {"arrivals": "1 /s", "unknown": ["coupon"],
                "holds": [{"share": "100 %", "items": ["coupon"]}]}}, "attacks": [{"name": "f", "sends": "ask", "rate": "9 /s", "unknown": ["coupon"]}]}
    with pytest.raises(Faults) as caught:
        sim.load(scenario).plan()
    assert "attacks.0.unknown.0: the model's code cannot make up 'coupon'; expected no unknown facts" in str(caught.value)
    assert "actors.c.unknown.0: 'coupon' cannot be unknown; expected no unknown facts" in str(caught.value)
