"""The command ``sim``. Exit codes: 0 done, 1 the run failed or was stopped, 2 the input is at fault."""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.engines.garbage import patient
from sim.language.faults import Fault, Faults, InputFault, either, shown, suggest
from sim.study.stopping import ended_by_signals

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
                  context_settings={"help_option_names": ["-h", "--help"]},
                  help="Run sequence diagrams: a protocol in YAML, played by simulated actors under load.")


def argument(metavar: str, help: str) -> Any:
    """An argument of a command."""
    return typer.Argument(metavar=metavar, help=help, show_default=False)


def option(name: str, help: str, *more: str, metavar: str | None = None, default: bool = False, min: int | None = None) -> Any:
    """An option of a command; ``default`` shows its default in the help."""
    return typer.Option(name, *more, metavar=metavar, help=help, show_default=default, min=min)


Scenario = Annotated[str, argument("SCENARIO", "A scenario file, or the name of one that ships.")]
Trace = Annotated[str, argument("TRACE", "A trace file, or the folder of a run.")]
Json = Annotated[bool, option("--json", "Print JSON and nothing else.")]
Out = Annotated[Path | None, option("--out", "File to write.", "-o", metavar="FILE")]


def command(name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command whose faults end as messages and exit codes, never as a traceback."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def guarded(*arguments: Any, **options: Any) -> None:
            guard(functools.partial(function, *arguments, **options))

        app.command(name=name)(guarded)
        return function

    return register


def guard(work: Callable[[], None]) -> None:
    """Do ``work``; whatever goes wrong with a user's input, actors or disk becomes a message and an exit code."""
    from sim.engines.faults import RunFault

    try:
        work()
        sys.stdout.flush()
    except InputFault as fault:
        leave(2, str(fault))
    except RunFault as fault:
        leave(1, str(fault))
    except BrokenPipeError:  # the reader of a pipe had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        leave(0)
    except OSError as error:
        leave(2, f"{error.filename or 'the system'}: {error.strerror or error}")
    except KeyboardInterrupt:
        leave(1, "Stopped: nothing was written.")
    except RecursionError:
        leave(2, "this input is nested too deeply; expected less than some hundred levels")


def leave(code: int, message: str = "") -> None:
    """End the command with an exit code and a message on stderr."""
    if message:
        print(message, file=sys.stderr)
    raise SystemExit(code) from None


def fault(path: str, problem: str, expected: str, suggestion: str = "", file: str = "") -> Faults:
    """A fault of what was said on the command line."""
    return Faults([Fault(file, None, None, path, problem, expected, suggestion)])


@command()
def run(
    scenario: Scenario,
    seed: Annotated[int | None, option("--seed", "Seed, in place of the scenario's.", metavar="N")] = None,
    replication: Annotated[int | None, option("--replication", "Replication, in place of the scenario's.", metavar="N")] = None,
    engine: Annotated[str, option("--engine", "auto, simpy or compiled.", metavar="NAME", default=True)] = "auto",
    set_: Annotated[list[str] | None, option("--set", "Change a value of the scenario. Repeatable.", metavar="PATH=VALUE")] = None,
    out: Annotated[Path | None, option("--out", "Folder to write; else runs/SCENARIO-SEED.", "-o", metavar="DIR")] = None,
    force: Annotated[bool, option("--force", "Replace DIR if it exists.")] = False,
    trace_format: Annotated[str, option("--trace-format", "jsonl or parquet.", metavar="NAME", default=True)] = "jsonl",
    no_trace: Annotated[bool, option("--no-trace", "Keep no trace: metrics and charts only.")] = False,
    quiet: Annotated[bool, option("--quiet", "Print nothing but faults.", "-q")] = False,
    json: Json = False,
) -> None:
    """Run a scenario, show what happened, write a run folder."""
    from sim import terminal
    from sim.scenario.source import parse_change
    from sim.study import folder
    from sim.study.prepare import prepare

    prepared = prepare(scenario, dict(parse_change(change) for change in set_ or []))
    target = out or folder.default_folder(scenario_stem(scenario), prepared.scenario.seed if seed is None else seed)
    folder.check_format(trace_format)
    folder.check_free(target, force=force, replace_ours=out is None)
    with terminal.progress(prepared.scenario.name, quiet=quiet or json) as progress:
        done = prepared.run(seed=seed, replication=replication, engine=engine, trace=False if no_trace else None, progress=progress,
                            say=None if quiet else terminal.say)
    with terminal.working(f"Drawing, and writing {target}", quiet=quiet or json):
        folder.write(done, target, force=force, replace_ours=out is None, trace_format=trace_format)
    if json:
        sys.stdout.buffer.write(done.metrics.to_json())
    elif not quiet:
        if done.trace is not None:
            terminal.show_diagram(done.diagram())
            print()
        terminal.show_metrics(done.metrics)
        print(f"\nWritten to {target}{os.sep}: open report.html there.")
    if done.info["stopped_at_s"] is not None:
        when = f"{done.info['stopped_at_s']:g} s of {prepared.scenario.duration_ns / 1e9:g} s"
        leave(1, f"Stopped at {when}: what had happened by then is in {target}{os.sep}.")


def scenario_stem(scenario: str) -> str:
    """The name that a run folder takes from its scenario's file."""
    return Path(scenario).name.removesuffix(".yaml").removesuffix(".yml") or "scenario"


@command()
def check(files: Annotated[list[str], argument("FILE", "Models and scenarios.")], json: Json = False) -> None:
    """Check models and scenarios: all faults at once."""
    from sim.language.faults import FaultList
    from sim.study.checking import check_file

    faults, kinds = FaultList(), {}
    for file in files:
        try:
            kinds[file] = check_file(file)
        except Faults as found:
            faults.extend(found)
    if not json:
        for file, kind in kinds.items():
            print(f"{file}: this {kind} is sound")
        faults.raise_if_any()
        return
    try:
        faults.raise_if_any()
    except Faults as found:
        print_json([fault_data(each) for each in found.faults])
        leave(2)
    print_json([])


def fault_data(fault: Fault) -> dict[str, Any]:
    """A fault for a program: the same words as in its message."""
    return {name: getattr(fault, name) for name in ("file", "line", "column", "path", "problem", "expected", "suggestion")}


def print_json(data: Any) -> None:
    """Print data as JSON on a line."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(data) + b"\n")


@command()
def diagram(
    source: Annotated[str, argument("SOURCE", "A model or scenario (file or name), a trace file, or the folder of a run.")],
    session: Annotated[int | None, option("--session", "Of a trace, draw this session.", metavar="N")] = None,
    merged: Annotated[bool, option("--merged", "Of a trace, draw all sessions in one: shares, counts, median latencies.")] = False,
    as_in_source: Annotated[bool, option("--as-in-source", "Leave out what the model's author added to its source.")] = False,
    format_: Annotated[str | None, option("--format", "text, mermaid, plantuml, svg or png.", "-f", metavar="NAME")] = None,
    out: Out = None,
) -> None:
    """Draw a model, one session of a trace, or all merged."""
    import sim
    from sim import terminal
    from sim.study.views import FORMATS

    if format_ is not None and format_ not in FORMATS:
        raise fault("--format", f"got {shown(format_)}", either(FORMATS), suggest(format_, FORMATS))
    if session is not None and merged:
        raise fault("--session", "a diagram of one session is not merged", "--session or --merged")
    if is_trace(source):
        drawn = sim.open_trace(source).diagram(session=session, merged=merged or None, as_in_source=as_in_source)
    elif session is not None or merged:
        raise fault("", "a model has no sessions", "the trace of a run, for --session and --merged", file=source)
    else:
        drawn = sim.diagram(source, as_in_source=as_in_source)
    if out is not None:
        if out.exists() and os.path.exists(source) and out.samefile(source):
            raise fault("--out", "this is the file that is drawn", "another file", file=str(out))
        drawn.save(out, format_)
    elif format_ in (None, "text"):
        terminal.show_diagram(drawn)
    elif format_ == "png" and terminal.is_terminal():
        raise fault("--format", "a terminal shows no PNG", "-o FILE.png, or a pipe")
    else:
        sys.stdout.buffer.write(drawn.render(format_ or "text"))


def is_trace(source: str) -> bool:
    """Whether a name means a trace (a run folder, a .jsonl or .parquet file) rather than a model."""
    path = Path(source)
    is_named_so = path.suffix in (".jsonl", ".gz", ".parquet")
    return path.is_dir() or is_named_so or (path.is_file() and path.suffix not in (".yaml", ".yml"))


@command()
def sessions(
    trace: Trace,
    outcome: Annotated[str | None, option(
        "--outcome", "completed, refused, timed_out, gave_up, ended or in_flight.", metavar="NAME")] = None,
    by: Annotated[str | None, option("--by", "What refused, dropped or lost a message in it.", metavar="NAME")] = None,
    class_: Annotated[str | None, option("--class", "The client class.", metavar="NAME")] = None,
    message: Annotated[str | None, option("--message", "The id of a message in it.", metavar="ID")] = None,
    limit: Annotated[int, option("--limit", "How many at most.", metavar="N", default=True, min=1)] = 50,
    json: Json = False,
) -> None:
    """Find sessions in a trace."""
    import sim
    from sim import terminal

    table = sim.open_trace(trace).sessions(outcome=outcome, by=by, class_=class_, message=message, limit=limit)
    if json:
        print_json(table.to_dicts())
    else:
        terminal.show_sessions(table)


@command()
def show(
    trace: Trace,
    session: Annotated[int | None, option("--session", "The session; needed where there are several.", metavar="N")] = None,
    json: Json = False,
) -> None:
    """Show a session's HTTP messages, signatures and verdicts."""
    import sim
    from sim.study.reading import describe

    opened = sim.open_trace(trace)
    chosen = opened.only_session() if session is None else session
    if chosen is None:
        raise fault("--session", "this trace holds several sessions, or none", f"--session N; 'sim sessions {trace}' finds one")
    found = opened.session(chosen)
    if json:
        print_json(list(found.records()))
    else:
        print(describe(found))


@command()
def compare(
    a: Annotated[Path, argument("DIR", "The folder of a run.")],
    b: Annotated[Path, argument("DIR", "The folder of another.")],
    out: Annotated[Path | None, option("--out", "Also write both load charts under the same axes: .html, .svg or .png.",
                                       metavar="FILE")] = None,
    json: Json = False,
) -> None:
    """Compare two runs: what was set, what came out."""
    import sim
    from sim import terminal
    from sim.study import compare_page

    if out is not None:
        compare_page.check(out)
    comparison = sim.compare(a, b)
    if out is not None:
        comparison.save(out)
    if json:
        print_json(comparison.to_dict())
    else:
        terminal.show_comparison(comparison)


@command()
def study(
    scenario: Scenario,
    replications: Annotated[int | None, option("--replications", "Runs a cell, in place of the scenario's.", metavar="N")] = None,
    workers: Annotated[int | None, option("--workers", "Processes that run it; else one a processor.", metavar="N")] = None,
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
    from sim.study.grid import grid_of
    from sim.study.studying import run_grid

    grid, prepared = grid_of(scenario, dict(parse_change(change) for change in set_ or []), replications=replications)
    target = out or study_folder.default_folder(scenario_stem(scenario), grid.scenario.seed if seed is None else seed)
    folder.check_free(target, force=force, replace_ours=out is None, kind=study_folder.STUDY)
    label = f"{grid.scenario.name}: {len(grid.cells)} cells x {grid.replications}"
    with terminal.progress(label, quiet=quiet or json) as progress:
        done = run_grid(grid, prepared, seed=seed, workers=workers, engine=engine, progress=progress,
                        say=None if quiet else terminal.say)
    with terminal.working(f"Drawing, and writing {target}", quiet=quiet or json):
        study_folder.write(done, target, force=force, replace_ours=out is None)
    if json:
        sys.stdout.buffer.write(done.to_json())
    elif not quiet:
        terminal.show_matrix(done.table)
        print(f"\nWritten to {target}{os.sep}: see heat_map.png, cells.csv, study.json.")
    if done.stopped:
        leave(1, f"Stopped at {done.info['runs']} of {done.info['of']} runs: these are in {target}{os.sep}.")


@command()
def validate(
    rows: Annotated[list[str] | None, argument("ROW", "Numbers of rows, or parts of systems or quantities.")] = None,
    quick: Annotated[bool, option("--quick", "The short form: a minute, with wider intervals.")] = False,
    workers: Annotated[int | None, option("--workers", "Processes that run it; else one a processor.", metavar="N")] = None,
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


@command(name="list")
def list_(
    name: Annotated[str | None, argument("NAME", "Whatever the list names, or a file.")] = None,
    json: Json = False,
) -> None:
    """List what ships; of one, what it is and its YAML."""
    from sim import terminal
    from sim.study import shelf

    if json:
        print_json(shelf.entries() if name is None else shelf.data_of(name))
    elif name is not None:
        print(shelf.one(name, terminal.width()))
    else:
        terminal.show_entries(shelf.entries())


@command()
def new(
    name: Annotated[str, argument("NAME", "Name of the scenario: NAME.yaml is written.")],
    model: Annotated[str, option("--model", "The model that it runs.", metavar="NAME", default=True)] = "protectserve/step1",
    force: Annotated[bool, option("--force", "Overwrite the file if it exists.")] = False,
) -> None:
    """Write a commented scenario to start from."""
    from sim.study.shelf import write_new

    target = write_new(name, model, force=force)
    print(f"Written to {target}; try: sim run {target}")


@command()
def schema(out: Out = None) -> None:
    """Print the JSON Schema of scenarios, for editors."""
    import orjson

    from sim.scenario.schema import json_schema
    from sim.study.files import write_whole

    text = orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2) + b"\n"
    if out is None:
        sys.stdout.buffer.write(text)
    else:
        write_whole(out, text)


def _version(wanted: bool) -> None:
    if wanted:
        from sim import __version__

        print(f"sim {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Options of the command itself."""


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without Unicode shows what it can
    with patient(), ended_by_signals():  # a quick command spends a tenth of its time looking for garbage that is not there
        app(prog_name="sim")


if __name__ == "__main__":
    main()
