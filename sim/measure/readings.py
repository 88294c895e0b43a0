"""Reading a finished meter: from columns of integers to counts, sums and summaries of durations.

Sums over segments are taken here, in unbounded integers; every division is integer by integer, which Python rounds
correctly, so the same integers give the same floats everywhere.
"""

from collections.abc import Sequence
from typing import Any

from sim.measure import accumulators as at
from sim.measure.histogram import BUCKETS, quantiles
from sim.measure.meter import Meter

NS_PER_S = 1_000_000_000
PERCENTILES = {"p50": 500, "p95": 950, "p99": 990}
"""Which are told of a histogram, in thousandths."""


class Series:
    """The segments of one row of a finished meter: of each, when it began and ended and its columns."""

    def __init__(self, meter: Meter, row: int) -> None:
        block = meter.block
        self._bin_ns = meter.layout.bin_ns
        self._warm_up_ns = meter.layout.warm_up_ns
        self.bounds_ns: list[tuple[int, int]] = []
        self.columns: list[list[int]] = []
        width, offset = block[row + at.SERIES_WIDTH], block[row + at.SERIES]
        start_ns = 0
        for segment in range(block[row + at.SEGMENT]):
            end_ns = block[meter.at.edges + at.EDGE_WIDTH * segment]
            self.bounds_ns.append((start_ns, end_ns))
            self.columns.append(block[offset + width * segment : offset + width * (segment + 1)])
            start_ns = end_ns

    def total(self, column: int) -> int:
        """Sum of a column over the whole run."""
        return sum(values[column - at.CURRENT] for values in self.columns)

    def measured(self, column: int) -> int:
        """Sum of a column from the end of the warm-up on."""
        return sum(self._measured(column))

    def measured_max(self, column: int) -> int:
        """Greatest value of a column from the end of the warm-up on."""
        return max(self._measured(column), default=0)

    def _measured(self, column: int) -> list[int]:
        pairs = zip(self.bounds_ns, self.columns, strict=True)
        return [values[column - at.CURRENT] for (start_ns, _), values in pairs if start_ns >= self._warm_up_ns]

    def bins(self) -> list[list[tuple[int, list[int]]]]:
        """The segments of each bin, (length in ns, columns): one, or two where the warm-up ends within the bin."""
        bins: list[list[tuple[int, list[int]]]] = []
        for (start_ns, end_ns), values in zip(self.bounds_ns, self.columns, strict=True):
            if start_ns // self._bin_ns == len(bins):
                bins.append([])
            bins[-1].append((end_ns - start_ns, values))
        return bins


def wide(block: Sequence[int], low: int) -> int:
    """Return the value of a wide sum."""
    return block[low] + (block[low + 1] << 62)


def histogram_at(block: list[int], offset: int) -> list[int]:
    """Return the counts of the histogram at an offset."""
    return block[offset : offset + BUCKETS]


def ratio(numerator: int, denominator: int) -> float | None:
    """Return a quotient, None where there is nothing to divide by."""
    return numerator / denominator if denominator else None


def seconds(nanoseconds: int) -> float:
    """Return a time in seconds."""
    return nanoseconds / NS_PER_S


def summary_s(counts: list[int], sum_ns: int, max_ns: int) -> dict[str, Any]:
    """Return mean, percentiles and maximum in seconds; None each where there are no values.

    Mean and maximum are exact; a percentile (nearest rank) is within the histogram's relative error.
    """
    count = sum(counts)
    if count == 0:
        return {"mean": None, "p50": None, "p95": None, "p99": None, "max": None}
    percentiles = (seconds(min(value_ns, max_ns)) for value_ns in quantiles(counts, *PERCENTILES.values()))
    return {"mean": sum_ns / (count * NS_PER_S), **dict(zip(PERCENTILES, percentiles, strict=True)), "max": seconds(max_ns)}
