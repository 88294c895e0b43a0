"""From the key ``study`` to a grid: rows, columns, and in each cell a whole scenario, checked before anything runs.

Columns are what is varied of attacks, rows all else (where nothing is varied of attacks: the last key across, all others down);
several keys on one side are crossed. Where a study is about attacks or mitigations it always has the controls *no attack* and
*flash crowd*.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, overload

from sim.language.faults import BadValue, Fault, FaultList, Faults, either, shown, suggest
from sim.language.units import share
from sim.plan.plan import Plan
from sim.scenario.load import load as load_scenario
from sim.scenario.replications import Replications, runs_of_a_cell
from sim.scenario.scenario import Scenario
from sim.scenario.source import OUTSIDE, Source, with_changes
from sim.scenario.study import ABOUT_MANY, DEFAULT_FLASH_CROWD, DEFAULT_LEVEL, FOUND, SET, CellSource, fault_at, set_all
from sim.study.axes import Axis, Crossed, Level, Variant, same_place, settings_of, titles
from sim.study.crowd import crowd
from sim.study.engine import expected_messages, not_compiled
from sim.study.execution import address
from sim.study.measures import MEASURES, Judged
from sim.study.models import Models
from sim.study.opened import Opened, opened, read
from sim.study.prepare import Given, Prepared, checked
from sim.study.sides import sides

REPLICATIONS = "study.replications"
MANY_CELLS, MANY_RUNS = 20_000, 200_000
"""More than so many are asked about before they are run."""


class LargeGrid(Faults):
    """A grid that nobody runs by mistake: ``cells`` and at least ``runs``."""

    def __init__(self, cells: int, runs: int, fault: Fault) -> None:
        super().__init__([fault])
        self.cells, self.runs = cells, runs


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
class Checked:
    """What is known of a cell once it has been checked: its part of an address, its load, and how its runs are judged."""

    address: str
    model_sha256: str
    seed: int
    messages: float
    obstacle: str | None
    """Why it cannot be compiled."""
    judged: Judged


class Cells(Sequence[Cell]):
    """The cells of a grid, row by row, each made when it is asked for: a whole scenario takes room, and they may be millions."""

    def __init__(self, base: CellSource, rows: Crossed, columns: Crossed, crowd_factor: float) -> None:
        self.base, self.rows, self.columns, self.crowd_factor = base, rows, columns, crowd_factor

    def __len__(self) -> int:
        return len(self.rows) * len(self.columns)

    @overload
    def __getitem__(self, number: int) -> Cell: ...
    @overload
    def __getitem__(self, number: slice) -> list[Cell]: ...
    def __getitem__(self, number: int | slice) -> Cell | list[Cell]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._made(number)

    def _made(self, number: int) -> Cell:
        """A cell. Raises :class:`Faults` for settings that lead nowhere."""
        down, across = divmod(number, len(self.columns))
        row, column = self.rows[down], self.columns[across]
        return Cell(number, down, across, self.source_of(row, column))

    def name(self, row: int, column: int) -> str:
        """A cell by the names of its row and column."""
        return f"'{self.rows[row].label}' / '{self.columns[column].label}'"

    @property
    def are_many(self) -> bool:
        """Whether there are so many that each is checked only when its turn comes."""
        return len(self) > MANY_CELLS

    def levels(self, number: int) -> tuple[Level, ...]:
        """The level of each factor in a cell, for which its scenario need not be made."""
        down, across = divmod(number, len(self.columns))
        return (*self.rows[down].levels, *self.columns[across].levels)

    def source_of(self, *variants: Variant) -> CellSource:
        """The scenario with what some variants set, in their order. Raises :class:`Faults` for settings that lead nowhere."""
        faults = FaultList()
        source = set_all(self.base, settings_of(variants), faults)
        if any(variant.is_crowd for variant in variants):
            try:
                source = set_all(source, crowd(source, self.crowd_factor), faults)
            except BadValue as bad:
                faults.append(fault_at(source, ("study",), bad.problem, bad.expected))
        faults.raise_if_any()
        return replace(source, data={key: value for key, value in source.data.items() if key not in ABOUT_MANY})

    def with_changes(self, changes: Mapping[str, Any]) -> "Cells":
        """The same cells with more values set in all of them."""
        base: CellSource = with_changes(self.base, changes)  # type: ignore[assignment]
        return Cells(base, self.rows, self.columns, self.crowd_factor)


@dataclass(frozen=True)
class Grid:
    """The cells of a study, row by row, and what stands beside and above them."""

    scenario: Scenario
    question: str
    row_title: str
    column_title: str
    cells: Cells
    replications: Replications
    flash_crowd: float | None
    """How many times as many honest sessions the column 'flash crowd' has that was added; None if none was."""
    finds_warm_up: bool
    level: float
    """Honest success from which on a cell holds."""
    models: Models = field(compare=False)
    changes: Mapping[str, Any] = field(compare=False)
    """What was set from outside, of every cell."""
    checked: Sequence[Checked] = field(compare=False)
    """Of each cell what is known of it; of a large grid nothing is."""

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """The names of the rows."""
        return tuple(row.label for row in self.cells.rows)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.label for column in self.cells.columns)

    @cached_property
    def sampled(self) -> frozenset[str]:
        """The factors that are ranges, of which points were sampled."""
        return frozenset(key for axis in self.axes if axis.is_sampled for key in axis.keys)

    @cached_property
    def logarithmic(self) -> frozenset[str]:
        """Those of them whose range is said to be on a log scale."""
        return frozenset(key for axis in self.axes if axis.is_sampled
                         for key, own in zip(axis.keys, axis.ranges, strict=True) if own.is_log)

    @cached_property
    def titles(self) -> dict[str, str]:
        """Each factor in words."""
        return {key: title for axis in self.axes if axis.keys for key, title in zip(axis.keys, axis.titles, strict=True)}

    @cached_property
    def numeric(self) -> dict[str, str]:
        """The factors all of whose levels are quantities of one kind, and that kind."""
        levels = [level for axis in self.axes for variant in axis.variants for level in variant.levels]
        kinds = {key: {None if level.quantity is None else level.quantity.kind for level in levels if level.factor == key}
                 for key in self.factors}
        return {key: kind for key, found in kinds.items() if len(found) == 1 and (kind := next(iter(found))) is not None}

    @property
    def columns_need_title(self) -> bool:
        """Whether the names of the columns are values, which do not say of what."""
        return any(axis.keys not in ((), ("attacks",)) for axis in self.cells.columns.axes)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """What goes down, then what goes across."""
        return (*self.cells.rows.axes, *self.cells.columns.axes)

    @property
    def factors(self) -> tuple[str, ...]:
        """The keys of ``vary``, those of the rows first."""
        return tuple(key for axis in self.axes for key in axis.keys)

    @property
    def is_large(self) -> bool:
        """Whether there are so many cells that each is checked only when its turn comes."""
        return self.cells.are_many

    def check(self, number: int) -> Checked:
        """What is known of a cell."""
        return facts(self.prepare(number)) if self.is_large else self.checked[number]

    def prepare(self, number: int) -> Prepared:
        """A cell's scenario, ready to run."""
        return prepared_of(self.cells[number].source, self.models)

    def prepare_base(self) -> Prepared:
        """What the cells have in common, ready to run."""
        return prepared_of(self.cells.source_of(), self.models)

    def with_changes(self, changes: Mapping[str, Any]) -> "Grid":
        """The same grid with more values set in every cell. Raises :class:`Faults` with everything that is wrong in any then."""
        cells, faults = self.cells.with_changes(changes), FaultList()
        facts_of = _check(cells, self.models, faults)
        faults.raise_if_any()
        return replace(self, cells=cells, changes={**self.changes, **changes}, checked=facts_of)

    def name(self, row: int, column: int) -> str:
        """A cell by the names of its row and column."""
        return self.cells.name(row, column)


def grid_of(given: Given, changes: Mapping[str, Any] | None = None, *, replications: int | None = None, large: bool = False,
            models: Models | None = None, known: Iterable[Fault] = ()) -> Grid:
    """The grid of a scenario's study, with every cell checked (of a large one, every level of every factor).

    ``changes`` (path to value) are of every cell, on top of what the study itself sets; ``replications`` in place of its own;
    ``known`` are faults of the scenario that need not be told again. Raises :class:`Faults` with everything that is wrong in the
    scenario and in any cell, and :class:`LargeGrid` for one that is large, unless that is wanted.
    """
    models, faults = models or Models(), FaultList()
    found = opened_study(given, changes or {}, replications, models, faults)
    source, study = found.source, found.study
    runs = runs_of_a_cell(dict(study))
    _check_measure(source, runs, faults)
    finds_warm_up = study.get("warm_up") == FOUND
    if finds_warm_up and "warm_up" in study.get(SET, {}):
        faults.append(fault_at(source, ("study", "warm_up"), "set says a warm-up, too", "one that is found, or one that is said"))
    cells = cells_of(found, faults)
    _check_not_varied(found.everywhere, cells, faults)
    rows, columns = cells.rows, cells.columns
    if not large and not len(faults):
        _ask_if_large(source, len(rows), len(columns), runs)
    facts_of = _check(cells, models, faults, known)
    faults.raise_if_any()
    assert found.scenario is not None
    is_crowded = any(variant.is_crowd for variant in columns.before)
    across = titles(columns.axes) or ("attacks" if columns.before else "")
    return Grid(found.scenario, study.get("question", ""), titles(rows.axes), across, cells, runs,
                cells.crowd_factor if is_crowded else None, finds_warm_up,
                share(study["level"]) if "level" in study else DEFAULT_LEVEL,
                models, found.everywhere, facts_of)


# -- rows and columns --------------------------------------------------------------------------------------------------


def cells_of(found: Opened, faults: FaultList) -> Cells:
    """The cells of a scenario's study, none checked yet; without one, the scenario as it is under its attacks and the controls.

    What is wrong is noted: settings that lead nowhere, names that are taken. Those settings are left out.
    """
    source, study = found.source, found.study
    base = CellSource(source.data, source.file, source.node, source.folder, source.outside)
    base = set_all(base, (same_place(path, value, ("study", SET, path)) for path, value in study.get(SET, {}).items()), faults)
    for path, value in found.everywhere.items():
        try:
            base = with_changes(base, {path: value})  # type: ignore[assignment]
        except Faults as wrong:
            faults.extend(wrong)
    down, across, added = sides(study, base, faults)
    return Cells(base, Crossed(down), Crossed(across, added), study.get("flash_crowd", DEFAULT_FLASH_CROWD))


def opened_study(given: Given, changes: Mapping[str, Any], replications: int | None, models: Models, faults: FaultList) -> Opened:
    """A scenario with a study, opened; that it has none is a fault, too."""
    source, changes = read(given, changes)
    if source.at("study") is None and not any(path.split(".")[0] == "study" for path in changes):
        faults.append(source.fault(("study",), "this scenario has no study",
                                   "the key study, e.g. study: {vary: {attacks.flood.rate: [400 /s, 4000 /s]}}"))
        opened(source, changes, models, faults)
        faults.raise_if_any()
    of_study = {} if replications is None else {REPLICATIONS: replications}
    return opened(source, {**changes, **of_study}, models, faults, dict.fromkeys(of_study, "replications"))


def _check_measure(source: Source, runs: Replications, faults: FaultList) -> None:
    known = [each.name for each in MEASURES]
    if runs.until is not None and runs.of not in known:
        faults.append(fault_at(source, ("study", "replications", "of"), f"got {shown(runs.of)}", either(known),
                               suggest(runs.of, known)))


def _check_not_varied(everywhere: Mapping[str, Any], cells: Cells, faults: FaultList) -> None:
    """What is set from outside and varied, too, would be set for nothing."""
    keys = {key for axis in (*cells.rows.axes, *cells.columns.axes) for key in axis.keys}
    for path in (path for path in everywhere if path in keys):
        faults.append(Fault(OUTSIDE, None, None, path, "the study varies it, so that no cell would have this value",
                            "another value of study.vary, or none"))


def _ask_if_large(source: Source, rows: int, columns: int, runs: Replications) -> None:
    cells = rows * columns
    total = cells * runs.at_least
    if cells > MANY_CELLS or total > MANY_RUNS:
        problem = f"a grid of {cells:,} cells ({rows:,} x {columns:,}), {total:,} runs"
        raise LargeGrid(cells, total, fault_at(source, ("study", "vary"), problem,
                                               f"at most {MANY_CELLS:,} cells and {MANY_RUNS:,} runs, or large=True"))


# -- cells -------------------------------------------------------------------------------------------------------------


def prepared_of(source: CellSource, models: Models) -> Prepared:
    """A cell's scenario, ready to run. Raises :class:`Faults` with everything that is wrong in it."""
    return checked(source, {}, load_scenario(source, vocabulary_of=models.words), models.last)


def facts(prepared: Prepared) -> Checked:
    """What is known of a cell."""
    plan: Plan = prepared.plan()
    return Checked(address.of_scenario(prepared), prepared.model.sha256, plan.seed, expected_messages(plan),
                   not_compiled(plan, payloads=True, tap=None), Judged.of(prepared.scenario))


def _check(cells: Cells, models: Models, faults: FaultList, known: Iterable[Fault] = ()) -> list[Checked]:
    """What is known of each cell; of so many that nobody would wait for it, nothing, and what most faults are of is looked at.

    What is wrong is noted; what is wrong outside the study is told with the cells in which it is, unless it is noted already, or
    ``known``.
    """
    elsewhere: dict[Fault, list[int]] = {}
    found, told = [], {*faults, *known}
    for number in _edges(cells) if cells.are_many else range(len(cells)):
        try:
            found.append(facts(prepared_of(cells[number].source, models)))
        except Faults as wrong:
            for fault in wrong.faults:
                if fault.path.split(".")[0] == "study":
                    faults.append(fault)
                elif fault not in told:
                    elsewhere.setdefault(fault, []).append(number)
    for fault, where in elsewhere.items():
        others = f" and {len(where) - 1} more" if len(where) > 1 else ""
        name = cells.name(*divmod(where[0], len(cells.columns)))
        faults.append(replace(fault, problem=f"{fault.problem} (in the cell {name}{others})"))
    return [] if cells.are_many else found


def _edges(cells: Cells) -> Iterable[int]:
    """Each level of each factor, with the first of all others."""
    width = len(cells.columns)
    return *cells.columns.edges(), *(row * width for row in cells.rows.edges() if row)
