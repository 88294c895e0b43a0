"""Checking files of either kind: models and scenarios."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
        _check_scenario(path)
    return kind.removesuffix("s")


def _check_scenario(path: Path) -> None:
    """Check a scenario alone, and then all that its study and its search would run."""
    from sim.scenario.source import read_source
    from sim.study.prepare import prepare

    source, faults = read_source(path), FaultList()
    with _noted(faults):
        prepare(source)
    if source.at("study") is not None:
        from sim.study.grid import grid_of

        with _noted(faults):
            grid_of(source, large=True, known=faults)
    if source.at("tune") is not None:
        from sim.study.search.tuning import tuning_of

        with _noted(faults):
            tuning_of(source)
    faults.raise_if_any()


@contextmanager
def _noted(faults: FaultList) -> Iterator[None]:
    """Faults that are raised are noted."""
    try:
        yield
    except Faults as wrong:
        faults.extend(wrong)
