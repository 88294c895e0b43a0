"""What no server gave out: junk tokens, handles that nobody knows; refused for real, and by construction."""

import pytest

import sim
from sim.language.faults import Faults

JUNK = {"name": "junk", "sends": "get_resource_with_token", "rate": {"constant": "50 /s"}, "during": ["1 s", "5 s"]}
HANDLES = {"name": "handles", "sends": "request_access_token", "rate": {"constant": "50 /s"}, "during": ["1 s", "5 s"], "unknown": ["realm_metadata"]}
MANAGER = "authorization_manager"


def both(audit, scenario, changes):
    """A run with payloads and its twins: without, and in the other engine. The records of the first."""
    changes = {"duration": "8 s", "warm_up": "0 s", "trace": "all", **changes}
    real, bare = (sim.run(scenario, set=changes, payloads=payloads, engine="simpy") for payloads in (True, False))
    records = audit(real)
    assert [{**record, "http": None} for record in records] == list(bare.trace.records())
    from sim.engines import compiled

    fast = compiled.run(sim.load(scenario).set(changes).plan(), plain=True)
    assert [tuple(record.values())[:-1] for record in bare.trace.records()] == [tuple(record)[:-1] for record in fast.recorder.records()]
    assert real.metrics == bare.metrics
    return real, records


@pytest.mark.parametrize("signature", ["unknown_key", "missing"])
def test_each_junk_token_is_a_question_to_the_authorization_manager(audit, signature):
    run, records = both(audit, "access.yaml", {"attacks": [{**JUNK, "signature": signature}]})
    attack = run.metrics["attack"]
    assert attack["sent"] == 199
    assert attack["refused"] + attack["in_flight"] == 199
    junk = [record for record in records if record["class"] == "junk"]
    asked = [record for record in junk if record["message"] == "ask_about_token"]
    assert len(asked) == len({record["session"] for record in junk})
    assert {record["by"] for record in asked} == {"access_token"}
    assert {record["outcome"] for record in junk if record["message"] == "look_up_token"} == {"refused"}
    assert any(record["message"] == "get_resource_with_token!401" for record in junk)
    assert run.metrics["stations"][MANAGER]["refused"]["access_token"] >= attack["refused"] > 190
    bodies = {record["http"]["body"] for record in asked}
    assert len(bodies) == 1  # one junk token, or none at all
    honest = {record["http"]["body"] for record in records if record["message"] == "ask_about_token" and record["class"] != "junk"}
    assert not bodies & honest


def test_who_holds_a_token_and_signs_wrongly_is_asked_about_and_refused_here(audit):
    run, _ = both(audit, "access.yaml", {"attacks": [{**JUNK, "signature": "wrong"}]})
    assert "access_token" not in run.metrics["stations"][MANAGER]["refused"]
    assert run.metrics["stations"]["service_provider"]["refused"]["signature"] > 190


def test_a_handle_that_no_manager_knows_is_refused_after_the_signature(audit):
    run, records = both(audit, "step1.yaml", {"attacks": [HANDLES, {**HANDLES, "name": "twice", "signature": "wrong"}]})
    assert run.metrics["stations"][MANAGER]["refused"]["realm_metadata"] > 190
    assert run.metrics["stations"][MANAGER]["refused"]["signature"] > 190
    sent = [record["http"]["body"] for record in records if record["message"] == "request_access_token" and record["class"] == "handles"]
    assert set(sent) == {"service_provider_handle=sph-stranger.example"}
    answers = {record["message"] for record in records if record["class"] in ("handles", "twice") and "!" in record["message"]}
    assert answers == {"request_access_token!400", "request_access_token!401"}
    assert {record["by"] for record in records if record["class"] == "handles" and "!" in record["message"]} == {"realm_metadata"}
    assert all(record["key"].startswith("consumer_key/") for record in records if record["class"] == "handles" and record["message"] == "request_access_token")


def test_with_checks_in_an_order_it_costs_all_of_them(audit):
    _, records = both(audit, "step1.yaml", {"attacks": [HANDLES], "mitigations": {MANAGER: [{"check_order": {"signature": "3 ms", "key": "1 ms"}}]}})
    looked = [record["finished_ns"] - record["started_ns"] for record in records if record["message"] == "verify_signature" and record["class"] == "handles"]
    assert set(looked) == {4_000_000}


def test_a_flood_of_metadata_requests_is_answered_by_the_service_provider(audit):
    run, _ = both(audit, "step1.yaml", {"attacks": [{"name": "flood", "sends": "get_realm_metadata", "rate": "200 /s"}]})
    assert run.metrics["attack"]["served"] > 1000
    assert run.metrics["stations"]["service_provider"]["served"] > 1000


BEARER = """
diagram: Bearer
participants: {c: Client, s: Shop, t: Till}
facts: [coupon]
sequence:
  - c -> s: register
  - s --> c: card
    gives: card
  - c -> s: buy
    carries: card
    needs: coupon
  - s -> t: is it good?
    id: question
    on_refusal: {401: {refuse: 403}}
  - t: look
    checks: [card, coupon]
  - t --> s: it is
  - s --> c: sold
    gives: receipt
"""
SHOPPERS = {"network": {"default": {"latency": "1 ms", "transport": "datagram"}},
            "actors": {"c": {"population": 9, "arrivals": "100 /s", "holds": [{"share": "100 %", "items": ["coupon"]}]}}}


def test_a_diagram_without_python_looks_up_facts_too(play):
    flood = {"name": "x", "sends": "buy", "rate": {"constant": "100 /s"}}
    played = play(BEARER, {**SHOPPERS, "attacks": [{**flood, "signature": "unknown_key"}, {**flood, "name": "y", "unknown": ["coupon"]}, {**flood, "name": "z"}]})
    ends = {(record["class"], record["outcome"], record["by"]) for record in played.records if record["kind"] == "session" and record["finished_ns"]}
    assert ends == {("c", "completed", None), ("x", "refused", "card"), ("y", "refused", "coupon"), ("z", "completed", None)}
    assert {record["message"] for record in played.records if record["class"] == "x" and "!" in record["message"]} == {"buy!403", "question!401"}
    assert {record["message"] for record in played.records if record["class"] == "y" and "!" in record["message"]} == {"buy!502", "question!400"}


def test_a_collected_credential_is_one_that_nobody_knows(play):
    """The keys of those who come last are gone when they buy: the table has room for one."""
    played = play(BEARER, {**SHOPPERS, "mitigations": {"s": [{"key_expiry": {"never_used": "1 us", "idle": "1 us"}}]}})
    assert {record["by"] for record in played.records if record["message"] == "look" and record["outcome"] == "refused"} == {"card"}


@pytest.mark.parametrize(("attack", "fault"), [
    ({"unknown": ["card"]}, r"attacks\.0\.unknown\.0: 'card' is a credential; expected signature: unknown_key"),
    ({"unknown": ["receipt"]}, r"attacks\.0\.unknown\.0: 'buy' does not need 'receipt'; expected coupon"),
    ({"unknown": ["cupon"]}, r"attacks\.0\.unknown\.0: 'buy' does not need 'cupon'; expected coupon \(did you mean 'coupon'\?\)"),
    ({"unknown": ["coupon"], "signature": {"replayed": {"delay": "1 s"}}},
     r"attacks\.0\.unknown: a copy says what its original said; expected no unknown facts, or a signature of its own"),
    ({"signature": "wrong"}, r"attacks\.0\.signature: 'buy' is not signed: s looks up the credential that it names; expected missing or unknown_key"),
])
def test_what_cannot_be_unknown(model_file, attack, fault):
    scenario = {"scenario": "x", "model": model_file(BEARER), "duration": "1 s", **SHOPPERS, "attacks": [{"name": "x", "sends": "buy", "rate": "1 /s", **attack}]}
    with pytest.raises(Faults, match=fault):
        sim.load(scenario).plan()


def test_what_nobody_looks_up_cannot_be_unknown(model_file):
    scenario = {"scenario": "x", "model": model_file(BEARER.replace("[card, coupon]", "card")), "duration": "1 s", **SHOPPERS,
                "attacks": [{"name": "x", "sends": "buy", "rate": "1 /s", "unknown": ["coupon"]}]}
    with pytest.raises(Faults, match=r"no server looks up 'coupon' of 'buy'; expected no unknown facts"):
        sim.load(scenario).plan()


def test_a_check_is_of_the_signature_or_of_a_fact(model_file):
    with pytest.raises(Faults, match=r"unknown check 'cart'; expected signature, card, coupon or receipt \(did you mean 'card'\?\)"):
        sim.load({"scenario": "x", "model": model_file(BEARER.replace("checks: [card", "checks: [cart")), "duration": "1 s", **SHOPPERS}).plan()
