"""From the YAML of a model to the tree of its diagram, with every fault of the file reported at once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from sim.language.faults import FaultList, either, suggest
from sim.language.strict_yaml import Node, read
from sim.protocol.diagram import (
    SESSION,
    SIGNATURE,
    Action,
    Alt,
    Arrow,
    Branch,
    ChanceGuard,
    Diagram,
    End,
    FactGuard,
    Facts,
    Guard,
    Item,
    Loop,
    Message,
    Note,
    OnRefusal,
    Opt,
)
from sim.protocol.identifiers import Identifiers
from sim.protocol.reader import NAME, NodeReader

_HEAD = re.compile(r"^\s*([^\s<>.]+?)\s*(->>|-->|->|\.\.>)\s*([^\s<>.]+)\s*$")
_GUARD = re.compile(r"^([A-Za-z_]\w*)\s+(lacks|holds)\s+([A-Za-z_]\w*)$")
_FACT_KEYS = ("gives", "carries", "needs", "spends", "checks")
_KEYS = {
    "message": ("id", "added", *_FACT_KEYS, "on_refusal"),
    "action": ("id", "added", "gives", "needs", "spends", "checks", "wait"),
    "opt": ("opt", "id", "added", "when", "sequence"),
    "alt": ("alt", "id", "added"),
    "branch": ("case", "else", "id", "when", "sequence"),
    "loop": ("loop", "id", "added", "times", "while", "until", "maximum", "sequence"),
    "note": ("note", "over", "added"),
    "end": ("end", "id", "added"),
    "on_refusal": ("drop", "go_to", "at_most", "refuse"),
    "diagram": ("diagram", "version", "about", "participants", "facts", "sequence"),
}
_RESERVED = ("opt", "alt", "loop", "note", "end", "par", "ref", SESSION)
_LATER = ("par", "ref")
_MOST_NODES = 1000
"""Items in one diagram: three kinds of rows each (message, refusal, challenge) must fit the 12 bits of a draw's node."""


def read_diagram(path: Path) -> Diagram:
    """Read the diagram at ``path``.

    Raises :class:`sim.language.faults.Faults` with all that is wrong with the words; whether the diagram can be
    played is for :mod:`sim.protocol.projection` to say.
    """
    faults = FaultList()
    diagram = _Parser(faults, str(path)).diagram(read(path))
    faults.raise_if_any()
    return diagram


class _Parser(NodeReader):
    def __init__(self, faults: FaultList, file: str) -> None:
        super().__init__(faults, file)
        self.participants: dict[str, str] = {}
        self.ids = Identifiers()
        self.checked: list[tuple[Node, str]] = []
        """The checks that must be facts, each with its path."""

    # --- the file ------------------------------------------------------------------------------------------

    def diagram(self, root: Node) -> Diagram:
        """The whole file; what is wrong in it is noted, and the rest is read all the same."""
        if root.kind != "mapping":
            self.fault(root, "", f"a model file holds a {root.kind}", "the keys diagram, participants and sequence")
            return Diagram(self.file, "", {}, ())
        self.known_keys(root, "", _KEYS["diagram"])
        for key in ("diagram", "participants", "sequence"):
            if root.get(key) is None:
                self.fault(root, "", f"the key '{key}' is missing", "the keys diagram, participants and sequence")
        title, version, about = root.get("diagram"), root.get("version"), root.get("about")
        self.ids = Identifiers(_given_ids(root.get("sequence")))
        self.read_participants(root.get("participants"))
        items = self.sequence(root.get("sequence"), "sequence")
        if len(self.ids) > _MOST_NODES:
            self.fault(root, "sequence", f"{len(self.ids)} items in one diagram", f"at most {_MOST_NODES}")
        diagram = Diagram(
            file=self.file,
            title=self.label(title, "diagram") if title else "",
            participants=self.participants,
            sequence=items,
            version=self.label(version, "version") if version else None,
            about=self.label(about, "about") if about else None,
            outside_facts=self.names(root.get("facts"), "facts"),
        )
        known = (SIGNATURE, *sorted(diagram.facts()))
        for node, path in self.checked:
            if node.text not in known:
                self.fault(node, path, f"unknown check '{node.text}'", either(known), suggest(node.text, known))
        return diagram

    def read_participants(self, node: Node | None) -> None:
        """The participants, in the order of their lifelines."""
        if node is None:
            return
        if node.kind != "mapping" or not node.items:
            self.fault(node, "participants", "no participants", "a mapping of names to labels, from left to right")
            return
        for key, value in node.items:
            path = f"participants.{key.text}"
            if not NAME.match(key.text):
                self.fault(key, path, f"'{key.text}' cannot be a participant's name",
                           "letters, digits and _, e.g. service_provider")
            if key.text in _RESERVED:
                self.fault(key, path, f"'{key.text}' is a word of the language", "another name")
            self.participants[key.text] = self.label(value, path)

    # --- items ---------------------------------------------------------------------------------------------

    def sequence(self, node: Node | None, path: str) -> tuple[Item, ...]:
        if node is None:
            return ()
        if node.kind != "sequence" or not node.elements:
            problem = "nothing in the sequence" if node.kind == "sequence" else f"a sequence is a list, this is a {node.kind}"
            self.fault(node, path, problem,
                       "a list of messages, actions and fragments")
            return ()
        items = [self.item(element, f"{path}.{index}") for index, element in enumerate(node.elements)]
        return tuple(item for item in items if item is not None)

    def item(self, node: Node, path: str) -> Item | None:
        """One entry of a sequence; None if it cannot be told what it is."""
        if node.kind != "mapping" or not node.items:
            self.fault(node, path, f"an item is a mapping, this is {node.text!r}" if node.kind == "scalar" else "not an item",
                       "e.g. 'consumer -> service_provider: GET \"r\"'; quote the label if it holds ': '")
            return None
        head, value = node.items[0]
        match = _HEAD.match(head.text)
        if match is not None:
            return self.message(node, head, value, match, path)
        if head.text in self.participants:
            return self.action(node, head, value, path)
        readers: dict[str, Callable[[Node, str], Item]] = {
            "opt": self.opt, "alt": self.alt, "loop": self.loop, "note": self.note, "end": self.end}
        reader = readers.get(head.text)
        if reader is not None:
            return reader(node, path)
        if head.text in _LATER:
            self.fault(head, path, f"'{head.text}' fragments cannot be played yet", "opt, alt or loop")
            return None
        known = (*self.participants, "opt", "alt", "loop", "note", "end")
        self.fault(head, path, f"'{head.text}' begins no item",
                   "an arrow (a -> b, b --> a, a ->> b, a ..> b), a participant, opt, alt, loop, note or end, as the first key",
                   suggest(head.text, known))
        return None

    def id_of(self, node: Node, path: str, label: str) -> str:
        given = node.get("id")
        if given is None:
            return self.ids.from_label(label)
        if given.kind != "scalar" or not NAME.match(given.text):
            self.fault(given, f"{path}.id", f"{given.text!r} cannot be an id", "letters, digits and _")
        elif not self.ids.take(given.text):
            self.fault(given, f"{path}.id", f"the id '{given.text}' is used twice", "another id")
        return given.text

    def facts(self, node: Node, path: str) -> Facts:
        found = {key: self.names(node.get(key), f"{path}.{key}") for key in _FACT_KEYS}
        for check in self.text_list(node.get("checks"), f"{path}.checks"):
            if check.text != SIGNATURE:
                self.checked.append((check, f"{path}.checks"))
        return Facts(**found)

    def participant(self, node: Node, name: str, path: str) -> str:
        if name not in self.participants:
            self.fault(node, path, f"unknown participant '{name}'", "one of " + ", ".join(self.participants),
                       suggest(name, self.participants))
        return name

    def message(self, node: Node, head: Node, value: Node, match: re.Match[str], path: str) -> Message:
        self.known_keys(_rest(node), path, _KEYS["message"])
        sender, receiver = (self.participant(head, match.group(group), path) for group in (1, 3))
        if sender == receiver:
            self.fault(head, path, f"{sender} sends to itself", f"an action: '{sender}: ...'")
        label, arrow = self.label(value, path), Arrow(match.group(2))
        refusals = node.get("on_refusal")
        if refusals is not None and arrow is not Arrow.REQUEST:
            self.fault(refusals, f"{path}.on_refusal", "only a request can be refused", "on_refusal on a '->' message")
        return Message(self.id_of(node, path, label), arrow, sender, receiver, label, self.place(head),
                       self.facts(node, path), self.on_refusal(refusals, f"{path}.on_refusal"), self.flag(node, path))

    def action(self, node: Node, head: Node, value: Node, path: str) -> Action:
        self.known_keys(_rest(node), path, _KEYS["action"])
        label, wait = self.label(value, path), node.get("wait")
        duration = None
        if wait is not None:
            duration = self.time(wait, f"{path}.wait")
        text = None if wait is None else wait.text or _in_words(wait.to_python())
        return Action(self.id_of(node, path, label), head.text, label, self.place(head), self.facts(node, path), duration, text,
                      self.flag(node, path))

    def on_refusal(self, node: Node | None, path: str) -> tuple[OnRefusal, ...]:
        if node is None:
            return ()
        if node.kind != "mapping":
            self.fault(node, path, f"got a {node.kind}", "a mapping, e.g. {401: {drop: consumer_key, go_to: request_consumer_key}}")
            return ()
        return tuple(self.one_refusal(key, value, f"{path}.{key.text}") for key, value in node.items)

    def one_refusal(self, key: Node, value: Node, path: str) -> OnRefusal:
        """What a sender does about one status."""
        status = key.value if isinstance(key.value, int) else 0
        if not 400 <= status <= 599:
            self.fault(key, path, f"got {key.text!r}", "an HTTP status from 400 to 599")
        if value.kind != "mapping":
            self.fault(value, path, f"got a {value.kind}", "a mapping with drop, go_to, at_most or refuse")
            return OnRefusal(status)
        self.known_keys(value, path, _KEYS["on_refusal"])
        go_to, refuse = value.get("go_to"), value.get("refuse")
        at_most = self.whole(value.get("at_most"), f"{path}.at_most", 1, 1000)
        refuse_with = self.whole(refuse, f"{path}.refuse", 400, 599) if refuse is not None else None
        return OnRefusal(status, self.names(value.get("drop"), f"{path}.drop"), go_to.text if go_to is not None else None,
                         1 if at_most is None else at_most, refuse_with)

    # --- fragments -----------------------------------------------------------------------------------------

    def guard(self, node: Node | None, owner: Node, path: str) -> Guard:
        """When a fragment is entered; what is no guard is a fault, and read as always."""
        nothing = ChanceGuard(1.0)
        if node is None:
            self.fault(owner, path, "the guard is missing", "when: <participant> lacks|holds <fact>, or when: {chance: 0.3}")
            return nothing
        if node.kind == "mapping":
            self.known_keys(node, path, ("chance",))
            return self.chance(node.get("chance"), node, path)
        match = _GUARD.match(node.text.strip()) if node.kind == "scalar" else None
        if match is None:
            self.fault(node, path, f"{node.text!r} is no guard" if node.kind == "scalar" else f"a {node.kind} is no guard",
                       "<participant> lacks|holds <fact>, session holds <fact>, or {chance: 0.3}")
            return nothing
        if match.group(1) != SESSION:
            self.participant(node, match.group(1), path)
        return FactGuard(match.group(1), match.group(3), match.group(2) == "lacks")

    def chance(self, node: Node | None, owner: Node, path: str) -> Guard:
        value = node.value if node is not None else None
        if isinstance(value, str) and value.endswith("%"):
            try:
                value = float(value[:-1]) / 100
            except ValueError:
                value = None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self.fault(node or owner, f"{path}.chance", f"got {node.text!r}" if node is not None else "the chance is missing",
                       "a number from 0 to 1, or a percentage")
            return ChanceGuard(1.0)
        return ChanceGuard(float(value))

    def opt(self, node: Node, path: str) -> Opt:
        self.known_keys(node, path, _KEYS["opt"])
        label = self.label(node.items[0][1], f"{path}.opt")
        id_ = self.id_of(node, path, f"opt {label}")
        return Opt(id_, label, self.guard(node.get("when"), node, f"{path}.when"), self.body(node, path), self.place(node),
                   self.flag(node, path))

    def body(self, node: Node, path: str) -> tuple[Item, ...]:
        inner = node.get("sequence")
        if inner is None:
            self.fault(node, path, "the key 'sequence' is missing", "sequence: [...]")
        return self.sequence(inner, f"{path}.sequence")

    def alt(self, node: Node, path: str) -> Alt:
        """An alt with its branches, whose chances come to 1 at most."""
        self.known_keys(node, path, _KEYS["alt"])
        branches = node.items[0][1]
        id_ = self.id_of(node, path, "alt")
        if branches.kind != "sequence" or not branches.elements:
            self.fault(branches, f"{path}.alt", "an alt without branches", "a list of {case: ..., when: ..., sequence: [...]}")
            return Alt(id_, (), self.place(node))
        found = [self.branch(element, f"{path}.alt.{index}", last=index == len(branches.elements) - 1)
                 for index, element in enumerate(branches.elements)]
        chances = [branch.guard.chance for branch in found if branch is not None and isinstance(branch.guard, ChanceGuard)]
        total = 0.0
        for chance in chances:
            total += chance
        if total > 1 + 1e-9:
            self.fault(branches, f"{path}.alt", f"the chances of the branches come to {total:g}", "at most 1")
        return Alt(id_, tuple(branch for branch in found if branch is not None), self.place(node), self.flag(node, path))

    def branch(self, node: Node, path: str, *, last: bool) -> Branch | None:
        """A branch of an alt; only the ``last`` may be the else."""
        if node.kind != "mapping":
            self.fault(node, path, f"a branch is a mapping, this is a {node.kind}", "{case: ..., when: ..., sequence: [...]}")
            return None
        self.known_keys(node, path, _KEYS["branch"])
        case, otherwise, when = node.get("case"), node.get("else"), node.get("when")
        if (case is None) == (otherwise is None):
            self.fault(node, path, "a branch is either a case or the else", "case: <label> with when:, or else: <label>")
        if otherwise is not None and when is not None:
            self.fault(when, f"{path}.when", "the else branch has no guard", "a case with this guard, or no guard")
        if otherwise is not None and not last:
            self.fault(node, path, "branches after the else can never be taken", "the else as the last branch")
        label_node = case or otherwise
        label = self.label(label_node, path) if label_node is not None else "branch"
        guard = None if otherwise is not None else self.guard(when, node, f"{path}.when")
        return Branch(self.id_of(node, path, label), label, guard, self.body(node, path), self.place(node))

    def loop(self, node: Node, path: str) -> Loop:
        """A loop, which says how it ends and after how many passes at most."""
        self.known_keys(node, path, _KEYS["loop"])
        label = self.label(node.items[0][1], f"{path}.loop")
        id_ = self.id_of(node, path, f"loop {label}")
        times_node, while_node, until_node = node.get("times"), node.get("while"), node.get("until")
        given = [found for found in (times_node, while_node, until_node) if found is not None]
        if len(given) != 1:
            self.fault(node, path, f"{len(given)} of times, while and until", "exactly one of them")
        times = self.whole(times_node, f"{path}.times", 1, 100_000)
        maximum = self.whole(node.get("maximum"), f"{path}.maximum", 1, 100_000)
        if maximum is None and times is None:
            self.fault(node, path, "a loop without a maximum", "maximum: <number of passes>")
        if maximum is not None and times is not None and times > maximum:
            self.fault(node, path, f"{times} times, but a maximum of {maximum}", "at most the maximum")
        return Loop(id_, label, self.body(node, path), self.place(node), maximum or times or 1, times,
                    self.guard(while_node, node, f"{path}.while") if while_node is not None else None,
                    self.guard(until_node, node, f"{path}.until") if until_node is not None else None, self.flag(node, path))

    def note(self, node: Node, path: str) -> Note:
        self.known_keys(node, path, _KEYS["note"])
        over = self.names(node.get("over"), f"{path}.over")
        for name in over:
            self.participant(node.get("over") or node, name, f"{path}.over")
        return Note(self.label(node.items[0][1], f"{path}.note"), over, self.place(node), self.flag(node, path))

    def end(self, node: Node, path: str) -> End:
        self.known_keys(node, path, _KEYS["end"])
        value = node.items[0][1]
        if value.kind != "scalar" or value.text not in ("refused", "completed"):
            self.fault(value, f"{path}.end", f"got {value.text!r}", "refused or completed")
        return End(self.id_of(node, path, f"end {value.text}"), value.text, self.place(node), self.flag(node, path))


def _rest(node: Node) -> Node:
    """The item without its head: the keys that are not the arrow or the participant."""
    return replace(node, items=node.items[1:])


def _given_ids(node: Node | None) -> Iterator[str]:
    """Every id that stands in the file, at any depth."""
    if node is None:
        return
    for key, value in node.items:
        if key.text == "id" and value.kind == "scalar":
            yield value.text
        yield from _given_ids(value)
    for element in node.elements:
        yield from _given_ids(element)


def _in_words(distribution: object) -> str:
    """``{lognormal: {median: 2 s, p95: 6 s}}`` as ``lognormal: median 2 s, p95 6 s``: what a picture says of a wait."""
    if not isinstance(distribution, dict) or len(distribution) != 1:
        return ""
    ((kind, values),) = distribution.items()
    if isinstance(values, dict):
        return f"{kind}: {', '.join(f'{name} {value}' for name, value in values.items())}"
    return f"{kind} {' to '.join(map(str, values)) if isinstance(values, list) else values}"
