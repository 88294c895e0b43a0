"""What the records say of each session, counted in one pass."""

from collections.abc import Iterable
from typing import Any

from sim.trace.faults import TraceFault
from sim.trace.records import (
    ATTEMPT,
    BY,
    CLASS,
    FINISHED_NS,
    KIND,
    MESSAGE,
    OUTCOME,
    SENDER,
    SENT_NS,
    SESSION,
    Kind,
    MessageOutcome,
)
from sim.trace.sessions import Selection, SessionRow, SessionTable

ALL = Selection()


class _Tally:
    """What is known of a session so far."""

    __slots__ = (
        "attempts",
        "by",
        "caused",
        "client",
        "finished_ns",
        "messages",
        "named",
        "outcome",
        "refusals",
        "started_ns",
    )

    def __init__(self) -> None:
        self.client: str | None = None
        self.outcome: str | None = None
        self.by: str | None = None
        self.started_ns: int | None = None
        self.finished_ns: int | None = None
        self.messages = self.attempts = self.refusals = 0
        self.caused = self.named = False

    def row(self, number: int, class_: str) -> SessionRow:
        started, finished = self.started_ns, self.finished_ns
        return SessionRow(
            number=number,
            class_=class_,
            client=self.client,
            outcome=self.outcome,
            by=self.by,
            started_s=None if started is None else started / 1e9,
            duration_s=None if started is None or finished is None else (finished - started) / 1e9,
            messages=self.messages,
            attempts=self.attempts,
            refusals=self.refusals,
        )


def collect(records: Iterable[tuple[Any, ...]], selection: Selection = ALL, limit: int | None = None) -> SessionTable:
    """The table of the selected sessions in one pass over records (tuples in the order of FIELDS).

    Holds a few numbers a session, and no record. Raises TraceFault for a limit below 0.
    """
    if limit is not None and limit < 0:
        raise TraceFault(f"limit: got {limit}; expected a number of sessions from 0")
    tallies: dict[tuple[int, str], _Tally] = {}
    causes: set[str] = set()
    for record in records:
        key = (record[SESSION], record[CLASS])
        tally = tallies.get(key)
        if tally is None:
            tally = tallies[key] = _Tally()
        kind, by = record[KIND], record[BY]
        if by is not None:
            causes.add(by)
            if by == selection.by:
                tally.caused = True
        if record[MESSAGE] == selection.message:
            tally.named = True
        if kind == Kind.MESSAGE:
            tally.messages += 1
            tally.attempts = max(tally.attempts, record[ATTEMPT])
            if record[OUTCOME] == MessageOutcome.REFUSED:
                tally.refusals += 1
        elif kind == Kind.SESSION:
            tally.client, tally.outcome, tally.by = record[SENDER], record[OUTCOME], by
            tally.started_ns, tally.finished_ns = record[SENT_NS], record[FINISHED_NS]
        if tally.started_ns is None:
            tally.started_ns = record[SENT_NS]
    return _table(tallies, causes, selection, limit)


def _table(
    tallies: dict[tuple[int, str], _Tally], causes: set[str], selection: Selection, limit: int | None
) -> SessionTable:
    matching = [
        key
        for key, tally in tallies.items()
        if selection.outcome in (None, tally.outcome)
        and selection.class_ in (None, key[1])
        and (selection.by is None or tally.caused)
        and (selection.message is None or tally.named)
    ]
    matching.sort()
    rows = [tallies[key].row(*key) for key in matching[:limit]]
    classes = sorted({class_ for _, class_ in tallies})
    return SessionTable(rows, len(tallies), len(matching), selection, tuple(classes), tuple(sorted(causes)))
