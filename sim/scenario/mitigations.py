"""The key ``mitigations``: by server, its protections in the order in which they are asked.

    mitigations:
      authorization_manager:
        - token_bucket: {per: address, rate: 1 /s}
        - drop_expired: {after: 3 s}

What each may be told comes from its own declaration (:mod:`sim.mitigations.framework`), so nothing here names one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.language.faults import BadValue, Fault, Step, either, shown, suggest
from sim.mitigations.framework import common, registry
from sim.mitigations.framework.declaration import Declaration
from sim.scenario.source import Source
from sim.scenario.vocabulary import Vocabulary

MOST_OF_A_SERVER = 50


@dataclass(frozen=True, slots=True)
class Mitigation:
    """One protection of a server. ``name`` is as the file has it; ``values`` are of all its keys, in base units."""

    name: str
    values: Mapping[str, Any]
    declared: Declaration = field(compare=False, repr=False)

    def data(self) -> dict[str, Any]:
        """As a file says it, every default spelled out."""
        return {self.name: common.spelled(self.declared, dict(self.values))}

    @property
    def at_edge(self) -> bool:
        """Whether it stands before the waiting room."""
        return "at_arrival" in self.declared.laws and self.values["at"] == "edge"


def mitigations(source: Source) -> dict[str, tuple[Mitigation, ...]]:
    """The mitigations of a source without faults, by server."""
    return {server: tuple(found for _, found in _found(source, server, []))
            for server in _mapping(source) if isinstance(server, str)}


def faults(source: Source) -> Iterator[Fault]:
    """What is wrong in them, whatever the diagram."""
    wrong: list[Fault] = []
    for server in _mapping(source):
        found = list(_found(source, server, wrong))
        wrong += _queue_faults(source, server, found)
        for index, (path, mitigation) in enumerate(found):
            wrong += [source.fault(path, *said) for _, before in found[:index] for said in _contradictions(before, mitigation)]
    yield from wrong


def cross_faults(source: Source, vocabulary: Vocabulary) -> Iterator[Fault]:
    """What is wrong between them and the diagram."""
    for server in _mapping(source):
        here: tuple[Step, ...] = ("mitigations", server)
        if server not in vocabulary.servers:
            servers = [name for name in vocabulary.participants if name in vocabulary.servers]
            yield source.key_fault(here, f"the diagram has no server {shown(server)}", either(servers), suggest(server, servers))
            continue
        challenger: dict[str, str] = {}
        for path, mitigation in _found(source, server, []):
            yield from _names(source, path, server, mitigation, vocabulary)
            yield from _challenges(source, path, server, mitigation, vocabulary, challenger)


def drops(source: Source, server: str) -> str:
    """The mitigation by which a server may leave a request without an answer, or an empty string."""
    return next((found.declared.name for _, found in _found(source, server, []) if found.declared.drops), "")


def challenges(source: Source, server: Any) -> bool:
    """Whether some mitigation of a server may ask for an effort."""
    return any(found.declared.challenges for _, found in _found(source, server, []))


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a server's list: of those that ship all keys, of a user's own that it is a mapping."""
    shipped = {name: common.schema(registry.find(name)) for name in registry.shipped()}
    entry = {"anyOf": [{"type": "string"}, {"type": "object", "properties": shipped, "minProperties": 1, "maxProperties": 1,
                                            "additionalProperties": {"type": ["object", "null"]}}]}
    return {"type": "array", "items": entry, "maxItems": MOST_OF_A_SERVER}


def _mapping(source: Source) -> dict[Any, Any]:
    given = source.at("mitigations")
    return given if isinstance(given, dict) else {}


def _found(source: Source, server: Any, wrong: list[Fault]) -> Iterator[tuple[tuple[Step, ...], Mitigation]]:
    """The mitigations of a server that can be read, each with its place; what is wrong goes into ``wrong``."""
    listed = source.at("mitigations", server)
    if not isinstance(listed, list):
        return
    if len(listed) > MOST_OF_A_SERVER:
        wrong.append(source.fault(("mitigations", server), f"got {len(listed)} entries", f"at most {MOST_OF_A_SERVER}"))
        return
    for index, entry in enumerate(listed):
        path: tuple[Step, ...] = ("mitigations", server, index)
        named = {entry: None} if isinstance(entry, str) else entry
        if not isinstance(named, dict) or len(named) != 1 or not isinstance(next(iter(named)), str):
            wrong.append(source.fault(path, f"got {shown(entry)}", "one mitigation, e.g. token_bucket: {rate: 1 /s}"))
            continue
        name, data = next(iter(named.items()))
        inside = path if isinstance(entry, str) else (*path, name)
        try:
            declared = registry.find(name, source.folder)
        except BadValue as error:
            wrong.append(source.key_fault(inside, error.problem, error.expected, error.suggestion))
            continue
        try:
            yield inside, Mitigation(name, common.read(declared, data), declared)
        except BadValue as error:
            for part in error.parts:
                point = source.key_fault if "has no parameter" in part.problem else source.fault
                wrong.append(point((*inside, *part.path), part.problem, part.expected, part.suggestion))


def _queue_faults(source: Source, server: Any, found: Sequence[tuple[tuple[Step, ...], Mitigation]]) -> Iterator[Fault]:
    """What means nothing with the order of service of a server, where nobody waits."""
    order = source.at("actors", server, "queue", "order")
    if order == "processor_sharing":
        for path, mitigation in found:
            problem = "under processor sharing nobody waits"
            if mitigation.declared.waits:
                yield source.fault(path, f"{problem}, so that '{mitigation.name}' never acts", "another order of service")
            elif mitigation.values.get("when") is not None:
                yield source.fault((*path, "when"), f"{problem}, so that it would stand aside for ever", "always")


def _contradictions(before: Mitigation, mitigation: Mitigation) -> Iterator[tuple[str, str]]:
    """What of two mitigations of a server only one can say: in which order it checks, where it keeps nonces, what that costs."""
    first, second = before.declared, mitigation.declared
    if first.checks is not None and second.checks is not None:
        yield f"'{before.name}' says already in which order this server checks", "one order"
    keepers = [each.nonces is not None or each.replaces == "nonce" for each in (first, second)]
    if all(keepers) and (first.nonces is not None or second.nonces is not None):
        yield f"'{before.name}' says already how this server keeps nonces", "one way"
    for one, other in ((before, mitigation), (mitigation, before)):
        if one.declared.checks is not None and other.declared.nonces is not None and other.values.get("lookup"):
            yield f"'{one.name}' says what the check of a nonce costs", f"{one.name}: {{nonce: ...}}, and no lookup"


def _names(source: Source, path: tuple[Step, ...], server: str, mitigation: Mitigation, words: Vocabulary) -> Iterator[Fault]:
    """The names in a mitigation: messages and actions of its server, facts."""
    told = [name for name, (_, receiver, arrow) in words.messages.items() if receiver == server and arrow in ("->", "->>")]
    done = [name for name, actor in words.actions.items() if actor == server]
    declared = mitigation.declared
    for key, known, what, has in (("message", told, "request", declared.is_about_requests),
                                  ("action", done, "action", "at_action" in declared.laws)):
        for name in (has and mitigation.values[key]) or ():
            if name not in known:
                problem = f"'{server}' has no {what} {shown(name)} in this diagram"
                yield source.fault((*path, key), problem, either(known), suggest(name, known))
    fact = mitigation.values["key"] if declared.keeps_keys else None
    if fact is not None and fact not in words.facts:
        known = sorted(words.facts)
        yield source.fault((*path, "key"), f"the diagram has no fact {shown(fact)}", either(known), suggest(fact, known))


def _challenges(source: Source, path: tuple[Step, ...], server: str, mitigation: Mitigation, words: Vocabulary,
                before: dict[str, str]) -> Iterator[Fault]:
    """A request is challenged once at most, and somebody must be waiting for the answer."""
    if not mitigation.declared.challenges:
        return
    asked = mitigation.values.get("message")
    for name, (_, receiver, arrow) in words.messages.items():
        if receiver != server or (asked is not None and name not in asked) or (asked is None and arrow != "->"):
            continue
        if arrow != "->":
            yield source.fault((*path, "message"), f"'{name}' is a one-way message, whose sender waits for nothing", "requests")
        elif name in before:
            problem = f"'{name}' is challenged by '{before[name]}' already"
            yield source.fault(path, problem, "one challenge a request: message: other requests here")
            return
        before[name] = mitigation.declared.name
