"""Whether what a line holds is a record."""

from typing import Any

from sim.trace.faults import did_you_mean, show
from sim.trace.records import FIELDS, OUTCOMES

_TEXT = "a string"
_COUNT = "an integer from 0"
_SHAPES: dict[str, tuple[tuple[type, ...], str]] = {
    "kind": ((str,), _TEXT),
    "class": ((str,), _TEXT),
    "session": ((int,), "an integer from 1"),
    "message": ((str,), _TEXT),
    "iteration": ((int,), _COUNT),
    "attempt": ((int,), _COUNT),
    "sender": ((str,), _TEXT),
    "receiver": ((str,), _TEXT),
    "address": ((str, type(None)), "a string or null"),
    "key": ((str, type(None)), "a string or null"),
    "sent_ns": ((int, type(None)), "an integer from 0, or null"),
    "received_ns": ((int, type(None)), "an integer from 0, or null"),
    "started_ns": ((int, type(None)), "an integer from 0, or null"),
    "finished_ns": ((int, type(None)), "an integer from 0, or null"),
    "outcome": ((str,), _TEXT),
    "by": ((str, type(None)), "a string or null"),
    "http": ((dict, type(None)), "an object or null"),
}
_LEAST = {"session": 1, "iteration": 0, "attempt": 0} | {name: 0 for name in FIELDS if name.endswith("_ns")}
_TEXTS = frozenset({str})
_REQUEST = {"method": str, "url": str, "headers": dict, "body": str}
_RESPONSE = {"status": int, "reason": str, "headers": dict, "body": str}
_KNOWN_LIMIT = 4096
_known: set[tuple[Any, ...]] = set()


def problem(record: Any) -> str | None:
    """What is wrong with a record as read from JSON, in one sentence; None when nothing is.

    The ids of messages, classes and instances may be any names: a trace that holds what its diagram does not know is
    drawn as it is. What the fields *are* is fixed by the format's version, so a field too many is a fault too.
    """
    if not isinstance(record, dict):
        return f"got {show(record)}; expected a record, an object with the fields {FIELDS[0]} to {FIELDS[-1]}"
    if "format" in record:
        return "a second header: two traces were joined; expected a record"
    for name in FIELDS:
        if name not in record:
            return f"the field {name!r} is missing; expected all {len(FIELDS)} fields of a record"
    for name in record:
        if name not in _SHAPES:
            return f"got the field {name!r}; expected only {', '.join(FIELDS)}{did_you_mean(name, FIELDS)}"
    for name, (types, expected) in _SHAPES.items():
        value = record[name]
        # type(), not isinstance(): JSON's true is no integer.
        if type(value) not in types or (type(value) is int and value < _LEAST[name]):
            return f"{name}: got {show(value)}; expected {expected}"
    return _vocabulary_problem(record["kind"], record["outcome"]) or _http_problem(record["http"])


def _vocabulary_problem(kind: str, outcome: str) -> str | None:
    if kind not in OUTCOMES:
        return f"kind: got {show(kind)}; expected {', '.join(OUTCOMES)}{did_you_mean(kind, OUTCOMES)}"
    known = OUTCOMES[kind]
    if known is not None and outcome not in known:
        hint = did_you_mean(outcome, known)
        return f"outcome: got {show(outcome)}; of a record of kind {kind} expected {', '.join(known)}{hint}"
    return None


def _http_problem(http: dict[str, Any] | None) -> str | None:
    if http is None:
        return None
    shape = _RESPONSE if "status" in http else _REQUEST
    for name, wanted in shape.items():
        if name not in http:
            expected = "method, url, headers, body (a request) or status, reason, headers, body (a response)"
            return f"http: the field {name!r} is missing; expected {expected}"
        if type(http[name]) is not wanted:
            word = {str: "a string", int: "an integer", dict: "an object"}[wanted]
            return f"http.{name}: got {show(http[name])}; expected {word}"
    for name, value in http["headers"].items():
        if type(value) is not str:
            return f"http.headers.{name}: got {show(value)}; expected a string"
    return None


def checked_problem(record: Any) -> str | None:
    """As :func:`problem`, four times as fast over many records.

    A trace has few shapes (the fields, their types, kind and outcome): each is checked whole once, and known from then
    on. What varies within a shape is the size of the numbers and the headers.
    """
    if type(record) is not dict:
        return problem(record)
    http = record.get("http")
    shape = (*record, *map(type, record.values()), record.get("kind"), record.get("outcome"))
    if type(http) is dict:
        shape += (*http, *map(type, http.values()))
    try:
        if shape in _known and _as_known(record):
            return None
    except TypeError:  # a kind that is a list has no place in a set: a fault, that problem() names
        return problem(record)
    what = problem(record)
    if what is None and len(_known) < _KNOWN_LIMIT:
        _known.add(shape)
    return what


def _as_known(record: dict[str, Any]) -> bool:
    """What the shape does not say."""
    http = record["http"]
    return (
        record["session"] > 0
        and record["iteration"] >= 0
        and record["attempt"] >= 0
        and (record["sent_ns"] or 0) >= 0
        and (record["received_ns"] or 0) >= 0
        and (record["started_ns"] or 0) >= 0
        and (record["finished_ns"] or 0) >= 0
        and (http is None or _TEXTS.issuperset(map(type, http["headers"].values())))
    )
