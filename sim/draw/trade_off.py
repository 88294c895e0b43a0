"""The trade-off curve: what was tried, honest success in the worst attack against a price, and the front that nothing beats.

:func:`figure` makes the sheet, :func:`render` gives the bytes of files. The same numbers give the same bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
_OBLIQUE = 0.14
"""How far the words that name a trial stand above or below it, as a share of the height."""
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

    def price_ends(self) -> tuple[float, float] | None:
        """The ends of the interval of its price, not below 0 where the price is not; None if there is none."""
        if not present(self.price) or not self.price_half_width:
            return None
        low = self.price - self.price_half_width
        return max(low, 0.0) if self.price >= 0 else low, self.price + self.price_half_width

    def success_ends(self) -> tuple[float, float] | None:
        """The ends of the interval of its success, from 0 to 1; None if there is none."""
        if not present(self.success) or not self.success_half_width:
            return None
        return max(self.success - self.success_half_width, 0.0), min(self.success + self.success_half_width, 1.0)


@dataclass(frozen=True, slots=True)
class TradeOff:
    """What is drawn. ``levels``: what was asked for in words, ``level``: its success.

    ``chosen``: the number of the trial that is named: if it does not keep the levels, as the nearest to them.
    """

    title: str
    trials: Sequence[Trial]
    price: Axis
    success: Axis
    levels: str = ""
    level: float | None = None
    chosen: int | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """What the trial that is named is."""
        return "chosen" if self.chosen is not None and self.trials[self.chosen].keeps else "nearest"


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
        words = []
        if data.chosen is not None:
            words = [f"{data.verdict}:", *lines(data.trials[data.chosen].parameters, SMALL_PT, _WORDS_IN)]
        high_in = max(_HIGH_IN, LINE_IN * (len(words) + 1))
        words_in = widest_in(words, SMALL_PT, bold=True) + 0.26 if words else 0.0
        shown = [trial for trial in data.trials if present(trial.price) and present(trial.success)]
        heights = [each for trial in shown for each in (trial.success, *(trial.success_ends() or ()))]
        y = Scale.over(data.success.kind, [data.level, *heights], log=data.success.log)
        left_in = scales.left_in(y, data.success.title, high_in)
        width_in = left_in + _PLOT_IN + words_in + EDGE_IN
        sheet = Sheet(data.title, width_in, _TOP_IN + high_in + _BOTTOM_IN, _key(data, y), [data.note])
        ax = sheet.axes(left_in, _TOP_IN, _PLOT_IN, high_in, label="trade-off")
        quiet(ax)
        x = _prices(data)
        lay(ax, "x", x, data.price.title)
        lay(ax, "y", y, data.success.title)
        if data.level is not None:
            ax.axhline(data.level, color=style.MUTED, linewidth=0.9, linestyle=(0, (4.0, 2.0)), zorder=1, label="level")
        _front(ax, data, x)
        for number, trial in enumerate(data.trials):
            _trial(ax, trial, x, data.verdict if number == data.chosen else "keeps" if trial.keeps else "misses")
        if data.chosen is not None:
            _name(ax, data.trials[data.chosen], words, x, y, high_in)
        return sheet.fig


def render(data: TradeOff, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)


def _prices(data: TradeOff) -> Scale:
    """The scale of all prices and their intervals; on a logarithmic one an interval that begins at 0 does not count: see _trial."""
    values: list[float | None] = []
    for trial in data.trials:
        ends = trial.price_ends() or ()
        values += [trial.price, *(ends if not data.price.log or all(end > 0 for end in ends) else ())]
    return Scale.over(data.price.kind, values, log=data.price.log)


def _front(ax: "Axes", data: TradeOff, x: Scale) -> None:
    """Stairs: between two of its trials nothing was tried, so the cheaper one's success is what is known to be had."""
    on = [data.trials[number] for number in front(data.trials)]
    ax.plot([x.place(trial.price or 0.0) for trial in on], [trial.success or 0.0 for trial in on], drawstyle="steps-post",
            color=FRONT, linewidth=1.6, zorder=1.8, label="front")


def _trial(ax: "Axes", trial: Trial, x: Scale, verdict: str) -> None:
    """A dot with its intervals, a star if it is named. On a logarithmic axis an interval down to 0 would have no end."""
    if not present(trial.price) or not present(trial.success):
        return
    is_named = verdict in ("chosen", "nearest")
    color = CHOSEN if is_named else KEEPS if trial.keeps else MISSES
    bar: dict[str, Any] = {"color": color, "linewidth": 0.7, "alpha": 0.6, "zorder": 2, "label": "interval"}
    if (ends := trial.success_ends()) is not None:
        ax.plot([x.place(trial.price)] * 2, ends, **bar)
    if (ends := trial.price_ends()) is not None and (not x.log or ends[0] > 0):
        ax.plot(ends, [trial.success] * 2, **bar)
    ax.plot([x.place(trial.price)], [trial.success], linestyle="none",
            marker="*" if is_named else "o", markersize=11 if is_named else 4.6,
            markerfacecolor=color if is_named or trial.keeps else style.PAPER, markeredgecolor=style.PAPER if is_named else color,
            markeredgewidth=0.9, zorder=4 if is_named else 3, label=verdict)


def _name(ax: "Axes", trial: Trial, words: Sequence[str], x: Scale, y: Scale, high_in: float) -> None:
    """The parameters of the trial that is named, right of the plot, with a thin line to them.

    The line is grey, dotted and oblique: intervals, which are none of this, lie across and upright.
    """
    if not present(trial.price) or not present(trial.success):
        return
    block = LINE_IN * len(words) / high_in
    at = y.along(trial.success)
    middle = at - _OBLIQUE if at - _OBLIQUE >= block / 2 else at + _OBLIQUE
    middle = min(max(middle, block / 2), 1 - block / 2)
    ax.plot([x.along(trial.price), 1 + 0.2 / _PLOT_IN], [at, middle], color=style.GREY, linewidth=0.8, linestyle=(0, (1.0, 2.0)),
            transform=ax.transAxes, clip_on=False, zorder=1.5, label="leader")
    for number, line in enumerate(words):
        ax.text(1 + 0.26 / _PLOT_IN, middle + block / 2 - (number + 0.5) * LINE_IN / high_in, line, transform=ax.transAxes,
                fontsize=SMALL_PT, fontweight="bold" if number == 0 else "normal", color=style.INK, va="center", parse_math=False)


def _key(data: TradeOff, y: Scale) -> list[Sign]:
    asked = f" ({data.levels})" if data.levels else ""
    others = [trial for number, trial in enumerate(data.trials)
              if number != data.chosen and present(trial.price) and present(trial.success)]
    keeping = any(trial.keeps for trial in others)
    signs = [Sign("●", f"keeps all that was asked for{asked}", KEEPS)] if keeping else []
    if any(not trial.keeps for trial in others):
        signs.append(Sign("○", "does not" if keeping else f"does not keep all that was asked for{asked}", MISSES))
    if front(data.trials):
        signs.append(Sign("━━", "front: no setting has a lower price and as high a success", FRONT))
    if data.chosen is not None:
        signs.append(Sign("★", "chosen" if data.verdict == "chosen" else "nearest to what was asked for, which none keeps", CHOSEN))
    if any(trial.price_half_width or trial.success_half_width for trial in data.trials):
        signs.append(Sign("+", "95 % interval over replications"))
    if data.level is not None:
        signs.append(Sign("– –", y.told(data.level), style.MUTED))
    return signs
