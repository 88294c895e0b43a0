"""The scorecard of a study: which mitigation holds against which attack, how far, and at what price.

A row a mitigation, in three blocks: honest success under each attack, as a cell that holds, fails or is undecided; the attack
rate up to which it holds; what it costs. The form is that of the scorecards of policy analysis (B. F. Goeller and the PAWN team,
*Planning the Netherlands' water resources*, Interfaces 15 (1), 1985): alternatives down, consequences across, each in its own
unit, never added up into one score.

:func:`figure` makes the sheet, :func:`render` gives the bytes of files. The same numbers give the same bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.draw import breaking_points, prices, shares, style
from sim.draw.axes import FONT_PT, SMALL_PT
from sim.draw.breaking_points import BreakingPoint
from sim.draw.load import FORMATS, encoded, plain_style
from sim.draw.prices import CHEAPEST, DEAREST, Price
from sim.draw.readable import plain, present
from sim.draw.scales import lay
from sim.draw.shares import GROUPS, Share
from sim.draw.sheet import EDGE_IN, LINE_IN, NAME_LINE_IN, Sheet, Sign, lines, name_lines, short, widest_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HOLDS, FAILS, UNDECIDED = "✓", "✗", breaking_points.UNDECIDED
_CELL_IN, _ROW_IN, _NAMES_IN = 0.66, 0.35, 1.6
_REACH_IN, _PRICE_IN, _BETWEEN_IN, _GROUP_IN = 1.15, 0.72, 0.2, 0.08
_STANDING_IN = 0.08
_MOST_ABOVE = 8
"""So many lines at most above the columns."""
_NUMBER_PT = SMALL_PT + 0.5
_UNDECIDED_FACE = "#e3e6ea"
_STANDS = "#e4f1fa"
"""The ground of a row that holds everywhere."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What is drawn. ``cells``: row by row, a mean a column; the first ``controls`` columns are without attack.

    A cell holds if its interval lies at or above ``level``, and fails if it lies below. ``reach``: how far each row holds, rates of
    ``rate``, or None to leave that block out. ``prices``: columns of what each row costs; the less, the better.
    ``column_title``: what the names of the columns under attack are of, where they do not say it.
    """

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    controls: int
    cells: Sequence[Share]
    level: float
    reach: Sequence[BreakingPoint] | None = None
    rate: str = "attack rate"
    prices: Sequence[Price] = ()
    note: str = ""
    column_title: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError if there is not one of each for every row and column."""
        rows = len(self.rows)
        wanted = {"cells": (len(self.cells), rows * len(self.columns)),
                  **{f"values of price {price.name!r}": (len(price.values), rows) for price in self.prices},
                  **{f"half-widths of price {price.name!r}": (len(price.half_widths), rows) for price in self.prices}}
        if self.reach is not None:
            wanted["reach"] = len(self.reach), rows
        for what, (found, expected) in wanted.items():
            if found != expected:
                raise ValueError(f"{what}: got {found}; expected {expected}")
        if not 0 <= self.controls <= len(self.columns):
            raise ValueError(f"controls: got {self.controls}; expected 0 to {len(self.columns)}, the number of columns")

    def of(self, row: int) -> Sequence[Share]:
        """The cells of a row."""
        return self.cells[row * len(self.columns) : (row + 1) * len(self.columns)]

    def stands(self, row: int) -> bool:
        """Whether a row holds in every column."""
        own = self.of(row)
        return bool(own) and all(sign_of(share, self.level) == HOLDS for share in own)


def sign_of(share: Share, level: float) -> str:
    """The sign of a cell: holds, fails, undecided; nothing where there is no value. One value alone decides nothing."""
    if not present(share.mean):
        return ""
    if not present(share.half_width):
        return UNDECIDED
    if share.mean - share.half_width >= level:
        return HOLDS
    return FAILS if share.mean + share.half_width < level else UNDECIDED


def reach(tried: Sequence[tuple[float, Share]], level: float) -> BreakingPoint:
    """How far a row holds, from its cells at ascending rates (1/s), at least one.

    It fails from the first cell that fails, and holds up to the last before it that holds; undecided ones are neither.
    """
    signs = [(rate, sign_of(share, level)) for rate, share in tried]
    fails_at = next((rate for rate, sign in signs if sign == FAILS), None)
    holding = [rate for rate, sign in signs if sign == HOLDS and (fails_at is None or rate < fails_at)]
    return BreakingPoint(max(holding, default=None), fails_at, (signs[0][0], signs[-1][0]))


def face(share: Share, level: float) -> Any:
    """The colour of a cell: blue if it holds, grey if undecided, vermillion if it fails, the deeper the further below the level."""
    sign = sign_of(share, level)
    if sign == FAILS:
        return shares.colour_map()(0.36 * min(max((share.mean or 0.0) / level, 0.0), 1.0) if level > 0 else 0.0)
    return {HOLDS: style.BLUE, UNDECIDED: _UNDECIDED_FACE}.get(sign, shares.EMPTY)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of columns: from where to where (inches), its heading, and the names of its columns with their left edges."""

    left_in: float
    wide_in: float
    heading: str
    columns: Sequence[tuple[float, Sequence[str]]]


def figure(data: Scorecard) -> "Figure":
    """The scorecard on a sheet, as large as its rows and columns need."""
    from matplotlib import rc_context

    with rc_context(plain_style()):
        blocks = _blocks(data)
        heads = [lines(block.heading, FONT_PT, block.wide_in, bold=True) for block in blocks]
        heads_in = NAME_LINE_IN * max(len(heading) for heading in heads) + 0.08
        most = max((len(name) for block in blocks for _, name in block.columns), default=0)
        sides = _sides(data)
        sides_in = LINE_IN * max(len(words) for _, words in sides) + 0.04 if sides else 0.0
        top_in = heads_in + sides_in + max(LINE_IN * most, 0.2) + _STANDING_IN
        high_in = _ROW_IN * max(len(data.rows), 1)
        width_in = max(blocks[-1].left_in + blocks[-1].wide_in + EDGE_IN, 4.2)
        sheet = Sheet(data.title, width_in, top_in + high_in, _key(data), [data.note])
        _ground(sheet, data, top_in, high_in)
        for block, heading in zip(blocks, heads, strict=True):
            _head(sheet, block, heading, heads_in, top_in)
        for column, words in sides:
            for number, line in enumerate(words):
                sheet.text(blocks[0].left_in + _offset_in(data, column), heads_in + number * LINE_IN, line)
        _cells(sheet, data, blocks[0], top_in, high_in)
        if data.reach is not None:
            _reach(sheet, data.reach, blocks[1], top_in, high_in)
        stand = [row for row in range(len(data.rows)) if data.stands(row)]
        for price, (left_in, _) in zip(data.prices, blocks[-1].columns if data.prices else (), strict=True):
            ax = sheet.axes(left_in, top_in, _price_in(price), high_in, label=price.name)
            ax.set_ylim(max(len(data.rows), 1), 0)
            prices.bars(ax, price, price.cheapest(stand))
        return sheet.fig


def render(data: Scorecard, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)


def _price_in(price: Price) -> float:
    return max(_PRICE_IN, prices.width_in(price))


def _blocks(data: Scorecard) -> list[_Block]:
    """The blocks that there are, from the left."""
    left_in = EDGE_IN + widest_in([short(name, _NAMES_IN, bold=True) for name in data.rows], bold=True) + 0.14
    wide_in = _CELL_IN * len(data.columns) + (_GROUP_IN if 0 < data.controls < len(data.columns) else 0.0)
    names = [(left_in + _offset_in(data, column), name_lines(name, _CELL_IN - 0.06, 4, SMALL_PT))
             for column, name in enumerate(data.columns)]
    found = [_Block(left_in, max(wide_in, _CELL_IN), f"Honest success, % (holds: {100 * data.level:g} % or more)", names)]
    if data.reach is not None:
        left_in += max(wide_in, _CELL_IN) + _BETWEEN_IN
        wide_in = _REACH_IN + 0.08 + widest_in([point.between() for point in data.reach], _NUMBER_PT)
        found.append(_Block(left_in, wide_in, f"Breaks between ({plain(data.rate)} /s, log scale)", ()))
    if data.prices:
        left_in += max(wide_in, _CELL_IN) + _BETWEEN_IN
        columns, used_in = [], 0.0
        for price in data.prices:
            columns.append((left_in + used_in, name_lines(price.titled(), _price_in(price) + 0.06, 4, SMALL_PT)))
            used_in += _price_in(price) + 0.16
        found.append(_Block(left_in, used_in - 0.16, "Price (less is better)", columns))
    return found


def _sides(data: Scorecard) -> list[tuple[int, list[str]]]:
    """Where both are there: the first of the columns without attack and the first under attack, and what stands above each."""
    if not 0 < data.controls < len(data.columns):
        return []
    room_in = _CELL_IN * (len(data.columns) - data.controls) + _BETWEEN_IN - 0.06
    above = f"under attack: {plain(data.column_title)}" if plain(data.column_title) else "under attack"
    words = name_lines(above, room_in, _MOST_ABOVE, SMALL_PT)
    return [(0, ["without attack"]), (data.controls, words)]


def _offset_in(data: Scorecard, column: int) -> float:
    """How far the left edge of a column of cells is from that of its block: controls stand a little apart."""
    return column * _CELL_IN + (_GROUP_IN if 0 < data.controls <= column else 0.0)


def _ground(sheet: Sheet, data: Scorecard, top_in: float, high_in: float) -> None:
    """The names of the rows, a line between any two, a ground under those that hold everywhere."""
    wide_in = sheet.width_in - EDGE_IN
    ax = sheet.axes(EDGE_IN / 2, top_in, wide_in, high_in, label="ground")
    ax.set_xlim(0, 1)
    ax.set_ylim(max(len(data.rows), 1), 0)
    ax.set_axis_off()
    for row, name in enumerate(data.rows):
        stands = data.stands(row)
        if stands:
            ax.axhspan(row, row + 1, facecolor=_STANDS, linewidth=0)
        if row:
            ax.axhline(row, color=style.GRID, linewidth=0.6)
        sheet.text(EDGE_IN, top_in + (row + 0.5) * _ROW_IN, short(name, _NAMES_IN, bold=True), fontsize=FONT_PT, color=style.INK,
                   va="center", fontweight="bold" if stands else "normal")


def _head(sheet: Sheet, block: _Block, heading: Sequence[str], heads_in: float, top_in: float) -> None:
    """The heading of a block, a line below it, and the names of its columns standing on the rows."""
    for number, line in enumerate(heading):
        sheet.text(block.left_in, heads_in - 0.08 - (len(heading) - number) * NAME_LINE_IN, line, fontsize=FONT_PT,
                   fontweight="bold", color=style.INK)
    sheet.rule(block.left_in, heads_in - 0.05, block.wide_in)
    for left_in, name in block.columns:
        for number, line in enumerate(name):
            sheet.text(left_in, top_in - _STANDING_IN / 2 - (len(name) - number) * LINE_IN, line, color=style.INK)


def _cells(sheet: Sheet, data: Scorecard, block: _Block, top_in: float, high_in: float) -> None:
    """The cells: controls and attacks on axes of their own, a little apart."""
    for first, last in ((0, data.controls), (data.controls, len(data.columns))):
        if first >= last:
            continue
        left_in = block.left_in + _offset_in(data, first)
        label = "controls" if last <= data.controls else "attacks"
        ax = sheet.axes(left_in, top_in, _CELL_IN * (last - first), high_in, label=label)
        shares.grid(ax, max(len(data.rows), 1), last - first)
        ax.set_xticks([])
        ax.set_yticks([])
        for row in range(len(data.rows)):
            for column, share in enumerate(data.of(row)[first:last]):
                shares.cell(ax, column, row, share, face(share, data.level), sign_of(share, data.level))


def _reach(sheet: Sheet, reach: Sequence[BreakingPoint], block: _Block, top_in: float, high_in: float) -> None:
    """How far each row holds: a bar, and the number behind it."""
    ax = sheet.axes(block.left_in, top_in, _REACH_IN, high_in, label="reach")
    scale = breaking_points.scale_of(reach)
    known = (rate for point in reach for rate in (*point.tried, point.holds_at, point.fails_at) if rate is not None)
    lay(ax, "x", scale, air=breaking_points.AIR, at=known)
    ax.set_xlabel("")
    ax.set_ylim(max(len(reach), 1), 0)
    ax.set_yticks([])
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", length=2, pad=1, labelsize=6.5, labelcolor=style.MUTED, color=style.MUTED)
    ax.grid(True, axis="x", color=style.GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ax.spines.values():
        side.set_visible(False)
    for row, point in enumerate(reach):
        breaking_points.row(ax, row + 0.5, point, scale)
        sheet.text(block.left_in + _REACH_IN + 0.08, top_in + (row + 0.5) * _ROW_IN, point.between(), fontsize=_NUMBER_PT,
                   color=style.INK, va="center")


def _key(data: Scorecard) -> list[Sign]:
    """What every sign that can be seen means."""
    signs = _cell_key(data)
    stand = [row for row in range(len(data.rows)) if data.stands(row)]
    if stand:
        signs.append(Sign(" ", "holds in every column", face=_STANDS))
    if data.reach is not None:
        signs += breaking_points.key(data.reach)
    if any(price.cheapest(stand) for price in data.prices):
        signs.append(Sign(CHEAPEST, "the cheapest of those that hold in every column, ties included", style.BLUE))
    if any(price.dearest(range(len(data.rows))) for price in data.prices):
        signs.append(Sign(DEAREST, "the dearest of all, ties included", style.VERMILLION))
    if data.rows and any(price.values[0] is not None for price in data.prices):
        signs.append(Sign("┊", f"price of '{short(data.rows[0], 1.2)}'"))
    return signs


def _cell_key(data: Scorecard) -> list[Sign]:
    """What the signs in cells mean."""
    level = f"{100 * data.level:g} %"
    there = {sign_of(share, data.level) for share in data.cells}
    signs = {HOLDS: Sign(HOLDS, f"holds: the 95 % interval is at or above {level}", style.PAPER, style.BLUE),
             FAILS: Sign(FAILS, f"fails: the interval is below {level} (deeper: further below)", style.BLACK, style.VERMILLION),
             UNDECIDED: Sign(UNDECIDED, f"undecided: the interval contains {level}, or there is but one run", style.INK,
                             _UNDECIDED_FACE)}
    found = [sign for which, sign in signs.items() if which in there]
    if any(share.groups is None and share.told()[1] for share in data.cells):
        found.append(Sign("±", "half of the 95 % interval of the mean over replications"))
    if any(share.groups is not None for share in data.cells):
        found.append(Sign(GROUPS, "dashed: replications fall into two groups: their means, and how many are in each"))
    return found
