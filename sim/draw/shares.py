"""Cells of shares: a colour, the number, the half-width of its interval, a mark if its replications fall into two groups.

Colours run from vermillion over white to blue (Okabe and Ito): told apart with every common colour blindness; the number in the
cell says the same.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.draw import style
from sim.draw.axes import FONT_PT, SMALL_PT
from sim.draw.readable import MISSING, present
from sim.measure.groups import Groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GROUPS = "‡"
EMPTY = "#eceef1"
_NEUTRAL = "#f4f5f7"


@dataclass(frozen=True, slots=True)
class Share:
    """A mean share from 0 to 1 and half the width of its interval, or None; the two groups of its replications, if there are."""

    mean: float | None
    half_width: float | None = None
    groups: Groups | None = None

    def told(self) -> tuple[str, str]:
        """What stands in its cell: ``97.3`` and ``± 0.4``; of two groups their means and how many are in each: a mean between two
        groups is a value that never occurs.
        """
        if self.groups is not None:
            low, high = self.groups.low_mean, self.groups.high_mean
            return f"{100 * low:.0f} | {100 * high:.0f}", f"{self.groups.low_count} : {self.groups.high_count} {GROUPS}"
        spread = present(self.half_width) and present(self.mean)
        number = f"{100 * self.mean:.1f}" if present(self.mean) else MISSING
        return number, f"± {100 * (self.half_width or 0):.1f}" if spread else ""


def cell(ax: "Axes", column: int, row: int, share: Share, face: Any, sign: str = "") -> None:
    """Draw the cell over (column .. column + 1, row .. row + 1); ``sign`` stands before the number."""
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor=style.PAPER, linewidth=1.5))
    if share.groups is not None:
        ax.add_patch(Rectangle((column + 0.05, row + 0.08), 0.9, 0.84, fill=False, edgecolor=ink(face), linewidth=0.8,
                               linestyle=(0, (2.5, 1.5))))
    look: dict[str, Any] = {"ha": "center", "va": "center", "color": ink(face), "parse_math": False}
    number, spread = share.told()
    centre = column + (0.6 if sign else 0.5)
    size_pt = FONT_PT if sign else FONT_PT + 0.5
    ax.text(centre, row + (0.4 if spread else 0.5), number, fontweight="bold",
            fontsize=size_pt if share.groups is None else SMALL_PT, **look)
    if spread:
        ax.text(centre, row + 0.75, spread, fontsize=SMALL_PT - 0.5, **look)
    if sign:
        ax.text(column + 0.13, row + 0.5, sign, fontsize=FONT_PT, **look)


def grid(ax: "Axes", rows: int, columns: int) -> None:
    """Bare axes over so many cells, the first row at the top."""
    ax.set_xlim(0, columns)
    ax.set_ylim(rows, 0)
    ax.tick_params(length=0, labelsize=FONT_PT, labelcolor=style.INK, pad=4)
    for side in ax.spines.values():
        side.set_visible(False)


def colour_map() -> Any:
    """0: vermillion, 0.5: nearly white, 1: blue."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("success", [style.VERMILLION, _NEUTRAL, style.BLUE])


def ink(face: Any) -> str:
    """White or black letters, whichever have the higher contrast on a colour (WCAG 2.2, 1.4.3): at least 4.58 : 1."""
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(face)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return style.PAPER if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else style.BLACK
