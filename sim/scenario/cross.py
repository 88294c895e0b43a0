"""What must be right between a scenario and the diagram that it runs: names, and calls that could never end."""

from collections.abc import Iterator
from typing import Any

from sim.language.faults import Fault, Step, either, shown, suggest
from sim.language.units import share
from sim.scenario import mitigations
from sim.scenario.network import split_link
from sim.scenario.rules import entries, readable
from sim.scenario.scheduled_rules import unanswered
from sim.scenario.schema import COMPANION_KEYS, SERVER_ONLY, actor_kind
from sim.scenario.source import Source
from sim.scenario.vocabulary import SERVER_MEMORY, ParameterRange, Vocabulary


def cross_faults(source: Source, vocabulary: Vocabulary) -> Iterator[Fault]:
    """All faults between the data of a scenario and the words of its diagram."""
    known = vocabulary.participants
    for name, _ in entries(source, "network"):
        for participant in (split_link(name) or ())[:2] if isinstance(name, str) else ():
            if participant not in known:
                yield _unknown(source, ("network", name), "participant", str(participant), known, at_key=True)
    protected = source.at("protected")
    if isinstance(protected, str) and protected != "none" and protected not in vocabulary.servers:
        servers = [name for name in known if name in vocabulary.servers]
        yield _unknown(source, ("protected",), "server", protected, servers)
    for name, data in entries(source, "actors"):
        if name not in known:
            yield _unknown(source, ("actors", name), "participant", str(name), known)
        elif isinstance(data, dict):
            yield from _actor(source, name, data, vocabulary)
    yield from mitigations.cross_faults(source, vocabulary)
    yield from _endless(source, vocabulary)


def _unknown(source: Source, path: tuple[Step, ...], what: str, name: str, known: Any, *, at_key: bool = False) -> Fault:
    words = list(known)
    point = source.key_fault if at_key else source.fault
    return point(path, f"the diagram has no {what} {shown(name)}", either(words), suggest(name, words))


def _actor(source: Source, name: str, data: dict[str, Any], vocabulary: Vocabulary) -> Iterator[Fault]:
    path: tuple[Step, ...] = ("actors", name)
    kind = actor_kind(data)
    if kind == "<server>" and name not in vocabulary.servers:
        key = next(key for key in data if key in SERVER_ONLY)
        problem = f"'{name}' receives no requests in this diagram, so '{key}' means nothing"
        yield source.key_fault((*path, key), problem, either(COMPANION_KEYS))
    if name not in {caller for caller, _ in vocabulary.calls()}:
        for key in ("throttle", "breaker"):
            if data.get(key, "none") != "none":
                yield source.key_fault((*path, key), f"'{name}' calls nobody in this diagram, so '{key}' means nothing", "none")
    yield from _names(source, path, name, vocabulary)
    for fact, _ in entries(source, *path, "memory"):
        if fact not in vocabulary.facts and fact not in SERVER_MEMORY:
            yield _unknown_fact(source, (*path, "memory", fact), fact, vocabulary, SERVER_MEMORY)
    if kind == "<client>":
        for own, _ in entries(source, *path, "classes"):
            yield from _names(source, (*path, "classes", own), name, vocabulary)


def _names(source: Source, path: tuple[Step, ...], participant: str, vocabulary: Vocabulary) -> Iterator[Fault]:
    """The names in an actor or in one of its classes: work, facts and parameters."""
    ids = vocabulary.work_ids(participant)
    for name, _ in entries(source, *path, "work"):
        if name not in ids:
            problem = f"'{participant}' has no work {shown(name)} in this diagram"
            expected = f"a message that it receives or an action of it: {either(ids)}" if ids else "no work: it does nothing"
            yield source.key_fault((*path, "work", name), problem, expected, suggest(name, ids))
    for fact, _ in entries(source, *path, "expires"):
        if fact not in vocabulary.facts:
            yield _unknown_fact(source, (*path, "expires", fact), fact, vocabulary)
    unknown = source.at(*path, "unknown")
    for number, fact in enumerate(unknown if isinstance(unknown, list) else []):
        possible = sorted(vocabulary.unknowable())
        if isinstance(fact, str) and fact not in possible:
            expected = either(possible) if possible else "no unknown facts"
            yield source.fault((*path, "unknown", number), f"{shown(fact)} cannot be unknown", expected, suggest(fact, possible))
    holds = source.at(*path, "holds")
    for index, holding in enumerate(holds if isinstance(holds, list) else []):
        items = holding.get("items") if isinstance(holding, dict) else None
        for number, fact in enumerate(items if isinstance(items, list) else []):
            if isinstance(fact, str) and fact not in vocabulary.facts:
                yield _unknown_fact(source, (*path, "holds", index, "items", number), fact, vocabulary)
    yield from _forgotten(source, path, vocabulary)
    ranges = vocabulary.parameters.get(participant, {})
    for name, value in entries(source, *path, "parameters"):
        where = (*path, "parameters", name)
        if name not in ranges:
            expected = either(sorted(ranges)) if ranges else "no parameters"
            problem = f"'{participant}' has no parameter {shown(name)}"
            yield source.key_fault(where, problem, expected, suggest(name, ranges))
        elif not _fits(value, ranges[name]):
            words = ranges[name]
            near = suggest(value, words) if isinstance(words, tuple) else ""
            yield source.fault(where, f"got {shown(value)}", _range_words(words), near)


def _forgotten(source: Source, path: tuple[Step, ...], vocabulary: Vocabulary) -> Iterator[Fault]:
    """The facts that restarts forget."""
    forgets = source.at(*path, "restarts", "forgets")
    for number, fact in enumerate(forgets if isinstance(forgets, list) else []):
        if isinstance(fact, str) and fact not in vocabulary.facts:
            yield _unknown_fact(source, (*path, "restarts", "forgets", number), fact, vocabulary)


def _unknown_fact(
    source: Source, path: tuple[Step, ...], fact: object, vocabulary: Vocabulary, others: tuple[str, ...] = ()
) -> Fault:
    known = [*sorted(vocabulary.facts), *others]
    return source.key_fault(path, f"the diagram has no fact {shown(fact)}", either(known), suggest(fact, known))


def _fits(value: object, allowed: ParameterRange) -> bool:
    if isinstance(allowed, tuple):
        return value in allowed and isinstance(value, str)
    if allowed is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, allowed) and (allowed is bool or not isinstance(value, bool))


def _range_words(allowed: ParameterRange) -> str:
    if isinstance(allowed, tuple):
        return either(allowed)
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}.get(allowed, allowed.__name__)


# -- calls that could never end ----------------------------------------------------------------------------------------


def _endless(source: Source, vocabulary: Vocabulary) -> Iterator[Fault]:
    """Callers without a timeout whose calls may stay without an answer; one fault for each caller."""
    told: set[tuple[Step, ...]] = set()
    for caller, called in vocabulary.calls():
        loses = caller not in vocabulary.servers and any(_own_losses(source))
        why = "messages may be lost" if loses else _unanswered(source, caller, called)
        for path in _without_timeout(source, caller) if why else ():
            if path not in told:
                told.add(path)
                problem = f"a call to '{called}' would never end: {why}"
                yield source.fault((*path, "timeout"), problem, "a timeout, e.g. timeout: 3 s")


def _unanswered(source: Source, caller: str, called: str) -> str:
    """Why a call may stay without an answer, or an empty string."""
    if any(_loss(source, a, b) for a, b in ((caller, called), (called, caller))):
        return "messages may be lost"
    if source.at("actors", called, "silent") is True:
        return "it is silent when it refuses"
    queue = source.at("actors", called, "queue")
    if isinstance(queue, dict) and queue.get("full") == "drop" and queue.get("capacity", "unlimited") != "unlimited":
        return "it drops what its queue has no place for"
    table = source.at("actors", called, "connections")
    if isinstance(table, dict) and table.get("full") == "drop":
        return "it drops what its table of connections has no place for"
    dropping = mitigations.drops(source, called)
    return f"its {dropping} may drop it" if dropping else unanswered(source, caller, called)


def _own_losses(source: Source) -> Iterator[float]:
    """What classes of clients lose by their own access to the network."""
    for name, data in entries(source, "actors"):
        if actor_kind(data) == "<client>":
            classes = [own for _, own in entries(source, "actors", name, "classes") if isinstance(own, dict)]
            for keys in (data, *classes):
                network = keys.get("network") if isinstance(keys, dict) else None
                yield (readable(share, network.get("loss")) or 0.0) if isinstance(network, dict) else 0.0


def _loss(source: Source, sender: str, receiver: str) -> float:
    """The loss of a link in one direction, from the file's data; zero where it cannot be read."""
    found: object = source.at("network", "default", "loss")
    for wanted in ((receiver, sender, True), (sender, receiver, True), (sender, receiver, False)):
        for name, link in entries(source, "network"):
            if isinstance(name, str) and split_link(name) == wanted and isinstance(link, dict):
                found = link.get("loss", found)
    return (readable(share, found) or 0.0) if found is not None else 0.0


def _without_timeout(source: Source, caller: str) -> list[tuple[Step, ...]]:
    """The actor, or those of its classes, that have no timeout."""
    path: tuple[Step, ...] = ("actors", caller)
    has = source.at(*path, "timeout") not in (None, "none")
    classes = entries(source, *path, "classes")
    if not classes:
        return [] if has else [path]
    missing: list[tuple[Step, ...]] = []
    for name, data in classes:
        own = data.get("timeout") if isinstance(data, dict) else None
        if own == "none" or (own is None and not has):
            missing.append((*path, "classes", name))
    return [path] if len(missing) == len(classes) and not has else missing
