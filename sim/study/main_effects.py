"""The main effect of each factor of a study: the mean of a measure at each of its levels, over all that the others are varied.

Box, Hunter, Hunter, *Statistics for Experimenters*, 2nd ed., section 5.4. In each replication it is one value, the mean over the
cells of that level, so that its interval is over replications, which are independent; cells of a replication are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.measure.statistics import Interval, confidence_interval, mean
from sim.scenario.ranges import Quantity
from sim.study.axes import Level
from sim.study.measures import Measure
from sim.study.summary import CONFIDENCE, Summary

if TYPE_CHECKING:
    from sim.study.result import Study


@dataclass(frozen=True)
class LevelMean:
    """A level, and the mean over all cells that have it; ``interval`` is None for fewer than two replications."""

    label: str
    quantity: Quantity | None
    mean: float | None
    interval: Interval | None


@dataclass(frozen=True)
class Effect:
    """What a factor does: listed levels with their means; of one that was sampled its (value, measure) pairs instead."""

    factor: str
    kind: str | None
    """Of the quantities that its levels are; None if they are names."""
    levels: tuple[LevelMean, ...] = ()
    pairs: tuple[tuple[Quantity, float | None], ...] = ()


def main_effects(study: "Study", measure: Measure) -> list[Effect]:
    """Of each factor that has at least two levels, in the order of the study."""
    by_factor: dict[str, dict[str, list[tuple[Level, Summary]]]] = {}
    for number, cell in enumerate(study.cells):
        for level in study.grid.cells.levels(number):
            by_factor.setdefault(level.factor, {}).setdefault(level.label, []).append((level, cell))
    grid = study.grid
    return [(_sampled if key in grid.sampled else _listed)(key, grid.numeric.get(key), by_factor[key], measure)
            for key in grid.factors if len(by_factor.get(key, ())) > 1]


def _listed(factor: str, kind: str | None, by_level: dict[str, list[tuple[Level, Summary]]], measure: Measure) -> Effect:
    levels = []
    for label, here in by_level.items():
        values = _by_replication([cell for _, cell in here], measure)
        interval = confidence_interval(values, CONFIDENCE) if len(values) > 1 else None
        levels.append(LevelMean(label, here[0][0].quantity, mean(values) if values else None, interval))
    return Effect(factor, kind, tuple(levels))


def _sampled(factor: str, kind: str | None, by_level: dict[str, list[tuple[Level, Summary]]], measure: Measure) -> Effect:
    cells = (each for here in by_level.values() for each in here)
    return Effect(factor, kind, pairs=tuple((level.quantity, cell.estimate(measure).mean) for level, cell in cells
                                      if level.quantity is not None))


def _by_replication(cells: Sequence[Summary], measure: Measure) -> list[float]:
    """Of each replication that all of the cells have: the mean of a measure over those that have a value."""
    common = set.intersection(*({*cell.replications} for cell in cells))
    tables = [dict(zip(cell.replications, cell.estimate(measure).values, strict=True)) for cell in cells]
    found = ([value for table in tables if (value := table[r]) is not None] for r in sorted(common))
    return [mean(values) for values in found if values]
