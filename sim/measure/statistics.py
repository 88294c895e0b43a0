"""Statistics over replications: the mean and how far it may be off.

Replications differ in seed alone and share no draws, so their means are independent and Student's t applies (Law,
*Simulation Modeling and Analysis*, 5th ed., section 9.4.1: independent replications). Sums are `math.fsum`: exact,
whatever the order.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval for a mean, ``mean`` +- ``half_width``, from ``replications`` values."""

    mean: float
    half_width: float
    confidence: float
    replications: int

    @property
    def low(self) -> float:
        """Lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end."""
        return self.mean + self.half_width

    @property
    def relative_half_width(self) -> float:
        """Half-width as a share of the mean; infinite if the mean is 0 and the half-width is not."""
        if self.half_width == 0:
            return 0.0
        return self.half_width / abs(self.mean) if self.mean else math.inf

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.mean:.6g} +- {self.half_width:.2g} ({self.confidence:.0%}, n={self.replications})"


def mean(values: Iterable[float]) -> float:
    """Return the mean. ValueError if there are no values."""
    given = list(values)
    if not given:
        raise ValueError("the mean of no values")
    return math.fsum(given) / len(given)


def variance(values: Sequence[float]) -> float:
    """Return the unbiased sample variance, in two passes. ValueError for fewer than two values."""
    if len(values) < 2:
        raise ValueError(f"the variance of {len(values)} values; expected at least 2")
    centre = mean(values)
    return math.fsum((value - centre) * (value - centre) for value in values) / (len(values) - 1)


def confidence_interval(values: Iterable[float], confidence: float = 0.95) -> Interval:
    """Return the two-sided Student-t interval for the mean of independent replications.

    Parameters
    ----------
    values
        One number for each replication, at least two.
    confidence
        0 < confidence < 1.

    Raises ValueError for fewer than two values, one that is not finite, or a confidence out of range.
    """
    given = list(values)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; expected between 0 and 1")
    if not all(math.isfinite(value) for value in given):
        raise ValueError("a value is not finite")
    half_width = t_quantile((1 + confidence) / 2, len(given) - 1) * math.sqrt(variance(given) / len(given))
    return Interval(mean(given), half_width, confidence, len(given))


def enough(values: Sequence[float], relative_half_width: float, confidence: float = 0.95, at_least: int = 10) -> bool:
    """Whether these replications are enough: their interval is at most so wide, as a share of their mean.

    The sequential procedure: replicate until this is true (Law, section 9.4.1, which advises to begin with at least 10 replications
    and a width of at most 15 %). That is the width that is told; for an *error* of at most g against the true mean, Law asks for
    g / (1 + g). Values that are all equal are enough, all 0 too; a mean of 0 of values that differ never is, so
    whoever replicates needs a limit. Fewer than ``at_least`` values, or than two, are not enough.

    Raises ValueError for a width that is not positive, a value that is not finite, or a confidence out of range.
    """
    if not relative_half_width > 0:
        raise ValueError(f"the relative half-width is {relative_half_width}; expected more than 0")
    if len(values) < max(2, at_least):
        return False
    return confidence_interval(values, confidence).relative_half_width <= relative_half_width


def t_quantile(probability: float, degrees: int) -> float:
    """Return the quantile of Student's t with ``degrees`` >= 1 degrees of freedom."""
    from scipy.special import stdtrit  # a tenth of the import time of scipy.stats

    return float(stdtrit(degrees, probability))


def spearman(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Return Spearman's rank correlation of pairs, ties at their mean rank; None where all of a side are equal, or for one pair.

    C. Spearman, *The proof and measurement of association between two things*, American Journal of Psychology 15(1), 1904.
    """
    a, b = _ranks(xs), _ranks(ys)
    if len(a) < 2 or len({*a}) < 2 or len({*b}) < 2:
        return None
    centre = (len(a) + 1) / 2
    products = math.fsum((x - centre) * (y - centre) for x, y in zip(a, b, strict=True))
    return products / math.sqrt(math.fsum((x - centre) ** 2 for x in a) * math.fsum((y - centre) ** 2 for y in b))


def _ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1 on; of equal ones the mean of theirs."""
    ordered = sorted(values)
    return [(bisect_left(ordered, value) + 1 + bisect_right(ordered, value)) / 2 for value in values]


def paired_interval(ours: Sequence[float], theirs: Sequence[float], confidence: float = 0.95) -> Interval:
    """Return the interval for the mean difference, ours - theirs, of two variants run with common random numbers.

    Value k of both comes from replication k (Law, section 10.2.1: the paired-t interval). ValueError if the numbers
    of values differ.
    """
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} values against {len(theirs)}; expected a pair for each replication")
    return confidence_interval([a - b for a, b in zip(ours, theirs, strict=True)], confidence)
