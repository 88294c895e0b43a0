"""The command ``sim``. Exit codes: 0 done, 1 the run failed, 2 the input is at fault."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.language.faults import Fault, Faults, InputFault, suggest

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
                  context_settings={"help_option_names": ["-h", "--help"]},
                  help="Run sequence diagrams: a protocol in YAML, played by simulated actors under load.")

Scenario = Annotated[str, typer.Argument(help="A scenario file, or the name of one that ships.", show_default=False)]
Trace = Annotated[str, typer.Argument(help="A trace file, or the folder of a run.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Where to write.", show_default=False)]


@app.command()
def run(
    scenario: Scenario,
    seed: Annotated[int | None, typer.Option(help="Seed, in place of the scenario's.", show_default=False)] = None,
    replication: Annotated[int | None, typer.Option(help="Number of the replication.", show_default=False)] = None,
    engine: Annotated[str, typer.Option(help="auto or simpy.")] = "auto",
    set_: Annotated[list[str] | None, typer.Option("--set", help="Change a value: path=value. Repeatable.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write.  [default: runs/<scenario>-<seed>]", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace --out if it exists.")] = False,
    no_trace: Annotated[bool, typer.Option("--no-trace", help="Keep no trace: metrics and charts only.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but faults.")] = False,
    json: Json = False,
) -> None:
    """Run a scenario: shows the diagram of what happened and its metrics, and writes a run folder."""
    from sim import terminal
    from sim.scenario.source import parse_change
    from sim.study import folder
    from sim.study.prepare import prepare

    prepared = prepare(scenario, dict(parse_change(change) for change in set_ or []))
    target = out or folder.default_folder(scenario_stem(scenario), prepared.scenario.seed if seed is None else seed)
    folder.check_free(target, force=force, replace_ours=out is None)
    with terminal.progress(prepared.scenario.name, quiet=quiet or json) as progress:
        done = prepared.run(seed=seed, replication=replication, engine=engine, trace=False if no_trace else None, progress=progress)
    folder.write(done, target, force=force, replace_ours=out is None)
    if json:
        sys.stdout.buffer.write(done.metrics.to_json())
    elif not quiet:
        if done.trace is not None:
            terminal.show_diagram(done.diagram())
            print()
        terminal.show_metrics(done.metrics)
        if done.info["stopped_at_s"] is not None:
            print(f"\nStopped at {done.info['stopped_at_s']:g} s: what had happened by then is counted and written.")
        print(f"\nWritten to {target}{'/' if not str(target).endswith('/') else ''}: open report.html there.")


def scenario_stem(scenario: str) -> str:
    """The name that a run folder takes from its scenario's file."""
    return Path(scenario).name.removesuffix(".yaml").removesuffix(".yml") or "scenario"


@app.command()
def check(files: Annotated[list[str], typer.Argument(help="Models and scenarios.", show_default=False)], json: Json = False) -> None:
    """Check models and scenarios: all faults of all files at once."""
    from sim.language.faults import FaultList
    from sim.study.checking import check_file

    faults, kinds = FaultList(), {}
    for file in files:
        try:
            kinds[file] = check_file(file)
        except Faults as found:
            faults.extend(found)
    if json:
        import orjson

        try:
            faults.raise_if_any()
        except Faults as found:
            sys.stdout.buffer.write(orjson.dumps([_fault_data(fault) for fault in found.faults]) + b"\n")
            raise SystemExit(2) from None
        print("[]")
        return
    for file, kind in kinds.items():
        print(f"{file}: this {kind} is sound")
    faults.raise_if_any()


def _fault_data(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in ("file", "line", "column", "path", "problem", "expected", "suggestion")}


@app.command()
def diagram(
    source: Annotated[str, typer.Argument(help="A model (file or name), a trace file, or the folder of a run.", show_default=False)],
    session: Annotated[int | None, typer.Option(help="The session to draw.", show_default=False)] = None,
    merged: Annotated[bool, typer.Option("--merged", help="All sessions in one: shares, counts, median latencies.")] = False,
    as_in_source: Annotated[bool, typer.Option("--as-in-source", help="Leave out what the model's author added.")] = False,
    format_: Annotated[str | None, typer.Option("--format", "-f", help="text, mermaid, plantuml, svg or png.", show_default=False)] = None,
    out: Out = None,
) -> None:
    """Draw a sequence diagram: of a model, of one session of a trace, or of all sessions merged."""
    import sim
    from sim import terminal
    from sim.study.views import FORMATS

    if format_ is not None and format_ not in FORMATS:
        raise Faults([Fault("", None, None, "--format", f"got '{format_}'", "one of " + ", ".join(FORMATS), suggest(format_, FORMATS))])
    if session is not None and merged:
        raise Faults([Fault("", None, None, "--session", "a diagram of one session is not merged", "--session or --merged")])
    if is_trace(source):
        drawn = sim.open_trace(source).diagram(session=session, merged=merged or None, as_in_source=as_in_source)
    else:
        if session is not None or merged:
            raise Faults([Fault(source, None, None, "", "a model has no sessions", "the trace of a run, for --session and --merged")])
        drawn = sim.diagram(source, as_in_source=as_in_source)
    if out is not None:
        drawn.save(out, format_)
    elif format_ in (None, "text"):
        terminal.show_diagram(drawn)
    else:
        sys.stdout.buffer.write(drawn.render(format_ or "text"))


def is_trace(source: str) -> bool:
    """Whether a name means a trace (a run folder, a .jsonl file) rather than a model."""
    path = Path(source)
    return path.is_dir() or path.suffix in (".jsonl", ".gz") or (path.is_file() and path.suffix not in (".yaml", ".yml"))


@app.command()
def sessions(
    trace: Trace,
    outcome: Annotated[str | None, typer.Option(help="completed, refused, timed_out, gave_up, ended, in_flight.", show_default=False)] = None,
    by: Annotated[str | None, typer.Option(help="What refused something in it.", show_default=False)] = None,
    class_: Annotated[str | None, typer.Option("--class", help="The client class.", show_default=False)] = None,
    message: Annotated[str | None, typer.Option(help="The id of a message in it.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 50,
    json: Json = False,
) -> None:
    """Find sessions in a trace."""
    import sim
    from sim import terminal

    table = sim.open_trace(trace).sessions(outcome=outcome, by=by, class_=class_, message=message, limit=limit)
    if json:
        import dataclasses

        import orjson

        sys.stdout.buffer.write(orjson.dumps([dataclasses.asdict(row) for row in table]) + b"\n")
    else:
        terminal.show_sessions(table)


@app.command()
def show(
    trace: Trace,
    session: Annotated[int, typer.Option(help="The session.", show_default=False)],
    json: Json = False,
) -> None:
    """Show the messages of a session: HTTP, signature base strings, verdicts."""
    import sim

    found = sim.open_trace(trace).session(session)
    if json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(list(found.records())) + b"\n")
        return
    from sim.study.reading import describe

    print(describe(found))


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="The folder of a run.", show_default=False)],
    b: Annotated[Path, typer.Argument(help="The folder of another.", show_default=False)],
    json: Json = False,
) -> None:
    """Compare two runs: every metric that differs."""
    import sim
    from sim import terminal

    comparison = sim.compare(a, b)
    if json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(comparison.to_dict()) + b"\n")
    else:
        terminal.show_comparison(comparison)


@app.command(name="list")
def list_(
    name: Annotated[str | None, typer.Argument(help="A model or scenario.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """List what ships; of one, what it is and the YAML of it."""
    from sim.study.shelf import entries, one

    if name is not None:
        print(one(name))
        return
    found = entries()
    if json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(found) + b"\n")
        return
    for kind, rows in found.items():
        print(f"{kind}:")
        for entry, about in rows.items():
            print(f"  {entry:30} {about}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the scenario: NAME.yaml is written.", show_default=False)],
    model: Annotated[str, typer.Option(help="The model that it runs.")] = "protectserve/step1",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
) -> None:
    """Write a commented scenario to start from."""
    from sim.study.shelf import write_new

    target = write_new(name, model, force=force)
    print(f"Written to {target}; try: sim run {target}")


@app.command()
def schema(out: Out = None) -> None:
    """Print the JSON Schema of scenarios, for editors."""
    import orjson

    from sim.scenario.schema import json_schema

    text = orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2) + b"\n"
    if out is None:
        sys.stdout.buffer.write(text)
    else:
        out.write_bytes(text)


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
    """The entry point: no traceback for what a user wrote."""
    from sim.engines.faults import RunFault

    try:
        app(standalone_mode=True)
    except InputFault as fault:
        print(fault, file=sys.stderr)
        raise SystemExit(2) from None
    except RunFault as fault:
        print(fault, file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:  # the reader of a pipe had enough
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:
        print(f"{error.filename or 'the system'}: {error.strerror}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
