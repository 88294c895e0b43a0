"""Diagrams written by hand, and a maker of records that walks through any diagram, for the tests of drawings."""

from collections.abc import Callable, Iterator
from typing import Any

Item = dict[str, Any]
Record = dict[str, Any]


def message(identifier: str, sender: str, arrow: str, receiver: str, label: str, added: bool = False) -> Item:
    return {
        "item": "message",
        "id": identifier,
        "arrow": arrow,
        "sender": sender,
        "receiver": receiver,
        "label": label,
        "added": added,
    }


def action(identifier: str, participant: str, label: str, wait: str | None = None, added: bool = False) -> Item:
    return {
        "item": "action",
        "id": identifier,
        "participant": participant,
        "label": label,
        "added": added,
        "wait": wait,
    }


def end(identifier: str, participant: str, outcome: str, label: str = "") -> Item:
    return {
        "item": "end",
        "id": identifier,
        "participant": participant,
        "outcome": outcome,
        "label": label,
        "added": False,
    }


def note(text: str, *over: str, added: bool = False) -> Item:
    return {"item": "note", "text": text, "over": list(over), "added": added}


def opt(identifier: str, label: str, *sequence: Item, added: bool = False) -> Item:
    return {
        "item": "opt",
        "id": identifier,
        "label": label,
        "guard": label,
        "added": added,
        "sequence": list(sequence),
    }


def loop(identifier: str, label: str, maximum: int, *sequence: Item) -> Item:
    return {
        "item": "loop",
        "id": identifier,
        "label": label,
        "guard": label,
        "maximum": maximum,
        "added": False,
        "sequence": list(sequence),
    }


def alt(identifier: str, *branches: tuple[str, str, str, list[Item]]) -> Item:
    return {
        "item": "alt",
        "id": identifier,
        "added": False,
        "branches": [
            {"id": branch, "label": label, "guard": guard, "sequence": sequence} for branch, label, guard, sequence in branches
        ],
    }


def diagram(title: str, participants: dict[str, str], *sequence: Item, version: str = "", about: str = "") -> Item:
    return {
        "title": title,
        "version": version or None,
        "about": about or None,
        "participants": [{"id": identifier, "label": label} for identifier, label in participants.items()],
        "sequence": list(sequence),
    }


FIRST_NOTE = (
    "Note: This protocol deviates from OAuth, in that consumer key is intended only to acquire access tokens, "
    "and is not used for subsequent authentication of resource requests."
)
SECOND_NOTE = (
    "Implementation note: Authorization manager should take steps to prevent denial of service attacks from "
    "spurious consumer key and access token requests."
)

STEP1 = diagram(
    "Step 1: Provision consumer key and access token to consumer",
    {
        "user_agent": "User agent",
        "authorization_manager": "Authorization manager",
        "service_provider": "Service provider",
        "consumer": "Consumer",
    },
    message("need_access", "user_agent", "..>", "consumer", 'Need to access resource "r"'),
    message("get_resource", "consumer", "->", "service_provider", 'GET "r"'),
    message(
        "unauthorized",
        "service_provider",
        "-->",
        "consumer",
        '401 unauthorized; protection realm "pr"; location of protection realm metadata',
    ),
    opt(
        "lacks_token",
        "consumer doesn't have access token",
        message("get_realm_metadata", "consumer", "->", "service_provider", 'GET protection realm "pr" metadata'),
        message(
            "realm_metadata",
            "service_provider",
            "-->",
            "consumer",
            'Protection realm "pr" metadata (incl. authorization manager location and service provider handle "sph")',
        ),
    ),
    opt(
        "lacks_key",
        "consumer doesn't have consumer key",
        message("request_consumer_key", "consumer", "->", "authorization_manager", "POST request consumer key"),
        action("allocate_consumer_key", "authorization_manager", "Allocate consumer key"),
        message("consumer_key", "authorization_manager", "-->", "consumer", 'Consumer key "ck" and secret "cks"'),
    ),
    note(FIRST_NOTE, "authorization_manager", "service_provider", "consumer"),
    opt(
        "still_lacks_token",
        "consumer doesn't have access token",
        message(
            "request_access_token",
            "consumer",
            "->",
            "authorization_manager",
            'POST request access token (w. "sph", "ck" and sign using "cks")',
        ),
        action("verify_signature", "authorization_manager", 'Verify signature "cks"'),
        message(
            "access_token",
            "authorization_manager",
            "-->",
            "consumer",
            'Access token "at" and secret "ats"',
            added=True,
        ),
    ),
    note(SECOND_NOTE, "authorization_manager"),
    version="V2009.04.09.1",
    about="Dotted-line steps take place outside this protocol.",
)

DEVICE = diagram(
    "Device authorization grant",
    {"device": "Device", "server": "Authorization server", "user": "User"},
    message("authorize", "device", "->", "server", "POST device authorization"),
    message("codes", "server", "-->", "device", "device code, user code, verification URI, interval"),
    message("show", "device", "..>", "user", "Visit the verification URI and enter the user code"),
    alt(
        "answer",
        ("approves", "user approves", "chance 0.8", [message("approve", "user", "->>", "server", "Approve")]),
        ("declines", "user declines", "else", [message("decline", "user", "->>", "server", "Decline")]),
    ),
    loop(
        "polling",
        "polls until answered",
        5,
        action("interval", "device", "Poll interval", wait="5 s"),
        message("poll", "device", "->", "server", "POST token request with device code"),
        opt(
            "too_fast",
            "polled within the interval",
            action("count_poll", "server", "Lengthen interval by 5 s"),
        ),
        message("polled", "server", "-->", "device", "authorization_pending, slow_down, or the access token"),
    ),
    opt("denied", "user declined", end("denied_end", "device", "refused", "Session ends: refused")),
    version="RFC 8628",
)

NESTED = diagram(
    "Nested fragments",
    {"a": "Client", "b": "Gateway", "c": "Backend", "d": "Store"},
    message("ask", "a", "->", "b", "Ask"),
    opt(
        "miss",
        "the gateway has no copy",
        loop(
            "tries",
            "until the backend answers",
            3,
            message("fetch", "b", "->", "c", "Fetch"),
            alt(
                "where",
                ("cold", "cold", "chance 0.3", [message("read", "c", "->", "d", "Read"), message("rows", "d", "-->", "c", "Rows")]),
                ("warm", "warm", "else", [action("lookup", "c", "Look up in memory")]),
            ),
            message("fetched", "c", "-->", "b", "Fetched"),
        ),
        note("A copy is kept for a minute.", "b"),
        message("log", "b", "->>", "b", "Log the miss"),
    ),
    message("answer_", "b", "-->", "a", "Answer"),
)

Choose = Callable[[Item, int], Any]
"""Of a fragment and the number of the time it is reached: opt, whether entered; alt, the id of the branch; loop, passes."""


def header(of: Item, scenario: str = "sample") -> Record:
    return {
        "format": "diagram-sim trace",
        "format_version": 1,
        "scenario": scenario,
        "scenario_sha256": "0" * 64,
        "diagram": of,
    }


class Maker:
    """Makes the records of one session. ``latency_ns`` and ``work_ns`` may be changed as it goes."""

    def __init__(self, session: int = 1, client_class: str = "laptop", start_ns: int = 1_000_000_000) -> None:
        self.session, self.client_class, self.now_ns, self.start_ns = session, client_class, start_ns, start_ns
        self.latency_ns, self.work_ns = 35_200_000, 4_100_000
        self.times: dict[str, int] = {}

    def record(self, kind: str, identifier: str, sender: str, receiver: str, **changes: Any) -> Record:
        instance = {"sender": f"{sender}/{self.session}", "receiver": f"{receiver}/{self.session}"}
        made = {
            "kind": kind,
            "class": self.client_class,
            "session": self.session,
            "message": identifier,
            "iteration": 0,
            "attempt": 0 if kind in ("fragment", "session") else 1,
            **instance,
            "address": "198.51.100.7",
            "key": None,
            "sent_ns": self.now_ns,
            "received_ns": self.now_ns,
            "started_ns": None,
            "finished_ns": None,
            "outcome": "delivered",
            "by": None,
            "http": None,
        }
        assert made.keys() >= changes.keys()
        return {**made, **changes}

    def message(self, identifier: str, sender: str, receiver: str, **changes: Any) -> Record:
        sent_ns = self.now_ns
        self.now_ns += self.latency_ns
        return self.record("message", identifier, sender, receiver, **{"sent_ns": sent_ns, "received_ns": self.now_ns, **changes})

    def action(self, identifier: str, participant: str, **changes: Any) -> Record:
        started_ns = self.now_ns
        self.now_ns += self.work_ns
        times = {"sent_ns": started_ns, "started_ns": started_ns, "finished_ns": self.now_ns, "received_ns": None}
        return self.record("action", identifier, participant, participant, **{**times, "outcome": "done", **changes})

    def fragment(self, identifier: str, outcome: str, iteration: int = 0) -> Record:
        times = {"started_ns": self.now_ns, "finished_ns": self.now_ns}
        return self.record("fragment", identifier, "consumer", "consumer", outcome=outcome, iteration=iteration, **times)

    def ended(self, outcome: str = "completed", by: str | None = None) -> Record:
        times = {"sent_ns": self.start_ns, "received_ns": None, "finished_ns": self.now_ns}
        return self.record("session", "session", "consumer", "consumer", outcome=outcome, by=by, **times)

    def walk(self, sequence: list[Item], choose: Choose, iteration: int = 0) -> Iterator[Record]:
        """The records of a session that meets no trouble."""
        for item in sequence:
            kind = item["item"]
            if kind == "message":
                yield self.message(item["id"], item["sender"], item["receiver"], iteration=iteration)
            elif kind in ("action", "end"):
                yield self.action(item["id"], item["participant"], iteration=iteration)
            elif kind != "note":
                yield from self._fragment(item, choose, iteration)

    def _fragment(self, item: Item, choose: Choose, iteration: int) -> Iterator[Record]:
        time = self.times[item["id"]] = self.times.get(item["id"], 0) + 1
        chosen = choose(item, time)
        if item["item"] == "alt":
            yield self.fragment(item["id"], chosen, iteration)
            branch = next(branch for branch in item["branches"] if branch["id"] == chosen)
            yield from self.walk(branch["sequence"], choose, iteration)
        elif not chosen:
            yield self.fragment(item["id"], "skipped", iteration)
        else:
            for number in range(int(chosen)):
                inner = number if item["item"] == "loop" else iteration
                yield self.fragment(item["id"], "entered", inner)
                yield from self.walk(item["sequence"], choose, inner)


def everything(item: Item, time: int) -> Any:
    """Enter every fragment once; of an alt take each branch in turn."""
    return item["branches"][(time - 1) % len(item["branches"])]["id"] if item["item"] == "alt" else 1


def walked(of: Item, choose: Choose = everything, session: int = 1, **changes: Any) -> list[Record]:
    """The records of one session through a diagram, its own record first."""
    maker = Maker(session, **changes)
    records = list(maker.walk(of["sequence"], choose))
    return [maker.ended(), *records]
