"""Curves: a measure over a factor that is a number, a line a mitigation with the band of its 95 % intervals.

Further columns of a study are panels beside the first. Lines are named where they end. Where replications fall into two groups
they are shown one by one, since their mean is a value that never occurs. :func:`figure` makes the sheet, :func:`render` gives the
bytes of files. The same numbers give the same bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from sim.draw import scales, style
from sim.draw.axes import FONT_PT, SMALL_PT, heading, height_pt, quiet, width_pt
from sim.draw.load import FORMATS, encoded, plain_style
from sim.draw.places import apart, swarm
from sim.draw.readable import present
from sim.draw.scales import Axis, Scale, lay
from sim.draw.sheet import EDGE_IN, NAME_LINE_IN, Sheet, Sign, short, widest_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_ACROSS = 3
_ONE_IN, _SMALL_IN, _HIGH_IN = 3.8, 2.1, 1.75
_BOTTOM_IN, _HEAD_IN, _NAMES_IN, _LEADER_IN = 0.46, 0.22, 1.5, 0.28
_MARKER_PT = 4.2
_BAND_ALPHA = 0.16


@dataclass(frozen=True, slots=True)
class Point:
    """A measure at ``x``: its mean over replications and half of its interval, or None.

    ``replications``: one by one if they fall into two groups, else empty.
    """

    x: float
    mean: float | None
    half_width: float | None = None
    replications: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of a mitigation; of one name in all panels."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves side by side with those of other panels; ``title`` says what differs."""

    title: str
    curves: Sequence[Curve]


@dataclass(frozen=True, slots=True)
class Curves:
    """What is drawn: panels under the same axes. ``level``: a value of ``y`` at which a line lies across."""

    title: str
    panels: Sequence[Panel]
    x: Axis
    y: Axis
    level: float | None = None
    note: str = ""

    def points(self) -> Iterator[Point]:
        """The points of all curves."""
        for panel in self.panels:
            for curve in panel.curves:
                yield from curve.points


def figure(data: Curves) -> "Figure":
    """The panels on a sheet, up to three in a row."""
    from matplotlib import rc_context

    with rc_context(plain_style()):
        names = list(dict.fromkeys(curve.name for panel in data.panels for curve in panel.curves))
        panels = data.panels or (Panel("", ()),)
        across = min(len(panels), _MOST_ACROSS)
        wide_in = _ONE_IN if across == 1 else _SMALL_IN
        high_in = max(_HIGH_IN, NAME_LINE_IN * (max(len(panel.curves) for panel in panels) + 1))
        x = Scale.over(data.x.kind, [point.x for point in data.points()], log=data.x.log)
        y = Scale.over(data.y.kind, [*_heights(data)], log=data.y.log, from_zero=True)
        gutter_in = _LEADER_IN + widest_in([short(name, _NAMES_IN, SMALL_PT) for name in names], SMALL_PT)
        head_in = _HEAD_IN if any(panel.title for panel in panels) else 0.0
        row_in = head_in + high_in + _BOTTOM_IN
        down = -(-len(panels) // across)
        left_in = scales.left_in(y, data.y.title, high_in)
        at = [point.x for point in data.points() if present(point.x)]
        between_in = scales.between_in(x, at)
        width_in = left_in + across * (wide_in + between_in) - between_in + gutter_in + EDGE_IN
        sheet = Sheet(data.title, width_in, down * row_in, _key(data, y), [data.note])
        for number, panel in enumerate(panels):
            row, column = divmod(number, across)
            ax = sheet.axes(left_in + column * (wide_in + between_in), row * row_in + head_in, wide_in, high_in, label="panel")
            heading(ax, short(panel.title, wide_in, FONT_PT, bold=True))
            quiet(ax)
            lay(ax, "x", x, data.x.title, at=at)
            lay(ax, "y", y, data.y.title)
            if column:
                ax.set_ylabel("")
                ax.tick_params(axis="y", labelleft=False)
            if data.level is not None:
                ax.axhline(data.level, color=style.MUTED, linewidth=0.9, linestyle=(0, (4.0, 2.0)), zorder=1.5, label="level")
            for curve in panel.curves:
                _draw(ax, curve, x, y, *style.compared(names.index(curve.name)))
            if column == across - 1 or number == len(panels) - 1:
                _name(ax, panel, names, x, y, wide_in, high_in)
        return sheet.fig


def render(data: Curves, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)


def _heights(data: Curves) -> Iterator[float | None]:
    yield data.level
    for point in data.points():
        yield from point.replications
        if present(point.mean):
            yield point.mean
            # An interval of a share may reach beyond all that a share can be: what the axis holds are the shares.
            if point.half_width is not None and data.y.kind != "share" and not data.y.log:
                yield from (max(point.mean - point.half_width, min(point.mean, 0.0)), point.mean + point.half_width)


def _draw(ax: "Axes", curve: Curve, x: Scale, y: Scale, color: str, marker: str) -> None:
    """Its line, markers and band; replications one by one where they fall into two groups."""
    for run in _runs(curve.points, x):
        at = [x.place(point.x) for point in run]
        means = [point.mean or 0.0 for point in run]
        halves = [point.half_width or 0.0 for point in run]
        low, high = [m - h for m, h in zip(means, halves, strict=True)], [m + h for m, h in zip(means, halves, strict=True)]
        if len(run) == 1:
            ax.plot([*at, *at], [*low, *high], color=color, alpha=0.5, linewidth=1.2, zorder=2)
        else:
            ax.fill_between(at, low, high, color=color, alpha=_BAND_ALPHA, linewidth=0, zorder=1.8)
        ax.plot(at, means, color=color, marker=marker, markersize=_MARKER_PT, markeredgewidth=0, linewidth=1.3, zorder=2.5,
                label=curve.name)
    for point in curve.points:
        if point.replications:
            _one_by_one(ax, point, x, y, color, marker)


def _one_by_one(ax: "Axes", point: Point, x: Scale, y: Scale, color: str, marker: str) -> None:
    """Its replications, beside each other where they would lie on each other."""
    beside = swarm([y.along(value) * height_pt(ax) for value in point.replications], _MARKER_PT)
    at = [x.along(point.x) + offset_pt / width_pt(ax) for offset_pt in beside]
    ax.plot(at, list(point.replications), linestyle="none", marker=marker, markersize=_MARKER_PT - 0.6, markerfacecolor=style.PAPER,
            markeredgecolor=color, markeredgewidth=0.8, transform=ax.get_yaxis_transform(), zorder=2.6, label="replications")


def _runs(points: Sequence[Point], x: Scale) -> list[list[Point]]:
    """Points that a line joins: it breaks where a mean is missing or of two groups, and beside the 0 of a logarithmic axis."""
    known = sorted((point for point in points if present(point.x)), key=lambda point: point.x)
    runs: list[list[Point]] = [[]]
    for before, point in pairwise([None, *known]):
        if point is None or not present(point.mean) or point.replications:
            runs.append([])
            continue
        if before is not None and x.zero is not None and before.x < x.low <= point.x:
            runs.append([])
        runs[-1].append(point)
    return [run for run in runs if run]


def _end(curve: Curve) -> tuple[float, float] | None:
    """Where a curve ends: its last point that has a value; of replications in two groups the highest."""
    known = [point for point in curve.points if present(point.x) and (present(point.mean) or point.replications)]
    if not known:
        return None
    last = max(known, key=lambda point: point.x)
    return last.x, max(last.replications) if last.replications else last.mean or 0.0


def _name(ax: "Axes", panel: Panel, names: Sequence[str], x: Scale, y: Scale, wide_in: float, high_in: float) -> None:
    """The names of the curves right of the panel, as near to their ends as can be, and a thin line from each to its end."""
    ended = [(curve, end) for curve in panel.curves if (end := _end(curve)) is not None]
    places = apart([high_in * y.along(height) for _, (_, height) in ended], NAME_LINE_IN, 0.0, high_in)
    for (curve, (at, height)), place_in in zip(ended, places, strict=True):
        color, marker = style.compared(names.index(curve.name))
        ends = [x.along(at), 1 + (_LEADER_IN - 0.07) / wide_in], [y.along(height), place_in / high_in]
        ax.plot(*ends, color=color, linewidth=0.6, transform=ax.transAxes, clip_on=False, zorder=1.6, label="leader")
        ax.plot([ends[0][1]], [ends[1][1]], color=color, marker=marker, markersize=_MARKER_PT, markeredgewidth=0, linestyle="none",
                transform=ax.transAxes, clip_on=False, label="sample")
        ax.text(1 + _LEADER_IN / wide_in, place_in / high_in, short(curve.name, _NAMES_IN, SMALL_PT), transform=ax.transAxes,
                fontsize=SMALL_PT, color=color if color not in _PALE else style.INK, va="center", parse_math=False)


_PALE = frozenset({style.ORANGE, style.SKY, style.PURPLE})
"""What small letters on paper cannot be read in: less than 4.5 : 1 (WCAG 2.2, 1.4.3)."""


def _key(data: Curves, y: Scale) -> list[Sign]:
    signs = []
    if any(point.half_width for point in data.points()):
        signs.append(Sign("  ", "95 % interval of the mean over replications", face="#dcdfe3"))
    if any(point.replications for point in data.points()):
        signs.append(Sign("○", "replications one by one, where they fall into two groups: their mean never occurs"))
    if data.level is not None:
        signs.append(Sign("– –", y.told(data.level), style.MUTED))
    return signs
