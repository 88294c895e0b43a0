"""How far a quantile may be off that is taken from independent values.

Two questions are easily confused. *Over* replications, "in 9 of 10 runs the loss is below ..." is a quantile of independent values:
:func:`quantile_interval`. *Within* a run, p50, p95 and p99 of the response times are numbers of that run, from values that depend
on each other; how far their mean over replications may be off says :func:`sim.measure.statistics.confidence_interval` of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class QuantileInterval:
    """A confidence interval for a quantile, from the value of rank ``low_rank`` to that of ``high_rank`` (the least has rank 1).

    ``coverage`` is the probability that such an interval holds the quantile: exact for a continuous distribution, at least that for
    any other; ``quantile`` is the value of nearest rank, ceil(q n).
    """

    quantile: float
    low: float
    high: float
    low_rank: int
    high_rank: int
    coverage: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def quantile_interval(values: Sequence[float], q: float, confidence: float = 0.95) -> QuantileInterval | None:
    """Return the interval of the q-quantile between two order statistics, whatever the distribution.

    How many of n independent values lie below the quantile is binomial with n and q. The ends are the innermost that miss it on
    either side with a probability of at most (1 - confidence) / 2 (W. J. Conover, *Practical Nonparametric Statistics*, 3rd ed.,
    section 3.2, where the probability nearest to that is taken instead). None where even the least and the greatest value do not
    do: the median at 95 % needs 6 values, the 0.9-quantile 36.

    Raises ValueError for a q or confidence that is not between 0 and 1, or a value that is not finite.
    """
    if not 0 < q < 1:
        raise ValueError(f"q is {q}; expected between 0 and 1")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; expected between 0 and 1")
    if not all(map(math.isfinite, values)):
        raise ValueError("a value is not finite")
    ordered = sorted(values)
    count = len(ordered)
    low, high = ranks(count, q, confidence)
    if low == 0 or high > count:
        return None
    return QuantileInterval(nearest(ordered, q), ordered[low - 1], ordered[high - 1], low, high, coverage(count, q, low, high))


def nearest(values: Sequence[float], q: float) -> float:
    """Return the value of nearest rank among at least one, ceil(q n)."""
    return sorted(values)[max(1, math.ceil(q * len(values) - 1e-9)) - 1]  # 0.55 * 100 is a little more than 55


@cache
def ranks(count: int, q: float, confidence: float) -> tuple[int, int]:
    """Return the ranks of the innermost ends; 0 and ``count`` + 1 where there is no such value."""
    low, high = (max((rank for rank in range(1, count + 1) if below(count, each, rank - 1) <= (1 - confidence) / 2), default=0)
                 for each in (q, 1 - q))
    return low, count + 1 - high


def coverage(count: int, q: float, low_rank: int, high_rank: int) -> float:
    """Return the probability that the q-quantile lies between the values of these ranks among ``count`` independent ones."""
    return below(count, q, high_rank - 1) - below(count, q, low_rank - 1)


def below(count: int, q: float, most: int) -> float:
    """Return the probability that at most ``most`` of ``count`` independent values lie below the q-quantile: binomial."""
    from scipy.special import bdtr  # a tenth of the import time of scipy.stats

    return float(bdtr(most, count, q)) if most >= 0 else 0.0
