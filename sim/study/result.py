"""A study: a scenario's grid, run, and what came of it; in Jupyter it shows itself as its table."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from sim.measure.statistics import enough
from sim.study.execution.job import Failure, Job
from sim.study.grid import Grid
from sim.study.measures import MEASURES, SUCCESS, Measure, measure_named
from sim.study.reproducing import command
from sim.study.results import Results
from sim.study.sides import NO_ATTACK
from sim.study.summary import CONFIDENCE, Estimate, Summary, estimate_data, extremes, summarise

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.matrix import Matrix
    from sim.study.views import Picture
    from sim.study.warm_up import WarmUp


@dataclass(frozen=True)
class Study:
    """What a study left. Equal grids with equal results are equal studies; wall-clock time stands in ``info``.

    ``results`` are the metrics of each run, by (cell, replication), without their time series; cells are numbered row by row.
    """

    grid: Grid = field(compare=False)
    seed: int
    results: Results
    failures: "tuple[Failure, ...]"
    stopped: bool
    info: dict[str, Any] = field(compare=False)
    warm_up: "WarmUp | None" = field(default=None, compare=False)
    """What was found, if the study asked for that."""

    @property
    def name(self) -> str:
        """The title of the scenario."""
        return self.grid.scenario.name

    @cached_property
    def cells(self) -> list[Summary]:
        """All cells, row by row."""
        grid = self.grid
        judged = [grid.check(number).judged for number in range(len(grid.cells))]
        return summarise(self.results, judged, len(grid.columns), grid.replications.batches)

    @cached_property
    def marks(self) -> dict[tuple[int, int], str]:
        """Which cells are ``best`` and ``worst`` of their column, by (row, column)."""
        return extremes(self.cells, len(self.grid.columns))

    @cached_property
    def too_wide(self) -> tuple[int, ...]:
        """The cells whose interval is wider than the study asked for though they were run as often as they may be, by number."""
        rule = self.grid.replications
        if rule.until is None:
            return ()
        measure = measure_named(rule.of)
        return tuple(number for number, each in enumerate(self.cells) if len(each.replications) >= rule.at_most
                     and not enough(each.estimate(measure).known, rule.until, CONFIDENCE, rule.at_least))

    def cell(self, row: str, column: str) -> Summary:
        """A cell by the names of its row and column. Raises :class:`sim.language.faults.Faults` for names that are none."""
        from sim.language.faults import Fault, Faults, either, shown, suggest

        for what, name, known in (("row", row, self.grid.rows), ("column", column, self.grid.columns)):
            if name not in known:
                raise Faults([Fault("", None, None, what, f"got {shown(name)}", either(known), suggest(name, known))])
        return self.cells[self.grid.rows.index(row) * len(self.grid.columns) + self.grid.columns.index(column)]

    @cached_property
    def table(self) -> "Matrix":
        """The table: ``print`` shows it as text, Jupyter as HTML, rich's consoles as a table."""
        from sim.study.matrix import Matrix

        return Matrix(self)

    MOST_SHOWN: ClassVar[int] = 400
    """Cells that a table or heat map shows; of more it is told where they stand."""

    @property
    def has_attacks(self) -> bool:
        """Whether it has a column without attack, and others to compare with it."""
        return NO_ATTACK in self.grid.columns and len(self.grid.columns) > 1

    @cached_property
    def pictures(self) -> "dict[str, Picture]":
        """Every picture that there is something for, by name: scorecard, heat_map, curves, effects, spread, warm_up."""
        from sim.study.study_pictures import of_study

        return of_study(self)

    def heat_map(self) -> "Picture":
        """Honest success of each cell as a heat map, as SVG and PNG."""
        from sim.study.study_pictures import heat_map_of

        return heat_map_of(self)

    def scorecard(self, level: float | None = None) -> "Picture":
        """Which row holds against which attack, how far, and at what price. ``level``: where a cell holds.

        Raises :class:`sim.language.faults.Faults` for a study without attacks.
        """
        from sim.study.study_pictures import scorecard_of

        return self._there(scorecard_of(self, level), "scorecard", "a study of attacks beside a column without one")

    def curves(self, measure: str = SUCCESS.name) -> "Picture":
        """A measure over the factor that has most numeric levels, a line for what else is varied.

        Raises :class:`sim.language.faults.Faults` for a measure that there is not, or a study without such a factor.
        """
        from sim.study.study_pictures import curves_of

        return self._there(curves_of(self, measure_named(measure)), "curves", "a factor of at least two quantities, and few others")

    def effects(self, measure: str = SUCCESS.name) -> "Picture":
        """The main effect of each factor on a measure. Raises as :meth:`curves` does, for a study of one factor."""
        from sim.study.study_pictures import effects_of

        return self._there(effects_of(self, measure_named(measure)), "effects", "a study of at least two factors")

    def spread(self, measure: str = SUCCESS.name) -> "Picture":
        """Every replication of the cells whose replications fall into two groups. Raises as :meth:`curves` does, if none do."""
        from sim.study.study_pictures import spread_of

        return self._there(spread_of(self, measure_named(measure)), "spread", "cells whose replications fall into two groups")

    def _there(self, made: "Picture | None", what: str, expected: str) -> "Picture":
        if made is None:
            from sim.language.faults import Fault, Faults

            raise Faults([Fault("", None, None, what, "this study has nothing to show there", expected)])
        return made

    def command(self, failure: "Failure") -> str:
        """The command that runs a failed run again, alone."""
        job = failure.job
        assert isinstance(job, Job)
        return command(self.grid, job.cell, self.seed, job.replication)

    def replications(self) -> str:
        """How many each cell has: ``10``, or ``3 to 4`` of a study that was stopped."""
        counts = [len(each.replications) for each in self.cells]
        return str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"

    def to_pandas(self) -> "pd.DataFrame":
        """A row a cell and measure: mean and median with their intervals, difference from the first row."""
        import pandas as pd

        return pd.DataFrame(list(self.cell_rows()))

    def quantile(self, q: float) -> "pd.DataFrame":
        """A row a cell and measure: its q-quantile over the replications, 0 < q < 1, with the ends of its interval.

        In how many of ten runs is the loss below which value? The interval lies between two of the values, whatever their
        distribution (:func:`sim.measure.quantiles.quantile_interval`), and is not there where they are too few: the median needs 6,
        the 0.9-quantile 36. Raises :class:`sim.language.faults.Faults` for another q.
        """
        import pandas as pd

        from sim.language.faults import Fault, Faults, shown

        if isinstance(q, bool) or not isinstance(q, int | float) or not 0 < q < 1:
            raise Faults([Fault("", None, None, "q", f"got {shown(q)}", "a number between 0 and 1")])
        return pd.DataFrame([{**place, "measure": each.measure.name, "unit": each.measure.unit,
                              **dict(zip(("quantile", "low", "high"), each.quantile(q), strict=True)),
                              "confidence": CONFIDENCE, "replications": len(each.known)} for place, _, each in self._estimates()])

    def to_dict(self) -> dict[str, Any]:
        """All of it for a program, as ``study.json`` has it. The same study has the same bytes, whatever ran it."""
        grid, wide = self.grid, set(self.too_wide)
        cells = [{"row": grid.rows[cell.row], "column": grid.columns[cell.column], "set": grid.cells[number].settings,
                  "replications": list(cell.replications), "mark": self.marks.get((cell.row, cell.column)),
                  "is_too_wide": number in wide,
                  "groups": _groups(cell), "measures": {each.measure.name: estimate_data(each) for each in cell.estimates}}
                 for number, cell in enumerate(self.cells)]
        return {"scenario": self.name, "question": grid.question, "seed": self.seed, "replications": grid.replications.data,
                "complete": not self.stopped and not self.failures, "confidence": CONFIDENCE, "flash_crowd": grid.flash_crowd,
                "rows": {"title": grid.row_title, "names": list(grid.rows)},
                "columns": {"title": grid.column_title, "names": list(grid.columns)},
                "measures": {each.name: {"label": each.label, "unit": each.unit, "about": each.about} for each in MEASURES},
                "cells": cells}

    def to_json(self) -> bytes:
        """The bytes of ``study.json``."""
        return orjson.dumps(self.to_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def cell_rows(self) -> Iterator[dict[str, Any]]:
        """Tidy: a row a cell and measure, with a column a factor: its number in base units if it is a quantity, else its name."""
        for place, cell, each in self._estimates():
            interval, difference = each.interval, each.difference
            yield {**place, "measure": each.measure.name, "unit": each.measure.unit, "mean": each.mean,
                   "half_width": None if interval is None else interval.half_width,
                   "low": None if interval is None else interval.low, "high": None if interval is None else interval.high,
                   "confidence": CONFIDENCE, "replications": len(each.known),
                   "difference": None if difference is None else difference.mean,
                   "difference_half_width": None if difference is None else difference.half_width,
                   **dict(zip(("median", "median_low", "median_high"), each.quantile(0.5), strict=True)),
                   "two_groups": each.measure is SUCCESS and cell.groups is not None}

    def _estimates(self) -> Iterator[tuple[dict[str, Any], Summary, Estimate]]:
        """Each estimate of each cell, and where it belongs: a column a factor."""
        for number, cell in enumerate(self.cells):
            place = {"row": self.grid.rows[cell.row], "column": self.grid.columns[cell.column], **self._factors(number)}
            for each in cell.estimates:
                yield place, cell, each

    def replication_rows(self) -> Iterator[dict[str, Any]]:
        """Tidy: a row a run, a column a factor and a column a measure."""
        for number, cell in enumerate(self.cells):
            factors = self._factors(number)
            for index, replication in enumerate(cell.replications):
                yield {"row": self.grid.rows[cell.row], "column": self.grid.columns[cell.column], **factors,
                       "seed": self.seed, "replication": replication,
                       **{each.measure.name: each.values[index] for each in cell.estimates}}

    def _factors(self, number: int) -> dict[str, Any]:
        """The level of each factor in a cell, as a number if all its levels are quantities; None where a control has none."""
        own = {level.factor: level for level in self.grid.cells.levels(number)}
        return {factor: None if (level := own.get(factor)) is None
                else level.quantity.value if factor in self.grid.numeric and level.quantity is not None else level.label
                for factor in self.grid.factors}

    def save(self, out: str | Path, *, force: bool = False) -> Path:
        """Write the study's folder ``out``, whole or not at all; an existing one only with ``force``."""
        from sim.study.study_folder import write

        return write(self, Path(out), force=force)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()

    def __repr__(self) -> str:
        return f"<Study {self.name!r}: {len(self.grid.rows)} x {len(self.grid.columns)} cells, {len(self.results)} runs>"


def csv_bytes(rows: Sequence[dict[str, Any]]) -> bytes:
    """Rows with the same keys as CSV; what is None is empty, numbers are written so that they read back the same."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: str(value).lower() if isinstance(value, bool) else value for key, value in row.items()})
    return out.getvalue().encode()


def write_parquet(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Rows with the same keys as a Parquet file: whole numbers, floats, text, and nothing where there is None."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(list(rows)), path)


def _groups(cell: Summary) -> dict[str, Any] | None:
    groups = cell.groups
    if groups is None:
        return None
    return {"low": {"count": groups.low_count, "mean": groups.low_mean},
            "high": {"count": groups.high_count, "mean": groups.high_mean}, "p": groups.p}


__all__ = ["Measure", "Study", "csv_bytes"]
