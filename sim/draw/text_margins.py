"""What stands above and below a text diagram: title, sentence, summary; and what its marks mean."""

from collections.abc import Iterable, Iterator
from typing import Final

from sim.draw.cells import width, wrap
from sim.draw.chart import Chart, Frame, Line, Note, Role, Row
from sim.draw.text_canvas import Canvas
from sim.draw.text_glyphs import Glyphs

STYLES: Final = {
    Role.DIAGRAM: "",
    Role.REFUSAL: "red",
    Role.LOSS: "magenta",
    Role.CHALLENGE: "yellow",
    Role.UNKNOWN: "bold magenta",
}
MUTED: Final = "bright_black"
ANNOTATION: Final = "cyan"
ADDED: Final = "green"
FRAME: Final = "blue"
NOTE: Final = "yellow"


def title(canvas: Canvas, chart: Chart, room: int) -> None:
    """Paint title and version, the sentence about the diagram, and what was drawn."""
    heading = " ".join(part for part in (chart.title, f"({chart.version})" if chart.version else "") if part)
    painted = False
    for text, style in ((heading, "bold"), (chart.about, "dim"), (chart.summary, ANNOTATION)):
        for line in wrap(text, room) if text else ():
            painted = True
            canvas.bare_line()
            canvas.put(0, line, style)
    if painted:
        canvas.bare_line()


def legend(canvas: Canvas, chart: Chart, glyphs: Glyphs) -> None:
    """Paint what the marks mean that are not in common use, of those that occur."""
    request, reply = glyphs.shafts[Line.REQUEST], glyphs.heavy_shafts[Line.REPLY]
    entries = (
        ("muted", glyphs.line(request, 3 + 2 * glyphs.muted_gap, muted=True), "not visited", MUTED),
        (Role.REFUSAL, reply * 3, "refused", STYLES[Role.REFUSAL]),
        (Role.CHALLENGE, glyphs.open[0] + reply * 2, "challenge", STYLES[Role.CHALLENGE]),
        (Role.LOSS, request * 2 + glyphs.lost, "lost", STYLES[Role.LOSS]),
        (Role.UNKNOWN, glyphs.unknown_shaft * 3, "not in the diagram", STYLES[Role.UNKNOWN]),
        ("added", glyphs.added.strip(), "added, not in the source", ADDED),
    )
    seen = set(_marks(chart.rows))
    column = canvas.width
    for name, sign, meaning, style in entries:
        if name not in seen:
            continue
        for line in wrap(f"{sign} {meaning}", canvas.width):
            if column + width(line) > canvas.width:
                canvas.bare_line()
                column = 0
            canvas.put(column, line, style)
            column += width(line) + 4


def _marks(rows: Iterable[Row]) -> Iterator[str]:
    """What of a row a legend may have to explain."""
    for row in rows:
        if row.added:
            yield "added"
        if row.muted:
            yield "muted"
        elif not isinstance(row, Note):
            yield row.role
        if isinstance(row, Frame):
            for operand in row.operands:
                if operand.muted:
                    yield "muted"
                yield from _marks(operand.rows)
