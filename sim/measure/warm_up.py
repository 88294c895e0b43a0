"""How long a run warms up: where to cut a series so that what an empty start left in it no longer matters.

Both ways take a series of equal steps of time (a column of ``metrics["series"]``), best averaged over replications first. A value
is None where a bin has no data: a mean is of those values that there are, and None of none.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.measure.statistics import mean

BATCH = 5
"""Values to a batch: the 5 of MSER-5."""
FEWEST = 10
"""Batches, at least, of a series that says anything; half of them with data stay."""

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Truncation:
    """Where MSER-5 cuts: it leaves ``values`` out at the beginning; ``mean`` is of the batches that stay.

    ``long_enough`` is False where half of the series is left out and more would be better still: then it does not tell how long
    the run warms up, and the run has to be longer.
    """

    values: int
    mean: float
    long_enough: bool


def mser5(values: Values) -> Truncation | None:
    """Return the truncation that makes the marginal standard error of the mean least; None of a series too short to say.

    Of the means z of the k batches of 5 values it is the d that minimises

        MSER(d) = sum of (z_i - mean of those left)^2 over d < i <= k, divided by (k - d)^2,

    the earliest of equal ones (K. P. White, *An effective truncation heuristic for bias reduction in simulation output*, Simulation
    69(6), 1997; K. P. White, M. J. Cobb, S. C. Spratt, *A comparison of five steady-state truncation heuristics for simulation*,
    Winter Simulation Conference 2000). Only d up to k / 2 are looked at, and that last one means that the series is not long
    enough. A minimum over all d says so far too often, since a few batches at the end lie close together by chance: in one of
    three series of 120 values that are in equilibrium from the start (autoregressive, 0.9), instead of one of twenty.

    Up to 4 values at the end fill no batch and are not looked at. A batch is the mean of those of its values that are not None; one
    without any keeps its place in time and counts neither in a sum nor in k - d. Too short: fewer than FEWEST batches, or fewer
    than half of FEWEST with data. ValueError for a value that is not finite.
    """
    batches = [average(values[first : first + BATCH]) for first in range(0, len(values) - BATCH + 1, BATCH)]
    if len(batches) < FEWEST:
        return None
    half = len(batches) // 2
    best: tuple[float, int, float] | None = None
    left, centre, squares = 0, 0.0, 0.0  # of the batches from the end on, after Welford: a difference of sums would cancel
    for place in range(len(batches) - 1, -1, -1):
        value = batches[place]
        if value is not None:
            left += 1
            step = value - centre
            centre += step / left
            squares += step * (value - centre)
        if place <= half and left >= FEWEST // 2 and (best is None or squares / (left * left) <= best[0]):
            best = (squares / (left * left), place, centre)
    if best is None:
        return None
    _, place, centre = best
    return Truncation(BATCH * place, centre, place < half)


def averaged(replications: Sequence[Values]) -> list[float | None]:
    """Return for each bin the mean over the replications that have data there; ValueError if their lengths differ."""
    if len({len(each) for each in replications}) > 1:
        raise ValueError("the replications have series of different lengths")
    return [average(column) for column in zip(*replications, strict=True)]


def moving_average(values: Values, window: int) -> list[float | None]:
    """Return the means of each value and the ``window`` values on either side; fewer near the beginning, as many on both sides.

    Of the mean over replications this is the curve of Welch's procedure: where it is flat, the warm-up is over (P. D. Welch, *The
    statistical analysis of simulation results*, in: S. S. Lavenberg (ed.), Computer Performance Modeling Handbook, Academic Press
    1983; Law, *Simulation Modeling and Analysis*, 5th ed., section 9.5.1, which advises at least 5 replications).

    Of m values, m - window are returned (Law's window is w and at most m / 4). ValueError for another window.
    """
    if not 0 <= window <= len(values) // 4:
        raise ValueError(f"the window is {window}; expected 0 to {len(values) // 4}, a quarter of the number of values")
    reach = [min(window, place) for place in range(len(values) - window)]
    return [average(values[place - each : place + each + 1]) for place, each in enumerate(reach)]


def average(values: Values) -> float | None:
    """Return the mean of those values that are not None; None if all are. ValueError for one that is not finite."""
    given = [value for value in values if value is not None]
    if not all(map(math.isfinite, given)):
        raise ValueError("a value is not finite")
    return mean(given) if given else None
