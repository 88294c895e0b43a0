"""The record: one event of a run, a plain tuple in the order of :data:`FIELDS`.

Engines append tuples (nothing is cheaper), files hold JSON objects with the field names, and readers get
dicts. The place of each field in the tuple is a constant of this module: ``record[SENT_NS]``.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Protocol


class Carried(Protocol):
    """An HTTP message, as far as the trace knows it: ``to_record()`` gives what JSON holds of it."""

    def to_record(self) -> dict[str, Any]: ...


Record = tuple[
    str,  # kind: a Kind
    str,  # class: client class, or the name of an attack
    int,  # session, 1-based
    str,  # message: id in the diagram; "<id>!<status>" a refusal; "<id>?<mitigation>" a challenge
    int,  # iteration of the loop around it, or number of the jump, 0-based
    int,  # attempt of the call, 1-based; 0 for what is no part of a call
    str,  # sender, an instance: "consumer/17", 1-based
    str,  # receiver, an instance; of actions, fragments and sessions the same as the sender
    str | None,  # address: IPv4 of the caller of the call
    str | None,  # key: the issued credential that was claimed, "consumer_key/42"
    int | None,  # sent_ns, nanoseconds since the start of the run; null = it did not happen
    int | None,  # received_ns
    int | None,  # started_ns: taken up by a server
    int | None,  # finished_ns
    str,  # outcome: see OUTCOMES
    str | None,  # by: what refused, dropped or lost it ("queue", "signature", "token_bucket", "link")
    Carried | dict[str, Any] | None,  # http: the request or response, where the engine carries one
]

FIELDS: tuple[str, ...] = (
    "kind",
    "class",
    "session",
    "message",
    "iteration",
    "attempt",
    "sender",
    "receiver",
    "address",
    "key",
    "sent_ns",
    "received_ns",
    "started_ns",
    "finished_ns",
    "outcome",
    "by",
    "http",
)
KIND, CLASS, SESSION, MESSAGE, ITERATION, ATTEMPT, SENDER, RECEIVER, ADDRESS = range(9)
KEY, SENT_NS, RECEIVED_NS, STARTED_NS, FINISHED_NS, OUTCOME, BY, HTTP = range(9, 17)


class Kind(StrEnum):
    """What sort of event a record is."""

    MESSAGE = "message"
    ACTION = "action"
    FRAGMENT = "fragment"
    SESSION = "session"


class MessageOutcome(StrEnum):
    """What became of a message. Refused, dropped and expired ones were delivered (design: accounts)."""

    DELIVERED = "delivered"
    LOST = "lost"
    REFUSED = "refused"
    DROPPED = "dropped"
    EXPIRED = "expired"
    IN_FLIGHT = "in_flight"


class ActionOutcome(StrEnum):
    """What became of an action; an ``end`` of the diagram is an action that is done."""

    DONE = "done"
    REFUSED = "refused"
    IN_FLIGHT = "in_flight"


class FragmentOutcome(StrEnum):
    """How a fragment was decided. An alt's outcome is the id of the branch taken instead."""

    ENTERED = "entered"
    SKIPPED = "skipped"


class SessionOutcome(StrEnum):
    """How a session ended."""

    COMPLETED = "completed"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    GAVE_UP = "gave_up"
    ENDED = "ended"
    IN_FLIGHT = "in_flight"


OUTCOMES: dict[str, tuple[str, ...] | None] = {
    "message": tuple(MessageOutcome),
    "action": tuple(ActionOutcome),
    "fragment": None,
    "session": tuple(SessionOutcome),
}
"""The outcomes that a kind of record can have; None: any name (an alt names its branch)."""

_STATUS = re.compile(r"[1-9][0-9]{2}")


def as_dicts(records: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Many records with their field names, and ``http`` as JSON holds it.

    Spelled out, since that takes half the time of ``dict(zip(FIELDS, record))``. Raises ValueError for a record with other
    than len(FIELDS) fields, AttributeError for an ``http`` that is no message.
    """
    return [
        {
            "kind": kind, "class": class_, "session": session, "message": message, "iteration": iteration, "attempt": attempt,
            "sender": sender, "receiver": receiver, "address": address, "key": key, "sent_ns": sent, "received_ns": received,
            "started_ns": started, "finished_ns": finished, "outcome": outcome, "by": by,
            "http": http if http is None or isinstance(http, dict) else http.to_record(),
        }
        for (kind, class_, session, message, iteration, attempt, sender, receiver, address, key, sent, received, started, finished,
             outcome, by, http) in records
    ]  # fmt: skip


def as_dict(record: tuple[Any, ...]) -> dict[str, Any]:
    """The record with its field names, in their order, and ``http`` as JSON holds it."""
    fields = dict(zip(FIELDS, record, strict=True))
    http = fields["http"]
    if http is not None and not isinstance(http, dict):
        fields["http"] = http.to_record()
    return fields


def diagram_id(message: str) -> str:
    """The id in the diagram to which a record belongs: ``get_token`` of ``get_token!429`` and ``get_token?puzzle``."""
    return message.partition("!")[0].partition("?")[0]


def refusal_status(message: str) -> int | None:
    """429 of ``get_token!429``; None for what is no refusal."""
    status = message.partition("!")[2]
    return int(status) if _STATUS.fullmatch(status) else None


def challenger(message: str) -> str | None:
    """The mitigation ``puzzle`` of ``get_token?puzzle``; None for what is no challenge."""
    return message.partition("?")[2] or None


def participant(instance: str) -> str:
    """``consumer`` of the instance ``consumer/17``."""
    return instance.partition("/")[0]
