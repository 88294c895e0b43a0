"""Main effects: of each factor the mean of a measure over all others, factors with the largest effect first.

Box, Hunter, Hunter, *Statistics for Experimenters*, 2nd ed., section 5.4. A factor of a few levels has a mean a level; one that was
sampled (Latin hypercube) has a dot a setting, a running mean, and its rank correlation. :func:`figure` makes the sheet,
:func:`render` gives the bytes of files. The same numbers give the same bytes.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.draw import scales, style
from sim.draw.axes import FONT_PT, SMALL_PT, heading, quiet
from sim.draw.load import FORMATS, encoded, plain_style
from sim.draw.readable import present
from sim.draw.scales import Axis, Scale, lay
from sim.draw.sheet import EDGE_IN, LINE_IN, NAME_LINE_IN, Sheet, Sign, last_lines, name_lines, short, widest_in
from sim.measure.statistics import mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_IN = 7.0
"""Panels stand side by side up to here."""
_BOTTOM_IN, _HEAD_IN, _HIGH_IN = 0.46, 0.34, 1.6
_PANEL_IN, _LEVEL_IN, _UPRIGHT_IN, _LONGEST_IN, _MOST_LEVELS = 1.7, 0.62, 0.24, 1.1, 7
_TITLE_LINES = 2
_WINDOW = 5
"""The running mean is over a fifth of the settings, at least so many."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a factor, a name or a number, and the mean over all other factors with half of its interval, or None."""

    value: str | float
    mean: float | None
    half_width: float | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of a few levels. ``axis``: what its numbers are of; levels that are names stand in the order given."""

    axis: Axis
    levels: Sequence[Level]

    @property
    def numeric(self) -> bool:
        """Whether all levels are numbers."""
        return all(present(level.value) for level in self.levels)

    @property
    def effect(self) -> float:
        """From the lowest mean to the highest."""
        return _span([level.mean for level in self.levels])


@dataclass(frozen=True, slots=True)
class Sampled:
    """A factor that was sampled: (its value, the measure) a setting, and their rank correlation (Spearman's), if known."""

    axis: Axis
    settings: Sequence[tuple[float, float | None]]
    rank_correlation: float | None = None

    @property
    def known(self) -> list[tuple[float, float]]:
        """The settings that have a value, by the factor's."""
        return sorted((x, y) for x, y in self.settings if present(x) and present(y))

    def running(self) -> list[tuple[float, float]]:
        """The running mean: the means of value and measure over a window of neighbouring settings."""
        known = self.known
        window = max(_WINDOW, len(known) // 5)
        return [(mean(x for x, _ in part), mean(y for _, y in part))
                for start in range(len(known) - window + 1) if (part := known[start : start + window])]

    @property
    def effect(self) -> float:
        """From the lowest running mean to the highest."""
        return _span([y for _, y in self.running()])


@dataclass(frozen=True, slots=True)
class Effects:
    """What is drawn: a panel a factor under one measure. ``overall``: the mean of all, where a line lies across."""

    title: str
    factors: Sequence[Factor | Sampled]
    measure: Axis
    overall: float | None = None
    note: str = ""


def _span(values: Iterable[float | None]) -> float:
    known = [value for value in values if present(value)]
    return max(known) - min(known) if known else 0.0


def figure(data: Effects) -> "Figure":
    """The panels on a sheet, side by side and below each other, by falling effect."""
    from matplotlib import rc_context

    with rc_context(plain_style()):
        factors = _sorted(data.factors)
        y = Scale.over(data.measure.kind, [data.overall, *_heights(data)], log=data.measure.log)
        between_in = max((scales.between_in(*_numbers(factor)) for factor in factors if _is_numeric(factor)), default=0.18)
        rows = _rows(factors, between_in)
        tails_in = [max((_tail_in(factor) for factor in row), default=0.0) for row in rows]
        wide_in = max(math.fsum(map(_width_in, row)) + between_in * (len(row) - 1) for row in rows)
        heads_in = [_HEAD_IN + NAME_LINE_IN * (max((len(_titled(factor)) for factor in row), default=1) - 1) for row in rows]
        body_in = math.fsum((*heads_in, *tails_in)) + _HIGH_IN * len(rows)
        first_in = scales.left_in(y, data.measure.title, _HIGH_IN)
        sheet = Sheet(data.title, max(first_in + wide_in + EDGE_IN, 3.6), body_in, _key(data, y), [data.note])
        top_in = 0.0
        for row, head_in, tail_in in zip(rows, heads_in, tails_in, strict=True):
            left_in = first_in
            for factor in row:
                ax = sheet.axes(left_in, top_in + head_in, _width_in(factor), _HIGH_IN, label="panel")
                _panel(ax, data, factor, y, first=factor is row[0])
                sheet.text(left_in, top_in + head_in - LINE_IN - 0.02, _told(factor, y))
                left_in += _width_in(factor) + between_in
            top_in += head_in + _HIGH_IN + tail_in
        return sheet.fig


def render(data: Effects, formats: Iterable[str] = FORMATS) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes."""
    return encoded(figure(data), formats)


def _sorted(factors: Sequence[Factor | Sampled]) -> list[Factor | Sampled]:
    """By falling effect; where all have a rank correlation by that, which noise moves less than the ends of a running mean."""
    known = [abs(factor.rank_correlation) for factor in factors
             if isinstance(factor, Sampled) and factor.rank_correlation is not None]
    sizes = known if len(known) == len(factors) else [factor.effect for factor in factors]
    return [factor for _, factor in sorted(zip(sizes, factors, strict=True), key=lambda each: -each[0])]


def _heights(data: Effects) -> Iterator[float | None]:
    for factor in data.factors:
        if isinstance(factor, Sampled):
            yield from (height for _, height in factor.known)
            continue
        for level in factor.levels:
            yield level.mean
            if not data.measure.log:
                yield from _ends(level, data.measure) or ()


def _ends(level: Level, measure: Axis) -> tuple[float, float] | None:
    """The ends of a level's interval, those of a share within 0 and 1; None if there is none."""
    if not present(level.mean) or not present(level.half_width):
        return None
    low, high = level.mean - level.half_width, level.mean + level.half_width
    return (max(low, 0.0), min(high, 1.0)) if measure.kind == "share" else (low, high)


def _is_numeric(factor: Factor | Sampled) -> bool:
    return isinstance(factor, Sampled) or factor.numeric


def _numbers(factor: Factor | Sampled) -> tuple[Scale, list[float]]:
    """The scale of a factor's numbers, and where ticks are wanted: at its levels."""
    if isinstance(factor, Sampled):
        return Scale.over(factor.axis.kind, [value for value, _ in factor.known], log=factor.axis.log), []
    numbers = [float(level.value) for level in factor.levels]
    return Scale.over(factor.axis.kind, numbers, log=factor.axis.log), numbers


def _upright(factor: Factor) -> bool:
    """Whether names of levels stand upright: many levels have no room beside each other."""
    return len(factor.levels) > _MOST_LEVELS


def _width_in(factor: Factor | Sampled) -> float:
    least = 0.0
    if not _is_numeric(factor) and isinstance(factor, Factor):
        least = len(factor.levels) * (_UPRIGHT_IN if _upright(factor) else _LEVEL_IN)
    return max(_PANEL_IN, least)


def _tail_in(factor: Factor | Sampled) -> float:
    """The room below a panel: for ticks and title, or for the names of levels."""
    if isinstance(factor, Sampled) or factor.numeric:
        return _BOTTOM_IN + 0.1
    if _upright(factor):
        return 0.2 + widest_in(_names(factor), SMALL_PT)
    return 0.2 + LINE_IN * max(name.count("\n") + 1 for name in _names(factor))


def _names(factor: Factor) -> list[str]:
    if _upright(factor):
        return [short(str(level.value), _LONGEST_IN, SMALL_PT) for level in factor.levels]
    return ["\n".join(name_lines(str(level.value), _LEVEL_IN - 0.04, 3, SMALL_PT)) for level in factor.levels]


def _titled(factor: Factor | Sampled) -> Sequence[str]:
    """The title of a panel on a few lines; a longer one is cut at its begin: factors of one actor differ in their last words."""
    return last_lines(factor.axis.title, FONT_PT, _width_in(factor), _TITLE_LINES, bold=True)


def _rows(factors: Sequence[Factor | Sampled], between_in: float) -> list[list[Factor | Sampled]]:
    rows: list[list[Factor | Sampled]] = [[]]
    used_in = 0.0
    for factor in factors:
        if rows[-1] and used_in + _width_in(factor) > _ROW_IN:
            rows.append([])
            used_in = 0.0
        rows[-1].append(factor)
        used_in += _width_in(factor) + between_in
    return rows


def _panel(ax: "Axes", data: Effects, factor: Factor | Sampled, y: Scale, *, first: bool) -> None:
    heading(ax, "\n".join(_titled(factor)), above_pt=15.0)
    quiet(ax)
    lay(ax, "y", y, data.measure.title)
    if not first:
        ax.set_ylabel("")
        ax.tick_params(axis="y", labelleft=False)
    if data.overall is not None:
        ax.axhline(data.overall, color=style.MUTED, linewidth=0.9, linestyle=(0, (1.0, 1.5)), zorder=1, label="overall")
    if isinstance(factor, Sampled):
        _sampled(ax, factor)
    else:
        _levels(ax, factor, data.measure)


def _sampled(ax: "Axes", factor: Sampled) -> None:
    """A dot a setting, and the running mean."""
    x, _ = _numbers(factor)
    lay(ax, "x", x)
    ax.plot([x.place(value) for value, _ in factor.known], [height for _, height in factor.known], linestyle="none", marker="o",
            markersize=3.2, markeredgewidth=0, color=style.GREY, zorder=2, label="settings")
    running = factor.running()
    ax.plot([x.place(value) for value, _ in running], [height for _, height in running], color=style.BLUE, linewidth=1.8, zorder=3,
            label="running mean")


def _levels(ax: "Axes", factor: Factor, measure: Axis) -> None:
    """A mean a level with its interval, joined by a line where levels are numbers."""
    if factor.numeric:
        x, numbers = _numbers(factor)
        lay(ax, "x", x, at=numbers)
        levels = sorted(((x.place(float(level.value)), level) for level in factor.levels), key=lambda each: each[0])
    else:
        levels = [(float(number), level) for number, level in enumerate(factor.levels)]
        ax.set_xlim(-0.5, len(levels) - 0.5)
        ax.set_xticks([at for at, _ in levels], _names(factor), rotation=90 if _upright(factor) else 0)
        ax.tick_params(axis="x", labelcolor=style.INK)
        for label in ax.get_xticklabels():
            label.set_parse_math(False)
    known = [(at, level.mean, _ends(level, measure)) for at, level in levels if present(level.mean)]
    ax.plot([at for at, _, _ in known], [height for _, height, _ in known], color=style.BLUE, marker="o", markersize=4.6,
            markeredgewidth=0, linewidth=1.3 if factor.numeric else 0, zorder=3, label="means")
    for at, _, ends in known:
        if ends is not None:
            ax.plot([at, at], ends, color=style.BLUE, linewidth=1.1, zorder=2, label="interval")


def _told(factor: Factor | Sampled, y: Scale) -> str:
    """The size of the effect in words."""
    effect = f"effect {100 * factor.effect:.1f} points" if y.kind == "share" else f"effect {y.told(factor.effect)}"
    if isinstance(factor, Sampled) and factor.rank_correlation is not None:
        return f"rank correlation {factor.rank_correlation:+.2f}".replace("-", "−")
    return effect


def _key(data: Effects, y: Scale) -> list[Sign]:
    signs = []
    if any(isinstance(factor, Factor) for factor in data.factors):
        spread = any(_ends(level, data.measure) for factor in data.factors if isinstance(factor, Factor) for level in factor.levels)
        signs += [Sign("●", f"mean over all other factors{', and its 95 % interval' if spread else ''}", style.BLUE),
                  Sign("", "effect: from the lowest mean to the highest")]
    if any(isinstance(factor, Sampled) for factor in data.factors):
        signs += [Sign("●", "a setting that was tried", style.GREY), Sign("━━", "running mean over a fifth of them", style.BLUE)]
    if data.overall is not None:
        signs.append(Sign("┄┄", f"mean of all, {y.told(data.overall)}", style.MUTED))
    return signs
