"""All sessions of a trace as one chart: the diagram, with what became of it.

Structure and order come from the diagram in the header; each message carries how often it was sent and the median of
its one-way time, each fragment the share of sessions that entered it. What went otherwise than the diagram has it,
refusals, losses and challenges, follows the message it belongs to, in rows of its own; what the diagram does not know
stands at the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim.draw import calls, describe, planned
from sim.draw.chart import (
    Arrow,
    Chart,
    Frame,
    Lifeline,
    Line,
    Operand,
    Role,
    Row,
)
from sim.draw.describe import Record
from sim.draw.gathered import Gathered, Key
from sim.draw.outline import Item, Outline, compartments, steps_in
from sim.draw.readable import count, duration, number, percent
from sim.draw.tallies import Decisions, Tally


def merged(header: Mapping[str, Any], records: Iterable[Record], *, as_in_source: bool = False) -> Chart:
    """The chart of all sessions, in one pass over the records.

    Memory grows with the diagram, and by a few bits for each session. Medians are exact while a message shows at most
    4,096 distinct times, then within 0.05 % (:class:`sim.draw.tallies.Times`).

    Parameters
    ----------
    header
        The first line of the trace.
    records
        Its records, in the order of the trace.
    as_in_source
        Leave out what the diagram marks as added, and its records.
    """
    outline = Outline(header["diagram"], as_in_source=as_in_source)
    gathered = Gathered(outline, records, [attack["name"] for attack in header.get("attacks", ())])
    drawing = _Drawing(outline, gathered)
    rows = (*drawing.rows(outline.sequence), *drawing.unknown())
    return Chart(
        title=outline.title,
        lifelines=(*outline.lifelines, *(Lifeline(name, name) for name in drawing.strangers)),
        rows=rows,
        version=outline.version,
        about=outline.about,
        summary=_summary(gathered, header.get("sample", 1)),
    )


class _Drawing:
    """Turns tallies into rows."""

    def __init__(self, outline: Outline, gathered: Gathered) -> None:
        self.outline = outline
        self.gathered = gathered
        self.strangers: list[str] = []
        self.columns = dict(outline.columns)
        self.groups: dict[str, list[tuple[str, Key, Tally]]] = {}
        """The tallies of each item of the diagram, with the rest of their ids; under "" those of no item."""
        for key, tally in gathered.tallies.items():
            base, rest = gathered.base_of(key[0])
            known = base and (outline.places[base].item["item"] in ("message", "action", "end"))
            self.groups.setdefault(base if known else "", []).append((rest, key, tally))
        for key in gathered.tallies:
            for participant in key[1:]:
                self._column(participant)

    def rows(self, sequence: Sequence[Item], *, muted: bool = False) -> tuple[Row, ...]:
        """The rows of a sequence of the diagram."""
        made: list[Row] = []
        for item in sequence:
            kind = item["item"]
            if kind == "note":
                made.append(planned.note(self.outline, item, muted=muted))
            elif kind == "message":
                made += self._message(item)
            elif kind in ("action", "end"):
                made += self._action(item)
            else:
                made.append(self._frame(item))
        return calls.paired(made, (Role.DIAGRAM,))

    def unknown(self) -> tuple[Row, ...]:
        """What the diagram does not know, in order of first appearance."""
        made: list[Row] = []
        for _, key, tally in self.groups.get("", ()):
            arrow = Arrow(key[0], self._column(key[1]), self._column(key[2]), Line.ONE_WAY, key[0], role=Role.UNKNOWN)
            made.append(_counted(arrow, tally))
            made += _astray(arrow, tally)
        return tuple(made)

    def _message(self, item: Item) -> list[Row]:
        """A message, and what became of it."""
        ends = (item["sender"], item["receiver"])
        group = sorted(self.groups.get(item["id"], ()), key=lambda entry: (entry[0] != "", entry[0], self._attacks(entry[1])))
        plain = planned.message(self.outline, item)
        main = next((tally for rest, key, tally in group if not rest and key[1:] == ends), None)
        made: list[Row] = [_counted(plain, main) if main else replace(plain, muted=True)]
        if main:
            made += _astray(plain, main)
        if item["id"] in self.gathered.silent:
            causes = self.gathered.silent[item["id"]]
            made.append(_mishap(plain, "refused without an answer", causes, Role.REFUSAL))
        for rest, key, tally in group:
            if tally is not main:
                made += self._beside(plain, rest, key, tally)
        return made

    def _beside(self, plain: Arrow, rest: str, key: Key, tally: Tally) -> list[Row]:
        """A refusal or challenge of a message, or the message between others than the diagram's."""
        arrow = replace(plain, id=key[0], sender=self._column(key[1]), receiver=self._column(key[2]))
        if not rest:
            return [_counted(arrow, tally), *_astray(arrow, tally)]
        arrow = replace(arrow, line=Line.REPLY, label=describe.refusal(rest, tally.http))
        role = Role.CHALLENGE if rest.startswith("?") else Role.REFUSAL
        causes = tally.by if role is Role.REFUSAL else {"": tally.number}
        return [_mishap(arrow, arrow.label, causes, role), *_astray(arrow, tally)]

    def _action(self, item: Item) -> list[Row]:
        """An action, and how often it refused."""
        plain = planned.action(self.outline, item)
        made: list[Row] = []
        for _, key, tally in self.groups.get(item["id"], ()):
            step = replace(plain, participant=self._column(key[1]))
            annotation = _annotation(tally)
            made.append(replace(step, annotation=annotation, details=_details(step.id, tally)))
            causes = {by: times for (outcome, by), times in tally.fates.items() if outcome == "refused"}
            if causes:
                refused = replace(step, label="refused", annotation=_causes(causes), role=Role.REFUSAL)
                made.append(replace(refused, shape="action", details=_details(step.id, tally)))
        return made or [replace(plain, muted=True)]

    def _frame(self, item: Item) -> Frame:
        """A fragment, each operand with its share of the sessions."""
        decisions = self.gathered.decisions.get(item["id"])
        operands = []
        for (compartment, sequence), branch in zip(compartments(item), item.get("branches") or (item,), strict=True):
            muted = not self._visited(compartment[1], sequence, decisions)
            annotation = _share(item, compartment[1], decisions)
            if not annotation and muted:
                annotation = "not reached"
            rows = self.rows(sequence, muted=muted)
            operands.append(Operand(planned.guard(branch), rows, annotation, muted))
        muted = all(operand.muted for operand in operands)
        added = bool(item.get("added"))
        return Frame(item["id"], planned.operator(item), tuple(operands), added=added, muted=muted)

    def _visited(self, branch: str, sequence: Sequence[Item], decisions: Decisions | None) -> bool:
        if decisions and decisions.sessions_with(branch or "entered"):
            return True
        return any(step in self.groups for step in steps_in(sequence))

    def _attacks(self, key: Key) -> bool:
        """Whether an attacker sends or receives it: such rows stand below those of honest clients."""
        return any(describe.attacker(name) in key for name in self.gathered.attacking)

    def _column(self, participant: str) -> int:
        if participant not in self.columns:
            self.columns[participant] = len(self.columns)
            self.strangers.append(participant)
        return self.columns[participant]


def _counted(arrow: Arrow, tally: Tally) -> Arrow:
    return replace(arrow, annotation=_annotation(tally), details=_details(arrow.id, tally))


def _annotation(tally: Tally) -> str:
    """``4,812 ×, median 35.2 ms``; no median where all took no time."""
    median_ns = tally.times.median_ns()
    in_flight = sum(times for (outcome, _), times in tally.fates.items() if outcome == "in_flight")
    return describe.joined(
        (
            f"{count(tally.number)} ×",
            f"median {duration(median_ns / 1e9)}" if median_ns else "",
            f"{count(in_flight)} in flight" if in_flight else "",
        )
    )


def _astray(arrow: Arrow, tally: Tally) -> list[Row]:
    """Rows for those of a message that were lost, dropped, or expired."""
    made: list[Row] = []
    for outcome, role in (("lost", Role.LOSS), ("dropped", Role.REFUSAL), ("expired", Role.REFUSAL)):
        causes = {by: times for (fate, by), times in tally.fates.items() if fate == outcome}
        if causes:
            made.append(_mishap(arrow, outcome, causes, role))
    return made


def _mishap(arrow: Arrow, label: str, causes: Mapping[str, int], role: Role) -> Arrow:
    total = sum(causes.values())
    details = (f"{arrow.id}: {label}", *(f"{count(n)} {describe.cause(by)}".rstrip() for by, n in causes.items()))
    return replace(arrow, label=label, annotation=_causes(causes), role=role, details=details if total else ())


def _causes(causes: Mapping[str, int]) -> str:
    """``131 ×, by token_bucket``, or with more than one cause ``131 ×, by token_bucket (120), by queue (11)``."""
    named = {describe.cause(by): times for by, times in causes.items() if by}
    total = sum(causes.values())
    if len(causes) == 1:
        return describe.joined((f"{count(total)} ×", *named))
    return describe.joined((f"{count(total)} ×", *(f"{cause} ({count(times)})" for cause, times in named.items())))


def _details(identifier: str, tally: Tally) -> tuple[str, ...]:
    median_ns = tally.times.median_ns()
    lines = [f"{identifier}: {count(tally.number)}"]
    if median_ns is not None:
        lines.append(f"median {duration(median_ns / 1e9)} of {count(tally.times.number)}")
    lines += [f"{count(times)} {describe.fate(outcome, by)}" for (outcome, by), times in tally.fates.items()]
    return tuple(lines)


def _share(item: Item, branch: str, decisions: Decisions | None) -> str:
    """The share of sessions that entered a fragment, of those that came to it.

    A branch of an alt that sessions decide more than once has a share of the decisions, so that the shares of its
    branches add up.
    """
    if decisions is None:
        return ""
    reached, outcome = len(decisions.reached), branch or "entered"
    entered, times = decisions.sessions_with(outcome), decisions.numbers.get(outcome, 0)
    total = sum(decisions.numbers.values())
    if branch and total > reached:
        return f"{percent(times / total)} of {describe.plural(total, 'decision')}"
    share = f"{percent(entered / reached)} of {describe.plural(reached, 'session')}"
    if item["item"] != "loop" or not entered:
        return share
    mean = times / entered
    return f"{share}, mean {number(mean)} pass{'' if mean == 1 else 'es'}"


def _outcomes(numbers: Mapping[str, int]) -> str:
    """``11,873 completed, 131 refused``."""
    known = [name for name in describe.SESSION_OUTCOMES if name in numbers]
    others = sorted(set(numbers) - set(known))
    return ", ".join(f"{count(numbers[name])} {describe.words(name)}" for name in (*known, *others))


def _summary(gathered: Gathered, sample: float) -> str:
    """``12,004 sessions merged: 11,873 completed, 131 refused``; of a sample, its share."""
    outcomes = _outcomes(gathered.outcomes)
    of_all = f" (a sample of {100 * sample:.3g} %)" if sample < 1 else ""
    text = f"{describe.plural(gathered.sessions, 'session')} merged{of_all}" + (f": {outcomes}" if outcomes else "")
    for name, ends in gathered.attacking.items():
        if ends:
            text += f"; {count(sum(ends.values()))} of attack {name}: {_outcomes(ends)}"
    if gathered.left_out:
        text += f"; {describe.plural(gathered.left_out, 'record')} of still other messages left out"
    return text
