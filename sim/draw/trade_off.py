"""The trade-off curve: what was tried, honest success in the worst attack against a price, and the front that nothing beats.

:func:`figure` makes the sheet, :func:`render` gives the bytes of files. The same numbers give the same bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.draw import scales, style
from sim.draw.axes import SMALL_PT, quiet
from sim.draw.load import FORMATS, encoded, plain_style
from sim.draw.readable import present
from sim.draw.scales import Axis, Scale, lay
from sim.draw.sheet import EDGE_IN, LINE_IN, Sheet, Sign, lines, widest_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PLOT_IN, _HIGH_IN, _BOTTOM_IN, _TOP_IN = 4.2, 2.5, 0.46, 0.06
_WORDS_IN = 1.9
KEEPS, MISSES, FRONT, CHOSEN = style.BLUE, style.MUTED, style.GREEN, style.VERMILLION


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting that was tried: its parameters in words, price and success with the halves of their intervals, or None.

    ``keeps``: whether it keeps all levels that were asked for.
    """

    parameters: str
    price: float | None
    success: float | None
    price_half_width: float | None = None
    success_half_width: float | None = None
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class TradeOff:
    """What is drawn. ``levels``: what was asked for in words, ``level``: its success; ``chosen``: the number of that trial."""

    title: str
    trials: Sequence[Trial]
    price: Axis
    success: Axis
    levels: str = ""
    level: float | None = None
    chosen: int | None = None
    note: str = ""


def front(trials: Sequence[Trial]) -> list[int]:
    """The Pareto front, by rising price: the numbers of the trials than which none has a lower price and no lower success.

    Of trials alike in both the first stands for all.
    """
    known = [number for number, trial in enumerate(trials) if present(trial.price) and present(trial.success)]
    known.sort(key=lambda number: (trials[number].price or 0.0, -(trials[number].success or 0.0), number))
    found: list[int] = []
    for number in known:
        if not found or (trials[number].success or 0.0) > (trials[found[-1]].success or 0.0):
            found.append(number)
    return found


def figure(data: TradeOff) -> "Figure":
    """All trials on a sheet, the chosen one named beside the plot."""
    from matplotlib import rc_context

    with rc_context(plain_style()):
        words = ["chosen:", *lines(data.trials[data.chosen].parameters, SMALL_PT, _WORDS_IN)] if data.chosen is not None else []
        high_in = max(_HIGH_IN, LINE_IN * (len(words) + 1))
        words_in = widest_in(words, SMALL_PT, bold=True) + 0.26 if words else 0.0
        y = Scale.over(data.success.kind, [data.level, *(trial.success for trial in data.trials)], log=data.success.log)
        left_in = scales.left_in(y, data.success.title, high_in)
        width_in = left_in + _PLOT_IN + words_in + EDGE_IN
        sheet = Sheet(data.title, width_in, _TOP_IN + high_in + _BOTTOM_IN, _key(data, y), [data.note])
        ax = sheet.axes(left_in, _TOP_IN, _PLOT_IN, high_in, label="trade-off")
        quiet(ax)
        x = Scale.over(data.price.kind, [trial.price for trial in data.trials], log=data.price.log)
        lay(ax, "x", x, data.price.title)
        lay(ax, "y", y, data.success.title)
        if data.level is not None:
            ax.axhline(data.level, color=style.MUTED, linewidth=0.9, linestyle=(0, (4.0, 2.0)), zorder=1, label="level")
        _front(ax, data, x)
        for number, trial in enumerate(data.trials):
            _trial(ax, trial, x, chosen=number == data.chosen)
        if data.chosen is not None:
            _name(ax, data.trials[data.chosen], words, x, y, high_in)
        return sheet.fig


def render(data: TradeOff, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)


def _front(ax: "Axes", data: TradeOff, x: Scale) -> None:
    """Stairs: between two of its trials nothing was tried, so the cheaper one's success is what is known to be had."""
    on = [data.trials[number] for number in front(data.trials)]
    ax.plot([x.place(trial.price or 0.0) for trial in on], [trial.success or 0.0 for trial in on], drawstyle="steps-post",
            color=FRONT, linewidth=1.6, zorder=1.8, label="front")


def _trial(ax: "Axes", trial: Trial, x: Scale, *, chosen: bool) -> None:
    if not present(trial.price) or not present(trial.success):
        return
    color = CHOSEN if chosen else KEEPS if trial.keeps else MISSES
    if trial.success_half_width:
        ends = [trial.success - trial.success_half_width, trial.success + trial.success_half_width]
        ax.plot([x.place(trial.price)] * 2, ends, color=color, linewidth=0.7, alpha=0.6, zorder=2, label="interval")
    if trial.price_half_width:
        ends = [trial.price - trial.price_half_width, trial.price + trial.price_half_width]
        if not x.log or ends[0] > 0:
            ax.plot(ends, [trial.success] * 2, color=color, linewidth=0.7, alpha=0.6, zorder=2, label="interval")
    ax.plot([x.place(trial.price)], [trial.success], linestyle="none",
            marker="*" if chosen else "o", markersize=11 if chosen else 4.6,
            markerfacecolor=color if chosen or trial.keeps else style.PAPER, markeredgecolor=style.PAPER if chosen else color,
            markeredgewidth=0.9, zorder=4 if chosen else 3, label="chosen" if chosen else "keeps" if trial.keeps else "misses")


def _name(ax: "Axes", trial: Trial, words: Sequence[str], x: Scale, y: Scale, high_in: float) -> None:
    """The chosen one's parameters right of the plot at its height, with a thin line to it."""
    if not present(trial.price) or not present(trial.success):
        return
    block = LINE_IN * len(words) / high_in
    at = y.along(trial.success)
    middle = min(max(at, block / 2), 1 - block / 2)
    ax.plot([x.along(trial.price), 1 + 0.2 / _PLOT_IN], [at, middle], color=CHOSEN, linewidth=0.6, transform=ax.transAxes,
            clip_on=False, zorder=1.5, label="leader")
    for number, line in enumerate(words):
        ax.text(1 + 0.26 / _PLOT_IN, middle + block / 2 - (number + 0.5) * LINE_IN / high_in, line, transform=ax.transAxes,
                fontsize=SMALL_PT, fontweight="bold" if number == 0 else "normal", color=style.INK, va="center", parse_math=False)


def _key(data: TradeOff, y: Scale) -> list[Sign]:
    asked = f" ({data.levels})" if data.levels else ""
    signs = [Sign("●", f"keeps all that was asked for{asked}", KEEPS), Sign("○", "does not", MISSES),
             Sign("━━", "front: no setting has a lower price and as high a success", FRONT)]
    if data.chosen is not None:
        signs.append(Sign("★", "chosen", CHOSEN))
    if any(trial.price_half_width or trial.success_half_width for trial in data.trials):
        signs.append(Sign("|", "95 % interval over replications"))
    if data.level is not None:
        signs.append(Sign("– –", y.told(data.level), style.MUTED))
    return signs
