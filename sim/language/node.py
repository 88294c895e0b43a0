"""A node of a YAML file: its value, and where it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.language.faults import Fault, Step, dotted


@dataclass(slots=True, eq=False)
class Node:
    """A scalar, a mapping or a sequence, with its place in the file.

    ``line`` and ``column`` are 1-based. Of a scalar, ``text`` is what stands in the file (quotes and escapes resolved),
    ``plain`` says that it stands there without quotes, ``comment_follows`` that a comment cuts the plain text short
    on its line, and ``value`` is what it means: None, bool, int, float or str (of a key: int or str only).
    A mapping has ``items`` (key and value nodes), a sequence ``elements``. An alias is the node it stands for.
    """

    kind: str
    file: str
    line: int
    column: int
    text: str = ""
    plain: bool = False
    comment_follows: bool = False
    value: object = None
    items: Sequence[tuple["Node", "Node"]] = ()
    elements: Sequence["Node"] = ()
    size: int = 1
    """Nodes in it, each alias counted as what it stands for."""
    height: int = 0
    """Levels of mappings and sequences in it."""

    def get(self, key: str | int) -> "Node | None":
        """The value of a mapping's key, or None."""
        return next((value for name, value in self.items if key in (name.value, name.text)), None)

    def key(self, key: str | int) -> "Node | None":
        """The node of a mapping's key itself, or None."""
        return next((name for name, _ in self.items if key in (name.value, name.text)), None)

    def at(self, path: Iterable[Step]) -> "Node | None":
        """The node at the end of a path of keys and indexes, or None if the path leaves the tree."""
        node: Node | None = self
        for step in path:
            if node is None:
                return None
            if node.kind == "sequence":
                inside = isinstance(step, int) and 0 <= step < len(node.elements)
                node = node.elements[step] if inside and isinstance(step, int) else None
            else:
                node = node.get(step)
        return node

    def nearest(self, path: Sequence[Step]) -> "Node":
        """Where to point for a path: at its scalar, at the key of a mapping or list, or as deep as the path goes."""
        for length in range(len(path), 0, -1):
            found = self.at(path[:length])
            if found is None:
                continue
            above = self.at(path[: length - 1])
            key = above.key(path[length - 1]) if above is not None and above.kind == "mapping" else None
            return found if key is None or found.kind == "scalar" else key
        return self

    def to_python(self) -> object:
        """The tree as dicts, lists and values; keys are str, or int where a plain number stands."""
        if self.kind == "mapping":
            return {key.value: value.to_python() for key, value in self.items}
        if self.kind == "sequence":
            return [element.to_python() for element in self.elements]
        return self.value

    def fault(self, problem: str, expected: str = "", suggestion: str = "", path: Iterable[Step] = ()) -> Fault:
        """A fault at this node; ``path`` only says in words where that is."""
        return Fault(self.file, self.line, self.column, dotted(path), problem, expected, suggestion)
