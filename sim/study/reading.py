"""Reading a session message by message: what was in it, what was signed, what became of it."""

from sim.draw.describe import between, instant
from sim.protocol.http import Request, header
from sim.protocol.oauth1 import Malformed, base_string
from sim.trace.session import Message, SessionTrace


def describe(session: SessionTrace) -> str:
    """Every message of a session as text: route, times, verdict, HTTP, and the signature base string if it is signed."""
    return "\n\n".join([str(session.summary), *(message_text(message) for message in session)])


def message_text(message: Message) -> str:
    """One message as text."""
    sent = "never sent" if message.sent_ns is None else f"sent at {instant(message.sent_ns)}"
    lines = [f"== {message.id}: {message.sender} -> {message.receiver}, {sent}{_fate(message)}"]
    if message.http is not None:
        lines.append(_indented(message.http.as_text()))
        signed = signature_base_string(message)
        if signed is not None:
            lines += ["   signature base string (RFC 5849, section 3.4.1):", _indented(signed)]
    return "\n".join(lines)


def signature_base_string(message: Message) -> str | None:
    """What the signature of a message covers; None if it is not signed."""
    http = message.http
    if not isinstance(http, Request) or not (header(http, "Authorization") or "").startswith("OAuth "):
        return None
    try:
        return base_string(http)
    except Malformed as error:
        return f"(none: {error})"


def _fate(message: Message) -> str:
    parts = [message.outcome.replace("_", " ") + (f" by {message.by}" if message.by else "")]
    if message.attempt > 1:
        parts.append(f"attempt {message.attempt}")
    for what, time in (("on its way", between(message.sent_ns, message.received_ns)),
                       ("waiting", between(message.received_ns, message.started_ns)),
                       ("of work", between(message.started_ns, message.finished_ns))):
        if time:
            parts.append(f"{time} {what}")
    return ", " + ", ".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" if line else "" for line in text.splitlines())
