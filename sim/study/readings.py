"""The numbers of a study as text: one unit and as many decimals for a measure in all of the table, so that cells compare."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.measure.statistics import Interval
from sim.measure.units import Scale
from sim.study.measures import Measure
from sim.study.summary import Estimate, Summary

MISSING = "–"


@dataclass(frozen=True)
class Reading(Scale):
    """How a measure is written in all of a table."""

    @classmethod
    def of(cls, measure: Measure, cells: Iterable[Summary]) -> "Reading":
        """The one in which the largest mean of the cells reads well."""
        largest = max((abs(mean) for cell in cells if (mean := cell.estimate(measure).mean) is not None), default=0.0)
        return cls.holding(measure.kind, largest)

    def estimate(self, estimate: Estimate) -> str:
        """``97.3 ± 0.4``; a dash where there is nothing, no interval where there is one value."""
        mean = estimate.mean
        if mean is None:
            return MISSING
        interval = estimate.interval
        return self.number(mean) if interval is None else f"{self.number(mean)} ± {self.number(interval.half_width)}"

    def difference(self, difference: Interval) -> str:
        """``+95.1 ± 0.3``."""
        text = self.number(difference.mean)
        sign = "" if text.startswith("-") else "+" if difference.mean > 0 and float(text.replace(",", "")) else ""
        return f"{sign}{text.replace('-', '−')} ± {self.number(difference.half_width)}"


def partly(cells: Sequence[Summary]) -> bool:
    """Whether a measure is missing in some replications of a cell, and there in others."""
    return any(0 < len(each.known) < len(each.values) for cell in cells for each in cell.estimates)
