"""The header: the first line of a trace, which says what it is and holds the diagram as drawn.

``{"format": "diagram-sim trace", "format_version": 1, "scenario": str, "scenario_sha256": 64 hex digits,
"diagram": {...}}``, and ``"sample"``, the share of the sessions that are in it, where not all are; ``"attacks"``, where there
are any: of each its name (the class of its sessions), what it sends, how its messages are signed, and its window. The
diagram is all that a drawing needs beside the records, so the whole of it is checked here: who draws need not doubt it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sim.trace.faults import TraceFault, did_you_mean, show

FORMAT = "diagram-sim trace"
FORMAT_VERSION = 1
DEPTH_LIMIT = 64
"""Fragments within fragments: far beyond any diagram that a person can read, and far below Python's stack."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_WORDS: dict[type, str] = {
    str: "a string",
    int: "an integer",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    type(None): "null",
}
_Shape = dict[str, tuple[type, ...]]
_HEADER: _Shape = {"scenario": (str,), "scenario_sha256": (str,), "diagram": (dict,)}
_DIAGRAM: _Shape = {
    "title": (str,),
    "version": (str, type(None)),
    "about": (str, type(None)),
    "participants": (list,),
    "sequence": (list,),
}
_ATTACK: _Shape = {"name": (str,), "sends": (str,), "signature": (str,), "from_ns": (int,), "until_ns": (int,)}
_ITEMS: dict[str, _Shape] = {
    "message": {"id": (str,), "arrow": (str,), "sender": (str,), "receiver": (str,), "label": (str,), "added": (bool,)},
    "action": {"id": (str,), "participant": (str,), "label": (str,), "added": (bool,), "wait": (str, type(None))},
    "end": {"id": (str,), "participant": (str,), "outcome": (str,), "label": (str,), "added": (bool,)},
    "note": {"text": (str,), "over": (list,), "added": (bool,)},
    "opt": {"id": (str,), "label": (str,), "guard": (str,), "added": (bool,), "sequence": (list,)},
    "alt": {"id": (str,), "branches": (list,), "added": (bool,)},
    "loop": {
        "id": (str,),
        "label": (str,),
        "guard": (str,),
        "maximum": (int,),
        "added": (bool,),
        "sequence": (list,),
    },
}
_BRANCH: _Shape = {"id": (str,), "label": (str,), "guard": (str,), "sequence": (list,)}
_CHOICES = {"arrow": ("->", "-->", "->>", "..>"), "outcome": ("refused", "completed")}


def make(scenario_name: str, scenario_sha256: str, diagram: dict[str, Any], sample: float = 1.0,
         attacks: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """The header of a trace of the scenario; ``diagram`` as :func:`sim.protocol.drawn.drawn` gives it.

    ``sample``: the share of the sessions whose records are kept. ``attacks``: ``name``, ``sends``, ``signature``, ``from_ns``
    and ``until_ns`` of each.

    Raises TraceFault when it would not be read back.
    """
    header = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "scenario": scenario_name,
        "scenario_sha256": scenario_sha256,
        "diagram": diagram,
    }
    if sample < 1:
        header["sample"] = sample
    if attacks:
        header["attacks"] = list(attacks)
    check(header)
    return header


def check(header: Any) -> None:
    """Raises TraceFault, naming the first thing that is wrong with a header (and how many more there are)."""
    found = problems(header)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise TraceFault(found[0] + more)


def problems(header: Any) -> list[str]:
    """All that is wrong with a header, each as ``diagram.sequence[3].arrow: got "=>"; expected ...``."""
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        if isinstance(header, dict) and "kind" in header and "session" in header:
            return ["the header is missing: this line is a record already; expected the first line of a trace"]
        return [f'not a trace; expected its first line to begin with {{"format":"{FORMAT}","format_version":1,...}}']
    version = header.get("format_version")
    if type(version) is not int or version != FORMAT_VERSION:
        return [f"format_version: got {show(version)}; this version of diagram-sim reads {FORMAT_VERSION}"]
    found = list(_shape_problems("", header, _HEADER))
    if not found:
        if not _SHA256.fullmatch(header["scenario_sha256"]):
            found.append(f"scenario_sha256: got {show(header['scenario_sha256'])}; expected 64 hexadecimal digits")
        sample = header.get("sample", 1.0)
        if type(sample) not in (int, float) or not 0 < sample <= 1:
            found.append(f"sample: got {show(sample)}; expected a share above 0, at most 1")
        found.extend(_attack_problems(header.get("attacks", [])))
        found.extend(_diagram_problems(header["diagram"]))
    return found


def attack_names(header: dict[str, Any]) -> frozenset[str]:
    """The classes of sessions that are attacks, of a header that has been checked."""
    return frozenset(attack["name"] for attack in header.get("attacks", ()))


def _attack_problems(attacks: Any) -> Iterator[str]:
    if not isinstance(attacks, list):
        yield f"attacks: got {show(attacks)}; expected a list"
        return
    names: list[str] = []
    for index, attack in enumerate(attacks):
        wrong = list(_shape_problems(f"attacks[{index}].", attack, _ATTACK))
        yield from wrong
        if wrong:
            continue
        if attack["name"] in names:
            yield f"attacks[{index}].name: {show(attack['name'])} is there twice; expected every attack once"
        names.append(attack["name"])
        if not 0 <= attack["from_ns"] < attack["until_ns"]:
            yield f"attacks[{index}].until_ns: got {attack['until_ns']}; expected a time after from_ns, {attack['from_ns']}"


def _diagram_problems(diagram: dict[str, Any]) -> Iterator[str]:
    wrong = list(_shape_problems("diagram.", diagram, _DIAGRAM))
    if wrong:
        yield from wrong
        return
    participants: list[str] = []
    for index, participant in enumerate(diagram["participants"]):
        path = f"diagram.participants[{index}]"
        wrong = list(_shape_problems(f"{path}.", participant, {"id": (str,), "label": (str,)}))
        yield from wrong
        if not wrong:
            if participant["id"] in participants:
                yield f"{path}.id: {show(participant['id'])} is there twice; expected every participant once"
            participants.append(participant["id"])
    if not participants:
        yield "diagram.participants: got none; expected at least one"
    yield from _sequence_problems("diagram.sequence", diagram["sequence"], participants, set(), 1)


def _sequence_problems(
    path: str, sequence: list[Any], participants: list[str], ids: set[str], depth: int
) -> Iterator[str]:
    if depth > DEPTH_LIMIT:
        yield f"{path[:80]}…: more than {DEPTH_LIMIT} fragments within each other; expected fewer"
        return
    for index, item in enumerate(sequence):
        here = f"{path}[{index}]"
        kind = item.get("item") if isinstance(item, dict) else None
        if not isinstance(kind, str) or kind not in _ITEMS:
            got = show(kind if isinstance(item, dict) else item)
            yield f"{here}.item: got {got}; expected {', '.join(_ITEMS)}{did_you_mean(kind, _ITEMS)}"
            continue
        wrong = list(_shape_problems(f"{here}.", item, _ITEMS[kind]))
        yield from wrong
        if wrong:
            continue
        yield from _reference_problems(here, item, participants, ids)
        if kind in ("opt", "loop"):
            yield from _sequence_problems(f"{here}.sequence", item["sequence"], participants, ids, depth + 1)
        elif kind == "alt":
            yield from _branch_problems(f"{here}.branches", item["branches"], participants, ids, depth + 1)


def _branch_problems(
    path: str, branches: list[Any], participants: list[str], ids: set[str], depth: int
) -> Iterator[str]:
    if not branches:
        yield f"{path}: got none; expected at least one branch"
    for index, branch in enumerate(branches):
        here = f"{path}[{index}]"
        wrong = list(_shape_problems(f"{here}.", branch, _BRANCH))
        yield from wrong
        if not wrong:
            yield from _id_problems(here, branch["id"], ids)
            yield from _sequence_problems(f"{here}.sequence", branch["sequence"], participants, ids, depth)


def _reference_problems(path: str, item: dict[str, Any], participants: list[str], ids: set[str]) -> Iterator[str]:
    """Ids that are there twice, words outside their vocabulary, participants that do not exist."""
    if "id" in item:
        yield from _id_problems(path, item["id"], ids)
    for name, choices in _CHOICES.items():
        if name in item and item[name] not in choices:
            yield f"{path}.{name}: got {show(item[name])}; expected {', '.join(choices)}"
    named: dict[str, Any] = {name: item[name] for name in ("sender", "receiver", "participant") if name in item}
    named |= {f"over[{index}]": name for index, name in enumerate(item.get("over", []))}
    for name, participant in named.items():
        if participant not in participants:
            hint = did_you_mean(participant, participants)
            yield f"{path}.{name}: got {show(participant)}; expected a participant of the diagram{hint}"


def _id_problems(path: str, item_id: str, ids: set[str]) -> Iterator[str]:
    if item_id in ids:
        yield f"{path}.id: {show(item_id)} is there twice; expected every id once"
    ids.add(item_id)


def _shape_problems(prefix: str, value: Any, shape: _Shape) -> Iterator[str]:
    """Fields that are missing or of another type. Fields beyond the shape are left alone: there is room for more."""
    if not isinstance(value, dict):
        yield f"{prefix.rstrip('.')}: got {show(value)}; expected an object with {', '.join(shape)}"
        return
    for name, types in shape.items():
        expected = " or ".join(_WORDS[one] for one in types)
        if name not in value:
            yield f"{prefix}{name} is missing; expected {expected}"
        elif type(value[name]) not in types:
            yield f"{prefix}{name}: got {show(value[name])}; expected {expected}"
