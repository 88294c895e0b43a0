"""One byte changed in flight, or anything at all sent: the verifier refuses, and never fails otherwise."""

from collections.abc import Iterator

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from oauth1_definition import NOW_S, any_forms, any_urls, base_uri, form_pairs, form_request, methods, named_texts

from sim.protocol.http import FORM, Refused, Request
from sim.protocol.oauth1 import METHODS, SecretTable, Verified, Verifier, base_string, sign

TABLE = SecretTable({"ck": "cks"}, {("ck", "at"): "ats"})
REQUEST = sign(
    Request("POST", "https://am.example:8443/Token/x%2Fy?realm=pr&q=a+b%3d", {"Content-Type": FORM}, "sph=a~b&n=%C3%A9&n="),
    consumer_key="ck", consumer_secret="cks", token="at", token_secret="ats", timestamp=NOW_S, nonce="kllo9940pd9333jh",
)  # fmt: skip
HEADER = REQUEST.headers["Authorization"]
BITS = range(7)


def outcome(request: Request, table: SecretTable = TABLE, token_only: bool = False) -> Verified | Refused:
    verifier = Verifier(table, methods=[method for method in METHODS if method != "RSA-SHA1"], token_only=token_only)
    try:
        return verifier.verify(request, NOW_S)
    except Refused as refused:
        return refused


def flips(text: str) -> Iterator[tuple[int, str]]:
    """Every text that differs in one bit, and where."""
    for position, character in enumerate(text):
        for bit in BITS:
            yield position, text[:position] + chr(ord(character) ^ (1 << bit)) + text[position + 1 :]


def says_the_same(text: str, other: str) -> bool:
    """Whether two texts differ only in the case of the hex digits of an escape: no change of what is said."""
    return form_pairs(text.replace("&", "%26").replace("=", "%3D")) == form_pairs(other.replace("&", "%26").replace("=", "%3D"))


def test_the_request_itself_is_verified() -> None:
    assert isinstance(outcome(REQUEST), Verified)


def test_any_bit_of_the_method() -> None:
    for _, method in flips(REQUEST.method):
        result = outcome(Request(method, REQUEST.url, REQUEST.headers, REQUEST.body))
        if method.upper() == "POST":  # section 3.4.1.1 signs it in upper case
            assert isinstance(result, Verified)
        else:
            assert isinstance(result, Refused)
            assert (401, "signature") == (result.status, result.by)


def test_any_bit_of_the_url() -> None:
    path_at = REQUEST.url.index("/Token")
    query_at = REQUEST.url.index("?")
    same = 0
    for position, url in flips(REQUEST.url):
        result = outcome(Request(REQUEST.method, url, REQUEST.headers, REQUEST.body))
        in_case = url.lower() == REQUEST.url.lower()
        if in_case and (position < path_at or (position > query_at and says_the_same(url, REQUEST.url))):
            same += 1
            assert isinstance(result, Verified)
        else:
            assert isinstance(result, Refused), url
            assert result.status == 401 or (position <= path_at and result.status == 400), url
    assert len("httpsamexample") + len("d") == same


def test_any_bit_of_the_body() -> None:
    same = 0
    for _, body in flips(REQUEST.body):
        result = outcome(Request(REQUEST.method, REQUEST.url, REQUEST.headers, body))
        if body.lower() == REQUEST.body.lower() and says_the_same(body, REQUEST.body):
            same += 1
            assert isinstance(result, Verified)
        else:
            assert isinstance(result, Refused), body
            assert (401, "signature") == (result.status, result.by), body
    assert len("CA") == same


def test_any_bit_of_the_authorization_header() -> None:
    values_at = HEADER.index("oauth_consumer_key")
    for position, header in flips(HEADER):
        result = outcome(Request(REQUEST.method, REQUEST.url, REQUEST.headers | {"Authorization": header}, REQUEST.body))
        in_case = header.lower() == HEADER.lower()
        if in_case and (position < values_at or says_the_same(header, HEADER)):
            assert isinstance(result, Verified)
        else:
            assert isinstance(result, Refused), header
            assert result.status in (400, 401), header


@pytest.mark.parametrize("value", ["kllo9940pd9333jh", str(NOW_S), "ck", "at"])
def test_any_bit_of_a_value_in_the_header(value: str) -> None:
    for _, changed in flips(value):
        headers = REQUEST.headers | {"Authorization": HEADER.replace(f'"{value}"', f'"{changed}"')}
        result = outcome(Request(REQUEST.method, REQUEST.url, headers, REQUEST.body))
        assert isinstance(result, Refused), changed
        no_number = value == str(NOW_S) and not changed.isdecimal()
        assert (400 if '"' in changed or no_number else 401) == result.status, changed


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256", "PLAINTEXT"])
def test_any_bit_of_a_secret(method: str) -> None:
    request = sign(
        Request("GET", "http://h/"), method=method,
        consumer_key="ck", consumer_secret="cks", token="at", token_secret="ats", timestamp=NOW_S, nonce="n",
    )  # fmt: skip
    assert isinstance(outcome(request), Verified)
    tables = [SecretTable({"ck": secret}, TABLE.tokens) for _, secret in flips("cks")]
    tables += [SecretTable(TABLE.consumers, {("ck", "at"): secret}) for _, secret in flips("ats")]
    for table in tables:
        result = outcome(request, table)
        assert isinstance(result, Refused)
        assert (401, "signature") == (result.status, result.by)


@given(
    method=methods, url=any_urls, form=any_forms, nonce=named_texts, place=st.sampled_from(["url", "body", "header"]),
    position=st.integers(0, 1000), character=st.characters(exclude_categories=()),
)  # fmt: skip
def test_any_character_of_any_request(
    method: str, url: str, form: str, nonce: str, place: str, position: int, character: str
) -> None:
    request = sign(form_request(method, url, form), consumer_key="ck", consumer_secret="cks", timestamp=NOW_S, nonce=nonce)
    text = {"url": url, "body": form, "header": request.headers["Authorization"]}[place]
    assume(text)
    at = position % len(text)
    changed = text[:at] + character + text[at + 1 :]
    assume(changed != text)
    tampered = Request(
        method,
        changed if place == "url" else url,
        request.headers | ({"Authorization": changed} if place == "header" else {}),
        changed if place == "body" else form,
    )
    result = outcome(tampered)
    assert isinstance(outcome(request), Verified)
    if isinstance(result, Verified):  # only what says the same may pass: in other characters, or in the fragment
        assert result == outcome(request)
        assert base_string(request) == base_string(tampered)
        if place == "body":
            assert sorted(form_pairs(form)) == sorted(form_pairs(changed))
        elif place == "url" and character.isascii() and character.isprintable() and character not in "[]@:":
            assert base_uri(url) == base_uri(changed)


anything = st.text(alphabet=st.characters(exclude_categories=()), max_size=30)
header_like = st.lists(
    st.sampled_from(["OAuth", " ", ",", "=", '"', "\\", "oauth_nonce", "oauth_token", "realm", "%", "%FF", "é", "x", "\n", "\0"]),
    max_size=14,
).map("".join)
own_like = st.lists(
    st.tuples(
        st.sampled_from(["consumer_key", "token", "signature_method", "timestamp", "nonce", "version", "signature", "odd"]),
        st.sampled_from(["ck", "at", "HMAC-SHA1", "PLAINTEXT", "cks%26", "1.0", str(NOW_S), "%FF", "", "é", "٣", "9" * 40]),
    ),
    max_size=8,
)


@given(
    method=anything,
    url=any_urls | anything,
    headers=st.dictionaries(
        st.sampled_from(["Authorization", "authorization", "Content-Type", "CONTENT-TYPE", "x"]),
        anything | header_like | header_like.map("OAuth ".__add__) | st.just(FORM)
        | own_like.map(lambda own: "OAuth " + ", ".join(f'oauth_{name}="{value}"' for name, value in own)),
        max_size=4,
    ),
    body=any_forms | anything | own_like.map(lambda own: "&".join(f"oauth_{name}={value}" for name, value in own)),
    token_only=st.booleans(),
)  # fmt: skip
@example("GET", "http://h/", {"Authorization": 'OAuth oauth_token="\ud800"'}, "", True)
@example("\ud800", "http://\ud800/", {"Authorization": 'OAuth oauth_nonce="%ED%A0%80"', "Content-Type": FORM}, "\ud800=%", False)
def test_whatever_is_sent_is_verified_or_refused(
    method: str, url: str, headers: dict[str, str], body: str, token_only: bool
) -> None:
    result = outcome(Request(method, url, headers, body), token_only=token_only)
    if isinstance(result, Refused):
        assert result.status in (400, 401)
        assert (result.status == 401) == ("WWW-Authenticate" in result.headers)
    else:  # what can be guessed from the pieces: a secret, not a hash
        assert "PLAINTEXT" == result.method
