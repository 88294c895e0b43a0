"""What proposes points: a latin hypercube, then a tree-structured Parzen estimator, in batches that no worker's speed changes.

The estimator is Optuna's (T. Akiba, S. Sano, T. Yanase, T. Ohta, M. Koyama, *Optuna: a next-generation hyperparameter optimization
framework*, KDD 2019; S. Watanabe, *Tree-structured Parzen estimator: understanding its algorithm components and their roles for
better empirical performance*, arXiv:2304.11127, 2023), over all parameters jointly, and of points that miss a level it takes those
that miss it least as the better ones. Where there are no more points than trials, all of them are proposed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.scenario.ranges import Range
from sim.study.search.space import Parameter, Point, Space

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

BATCH = 8
"""So many points are proposed at once: a number of its own, whatever the number of workers."""
FEWEST_SAMPLED = 10
MAXIMUM_SEED = 2**32


class Optimiser:
    """Proposes so many ``trials`` of a space. The same seed and the same answers give the same points."""

    def __init__(self, space: Space, trials: int, seed: int) -> None:
        self.space, self.left = space, trials
        self._all = list(space.all()) if space.size is not None and space.size <= trials else None
        self._sampled = [] if self._all is not None else space.sample(min(trials, max(FEWEST_SAMPLED, trials // 3)), seed)
        self._study: Any = None if self._all is not None else _study(seed)
        self._distributions = {} if self._all is not None else {each.path: _distribution(each) for each in space.parameters}
        self._asked: list[Any] = []

    def ask(self) -> list[Point]:
        """The points of the next batch; none when there were so many as wanted."""
        if self._all is not None:
            points, self._all = self._all, []
            return points
        count = min(BATCH, self.left)
        self.left -= count
        for point in self._sampled[:count]:
            self._study.enqueue_trial({each.path: self._own(each, v) for each, v in zip(self.space.parameters, point, strict=True)})
        self._sampled = self._sampled[count:]
        self._asked = [self._study.ask(self._distributions) for _ in range(count)]
        return [tuple(float(trial.params[each.path]) for each in self.space.parameters) for trial in self._asked]

    def tell(self, costs: Sequence[float | None], shortfalls: Sequence[Sequence[float]]) -> None:
        """What came of the batch, in its order: the cost of each point (None: it has none), by how much it misses each level."""
        if self._study is None:
            return
        from optuna.trial import TrialState

        for trial, cost, missed in zip(self._asked, costs, shortfalls, strict=True):
            for number, each in enumerate(missed):
                trial.set_constraint(str(number), each)
            if cost is None:
                self._study.tell(trial, state=TrialState.FAIL)
            else:
                self._study.tell(trial, cost)

    def _own(self, parameter: Parameter, value: float) -> float | int:
        return value if isinstance(parameter.choices, Range) and not parameter.choices.is_whole else int(value)


def _study(seed: int) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed % MAXIMUM_SEED, multivariate=True, n_startup_trials=1))


def _distribution(parameter: Parameter) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    choices = parameter.choices
    if not isinstance(choices, Range):
        return CategoricalDistribution(range(len(choices.variants)))
    if choices.is_whole:
        return IntDistribution(int(choices.low), int(choices.high), log=choices.is_log)
    return FloatDistribution(choices.low, choices.high, log=choices.is_log)
