"""HTTP messages as the actors exchange them and the trace keeps them (RFC 9110, RFC 9112).

A message is what a reader of the wire would see and nothing else: a request knows its method, URL, headers
and body, a response its status, reason, headers and body. Who sent it, when, and with which secret it was
signed is known to the engine and to the actor, never to the message: a server that is handed a request can
judge it by its bytes only.

URLs are absolute (``https://host/path?query``), as in RFC 9112 section 3.2.2, where the authority of the
URL takes precedence over a ``Host`` header: so there is no second place where the host could differ.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

FORM = "application/x-www-form-urlencoded"
"""Media type of a form body (WHATWG URL standard, section 5)."""

REASONS: Mapping[int, str] = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
    301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone",
    411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long",
    415: "Unsupported Media Type", 417: "Expectation Failed", 418: "I'm a teapot", 421: "Misdirected Request",
    422: "Unprocessable Content", 423: "Locked", 425: "Too Early", 426: "Upgrade Required",
    428: "Precondition Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout", 505: "HTTP Version Not Supported", 511: "Network Authentication Required",
}  # fmt: skip
"""Reason phrases (RFC 9110 section 15, RFC 6585). Our own table: Python's ``http.HTTPStatus`` changed four of
them in 3.13, and a trace has to read the same under every Python."""

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_MOST_OF_A_WORD = 200
_is_unreserved = re.compile(r"[A-Za-z0-9\-._~]*").fullmatch
_RESERVED = {octet: f"%{octet:02X}" for octet in range(256) if octet not in _UNRESERVED}


def reason_phrase(status: int) -> str:
    """The standard reason phrase of a status, or "" (which HTTP allows) if it has none."""
    return REASONS.get(status, "")


def split_url(url: str) -> tuple[str, str, str, str]:
    """An absolute URL as (scheme, authority, path, query), each as it stands there; the fragment, which is
    never sent, is left out. ValueError if the URL is not absolute.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(f"got the URL {url!r}; expected an absolute one, as in https://host/path")
    scheme, authority, path, query = match.groups()
    return scheme, authority, path, query or ""


@dataclass(slots=True, repr=False)
class Request:
    """A request. ``url`` is absolute; header names are looked up without regard to case (:func:`header`)."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}{_rest(self)}>"

    def to_record(self) -> dict[str, Any]:
        """The ``http`` field of a trace record."""
        return {"method": self.method, "url": self.url, "headers": dict(self.headers), "body": self.body}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Request":
        """The request that :meth:`to_record` wrote. ValueError if a field is missing or of the wrong type."""
        return cls(_text(record, "method"), _text(record, "url"), _headers(record), _text(record, "body"))

    def as_text(self) -> str:
        """The message as it would go over HTTP/1.1 in origin form, with plain line ends for reading."""
        try:
            _, authority, path, query = split_url(self.url)
        except ValueError:  # a message of a model without actors.py may have no URL; it is still worth seeing
            authority, target = "", self.url
        else:
            target = f"{path or '/'}?{query}" if query else path or "/"
        lines = [f"{self.method} {target} HTTP/1.1"]
        if authority and header(self, "Host") is None:
            lines.append(f"Host: {authority.rpartition('@')[2]}")
        return _as_text(lines, self)


@dataclass(slots=True, repr=False)
class Response:
    """A response. ``reason`` is the phrase of the status line."""

    status: int
    reason: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}{_rest(self)}>"

    def to_record(self) -> dict[str, Any]:
        """The ``http`` field of a trace record."""
        return {"status": self.status, "reason": self.reason, "headers": dict(self.headers), "body": self.body}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Response":
        """The response that :meth:`to_record` wrote. ValueError if a field is missing or of the wrong type."""
        status = record.get("status")
        if not isinstance(status, int) or isinstance(status, bool):
            raise ValueError(f"http.status: got {status!r}; expected an integer")
        return cls(status, _text(record, "reason"), _headers(record), _text(record, "body"))

    def as_text(self) -> str:
        """The message as it would go over HTTP/1.1, with plain line ends for reading."""
        return _as_text([f"HTTP/1.1 {self.status} {self.reason}".rstrip()], self)


def from_record(record: Mapping[str, Any]) -> Request | Response:
    """The message in the ``http`` field of a trace record: a response if it has a status, else a request.

    ValueError if it is neither.
    """
    return Response.from_record(record) if "status" in record else Request.from_record(record)


def header(message: Request | Response, name: str) -> str | None:
    """The value of a header, whatever the case of its name (RFC 9110 section 5.1); None if it is not there."""
    value = message.headers.get(name)
    if value is not None:
        return value
    lower = name.lower()
    for other, value in message.headers.items():
        if other.lower() == lower:
            return value
    return None


def is_form(content_type: str | None) -> bool:
    """Whether a Content-Type says that the body is one form (parameters such as ``charset`` are ignored)."""
    if content_type is None or content_type == FORM:
        return content_type is not None
    return content_type.partition(";")[0].strip().lower() == FORM


def percent_encode(octets: bytes) -> str:
    """Every octet but the unreserved ones (RFC 3986 section 2.3) as ``%XX``."""
    return octets.decode("latin-1").translate(_RESERVED)


def form_encode(parameters: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """Parameters as a form body or a query, in the order given.

    A space becomes ``%20``, not ``+``: both mean the same in a form, and this one is also the encoding of
    RFC 5849 section 3.6, so that what is signed can be read off the message.
    """
    if type(parameters) is dict:
        if _is_unreserved("".join([*parameters, *parameters.values()])):  # nearly always: then nothing is to be encoded
            return "&".join([f"{name}={value}" for name, value in parameters.items()])
        pairs: Iterable[tuple[str, str]] = parameters.items()
    else:
        pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    return "&".join([f"{_quote(name)}={_quote(value)}" for name, value in pairs])


def form_decode(text: str) -> list[tuple[str, str]]:
    """The parameters of a form body or a query, in order, repeated names and empty values kept.

    ``+`` is a space; a stray ``%`` stands for itself; bytes that are not UTF-8 become U+FFFD.
    """
    pairs = []
    for piece in text.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            pairs.append((_unquote(name), _unquote(value)))
    return pairs


class Refused(Exception):  # noqa: N818 - a verdict, not an error of the program
    """A server's check refuses a message.

    ``status`` is what the sender is told; ``by`` (one machine word: "signature", "nonce", "timestamp",
    "consumer_key", "parameters", ...) and ``reason`` (for people) say which check it was, for the trace. They stay
    out of the answer: one that tells an unknown key from a wrong signature tells an attacker which keys exist.
    ``headers`` and ``body`` are what the answer says, if it says more than its status.
    """

    def __init__(self, status: int, reason: str, by: str, headers: Mapping[str, str] | None = None, body: str = "") -> None:
        if not isinstance(status, int) or not 400 <= status <= 599:
            raise ValueError(f"Refused: got the status {status!r}; expected one from 400 to 599")
        is_word = isinstance(by, str) and by.isprintable() and " " not in by and 0 < len(by) <= _MOST_OF_A_WORD
        if not isinstance(reason, str) or not is_word:
            raise ValueError(f"Refused: got the reason {reason!r} by {by!r}; expected a text, by one word such as signature")
        self.status = status
        self.reason = reason
        self.by = by
        self.headers: dict[str, str] = dict(headers or {})
        self.body = body
        self.retry_after_s = 0
        super().__init__(status, reason, by, self.headers, body)  # all of them, so that it survives pickling

    def say_when(self, seconds: int) -> None:
        """Say when it is worth coming again (Retry-After: RFC 9110, 10.2.3); 0 says nothing."""
        self.retry_after_s = seconds
        if seconds > 0:
            self.headers["Retry-After"] = str(seconds)

    def __str__(self) -> str:
        return f"{self.status} {reason_phrase(self.status)} by {self.by}: {self.reason}"

    def response(self) -> Response:
        """The refusal as a message."""
        return Response(self.status, reason_phrase(self.status), dict(self.headers), self.body)


def _quote(text: str) -> str:
    return text if _is_unreserved(text) else percent_encode(text.encode("utf-8", "surrogatepass"))


def _unquote(text: str) -> str:
    if "%" not in text and "+" not in text:
        return text
    return unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogatepass")).decode("utf-8", "replace")


def _rest(message: Request | Response) -> str:
    parts = [f"{len(message.headers)} headers"] if message.headers else []
    if message.body:
        parts.append(f"body of {len(message.body)} characters")
    return f" ({', '.join(parts)})" if parts else ""


def _as_text(lines: list[str], message: Request | Response) -> str:
    lines.extend(f"{name}: {value}" for name, value in message.headers.items())
    if message.body and header(message, "Content-Length") is None:
        lines.append(f"Content-Length: {len(message.body.encode('utf-8', 'surrogatepass'))}")
    return "\n".join([*lines, "", message.body])


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        raise ValueError(f"http.{name}: got {value!r}; expected a text")
    return value


def _headers(record: Mapping[str, Any]) -> dict[str, str]:
    headers = record.get("headers")
    if not isinstance(headers, Mapping):
        raise ValueError(f"http.headers: got {headers!r}; expected names and values")
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ValueError(f"http.headers: got {name!r}: {value!r}; expected texts")
    return dict(headers)
