"""The sessions of a trace as a table, and the selection that it shows."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, overload

from sim.trace.faults import TraceFault, did_you_mean, show
from sim.trace.records import SessionOutcome

if TYPE_CHECKING:
    import pandas

HTML_ROWS = 50
"""Jupyter shows so many; all of them are in ``to_pandas()``."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session in short."""

    number: int
    class_: str
    client: str | None
    """The consumer's instance, ``consumer/17``; None if the trace holds no record of the session itself."""
    outcome: str | None
    """A :class:`sim.trace.records.SessionOutcome`; None if the trace holds no record of the session itself."""
    by: str | None
    """What ended it, if it did not complete."""
    started_s: float | None
    duration_s: float | None
    """None while it is in flight."""
    messages: int
    """All records of messages: refusals, challenges and lost ones are messages too."""
    attempts: int
    """The highest attempt number of its calls: 1 means that nothing was tried again."""
    refusals: int
    """Requests that were refused."""


_DTYPES = {
    "number": "Int64",
    "class": "string",
    "client": "string",
    "outcome": "string",
    "by": "string",
    "started_s": "Float64",
    "duration_s": "Float64",
    "messages": "Int64",
    "attempts": "Int64",
    "refusals": "Int64",
}
COLUMNS: tuple[str, ...] = tuple(_DTYPES)
_values = attrgetter(*(field.name for field in fields(SessionRow)))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sessions; None selects all.

    ``outcome`` and ``class_`` are the session's own. ``by`` selects sessions that were ended by it, or of which it
    refused, dropped or lost any message; ``message`` those with a record of that name (``get_token``,
    ``get_token!429``).
    """

    outcome: str | None = None
    by: str | None = None
    class_: str | None = None
    message: str | None = None

    def __post_init__(self) -> None:
        known = tuple(SessionOutcome)
        if self.outcome is not None and self.outcome not in known:
            hint = did_you_mean(self.outcome, known)
            raise TraceFault(f"outcome: got {show(self.outcome)}; expected {', '.join(known)}{hint}")

    def __str__(self) -> str:
        parts = (("outcome", self.outcome), ("by", self.by), ("class", self.class_), ("message", self.message))
        return ", ".join(f"{name} {value}" for name, value in parts if value is not None)


class SessionTable(Sequence[SessionRow]):
    """The selected sessions, by number; a sequence of :class:`SessionRow`.

    ``total`` counts the sessions of the trace, ``matching`` those of the selection (a limit may show fewer).
    ``classes`` and ``causes`` are what the trace could be asked for.
    """

    def __init__(
        self,
        rows: Sequence[SessionRow],
        total: int,
        matching: int,
        selection: Selection,
        classes: tuple[str, ...] = (),
        causes: tuple[str, ...] = (),
    ) -> None:
        self._rows = tuple(rows)
        self.total = total
        self.matching = matching
        self.selection = selection
        self.classes = classes
        self.causes = causes

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> SessionRow: ...

    @overload
    def __getitem__(self, index: slice) -> "SessionTable": ...

    def __getitem__(self, index: int | slice) -> "SessionRow | SessionTable":
        if isinstance(index, slice):
            rows = self._rows[index]
            return SessionTable(rows, self.total, self.matching, self.selection, self.classes, self.causes)
        return self._rows[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SessionTable) and (self._rows, self.total) == (other._rows, other.total)

    def __hash__(self) -> int:
        return hash((self._rows, self.total))

    @property
    def caption(self) -> str:
        """``3 of 12,004 sessions (outcome refused)``; what else could be asked for, when nothing was found."""
        selected = f" ({self.selection})" if str(self.selection) else ""
        text = f"{self.matching:,} of {self.total:,} sessions{selected}"
        if len(self) < self.matching:
            text += f", {len(self):,} shown"
        if not self.matching and self.total:
            for name, words in (("classes", self.classes), ("refused, dropped or lost by", self.causes)):
                text += f"; {name}: {', '.join(words) or 'nothing'}"
        return text

    def __str__(self) -> str:
        """All rows as plain text in columns, and the caption below."""
        if not self._rows:
            return self.caption
        cells = [COLUMNS, *(_cells(row) for row in self._rows)]
        widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS))]
        numeric = [dtype != "string" for dtype in _DTYPES.values()]
        lines = []
        for line in cells:
            padded = [
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(line, widths, numeric, strict=True)
            ]
            lines.append("  ".join(padded).rstrip())
        return "\n".join([*lines, self.caption])

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.caption}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in COLUMNS)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(row)) + "</tr>"
            for row in self._rows[:HTML_ROWS]
        )
        hidden = len(self) - HTML_ROWS
        caption = self.caption + (f"; {hidden:,} more rows in to_pandas()" if hidden > 0 else "")
        return (
            f"<table><caption>{html.escape(caption)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def to_dicts(self) -> list[dict[str, Any]]:
        """A dict a session, by the names of COLUMNS."""
        return [dict(zip(COLUMNS, _values(row), strict=True)) for row in self]

    def to_pandas(self) -> "pandas.DataFrame":
        """A DataFrame with a row a session; the index is the session's number, what is missing is NA."""
        import pandas as pd

        columns = list(zip(*map(_values, self._rows), strict=True)) or [()] * len(COLUMNS)
        frame = pd.DataFrame(index=pd.RangeIndex(len(self)))
        for (name, dtype), values in zip(_DTYPES.items(), columns, strict=True):
            frame[name] = pd.Series(list(values), dtype=dtype)
        return frame.set_index("number")


def _cells(row: SessionRow) -> tuple[str, ...]:
    return tuple(
        "-" if value is None else f"{value:.6f}" if isinstance(value, float) else str(value) for value in _values(row)
    )
