"""Welch's plot: a series averaged over replications, its moving average, and the warm-up that was found.

P. D. Welch, *The statistical analysis of simulation results*, in: Computer Performance Modeling Handbook, 1983; Law, *Simulation
Modeling and Analysis*, 5th ed., section 9.5.1. :func:`figure` makes the sheet, :func:`render` gives the bytes of files. The same
numbers give the same bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.draw import axes, scales, style
from sim.draw.axes import SMALL_PT, text_pt, values, width_pt
from sim.draw.load import FORMATS, encoded, plain_style
from sim.draw.readable import duration
from sim.draw.scales import Axis, Scale, lay
from sim.draw.sheet import EDGE_IN, Sheet, Sign

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH_IN, _HIGH_IN, _BOTTOM_IN, _TOP_IN = 5.0, 1.9, 0.46, 0.2
_THIN, _THICK = style.GREY, style.BLUE


@dataclass(frozen=True, slots=True)
class Welch:
    """What is drawn: of each bin its middle ``t_s`` (s of simulated time, ascending), its mean over replications, its moving mean.

    None leaves a gap. ``warm_up_s``: what was found, None if nothing was; ``how``: by what rule (``MSER-5``), ``window``: how many
    bins the moving average is over.
    """

    title: str
    t_s: Sequence[float]
    means: Sequence[float | None]
    moving: Sequence[float | None]
    measure: Axis
    warm_up_s: float | None
    how: str = "MSER-5"
    window: int | None = None
    note: str = ""


def figure(data: Welch) -> "Figure":
    """The plot on a sheet."""
    from matplotlib import rc_context

    with rc_context(plain_style()):
        y = Scale.over(data.measure.kind, [*data.means, *data.moving], log=data.measure.log)
        left_in = scales.left_in(y, data.measure.title, _HIGH_IN)
        sheet = Sheet(data.title, _WIDTH_IN, _TOP_IN + _HIGH_IN + _BOTTOM_IN, _key(data), [data.note])
        ax = sheet.axes(left_in, _TOP_IN, _WIDTH_IN - left_in - EDGE_IN, _HIGH_IN, label="welch")
        end_s = max([*data.t_s, 1.05 * (data.warm_up_s or 0.0)], default=0.0)
        axes.frame(ax, "", end_s if end_s > 0 else 1.0)
        lay(ax, "y", y, data.measure.title)
        ax.plot(data.t_s, values(data.means), color=_THIN, linewidth=0.8, marker="o" if len(data.t_s) == 1 else "", label="mean")
        ax.plot(data.t_s, values(data.moving), color=_THICK, linewidth=2.0, label="moving average")
        if data.warm_up_s:
            _warm_up(ax, data.warm_up_s, f"warm-up {duration(data.warm_up_s)}")
        return sheet.fig


def render(data: Welch, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)


def _warm_up(ax: "Axes", warm_up_s: float, words: str) -> None:
    """Shades it; the words stand above its end, or end there where there is no room behind it."""
    axes.shade(ax, (), warm_up_s)
    ax.axvline(warm_up_s, color=style.INK, linewidth=1.2, linestyle=(0, (4.0, 2.0)), label="warm-up")
    end_s = ax.get_xlim()[1]
    fits = warm_up_s + text_pt(words, SMALL_PT) / width_pt(ax) * end_s <= end_s
    ax.text(warm_up_s, 1.02, words, transform=ax.get_xaxis_transform(), fontsize=SMALL_PT, color=style.INK, va="bottom",
            ha="left" if fits else "right", parse_math=False)


def _key(data: Welch) -> list[Sign]:
    over = f" over {data.window} bins" if data.window else ""
    signs = [Sign("——", "mean over replications", _THIN), Sign("━━", f"its moving average{over}", _THICK)]
    if data.warm_up_s is None:
        return [*signs, Sign(" ", f"{data.how} found no warm-up after which the series is steady")]
    if data.warm_up_s == 0:
        return [*signs, Sign(" ", f"{data.how}: steady from the start, nothing is left out of what is measured")]
    return [*signs, Sign(" ", f"warm-up found by {data.how}: left out of what is measured", face=style.WARM_UP)]
