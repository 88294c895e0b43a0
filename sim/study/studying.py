"""From a scenario with a study to its result."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sim.engines.faults import RunFault
from sim.scenario.source import plain_data
from sim.study.execution import address
from sim.study.execution.runner import Runner, counted
from sim.study.folder import check_free
from sim.study.grid import Grid, grid_of
from sim.study.prepare import Given, seed_of
from sim.study.replicate import replicate
from sim.study.result import Study
from sim.study.study_folder import STUDY
from sim.study.warm_up import changes_of, find

MOST_LOOKED_UP = 20_000
"""Kept runs that are counted in a moment."""


def study(scenario: Given, *, replications: int | None = None, seed: int | None = None, set: Mapping[str, Any] | None = None,
          engine: str = "auto", large: bool = False, progress: Callable[[float], None] | None = None, out: str | Path | None = None,
          force: bool = False, **running: Any) -> Study:
    """Run a scenario's study; see :func:`sim.study` for the options. ``running`` are those of :meth:`Runner.of`."""
    if out is not None:
        check_free(Path(out), force=force, replace_ours=False, kind=STUDY)
    runner = Runner.of(**running)
    grid = grid_of(scenario, set, replications=replications, large=large)
    done = run_grid(grid, runner, seed=seed, engine=engine, progress=progress)
    if out is not None:
        done.save(out, force=force)
    return done


def run_grid(grid: Grid, runner: Runner, *, seed: int | None = None, engine: str = "auto",
             progress: Callable[[float], None] | None = None) -> Study:
    """Run a grid that has been checked; the options are those of :func:`study`. Raises :class:`RunFault` if every run failed."""
    chosen = grid.check(0).seed if seed is None else seed_of(seed)
    began = time.perf_counter()
    runner.tell(lambda: announced(grid, runner, chosen))
    found = find(grid.prepare_base(), runner, seed=chosen, engine=engine) if grid.finds_warm_up else None
    if found is not None:
        grid = grid.with_changes(changes_of(found, grid.cells.base))
    done = replicate(grid, runner, seed=chosen, engine=engine, progress=progress)
    if done.failures and not len(done.results):
        raise RunFault(str(done.failures[0]))
    info = {"kind": "study", "scenario": grid.scenario.name, "model": grid.scenario.model,
            "model_sha256": grid.check(0).model_sha256, "set": plain_data(grid.changes), "seed": chosen,
            "runs": len(done.results), "of": done.wanted,
            "engines": list(done.engines), **runner.info(began)}
    return Study(grid, chosen, done.results, done.failures, done.stopped, info, found)


def announced(grid: Grid, runner: Runner, seed: int) -> str:
    """What is said before it begins: how many runs there are, and how many of them are kept, where that is soon known."""
    cells, rule = len(grid.cells), grid.replications
    least, most = cells * rule.at_least, cells * rule.at_most
    runs = counted(least, "run") if least == most else f"{least:,} to {most:,} runs"
    said = f"{counted(cells, 'cell')}, {runs}"
    if runner.kept is None or grid.is_large or grid.finds_warm_up or least > MOST_LOOKED_UP:
        return said
    batches = rule.batches is not None
    kept = sum(runner.kept.has(address.of_run(known.address, seed, r, series=batches))
               for known in grid.checked for r in range(rule.at_least))
    return f"{said}; {kept:,} {'are' if kept != 1 else 'is'} kept from before" if kept else said
