"""Gathered records: one pass over all records of a trace, of any length, into tallies for the merged chart."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sim.draw.describe import Record, player_of
from sim.draw.outline import Outline
from sim.draw.tallies import Decisions, Sessions, Tally

Key = tuple[str, str, str]
"""What is tallied together: (message as in the record, sending participant, receiving participant)."""

FEWEST_KEYS: Final = 1_000
MOST_UNANSWERED: Final = 65_536
"""Refused requests kept in mind until their refusal comes; the oldest beyond this count as never answered."""


class Gathered:
    """What all sessions did.

    ``tallies`` of messages and actions in order of first appearance, ``decisions`` by fragment, ``outcomes`` of
    honest sessions, ``attacking`` those of each attack's, ``silent`` refusals by message and cause (refused, and no
    refusal was sent). At most four keys an item of the diagram and a thousand besides are tallied, so that no trace can
    fill the memory; ``left_out`` counts the
    records beyond.
    """

    def __init__(self, outline: Outline, records: Iterable[Record], attacks: Iterable[str] = ()) -> None:
        self.outline = outline
        self.attacking: dict[str, dict[str, int]] = {name: {} for name in attacks}
        self.tallies: dict[Key, Tally] = {}
        self.decisions: dict[str, Decisions] = {}
        self.outcomes: dict[str, int] = {}
        self.left_out = 0
        self.silent: dict[str, dict[str, int]] = {}
        self._most_keys = 4 * len(outline.places) + FEWEST_KEYS
        self._bases: dict[str, tuple[str, str]] = {}
        self._unanswered: dict[tuple[object, ...], tuple[str, str]] = {}
        self._sessions = Sessions()
        for record in records:
            self._take(record)
        for base, by in self._unanswered.values():
            self._count_silent(base, by)

    @property
    def sessions(self) -> int:
        """How many honest sessions there are: by their own records, or, if no session has one, by all records."""
        closed = sum(self.outcomes.values())
        return closed if closed or any(self.attacking.values()) else len(self._sessions)

    def base_of(self, message: str) -> tuple[str, str]:
        """As :meth:`Outline.base_of`, remembered."""
        found = self._bases.get(message)
        if found is None:
            found = self.outline.base_of(message)
            if len(self._bases) < self._most_keys:
                self._bases[message] = found
        return found

    def _take(self, record: Record) -> None:
        kind, message = record["kind"], record["message"]
        self._sessions.add(record["class"], record["session"])
        if kind == "session":
            outcome = str(record.get("outcome"))
            outcomes = self.attacking.get(record["class"], self.outcomes)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            return
        base, rest = self.base_of(message)
        if base in self.outline.hidden:
            return
        if kind == "fragment" and base:
            if base not in self.decisions:
                self.decisions[base] = Decisions()
            self.decisions[base].add(record)
            return
        attacks = self.attacking
        key = (message, player_of(record, record.get("sender"), attacks), player_of(record, record.get("receiver"), attacks))
        tally = self.tallies.get(key)
        if tally is None:
            if len(self.tallies) >= self._most_keys:
                self.left_out += 1
                return
            tally = self.tallies[key] = Tally()
            tally.http = record.get("http")
        if kind == "action":
            tally.add(record, "started_ns", "finished_ns")
            return
        tally.add(record, "sent_ns", "received_ns")
        if rest:
            self._answered(record, base, tally)
        elif record.get("outcome") == "refused":
            self._unanswered[_attempt(record, base)] = (base, str(record.get("by") or ""))
            if len(self._unanswered) > MOST_UNANSWERED:
                self._count_silent(*self._unanswered.pop(next(iter(self._unanswered))))

    def _answered(self, record: Record, base: str, tally: Tally) -> None:
        """Put down what a refusal was for: its own word, or that of the request it answers."""
        request = self._unanswered.pop(_attempt(record, base), None)
        by = str(record.get("by") or "") if record.get("outcome") == "delivered" else ""
        by = by or (request[1] if request else "")
        tally.by[by] = tally.by.get(by, 0) + 1

    def _count_silent(self, base: str, by: str) -> None:
        causes = self.silent.setdefault(base, {})
        causes[by] = causes.get(by, 0) + 1


def _attempt(record: Mapping[str, Any], base: str) -> tuple[object, ...]:
    return (record["class"], record["session"], base, record.get("iteration"), record.get("attempt"))
