"""A sequence diagram in the PlantUML language (tried with 1.2020.2; https://plantuml.com/sequence-diagram).

PlantUML formats text by Creole and expands functions in it; what it would mistake is written as ``<U+0022>``, so every
label is shown as it was.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from sim.draw import labels
from sim.draw.chart import Action, Arrow, Chart, Frame, Line, Note, Role, Row

STYLES: Final = {Line.REQUEST: "", Line.REPLY: "dashed", Line.ONE_WAY: "", Line.OUTSIDE: "dotted"}
MUTED: Final = "#9E9E9E"
ADDED: Final = "#00795A"
ANNOTATION: Final = "#57606A"
COLORS: Final = {
    Role.DIAGRAM: "",
    Role.REFUSAL: "#C62828",
    Role.LOSS: "#AD1457",
    Role.CHALLENGE: "#A65E00",
    Role.UNKNOWN: "#6A1B9A",
}
MEANINGS: Final = {
    "muted": "grey: not visited",
    Role.REFUSAL: "red: refused",
    Role.LOSS: "pink: lost",
    Role.CHALLENGE: "brown: challenge",
    Role.UNKNOWN: "violet: not in the diagram",
    "added": "green: added, not in the source",
}

_MISTAKEN: Final = re.compile(
    r"[\\~<|`«»\ue000-\uf8ff]"  # escapes, tags, tables, code; private characters, which PlantUML uses itself
    r"|^[^\w\s]"  # lists, headings, colours, anchors, comments, directives at the beginning
    r"|%(?=\w)|&(?=#)|/(?=')|'(?=/)"  # functions, entities, comments
    r"|([*/_=.\-\"\[\]{}^#:'!@$&%])\1+"  # bold, italic, underlined, lines, monospaced, links, embedded diagrams
)


def render(chart: Chart) -> str:
    """The chart as PlantUML source, ending in a newline."""
    return "\n".join(_Writer(chart).lines()) + "\n"


def escape(text: str) -> str:
    r"""``text`` so that PlantUML shows it as it is; lines are parted by a literal ``\n``."""
    return r"\n".join(_escape_line(line) for line in labels.lines(text))


def _escape_line(line: str) -> str:
    return _MISTAKEN.sub(lambda found: "".join(f"<U+{ord(char):04X}>" for char in found[0]), line)


def _headed(keyword: str, escaped: str) -> Iterator[str]:
    """A title or caption. To PlantUML one without any letter or digit is a syntax error: such ones are written as codes."""
    if not re.search("[A-Za-z0-9]", escaped):
        escaped = "".join(f"<U+{ord(char):04X}>" for char in escaped)
    if escaped.replace(r"\n", "").strip():
        yield f"{keyword} {escaped}"


class _Writer:
    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.busy = [0] * len(chart.lifelines)

    def lines(self) -> Iterator[str]:
        chart = self.chart
        yield "@startuml"
        yield "skinparam shadowing false"
        yield "skinparam maxMessageSize 320"
        yield "skinparam wrapWidth 320"
        yield "skinparam sequenceMessageAlign center"
        heading = " ".join(part for part in (chart.title, f"({chart.version})" if chart.version else "") if part)
        if heading or chart.about:
            about = _sized(escape(chart.about), 12) if chart.about else ""
            yield from _headed("title", r"\n".join(part for part in (escape(heading), about) if part))
        seen = set(_marks(chart.rows))
        legend = ", ".join(meaning for mark, meaning in MEANINGS.items() if mark in seen)
        preface = "\n".join(text for text in (chart.summary, legend) if text)
        if preface:
            yield from _headed("caption", escape(preface))
        for index, lifeline in enumerate(chart.lifelines):
            name = escape(lifeline.label or lifeline.id).replace('"', "<U+0022>")
            yield f'participant "{name or "<U+200B>"}" as p{index}'
        yield from self._rows(chart.rows)
        yield "@enduml"

    def _rows(self, rows: Iterable[Row]) -> Iterator[str]:
        for row in rows:
            if isinstance(row, Frame):
                yield from self._frame(row)
            elif isinstance(row, Note):
                yield from self._note(row)
            elif isinstance(row, Action):
                shape = "hnote" if row.shape == "wait" else "rnote"
                back = "#FFFFFF" if row.shape == "action" else "#ECEFF1"
                yield f"{shape} over p{row.participant} {back} : {_label(row) or '<U+200B>'}"
            else:
                yield from self._arrow(row)

    def _arrow(self, arrow: Arrow) -> Iterator[str]:
        styles = ",".join(style for style in (_color(arrow), STYLES[arrow.line]) if style)
        head = ">" if arrow.line is Line.REQUEST else ">>"
        lost = "x" if arrow.role is Role.LOSS else ""
        label = _label(arrow)
        sign = f"-[{styles}]{head}{lost}" if styles else f"-{head}{lost}"
        yield f"p{arrow.sender} {sign} p{arrow.receiver}" + (f" : {label}" if label else "")
        if arrow.opens:
            self.busy[arrow.receiver] += 1
            yield f"activate p{arrow.receiver}"
        if arrow.closes and self.busy[arrow.sender]:
            self.busy[arrow.sender] -= 1
            yield f"deactivate p{arrow.sender}"

    def _note(self, note: Note) -> Iterator[str]:
        text = escape(note.text) or "<U+200B>"
        if note.heading:
            yield f"== {text} =="
            return
        first, last = note.over[0], note.over[-1]
        over = f"p{first}" if first == last else f"p{first}, p{last}"
        yield f"note over {over} : {_colored(text, MUTED if note.muted else ADDED if note.added else '')}"

    def _frame(self, frame: Frame) -> Iterator[str]:
        for number, operand in enumerate(frame.operands):
            guard = operand.guard + (f" ({operand.annotation})" if operand.annotation else "")
            muted = frame.muted or operand.muted
            text = _colored(escape(guard), MUTED if muted else ADDED if frame.added else "")
            yield f"{frame.operator if number == 0 else 'else'} {text}"
            yield from self._rows(operand.rows)
        yield "end"


def _label(row: Arrow | Action) -> str:
    """Label and annotation, in the colour of the row."""
    color = _color(row)
    parts = (_colored(escape(row.label), color), _colored(escape(row.annotation), color or ANNOTATION))
    return r"\n".join(part for part in parts if part)


def _color(row: Arrow | Action) -> str:
    return MUTED if row.muted else COLORS[row.role] or (ADDED if row.added else "")


def _colored(escaped: str, color: str) -> str:
    """Escaped text in a colour; PlantUML forgets it at the end of a line."""
    if not color or not escaped:
        return escaped
    return r"\n".join(f"<color:{color}>{line}</color>" for line in escaped.split(r"\n"))


def _sized(escaped: str, size: int) -> str:
    return r"\n".join(f"<size:{size}>{line}</size>" for line in escaped.split(r"\n"))


def _marks(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        if row.muted:
            yield "muted"
        elif not isinstance(row, Note):
            yield row.role
        if row.added:
            yield "added"
        if isinstance(row, Frame):
            for operand in row.operands:
                yield from _marks(operand.rows)
