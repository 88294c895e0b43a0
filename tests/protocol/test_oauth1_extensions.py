"""What goes beyond RFC 5849: requests signed by a token alone, and body hashes."""

from typing import Any

import pytest
from oauth1_definition import NOW_S
from oauth1_requests import REQUEST, TABLE, refusal, signed, verdict

from sim.protocol.http import Request
from sim.protocol.oauth1 import Verified, Verifier, body_hash, sign


def by_token(**changes: Any) -> Request:
    defaults = {"consumer_key": None, "token": "at", "token_secret": "ats", "timestamp": NOW_S, "nonce": "n"}
    return sign(REQUEST, **defaults | changes)


def test_token_alone_is_enough_where_that_is_wanted() -> None:
    verifier = Verifier(TABLE, token_only=True)
    assert Verified(None, "at", "HMAC-SHA1", NOW_S, "n") == verifier.verify(by_token(), NOW_S)
    assert "nonce" == refusal(by_token(), verifier=verifier).by


@pytest.mark.parametrize(
    "request_",
    [
        signed(),
        signed(token="at", token_secret="ats"),
        signed(consumer_key="unknown"),
        signed(consumer_secret="wrong"),
        by_token(consumer_key=""),
    ],
)
def test_consumer_key_buys_tokens_only(request_: Request) -> None:
    refused = refusal(request_, verifier=Verifier(TABLE, token_only=True))
    assert (401, "consumer_key", "OAuth") == (refused.status, refused.by, refused.headers["WWW-Authenticate"])


@pytest.mark.parametrize(
    ("request_", "status", "by"),
    [
        (by_token(token="unknown"), 401, "token"),
        (by_token(token_secret="wrong"), 401, "signature"),
        (by_token(consumer_secret="cks"), 401, "signature"),
        (by_token(token=""), 400, "parameters"),
        (REQUEST, 401, "credentials"),
    ],
)
def test_tokens_that_do_not_hold(request_: Request, status: int, by: str) -> None:
    assert (status, by) == verdict(request_, verifier=Verifier(TABLE, token_only=True))


def test_body_hash_covers_a_body_that_is_no_form() -> None:
    body = '{"a": "é"}'
    request = Request("POST", "https://am.example/", {"Content-Type": "application/json"}, body)
    request = signed(request, extra={"oauth_body_hash": body_hash(body)})
    assert "ck" == Verifier(TABLE).verify(request, NOW_S).consumer_key
    verifier = Verifier(TABLE)
    changed = Request(request.method, request.url, request.headers, body.replace("a", "b"))
    assert (401, "body_hash") == verdict(changed, verifier=verifier)
    assert 0 == len(verifier.nonces)


def test_body_hash_is_not_for_forms() -> None:
    assert (400, "parameters") == verdict(signed(extra={"oauth_body_hash": body_hash(REQUEST.body)}))
