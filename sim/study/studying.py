"""From a scenario with a study to its result."""

import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim import __version__
from sim.study.folder import check_free
from sim.study.grid import Grid, grid_of
from sim.study.local import run_local
from sim.study.measures import Judged
from sim.study.prepare import Prepared, Source
from sim.study.replicate import Executor, check_workers, replicate
from sim.study.result import Study
from sim.study.study_folder import STUDY


def study(scenario: Source, *, replications: int | None = None, workers: int | None = None, seed: int | None = None,
          set: Mapping[str, Any] | None = None, engine: str = "auto", progress: Callable[[float], None] | None = None,
          out: str | Path | None = None, force: bool = False, say: Callable[[str], object] | None = None,
          executor: Executor = run_local) -> Study:
    """Run a scenario's study; see :func:`sim.study` for the options.

    ``say`` hears what a user may want to know at once. ``executor`` runs the jobs, in place of processes of this machine.
    """
    if out is not None:
        check_free(Path(out), force=force, replace_ours=False, kind=STUDY)
    grid, prepared = grid_of(scenario, set, replications=replications)
    done = run_grid(grid, prepared, seed=seed, workers=workers, engine=engine, progress=progress, say=say, executor=executor)
    if out is not None:
        done.save(out, force=force)
    return done


def run_grid(grid: Grid, prepared: Sequence[Prepared], *, seed: int | None = None, workers: int | None = None, engine: str = "auto",
             progress: Callable[[float], None] | None = None, say: Callable[[str], object] | None = None,
             executor: Executor = run_local) -> Study:
    """Run a grid that has been checked; the options are those of :func:`study`."""
    count = check_workers(workers)
    chosen = prepared[0].plan(seed=seed).seed
    began = time.perf_counter()
    done = replicate(grid, prepared, seed=chosen, workers=count, engine=engine, progress=progress, say=say, executor=executor)
    info = {"kind": "study", "scenario": grid.scenario.name, "model": grid.scenario.model, "model_sha256": prepared[0].model.sha256,
            "seed": chosen, "runs": len(done.results), "of": len(grid.cells) * grid.replications,
            "engines": sorted({*done.engines}), "workers": count, "version": __version__, "python": platform.python_version(),
            "wall_time_s": round(time.perf_counter() - began, 3)}
    return Study(grid, chosen, done.results, tuple(Judged.of(each.scenario) for each in prepared), done.stopped, info)


