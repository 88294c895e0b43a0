"""What messages of OAuth 2 are made of, against the vectors of the RFCs and against oauthlib."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth2 import WebApplicationClient
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256

from sim.protocol.oauth2 import base64url, challenge_of, error, fits, may_redirect_to, read_signed, signed

VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, B
UNRESERVED = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", min_size=43, max_size=128)
# RFC 7515, appendix A.1
TOKEN = ("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
         "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
KEY = base64.urlsafe_b64decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==")


def test_the_challenge_of_rfc_7636():
    octets = bytes([116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121])
    assert base64url(octets) == VERIFIER
    assert challenge_of(VERIFIER) == CHALLENGE
    assert fits(VERIFIER, CHALLENGE)


@given(UNRESERVED, st.integers(0, 42))
def test_the_challenge_is_that_of_oauthlib_and_of_no_other_verifier(verifier, place):
    assert challenge_of(verifier) == WebApplicationClient("c").create_code_challenge(verifier, "S256")
    assert code_challenge_method_s256(verifier, challenge_of(verifier))
    other = verifier[:place] + chr(ord(verifier[place]) ^ 1) + verifier[place + 1:]
    assert not fits(other, challenge_of(verifier))


@pytest.mark.parametrize("verifier", ["", "é" * 43, "x\n"])
def test_any_text_may_be_claimed_to_be_a_verifier(verifier):
    assert not fits(verifier, CHALLENGE)
    assert not fits(VERIFIER, verifier)


def test_the_token_of_rfc_7515():
    assert read_signed(KEY, TOKEN, "JWT") == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert read_signed(KEY, TOKEN, "at+jwt") is None


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5)), st.integers(0))
def test_a_token_is_read_back_and_with_any_byte_changed_it_is_none(claims, place):
    token = signed(b"key", claims, "t")
    assert read_signed(b"key", token, "t") == claims
    place %= len(token)
    changed = token[:place] + chr(ord(token[place]) ^ 1) + token[place + 1:]
    assert read_signed(b"key", changed, "t") is None
    assert read_signed(b"another", token, "t") is None
    assert read_signed(None, token, "t") is None


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é.é.é", "\ud800"])
def test_what_is_no_token_is_none(text):
    assert read_signed(b"key", text, "t") is None


def test_codes_are_sent_where_they_cannot_be_read_on_the_way():
    assert [may_redirect_to(uri) for uri in ("https://a.example/cb", "http://127.0.0.1:1/cb", "http://localhost:1/cb")] == [True] * 3
    assert [may_redirect_to(uri) for uri in ("http://a.example/cb", "https://a.example/cb#x", "http://127.0.0.1.evil.example/", 3, None)] == [False] * 5


def test_an_error_says_its_code_in_the_body():
    answer = error(400, "invalid_grant", "used", "code").response()
    assert (answer.status, answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (400, "application/json", "no-store")
    assert answer.body == '{"error":"invalid_grant","error_description":"used"}'
