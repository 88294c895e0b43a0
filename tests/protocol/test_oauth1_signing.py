"""What a consumer's side makes, and what it refuses to make."""

import base64
import hashlib
import hmac
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauth1_definition import NOW_S, texts

from sim.protocol.http import FORM, Request
from sim.protocol.oauth1 import METHODS, body_hash, sign, signature_of
from sim.protocol.oauth1.authorization import read
from sim.protocol.oauth1.encoding import encode
from sim.protocol.oauth1.signature import encode_base64, hmac_digest, make

REQUEST = Request("POST", "https://am.example/key?a=1", {"Content-Type": FORM, "Accept": "*/*"}, "b=2")
CREDENTIALS: dict[str, Any] = {"consumer_key": "ck", "consumer_secret": "cks", "timestamp": NOW_S, "nonce": "n"}


@given(key=st.binary(max_size=200), message=st.binary(max_size=200))
def test_hmac_is_that_of_the_standard_library(key: bytes, message: bytes) -> None:
    assert hmac.digest(key, message, "sha1") == hmac_digest(key, message, hashlib.sha1)
    assert hmac.digest(key, message, "sha256") == hmac_digest(key, message, hashlib.sha256)


@pytest.mark.parametrize("octets", [0, 63, 64, 65, 128])
def test_hmac_of_keys_about_a_block_long(octets: int) -> None:
    key = bytes(range(octets))
    assert hmac.digest(key, b"m", "sha1") == hmac_digest(key, b"m", hashlib.sha1)


@given(secret=texts, token_secret=texts)
def test_key_of_the_hmac_is_both_secrets_encoded(secret: str, token_secret: str) -> None:
    assert f"{encode(secret)}&{encode(token_secret)}" == make("PLAINTEXT", "", secret, token_secret)
    key = make("PLAINTEXT", "", secret, token_secret).encode()
    assert base64.b64encode(hmac.digest(key, b"b", "sha256")).decode() == make("HMAC-SHA256", "b", secret, token_secret)


@given(octets=st.binary(max_size=40))
def test_base64_is_encoded_like_any_text(octets: bytes) -> None:
    text = base64.b64encode(octets).decode()
    assert encode(text) == encode_base64(text)


def test_signing_leaves_the_request_as_it_is() -> None:
    before = Request.from_record(REQUEST.to_record())
    signed = sign(REQUEST, **CREDENTIALS)
    assert before == REQUEST
    assert {**REQUEST.headers, "Authorization": signed.headers["Authorization"]} == signed.headers
    assert (REQUEST.method, REQUEST.url, REQUEST.body) == (signed.method, signed.url, signed.body)


def test_header_is_as_in_the_rfc() -> None:
    signed = sign(Request("GET", "http://h/"), realm='a "b"', token="t/1", extra={"oauth_callback": "oob"}, **CREDENTIALS)
    signature = encode(signature_of(signed, consumer_secret="cks"))
    assert signed.headers["Authorization"] == (
        'OAuth realm="a \\"b\\"", oauth_consumer_key="ck", oauth_token="t%2F1", oauth_signature_method="HMAC-SHA1", '
        f'oauth_timestamp="{NOW_S}", oauth_nonce="n", oauth_callback="oob", oauth_signature="{signature}"'
    )


def test_signing_again_replaces_the_header() -> None:
    once = sign(REQUEST, **CREDENTIALS)
    renamed = Request(once.method, once.url, {"authorization": once.headers["Authorization"], "Accept": "*/*"}, once.body)
    again = sign(once, **CREDENTIALS | {"nonce": "m"})
    assert ["Content-Type", "Accept", "Authorization"] == list(again.headers)
    assert "m" == read(again.headers["Authorization"]).nonce
    assert ["Accept", "Authorization"] == list(sign(renamed, **CREDENTIALS).headers)


def test_plaintext_may_go_without_timestamp_and_nonce() -> None:
    signed = sign(REQUEST, consumer_key="ck", consumer_secret="a&b", method="PLAINTEXT")
    own = read(signed.headers["Authorization"])
    assert (None, None, "a%2526b%26") == (own.timestamp, own.nonce, own.signature)


def test_token_alone_signs_without_a_consumer_key() -> None:
    signed = sign(REQUEST, consumer_key=None, token="at", token_secret="ats", timestamp=NOW_S, nonce="n")
    own = read(signed.headers["Authorization"])
    assert (None, "at") == (own.consumer_key, own.token)
    assert encode(signature_of(signed, token_secret="ats")) == own.signature


@pytest.mark.parametrize(
    "wrong",
    [
        {"consumer_key": None},
        {"timestamp": None},
        {"nonce": None},
        {"nonce": ""},
        {"timestamp": 0},
        {"timestamp": -1},
        {"method": "HMAC-MD5"},
        {"method": "RSA-SHA1"},
        {"method": "RSA-SHA1", "private_key": "no PEM"},
        {"method": "PLAINTEXT", "nonce": None},
        {"realm": "a\r\nSet-Cookie: b"},
        {"extra": {"oauth_nonce": "other"}},
        {"extra": {"Realm": "other"}},
        {"extra": {"": "nameless"}},
    ],
    ids=repr,
)
def test_what_cannot_be_signed_is_a_value_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        sign(REQUEST, **CREDENTIALS | wrong)


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/relative"),
        Request("GET", "http://h/?oauth_token=x"),
        Request("GET", "http://h/?a=1&%6Fauth_odd=x"),
        Request("POST", "http://h/", {"Content-Type": FORM}, "oauth_verifier=x"),
        Request("GET", "http://h/", {"Authorization": "OAuth", "authorization": "OAuth"}),
        Request("POST", "http://h/", {"Content-Type": FORM, "content-type": "text/plain"}, "a=1"),
    ],
)
def test_request_that_cannot_be_signed_is_a_value_error(request_: Request) -> None:
    with pytest.raises(ValueError):
        sign(request_, **CREDENTIALS)


def test_signature_of_names_what_is_missing() -> None:
    with pytest.raises(ValueError, match="expected one of HMAC-SHA1, HMAC-SHA256, RSA-SHA1, PLAINTEXT"):
        signature_of(REQUEST)
    assert signature_of(REQUEST, method="HMAC-SHA1") == signature_of(REQUEST, method="HMAC-SHA1", token_secret="")
    assert ("HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "PLAINTEXT") == METHODS


def test_body_hash_is_that_of_the_draft() -> None:
    """draft-eaton-oauth-bodyhash-00, sections 3.2 (of an empty body) and 4.1.2 (of "Hello World!")."""
    assert "2jmj7l5rSw0yVb/vlWAYkK/YBwk=" == body_hash("")
    assert "Lve95gjOVATpfV8EL5X4nxwjKHE=" == body_hash("Hello World!")


def test_rsa_library_is_loaded_for_rsa_only() -> None:
    code = (
        "import sys\n"
        "from sim.protocol.http import Request\n"
        "from sim.protocol.oauth1 import SecretTable, Verifier, sign\n"
        "signed = sign(Request('GET', 'http://h/'), consumer_key='ck', consumer_secret='s', timestamp=9, nonce='n')\n"
        "Verifier(SecretTable({'ck': 's'}), methods=['HMAC-SHA1', 'RSA-SHA1']).verify(signed, 9)\n"
        "sys.exit('cryptography' in sys.modules)\n"
    )
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
