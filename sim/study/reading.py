"""Reading a session record by record: what was in its messages, what was signed, what became of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.draw.describe import between, fate, instant, plural, words
from sim.draw.outline import Outline
from sim.draw.readable import duration
from sim.language.faults import printable
from sim.protocol.http import Request, header
from sim.protocol.oauth1 import Malformed, base_string
from sim.trace.records import Kind
from sim.trace.session import Message, SessionTrace

Item = Mapping[str, Any]


def describe(session: SessionTrace) -> str:
    """A session as text: what it came to, then its messages, decisions and actions in order.

    Of a message: its label, times and fate, its HTTP, and the signature base string if it is signed.
    """
    outline = Outline(session.header["diagram"])
    parts = [summary(session)]
    number = 0
    for record in session.records():
        base, _ = outline.base_of(record["message"])
        item = outline.places[base].item if base in outline.places else {}
        if record["kind"] == Kind.MESSAGE:
            number += 1
            parts.append(_numbered(number, message_text(Message.of(record), item)))
        elif record["kind"] == Kind.ACTION:
            parts.append(_indented(_action(record, item), "    "))
        elif record["kind"] == Kind.FRAGMENT:
            parts.append(_indented(_decision(record, item), "    "))
    return "\n\n".join(parts)


def summary(session: SessionTrace) -> str:
    """What a session came to, on two lines."""
    row = session.summary
    took = "" if row.duration_s is None else f" after {duration(row.duration_s)}"
    outcome = f": {words(row.outcome)}{took}" if row.outcome is not None else ""
    by = f", by {row.by}" if row.by is not None else ""
    started = "" if row.started_s is None else f", from {instant(round(row.started_s * 1e9))}"
    refusals = f", {plural(row.refusals, 'refusal')}" if row.refusals else ""
    again = f", up to {plural(row.attempts, 'attempt')} of a call" if row.attempts > 1 else ""
    return printable(f"Session {row.number} of {session.header['scenario']}{outcome}{by}") + "\n" + printable(
        f"{row.client or 'a client'} (class {row.class_}){started}: {plural(row.messages, 'message')}{refusals}{again}")


def message_text(message: Message, item: Item) -> str:
    """One message as text; ``item`` is what the diagram has of it (empty if it is not in it)."""
    arrow = item.get("arrow", "->") if message.id == message.diagram_id else "-->"
    lines = [f"{message.id}: {message.sender} {arrow} {message.receiver}"]
    if message.id == message.diagram_id:
        lines.append(item.get("label", "(not in the diagram)"))
    lines.append(_course(message))
    lines = [printable(line) for line in lines]
    if message.http is not None:
        lines.append(_indented(message.http.as_text(), "| "))
        signed = signature_base_string(message)
        if signed is not None:
            lines += ["", "signature base string (RFC 5849, section 3.4.1):", _indented(signed, "| ")]
    return "\n".join(lines)


def signature_base_string(message: Message) -> str | None:
    """What the signature of a message covers; None if it is not signed, or by a method that covers nothing (PLAINTEXT)."""
    http = message.http
    if not isinstance(http, Request):
        return None
    places = (header(http, "Authorization") or "", http.url, http.body)
    if not any("oauth_signature=" in place for place in places) or any("PLAINTEXT" in place for place in places):
        return None
    try:
        return base_string(http)
    except Malformed as error:
        return f"(none: {error})"


def _course(message: Message) -> str:
    """When it was sent, how long each part of its way took, and what became of it."""
    parts = ["never sent" if message.sent_ns is None else f"sent at {instant(message.sent_ns)}"]
    if message.attempt > 1:
        parts.append(f"attempt {message.attempt}")
    for what, time in (("on its way", between(message.sent_ns, message.received_ns)),
                       ("waiting", between(message.received_ns, message.started_ns)),
                       ("of work", between(message.started_ns, message.finished_ns))):
        if time:
            parts.append(f"{time} {what}")
    parts.append(fate(message.outcome, message.by) or "delivered")
    key = f"; key {message.key}" if message.key else ""
    return ", ".join(parts) + key


def _action(record: Mapping[str, Any], item: Item) -> str:
    """An action and its verdict."""
    took = between(record["started_ns"], record["finished_ns"])
    verdict = fate(record["outcome"], record["by"]) or "done"
    return printable(f"{record['message']} at {record['sender']}: {item.get('label', '(not in the diagram)')}") + "\n" + printable(
        verdict + (f", {took} of work" if took else ""))


def _decision(record: Mapping[str, Any], item: Item) -> str:
    """How a fragment was decided."""
    labels = {branch["id"]: branch["label"] for branch in item.get("branches", ())}
    outcome = labels.get(record["outcome"], record["outcome"])
    guard = f" [{item['label']}]" if item.get("label") else ""
    again = f", pass {record['iteration'] + 1}" if item.get("item") == "loop" and record["outcome"] == "entered" else ""
    return printable(f"{item.get('item', 'fragment')} {record['message']}{guard}: {outcome}{again}")


def _numbered(number: int, text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([f"{number:2}. {first}", *(f"    {line}".rstrip() for line in rest)])


def _indented(text: str, margin: str) -> str:
    return "\n".join(_printable_lines(text.rstrip("\n"), margin))


def _printable_lines(text: str, margin: str) -> Iterator[str]:
    """What a trace holds may be anybody's: no control characters reach the terminal."""
    for line in text.split("\n"):
        yield (margin + printable(line.replace("\t", "    "))).rstrip()
