"""What is in the messages: the methods of the model's actors, called when the engine reaches their step.

A receiver gets the message object and nothing else: not how it was made, not who really sent it.
"""

import traceback
from typing import Any, NoReturn

from sim.engines.faults import RunFault
from sim.engines.session import Context, Member, Session
from sim.plan.plan import Plan, StepPlan
from sim.protocol.actor import Actor, Turn, default_request, default_response
from sim.protocol.http import Refused, Request, Response
from sim.protocol.projection import StepKind
from sim.world.chance import philox4x32, stream_key
from sim.world.clock import wall_clock_s

_MOST_DIGITS = 1024


class Desk:
    """Composes, reads and carries out, through the methods of the actors; one :class:`Turn` serves them all."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.streams: dict[str, tuple[int, int]] = {}
        self.turn = Turn(self.hex)
        self.session: Session
        self.c2 = self.c3 = 0
        self.servers: dict[str, Actor] = {}
        for station in plan.stations:
            if station is not None:
                cls = plan.model.actors[station.name]
                self.servers[station.name] = cls(station.name, dict(station.settings), self.servers)

    def client_actor(self, participant: str, name: str, settings: dict[str, object]) -> Actor:
        """A new actor at the client's side."""
        return self.plan.model.actors[participant](name, dict(settings), self.servers)

    def hex(self, purpose: str, digits: int) -> str:
        """Random hexadecimal digits at the address of the present step, from the stream of this purpose."""
        if not 0 < digits <= _MOST_DIGITS:
            raise ValueError(f"turn.hex({purpose!r}, {digits}): expected 1 to {_MOST_DIGITS} digits")
        stream = self.streams.get(purpose)
        if stream is None:
            stream = self.streams[purpose] = stream_key(self.plan.seed, self.plan.replication, f"actor:{purpose}")
        session, text = self.session, ""
        for block in range(-(-digits // 32)):
            w0, w1, w2, w3 = philox4x32(*stream, session.c0, session.c1, self.c2, self.c3 | block)
            text += f"{w0:08x}{w1:08x}{w2:08x}{w3:08x}"
        return text[:digits]

    def take_turn(self, member: Member, participant: int, session: Session, node: int, iteration: int, context: Context,
                  now_ns: int, request: Request | Response | None) -> Turn:
        """The turn as ``member`` has it now."""
        self.session = session
        self.c2 = node << 20 | iteration
        self.c3 = context.path << 12
        turn = self.turn
        turn.now_s = wall_clock_s(self.plan.start_epoch_ns, now_ns, member.skew_ns)
        turn.request = request  # type: ignore[assignment]  # whoever asks for it is serving one
        if session.notes is None:
            session.notes = {}
        notes = session.notes.get(participant)
        if notes is None:
            notes = session.notes[participant] = {}
        turn.session = notes
        return turn

    def compose(self, member: Member, turn: Turn, step: StepPlan) -> Request | Response:
        """The message of a step, by the actor's method or as the label says."""
        actor = member.actor
        assert actor is not None
        method = actor.sends.get(step.id)
        if method is None:
            if step.kind is StepKind.REPLY:
                return default_response(step.label)
            return default_request(step.label, self.plan.participants[step.receiver], step.id)
        try:
            message = getattr(actor, method)(turn)
        except Refused:
            raise
        except Exception as error:
            self.failed(actor, method, step, error)
        expected = Response if step.kind is StepKind.REPLY else Request
        if not isinstance(message, Request | Response):
            raise RunFault(f"{type(actor).__name__}.{method} returned {message!r} for message '{step.id}'; "
                           f"expected a {expected.__name__}")
        return message

    def read(self, member: Member, turn: Turn, step: StepPlan, message: Request | Response | None) -> None:
        """Let the receiver read a message; it may raise :class:`Refused`."""
        actor = member.actor
        assert actor is not None
        method = actor.receives.get(step.id)
        if method is not None:
            self.call(actor, method, step, message, turn)

    def carry_out(self, member: Member, turn: Turn, step: StepPlan) -> None:
        """Let the actor do an action; it may raise :class:`Refused`."""
        actor = member.actor
        assert actor is not None
        method = actor.does.get(step.id)
        if method is not None:
            self.call(actor, method, step, turn)

    def provision(self, member: Member, turn: Turn, fact: str) -> None:
        """Let the actor arrange out of band what it holds from the start."""
        actor = member.actor
        assert actor is not None
        method = actor.provisions.get(fact)
        if method is not None:
            self.call(actor, method, None, turn)

    def call(self, actor: Actor, method: str, step: StepPlan | None, *arguments: Any) -> None:
        try:
            getattr(actor, method)(*arguments)
        except Refused:
            raise
        except Exception as error:
            self.failed(actor, method, step, error)

    def failed(self, actor: Actor, method: str, step: StepPlan | None, error: Exception) -> NoReturn:
        """An actor's own code raised: the run stops with the user's own line."""
        frames = traceback.extract_tb(error.__traceback__)
        source = str(self.plan.model.path.parent / "actors.py")
        own = [frame for frame in frames if frame.filename == source] or list(frames)
        where = f"{own[-1].filename}:{own[-1].lineno}: " if own else ""
        at = f" at '{step.id}'" if step is not None else ""
        line = f"\n    {own[-1].line}" if own and own[-1].line else ""
        raise RunFault(f"{where}{type(actor).__name__}.{method} ({actor.name}){at} of session {self.session.number} raised "
                       f"{type(error).__name__}: {error}{line}") from error
