"""Where a scenario comes from: a file with positions or a mapping from Python, and what was set on top of it."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sim.language.faults import Fault, FaultList, Faults, Step, dotted, either, shown, suggest
from sim.language.node import Node
from sim.language.strict_yaml import parse, read
from sim.scenario.shipped import find

MAXIMUM_DEPTH = 50
OUTSIDE = "set"
"""Stands for the file in the faults of what was set from outside."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A path that was set from outside: its ``steps``, how the user wrote it, and what stands for the file in its faults."""

    steps: tuple[Step, ...]
    written: str
    file: str = OUTSIDE

    def fault(self, path: tuple[Step, ...], problem: str, expected: str = "", suggestion: str = "") -> Fault:
        """A fault at ``path``, which goes on from here or stops before: in the words of the user as far as they go."""
        rest = path[len(self.steps):]
        inside = path[: len(self.steps)] == self.steps
        return Fault(self.file, None, None, dotted((self.written, *rest) if inside else path), problem, expected, suggestion)


@dataclass(frozen=True, slots=True)
class Source:
    """The data of a scenario before anything is known to be right about it.

    ``data`` is what counts; ``node`` is the tree of ``file`` for positions (None for data from Python); ``outside``
    is what was set from outside, whose faults point there and not into the file.
    """

    data: dict[str, Any]
    file: str = ""
    node: Node | None = None
    folder: Path = field(default_factory=Path)
    outside: tuple[Outside, ...] = ()

    def fault(self, path: tuple[Step, ...], problem: str, expected: str = "", suggestion: str = "") -> Fault:
        """A fault at ``path``, or as near to it as the file goes."""
        missing = self.node is not None and self.node.at(path) is None
        outside = self.set_outside(path) or next(
            (each for each in self.outside if missing and each.steps[: len(path)] == path), None)
        if outside is not None:
            return outside.fault(path, problem, expected, suggestion)
        if self.node is None:
            return Fault(self.file, None, None, dotted(path), problem, expected, suggestion)
        node = self.node.nearest(path)
        return Fault(self.file, node.line, node.column, dotted(path), problem, expected, suggestion)

    def key_fault(self, path: tuple[Step, ...], problem: str, expected: str = "", suggestion: str = "") -> Fault:
        """A fault at the key that ``path`` ends in, not at its value."""
        above = self.node.at(path[:-1]) if self.node is not None else None
        key = above.key(path[-1]) if above is not None and above.kind == "mapping" else None
        fault = self.fault(path, problem, expected, suggestion)
        if key is None or fault.line is None:
            return fault
        return Fault(self.file, key.line, key.column, dotted(path), problem, expected, suggestion)

    def set_outside(self, path: tuple[Step, ...]) -> Outside | None:
        """What was set from outside, and ``path`` is in; the last one, if several were."""
        return next((each for each in reversed(self.outside) if path[: len(each.steps)] == each.steps), None)

    def at(self, *path: Step) -> Any:
        """The data at a path, or None if there is none."""
        found: Any = self.data
        for step in path:
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and 0 <= step < len(found):
                found = found[step]
            else:
                return None
        return found


def read_source(source: str | Path | Mapping[str, Any], changes: Mapping[str, object] | None = None) -> Source:
    """Read a scenario by path or name, or take it from a mapping, and set ``changes`` (path to value) on it.

    Raises :class:`Faults` for a file that is no YAML mapping and for every change that leads nowhere.
    """
    if isinstance(source, Mapping):
        found = Source(plain_data(source))
    else:
        path = find("scenarios", source)
        node = read(path)
        if node.kind != "mapping":
            problem, expected = "this is no scenario", "a mapping that starts with e.g. 'scenario: A quiet day'"
            raise Faults([node.fault(problem, expected)])
        data = node.to_python()
        assert isinstance(data, dict)
        found = Source(data, str(path), node, path.parent)
    return with_changes(found, changes or {})


def with_changes(source: Source, changes: Mapping[str, object], options: Mapping[str, str] | None = None) -> Source:
    """The source with values set at dotted paths: ``{"actors.consumer.holds.0.share": "40 %"}``; what stands in a list
    under a ``name`` is found by that too: ``attacks.flood.rate``.

    Mappings that a path goes through and that are not there are made; whether their keys mean anything is checked with
    the rest. A path through a value or past the end of a list is a fault. ``options``: which paths were set by an option of
    another name, by which their faults call it.
    """
    data = copy.deepcopy(source.data)
    faults = FaultList()
    outside: list[Outside] = []
    for written, value in changes.items():
        option = (options or {}).get(str(written))
        try:
            steps = set_at(data, str(written), plain_data(value))
            outside.append(Outside(steps, str(written)) if option is None else Outside(steps, option, ""))
        except Faults as error:
            faults.extend(error)
    faults.raise_if_any()
    return replace(source, data=data, outside=(*source.outside, *outside))


def parse_change(text: str) -> tuple[str, object]:
    """``path=value`` from a command line as a path and its value, which is read as YAML. Raises :class:`Faults`."""
    path, found, value = text.partition("=")
    path = path.strip()
    if not found or not path or not value.strip():
        expected = "path=value, e.g. actors.consumer.timeout=2s"
        raise Faults([Fault(OUTSIDE, None, None, "", f"got {shown(text)}", expected)])
    try:
        return path, parse(value.strip()).to_python()
    except Faults as error:
        raise Faults(Fault(OUTSIDE, None, None, path, f.problem, f.expected, f.suggestion) for f in error.faults) from None


def set_at(data: dict[str, Any], written: str, value: object) -> tuple[Step, ...]:
    """Set one value in place; the path as steps. Raises :class:`Faults` for a path that leads nowhere."""
    words = written.split(".")
    path: list[Step] = []
    above: Any = data
    for index, word in enumerate(words):
        last = index == len(words) - 1
        step = _step(above, word, words[:index], written)
        path.append(step)
        if last:
            above[step] = value
        elif isinstance(above, list):
            above = above[int(step)]
        elif step in above:
            above = above[step]
        elif _is_index(words[index + 1]):
            problem = f"there is no entry {words[index + 1]}: '{'.'.join(words[:index + 1])}' is not there"
            raise Faults([Fault(OUTSIDE, None, None, written, problem, "a list there that has one, or the list set as a whole")])
        else:
            above[step] = above = {}
    return tuple(path)


def _step(above: Any, word: str, path: Sequence[str], written: str) -> Step:
    """One word of a path as a key or index of what it goes into, or the fault that it does not."""

    def fault(problem: str, expected: str = "", suggestion: str = "") -> Faults:
        return Faults([Fault(OUTSIDE, None, None, written, problem, expected, suggestion)])

    if not word:
        raise fault("a part of the path is empty", "keys and indexes with dots between them")
    if isinstance(above, dict):
        if word not in above and _is_index(word) and int(word) in above:
            return int(word)
        return word
    if isinstance(above, list):
        if _is_index(word) and int(word) < len(above):
            return int(word)
        named = [part["name"] for part in above if isinstance(part, dict) and isinstance(part.get("name"), str)]
        if word in named:
            return next(index for index, part in enumerate(above) if isinstance(part, dict) and part.get("name") == word)
        expected = f"an index from 0 to {len(above) - 1}" if above else "another path: the list is empty"
        if named:
            expected = f"{expected}, or {either(named)}"
        raise fault(f"'{dotted(path)}' is a list, without a part {shown(word)}", expected, suggest(word, named))
    problem = f"'{dotted(path)}' is the value {shown(above)}, without a part {shown(word)}"
    raise fault(problem, f"'{dotted(path)}' set as a whole")


def _is_index(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < 10


def plain_data(value: Any, depth: int = 0) -> Any:
    """Data from Python as YAML would have given it: dicts, lists, text, numbers; tuples and numpy numbers converted."""
    if depth > MAXIMUM_DEPTH:
        raise Faults([Fault("", None, None, "", "the nesting is too deep", f"at most {MAXIMUM_DEPTH} levels")])
    if isinstance(value, Mapping):
        return {key if isinstance(key, int) else str(key): plain_data(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(part, depth + 1) for part in value]
    if isinstance(value, Path):
        return str(value)
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return plain_data(value.tolist(), depth + 1)
    return value
