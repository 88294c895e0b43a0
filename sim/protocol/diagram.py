"""The sequence diagram as a tree: what a model file says, checked word by word but not yet played.

The terms are UML's (OMG UML 2.5.1, clause 17): participants are lifelines, arrows messages, `opt`, `alt` and
`loop` combined fragments. :mod:`sim.protocol.parse` makes the tree, :mod:`sim.protocol.turns` says whose turn
it is, :mod:`sim.protocol.projection` turns it into the table by which each actor reacts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from sim.language.quantities import Distribution


class Arrow(StrEnum):
    """The four arrows of the diagram language."""

    REQUEST = "->"
    """Opens a call: its sender waits for the reply."""
    REPLY = "-->"
    """Closes the call that was opened last."""
    ONE_WAY = "->>"
    """Nobody waits."""
    OUTSIDE = "..>"
    """A dotted step, outside the protocol: no network, unless the scenario names the link."""


SESSION = "session"
"""The subject of a guard that asks what the servers know of this session."""

SIGNATURE = "signature"
"""What an action may check beside facts: the signature of the request that is served."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in its file (1-based)."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class FactGuard:
    """``consumer lacks access_token``, ``session holds approval``."""

    subject: str
    fact: str
    lacks: bool

    def __str__(self) -> str:
        return f"{self.subject} {'lacks' if self.lacks else 'holds'} {self.fact}"


@dataclass(frozen=True, slots=True)
class ChanceGuard:
    """A declared chance, 0 to 1. In an alt the branches share one draw."""

    chance: float

    def __str__(self) -> str:
        return f"chance {self.chance:g}"


Guard = FactGuard | ChanceGuard


@dataclass(frozen=True, slots=True)
class OnRefusal:
    """What the sender of a request does when it is refused with ``status``, beyond the scenario's retry.

    It drops the facts ``drop``, then goes on at item ``go_to`` (at most ``at_most`` times a session), or, when it
    is itself serving a request, refuses that one with status ``refuse``.
    """

    status: int
    drop: tuple[str, ...] = ()
    go_to: str | None = None
    at_most: int = 1
    refuse: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What an item does to what its participants hold, and which checks it makes."""

    gives: tuple[str, ...] = ()
    carries: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    spends: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()

    def names(self) -> Iterator[str]:
        """All facts that it gives, carries, needs or spends (checks are looked at when all facts are known)."""
        yield from self.gives
        yield from self.carries
        yield from self.needs
        yield from self.spends


@dataclass(frozen=True, slots=True)
class Message:
    """An arrow from one lifeline to another."""

    id: str
    arrow: Arrow
    sender: str
    receiver: str
    label: str
    place: Place
    facts: Facts = field(default_factory=Facts)
    on_refusal: tuple[OnRefusal, ...] = ()
    added: bool = False

    @property
    def actor(self) -> str:
        """Whose turn it must be."""
        return self.sender


@dataclass(frozen=True, slots=True)
class Action:
    """A step on one lifeline; with ``wait`` it only passes time there."""

    id: str
    participant: str
    label: str
    place: Place
    facts: Facts = field(default_factory=Facts)
    wait: Distribution | None = None
    wait_text: str | None = None
    added: bool = False

    @property
    def actor(self) -> str:
        """Whose turn it must be."""
        return self.participant


@dataclass(frozen=True, slots=True)
class End:
    """Ends the session. Whoever has the turn ends it."""

    id: str
    outcome: str
    place: Place
    added: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Text beside the lifelines; it means nothing to the actors."""

    text: str
    over: tuple[str, ...]
    place: Place
    added: bool = False


@dataclass(frozen=True, slots=True)
class Opt:
    """Entered if its guard holds when the turn reaches it."""

    id: str
    label: str
    guard: Guard
    sequence: "tuple[Item, ...]"
    place: Place
    added: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """One way through an alt; ``guard`` is None for the else branch."""

    id: str
    label: str
    guard: Guard | None
    sequence: "tuple[Item, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Alt:
    """The first branch whose guard holds is taken; perhaps none, unless there is an else, or the chances add up to 1."""

    id: str
    branches: tuple[Branch, ...]
    place: Place
    added: bool = False

    @property
    def is_exhaustive(self) -> bool:
        """Whether some branch is always taken."""
        chance = 0.0
        for branch in self.branches:
            if branch.guard is None:
                return True
            if isinstance(branch.guard, ChanceGuard):
                chance += branch.guard.chance
        return chance >= 1 - 1e-12


@dataclass(frozen=True, slots=True)
class Loop:
    """Repeats its body: ``times`` times, while a guard holds (tested before a pass) or until one does (tested after)."""

    id: str
    label: str
    sequence: "tuple[Item, ...]"
    place: Place
    maximum: int
    times: int | None = None
    while_: Guard | None = None
    until: Guard | None = None
    added: bool = False

    @property
    def guard(self) -> Guard | None:
        """The guard, of whichever kind; None when a number of times is given."""
        return self.while_ if self.while_ is not None else self.until

    @property
    def guard_text(self) -> str:
        """The guard as it is drawn."""
        if self.times is not None:
            return f"{self.times} times"
        return f"while {self.while_}" if self.while_ is not None else f"until {self.until}"


Fragment = Opt | Alt | Loop
Item = Message | Action | End | Note | Opt | Alt | Loop


@dataclass(frozen=True, slots=True)
class Diagram:
    """A whole sequence diagram."""

    file: str
    title: str
    participants: dict[str, str]
    """Name to label, from left to right."""
    sequence: tuple[Item, ...]
    version: str | None = None
    about: str | None = None
    outside_facts: tuple[str, ...] = ()
    """Facts that no item gives, and that a scenario may let a client hold from the start."""

    def items(self) -> Iterator[Item]:
        """Every item, fragments before what they hold, in the order of the file."""
        yield from walk(self.sequence)

    def messages(self) -> Iterator[Message]:
        """Every message, in the order of the file."""
        return (item for item in self.items() if isinstance(item, Message))

    def facts(self) -> frozenset[str]:
        """Every fact that someone can come to hold."""
        given = {name for item in self.items() if isinstance(item, Message | Action) for name in item.facts.gives}
        return frozenset(given | set(self.outside_facts))


def walk(sequence: tuple[Item, ...]) -> Iterator[Item]:
    """Every item of a sequence, fragments before what they hold."""
    for item in sequence:
        yield item
        for body in bodies(item):
            yield from walk(body)


def bodies(item: Item) -> "tuple[tuple[Item, ...], ...]":
    """The sequences inside an item: none for a message, one for an opt or loop, one a branch for an alt."""
    match item:
        case Opt() | Loop():
            return (item.sequence,)
        case Alt():
            return tuple(branch.sequence for branch in item.branches)
        case _:
            return ()
