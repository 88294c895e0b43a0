"""A row of the validation: what is expected of a system, where that stands, and how it is counted in runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.study.run import Run

NARROW = 0.02
"""The largest half-width of an interval, relative to its mean, unless a row says why it has another."""
CONFIDENCE = 0.999
"""Of the intervals: of a thousand rows of a right program, one would not hold its value."""


@dataclass(frozen=True)
class Form:
    """How long a row is counted for: so many independent replications, each measured for ``seconds`` of simulated time.

    ``width`` is the largest relative half-width that is allowed, and ``why`` says why it is not :data:`NARROW`.
    """

    runs: int
    seconds: int
    width: float = NARROW
    why: str = ""


@dataclass(frozen=True)
class Row:
    """A quantity of a system: what theory or a publication expects, and how it is found.

    ``scenario(seconds)`` is what runs, with the row's ``number`` as its seed; ``read(run)`` is the number that is found in a run,
    counted in its metrics, or in its trace where ``trace`` says so. A row with ``digits`` is exact: what is found, rounded to so
    many digits behind the point, is what is expected. Any other must lie in the interval over the replications. A row
    ``of_all_runs`` is read in the runs of all other rows too.
    """

    system: str
    quantity: str
    expected: float
    source: str
    scenario: Callable[[int], Mapping[str, Any]]
    read: "Callable[[Run], float]"
    full: Form
    quick: Form
    digits: int | None = None
    trace: bool = False
    of_all_runs: bool = False
    number: int = 0

    def form(self, *, quick: bool) -> Form:
        """How long it is counted for, in the short form or in the long one."""
        return self.quick if quick else self.full


def numbered(*groups: "tuple[Row, ...]") -> tuple[Row, ...]:
    """All rows in the order of the table, numbered from 1."""
    return tuple(replace(row, number=number) for number, row in enumerate((row for group in groups for row in group), start=1))


def exact(seconds: int) -> Form:
    """Of a row that is exact: one run."""
    return Form(1, seconds)
