"""What was found of a row: its values, one a replication, their interval, and the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sim.measure.statistics import Interval, confidence_interval
from sim.study.validation.row import CONFIDENCE, Form, Row

AGREES, DIFFERS, TOO_WIDE = "agrees", "differs", "too wide"


@dataclass(frozen=True)
class Found:
    """A row that was counted: ``values`` has what was read in each run."""

    row: Row
    form: Form
    values: tuple[float, ...]

    @cached_property
    def interval(self) -> Interval | None:
        """Student's interval over the replications; None of a row that is exact."""
        return None if self.row.digits is not None else confidence_interval(self.values, CONFIDENCE)

    @property
    def value(self) -> float:
        """What was found: the mean, and of a row that is exact that rounded to its digits."""
        if self.interval is not None:
            return self.interval.mean
        assert self.row.digits is not None
        return min((round(each, self.row.digits) for each in self.values), key=lambda each: (each == self.row.expected, each))

    @property
    def width(self) -> float | None:
        """Half the width of the interval, relative to its mean; None of a row that is exact."""
        return None if self.interval is None else self.interval.relative_half_width

    @property
    def verdict(self) -> str:
        """Whether what is expected was found, in an interval that says something."""
        if self.interval is None:
            return AGREES if self.value == self.row.expected else DIFFERS
        if self.row.expected not in self.interval:
            return DIFFERS
        return AGREES if self.interval.relative_half_width <= self.form.width else TOO_WIDE

    @property
    def agrees(self) -> bool:
        """Whether the row is green."""
        return self.verdict == AGREES


def cells(found: "Found") -> dict[str, str]:
    """How a row is shown: texts by the name of their column."""
    row, interval = found.row, found.interval
    digits = row.digits if row.digits is not None and row.digits < 9 else None
    return {
        "row": str(row.number), "system": row.system, "quantity": row.quantity,
        "expected": number(row.expected, digits), "found": number(found.value, digits),
        "interval": "exact" if interval is None else f"± {interval.half_width:.2g} ({100 * interval.relative_half_width:.2f} %)",
        "runs": str(len(found.values)), "verdict": found.verdict, "source": row.source}


def number(value: float, digits: int | None) -> str:
    """Five digits that count, or so many behind the point."""
    return f"{value:.5g}" if digits is None else f"{value:.{digits}f}"


def wide(rows: Sequence[Found]) -> list[tuple[Found, str]]:
    """The rows whose intervals may be wider than others, each with why."""
    return [(each, f"half the width may be {100 * each.form.width:g} % of the mean ({each.form.why})")
            for each in rows if each.form.why]
