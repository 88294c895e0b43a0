"""The commands about many runs: study, validate."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

from sim.cli.common import Json, Scenario, argument, command, fault, leave, option, scenario_stem

Workers = Annotated[int | None, option("--workers", "Processes that run it; else one a processor.", metavar="N")]
Scheduler = Annotated[str | None, option("--scheduler", "A Dask scheduler whose workers run it, as tcp://host:8786.",
                                             metavar="ADDRESS")]
KeptRuns = Annotated[Path | None, option("--kept", "Folder where finished runs are kept and found; else studies/.kept.",
                                         metavar="DIR")]
Anew = Annotated[bool, option("--anew", "Run everything, whatever is kept, and keep nothing.")]
QUICK_RUN_S = 0.02
"""What the shortest of runs takes."""


@command()
def study(
    scenario: Scenario,
    replications: Annotated[int | None, option("--replications", "Runs a cell, in place of the scenario's.", metavar="N")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    kept: KeptRuns = None,
    anew: Anew = False,
    yes: Annotated[bool, option("--yes", "Run a grid of any size without asking.", "-y")] = False,
    seed: Annotated[int | None, option("--seed", "Seed, in place of the scenario's.", metavar="N")] = None,
    engine: Annotated[str, option("--engine", "auto, simpy or compiled.", metavar="NAME", default=True)] = "auto",
    set_: Annotated[list[str] | None, option("--set", "Change a value in every cell. Repeatable.", metavar="PATH=VALUE")] = None,
    out: Annotated[Path | None, option("--out", "Folder to write; else studies/SCENARIO-SEED.", "-o", metavar="DIR")] = None,
    force: Annotated[bool, option("--force", "Replace DIR if it exists.")] = False,
    quiet: Annotated[bool, option("--quiet", "Print nothing but faults.", "-q")] = False,
    json: Json = False,
) -> None:
    """Run a scenario's study (grid x replications), show its table, write its folder."""
    from sim import terminal
    from sim.scenario.source import parse_change
    from sim.study import folder, study_folder
    from sim.study.studying import run_grid

    runner = runner_of(workers, scheduler, kept, anew, quiet)
    with terminal.working("Checking every cell", quiet=quiet or json):
        grid = wanted_grid(scenario, dict(parse_change(change) for change in set_ or []), replications, yes)
    target = out or study_folder.default_folder(scenario_stem(scenario), grid.scenario.seed if seed is None else seed)
    folder.check_free(target, force=force, replace_ours=out is None, kind=study_folder.STUDY)
    label = f"{grid.scenario.name}: {len(grid.cells):,} cells"
    with terminal.progress(label, quiet=quiet or json) as progress:
        done = run_grid(grid, runner, seed=seed, engine=engine, progress=progress)
    with terminal.working(f"Drawing, and writing {target}", quiet=quiet or json):
        study_folder.write(done, target, force=force, replace_ours=out is None)
    if json:
        sys.stdout.buffer.write(done.to_json())
    elif not quiet:
        terminal.show_matrix(done.table)
        print(f"\nWritten to {target}{os.sep}: see heat_map.png, cells.csv, study.json.")
    if done.failures:
        terminal.tell_failures(done)
    if done.stopped:
        counts = f"{done.info['runs']} of {done.info['of']} runs"
        leave(1, f"Stopped at {counts}: these are in {target}{os.sep}; the same command goes on.")
    if done.failures:
        leave(1, f"{len(done.failures)} of {done.info['of']} runs failed; the others are in {target}{os.sep}.")


def runner_of(workers: int | None, scheduler: str | None, kept: Path | None, anew: bool, quiet: bool) -> Any:
    """What runs the runs of a study, as the options say."""
    from sim import terminal
    from sim.study.execution.runner import Runner
    from sim.study.study_folder import KEPT

    if anew and kept is not None:
        raise fault("--anew", "there is nothing to be taken from --kept then", "one of the two")
    return Runner.of(workers=workers, scheduler=scheduler, kept=None if anew else kept or KEPT,
                     say=None if quiet else terminal.say)


def wanted_grid(scenario: str, changes: dict[str, Any], replications: int | None, yes: bool) -> Any:
    """The grid of a study; a large one is asked about, where there is somebody to ask."""
    from sim import terminal
    from sim.study.grid import LargeGrid, grid_of

    try:
        return grid_of(scenario, changes, replications=replications, large=yes)
    except LargeGrid as large:
        time = terminal.long_time(large.runs * QUICK_RUN_S)
        if not terminal.agrees(f"{large.cells:,} cells, {large.runs:,} runs: some {time} and more. Run it?"):
            raise
    return grid_of(scenario, changes, replications=replications, large=True)


@command()
def validate(
    rows: Annotated[list[str] | None, argument("ROW", "Numbers of rows, or parts of systems or quantities; else all.")] = None,
    quick: Annotated[bool, option("--quick", "The short form: a minute, with wider intervals.")] = False,
    workers: Workers = None,
    out: Annotated[Path | None, option("--out", "File to write: .md, .csv or .json.", "-o", metavar="FILE")] = None,
    quiet: Annotated[bool, option("--quiet", "Print nothing but faults.", "-q")] = False,
    json: Json = False,
) -> None:
    """Hold the simulator against theory and published results."""
    from sim import terminal
    from sim.study.validation import result
    from sim.study.validation.run import validate as run_validation

    if out is not None:
        result.check(out)
    with terminal.progress("Validation", quiet=quiet or json) as progress:
        done = run_validation(*(rows or ()), quick=quick, workers=workers, progress=progress,
                              say=None if quiet or json else terminal.say)
    if out is not None:
        done.save(out)
    if json:
        sys.stdout.buffer.write(done.to_json())
    elif not quiet:
        terminal.show_validation(done.table)
    if done.stopped:
        leave(1, f"Stopped at {len(done.rows)} of {done.of} rows.")
    if not done.agrees:
        leave(1)
