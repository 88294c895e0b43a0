"""From the keys of a file to the scenario: every default filled in, classes completed from their actor."""

from collections.abc import Mapping
from typing import Any

from sim.language.quantities import ZERO
from sim.scenario.arrivals import PROCESSES, ArrivalKeys
from sim.scenario.attacks import attacks_of
from sim.scenario.clients import ClassKeys, ClientKeys, HoldingKeys
from sim.scenario.connections import connections_of
from sim.scenario.mitigations import mitigations
from sim.scenario.network import AccessKeys, LinkKeys, split_link
from sim.scenario.restraints import restarts, restraints
from sim.scenario.retries import BudgetKeys, RetryKeys
from sim.scenario.scenario import (
    DEFAULT_BACKLOG,
    DEFAULT_HASH_RATE,
    DEFAULT_START_NS,
    Access,
    Actor,
    Arrivals,
    Backoff,
    Budget,
    Client,
    ClientClass,
    Companion,
    Holding,
    Link,
    LinkRule,
    Network,
    Queue,
    Retry,
    Scenario,
    Server,
)
from sim.scenario.scheduled import faults_of
from sim.scenario.schema import DEFAULT_SEED, ScenarioKeys
from sim.scenario.servers import CompanionKeys, QueueKeys, ServerKeys
from sim.scenario.source import Source
from sim.scenario.split import complete_shares, largest_remainder, split_arrivals


def resolve(keys: ScenarioKeys, source: Source) -> Scenario:
    """The scenario of keys that fit the schema and have passed :mod:`sim.scenario.rules`."""
    protected = keys.given("protected")
    return Scenario(
        name=keys.scenario,
        model=keys.model,
        about=keys.given("about", ""),
        start_ns=keys.given("start", DEFAULT_START_NS),
        duration_ns=keys.duration,
        warm_up_ns=keys.given("warm_up", 0),
        seed=keys.given("seed", DEFAULT_SEED),
        replication=keys.given("replication", 0),
        trace=keys.given("trace", "all"),
        protected=None if protected == "none" else protected,
        network=_network(keys.given("network", {})),
        actors={name: _actor(name, actor) for name, actor in keys.actors.items()},
        attacks=attacks_of(keys.given("attacks", ()), keys.duration),
        mitigations=mitigations(source),
        faults=faults_of(keys.given("faults", ())),
        source=source,
    )


# -- network -----------------------------------------------------------------------------------------------------------


def _network(network: Mapping[str, LinkKeys]) -> Network:
    default = _link(network["default"], Link()) if "default" in network else Link()
    two_way: dict[frozenset[str], Link] = {}
    rules: list[LinkRule] = []
    named = [(split, keys) for name, keys in network.items() if (split := split_link(name)) is not None]
    # Two-way links first: a one-way link of the same pair takes from them what it does not say.
    for (a, b, both), keys in sorted(named, key=lambda item: not item[0][2]):
        link = _link(keys, default if both else two_way.get(frozenset((a, b)), default))
        if both:
            two_way[frozenset((a, b))] = link
        rules.append(LinkRule(a, b, both, link))
    return Network(default, tuple(rules))


def _link(keys: LinkKeys, default: Link) -> Link:
    return Link(
        latency=keys.given("latency", default.latency),
        loss=keys.given("loss", default.loss),
        transport=keys.given("transport", default.transport),
        keep_alive_ns=keys.given("keep_alive", default.keep_alive_ns),
    )


def _access(*given: AccessKeys | None) -> Access:
    """What the actor says, then what the class does."""
    found = Access()
    for keys in filter(None, given):
        latency, loss = keys.given("latency", found.latency), keys.given("loss", found.loss)
        found = Access(latency, loss, keys.given("keep_alive", found.keep_alive_ns))
    return found


# -- actors ------------------------------------------------------------------------------------------------------------


def _actor(name: str, keys: Any) -> Actor:
    if isinstance(keys, ClientKeys):
        return _client(name, keys)
    if isinstance(keys, ServerKeys):
        return _server(keys)
    return _companion(keys)


def _queue(keys: QueueKeys | None) -> Queue:
    if keys is None:
        return Queue()
    order, full, backlog = keys.given("order", "fifo"), keys.given("full", "refuse"), keys.given("backlog", DEFAULT_BACKLOG)
    return Queue(keys.given("capacity"), order, full, backlog)


def _server(keys: ServerKeys) -> Server:
    return Server(
        instances=keys.given("instances", 1),
        balance=keys.given("balance", "random"),
        servers=keys.given("servers", 1),
        queue=_queue(keys.given("queue")),
        connections=connections_of(keys.given("connections")),
        work=dict(keys.given("work", {})),
        holds_server=keys.given("holds_server", False),
        silent=keys.given("silent", False),
        memory=dict(keys.given("memory", {})),
        expires=dict(keys.given("expires", {})),
        timeout_ns=keys.given("timeout"),
        retry=_retry(keys.given("retry")),
        parameters=dict(keys.given("parameters", {})),
        restraints=restraints(keys.given("throttle"), keys.given("breaker")),
    )


def _companion(keys: CompanionKeys) -> Companion:
    return Companion(
        work=dict(keys.given("work", {})),
        expires=dict(keys.given("expires", {})),
        timeout_ns=keys.given("timeout"),
        retry=_retry(keys.given("retry")),
        parameters=dict(keys.given("parameters", {})),
        restraints=restraints(keys.given("throttle"), keys.given("breaker")),
    )


def _client(name: str, keys: ClientKeys) -> Client:
    classes = keys.given("classes") or {name: ClassKeys()}
    shares, populations = divide(keys)
    arrivals = arrivals_of(keys.given("arrivals"))
    portions: list[Arrivals | None] = [None] * len(classes)
    if arrivals is not None:
        portions = list(split_arrivals(arrivals, shares))
    resolved = [
        _class(class_name, own, keys, share, population, arrivals_of(own.given("arrivals")) or portion)
        for (class_name, own), share, population, portion in zip(classes.items(), shares, populations, portions, strict=True)
    ]
    return Client(sum(populations), keys.given("picks", "new"), tuple(resolved), arrivals)


def divide(keys: ClientKeys) -> tuple[list[float], list[int]]:
    """Share and population of each class (of one, if there are no classes)."""
    classes = list((keys.given("classes") or {"": ClassKeys()}).values())
    populations = [own.given("population") for own in classes]
    shares = [own.given("share") for own in classes]
    given = [population for population in populations if population is not None]
    if len(given) == len(classes) and not any(share is not None for share in shares):
        shares = [population / sum(given) for population in given]
    completed = complete_shares(shares) or [1 / len(classes)] * len(classes)
    if len(given) == len(classes):
        return completed, given
    return completed, largest_remainder(keys.given("population", 1), completed)


def _class(name: str, own: ClassKeys, actor: ClientKeys, share: float, population: int, arrivals: Arrivals | None) -> ClientClass:
    if arrivals is None:
        raise ValueError(f"the class {name!r} has no arrivals")  # sim.scenario.rules refuses this before

    def value(key: str, default: Any = None) -> Any:
        return own.given(key, actor.given(key, default))

    def merged(key: str) -> dict[str, Any]:
        return {**actor.given(key, {}), **own.given(key, {})}

    addresses = value("addresses")
    shared_by = addresses.given("shared_by") if addresses is not None else None
    return ClientClass(
        name=name,
        share=share,
        population=population,
        arrivals=arrivals,
        picks=value("picks", "new"),
        addresses="own" if shared_by is None else ("shared_by", shared_by),
        holds=tuple(_holding(holding) for holding in value("holds", ())),
        expires=merged("expires"),
        deadline_ns=value("deadline"),
        timeout_ns=value("timeout"),
        retry=_retry(value("retry")),
        clock_skew=value("clock_skew", ZERO),
        work=merged("work"),
        access=_access(actor.given("network"), own.given("network")),
        hash_rate_per_s=value("hash_rate", DEFAULT_HASH_RATE),
        parameters=merged("parameters"),
        restraints=restraints(value("throttle"), value("breaker")),
        restarts=restarts(value("restarts")),
        unknown=tuple(dict.fromkeys(value("unknown", ()))),
    )


def _holding(keys: HoldingKeys) -> Holding:
    return Holding(keys.share, tuple(dict.fromkeys(keys.items)))


def arrivals_of(keys: ArrivalKeys | None) -> Arrivals | None:
    """The arrivals of their keys; None stays None."""
    if keys is None:
        return None
    kind: Any = next(name for name in PROCESSES if keys.given(name) is not None)
    times_ns, file = keys.given("times", ((), ""))
    return Arrivals(
        kind=kind,
        rate_per_s=keys.given(kind) if kind in ("poisson", "constant") else 0.0,
        steps=tuple((step.from_, step.rate) for step in keys.given("steps", ())),
        ramp=(keys.ramp.from_, keys.ramp.to) if kind == "ramp" else (0.0, 0.0),
        process=keys.given("process", "poisson"),
        times_ns=times_ns,
        think=keys.closed.think if kind == "closed" else None,
        maximum=keys.given("maximum"),
        file=file,
    )


def _retry(keys: RetryKeys | None) -> Retry:
    if keys is None:
        return Retry()
    budget = keys.given("budget")
    return Retry(keys.given("attempts", 1), tuple(dict.fromkeys(keys.given("on", Retry().on))), _backoff(keys),
                 _budget(budget) if budget is not None else None, keys.given("honours_retry_after", False))


def _budget(keys: BudgetKeys) -> Budget:
    standard = Budget()
    return Budget(keys.given("ratio", standard.ratio), keys.given("minimum", standard.minimum_per_s),
                  keys.given("burst", standard.burst), keys.given("shared", standard.shared))


def _backoff(keys: RetryKeys) -> Backoff:
    backoff = keys.given("backoff")
    if backoff is None or not backoff.model_fields_set:
        return Backoff()
    kind: Any = next(iter(backoff.model_fields_set))
    if kind == "constant":
        return Backoff(kind, backoff.constant, backoff.constant)
    growing = backoff.given(kind)
    return Backoff(kind, growing.base, growing.cap)
