"""From the key ``study`` to a grid: rows, columns, and in each cell a whole scenario, checked before anything runs.

Columns are what is varied of attacks, rows all else (where nothing is varied of attacks: the last key across, all others down);
several keys on one side are crossed. Where a study is about attacks or mitigations it always has the controls *no attack* and
*flash crowd*.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from sim.language.faults import BadValue, Fault, FaultList, Faults, Step
from sim.scenario.load import load as load_scenario
from sim.scenario.scenario import Scenario
from sim.scenario.source import Source, plain_data, read_source, set_at, with_changes
from sim.scenario.study import DEFAULT_FLASH_CROWD, DEFAULT_REPLICATIONS, SET, CellSource, Setting, fault_at
from sim.scenario.words import flow
from sim.study.crowd import crowd
from sim.study.models import Models
from sim.study.prepare import Prepared, checked
from sim.study.prepare import Source as Given

MOST_CELLS = 1000
MOST_RUNS = 20_000
NO_ATTACK, FLASH_CROWD = "no attack", "flash crowd"
_LONGEST_LABEL = 40
_PLACES = ("actors", "attacks", "network")


@dataclass(frozen=True)
class Variant:
    """One value of what is varied: its name, and what it sets."""

    label: str
    settings: tuple[Setting, ...] = ()
    is_crowd: bool = False


@dataclass(frozen=True)
class Axis:
    """One key of ``vary``."""

    title: str
    variants: tuple[Variant, ...]
    key: str = ""
    """As the file has it; empty where no file says it."""

    def touches(self, *keys: str) -> bool:
        """Whether a variant sets one of these keys of the scenario, or something in it."""
        return any(setting.path.split(".")[0] in keys for variant in self.variants for setting in variant.settings)


@dataclass(frozen=True)
class Cell:
    """One variant of the scenario: its number (row by row), row, column, and its data with everything set."""

    number: int
    row: int
    column: int
    source: CellSource

    @property
    def settings(self) -> dict[str, Any]:
        """What was set, by path."""
        return {setting.path: setting.value for _, setting in self.source.settings}


@dataclass(frozen=True)
class Grid:
    """The cells of a study, row by row, and what stands beside and above them."""

    scenario: Scenario
    question: str
    row_title: str
    column_title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[Cell, ...]
    replications: int
    flash_crowd: float | None
    """How many times as many honest sessions the column 'flash crowd' has that was added; None if none was."""

    def name(self, cell: Cell) -> str:
        """A cell by its row and column."""
        return f"'{self.rows[cell.row]}' / '{self.columns[cell.column]}'"


def grid_of(given: Given, changes: Mapping[str, Any] | None = None, *, replications: int | None = None,
            models: Models | None = None) -> tuple[Grid, list[Prepared]]:
    """The grid of a scenario's study, and each of its cells prepared.

    ``changes`` (path to value) are of every cell, on top of what the study itself sets; ``replications`` in place of its own.
    Raises :class:`Faults` with everything that is wrong in the scenario, or else with everything that is wrong in any cell.
    """
    models = models or Models()
    outside = dict(changes or {})
    of_study = {path: value for path, value in outside.items() if path.split(".")[0] == "study"}
    if replications is not None:
        of_study["study.replications"] = replications
    source = with_changes(given, of_study) if isinstance(given, Source) else read_source(given, of_study)
    scenario = load_scenario(source, vocabulary_of=models.words)
    study = source.at("study")
    if study is None:
        raise Faults([source.fault(("study",), "this scenario has no study",
                                   "the key study, e.g. study: {vary: {attacks.flood.rate: [400 /s, 4000 /s]}}")])
    faults = FaultList()
    everywhere = tuple(_setting(path, value, ("study", SET, path)) for path, value in (study.get(SET) or {}).items())
    base = _with(CellSource(source.data, source.file, source.node, source.folder, source.outside), everywhere, faults)
    faults.raise_if_any()
    base = with_changes(base, {path: value for path, value in outside.items() if path not in of_study})  # type: ignore[assignment]
    factor = study.get("flash_crowd", DEFAULT_FLASH_CROWD)
    down, across, added = _sides(study, base)
    _check_covered(source, [*down, *across], faults)
    rows, columns = _crossed(source, down, faults), added + _crossed(source, across, faults)
    times = study.get("replications", DEFAULT_REPLICATIONS)
    _check_size(source, len(rows), len(columns), times, faults)
    faults.raise_if_any()
    cells = _cells(base, rows, columns, factor, faults)
    prepared = _prepared(cells, models, faults, rows, columns)
    faults.raise_if_any()
    grid = Grid(scenario, study.get("question", ""), _title(down), _title(across) or "attacks",
                tuple(row.label for row in rows), tuple(column.label for column in columns), tuple(cells), times,
                factor if any(variant.is_crowd for variant in columns) else None)
    return grid, prepared


# -- rows and columns --------------------------------------------------------------------------------------------------


def _sides(study: Mapping[str, Any], base: Source) -> tuple[list[Axis], list[Axis], tuple[Variant, ...]]:
    """What goes down, what across, and the controls that are added to the columns."""
    axes = [_axis(key, variants) for key, variants in study["vary"].items()]
    across = [axis for axis in axes if axis.touches("attacks")]
    attacks = [str(each.get("name")) for each in base.at("attacks") or () if isinstance(each, dict)]
    if not across and not attacks and not any(axis.touches("mitigations") for axis in axes):
        return (axes[:-1], axes[-1:], ()) if len(axes) > 1 else (axes, [Axis("", (Variant("all"),))], ())
    down = [axis for axis in axes if axis not in across] or [Axis("", (Variant("as it is"),))]
    if not across and attacks:
        across = [Axis("attacks", (Variant(" and ".join(attacks)),))]
    named = {variant.label for axis in across for variant in axis.variants}
    place: tuple[Step, ...] = ("study",)
    none = _setting("attacks", [], place)
    controls = Variant(NO_ATTACK, (none,)), Variant(FLASH_CROWD, (none,), is_crowd=True)
    return down, across, tuple(control for control in controls if control.label not in named)


def _axis(key: str, variants: Any) -> Axis:
    named = variants.items() if isinstance(variants, dict) else ((_label(value), value) for value in variants)
    found = []
    for index, (label, value) in enumerate(named):
        place: tuple[Step, ...] = ("study", "vary", key, label if isinstance(variants, dict) else index)
        if isinstance(value, dict) and list(value) == [SET]:
            settings = tuple(_setting(path, part, (*place, SET, path)) for path, part in value[SET].items())
        else:
            settings = (Setting(key, value, place, ("study", "vary", key)),)
        found.append(Variant(str(label), settings))
    first, *rest = key.split(".")
    words = [first] if first == "mitigations" or not rest else rest if first in _PLACES else [first, *rest]
    return Axis(" ".join(words).replace("_", " "), tuple(found), key)


def _setting(path: str, value: Any, place: tuple[Step, ...]) -> Setting:
    """A setting as ``path: value``, both in one place."""
    return Setting(path, value, place, place)


def _label(value: object) -> str:
    text = flow(value)
    return text if len(text) <= _LONGEST_LABEL else f"{text[:_LONGEST_LABEL - 1]}…"


def _title(axes: list[Axis]) -> str:
    return ", ".join(axis.title for axis in axes if axis.title)


def _crossed(source: Source, axes: list[Axis], faults: FaultList) -> tuple[Variant, ...]:
    """Every combination of the variants of some keys; none where they would be too many to think of."""
    size = 1
    for axis in axes:
        size *= len(axis.variants)
    if size > MOST_CELLS:
        faults.append(fault_at(source, ("study", "vary"), f"{size} combinations of {_title(axes)}", f"at most {MOST_CELLS}"))
        return ()
    if not axes:
        return ()
    return tuple(Variant(", ".join(each.label for each in chosen), tuple(s for each in chosen for s in each.settings))
                 for chosen in product(*(axis.variants for axis in axes)))


def _check_covered(source: Source, axes: list[Axis], faults: FaultList) -> None:
    """A key whose values another key, which is set after it, replaces in every cell, would be varied for nothing."""
    keys = [axis.key for axis in axes if any(setting.path == axis.key for variant in axis.variants for setting in variant.settings)]
    for number, key in enumerate(keys):
        over = next((later for later in keys[number + 1:] if key.startswith(f"{later}.")), None)
        if over is not None:
            problem = f"'{over}' is set after it, as a whole, so that nothing of it is left"
            expected = f"one of the two, or {{set: ...}} among the values of '{over}'"
            faults.append(fault_at(source, ("study", "vary", key), problem, expected))


def _check_size(source: Source, rows: int, columns: int, times: int, faults: FaultList) -> None:
    cells = rows * columns
    if cells > MOST_CELLS:
        faults.append(fault_at(source, ("study", "vary"), f"a grid of {cells} cells ({rows} x {columns})", f"at most {MOST_CELLS}"))
    elif cells * times > MOST_RUNS:
        faults.append(fault_at(source, ("study", "replications"), f"{cells * times} runs ({cells} cells x {times} replications)",
                               f"at most {MOST_RUNS}"))


# -- cells -------------------------------------------------------------------------------------------------------------


def _cells(base: CellSource, rows: tuple[Variant, ...], columns: tuple[Variant, ...], factor: float,
           faults: FaultList) -> list[Cell]:
    cells = []
    for down, row in enumerate(rows):
        for across, column in enumerate(columns):
            source = _with(base, (*row.settings, *column.settings), faults)
            if column.is_crowd:
                try:
                    source = _with(source, tuple(crowd(source, factor)), faults)
                except BadValue as bad:
                    faults.append(fault_at(source, ("study",), bad.problem, bad.expected))
            data = {key: value for key, value in source.data.items() if key != "study"}
            cells.append(Cell(down * len(columns) + across, down, across, replace(source, data=data)))
    return cells


def _with(source: CellSource, settings: tuple[Setting, ...], faults: FaultList) -> CellSource:
    """The source with settings of the study in place; paths that lead nowhere are noted."""
    if not settings:
        return source
    data = copy.deepcopy(source.data)
    done = []
    for setting in settings:
        try:
            done.append((set_at(data, setting.path, plain_data(setting.value)), setting))
        except Faults as wrong:
            for each in wrong.faults:
                faults.append(fault_at(source, setting.path_place, each.problem, each.expected, each.suggestion))
    return replace(source, data=data, settings=(*source.settings, *done))


def _prepared(cells: list[Cell], models: Models, faults: FaultList, rows: tuple[Variant, ...],
              columns: tuple[Variant, ...]) -> list[Prepared]:
    """Each cell's scenario, checked. What is wrong outside the study is told with the cells in which it is."""
    prepared = []
    elsewhere: dict[Fault, list[Cell]] = {}
    for cell in cells:
        try:
            prepared.append(checked(cell.source, {}, load_scenario(cell.source, vocabulary_of=models.words), models.last))
        except Faults as wrong:
            for fault in wrong.faults:
                if fault.path.split(".")[0] == "study":
                    faults.append(fault)
                else:
                    elsewhere.setdefault(fault, []).append(cell)
    for fault, where in elsewhere.items():
        name = f"'{rows[where[0].row].label}' / '{columns[where[0].column].label}'"
        others = f" and {len(where) - 1} more" if len(where) > 1 else ""
        faults.append(replace(fault, problem=f"{fault.problem} (in the cell {name}{others})"))
    return prepared


def settings_of(grid: Grid) -> Iterator[dict[str, Any]]:
    """Of each cell what was set, with its row and column."""
    for cell in grid.cells:
        yield {"row": grid.rows[cell.row], "column": grid.columns[cell.column], "set": cell.settings}
