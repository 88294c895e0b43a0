"""Two runs side by side: what was set differently, and every metric that differs, and by how much."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from sim.language.faults import BadValue, Fault, Faults
from sim.language.strict_yaml import read
from sim.language.units import duration_ns
from sim.measure.table import Metrics
from sim.scenario.spell import scenario_data
from sim.study.judging import headlines, verdict
from sim.study.run import Run

_LEFT_OUT = ("series", "checks_detail")
_ORDER = ("sessions", "honest", "phases", "classes", "messages", "keys", "attack", "attacks", "stations", "checks")
_MANIFOLD = 10
"""From so many times the first value on, a change is told as a factor."""
_LONGEST = 48
"""Characters of a value in the table; all of it is in :meth:`Comparison.to_dict`."""
Cells = tuple[str, str, str, str]


@dataclass(frozen=True)
class Difference:
    """One setting or metric of two runs; ``change`` is b / a - 1, None where that says nothing."""

    name: str
    a: Any
    b: Any

    @property
    def differs(self) -> bool:
        """Whether the runs differ in it."""
        return bool(self.a != self.b)

    @property
    def change(self) -> float | None:
        """Relative change from a to b."""
        numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (self.a, self.b))
        return self.b / self.a - 1 if numbers and self.a else None

    def cells(self) -> Cells:
        """Name, a, b and change as text."""
        change = self.change
        told = "" if change is None or not self.differs else _told(change)
        told = f"{told} {verdict(self.name, self.a, self.b)}".strip()
        return self.name, _cut(_text(self.a)), _cut(_text(self.b)), told


def _told(change: float) -> str:
    """A relative change in words: ``+3.2%``, ``× 12``, or that it is small."""
    if abs(change) < 0.0005:
        return f"{'+' if change > 0 else '-'}<0.1%"
    return f"{change:+.1%}" if change < _MANIFOLD - 1 else f"× {change + 1:,.4g}"


class Comparison:
    """The settings and metrics of two runs; shows itself as a table of those that differ."""

    def __init__(self, names: tuple[str, str], settings: list[Difference], metrics: list[Difference],
                 sides: "tuple[_Side, ...]" = ()) -> None:
        self.names = names
        self.sides = sides
        self.settings = settings
        self.metrics = metrics

    @property
    def differences(self) -> list[Difference]:
        """The metrics that differ."""
        return [row for row in self.metrics if row.differs]

    @property
    def headlines(self) -> list[Cells]:
        """The metrics to be read first, in words; the last cell says whether b is better or worse than a."""
        return headlines(*(side.metrics for side in self.sides)) if self.sides else []

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """``scenario``: path to its two values; ``metrics``: the same, and the relative change. Metrics that are equal too."""
        return {
            "scenario": {row.name: {"a": row.a, "b": row.b} for row in self.settings if row.differs},
            "metrics": {row.name: {"a": row.a, "b": row.b, "change": row.change} for row in self.metrics},
        }

    def text(self, width: int | None = None) -> str:
        """What differs, side by side; where that does not fit ``width`` columns, one below the other."""
        parts = [_table(title, self.names, rows, width) for title, rows in self._parts() if rows]
        if self.differences and self.headlines:
            parts.insert(len(parts) - 1, _table("in short", self.names, self.headlines, width))
        legend = [f"{letter} = {name}" for letter, name in zip("ab", self.names, strict=True) if letter != name]
        if legend and width is not None and any(_wide(title, self.names, rows) > width for title, rows in self._parts() if rows):
            parts.insert(0, "\n".join(legend))
        if not self.differences:
            parts.append(f"{' and '.join(self.names)} have the same metrics.")
        return "\n\n".join(parts)

    def __str__(self) -> str:
        return self.text()

    def parts(self) -> list[tuple[str, list[Cells]]]:
        """The tables: what was set differently, what to read first, every metric that differs; empty ones left out."""
        settings, metrics = self._parts()
        return [(title, rows) for title, rows in (settings, ("in short", self.headlines), metrics) if rows]

    def save(self, path: str | Path) -> Path:
        """Write both load charts under the same axes to ``path``, .svg or .png; or .html, with the tables."""
        from sim.study.compare_page import write

        return write(self, Path(path))

    def _parts(self) -> list[tuple[str, list[Cells]]]:
        settings = [row.cells()[:3] for row in self.settings if row.differs]
        return [("scenario", [(*cells, "") for cells in settings]), ("metric", [row.cells() for row in self._shown()])]

    def _shown(self) -> list[Difference]:
        """The metrics that differ; of a single class or attack only once, for it has those of all of them."""
        parts = [row.name.split(".") for row in self.metrics]
        alone = [kind for kind in ("classes", "attacks") if len({part[1] for part in parts if part[0] == kind and part[1:]}) <= 1]
        return [row for row in self.differences if row.name.split(".")[0] not in alone]

    def _repr_html_(self) -> str:
        lines = []
        for title, rows in self._parts():
            head = "".join(f"<th>{html.escape(name)}</th>" for name in (title, *self.names, "change"))
            body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            lines.append(f"<tr>{head}</tr>{body}" if rows else "")
        return f"<table>{''.join(lines)}</table>" if self.differences else f"<p>{html.escape(str(self))}</p>"


def compare(a: Run | str | Path, b: Run | str | Path) -> Comparison:
    """Compare two runs, or the runs in two folders. Raises :class:`Faults` where a folder holds none."""
    first, second = _side(a), _side(b)
    names = (first.name, second.name) if first.name != second.name else ("a", "b")
    return Comparison(names, _differences(first.settings, second.settings, kinds=True),
                      _differences(first.metrics, second.metrics, kinds=False), (first, second))


def read_metrics(folder: Path) -> Metrics:
    """The metrics of a run folder (or of a metrics.json)."""
    file = folder / "metrics.json" if folder.is_dir() else folder
    expected = "the folder of a run, with its metrics.json"
    try:
        data = orjson.loads(file.read_bytes())
    except FileNotFoundError:
        raise Faults([Fault(str(file), None, None, "", "there is no such file", expected)]) from None
    except OSError as error:
        raise Faults([Fault(str(file), None, None, "", f"cannot be read: {str(error.strerror).lower()}", expected)]) from None
    except ValueError:
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("sessions"), dict):
        raise Faults([Fault(str(file), None, None, "", "these are no metrics of a run", expected)])
    return Metrics(data)


class _Side(NamedTuple):
    """One of the two: how it is called, what was set, what came out."""

    name: str
    settings: Mapping[str, Any]
    metrics: Mapping[str, Any]
    warm_up_s: float = 0.0


def _side(run: Run | str | Path) -> _Side:
    if isinstance(run, Run):
        return _Side(run.scenario.name, {**scenario_data(run.scenario), **_code(run.info)}, _in_order(run.metrics),
                     run.scenario.warm_up_ns / 1e9)
    path = Path(run)
    metrics = read_metrics(path)
    settings = _settings(path / "scenario.yaml")
    return _Side(str(run), {**settings, **_code(_info(path / "run.json"))}, _in_order(metrics), _warm_up_s(settings))


def _warm_up_s(settings: Mapping[str, Any]) -> float:
    """The warm-up of a scenario as it ran; none if that cannot be read."""
    try:
        return duration_ns(settings["warm_up"]) / 1e9
    except (KeyError, BadValue):
        return 0.0


def _info(file: Path) -> Any:
    """What stands in a ``run.json``; nothing if it cannot be read."""
    try:
        return orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}


def _code(info: Any) -> dict[str, str]:
    """What ran, as settings: two runs may differ by it alone."""
    if not isinstance(info, dict):
        return {}
    return {name: str(info[key])[:12] for name, key in (("model (hash)", "model_sha256"), ("version", "version")) if info.get(key)}


def _in_order(metrics: Metrics) -> Mapping[str, Any]:
    """The metrics in the order in which people ask for them: a file has them by the alphabet."""
    data = metrics.to_dict()
    return {name: data[name] for name in (*(name for name in _ORDER if name in data), *data)}


def _settings(file: Path) -> Mapping[str, Any]:
    """The scenario of a run folder; nothing if it is gone: its metrics can still be compared."""
    if not file.is_file():
        return {}
    data = read(file).to_python()
    return data if isinstance(data, dict) else {}


def _differences(a: Mapping[str, Any], b: Mapping[str, Any], path: str = "", *, kinds: bool) -> list[Difference]:
    """Name by name. With ``kinds``, mappings without a common key ({exponential: ...}, {uniform: ...}) are not taken apart."""
    found = []
    for key in [*a, *(key for key in b if key not in a)]:
        name = f"{path}.{key}" if path else str(key)
        left, right = _by_name(a.get(key)), _by_name(b.get(key))
        if name in _LEFT_OUT:
            continue
        parts = [value for value in (left, right) if isinstance(value, Mapping) and value]
        others = [value for value in (left, right) if value is not None and not isinstance(value, Mapping)]
        unlike = kinds and (len(parts) < 2 or parts[0].keys().isdisjoint(parts[1]))
        if parts and not others and not unlike:
            found += _differences(left or {}, right or {}, name, kinds=kinds)
        else:
            found.append(Difference(name, left, right))
    return found


def _by_name(value: Any) -> Any:
    """A list of parts that have names (attacks), by these; what else it may be, as it is."""
    named = [part.get("name") if isinstance(part, Mapping) else None for part in value] if isinstance(value, list) else []
    if not named or len(set(named)) < len(named) or not all(isinstance(name, str) for name in named):
        return value
    return {name: {key: each for key, each in part.items() if key != "name"} for name, part in zip(named, value, strict=True)}


def _wide(title: str, names: tuple[str, str], rows: list[Cells]) -> int:
    """The width of a table under the names of the runs."""
    return max(map(len, _side_by_side((title, *names, "change"), rows)))


def _table(title: str, names: tuple[str, str], rows: list[Cells], width: int | None) -> str:
    wide = _side_by_side((title, *names, "change" if any(row[3] for row in rows) else ""), rows)
    if width is None or max(map(len, wide)) <= width:
        return "\n".join(wide)
    narrow = _side_by_side((title, "a", "b", "change" if any(row[3] for row in rows) else ""), rows)
    if max(map(len, narrow)) <= width:
        return "\n".join(narrow)
    grouped = _grouped(title, rows)
    if max(map(len, grouped)) <= width:
        return "\n".join(grouped)
    stacked = [f"{name}\n  a  {a}\n  b  {b}{f'  ({change})' if change else ''}" for name, a, b, change in rows]
    return "\n".join(stacked)


def _grouped(title: str, rows: list[Cells]) -> list[str]:
    """The same table with names in two parts: a line for the block that they stand in, and the name in it."""
    heads = [name.rpartition(".")[0] for name, *_ in rows]
    short: list[Cells] = [(f"  {name[len(head) + 1 :] if head else name}", a, b, change)
                          for (name, a, b, change), head in zip(rows, heads, strict=True)]
    head, *lines = _side_by_side((title, "a", "b", "change" if any(row[3] for row in rows) else ""), short)
    found = [head]
    for line, common, before in zip(lines, heads, ["", *heads], strict=False):
        found += [common, line] if common and common != before else [line]
    return found


def _side_by_side(head: Cells, rows: list[Cells]) -> list[str]:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(4)]
    return ["  ".join(cell.ljust(size) if column == 0 else cell.rjust(size)
                      for column, (cell, size) in enumerate(zip(row, widths, strict=True))).rstrip() for row in (head, *rows)]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, list | tuple):  # as a scenario has them
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(each)}" for key, each in value.items()) + "}"
    return "-" if value is None else f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
