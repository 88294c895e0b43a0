"""The heat map of a study: honest success in every cell of a matrix, as a colour and as a number.

:func:`heat_map` draws on a matplotlib ``Axes``, :func:`figure` makes a sheet of its own, :func:`render` gives the bytes of
files. The same numbers give the same bytes. The cells are those of :mod:`sim.draw.shares`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.draw import shares
from sim.draw.load import FORMATS, encoded, plain_style
from sim.draw.readable import plain
from sim.draw.shares import Share
from sim.draw.sheet import EDGE_IN, NAME_LINE_IN, Sheet, name_lines, short, widest_in
from sim.measure.groups import Groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CELL_IN, _ROW_IN = 0.92, 0.42
_LONGEST_IN = 2.2


@dataclass(frozen=True, slots=True)
class HeatMap:
    """What is drawn: shares from 0 to 1 and the half-widths of their intervals, row by row, None where there is none.

    ``groups``: of each cell the two that its replications fall into, if they do, which then stand in place of the mean.
    """

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    row_title: str
    column_title: str
    values: Sequence[float | None]
    half_widths: Sequence[float | None]
    groups: Sequence[Groups | None]
    note: str = ""


def heat_map(data: HeatMap, ax: "Axes") -> None:
    """Draw the cells, their numbers, and the names of rows and columns."""
    colours = shares.colour_map()
    width = len(data.columns)
    for index, (value, half_width, groups) in enumerate(zip(data.values, data.half_widths, data.groups, strict=True)):
        row, column = divmod(index, width)
        shares.cell(ax, column, row, Share(value, half_width, groups), shares.EMPTY if value is None else colours(value))
    shares.grid(ax, len(data.rows), width)
    ax.set_xticks([column + 0.5 for column in range(width)], ["\n".join(_column(name)) for name in data.columns])
    ax.set_yticks([row + 0.5 for row in range(len(data.rows))], [_row(name) for name in data.rows])
    ax.xaxis.tick_top()
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_parse_math(False)


def figure(data: HeatMap) -> "Figure":
    """The heat map on a sheet of its own, as large as its cells need."""
    from matplotlib import rc_context

    with rc_context(plain_style()):
        left_in = EDGE_IN + 0.1 + widest_in([_row(name) for name in data.rows])
        wide_in, high_in = _CELL_IN * len(data.columns), _ROW_IN * len(data.rows)
        head_in = 0.2 + NAME_LINE_IN * max((len(_column(name)) for name in data.columns), default=0)
        sheet = Sheet(data.title, max(left_in + wide_in + EDGE_IN, 3.6), head_in + high_in, notes=[data.note])
        heat_map(data, sheet.axes(left_in, head_in, wide_in, high_in))
        across = plain(data.column_title)
        sheet.text(left_in, 0.0, f"{across} →" if across else "")
        return sheet.fig


def render(data: HeatMap, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)


def _row(name: str) -> str:
    return short(name, _LONGEST_IN)


def _column(name: str) -> list[str]:
    return name_lines(name, _CELL_IN - 0.04)
