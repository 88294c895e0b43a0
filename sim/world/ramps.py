"""Ramps: arrivals whose rate is linear in time between points, and zero before the first and after the last of them.

A table is that of :mod:`sim.world.arrivals`, read in another way: the instants of the points in ns, the rate *at* each, and
how many arrivals are expected before it (`ramp_table`). From a point at which the rate is r and grows by s a second,
the integral of the rate reaches E after t with r t + s t^2 / 2 = E, so t = 2 E / (r + sqrt(r^2 + 2 s E)): the root that
loses no digits, whether the rate rises, falls or stays.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import log1p, sqrt
from typing import Any, Final

from sim.world.arrivals import MAX_RATE_PER_S, RateTable, last_at_or_below, last_below
from sim.world.clock import MAX_NS, MAX_NS_FLOAT, NEVER_NS, NS_PER_S

MAX_POINTS: Final = 10_000


def next_on_ramp_ns(previous_ns: int, u: float, starts_ns: Sequence[int], rates_per_s: Sequence[float]) -> int:
    """The next arrival of a Poisson process after `previous_ns`, from u in (0, 1).

    The integral of the rate over the gap is exponential with mean 1, as in `sim.world.arrivals.next_poisson_ns`.
    """
    expected = -log1p(-u)
    at_ns = max(previous_ns, starts_ns[0])
    point = last_at_or_below(starts_ns, at_ns)
    last = len(starts_ns) - 1
    while point < last:
        length_s = (starts_ns[point + 1] - starts_ns[point]) / 1e9
        slope = (rates_per_s[point + 1] - rates_per_s[point]) / length_s
        rate = max(0.0, rates_per_s[point] + slope * ((at_ns - starts_ns[point]) / 1e9))
        within = (rate + rates_per_s[point + 1]) * 0.5 * ((starts_ns[point + 1] - at_ns) / 1e9)
        if expected < within:
            return min(starts_ns[point + 1], along_ns(at_ns, expected, rate, slope))
        expected -= within
        point += 1
        at_ns = starts_ns[point]
    return NEVER_NS


def even_on_ramp_ns(k: int, starts_ns: Sequence[int], rates_per_s: Sequence[float], counts: Sequence[float]) -> int:
    """The k-th arrival, k = 1, 2, ..., of a process that arrives evenly: when the integral of the rate reaches k."""
    point = last_below(counts, k)
    if point == len(starts_ns) - 1:
        return NEVER_NS
    slope = (rates_per_s[point + 1] - rates_per_s[point]) / ((starts_ns[point + 1] - starts_ns[point]) / 1e9)
    return min(starts_ns[point + 1], along_ns(starts_ns[point], k - counts[point], rates_per_s[point], slope))


def along_ns(start_ns: int, expected: float, rate_per_s: float, slope: float) -> int:
    """When `expected` arrivals are due from `start_ns` on, at a rate that grows by `slope` (/s in a second)."""
    root = sqrt(max(0.0, rate_per_s * rate_per_s + 2.0 * slope * expected))
    if rate_per_s + root <= 0.0:
        return NEVER_NS
    gap_ns = 2.0 * expected / (rate_per_s + root) * 1e9
    if not gap_ns < MAX_NS_FLOAT:
        return NEVER_NS
    return min(NEVER_NS, start_ns + round(gap_ns))


def ramp_table(points: Sequence[tuple[int, float]]) -> RateTable:
    """The table of points `(at_ns, rate_per_s)`, in ascending order of time; ValueError for what is no such row.

    The expected counts are summed as exact fractions and rounded once.
    """
    if not 1 < len(points) <= MAX_POINTS:
        raise ValueError(f"a ramp has 2 to {MAX_POINTS} points, got {len(points)}")
    counts: list[float] = []
    count = Fraction(0)
    for number, (at_ns, rate_per_s) in enumerate(points):
        if not 0.0 <= rate_per_s <= MAX_RATE_PER_S:
            raise ValueError(f"point {number}: a rate is 0 to {MAX_RATE_PER_S:g} /s, got {rate_per_s:g} /s")
        if not 0 <= at_ns < MAX_NS or (number > 0 and at_ns <= points[number - 1][0]):
            raise ValueError(f"point {number}: must be at 0 or later and after the point before, got {at_ns} ns")
        if number > 0:
            before_ns, before_per_s = points[number - 1]
            count += (Fraction(before_per_s) + Fraction(rate_per_s)) / 2 * (at_ns - before_ns) / NS_PER_S
        counts.append(float(count))
    return tuple(at_ns for at_ns, _ in points), tuple(float(rate) for _, rate in points), tuple(counts)


LAWS: tuple[Callable[..., Any], ...] = (along_ns, next_on_ramp_ns, even_on_ramp_ns)
"""Every law of this module, callees before callers."""
