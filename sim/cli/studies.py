"""The commands about many runs: study, breaking-point, warm-up, tune, validate."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from sim.cli.common import Json, Scenario, argument, command, fault, leave, number, option, print_json, scenario_stem
from sim.language.faults import shown

Workers = Annotated[int | None, number("--workers", "Processes that run it; else one a processor.")]
Scheduler = Annotated[str | None, option("--scheduler", "A Dask scheduler whose workers run it, as tcp://host:8786.",
                                             metavar="ADDRESS")]
KeptRuns = Annotated[Path | None, option("--kept", "Folder where finished runs are kept and found; else studies/.kept.",
                                         metavar="DIR")]
Anew = Annotated[bool, option("--anew", "Run everything, whatever is kept, and keep nothing.")]
Seed = Annotated[int | None, number("--seed", "Seed, in place of the scenario's.")]
Engine = Annotated[str, option("--engine", "auto, simpy or compiled.", metavar="NAME", default=True)]
Set = Annotated[list[str] | None, option("--set", "Change a value in every run. Repeatable.", metavar="PATH=VALUE")]
Force = Annotated[bool, option("--force", "Replace DIR if it exists.")]
Quiet = Annotated[bool, option("--quiet", "Print nothing but faults.", "-q")]
QUICK_RUN_S = 0.02
"""What the shortest of runs takes."""


@command()
def study(
    scenario: Scenario,
    replications: Annotated[int | None, number("--replications", "Runs a cell, in place of the scenario's.")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    kept: KeptRuns = None,
    anew: Anew = False,
    yes: Annotated[bool, option("--yes", "Run a grid of any size without asking.", "-y")] = False,
    seed: Seed = None,
    engine: Engine = "auto",
    set_: Set = None,
    out: Annotated[Path | None, option("--out", "Folder to write; else studies/SCENARIO-SEED.", "-o", metavar="DIR")] = None,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Run a scenario's study (grid x replications), show its table, write its folder."""
    from sim import terminal
    from sim.scenario.source import parse_change
    from sim.study import folder, study_folder
    from sim.study.studying import run_grid

    runner = runner_of(workers, scheduler, kept, anew, quiet or json)
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
        terminal.show_table(done.table)
        picture = next((f"{name}.png, " for name in ("scorecard", "heat_map", "effects") if name in done.pictures), "")
        print(f"\nWritten to {target}{os.sep}: see {picture}cells.csv, study.json.")
    if done.failures:
        terminal.tell_failures(done)
    if done.stopped:
        counts = f"{done.info['runs']} of {done.info['of']} runs"
        leave(1, f"Stopped at {counts}: these are in {target}{os.sep}{'' if anew else '; the same command goes on'}.")
    if done.failures:
        leave(1, f"{len(done.failures)} of {done.info['of']} runs failed; the others are in {target}{os.sep}.")


@command("breaking-point")
def breaking_point(
    scenario: Scenario,
    attack: Annotated[str | None, option("--attack", "Whose rate is varied, or all; may be left out where there is one.",
                                         metavar="NAME")] = None,
    level: Annotated[str | None, option("--level", "Honest success that must be kept; else the study's, or 90 %.",
                                        metavar="SHARE")] = None,
    lowest: Annotated[str | None, option("--from", "Lowest rate; else a hundredth of the attack's own.", metavar="RATE")] = None,
    highest: Annotated[str | None, option("--to", "Highest rate; else a hundred times the attack's own.", metavar="RATE")] = None,
    precision: Annotated[str, option("--precision", "How well it is known of each replication.", metavar="SHARE",
                                     default=True)] = "10 %",
    replications: Annotated[int, number("--replications", "Replications of each mitigation.", default=True)] = 10,
    workers: Workers = None,
    scheduler: Scheduler = None,
    kept: KeptRuns = None,
    anew: Anew = False,
    seed: Seed = None,
    engine: Engine = "auto",
    set_: Set = None,
    out: Annotated[Path | None, option("--out", "Folder to write; else studies/SCENARIO-breaking-point-SEED.", "-o",
                                       metavar="DIR")] = None,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Find the highest rate of an attack that each mitigation holds."""
    from sim import terminal
    from sim.scenario.source import parse_change
    from sim.study import folder
    from sim.study.search import search_folder
    from sim.study.search.breaking import run_search, search_of

    runner = runner_of(workers, scheduler, kept, anew, quiet or json)
    with terminal.working("Checking every mitigation", quiet=quiet or json):
        search = search_of(scenario, dict(parse_change(change) for change in set_ or []), attack=attack, level=level,
                           lowest=lowest, highest=highest, precision=precision, replications=replications)
    target = out or search_folder.default_folder(scenario_stem(scenario), "breaking-point",
                                                 search.scenario.seed if seed is None else seed)
    folder.check_free(target, force=force, replace_ours=out is None, kind=search_folder.BREAKING_POINTS)
    with terminal.progress(f"{search.scenario.name}: breaking points", quiet=quiet or json) as progress, going_on(anew):
        found = run_search(search, runner, seed=seed, engine=engine, progress=progress)
    search_folder.write_breaking_points(found, target, force=force, replace_ours=out is None)
    show(found, target, "breaking_points.png, breaking_points.csv, tried.csv", quiet=quiet, json=json)


@command("warm-up")
def warm_up(
    scenario: Scenario,
    replications: Annotated[int, number("--replications", "Runs that are averaged.", default=True)] = 10,
    workers: Workers = None,
    scheduler: Scheduler = None,
    kept: KeptRuns = None,
    anew: Anew = False,
    seed: Seed = None,
    engine: Engine = "auto",
    set_: Set = None,
    out: Annotated[Path | None, option("--out", "Welch's plot to write: .svg or .png.", "-o", metavar="FILE")] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Find how long a scenario warms up, with no attack (MSER-5; Welch's plot)."""
    from sim import terminal
    from sim.scenario.source import parse_change
    from sim.study.files import check_folder
    from sim.study.prepare import prepare
    from sim.study.warm_up import find

    if out is not None and out.suffix.lower() not in (".svg", ".png"):
        raise fault("--out", f"no picture is known by the ending {shown(out.suffix)}", ".svg or .png", file=str(out))
    if out is not None:
        check_folder(out)
    runner = runner_of(workers, scheduler, kept, anew, quiet or json)
    prepared = prepare(scenario, dict(parse_change(change) for change in set_ or []))
    with terminal.progress(f"{prepared.scenario.name}: warm-up", quiet=quiet or json) as progress, going_on(anew):
        found = find(prepared, runner, replications=replications, seed=seed, engine=engine, progress=progress)
    if out is not None:
        found.plot().save(out)
    if json:
        print_json(found.to_dict())
    elif not quiet:
        print(found)
        if out is not None:
            print(f"\nWritten to {out}.")


@command()
def tune(
    scenario: Scenario,
    trials: Annotated[int | None, number("--trials", "Settings that are tried, in place of the scenario's.")] = None,
    replications: Annotated[int | None, number("--replications",
                                               "Runs of each in each column, in place of the scenario's.")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    kept: KeptRuns = None,
    anew: Anew = False,
    seed: Seed = None,
    engine: Engine = "auto",
    set_: Set = None,
    out: Annotated[Path | None, option("--out", "Folder to write; else studies/SCENARIO-tune-SEED.", "-o", metavar="DIR")] = None,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Find the cheapest parameters that keep service levels under attack; the exit code is 1 if none does."""
    from sim import terminal
    from sim.scenario.source import parse_change
    from sim.study import folder
    from sim.study.search import search_folder
    from sim.study.search.tuning import run_tuning, tuning_of

    runner = runner_of(workers, scheduler, kept, anew, quiet or json)
    with terminal.working("Checking the parameters", quiet=quiet or json):
        tuning = tuning_of(scenario, dict(parse_change(change) for change in set_ or []), trials=trials, replications=replications)
    target = out or search_folder.default_folder(scenario_stem(scenario), "tune", tuning.scenario.seed if seed is None else seed)
    folder.check_free(target, force=force, replace_ours=out is None, kind=search_folder.TUNED)
    with terminal.progress(f"{tuning.scenario.name}: settings", quiet=quiet or json) as progress, going_on(anew):
        found = run_tuning(tuning, runner, seed=seed, engine=engine, progress=progress)
    search_folder.write_tuned(found, target, force=force, replace_ours=out is None)
    show(found, target, "best.yaml, trade_off.png, trials.csv", quiet=quiet, json=json)
    if not found.keeps:
        leave(1)  # a script that deploys what was found must not take it for what was asked for


def show(found: Any, target: Path, files: str, *, quiet: bool, json: bool) -> None:
    """What a search found, and where it stands; failed runs end the command with 1."""
    from sim import terminal

    if json:
        sys.stdout.buffer.write(found.to_json())
    elif not quiet:
        terminal.show_table(found.table)
        print(f"\nWritten to {target}{os.sep}: see {files}.")
    if found.failures:
        leave(1, f"{found.failures[0]}\n{len(found.failures)} runs failed; what came of the others is in {target}{os.sep}.")


@contextmanager
def going_on(anew: bool) -> Iterator[None]:
    """A search that a Ctrl-C ends says what is left of it."""
    try:
        yield
    except KeyboardInterrupt:
        if anew:
            raise
        leave(1, "Stopped: the runs that were finished are kept; the same command goes on.")


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
