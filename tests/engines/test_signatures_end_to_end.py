"""Signatures on the wire: what is changed in flight is refused, and nothing completes without one that holds."""

import re
from collections import Counter

import pytest

import sim
from sim.protocol.http import FORM, Request, form_decode, form_encode
from sim.protocol.oauth1 import Verifier, sign

TOKEN = "request_access_token"
COURSE = [  # of a consumer that starts from nothing, up to its first request for a token
    "need_access", "get_resource", "unauthorized", "get_realm_metadata", "realm_metadata", "request_consumer_key", "consumer_key", TOKEN]
AGAIN = [f"{TOKEN}!401", "request_consumer_key", "consumer_key", TOKEN]  # on_refusal: drop the key, ask for a new one, once


def step1(audit, tap=None, **changes):
    run = sim.run("step1.yaml", set={"duration": "20 s", **{name.replace("__", "."): value for name, value in changes.items()}}, tap=tap)
    return run, audit(run)


def course(records, session=1):
    return [record["message"] for record in records if record["kind"] == "message" and record["session"] == session]


def verdicts(records):
    """Outcome and reason of every request for a token, and of every check of its signature."""
    return [(record["outcome"], record["by"]) for record in records if record["message"] in (TOKEN, "verify_signature")]


def fate(records):
    return [(record["outcome"], record["by"]) for record in records if record["kind"] == "session"]


def flipped(text, position):
    """``text`` with the lowest bit of one byte flipped (of a letter or digit: it stays one, or nearly)."""
    return text[:position] + chr(ord(text[position]) ^ 1) + text[position + 1:]


def in_parameter(http, name):
    """The same request with one byte flipped in the middle of a parameter of its Authorization header."""
    value = http.headers["Authorization"]
    start, end = re.search(f'{name}="([^"]*)"', value).span(1)
    place = next(place for place in range((start + end) // 2, end) if value[place].isalnum())
    return Request(http.method, http.url, {**http.headers, "Authorization": flipped(value, place)}, http.body)


CHANGES = {
    "method": lambda http: Request(flipped(http.method, 0), http.url, http.headers, http.body),
    "url": lambda http: Request(http.method, flipped(http.url, len(http.url) - 1), http.headers, http.body),
    "host": lambda http: Request(http.method, http.url.replace("manager", "mbnager"), http.headers, http.body),
    "query": lambda http: Request(http.method, f"{http.url}?scope=all", http.headers, http.body),
    "parameter": lambda http: Request(http.method, http.url, http.headers, flipped(http.body, len(http.body) - 1)),
    "parameter name": lambda http: Request(http.method, http.url, http.headers, flipped(http.body, 0)),
    "further parameter": lambda http: Request(http.method, http.url, http.headers, http.body + "&admin=1"),
    "nonce": lambda http: in_parameter(http, "oauth_nonce"),
    "signature": lambda http: in_parameter(http, "oauth_signature"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_one_byte_changed_in_flight_is_a_401_and_the_next_attempt_may_pass(audit, what):
    changed = []

    def tap(message, sender, receiver, http):
        if message != TOKEN or changed:
            return http
        changed.append(http)
        return CHANGES[what](http)

    _, records = step1(audit, tap)
    assert course(records) == [*COURSE, *AGAIN, "access_token"]
    assert verdicts(records) == [("refused", "signature")] * 2 + [("delivered", None), ("done", None)]
    assert fate(records) == [("completed", None)]
    (first, second) = (record["key"] for record in records if record["message"] == TOKEN)
    assert (first, second) == ("consumer_key/1", "consumer_key/2")
    (answer,) = (record["http"] for record in records if record["message"] == f"{TOKEN}!401")
    assert answer == {"status": 401, "reason": "Unauthorized", "headers": {"WWW-Authenticate": "OAuth"}, "body": ""}


@pytest.mark.parametrize("what", CHANGES)
def test_changed_every_time_no_session_completes(audit, what):
    run, records = step1(audit, lambda message, sender, receiver, http: CHANGES[what](http) if message == TOKEN else http)
    assert course(records) == [*COURSE, *AGAIN, f"{TOKEN}!401"]  # at_most: 1
    assert verdicts(records) == [("refused", "signature")] * 4
    assert fate(records) == [("refused", "signature")]
    assert run.metrics["stations"]["authorization_manager"]["refused"] == {"signature": 2}
    assert run.metrics["keys"]["allocated"] == 2


def test_a_key_that_was_changed_is_unknown(audit):
    _, records = step1(audit, lambda message, sender, receiver, http: in_parameter(http, "oauth_consumer_key") if message == TOKEN else http)
    assert verdicts(records) == [("refused", "consumer_key")] * 4
    assert fate(records) == [("refused", "consumer_key")]


def test_a_timestamp_that_was_changed_is_not_what_was_signed(audit):
    def tap(message, sender, receiver, http):
        if message != TOKEN:
            return http
        later = re.sub(r'oauth_timestamp="(\d+)"', lambda found: f'oauth_timestamp="{int(found[1]) + 1}"', http.headers["Authorization"])
        return Request(http.method, http.url, {**http.headers, "Authorization": later}, http.body)

    _, records = step1(audit, tap)
    assert verdicts(records) == [("refused", "signature")] * 4


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256", "PLAINTEXT"])
def test_the_wrong_secret(audit, method):
    """What the consumer is told as its secret is not what the manager keeps."""
    def tap(message, sender, receiver, http):
        if message == "consumer_key":
            http.body = flipped(http.body, len(http.body) - 1)
        return http

    _, records = step1(audit, tap, actors__consumer__parameters={"signature_method": method})
    assert verdicts(records) == [("refused", "signature")] * 4
    assert fate(records) == [("refused", "signature")]
    _, records = step1(audit, actors__consumer__parameters={"signature_method": method})
    assert fate(records) == [("completed", None)]


def test_without_credentials_and_without_parameters(audit):
    def strip(message, sender, receiver, http):
        if message == TOKEN:
            http.headers.pop("Authorization")
        return http

    _, records = step1(audit, strip)
    assert verdicts(records) == [("refused", "credentials")] * 4

    def truncate(message, sender, receiver, http):
        if message == TOKEN:
            http.headers["Authorization"] = http.headers["Authorization"].partition(", oauth_signature=")[0]
        return http

    _, records = step1(audit, truncate)
    assert verdicts(records) == [("refused", "parameters")] * 2
    assert course(records)[-1] == f"{TOKEN}!400"  # which no key would mend
    assert fate(records) == [("refused", "parameters")]


def test_a_captured_request_that_is_sent_again_is_refused_by_its_nonce(audit):
    """Two consumers; the second one's request is replaced by a copy of the first one's."""
    captured = []

    def tap(message, sender, receiver, http):
        if message != TOKEN:
            return http
        captured.append(http)
        return captured[0] if sender == "consumer/2" else http

    _, records = step1(audit, tap, actors__consumer__arrivals={"times": ["0 s", "5 s"]}, actors__consumer__population=2)
    assert verdicts(records) == [("delivered", None), ("done", None)] + [("refused", "nonce")] * 4
    assert fate(records) == [("completed", None), ("refused", "nonce")]
    assert course(records, 2) == [*COURSE, *AGAIN, f"{TOKEN}!401"]


def test_two_copies_at_once_can_never_both_pass(audit):
    """Both are taken up at the same instant, by two servers: the tables change at take-up."""
    captured = []

    def tap(message, sender, receiver, http):
        if message != TOKEN or sender == "consumer/3":
            return http
        captured.append(http)
        return captured[0]

    _, records = step1(audit, tap, network={"default": {"latency": "10 ms", "transport": "datagram"}},
                       actors__consumer__arrivals={"times": ["0 s", "0 s", "0 s"]}, actors__consumer__population=3,
                       actors__service_provider__work={}, actors__authorization_manager__work={"verify_signature": "1 s"})
    first = [record for record in records if record["message"] == TOKEN][:3]
    assert len({record["started_ns"] for record in first}) == 1
    assert [(record["sender"], record["outcome"], record["by"]) for record in first] == [
        ("consumer/1", "delivered", None), ("consumer/2", "refused", "nonce"), ("consumer/3", "delivered", None)]


def test_old_and_early_timestamps_are_outside_the_window(audit):
    for skew, passes in (("299 s", True), ("301 s", False), ("-299 s", True), ("-302 s", False)):
        _, records = step1(audit, actors__consumer__clock_skew=skew)
        assert fate(records) == [("completed", None) if passes else ("refused", "timestamp")]


@pytest.mark.parametrize("rule", ["window", "monotonic"])
def test_a_timestamp_older_than_the_last(audit, rule):
    """The option of OAuth Core 1.0. The consumer comes back with its key; its second request is signed anew, a second
    before the first one: monotonic timestamps refuse it, and the new key that it then asks for mends it."""
    issued, asked = {}, []

    def tap(message, sender, receiver, http):
        if message == "consumer_key" and not issued:
            issued.update(form_decode(http.body))
        if message == TOKEN:
            asked.append(http)
            if len(asked) == 2:
                bare = Request(http.method, http.url, {"Content-Type": FORM}, http.body)
                return sign(bare, consumer_key=issued["oauth_consumer_key"], consumer_secret=issued["oauth_consumer_secret"],
                            timestamp=1_239_235_199, nonce="another")
        return http

    _, records = step1(audit, tap, actors__consumer__arrivals={"times": ["0 s", "5 s"]}, actors__consumer__picks="round_robin",
                       actors__consumer__expires={"access_token": "2 s"}, actors__authorization_manager__parameters={"timestamps": rule})
    assert fate(records) == [("completed", None)] * 2
    passed = [("delivered", None), ("done", None)]
    assert verdicts(records) == (passed * 2 if rule == "window" else passed + [("refused", "timestamp")] * 2 + passed)


def test_with_a_verifier_that_always_refuses_no_session_completes(audit, monkeypatch):
    def never(self, request, now_s):
        raise self._unauthorized("signature", "never")

    monkeypatch.setattr(Verifier, "verify", never)
    for name, changes in (("step1_load", {"duration": "3 s", "warm_up": "0 s", "actors.consumer.holds": []}),
                          ("access", {"duration": "8 s", "warm_up": "0 s", "actors.user_agent.work": {"read_consent_page": "1 s"}})):
        run = sim.run(f"{name}.yaml", set=changes)
        fates = Counter(record["outcome"] for record in audit(run) if record["kind"] == "session")
        assert fates["completed"] == 0
        assert fates["refused"] > 3


def access(audit, tap=None):
    changes = {"duration": "8 s", "warm_up": "0 s", "actors.user_agent.work": {"read_consent_page": "100 ms"},
               "network": {"default": {"latency": "5 ms"}}, "actors.consumer.arrivals": {"times": ["0 s"]}}
    run = sim.run("access.yaml", set=changes, tap=tap, seed=3)
    return audit(run)


def test_a_resource_request_signed_with_the_consumer_key_is_refused(audit):
    """The diagram's first note: the consumer key buys access tokens and is good for nothing else."""
    records = access(audit)
    (asked,) = (record["http"] for record in records if record["message"] == "get_resource_with_token")
    assert "oauth_consumer_key" not in asked["headers"]["Authorization"]
    assert fate(records) == [("completed", None)]

    def with_key(message, sender, receiver, http):
        if message != "get_resource_with_token":
            return http
        (token,) = re.findall('oauth_token="([^"]*)"', http.headers["Authorization"])
        return sign(Request("GET", http.url), consumer_key="ck", consumer_secret="cks", token=token, token_secret="ats",
                    timestamp=1_239_235_200, nonce="n")

    records = access(audit, with_key)
    assert [(record["outcome"], record["by"]) for record in records if record["message"] == "verify_token_signature"] == [("refused", "consumer_key")]
    assert fate(records) == [("refused", "consumer_key")]

    def key_alone(message, sender, receiver, http):
        if message != "get_resource_with_token":
            return http
        return sign(Request("GET", http.url), consumer_key="ck", consumer_secret="cks", timestamp=1_239_235_200, nonce="n")

    records = access(audit, key_alone)
    assert fate(records)[0][0] == "refused"


@pytest.mark.parametrize("what", ["method", "url", "query", "nonce", "signature"])
def test_the_resource_too_is_given_only_to_what_was_signed(audit, what):
    records = access(audit, lambda message, sender, receiver, http: CHANGES[what](http) if message == "get_resource_with_token" else http)
    assert [(record["outcome"], record["by"]) for record in records if record["message"] == "get_resource_with_token"] == [("refused", "signature")]
    assert fate(records) == [("refused", "signature")]


def test_a_junk_token_is_refused_by_the_manager_and_so_by_the_provider(audit):
    records = access(audit, lambda message, sender, receiver, http: in_parameter(http, "oauth_token") if message == "get_resource_with_token" else http)
    tail = [(record["message"], record["outcome"], record["by"]) for record in records if record["sent_ns"] > 0 and record["kind"] == "message"]
    assert [row for row in tail if "token" in row[0]] == [
        ("get_resource_with_token", "refused", "access_token"), ("ask_about_token", "refused", "access_token"),
        ("ask_about_token!401", "delivered", "access_token"), ("get_resource_with_token!401", "delivered", "access_token")]
    assert fate(records) == [("refused", "access_token")]


def test_what_the_manager_grants_is_a_parameter(audit):
    for grants, expected, status in (("token", ("completed", None), 200), ("pending", ("completed", None), 202), ("refused", ("refused", "grants"), 403)):
        _, records = step1(audit, actors__authorization_manager__parameters={"grants": grants})
        assert fate(records) == [expected]
        name = "access_token" if status < 400 else f"{TOKEN}!403"
        (answer,) = (record["http"] for record in records if record["message"] == name)
        assert answer["status"] == status
        assert (answer["body"] == form_encode({"status": "request_submitted"})) == (grants == "pending")
