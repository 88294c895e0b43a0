"""Dividing among the classes of a client what is said for all of them: people, sessions and rates."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import lcm

from sim.scenario.scenario import Arrivals

TOLERANCE = Fraction(1, 10**9)
"""How far shares may add up beside 100 %: thirds can only be written rounded."""


def exact(share: float) -> Fraction:
    """The decimal that a share was written as, not the float next to it: 60 % of 5 is 3, and nothing but 3."""
    return Fraction(repr(share))


def complete_shares(shares: Sequence[float | None]) -> list[float] | None:
    """Shares where those not given (None) divide evenly what is left; None if they do not add up to 1."""
    given = sum((exact(share) for share in shares if share is not None), Fraction(0))
    open_count = sum(share is None for share in shares)
    left = 1 - given
    if left < -TOLERANCE or (not open_count and left > TOLERANCE):
        return None
    rest = float(max(left, Fraction(0)) / open_count) if open_count else 0.0
    return [rest if share is None else share for share in shares]


def largest_remainder(total: int, shares: Sequence[float]) -> list[int]:
    """Whole parts of ``total`` in proportion to ``shares`` that add up to it; the first goes first among equals.

    The method of Hamilton: everybody gets the whole part of their quota, the largest fractions get what is left.
    """
    weights = [exact(share) for share in shares]
    whole = sum(weights, Fraction(0))
    quotas = [total * weight / whole for weight in weights]
    parts = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - quotas[index], index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def split_arrivals(arrivals: Arrivals, shares: Sequence[float]) -> list[Arrivals]:
    """The arrivals of each class: rates by share, given times dealt out evenly, a maximum by largest remainder."""
    if len(shares) == 1:
        return [arrivals]
    times = _deal(arrivals.times_ns, shares)
    maxima: list[int | None] = [None] * len(shares)
    if arrivals.maximum is not None:
        maxima = list(largest_remainder(arrivals.maximum, shares))
    return [
        replace(
            arrivals,
            rate_per_s=_portion(arrivals.rate_per_s, share),
            steps=tuple((from_ns, _portion(rate_per_s, share)) for from_ns, rate_per_s in arrivals.steps),
            ramp=(_portion(arrivals.ramp[0], share), _portion(arrivals.ramp[1], share)),
            times_ns=tuple(own),
            maximum=maximum,
            file="",
        )
        for share, own, maximum in zip(shares, times, maxima, strict=True)
    ]


def _portion(rate_per_s: float, share: float) -> float:
    return float(Fraction(repr(rate_per_s)) * exact(share))


def _deal(times_ns: Sequence[int], shares: Sequence[float]) -> list[list[int]]:
    """Give each time to the class that is most behind its share (smooth weighted round robin, in whole numbers)."""
    weights = [exact(share) for share in shares]
    scale = lcm(*(weight.denominator for weight in weights))
    counts = [int(weight * scale) for weight in weights]
    whole = sum(counts)
    credit = [0] * len(counts)
    dealt: list[list[int]] = [[] for _ in counts]
    for time_ns in times_ns:
        for index, count in enumerate(counts):
            credit[index] += count
        chosen = max(range(len(credit)), key=lambda index: (credit[index], -index))
        credit[chosen] -= whole
        dealt[chosen].append(time_ns)
    return dealt
