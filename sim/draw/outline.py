"""The outline of a diagram: where in it each message, action and fragment stands.

Made from the diagram in a trace header (a plain mapping, as JSON holds it), so that drawing needs no model
file. The composers ask it two things of a record: which item it is about, and which compartments enclose that item.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.draw.chart import Lifeline

Item = Mapping[str, Any]
"""One item of the ``sequence`` of a diagram, as in the trace header."""

Compartment = tuple[str, str]
"""A sequence of the diagram: (fragment, branch). The branch of an opt or loop is ""; the diagram itself is :data:`ROOT`."""

ROOT: Compartment = ("", "")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands."""

    item: Item
    home: tuple[Compartment, ...]
    """The compartments that enclose the item, from the diagram itself inwards."""
    positions: tuple[int, ...]
    """For each of ``home``, the index there of the item or of the fragment that encloses it."""
    request: str
    """The request whose call the item belongs to (of a request, itself); "" outside every call."""

    def position_in(self, compartment: Compartment) -> int:
        """The item's index in ``compartment``, or that of the fragment around it; -1 if it does not stand in there."""
        return self.positions[self.home.index(compartment)] if compartment in self.home else -1


class Outline:
    """A diagram, indexed.

    ``lifelines`` are its participants from left to right, ``columns`` their indices by id, ``sequence`` its items,
    ``places`` the place of each item that has an id, in the order of the diagram. ``hidden`` holds the ids left
    out: those of added items, and of what stands in them, if ``as_in_source``.
    """

    def __init__(self, diagram: Mapping[str, Any], *, as_in_source: bool = False) -> None:
        self.title = str(diagram.get("title") or "")
        self.version = str(diagram.get("version") or "")
        self.about = str(diagram.get("about") or "")
        self.lifelines = tuple(Lifeline(p["id"], p.get("label") or p["id"]) for p in diagram["participants"])
        self.columns = {lifeline.id: column for column, lifeline in enumerate(self.lifelines)}
        self.hidden: frozenset[str] = frozenset()
        self.sequence: Sequence[Item] = tuple(diagram["sequence"])
        if as_in_source:
            self.hidden = frozenset(_added_ids(self.sequence))
            self.sequence = _without_added(self.sequence)
        self.places: dict[str, Place] = {}
        self._calls: list[Item] = []
        self._index(self.sequence, (ROOT,), ())
        self._sequences: dict[Compartment, Sequence[Item]] = {ROOT: self.sequence}
        for place in self.places.values():
            self._sequences.update(compartments(place.item))

    def sequence_of(self, compartment: Compartment) -> Sequence[Item]:
        """The items of ``compartment``; none if the diagram has no such branch."""
        return self._sequences.get(compartment, ())

    def base_of(self, message: str) -> tuple[str, str]:
        """What a record's ``message`` is about: (id of the item, the rest).

        The rest is ``!429`` for a refusal, ``?puzzle`` for a challenge, else "". The id is "" if the diagram has no such item.
        """
        if message in self.places:
            return message, ""
        for mark in "!?":
            base, found, rest = message.rpartition(mark)
            if found and (base in self.places or base in self.hidden):
                return base, mark + rest
        return ("", "") if message not in self.hidden else (message, "")

    def _index(self, sequence: Sequence[Item], home: tuple[Compartment, ...], above: tuple[int, ...]) -> None:
        for position, item in enumerate(sequence):
            positions = (*above, position)
            if "id" in item:
                self.places[item["id"]] = Place(item, home, positions, self._request_of(item))
            for compartment, inner in compartments(item):
                self._index(inner, (*home, compartment), positions)

    def _request_of(self, item: Item) -> str:
        """Follow the stack of open calls, as the turn rule of the diagram language does."""
        if item["item"] == "message" and item["arrow"] == "->":
            self._calls.append(item)
            return str(item["id"])
        ends_call = item["item"] == "message" and item["arrow"] == "-->"
        participant = item.get("sender") if ends_call else item.get("participant")
        for depth in range(len(self._calls) - 1, -1, -1):
            if self._calls[depth]["receiver"] == participant:
                request = str(self._calls[depth]["id"])
                if ends_call:
                    del self._calls[depth:]
                return request
        return ""


def compartments(item: Item) -> Iterator[tuple[Compartment, Sequence[Item]]]:
    """The compartments of a fragment, each with its items; nothing for any other item."""
    if "branches" in item:
        for branch in item["branches"]:
            yield (item["id"], branch["id"]), branch["sequence"]
    elif "sequence" in item:
        yield (item["id"], ""), item["sequence"]


def ids_in(sequence: Iterable[Item]) -> Iterator[str]:
    """The ids of all items of ``sequence``, at any depth, in order."""
    for item in sequence:
        if "id" in item:
            yield item["id"]
        for _, inner in compartments(item):
            yield from ids_in(inner)


def steps_in(sequence: Iterable[Item]) -> Iterator[str]:
    """The ids of the messages and actions of ``sequence``, at any depth, in order."""
    for item in sequence:
        inner = list(compartments(item))
        if "id" in item and not inner:
            yield item["id"]
        for _, items in inner:
            yield from steps_in(items)


def _added_ids(sequence: Iterable[Item]) -> Iterator[str]:
    for item in sequence:
        if item.get("added"):
            yield from ids_in([item])
        else:
            for _, inner in compartments(item):
                yield from _added_ids(inner)


def _without_added(sequence: Iterable[Item]) -> tuple[Item, ...]:
    kept: list[Item] = []
    for item in sequence:
        if item.get("added"):
            continue
        if "branches" in item:
            branches = [{**branch, "sequence": _without_added(branch["sequence"])} for branch in item["branches"]]
            kept.append({**item, "branches": branches})
        elif "sequence" in item:
            kept.append({**item, "sequence": _without_added(item["sequence"])})
        else:
            kept.append(item)
    return tuple(kept)
