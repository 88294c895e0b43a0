"""The commands about runs: run, check, diagram, sessions, show, compare."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

from sim.cli.common import Json, Out, Scenario, Trace, argument, command, fault, leave, number, option, print_json, scenario_stem
from sim.language.faults import Fault, Faults, either, shown, suggest


@command()
def run(
    scenario: Scenario,
    seed: Annotated[int | None, number("--seed", "Seed, in place of the scenario's.")] = None,
    replication: Annotated[int | None, number("--replication", "Replication, in place of the scenario's.")] = None,
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


@command()
def diagram(
    source: Annotated[str, argument("SOURCE", "A model or scenario (file or name), a trace file, or the folder of a run.")],
    session: Annotated[int | None, number("--session", "Of a trace, draw this session.")] = None,
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
    limit: Annotated[int, number("--limit", "How many at most.", default=True, least=1)] = 50,
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
    session: Annotated[int | None, number("--session", "The session; needed where there are several.")] = None,
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
