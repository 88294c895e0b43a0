"""The projection: from one diagram to the table by which each actor reacts.

The diagram becomes a graph of *steps* (messages, actions, decisions) with guarded edges, held by networkx. Each
participant's own table follows from it: for every message it can receive, the step at which its reaction begins.
A called participant keeps no position: its reaction depends on the message alone. A diagram that cannot be played
by actors that see only their own messages is refused here.

The criterion "each participant must be able to tell the branches apart" is that of choreography projection: Honda,
Yoshida, Carbone, "Multiparty asynchronous session types", J. ACM 63(1), 2016, section 4 (mergeability).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from sim.language.faults import FaultList, suggest
from sim.protocol.diagram import (
    Action,
    Alt,
    Arrow,
    ChanceGuard,
    Diagram,
    End,
    FactGuard,
    Guard,
    Item,
    Loop,
    Message,
    Note,
    Opt,
    Place,
)
from sim.protocol.turns import Turns, play

if TYPE_CHECKING:
    import networkx as nx

DEEPEST = 4
"""Calls inside one another: 5 bits for the attempts of each, of the 20 that an address of chance has."""
DONE = -1
"""The step after the last: the session is completed."""


class StepKind(IntEnum):
    """What happens at a step."""

    REQUEST = 0
    REPLY = 1
    ONE_WAY = 2
    OUTSIDE = 3
    ACTION = 4
    END = 5
    CHOICE = 6
    LOOP = 7


_ARROWS = {Arrow.REQUEST: StepKind.REQUEST, Arrow.REPLY: StepKind.REPLY, Arrow.ONE_WAY: StepKind.ONE_WAY,
           Arrow.OUTSIDE: StepKind.OUTSIDE}


@dataclass(slots=True)
class Step:
    """One node of the graph. ``next`` is the step that follows (for a loop: after the last pass)."""

    index: int
    kind: StepKind
    item: Message | Action | End | Opt | Alt | Loop
    actor: str
    next: int = DONE
    ways: list[tuple[Guard | None, int, str]] = field(default_factory=list)
    """CHOICE and LOOP: (guard, first step, name of the branch), in order; a None guard is always taken."""
    loop: int = -1
    """The innermost loop that this step is in (its step), or -1."""
    fragments: tuple[int, ...] = ()
    """The CHOICE and LOOP steps around this one, outermost first."""

    @property
    def id(self) -> str:
        """The id of the item."""
        return self.item.id


@dataclass(slots=True)
class Projection:
    """A diagram that can be played."""

    diagram: Diagram
    turns: Turns
    steps: list[Step]
    first: int
    reactions: dict[str, dict[str, int]]
    """Participant to (id of a message it receives, to the step where its reaction begins)."""

    def step_of(self, id_: str) -> Step:
        """The step of the item with this id."""
        return next(step for step in self.steps if step.id == id_)

    def graph(self) -> "nx.DiGraph[int]":
        """The steps as a networkx graph: edges carry ``guard`` (text) and ``kind`` (next, way, refusal)."""
        return _graph(self.steps, self.first)


def project(diagram: Diagram) -> Projection:
    """The projection of ``diagram``.

    Raises :class:`sim.language.faults.Faults` with every reason why it cannot be played: a sender whose turn it is not,
    a choice that another cannot notice, an unreachable message, a call never answered, an unknown fact.
    """
    faults = FaultList()

    def report(place: Place, problem: str, expected: str = "", suggestion: str = "") -> None:
        faults.add(file=place.file, line=place.line, column=place.column, path="", problem=problem, expected=expected,
                   suggestion=suggestion)

    turns = play(diagram, report)
    _check_facts(diagram, report)
    steps, first = _Builder(turns).build(diagram)
    _check_go_to(steps, turns, report)
    _check_depth(steps, turns, report)
    for step in steps:
        if turns.actor.get(step.id) == "":  # played, but with nobody to play it (what is not reached is reported below)
            report(step.item.place, f"nobody acts in '{step.id}'", "a message or an action in it")
    if not steps:
        faults.add(file=diagram.file, line=None, column=None, path="sequence", problem="nothing happens in this diagram",
                   expected="a message or an action")
    faults.raise_if_any()  # the graph of a diagram that breaks the turn rule would only repeat its faults
    projection = Projection(diagram, turns, steps, first, _reactions(steps, diagram))
    graph = projection.graph()
    _check_reachable(steps, graph, report)
    _check_noticed(projection, report)
    faults.raise_if_any()
    return projection


class _Builder:
    """Numbers the steps in the order of the file, then links each to what follows it."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.steps: list[Step] = []
        self.by_id: dict[str, Step] = {}

    def build(self, diagram: Diagram) -> tuple[list[Step], int]:
        self.number(diagram.sequence, -1, ())
        first = self.link(diagram.sequence, DONE)
        return self.steps, first

    def number(self, items: tuple[Item, ...], loop: int, fragments: tuple[int, ...]) -> None:
        for item in items:
            if isinstance(item, Note):
                continue
            kind = _kind(item)
            step = Step(len(self.steps), kind, item, self.turns.actor.get(item.id, ""), loop=loop, fragments=fragments)
            self.steps.append(step)
            self.by_id[item.id] = step
            inside = (*fragments, step.index)
            match item:
                case Opt():
                    self.number(item.sequence, loop, inside)
                case Loop():
                    self.number(item.sequence, step.index, inside)
                case Alt():
                    for branch in item.branches:
                        self.number(branch.sequence, loop, inside)

    def link(self, items: tuple[Item, ...], after: int) -> int:
        """Link ``items``, which lead to step ``after``; the first step of them."""
        for item in reversed(items):
            if isinstance(item, Note):
                continue
            step = self.by_id[item.id]
            step.next = after
            match item:
                case Opt():
                    step.ways = [(item.guard, self.link(item.sequence, after), item.id)]
                case Alt():
                    step.ways = [(branch.guard, self.link(branch.sequence, after), branch.id) for branch in item.branches]
                case Loop():
                    step.ways = [(item.guard, self.link(item.sequence, step.index), item.id)]
            after = step.index
        return after


def _kind(item: Item) -> StepKind:
    match item:
        case Message():
            return _ARROWS[item.arrow]
        case Action():
            return StepKind.ACTION
        case End():
            return StepKind.END
        case Loop():
            return StepKind.LOOP
        case _:
            return StepKind.CHOICE


def _open_ways(step: Step) -> Iterator[tuple[str, int]]:
    """The ways out of a decision that can be taken at all: (guard as text, step)."""
    chance = 0.0
    for guard, target, _ in step.ways:
        if isinstance(guard, ChanceGuard):
            if guard.chance > 0 and chance < 1:
                yield str(guard), target
            chance += guard.chance
        elif guard is None and chance < 1 - 1e-12:
            yield "else" if step.kind is StepKind.CHOICE else "", target
        elif guard is not None:
            yield str(guard), target
    if not (isinstance(step.item, Alt) and step.item.is_exhaustive):
        yield "otherwise", step.next


def _graph(steps: list[Step], first: int) -> "nx.DiGraph[int]":
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph(first=first)
    graph.add_node(DONE, label="done")
    for step in steps:
        graph.add_node(step.index, label=step.id, kind=step.kind.name, actor=step.actor)
    by_id = {step.id: step.index for step in steps}
    for step in steps:
        if step.kind in (StepKind.CHOICE, StepKind.LOOP):
            for guard, target in _open_ways(step):
                graph.add_edge(step.index, target, guard=guard, kind="way")
        elif step.kind is not StepKind.END:
            graph.add_edge(step.index, step.next, guard="", kind="next")
        if isinstance(step.item, Message):
            for rule in step.item.on_refusal:
                if rule.go_to is not None and rule.go_to in by_id:
                    graph.add_edge(step.index, by_id[rule.go_to], guard=f"refused {rule.status}", kind="refusal")
    return graph


def _reactions(steps: list[Step], diagram: Diagram) -> dict[str, dict[str, int]]:
    tables: dict[str, dict[str, int]] = {name: {} for name in diagram.participants}
    for step in steps:
        if isinstance(step.item, Message):
            tables[step.item.receiver][step.id] = step.next
    return tables


def _check_facts(diagram: Diagram, report: Any) -> None:
    known = diagram.facts()

    def check(name: str, place: Place, where: str) -> None:
        if name not in known:
            report(place, f"unknown fact '{name}' in {where}",
                   "a fact that some item gives" + (": " + ", ".join(sorted(known)) if known else "")
                   + ", or one named under the top-level key facts", suggest(name, known))

    for item in diagram.items():
        guards: list[Guard | None] = []
        if isinstance(item, Message | Action):
            for name in item.facts.names():
                check(name, item.place, f"'{item.id}'")
        if isinstance(item, Message):
            for rule in item.on_refusal:
                for name in rule.drop:
                    check(name, item.place, f"on_refusal of '{item.id}'")
        if isinstance(item, Opt | Loop):
            guards = [item.guard]
        elif isinstance(item, Alt):
            guards = [branch.guard for branch in item.branches]
        for guard in guards:
            if isinstance(guard, FactGuard):
                check(guard.fact, item.place, f"the guard '{guard}'")


def _check_go_to(steps: list[Step], turns: Turns, report: Any) -> None:
    by_id = {step.id: step for step in steps}
    for step in steps:
        if not isinstance(step.item, Message):
            continue
        for rule in step.item.on_refusal:
            if rule.refuse is not None and (rule.go_to is not None or not turns.open_calls.get(step.id)):
                report(step.item.place, f"on_refusal of '{step.id}': refuse is for a sender that is serving a request itself",
                       "go_to, or drop alone")
            if rule.go_to is None:
                continue
            target = by_id.get(rule.go_to)
            if target is None:
                report(step.item.place, f"on_refusal of '{step.id}' goes to '{rule.go_to}', which is not in the diagram",
                       f"the id of an item of {step.actor}", suggest(rule.go_to, by_id))
            elif target.actor != step.actor or turns.open_calls.get(target.id) != turns.open_calls.get(step.id):
                report(step.item.place, f"on_refusal of '{step.id}' goes to '{rule.go_to}', where it is not {step.actor}'s turn "
                       "with the same calls open", f"an item of {step.actor} at the same depth")


def _check_depth(steps: list[Step], turns: Turns, report: Any) -> None:
    """Calls may be nested as deep as a draw's address has room for their attempts."""
    for step in steps:
        if step.kind is StepKind.REQUEST and len(turns.open_calls.get(step.id, ())) >= DEEPEST:
            report(step.item.place, f"'{step.id}' is call {len(turns.open_calls[step.id]) + 1} inside one another",
                   f"calls at most {DEEPEST} deep")


def _check_reachable(steps: list[Step], graph: "nx.DiGraph[int]", report: Any) -> None:
    import networkx as nx

    reachable = set(nx.descendants(graph, graph.graph["first"])) | {graph.graph["first"]}
    for step in steps:
        if step.index in reachable:
            continue
        if not any(before not in reachable and before < step.index for before in graph.predecessors(step.index)):
            kind = "message" if isinstance(step.item, Message) else "action" if isinstance(step.item, Action) else "item"
            report(step.item.place, f"{kind} '{step.id}' can never be reached", "something before it that leads here")


def _check_noticed(projection: Projection, report: Any) -> None:
    """A choice made by one participant must show in the next message that each other affected one receives."""
    for step in projection.steps:
        if step.kind not in (StepKind.CHOICE, StepKind.LOOP):
            continue
        ways = [target for _, target in _open_ways(step)]
        for other in projection.diagram.participants:
            if other == step.actor:
                continue
            clash = _clash(projection.steps, ways, other)
            if clash is not None:
                first, second = clash
                report(step.item.place, f"{other} cannot notice what {step.actor} chose at '{step.id}': '{first.id}' and "
                       f"'{second.id}' look the same to it, but it goes on differently",
                       f"messages to {other} with different labels")


def _clash(steps: list[Step], ways: list[int], other: str) -> tuple[Step, Step] | None:
    """Two different messages, on different ways, that ``other`` cannot tell apart but must answer differently."""
    firsts = [list(_first_heard(steps, target, other)) for target in ways]
    indexes = [{step.index for step in first} for first in firsts]
    heard: dict[tuple[str, str, str], tuple[int, Step]] = {}
    for way, first in enumerate(firsts):
        for step in first:
            assert isinstance(step.item, Message)
            looks = (step.item.sender, step.item.arrow.value, step.item.label)
            before, earlier = heard.setdefault(looks, (way, step))
            if before == way or earlier is step or (earlier.index in indexes[way] and step.index in indexes[before]):
                continue  # the last: where both are still open on either way, a later choice tells them apart
            if _behaviour(steps, earlier.next, other, 8) != _behaviour(steps, step.next, other, 8):
                return earlier, step
    return None


def _first_heard(steps: list[Step], start: int, other: str) -> Iterator[Step]:
    """The messages that can be the next one ``other`` receives, going on from ``start``."""
    seen: set[int] = set()
    todo = [start]
    while todo:
        index = todo.pop()
        if index == DONE or index in seen:
            continue
        seen.add(index)
        step = steps[index]
        if isinstance(step.item, Message) and step.item.receiver == other:
            yield step
        elif step.kind in (StepKind.CHOICE, StepKind.LOOP):
            todo.extend(target for _, target in reversed(list(_open_ways(step))))
        elif step.kind is not StepKind.END:
            todo.append(step.next)


def _behaviour(steps: list[Step], index: int, actor: str, depth: int) -> tuple[Any, ...]:
    """What ``actor`` does from step ``index`` on, as others could see it, until the turn leaves it."""
    if index == DONE or depth == 0:
        return ("done",) if index == DONE else ("...",)
    step = steps[index]
    if step.actor != actor:
        return ("waits",)
    match step.item:
        case Message():
            return (step.item.arrow.value, step.item.receiver, step.item.label)
        case End():
            return ("end", step.item.outcome)
        case Action():
            return (step.item.label, *_behaviour(steps, step.next, actor, depth - 1))
        case _:
            return tuple((guard, _behaviour(steps, target, actor, depth - 1)) for guard, target in _open_ways(step))
