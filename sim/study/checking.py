"""Checking files of either kind: models and scenarios."""

from collections.abc import Iterable
from pathlib import Path

from sim.language.faults import FaultList, Faults
from sim.study.shelf import found


def check_files(files: Iterable[str | Path]) -> None:
    """Check every file; raises :class:`Faults` with all that is wrong in all of them."""
    faults = FaultList()
    for file in files:
        try:
            check_file(file)
        except Faults as wrong:
            faults.extend(wrong)
    faults.raise_if_any()


def check_file(file: str | Path) -> str:
    """Check one file, or what ships under this name; what it is: ``model`` or ``scenario``."""
    kind, path = found(file)
    if kind == "models":
        from sim.protocol.model import load

        load(path)
    else:
        from sim.study.prepare import prepare

        if prepare(path).has_study:
            from sim.study.grid import grid_of

            grid_of(path, large=True)  # which checks its cells too
    return kind.removesuffix("s")
