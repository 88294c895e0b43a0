"""A model: a diagram that can be played, and the actors that fill its messages, if it has an ``actors.py``."""

import importlib.util
import sys
import traceback
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.language.faults import FaultList, Faults, suggest
from sim.protocol.actor import Actor
from sim.protocol.diagram import Action, Diagram, Message
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

    @property
    def has_payloads(self) -> bool:
        """Whether messages carry anything (the model has an ``actors.py``)."""
        return bool(self.actors)


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
    actors = _classes(module, projection.diagram)
    if not actors:
        return Model(path, projection, {})
    _check_checks(projection.diagram, actors, source, faults)
    _check_parameters(actors, source, faults)
    _check_ties(path, projection.diagram, actors, source, faults)
    faults.raise_if_any()
    return Model(path, projection, actors)


def class_name(participant: str) -> str:
    """``authorization_manager`` is played by ``AuthorizationManager``."""
    return "".join(word.capitalize() for word in participant.split("_"))


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


def _classes(module: ModuleType, diagram: Diagram) -> dict[str, type[Actor]]:
    """A class for every participant if the module has one for any of them; participants without get the base."""
    found = {}
    for participant in diagram.participants:
        candidate = getattr(module, class_name(participant), None)
        if isinstance(candidate, type) and issubclass(candidate, Actor):
            found[participant] = candidate
    if not found:
        return {}
    return {participant: found.get(participant, Actor) for participant in diagram.participants}


def _check_checks(diagram: Diagram, actors: dict[str, type[Actor]], source: Path, faults: FaultList) -> None:
    """An action that checks something must have a method that does: else real messages would pass unchecked."""
    known = {item.id for item in diagram.items() if isinstance(item, Message | Action)}
    for item in diagram.items():
        if isinstance(item, Action) and item.facts.checks and item.id not in actors[item.participant].does:
            faults.add(file=str(source), line=None, column=None, path=class_name(item.participant),
                       problem=f"action '{item.id}' checks {', '.join(item.facts.checks)}, but no method does it",
                       expected=f"a method with @does({item.id!r})", suggestion=suggest(item.id, known - {item.id}))


def _check_parameters(actors: dict[str, type[Actor]], source: Path, faults: FaultList) -> None:
    """What a class declares as parameters: words, or one of four types."""
    for cls in dict.fromkeys(actors.values()):
        declared: Any = cls.parameters
        for name, allowed in declared.items() if isinstance(declared, dict) else [("parameters", declared)]:
            words = isinstance(allowed, tuple) and allowed and all(isinstance(word, str) for word in allowed)
            if not words and allowed not in (str, int, float, bool):
                faults.add(file=str(source), line=None, column=None, path=f"{cls.__name__}.parameters",
                           problem=f"got {allowed!r} for '{name}'", expected="a tuple of words, or str, int, float or bool")


def _check_ties(path: Path, diagram: Diagram, actors: dict[str, type[Actor]], source: Path, faults: FaultList) -> None:
    """A method tied to an id that no diagram in the folder has would never be called: a slip of the pen."""
    ids = {item.id for item in diagram.items() if isinstance(item, Message | Action)} | diagram.facts()
    others: set[str] | None = None
    for cls in dict.fromkeys(actors.values()):
        for id_, method in [*cls.sends.items(), *cls.receives.items(), *cls.does.items(), *cls.provisions.items()]:
            if id_ in ids:
                continue
            if others is None:
                others = _ids_beside(path)
            if id_ not in others:
                faults.add(file=str(source), line=None, column=None, path=f"{cls.__name__}.{method}",
                           problem=f"no diagram here has '{id_}'", expected="the id of a message or action, or a fact",
                           suggestion=suggest(id_, ids | others))


def _ids_beside(path: Path) -> set[str]:
    """The ids and facts of the other diagrams in the folder, which share its ``actors.py``; those at fault are left out."""
    found: set[str] = set()
    for other in sorted(path.parent.glob("*.yaml")):
        try:
            diagram = read_diagram(other) if other.name != path.name else None
        except Faults:
            continue
        if diagram is not None:
            found |= {item.id for item in diagram.items() if isinstance(item, Message | Action)} | diagram.facts()
    return found
