"""What is signed here verifies in oauthlib, and what oauthlib signs verifies here.

oauthlib wants what other servers do not: 10-digit timestamps, keys of 20 to 30 characters and https, so its validator
is relaxed below; and it reads no broken escapes, so the requests here are sound ones. Its RSA goes through PyJWT, which
is not needed for anything else: an adapter to ``cryptography`` stands in.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from oauth1_definition import NOW_S, form_request, named_texts, sound_forms, sound_urls, texts, words
from oauthlib import oauth1
from oauthlib.oauth1.rfc5849 import signature as oauthlib_signature

from sim.protocol.http import FORM, Refused, Request
from sim.protocol.oauth1 import METHODS, SecretTable, Verifier, body_hash, sign

PRIVATE_KEY = rsa.generate_private_key(65537, 1024)
PRIVATE_PEM = PRIVATE_KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC_PEM = (
    PRIVATE_KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)


class RsaSha1:
    """The part of PyJWT's RSAAlgorithm that oauthlib calls."""

    hash_alg = hashes.SHA1()

    def prepare_key(self, pem: str) -> Any:
        load = serialization.load_pem_private_key if "PRIVATE" in pem else serialization.load_pem_public_key
        return load(pem.encode(), None) if "PRIVATE" in pem else load(pem.encode())  # type: ignore[call-arg]

    def sign(self, message: bytes, key: Any) -> bytes:
        return bytes(key.sign(message, padding.PKCS1v15(), self.hash_alg))

    def verify(self, message: bytes, key: Any, signature: bytes) -> bool:
        try:
            key.verify(signature, message, padding.PKCS1v15(), self.hash_alg)
        except InvalidSignature:
            return False
        return True


@pytest.fixture(autouse=True, scope="module")
def rsa_without_pyjwt() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(oauthlib_signature._jwt_rsa, "SHA-1", RsaSha1())
        yield


class Validator(oauth1.RequestValidator):
    """oauthlib's server side, relaxed, for one consumer and one token."""

    enforce_ssl = False
    timestamp_lifetime = 10**10
    allowed_signature_methods = METHODS
    dummy_client = "nobody"
    dummy_access_token = "nothing"

    def __init__(self, key: str, secret: str, token: str | None, token_secret: str) -> None:
        super().__init__()
        self.key, self.secret, self.token, self.token_secret = key, secret, token, token_secret

    def check_client_key(self, client_key: str) -> bool:
        return True

    def check_nonce(self, nonce: str) -> bool:
        return True

    def check_access_token(self, request_token: str) -> bool:
        return True

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key == self.key

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        return token == self.token

    def validate_realms(self, client_key: str, token: str, request: Any, uri: Any = None, realms: Any = None) -> bool:
        return True

    def validate_timestamp_and_nonce(self, *arguments: Any, **named: Any) -> bool:
        return True

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return self.secret

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return self.token_secret

    def get_rsa_key(self, client_key: str, request: Any) -> str:
        return PUBLIC_PEM


def oauthlib_believes(request: Request, validator: Validator) -> bool:
    if validator.token is None:
        check = oauth1.SignatureOnlyEndpoint(validator).validate_request
    else:
        check = oauth1.ResourceEndpoint(validator).validate_protected_resource_request
    valid, _ = check(request.url, http_method=request.method, body=request.body, headers=request.headers)
    return bool(valid)


credentials = st.fixed_dictionaries({
    "key": named_texts, "secret": texts, "token": st.none() | named_texts, "token_secret": texts, "nonce": named_texts,
})  # fmt: skip
methods = st.sampled_from(METHODS)
http_methods = st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "post"])


@given(
    method=methods, http_method=http_methods, url=sound_urls, form=sound_forms, given_=credentials,
    extra=st.dictionaries(st.sampled_from(["oauth_version", "oauth_callback", "oauth_verifier"]), st.just("1.0")),
    wrong=st.booleans(),
)  # fmt: skip
def test_oauthlib_believes_what_is_signed_here(
    method: str, http_method: str, url: str, form: str, given_: dict[str, Any], extra: dict[str, str], wrong: bool
) -> None:
    """... and not what is signed with another secret, or (RSA) for another path."""
    token_secret = given_["token_secret"] if given_["token"] is not None else ""
    request = sign(
        form_request(http_method, url, form),
        consumer_key=given_["key"], consumer_secret=given_["secret"], token=given_["token"], token_secret=token_secret,
        method=method, timestamp=NOW_S, nonce=given_["nonce"], extra=extra, private_key=PRIVATE_KEY,
    )  # fmt: skip
    validator = Validator(given_["key"], given_["secret"] + "x" * wrong, given_["token"], token_secret)
    if wrong and method == "RSA-SHA1":
        request.url = request.url.partition("?")[0].partition("#")[0] + "/other"
    assert oauthlib_believes(request, validator) is not wrong


def client(place: str, method: str, given_: dict[str, Any]) -> oauth1.Client:
    return oauth1.Client(
        given_["key"], client_secret=given_["secret"],
        resource_owner_key=given_["token"], resource_owner_secret=given_["token_secret"] if given_["token"] else None,
        signature_method=method, signature_type=place, nonce=given_["nonce"], timestamp=str(NOW_S), rsa_key=PRIVATE_PEM,
    )  # fmt: skip


def check_here(request: Request, given_: dict[str, Any], wrong: bool = False) -> None:
    """The request is believed here, or, if the secret here is wrong, refused for its signature."""
    key, token = given_["key"], given_["token"]
    tokens: dict[tuple[str | None, str], str] = {} if token is None else {(key, token): given_["token_secret"]}
    verifier = Verifier(SecretTable({key: given_["secret"] + "x" * wrong}, tokens, {key: PUBLIC_PEM}), methods=METHODS)
    if wrong:
        with pytest.raises(Refused) as caught:
            verifier.verify(request, NOW_S)
        assert (401, "signature") == (caught.value.status, caught.value.by)
        return
    verified = verifier.verify(request, NOW_S)
    assert (key, token, NOW_S, given_["nonce"]) == (verified.consumer_key, verified.token, verified.timestamp, verified.nonce)


@given(
    method=methods, http_method=http_methods, url=sound_urls, form=sound_forms, given_=credentials,
    realm=st.none() | words, wrong=st.booleans(),
)  # fmt: skip
def test_what_oauthlib_signs_in_the_header_is_believed_here(
    method: str, http_method: str, url: str, form: str, given_: dict[str, Any], realm: str | None, wrong: bool
) -> None:
    signer = client(oauth1.SIGNATURE_TYPE_AUTH_HEADER, method, given_)
    headers = {"Content-Type": FORM} if form else None
    uri, headers, body = signer.sign(url, http_method, form or None, headers, realm)
    request = Request(http_method, uri, headers, body or "")
    check_here(request, given_, wrong and method != "RSA-SHA1")


# oauthlib decodes twice what begins with oauth_ in a query or a body: so there are no escapes in these.
plain_credentials = st.fixed_dictionaries({
    "key": words, "secret": texts, "token": st.none() | words, "token_secret": texts, "nonce": words,
})  # fmt: skip


@given(
    place=st.sampled_from([oauth1.SIGNATURE_TYPE_BODY, oauth1.SIGNATURE_TYPE_QUERY]), method=methods, http_method=http_methods,
    url=sound_urls, form=sound_forms, given_=plain_credentials,
)  # fmt: skip
def test_what_oauthlib_signs_in_query_or_body_is_believed_here(
    place: str, method: str, http_method: str, url: str, form: str, given_: dict[str, Any]
) -> None:
    signer = client(place, method, given_)
    uri, headers, body = signer.sign(url, http_method, form, {"Content-Type": FORM})
    assert "Authorization" not in headers
    check_here(Request(http_method, uri, dict(headers), body), given_)


@given(url=sound_urls, given_=credentials, body=texts.map("{{{}}}".format))
def test_body_hash_of_oauthlib_is_checked_here(url: str, given_: dict[str, Any], body: str) -> None:
    signer = client(oauth1.SIGNATURE_TYPE_AUTH_HEADER, "HMAC-SHA1", given_)
    uri, headers, body = signer.sign(url, "POST", body, {"Content-Type": "application/json"})
    assert "oauth_body_hash" in headers["Authorization"]
    check_here(Request("POST", uri, headers, body), given_)


@given(body=texts.map("{{{}}}".format))
def test_oauthlib_believes_a_body_hash_made_here(body: str) -> None:
    request = sign(
        Request("POST", "http://h/", {"Content-Type": "application/json"}, body),
        consumer_key="ck", consumer_secret="s", timestamp=NOW_S, nonce="n", extra={"oauth_body_hash": body_hash(body)},
    )  # fmt: skip
    assert oauthlib_believes(request, Validator("ck", "s", None, ""))
