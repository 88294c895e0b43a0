"""Where models and scenarios are found: by path, then in the working folder, then among those shipped."""

import os
from pathlib import Path
from typing import Literal

from sim.language.faults import BadValue, Fault, Faults, either, shown, suggest

Kind = Literal["models", "scenarios"]

_PACKAGE = Path(__file__).resolve().parent.parent


def folder(kind: Kind) -> Path:
    """The folder of what ships: inside the package in a wheel, beside it in a checkout."""
    inside = _PACKAGE / "_shipped" / kind
    return inside if inside.is_dir() else _PACKAGE.parent / kind


def names(kind: Kind) -> tuple[str, ...]:
    """The names of all that ships, sorted: ``protectserve/step1``."""
    return _names_in(folder(kind))


def find(kind: Kind, name: str | Path, beside: Path | None = None) -> Path:
    """The file of a model or scenario, its name with or without ``.yaml``.

    Tried in this order: the name as a path (from the folder ``beside`` first, if given), in ``models/`` or
    ``scenarios/`` of the working folder, among those shipped. Raises :class:`Faults` with the names that are near.
    """
    try:
        return locate(kind, name, beside)
    except BadValue as error:
        raise Faults([Fault(str(name), None, None, "", error.problem, error.expected, error.suggestion)]) from None


def locate(kind: Kind, name: str | Path, beside: Path | None = None) -> Path:
    """As :func:`find`, but raises :class:`BadValue`, for those who know where the name stands."""
    places = [Path(name), Path(kind) / name, folder(kind) / name]
    if beside is not None:
        places.insert(0, beside / name)
    for place in places:
        for candidate in (place, Path(f"{place}.yaml")):
            if os.path.isfile(candidate):  # unlike Path.is_file, never raises, whatever the name
                return candidate
    if os.path.lexists(name):
        return Path(name)  # a directory or a device: reading it says what is wrong
    known = sorted({*names(kind), *_names_in(Path(kind))})
    near = suggest(str(name).removesuffix(".yaml"), known)
    expected = f"a path, or {either(known)}" if known else "a path"
    raise BadValue(f"there is no {kind.removesuffix('s')} {shown(str(name))}", expected, near)


def _names_in(root: Path) -> tuple[str, ...]:
    if not root.is_dir():
        return ()
    return tuple(sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.yaml")))
