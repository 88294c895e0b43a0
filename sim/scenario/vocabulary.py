"""What a scenario may name: the words of the diagram that it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ParameterRange = tuple[str, ...] | type
"""What a parameter of a participant may be: one of some words, or anything of a type (str, int, float or bool)."""

SERVER_WORK = ("parse", "handshake")
"""Work that every server has, whatever the diagram: reading a request, and opening a tls connection."""

SERVER_MEMORY = ("nonce",)
"""What a server remembers beside facts."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names in a diagram.

    ``messages``: id to (sender, receiver, arrow); ``actions``: id to participant; ``servers``: the participants that
    receive requests (``->``); ``outside_facts``: those that no item gives, so that a client must hold them from the start to
    get anywhere; ``client``: who most likely starts the sessions (holds the outside facts, or else calls
    first from the client's side); ``signed``: the requests whose signature is checked; ``needs``: by message,
    the facts that its sender must hold; ``carried``: facts that some message carries, which are credentials;
    ``checked_facts``: by request, the facts that servers look up while they serve it; ``may_be_unknown``: facts that can be
    claimed though no server gave them out (None: any; a model's own code has to know how); ``parameters``: by participant,
    what its code can be told.
    """

    participants: tuple[str, ...]
    messages: Mapping[str, tuple[str, str, str]]
    actions: Mapping[str, str]
    facts: frozenset[str] = frozenset()
    outside_facts: tuple[str, ...] = ()
    client: str | None = None
    servers: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    carried: frozenset[str] = frozenset()
    checked_facts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    may_be_unknown: frozenset[str] | None = None
    parameters: Mapping[str, Mapping[str, ParameterRange]] = field(default_factory=dict)

    def work_ids(self, participant: str) -> tuple[str, ...]:
        """What can cost time at a participant: its actions, and at a server the messages that it receives, and its upkeep."""
        done = [name for name, actor in self.actions.items() if actor == participant]
        if participant not in self.servers:
            return tuple(done)
        return (*(name for name, (_, receiver, _) in self.messages.items() if receiver == participant), *done, *SERVER_WORK)

    def unknowable(self) -> frozenset[str]:
        """The facts that may be unknown: no credentials, but looked up by some server, and made up by the model's code."""
        looked_up = frozenset().union(*self.checked_facts.values()) - self.carried
        return looked_up if self.may_be_unknown is None else looked_up & self.may_be_unknown

    def looked_up(self, message: str) -> frozenset[str]:
        """The credentials that servers look up while they serve a request."""
        return self.checked_facts.get(message, frozenset()) & self.carried

    def is_checked(self, message: str) -> bool:
        """Whether a server checks the signature of a request, or looks up a credential while it serves it."""
        return message in self.signed or bool(self.looked_up(message))

    def calls(self) -> tuple[tuple[str, str], ...]:
        """The pairs (caller, called) of all requests, each once, in the diagram's order."""
        return tuple(dict.fromkeys((a, b) for a, b, arrow in self.messages.values() if arrow == "->"))
