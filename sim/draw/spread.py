"""Spread: a measure in every replication of some cells, a dot each, so that nobody takes a mean for a typical value.

Where replications fall into two groups each group has its mean and its count. :func:`figure` makes the sheet, :func:`render` gives
the bytes of files. The same numbers give the same bytes.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.draw import style
from sim.draw.axes import FONT_PT, SMALL_PT, quiet
from sim.draw.load import FORMATS, encoded, plain_style
from sim.draw.places import swarm
from sim.draw.readable import MISSING, present
from sim.draw.scales import Axis, Scale, lay
from sim.draw.sheet import EDGE_IN, LINE_IN, Sheet, Sign, short, widest_in
from sim.measure.groups import Groups
from sim.measure.statistics import mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PLOT_IN, _BOTTOM_IN, _NAMES_IN, _GAP_IN = 3.6, 0.46, 2.2, 0.12
_LEAST_IN, _MOST_IN, _AIR_IN = 0.3, 0.75, 0.16
_DOTS_PT = (4.5, 3.5, 2.5, 1.8, 1.2)


@dataclass(frozen=True, slots=True)
class Strip:
    """A cell: the measure of its replications, None where one has none; ``groups``: the two that they fall into, if they do."""

    name: str
    values: Sequence[float | None]
    groups: Groups | None = None

    @property
    def known(self) -> list[float]:
        """The values that there are."""
        return [value for value in self.values if present(value)]


@dataclass(frozen=True, slots=True)
class Spread:
    """What is drawn: a strip a cell on one axis. ``level``: a value at which a line stands."""

    title: str
    strips: Sequence[Strip]
    measure: Axis
    level: float | None = None
    note: str = ""


def figure(data: Spread) -> "Figure":
    """The strips on a sheet, each as high as its dots and what is told of them need."""
    from matplotlib import rc_context

    with rc_context(plain_style()):
        scale = Scale.over(data.measure.kind, [data.level, *(value for strip in data.strips for value in strip.known)],
                           log=data.measure.log, from_zero=True)
        names = [short(strip.name, _NAMES_IN) for strip in data.strips]
        told = [_told(strip, scale) for strip in data.strips]
        placed = [_placed(strip, scale, 72 * _PLOT_IN) for strip in data.strips]
        heights_in = [max(_LEAST_IN, (2 * max(map(abs, beside), default=0.0) + dot_pt) / 72 + _AIR_IN,
                          LINE_IN * len(lines) + _AIR_IN / 2)
                      for (beside, dot_pt), lines in zip(placed, told, strict=True)]
        left_in = EDGE_IN + widest_in(names) + _GAP_IN
        told_in = widest_in([line for lines in told for line in lines], SMALL_PT)
        high_in = math.fsum(heights_in) or _LEAST_IN
        width_in = left_in + _PLOT_IN + _GAP_IN + told_in + EDGE_IN
        sheet = Sheet(data.title, width_in, high_in + _BOTTOM_IN, _key(data, scale), [data.note])
        ax = _panel(sheet, data, scale, left_in, high_in)
        top_in = 0.0
        for strip, name, lines, (offsets, dot_pt), own_in in zip(data.strips, names, told, placed, heights_in, strict=True):
            middle_in = top_in + own_in / 2
            _draw(ax, strip, scale, middle_in, offsets, dot_pt)
            sheet.text(left_in - _GAP_IN, middle_in, name, fontsize=FONT_PT, color=style.INK, ha="right", va="center")
            for number, line in enumerate(lines):
                line_in = middle_in + (number - (len(lines) - 1) / 2) * LINE_IN
                sheet.text(left_in + _PLOT_IN + _GAP_IN, line_in, line, color=style.INK, va="center")
            top_in += own_in
            if strip is not data.strips[-1]:
                ax.axhline(top_in, color=style.GRID, linewidth=0.6, zorder=0.5)
        return sheet.fig


def _panel(sheet: Sheet, data: Spread, scale: Scale, left_in: float, high_in: float) -> "Axes":
    """The axes of all strips: downwards in inches, the measure across."""
    ax = sheet.axes(left_in, 0.0, _PLOT_IN, high_in, label="strips")
    quiet(ax, "x")
    lay(ax, "x", scale, data.measure.title)
    ax.set_ylim(high_in, 0)
    ax.set_yticks([])
    if data.level is not None:
        ax.axvline(scale.place(data.level), color=style.MUTED, linewidth=0.9, linestyle=(0, (4.0, 2.0)), zorder=1, label="level")
    return ax


def render(data: Spread, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)


def _placed(strip: Strip, scale: Scale, wide_pt: float) -> tuple[list[float], float]:
    """How far each dot lies beside the line of its strip, and how large they are, smaller where there are very many: in points."""
    along_pt = [scale.along(value) * wide_pt for value in strip.known]
    offsets: list[float] = []
    dot_pt = _DOTS_PT[0]
    for dot_pt in _DOTS_PT:
        offsets = swarm(along_pt, dot_pt)
        if 2 * max(map(abs, offsets), default=0.0) <= 72 * _MOST_IN:
            break
    return offsets, dot_pt


def _draw(ax: "Axes", strip: Strip, scale: Scale, middle_in: float, offsets: Sequence[float], dot_pt: float) -> None:
    """The dots of a strip, and a line at each mean that is one of something."""
    groups, known = strip.groups, strip.known
    if not known:
        return
    across = [middle_in + offset / 72 for offset in offsets]
    ax.plot([scale.place(value) for value in known], across, linestyle="none", marker="o", markersize=dot_pt - 0.4,
            color=style.BLUE, markeredgewidth=0, zorder=2, label="replications")
    half_in = max(map(abs, offsets)) / 72 + dot_pt / 144 + 0.05
    # Below the dots, of which many may have the very value of their mean.
    for value in (mean(known),) if groups is None else (groups.low_mean, groups.high_mean):
        ax.plot([scale.place(value)] * 2, [middle_in - half_in, middle_in + half_in], zorder=1.8, linewidth=1.4, label="mean",
                color=style.INK if groups is None else style.VERMILLION)
    if groups is not None:
        ax.plot([scale.place(mean(known))], [middle_in], linestyle="none", marker="x", color=style.INK, markersize=5,
                markeredgewidth=1.2, zorder=3, label="mean of both groups")
        ends = scale.place(groups.low_mean), scale.place(groups.high_mean)
        ax.plot(ends, [middle_in, middle_in], color=style.GREY, linewidth=0.8, linestyle=(0, (1.0, 1.5)), zorder=1.5, label="gap")


def _told(strip: Strip, scale: Scale) -> list[str]:
    """What the dots come to: the mean, or each group's count and mean; how many have no value."""
    groups, known = strip.groups, strip.known
    if not known:
        return [MISSING]
    if groups is None:
        lines = [f"mean {scale.told(mean(known))}, of {len(known)}"]
    else:
        lines = [f"{count} around {scale.told(centre)}" for count, centre in ((groups.low_count, groups.low_mean),
                                                                             (groups.high_count, groups.high_mean))]
    missing = len(strip.values) - len(known)
    return [*lines, f"{missing} without a value"] if missing else lines


def _key(data: Spread, scale: Scale) -> list[Sign]:
    signs = [Sign("●", "a replication", style.BLUE)]
    if any(strip.groups is None for strip in data.strips):
        signs.append(Sign("|", "mean"))
    if any(strip.groups is not None for strip in data.strips):
        signs += [Sign("|", "mean of each of two groups", style.VERMILLION), Sign("×", "mean of both, a value that never occurs")]
    if data.level is not None:
        signs.append(Sign("– –", scale.told(data.level), style.MUTED))
    return signs
