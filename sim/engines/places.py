"""The places of a class of clients, and who comes there.

A *place* is one client's: its names, its address, and the players that react there, at its side and at the servers. Who
plays is a :class:`~sim.engines.session.Member`: always the same one, or a newcomer each time (``picks: new``).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.engines.participant import Participant
from sim.engines.player import Player
from sim.engines.restarts import start_anew
from sim.engines.session import Holdings, Member, Session
from sim.plan.plan import ClassPlan
from sim.world.addresses import honest_address
from sim.world.chance import uniform
from sim.world.clock import round_ns
from sim.world.distributions import NORMAL, Distribution, sample_signed_ns

if TYPE_CHECKING:
    from sim.engines.world import World


@dataclass(slots=True)
class Place:
    """One client's place; by participant its ``names`` and ``players`` (None: one of several instances of a server)."""

    instance: int
    address: str
    names: list[str]
    players: list[Participant | None]
    members: list[Member | None] | None = None
    """Who plays there at the client's side, unless each time a newcomer does; None until somebody came."""


class Places:
    """The places of a class, each made when its client first comes."""

    def __init__(self, world: "World", class_plan: ClassPlan) -> None:
        self.world = world
        self.plan = class_plan
        self.unknown = frozenset(world.plan.facts[fact] for fact in class_plan.unknown)
        self.newcomers = class_plan.picks == "new"
        self.found: dict[int, Place] = {}

    def place(self, instance: int) -> Place:
        """The place of a client, by its number within the class."""
        place = self.found.get(instance)
        if place is None:
            world, plan = self.world, self.plan
            players = list(world.only_server)
            for participant, side in enumerate(plan.side):
                if side is not None:
                    players[participant] = Player(world, participant, side.caller, side.work)
            number = plan.first_number + instance + 1
            address = honest_address(plan.first_address + instance // plan.addresses_per)
            names = [f"{name}/{number}" for name in world.plan.participants]
            place = self.found[instance] = Place(instance, address, names, players)
        return place

    def fill(self, session: Session, place: Place) -> None:
        """Let a session begin in a place: by whoever is there, or comes now, with what a newcomer holds."""
        members = place.members
        session.players = place.players
        if members is not None:
            self.seat(session, members)
            self.start_anew(session)
            return
        members = self.join(session, place)
        if not self.newcomers:
            place.members = members
        self.seat(session, members)
        self.start_anew(session)
        if self.plan.holds:
            self.provide(session)

    def start_anew(self, session: Session) -> None:
        """Let a client that started again since it was last here forget."""
        if self.plan.restarts is not None:
            start_anew(self.world, self.plan.restarts, session.place, session)

    def seat(self, session: Session, members: list[Member | None]) -> None:
        """Who plays in a session."""
        client = members[self.world.plan.client]
        assert client is not None
        session.members, session.place = members, client
        session.holdings = [None if member is None else member.holdings for member in members]

    def join(self, session: Session, place: Place) -> list[Member | None]:
        """Somebody comes for the first time, and who plays at its side."""
        desk, plan = self.world.desk, self.plan
        skew_ns = 0 if plan.skew is None else self.draw_skew(plan.skew, session)
        members: list[Member | None] = []
        for participant, side in enumerate(plan.side):
            if side is None:
                members.append(None)
                continue
            name = place.names[participant]
            actor = None
            if desk is not None:
                actor = desk.new_actor(self.world.plan.participants[participant], name, side.settings)
                if self.unknown:
                    actor.unknown = self.unknown
            members.append(Member(name, place.address, Holdings(side.expires_ns), actor, skew_ns, {}))
        return members

    def draw_skew(self, skew: Distribution, session: Session) -> int:
        """How far a newcomer's clock is ahead."""
        if session.ahead is not None and skew[0] == NORMAL:
            return round_ns(session.ahead.normals(self.world.stream_skew, skew[1], skew[2])[session.row])
        return sample_signed_ns(*skew, *self.world.stream_skew, session.c0, session.c1, 0, 0)

    def provide(self, session: Session) -> None:
        """What a newcomer holds from the start, arranged out of band: no message, no time."""
        world, stream = self.world, self.world.stream_holds
        if session.ahead is not None:
            drawn = session.ahead.uniforms(stream)[session.row]
        else:
            drawn = uniform(*stream, session.c0, session.c1, 0, 0, 0)
        for holding in self.plan.holds:
            if drawn < holding.up_to:
                break
        else:
            return
        member = session.place
        for fact in holding.facts:
            row = world.tables.provided(fact)
            member.holdings.obtain(fact, session.started_ns if self.newcomers else 0, row)
            if world.desk is not None:
                world.desk.provision(member, world.plan.client, session, fact, row)
