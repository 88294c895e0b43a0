"""The plan: diagram and scenario as tables of integers and parameters, all that an engine reads.

Participants, steps, facts, classes and stations are numbered from 0; -1 means none. A *draw* is a distribution as
:mod:`sim.world.distributions` takes it. Times are integer nanoseconds.
"""

from dataclasses import dataclass, field

from sim.plan.protections import ProtectionPlan
from sim.plan.restraints import BreakerPlan, ThrottlePlan
from sim.protocol.model import Model
from sim.protocol.projection import StepKind
from sim.scenario.scenario import Scenario
from sim.world.distributions import Distribution as Draw

NONE = -1
ALWAYS, HOLDS, CHANCE = 0, 1, 2
"""Kinds of guards."""
UNTIL, WHILE, TIMES = 0, 1, 2
"""When a loop is left: once its guard holds after a pass, once it fails before one, after so many passes."""
CLIENT, COMPANION, SERVER = 0, 1, 2
"""Roles: whose sessions these are; what plays at the client's side (one for each client); stations."""
UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class GuardPlan:
    """``kind`` ALWAYS, HOLDS (``subject`` holds ``fact``, or lacks it; subject -1: any server, of this session), CHANCE.

    What a fragment draws is below ``up_to``, the chance of this way and of those before it: then it is taken.
    """

    kind: int
    subject: int = NONE
    fact: int = NONE
    lacks: bool = False
    up_to: float = 1.0


@dataclass(frozen=True, slots=True)
class WayPlan:
    """One way out of a decision: its guard, the step it leads to, its name in the trace."""

    guard: GuardPlan
    target: int
    name: str


@dataclass(frozen=True, slots=True)
class RefusalPlan:
    """What the sender of a request does about one status (see ``on_refusal`` in the diagram language)."""

    drop: tuple[int, ...]
    go_to: int
    at_most: int
    refuse: int


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One row of the table by which actors react. ``node`` is its number in draws and order keys (0 is the session)."""

    index: int
    node: int
    kind: StepKind
    id: str
    actor: int
    receiver: int
    next: int
    ways: tuple[WayPlan, ...] = ()
    loop: int = NONE
    leaves: int = TIMES
    maximum: int = 0
    ends_completed: bool = False
    gives: tuple[int, ...] = ()
    carries: tuple[int, ...] = ()
    needs: tuple[int, ...] = ()
    """What the actor must hold here (what it carries included)."""
    spends: tuple[int, ...] = ()
    checks_signature: bool = False
    checks_credential: bool = False
    """Whether the credential that the served request names is looked up, without any signature."""
    checks_facts: tuple[int, ...] = ()
    """Facts that an action looks up in what its server, or another, gave out, after any signature."""
    issues: tuple[int, ...] = ()
    """Facts of which the sending server keeps a row for whom it gives them to."""
    keeps: tuple[int, ...] = ()
    """Facts of which the acting server keeps a row while the session lasts or until it spends them."""
    credential: int = NONE
    """The fact whose row the trace names as the key of this message."""
    allocates: bool = False
    """Whether it gives out a key: a credential that is not what another one buys."""
    wait: Draw | None = None
    refusals: dict[int, RefusalPlan] = field(default_factory=dict)
    fragments: tuple[int, ...] = ()
    """The decisions around this step, outermost first."""
    label: str = ""
    depth: int = 0
    """Calls that are open while this is done or on its way, its own included."""
    takes_facts: bool = False
    """Whether a message issues, carries or spends any."""


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """One direction between two participants."""

    transport: int
    round_trips: int
    latency: Draw
    loss: float
    keep_alive_ns: int


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """A retry budget (:mod:`sim.world.budget`): of each caller, or ``shared`` by all of its class."""

    ratio: float
    per_s: float
    burst: float
    shared: bool


@dataclass(frozen=True, slots=True)
class CallerPlan:
    """How a participant waits for answers. ``timeout_ns`` -1: for ever."""

    timeout_ns: int = NONE
    attempts: int = 1
    on_timeout: bool = False
    statuses: frozenset[int] = frozenset()
    backoff: int = 0
    base_ns: int = 0
    cap_ns: int = 0
    budget: BudgetPlan | None = None
    honours_retry_after: bool = False
    throttle: ThrottlePlan | None = None
    breaker: BreakerPlan | None = None


@dataclass(frozen=True, slots=True)
class ArrivalsPlan:
    """When sessions of a class start: the table of :mod:`sim.world.arrivals`, or for ``ramp`` (Poisson) and ``even_ramp`` that of
    :mod:`sim.world.ramps`; empty for ``times`` and ``closed``.
    """

    kind: str
    starts_ns: tuple[int, ...] = ()
    rates_per_s: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()
    times_ns: tuple[int, ...] = ()
    think: Draw | None = None
    maximum: int = NONE


@dataclass(frozen=True, slots=True)
class HoldingPlan:
    """A share of the clients (cumulative upper bound) and what they hold from the start."""

    up_to: float
    facts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SidePlan:
    """What one participant at the client's side does on its own: its work by step, how it waits, its parameters."""

    work: tuple[Draw | None, ...]
    caller: CallerPlan
    settings: dict[str, object]
    expires_ns: tuple[int, ...]
    """By fact: how long it is held; -1 for ever."""


@dataclass(frozen=True, slots=True)
class RestartPlan:
    """How often a client starts anew, and what it then forgets."""

    every: Draw
    forgets: tuple[int, ...]
    keys: tuple[int, ...]
    """Those of them of which a server keeps a row that is then nobody's."""


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """A class of clients; ``side`` by participant (None for servers)."""

    index: int
    name: str
    population: int
    picks: str
    first_address: int
    addresses_per: int
    """How many clients share one address."""
    arrivals: ArrivalsPlan
    holds: tuple[HoldingPlan, ...]
    deadline_ns: int
    skew: Draw | None
    side: tuple[SidePlan | None, ...]
    first_number: int = 0
    """Number of its first client among all clients of the scenario."""
    hash_rate: int = 1_000_000
    """Tries a second at a puzzle."""
    restarts: RestartPlan | None = None
    links: "tuple[tuple[LinkPlan, ...], ...] | None" = None
    """Its own links, if they are not those of the plan."""
    unknown: tuple[int, ...] = ()
    """Facts that no server knows as these have them."""


@dataclass(frozen=True, slots=True)
class StationPlan:
    """A server participant. ``servers`` and ``capacity`` may be UNLIMITED."""

    index: int
    participant: int
    name: str
    instances: int
    servers: int
    capacity: int
    lifo: bool
    drops: bool
    silent: bool
    holds_server: bool
    parse: Draw | None
    handshake: Draw | None
    work: tuple[Draw | None, ...]
    memory: tuple[tuple[str, int], ...]
    memory_of_fact: dict[int, int]
    """Fact to its kind of row in ``memory``."""
    caller: CallerPlan
    settings: dict[str, object]
    expires_ns: tuple[int, ...]
    order: int = 0
    """Of service: see :mod:`sim.world.queues`."""
    backlog: int = 0
    """So many must wait for an order to become another."""
    protections: tuple[ProtectionPlan, ...] = ()
    proven_memory: int = NONE
    """The kind of memory that its proven keys are; -1 if nobody asks which keys were proven."""

    @property
    def is_protected(self) -> bool:
        """Whether anything of it is decided by mitigations, or by what keys were proven."""
        return bool(self.protections) or self.proven_memory >= 0


@dataclass(frozen=True, slots=True)
class AttackPlan:
    """An attack: a class of entities of its own, of which the k-th message (from 0) is the k-th instance."""

    index: int
    name: str
    class_: int
    """Its class in addresses of draws and in order keys: 0x80 and the index."""
    step: int
    """The request or one-way message that it sends."""
    ends_when_served: bool
    """A one-way message after which the turn is the sender's again: its session is completed when it has been served."""
    arrivals: ArrivalsPlan
    """Its table begins with the attack and ends in a rate of 0; what comes at ``until_ns`` or later does not come."""
    from_ns: int
    until_ns: int
    addresses: int
    prefixes: int
    first_prefix: int
    """Its first prefix among those of all attacks; -1: its addresses are those of honest clients."""
    first_honest: int
    """The first of those (their number is ``addresses``); -1: it has its own."""
    signature: int
    """Of :mod:`sim.world.credentials`: VALID, MISSING, WRONG, UNKNOWN_KEY, REPLAYED."""
    delay_ns: int
    captured: float
    timeout_ns: int
    keys: int
    """How many credentials it has, and all else that its message needs with each; its entities take them in turn."""
    provided: tuple[int, ...]
    """Facts that it holds from its first message on, each with a row where a server issues it: those its message needs."""
    brings: tuple[int, ...]
    """By step: what it brings to this attack, if it is the answer (of :mod:`sim.world.attackers`: NOTHING, KEY, TOKEN)."""
    settings: dict[str, object]
    """Of the actor that composes its messages: those of the first class of clients."""
    bots: int
    """How many send in a closed loop; 0: messages come at a rate."""
    dodges: bool
    """Whether a bot that is refused takes another address; else it waits as long as it is told."""
    spoofed: bool
    """Its addresses are not its own: it hears nothing."""
    unknown: tuple[int, ...]
    """Facts of which it claims what no server gave out."""
    hash_rate: int
    """Tries a second at puzzles: of each message, or where ``pooled`` of all together."""
    pooled: bool
    solves: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """All that an engine reads."""

    scenario: Scenario
    model: Model
    duration_ns: int
    warm_up_ns: int
    start_epoch_ns: int
    seed: int
    replication: int
    participants: tuple[str, ...]
    roles: tuple[int, ...]
    facts: tuple[str, ...]
    steps: tuple[StepPlan, ...]
    first: int
    links: tuple[tuple[LinkPlan, ...], ...]
    """By sender and receiver."""
    outside: tuple[tuple[LinkPlan, ...], ...]
    """The same for dotted steps: no time and no loss, unless the scenario names the link."""
    classes: tuple[ClassPlan, ...]
    stations: tuple[StationPlan | None, ...]
    """By participant."""
    protected: int
    """The participant whose sessions count in the success ratio; -1: all sessions count."""
    client: int
    """The participant whose sessions these are."""
    attacks: tuple[AttackPlan, ...] = ()
