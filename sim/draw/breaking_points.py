"""Breaking points: for each mitigation the attack rate up to which it holds and that from which it fails, on a logarithmic axis.

:func:`row` draws one on a matplotlib ``Axes``, :func:`figure` makes a sheet of all of them, :func:`render` gives the bytes of
files. The same numbers give the same bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.draw import style
from sim.draw.axes import FONT_PT, SMALL_PT, quiet
from sim.draw.load import FORMATS, encoded, plain_style
from sim.draw.readable import MISSING, number
from sim.draw.scales import Scale, lay
from sim.draw.sheet import EDGE_IN, LINE_IN, Sheet, Sign, short, widest_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HOLDS, FAILS = style.BLUE, style.VERMILLION
_PLOT_IN, _ROW_IN, _NAMES_IN, _BOTTOM_IN = 3.4, 0.3, 2.2, 0.42
AIR = 0.08
"""How far the axis reaches beyond what was tried."""


@dataclass(frozen=True, slots=True)
class BreakingPoint:
    """Where a mitigation breaks: in ``holds_at`` .. ``fails_at``, rates in 1/s of which either may be unknown.

    Without ``fails_at`` it held at the highest rate tried, which is ``holds_at``; without ``holds_at`` it failed at the lowest,
    which is ``fails_at``; with neither nothing is known. ``low`` .. ``high``: the interval of the breaking point over replications.
    """

    holds_at: float | None
    fails_at: float | None
    low: float | None = None
    high: float | None = None

    def told(self) -> str:
        """Up to where it holds: ``1,200``, ``≥ 4,000``, ``< 100``."""
        if self.holds_at is None:
            return MISSING if self.fails_at is None else f"< {number(self.fails_at)}"
        return number(self.holds_at) if self.fails_at is not None else f"≥ {number(self.holds_at)}"

    def between(self) -> str:
        """Where it breaks: ``1,200 to 1,300``."""
        return f"{number(self.holds_at)} to {number(self.fails_at)}" if None not in (self.holds_at, self.fails_at) else self.told()


@dataclass(frozen=True, slots=True)
class BreakingPoints:
    """What is drawn: a row a mitigation. ``rate``: what the rate is of."""

    title: str
    rows: Sequence[str]
    points: Sequence[BreakingPoint]
    rate: str = "attack rate"
    note: str = ""


def scale_of(points: Iterable[BreakingPoint]) -> Scale:
    """The logarithmic scale that holds them, with room for arrows."""
    return Scale.over("rate", _rates(points), log=True)


def _rates(points: Iterable[BreakingPoint]) -> Iterator[float | None]:
    for point in points:
        yield from (point.holds_at, point.fails_at, point.low, point.high)


def row(ax: "Axes", y: float, point: BreakingPoint, scale: Scale) -> None:
    """Draw one at the height ``y`` of laid axes: where it holds, where it fails, and the interval of where it breaks."""
    left, right = ax.get_xlim()
    if point.holds_at is not None:
        end = right if point.fails_at is None else scale.place(point.holds_at)
        ax.plot([left, end], [y, y], color=HOLDS, linewidth=4.5, solid_capstyle="butt", zorder=2, label="holds")
    if point.fails_at is not None:
        begin = left if point.holds_at is None else scale.place(point.fails_at)
        ax.plot([begin, right], [y, y], color=FAILS, linestyle=(0, (1.0, 1.6)), linewidth=1.6, zorder=2, label="fails")
    arrow: dict[str, Any] = {"linestyle": "none", "markersize": 7, "markeredgewidth": 0, "clip_on": False, "zorder": 3}
    if point.fails_at is None and point.holds_at is not None:
        ax.plot([right], [y], marker=">", color=HOLDS, label="beyond", **arrow)
    if point.holds_at is None and point.fails_at is not None:
        ax.plot([left], [y], marker="<", color=FAILS, label="below", **arrow)
    if point.low is not None and point.high is not None:
        ends = [scale.place(point.low), scale.place(point.high)]
        ax.plot(ends, [y, y], color=style.INK, linewidth=0.9, marker="|", markersize=8, markeredgewidth=0.9, zorder=4,
                label="interval")


def key(points: Sequence[BreakingPoint]) -> list[Sign]:
    """What every sign that can be seen means."""
    signs = []
    if any(point.holds_at is not None for point in points):
        signs.append(Sign("▬▬", "holds up to here", HOLDS))
    if any(point.fails_at is not None for point in points):
        signs.append(Sign("┅┅", "fails from here", FAILS))
    if any(point.holds_at is not None and point.fails_at is None for point in points):
        signs.append(Sign("▶", "holds at the highest rate tried", HOLDS))
    if any(point.fails_at is not None and point.holds_at is None for point in points):
        signs.append(Sign("◀", "fails at the lowest", FAILS))
    if any(point.low is not None or point.high is not None for point in points):
        signs.append(Sign("|–|", "95 % interval of where it breaks, over replications"))
    return signs


def figure(data: BreakingPoints) -> "Figure":
    """All rows on a sheet, in the order given."""
    from matplotlib import rc_context

    with rc_context(plain_style()):
        names = [short(name, _NAMES_IN) for name in data.rows]
        told = [point.between() for point in data.points]
        left_in = EDGE_IN + widest_in(names) + 0.12
        told_in = max(widest_in(told), widest_in(["breaks at, /s"], SMALL_PT)) + 0.1
        high_in = _ROW_IN * max(len(names), 1)
        sheet = Sheet(data.title, left_in + _PLOT_IN + 0.12 + told_in + EDGE_IN,
                      LINE_IN + high_in + _BOTTOM_IN, key(data.points), [data.note])
        ax = sheet.axes(left_in, LINE_IN, _PLOT_IN, high_in)
        quiet(ax)
        scale = scale_of(data.points)
        lay(ax, "x", scale, data.rate, air=AIR)
        ax.set_ylim(max(len(names), 1), 0)
        ax.set_yticks([])
        sheet.text(left_in + _PLOT_IN + 0.12, 0.0, "breaks at, /s")
        for index, (name, point, words) in enumerate(zip(names, data.points, told, strict=True)):
            row(ax, index + 0.5, point, scale)
            middle_in = LINE_IN + (index + 0.5) * _ROW_IN
            sheet.text(left_in - 0.12, middle_in, name, fontsize=FONT_PT, color=style.INK, ha="right", va="center")
            sheet.text(left_in + _PLOT_IN + 0.12, middle_in, words, fontsize=FONT_PT, color=style.INK, va="center")
        return sheet.fig


def render(data: BreakingPoints, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)
