"""Shapes: what a layout consists of, for painters.

A painter needs no knowledge of sequence diagrams: it paints groups in order, and in each its shapes in order.
Coordinates are integers in px, y downwards; the centre line of a stroke lies on the coordinate. Colours are
names of :mod:`sim.draw.theme` ("ink", "refusal", "page", ...), which has a value for each, light and dark.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from sim.draw.fontmetrics import Style, ascent_px, descent_px, width_px

Dash = Literal["solid", "dashed", "dotted"]
Anchor = Literal["start", "middle", "end"]
Point = tuple[int, int]


class Rectangle(NamedTuple):
    """An area, ``right`` and ``bottom`` exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    def meets(self, other: "Rectangle") -> bool:
        """Whether the two areas have a pixel in common."""
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: "Rectangle") -> bool:
        """Whether ``other`` lies wholly inside."""
        return self.left <= other.left and self.top <= other.top and other.right <= self.right and other.bottom <= self.bottom


class Text(NamedTuple):
    """One line of text; ``y`` is its base line, ``x`` its start, middle or end by ``anchor``."""

    x: int
    y: int
    text: str
    style: Style
    ink: str
    anchor: Anchor = "start"

    @property
    def box(self) -> Rectangle:
        """The area that the text may take in any of the fonts that it is laid out for."""
        width = width_px(self.text, self.style)
        left = {"start": self.x, "middle": self.x - width // 2, "end": self.x - width}[self.anchor]
        return Rectangle(left, self.y - ascent_px(self.style), left + width, self.y + descent_px(self.style))


class Path(NamedTuple):
    """A line through points, open; ``thickness`` in tenths of a px."""

    points: tuple[Point, ...]
    ink: str
    thickness: int = 13
    dash: Dash = "solid"


class Polygon(NamedTuple):
    """A closed area. ``fill`` or ``ink`` (its outline) may be None."""

    points: tuple[Point, ...]
    fill: str | None
    ink: str | None = None
    thickness: int = 13


class Box(NamedTuple):
    """A rectangle, its corners rounded by ``radius``. ``fill`` or ``ink`` (its outline) may be None."""

    left: int
    top: int
    width: int
    height: int
    fill: str | None
    ink: str | None = None
    radius: int = 0
    thickness: int = 13
    dash: Dash = "solid"

    @property
    def area(self) -> Rectangle:
        """The rectangle as an area."""
        return Rectangle(self.left, self.top, self.left + self.width, self.top + self.height)


class Disc(NamedTuple):
    """A circle. ``fill`` or ``ink`` (its outline) may be None."""

    x: int
    y: int
    radius: int
    fill: str | None
    ink: str | None = None
    thickness: int = 13


Shape = Text | Path | Polygon | Box | Disc
GroupKind = Literal["heading", "lifeline", "bar", "frame", "message", "action", "note", "legend"]


class Group(NamedTuple):
    """The shapes of one thing on the chart, with the text of its tooltip and the area in which that shows."""

    kind: GroupKind
    shapes: list[Shape]
    tooltip: str = ""
    area: Rectangle | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A chart with a place for everything: what both painters paint, in order.

    ``title`` and ``description`` are for those who hear the picture instead of seeing it.
    """

    width: int
    height: int
    title: str
    description: str
    groups: list[Group]

    def texts(self) -> list[Text]:
        """Every line of text in the picture."""
        return [shape for group in self.groups for shape in group.shapes if isinstance(shape, Text)]

    def text_boxes(self) -> list[Rectangle]:
        """The area of every line of text, in the order of :meth:`texts`."""
        return [text.box for text in self.texts()]
