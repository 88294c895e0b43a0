"""The breaking points that a search found: of each mitigation the rate of an attack up to which it holds, over replications.

Each replication has a breaking point of its own, known to lie between two rates. Over replications, which are independent, the mean
of their logarithms has Student's interval, and its antilogarithm is a geometric mean with an interval that is right for ratios
(J. M. Bland, D. G. Altman, *Transformations, means, and confidence intervals*, BMJ 312:1079, 1996). Its ends are moved outwards
by as much as the brackets leave open. A ratio to the first mitigation is that of pairs: replication r of both has the same chance.
Where a replication holds at the highest rate, or fails at the lowest, its breaking point is not known, and there is no mean.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from sim.measure.statistics import confidence_interval
from sim.measure.units import in_percent
from sim.scenario.source import Source
from sim.study.execution.job import Failure
from sim.study.summary import CONFIDENCE

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.search.breaking_table import BreakingTable
    from sim.study.views import Picture


@dataclass(frozen=True)
class Broken:
    """What one replication did, in 1/s; see :class:`sim.study.search.bracket.Bracket`. ``tried``: rates with success, ascending."""

    replication: int
    holds_at: float | None
    fails_at: float | None
    holds_again_at: float | None
    tried: tuple[tuple[float, float], ...]

    @property
    def ends(self) -> tuple[float, float] | None:
        """The rates between which it breaks; None where it does not."""
        return None if self.holds_at is None or self.fails_at is None else (self.holds_at, self.fails_at)


@dataclass(frozen=True)
class Range:
    """A geometric mean over replications with its interval, ``low`` .. ``high``."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class BreakingPoint:
    """A mitigation (a row) under an attack: its replications, those without failed runs."""

    row: str
    attack: str
    replications: tuple[Broken, ...]

    @cached_property
    def holding(self) -> int:
        """How many replications hold at the highest rate."""
        return sum(each.fails_at is None for each in self.replications)

    @cached_property
    def failing(self) -> int:
        """How many fail at the lowest."""
        return sum(each.holds_at is None for each in self.replications)

    @cached_property
    def holding_again(self) -> tuple[Broken, ...]:
        """Those that hold again at a higher rate than one at which they fail: they have no single breaking point."""
        return tuple(each for each in self.replications if each.holds_again_at is not None)

    @property
    def holds_at(self) -> float | None:
        """The highest rate up to which every replication holds; None if one fails at the lowest."""
        known = [each.holds_at for each in self.replications if each.holds_at is not None]
        return min(known) if known and not self.failing else None

    @property
    def fails_at(self) -> float | None:
        """The lowest rate at which every replication has failed; None if one holds at the highest."""
        known = [each.fails_at for each in self.replications if each.fails_at is not None]
        return max(known) if known and not self.holding else None

    @cached_property
    def point(self) -> Range | None:
        """Where it breaks; None if any replication does not, or there are fewer than two."""
        ends = [each.ends for each in self.replications]
        known = [pair for pair in ends if pair is not None]
        return geometric(known) if len(known) == len(ends) else None

    def against(self, first: "BreakingPoint") -> Range | None:
        """How many times as high it breaks as ``first`` does; None where that is not known of any of their replications."""
        theirs = {each.replication: each.ends for each in first.replications}
        pairs = [(each.ends, theirs[each.replication]) for each in self.replications if each.replication in theirs]
        known = [(a[0] / b[1], a[1] / b[0]) for a, b in pairs if a is not None and b is not None]
        return geometric(known) if len(known) == len(pairs) else None


def geometric(ends: Sequence[tuple[float, float]]) -> Range | None:
    """The geometric mean of numbers of which each is known to lie between two, with its interval; None for fewer than two."""
    if len(ends) < 2:
        return None
    lows, highs = [math.log(low) for low, _ in ends], [math.log(high) for _, high in ends]
    interval = confidence_interval([(a + b) / 2 for a, b in zip(lows, highs, strict=True)], CONFIDENCE)
    open_by = math.fsum(b - a for a, b in zip(lows, highs, strict=True)) / len(ends) / 2
    return Range(math.exp(interval.mean), math.exp(interval.low - open_by), math.exp(interval.high + open_by))


@dataclass(frozen=True)
class Sought:
    """What was asked. ``attacks``: by name the lowest and the highest rate tried (1/s)."""

    level: float
    precision: float
    replications: int
    attacks: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class BreakingPoints:
    """The breaking points of a scenario, row by row for each attack. Wall-clock time stands in ``info``."""

    name: str
    source: Source = field(compare=False, repr=False)
    seed: int
    sought: Sought
    row_title: str
    rows: tuple[str, ...]
    points: tuple[BreakingPoint, ...]
    failures: tuple[Failure, ...]
    info: dict[str, Any] = field(compare=False)

    def of(self, attack: str) -> list[BreakingPoint]:
        """Those of an attack, row by row."""
        return [each for each in self.points if each.attack == attack]

    def ratio(self, point: BreakingPoint) -> Range | None:
        """Of a point, how many times as high it is as that of the first row; None for that itself, and where it is not known."""
        first = self.of(point.attack)[0]
        return None if point is first else point.against(first)

    @cached_property
    def table(self) -> "BreakingTable":
        """The table: ``print`` shows it as text, Jupyter as HTML, rich's consoles as a table."""
        from sim.study.search.breaking_table import BreakingTable

        return BreakingTable(self)

    def picture(self) -> "Picture":
        """Where each breaks on a logarithmic axis, as SVG and PNG."""
        from sim.draw import breaking_points
        from sim.study.views import Picture

        several = len(self.sought.attacks) > 1
        rows = [f"{each.row}: {each.attack}" if several else each.row for each in self.points]
        points = [breaking_points.BreakingPoint(each.holds_at, each.fails_at, self.sought.attacks[each.attack],
                                                each.point.low if each.point else None, each.point.high if each.point else None)
                  for each in self.points]
        rate = "attack rate" if several else f"rate of '{self.points[0].attack}'"
        level = " ".join(in_percent(self.sought.level))
        note = f"Holds: honest success is at least {level} in all of {self.sought.replications} replications; fails: in none"
        return Picture(breaking_points.render(breaking_points.BreakingPoints(self.name, rows, points, rate, note)))

    def to_pandas(self) -> "pd.DataFrame":
        """A row a mitigation and attack."""
        import pandas as pd

        return pd.DataFrame(list(self.point_rows()))

    def to_dict(self) -> dict[str, Any]:
        """All of it for a program. The same search has the same bytes, whatever ran it."""
        sought = self.sought
        return {"scenario": self.name, "seed": self.seed, "replications": sought.replications, "level": sought.level,
                "precision": sought.precision, "confidence": CONFIDENCE, "complete": not self.failures,
                "attacks": {name: {"from_per_s": low, "to_per_s": high} for name, (low, high) in sought.attacks.items()},
                "rows": {"title": self.row_title, "names": list(self.rows)},
                "points": [{**row, "each": [_broken(each) for each in point.replications]}
                           for row, point in zip(self.point_rows(), self.points, strict=True)]}

    def to_json(self) -> bytes:
        """The bytes of ``breaking_points.json``."""
        return orjson.dumps(self.to_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def point_rows(self) -> Iterator[dict[str, Any]]:
        """Tidy: a row a mitigation and attack; rates in 1/s."""
        for each in self.points:
            ratio = self.ratio(each)
            yield {"row": each.row, "attack": each.attack, "breaks_at_per_s": each.point.mean if each.point else None,
                   "low_per_s": each.point.low if each.point else None, "high_per_s": each.point.high if each.point else None,
                   "holds_at_per_s": each.holds_at, "fails_at_per_s": each.fails_at, "replications": len(each.replications),
                   "holding_at_highest": each.holding, "failing_at_lowest": each.failing,
                   "holding_again": len(each.holding_again), "ratio": ratio.mean if ratio else None,
                   "ratio_low": ratio.low if ratio else None, "ratio_high": ratio.high if ratio else None}

    def tried_rows(self) -> Iterator[dict[str, Any]]:
        """Tidy: a row a rate that was tried in a replication."""
        for point in self.points:
            for each in point.replications:
                for rate, success in each.tried:
                    yield {"row": point.row, "attack": point.attack, "seed": self.seed, "replication": each.replication,
                           "rate_per_s": rate, "honest_success_ratio": success, "holds": success >= self.sought.level}

    def save(self, out: str | Path, *, force: bool = False) -> Path:
        """Write the folder ``out``, whole or not at all; an existing one only with ``force``."""
        from sim.study.search.search_folder import write_breaking_points

        return write_breaking_points(self, Path(out), force=force)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()

    def __repr__(self) -> str:
        return f"<BreakingPoints {self.name!r}: {len(self.rows)} rows, {len(self.sought.attacks)} attacks>"


def _broken(each: Broken) -> dict[str, Any]:
    return {"replication": each.replication, "holds_at_per_s": each.holds_at, "fails_at_per_s": each.fails_at,
            "holds_again_at_per_s": each.holds_again_at, "tried": [list(pair) for pair in each.tried]}
