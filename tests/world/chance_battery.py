"""Tests of a row of uniform draws, and of two rows beside each other: each gives a p-value, small too for what is too good.

D. E. Knuth, *The Art of Computer Programming*, vol. 2, 3rd ed., section 3.3.2: equidistribution, serial test, gaps, runs, birthday
spacings, serial correlation. ``u`` are 53-bit numbers in (0, 1).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Row = NDArray[np.float64]
LENGTH = 122_880
"""Of a row: divisible by 2, by 3, and by the birthdays of a year."""
BIRTHDAYS, DAYS = 512, 1 << 30
"""With so many years of so many days, the Poisson law holds (P. L'Ecuyer, R. Simard, Mathematics and Computers in Simulation 55, 2001)."""


def of_a_row(u: Row) -> dict[str, float]:
    """The p-value of each test."""
    whole = (u * 2.0**53).astype(np.int64)
    return {
        "Kolmogorov and Smirnov": two_sided(stats.kstest(u, "uniform").pvalue),
        "256 cells": cells(u, 1, 256),
        "256 cells of the low bits": evenly(np.bincount(whole >> 2 & 0xFF, minlength=256)),  # the last two are rounded
        "pairs": cells(u, 2, 32),
        "pairs begun one later": cells(u[1:-1], 2, 32),
        "triples": cells(u, 3, 16),
        "runs up and down": runs_up_and_down(u),
        "runs about the median": runs_about_the_median(u),
        "gaps": gaps(u),
        "birthday spacings": birthday_spacings((u * DAYS).astype(np.int64)),
        "birthday spacings of the low bits": birthday_spacings(whole >> 2 & DAYS - 1),
        "correlation with the 16 before": autocorrelation(u),
        "correlation of the distances from the middle": autocorrelation((u - 0.5) ** 2),
    }


def of_two_rows(u: Row, v: Row) -> dict[str, float]:
    """The p-value of each test of whether two rows know of each other, place by place."""
    together = (u * 16).astype(np.int64) * 16 + (v * 16).astype(np.int64)
    differing = (u * 256).astype(np.int64) ^ (v * 256).astype(np.int64)
    return {
        "correlation": normal_p(np.corrcoef(u, v)[0, 1] * np.sqrt(len(u))),
        "correlation of the distances from the middle": normal_p(np.corrcoef((u - 0.5) ** 2, (v - 0.5) ** 2)[0, 1] * np.sqrt(len(u))),
        "cells": evenly(np.bincount(together, minlength=256)),
        "bits that differ": evenly(np.bincount(differing, minlength=256)),
    }


def at_any_shift(u: Row, v: Row) -> dict[str, float]:
    """Whether one row follows the other some places later, or earlier, at any shift round the row: the largest correlation."""
    found = {}
    for name, change in (("values", lambda x: x - 0.5), ("distances from the middle", lambda x: (x - 0.5) ** 2)):
        a, b = (stats.zscore(change(row)) for row in (u, v))
        shifted = np.fft.irfft(np.fft.rfft(a) * np.conj(np.fft.rfft(b)), len(a)) / np.sqrt(len(a))
        found[name] = min(1.0, len(a) * normal_p(float(np.abs(shifted).max())))  # Bonferroni over the shifts
    return found


def cells(u: Row, dimensions: int, per_side: int) -> float:
    """Chi-square of neighbours that do not overlap in the cells of a cube."""
    groups = (u[: len(u) // dimensions * dimensions].reshape(-1, dimensions) * per_side).astype(np.int64)
    place = groups @ per_side ** np.arange(dimensions)
    return evenly(np.bincount(place, minlength=per_side**dimensions))


def evenly(counts: NDArray[np.int64]) -> float:
    return two_sided(stats.chisquare(counts).pvalue)


def two_sided(p: float) -> float:
    """Of the p-value of a one-sided test: small where it is near 1, too."""
    return float(2 * min(p, 1 - p))


def normal_p(z: float) -> float:
    return float(2 * stats.norm.sf(abs(z)))


def runs_up_and_down(u: Row) -> float:
    """Runs of rising and falling values: (2n - 1) / 3 in the mean, variance (16n - 29) / 90 (H. Levene 1952, Annals of Mathematical Statistics 23)."""
    rises = np.diff(u) > 0
    runs, n = 1 + int(np.count_nonzero(rises[1:] != rises[:-1])), len(u)
    return normal_p((runs - (2 * n - 1) / 3) / np.sqrt((16 * n - 29) / 90))


def runs_about_the_median(u: Row) -> float:
    """Runs above and below one half: changes are binomial."""
    above = u > 0.5
    changes = int(np.count_nonzero(above[1:] != above[:-1]))
    return float(stats.binomtest(changes, len(u) - 1, 0.5).pvalue)


def gaps(u: Row, share: float = 0.25, longest: int = 24) -> float:
    """How many values lie between two below ``share``: geometric."""
    lengths = np.minimum(np.diff(np.flatnonzero(u < share)) - 1, longest)
    expected = share * (1 - share) ** np.arange(longest + 1)
    expected[longest] = (1 - share) ** longest
    return two_sided(stats.chisquare(np.bincount(lengths, minlength=longest + 1), expected * len(lengths)).pvalue)


def birthday_spacings(days: NDArray[np.int64]) -> float:
    """How many spacings of the sorted birthdays of a year occur again, over all years: Poisson (G. Marsaglia 1985)."""
    years = np.sort(days.reshape(-1, BIRTHDAYS), axis=1)
    spacings = np.sort(np.diff(years, axis=1), axis=1)
    again = int(np.count_nonzero(np.diff(spacings, axis=1) == 0))
    expected = len(years) * BIRTHDAYS**3 / (4 * DAYS)
    return float(min(1.0, 2 * min(stats.poisson.cdf(again, expected), stats.poisson.sf(again - 1, expected))))


def autocorrelation(x: Row, lags: int = 16) -> float:
    """Box and Pierce's sum of squared serial correlations (Biometrika 65, 1978, with Ljung's factor): chi-square."""
    z = stats.zscore(x)
    n = len(z)
    squares = [(z[lag:] @ z[:-lag] / n) ** 2 * n * (n + 2) / (n - lag) for lag in range(1, lags + 1)]
    return two_sided(stats.chi2.sf(np.sum(squares), lags))
