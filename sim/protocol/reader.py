"""Reading the nodes of a model file: names, labels, numbers, times, each with its fault."""

import re
from collections.abc import Iterable
from pathlib import Path

from sim.language.faults import BadValue, FaultList, suggest
from sim.language.node import Node
from sim.language.quantities import Distribution, parse_distribution
from sim.protocol.diagram import Place

NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*\Z")


class NodeReader:
    """Reads nodes of one file; what is wrong with them goes to ``faults``."""

    def __init__(self, faults: FaultList, file: str) -> None:
        self.faults = faults
        self.file = file

    def fault(self, node: Node, path: str, problem: str, expected: str = "", suggestion: str = "") -> None:
        self.faults.add(file=self.file, line=node.line, column=node.column, path=path, problem=problem,
                        expected=expected, suggestion=suggestion)

    def place(self, node: Node) -> Place:
        return Place(self.file, node.line, node.column)

    def known_keys(self, node: Node, path: str, keys: Iterable[str]) -> None:
        known = tuple(keys)
        for key, _ in node.items:
            if key.text not in known:
                self.fault(key, path, f"unknown key '{key.text}'", "one of " + ", ".join(known), suggest(key.text, known))

    def label(self, node: Node, path: str) -> str:
        """The text of a label; whatever YAML would silently cut from it is a fault."""
        if node.kind != "scalar":
            self.fault(node, path, f"a label is text, this is a {node.kind}", "text; quote the label if it holds ': '")
            return ""
        if node.comment_follows:
            self.fault(node, path, "what follows ' #' would be cut off as a comment",
                       "quote the label, or put the comment on a line of its own")
        if not node.text.strip():
            self.fault(node, path, "the label is empty", "some text")
        return node.text

    def text_list(self, node: Node | None, path: str) -> list[Node]:
        """A name or a list of names."""
        if node is None:
            return []
        elements = node.elements if node.kind == "sequence" else [node]
        for element in elements:
            if element.kind != "scalar":
                self.fault(element, path, f"got a {element.kind}", "a name, or a list of names")
        return [element for element in elements if element.kind == "scalar"]

    def names(self, node: Node | None, path: str) -> tuple[str, ...]:
        found = []
        for element in self.text_list(node, path):
            if not NAME.match(element.text):
                self.fault(element, path, f"'{element.text}' cannot be a name", "letters, digits and _")
            found.append(element.text)
        return tuple(found)

    def flag(self, node: Node, path: str) -> bool:
        added = node.get("added")
        if added is not None and not isinstance(added.value, bool):
            self.fault(added, f"{path}.added", f"got {added.text!r}", "true or false")
        return added is not None and added.value is True

    def time(self, node: Node, path: str) -> Distribution | None:
        """A time, or a distribution of times."""
        try:
            return parse_distribution(node.to_python(), folder=Path(self.file).parent)
        except BadValue as bad:
            for part in bad.parts:
                at = node.nearest(part.path)
                self.fault(at, ".".join([path, *map(str, part.path)]), part.problem, part.expected, part.suggestion)
            return None

    def whole(self, node: Node | None, path: str, least: int, most: int) -> int | None:
        if node is None:
            return None
        if isinstance(node.value, bool) or not isinstance(node.value, int) or not least <= node.value <= most:
            self.fault(node, path, f"got {node.text!r}", f"a whole number from {least} to {most}")
            return least
        return node.value
