"""The signatures of attacks: really made and really verified; and the same run where they are known by construction."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.engines.faults import RunFault
from sim.engines.forging import with_wrong_signature, without_credentials
from sim.protocol.http import FORM, Refused, Request, form_encode
from sim.protocol.oauth1 import SecretTable, Verifier, sign

NOW = 1_239_235_200
STEP1 = {
    "scenario": "Attacked", "model": "protectserve/step1", "duration": "30 s", "warm_up": "1 s", "protected": "authorization_manager",
    "network": {"default": {"latency": {"lognormal": {"median": "20 ms", "p95": "60 ms"}}, "loss": "1 %", "transport": "tls"}},
    "actors": {
        "consumer": {"population": 30, "arrivals": "6 /s", "timeout": "2 s", "holds": [{"share": "40 %", "items": ["consumer_key"]}]},
        "authorization_manager": {"servers": 2, "queue": {"capacity": 30}, "memory": {"consumer_key": "1 KiB", "nonce": "64 B"},
                                  "work": {"parse": "1 ms", "allocate_consumer_key": {"exponential": "10 ms"}, "verify_signature": "2 ms"}}}}
FLOOD = {"name": "flood", "sends": "request_access_token", "rate": "40 /s", "during": ["5 s", "25 s"], "sources": {"addresses": 5}}
REPLAY = {"replayed": {"delay": "1 s", "captured": "50 %"}}


def both(audit, changes, attacks):
    """A run with payloads and its twin without: the same trace (all but http), the same metrics. The first one's records."""
    scenario = {**STEP1, "attacks": [{key: value for key, value in {**FLOOD, **attack}.items() if value is not None} for attack in attacks]}
    real, bare = (sim.run(scenario, set=changes, payloads=payloads) for payloads in (True, False))
    records = audit(real)
    for record, twin in zip(records, bare.trace.records(), strict=True):
        if {**record, "http": None} != twin:
            pytest.fail(f"with payloads {record}\nwithout       {twin}")
    assert real.metrics == bare.metrics
    return real, records


def refusals(run):
    return dict(run.metrics["stations"]["authorization_manager"]["refused"])


@pytest.mark.parametrize(("signature", "by"), [("valid", None), ("missing", "credentials"), ("wrong", "signature"), ("unknown_key", "consumer_key"),
                                               (REPLAY, "nonce")], ids=str)
def test_each_kind_is_really_verified_and_known_by_construction(audit, signature, by):
    run, records = both(audit, {}, [{"signature": signature}])
    attack = run.metrics["attack"]
    assert attack["sent"] > 500
    requests = [record for record in records if record["class"] == "flood" and record["message"] == "request_access_token"]
    if by is None:
        assert (attack["served"], attack["tokens_obtained"]) == (attack["sent"], attack["sent"])
        assert len({record["http"]["headers"]["Authorization"] for record in requests}) == len(requests)
    else:
        assert refusals(run).get(by, 0) >= attack["refused"] > 0.9 * attack["sent"]
        assert attack["tokens_obtained"] == attack["served"] == attack["replays_accepted"]
    keys = {record["key"] for record in requests}
    if signature in ("valid", "wrong"):
        assert len(keys) == 1  # one key, its own, from its first message on
        assert re.fullmatch(r"consumer_key/\d+", keys.pop())
    elif signature in ("missing", "unknown_key"):
        assert keys == {None}
        assert all(("Authorization" in record["http"]["headers"]) == (signature == "unknown_key") for record in requests)
    else:
        honest = {record["http"]["headers"]["Authorization"] for record in records if record["class"] != "flood" and record["http"]
                  and record["message"] == "request_access_token"}
        assert {record["http"]["headers"]["Authorization"] for record in requests} <= honest


@pytest.mark.parametrize("kind", ["valid", "wrong"])
def test_many_keys_are_taken_in_turn(audit, kind):
    run, records = both(audit, {}, [{"signature": {kind: {"keys": 7}}, "rate": {"constant": "50 /s"}}])
    requests = [record for record in records if record["class"] == "flood" and record["message"] == "request_access_token"]
    keys = [record["key"] for record in requests]
    assert len(set(keys)) == 7
    assert keys == (keys[:7] * len(keys))[:len(keys)]
    claimed = [re.search('oauth_consumer_key="([^"]+)"', record["http"]["headers"]["Authorization"])[1] for record in requests]
    assert len(set(claimed)) == len(set(zip(keys, claimed, strict=True))) == 7  # each row is one key
    assert run.metrics["attack"]["tokens_obtained"] == (run.metrics["attack"]["sent"] if kind == "valid" else 0)


def test_per_key_a_limit_lets_pass_as_many_times_as_there_are_keys(audit):
    """A limit by proven key meets each key alone, once it was proven: so 20 keys get more than the one, and none can be forbidden.

    Before its first proof a key is charged to its address, at 1 /s: one key more each second, so 1 + 2 + ... + 20 in 20 s.
    """
    limit = {"token_bucket": {"per": "proven_key", "message": "request_access_token", "rate": "1 /s", "burst": 1}}

    def served(keys):
        run, _ = both(audit, {"mitigations": {"authorization_manager": [limit]}, "network.default.loss": "0 %"}, [
            {"signature": {"valid": {"keys": keys}}, "rate": {"constant": "100 /s"}, "sources": {"addresses": 1}}])
        return run.metrics["attack"]["served"]

    one, many = served(1), served(20)
    assert one == pytest.approx(20, abs=3)
    assert many == pytest.approx(210, abs=15)


def test_bots_keep_their_keys(audit):
    _, records = both(audit, {}, [{"signature": {"valid": {"keys": 3}}, "rate": None, "bots": {"count": 6, "think": "500 ms"}, "sources": {"addresses": 6}}])
    by_bot = {}
    for record in records:
        if record["class"] == "flood" and record["message"] == "request_access_token":
            by_bot.setdefault(record["sender"], set()).add(record["key"])
    assert len(by_bot) == 6
    assert {len(keys) for keys in by_bot.values()} == {1}
    assert len(set.union(*by_bot.values())) == 3


def test_a_copy_that_overtakes_is_accepted_and_its_original_is_not(audit):
    run, records = both(audit, {"network.default.latency": {"exponential": "200 ms"}}, [{"signature": {"replayed": {"delay": "0 s"}}, "rate": "200 /s"}])
    assert run.metrics["attack"]["replays_accepted"] > 10
    robbed = [record for record in records if record["message"] == "request_access_token" and record["by"] == "nonce" and record["class"] != "flood"]
    assert len(robbed) > 10


def test_a_copy_that_comes_too_late_is_refused_for_its_timestamp(audit):
    run, _ = both(audit, {"duration": "6 min", "actors.consumer.arrivals": "1 /s"}, [
        {"signature": {"replayed": {"delay": "301 s"}}, "rate": "20 /s", "during": ["0 s", "6 min"]}])
    assert set(refusals(run)) == {"timestamp"}


def test_of_what_was_captured_the_latest_that_is_old_enough_is_sent(audit):
    _, records = both(audit, {"network.default": {"latency": "10 ms", "transport": "datagram"}, "actors.consumer.timeout": "1 s"},
                      [{"signature": {"replayed": {"delay": "700 ms"}}, "rate": {"constant": "30 /s"}}])
    seen = [(record["sent_ns"], record["http"]["headers"]["Authorization"], record["key"]) for record in records
            if record["message"] == "request_access_token" and record["class"] != "flood"]
    copies = [record for record in records if record["message"] == "request_access_token" and record["class"] == "flood"]
    assert len(copies) > 300
    for copy in copies:
        latest = max(each for each in seen if each[0] <= copy["sent_ns"] - 700_000_000)
        assert (copy["http"]["headers"]["Authorization"], copy["key"]) == latest[1:]


def test_nothing_is_sent_before_something_was_captured(audit):
    run, records = both(audit, {"actors.consumer.arrivals": {"times": ["10 s"]}}, [{"signature": {"replayed": {"delay": "2 s"}}, "rate": {"constant": "10 /s"}}])
    captured = next(record["sent_ns"] for record in records if record["message"] == "request_access_token")
    first = next(record["sent_ns"] for record in records if record["class"] == "flood")
    assert captured + 2 * 10**9 <= first < captured + 2.1 * 10**9
    assert sorted({record["session"] for record in records}) == list(range(1, 2 + run.metrics["attack"]["sent"]))
    never, _ = both(audit, {}, [{"signature": {"replayed": {"delay": "0 s", "captured": "0 %"}}}])
    assert never.metrics["attack"]["sent"] == 0


def test_of_the_share_that_is_captured_each_attack_draws_its_own(audit):
    one, _ = both(audit, {}, [{"signature": {"replayed": {"delay": "0 s", "captured": "30 %"}}, "rate": "500 /s"}])
    _, records = both(audit, {}, [{"signature": {"replayed": {"delay": "0 s", "captured": "30 %"}}, "rate": "500 /s"},
                                    {"signature": {"replayed": {"delay": "0 s", "captured": "30 %"}}, "rate": "500 /s", "name": "b"}])
    copied = [{record["http"]["headers"]["Authorization"] for record in records if record["class"] == name and record["message"] == "request_access_token"}
              for name in ("flood", "b")]
    assert copied[0] & copied[1]
    assert copied[0] - copied[1]
    assert copied[1] - copied[0]
    assert one.metrics["attack"]["sent"] > 0


KINDS = st.sampled_from(["valid", "missing", "wrong", "unknown_key"]) | st.fixed_dictionaries({"replayed": st.fixed_dictionaries({
    "delay": st.sampled_from(["0 s", "20 ms", "2 s"]), "captured": st.sampled_from(["100 %", "20 %"])})})
RATES = st.sampled_from(["100 /s", {"constant": "50 /s"}, {"pulses": {"rate": "300 /s", "length": "500 ms", "period": "3 s"}}])
MANY = st.lists(st.fixed_dictionaries({"signature": KINDS, "rate": RATES, "timeout": st.sampled_from(["50 ms", "10 s"]),
                                       "sources": st.sampled_from([{"addresses": 1}, {"addresses": 300}, {"among": "consumer"}])}), min_size=1, max_size=3)
WORLDS = st.fixed_dictionaries({
    "seed": st.integers(1, 99), "duration": st.just("12 s"), "actors.consumer.clock_skew": st.sampled_from(["0 s", {"normal": {"mean": "0 s", "sd": "250 s"}}]),
    "actors.consumer.parameters": st.sampled_from([{"signature_method": method} for method in ("HMAC-SHA1", "HMAC-SHA256", "PLAINTEXT")]),
    "actors.consumer.picks": st.sampled_from(["new", "random"]), "actors.authorization_manager.instances": st.sampled_from([1, 3]),
    "actors.authorization_manager.queue": st.sampled_from([{"capacity": 3}, {"capacity": 2, "full": "drop", "order": "lifo"}]),
    "actors.authorization_manager.servers": st.sampled_from([1, "unlimited"]), "actors.consumer.retry": st.just({"attempts": 2}),
    "network.default.loss": st.sampled_from(["0 %", "20 %"]), "network.default.transport": st.sampled_from(["tls", "datagram"])})


@settings(deadline=None, max_examples=12, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(changes=WORLDS, attacks=MANY)
def test_any_mixture_is_the_same_with_and_without_payloads(audit, changes, attacks):
    both(audit, changes, [{**attack, "name": f"x{k}", "during": ["1 s", "10 s"]} for k, attack in enumerate(attacks)])


@pytest.mark.long
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(changes=WORLDS, attacks=MANY)
def test_many_mixtures_are_the_same_with_and_without_payloads(audit, changes, attacks):
    both(audit, changes, [{**attack, "name": f"x{k}", "during": ["1 s", "10 s"]} for k, attack in enumerate(attacks)])


def test_a_signature_that_is_not_there_cannot_be_wrong(model_file):
    diagram = "diagram: x\nparticipants: {c: C, s: S}\nsequence:\n  - c -> s: ask\n  - s: check\n    checks: signature\n  - s --> c: told\n"
    actors = "from sim.protocol.actor import Actor, does\nclass S(Actor):\n    @does('check')\n    def check(self, turn):\n        pass\n"
    scenario = {"scenario": "x", "model": model_file(diagram, actors), "duration": "1 s", "actors": {"c": {"arrivals": "1 /s"}},
                "attacks": [{"name": "f", "sends": "ask", "rate": "9 /s", "signature": "wrong"}]}
    with pytest.raises(RunFault, match="the attack 'f' signs 'ask' wrongly, but it has no oauth_signature"):
        sim.run(scenario)
    assert sim.run(scenario, set={"attacks.f.signature": "missing"}).metrics["attack"]["served"] > 0  # this server never looks


def test_what_an_actor_refuses_to_compose_stops_the_run(model_file):
    diagram = "diagram: x\nparticipants: {c: C, s: S}\nsequence:\n  - c -> s: ask\n  - s --> c: told\n"
    actors = ("from sim.protocol.actor import Actor, Refused, sends\nclass C(Actor):\n    @sends('ask')\n    def ask(self, turn):\n"
              "        raise Refused(400, 'not today', 'mood')\n")
    scenario = {"scenario": "x", "model": model_file(diagram, actors), "duration": "1 s", "actors": {"c": {"arrivals": "0 /s"}},
                "attacks": [{"name": "f", "sends": "ask", "rate": "9 /s"}]}
    with pytest.raises(RunFault, match=r"the attack 'f' cannot send 'ask': .*not today"):
        sim.run(scenario)


# --- forging ----------------------------------------------------------------------------------------------------------

METHODS = ("HMAC-SHA1", "HMAC-SHA256", "PLAINTEXT")
SIGNED = st.builds(
    lambda method, nonce, query, body, secret: sign(
        Request("POST", "https://a.example/x" + (f"?{form_encode(query)}" if query else ""), {"Content-Type": FORM}, form_encode(body)),
        consumer_key="k", consumer_secret=secret, method=method, timestamp=NOW, nonce=nonce),
    st.sampled_from(METHODS), st.text("abc123", min_size=1, max_size=9), st.dictionaries(st.text("abxy%&= ", max_size=5), st.text(max_size=5), max_size=2),
    st.dictionaries(st.text("abxy", max_size=5), st.text(max_size=5), max_size=2), st.just("s&cret"))


def said(request):
    with pytest.raises(Refused) as refused:
        Verifier(SecretTable(consumers={"k": "s&cret"}), methods=METHODS).verify(request, NOW)
    return refused.value.status, refused.value.by


@given(SIGNED)
def test_a_forged_request_is_refused_for_what_was_done_to_it(request):
    assert Verifier(SecretTable(consumers={"k": "s&cret"}), methods=METHODS).verify(request, NOW).consumer_key == "k"
    assert said(with_wrong_signature(request)) == (401, "signature")
    bare = without_credentials(request)
    assert said(bare) == (401, "credentials")
    assert (bare.method, bare.url, bare.body) == (request.method, request.url, request.body)


def test_credentials_in_the_url_and_in_the_body_go_too():
    query = "oauth_token=t&a=1&oauth_signature=abc&b=oauth_2"
    stripped = without_credentials(Request("POST", f"https://a.example/x?{query}", {"authorization": "Bearer x", "A": "b"}, query))
    assert stripped == Request("POST", "https://a.example/x?a=1&b=oauth_2", {"A": "b"}, "a=1&b=oauth_2")
    assert without_credentials(Request("GET", "https://a.example/x?oauth_token=t", {}, "")).url == "https://a.example/x"
    wrong = with_wrong_signature(Request("POST", f"https://a.example/x?{query}", {}, ""))
    assert wrong is not None
    assert wrong.url == "https://a.example/x?oauth_token=t&a=1&oauth_signature=Abc&b=oauth_2"
    assert with_wrong_signature(Request("POST", "https://a.example/x", {}, "")) is None
