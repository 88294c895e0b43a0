"""From runs to cells: of each measure the mean over replications with its interval, and the difference from the first row.

No execution here and no look: what :mod:`sim.study.replicate` left is turned into numbers that tables, files and charts share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.measure.batch_means import BatchMeans, batch_means
from sim.measure.groups import Groups, two_groups
from sim.measure.quantiles import nearest, quantile_interval
from sim.measure.statistics import Interval, confidence_interval, mean, paired_interval
from sim.study.measures import MEASURES, SUCCESS, Judged, Measure
from sim.study.results import Results

CONFIDENCE = 0.95
LEAST_GAP = 0.05
"""Groups of honest success that lie closer together than five points are of no interest."""

LEAST_SPAN = 0.01
"""Columns whose honest success differs by less have no best and no worst."""


@dataclass(frozen=True)
class Estimate:
    """A measure in a cell. ``values``: one a replication, None where it had none (no session completed: no response time).

    ``interval`` is None for fewer than two values; ``difference`` is that from the first row, replication by replication, None for
    that row itself.
    """

    measure: Measure
    values: tuple[float | None, ...]
    difference: Interval | None = None
    batches: BatchMeans | None = None
    """Of the one long run that a cell has where its intervals are by batch means."""

    @property
    def known(self) -> list[float]:
        """The values that there are."""
        return [value for value in self.values if value is not None]

    @property
    def mean(self) -> float | None:
        """Their mean."""
        return mean(self.known) if self.known else None

    @property
    def interval(self) -> Interval | None:
        """Student's t over the replications, or over the batches of the one run."""
        if self.batches is not None:
            return self.batches.interval
        return confidence_interval(self.known, CONFIDENCE) if len(self.known) > 1 else None

    def quantile(self, q: float) -> tuple[float | None, float | None, float | None]:
        """A quantile over the replications and the ends of its interval between two of them; None what too few do not tell."""
        if not self.known:
            return None, None, None
        found = quantile_interval(self.known, q, CONFIDENCE)
        return (nearest(self.known, q), None, None) if found is None else (found.quantile, found.low, found.high)


@dataclass(frozen=True)
class Summary:
    """A cell: its place, the replications that were run, an estimate a measure, and the groups that they fall into, if they do."""

    row: int
    column: int
    replications: tuple[int, ...]
    estimates: tuple[Estimate, ...]
    groups: Groups | None

    def estimate(self, measure: Measure) -> Estimate:
        """The estimate of one measure."""
        return next(each for each in self.estimates if each.measure == measure)


def summarise(results: Results, judged: Sequence[Judged], columns: int, batches: int | None = None) -> list[Summary]:
    """All cells, row by row. ``results`` by (cell, replication); ``judged`` one a cell; so many ``columns`` in a row.

    With ``batches`` each cell has one run, whose intervals are by so many batch means.
    """
    values: list[dict[int, list[float | None]]] = [{} for _ in judged]
    in_batches: list[list[BatchMeans | None]] = [[None] * len(MEASURES) for _ in judged]
    for (cell, replication), metrics in results.items():
        values[cell][replication] = [measure.read(metrics, judged[cell]) for measure in MEASURES]
        if batches is not None:
            in_batches[cell] = [_batched(measure, metrics, judged[cell], batches) for measure in MEASURES]
    summaries = []
    for cell, own in enumerate(values):
        first = values[cell % columns] if cell >= columns else None
        estimates = tuple(Estimate(measure, tuple(own[r][k] for r in own), _difference(own, first, k), in_batches[cell][k])
                          for k, measure in enumerate(MEASURES))
        success = next(each for each in estimates if each.measure is SUCCESS)
        summaries.append(Summary(cell // columns, cell % columns, tuple(own), estimates, two_groups(success.known, LEAST_GAP)))
    return summaries


def _batched(measure: Measure, metrics: Mapping[str, Any], judged: Judged, batches: int) -> BatchMeans | None:
    """The batch means of a measure; None where it has no series, or the series is too short for so many."""
    if measure.bins is None:
        return None
    try:
        return batch_means(measure.bins(metrics, judged), batches, CONFIDENCE)
    except ValueError:
        return None


def _difference(own: Mapping[int, Sequence[float | None]], first: Mapping[int, Sequence[float | None]] | None,
                number: int) -> Interval | None:
    """The interval of a measure's difference from the first row, over the replications that both have."""
    if first is None:
        return None
    pairs = [(own[r][number], first[r][number]) for r in own if r in first]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    return paired_interval([a for a, _ in known], [b for _, b in known], CONFIDENCE) if len(known) > 1 else None


def extremes(summaries: Sequence[Summary], columns: int) -> dict[tuple[int, int], str]:
    """Of each column the cells with the ``best`` and ``worst`` honest success, by (row, column).

    Ties within a tenth of a point share it. A column that spans less than a point has none.
    """
    marks: dict[tuple[int, int], str] = {}
    for column in range(columns):
        means = {each.row: round(value, 3) for each in summaries
                 if each.column == column and (value := each.estimate(SUCCESS).mean) is not None}
        low, high = min(means.values(), default=0.0), max(means.values(), default=0.0)
        if high - low >= LEAST_SPAN:
            marks |= {(row, column): "best" if value == high else "worst" for row, value in means.items() if value in (low, high)}
    return marks


def estimate_data(estimate: Estimate) -> dict[str, Any]:
    """An estimate for a program."""
    return {"mean": estimate.mean, "half_width": _half_width(estimate.interval), "values": list(estimate.values),
            "difference": None if estimate.difference is None else {
                "mean": estimate.difference.mean, "half_width": estimate.difference.half_width}}


def _half_width(interval: Interval | None) -> float | None:
    return None if interval is None else interval.half_width
