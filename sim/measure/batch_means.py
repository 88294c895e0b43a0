"""Batch means: how far the mean of one long run may be off, from that run alone.

The time after the warm-up is cut into batches so long that what happens in one hardly depends on the one before; then the batches
are treated as independent values (Law, *Simulation Modeling and Analysis*, 5th ed., section 9.5.3). 20 to 30 are enough: more make
the interval little narrower, and each of them too short (B. Schmeiser, *Batch size effects in the analysis of simulation output*,
Operations Research 30(3), 1982).

A batch has a sum s and a weight w, and the mean is that of the run: all sums over all weights. Where weights vary (sessions
completed in a bin), that is a ratio, and its variance comes from what each batch deviates from it, s - mean w (W. G. Cochran,
*Sampling Techniques*, 3rd ed., section 2.11); where all weights are equal, this is the interval of the plain batch means.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sim.measure.statistics import Interval, t_quantile

FEWEST, MOST = 20, 30
"""Batches, unless their number is said."""
SIGNIFICANCE = 0.05


@dataclass(frozen=True, slots=True)
class BatchMeans:
    """An interval from one run: its ``replications`` are batches, of ``bins`` bins each.

    ``left_out`` bins at the beginning fill no batch and are not looked at.

    ``von_neumann`` is the ratio of the batches' deviations, about 2 where neighbours do not depend on each other and less where
    they follow each other; ``p``: how likely it is to be so small if they do not.
    """

    interval: Interval
    bins: int
    left_out: int
    von_neumann: float
    p: float

    @property
    def uncorrelated(self) -> bool:
        """Whether nothing speaks for batches that follow each other (p of at least 5 %); else the interval is too narrow."""
        return self.p >= SIGNIFICANCE


def batch_means(bins: Sequence[tuple[float, float]], batches: int | None = None, confidence: float = 0.95) -> BatchMeans:
    """Return the interval of the mean of one run.

    Parameters
    ----------
    bins
        (sum, weight) of each bin after the warm-up, in their order; the weight is a number of values or a length of time, 0 where
        there is no data. See :func:`weighted`.
    batches
        How many; each has as many bins as the others. Without it the number from 20 to 30 that leaves the fewest bins out, of these
        the least: long batches depend less on each other.
    confidence
        0 < confidence < 1.

    Raises ValueError for fewer bins than batches, fewer than 3 batches, bins without any weight, a negative weight, a
    number that is not finite, or a confidence out of range.
    """
    number = _number_of_batches(len(bins)) if batches is None else batches
    _check(bins, number, confidence)
    size, left_out = divmod(len(bins), number)
    parts = [bins[first : first + size] for first in range(left_out, len(bins), size)]
    sums = [math.fsum(total for total, _ in part) for part in parts]
    weights = [math.fsum(weight for _, weight in part) for part in parts]
    weight = math.fsum(weights)
    if weight == 0:
        raise ValueError("the mean of no values: no bin has any weight")
    mean = math.fsum(sums) / weight
    deviations = [total - mean * own for total, own in zip(sums, weights, strict=True)]
    variance = math.fsum(each * each for each in deviations) / (number - 1)
    half_width = t_quantile((1 + confidence) / 2, number - 1) * math.sqrt(variance * number) / weight
    ratio = von_neumann_ratio(deviations)
    return BatchMeans(Interval(mean, half_width, confidence, number), size, left_out, ratio, von_neumann_p(ratio, number))


def weighted(means: Sequence[float | None], weights: Sequence[float] | None = None) -> list[tuple[float, float]]:
    """Return the bins of :func:`batch_means` from means and weights (1 each, unless said); a mean that is None weighs nothing."""
    given = [1.0] * len(means) if weights is None else weights
    return [(0.0, 0.0) if each is None else (each * weight, weight) for each, weight in zip(means, given, strict=True)]


def measured(series: Mapping[str, Any], warm_up_s: float, duration_s: float) -> slice:
    """Return which bins of ``metrics["series"]`` are to be batched: the whole ones between the warm-up and the end of the run.

    For the response time: ``weighted(honest["response_time_s"]["mean"][part], honest["response_time_of"][part])`` of the
    series' ``honest``; for the number present at a station, whose bins all have one length: ``weighted(present_mean[part])``.
    """
    starts_s, bin_s = series["t_s"], series["bin_s"]
    last_s = duration_s - bin_s * (1 - 1e-9)  # a sum of two floats is no exact time
    places = [place for place, start_s in enumerate(starts_s) if warm_up_s <= start_s <= last_s]
    return slice(places[0], places[-1] + 1) if places else slice(0, 0)


def von_neumann_ratio(values: Sequence[float]) -> float:
    """Return the mean square successive difference over the variance: 2 in the mean, if values are independent and normal.

    Sum of (x_i - x_(i-1))^2 over sum of (x_i - mean)^2; 2 where all values are equal. J. von Neumann, *Distribution of the ratio of
    the mean square successive difference to the variance*, Annals of Mathematical Statistics 12(4), 1941, without its n / (n - 1).
    """
    centre = math.fsum(values) / len(values)
    squares = math.fsum((each - centre) * (each - centre) for each in values)
    steps = math.fsum((b - a) * (b - a) for a, b in pairwise(values))
    return steps / squares if squares > 0 else 2.0


def von_neumann_p(ratio: float, values: int) -> float:
    """Return how likely independent values have a ratio at most so small: one-sided, against positive correlation.

    1 - ratio / 2 is nearly normal with mean 0 and variance (n - 2) / (n^2 - 1) (G. S. Fishman, *Grouping observations in digital
    simulation*, Management Science 24(5), 1978).
    """
    deviations = (1 - ratio / 2) / math.sqrt((values - 2) / (values * values - 1))
    return math.erfc(deviations / math.sqrt(2)) / 2


def _number_of_batches(bins: int) -> int:
    return min(range(FEWEST, MOST + 1), key=lambda number: (bins % number, number))


def _check(bins: Sequence[tuple[float, float]], batches: int, confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; expected between 0 and 1")
    if batches < 3:
        raise ValueError(f"{batches} batches; expected at least 3")
    if len(bins) < batches:
        raise ValueError(f"{len(bins)} bins; expected at least {batches}, one for each batch")
    if not all(math.isfinite(number) for pair in bins for number in pair):
        raise ValueError("a value is not finite")
    if any(weight < 0 for _, weight in bins):
        raise ValueError("a weight is negative")
