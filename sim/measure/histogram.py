"""Log-linear histograms of durations: constant memory, bounded relative error, integers only.

An octave [2^k, 2^(k+1)) is cut into 128 buckets of equal width, so a bucket is at most 1/128 as wide as the
values in it, and its midpoint lies within 1/256 (0.4 %) of each of them. Values below 256 ns have a bucket
each. This is the layout of HdrHistogram (G. Tene, http://hdrhistogram.org), at seven bits.

A *coarse* histogram merges eight neighbouring buckets into one: 16 to an octave, within 1/32 (3.2 %) from 128 ns
on, within 4 ns below. It serves the time bins, where it is read and cleared once a bin.

The functions in :data:`LAWS` obey the rules of laws: integers in one flat block, no allocation, the same bits
whether numba compiled them or not.
"""

from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate

VALUE_LIMIT = 1 << 62
"""Values are in [0, VALUE_LIMIT)."""
BUCKETS = 7168
"""Length of a histogram: indices of all values below VALUE_LIMIT."""
COARSE_BUCKETS = BUCKETS >> 3
RELATIVE_ERROR = 1 / 256
"""Bound on |value_of(bucket(v)) - v| / v."""
COARSE_RELATIVE_ERROR = 1 / 32
"""The same for a coarse histogram, for values from 128 ns on."""


def bucket(value_ns: int) -> int:
    """Return the index of the bucket that holds ``value_ns``, 0 <= value_ns < 2^62; ValueError if it is negative."""
    if value_ns < 128:
        if value_ns < 0:
            raise ValueError("a duration is negative: an event names a time after now")
        return value_ns
    exponent = value_ns.bit_length() - 8
    return (exponent << 7) + (value_ns >> exponent)


def lowest_in(index: int) -> int:
    """Return the least value of a bucket (the one above the last bucket too: 2^62)."""
    if index < 256:
        return index
    exponent = (index >> 7) - 1
    return (index - (exponent << 7)) << exponent


def value_of(index: int) -> int:
    """Return the midpoint of a bucket in ns, within :data:`RELATIVE_ERROR` of every value in it."""
    return (lowest_in(index) + lowest_in(index + 1)) >> 1


def coarse_value_of(index: int) -> int:
    """Return the midpoint of a bucket of a coarse histogram in ns."""
    return (lowest_in(index << 3) + lowest_in((index + 1) << 3)) >> 1


def rank_of(count: int, per_mille: int) -> int:
    """Return the rank of a quantile among ``count`` > 0 values, by nearest rank: ceil(q * count), at least 1."""
    return max(1, (count * per_mille + 999) // 1000)


LAWS: tuple[Callable[..., int], ...] = (
    bucket,
    lowest_in,
    value_of,
    coarse_value_of,
    rank_of,
)
"""Every law of this module, callees before callers."""


def quantiles(counts: list[int], *per_mille: int) -> list[int]:
    """Return quantiles of a histogram in ns, in the order in which they are asked for.

    Parameters
    ----------
    counts
        The BUCKETS counts of a histogram, which is not empty.
    per_mille
        Which quantiles: 500 is the median, 990 the 99th percentile.

    Each is within :data:`RELATIVE_ERROR` of the value of nearest rank, ceil(q * n).
    """
    seen = list(accumulate(counts))
    return [value_of(bisect_left(seen, rank_of(seen[-1], each))) for each in per_mille]
