"""The heat map of a study: honest success in every cell of a matrix, as a colour and as a number.

:func:`heat_map` draws on a matplotlib ``Axes``, :func:`figure` makes a sheet of its own, :func:`render` gives the bytes of
files. The same numbers give the same bytes. Colours run from vermillion over white to blue (Okabe and Ito): told apart with
every common colour blindness; the number in the cell says the same.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.draw import style
from sim.draw.axes import FONT_PT, SMALL_PT, text_pt
from sim.draw.fontmetrics import Style, wrap
from sim.draw.load import FORMATS, encoded, plain_style
from sim.draw.readable import MISSING, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLE_PT = 10.0
_CELL_IN, _ROW_IN = 0.92, 0.42
_EDGE_IN, _GAP_IN = 0.12, 0.08
_LONGEST = 30
_MOST_LABEL_LINES = 3
_LETTERS = 13
_EMPTY = "#eceef1"


@dataclass(frozen=True, slots=True)
class HeatMap:
    """What is drawn: shares from 0 to 1 and the half-widths of their intervals, row by row, None where there is none.

    ``groups``: the cells whose replications fall into two groups, which are marked.
    """

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    row_title: str
    column_title: str
    values: Sequence[float | None]
    half_widths: Sequence[float | None]
    groups: Sequence[bool]
    note: str = ""


def heat_map(data: HeatMap, ax: "Axes") -> None:
    """Draw the cells, their numbers, and the names of rows and columns."""
    from matplotlib.patches import Rectangle

    colours = colour_map()
    width = len(data.columns)
    for index, (value, half_width, grouped) in enumerate(zip(data.values, data.half_widths, data.groups, strict=True)):
        row, column = divmod(index, width)
        face = _EMPTY if value is None else colours(value)
        ax.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor=style.PAPER, linewidth=1.5))
        ink = _ink(face)
        spread = half_width is not None and value is not None
        ax.text(column + 0.5, row + (0.4 if spread else 0.5), _number(value) + (" ‡" if grouped else ""), ha="center", va="center",
                fontsize=FONT_PT + 0.5, fontweight="bold", color=ink, parse_math=False)
        if spread:
            ax.text(column + 0.5, row + 0.75, f"± {100 * (half_width or 0):.1f}", ha="center", va="center", fontsize=SMALL_PT - 0.5,
                    color=ink, parse_math=False)
    ax.set_xlim(0, width)
    ax.set_ylim(len(data.rows), 0)
    ax.set_xticks([column + 0.5 for column in range(width)], [_wrapped(name) for name in data.columns])
    ax.set_yticks([row + 0.5 for row in range(len(data.rows))], [_short(name) for name in data.rows])
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=FONT_PT, labelcolor=style.INK, pad=4)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_parse_math(False)
    for side in ax.spines.values():
        side.set_visible(False)


def colour_map() -> Any:
    """0: vermillion, 0.5: nearly white, 1: blue."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("success", [style.VERMILLION, "#f4f5f7", style.BLUE])


def _ink(face: Any) -> str:
    """White or black letters, whichever have the higher contrast on a colour (WCAG 2.2, 1.4.3): at least 4.58 : 1."""
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(face)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return style.PAPER if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else style.BLACK


def figure(data: HeatMap) -> "Figure":
    """The heat map on a sheet of its own, as large as its cells need."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(plain_style()):
        left_in = _EDGE_IN + 0.1 + max(text_pt(_short(name), FONT_PT) for name in data.rows) / 72
        lines = max(_wrapped(name).count("\n") + 1 for name in data.columns)
        width_in = max(left_in + _CELL_IN * len(data.columns) + _EDGE_IN, 3.6)
        room_in = width_in - 2 * _EDGE_IN
        heading = _lines(data.title, _TITLE_PT, room_in, bold=True)
        notes = _lines(data.note, SMALL_PT, room_in) if data.note else []
        head_in = _EDGE_IN + 0.19 * len(heading) + 0.2 + 0.16 * lines + _GAP_IN
        foot_in = _EDGE_IN + 0.15 * len(notes) + (_GAP_IN if notes else 0.0)
        height_in = head_in + _ROW_IN * len(data.rows) + foot_in
        fig = Figure(figsize=(width_in, height_in), facecolor=style.PAPER)
        wide_in, high_in = _CELL_IN * len(data.columns), _ROW_IN * len(data.rows)
        ax = fig.add_axes((left_in / width_in, foot_in / height_in, wide_in / width_in, high_in / height_in), facecolor="none")
        heat_map(data, ax)
        edge = _EDGE_IN / width_in
        fig.text(edge, 1 - _EDGE_IN / height_in, "\n".join(heading), fontsize=_TITLE_PT, fontweight="bold", color=style.INK,
                 va="top", linespacing=1.15, parse_math=False)
        across = plain(data.column_title)
        fig.text(left_in / width_in, 1 - (_EDGE_IN + 0.19 * len(heading) + 0.06) / height_in, f"{across} →" if across else "",
                 fontsize=SMALL_PT, color=style.MUTED, va="top", parse_math=False)
        fig.text(edge, (_EDGE_IN / 2) / height_in, "\n".join(notes), fontsize=SMALL_PT, color=style.MUTED, va="bottom",
                 parse_math=False)
        return fig


def render(data: HeatMap, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)


def _lines(text: str, size_pt: float, room_in: float, *, bold: bool = False) -> tuple[str, ...]:
    return wrap(plain(text), Style(size=round(10 * size_pt), bold=bold), round(720 * room_in))  # in tenths of a point


def _number(value: float | None) -> str:
    return MISSING if value is None else f"{100 * value:.1f}"


def _short(name: str) -> str:
    return textwrap.shorten(plain(name), _LONGEST, placeholder="…") or plain(name)[:_LONGEST]


def _wrapped(name: str) -> str:
    """The name of a column on a few lines; a number stays with its unit, a rate."""
    lines = [line.replace("\u00a0", " ") for line in textwrap.wrap(plain(name).replace(" /", "\u00a0/"), _LETTERS)]
    return "\n".join([*lines[: _MOST_LABEL_LINES - 1], "…"] if len(lines) > _MOST_LABEL_LINES else lines)
