"""The settings that were tried: each in every column, in some replications, and judged.

Levels are judged by the worse ends of intervals, so that an answer is not one of luck. Front-runners get more replications before
one of them is chosen. What is chosen among many looks better than it is (J. E. Smith, R. L. Winkler, *The optimizer's curse:
skepticism and postdecision surprise in decision analysis*, Management Science 52(3), 2006), so it is run again with fresh
replications, which no trial had.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.study.axes import Variant
from sim.study.measures import MEASURES, SUCCESS
from sim.study.search.level import Cost, Level
from sim.study.search.runs import Candidate, Runs
from sim.study.search.space import Point, Space
from sim.study.summary import Estimate

FRONT_RUNNERS = 4
"""So many of the best settings get more replications."""
MORE = 4
"""They get so many times as many, and the chosen one as many fresh ones."""
Measured = tuple[tuple[Estimate, ...], ...]
"""By column, an estimate a measure."""


@dataclass(frozen=True)
class Trial:
    """A setting that was tried in so many replications. ``shortfalls``: by how much it, ``by_mean``: its means, miss each level."""

    number: int
    variant: Variant
    replications: int
    measured: Measured
    cost: Estimate
    shortfalls: tuple[float, ...]
    by_mean: tuple[float, ...]

    @property
    def label(self) -> str:
        """Its parameters."""
        return self.variant.label

    @property
    def keeps(self) -> bool:
        """Whether it keeps all levels."""
        return all(each <= 0 for each in self.shortfalls)

    @property
    def worst(self) -> Estimate:
        """Honest success in the column where it is lowest."""
        successes = [next(each for each in cell if each.measure is SUCCESS) for cell in self.measured]
        return min(successes, key=lambda each: 0.0 if each.mean is None else each.mean)


class Trials:
    """All settings that were tried, each once however often it was proposed.

    ``candidates`` gives the scenarios of a setting, one a column.
    """

    def __init__(self, space: Space, candidates: Callable[[Variant], list[Candidate]], runs: Runs, cost: Cost,
                 levels: Sequence[Level], replications: int) -> None:
        self.space, self.candidates, self.runs, self.cost, self.levels = space, candidates, runs, cost, tuple(levels)
        self.few, self.full = replications, MORE * replications
        self._trials: dict[str, Trial] = {}
        self._made: dict[str, list[Candidate]] = {}

    @property
    def all(self) -> tuple[Trial, ...]:
        """In the order in which they were tried first."""
        return tuple(self._trials.values())

    def of(self, points: Sequence[Point]) -> list[Trial]:
        """Try some points together; the trials in their order."""
        variants = [self.space.variant(point) for point in points]
        self._make(variants, range(self.few))
        for variant in variants:
            if variant.label not in self._trials:
                self._trials[variant.label] = self._judged(len(self._trials), variant, self.few)
        return [self._trials[variant.label] for variant in variants]

    def front_runner(self) -> Trial:
        """The best of those tried, once it and those near it have had more replications."""
        while True:
            ranked = sorted(self._trials.values(), key=self._rank)
            behind = [trial for trial in ranked[:FRONT_RUNNERS] if trial.replications < self.full]
            if not behind:
                return ranked[0]
            self._make([trial.variant for trial in behind], range(self.full))
            for trial in behind:
                self._trials[trial.label] = self._judged(trial.number, trial.variant, self.full)

    def fresh(self, trial: Trial) -> Measured:
        """A setting in as many replications as the front-runners had, none of which any trial had."""
        replications = range(self.full, 2 * self.full)
        self._make([trial.variant], replications)
        return self._measured(trial.variant, replications)

    def _rank(self, trial: Trial) -> tuple[float, float, float, int]:
        """Those that keep the levels first, by cost; of equal ones those that serve more. By its means, until it has them all."""
        shortfalls = trial.shortfalls if trial.replications == self.full else trial.by_mean
        missed = math.fsum(max(0.0, each) for each in shortfalls)
        cost, worst = trial.cost.mean, trial.worst.mean
        return missed, math.inf if cost is None else cost, 0.0 if worst is None else -worst, trial.number

    def _make(self, variants: Sequence[Variant], replications: range) -> None:
        for variant in variants:
            if variant.label not in self._made:
                self._made[variant.label] = self.candidates(variant)
        self.runs.make((each, r) for variant in variants for r in replications for each in self._made[variant.label])

    def _judged(self, number: int, variant: Variant, replications: int) -> Trial:
        measured = self._measured(variant, range(replications))
        return Trial(number, variant, replications, measured, self.cost.of(measured),
                     tuple(each.shortfall(measured) for each in self.levels),
                     tuple(each.shortfall(measured, by_mean=True) for each in self.levels))

    def _measured(self, variant: Variant, replications: range) -> Measured:
        return tuple(tuple(Estimate(measure, tuple(self.runs.series(each, replications, measure.name))) for measure in MEASURES)
                     for each in self._made[variant.label])
