"""What must be right about the attacks of a scenario: among its own keys, and between them and the diagram.

As in :mod:`sim.scenario.rules`, the file's data is read, and what is wrong by itself is left to the schema.
"""

from collections.abc import Iterator
from typing import Any

from sim.language.faults import Fault, Step, either, shown, suggest
from sim.language.units import duration_ns, format_duration
from sim.scenario.attacks import SIGNATURES
from sim.scenario.connection_rules import transport
from sim.scenario.rules import entries, readable
from sim.scenario.schema import actor_kind
from sim.scenario.source import Source
from sim.scenario.vocabulary import Vocabulary
from sim.world.addresses import ATTACKER_PREFIXES, HOSTS_PER_PREFIX
from sim.world.arrivals import MAX_STEPS

MOST_PULSES = MAX_STEPS // 2 - 2


def attack_rule_faults(source: Source) -> Iterator[Fault]:
    """All faults between the keys of attacks, and between them and the rest of the scenario."""
    classes = _classes(source)
    seen: dict[object, int] = {}
    prefixes = 0
    for index, attack in _attacks(source):
        path: tuple[Step, ...] = ("attacks", index)
        name = attack.get("name")
        if isinstance(name, str) and name in seen:
            yield source.fault((*path, "name"), f"another attack is called {shown(name)} already", "a name of its own")
        elif isinstance(name, str) and name in classes:
            yield source.fault((*path, "name"), f"a class of clients is called {shown(name)} already", "a name of its own")
        seen.setdefault(name if isinstance(name, str) else None, index)
        yield from _times(source, path, attack)
        among = source.at(*path, "sources", "among")
        if isinstance(among, str) and among not in classes:
            problem = f"there is no class {shown(among)} of clients"
            yield source.fault((*path, "sources", "among"), problem, either(classes), suggest(among, classes))
        taken = _prefixes(source, path)
        if prefixes <= ATTACKER_PREFIXES < prefixes + taken:
            problem = f"with this one the attacks take {prefixes + taken} prefixes"
            yield source.fault((*path, "sources"), problem, f"at most {ATTACKER_PREFIXES} in all")
        prefixes += taken


def attack_cross_faults(source: Source, vocabulary: Vocabulary) -> Iterator[Fault]:
    """All faults between the attacks and the words of the diagram."""
    client = next((name for name, data in entries(source, "actors") if actor_kind(data) == "<client>"), None)
    sendable = [id_ for id_, (sender, receiver, arrow) in vocabulary.messages.items()
                if arrow in ("->", "->>") and _at_clients_side(sender, client, vocabulary) and receiver in vocabulary.servers]
    for index, attack in _attacks(source):
        sends = attack.get("sends")
        path: tuple[Step, ...] = ("attacks", index, "sends")
        if not isinstance(sends, str):
            continue
        if sends not in vocabulary.messages:
            yield source.fault(path, f"the diagram has no message {shown(sends)}", _any_of(sendable), suggest(sends, sendable))
            continue
        sender, receiver, arrow = vocabulary.messages[sends]
        problem = ""
        if arrow not in ("->", "->>"):
            problem = f"'{sends}' is a {'reply' if arrow == '-->' else 'step outside the protocol'}"
        elif not _at_clients_side(sender, client, vocabulary):
            problem = f"'{sends}' is sent by {sender}, which is a server"
        elif receiver not in vocabulary.servers:
            problem = f"'{sends}' goes to {receiver}, which is no server"
        if problem:
            yield source.fault(path, problem, _any_of(sendable))
            continue
        over = transport(source, sender, receiver)
        if source.at("attacks", index, "sources", "spoofed") is True and over != "datagram":
            problem = f"over {over}, from {sender} to {receiver}, a spoofed source cannot complete a handshake"
            expected = "transport: datagram on this link, or sources that answer"
            yield source.fault(("attacks", index, "sources", "spoofed"), problem, expected)
        yield from _unknown(source, index, attack, sends, vocabulary)
        signature = attack.get("signature", "valid")
        known = signature in SIGNATURES if isinstance(signature, str) else isinstance(signature, dict)
        if vocabulary.looked_up(sends) and signature in ("missing", "unknown_key"):
            continue
        carries = vocabulary.needs.get(sends, frozenset()) & vocabulary.carried
        if isinstance(signature, dict) and "valid" in signature and not carries:
            problem = f"'{sends}' carries no credential"
            yield source.fault(("attacks", index, "signature"), problem, "no keys, or another message")
        elif known and signature != "valid" and not vocabulary.is_checked(sends):
            checked = [each for each in sendable if vocabulary.is_checked(each)]
            expected = f"no signature, or another message: {either(checked)}" if checked else "no signature: none is checked"
            yield source.fault(("attacks", index, "signature"), f"{receiver} checks no signature of '{sends}'", expected)
        elif signature == "wrong" and sends not in vocabulary.signed:
            problem = f"'{sends}' is not signed: {receiver} looks up the credential that it names"
            yield source.fault(("attacks", index, "signature"), problem, "missing or unknown_key")


def _unknown(source: Source, index: int, attack: dict[str, Any], sends: str, vocabulary: Vocabulary) -> Iterator[Fault]:
    """Faults of facts that are claimed although no server gave them out."""
    needs, looked_up = vocabulary.needs.get(sends, frozenset()), vocabulary.checked_facts.get(sends, frozenset())
    listed = attack.get("unknown")
    for number, fact in enumerate(listed if isinstance(listed, list) else []):
        path: tuple[Step, ...] = ("attacks", index, "unknown", number)
        possible = sorted(needs & looked_up & vocabulary.unknowable())
        expected = either(possible) if possible else "no unknown facts"
        if not isinstance(fact, str) or fact in possible:
            continue
        if fact not in needs:
            yield source.fault(path, f"'{sends}' does not need {shown(fact)}", expected, suggest(fact, possible))
        elif fact in vocabulary.carried:
            yield source.fault(path, f"'{fact}' is a credential", "signature: unknown_key")
        elif fact not in looked_up:
            yield source.fault(path, f"no server looks up '{fact}' of '{sends}'", expected)
        else:
            yield source.fault(path, f"the model's code cannot make up {shown(fact)}", expected)


def _any_of(sendable: list[str]) -> str:
    words = "a request or one-way message of the client's side to a server"
    return f"{words}: {either(sendable)}" if sendable else f"{words}, of which there is none"


def _at_clients_side(sender: str, client: object, vocabulary: Vocabulary) -> bool:
    return sender == client or sender not in vocabulary.servers


def _attacks(source: Source) -> list[tuple[int, dict[str, Any]]]:
    attacks = source.at("attacks")
    listed = attacks if isinstance(attacks, list) else []
    return [(index, attack) for index, attack in enumerate(listed) if isinstance(attack, dict)]


def _classes(source: Source) -> list[str]:
    """The client, and its classes."""
    found: list[str] = []
    for name, data in entries(source, "actors"):
        if isinstance(name, str) and actor_kind(data) == "<client>":
            found += [name, *(str(own) for own, _ in entries(source, "actors", name, "classes") if own != name)]
    return found


def _times(source: Source, path: tuple[Step, ...], attack: dict[str, Any]) -> Iterator[Fault]:
    duration = readable(duration_ns, source.at("duration"))
    during = attack.get("during")
    begins, ends = 0, duration
    if isinstance(during, list) and len(during) == 2:
        begins, ends = readable(duration_ns, during[0]) or 0, readable(duration_ns, during[1])
        if duration and ends and ends > duration:
            problem = f"the attack lasts until {format_duration(ends)}, the run until {format_duration(duration)}"
            yield source.fault((*path, "during", 1), problem, f"at most {format_duration(duration)}")
    if not ends:
        return
    steps = source.at(*path, "rate", "steps")
    for number, step in enumerate(steps if isinstance(steps, list) else []):
        from_ns = readable(duration_ns, step.get("from")) if isinstance(step, dict) else None
        if from_ns is not None and from_ns >= ends:
            problem = f"this step begins when the attack is over, at {format_duration(ends)}"
            yield source.fault((*path, "rate", "steps", number, "from"), problem, "a time of the run within the attack")
    period = readable(duration_ns, source.at(*path, "rate", "pulses", "period"))
    if period and ends > begins and (ends - begins) // period > MOST_PULSES:
        problem = f"{(ends - begins) // period} pulses in {format_duration(ends - begins)}"
        yield source.fault((*path, "rate", "pulses", "period"), problem, f"at most {MOST_PULSES}")


def _prefixes(source: Source, path: tuple[Step, ...]) -> int:
    """How many prefixes an attack has for itself; 0 where it cannot be read."""
    sources = source.at(*path, "sources")
    if not isinstance(sources, dict):
        return 1
    if "among" in sources or (sources.get("spoofed") is True and not {"addresses", "prefixes"} & set(sources)):
        return 0
    if sources.get("spoofed") is True and sources.get("prefixes") == ATTACKER_PREFIXES:
        return 0
    addresses = sources.get("addresses", 1)
    prefixes = sources.get("prefixes", -(-addresses // HOSTS_PER_PREFIX) if _is_count(addresses) else 0)
    return prefixes if _is_count(prefixes) and prefixes <= ATTACKER_PREFIXES else 0


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
