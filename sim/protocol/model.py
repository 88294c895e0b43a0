"""A model: a diagram that can be played, and the actors that fill its messages, if it has an ``actors.py``."""

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.language.faults import FaultList
from sim.protocol import ties
from sim.protocol.actor import Actor
from sim.protocol.diagram import Diagram
from sim.protocol.drawn import drawn
from sim.protocol.parse import read_diagram
from sim.protocol.projection import Projection, project


@dataclass(frozen=True)
class Model:
    """A diagram, its projection, and a class for each participant (empty without an ``actors.py``)."""

    path: Path
    projection: Projection
    actors: dict[str, type[Actor]]

    @property
    def diagram(self) -> Diagram:
        """The diagram itself."""
        return self.projection.diagram

    @cached_property
    def drawn(self) -> dict[str, Any]:
        """The diagram as drawn, for the header of a trace."""
        return drawn(self.diagram, self.projection.turns)

    @cached_property
    def sha256(self) -> str:
        """Over the diagram file and its ``actors.py``, as they are now: another one, another protocol."""
        files = (self.path, self.path.parent / "actors.py")
        return hashlib.sha256(b"\0".join(file.read_bytes() if file.is_file() else b"" for file in files)).hexdigest()

    @property
    def has_payloads(self) -> bool:
        """Whether messages carry anything (the model has an ``actors.py``)."""
        return bool(self.actors)

    def settings(self, participant: str, parameters: Mapping[str, object]) -> dict[str, object]:
        """The parameters of an actor: those given, the rest by default."""
        declared = self.actors[participant].parameters if self.has_payloads else {}
        defaults: dict[str, object] = {name: allowed[0] if isinstance(allowed, tuple) else allowed()
                                       for name, allowed in declared.items()}
        return {**defaults, **parameters}


def load(path: Path) -> Model:
    """Load the model at ``path`` (a diagram file).

    Raises :class:`sim.language.faults.Faults` if the diagram or its ``actors.py`` is at fault.
    """
    projection = project(read_diagram(path))
    source = path.parent / "actors.py"
    if not source.is_file():
        return Model(path, projection, {})
    faults = FaultList()
    module = _import(source, faults)
    faults.raise_if_any()
    assert module is not None
    actors = ties.classes(module, projection.diagram)
    ties.check(path, module, projection.diagram, actors, faults)
    faults.raise_if_any()
    return Model(path, projection, actors)


def _import(source: Path, faults: FaultList) -> ModuleType | None:
    name = f"sim_model_{source.parent.name}_actors"
    spec = importlib.util.spec_from_file_location(name, source.absolute())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look for the module of a class
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # a model's folder is the user's, not ours
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        faults.add(file=str(source), line=error.lineno, column=error.offset, path="", problem=f"this is no Python: {error.msg}")
        return None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the code is the user's: anything can come out of it
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(source.absolute())]
        line = frames[-1].lineno if frames else None
        faults.add(file=str(source), line=line, column=None, path="",
                   problem=f"importing it raised {type(error).__name__}: {error}")
        return None
    finally:
        sys.dont_write_bytecode = writes_bytecode
    return module
