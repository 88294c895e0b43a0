"""Two load charts side by side under the same axes: what is higher in one picture is more.

Panels of the same matter stand in one row with one scale, and all share the time axis; where one run has nothing to
show, its place says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.draw import axes, style
from sim.draw.axes import Window
from sim.draw.load import encoded, plain_style, title_of
from sim.draw.panels import Metrics, end_s, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_IN = 9.0
_LEFT_IN, _RIGHT_IN, _BOTTOM_IN, _HEAD_IN, _BETWEEN_IN = 0.68, 0.14, 0.46, 0.62, 0.62
_COLUMN_IN = (WIDTH_IN - _LEFT_IN - _RIGHT_IN - _BETWEEN_IN) / 2
_PANEL_IN, _ROW_IN, _GAP_IN, _STRIP_ROW_IN = 0.95, 0.17, 0.16, 0.25


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs: its name, its metrics as in ``metrics.json``, and what is shaded."""

    title: str
    metrics: Metrics
    attack_windows: Sequence[Window] = ()
    warm_up_s: float = 0.0


def render(a: Side, b: Side, *, formats: Iterable[str] = ("svg", "png")) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes. Same metrics, same bytes."""
    return encoded(figure(a, b), formats)


def figure(a: Side, b: Side) -> "Figure":
    """Both runs on one sheet, :data:`WIDTH_IN` wide and as high as the panels that either of them needs."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(plain_style()):
        fig = Figure(figsize=(WIDTH_IN, 4.0), facecolor=style.PAPER)
        until_s = max(end_s(side.metrics["series"]) for side in (a, b))
        columns = [_drawn(fig, side, number, until_s) for number, side in enumerate((a, b))]
        rows = _in_order([list(column) for column in columns])
        grid = [[column.get(row) or _empty(fig, number, row) for number, column in enumerate(columns)] for row in rows]
        strips = [fig.add_axes((_left(n), 0.9, _COLUMN_IN / WIDTH_IN, 0.1), facecolor="none") for n in (0, 1)]
        bars = [axes.timeline(strip, _shown(side, until_s), side.warm_up_s, until_s)
                for strip, side in zip(strips, (a, b), strict=True)]
        for pair in grid:
            _same_scale(pair)
        _stack(fig, (a, b), strips, bars, grid)
        return fig


def _left(column: int) -> float:
    return (_LEFT_IN + column * (_COLUMN_IN + _BETWEEN_IN)) / WIDTH_IN


def _shown(side: Side, until_s: float) -> list[Window]:
    return [window for window in side.attack_windows if window[1] < until_s]


def _matter(title: str) -> str:
    """What a panel is about: its heading up to what may be added behind it."""
    return title.partition(", shaded")[0]


def _drawn(fig: "Figure", side: Side, column: int, until_s: float) -> "dict[str, Axes]":
    """The panels of one run, by what they are about."""
    found: dict[str, Axes] = {}
    for panel in panels(side.metrics):
        ax = fig.add_axes((_left(column), 0.1, _COLUMN_IN / WIDTH_IN, 0.8), facecolor="none", label=f"{column} {len(found)}")
        panel(side.metrics, ax)
        axes.shade(ax, _shown(side, until_s), side.warm_up_s)
        found[_matter(ax.get_title(loc="left"))] = ax
    return found


def _in_order(columns: list[list[str]]) -> list[str]:
    """All matters, in an order that agrees with both columns: what only the second has comes behind what it has before it."""
    rows = list(columns[0])
    for index, matter in enumerate(columns[1]):
        if matter not in rows:
            before = [rows.index(other) for other in columns[1][:index] if other in rows]
            rows.insert(max(before, default=-1) + 1, matter)
    return rows


def _empty(fig: "Figure", column: int, matter: str) -> "Axes":
    """The place of a panel for which a run has nothing."""
    ax = fig.add_axes((_left(column), 0.1, _COLUMN_IN / WIDTH_IN, 0.8), facecolor="none", label=f"{column} {matter}")
    axes.frame(ax, matter, 1.0)
    words = "at most one reason" if matter.startswith("Refused at") else "nothing to show"
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", fontsize=axes.FONT_PT, color=style.MUTED)
    ax.set_yticks([])
    return ax


def _same_scale(pair: "Sequence[Axes]") -> None:
    """Give both panels the scale that holds the data of both, and the time axis of the longer run."""
    longer = max(pair, key=lambda ax: ax.get_xlim()[1])
    for ax in pair:
        if ax is not longer:
            ax.set_xticks(longer.get_xticks(), [text.get_text() for text in longer.get_xticklabels()])
            ax.set_xlim(longer.get_xlim())
            ax.set_xlabel(longer.get_xlabel())
    drawn = [ax for ax in pair if ax.lines]
    if len(drawn) < 2 or _kind(drawn[0]) != _kind(drawn[1]):
        return  # one has no data, or counts by the bin what the other has by the second
    wide = [ax for ax in drawn if ax.get_yscale() == "log"] or drawn
    low = min(ax.get_ylim()[0] for ax in wide)
    leading = max(wide, key=lambda ax: ax.get_ylim()[1])
    positions, labels = list(leading.get_yticks()), [text.get_text() for text in leading.get_yticklabels()]
    top = leading.get_ylim()[1]
    for ax in drawn:
        ax.set_yscale(leading.get_yscale())
        ax.minorticks_off()
        ax.set_yticks(positions, labels)
        ax.set_ylim(low, top)
        ax.set_ylabel(leading.get_ylabel(), fontsize=axes.FONT_PT, color=style.MUTED, labelpad=3)


def _kind(ax: "Axes") -> str:
    """What its values are, whatever the multiple in which they are told."""
    unit = ax.get_ylabel()
    return unit if " in " in unit or " / " in unit else "quantity"


def _stack(fig: "Figure", sides: Sequence[Side], strips: "Sequence[Axes]", bars: Sequence[int], grid: "list[list[Axes]]") -> None:
    """Place titles, timelines and rows of panels below each other, and make the sheet just high enough."""
    heads_in = [max(axes.heading_rows(ax) for ax in pair) * _ROW_IN for pair in grid]
    strip_in = max(bars) * _STRIP_ROW_IN
    height_in = _HEAD_IN + strip_in + 0.05 + sum(head + _PANEL_IN + _GAP_IN for head in heads_in) - _GAP_IN + _BOTTOM_IN
    fig.set_size_inches(WIDTH_IN, height_in)
    for number, side in enumerate(sides):
        lines = title_of(side.title, _COLUMN_IN + 0.3)
        fig.text(_left(number) - 0.5 / WIDTH_IN, 1.0 - 0.1 / height_in, lines, fontsize=10.0, fontweight="bold", color=style.INK,
                 ha="left", va="top", parse_math=False)
    y_in = height_in - _HEAD_IN - strip_in
    for number, strip in enumerate(strips):
        own_in = bars[number] * _STRIP_ROW_IN
        strip.set_position((_left(number), y_in / height_in, _COLUMN_IN / WIDTH_IN, own_in / height_in))
    if not grid:
        place = (_left(0) - 0.5 / WIDTH_IN, 0.25 / height_in)
        fig.text(*place, "Both are too short for curves.", fontsize=axes.FONT_PT, color=style.MUTED)
    y_in -= 0.05
    for head_in, pair in zip(heads_in, grid, strict=True):
        y_in -= head_in + _PANEL_IN
        for number, ax in enumerate(pair):
            ax.set_position((_left(number), y_in / height_in, _COLUMN_IN / WIDTH_IN, _PANEL_IN / height_in))
        y_in -= _GAP_IN
    for pair in grid[:-1]:
        for ax in pair:
            ax.set_xlabel("")
            ax.tick_params(axis="x", labelbottom=False)
