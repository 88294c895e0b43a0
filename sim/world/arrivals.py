"""Arrivals: when the next one comes, at a rate that is constant in each of a row of steps.

A rate is a table of three columns (`rate_table`): the instant in ns from which a step holds, its rate per second, and
how many arrivals are expected before it. A constant rate is one step from 0; a window ends in a step of rate 0; pulses
are steps (`pulses`). Nothing arrives before the first step. The laws return an instant in ns, or `NEVER_NS`; the
caller stops at the end of its window or run.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import log1p
from typing import Final

from sim.world.chance import pack_entity, uniform
from sim.world.clock import MAX_NS, MAX_NS_FLOAT, NEVER_NS, NS_PER_S

MAX_STEPS: Final = 100_000
MAX_RATE_PER_S: Final = 1e9
"""One arrival a nanosecond: beyond it the clock cannot tell arrivals apart."""

RateTable = tuple[tuple[int, ...], tuple[float, ...], tuple[float, ...]]
"""(starts_ns, rates_per_s, counts), as long as each other: what `rate_table` makes and the laws take."""


def next_poisson_ns(previous_ns: int, u: float, starts_ns: Sequence[int], rates_per_s: Sequence[float]) -> int:
    """The next arrival of a Poisson process after `previous_ns` (0 for the first), from u in (0, 1).

    The integral of the rate over the gap is exponential with mean 1 (E. Cinlar, Introduction to Stochastic Processes,
    1975, chapter 4: a Poisson process in stretched time). At a constant rate it is -log(1 - u) / rate, rounded once.
    """
    expected = -log1p(-u)
    at_ns = max(previous_ns, starts_ns[0])
    step = last_at_or_below(starts_ns, at_ns)
    last = len(starts_ns) - 1
    while step < last:
        within = rates_per_s[step] * ((starts_ns[step + 1] - at_ns) / 1e9)
        if expected < within:
            break
        expected -= within
        step += 1
        at_ns = starts_ns[step]
    return _at_rate_ns(at_ns, expected, rates_per_s[step])


def arrival_uniform(k0: int, k1: int, class_: int, arrival: int) -> float:
    """The draw for the gap before arrival number `arrival` (from 0) of a class: instance = arrival, all else 0.

    `(k0, k1)` is the key of the arrivals' stream; raises `AddressOverflow` beyond 2**32 arrivals.
    """
    c0, c1 = pack_entity(class_, arrival, 0)
    return uniform(k0, k1, c0, c1, 0, 0, 0)


def constant_ns(k: int, starts_ns: Sequence[int], rates_per_s: Sequence[float], counts: Sequence[float]) -> int:
    """The k-th arrival, k = 1, 2, ..., of a process that arrives evenly: when the integral of the rate reaches k.

    With one step from 0 that is round(k * 1e9 / rate) ns, half to even: the first arrival comes one gap after the
    start, not with it. An arrival that falls on a step's end belongs to that step.
    """
    step = last_below(counts, k)
    at_ns = _at_rate_ns(starts_ns[step], k - counts[step], rates_per_s[step])
    if step < len(starts_ns) - 1 and at_ns > starts_ns[step + 1]:
        return starts_ns[step + 1]  # the count before the next step was rounded up
    return at_ns


def _at_rate_ns(start_ns: int, expected: float, rate_per_s: float) -> int:
    """When `expected` arrivals are due at a steady rate since `start_ns`; `NEVER_NS` if beyond the clock."""
    if rate_per_s <= 0.0:
        return NEVER_NS
    gap_ns = expected * 1e9 / rate_per_s
    if not gap_ns < MAX_NS_FLOAT:
        return NEVER_NS
    return min(NEVER_NS, start_ns + round(gap_ns))


def last_at_or_below(ascending: Sequence[int], value: int) -> int:
    """The last index whose entry is at or below `value`; the first entry is."""
    low, high = 0, len(ascending)
    while high - low > 1:
        middle = (low + high) // 2
        if ascending[middle] <= value:
            low = middle
        else:
            high = middle
    return low


def last_below(ascending: Sequence[float], value: int) -> int:
    """The last index whose entry is below `value`; the first entry is."""
    low, high = 0, len(ascending)
    while high - low > 1:
        middle = (low + high) // 2
        if ascending[middle] < value:
            low = middle
        else:
            high = middle
    return low


def rate_table(steps: Sequence[tuple[int, float]]) -> RateTable:
    """The table of steps `(from_ns, rate_per_s)`, in ascending order of time; ValueError for what is no such row.

    The expected counts are summed as exact fractions and rounded once, so that k arrivals fit where k arrivals belong.
    """
    if not 0 < len(steps) <= MAX_STEPS:
        raise ValueError(f"a rate has 1 to {MAX_STEPS} steps, got {len(steps)}")
    counts: list[float] = []
    count = Fraction(0)
    previous_ns, previous_rate = steps[0][0], Fraction(0)
    for number, (from_ns, rate_per_s) in enumerate(steps):
        if not 0.0 <= rate_per_s <= MAX_RATE_PER_S:
            raise ValueError(f"step {number}: a rate is 0 to {MAX_RATE_PER_S:g} /s, got {rate_per_s:g} /s")
        if not 0 <= from_ns < MAX_NS or (number > 0 and from_ns <= previous_ns):
            raise ValueError(f"step {number}: must begin at 0 or later and after the step before, got {from_ns} ns")
        count += previous_rate * (from_ns - previous_ns) / NS_PER_S
        counts.append(float(count))
        previous_ns, previous_rate = from_ns, Fraction(rate_per_s)
    return tuple(from_ns for from_ns, _ in steps), tuple(float(rate) for _, rate in steps), tuple(counts)


def pulses(
    from_ns: int, until_ns: int, rate_per_s: float, length_ns: int, period_ns: int, between_per_s: float = 0.0
) -> list[tuple[int, float]]:
    """Steps for pulses: `rate_per_s` for `length_ns` at the start of every `period_ns`, `between_per_s` in between.

    From `from_ns` up to `until_ns`, where the rate becomes 0. ValueError if lengths do not fit or the row is too long.
    """
    if not 0 < length_ns < period_ns:
        raise ValueError(f"a pulse is longer than 0 and shorter than its period, got {length_ns} of {period_ns} ns")
    if not 0 <= from_ns < until_ns:
        raise ValueError(f"pulses end after they begin, got {from_ns} to {until_ns} ns")
    if (until_ns - from_ns) // period_ns > MAX_STEPS // 2 - 2:
        raise ValueError(f"more than {MAX_STEPS} steps: the period of {period_ns} ns is too short for the window")
    steps: list[tuple[int, float]] = []
    for begin_ns in range(from_ns, until_ns, period_ns):
        steps.append((begin_ns, rate_per_s))
        if begin_ns + length_ns < until_ns:
            steps.append((begin_ns + length_ns, between_per_s))
    steps.append((until_ns, 0.0))
    return steps
