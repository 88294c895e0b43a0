"""A study: a scenario's grid, run, and what came of it; in Jupyter it shows itself as its table."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from sim.study.execution.job import Failure, Job
from sim.study.grid import Grid
from sim.study.measures import MEASURES, SUCCESS, Measure
from sim.study.reproducing import command
from sim.study.results import Results
from sim.study.summary import CONFIDENCE, Summary, estimate_data, extremes, summarise

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.matrix import Matrix
    from sim.study.views import Picture


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

    @property
    def name(self) -> str:
        """The title of the scenario."""
        return self.grid.scenario.name

    @cached_property
    def cells(self) -> list[Summary]:
        """All cells, row by row."""
        grid = self.grid
        return summarise(self.results, [grid.check(number).judged for number in range(len(grid.cells))], len(grid.columns))

    @cached_property
    def marks(self) -> dict[tuple[int, int], str]:
        """Which cells are ``best`` and ``worst`` of their column, by (row, column)."""
        return extremes(self.cells, len(self.grid.columns))

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

    def heat_map(self) -> "Picture":
        """Honest success of each cell as a heat map, as SVG and PNG."""
        from sim.draw import heat_map
        from sim.study.views import Picture

        grid = self.grid
        estimates = [each.estimate(SUCCESS) for each in self.cells]
        return Picture(heat_map.render(
            heat_map.HeatMap(
                title=grid.question or self.name, rows=grid.rows, columns=grid.columns, row_title=grid.row_title,
                column_title=grid.column_title, values=tuple(each.mean for each in estimates),
                half_widths=tuple(None if each.interval is None else each.interval.half_width for each in estimates),
                groups=tuple(each.groups is not None for each in self.cells),
                note=f"Honest success, %, mean ± {CONFIDENCE:.0%} interval over {self.replications()} replications"
                     f"{'; ‡ two groups of replications' if any(each.groups for each in self.cells) else ''}")))

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
        """A row a cell and measure: mean, half-width of its interval, difference from the first row."""
        import pandas as pd

        return pd.DataFrame(list(self.cell_rows()))

    def to_dict(self) -> dict[str, Any]:
        """All of it for a program, as ``study.json`` has it. The same study has the same bytes, whatever ran it."""
        grid = self.grid
        cells = [{"row": grid.rows[cell.row], "column": grid.columns[cell.column], "set": grid.cells[number].settings,
                  "replications": list(cell.replications), "mark": self.marks.get((cell.row, cell.column)),
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
        """Tidy: a row a cell and measure."""
        for cell in self.cells:
            for each in cell.estimates:
                interval, difference = each.interval, each.difference
                yield {"row": self.grid.rows[cell.row], "column": self.grid.columns[cell.column], "measure": each.measure.name,
                       "unit": each.measure.unit, "mean": each.mean,
                       "half_width": None if interval is None else interval.half_width,
                       "low": None if interval is None else interval.low, "high": None if interval is None else interval.high,
                       "confidence": CONFIDENCE, "replications": len(each.known),
                       "difference": None if difference is None else difference.mean,
                       "difference_half_width": None if difference is None else difference.half_width,
                       "two_groups": each.measure is SUCCESS and cell.groups is not None}

    def replication_rows(self) -> Iterator[dict[str, Any]]:
        """Tidy: a row a run, a column a measure."""
        for cell in self.cells:
            for index, replication in enumerate(cell.replications):
                yield {"row": self.grid.rows[cell.row], "column": self.grid.columns[cell.column], "seed": self.seed,
                       "replication": replication, **{each.measure.name: each.values[index] for each in cell.estimates}}

    def save(self, out: str | Path, *, force: bool = False) -> Path:
        """Write the study's folder ``out``, whole or not at all; an existing one only with ``force``."""
        from sim.study.study_folder import write

        return write(self, Path(out), force=force)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()

    def __repr__(self) -> str:
        return f"<Study {self.name!r}: {len(self.grid.rows)} x {len(self.grid.columns)} cells, {len(self.results)} runs>"


def csv_bytes(rows: Iterator[dict[str, Any]]) -> bytes:
    """Rows with the same keys as CSV; what is None is empty, numbers are written so that they read back the same."""
    listed = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(listed[0]) if listed else [], lineterminator="\n")
    writer.writeheader()
    for row in listed:
        writer.writerow({key: str(value).lower() if isinstance(value, bool) else value for key, value in row.items()})
    return out.getvalue().encode()


def _groups(cell: Summary) -> dict[str, Any] | None:
    groups = cell.groups
    if groups is None:
        return None
    return {"low": {"count": groups.low_count, "mean": groups.low_mean},
            "high": {"count": groups.high_count, "mean": groups.high_mean}, "p": groups.p}


__all__ = ["Measure", "Study", "csv_bytes"]
