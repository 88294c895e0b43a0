"""Do the classes of an ``actors.py`` fit the diagram that they are to play?

A method is tied to an item by its decorator. A tie to nothing would never be called, one of the wrong kind would never
work, and a check without a method would let real messages pass unchecked: each is a slip of the pen, said before a run.
"""

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.language.faults import FaultList, Faults, either, suggest
from sim.protocol.actor import Actor, has_ties
from sim.protocol.diagram import Action, Diagram, Message
from sim.protocol.parse import read_diagram

Classes = dict[str, type[Actor]]
"""Who plays each participant."""


def class_name(participant: str) -> str:
    """``authorization_manager`` is played by ``AuthorizationManager``."""
    return "".join(word[:1].upper() + word[1:] for word in participant.split("_"))


def classes(module: ModuleType, diagram: Diagram) -> Classes:
    """A class for every participant if the module has one for any of them; participants without get the base."""
    found = {}
    for participant in diagram.participants:
        candidate = getattr(module, class_name(participant), None)
        if isinstance(candidate, type) and issubclass(candidate, Actor):
            found[participant] = candidate
    if not found:
        return {}
    return {participant: found.get(participant, Actor) for participant in diagram.participants}


def check(path: Path, module: ModuleType, diagram: Diagram, actors: Classes, faults: FaultList) -> None:
    """Note every fault of the module that is to play the diagram at ``path``."""
    checker = _Checker(path, diagram, faults)
    checker.names(module)
    if actors:
        checker.checks(actors)
        checker.parameters(actors)
        checker.ties(actors)


class _Checker:
    def __init__(self, path: Path, diagram: Diagram, faults: FaultList) -> None:
        self.path = path
        self.source = path.parent / "actors.py"
        self.diagram = diagram
        self.faults = faults
        self.items = _items(diagram)
        self.beside: list[Diagram] | None = None

    def fault(self, path: str, problem: str, expected: str, suggestion: str = "") -> None:
        self.faults.add(file=str(self.source), line=None, column=None, path=path, problem=problem, expected=expected,
                        suggestion=suggestion)

    def names(self, module: ModuleType) -> None:
        """A class of actors with ties into this diagram plays somebody, here or in a diagram beside it."""
        names = {class_name(participant) for participant in self.diagram.participants}
        own = [cls for cls in vars(module).values()
               if isinstance(cls, type) and issubclass(cls, Actor) and cls.__module__ == module.__name__]
        for name, cls in vars(module).items():
            is_ours = isinstance(cls, type) and cls.__module__ == module.__name__
            if is_ours and not issubclass(cls, Actor) and (name in names or has_ties(cls)):
                self.fault(name, "the class is no Actor", f"class {name}(Actor)")
        for cls in own:
            is_base = any(other is not cls and issubclass(other, cls) for other in own)
            if is_base or cls.__name__ in names or not any(id_ in self.items for _, id_, _ in _ties(cls)):
                continue
            if any(cls.__name__ == class_name(name) for other in self.diagrams_beside() for name in other.participants):
                continue
            self.fault(cls.__name__, "the class plays no participant", f"the name {either(sorted(names))}",
                       suggest(cls.__name__, names))

    def checks(self, actors: Classes) -> None:
        """An action that checks something has a method that does."""
        for item in self.items.values():
            if isinstance(item, Action) and item.facts.checks and item.id not in actors[item.participant].does:
                self.fault(class_name(item.participant),
                           f"action '{item.id}' checks {', '.join(item.facts.checks)}, but no method does it",
                           f"a method with @does({item.id!r})", suggest(item.id, set(self.items) - {item.id}))

    def parameters(self, actors: Classes) -> None:
        """What a class declares as parameters: words, or one of four types."""
        for cls in dict.fromkeys(actors.values()):
            declared: Any = cls.parameters
            for name, allowed in declared.items() if isinstance(declared, dict) else [("parameters", declared)]:
                words = isinstance(allowed, tuple) and allowed and all(isinstance(word, str) for word in allowed)
                if not words and allowed not in (str, int, float, bool):
                    self.fault(f"{cls.__name__}.parameters", f"got {allowed!r} for '{name}'",
                               "a tuple of words, or str, int, float or bool")

    def ties(self, actors: Classes) -> None:
        """Every method is tied to an item or fact that there is, in the way in which its participant has to do with it."""
        facts = self.diagram.facts()
        players: dict[type[Actor], list[str]] = {}
        for participant, cls in actors.items():
            players.setdefault(cls, []).append(participant)
        for cls, participants in players.items():
            for kind, id_, method in _ties(cls):
                item = self.items.get(id_)
                wrong = _uncallable(getattr(cls, method), kind)
                if wrong is not None:
                    self.fault(f"{cls.__name__}.{method}", *wrong)
                elif id_ not in (facts if kind == "provisions" else self.items):
                    self.unknown(f"{cls.__name__}.{method}", kind, id_)
                elif kind != "provisions" and item is not None:
                    wanted = [each for participant in participants for each in _kinds(item, participant)]
                    if kind not in wanted:
                        self.fault(f"{cls.__name__}.{method}", f"got @{kind}({id_!r}), but {_said(item)}",
                                   either([f"@{each}" for each in wanted] or [f"it in the class of {either(_who(item))}"]))

    def unknown(self, path: str, kind: str, id_: str) -> None:
        """A tie to what this diagram has not, which another in the folder may have."""
        beside = self.diagrams_beside()
        if kind == "provisions":
            known = set().union(self.diagram.facts(), *(other.facts() for other in beside))
        else:
            known = set().union(self.items, *(_items(other) for other in beside))
        if id_ not in known:
            self.fault(path, f"no diagram here has '{id_}'",
                       "a fact" if kind == "provisions" else "the id of an action" if kind == "does" else "the id of a message",
                       suggest(id_, known))

    def diagrams_beside(self) -> list[Diagram]:
        """The other diagrams in the folder, which share its ``actors.py``; those at fault are left out."""
        if self.beside is None:
            self.beside = []
            for other in sorted(self.path.parent.glob("*.yaml")):
                try:
                    if other.name != self.path.name:
                        self.beside.append(read_diagram(other))
                except Faults:
                    continue
        return self.beside


def _items(diagram: Diagram) -> dict[str, Message | Action]:
    return {item.id: item for item in diagram.items() if isinstance(item, Message | Action)}


def _ties(cls: type[Actor]) -> list[tuple[str, str, str]]:
    """What the methods of a class are tied to: (decorator, id, method)."""
    return [(kind, id_, method) for kind in ("sends", "receives", "does", "provisions")
            for id_, method in getattr(cls, kind).items()]


def _uncallable(method: Any, kind: str) -> tuple[str, str] | None:
    """Why the engine cannot call a method, and what was expected; None if it can."""
    if inspect.iscoroutinefunction(method) or inspect.isgeneratorfunction(method):
        return "calling it would do nothing yet", "a plain method, without async or yield"
    given = ("self", "message", "turn") if kind == "receives" else ("self", "turn")
    try:
        inspect.signature(method).bind(*given)
    except TypeError as error:
        return f"it cannot be called with {' and '.join(given[1:])} ({error})", f"def {method.__name__}({', '.join(given)})"
    except ValueError:  # something in C: it tells nothing
        return None
    return None


def _kinds(item: Message | Action, participant: str) -> list[str]:
    """The decorators by which the class of a participant can be tied to an item."""
    if isinstance(item, Action):
        return ["does"] if item.participant == participant else []
    return ["sends"] * (item.sender == participant) + ["receives"] * (item.receiver == participant)


def _who(item: Message | Action) -> list[str]:
    """The participants that have to do with an item."""
    return [item.participant] if isinstance(item, Action) else [item.sender, item.receiver]


def _said(item: Message | Action) -> str:
    if isinstance(item, Action):
        return f"'{item.id}' is an action of {item.participant}"
    return f"'{item.id}' is a message from {item.sender} to {item.receiver}"
