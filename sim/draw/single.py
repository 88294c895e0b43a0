"""One session of a trace as a chart: what its records say, in the order in which they come.

The records rule: a record that is missing is not made up, two that changed places are drawn so, and one that the
diagram does not know is an arrow with its id for a label. From the header's diagram come labels, line styles and
notes, and, grey, what the session did not visit. A frame begins at the record of its fragment, and ends before the
first record that the diagram does not place in it; answers that come too late, and unknown messages, say nothing
about where the session is, and leave frames as they are.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from sim.draw import calls, describe, planned
from sim.draw.chart import Chart, Frame, Lifeline, Note, Operand, Row
from sim.draw.describe import Record
from sim.draw.outline import ROOT, Compartment, Item, Outline, Place, compartments
from sim.draw.recorded import Recorded

Unvisited = Literal["grey", "omit"]

ANYWHERE: Final = -1
"""The position of a row that the diagram does not place in the compartment where it is drawn."""


def of_session(
    header: Mapping[str, Any],
    records: Iterable[Record],
    session: int,
    *,
    as_in_source: bool = False,
    unvisited: Unvisited | None = None,
    client_class: str | None = None,
) -> Chart:
    """The chart of one session.

    Parameters
    ----------
    header
        The first line of the trace.
    records
        The trace's records, or any part of them that holds the session's; others are passed over.
    session
        The session's number.
    as_in_source
        Leave out what the diagram marks as added, and its records.
    unvisited
        ``grey`` draws what the session did not visit muted, where the diagram has it; ``omit`` leaves it out. By default
        ``grey``, but of an attack, which was never on the diagram's path, ``omit``.
    client_class
        Only records of this class (for traces in which classes number their sessions apart).

    Raises
    ------
    LookupError
        If there is no record of this session.
    """
    mine = [
        record for record in records if record["session"] == session and (client_class is None or record["class"] == client_class)
    ]
    if not mine:
        raise LookupError(f"session {session}: the trace has no record of it")
    outline = Outline(header["diagram"], as_in_source=as_in_source)
    attack = str(mine[0].get("class")) if any(mine[0].get("class") == each["name"] for each in header.get("attacks", ())) else ""
    walk = _Walk(outline, mine, unvisited or ("omit" if attack else "grey"))
    rows = walk.rows()
    lifelines = [_played(lifeline, mine, attack) if attack else lifeline for lifeline in outline.lifelines]
    return Chart(
        title=outline.title,
        lifelines=(*lifelines, *(Lifeline(name, name) for name in walk.recorded.strangers)),
        rows=rows,
        version=outline.version,
        about=outline.about,
        summary=_summary(header, mine, session),
    )


def _played(lifeline: Lifeline, records: list[Record], attack: str) -> Lifeline:
    """The lifeline, with a word that it is the attack that plays there."""
    plays = any(describe.player_of(record, record.get("sender"), (attack,)) == describe.attacker(attack)
                and describe.participant_of(record.get("sender")) == lifeline.id for record in records)
    return replace(lifeline, label=f"{lifeline.label} (attack {attack})") if plays else lifeline


@dataclass(slots=True)
class _Open:
    """A compartment that rows are being put into."""

    compartment: Compartment
    item: Item | None
    record: Record | None
    rows: list[tuple[int, Row]] = field(default_factory=list)
    iteration: int = 0
    passes: list[int] = field(default_factory=list)
    """Of a loop: before which row each pass begins."""


class _Walk:
    """The records of one session, on their way to rows."""

    def __init__(self, outline: Outline, records: list[Record], unvisited: Unvisited) -> None:
        self.outline = outline
        self.unvisited = unvisited
        self.records = [record for record in records if record["kind"] != "session"]
        self.recorded = Recorded(outline)
        self.decided = {(r["message"], r.get("outcome")) for r in self.records if r["kind"] == "fragment"}
        """What each fragment record says: (fragment, outcome)."""
        self.visited = frozenset(base for record in self.records if (base := outline.base_of(record["message"])[0]))
        self.stack = [_Open(ROOT, None, None)]
        self.pending: list[Row] = []
        """Rows that say nothing about where the session is, until a record does."""
        self.greyed: set[Compartment] = set()
        """Compartments whose notes and unvisited items are drawn."""
        self.sending: dict[str, tuple[int, int]] = {}
        """For each request the (iteration, attempt) sent last."""

    def rows(self) -> tuple[Row, ...]:
        """All rows of the chart."""
        for record in self.records:
            base, rest = self.outline.base_of(record["message"])
            if base in self.outline.hidden and base not in self.outline.places:
                continue
            place = self.outline.places.get(base)
            if record["kind"] == "fragment" and place is not None and any(compartments(place.item)):
                self._fragment(record, place)
            else:
                self._step(record, place, rest)
        while len(self.stack) > 1:
            self._close()
        self.stack[0].rows.extend((ANYWHERE, row) for row in self.pending)
        return self._finished(self.stack[0])

    def _step(self, record: Record, place: Place | None, rest: str) -> None:
        """Draw a message or action."""
        late = place is not None and self._is_late(record, place, rest)
        row = self.recorded.row(record, place, rest, late=late)
        if place is None or (late and self.stack[-1].compartment not in place.home):
            self.pending.append(row)
            return
        self._leave_for(place)
        self.stack[-1].rows.append((place.position_in(self.stack[-1].compartment), row))

    def _is_late(self, record: Record, place: Place, rest: str) -> bool:
        """Whether the attempt that a record is part of was over when a later one was sent."""
        now = (record.get("iteration") or 0, record.get("attempt") or 0)
        if record["message"] == place.request and not rest:
            self.sending[place.request] = now
        return now < self.sending.get(place.request, now)

    def _leave_for(self, place: Place) -> None:
        """Close the frames that the diagram does not put around ``place``."""
        while self.stack[-1].compartment not in (*place.home, ROOT):
            self._close()
        self.stack[-1].rows.extend((ANYWHERE, row) for row in self.pending)
        self.pending.clear()

    def _fragment(self, record: Record, place: Place) -> None:
        """Open a frame, begin another pass of a loop, or draw a skipped fragment."""
        fragment, outcome = record["message"], record.get("outcome")
        if place.item["item"] == "loop" and outcome != "skipped" and self._next_pass(record, fragment):
            return
        self._leave_for(place)
        if outcome == "skipped":
            position = place.position_in(self.stack[-1].compartment)
            self.stack[-1].rows.append((position, self._skipped(place.item)))
            return
        branch = str(outcome or "") if "branches" in place.item else ""
        opened = _Open((fragment, branch), place.item, record, iteration=record.get("iteration") or 0)
        opened.passes.append(0)
        self.stack.append(opened)

    def _next_pass(self, record: Record, fragment: str) -> bool:
        """Begin another pass if the loop's frame is open; otherwise say so."""
        iteration = record.get("iteration") or 0
        depth = next((d for d, opened in enumerate(self.stack) if opened.compartment == (fragment, "")), None)
        if depth is None or iteration <= self.stack[depth].iteration:
            return False
        while len(self.stack) > depth + 1:
            self._close()
        loop = self.stack[-1]
        loop.rows.extend((ANYWHERE, row) for row in self.pending)
        self.pending.clear()
        loop.iteration = iteration
        loop.passes.append(len(loop.rows))
        return True

    def _close(self) -> None:
        """Close the innermost frame and put it where its fragment stands."""
        opened = self.stack.pop()
        assert opened.item is not None
        parent = self.stack[-1]
        position = self.outline.places[opened.item["id"]].position_in(parent.compartment)
        parent.rows.append((position, self._frame(opened, opened.item)))

    def _frame(self, opened: _Open, item: Item) -> Frame:
        """The frame of a fragment that was entered."""
        live = self._finished(opened)
        added = bool(item.get("added"))
        if "branches" not in item:
            passes = len(opened.passes)
            annotation = describe.plural(passes, "pass") if item["item"] == "loop" else ""
            operand = Operand(planned.guard(item), live, annotation)
            return Frame(item["id"], planned.operator(item), (operand,), added=added)
        taken = opened.compartment[1]
        operands = []
        for branch in item["branches"]:
            if branch["id"] == taken:
                operands.append(Operand(planned.guard(branch), live))
            elif untaken := self._untaken(item, branch):
                operands.append(untaken)
        if taken not in [branch["id"] for branch in item["branches"]]:
            operands.append(Operand(taken, live, "not in the diagram"))
        return Frame(item["id"], planned.operator(item), tuple(operands), added=added)

    def _untaken(self, item: Item, branch: Mapping[str, Any]) -> Operand | None:
        """A branch that was not taken: drawn once, grey, if no other time took it."""
        compartment = (item["id"], branch["id"])
        if self.unvisited == "omit" or compartment in self.greyed:
            return None
        if compartment in self.decided:
            return None
        self.greyed.add(compartment)
        rows = planned.rows(self.outline, branch["sequence"], muted=True, without=self.visited)
        return Operand(planned.guard(branch), rows, "not taken", muted=True)

    def _skipped(self, item: Item) -> Frame:
        """A fragment that was passed over: with its content where that is seen nowhere else."""
        operands = []
        shown_elsewhere = any(fragment == item["id"] and outcome != "skipped" for fragment, outcome in self.decided)
        for (compartment, sequence), branch in zip(compartments(item), item.get("branches") or (item,), strict=True):
            rows: tuple[Row, ...] = ()
            if self.unvisited == "grey" and compartment not in self.greyed and not shown_elsewhere:
                self.greyed.add(compartment)
                rows = planned.rows(self.outline, sequence, muted=True, without=self.visited)
            operands.append(Operand(planned.guard(branch), rows, "skipped", muted=True))
        return Frame(item["id"], planned.operator(item), tuple(operands), added=bool(item.get("added")), muted=True)

    def _finished(self, opened: _Open) -> tuple[Row, ...]:
        """The rows of a compartment: notes and what was not visited put in, passes headed, calls paired."""
        rows = list(opened.rows)
        if len(opened.passes) > 1:
            everyone = tuple(range(len(self.outline.lifelines)))
            for number in range(len(opened.passes), 0, -1):
                text = f"pass {number} of {len(opened.passes)}"
                rows.insert(opened.passes[number - 1], (ANYWHERE, Note(everyone, text, heading=True)))
        if opened.compartment not in self.greyed:
            self.greyed.add(opened.compartment)
            rows = self._with_unvisited(rows, opened.compartment)
        return calls.paired([row for _, row in rows])

    def _with_unvisited(self, rows: list[tuple[int, Row]], compartment: Compartment) -> list[tuple[int, Row]]:
        """Each note and unvisited item goes before the first row that the diagram has after it, or at the end of what it has."""
        reached = ANYWHERE
        due: dict[int, list[Item]] = {}
        end = max((index + 1 for index, (position, _) in enumerate(rows) if position != ANYWHERE), default=len(rows))
        highest = [reached := max(reached, position) for position, _ in rows]
        for position, item in enumerate(self.outline.sequence_of(compartment)):
            due.setdefault(min(bisect_right(highest, position), end), []).append(item)
        made: list[tuple[int, Row]] = []
        for index in range(len(rows) + 1):
            made.extend((ANYWHERE, row) for item in due.get(index, ()) for row in self._insertion(item))
            made.extend(rows[index : index + 1])
        return made

    def _insertion(self, item: Item) -> tuple[Row, ...]:
        if item["item"] == "note":
            return (planned.note(self.outline, item),)
        if self.unvisited == "omit" or item["id"] in self.visited:
            return ()
        made = planned.rows(self.outline, (item,), muted=True, without=self.visited)
        return tuple(_not_reached(row) if isinstance(row, Frame) else row for row in made)


def _not_reached(frame: Frame) -> Frame:
    operands = tuple(replace(operand, annotation="not reached") for operand in frame.operands)
    return replace(frame, operands=operands)


def _summary(header: Mapping[str, Any], records: list[Record], session: int) -> str:
    """``Session 3 of step1 (laptop): completed in 152 ms``, by the session's own record."""
    name = str(header.get("scenario") or "")
    group = str(records[0].get("class") or "")
    head = f"Session {session}" + (f" of {name}" if name else "") + (f" ({group})" if group else "")
    record = next((record for record in records if record["kind"] == "session"), None)
    if record is None:
        return head
    outcome, took = record.get("outcome"), describe.between(record.get("sent_ns"), record.get("finished_ns"))
    by = describe.cause(record.get("by"))
    result = describe.words(str(outcome)) + (f" {by}" if by and outcome != "completed" else "")
    if took:
        result += f" {'in' if outcome == 'completed' else 'after'} {took}"
    return f"{head}: {result}"
