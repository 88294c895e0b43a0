"""Whose turn it is: the rule by which a diagram can be played by actors that see only their own messages.

A stack of open calls. ``->`` pushes and gives the turn to the receiver; ``-->`` must answer the top, pops, and
gives the turn back; after ``->>`` and ``..>`` the receiver has the turn if it acts next (or nothing follows), else
the sender keeps it. Ways that meet again (the branches of an alt, an opt entered or not, a loop body and its next
pass) must meet with the same stack and the same turn, unless they ended the session.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sim.protocol.diagram import (
    SESSION,
    Action,
    Alt,
    Arrow,
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

Report = Callable[[Place, str, str], None]
"""``report(place, problem, expected)``: where the faults go."""


@dataclass(slots=True)
class Turns:
    """What playing the diagram once, on paper, has shown."""

    actor: dict[str, str] = field(default_factory=dict)
    """Item id to the participant that acts there (for a fragment: that decides)."""
    passes: dict[str, bool] = field(default_factory=dict)
    """One-way or dotted message id: does the receiver have the turn afterwards?"""
    replies: dict[str, list[str]] = field(default_factory=dict)
    """Request id to the ids of the replies that answer it."""
    calls: dict[str, str] = field(default_factory=dict)
    """Reply id to the id of its request."""
    open_calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Item id to the ids of the requests that are unanswered when the turn reaches it, innermost last."""


@dataclass(frozen=True, slots=True)
class _Call:
    request: str
    caller: str
    callee: str


@dataclass(frozen=True, slots=True)
class _State:
    """The turn (None before the first item) and the stack of open calls, innermost last."""

    turn: str | None
    stack: tuple[_Call, ...]
    after: str = ""

    def same(self, other: "_State") -> bool:
        return self.turn == other.turn and self.stack == other.stack


def play(diagram: Diagram, report: Report) -> Turns:
    """Play ``diagram`` on paper, reporting every place where the turn rule is broken."""
    player = _Player(report)
    state = player.sequence(diagram.sequence, _State(None, ()), None)
    if state is not None:
        for call in state.stack:
            request = next(message for message in diagram.messages() if message.id == call.request)
            report(request.place, f"the call '{call.request}' is never answered",
                   f"a reply '{call.callee} --> {call.caller}' before the diagram ends")
    return player.turns


class _Player:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.turns = Turns()

    def sequence(self, items: Sequence[Item], state: _State | None, following: str | None) -> _State | None:
        """The state after ``items``; None if every way through them ended. ``following`` acts after them."""
        for index, item in enumerate(items):
            if state is None:
                break  # what cannot be reached is reported by the projection, from the graph
            state = self.item(item, state, _first_actor(items[index + 1:]) or following)
        return state

    def item(self, item: Item, state: _State, following: str | None) -> _State | None:
        if not isinstance(item, Note):
            self.turns.open_calls[item.id] = tuple(call.request for call in state.stack)
        match item:
            case Note():
                return state
            case Message():
                return self.message(item, state, following)
            case Action():
                self.take_turn(item.id, item.participant, f"action '{item.id}' is on {item.participant}", item.place, state)
                return _State(item.participant, state.stack, item.id)
            case End():
                self.turns.actor[item.id] = state.turn or ""
                if state.turn is None:
                    self.report(item.place, "the diagram ends before anything happened", "a message or an action first")
                return None
            case Opt():
                return self.opt(item, state, following)
            case Alt():
                return self.alt(item, state, following)
            case Loop():
                return self.loop(item, state)

    def take_turn(self, id_: str, actor: str, doing: str, place: Place, state: _State) -> None:
        self.turns.actor[id_] = actor
        if state.turn is not None and state.turn != actor:
            where = f"after '{state.after}' " if state.after else ""
            self.report(place, f"{doing}, but {where}the turn is the {state.turn}'s", f"something that {state.turn} does")

    def message(self, item: Message, state: _State, following: str | None) -> _State:
        stack = state.stack
        if item.arrow is Arrow.REPLY and stack:
            return self.reply(item, state)
        self.take_turn(item.id, item.sender, f"message '{item.id}' is sent by {item.sender}", item.place, state)
        match item.arrow:
            case Arrow.REQUEST:
                self.turns.replies.setdefault(item.id, [])
                return _State(item.receiver, (*stack, _Call(item.id, item.sender, item.receiver)), item.id)
            case Arrow.REPLY:
                self.report(item.place, f"reply '{item.id}' answers nothing: no call is open",
                            f"a request '{item.receiver} -> {item.sender}' before it")
                return _State(item.receiver, stack, item.id)
            case _:
                passes = following is None or following == item.receiver
                self.turns.passes[item.id] = passes
                return _State(item.receiver if passes else item.sender, stack, item.id)

    def reply(self, item: Message, state: _State) -> _State:
        """One slip gets one fault: a reply to an outer call tells of those that are missing before it."""
        stack = state.stack
        top = len(stack) - 1
        answered = [k for k, call in enumerate(stack) if (item.sender, item.receiver) == (call.callee, call.caller)]
        self.turns.actor[item.id] = item.sender
        if item.sender != state.turn and not answered:
            self.take_turn(item.id, item.sender, f"message '{item.id}' is sent by {item.sender}", item.place, state)
        elif top not in answered:
            self.report(item.place, f"reply '{item.id}' goes from {item.sender} to {item.receiver}, but the open call "
                        f"is '{stack[top].request}'", f"{stack[top].callee} --> {stack[top].caller}")
            top = answered[-1] if answered else top
        elif item.sender != state.turn:
            self.take_turn(item.id, item.sender, f"message '{item.id}' is sent by {item.sender}", item.place, state)
        self.turns.replies.setdefault(stack[top].request, []).append(item.id)
        self.turns.calls[item.id] = stack[top].request
        return _State(stack[top].caller, stack[:top], item.id)

    def decide(self, id_: str, guards: Sequence[Guard | None], place: Place, state: _State, first: str | None) -> _State:
        """Who decides at a fragment: the subject of its guards, who must have the turn."""
        decider = state.turn
        for guard in guards:
            if isinstance(guard, FactGuard) and guard.subject != SESSION:
                decider = guard.subject
                if state.turn is not None and guard.subject != state.turn:
                    where = f"after '{state.after}' " if state.after else ""
                    self.report(place, f"'{id_}' is decided by {guard.subject} ('{guard}'), but {where}the turn is the "
                                f"{state.turn}'s", f"a guard on {state.turn} or on the session")
                    decider = state.turn
        decider = decider or first
        self.turns.actor[id_] = decider or ""
        return _State(decider, state.stack, state.after)

    def opt(self, item: Opt, state: _State, following: str | None) -> _State | None:
        before = self.decide(item.id, [item.guard], item.place, state, _first_actor(item.sequence))
        entered = self.sequence(item.sequence, before, following)
        return self.meet(item.id, item.place, [("when it is entered", entered), ("when it is not", before)])

    def alt(self, item: Alt, state: _State, following: str | None) -> _State | None:
        guards = [branch.guard for branch in item.branches]
        first = _first_actor([inner for branch in item.branches for inner in branch.sequence])
        before = self.decide(item.id, guards, item.place, state, first)
        ways: list[tuple[str, _State | None]] = []
        for branch in item.branches:
            ways.append((f"after branch '{branch.id}'", self.sequence(branch.sequence, before, following)))
        if not item.is_exhaustive:
            ways.append(("when no branch is taken", before))
        return self.meet(item.id, item.place, ways)

    def loop(self, item: Loop, state: _State) -> _State | None:
        first = _first_actor(item.sequence)
        tested_first = item.while_ is not None
        before = self.decide(item.id, [item.while_], item.place, state, first) if tested_first else state
        if before.turn is None:
            before = _State(first, before.stack, before.after)
        self.turns.actor[item.id] = before.turn or ""
        # At the end of a pass the first of the body acts again: what follows the loop must have the same turn.
        after = self.sequence(item.sequence, before, first)
        if after is None:
            return before if tested_first else None
        if item.until is not None and isinstance(item.until, FactGuard) and item.until.subject not in (SESSION, after.turn):
            self.report(item.place, f"loop '{item.id}' ends when '{item.until}', but at the end of a pass the turn is "
                        f"the {after.turn}'s", f"a guard on {after.turn} or on the session")
        return self.meet(item.id, item.place, [("after a pass", after), ("before the first", before)])

    def meet(self, id_: str, place: Place, ways: list[tuple[str, _State | None]]) -> _State | None:
        """Where the ways through a fragment come together; None if all of them ended the session."""
        live = [(name, way) for name, way in ways if way is not None]
        if not live:
            return None
        name, first = live[0]
        for other_name, other in live[1:]:
            if first.stack != other.stack:
                self.report(place, f"'{id_}' leaves different calls open: {_calls(first)} {name}, {_calls(other)} {other_name}",
                            "every way through a fragment to answer the same calls, or to end the session")
                break
            if first.turn != other.turn:
                self.report(place, f"'{id_}' leaves the turn with {first.turn} {name}, but with {other.turn} {other_name}",
                            "every way through a fragment to leave the turn with the same participant")
                break
        return _State(first.turn, first.stack, id_)


def _calls(state: _State) -> str:
    return ", ".join(f"'{call.request}'" for call in state.stack) or "none"


def _first_actor(items: Sequence[Item]) -> str | None:
    """Who acts first in ``items``, as far as that is known without playing them."""
    for item in items:
        match item:
            case Message() | Action():
                return item.actor
            case Opt() | Loop():
                if isinstance(item.guard, FactGuard) and item.guard.subject != SESSION and not (
                        isinstance(item, Loop) and item.until is not None):
                    return item.guard.subject
                inner = _first_actor(item.sequence)
                if inner is not None:
                    return inner
            case Alt():
                for branch in item.branches:
                    if isinstance(branch.guard, FactGuard) and branch.guard.subject != SESSION:
                        return branch.guard.subject
                for branch in item.branches:
                    inner = _first_actor(branch.sequence)
                    if inner is not None:
                        return inner
            case End() | Note():
                continue
    return None


