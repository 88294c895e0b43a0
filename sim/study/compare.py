"""Two runs side by side: every metric that differs, and by how much."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from sim.language.faults import Fault, Faults
from sim.measure.table import Metrics
from sim.study.run import Run

_LEFT_OUT = ("series", "checks_detail")


@dataclass(frozen=True)
class Difference:
    """One metric of two runs; ``change`` is b / a - 1, None where that says nothing."""

    metric: str
    a: Any
    b: Any

    @property
    def change(self) -> float | None:
        """Relative change from a to b."""
        numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (self.a, self.b))
        return self.b / self.a - 1 if numbers and self.a else None

    def cells(self) -> tuple[str, str, str, str]:
        """Metric, a, b and change as text."""
        change = self.change
        return self.metric, _text(self.a), _text(self.b), "" if change is None or self.a == self.b else f"{change:+.1%}"


class Comparison:
    """All metrics of two runs; shows itself as a table of those that differ."""

    def __init__(self, names: tuple[str, str], rows: list[Difference]) -> None:
        self.names = names
        self.rows = rows

    @property
    def differences(self) -> list[Difference]:
        """The metrics that differ."""
        return [row for row in self.rows if row.a != row.b]

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Metric to its two values and their relative change."""
        return {row.metric: {"a": row.a, "b": row.b, "change": row.change} for row in self.rows}

    def __str__(self) -> str:
        if not self.differences:
            return f"{self.names[0]} and {self.names[1]} have the same metrics."
        cells = [("metric", *self.names, "change"), *(row.cells() for row in self.differences)]
        widths = [max(len(row[column]) for row in cells) for column in range(4)]
        return "\n".join(
            "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                      for column, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip() for row in cells)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in ("metric", *self.names, "change"))
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row.cells()) + "</tr>" for row in self.differences)
        return f"<table><tr>{head}</tr>{body}</table>"


def compare(a: Run | str | Path, b: Run | str | Path) -> Comparison:
    """Compare two runs, or the runs in two folders. Raises :class:`Faults` where a folder holds none."""
    (name_a, metrics_a), (name_b, metrics_b) = _named(a, "a"), _named(b, "b")
    values_a, values_b = dict(_leaves(metrics_a)), dict(_leaves(metrics_b))
    names = [*values_a, *(name for name in values_b if name not in values_a)]
    return Comparison((name_a, name_b), [Difference(name, values_a.get(name), values_b.get(name)) for name in names])


def read_metrics(folder: Path) -> Metrics:
    """The metrics of a run folder (or of a metrics.json)."""
    file = folder / "metrics.json" if folder.is_dir() else folder
    try:
        data = orjson.loads(file.read_bytes())
    except OSError as error:
        raise Faults([Fault(str(file), None, None, "", f"cannot be read ({error.strerror})", "the folder of a run")]) from None
    except ValueError:
        raise Faults([Fault(str(file), None, None, "", "these are no metrics of a run", "the metrics.json of a run folder")]) from None
    if not isinstance(data, dict) or "sessions" not in data:
        raise Faults([Fault(str(file), None, None, "", "these are no metrics of a run", "the metrics.json of a run folder")])
    return Metrics(data)


def _named(run: Run | str | Path, fallback: str) -> tuple[str, Mapping[str, Any]]:
    if isinstance(run, Run):
        return f"{fallback}: {run.scenario.name}, seed {run.scenario.seed}", run.metrics
    return str(run), read_metrics(Path(run))


def _leaves(data: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        name = f"{path}.{key}" if path else key
        if name in _LEFT_OUT:
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, name)
        else:
            yield name, value


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}"
    return "-" if value is None else f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
