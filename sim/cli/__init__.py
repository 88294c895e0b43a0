"""The command ``sim``. Exit codes: 0 done, 1 the run failed, was stopped or found nothing wanted, 2 the input is at fault."""

import functools
import sys
from typing import Annotated

import typer

from sim.cli import runs, studies, shelf  # isort: skip  # in the order of the help
from sim.cli.common import app, guard
from sim.engines.garbage import patient
from sim.study.stopping import ended_by_signals

__all__ = ["app", "main", "runs", "shelf", "studies"]


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
        guard(functools.partial(app, prog_name="sim"))  # what an option cannot be read as is told like all that is wrong
