"""Writing a scenario out again, every default spelled out, and its hash."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sim.language.quantities import ZERO, Distribution, distribution_data, times_data
from sim.language.units import format_duration, format_instant, format_rate, format_share, format_size
from sim.scenario.attack import attack_data
from sim.scenario.flow import dump
from sim.scenario.restraints import restarts_data, restraints_data
from sim.scenario.scenario import (
    Access,
    Actor,
    Arrivals,
    Client,
    ClientClass,
    Companion,
    Link,
    Network,
    Retry,
    Scenario,
    Server,
)
from sim.scenario.split import split_arrivals

CHANCE = ("seed", "replication", "trace")
"""Keys that are no part of what a scenario is: they choose one of its runs, and what is kept of it."""


def spelled_out(scenario: Scenario) -> str:
    """The scenario as YAML with every default spelled out; loading it gives an equal scenario."""
    return dump(scenario_data(scenario))


def sha256(scenario: Scenario) -> str:
    """The hash of what the scenario says, in hexadecimal: the same however it was written, and whatever its seed."""
    data = {key: value for key, value in scenario_data(scenario, inline=True).items() if key not in CHANCE}
    if not scenario.attacks:
        del data["attacks"]  # what a scenario of before there were attacks says is the same now
    canonical = json.dumps(_canonical(data), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def scenario_data(scenario: Scenario, *, inline: bool = False) -> dict[str, Any]:
    """The scenario as the data of a file. Long lists of times are named by their file, unless ``inline``."""
    writer = _Writer(inline)
    return {
        "scenario": scenario.name,
        "model": scenario.model,
        "about": scenario.about,
        "start": format_instant(scenario.start_ns),
        "duration": format_duration(scenario.duration_ns),
        "warm_up": format_duration(scenario.warm_up_ns),
        "seed": scenario.seed,
        "replication": scenario.replication,
        "trace": scenario.trace if isinstance(scenario.trace, str) else {"sample": format_share(scenario.trace[1])},
        "protected": scenario.protected or "none",
        "network": writer.network(scenario.network),
        "actors": {name: writer.actor(name, actor) for name, actor in scenario.actors.items()},
        "attacks": [attack_data(attack, inline=inline) for attack in scenario.attacks],
        "mitigations": {server: [each.data() for each in listed] for server, listed in scenario.mitigations.items()},
    }


def _canonical(data: Any) -> Any:
    """The same data with the order of classes kept, which counts, when all other keys are sorted."""
    if isinstance(data, dict):
        return {
            key: [[name, _canonical(own)] for name, own in value.items()] if key == "classes" else _canonical(value)
            for key, value in data.items()
        }
    return [_canonical(part) for part in data] if isinstance(data, list) else data


class _Writer:
    """Turns each part of a scenario into data."""

    def __init__(self, inline: bool) -> None:
        self.inline = inline

    def network(self, network: Network) -> dict[str, Any]:
        links = {f"{rule.a} {'<->' if rule.both else '->'} {rule.b}": self.link(rule.link) for rule in network.links}
        return {"default": self.link(network.default), **links}

    def link(self, link: Link) -> dict[str, Any]:
        return {
            "latency": self.varying(link.latency),
            "loss": format_share(link.loss),
            "transport": link.transport,
            "keep_alive": format_duration(link.keep_alive_ns),
        }

    def actor(self, name: str, actor: Actor) -> dict[str, Any]:
        if isinstance(actor, Client):
            return self.client(name, actor)
        common = self.companion(actor)
        if isinstance(actor, Companion):
            return common
        return {**self.server(actor), **common}

    def companion(self, actor: Server | Companion) -> dict[str, Any]:
        return {
            "work": self.work(actor.work),
            "expires": _lifetimes(actor.expires),
            "timeout": _limit(actor.timeout_ns),
            "retry": self.retry(actor.retry),
            **restraints_data(actor.restraints),
            "parameters": dict(actor.parameters),
        }

    def server(self, server: Server) -> dict[str, Any]:
        queue = server.queue
        return {
            "instances": server.instances,
            "servers": _or_unlimited(server.servers),
            "queue": {"capacity": _or_unlimited(queue.capacity), "order": queue.order, "full": queue.full,
                      **({"backlog": queue.backlog} if queue.order == "adaptive_lifo" else {})},
            "holds_server": server.holds_server,
            "silent": server.silent,
            "memory": {fact: format_size(size) for fact, size in server.memory.items()},
        }

    def client(self, name: str, client: Client) -> dict[str, Any]:
        data: dict[str, Any] = {"population": client.population, "picks": client.picks}
        if client.arrivals is not None:
            data["arrivals"] = self.arrivals(client.arrivals)
        derived: list[Arrivals | None] = [None] * len(client.classes)
        if client.arrivals is not None:
            derived = list(split_arrivals(client.arrivals, [own.share for own in client.classes]))
        classes = {}
        for own, portion in zip(client.classes, derived, strict=True):
            classes[own.name] = {"share": format_share(own.share), "population": own.population}
            if own.arrivals != portion:
                classes[own.name]["arrivals"] = self.arrivals(own.arrivals)
            classes[own.name].update(self.client_class(own))
        only = client.classes[0]
        if len(client.classes) > 1 or only.name != name or "arrivals" in classes[only.name]:
            return {**data, "classes": classes}
        return {**data, **self.client_class(only)}

    def client_class(self, own: ClientClass) -> dict[str, Any]:
        return {
            "picks": own.picks,
            "addresses": own.addresses if own.addresses == "own" else {"shared_by": own.addresses[1]},
            "holds": [{"share": format_share(h.share), "items": list(h.items)} for h in own.holds],
            "expires": _lifetimes(own.expires),
            "deadline": _limit(own.deadline_ns),
            "timeout": _limit(own.timeout_ns),
            "retry": self.retry(own.retry),
            **restraints_data(own.restraints),
            **restarts_data(own.restarts, inline=self.inline),
            "clock_skew": self.varying(own.clock_skew),
            "work": self.work(own.work),
            **({"network": self.access(own.access)} if own.access != Access() else {}),
            "hash_rate": format_rate(own.hash_rate_per_s),
            "parameters": dict(own.parameters),
            **({"unknown": list(own.unknown)} if own.unknown else {}),
        }

    def access(self, access: Access) -> dict[str, Any]:
        return {
            **({"latency": self.varying(access.latency)} if access.latency is not None else {}),
            **({"loss": format_share(access.loss)} if access.loss is not None else {}),
            **({"keep_alive": format_duration(access.keep_alive_ns)} if access.keep_alive_ns is not None else {}),
        }

    def arrivals(self, arrivals: Arrivals) -> dict[str, Any]:
        data: dict[str, Any] = {}
        match arrivals.kind:
            case "poisson" | "constant":
                data[arrivals.kind] = format_rate(arrivals.rate_per_s)
            case "steps":
                data["steps"] = [{"from": format_duration(from_ns), "rate": format_rate(rate)} for from_ns, rate in arrivals.steps]
                data["process"] = arrivals.process
            case "ramp":
                data["ramp"] = {"from": format_rate(arrivals.ramp[0]), "to": format_rate(arrivals.ramp[1])}
                data["process"] = arrivals.process
            case "times":
                data["times"] = times_data(arrivals.times_ns, arrivals.file, inline=self.inline)
            case "closed":
                data["closed"] = {"think": self.varying(arrivals.think)}
        data["maximum"] = _or_unlimited(arrivals.maximum)
        return data

    def retry(self, retry: Retry) -> dict[str, Any]:
        backoff = retry.backoff
        data: object = "none"
        if backoff.kind == "constant":
            data = {"constant": format_duration(backoff.base_ns)}
        elif backoff.kind != "none":
            data = {backoff.kind: {"base": format_duration(backoff.base_ns), "cap": format_duration(backoff.cap_ns)}}
        written = {"attempts": retry.attempts, "on": list(retry.on), "backoff": data,
                   "honours_retry_after": retry.honours_retry_after}
        if retry.budget is None:
            return written
        budget = retry.budget
        return {**written, "budget": {"ratio": format_share(budget.ratio), "minimum": format_rate(budget.minimum_per_s),
                                      "burst": budget.burst, "shared": budget.shared}}

    def work(self, work: Mapping[str, Distribution]) -> dict[str, Any]:
        return {name: self.varying(time) for name, time in work.items()}

    def varying(self, distribution: Distribution | None) -> object:
        return distribution_data(distribution or ZERO, inline=self.inline)


def _lifetimes(expires: Mapping[str, int]) -> dict[str, str]:
    return {fact: format_duration(after_ns) for fact, after_ns in expires.items()}


def _limit(time_ns: int | None) -> str:
    return "none" if time_ns is None else format_duration(time_ns)


def _or_unlimited(count: int | None) -> int | str:
    return "unlimited" if count is None else count
