"""What must be right between slow attacks and the servers whose connections they hold."""

from collections.abc import Iterator

from sim.language.faults import Fault, Step
from sim.scenario.network import split_link
from sim.scenario.rules import entries
from sim.scenario.source import Source
from sim.scenario.vocabulary import Vocabulary


def connection_faults(source: Source, vocabulary: Vocabulary) -> Iterator[Fault]:
    """Slow attacks on what keeps no connections: all faults."""
    attacks = source.at("attacks")
    for index, attack in enumerate(attacks if isinstance(attacks, list) else []):
        if not isinstance(attack, dict) or not {"sockets", "drip"} & attack.keys():
            continue
        path: tuple[Step, ...] = ("attacks", index)
        if "sockets" not in attack:
            yield source.key_fault((*path, "drip"), "it is of no use without sockets", "e.g. sockets: 200")
            continue
        sends = attack.get("sends")
        sender, receiver, _ = vocabulary.messages.get(sends, ("", "", "")) if isinstance(sends, str) else ("", "", "")
        if not receiver:
            continue
        if transport(source, sender, receiver) == "datagram":
            problem = f"'{sends}' goes over datagrams, which have no connections"
            yield source.key_fault((*path, "sockets"), problem, "transport: tcp or tls")
        elif source.at("actors", receiver, "connections") is None:
            problem = f"{receiver} has no table of connections that it could fill"
            expected = f"connections at {receiver}, e.g. {{most: 1000, header_timeout: 20 s}}"
            yield source.key_fault((*path, "sockets"), problem, expected)


def transport(source: Source, sender: str, receiver: str) -> object:
    """The transport of a link in one direction, from the file's data."""
    found = source.at("network", "default", "transport") or "tls"
    for wanted in ((receiver, sender, True), (sender, receiver, True), (sender, receiver, False)):
        for name, link in entries(source, "network"):
            if isinstance(name, str) and split_link(name) == wanted and isinstance(link, dict):
                found = link.get("transport", found)
    return found
