"""Service levels and costs: what is asked of a measure in the columns of a study, and by how much it is missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.language.faults import FaultList, Step, either, shown, suggest
from sim.scenario.ranges import quantity, written
from sim.scenario.source import Source
from sim.scenario.study import fault_at
from sim.study.measures import MEASURES, Measure
from sim.study.sides import NO_ATTACK
from sim.study.summary import Estimate

FARTHEST = 10.0
"""By how much a level counts as missed at most, as a multiple of it: so much where there is nothing to measure."""
Cells = Sequence[Sequence[Estimate]]
"""By column, an estimate a measure."""


@dataclass(frozen=True)
class Level:
    """At least, or at most, ``limit`` (in base units) of a measure in some columns, by their numbers."""

    measure: Measure
    is_least: bool
    limit: float
    columns: tuple[int, ...]

    def shortfall(self, cells: Cells, *, by_mean: bool = False) -> float:
        """By how much it is missed in the worst of its columns, as a share of the limit; not above 0 if it is kept.

        It is kept where the whole interval keeps it (``by_mean``: where the mean does), and missed where in a replication there
        was nothing to measure.
        """
        return max(self.missed_by(estimate_of(cells[column], self.measure), by_mean=by_mean) for column in self.columns)

    def missed_by(self, estimate: Estimate, *, by_mean: bool = False) -> float:
        """The same in one column."""
        interval, mean = estimate.interval, estimate.mean
        if mean is None or interval is None or len(estimate.known) < len(estimate.values):
            return FARTHEST
        far = (self.limit - (mean if by_mean else interval.low)) if self.is_least else (
            (mean if by_mean else interval.high) - self.limit)
        return min(far / (abs(self.limit) or 1.0), FARTHEST)

    def text(self, columns: Sequence[str]) -> str:
        """``honest success at least 95 % in every column``."""
        where = "every column" if len(self.columns) == len(columns) else " and ".join(f"'{columns[each]}'" for each in self.columns)
        limit = written(self.measure.kind, self.limit)
        return f"{self.measure.label} {'at least' if self.is_least else 'at most'} {limit} in {where}"


@dataclass(frozen=True)
class Cost:
    """What is to be as low as can be: a measure in a column."""

    measure: Measure
    column: int

    def of(self, cells: Cells) -> Estimate:
        """The cost of a setting."""
        return estimate_of(cells[self.column], self.measure)

    def text(self, columns: Sequence[str]) -> str:
        """``false refusals in 'flash crowd'``."""
        return f"{self.measure.label} in '{columns[self.column]}'"


def estimate_of(estimates: Sequence[Estimate], measure: Measure) -> Estimate:
    """That of one measure."""
    return next(each for each in estimates if each.measure is measure)


def levels_of(source: Source, columns: Sequence[str], faults: FaultList) -> list[Level]:
    """The levels of the key ``tune.keep``. What names no measure or column, or is of another kind, is noted."""
    found = []
    for number, data in enumerate(source.at("tune", "keep") or ()):
        place = ("tune", "keep", number)
        measure = _measure(source, data, place, faults)
        names = data.get("in", list(columns))
        listed = names if isinstance(names, list) else [names]
        numbers = [_column(source, name, columns, (*place, "in"), faults) for name in listed]
        key = "at_least" if "at_least" in data else "at_most"
        limit = quantity(data[key])
        if measure is None or limit is None or None in numbers:
            continue
        if limit.kind != measure.kind:
            faults.append(fault_at(source, (*place, key), f"got {shown(data[key])}",
                                   f"a {measure.kind}, as {measure.name} is, e.g. {_EXAMPLES[measure.kind]}"))
            continue
        chosen = tuple(dict.fromkeys(each for each in numbers if each is not None))
        found.append(Level(measure, key == "at_least", limit.value, chosen))
    return found


_EXAMPLES = {"share": "95 %", "time": "3 s", "size": "1 MiB", "rate": "10 /s", "number": "10"}


def cost_of(source: Source, columns: Sequence[str], faults: FaultList) -> Cost | None:
    """The cost of the key ``tune.minimise``; None, and noted, if it names no measure or column."""
    place: tuple[Step, ...] = ("tune", "minimise")
    data = source.at(*place)
    measure = _measure(source, data, place, faults)
    if "in" in data:
        column = _column(source, data["in"], columns, (*place, "in"), faults)
    elif len(columns) == 1 or NO_ATTACK in columns:
        column = columns.index(NO_ATTACK) if NO_ATTACK in columns else 0
    else:
        faults.append(fault_at(source, place, "it is not said in which column", f"in: {either(columns)}"))
        return None
    return None if measure is None or column is None else Cost(measure, column)


def _measure(source: Source, data: Mapping[str, Any], place: tuple[Step, ...], faults: FaultList) -> Measure | None:
    names = [each.name for each in MEASURES]
    found = next((each for each in MEASURES if each.name == data["measure"]), None)
    if found is None:
        faults.append(fault_at(source, (*place, "measure"), f"got {shown(data['measure'])}", either(names),
                               suggest(data["measure"], names)))
    return found


def _column(source: Source, name: str, columns: Sequence[str], place: tuple[Step, ...], faults: FaultList) -> int | None:
    if name in columns:
        return columns.index(name)
    faults.append(fault_at(source, place, f"got {shown(name)}, which is no column of the study", either(columns),
                           suggest(name, columns)))
    return None
