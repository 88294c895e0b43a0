"""What is in the messages: the methods of the model's actors, called when the engine reaches their step.

A receiver gets the message object and nothing else: not how it was made, not who really sent it.
"""

import os
import traceback
from collections.abc import Mapping
from typing import Any, NoReturn

from sim.engines.draws import FIRST_PATHS
from sim.engines.faults import RunFault
from sim.engines.occurrence import Clock
from sim.engines.session import Context, Flight, Member, Session
from sim.plan.plan import Plan, StepPlan
from sim.plan.protections import told
from sim.protocol.actor import Actor, Turn, always_said, default_request, default_response
from sim.protocol.http import Refused, Request, Response
from sim.protocol.projection import StepKind
from sim.world.chance import philox4x32, stream_key

_MOST_DIGITS = 1024
_SAYING = (StepKind.REQUEST, StepKind.REPLY, StepKind.ONE_WAY, StepKind.OUTSIDE)
OWN_FAULTS = (Exception, SystemExit)
"""What a user's code can raise that must stop the run with the user's own line (Ctrl-C is not among it)."""


class DeskTurn(Turn):
    """Whose turn it is, in which session and context (in it what is being served), and the address of what is drawn."""

    __slots__ = ("clock", "context", "iteration", "member", "node", "participant", "path", "plan", "rows", "start_ns", "streams",
                 "walk")

    participant: int
    member: Member
    walk: Session
    context: Context
    node: int
    iteration: int
    path: int
    rows: dict[int, int] | None
    """By fact, the rows that the message at hand takes with it."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        self.plan = plan
        self.clock = clock
        self.start_ns = plan.start_epoch_ns
        self.streams: dict[tuple[int, str], tuple[int, int]] = {}
        self.rows = None

    def row(self, fact: str) -> int:
        return self.rows.get(self.plan.facts.index(fact), 0) if self.rows is not None and fact in self.plan.facts else 0

    @property
    def now_s(self) -> int:
        return (self.start_ns + self.clock.now_ns + self.member.skew_ns) // 1_000_000_000

    @property
    def now_ns(self) -> int:
        return self.start_ns + self.clock.now_ns + self.member.skew_ns

    @property
    def instance(self) -> int:
        return self.member.instance

    @property
    def request(self) -> Request:
        return self.context.request  # type: ignore[no-any-return]

    @property
    def session(self) -> dict[str, Any]:
        notes = self.walk.notes
        mine = notes.get(self.participant)
        if mine is None:
            mine = notes[self.participant] = {}
        return mine

    def hex(self, purpose: str, digits: int = 32) -> str:
        if not 0 < digits <= _MOST_DIGITS:
            raise ValueError(f"turn.hex({purpose!r}, {digits}): expected 1 to {_MOST_DIGITS} digits")
        participant, session = self.participant, self.walk
        c2, c3 = self.node << 20 | self.iteration, self.path << 12
        ahead = session.ahead
        if ahead is not None and digits <= 32:
            place = participant, purpose, c2, c3
            text = ahead.texts.get(place)
            if text is None and (self.iteration == 0 or self.node == 0) and self.path in FIRST_PATHS:
                text = ahead.texts[place] = ahead.digits(self.stream(participant, purpose), c2, c3)
            if text is not None:
                at = session.row << 5
                return text[at:at + digits]
        stream = self.stream(participant, purpose)
        if digits <= 32:
            return ("%08x%08x%08x%08x" % philox4x32(*stream, session.c0, session.c1, c2, c3))[:digits]
        blocks = [philox4x32(*stream, session.c0, session.c1, c2, c3 | block) for block in range(-(-digits // 32))]
        return "".join(["%08x%08x%08x%08x" % words for words in blocks])[:digits]

    def stream(self, participant: int, purpose: str) -> tuple[int, int]:
        """The stream of a purpose, of each participant its own: nobody draws another's secrets by naming them alike."""
        stream = self.streams.get((participant, purpose))
        if stream is None:
            name = f"actor:{self.plan.participants[participant]}:{purpose}"
            stream = self.streams[participant, purpose] = stream_key(self.plan.seed, self.plan.replication, name)
        return stream


class Desk:
    """Composes, reads and carries out, through the methods of the actors; one :class:`Turn` serves them all."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        self.plan = plan
        self.turn = DeskTurn(plan, clock)
        classes = [plan.model.actors[name] for name in plan.participants]
        self.sending = [classes[step.actor].sends.get(step.id) for step in plan.steps]
        self.reading = [classes[step.receiver].receives.get(step.id) if step.receiver >= 0 else None for step in plan.steps]
        self.doing = [classes[step.actor].does.get(step.id) for step in plan.steps]
        """By step: the name of the method for its message or action, if there is one."""
        self.always = [self.always_said(step, classes[step.actor]) for step in plan.steps]
        """By step: its message, if it always says the same."""
        self.proper: list[object] = [self] * len(plan.steps)  # so far none: even None would be no message
        """By step: the last message that was found proper, since many are always the same."""
        self.servers: dict[str, Actor] = {}
        for station in plan.stations:
            if station is not None:
                self.servers[station.name] = self.new_actor(station.name, station.name, station.settings,
                                                            mitigations=told(station.protections), instances=station.instances)

    def new_actor(self, participant: str, name: str, settings: dict[str, object],
                  peers: dict[str, Actor] | None = None, mitigations: Mapping[str, Mapping[str, Any]] | None = None,
                  instances: int = 1) -> Actor:
        """A new actor: a server's, or somebody's at the client's side. ``peers``: the servers that it knows, if not these."""
        cls = self.plan.model.actors[participant]
        try:
            return cls(name, dict(settings), self.servers if peers is None else peers, mitigations, instances)
        except OWN_FAULTS as error:
            self.failed(cls, "set_up", f"({name})", error)

    def always_said(self, step: StepPlan, cls: type[Actor]) -> Request | Response | None:
        """The message of a step whose actor has no method for it, or one that always says the same; None of others."""
        if step.kind not in _SAYING:
            return None
        is_reply = step.kind is StepKind.REPLY
        method = self.sending[step.index]
        if method is None:
            return default_response(step.label) if is_reply else default_request(
                step.label, self.plan.participants[step.receiver], step.id)
        message = always_said(getattr(cls, method))
        if improper(message, Response if is_reply else Request) is not None:
            return None  # of a wrong one it is told when it would be sent
        return message  # type: ignore[no-any-return]  # it has just been looked at

    def rows(self, actor: Actor, kind: str) -> int:
        """How many rows of a kind the actor keeps in its own tables."""
        try:
            rows = actor.rows().get(kind, 0)
        except OWN_FAULTS as error:
            self.failed(type(actor), "rows", f"({actor.name})", error)
        if rows.__class__ is not int or not 0 <= rows < 1 << 40:
            raise RunFault(f"{place_of(type(actor), 'rows')}{type(actor).__name__}.rows ({actor.name}) gave {rows!r} for "
                           f"'{kind}'; expected a number of rows")
        return rows

    def take_turn(self, member: Member, participant: int, session: Session, node: int, iteration: int, path: int,
                  context: Context) -> DeskTurn:
        """The turn as ``member`` has it now."""
        turn = self.turn
        turn.participant = participant
        turn.member = member
        turn.walk = session
        turn.context = context
        turn.node = node
        turn.iteration = iteration
        turn.path = path
        return turn

    def compose(self, flight: Flight, context: Context) -> Request | Response:
        """The message of a step, by the actor's method or as the label says."""
        step = flight.step
        always = self.always[step.index]
        if always is not None:
            return always
        method, member = self.sending[step.index], flight.member
        assert method is not None
        own = flight.attempt.path if flight.attempt is not None else context.path
        turn = self.take_turn(member, step.actor, flight.session, step.node, flight.iteration, own, context)
        turn.rows = flight.rows
        try:
            message = getattr(member.actor, method)(turn)
        except Refused:
            raise
        except OWN_FAULTS as error:
            self.stopped(member.actor, method, step, error)
        if message is not self.proper[step.index]:
            expected = improper(message, Response if step.kind is StepKind.REPLY else Request)
            if expected is not None:
                assert member.actor is not None
                cls = type(member.actor)
                raise RunFault(f"{place_of(cls, method)}{cls.__name__}.{method} returned {message!r} for message '{step.id}'; "
                               f"expected {expected}")
            self.proper[step.index] = message
        return message  # type: ignore[no-any-return]  # it has just been looked at

    def read(self, member: Member, method: str, step: StepPlan, flight: Flight, context: Context) -> None:
        """Let the receiver read a message; it may raise :class:`Refused`."""
        path = flight.attempt.path if flight.attempt is not None else context.path
        turn = self.take_turn(member, step.receiver, flight.session, step.node, flight.iteration, path, context)
        try:
            getattr(member.actor, method)(flight.http, turn)
        except Refused:
            raise
        except OWN_FAULTS as error:
            self.stopped(member.actor, method, step, error)

    def carry_out(self, member: Member, method: str, step: StepPlan, session: Session, iteration: int, context: Context) -> None:
        """Let the actor do an action; it may raise :class:`Refused`."""
        turn = self.take_turn(member, step.actor, session, step.node, iteration, context.path, context)
        try:
            getattr(member.actor, method)(turn)
        except Refused:
            raise
        except OWN_FAULTS as error:
            self.stopped(member.actor, method, step, error)

    def forget(self, actor: Actor, fact: int, row: int) -> None:
        """Tell a server's actor that a row of its table is gone."""
        try:
            actor.forget(self.plan.facts[fact], row)
        except OWN_FAULTS as error:
            self.failed(type(actor), "forget", f"({actor.name})", error)

    def provision(self, member: Member, participant: int, session: Session, fact: int, row: int) -> None:
        """Let the client arrange out of band what it holds from the start; ``row`` is the server's of it."""
        actor = member.actor
        assert actor is not None
        method = actor.provisions.get(self.plan.facts[fact])
        if method is None:
            return
        turn = self.take_turn(member, participant, session, 0, fact, 0, session)
        turn.rows = {fact: row}
        try:
            getattr(actor, method)(turn)
        except OWN_FAULTS as error:  # Refused among them: there is nobody to refuse
            self.stopped(actor, method, None, error)

    def stopped(self, actor: Actor | None, method: str, step: StepPlan | None, error: BaseException) -> NoReturn:
        """A method raised in the middle of a session."""
        assert actor is not None
        at = f" at '{step.id}'" if step is not None else ""
        self.failed(type(actor), method, f"({actor.name}){at} of session {self.turn.walk.number}", error)

    def failed(self, cls: type[Actor], method: str, where: str, error: BaseException) -> NoReturn:
        """An actor's own code raised: the run stops with the user's own line."""
        frames = traceback.extract_tb(error.__traceback__)
        source = os.path.abspath(self.plan.model.path.parent / "actors.py")
        own = [frame for frame in frames if os.path.abspath(frame.filename) == source]
        place = f"{own[-1].filename}:{own[-1].lineno}: " if own else place_of(cls, method)
        line = f"\n    {own[-1].line}" if own and own[-1].line else ""
        raise RunFault(f"{place}{cls.__name__}.{method} {where} raised {type(error).__name__}: {error}{line}") from error


def improper(message: Any, expected: type[Request | Response]) -> str | None:
    """What was expected of a message that an actor made; None if it is as it should be."""
    kind = message.__class__
    if kind is not expected:
        return f"a {expected.__name__}"
    if expected is Request:
        if message.method.__class__ is not str or message.url.__class__ is not str:
            return "its method and its URL to be text"
    elif message.status.__class__ is not int or not 100 <= message.status <= 599:
        return "its status to be a number from 100 to 599"
    elif message.reason.__class__ is not str:
        return "its reason to be text"
    if message.body.__class__ is not str:
        return "its body to be text"
    headers = message.headers
    if headers.__class__ is not dict:
        return "its headers to be a dict"
    try:
        lines = "".join([*headers, *headers.values()])
    except TypeError:
        lines = "\n"
    if "\n" in lines or "\r" in lines:
        return "its headers to be text, each on one line"
    said = message.url if expected is Request else message.reason
    if not (lines.isascii() and message.body.isascii() and said.isascii()):
        try:
            f"{lines}{message.body}{said}".encode()
        except UnicodeEncodeError:
            return "its text to be Unicode (it holds half of a surrogate pair)"
    return None


def place_of(cls: type[Actor], method: str) -> str:
    """Where a method stands, as ``file:line: ``."""
    code = getattr(getattr(cls, method, None), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}: " if code is not None else ""
