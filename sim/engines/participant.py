"""What every actor is: somebody in a place, with an inbox, who works and waits as the plan says."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.engines.draws import FIRST_PATHS, NOT_AHEAD
from sim.engines.occurrence import Inbox
from sim.engines.session import Attempt, Context, Flight, Member, Session, Visit
from sim.plan.plan import CallerPlan, StepPlan
from sim.world.distributions import CONSTANT, GAMMA, sample_ns
from sim.world.distributions import Distribution as Draw

if TYPE_CHECKING:
    from sim.engines.protections import Protections
    from sim.engines.world import World

STOP = -2
"""The step after the turn has passed to somebody else, or the visit waits."""


class Participant(ABC):
    """One instance of a participant at the client's side.

    It is a place: who plays in it, with what it holds, is the :class:`Member` of the session.
    """

    is_server = False
    member: Member | None = None
    """Who plays in it, if that is always the same."""
    protections: "Protections | None" = None
    """What protects it, if it is a server."""

    def __init__(self, world: "World", participant: int, caller: CallerPlan, work: Sequence[Draw | None]) -> None:
        self.world = world
        self.steps = world.plan.steps
        self.participant = participant
        self.caller = caller
        """How it waits for answers."""
        self.is_restrained = caller.throttle is not None or caller.breaker is not None
        self.work = work
        """The distribution of the work of each step here; None if it takes no time."""
        self.inbox = Inbox(world.env)
        self.timeouts = world.timeouts_of(caller.timeout_ns)

    def self_in(self, session: Session) -> Member:
        """Who plays the participant in this session."""
        member = self.member or session.members[self.participant]
        assert member is not None
        return member

    def draw_work(self, draw: Draw, stream: tuple[int, int], step: StepPlan, session: Session, iteration: int,
                  context: Context) -> int:
        """Draw the work of a step, in ns."""
        c2 = step.node << 20 | iteration
        ahead = session.ahead
        if ahead is not None and iteration == 0 and context.path in FIRST_PATHS and draw[0] != CONSTANT and draw[0] != GAMMA:
            drawn = ahead.durations(stream, c2, context.path << 12, draw)[session.row]
            if drawn != NOT_AHEAD:
                return drawn
        return sample_ns(*draw, *stream, session.c0, session.c1, c2, context.path << 12)

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
    def expire(self, attempt: Attempt) -> None:
        """The time of an attempt is over."""

    @abstractmethod
    def arrived(self, flight: Flight) -> None:
        """A message arrives."""
