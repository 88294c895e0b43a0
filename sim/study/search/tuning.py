"""The search for the cheapest parameters that keep service levels: what is asked, checked, and then run."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.engines.faults import RunFault
from sim.language.faults import FaultList, Faults, either, shown, suggest
from sim.scenario.scenario import Scenario
from sim.scenario.source import Source, with_changes
from sim.scenario.study import fault_at
from sim.scenario.tune import DEFAULT_REPLICATIONS, DEFAULT_TRIALS
from sim.study.axes import Variant
from sim.study.execution.runner import Runner, counted
from sim.study.folder import check_free
from sim.study.grid import Cells, cells_of
from sim.study.models import Models
from sim.study.opened import opened, read
from sim.study.prepare import Given, seed_of
from sim.study.search.level import Cost, Level, cost_of, levels_of
from sim.study.search.optimiser import Optimiser
from sim.study.search.runs import Candidate, Runs, candidate, warmed_up
from sim.study.search.space import Space
from sim.study.search.trials import FRONT_RUNNERS, MORE, Trials
from sim.study.search.tuned import Tuned, Wanted
from sim.study.sides import AS_IT_IS


@dataclass(frozen=True)
class Tuning:
    """A search that is known to be sound. ``row``: the variant of the study that is tuned."""

    scenario: Scenario
    source: Source
    cells: Cells
    models: Models
    row: Variant
    space: Space
    cost: Cost
    levels: tuple[Level, ...]
    trials: int
    replications: int
    first: Candidate
    """A setting in the first column."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(each.label for each in self.cells.columns)

    @property
    def points(self) -> int:
        """How many settings are tried."""
        return min(self.trials, self.space.size or self.trials)

    @property
    def most_runs(self) -> int:
        """How many runs there may be in all: those of each setting, more of the best ones, and fresh ones of the best."""
        return len(self.columns) * self.replications * (self.points + (MORE - 1) * min(FRONT_RUNNERS, self.points) + MORE)

    def candidates(self, setting: Variant) -> list[Candidate]:
        """A setting in each column. Raises :class:`Faults` with everything that is wrong in it."""
        return _candidates(self.cells, self.models, self.row, setting)


def tune(scenario: Given, *, trials: int | None = None, replications: int | None = None, seed: int | None = None,
         set: Mapping[str, Any] | None = None, engine: str = "auto", progress: Callable[[float], None] | None = None,
         out: str | Path | None = None, force: bool = False, **running: Any) -> Tuned:
    """Search the cheapest parameters; see :func:`sim.tune` for the options. ``running`` are those of :meth:`Runner.of`."""
    from sim.study.search.search_folder import TUNED

    if out is not None:
        check_free(Path(out), force=force, replace_ours=False, kind=TUNED)
    runner = Runner.of(**running)
    found = run_tuning(tuning_of(scenario, set, trials=trials, replications=replications), runner, seed=seed, engine=engine,
                       progress=progress)
    if out is not None:
        found.save(out, force=force)
    return found


def tuning_of(given: Given, changes: Mapping[str, Any] | None = None, *, trials: int | None = None,
              replications: int | None = None) -> Tuning:
    """The search in a scenario, with every edge of every parameter checked in every column.

    Raises :class:`Faults` with everything that is wrong in the scenario and in any of these.
    """
    models, faults = Models(), FaultList()
    source, changes = read(given, changes)
    own = {path: value for path, value in (("tune.trials", trials), ("tune.replications", replications)) if value is not None}
    if source.at("tune") is None and not any(path.split(".")[0] == "tune" for path in changes):
        faults.append(source.fault(("tune",), "this scenario says nothing of what is to be tuned",
                                   "the key tune, with parameters, minimise and keep"))
        own = {}
    found = opened(source, {**changes, **own}, models, faults,
                   {path: path.removeprefix("tune.") for path in own})
    wanted = found.tune
    cells = cells_of(found, faults)
    space = Space.of(wanted.get("parameters", {}))
    row: Variant | None = None
    cost, levels, first = None, list[Level](), None
    if found.is_whole:
        columns = [each.label for each in cells.columns]
        row = _row(found.source, cells, wanted.get("row"), faults)
        cost = cost_of(found.source, columns, faults) if "minimise" in wanted else None
        levels = levels_of(found.source, columns, faults) if "keep" in wanted else levels
    if row is not None:
        first = _check(cells, models, row, space, faults)
    faults.raise_if_any()
    assert row is not None
    assert cost is not None
    assert first is not None
    assert found.scenario is not None
    return Tuning(found.scenario, with_changes(found.source, found.everywhere), cells, models, row, space, cost, tuple(levels),
                  wanted.get("trials", DEFAULT_TRIALS), wanted.get("replications", DEFAULT_REPLICATIONS), first)


def _row(source: Source, cells: Cells, name: str | None, faults: FaultList) -> Variant | None:
    """The row that is tuned; None, and noted, if there is none of that name."""
    if name is None:
        return AS_IT_IS.variants[0]
    found = next((row for row in cells.rows if row.label == name), None)
    if found is None:
        names = [row.label for row in cells.rows]
        faults.append(fault_at(source, ("tune", "row"), f"got {shown(name)}", f"a row of the study: {either(names)}",
                               suggest(name, names)))
    return found


def _check(cells: Cells, models: Models, row: Variant, space: Space, faults: FaultList) -> Candidate | None:
    """A setting in the first column; what is wrong at any edge of a parameter, in any column, is noted."""
    first = None
    for point in space.edges():
        for column in cells.columns:
            try:
                found = candidate(cells, models, row, space.variant(point), column)
                first = first or found
            except Faults as wrong:
                faults.extend(wrong)
    return first


def _candidates(cells: Cells, models: Models, row: Variant, setting: Variant) -> list[Candidate]:
    return [candidate(cells, models, row, setting, column) for column in cells.columns]


# -- running it --------------------------------------------------------------------------------------------------------


def run_tuning(tuning: Tuning, runner: Runner, *, seed: int | None = None, engine: str = "auto",
               progress: Callable[[float], None] | None = None) -> Tuned:
    """Run a search that has been checked. Raises :class:`RunFault` if every run failed."""
    chosen_seed = tuning.first.checked.seed if seed is None else seed_of(seed)
    began = time.perf_counter()
    runner.tell(lambda: f"{counted(tuning.points, 'setting')} in {counted(len(tuning.columns), 'column')}: "
                        f"at most {tuning.most_runs:,} runs")
    tuning = replace(tuning, cells=warmed_up(tuning.cells, tuning.models, runner, chosen_seed, engine))
    trials = Trials(tuning.space, tuning.candidates, Runs(runner, chosen_seed, engine, _told(progress, tuning)), tuning.cost,
                    tuning.levels, tuning.replications)
    optimiser = Optimiser(tuning.space, tuning.trials, chosen_seed)
    while points := optimiser.ask():
        tried = trials.of(points)
        optimiser.tell([trial.cost.mean for trial in tried], [trial.shortfalls for trial in tried])
    runs = trials.runs
    if runs.failures and not len(runs):
        raise RunFault(str(runs.failures[0]))
    best = trials.front_runner()
    fresh = trials.fresh(best)
    settings = {setting.path: setting.value for setting in best.variant.settings}
    paste = pasted(tuning.cells.source_of(tuning.row, best.variant).data, settings)
    wanted = Wanted(tuning.source.at("tune", "question") or "", tuning.row.label, tuning.columns, tuning.cost, tuning.levels,
                    tuple((each.path, each.name) for each in tuning.space.parameters), tuning.replications)
    info = {"kind": "tuning", "scenario": tuning.scenario.name, "model": tuning.scenario.model,
            "model_sha256": tuning.first.checked.model_sha256, "seed": chosen_seed, "runs": len(runs),
            "engines": sorted(runs.engines), **runner.info(began)}
    return Tuned(tuning.scenario.name, tuning.source, chosen_seed, wanted, trials.all, best, fresh, settings, paste,
                 tuple(runs.failures), info)


def pasted(data: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """What of a scenario is at these paths, as a piece of a scenario; a list that a path leads into stands there as a whole."""
    found: dict[str, Any] = {}
    for path in paths:
        above, into = data, found
        *words, last = path.split(".")
        for word in words:
            if not isinstance(above[word], dict):
                last = word
                break
            above, into = above[word], into.setdefault(word, {})
        into[last] = above[last]
    return found


def _told(progress: Callable[[float], None] | None, tuning: Tuning) -> Callable[[], None] | None:
    """What tells the progress after each run: the share of those that there may be in all."""
    if progress is None:
        return None
    whole, done = tuning.most_runs, 0

    def heard() -> None:
        nonlocal done
        done += 1
        progress(min(1.0, done / whole))

    return heard
