"""Keys that are collected, keys of which nothing is kept, and the order in which signed requests are checked."""

import pytest

import sim
from sim.language.faults import Faults
from sim.protocol.http import Request
from sim.protocol.oauth1 import StatelessKeys

AM = "mitigations.authorization_manager"
TOKEN = "request_access_token"


def step1(audit, mitigations, tap=None, payloads=True, **changes):
    given = {"duration": "60 s", AM: mitigations, "actors.authorization_manager.memory": {"consumer_key": "1 KiB"},
             **{name.replace("__", "."): value for name, value in changes.items()}}
    run = sim.run("step1.yaml", set=given, tap=tap, payloads=payloads)
    return run, audit(run)


@pytest.mark.parametrize("payloads", [True, False])
def test_whoever_comes_back_with_a_collected_key_is_refused_and_registers_anew(audit, payloads):
    """Of one consumer that comes twice, 30 s apart, and keeps its key but not its token."""
    run, records = step1(
        audit, [{"key_expiry": {"idle": "10 s"}}], payloads=payloads, actors__consumer__picks="round_robin",
        actors__consumer__arrivals={"times": ["0 s", "30 s"]}, actors__consumer__expires={"access_token": "1 s"})
    told = [(r["message"], r["key"], r["outcome"], r["by"]) for r in records if r["kind"] == "message" and r["session"] == 2]
    assert [each for each in told if each[0].startswith((TOKEN, "consumer_key"))] == [
        (TOKEN, "consumer_key/1", "refused", "consumer_key"),
        (f"{TOKEN}!401", None, "delivered", "consumer_key"),
        ("consumer_key", "consumer_key/2", "delivered", None),
        (TOKEN, "consumer_key/2", "delivered", None),
    ]
    assert run.metrics["sessions"]["completed"] == 2
    assert dict(run.metrics["keys"]) == {"allocated": 2, "orphaned": 0, "deleted_in_use": 1}
    assert run.metrics["honest"]["false_refusals"] == 0
    assert run.metrics["stations"]["authorization_manager"]["memory_peak_bytes"] == {"consumer_key": 1024}


def test_memory_falls_with_what_is_collected(audit):
    given = {"population": 50, "arrivals": {"constant": "2 /s", "maximum": 50}}
    changes = {f"actors__consumer__{key}": value for key, value in given.items()}
    kept, _ = step1(audit, [], **changes)
    collected, _ = step1(audit, [{"key_expiry": {"never_used": "5 s", "idle": "2 s"}}], **changes)
    peaks = [run.metrics["stations"]["authorization_manager"]["memory_peak_bytes"]["consumer_key"] for run in (kept, collected)]
    assert peaks[0] == 50 * 1024
    assert peaks[1] <= 8 * 1024
    assert collected.metrics["keys"]["deleted_in_use"] == 0


def test_keys_held_from_the_start_are_rows_too(audit):
    holds = {"actors__consumer__holds": [{"share": "100 %", "items": ["consumer_key", "realm_metadata"]}]}
    run, _ = step1(audit, [{"key_expiry": {"never_used": "1 ms"}}], **holds)
    # The first key is collected before its first use, and so is the second one; the diagram lets the consumer ask once again.
    assert run.metrics["keys"]["deleted_in_use"] == 2
    assert run.metrics["sessions"]["refused"] == 1


def test_a_key_that_is_used_in_time_stays(audit):
    run, _ = step1(audit, [{"key_expiry": {"idle": "10 s"}}], actors__consumer__picks="round_robin",
                   actors__consumer__arrivals={"times": [f"{9 * k} s" for k in range(6)]}, actors__consumer__expires={"access_token": "1 s"})
    assert dict(run.metrics["keys"]) == {"allocated": 1, "orphaned": 0, "deleted_in_use": 0}


def test_stateless_keys_are_real_and_nothing_is_kept(audit):
    run, records = step1(audit, [{"stateless_keys": {"work": "0.02 ms"}}], actors__authorization_manager__work={
        "allocate_consumer_key": {"exponential": "400 ms"}, "verify_signature": "1 ms"})
    assert [(r["outcome"], r["finished_ns"] - r["started_ns"]) for r in records if r["message"] == "allocate_consumer_key"] == [
        ("done", 20_000)]
    assert run.metrics["stations"]["authorization_manager"]["memory_peak_bytes"] == {"consumer_key": 0}
    assert (run.metrics["keys"]["allocated"], run.metrics["sessions"]["completed"]) == (1, 1)


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_not_kept_is_not_collected(audit, order):
    run, _ = step1(audit, ["stateless_keys", {"key_expiry": {"never_used": "1 ms", "idle": "1 ms"}}][::order],
                   actors__consumer__arrivals={"times": ["0 s", "10 s", "20 s"]})
    assert dict(run.metrics["keys"]) == {"allocated": 3, "orphaned": 0, "deleted_in_use": 0}
    assert run.metrics["stations"]["authorization_manager"]["memory_peak_bytes"] == {"consumer_key": 0}


def test_a_stateless_key_with_one_digit_changed_is_none(audit):
    def spoil(message, sender, receiver, http):
        if message != TOKEN or not isinstance(http, Request):
            return http
        head, found, rest = http.headers["Authorization"].partition('oauth_consumer_key="')
        other = chr(ord(rest[0]) ^ 1)
        return Request(http.method, http.url, {**http.headers, "Authorization": head + found + other + rest[1:]}, http.body)

    run, records = step1(audit, ["stateless_keys"], tap=spoil)
    assert {r["by"] for r in records if r["message"] == TOKEN} == {"consumer_key"}
    assert run.metrics["sessions"]["refused"] == 1


def test_stateless_keys_of_another_master_are_unknown():
    mine, other = StatelessKeys(b"mine"), StatelessKeys(b"another")
    key, secret = mine.issue("0123456789abcdef01234567", 1_239_235_200)
    assert len(key) == 50
    assert mine.consumer_secret(key) == secret
    assert other.consumer_secret(key) is None
    for wrong in ("", "é" * 50, key[:-1], key + "0", key.upper(), key[:-1] + "é"):
        assert mine.consumer_secret(wrong) is None or wrong == key
    assert mine.token_secret(key, "x") is mine.public_key(key) is None


COSTS = {"timestamp": "1 ms", "key": "2 ms", "nonce": "4 ms", "signature": "8 ms"}


@pytest.mark.parametrize(("order", "what", "by", "cost_ms"), [
    (["timestamp", "key", "signature", "nonce"], None, None, 15),
    (["timestamp", "key", "signature", "nonce"], "signature", "signature", 11),
    (["signature", "key", "timestamp", "nonce"], "signature", "signature", 8),
    (["nonce", "timestamp", "key", "signature"], "signature", "signature", 15),
    (["timestamp", "key", "signature", "nonce"], "key", "consumer_key", 3),
    (["signature", "key", "timestamp", "nonce"], "key", "consumer_key", 10),
    (["timestamp", "key", "signature", "nonce"], "all", "credentials", 0),
])
def test_a_refusal_costs_what_was_checked(audit, order, what, by, cost_ms):
    def spoil(message, sender, receiver, http):
        if message != TOKEN or what is None:
            return http
        given = http.headers["Authorization"]
        if what == "all":
            return Request(http.method, http.url, {k: v for k, v in http.headers.items() if k != "Authorization"}, http.body)
        name = {"signature": "oauth_signature", "key": "oauth_consumer_key"}[what]
        head, found, rest = given.partition(f'{name}="')
        assert found
        return Request(http.method, http.url, {**http.headers, "Authorization": f"{head}{found}{chr(ord(rest[0]) ^ 1)}{rest[1:]}"}, http.body)

    _, records = step1(audit, [{"check_order": {**COSTS, "order": order}}], tap=spoil)
    checks = [r for r in records if r["message"] == "verify_signature"]
    assert checks[0]["by"] == by
    assert checks[0]["finished_ns"] - checks[0]["started_ns"] == cost_ms * 1_000_000


def test_the_nonce_before_the_signature_is_burnt_by_whoever_cannot_sign(audit):
    """A copy with a wrong signature goes first: the store has its nonce when the honest one comes."""
    def burn(order):
        seen = []

        def spoil(message, sender, receiver, http):
            if message != TOKEN:
                return http
            if seen:  # the second attempt brings the nonce of the first, and a right signature
                return seen[0]
            seen.append(http)
            given = http.headers["Authorization"]
            head, found, rest = given.partition('oauth_signature="')
            return Request(http.method, http.url, {**http.headers, "Authorization": f"{head}{found}{chr(ord(rest[0]) ^ 1)}{rest[1:]}"}, http.body)

        return step1(audit, [{"check_order": {"order": order}}], tap=spoil, actors__consumer__retry={"attempts": 2, "on": [401]})[1]

    safe = [r["by"] for r in burn(["timestamp", "key", "signature", "nonce"]) if r["message"] == "verify_signature"]
    unsafe = [r["by"] for r in burn(["nonce", "timestamp", "key", "signature"]) if r["message"] == "verify_signature"]
    assert safe[0] == unsafe[0] == "signature"
    assert "nonce" in unsafe
    assert "nonce" not in safe


def test_a_server_without_keys_of_its_own_is_at_fault():
    with pytest.raises(Faults, match=r"mitigations.service_provider.0.key_expiry: 'service_provider' has no key of its own: it gives out"):
        sim.load("step1").set({"mitigations.service_provider": ["key_expiry"]})
    with pytest.raises(Faults, match=r"key_expiry.key: .authorization_manager. does not give out realm_metadata .*; expected consumer_key"):
        sim.load("step1").set({AM: [{"key_expiry": {"key": "realm_metadata"}}]})
    with pytest.raises(Faults, match=r"authorization_manager.1.key_expiry: the rows of consumer_key are collected by 'key_expiry' already"):
        sim.load("step1").set({AM: ["key_expiry", {"key_expiry": {"key": "consumer_key"}}]})


def test_what_one_deduplication_noted_the_next_may_take_back():
    """By metadata, then by address: who shares an address gets the key of whoever came first, and both tables say so."""
    shared = {"actors.consumer.addresses": {"shared_by": 5}, "actors.consumer.population": 40, "actors.consumer.picks": "random", "actors.consumer.holds": [],
              "actors.consumer.arrivals": {"constant": "20 /s"}, "duration": "20 s", "actors.consumer.expires": {"consumer_key": "1 s", "access_token": "100 ms"},
              "mitigations.authorization_manager": [{"deduplication": {}}, {"deduplication": {"per": "address"}}, {"deduplication": {}}]}
    runs = [sim.load("step1").set({**shared, "actors.consumer.timeout": "3 s"}).run(engine=engine) for engine in ("simpy", "compiled")]
    assert runs[0].metrics == runs[1].metrics
    keys = {each["key"] for each in runs[0].trace.records() if each["message"] == "consumer_key"}
    assert keys == {f"consumer_key/{number}" for number in range(1, 9)}  # 40 clients, five to an address
    assert not any(each["message"].startswith("request_access_token!") for each in runs[0].trace.records())
