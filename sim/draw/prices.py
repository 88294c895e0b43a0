"""Prices: what each mitigation costs in one respect, as numbers and as bars of one scale, so that rows compare at a glance.

The less, the better. Two prices count as different if their intervals do not meet.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.draw import style
from sim.draw.axes import SMALL_PT, text_pt
from sim.draw.readable import MISSING
from sim.measure.units import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHEAPEST, DEAREST = "★", "▲"
BAR, BAR_DEAREST = style.SKY, style.ORANGE
_BAR_AT, _BAR_HIGH = 0.74, 0.15
_NUMBER_PT, _HALF_PT, _SPACE_PT, _SIGN_PT = SMALL_PT + 0.5, SMALL_PT - 1.0, 2.0, 7.0


@dataclass(frozen=True, slots=True)
class Price:
    """One price of every row: its name and kind (share, time, size, rate, number), values and half-widths in base units or None."""

    name: str
    kind: str
    values: Sequence[float | None]
    half_widths: Sequence[float | None]

    @property
    def scale(self) -> Scale:
        """The unit and the decimals of its numbers."""
        return Scale.holding(self.kind, max((abs(value) for value in self.values if value is not None), default=0.0))

    def titled(self) -> str:
        """Its name with the unit."""
        unit = self.scale.unit
        return f"{self.name} ({unit})" if unit else self.name

    def told(self, row: int) -> tuple[str, str]:
        """The number of a row, and half of its interval: ``152``, ``±3``."""
        value, half_width, scale = self.values[row], self.half_widths[row], self.scale
        if value is None:
            return MISSING, ""
        text = scale.number(value).replace("-", "−")
        if value > 0 and not float(text.replace(",", "")):
            text = f"< {10.0**-scale.decimals:.{scale.decimals}f}"
        return text, "" if half_width is None else f"±{scale.number(half_width)}"

    def cheapest(self, rows: Collection[int]) -> set[int]:
        """Those of ``rows`` whose price is not told apart from the lowest of them."""
        return self._like_first(rows, +1)

    def dearest(self, rows: Collection[int]) -> set[int]:
        """Those of ``rows`` whose price is not told apart from the highest of them; none if that is so for all."""
        found = self._like_first(rows, -1)
        return found if any(self.values[row] is not None for row in set(rows) - found) else set()

    def _like_first(self, rows: Collection[int], sign: int) -> set[int]:
        known = {row: value for row in rows if (value := self.values[row]) is not None}
        if not known:
            return set()
        first = min(known, key=lambda row: sign * known[row])
        return {row for row, value in known.items()
                if abs(value - known[first]) <= (self.half_widths[row] or 0.0) + (self.half_widths[first] or 0.0)}

    def span(self) -> tuple[float, float]:
        """The ends of its bars' axis: from 0, or the lowest end of an interval if a price is below 0, to the highest such end."""
        known = [(value, half or 0.0) for value, half in zip(self.values, self.half_widths, strict=True) if value is not None]
        low = min((0.0, *(value - half for value, half in known))) if any(value < 0 for value, _ in known) else 0.0
        top = max((0.0, *(value + half for value, half in known)))
        return low, top if top > low else low + 1.0


def bars(ax: "Axes", price: Price, stars: Collection[int]) -> None:
    """Draw a column of them, a row a unit of height; ``stars``: the rows marked as the cheapest that count."""
    low, top = price.span()
    ax.set_xlim(low, top)
    ax.set_axis_off()
    dearest = price.dearest(range(len(price.values)))
    first = price.values[0] if price.values else None
    for row, (value, half) in enumerate(zip(price.values, price.half_widths, strict=True)):
        _words(ax, row, price.told(row), cheapest=row in stars, dearest=row in dearest)
        if value is not None:
            ax.barh(row + _BAR_AT, value, height=_BAR_HIGH, color=BAR_DEAREST if row in dearest else BAR, linewidth=0)
        if value is not None and half:
            ends = [max(value - half, low), value + half]
            ax.plot(ends, [row + _BAR_AT] * 2, color=style.INK, linewidth=0.8, solid_capstyle="butt", label="interval")
        if first is not None:
            ax.plot([first, first], [row + _BAR_AT - 0.14, row + _BAR_AT + 0.14], color=style.INK, linewidth=0.8, zorder=3,
                    linestyle=(0, (1.0, 1.0)), clip_on=False, label="first row")


def _words(ax: "Axes", row: int, told: tuple[str, str], *, cheapest: bool, dearest: bool) -> None:
    """The number of a row, its half-width, its signs: one after the other above its bar."""
    from matplotlib.transforms import ScaledTranslation, blended_transform_factory

    place: Any = blended_transform_factory(ax.transAxes, ax.transData)
    sheet: Any = ax.figure
    used_pt = 0.0
    for words, size_pt, bold, color in (
        (told[0], _NUMBER_PT, cheapest, style.INK),
        (told[1], _HALF_PT, False, style.MUTED),
        (CHEAPEST if cheapest else "", _NUMBER_PT, False, style.BLUE),
        (DEAREST if dearest else "", _NUMBER_PT, False, style.VERMILLION),
    ):
        if words:
            there = place + ScaledTranslation(used_pt / 72, 0, sheet.dpi_scale_trans)
            ax.text(0.0, row + 0.36, words, transform=there, fontsize=size_pt, color=color, va="center_baseline",
                    fontweight="bold" if bold else "normal", parse_math=False)
            used_pt += (_SIGN_PT if words in (CHEAPEST, DEAREST) else text_pt(words, size_pt, bold=bold)) + _SPACE_PT


def width_in(price: Price) -> float:
    """The room that its numbers take, in inches."""
    told = [price.told(row) for row in range(len(price.values))]
    widest_pt = max((text_pt(number, _NUMBER_PT, bold=True) + text_pt(half, _HALF_PT) for number, half in told), default=0.0)
    return (widest_pt + 2 * _SIGN_PT + 3 * _SPACE_PT) / 72
