"""Checking files of either kind: models and scenarios."""

from collections.abc import Iterable
from pathlib import Path

from sim.language.faults import FaultList, Faults
from sim.language.strict_yaml import read


def kind_of(path: Path) -> str:
    """``model`` if the file holds a diagram, else ``scenario``. Raises :class:`Faults` if it cannot be read."""
    root = read(path)
    return "model" if root.kind == "mapping" and root.get("diagram") is not None else "scenario"


def check_files(files: Iterable[str | Path]) -> None:
    """Check every file; raises :class:`Faults` with all that is wrong in all of them."""
    faults = FaultList()
    for file in files:
        try:
            check_file(file)
        except Faults as found:
            faults.extend(found)
    faults.raise_if_any()


def check_file(file: str | Path) -> str:
    """Check one file; what it is: ``model`` or ``scenario``."""
    from sim.scenario.shipped import find

    path = Path(file)
    if not path.exists():
        for kind in ("scenarios", "models"):
            try:
                path = find(kind, str(file))
                break
            except Faults:
                continue
    kind = kind_of(path)
    if kind == "model":
        from sim.protocol.model import load

        load(path)
    else:
        from sim.study.prepare import prepare

        prepare(path)
    return kind
