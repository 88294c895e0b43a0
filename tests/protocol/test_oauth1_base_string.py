"""The base string against its definition, and each short way in it against the long one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauth1_definition import (
    any_forms,
    any_urls,
    defined_base_string,
    form_request,
    methods,
    named_texts,
    percent_encoded,
    sound_urls,
    texts,
)

from sim.protocol.http import FORM, Request
from sim.protocol.oauth1 import Malformed, base_string, sign
from sim.protocol.oauth1.authorization import ProtocolParameters, read
from sim.protocol.oauth1.base_string import encoded_uri, form_parameters
from sim.protocol.oauth1.encoding import decode, encode, recode

UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")


@given(
    method=methods,
    url=any_urls,
    form=any_forms,
    key=named_texts,
    token=st.none() | named_texts,
    nonce=named_texts,
    extra=st.dictionaries(named_texts.map("x_{}".format), texts, max_size=2),
    realm=st.none() | st.text('a "\\=,%é', max_size=6),
)
def test_base_string_is_the_defined_one(
    method: str, url: str, form: str, key: str, token: str | None, nonce: str, extra: dict[str, str], realm: str | None
) -> None:
    own = {"oauth_consumer_key": key, "oauth_nonce": nonce, "oauth_timestamp": "7", "oauth_signature_method": "HMAC-SHA1"}
    if token is not None:
        own["oauth_token"] = token
    signed = sign(
        form_request(method, url, form),
        consumer_key=key, token=token, timestamp=7, nonce=nonce, realm=realm, extra=extra,
    )  # fmt: skip
    assert defined_base_string(method, url, form, [*own.items(), *extra.items()]) == base_string(signed)


@given(url=sound_urls)
def test_unsigned_request_has_a_base_string_too(url: str) -> None:
    assert defined_base_string("GET", url, "", []) == base_string(Request("GET", url))


def test_names_sort_before_values() -> None:
    """As "a=..." and "a-=..." the second would come first: "-" is lower than "="."""
    shown = base_string(Request("GET", "http://h/?a-=1&a=z&a%20=1&a=9"))
    assert shown == "GET&http%3A%2F%2Fh%2F&a%3D9%26a%3Dz%26a%2520%3D1%26a-%3D1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [  # RFC 5849 section 3.4.1.2, then what it leaves to the reader
        ("http://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
        ("https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
        ("http://example.com", "http://example.com/"),
        ("HTTPS://example.com:443", "https://example.com/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("http://user:secret@example.com:/x", "http://example.com/x"),
        ("http://[2001:DB8::1]:81/x#y?z", "http://[2001:db8::1]:81/x"),
        ("http://example.com/a b", "http://example.com/a%20b"),
        ("http://example.com/é", "http://example.com/é"),
    ],
)
def test_base_uri(url: str, expected: str) -> None:
    assert percent_encoded(expected) == encoded_uri(url)[0]


@pytest.mark.parametrize(
    "url",
    ["", "/x", "example.com/x", "ftp://example.com/", "http://", "http:///x", "http://a:b/", "http://a:0/", "http://a:65536/",
     "http://a:123456/", "http://a:1:2/", "http://[::1/", "http://:80/", "http://a]b/", "http://a:٣/"],
)  # fmt: skip
def test_url_that_cannot_be_read_is_malformed(url: str) -> None:
    with pytest.raises(Malformed):
        encoded_uri(url)


@pytest.mark.parametrize(
    ("content_type", "counts"),
    [
        (FORM, True),
        ("Application/X-WWW-Form-URLEncoded; charset=UTF-8", True),
        ("multipart/form-data; boundary=x", False),
        ("application/json", False),
        ("application/x-www-form-urlencoded2", False),
        ("", False),
        (None, False),
    ],
)
def test_body_counts_only_as_a_form(content_type: str | None, counts: bool) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    shown = base_string(Request("POST", "http://h/", headers, "a=1"))
    assert ("POST&http%3A%2F%2Fh%2F&a%3D1" if counts else "POST&http%3A%2F%2Fh%2F&") == shown


@given(form=any_forms)
def test_parameters_of_plain_forms_are_read_as_of_any(form: str) -> None:
    """A trailing "&" means nothing, but it bars the short way."""
    assert form_parameters(form + "&") == form_parameters(form)


elements = st.tuples(
    st.sampled_from(["oauth_nonce", "oauth_token", "oauth_callback", "oauth_signature", "oauth_nonces", "realm", "x"]),
    st.lists(st.sampled_from([*"a1~", "%20", "%2F", "%2f", "%41", " ", "+", "=", ",", "é"]), max_size=3).map("".join),
)


@given(pairs=st.lists(elements, max_size=4))
def test_header_in_plain_writing_is_read_as_in_any(pairs: list[tuple[str, str]]) -> None:
    """Spaces before the scheme mean nothing, but they bar the short way."""
    header = "OAuth " + ", ".join(f'{name}="{value}"' for name, value in pairs)
    if len({name for name, _ in pairs}) < len(pairs):
        for written in (header, f"  {header}"):
            with pytest.raises(Malformed, match="twice"):
                read(written)
    else:
        assert read(f"  {header}") == read(header)
        known = {name: value if name == "realm" else recode(value) for name, value in pairs if name not in ("x", "oauth_nonces")}
        expected = ProtocolParameters(**{name.removeprefix("oauth_"): value for name, value in known.items()})
        assert expected == read(header)._replace(further=())


@pytest.mark.parametrize(
    "header",
    [
        'OAuth oauth_nonce="a%20b", oauth_token="t"',
        'oauth oauth_nonce="a%20b",oauth_token="t"',
        'OAUTH\toauth_nonce="a%20b"  ,\r\n\t oauth_token="t" , ,',
        'OAuth ,, realm="a, \\"b\\" oauth_token=", oauth_nonce="a%20b", oauth_token="t"',
        'OAuth oauth_nonce="a b", oauth%5Ftoken="%74"',
        'OAuth Realm="x", oauth_token="t", oauth_nonce="a%20b"',
    ],
)
def test_ways_to_write_one_header(header: str) -> None:
    own = read(header)
    assert ("a%20b", "t", ()) == (own.nonce, own.token, own.further)


@pytest.mark.parametrize(
    "header",
    [
        "OAuth x", 'OAuth x="', 'OAuth "x"', 'OAuth ="x"', "OAuth x=y", 'OAuth x = "y"', 'OAuth x="y" z="w"', 'OAuth x="y"z="w"',
        'OAuth x="y\\"z"', 'OAuth realm="a", realm="b"', 'OAuth realm="a", Realm="b"', 'OAuth x="1", x="1"', 'OAuth x="1" junk',
        'OAuth oauth_token="a", oauth_token="b"', 'OAuth oauth_token="a", oauth%5Ftoken="a"',
    ],
)  # fmt: skip
def test_header_that_cannot_be_read_is_malformed(header: str) -> None:
    with pytest.raises(Malformed):
        read(header)


@pytest.mark.parametrize("header", ["", "OAuth", "OAuth ", "Basic QWxhZGRpbg==", 'OAuth2 oauth_token="x"', "Bearer OAuth x"])
def test_header_without_oauth_parameters(header: str) -> None:
    assert read(header).is_empty()


@pytest.mark.parametrize("header", ['OAuth oauth_token="x"', 'OAuth oauth_odd="x"', 'OAuth realm="r", oauth_nonce=""'])
def test_header_with_one_oauth_parameter(header: str) -> None:
    assert not read(header).is_empty()


@given(text=st.text(alphabet=st.characters(exclude_categories=())))
def test_encoding_is_that_of_section_3_6(text: str) -> None:
    encoded = encode(text)
    assert percent_encoded(text) == encoded
    assert encoded == recode(encoded)
    assert set(encoded) <= UNRESERVED | {"%"}


@given(text=st.text())
def test_decoding_undoes_encoding(text: str) -> None:
    assert text == decode(encode(text))


def test_octets_are_told_apart_though_they_are_no_text() -> None:
    assert "%FF" == recode("%ff") != recode("%fe")
    with pytest.raises(Malformed, match="UTF-8"):
        decode("%FF")
