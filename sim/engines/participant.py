"""What every actor is: somebody in a place, with an inbox, who works and waits as the plan says."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from sim.engines.occurrence import Inbox, actor_process
from sim.engines.session import Context, Flight, Member, Session, Visit
from sim.plan.plan import CallerPlan, StepPlan
from sim.world.distributions import Distribution as Draw
from sim.world.distributions import sample_ns

if TYPE_CHECKING:
    from sim.engines.world import World

STOP = -2
"""The step after the turn has passed to somebody else, or the visit waits."""


class Participant(ABC):
    """One instance of a participant at the client's side.

    It is a place: who plays in it, with what it holds, is the :class:`Member` of the session.
    """

    is_server = False

    def __init__(self, world: "World", participant: int) -> None:
        self.world = world
        self.steps = world.plan.steps
        self.participant = participant
        self.inbox = Inbox(world.env)
        actor_process(world.env, self.inbox)

    def self_in(self, session: Session) -> Member:
        """Who plays the participant in this session."""
        member = session.members[self.participant]
        assert member is not None
        return member

    def caller(self, session: Session) -> CallerPlan:
        """How it waits for answers."""
        side = session.class_plan.side[self.participant]
        assert side is not None
        return side.caller

    def work_of(self, session: Session, step: StepPlan) -> Draw | None:
        """The distribution of the work of a step here; None if it takes no time."""
        side = session.class_plan.side[self.participant]
        assert side is not None
        return side.work[step.index]

    def draw_work(self, draw: Draw, stream: tuple[int, int], step: StepPlan, session: Session, iteration: int, context: Context) -> int:
        """Draw the work of a step, in ns."""
        return sample_ns(*draw, *stream, session.c0, session.c1, step.node << 20 | iteration, context.path << 12)

    # --- what the parts of an actor owe each other (its outermost part has them all) ------------------------

    @abstractmethod
    def walk(self, visit: Visit, index: int) -> None:
        """Go from step to step while it is this participant's turn."""

    @abstractmethod
    def fill(self, flight: Flight, context: Context) -> None:
        """What a message takes with it: rows of facts, the key it names, its payload."""

    @abstractmethod
    def lacking(self, session: Session, step: StepPlan) -> None:
        """Refuse to take a step without what it needs."""

    @abstractmethod
    def answer(self, flight: Flight) -> None:
        """Send a reply or a refusal back to who called."""

    @abstractmethod
    def delivered(self, flight: Flight) -> None:
        """Deal with a message that has arrived."""

    def arrived(self, flight: Flight) -> None:
        """A message arrives."""
        world = self.world
        flight.received_ns = now = world.env.now
        world.flying -= 1
        world.meter.message_delivered(now)
        self.delivered(flight)
