"""What the engine knows of those who are under way: members, sessions, calls, messages, visits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.engines.occurrence import Happening
from sim.measure.refusing import NO_CALL
from sim.plan.plan import NONE, ClassPlan, StepPlan
from sim.protocol.actor import Actor
from sim.protocol.http import Request, Response
from sim.world.chance import AddressOverflow

if TYPE_CHECKING:
    from sim.engines.attackers import Attacker, Captured
    from sim.engines.draws import Ahead
    from sim.engines.guard import Guard
    from sim.engines.participant import Participant
    from sim.engines.sockets import Socket
    from sim.engines.station import Server

FOR_EVER = 1 << 62


class Holdings:
    """Facts that somebody holds: for each, until when, and the row that a server keeps of it (0: none)."""

    __slots__ = ("expires_ns", "rows", "until_ns")

    def __init__(self, expires_ns: tuple[int, ...]) -> None:
        self.expires_ns = expires_ns
        self.until_ns: dict[int, int] = {}
        self.rows: dict[int, int] = {}

    def holds(self, fact: int, now_ns: int) -> bool:
        """Whether the fact is held and has not expired."""
        until = self.until_ns.get(fact)
        return until is not None and now_ns < until

    def obtain(self, fact: int, now_ns: int, row: int = 0) -> None:
        """Hold the fact from now on (anew, if it was held)."""
        lasts = self.expires_ns[fact]
        self.until_ns[fact] = FOR_EVER if lasts < 0 else now_ns + lasts
        self.rows[fact] = row

    def lose(self, fact: int) -> None:
        """Hold it no longer."""
        self.until_ns.pop(fact, None)
        self.rows.pop(fact, None)

    def row(self, fact: int) -> int:
        """The row of the fact, 0 if there is none."""
        return self.rows.get(fact, 0)


@dataclass(slots=True)
class Member:
    """Somebody who plays a participant: a client with what it keeps over its sessions, or a server's instance."""

    name: str
    address: str
    holdings: Holdings
    actor: Actor | None
    skew_ns: int
    connections: "dict[Participant, int]"
    """Open connections: with whom, and when last used."""
    sockets: "dict[Server, Socket] | None" = None
    """Its connections in the tables of servers that keep one."""
    budget: tuple[list[int], list[float]] | None = None
    """Its retry budget, once it has called somebody."""
    restraints: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """Its throttles and breakers, once it has called somebody."""
    instance: int = 0
    """Of a server: which of its instances it is."""
    starts: int = 0
    next_start_ns: int = 0
    """How many starts of it were drawn, and when the next one is."""


class LoopState:
    """Where a loop stands: the number of this pass (its iteration), and the passes since it was entered."""

    __slots__ = ("entered", "number")

    def __init__(self) -> None:
        self.number = 0
        self.entered = 0


class Session:
    """One walk through the diagram by one client. It is also the outermost *context*: see :class:`Attempt`."""

    __slots__ = ("ahead", "attack", "attempts", "brought", "c0", "c1", "called", "calls", "class_plan", "expires_ns", "going",
                 "holdings", "instance", "is_known", "is_recorded", "iteration", "jumped", "loops", "members",
                 "needed_protected", "notes", "number", "order", "passes", "path", "place", "players", "record",
                 "refused_call", "request", "row", "rows", "rules", "served", "started_ns", "unknown", "waits")

    place: Member
    members: list[Member | None]
    holdings: list[Holdings | None]
    """By participant; None of a server that has held nothing yet."""
    expires_ns: list[tuple[int, ...]]
    players: "list[Participant | None]"
    """By participant, who receives its messages (None: one of several instances)."""
    record: list[Any]
    """Its record in the trace; where it ended is filled in when it does."""
    is_recorded: bool

    def __init__(self, number: int, class_plan: ClassPlan, instance: int, visit: int, order: int, started_ns: int) -> None:
        self.number = number
        self.class_plan = class_plan
        self.instance = instance
        self.started_ns = started_ns
        self.ahead: Ahead | None = None
        self.row = 0
        """What was drawn ahead for it, and in which row it stands there."""
        self.unknown = class_plan.unknown
        """Facts that no server knows as its requests have them."""
        self.attack: Attacker | None = None
        """Whose session it is, if it is no honest client's; what its answer brought, and the attempt that waits for it."""
        self.brought = 0
        self.waits: Attempt | None = None
        self.going = True
        self.path = 0
        self.iteration = 0
        self.called: dict[int, int] | None = None
        self.jumped: dict[int, int] = {}
        """By path, the highest iteration in which a call was made (None in a diagram whose servers never jump), and the
        highest that a jump has led to.
        """
        self.loops: dict[int, LoopState] | None = None
        self.passes: dict[int, int] = {}
        """By loop, how many passes were begun by anybody: the number of the next one."""
        self.rules: dict[tuple[int, int], int] = {}
        self.calls = self.attempts = 0
        self.needed_protected = False
        self.is_known = False
        """Whether its client held anything when it began."""
        self.refused_call = NO_CALL
        """Its last call that a mitigation refused: see :attr:`Flight.call`."""
        self.rows: set[tuple[int, int]] | None = None
        """Of which servers and facts a row is kept for it (None: of none)."""
        self.notes: dict[int, dict[str, Any]] = {}
        self.served: None = None
        self.request: Any = None  # nobody asked for what a session begins with
        self.order = order
        """Its part of the order key: :func:`sim.world.order.entity_key`, which looks whether there is room for all three."""
        self.c0, self.c1 = instance, class_plan.index << 24 | visit

    def held_by(self, participant: int) -> Holdings:
        """What a participant holds; a server, in this session alone."""
        held = self.holdings[participant]
        if held is None:
            held = self.holdings[participant] = Holdings(self.expires_ns[participant])
        return held

    def waited_for(self) -> bool:
        """Whether the session still goes on."""
        return self.going


class Attempt(Happening):
    """One sending of a request, and the context of what its receiver does about it. As an event it is its own timeout.

    ``served`` is the attempt that the *caller* was serving when it called: the stack of open calls is this chain, and
    the session is its outer end. ``path`` numbers the attempt among all of its step and iteration, those of other
    attempts further out included. ``called_in`` is the iteration of the call, ``iteration`` that of what serves it.
    """

    partner: "Participant"
    """The instance that the request went to."""
    record: list[Any]
    """The record of its request, to which a later refusal is added."""
    captured: "Captured | None" = None
    """What attackers that got to see it know of it; of a copy that one sends, what it copies."""
    signed_ns = NONE
    """When its request was signed, if it was sent again since then (after a challenge)."""
    claimed = 0
    """The row of the credential that it names; 0 if it has none."""
    loops: dict[int, LoopState] | None = None
    open = True
    deadline_ns = NONE
    backoff_ns = 0
    retry_after_ns = 0
    """How long its refusal said to wait."""
    is_probe = False
    """Whether a breaker let it through to see."""
    held = False
    request: Any = None

    def __init__(self, session: Session, step: StepPlan, called_in: int, number: int, served: "Attempt | None",
                 caller: "Participant", member: Member) -> None:
        self.session = session
        self.step = step
        self.called_in = self.iteration = called_in
        self.number = number
        self.served = served
        self.caller = caller
        self.member = member
        """Who calls."""
        self.path: int = number if served is None else served.path << 5 | number
        if self.path >= 1 << 20:
            raise AddressOverflow("attempt", self.path, 1 << 20)
        if session.called is not None:
            session.called[self.path] = max(called_in, session.called.get(self.path, 0))
            if session.jumped.get(self.path, -1) >= called_in:
                take_next_iteration(self, session)

    @property
    def place(self) -> int:
        """Its request's part of the order key, as :class:`Flight` has it."""
        return self.step.node << 40 | self.called_in << 20 | self.path

    def waited_for(self) -> bool:
        """Whether somebody still waits for this, at every level outwards."""
        attempt: Attempt | None = self
        while attempt is not None:
            if not attempt.open:
                return False
            attempt = attempt.served
        return self.session.going


Context = Session | Attempt


def iteration_of(context: Context, step: StepPlan) -> int:
    """The iteration of a step: the number of the pass of the loop around it, or how often it was jumped to.

    What serves a call is in the iteration of that call, unless a loop of its own is around it. No number is ever taken
    twice for the same step and path, so no two draws share an address.
    """
    if step.loop >= 0 and context.loops is not None and step.loop in context.loops:
        return context.loops[step.loop].number
    return context.iteration


def take_next_iteration(context: Context, session: Session) -> None:
    """Let the context go on in an iteration in which nobody was before: what a jump does."""
    path = context.path
    called = 0 if session.called is None else session.called.get(path, 0)
    number = max(context.iteration, called, session.jumped.get(path, 0)) + 1
    if number >= 1 << 20:
        raise AddressOverflow("iteration", number, 1 << 20)
    context.iteration = session.jumped[path] = number


class Flight(Happening):
    """A message, from its making to the end of its handling. As an event it is its own arrival.

    ``member`` sends it. ``attempt`` is the call it belongs to: a request's own, a reply's or refusal's the one it answers;
    None for others.
    ``served`` is what its sender was serving: the context in which a one-way message goes on. ``place`` is its part of
    the order key: node, iteration, attempt.
    """

    record: list[Any]
    """Its record in the trace, from its sending on; what becomes of it is filled in as it happens."""
    asked: "Flight | None" = None
    """Of a challenge: the request that it answers."""
    answers: "Guard | None" = None
    """Of a challenge: the mitigation that asks; of a request: the one whose challenge it answers."""
    status = 0
    by: str | None = None
    """Of a refusal: its status, and what refused."""
    ticket = 0
    """Of a challenge, and of the request that answers it: the number that its mitigation gave it."""
    retry_after_ns = 0
    """Of a refusal: what its Retry-After says."""
    http: Request | Response | None = None
    key: str | None = None
    rows: dict[int, int] | None = None
    new_connection = False
    gives_again = False
    """Whether the key that it brings is one that was given out before."""

    def __init__(self, session: Session, step: StepPlan, attempt: Attempt | None, served: Attempt | None, iteration: int,
                 path: int, member: Member) -> None:
        self.session = session
        self.step = step
        self.member = member
        self.attempt = attempt
        self.served = served
        self.iteration = iteration
        self.id = step.id
        self.place: int = step.node << 40 | iteration << 20 | path

    @property
    def call(self) -> int:
        """A number of the call that it belongs to, within its session: the same for all attempts."""
        return self.step.index << 35 | (self.place & (1 << 40) - 1) >> 5


class Visit(Happening):
    """One visit of a server (or one stretch of what a client does): from a message to what it leads to.

    All of it is decided when it is taken up: ``work_ns`` grows step by step, ``output`` leaves together at its end. As
    an event it is the end of its service.
    """

    by_mitigation = False
    """Whether it was a mitigation that refused or dropped it."""
    passed: "list[tuple[Guard, int]] | None" = None
    """Which mitigations let it pass, and as whom, of those that are told of its end."""
    asked = hold_ns = 0
    """How many mitigations at the edge were asked about it, and for how long the last one holds it."""
    started_ns: int | None = None
    work_ns = 0
    refused_by: str | None = None
    socket: "Socket | None" = None
    """The connection on which it came, if the server keeps a table of them."""

    def __init__(self, session: Session, context: Context, member: Member, index: int, flight: Flight | None,
                 arrived_ns: int) -> None:
        self.session = session
        self.member = member
        """Who is visited."""
        self.context = context
        self.index = index
        self.flight = flight
        self.arrived_ns = arrived_ns
        self.output: list[tuple[Callable[[Any], object], Any]] = []
