"""Where mitigations are found: every module of :mod:`sim.mitigations` is one, and so is any Python file that a scenario names.

A user's own is looked for as ``NAME.py`` beside the scenario, in ``mitigations/`` beside it, and in ``mitigations/`` of the
working folder, before those that ship; a name with a slash or ``.py`` is the path of a file.
"""

import importlib
import importlib.util
import os
import pkgutil
import re
import sys
import traceback
from functools import cache
from pathlib import Path
from types import ModuleType

import sim.mitigations
from sim.language.faults import BadValue, either, shown, suggest
from sim.mitigations.framework import costs
from sim.mitigations.framework.common import all_parameters, at_defaults
from sim.mitigations.framework.declaration import Declaration, declaration

_loaded: dict[tuple[Path, int, int], Declaration] = {}


@cache
def shipped() -> tuple[str, ...]:
    """The names of all that ship, sorted."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(sim.mitigations.__path__) if not each.ispkg))


@cache
def _shipped(name: str) -> Declaration:
    module = importlib.import_module(f"sim.mitigations.{name}")
    found = checked(declaration(module, name, Path(str(module.__file__))))
    if found.cost is None:
        problem = f"the mitigation '{name}' ships and does not say what it costs"
        raise BadValue(problem, "STATED_COST = Cost(), if nothing but its work")
    return found


def checked(found: Declaration) -> Declaration:
    """The same, if its parameters have names of their own, their defaults can be read, and its stated cost is one."""
    names = [parameter.name for parameter in all_parameters(found)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadValue(f"'{found.name}' has two parameters {shown(twice)}", "another name: some are common to all mitigations")
    for parameter in all_parameters(found):
        if not parameter.is_required:
            try:
                parameter.read(parameter.default)
            except BadValue as error:
                raise BadValue(f"the default of '{found.name}.{parameter.name}' is none: {error}") from None
    if found.cost is not None:
        costs.checked(found.name, found.cost, at_defaults(found))
    return found


def find(name: str, folder: Path | None = None) -> Declaration:
    """The mitigation of this name, for a scenario in ``folder``; :class:`BadValue` if there is none or it is at fault."""
    is_path = "/" in name or os.sep in name or name.endswith(".py")
    if not is_path and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name):
        raise BadValue(f"got the mitigation {shown(name)}", "a name of letters, digits and _, or the path of a Python file")
    beside = [Path(folder)] if folder is not None else []
    if is_path:
        places = [*(each / name for each in beside), Path(name)]
    else:
        folders = [each / part for each in beside for part in ("", "mitigations")]
        places = [each / f"{name}.py" for each in (*folders, Path("mitigations"))]
    for place in places:
        if os.path.isfile(place):
            return _own(place)
    if name in shipped():
        return _shipped(name)
    expected = "the path of a Python file" if is_path else f"{either(shipped())}, or a Python file of your own beside the scenario"
    raise BadValue(f"there is no mitigation {shown(name)}", expected, suggest(name, shipped()))


def _own(path: Path) -> Declaration:
    """A user's own, loaded once as long as its file does not change."""
    path = path.absolute()
    found = path.stat()
    stamp = path, found.st_mtime_ns, found.st_size
    if stamp not in _loaded:
        name = path.stem
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name):
            raise BadValue(f"the file of a mitigation is named {shown(path.name)}", "a name of letters, digits and _, with .py")
        _loaded[stamp] = checked(declaration(_load(path), name, path))
    return _loaded[stamp]


def _load(path: Path) -> ModuleType:
    name = f"sim_mitigation_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the folder is the user's, not ours
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise BadValue(f"{path}:{error.lineno}:{error.offset}: this is no Python: {error.msg}") from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the code is the user's: anything can come out of it
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        place = f"{path}:{frames[-1].lineno}" if frames else str(path)
        raise BadValue(f"{place}: importing it raised {type(error).__name__}: {error}") from None
    finally:
        sys.dont_write_bytecode = writes_bytecode
    return module
