"""Strict YAML: every node with its position, every fault of a file at once, nothing guessed.

YAML 1.2's core schema, less what has surprised people: duplicate keys, tags, merge keys, several documents, and text
that YAML 1.1 reads as something else (``on``, ``1:30``, ``017``) are faults. Anchors and aliases are allowed within a
budget of nodes, so that an alias bomb stays small. The tree is built from PyYAML's event stream, the one below
``yaml.compose``: same positions, but without its recursion, and everything that is wrong can be gathered.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sim.language.faults import BadValue, Fault, FaultList, Faults, Step, dotted, shown
from sim.language.files import read_text
from sim.language.node import Node
from sim.language.plain import key_value, plain_value
from sim.language.yaml_syntax import MAXIMUM_DEPTH, syntax_fault

__all__ = ["Node", "parse", "read"]

MAXIMUM_BYTES = 4 * 2**20
MAXIMUM_NODES = 100_000

# libyaml's parser is fifty times faster than the one in Python and gives the same positions (a test holds that).
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_LINE_BREAK = re.compile(r"\r\n|\n|\r")
# What YAML does not allow, the three characters (U+0085, U+2028, U+2029) that only YAML 1.1 takes for line breaks
# (editors do not, so that every position after them would be wrong), and byte order marks inside the text.
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def read(path: str | Path) -> Node:
    """The tree of a YAML file (at most 4 MiB of UTF-8); raises :class:`Faults` with everything that is wrong."""
    return parse(read_text(path, MAXIMUM_BYTES, "a YAML file"), str(path))


def parse(text: str, file: str = "") -> Node:
    """The tree of a YAML text; ``file`` is the name that nodes and faults carry. Raises :class:`Faults`."""
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        lines = _LINE_BREAK.split(text[: forbidden.start()])
        problem = f"the character U+{ord(forbidden[0]):04X} is not allowed in YAML"
        raise Faults([Fault(file, len(lines), len(lines[-1]) + 1, "", problem, "printable text")])
    builder = _Builder(file, _LINE_BREAK.split(text))
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not builder.take(event):
                break
    except yaml.YAMLError as error:
        builder.faults.append(syntax_fault(error, file, builder.lines))
    builder.faults.raise_if_any()
    if builder.root is None or (builder.root.kind == "scalar" and builder.root.plain and not builder.root.text):
        raise Faults([Fault(file, 1, 1, "", "there is nothing in this file", "a YAML mapping")])
    return builder.root


@dataclass(slots=True)
class _Level:
    """A mapping or sequence whose end has not come yet."""

    node: Node
    anchor: str | None
    items: list[tuple[Node, Node]] = field(default_factory=list)
    elements: list[Node] = field(default_factory=list)
    key: Node | None = None


class _Builder:
    """Takes the parser's events one by one and keeps the stack of open levels: no recursion, whatever the file."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file = file
        self.lines = lines
        self.faults = FaultList()
        self.root: Node | None = None
        self._stack: list[_Level] = []
        self._anchors: dict[str, Node | None] = {}  # None while the node is still open
        self._nodes = 0
        self._documents = 0

    def take(self, event: Any) -> bool:
        """Take one event; False if there is no point in going on."""
        match type(event).__name__:
            case "ScalarEvent":
                self._check_tag(event)
                return self._place(self._scalar(event), event)
            case "MappingStartEvent":
                return self._open("mapping", event)
            case "SequenceStartEvent":
                return self._open("sequence", event)
            case "MappingEndEvent" | "SequenceEndEvent":
                return self._close(event)
            case "AliasEvent":
                return self._place(self._alias(event), event)
            case "DocumentStartEvent":
                self._documents += 1
                if self._documents > 1:
                    self._fault(event, "a second document starts here", "one document in a file")
                    return False
        return True

    # -- nodes ---------------------------------------------------------------------------------------------------------

    def _scalar(self, event: Any) -> Node:
        mark, plain, text = event.start_mark, event.style is None or event.style == "", event.value
        node = Node("scalar", self.file, mark.line + 1, mark.column + 1, text, plain, value=text)
        if not plain:
            return node
        end = event.end_mark
        rest = self.lines[end.line][end.column :] if end.line < len(self.lines) else ""
        node.comment_follows = rest[:1] in (" ", "\t") and rest.lstrip(" \t").startswith("#")
        if self._expects_key():
            node.value = key_value(text)
            return node
        try:
            node.value = plain_value(text)
        except BadValue as error:
            self._fault(event, error.problem, error.expected)
        return node

    def _alias(self, event: Any) -> Node:
        found = self._anchors.get(event.anchor)
        if found is not None:
            return found
        if event.anchor in self._anchors:
            self._fault(event, f"the alias *{event.anchor} stands inside of what it stands for")
        else:
            self._fault(event, f"there is no anchor &{event.anchor} before this alias")
        return Node("scalar", self.file, event.start_mark.line + 1, event.start_mark.column + 1, value="")

    def _open(self, kind: str, event: Any) -> bool:
        self._check_tag(event)
        mark = event.start_mark
        if len(self._stack) >= MAXIMUM_DEPTH:
            self.faults.add(
                self.file,
                mark.line + 1,
                mark.column + 1,
                "",
                "the nesting is too deep",
                f"at most {MAXIMUM_DEPTH} levels",
            )
            return False
        if event.anchor:
            self._anchors[event.anchor] = None
        self._stack.append(_Level(Node(kind, self.file, mark.line + 1, mark.column + 1), event.anchor))
        return True

    def _close(self, event: Any) -> bool:
        level = self._stack.pop()
        node = level.node
        node.items, node.elements = level.items, level.elements
        inside = level.elements + [value for _, value in level.items]
        node.size = 1 + len(level.items) + sum(child.size for child in inside)
        node.height = 1 + max((child.height for child in inside), default=0)
        if node.kind == "mapping":
            self._check_keys(level)
        return self._place(node, event, level.anchor)

    def _place(self, node: Node, event: Any, anchor: str | None = None) -> bool:
        """Put a finished node where it belongs: the root, an element, a key or the value of the last key."""
        is_alias = type(event).__name__ == "AliasEvent"
        if node.kind == "scalar" or is_alias:
            self._nodes += node.size
        else:
            self._nodes += 1
        if self._nodes > MAXIMUM_NODES:
            self._fault(event, "there is too much in this file", f"at most {MAXIMUM_NODES} nodes, with aliases written out")
            return False
        if len(self._stack) + node.height > MAXIMUM_DEPTH:
            self._fault(event, "this alias nests too deep", f"at most {MAXIMUM_DEPTH} levels, with aliases written out")
            return False
        name = anchor or (event.anchor if node.kind == "scalar" and not is_alias else None)
        if name:
            self._anchors[name] = node
        if not self._stack:
            self.root = node
            return True
        level = self._stack[-1]
        if level.node.kind == "sequence":
            level.elements.append(node)
        elif level.key is None:
            level.key = node
        else:
            level.items.append((level.key, node))
            level.key = None
        return True

    # -- what is refused -----------------------------------------------------------------------------------------------

    def _check_tag(self, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._fault(event, f"the tag {shown(tag)} is not allowed", "the value alone, in quotes if it is text")

    def _check_keys(self, level: _Level) -> None:
        first: dict[object, Node] = {}
        for key, _ in level.items:
            where = [*self._path(), key.text] if key.kind == "scalar" else self._path()
            if key.kind != "scalar":
                self.faults.append(key.fault("a mapping or list stands as a key", "text as the key", path=where))
            elif key.plain and key.text == "<<":
                self.faults.append(key.fault("the merge key << is not allowed", "the keys written out", path=where))
            elif key.plain and not key.text:
                self.faults.append(key.fault("a key is missing before the ':'", "text as the key", path=where))
            elif str(key.value) in first:
                problem = f"the key {shown(key.text)} stands here for a second time"
                expected = f"each key once; the first is on line {first[str(key.value)].line}"
                self.faults.append(key.fault(problem, expected, path=where))
            else:
                first[str(key.value)] = key

    def _expects_key(self) -> bool:
        return bool(self._stack) and self._stack[-1].node.kind == "mapping" and self._stack[-1].key is None

    def _path(self) -> list[Step]:
        path: list[Step] = []
        for level in self._stack:
            if level.node.kind == "sequence":
                path.append(len(level.elements))
            elif level.key is not None:
                path.append(level.key.text if level.key.kind == "scalar" else "?")
        return path

    def _fault(self, event: Any, problem: str, expected: str = "") -> None:
        mark = event.start_mark
        self.faults.add(self.file, mark.line + 1, mark.column + 1, dotted(self._path()), problem, expected)
