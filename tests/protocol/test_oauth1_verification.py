"""What a server's side believes, and which status refuses the rest (RFC 5849 section 3.2)."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from oauth1_definition import NOW_S

from sim.protocol.http import FORM, Refused, Request
from sim.protocol.oauth1 import NonceStore, SecretTable, Verified, Verifier, body_hash, sign, verification

PRIVATE_KEY = rsa.generate_private_key(65537, 1024)
PRIVATE_PEM = PRIVATE_KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
PUBLIC_PEM = PRIVATE_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
TABLE = SecretTable(
    {"ck": "cks", "ck2": "cks2"},
    {("ck", "at"): "ats", (None, "at"): "ats"},
    {"ck": PUBLIC_PEM, "ck3": PRIVATE_KEY.public_key()},
)
ALL = ("HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "PLAINTEXT")
REQUEST = Request("POST", "https://am.example/token?q=1", {"Content-Type": FORM}, "sph=x%2Fy")


def signed(request: Request = REQUEST, **changes: Any) -> Request:
    defaults = {"consumer_key": "ck", "consumer_secret": "cks", "timestamp": NOW_S, "nonce": "n"}
    return sign(request, **defaults | changes)


def refusal(request: Request, now_s: int = NOW_S, verifier: Verifier | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        (verifier or Verifier(TABLE, methods=ALL)).verify(request, now_s)
    return caught.value


def verdict(request: Request, now_s: int = NOW_S, verifier: Verifier | None = None) -> tuple[int, str]:
    refused = refusal(request, now_s, verifier)
    return refused.status, refused.by


def rewritten(request: Request, old: str, new: str) -> Request:
    """The request with a part of its Authorization header exchanged."""
    header = request.headers["Authorization"]
    assert old in header
    return Request(
        request.method, request.url, request.headers | {"Authorization": header.replace(old, new, 1)}, request.body
    )


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("token", [None, "at"])
def test_every_method_with_and_without_a_token(method: str, token: str | None) -> None:
    request = signed(method=method, token=token, token_secret="ats" if token else "", private_key=PRIVATE_KEY)
    expected = Verified("ck", token, method, NOW_S, "n")
    assert expected == Verifier(TABLE, methods=ALL).verify(request, NOW_S)


def test_values_come_back_decoded() -> None:
    table = SecretTable({"c k/é": "s&"}, {("c k/é", "t+"): "u%"})
    request = sign(
        REQUEST, consumer_key="c k/é", consumer_secret="s&", token="t+", token_secret="u%", timestamp=NOW_S, nonce="ñ=1"
    )
    assert ("c k/é", "t+", "HMAC-SHA1", NOW_S, "ñ=1") == Verifier(table).verify(request, NOW_S)


@pytest.mark.parametrize("key", [PRIVATE_KEY, PRIVATE_PEM, PRIVATE_PEM.decode()], ids=["object", "bytes", "text"])
def test_rsa_keys_come_as_objects_or_pem(key: Any) -> None:
    verifier = Verifier(TABLE, methods=ALL)
    assert "ck" == verifier.verify(signed(method="RSA-SHA1", private_key=key), NOW_S).consumer_key
    assert "ck3" == verifier.verify(signed(method="RSA-SHA1", private_key=key, consumer_key="ck3"), NOW_S).consumer_key


def test_keys_that_are_not_rsa_are_a_fault_of_the_caller() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ValueError, match="expected an RSA private key"):
        signed(method="RSA-SHA1", private_key=other)
    table = SecretTable(public_keys={"ck": other.public_key()})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="expected an RSA public key"):
        Verifier(table, methods=["RSA-SHA1"]).verify(signed(method="RSA-SHA1", private_key=PRIVATE_KEY), NOW_S)


def test_rsa_signature_of_another_key_is_refused() -> None:
    stranger = rsa.generate_private_key(65537, 1024)
    assert "signature" == refusal(signed(method="RSA-SHA1", private_key=stranger)).by
    assert "signature" == refusal(rewritten(signed(method="RSA-SHA1", private_key=PRIVATE_KEY), 'signature="', 'signature="%FF')).by
    assert "consumer_key" == refusal(signed(method="RSA-SHA1", private_key=PRIVATE_KEY, consumer_key="ck2")).by


def test_plaintext_may_leave_out_timestamp_and_nonce() -> None:
    verifier = Verifier(TABLE, methods=["PLAINTEXT"])
    request = signed(method="PLAINTEXT", timestamp=None, nonce=None)
    assert [Verified("ck", None, "PLAINTEXT", None, None)] * 2 == [verifier.verify(request, NOW_S) for _ in range(2)]
    assert 0 == len(verifier.nonces)


def test_plaintext_with_a_nonce_is_good_once() -> None:
    verifier = Verifier(TABLE, methods=["PLAINTEXT"])
    verifier.verify(signed(method="PLAINTEXT"), NOW_S)
    assert (401, "nonce") == verdict(signed(method="PLAINTEXT"), verifier=verifier)


@pytest.mark.parametrize(
    ("changes", "status", "by"),
    [
        ({"consumer_key": "unknown"}, 401, "consumer_key"),
        ({"consumer_secret": "wrong"}, 401, "signature"),
        ({"token": "unknown"}, 401, "token"),
        ({"token": "at", "token_secret": "wrong"}, 401, "signature"),
        ({"token": "at", "token_secret": "ats", "consumer_key": "ck2", "consumer_secret": "cks2"}, 401, "token"),
        ({"timestamp": NOW_S - 301}, 401, "timestamp"),
        ({"timestamp": NOW_S + 301}, 401, "timestamp"),
        ({"extra": {"oauth_version": "2.0"}}, 400, "parameters"),
        ({"extra": {"oauth_unheard_of": "x"}}, 400, "parameters"),
        ({"method": "PLAINTEXT", "consumer_secret": "wrong"}, 401, "signature"),
        ({"method": "PLAINTEXT", "consumer_secret": "", "consumer_key": "unknown"}, 401, "consumer_key"),
        ({"consumer_secret": "of nobody", "consumer_key": "unknown"}, 401, "consumer_key"),
        ({"consumer_key": None, "token": "at", "token_secret": "ats"}, 400, "parameters"),
        ({"consumer_key": ""}, 400, "parameters"),
    ],
    ids=repr,
)
def test_credentials_that_do_not_hold(changes: dict[str, Any], status: int, by: str) -> None:
    refused = refusal(signed(**changes))
    assert (status, by) == (refused.status, refused.by)
    assert ({"WWW-Authenticate": "OAuth"} if status == 401 else {}) == refused.headers


@pytest.mark.parametrize(
    ("old", "new", "status", "by"),
    [
        (", oauth_nonce", ', oauth_nonce="n", oauth_nonce', 400, "parameters"),
        (", oauth_nonce", ', oauth%5Fnonce="n", oauth_nonce', 400, "parameters"),
        ("OAuth ", 'OAuth realm="a", realm="b", ', 400, "parameters"),
        ('oauth_nonce="n"', 'oauth_nonce=""', 400, "parameters"),
        ('oauth_nonce="n", ', "", 400, "parameters"),
        (f'oauth_timestamp="{NOW_S}", ', "", 400, "parameters"),
        ('oauth_signature_method="HMAC-SHA1", ', "", 400, "parameters"),
        ('oauth_consumer_key="ck", ', "", 400, "parameters"),
        ("oauth_signature=", "x_signature=", 400, "parameters"),
        ('consumer_key="ck"', 'consumer_key="%FF"', 400, "parameters"),
        ('nonce="n"', 'nonce="%C3"', 400, "parameters"),
        ("HMAC-SHA1", "HMAC-MD5", 400, "signature_method"),
        ("HMAC-SHA1", "hmac-sha1", 400, "signature_method"),
        (f'"{NOW_S}"', '"0"', 400, "timestamp"),
        (f'"{NOW_S}"', '"-1"', 400, "timestamp"),
        (f'"{NOW_S}"', '"1.5"', 400, "timestamp"),
        (f'"{NOW_S}"', '"%D9%A3"', 400, "timestamp"),
        (f'"{NOW_S}"', '"9999999999999999"', 400, "timestamp"),
        (f'"{NOW_S}"', '"999999999999999"', 401, "timestamp"),
        ("OAuth ", "Bearer ", 401, "credentials"),
        ("oauth_", "oauth_oauth_", 400, "parameters"),
        ('"n"', "n", 400, "parameters"),
        ('nonce="n"', 'nonce="m"', 401, "signature"),
        ('signature="', 'signature="x', 401, "signature"),
        ('signature="', 'signature="%C3%A9', 401, "signature"),
        ("OAuth ", 'OAuth foreign="1", ', 401, "signature"),
    ],
)
def test_headers_that_do_not_hold(old: str, new: str, status: int, by: str) -> None:
    assert (status, by) == verdict(rewritten(signed(), old, new))


def test_request_without_credentials_is_challenged() -> None:
    refused = refusal(REQUEST, verifier=Verifier(TABLE, realm='of "ours"'))
    assert (401, "credentials") == (refused.status, refused.by)
    assert {"WWW-Authenticate": 'OAuth realm="of \\"ours\\""'} == refused.response().headers


def test_foreign_parameters_of_the_header_are_signed_too() -> None:
    request = signed(extra={"foreign": "a b"})
    assert Verifier(TABLE).verify(request, NOW_S)
    assert "signature" == refusal(rewritten(request, 'foreign="a%20b"', 'foreign="a%20c"')).by


def moved(request: Request, place: str) -> Request:
    """The signed request with its protocol parameters in the query or the body instead of the header."""
    header = request.headers["Authorization"].removeprefix("OAuth ").replace('="', "=").replace('", ', "&").rstrip('"')
    headers = {name: value for name, value in request.headers.items() if name != "Authorization"}
    if place == "query":
        return Request(request.method, f"{request.url}&{header}", headers, request.body)
    return Request(request.method, request.url, headers, f"{request.body}&{header}")


@pytest.mark.parametrize("place", ["query", "body"])
def test_parameters_may_come_in_query_or_body(place: str) -> None:
    request = moved(signed(token="at", token_secret="ats"), place)
    assert Verified("ck", "at", "HMAC-SHA1", NOW_S, "n") == Verifier(TABLE).verify(request, NOW_S)


@pytest.mark.parametrize("place", ["query", "body"])
def test_parameters_come_from_one_place(place: str) -> None:
    request = moved(signed(), place)
    for token in ('OAuth oauth_token="at"', 'OAuth oauth_odd="x"'):
        both = Request(request.method, request.url, request.headers | {"Authorization": token}, request.body)
        assert (400, "parameters") == verdict(both)
    twice = Request("POST", f"{request.url}&oauth_token=", request.headers, f"{request.body}&oauth_token=")
    assert (400, "parameters") == verdict(twice)


@pytest.mark.parametrize("place", ["query", "body"])
@pytest.mark.parametrize("second", ["oauth_nonce=n", "%6Fauth_nonce=n", "oauth_nonce=other", "oauth_signature="])
def test_parameters_come_once(place: str, second: str) -> None:
    request = moved(signed(), place)
    if place == "query":
        request.url += f"&{second}"
    else:
        request.body += f"&{second}"
    assert (400, "parameters") == verdict(request)


def test_parameters_in_a_body_that_is_no_form_do_not_count() -> None:
    request = moved(signed(), "body")
    request.headers["Content-Type"] = "multipart/form-data; boundary=x"
    assert (401, "credentials") == verdict(request)


def test_realm_in_a_header_may_stand_beside_parameters_elsewhere() -> None:
    request = moved(signed(), "query")
    request.headers["Authorization"] = 'OAuth realm="r"'
    assert "ck" == Verifier(TABLE).verify(request, NOW_S).consumer_key


def test_empty_token_is_none() -> None:
    request = signed(token="")
    assert Verifier(TABLE).verify(request, NOW_S).token is None


@pytest.mark.parametrize("url", ["/token", "ftp://am.example/", "https://am.example:port/"])
def test_url_that_cannot_be_read_is_a_bad_request(url: str) -> None:
    request = Request("GET", url, {"Authorization": signed().headers["Authorization"]})
    assert (400, "parameters") == verdict(request)


# --- nonces and timestamps


def test_replay_is_refused() -> None:
    verifier = Verifier(TABLE)
    request = signed()
    verifier.verify(request, NOW_S)
    assert (401, "nonce") == verdict(request, verifier=verifier)
    assert 1 == len(verifier.nonces)


def test_nonce_counts_per_timestamp_key_and_token() -> None:
    verifier = Verifier(TABLE)
    for changes in ({}, {"timestamp": NOW_S + 1}, {"token": "at", "token_secret": "ats"}):
        verifier.verify(signed(**changes), NOW_S)
    verifier.verify(signed(consumer_key="ck2", consumer_secret="cks2"), NOW_S)
    assert 4 == len(verifier.nonces)


def test_replay_hits_the_sibling_that_shares_the_store_only() -> None:
    nonces = NonceStore()
    first, second, apart = Verifier(TABLE, nonces=nonces), Verifier(TABLE, nonces=nonces), Verifier(TABLE)
    request = signed()
    first.verify(request, NOW_S)
    assert "nonce" == refusal(request, verifier=second).by
    assert "ck" == apart.verify(request, NOW_S).consumer_key


@pytest.mark.parametrize("wrong", [{"consumer_secret": "wrong"}, {"consumer_key": "unknown"}, {"token": "unknown"}])
@pytest.mark.parametrize("timestamps", ["window", "monotonic"])
def test_nonce_is_not_stored_unless_the_signature_holds(wrong: dict[str, str], timestamps: Any) -> None:
    verifier = Verifier(TABLE, timestamps=timestamps)
    refusal(signed(**wrong), verifier=verifier)
    assert 0 == len(verifier.nonces)
    assert "n" == verifier.verify(signed(), NOW_S).nonce


def test_window_has_two_sides_and_both_ends_belong_to_it() -> None:
    verifier = Verifier(TABLE, window_s=10)
    for timestamp in (NOW_S - 10, NOW_S + 10):
        assert timestamp == verifier.verify(signed(timestamp=timestamp), NOW_S).timestamp
    for timestamp in (NOW_S - 11, NOW_S + 11):
        assert (401, "timestamp") == verdict(signed(timestamp=timestamp), verifier=verifier)


def test_replay_is_refused_as_long_as_its_timestamp_is_not() -> None:
    verifier = Verifier(TABLE, window_s=10)
    request = signed(timestamp=NOW_S + 10)
    verifier.verify(request, NOW_S)
    outcomes = [refusal(request, now_s, verifier).by for now_s in range(NOW_S, NOW_S + 25)]
    assert ["nonce"] * 21 + ["timestamp"] * 4 == outcomes


def test_store_forgets_with_the_window() -> None:
    verifier = Verifier(TABLE, window_s=10)
    for second in range(100):
        verifier.verify(signed(timestamp=NOW_S + second), NOW_S + second)
    assert 11 == len(verifier.nonces)


def test_clock_that_is_behind_opens_no_second_chance() -> None:
    nonces = NonceStore()
    ahead, behind = Verifier(TABLE, window_s=10, nonces=nonces), Verifier(TABLE, window_s=10, nonces=nonces)
    request = signed()
    behind.verify(request, NOW_S)
    ahead.verify(signed(timestamp=NOW_S + 60), NOW_S + 60)  # forgets the request's nonce
    assert "nonce" == refusal(request, NOW_S, behind).by


def test_monotonic_timestamps_never_go_back_for_a_key() -> None:
    verifier = Verifier(TABLE, timestamps="monotonic")
    for timestamp, nonce in ((5, "a"), (5, "b"), (9, "a")):
        assert timestamp == verifier.verify(signed(timestamp=timestamp, nonce=nonce), NOW_S).timestamp
    assert (401, "timestamp") == verdict(signed(timestamp=8), verifier=verifier)
    assert (401, "nonce") == verdict(signed(timestamp=9, nonce="a"), verifier=verifier)
    assert 4 == verifier.verify(signed(timestamp=4, consumer_key="ck2", consumer_secret="cks2"), NOW_S).timestamp
    assert 2 == len(verifier.nonces)  # for each key, those of its last second


# --- tokens alone


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


# --- bodies that are no forms


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


# --- how it is done


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The methods of the signatures that a verifier computes."""
    methods: list[str] = []
    make = verification.make

    def counting(method: str, *rest: Any) -> str:
        methods.append(method)
        return make(method, *rest)

    monkeypatch.setattr(verification, "make", counting)
    yield methods


@pytest.mark.parametrize("changes", [{}, {"consumer_key": "unknown"}, {"token": "unknown"}, {"consumer_secret": "wrong"}])
def test_unknown_keys_cost_the_same_work(computed: list[str], changes: dict[str, str]) -> None:
    try:
        Verifier(TABLE).verify(signed(**changes), NOW_S)
    except Refused as refused:
        assert 401 == refused.status
    assert ["HMAC-SHA1"] == computed


@pytest.mark.parametrize("changes", [{"timestamp": 5}, {"extra": {"oauth_version": "2"}}])
def test_cheap_checks_come_before_the_signature(computed: list[str], changes: dict[str, Any]) -> None:
    refusal(signed(**changes))
    assert [] == computed


@pytest.mark.parametrize(
    "arguments",
    [
        {"methods": []},
        {"methods": ["HMAC-MD5"]},
        {"methods": ["RSA-SHA1"], "token_only": True},
        {"timestamps": "sometimes"},
        {"window_s": -1},
        {"realm": "a\nb"},
    ],
    ids=repr,
)
def test_verifier_that_cannot_be_is_a_value_error(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Verifier(TABLE, **arguments)


@pytest.mark.parametrize("method", ALL)
def test_methods_are_accepted_only_if_named(method: str) -> None:
    others = [other for other in ALL if other != method]
    request = signed(method=method, private_key=PRIVATE_KEY)
    assert (400, "signature_method") == verdict(request, verifier=Verifier(TABLE, methods=others))
