"""Do the replications of a variant fall into two groups? A mean between two groups is a value that never occurs.

Bistable systems do that: a retry storm either dies down or never ends. The test is on the largest gap between neighbouring values.
Under the null hypothesis that the n values are spread evenly between the least and the greatest, their n - 1 spacings, as shares of
that range, are those that n - 2 uniform points cut it into, and the largest exceeds g with a probability of at most

    p(g) = (n - 1) (1 - g)^(n - 2)

(the first term of the exact sum, which it is for g >= 1/2: R. A. Fisher, *Tests of significance in harmonic analysis*,
Proceedings of the Royal Society A 125, 1929; H. A. David, H. N. Nagaraja, *Order Statistics*, 3rd ed., section 6.4). Values with
one mode in the middle have smaller gaps there, so for them the test is conservative. A lone outlier is no group: each has at
least two values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.measure.statistics import mean

SIGNIFICANCE = 0.01
FEWEST_IN_A_GROUP = 2


@dataclass(frozen=True, slots=True)
class Groups:
    """Two groups of values: how many are in the lower one and in the upper one, and their means. ``p`` is the bound above."""

    low_count: int
    low_mean: float
    high_count: int
    high_mean: float
    p: float


def largest_gap_probability(gap: float, values: int) -> float:
    """The bound p(g) for the largest gap, as a share of the range of ``values`` numbers; 1 for fewer than three."""
    return 1.0 if values < 3 else min(1.0, (values - 1) * (1.0 - gap) ** (values - 2))


def two_groups(values: Sequence[float], least_gap: float = 0.0) -> Groups | None:
    """The two groups that the values fall into, or None.

    They do if the largest gap is greater than chance explains (p < 1 %), at least ``least_gap`` wide (in the unit of the values:
    what would be of no interest is no gap), and has at least two values on either side.
    """
    ordered = sorted(values)
    if len(ordered) < 2 * FEWEST_IN_A_GROUP or ordered[0] == ordered[-1]:
        return None
    at = max(range(1, len(ordered)), key=lambda index: ordered[index] - ordered[index - 1])
    gap = ordered[at] - ordered[at - 1]
    p = largest_gap_probability(gap / (ordered[-1] - ordered[0]), len(ordered))
    low, high = ordered[:at], ordered[at:]
    if p >= SIGNIFICANCE or gap < least_gap or min(len(low), len(high)) < FEWEST_IN_A_GROUP:
        return None
    return Groups(len(low), mean(low), len(high), mean(high), p)
