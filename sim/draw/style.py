"""The look of charts: colours, lines, and what they become on a dark page.

Colours are those of Okabe and Ito (*Color Universal Design*, 2008), told apart with every common colour
blindness; yellow is left out (too pale on paper). No meaning hangs on colour alone: each colour goes with a line style
of its own, and black-and-white print keeps them apart.
"""

from dataclasses import dataclass

INK = "#1c2128"
MUTED = "#57606a"
GRID = "#e1e5ea"
PAPER = "#ffffff"
WARM_UP = "#eceef1"
ATTACK = "#fce9de"
WARM_UP_BAR = "#c9ced6"
ATTACK_BAR = "#f0a67e"

GREY = "#9aa3ad"
BLACK = "#000000"
ORANGE = "#e69f00"
SKY = "#56b4e9"
GREEN = "#009e73"
BLUE = "#0072b2"
VERMILLION = "#d55e00"
PURPLE = "#cc79a7"

DARK = {
    INK: "#e6e9ed",
    MUTED: "#a3adb8",
    GRID: "#30363d",
    PAPER: "#14181d",
    WARM_UP: "#22272e",
    ATTACK: "#33221a",
    WARM_UP_BAR: "#57606a",
    ATTACK_BAR: "#b4572a",
    GREY: "#7d8792",
    BLACK: "#f5f7fa",
    ORANGE: "#f2b632",
    SKY: "#8fd0f5",
    GREEN: "#35c79b",
    BLUE: "#4aa8e8",
    VERMILLION: "#ff8a4c",
    PURPLE: "#e3a3c6",
}
"""Each colour above on a dark page: the same hue, light enough for a contrast of 3 : 1 and more (WCAG 2.2, 1.4.11)."""

Dashes = str | tuple[float, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Line:
    """How a curve is drawn: ``dashes`` in matplotlib's notation, ``width_pt`` in points."""

    color: str
    dashes: Dashes = "-"
    width_pt: float = 1.3


@dataclass(frozen=True, slots=True)
class Fill:
    """How an area is drawn."""

    color: str
    alpha: float


OFFERED = Line(GREY, "-", 2.6)
"""Wide and pale: what lies upon it stays visible where both agree."""
ADMITTED = Line(BLACK, (0, (4.5, 1.6)), 1.1)
REFUSED = Line(VERMILLION, (0, (5.0, 1.4, 1.2, 1.4)), 1.4)
GOODPUT = Line(GREEN, "-", 1.5)
PERCENTILES = {
    "p50": Line(GREEN, "-", 1.5),
    "p95": Line(GREEN, (0, (4.0, 1.4)), 1.1),
    "p99": Line(GREEN, (0, (1.2, 1.2)), 1.1),
}

REASONS = (
    REFUSED,
    Line(BLACK, "-", 1.2),
    Line(PURPLE, (0, (4.5, 1.4)), 1.4),
    Line(SKY, (0, (1.3, 1.2)), 1.6),
)
"""Why requests were refused: the most frequent reason looks like all refusals."""

_STATIONS = (
    Line(BLUE, "-", 1.4),
    Line(ORANGE, (0, (4.5, 1.4)), 1.5),
    Line(PURPLE, (0, (5.0, 1.4, 1.2, 1.4)), 1.5),
    Line(SKY, (0, (1.3, 1.2)), 1.6),
    Line(MUTED, (0, (8.0, 2.0)), 1.2),
)
MOST_STATIONS = len(_STATIONS)
"""More curves than these on one panel nobody reads; the panels keep to the busiest and say so."""


def station_line(index: int) -> Line:
    """The line of the ``index``-th station of those shown."""
    return _STATIONS[index % MOST_STATIONS]


_COMPARED = ((BLACK, "o"), (BLUE, "s"), (VERMILLION, "^"), (GREEN, "D"), (PURPLE, "v"), (ORANGE, "P"), (SKY, "X"), (MUTED, "*"))


def compared(index: int) -> tuple[str, str]:
    """Colour and marker of the ``index``-th of several that are compared: 64 pairs, the first eight different in both."""
    turn, place = divmod(index, len(_COMPARED))
    return _COMPARED[place][0], _COMPARED[(place + turn) % len(_COMPARED)][1]
