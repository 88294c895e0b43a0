"""The base class of the actors in a model's ``actors.py``, and the decorators that tie methods to a diagram.

A diagram says who sends what to whom, and when. An actor says what is *in* the messages::

    class Consumer(Actor):
        @sends("request_consumer_key")
        def ask_for_key(self, turn: Turn) -> Request: ...

        get_resource = says("get_resource", Request("GET", "https://provider.example/r"))   # it always says the same

        @receives("consumer_key")
        def keep_key(self, message: Response, turn: Turn) -> None: ...

    class AuthorizationManager(Actor):
        @does("verify_signature")
        def verify(self, turn: Turn) -> None: ...      # raises Refused

What has no method gets the default: an empty message with the label's own method or status. An actor sees the
messages that reach it and its own memory; it never sees how a message was made, or who really sent it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from sim.protocol.http import Refused, Request, Response

__all__ = ["Actor", "Refused", "Request", "Response", "Turn", "does", "provisions", "receives", "says", "sends"]

_Method = TypeVar("_Method", bound=Callable[..., Any])
_TIES = "_diagram_ties"
_ALWAYS = "_always_says"


def has_ties(cls: type) -> bool:
    """Whether a class has methods that are tied to a diagram (as only an Actor should)."""
    return any(hasattr(method, _TIES) for method in vars(cls).values())


def _tie(kind: str, ids: tuple[str, ...]) -> Callable[[_Method], _Method]:
    wrong = [id_ for id_ in ids if not isinstance(id_, str)]
    if wrong or not ids:
        raise TypeError(f"@{kind} got {wrong[0] if wrong else 'nothing'!r}; expected ids, as in @{kind}('get_token')")

    def mark(method: _Method) -> _Method:
        ties = [*getattr(method, _TIES, ()), *((kind, id_) for id_ in ids)]
        setattr(method, _TIES, tuple(ties))
        return method

    return mark


def sends(*message_ids: str) -> Callable[[_Method], _Method]:
    """The method composes these messages: ``method(self, turn) -> Request | Response``.

    A message is a value: once made it never changes. For one that always says the same there is :func:`says`.
    """
    return _tie("sends", message_ids)


def says(message_id: str, message: Request | Response) -> Callable[[Any, Any], Request | Response]:
    """The method for a message that always says the same.

    In a class: ``get_page = says("get_page", Request("GET", "https://manager.example/consent"))``.
    """

    def always(self: Any, turn: Any) -> Request | Response:  # noqa: ARG001 - a method like others
        return message

    setattr(always, _ALWAYS, message)
    return sends(message_id)(always)


def always_said(method: Callable[..., Any]) -> Any:
    """What a method that :func:`says` made always gives; None of others."""
    return getattr(method, _ALWAYS, None)


def receives(*message_ids: str) -> Callable[[_Method], _Method]:
    """The method reads these messages: ``method(self, message, turn) -> None``; it may raise :class:`Refused`."""
    return _tie("receives", message_ids)


def does(*action_ids: str) -> Callable[[_Method], _Method]:
    """The method carries out these actions: ``method(self, turn) -> None``; it may raise :class:`Refused`."""
    return _tie("does", action_ids)


def provisions(*facts: str) -> Callable[[_Method], _Method]:
    """The method arranges out of band what a client holds from the start: ``method(self, turn) -> None``.

    It is called before the client's first session, for each fact that the scenario lets it hold, in the order of the
    scenario; :attr:`Actor.peers` leads to the servers that must know of it too.
    """
    return _tie("provisions", facts)


class Turn(ABC):
    """What an actor may use while it has the turn; valid only during the call of the method.

    Attributes
    ----------
    now_s, now_ns : int
        The actor's own wall clock in seconds, and in nanoseconds, since 1970 (its skew included).
    instance : int
        Of a server: which of its instances has the turn, from 0.
    request : Request or None
        The request that is being served; None on the client's side, where nobody asked.
    session : dict
        This participant's notes on this session. What a server notes here dies with the session.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def now_s(self) -> int:
        """The actor's own wall clock, in s."""

    @property
    @abstractmethod
    def now_ns(self) -> int:
        """The same, in ns."""

    @property
    @abstractmethod
    def instance(self) -> int:
        """Which instance of a server it is."""

    @property
    @abstractmethod
    def request(self) -> Request:
        """What is being served."""

    @property
    @abstractmethod
    def session(self) -> dict[str, Any]:
        """The notes of this participant on this session."""

    def row(self, fact: str) -> int:
        """While a message that gives a fact is composed (or a client provided with it): the number of its row, else 0."""
        return 0

    @abstractmethod
    def hex(self, purpose: str, digits: int = 32) -> str:
        """``digits`` random hexadecimal digits (at most 1024), always the same for this step of this session."""


class Actor:
    """Plays a participant.

    A client's object lives as long as the client does, over all its sessions; a server participant has one object,
    which its instances share, as they would share a database.
    """

    parameters: ClassVar[dict[str, tuple[str, ...] | type]] = {}
    """What a scenario may set under ``parameters:``: name to the words allowed (the first is the default) or a type."""
    may_be_unknown: ClassVar[tuple[str, ...]] = ()
    """Facts (no credentials) that it can claim though no server gave them out: those that :attr:`unknown` may name."""
    unknown: frozenset[str] = frozenset()
    """The facts that this one has from a stranger, or made up: a scenario says so of a class of clients, or of an attack."""
    sends: ClassVar[dict[str, str]] = {}
    receives: ClassVar[dict[str, str]] = {}
    does: ClassVar[dict[str, str]] = {}
    provisions: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for kind in ("sends", "receives", "does", "provisions"):
            setattr(cls, kind, dict(getattr(cls, kind)))
        own: dict[tuple[str, str], str] = {}
        for name, method in vars(cls).items():
            for kind, id_ in getattr(method, _TIES, ()):
                if own.setdefault((kind, id_), name) != name:
                    raise TypeError(f"@{kind}({id_!r}) is there twice: {cls.__name__}.{own[kind, id_]} and {cls.__name__}.{name}")
                getattr(cls, kind)[id_] = name

    def __init__(self, name: str, settings: dict[str, Any], peers: dict[str, "Actor"],
                 mitigations: Mapping[str, Mapping[str, Any]] | None = None, instances: int = 1) -> None:
        self.name = name
        """The instance's name, e.g. ``consumer/17``."""
        self.settings = settings
        """The parameters of this actor, defaults filled in."""
        self.peers = peers
        """The servers by participant, for what is arranged out of band. Messages never come this way."""
        self.mitigations: Mapping[str, Mapping[str, Any]] = mitigations or {}
        """Of a server: what protects it, by name, with its parameters; for those that show in what it says or believes."""
        self.instances = instances
        """Of a server: how many instances it has; :attr:`Turn.instance` says whose turn it is."""
        self.set_up()

    def set_up(self) -> None:
        """Prepare the actor's own memory; called once, before anything else."""

    @classmethod
    def constructed(cls, settings: Mapping[str, object], mitigations: Mapping[str, Mapping[str, Any]]) -> str | None:
        """Why a run without payloads would not be the same; None if it would. ``mitigations``: those of this server, by name.

        Without payloads a run knows the facts of the diagram, and by construction whether a signature holds (``checks:
        signature``) and whether a fact that is looked up was given out (``checks: <fact>``). None says that with these
        parameters all that the actor accepts and refuses follows from that; else the reason, in a few words. An actor that
        decides something of its own says nothing, and has this default.
        """
        return None if cls is Actor else "has Python of its own"

    @classmethod
    def contradiction(cls, settings: Mapping[str, object], mitigations: Mapping[str, Mapping[str, Any]]) -> str | None:
        """What of its parameters and the mitigations of this server cannot both be meant; None if all can."""
        return None

    def rows(self) -> dict[str, int]:
        """What the actor keeps beside the facts that it gives out, as {"nonce": number of them}: counted as memory by the
        scenario.
        """
        return {}

    def forget(self, fact: str, row: int) -> None:
        """A row of a fact that this server gave out was collected; its number is the one that :meth:`Turn.row` told."""


def default_request(label: str, receiver: str, id_: str) -> Request:
    """An empty request: the method that the label begins with (else POST), a URL made of receiver and id."""
    word = label.split(" ", 1)[0]
    method = word if word in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "POST"
    return Request(method, f"https://{receiver.replace('_', '-')}.example/{id_}", {}, "")


def default_response(label: str) -> Response:
    """An empty response: the status that the label begins with, else 200."""
    word = label.split(" ", 1)[0]
    status = int(word) if len(word) == 3 and word.isdigit() and "1" <= word[0] <= "5" else 200
    from sim.protocol.http import reason_phrase

    return Response(status, reason_phrase(status), {}, "")
