"""Legend: what the signs on this chart mean, for those that occur on it."""

from collections.abc import Iterator
from typing import Final

from sim.draw import marks
from sim.draw.blocks import ADDED, SMALL
from sim.draw.chart import Chart, Frame, Line, Note, Role, Row
from sim.draw.fontmetrics import width_px
from sim.draw.shapes import Group, Path, Shape, Text

_SAMPLE: Final = 34
_GAP: Final = 22
_LINE: Final = 18
_MEANINGS: Final = {
    Role.REFUSAL: "refused",
    Role.CHALLENGE: "challenge",
    Role.LOSS: "lost",
    Role.UNKNOWN: "not in the diagram",
}
_MUTED: Final = "no session came here"
_ADDED: Final = f"{ADDED} added: not in the source of the diagram"


def legend(chart: Chart, left: int, y: int, right: int) -> tuple[Group | None, int]:
    """The legend of ``chart`` in lines from ``left`` to ``right``, its upper edge at ``y``; and the y below it."""
    roles: set[Role] = set()
    muted = added = False
    for row in _flat(chart.rows):
        muted = muted or row.muted
        added = added or row.added
        if not isinstance(row, Note):
            roles.add(row.role)
    entries: list[tuple[str, str, Role]] = [(_MEANINGS[role], role.value, role) for role in _MEANINGS if role in roles]
    if muted:
        entries.append((_MUTED, "muted", Role.DIAGRAM))
    shapes: list[Shape] = []
    x, base = left, y + 12
    for text, ink, role in entries:
        width = _SAMPLE + 6 + width_px(text, SMALL)
        if x > left and x + width > right:
            x, base = left, base + _LINE
        shapes += _sample(x, base - 4, role, ink)
        shapes.append(Text(x + _SAMPLE + 6, base, text, SMALL, "soft"))
        x += width + _GAP
    if added:
        if x > left and x + width_px(_ADDED, SMALL) > right:
            x, base = left, base + _LINE
        shapes.append(Text(x, base, _ADDED, SMALL, "soft"))
    return (Group("legend", shapes), base + 8) if shapes else (None, y)


def _sample(x: int, y: int, role: Role, ink: str) -> list[Shape]:
    """A short arrow as the role draws it."""
    tip = x + _SAMPLE - (14 if role is Role.LOSS else 0)
    line = Path(((x, y), (tip - 1, y)), ink, 13 if role is Role.DIAGRAM else 17)
    shapes: list[Shape] = [line, marks.head(tip, y, 1, Line.ONE_WAY, ink)]
    mark = (tip + 8, y) if role is Role.LOSS else (x + 9, y)
    return shapes + marks.role_mark(*mark, role, ink)


def _flat(rows: tuple[Row, ...]) -> Iterator[Row]:
    """All rows, with those in frames; a muted operand counts as a muted frame."""
    for row in rows:
        yield row
        if isinstance(row, Frame):
            for operand in row.operands:
                if operand.muted and not row.muted:
                    yield Frame(row.id, row.operator, (), muted=True)
                yield from _flat(operand.rows)
