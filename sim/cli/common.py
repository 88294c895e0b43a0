"""What all commands share: how one is declared, how its options are told, and how what goes wrong ends it."""

import functools
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.language.faults import Fault, Faults, InputFault, shown

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
                  context_settings={"help_option_names": ["-h", "--help"]},
                  help="Run sequence diagrams: a protocol in YAML, played by simulated actors under load.")


def argument(metavar: str, help: str) -> Any:
    """An argument of a command."""
    return typer.Argument(metavar=metavar, help=help, show_default=False)


def option(name: str, help: str, *more: str, metavar: str | None = None, default: bool = False) -> Any:
    """An option of a command; ``default`` shows its default in the help."""
    return typer.Option(name, *more, metavar=metavar, help=help, show_default=default)


def number(name: str, help: str, *, default: bool = False, least: int | None = None) -> Any:
    """An option that is a whole number; what is none is told as all faults are."""
    def read(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            raise fault(name.lstrip("-"), f"got {shown(text)}", "a whole number") from None
        if least is not None and found < least:
            raise fault(name.lstrip("-"), f"got {found}", f"at least {least}")
        return found

    return typer.Option(name, metavar="N", help=help, show_default=default, parser=read)


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
        leave(2, in_options(str(fault)))
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


_OPTIONS = {"force=True": "--force", "large=True": "--yes", "kept=...": "--kept DIR",
            "workers=...": "--workers", "scheduler=...": "--scheduler", "lowest=...": "--from", "highest=...": "--to"}
"""What faults call by its argument in Python, as the command has it."""


def in_options(text: str) -> str:
    """The message of a fault, which speaks of arguments, for a terminal."""
    return re.sub("|".join(map(re.escape, _OPTIONS)), lambda found: _OPTIONS[found[0]], text)


def leave(code: int, message: str = "") -> None:
    """End the command with an exit code and a message on stderr."""
    if message:
        print(message, file=sys.stderr)
    raise SystemExit(code) from None


def fault(path: str, problem: str, expected: str, suggestion: str = "", file: str = "") -> Faults:
    """A fault of what was said on the command line."""
    return Faults([Fault(file, None, None, path, problem, expected, suggestion)])


def print_json(data: Any) -> None:
    """Print data as JSON on a line."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(data) + b"\n")


def scenario_stem(scenario: str) -> str:
    """The name that a run folder takes from its scenario's file."""
    return Path(scenario).name.removesuffix(".yaml").removesuffix(".yml") or "scenario"
