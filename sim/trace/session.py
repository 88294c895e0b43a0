"""One session of a trace: its records, and its messages with HTTP as objects."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sim.trace.faults import TraceFault, did_you_mean
from sim.trace.records import Kind, challenger, diagram_id, refusal_status
from sim.trace.sessions import SessionRow
from sim.trace.tally import collect

if TYPE_CHECKING:
    from sim.protocol.http import Request, Response


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A record of a message. The fields are those of the trace (:data:`sim.trace.records.Record`), but for ``kind``."""

    id: str
    """As in the trace: ``get_token``, ``get_token!429`` (a refusal), ``get_token?puzzle`` (a challenge)."""
    class_: str
    session: int
    iteration: int
    attempt: int
    sender: str
    receiver: str
    address: str | None
    key: str | None
    sent_ns: int | None
    received_ns: int | None
    started_ns: int | None
    finished_ns: int | None
    outcome: str
    by: str | None
    http: "Request | Response | None"

    @classmethod
    def of(cls, record: dict[str, Any]) -> "Message":
        """The message of a record. Raises TraceFault if its ``http`` is no HTTP message."""
        from sim.protocol.http import from_record

        values = {field.name: record[_FIELD_OF.get(field.name, field.name)] for field in fields(cls)}
        if values["http"] is not None:
            try:
                values["http"] = from_record(values["http"])
            except ValueError as error:
                raise TraceFault(f"message {record['message']} of session {record['session']}: {error}") from None
        return cls(**values)

    @property
    def diagram_id(self) -> str:
        """The id of the diagram's message to which this one belongs."""
        return diagram_id(self.id)

    @property
    def status(self) -> int | None:
        """The status of a refusal, else None."""
        return refusal_status(self.id)

    @property
    def challenger(self) -> str | None:
        """The mitigation that sent this challenge, else None."""
        return challenger(self.id)

    def __repr__(self) -> str:
        by = f" by {self.by}" if self.by else ""
        http = f", {self.http!r}" if self.http else ""
        way = f"{self.sender} to {self.receiver}, {self.outcome}{by}"
        return f"<Message {self.id}, attempt {self.attempt}: {way}{http}>"


_FIELD_OF = {"id": "message", "class_": "class"}


class SessionTrace:
    """The records of one session.

    Iterating gives its messages, and so does an index: ``session[0]`` is the first message of all,
    ``session["get_token"]`` the first with this id, ``session.all("get_token")`` every one.
    """

    def __init__(self, header: dict[str, Any], number: int, records: list[dict[str, Any]]) -> None:
        self.header = header
        self.number = number
        self._records = records
        self._messages: tuple[Message, ...] | None = None

    def records(self) -> Iterator[dict[str, Any]]:
        """All records (messages, actions, fragments, the session itself), in the order of the trace."""
        return iter(self._records)

    @property
    def messages(self) -> tuple[Message, ...]:
        """Its messages, in the order of the trace. Raises TraceFault if one holds no HTTP message where it should."""
        if self._messages is None:
            self._messages = tuple(Message.of(record) for record in self._records if record["kind"] == Kind.MESSAGE)
        return self._messages

    @property
    def summary(self) -> SessionRow:
        """Client, outcome, times and counts, as in the table of sessions."""
        return collect(tuple(record.values()) for record in self._records)[0]

    def all(self, message_id: str) -> tuple[Message, ...]:
        """Every message with this id: one for each attempt and each pass of a loop."""
        return tuple(message for message in self.messages if message.id == message_id)

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages)

    def __len__(self) -> int:
        return len(self.messages)

    def __contains__(self, message: object) -> bool:
        return any(message in (one.id, one) for one in self.messages)

    def __getitem__(self, message: int | str) -> Message:
        if isinstance(message, int):
            return self.messages[message]
        for one in self.messages:
            if one.id == message:
                return one
        ids = list(dict.fromkeys(one.id for one in self.messages))
        hint = did_you_mean(message, ids)
        raise KeyError(f"session {self.number} has no message {message!r}; expected one of {', '.join(ids)}{hint}")

    def __repr__(self) -> str:
        row = self.summary
        by = f" by {row.by}" if row.by else ""
        end = f"{row.outcome or 'unknown'}{by}, {row.messages} messages"
        return f"<{type(self).__name__} {self.number} of {self.header['scenario']}: {end}>"
