"""Recorded rows: one record of a trace as one row of a chart."""

from sim.draw import describe, planned
from sim.draw.chart import Action, Arrow, Line, Role
from sim.draw.describe import Record
from sim.draw.outline import Item, Outline, Place


class Recorded:
    """Makes rows of records. ``strangers`` are the participants it met that the diagram does not name, in order."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.strangers: list[str] = []
        self._columns = dict(outline.columns)

    def row(self, record: Record, place: Place | None, rest: str, *, late: bool = False) -> Arrow | Action:
        """The row of ``record``, which is about the item at ``place``; ``rest`` as of :meth:`Outline.base_of`."""
        item = place.item if place is not None else None
        iteration = record.get("iteration") or 0
        jumps = 0 if place is None or self._in_loop(place) else iteration
        annotation = describe.annotation(record, late=late, repeat=jumps)
        if record["kind"] in ("action", "fragment"):
            return self._action(record, item, annotation)
        role, line, label = look(record, item, rest)
        return Arrow(
            id=record["message"],
            sender=self.column(record.get("sender")),
            receiver=self.column(record.get("receiver")),
            line=line,
            label=label,
            annotation=annotation,
            role=role,
            added=bool(item and item.get("added")),
            details=describe.details(record),
        )

    def _action(self, record: Record, item: Item | None, annotation: str) -> Action:
        known = item is not None and item["item"] in ("action", "end")
        role = Role.REFUSAL if record.get("outcome") == "refused" else Role.DIAGRAM
        return Action(
            id=record["message"],
            participant=self.column(record.get("sender")),
            label=planned.action_label(item) if known and item is not None else record["message"],
            annotation=annotation,
            role=role if known else Role.UNKNOWN,
            added=bool(known and item is not None and item.get("added")),
            details=describe.details(record),
            shape=planned.shape(item) if known and item is not None else "action",
        )

    def _in_loop(self, place: Place) -> bool:
        return any(self.outline.places[fragment].item["item"] == "loop" for fragment, _ in place.home if fragment)

    def column(self, instance: object) -> int:
        """The lifeline of an instance; a stranger gets one at the right."""
        name = describe.participant_of(instance)
        if name not in self._columns:
            self._columns[name] = len(self._columns)
            self.strangers.append(name)
        return self._columns[name]


def look(record: Record, item: Item | None, rest: str) -> tuple[Role, Line, str]:
    """Role, line and label of a message."""
    if item is None or item["item"] != "message":
        return Role.UNKNOWN, Line.ONE_WAY, str(record["message"])
    line = Line(item["arrow"])
    label = str(item["label"])
    role = Role.DIAGRAM
    if rest:
        line, label = Line.REPLY, describe.refusal(rest, record.get("http"))
        role = Role.CHALLENGE if rest.startswith("?") else Role.REFUSAL
    if record.get("outcome") == "lost":
        role = Role.LOSS
    elif record.get("outcome") in ("dropped", "expired"):
        role = Role.REFUSAL
    return role, line, label
