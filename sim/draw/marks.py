"""Marks: the small signs of a sequence diagram, so that nothing is told by colour alone.

A refusal bears a crossed-out circle, a challenge a lozenge, what is not in the diagram a question mark, a loss a
cross; a wait an hourglass; the end of a session a bull's eye (UML's final node), crossed if it was refused.
"""

from typing import Final, TypeGuard

from sim.draw.chart import Line, Role
from sim.draw.fontmetrics import Style
from sim.draw.shapes import Box, Dash, Disc, Path, Polygon, Shape, Text

HEAD_LENGTH: Final = 10
HEAD_HALF: Final = 4
MARK_RADIUS: Final = 6
_QUESTION: Final = Style(9, bold=True)

DASHES: Final[dict[Line, Dash]] = {
    Line.REQUEST: "solid",
    Line.REPLY: "dashed",
    Line.ONE_WAY: "solid",
    Line.OUTSIDE: "dotted",
}


def head(x: int, y: int, direction: int, line: Line, ink: str) -> Shape:
    """An arrow head with its tip at (x, y), pointing right (``direction`` 1) or left (-1)."""
    base = x - direction * HEAD_LENGTH
    points = ((base, y - HEAD_HALF), (x, y), (base, y + HEAD_HALF))
    if line is Line.REQUEST:
        return Polygon(points, ink)
    return Path(points, ink)


def cross(x: int, y: int, ink: str, half: int = 5) -> list[Shape]:
    """Two strokes crossing at (x, y)."""
    return [
        Path(((x - half, y - half), (x + half, y + half)), ink, 20),
        Path(((x - half, y + half), (x + half, y - half)), ink, 20),
    ]


def role_mark(x: int, y: int, role: Role, ink: str) -> list[Shape]:
    """The sign of ``role``, centred on (x, y); none for a row of the diagram."""
    r = MARK_RADIUS
    if role is Role.REFUSAL:
        return [Disc(x, y, r, "page", ink, 16), Path(((x - 4, y - 4), (x + 4, y + 4)), ink, 16)]
    if role is Role.CHALLENGE:
        return [Polygon(((x - r - 1, y), (x, y - r - 1), (x + r + 1, y), (x, y + r + 1)), "page", ink, 16)]
    if role is Role.UNKNOWN:
        mark = Text(x, y + 3, "?", _QUESTION, ink, "middle")
        return [Box(x - r, y - r, 2 * r, 2 * r, "page", ink, 1, 16), mark]
    return cross(x, y, ink) if role is Role.LOSS else []


def hourglass(x: int, y: int, ink: str) -> list[Shape]:
    """An hourglass of 8 by 12 px, centred on (x, y)."""
    glass = ((x - 4, y - 5), (x + 4, y - 5), (x - 4, y + 5), (x + 4, y + 5))
    sand = ((x - 4, y + 5), (x, y + 1), (x + 4, y + 5))
    return [
        Polygon(sand, ink),
        Polygon(glass, None, ink, 11),
        Path(((x - 5, y - 6), (x + 5, y - 6)), ink, 14),
        Path(((x - 5, y + 6), (x + 5, y + 6)), ink, 14),
    ]


def end_mark(x: int, y: int, role: Role, ink: str) -> list[Shape]:
    """The end of a session on its lifeline, 16 px in diameter, centred on (x, y)."""
    if role is Role.DIAGRAM:
        return [Disc(x, y, 8, "page", ink), Disc(x, y, 4, ink)]
    if role is Role.REFUSAL:
        return [Disc(x, y, 8, "page", ink, 16), *cross(x, y, ink, 4)]
    return [Disc(x, y, 8, "page", ink, 16), *role_mark(x, y, role, ink)]


def is_mask(shape: Shape) -> TypeGuard[Box]:
    """Whether ``shape`` is there only to cover what lies under a text."""
    return isinstance(shape, Box) and shape.fill == "page" and shape.ink is None


def masks(texts: list[Text], beside: int = 2) -> list[Box]:
    """Page colour under each line of text and ``beside`` it, so that no lifeline runs through it."""
    boxes = [text.box for text in texts]
    return [Box(b.left - beside, b.top, b.right - b.left + 2 * beside, b.bottom - b.top, "page") for b in boxes]
