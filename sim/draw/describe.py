"""What a trace says of one message or action, in words: labels, annotations, and the lines of a tooltip."""

from collections.abc import Collection, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from sim.draw.readable import count, duration

Record = Mapping[str, Any]
"""One record of a trace, as in its file."""

SESSION_OUTCOMES: Final = ("completed", "refused", "timed_out", "gave_up", "ended", "in_flight")
LONGEST_LINE: Final = 160
"""Characters of a tooltip line; what is longer ends in an ellipsis."""
MOST_HEADERS: Final = 20


def participant_of(instance: object) -> str:
    """The participant of an instance: ``consumer`` of ``consumer/17``."""
    return str(instance or "?").partition("/")[0]


def attacker(name: str) -> str:
    """What an attack's lifeline is called; no participant's id has a space in it."""
    return f"Attack {name}"


def player_of(record: Record, instance: object, attacks: Collection[str]) -> str:
    """The participant of an instance, or the attacker if it is one that only plays the participant: ``consumer/flood-3``."""
    name, _, own = str(instance or "?").partition("/")
    class_ = str(record.get("class"))
    return attacker(class_) if class_ in attacks and own.startswith(f"{class_}-") else name


def words(identifier: str) -> str:
    """An outcome as words: ``timed out``."""
    return identifier.replace("_", " ")


def between(start_ns: int | None, end_ns: int | None) -> str:
    """The time from one instant to another, ``35.2 ms``; "" if it is nothing or one of them is unknown."""
    if start_ns is None or end_ns is None or start_ns == end_ns:
        return ""
    return duration((end_ns - start_ns) / 1e9)


def instant(time_ns: int) -> str:
    """A moment of the run, to the nanosecond and without trailing zeros: ``12.3456 s``."""
    whole, rest = divmod(abs(time_ns), 1_000_000_000)
    digits = f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
    return f"{'-' if time_ns < 0 else ''}{digits} s"


def plural(number: int, noun: str) -> str:
    """``1 session``, ``12,004 sessions``; a noun in -s takes -es (``1 pass``, ``2 passes``)."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{count(number)} {noun}{ending}"


def joined(parts: Iterable[str]) -> str:
    """The parts that say something, with commas between."""
    return ", ".join(part for part in parts if part)


def refusal(rest: str, http: object = None) -> str:
    """The label of a refusal or challenge by the end of its id (``!429``, ``?puzzle``): ``429 Too Many Requests``."""
    if rest.startswith("?"):
        return f"challenge: {words(rest[1:])}"
    status = rest[1:]
    if isinstance(http, Mapping) and http.get("status") is not None:
        return f"{http['status']} {http.get('reason') or _phrase(str(http['status']))}".rstrip()
    return f"{status} {_phrase(status)}".rstrip()


def _phrase(status: str) -> str:
    """The reason phrase of an HTTP status code (RFC 9110, 15); "" if it has none."""
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:
        return ""


def fate(outcome: object, by: object) -> str:
    """What became of a message or action, if not what should: ``refused by token_bucket``, ``lost on the link``."""
    if outcome in (None, "delivered", "done"):
        return ""
    return f"{words(str(outcome))} {cause(by)}".rstrip()


def cause(by: object) -> str:
    """What refused, dropped or lost a message, as words that follow a participle; "" if nothing is known."""
    text = str(by or "")
    if text == "link":
        return "on the link"
    if text.startswith("needs:"):
        return f"for want of {text.removeprefix('needs:')}"
    return f"by {text}" if text else ""


def annotation(record: Record, *, late: bool = False, repeat: int = 0) -> str:
    """The annotation of one record: how long it took, and what sets it apart from the plain course of things.

    That is the one-way time of a message, the work time of an action. ``late`` says that its attempt was over
    already; ``repeat`` counts how often the session has jumped back to it.
    """
    start, end = ("started_ns", "finished_ns") if record.get("kind") == "action" else ("sent_ns", "received_ns")
    attempt = record.get("attempt") or 0
    return joined(
        (
            between(record.get(start), record.get(end)),
            fate(record.get("outcome"), record.get("by")),
            f"late, attempt {attempt}" if late else f"attempt {attempt}" if attempt > 1 else "",
            f"repeat {repeat}" if repeat else "",
        )
    )


def details(record: Record) -> tuple[str, ...]:
    """The lines of the tooltip: everything the record says, its HTTP message shortened."""
    sender, receiver = str(record.get("sender") or "?"), str(record.get("receiver") or "?")
    ends = f"{sender} → {receiver}" if sender != receiver else sender
    lines = [f"{record.get('message')}: {ends}"]
    lines += _times(record)
    for name in ("class", "attempt", "iteration", "address", "key", "outcome", "by"):
        if record.get(name) not in (None, "", 0):
            lines.append(f"{name} {record[name]}")
    return tuple(_short(line) for line in (*lines, *_http(record.get("http"))))


def _times(record: Record) -> list[str]:
    lines = []
    previous_ns: int | None = None
    for event in ("sent", "received", "started", "finished"):
        time_ns = record.get(f"{event}_ns")
        if time_ns is None:
            continue
        since = between(previous_ns, time_ns)
        lines.append(f"{event} {instant(time_ns)}" + (f" (+{since})" if since else ""))
        previous_ns = time_ns
    return lines


def _http(http: object) -> list[str]:
    if not isinstance(http, Mapping):
        return []
    if http.get("method"):
        lines = [f"{http['method']} {http.get('url') or ''}".rstrip()]
    else:
        lines = [f"{http.get('status') or ''} {http.get('reason') or ''}".strip()]
    headers = list(dict(http.get("headers") or {}).items())
    lines += [f"{name}: {value}" for name, value in headers[:MOST_HEADERS]]
    if len(headers) > MOST_HEADERS:
        lines.append(f"… and {len(headers) - MOST_HEADERS} more headers")
    body = http.get("body")
    if body:
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
        lines.append(f"body ({plural(len(text), 'character')}): {text}")
    return lines


def _short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
