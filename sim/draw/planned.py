"""Planned rows: items of a diagram as rows of a chart, without anything that a trace could add."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal, cast

from sim.draw import calls
from sim.draw.chart import Action, Arrow, Frame, Line, Note, Operand, Row
from sim.draw.outline import Item, Outline, steps_in

Operator = Literal["opt", "alt", "loop", "par"]
Shape = Literal["action", "wait", "end"]

NOTHING: frozenset[str] = frozenset()


def rows(
    outline: Outline, sequence: Sequence[Item], *, muted: bool = False, without: AbstractSet[str] = NOTHING
) -> tuple[Row, ...]:
    """The rows of ``sequence``. Items whose id is in ``without`` are left out, and so is a fragment of which nothing remains."""
    made: list[Row] = []
    for item in sequence:
        row = _row(outline, item, muted, without)
        if row is not None:
            made.append(row)
    return tuple(made) if muted else calls.paired(made)


def _row(outline: Outline, item: Item, muted: bool, without: AbstractSet[str]) -> Row | None:
    kind = item["item"]
    if kind == "note":
        return note(outline, item, muted=muted)
    if kind in ("opt", "alt", "loop", "par"):
        if item["id"] in without or _exhausted(item, without):
            return None
        return frame(outline, item, muted=muted, without=without)
    if item["id"] in without:
        return None
    return message(outline, item, muted=muted) if kind == "message" else action(outline, item, muted=muted)


def _exhausted(fragment: Item, without: AbstractSet[str]) -> bool:
    """Whether all messages and actions of a fragment that has any are left out."""
    steps = list(steps_in([fragment]))
    return bool(steps) and all(step in without for step in steps)


def message(outline: Outline, item: Item, *, muted: bool = False) -> Arrow:
    """A message as its diagram has it."""
    return Arrow(
        id=item["id"],
        sender=outline.columns[item["sender"]],
        receiver=outline.columns[item["receiver"]],
        line=Line(item["arrow"]),
        label=item["label"],
        added=bool(item.get("added")),
        muted=muted,
    )


def action(outline: Outline, item: Item, *, muted: bool = False) -> Action:
    """An action, a wait (annotated with its time) or the end of the session."""
    return Action(
        id=item["id"],
        participant=outline.columns[item["participant"]],
        label=action_label(item),
        annotation=str(item.get("wait") or ""),
        added=bool(item.get("added")),
        muted=muted,
        shape=shape(item),
    )


def shape(item: Item) -> Shape:
    """How an action is drawn."""
    if item["item"] == "end":
        return "end"
    return "wait" if item.get("wait") else "action"


def action_label(item: Item) -> str:
    """The label of an action; an end that has none says how it ends."""
    if item["item"] == "end":
        return str(item.get("label") or f"End: {item['outcome']}")
    return str(item["label"])


def note(outline: Outline, item: Item, *, muted: bool = False) -> Note:
    """A note over the lifelines it names, or over all."""
    over = tuple(sorted(outline.columns[participant] for participant in item.get("over") or ()))
    return Note(over or tuple(range(len(outline.lifelines))), item["text"], bool(item.get("added")), muted)


def frame(outline: Outline, item: Item, *, muted: bool = False, without: AbstractSet[str] = NOTHING) -> Frame:
    """A fragment and all that stands in it."""
    operands = tuple(
        Operand(
            guard=guard(branch),
            rows=rows(outline, branch["sequence"], muted=muted, without=without),
            annotation=_limits(branch),
            muted=muted,
        )
        for branch in item.get("branches") or (item,)
    )
    return Frame(item["id"], operator(item), operands, added=bool(item.get("added")), muted=muted)


def operator(item: Item) -> Operator:
    """The operator of a fragment: opt, alt, loop or par."""
    return cast("Operator", item["item"])


def guard(branch: Mapping[str, Any]) -> str:
    """What stands in the square brackets of a fragment or branch: its label, or for want of one its guard."""
    return str(branch.get("label") or branch.get("guard") or "")


def _limits(branch: Mapping[str, Any]) -> str:
    """What the diagram says of a fragment beyond its label: the chance of it, or how often at most."""
    chance = str(branch.get("guard") or "")
    if chance.startswith("chance ") and chance != guard(branch):
        return chance
    return f"at most {branch['maximum']} times" if branch.get("maximum") else ""
