"""MCP registration, played with real messages: what they say, what one changed byte does, and what oauthlib makes of them."""

import json
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from engines_agree import difference
from oauthlib.oauth2 import InvalidClientError, InvalidGrantError, MetadataEndpoint, WebApplicationClient
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256
from oauthlib.oauth2.rfc6749.parameters import parse_authorization_code_response, parse_token_response

import sim
from sim.language.faults import Faults
from sim.plan.constructed import not_constructed
from sim.protocol.http import Request, Response

SCENARIO = {
    "scenario": "Registration", "model": "mcp/registration", "start": "2025-06-18T00:00:00Z", "duration": "30 s",
    "network": {"default": {"latency": {"lognormal": {"median": "20 ms", "p95": "60 ms"}}, "transport": "tls"}},
    "actors": {"user_agent": {"work": {"approve": "1 s"}, "timeout": "5 s"},
               "client": {"population": 1, "arrivals": {"times": ["0 s"]}, "timeout": "5 s", "picks": "round_robin"},
               "authorization_server": {"work": {"register_client": "5 ms"}, "memory": {"client_id": "1 KiB", "authorization_grant": "256 B"}},
               "resource_server": {}}}
DISCOVERY = ["request_without_token", "unauthorized", "get_resource_metadata", "resource_metadata", "get_server_metadata", "server_metadata"]
REGISTRATION = ["registration_request", "registration_response"]
AUTHORIZATION = ["open_authorization_endpoint", "authorization_request", "consent_page", "approval", "redirection", "authorization_response", "token_request"]
USE = ["mcp_request", "mcp_result"]
NEWCOMER = [*DISCOVERY, *REGISTRATION, *AUTHORIZATION, "token_response", *USE]


def play(changes=None, tap=None, **more):
    run = sim.run({**SCENARIO, **more}, set=changes or {}, tap=tap)
    assert set(run.metrics["checks"].values()) == {True}
    return run, list(run.trace.records())


def course(records, session=1):
    return [record["message"] for record in records if record["kind"] == "message" and record["session"] == session]


def fates(records):
    return [(record["outcome"], record["by"]) for record in records if record["kind"] == "session"]


def said(records, message):
    """The first message of this id, as HTTP."""
    return next(record["http"] for record in records if record["message"] == message)


def form(text):
    return dict(parse_qsl(text, strict_parsing=True))


def body(records, message):
    return json.loads(said(records, message)["body"])


@pytest.fixture(scope="module")
def newcomer():
    return play()[1]


# --- what is said -----------------------------------------------------------------------------------------------------


def test_a_newcomer_is_told_registers_is_approved_and_served(newcomer):
    assert course(newcomer) == NEWCOMER
    assert fates(newcomer) == [("completed", None)]
    assert {record["key"] for record in newcomer if record["message"] == "token_request"} == {"client_id/1"}


def test_each_learns_from_the_message_before_where_to_go(newcomer):
    told = said(newcomer, "unauthorized")["headers"]["WWW-Authenticate"]
    where = said(newcomer, "get_resource_metadata")["url"]
    assert told == f'Bearer resource_metadata="{where}"'
    resource = body(newcomer, "resource_metadata")
    assert resource["resource"] == said(newcomer, "mcp_request")["url"]
    assert said(newcomer, "get_server_metadata")["url"] == resource["authorization_servers"][0] + "/.well-known/oauth-authorization-server"
    server = body(newcomer, "server_metadata")
    assert server["issuer"] == resource["authorization_servers"][0]
    assert said(newcomer, "registration_request")["url"] == server["registration_endpoint"]
    assert said(newcomer, "token_request")["url"] == server["token_endpoint"]
    assert said(newcomer, "authorization_request")["url"].startswith(server["authorization_endpoint"] + "?")


def test_the_answer_to_a_registration_says_again_what_was_registered(newcomer):
    asked, answer = body(newcomer, "registration_request"), said(newcomer, "registration_response")
    assert (answer["status"], answer["headers"]["Cache-Control"]) == (201, "no-store")
    told = json.loads(answer["body"])
    assert {name: told[name] for name in asked} == asked
    assert told["client_id_issued_at"] == 1750204800  # 2025-06-18T00:00:00Z
    assert "client_secret" not in told
    assert form(said(newcomer, "token_request")["body"])["client_id"] == told["client_id"]


def test_the_token_is_borne_in_the_header(newcomer):
    token = body(newcomer, "token_response")
    assert said(newcomer, "mcp_request")["headers"]["Authorization"] == f"Bearer {token['access_token']}"
    assert said(newcomer, "mcp_result")["status"] == 200


# --- what oauthlib makes of it ----------------------------------------------------------------------------------------


def test_oauthlib_finds_the_metadata_sound(newcomer):
    told = body(newcomer, "server_metadata")
    endpoint = MetadataEndpoint([], told, raise_errors=True)
    assert endpoint.validate_metadata_server() == told


def test_oauthlib_makes_the_same_requests(newcomer):
    redeemed = form(said(newcomer, "token_request")["body"])
    url = said(newcomer, "authorization_request")["url"]
    asked = form(urlsplit(url).query)
    client = WebApplicationClient(asked["client_id"])
    client.create_code_challenge(redeemed["code_verifier"], "S256")
    theirs = client.prepare_request_uri(url.partition("?")[0], asked["redirect_uri"], state=asked["state"], code_challenge=client.code_challenge,
                                        code_challenge_method="S256", resource=asked["resource"])
    assert form(urlsplit(theirs).query) == asked
    theirs = client.prepare_request_body(code=redeemed["code"], redirect_uri=redeemed["redirect_uri"], code_verifier=redeemed["code_verifier"],
                                         resource=redeemed["resource"])
    assert form(theirs) == redeemed
    assert code_challenge_method_s256(redeemed["code_verifier"], asked["code_challenge"])
    assert 43 <= len(redeemed["code_verifier"]) <= 128


def test_oauthlib_reads_the_answers(newcomer):
    location = said(newcomer, "redirection")["headers"]["Location"]
    state = parse_qs(urlsplit(said(newcomer, "authorization_request")["url"]).query)["state"][0]
    secure = location.replace("http://127.0.0.1:33418", "https://client.example")  # oauthlib knows no loopback
    assert parse_authorization_code_response(secure, state)["code"] == form(said(newcomer, "token_request")["body"])["code"]
    tokens = parse_token_response(said(newcomer, "token_response")["body"])
    assert tokens["token_type"] == "Bearer"
    assert tokens["refresh_token"]
    assert WebApplicationClient("c", token=dict(tokens)).add_token("https://mcp.example/mcp")[1]["Authorization"] == said(
        newcomer, "mcp_request")["headers"]["Authorization"]


# --- what is changed on the way ---------------------------------------------------------------------------------------


def flipped(text, place):
    return text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1:]


def in_form(http, name, value=None):
    """The same request with another value of a form parameter, or with one bit of it flipped."""
    given = form(http.body)
    given[name] = flipped(given[name], len(given[name]) // 2) if value is None else value
    return Request(http.method, http.url, http.headers, "&".join(f"{key}={text}" for key, text in given.items()))


def once(message, change):
    """A tap that changes the first message of this id."""
    seen = []

    def tap(id_, sender, receiver, http):
        if id_ != message or seen:
            return http
        seen.append(http)
        return change(http)

    return tap


@pytest.mark.parametrize(("name", "by"), [("code_verifier", "code_verifier"), ("code", "code"), ("redirect_uri", "code"), ("grant_type", "grant_type")])
def test_one_flipped_bit_of_a_token_request_is_a_400(name, by):
    _, records = play(tap=once("token_request", lambda http: in_form(http, name)))
    assert course(records)[-1] == "token_request!400"
    assert fates(records) == [("refused", by)]
    answer = said(records, "token_request!400")
    assert answer["headers"] == {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if name == "grant_type":
        assert json.loads(answer["body"])["error"] == "unsupported_grant_type"
    else:
        with pytest.raises(InvalidGrantError):
            parse_token_response(answer["body"])


@pytest.mark.parametrize("place", range(0, 64, 7))
def test_any_byte_of_the_verifier_counts(place):
    def change(http):
        verifier = form(http.body)["code_verifier"]
        return in_form(http, "code_verifier", flipped(verifier, place))

    _, records = play(tap=once("token_request", change))
    assert fates(records) == [("refused", "code_verifier")]


def test_an_unknown_client_is_a_401_and_registers_again():
    _, records = play(tap=once("token_request", lambda http: in_form(http, "client_id")))
    assert course(records) == [*DISCOVERY, *REGISTRATION, *AUTHORIZATION, "token_request!401", *REGISTRATION, *AUTHORIZATION, "token_response", *USE]
    with pytest.raises(InvalidClientError):
        parse_token_response(said(records, "token_request!401")["body"])
    assert [record["key"] for record in records if record["message"] == "token_request"] == ["client_id/1", "client_id/2"]
    assert fates(records) == [("completed", None)]


def test_unknown_every_time_it_gives_up_after_one_more_registration():
    _, records = play(tap=lambda id_, sender, receiver, http: in_form(http, "client_id") if id_ == "token_request" else http)
    assert Counter(course(records))["registration_request"] == 2
    assert fates(records) == [("refused", "client_id")]


@pytest.mark.parametrize(("name", "status", "by"), [("client_id", 401, "client_id"), ("redirect_uri", 400, "redirect_uri"),
                                                    ("code_challenge_method", 400, "code_challenge"), ("response_type", 400, "code_challenge")])
def test_an_authorization_request_that_was_changed_leads_nowhere(name, status, by):
    def change(http):
        url, _, query = http.url.partition("?")
        changed = in_form(Request("GET", url, {}, query), name)
        return Request("GET", f"{url}?{changed.body}")

    _, records = play(tap=once("authorization_request", change))
    assert course(records)[-1] == f"authorization_request!{status}"
    assert fates(records) == [("refused", by)]


def test_another_challenge_than_the_client_made_fits_no_verifier():
    def tap(message, sender, receiver, http):
        if message == "authorization_request":
            made = parse_qs(urlsplit(http.url).query)["code_challenge"][0]
            return Request("GET", http.url.replace(made, "x" * 43))
        return in_form(http, "request", "x" * 43) if message == "approval" else http

    _, records = play(tap=tap)
    assert fates(records) == [("refused", "code_verifier")]


def test_an_approval_of_what_nobody_asked_for_is_worth_nothing():
    _, records = play(tap=once("approval", lambda http: in_form(http, "request")))
    assert fates(records) == [("refused", "state")]


def test_an_answer_to_another_request_is_not_taken():
    def change(http):
        return Request("GET", http.url.replace("state=", "state=0"))

    _, records = play(tap=once("authorization_response", change))
    assert fates(records) == [("refused", "state")]
    assert course(records)[-1] == "authorization_response"


@pytest.mark.parametrize(("change", "code"), [
    (lambda asked: {**asked, "redirect_uris": ["http://a.example/back"]}, "invalid_redirect_uri"),
    (lambda asked: {**asked, "redirect_uris": ["https://a.example/#x"]}, "invalid_redirect_uri"),
    (lambda asked: {**asked, "redirect_uris": []}, "invalid_redirect_uri"),
    (lambda asked: {name: asked[name] for name in asked if name != "redirect_uris"}, "invalid_redirect_uri"),
    (lambda asked: {**asked, "token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
    (lambda asked: [1], "invalid_client_metadata"), (lambda asked: None, "invalid_client_metadata")])
def test_metadata_that_cannot_be_registered_are_a_400(change, code):
    tap = once("registration_request", lambda http: Request(http.method, http.url, http.headers, json.dumps(change(json.loads(http.body)))))
    run, records = play(tap=tap)
    assert course(records)[-1] == "registration_request!400"
    assert body(records, "registration_request!400")["error"] == code
    assert run.metrics["keys"]["allocated"] == 0


def test_a_token_of_which_one_bit_was_flipped_is_a_401_and_another_one_is_asked_for():
    def change(http):
        return Request(http.method, http.url, {**http.headers, "Authorization": flipped(http.headers["Authorization"], 60)}, http.body)

    _, records = play(tap=once("mcp_request", change))
    refusal = course(records).index("mcp_request!401")
    assert course(records)[refusal:] == ["mcp_request!401", *DISCOVERY[:2], "refresh_request", "refreshed", *USE]
    assert said(records, "mcp_request!401")["headers"]["WWW-Authenticate"].startswith('Bearer error="invalid_token"')
    assert fates(records) == [("completed", None)]


def test_the_metadata_of_another_are_not_believed():
    for message, name in (("resource_metadata", "resource"), ("server_metadata", "issuer")):
        def change(http, name=name):
            return Response(http.status, http.reason, http.headers, json.dumps({**json.loads(http.body), name: "https://evil.example"}))

        _, records = play(tap=once(message, change))
        assert course(records)[-1] == message
        assert fates(records) == [("refused", message)]


# --- coming back ------------------------------------------------------------------------------------------------------


def test_who_comes_back_uses_its_token_then_refreshes_it():
    _, records = play({"actors.client.arrivals": {"times": ["0 s", "10 s", "20 s"]}, "actors.client.expires": {"access_token": "15 s"}})
    assert course(records, 2) == USE
    assert course(records, 3) == [*DISCOVERY[:2], "refresh_request", "refreshed", *USE]
    assert fates(records) == [("completed", None)] * 3


def test_a_code_lives_no_longer_than_the_server_says():
    _, records = play({"actors.authorization_server.expires": {"authorization_grant": "10 ms"}})
    assert course(records)[-1] == "invalid_grant"
    assert fates(records) == [("ended", "ended_invalid_grant")]


def test_a_code_that_is_used_again_is_refused():
    """Whoever captures token requests and sends them again gets nothing."""
    run, records = play({"actors.client.population": 50, "actors.client.picks": "new", "actors.client.arrivals": "5 /s"}, attacks=[
        {"name": "thief", "sends": "token_request", "rate": "10 /s", "during": ["5 s", "30 s"], "signature": {"replayed": {"delay": "500 ms"}}}])
    answers = Counter(record["message"] for record in records if record["class"] == "thief" and record["kind"] == "message" and record["sender"].startswith("authorization"))
    assert set(answers) == {"invalid_grant"}
    assert answers["invalid_grant"] > 100
    assert run.metrics["attack"]["tokens_obtained"] == 0
    with pytest.raises(InvalidGrantError):
        parse_token_response(said(records, "invalid_grant")["body"])


def test_a_deleted_registration_is_found_out_by_a_401_at_the_next_refresh():
    run, records = play({"actors.client.arrivals": {"times": ["0 s", "15 s"]}, "actors.client.expires": {"access_token": "5 s"}},
                        mitigations={"authorization_server": [{"key_expiry": {"key": "client_id", "idle": "5 s"}}]})
    assert course(records, 2) == [*DISCOVERY[:2], "refresh_request", "refresh_request!401", *REGISTRATION, *AUTHORIZATION, "token_response", *USE]
    assert run.metrics["keys"] == {"allocated": 2, "orphaned": 0, "deleted_in_use": 1}


def test_identifiers_without_rows_are_known_again_and_junk_is_not():
    run, records = play({"actors.client.arrivals": {"times": ["0 s", "15 s"]}, "actors.client.expires": {"access_token": "5 s"}},
                        mitigations={"authorization_server": [{"stateless_keys": {}}]},
                        attacks=[{"name": "junk", "sends": "token_request", "rate": "10 /s", "signature": "unknown_key"}])
    assert fates([record for record in records if record["class"] == "client"]) == [("completed", None)] * 2
    assert course(records, 1)[-2:] == USE
    assert run.metrics["stations"]["authorization_server"]["memory_peak_bytes"]["client_id"] == 0
    assert set(run.metrics["stations"]["authorization_server"]["refused"]) == {"client_id"}


def test_tokens_that_say_when_they_expire_are_for_the_engine_that_carries_messages():
    changes = {"actors.authorization_server.parameters": {"expires_in": 5}, "actors.client.arrivals": {"times": ["0 s", "20 s"]}}
    _, records = play(changes)
    assert body(records, "token_response")["expires_in"] == 5
    assert course(records, 2)[:2] == ["mcp_request", "mcp_request!401"]
    assert fates(records) == [("completed", None)] * 2
    assert not_constructed(sim.load(SCENARIO).set(changes).plan()) == (
        "AuthorizationServer gives out access tokens that expire by themselves (expires_in)")


# --- attacks, in both engines -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sends", ["token_request", "refresh_request", "authorization_request", "mcp_request"])
@pytest.mark.parametrize(("signature", "by"), [("missing", "credentials"), ("unknown_key", None), ("valid", ""), ({"replayed": {"delay": "1 s"}}, "")], ids=str)
def test_a_credential_is_really_looked_up_and_known_by_construction(sends, signature, by):
    scenario = {**SCENARIO, "attacks": [{"name": "flood", "sends": sends, "rate": "20 /s", "signature": signature}]}
    changes = {"actors.client.population": 20, "actors.client.arrivals": "3 /s", "network.default.loss": "1 %", "duration": "12 s", "actors.client.expires": {"access_token": "1 s"}}
    plan = sim.load(scenario).set(changes).plan()
    assert difference(plan, plain=True) is None
    run = sim.run(scenario, set=changes)
    server = "resource_server" if sends == "mcp_request" else "authorization_server"
    by = by if by is not None else "access_token" if sends == "mcp_request" else "client_id"
    assert run.metrics["attack"]["sent"] > 30
    assert set(run.metrics["stations"][server]["refused"]) == ({by} if by else set())
    assert (run.metrics["attack"]["refused"] > 100) == bool(by)


def test_what_is_not_signed_cannot_be_signed_wrongly():
    with pytest.raises(Faults, match=r"attacks\.0\.signature: 'token_request' is not signed: authorization_server looks up the credential that it names"):
        sim.load({**SCENARIO, "attacks": [{"name": "flood", "sends": "token_request", "rate": "20 /s", "signature": "wrong"}]})


def test_the_shipped_scenario_does_what_it_says():
    run = sim.run(Path(__file__).parents[2] / "scenarios" / "mcp_registration.yaml")
    calls = Counter(record["message"] for record in run.trace.records() if record["kind"] == "message")
    assert run.metrics["honest"]["success_ratio"] > 0.99
    assert calls["refresh_request!401"] == run.metrics["keys"]["deleted_in_use"] > 10
