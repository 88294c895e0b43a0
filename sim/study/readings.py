"""The numbers of a study as text: one unit and as many decimals for a measure in all of the table, so that cells compare."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.measure.statistics import Interval
from sim.study.measures import Measure
from sim.study.summary import Estimate, Summary

MISSING = "–"
_UNITS = {"time": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
          "size": ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B"))}
_PER_CENT = 100.0


@dataclass(frozen=True)
class Reading:
    """How a measure is written: what it is divided by, its unit, and its decimals."""

    one: float
    unit: str
    decimals: int

    @classmethod
    def of(cls, measure: Measure, cells: Iterable[Summary]) -> "Reading":
        """The one in which the largest mean of the cells reads well."""
        largest = max((abs(mean) for cell in cells if (mean := cell.estimate(measure).mean) is not None), default=0.0)
        if measure.kind == "share":
            return cls(1 / _PER_CENT, "%", 1)
        units = _UNITS.get(measure.kind, ((1.0, "/s" if measure.kind == "rate" else ""),))
        one, unit = next((each for each in units if largest >= each[0]), units[-1])
        scaled = largest / one
        return cls(one, unit, 0 if scaled >= 100 or scaled == 0 else 1 if scaled >= 10 else 2)

    def number(self, value: float) -> str:
        """A value without its unit; what is no zero does not read as one."""
        text = f"{value / self.one:,.{self.decimals}f}"
        return text.removeprefix("-") if not float(text.replace(",", "")) else text

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
