"""The scenario as the rest of the simulator reads it: every default resolved, every quantity in its base unit.

Frozen, comparable, and free of YAML and pydantic. Times are integer nanoseconds, sizes bytes, rates events per second,
shares fractions from 0 to 1. What each key of a file may hold stands in ``schema.py`` and its neighbours; here stands
what the resolved value means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sim.language.faults import Fault, Step, dotted
from sim.language.quantities import ZERO, Distribution
from sim.scenario.attack import Attack
from sim.scenario.mitigations import Mitigation

if TYPE_CHECKING:
    from sim.language.node import Node
    from sim.scenario.source import Source

Transport = Literal["datagram", "tcp", "tls"]
Picks = Literal["new", "random", "round_robin"]
Parameter = str | int | float | bool
Traced = Literal["all", "none"] | tuple[Literal["sample"], float]
Addresses = Literal["own"] | tuple[Literal["shared_by"], int]
RetryCause = Literal["timeout"] | int
Order = Literal["fifo", "lifo", "fair", "priority", "adaptive_lifo", "effort"]

DEFAULT_BACKLOG = 10
"""Those who must wait for adaptive LIFO to turn from FIFO to LIFO."""

DEFAULT_START_NS = 1_239_235_200 * 10**9
"""2009-04-09T00:00:00Z, the date of the first diagram."""


DEFAULT_HASH_RATE = 1e6
"""Hashes a second of a client: SHA-256 in a browser, about."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a message meets between two participants, in one direction."""

    latency: Distribution = ZERO
    loss: float = 0.0
    transport: Transport = "tls"
    keep_alive_ns: int = 60 * 10**9


@dataclass(frozen=True, slots=True)
class LinkRule:
    """The link from ``a`` to ``b``, and if ``both`` also from ``b`` to ``a``."""

    a: str
    b: str
    both: bool
    link: Link


@dataclass(frozen=True, slots=True)
class Network:
    """All links: ``default`` and the exceptions to it."""

    default: Link = Link()
    links: tuple[LinkRule, ...] = ()

    def link(self, sender: str, receiver: str) -> Link:
        """The link that carries messages from ``sender`` to ``receiver``; a one-way rule goes before a two-way one."""
        found = self.default
        for rule in self.links:
            if (rule.a, rule.b) == (sender, receiver) and not rule.both:
                return rule.link
            if rule.both and {rule.a, rule.b} == {sender, receiver}:
                found = rule.link
        return found


@dataclass(frozen=True, slots=True)
class Backoff:
    """The pause before the next attempt; the laws stand in ``sim/world``. ``none``: no pause."""

    kind: Literal["none", "constant", "exponential", "full_jitter", "equal_jitter", "decorrelated_jitter"] = "none"
    base_ns: int = 0
    cap_ns: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """A retry budget (the law stands in ``sim/world/budget.py``), of each client, or ``shared`` by its class."""

    ratio: float = 0.1
    minimum_per_s: float = 0.0
    burst: int = 10
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a call is attempted in all (1: never again), and after what: a timeout, or a status of a refusal."""

    attempts: int = 1
    on: tuple[RetryCause, ...] = ("timeout", 429, 503)
    backoff: Backoff = Backoff()
    budget: Budget | None = None
    honours_retry_after: bool = False


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When sessions start.

    ``poisson`` and ``constant``: at ``rate_per_s`` (0: nobody comes). ``steps``: ``process`` at the rate of the step
    that is in force, (from_ns, rate_per_s) ascending, nobody before the first. ``times``: at ``times_ns``, not
    descending. ``closed``: each of the population starts its next session a ``think`` time after its last one ended.
    ``maximum``: sessions started in all, None for no limit.
    """

    kind: Literal["poisson", "constant", "times", "closed", "steps"]
    rate_per_s: float = 0.0
    steps: tuple[tuple[int, float], ...] = ()
    process: Literal["poisson", "constant"] = "poisson"
    times_ns: tuple[int, ...] = ()
    think: Distribution | None = None
    maximum: int | None = None
    file: str = field(default="", compare=False)
    """Where ``times_ns`` were read; no part of what is compared."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A share of the population that holds ``items`` from the start; the rest holds nothing."""

    share: float
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClientClass:
    """Clients that are alike: ``share`` of the arrivals, ``population`` instances."""

    name: str
    share: float
    population: int
    arrivals: Arrivals
    picks: Picks = "new"
    addresses: Addresses = "own"
    holds: tuple[Holding, ...] = ()
    expires: Mapping[str, int] = field(default_factory=dict)
    deadline_ns: int | None = None
    timeout_ns: int | None = None
    retry: Retry = Retry()
    clock_skew: Distribution = ZERO
    work: Mapping[str, Distribution] = field(default_factory=dict)
    hash_rate_per_s: float = DEFAULT_HASH_RATE
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Client:
    """The actor that starts the sessions. ``population`` is the sum over its classes.

    ``picks`` and ``arrivals`` are those of the actor as a whole, kept to be written again; what counts stands in the
    classes. ``arrivals`` is None if every class has its own.
    """

    population: int
    picks: Picks
    classes: tuple[ClientClass, ...]
    arrivals: Arrivals | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A waiting room: ``capacity`` None is unlimited; what comes when it is full is refused (503) or dropped.

    ``backlog``: so many must wait for ``adaptive_lifo`` to serve the last come first.
    """

    capacity: int | None = None
    order: Order = "fifo"
    full: Literal["refuse", "drop"] = "refuse"
    backlog: int = DEFAULT_BACKLOG


@dataclass(frozen=True, slots=True)
class Server:
    """An actor that receives requests: each instance has ``servers`` (None: unlimited) behind one waiting room.

    ``work``: server time by id of message or action, and of ``parse`` and ``handshake``; what is not named costs none.
    ``memory``: bytes for each fact it keeps, and ``nonce``. ``expires``: how long each fact that it holds is good for.
    ``timeout_ns`` and ``retry`` are of the calls it makes.
    """

    instances: int = 1
    servers: int | None = 1
    queue: Queue = Queue()
    work: Mapping[str, Distribution] = field(default_factory=dict)
    holds_server: bool = False
    silent: bool = False
    memory: Mapping[str, int] = field(default_factory=dict)
    expires: Mapping[str, int] = field(default_factory=dict)
    timeout_ns: int | None = None
    retry: Retry = Retry()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Companion:
    """A participant on the client's own side, such as its user agent: it takes time, but nothing queues at it."""

    work: Mapping[str, Distribution] = field(default_factory=dict)
    expires: Mapping[str, int] = field(default_factory=dict)
    timeout_ns: int | None = None
    retry: Retry = Retry()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


Actor = Client | Server | Companion


@dataclass(frozen=True, slots=True)
class Scenario:
    """Who is there, how many, how fast, and what goes wrong.

    ``actors`` has the client and whoever the file names; after :func:`sim.scenario.check.check` every participant of
    the diagram, in its order. ``source`` is the file it came from, for later faults; it is no part of what is compared.
    """

    name: str
    model: str
    duration_ns: int
    about: str = ""
    start_ns: int = DEFAULT_START_NS
    warm_up_ns: int = 0
    seed: int = 1
    replication: int = 0
    trace: Traced = "all"
    protected: str | None = None
    network: Network = Network()
    actors: Mapping[str, Actor] = field(default_factory=dict)
    attacks: tuple[Attack, ...] = ()
    mitigations: Mapping[str, tuple[Mitigation, ...]] = field(default_factory=dict)
    """By server, its protections in the order in which they are asked."""
    source: "Source | None" = field(default=None, compare=False, repr=False)

    @property
    def file(self) -> str | None:
        """The file it was read from, or None."""
        return self.source.file or None if self.source is not None else None

    @property
    def node(self) -> "Node | None":
        """The tree of that file, or None."""
        return self.source.node if self.source is not None else None

    @property
    def client(self) -> str:
        """The name of the one actor that starts sessions."""
        return next(name for name, actor in self.actors.items() if isinstance(actor, Client))

    def fault(self, path: tuple[Step, ...], problem: str, expected: str = "", suggestion: str = "") -> Fault:
        """A fault at a place of the file, e.g. ``("actors", "consumer", "timeout")``; near it if it is not there."""
        if self.source is None:
            return Fault("", None, None, dotted(path), problem, expected, suggestion)
        return self.source.fault(path, problem, expected, suggestion)
