"""What attacks put into their messages: composed by the model's own actors, then made worse where that is asked for.

An actor cannot be told to sign badly, and need not: a message without a signature is one that lost it; a wrong signature
is a real one with a letter changed; a signature by a key that the server never gave out is made with a key that *another*
server gave out: a copy of it that nobody ever talks to.
"""

import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote

from sim.engines.faults import RunFault
from sim.engines.payload import Desk
from sim.engines.session import Flight, Session
from sim.plan.plan import AttackPlan, Plan
from sim.protocol.actor import Actor
from sim.protocol.http import Refused, Request, Response, percent_encode
from sim.world.credentials import MISSING, UNKNOWN_KEY, VALID, WRONG

_SIGNATURE = re.compile(r'(oauth_signature=)("?)([^"&]*)')
_PARAMETER = re.compile(r"(^|[?&])(?:oauth_[^=&]*|client_id)(=[^&]*)?")


class Forger:
    """The actors that compose an attack's messages, one for each of its keys, and what is done to them."""

    def __init__(self, plan: Plan, desk: Desk, attack: AttackPlan) -> None:
        self.plan = plan
        self.desk = desk
        self.attack = attack
        self.step = plan.steps[attack.step]
        peers: dict[str, Actor] = desk.servers
        if attack.signature in (MISSING, UNKNOWN_KEY):
            peers = {}
            for station in plan.stations:
                if station is not None:
                    peers[station.name] = desk.new_actor(station.name, station.name, station.settings, peers)
        participant = plan.participants[self.step.actor]
        self.new_actor = partial(desk.new_actor, participant, f"{participant}/{attack.name}", attack.settings, peers)
        self.actors: dict[int, Actor] = {}

    def actor_of(self, key: int) -> Actor:
        """Who composes messages with one of the attack's keys."""
        actor = self.actors.get(key)
        if actor is None:
            actor = self.actors[key] = self.new_actor()
            actor.unknown = frozenset(self.plan.facts[fact] for fact in self.attack.unknown)
        return actor

    def provide(self, session: Session, rows: Mapping[int, int]) -> None:
        """Arrange what the messages need, as an honest client does with what it holds from the start.

        ``rows``: by fact, the row that a server keeps of it.
        """
        member = session.place
        for fact in self.step.needs:
            self.desk.provision(member, self.step.actor, session, fact, rows.get(fact, 0))

    def compose(self, flight: Flight, session: Session) -> Request | Response:
        """The message of a session."""
        try:
            message = self.desk.compose(flight, session)
        except Refused as refused:
            raise RunFault(f"the attack '{self.attack.name}' cannot send '{self.step.id}': {refused}") from refused
        if self.attack.signature in (VALID, UNKNOWN_KEY):
            return message
        assert isinstance(message, Request)
        if self.attack.signature == WRONG:
            forged = with_wrong_signature(message)
            if forged is None:
                raise RunFault(f"the attack '{self.attack.name}' signs '{self.step.id}' wrongly, but it has no oauth_signature")
            return forged
        return without_credentials(message)


def without_credentials(request: Request) -> Request:
    """The request without its ``Authorization`` header, and without what names its client in its URL and its body."""
    headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
    url, found, query = request.url.partition("?")
    kept = _PARAMETER.sub("", query).lstrip("&")
    return Request(request.method, url + (found + kept if kept else ""), headers, _PARAMETER.sub("", request.body).lstrip("&"))


def with_wrong_signature(request: Request) -> Request | None:
    """The request with the first letter of its OAuth signature changed; None if it has none."""
    headers = {name: _SIGNATURE.sub(_changed, value) if name.lower() == "authorization" else value
               for name, value in request.headers.items()}
    forged = Request(request.method, _SIGNATURE.sub(_changed, request.url), headers, _SIGNATURE.sub(_changed, request.body))
    return None if forged == request else forged


def _changed(found: re.Match[str]) -> str:
    signature = unquote(found[3])
    other = ("B" if signature[:1] == "A" else "A") + signature[1:]
    return f"{found[1]}{found[2]}{percent_encode(other.encode())}"
