"""A sequence diagram in the Mermaid language (written for Mermaid 11; https://mermaid.js.org/syntax/sequenceDiagram.html).

Mermaid drops or mistakes text without a word where it holds ``#``, ``;`` or ``%%``; here such characters are written as
entity codes, so every label comes back from its parser as it was. Mermaid has no grey text, no dotted line beside its
dashed one, and no boxes on lifelines: rows apart from the diagram's own are shaded, steps outside the protocol are
dashed with an open head, actions are arrows of a lifeline to itself. A note at the top says what the shades mean.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from sim.draw import labels
from sim.draw.chart import Action, Arrow, Chart, Frame, Line, Note, Role, Row

MAXIMUM_TEXT: Final = 50_000
"""Mermaid's default ``maxTextSize`` in characters: it does not draw longer sources."""

ARROWS: Final = {Line.REQUEST: "->>", Line.REPLY: "-->>", Line.ONE_WAY: "-)", Line.OUTSIDE: "--)"}
LOST: Final = {Line.REQUEST: "-x", Line.REPLY: "--x", Line.ONE_WAY: "-x", Line.OUTSIDE: "--x"}

LABEL_WIDTH: Final = 200
"""Labels are wrapped at about this many px."""

SHADES: Final = {
    "muted": ("rgba(128, 128, 128, 0.20)", "grey: not visited"),
    Role.REFUSAL: ("rgba(213, 94, 0, 0.20)", "red: refused"),
    Role.LOSS: ("rgba(204, 121, 167, 0.25)", "pink: lost"),
    Role.CHALLENGE: ("rgba(230, 159, 0, 0.25)", "yellow: challenge"),
    Role.UNKNOWN: ("rgba(126, 87, 194, 0.25)", "violet: not in the diagram"),
    "added": ("rgba(0, 158, 115, 0.15)", "green: added, not in the source"),
}
"""Translucent, for light and dark pages."""

CONFIGURATION: Final = ("config:", "  sequence:", "    wrap: true", f"    width: {LABEL_WIDTH}")

_ENTITIES: Final = {char: f"#{ord(char)};" for char in "#;<>&\ufb02\u00b6"}
"""The last two begin what Mermaid itself puts in the place of an entity while it parses."""
_SEQUENCES: Final = re.compile(r"%%+|\$\$+|@\{")
_WRAP: Final = re.compile(r"^(\s*:?\s*(?:no)?wrap):", re.IGNORECASE)


def render(chart: Chart) -> str:
    """The chart as Mermaid source, ending in a newline."""
    return "\n".join(_Writer(chart).lines()) + "\n"


def escape(text: str) -> str:
    """``text`` so that Mermaid shows it as it is; lines are parted by ``<br/>``."""
    return "<br/>".join(_escape_line(line) for line in labels.lines(text))


def _escape_line(line: str) -> str:
    line = "".join(_ENTITIES.get(char, char) for char in line)
    line = _SEQUENCES.sub(lambda found: "".join(f"#{ord(char)};" for char in found[0]), line)
    return _WRAP.sub(r"\1#58;", line)


class _Writer:
    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.busy = [0] * len(chart.lifelines)

    def lines(self) -> Iterator[str]:
        chart = self.chart
        heading = " ".join(part for part in (chart.title, f"({chart.version})" if chart.version else "") if part)
        yield "---"
        if heading:
            yield f"title: '{labels.one_line(heading).replace(chr(39), chr(39) * 2)}'"
        yield from CONFIGURATION
        yield "---"
        yield "sequenceDiagram"
        for index, lifeline in enumerate(chart.lifelines):
            yield f"    participant p{index} as {escape(lifeline.label or lifeline.id) or '#8203;'}"
        seen = set(_shades(chart.rows))
        legend = ", ".join(meaning for shade, (_, meaning) in SHADES.items() if shade in seen)
        preface = "\n".join(text for text in (chart.about, chart.summary, legend) if text)
        if preface:
            yield f"    Note over {self._over(range(len(chart.lifelines)))}: {escape(preface)}"
        yield from self._rows(chart.rows, "    ", "")

    def _rows(self, rows: Iterable[Row], indent: str, around: str) -> Iterator[str]:
        """Rows of one shade share a rectangle; within a rectangle of that shade none is drawn."""
        for shade, group in groupby(rows, _shade):
            if not shade or shade == around:
                for row in group:
                    yield from self._row(row, indent, around)
                continue
            yield f"{indent}rect {SHADES[shade][0]}"
            for row in group:
                yield from self._row(row, indent + "    ", shade)
            yield f"{indent}end"

    def _row(self, row: Row, indent: str, around: str) -> Iterator[str]:
        if isinstance(row, Frame):
            yield from self._frame(row, indent, around)
        elif isinstance(row, Note):
            yield f"{indent}Note over {self._over(row.over)}: {escape(row.text)}"
        elif isinstance(row, Action):
            yield f"{indent}p{row.participant}->>p{row.participant}: {_label(row)}"
        else:
            yield from self._arrow(row, indent)

    def _arrow(self, arrow: Arrow, indent: str) -> Iterator[str]:
        """The arrow, and where activations begin and end; Mermaid does not take the end of one that never began."""
        sign = (LOST if arrow.role is Role.LOSS else ARROWS)[arrow.line]
        yield f"{indent}p{arrow.sender}{sign}p{arrow.receiver}: {_label(arrow)}"
        if arrow.opens:
            self.busy[arrow.receiver] += 1
            yield f"{indent}activate p{arrow.receiver}"
        if arrow.closes and self.busy[arrow.sender]:
            self.busy[arrow.sender] -= 1
            yield f"{indent}deactivate p{arrow.sender}"

    def _frame(self, frame: Frame, indent: str, around: str) -> Iterator[str]:
        parting = {"alt": "else", "par": "and"}.get(frame.operator)
        for number, operand in enumerate(frame.operands):
            guard = operand.guard + (f" ({operand.annotation})" if operand.annotation else "")
            if number == 0:
                yield f"{indent}{frame.operator} {escape(guard)}"
            elif parting:
                yield f"{indent}{parting} {escape(guard)}"
            else:
                yield f"{indent}    Note over {self._over(range(len(self.busy)))}: {escape(guard)}"
            yield from self._rows(operand.rows, indent + "    ", around)
        yield f"{indent}end"

    def _over(self, lifelines: Iterable[int]) -> str:
        """``Note over`` takes one lifeline, or the first and the last of several."""
        columns = sorted(lifelines)
        return f"p{columns[0]}" if columns[0] == columns[-1] else f"p{columns[0]},p{columns[-1]}"


def _label(row: Arrow | Action) -> str:
    return escape("\n".join(text for text in (row.label, row.annotation) if text))


def _shade(row: Row) -> str:
    if row.muted:
        return "muted"
    if not isinstance(row, Note) and row.role is not Role.DIAGRAM:
        return row.role
    return "added" if row.added else ""


def _shades(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield _shade(row)
        if isinstance(row, Frame):
            for operand in row.operands:
                yield from _shades(operand.rows)
