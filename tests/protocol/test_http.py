import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.protocol.http import (
    FORM,
    REASONS,
    Refused,
    Request,
    Response,
    form_decode,
    form_encode,
    from_record,
    header,
    is_form,
    reason_phrase,
    split_url,
)

texts = st.text(max_size=20)
headers = st.dictionaries(texts, texts, max_size=3)


@given(message=st.builds(Request, texts, texts, headers, texts) | st.builds(Response, st.integers(), texts, headers, texts))
def test_record_holds_the_message_through_json(message: Request | Response) -> None:
    assert message == from_record(json.loads(json.dumps(message.to_record())))


def test_records_have_the_fields_of_the_trace_in_order() -> None:
    request = Request("GET", "http://h/", {"A": "b"}, "c").to_record()
    assert [("method", "GET"), ("url", "http://h/"), ("headers", {"A": "b"}), ("body", "c")] == list(request.items())
    response = Response(200, "OK", {"A": "b"}, "c").to_record()
    assert [("status", 200), ("reason", "OK"), ("headers", {"A": "b"}), ("body", "c")] == list(response.items())


def test_record_does_not_change_with_the_message() -> None:
    request = Request("GET", "http://h/", {"A": "b"})
    record = request.to_record()
    request.headers["A"] = "changed"
    assert {"A": "b"} == record["headers"]


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"method": "GET", "url": "http://h/", "headers": {}},
        {"method": 1, "url": "http://h/", "headers": {}, "body": ""},
        {"method": "GET", "url": "http://h/", "headers": [], "body": ""},
        {"method": "GET", "url": "http://h/", "headers": {"a": 1}, "body": ""},
        {"status": "200", "reason": "OK", "headers": {}, "body": ""},
        {"status": True, "reason": "OK", "headers": {}, "body": ""},
        {"status": 200, "reason": None, "headers": {}, "body": ""},
    ],
)
def test_record_that_is_no_message_is_named(record: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^http\.\w+: got .*; expected "):
        from_record(record)


def test_request_as_text() -> None:
    request = Request("POST", "https://am.example:8443/key?a=1#f", {"Content-Type": FORM}, "sph=é")
    assert request.as_text() == (
        "POST /key?a=1 HTTP/1.1\nHost: am.example:8443\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 6\n\nsph=é"
    )


def test_request_as_text_invents_nothing_that_is_there() -> None:
    request = Request("GET", "http://me:pw@h", {"host": "h", "content-length": "1"}, "x")
    assert "GET / HTTP/1.1\nhost: h\ncontent-length: 1\n\nx" == request.as_text()
    assert "GET  HTTP/1.1\n\n" == Request("GET", "").as_text()


def test_response_as_text() -> None:
    text = Response(401, "Unauthorized", {"WWW-Authenticate": "OAuth"}).as_text()
    assert "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: OAuth\n\n" == text
    assert "HTTP/1.1 299\n\n" == Response(299, "").as_text()


def test_repr_is_short() -> None:
    assert "<Request GET http://h/>" == repr(Request("GET", "http://h/"))
    assert "<Response 200 OK (1 headers, body of 500 characters)>" == repr(Response(200, "OK", {"A": "b"}, "x" * 500))


def test_messages_are_compared_by_content() -> None:
    assert Request("GET", "http://h/") == Request("GET", "http://h/", {}, "")
    assert Request("GET", "http://h/") != Request("GET", "http://h/", {}, "x")


def test_header_is_found_in_any_case() -> None:
    response = Response(200, "OK", {"Retry-After": "3"})
    assert ["3", "3", None] == [header(response, name) for name in ("Retry-After", "retry-AFTER", "Retry")]


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://h", ("http", "h", "", "")),
        ("https://u@H:1/a/b?c=d?e#f", ("https", "u@H:1", "/a/b", "c=d?e")),
        ("http://h?q", ("http", "h", "", "q")),
        ("http://h/a#b?c", ("http", "h", "/a", "")),
    ],
)
def test_url_is_split_as_it_stands(url: str, parts: tuple[str, str, str, str]) -> None:
    assert parts == split_url(url)


@pytest.mark.parametrize("url", ["", "/a", "h/a", "://h/", "1http://h/"])
def test_url_must_be_absolute(url: str) -> None:
    with pytest.raises(ValueError, match="expected an absolute one"):
        split_url(url)


@given(pairs=st.lists(st.tuples(texts, texts)))
def test_form_comes_back(pairs: list[tuple[str, str]]) -> None:
    assert pairs == form_decode(form_encode(pairs))


@given(parameters=st.dictionaries(texts, texts))
def test_form_of_a_mapping(parameters: dict[str, str]) -> None:
    assert list(parameters.items()) == form_decode(form_encode(parameters))


@pytest.mark.parametrize(
    ("form", "pairs"),
    [
        ("", []),
        ("&&", []),
        ("a", [("a", "")]),
        ("a=1&a=2&=3", [("a", "1"), ("a", "2"), ("", "3")]),
        ("a+b=c%20d%2B", [("a b", "c d+")]),
        ("a=b=c", [("a", "b=c")]),
        ("a=%zz%FF", [("a", "%zz\ufffd")]),
    ],
)
def test_form_is_read_leniently(form: str, pairs: list[tuple[str, str]]) -> None:
    assert pairs == form_decode(form)


def test_form_is_written_in_ascii_and_without_plus() -> None:
    assert "a%20b=%C3%A9%2B~" == form_encode([("a b", "é+~")])


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [(FORM, True), (f"{FORM};charset=utf-8", True), (f" {FORM.upper()} ", True), ("text/plain", False), (None, False)],
)
def test_form_is_known_by_its_media_type(content_type: str | None, expected: bool) -> None:
    assert expected == is_form(content_type)


def test_reasons_do_not_depend_on_the_python() -> None:
    assert ("Content Too Large", "Unprocessable Content") == (REASONS[413], REASONS[422])
    assert "" == reason_phrase(299)


def test_refusal_tells_its_sender_the_status_only() -> None:
    refused = Refused(401, "there is no consumer key 'x'", "consumer_key", {"WWW-Authenticate": "OAuth"})
    assert Response(401, "Unauthorized", {"WWW-Authenticate": "OAuth"}, "") == refused.response()
    assert "401 Unauthorized by consumer_key: there is no consumer key 'x'" == str(refused)


def test_refusal_survives_pickling() -> None:
    refused = pickle.loads(pickle.dumps(Refused(429, "slow down", "token_bucket", {"Retry-After": "1"})))
    assert (429, "slow down", "token_bucket") == (refused.status, refused.reason, refused.by)
    assert {"Retry-After": "1"} == refused.headers
