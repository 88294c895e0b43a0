"""What a server's side believes, and which status refuses the rest (RFC 5849 section 3.2)."""

import contextlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from oauth1_definition import NOW_S
from oauth1_requests import ALL, PRIVATE_KEY, PRIVATE_PEM, REQUEST, TABLE, refusal, rewritten, signed, verdict

from sim.protocol.http import Refused, Request
from sim.protocol.oauth1 import SecretTable, Verified, Verifier, sign, verification


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("token", [None, "at"])
def test_every_method_with_and_without_a_token(method: str, token: str | None) -> None:
    request = signed(method=method, token=token, token_secret="ats" if token else "", private_key=PRIVATE_KEY)
    expected = Verified("ck", token, method, NOW_S, "n")
    assert expected == Verifier(TABLE, methods=ALL).verify(request, NOW_S)


def test_values_come_back_decoded() -> None:
    table = SecretTable({"c k/é": "s&"}, {("c k/é", "t+"): "u%"})
    request = sign(REQUEST, consumer_key="c k/é", consumer_secret="s&", token="t+", token_secret="u%", timestamp=NOW_S, nonce="ñ=1")
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


def test_foreign_parameters_of_the_header_are_signed_wherever_oauths_are() -> None:
    request = moved(signed(extra={"foreign": "1"}), "query")
    request.url = request.url.replace("&foreign=1", "")
    assert "signature" == refusal(request).by
    request.headers["Authorization"] = 'OAuth foreign="1"'
    assert "ck" == Verifier(TABLE).verify(request, NOW_S).consumer_key


def test_empty_token_is_none() -> None:
    request = signed(token="")
    assert Verifier(TABLE).verify(request, NOW_S).token is None


@pytest.mark.parametrize("url", ["/token", "ftp://am.example/", "https://am.example:port/"])
def test_url_that_cannot_be_read_is_a_bad_request(url: str) -> None:
    request = Request("GET", url, {"Authorization": signed().headers["Authorization"]})
    assert (400, "parameters") == verdict(request)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods of the signatures that a verifier computes."""
    methods: list[str] = []
    make = verification.make

    def counting(method: str, *rest: Any) -> str:
        methods.append(method)
        return make(method, *rest)

    monkeypatch.setattr(verification, "make", counting)
    return methods


@pytest.mark.parametrize("changes", [{}, {"consumer_key": "unknown"}, {"token": "unknown"}, {"consumer_secret": "wrong"}])
def test_unknown_keys_cost_the_same_work(computed: list[str], changes: dict[str, str]) -> None:
    with contextlib.suppress(Refused):
        Verifier(TABLE).verify(signed(**changes), NOW_S)
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
