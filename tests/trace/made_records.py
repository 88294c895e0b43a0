"""Traces made for the tests: a header with every item of the diagram language, and records."""

from collections.abc import Iterator
from typing import Any

from sim.protocol.http import Request, Response
from sim.trace import header

DIAGRAM: dict[str, Any] = {
    "title": "A made protocol",
    "version": None,
    "about": "Labels in any script: ключ 🔑",
    "participants": [{"id": "consumer", "label": "Consumer"}, {"id": "server", "label": "Server"}],
    "sequence": [
        {"item": "note", "text": "begin", "over": ["consumer", "server"], "added": False},
        {
            "item": "message",
            "id": "get_token",
            "arrow": "->",
            "sender": "consumer",
            "receiver": "server",
            "label": "GET token",
            "added": False,
        },
        {
            "item": "opt",
            "id": "unknown_key",
            "label": "key is unknown",
            "guard": "consumer lacks key",
            "added": True,
            "sequence": [
                {
                    "item": "action",
                    "id": "think",
                    "participant": "server",
                    "label": "Think",
                    "added": False,
                    "wait": "5 s",
                }
            ],
        },
        {
            "item": "alt",
            "id": "decision",
            "added": False,
            "branches": [
                {"id": "approved", "label": "user approves", "guard": "chance 0.8", "sequence": []},
                {
                    "id": "declined",
                    "label": "user declines",
                    "guard": "else",
                    "sequence": [
                        {
                            "item": "end",
                            "id": "refusal",
                            "participant": "server",
                            "outcome": "refused",
                            "label": "Session refused",
                            "added": False,
                        }
                    ],
                },
            ],
        },
        {
            "item": "loop",
            "id": "polling",
            "label": "polls",
            "guard": "until consumer holds token",
            "maximum": 5,
            "added": False,
            "sequence": [],
        },
        {
            "item": "message",
            "id": "token",
            "arrow": "-->",
            "sender": "server",
            "receiver": "consumer",
            "label": "200 token",
            "added": False,
        },
    ],
}


def made_header() -> dict[str, Any]:
    return header.make("made", "0123456789abcdef" * 4, DIAGRAM)


def message(
    session: int,
    name: str = "get_token",
    sent_ns: int = 0,
    outcome: str = "delivered",
    by: str | None = None,
    *,
    attempt: int = 1,
    class_: str = "laptop",
    http: Any = None,
) -> tuple[Any, ...]:
    ends = (f"consumer/{session}", "server/1")
    sender, receiver = ends if name.startswith("get_token") and "!" not in name else ends[::-1]
    received = None if outcome in ("lost", "in_flight") else sent_ns + 35_000_000
    return (
        *("message", class_, session, name, 0, attempt, sender, receiver, "10.2.3.4", None),
        *(sent_ns, received, received, received, outcome, by, http),
    )


def session_record(
    session: int,
    sent_ns: int = 0,
    finished_ns: int | None = None,
    outcome: str = "completed",
    by: str | None = None,
    *,
    class_: str = "laptop",
) -> tuple[Any, ...]:
    client = f"consumer/{session}"
    return (
        *("session", class_, session, "session", 0, 0, client, client, None, None),
        *(sent_ns, sent_ns, sent_ns, finished_ns, outcome, by, None),
    )


def few_records() -> list[tuple[Any, ...]]:
    """Three sessions: one completes at the second attempt, one is refused, one is still in flight."""
    request = Request("POST", "https://server.example/token", {"Authorization": 'OAuth realm="🔑"'}, "a=1&b=2")
    response = Response(429, "Too Many Requests", {"Retry-After": "1"}, "")
    return [
        session_record(1, 0, 2_000_000_000),
        message(1, sent_ns=0, outcome="lost", by="link", http=request),
        session_record(2, 5, 500_000_005, "refused", "token_bucket", class_="hosted"),
        message(2, sent_ns=5, outcome="refused", by="token_bucket", class_="hosted", http=request),
        message(2, "get_token!429", 10, class_="hosted", http=response),
        session_record(3, 20, None, "in_flight"),
        message(3, sent_ns=20, outcome="in_flight"),
        message(1, sent_ns=1_000_000_000, attempt=2, http=request),
        message(1, "token", 1_500_000_000, attempt=2, http=Response(200, "OK", {}, "token=🔑")),
    ]


def many_records(sessions: int) -> Iterator[tuple[Any, ...]]:
    """Ten records a session."""
    for session in range(1, sessions + 1):
        yield session_record(session, session, session + 9)
        for step in range(9):
            yield message(session, sent_ns=session + step)
