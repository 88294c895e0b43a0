"""Breaking points: for each mitigation the attack rate up to which it holds and that from which it fails, on a logarithmic axis.

:func:`row` draws one on a matplotlib ``Axes``, :func:`figure` makes a sheet of all of them, :func:`render` gives the bytes of
files. The same numbers give the same bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.draw import style
from sim.draw.axes import FONT_PT, SMALL_PT, quiet
from sim.draw.load import FORMATS, encoded, plain_style
from sim.draw.readable import number
from sim.draw.scales import Scale, lay
from sim.draw.sheet import EDGE_IN, LINE_IN, Sheet, Sign, short, widest_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HOLDS, FAILS = style.BLUE, style.VERMILLION
UNDECIDED, NOT_DECIDED = "?", "not decided"
_HEADING = "breaks between, /s"
_PLOT_IN, _ROW_IN, _NAMES_IN, _BOTTOM_IN = 3.4, 0.3, 2.2, 0.42
AIR = 0.16
"""How far the axis reaches beyond what was tried."""


@dataclass(frozen=True, slots=True)
class BreakingPoint:
    """Where a mitigation breaks, of the rates that were ``tried``, the lowest and the highest, in 1/s.

    ``holds_at``: the highest rate up to which it is known to hold; ``fails_at``: the lowest from which it is known to fail; None
    where there is none. Between them it is not decided. ``low`` .. ``high``: the interval of the breaking point over replications.
    """

    holds_at: float | None
    fails_at: float | None
    tried: tuple[float, float]
    low: float | None = None
    high: float | None = None

    @property
    def is_beyond(self) -> bool:
        """Whether it holds at the highest rate tried."""
        return self.holds_at is not None and self.holds_at >= self.tried[1]

    @property
    def is_below(self) -> bool:
        """Whether it fails at the lowest rate tried."""
        return self.fails_at is not None and self.fails_at <= self.tried[0]

    def between(self) -> str:
        """Where it breaks: ``1,200 to 1,300``, ``> 4,000``, ``< 100``, ``1,200 to ?`` where only one end is known."""
        if self.is_beyond:
            return f"> {number(self.holds_at)}"
        if self.is_below:
            return f"< {number(self.fails_at)}"
        if self.holds_at is None and self.fails_at is None:
            return NOT_DECIDED
        low, high = (UNDECIDED if end is None else number(end) for end in (self.holds_at, self.fails_at))
        return f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class BreakingPoints:
    """What is drawn: a row a mitigation. ``rate``: what the rate is of."""

    title: str
    rows: Sequence[str]
    points: Sequence[BreakingPoint]
    rate: str = "attack rate"
    note: str = ""


def scale_of(points: Iterable[BreakingPoint]) -> Scale:
    """The logarithmic scale of all rates that were tried."""
    return Scale.over("rate", (rate for point in points for rate in point.tried), log=True)


def row(ax: "Axes", y: float, point: BreakingPoint, scale: Scale) -> None:
    """Draw one at the height ``y`` of laid axes: where it holds, where it fails, and the interval of where it breaks."""
    left, right = ax.get_xlim()
    lowest, highest = map(scale.place, point.tried)
    if point.holds_at is not None:
        ends = [left, scale.place(point.holds_at)]
        ax.plot(ends, [y, y], color=HOLDS, linewidth=4.5, solid_capstyle="butt", zorder=2, label="holds")
    if point.fails_at is not None:
        ends = [scale.place(point.fails_at), right]
        ax.plot(ends, [y, y], color=FAILS, linestyle=(0, (1.0, 1.6)), linewidth=1.6, zorder=2, label="fails")
    arrow: dict[str, Any] = {"linestyle": "none", "markersize": 7, "markeredgewidth": 0, "clip_on": False, "zorder": 3}
    if point.is_beyond:
        ax.plot([highest], [y], marker=">", color=HOLDS, label="beyond", **arrow)
    if point.is_below:
        ax.plot([lowest], [y], marker="<", color=FAILS, label="below", **arrow)
    if point.low is not None and point.high is not None:
        _interval(ax, y, point.low, point.high, scale)


def _interval(ax: "Axes", y: float, low: float, high: float, scale: Scale) -> None:
    """An interval with a stroke at each end; an end beyond what was tried is an arrow at the end of the axis."""
    first, last = ax.get_xlim()
    ends = [min(max(scale.place(end), first), last) for end in (low, high)]
    ax.plot(ends, [y, y], color=style.INK, linewidth=0.9, zorder=4, label="interval")
    for end, at, open_marker in ((low, ends[0], "<"), (high, ends[1], ">")):
        is_open = scale.place(end) != at
        marker, size_pt = (open_marker, 3) if is_open else ("|", 8)
        ax.plot([at], [y], color=style.INK, linestyle="none", marker=marker, markersize=size_pt, markeredgewidth=0.9, clip_on=False,
                zorder=4, label="open end" if is_open else "end")


def key(points: Sequence[BreakingPoint]) -> list[Sign]:
    """What every sign that can be seen means."""
    signs = []
    if any(point.holds_at is not None for point in points):
        signs.append(Sign("▬▬", "holds up to here", HOLDS))
    if any(point.fails_at is not None for point in points):
        between = any(point.holds_at is not None and point.fails_at is not None for point in points)
        signs.append(Sign("┅┅", f"fails from here{'; between the two it is not decided' if between else ''}", FAILS))
    if any(UNDECIDED in point.between() for point in points):
        signs.append(Sign(UNDECIDED, NOT_DECIDED))
    if any(point.is_beyond for point in points):
        signs.append(Sign("▶", "holds at the highest rate tried", HOLDS))
    if any(point.is_below for point in points):
        signs.append(Sign("◀", "fails at the lowest rate tried", FAILS))
    intervals = [(point.low, point.high) for point in points if point.low is not None and point.high is not None]
    if intervals:
        left, right = scale_of(points).limits(AIR)
        arrows = "; an arrow: it reaches further" if any(low < left or high > right for low, high in intervals) else ""
        signs.append(Sign("|–|", f"95 % interval of where it breaks, over replications{arrows}"))
    return signs


def figure(data: BreakingPoints) -> "Figure":
    """All rows on a sheet, in the order given."""
    from matplotlib import rc_context

    with rc_context(plain_style()):
        names = [short(name, _NAMES_IN) for name in data.rows]
        told = [point.between() for point in data.points]
        left_in = EDGE_IN + widest_in(names) + 0.12
        told_in = max(widest_in(told), widest_in([_HEADING], SMALL_PT)) + 0.1
        high_in = _ROW_IN * max(len(names), 1)
        sheet = Sheet(data.title, left_in + _PLOT_IN + 0.12 + told_in + EDGE_IN,
                      LINE_IN + high_in + _BOTTOM_IN, key(data.points), [data.note])
        ax = sheet.axes(left_in, LINE_IN, _PLOT_IN, high_in)
        quiet(ax)
        scale = scale_of(data.points)
        lay(ax, "x", scale, data.rate, air=AIR)
        ax.set_ylim(max(len(names), 1), 0)
        ax.set_yticks([])
        sheet.text(left_in + _PLOT_IN + 0.12, 0.0, _HEADING)
        for index, (name, point, words) in enumerate(zip(names, data.points, told, strict=True)):
            row(ax, index + 0.5, point, scale)
            middle_in = LINE_IN + (index + 0.5) * _ROW_IN
            sheet.text(left_in - 0.12, middle_in, name, fontsize=FONT_PT, color=style.INK, ha="right", va="center")
            sheet.text(left_in + _PLOT_IN + 0.12, middle_in, words, fontsize=FONT_PT, color=style.INK, va="center")
        return sheet.fig


def render(data: BreakingPoints, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)
