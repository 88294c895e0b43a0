"""The published vectors (RFC 5849, OAuth Core 1.0, the test-case wiki), signed and verified."""

import json
from pathlib import Path
from typing import Any

import pytest

from sim.protocol.http import FORM, Request
from sim.protocol.oauth1 import SecretTable, Verified, Verifier, base_string, sign, signature_of
from sim.protocol.oauth1.authorization import read
from sim.protocol.oauth1.encoding import decode
from sim.protocol.oauth1.signature import make

VECTORS = json.loads((Path(__file__).parent / "data" / "oauth1_vectors.json").read_text())["vectors"]
OF_REQUESTS = [vector for vector in VECTORS if "url" in vector]
OF_STRINGS = [vector for vector in VECTORS if "url" not in vector]

of_requests = pytest.mark.parametrize("vector", OF_REQUESTS, ids=lambda vector: vector["id"])


def signed(vector: dict[str, Any]) -> Request:
    oauth = dict(vector["oauth"])
    body = vector.get("body", "")
    return sign(
        Request(vector["method"], vector["url"], {"Content-Type": FORM} if body else {}, body),
        consumer_key=vector["ck"],
        consumer_secret=vector["cs"],
        token=vector.get("t"),
        token_secret=vector.get("ts", ""),
        method=oauth.pop("oauth_signature_method"),
        timestamp=int(oauth.pop("oauth_timestamp")),
        nonce=oauth.pop("oauth_nonce"),
        extra=oauth,
    )


def test_there_are_vectors_of_both_kinds() -> None:
    assert (4, 2) == (len(OF_REQUESTS), len(OF_STRINGS))


@of_requests
def test_request_is_signed_as_published(vector: dict[str, Any]) -> None:
    assert vector["signature"] == decode(read(signed(vector).headers["Authorization"]).signature or "")


@of_requests
def test_signature_can_be_shown(vector: dict[str, Any]) -> None:
    shown = signature_of(signed(vector), consumer_secret=vector["cs"], token_secret=vector.get("ts", ""))
    assert vector["signature"] == shown


@of_requests
def test_published_request_verifies(vector: dict[str, Any]) -> None:
    key, token = vector["ck"], vector.get("t")
    tokens: dict[tuple[str | None, str], str] = {} if token is None else {(key, token): vector["ts"]}
    timestamp = int(vector["oauth"]["oauth_timestamp"])
    verified = Verifier(SecretTable({key: vector["cs"]}, tokens)).verify(signed(vector), timestamp)
    assert Verified(key, token, "HMAC-SHA1", timestamp, vector["oauth"]["oauth_nonce"]) == verified


@pytest.mark.parametrize("vector", [v for v in OF_REQUESTS if "base_string" in v], ids=lambda vector: vector["id"])
def test_base_string_is_as_published(vector: dict[str, Any]) -> None:
    assert vector["base_string"] == base_string(signed(vector))


@pytest.mark.parametrize("vector", OF_STRINGS, ids=lambda vector: vector["id"])
def test_string_is_signed_as_published(vector: dict[str, Any]) -> None:
    method = vector.get("method_name", "HMAC-SHA1")
    assert vector["signature"] == make(method, vector.get("base_string", ""), vector["cs"], vector["ts"])
