"""The diagram as drawn: plain data for the header of a trace, and all that :mod:`sim.draw` ever reads of a model."""

from typing import Any

from sim.protocol.diagram import Action, Alt, Diagram, End, Item, Loop, Message, Note, Opt
from sim.protocol.turns import Turns


def drawn(diagram: Diagram, turns: Turns) -> dict[str, Any]:
    """The diagram as JSON-ready data; ``turns`` knows who ends a session at an ``end``."""
    return {
        "title": diagram.title,
        "version": diagram.version,
        "about": diagram.about,
        "participants": [{"id": name, "label": label} for name, label in diagram.participants.items()],
        "sequence": _sequence(diagram.sequence, turns),
    }


def _sequence(sequence: tuple[Item, ...], turns: Turns) -> list[dict[str, Any]]:
    return [_item(item, turns) for item in sequence]


def _item(item: Item, turns: Turns) -> dict[str, Any]:
    match item:
        case Message():
            return {"item": "message", "id": item.id, "arrow": item.arrow.value, "sender": item.sender,
                    "receiver": item.receiver, "label": item.label, "added": item.added}
        case Action():
            return {"item": "action", "id": item.id, "participant": item.participant, "label": item.label,
                    "added": item.added, "wait": item.wait_text}
        case End():
            return {"item": "end", "id": item.id, "participant": turns.actor[item.id], "outcome": item.outcome,
                    "label": f"Session {item.outcome}", "added": item.added}
        case Note():
            return {"item": "note", "text": item.text, "over": list(item.over), "added": item.added}
        case Opt():
            return {"item": "opt", "id": item.id, "label": item.label, "guard": str(item.guard), "added": item.added,
                    "sequence": _sequence(item.sequence, turns)}
        case Loop():
            return {"item": "loop", "id": item.id, "label": item.label, "guard": item.guard_text,
                    "maximum": item.maximum, "added": item.added, "sequence": _sequence(item.sequence, turns)}
        case Alt():
            return {"item": "alt", "id": item.id, "added": item.added, "branches": [
                {"id": branch.id, "label": branch.label, "guard": "else" if branch.guard is None else str(branch.guard),
                 "sequence": _sequence(branch.sequence, turns)} for branch in item.branches]}
