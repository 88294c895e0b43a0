"""What every panel of a chart has: the time axis, curves, bands, a heading, a key, shaded windows.

Data stay in base units (s, bytes, ratios) on the axes; only the tick labels are scaled. Nothing here knows a metric.
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from sim.draw import style, ticks
from sim.draw.fontmetrics import Style, width_px
from sim.draw.readable import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Values = npt.NDArray[np.float64]
Window = tuple[str, float, float]
"""An attack's name, and when it begins and ends, in s of simulated time."""

FONT_PT = 8.5
SMALL_PT = 7.5
_MARKER_PT = 3.2
_KEY_ROW_PT = 10.2
_HEADROOM = 0.04
_LONGEST_LABEL = 26
_SAMPLE_EM = 4.0
"""What an entry of a key takes beside its text: the sample of the line, and the gaps."""


@dataclass(frozen=True, slots=True)
class Bins:
    """The bins of the series: ``starts_s`` (one a bin, at least one), each ``width_s`` long.

    ``steps``: a bin is wide enough, or its content sparse enough, to be seen as the step that it is.
    """

    starts_s: Values
    width_s: float
    steps: bool

    @property
    def centres_s(self) -> Values:
        """One a bin."""
        return self.starts_s + self.width_s / 2

    @property
    def edges_s(self) -> Values:
        """One more than there are bins."""
        return np.append(self.starts_s, self.starts_s[-1] + self.width_s)


def values(column: Sequence[float | None]) -> Values:
    """A column of the series as floats; ``None`` (a bin without data) becomes NaN, which leaves a gap."""
    return np.array([np.nan if value is None else value for value in column], dtype=np.float64)


def largest(*columns: Values) -> float:
    """The largest finite value of ``columns``, 0 if there is none."""
    return max((float(np.max(c[np.isfinite(c)])) for c in columns if np.isfinite(c).any()), default=0.0)


def frame(ax: "Axes", title: str, end_s: float) -> None:
    """The bare panel: ``title`` above its left corner, simulated time from 0 to ``end_s`` below, a quiet grid."""
    heading(ax, plain(title))
    marks = ticks.of_time(end_s)
    ax.set_xlim(0.0, marks.limit)
    ax.set_xticks(marks.positions, marks.labels)
    ax.set_xlabel(f"Simulated time ({marks.unit})", fontsize=FONT_PT, color=style.MUTED, labelpad=3)
    quiet(ax)


def quiet(ax: "Axes", grid: Literal["x", "y", "both"] = "both") -> None:
    """A bare panel: a quiet grid, a line below, small tick labels."""
    ax.grid(True, axis=grid, color=style.GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(style.MUTED)
    ax.tick_params(axis="x", length=3, color=style.MUTED, labelcolor=style.MUTED, labelsize=SMALL_PT)
    ax.tick_params(axis="y", length=0, labelcolor=style.MUTED, labelsize=SMALL_PT)


def heading(ax: "Axes", title: str, *, above_pt: float = 4.0) -> None:
    """The title of a panel, above its left corner."""
    font = {"fontsize": FONT_PT, "fontweight": "bold"}
    ax.set_title(title, font, loc="left", pad=above_pt, color=style.INK, parse_math=False)


def scale(ax: "Axes", marks: ticks.Ticks, *, low: float = 0.0, unit: str = "") -> None:
    """The value axis: ticks as given, the unit (``marks.unit`` unless given) beside it."""
    # A little above the last tick, or a curve along it would lose half its width.
    ax.set_ylim(low, marks.limit + _HEADROOM * (marks.limit - low))
    ax.set_yticks(marks.positions, marks.labels)
    ax.set_ylabel(unit or marks.unit, fontsize=FONT_PT, color=style.MUTED, labelpad=3)


def curve(ax: "Axes", bins: Bins, column: Values, line: style.Line, label: str) -> None:
    """A quantity of a whole bin (a rate, a mean): steps, or a line through the bins' centres."""
    if bins.steps:
        ax.plot(bins.edges_s, np.append(column, column[-1]), drawstyle="steps-post", label=label, **_drawn(line))
    else:
        points(ax, bins, column, line, label)


def points(ax: "Axes", bins: Bins, column: Values, line: style.Line, label: str) -> None:
    """A statistic of what fell into a bin (a percentile): a line through the centres of the bins that have one."""
    ax.plot(bins.centres_s, column, label=label, **_drawn(line))
    _lonely(ax, bins.centres_s, column, line)


def area(ax: "Axes", bins: Bins, low: Values, high: Values, fill: style.Fill) -> None:
    """The area between two columns of :func:`curve`."""
    if bins.steps:
        edges_s = np.repeat(bins.edges_s, 2)[1:-1]
        ax.fill_between(edges_s, np.repeat(low, 2), np.repeat(high, 2), color=fill.color, alpha=fill.alpha, linewidth=0)
    else:
        band(ax, bins, low, high, fill)


def band(ax: "Axes", bins: Bins, low: Values, high: Values, fill: style.Fill) -> None:
    """The area between two columns of :func:`points`."""
    ax.fill_between(bins.centres_s, low, high, color=fill.color, alpha=fill.alpha, linewidth=0)


def _lonely(ax: "Axes", x: Values, column: Values, line: style.Line) -> None:
    """A value between two gaps has no line to lie on: draw it as a dot, or it would vanish."""
    known = np.isfinite(column)
    padded = np.concatenate(([False], known, [False]))
    alone = known & ~padded[:-2] & ~padded[2:]
    if alone.any():
        dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": _MARKER_PT, "markeredgewidth": 0}
        ax.plot(x[alone], column[alone], color=line.color, **dot)


def _drawn(line: style.Line) -> dict[str, Any]:
    return {"color": line.color, "linestyle": line.dashes, "linewidth": line.width_pt, "solid_joinstyle": "round"}


def key(ax: "Axes") -> None:
    """The key of the curves above the panel, where it covers nothing: right of the title, or in rows below it."""
    handles, labels = ax.get_legend_handles_labels()
    if not handles:
        return
    rows = max(heading_rows(ax) - 1, 1)
    if heading_rows(ax) > 1:
        heading(ax, ax.get_title(loc="left"), above_pt=6.0 + rows * _KEY_ROW_PT)
    legend = ax.legend(
        handles,
        [_short(label) for label in labels],
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=math.ceil(len(handles) / rows),
        borderaxespad=0.0,
        borderpad=0.25,
        labelspacing=0.3,
        handlelength=2.3,
        handletextpad=0.5,
        columnspacing=1.2,
        frameon=False,
        fontsize=SMALL_PT,
        labelcolor=style.INK,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def heading_rows(ax: "Axes") -> int:
    """How many rows title and key need above the panel: 1 if they fit beside each other."""
    labels = [_short(label) for label in ax.get_legend_handles_labels()[1]]
    room_pt = width_pt(ax)
    title_pt = text_pt(ax.get_title(loc="left"), FONT_PT, bold=True)
    entries_pt = [text_pt(label, SMALL_PT) + _SAMPLE_EM * SMALL_PT for label in labels]
    if title_pt + math.fsum(entries_pt) <= room_pt:
        return 1
    # Columns of a key are as wide as their widest entry.
    columns = max(1, min(len(labels), int(room_pt / max(entries_pt))))
    return 2 if math.fsum(entries_pt) <= room_pt else 1 + math.ceil(len(labels) / columns)


def text_pt(text: str, size_pt: float, *, bold: bool = False) -> float:
    """The room that ``text`` takes at ``size_pt``, in points, a little rounded up."""
    return width_px(text, Style(size=round(100 * size_pt), bold=bold)) / 100.0


def width_pt(ax: "Axes") -> float:
    """How wide a panel is, in points."""
    return float(ax.get_position().width * _sheet_in(ax)[0] * 72.0)


def height_pt(ax: "Axes") -> float:
    """How high a panel is, in points."""
    return float(ax.get_position().height * _sheet_in(ax)[1] * 72.0)


def _sheet_in(ax: "Axes") -> Any:
    sheet = ax.figure
    while not hasattr(sheet, "get_size_inches"):
        sheet = sheet.figure
    return sheet.get_size_inches()


def _short(label: str) -> str:
    return textwrap.shorten(plain(label), _LONGEST_LABEL, placeholder="…") or plain(label)[:_LONGEST_LABEL]


def shade(ax: "Axes", windows: Sequence[Window], warm_up_s: float) -> None:
    """Shades the warm-up (grey) and every window (name, from_s, to_s) of an attack behind the curves."""
    if warm_up_s > 0:
        ax.axvspan(0.0, warm_up_s, color=style.WARM_UP, linewidth=0, zorder=0)
    for _, from_s, to_s in windows:
        ax.axvspan(from_s, to_s, color=style.ATTACK, linewidth=0, zorder=0.1)


def timeline(ax: "Axes", windows: Sequence[Window], warm_up_s: float, end_s: float) -> int:
    """A strip of named bars on the time axis: which shade is which. Names that would collide get rows of their own.

    Returns the number of rows: 0 if there is nothing to name.
    """
    bars = [*([("warm-up", 0.0, warm_up_s)] if warm_up_s > 0 else []), *windows]
    ax.set_xlim(0.0, end_s)
    rows = _timeline_rows(ax, bars)
    ax.set_ylim(max(rows, default=0) + 1.0, 0.0)
    ax.set_axis_off()
    for index, ((label, from_s, to_s), row) in enumerate(zip(bars, rows, strict=True)):
        color = style.WARM_UP_BAR if warm_up_s > 0 and index == 0 else style.ATTACK_BAR
        right = min(to_s, end_s)
        ax.barh(row + 0.78, right - from_s, left=from_s, height=0.3, color=color, linewidth=0)
        left_s, _ = _label_span(ax, label, from_s, right)
        ax.text(
            left_s,
            row + 0.56,
            plain(label),
            fontsize=SMALL_PT,
            color=style.INK,
            va="bottom",
            parse_math=False,
        )
    return max(rows, default=-1) + 1


def _timeline_rows(ax: "Axes", bars: Sequence[Window]) -> list[int]:
    """The row of each bar: the first that is free by then."""
    free_from: list[float] = []
    rows = []
    for label, from_s, to_s in bars:
        left_s, right_s = _label_span(ax, label, from_s, to_s)
        row = next((i for i, end in enumerate(free_from) if end <= min(left_s, from_s)), len(free_from))
        free_from[row : row + 1] = [max(to_s, right_s)]
        rows.append(row)
    return rows


def _label_span(ax: "Axes", label: str, from_s: float, to_s: float) -> tuple[float, float]:
    """Where a bar's name lies, with a little air: from the bar's begin, or up to its end if it would leave the axis."""
    end_s = ax.get_xlim()[1]
    width_s = (text_pt(plain(label), SMALL_PT) + SMALL_PT) / width_pt(ax) * end_s
    return (from_s, from_s + width_s) if from_s + width_s <= end_s else (max(min(to_s, end_s) - width_s, 0.0), to_s)
