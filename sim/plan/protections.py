"""The mitigations of a scenario as tables: which steps each is about, and its blocks of numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.language.faults import Fault, Faults, either
from sim.mitigations.framework.declaration import PER_WORDS, Declaration
from sim.protocol.diagram import Action, Message
from sim.protocol.model import Model
from sim.protocol.projection import StepKind
from sim.scenario.mitigations import Mitigation
from sim.scenario.scenario import Actor, Scenario, Server
from sim.world.clock import NEVER_NS
from sim.world.credentials import DEFAULT_ORDER, PER_INSTANCE, REPLICATED, order_of

ADDRESS, PREFIX, CLAIMED_KEY, PROVEN_KEY, ALL, METADATA = range(len(PER_WORDS))
"""By whom a mitigation keeps a row: the order of `PER_WORDS`."""
PROVEN_BYTES = 8 * 6
"""What a proven key takes: three columns and two slots of the identity table, and the address."""
MOST_NODES = 1 << 12


@dataclass(frozen=True, slots=True)
class ProtectionPlan:
    """One mitigation of a server. ``meets`` and ``acts``: by step, whether it is about this request, this action."""

    name: str
    label: str
    """The name, with a number if a server has several of this name: of its stream of chance, and its memory."""
    declared: Declaration
    values: Mapping[str, Any]
    meets: tuple[bool, ...]
    acts: tuple[bool, ...]
    at_edge: bool
    work_ns: int
    per: int
    """ADDRESS to ALL; of one that keeps rows of keys or none, ALL."""
    capacity: int
    """Most identities; 0 for no limit."""
    key: int
    """The fact whose rows it keeps; -1 if it keeps no keys."""
    when: tuple[int, int] | None
    """Only under load: over which wait (ns), and for how long (ns); None for always."""
    stream: str
    memory: int
    """Its kind of row in the station's memory; -1 if it keeps no table. What it has from the start is one row."""


def labelled(mitigations: Sequence[Mitigation]) -> list[str]:
    """The name of each, with a number from the second of a name on."""
    found: list[str] = []
    for each in mitigations:
        name = each.declared.name
        before = sum(label.partition("_no_")[0] == name for label in found)
        found.append(f"{name}_no_{before + 1}" if before else name)
    return found


def own_keys(model: Model, server: str) -> list[str]:
    """The facts that a server gives out and is shown again by requests: its keys."""
    messages = list(model.diagram.messages())
    given = {fact for message in messages if message.sender == server for fact in message.facts.gives}
    shown = {fact for message in messages if message.receiver == server for fact in message.facts.carries}
    return sorted(given & shown)


def allocations(model: Model, server: str) -> set[str]:
    """The actions by which a server makes its keys: the last one before each message that gives one."""
    keys, last, found = set(own_keys(model, server)), None, set()
    for step in model.projection.steps:
        item = step.item
        if isinstance(item, Action) and item.participant == server:
            last = item.id
        elif isinstance(item, Message) and item.sender == server and keys & set(item.facts.gives) and last is not None:
            found.add(last)
    return found


def check(scenario: Scenario, model: Model) -> None:
    """Raise :class:`Faults` for what only the whole diagram shows: a key that is not to be found, too many nodes."""
    faults: list[Fault] = []
    for server, mitigations in scenario.mitigations.items():
        keys, kept = own_keys(model, server), dict[str, str]()
        for index, each in enumerate(mitigations):
            path = ("mitigations", server, index, each.name)
            faults += _of_keys(scenario, path, server, each, keys, kept)
            faults += _without_effect(scenario, path, model, server, each, keys)
            if each.declared.challenges and 4 * (len(model.projection.steps) + 1) > MOST_NODES:
                problem = f"the diagram has {len(model.projection.steps)} steps"
                faults.append(scenario.fault(path, problem, f"at most {MOST_NODES // 4 - 1} where requests are challenged"))
        contradiction = _not_both(model, server, scenario.actors[server], mitigations)
        if contradiction is not None:
            faults.append(scenario.fault(("mitigations", server), contradiction, "other parameters, or other mitigations"))
    if faults:
        raise Faults(faults)


def told(listed: Sequence[ProtectionPlan | Mitigation]) -> dict[str, Mapping[str, Any]]:
    """What an actor is told of the mitigations of its server: by name, the values of the first of that name."""
    return {each.declared.name: each.values for each in reversed(listed)}


def _not_both(model: Model, server: str, actor: Actor, mitigations: Sequence[Mitigation]) -> str | None:
    """What of a server's parameters and mitigations cannot both be meant, as its actor says."""
    if not model.has_payloads or not isinstance(actor, Server):
        return None
    return model.actors[server].contradiction(model.settings(server, actor.parameters), told(mitigations))


def _without_effect(scenario: Scenario, path: tuple[str | int, ...], model: Model, server: str, mitigation: Mitigation,
                    keys: list[str]) -> list[Fault]:
    """A mitigation at a server where it can never act: it has no such action, or gives out no key."""
    declared = mitigation.declared
    if "at_action" in declared.laws and not any(_acts(model, server, mitigation)):
        what = {"signature": "checks a signature", "allocation": "makes a key"}.get(declared.actions or "", "is named here")
        return [scenario.fault(path, f"'{server}' has no action that {what}", "a server that has one")]
    if "at_issue" in declared.laws and not declared.keeps_keys and not keys:
        return [scenario.fault(path, f"'{server}' gives out no key that requests bring back", "a server that does")]
    return []


def _of_keys(scenario: Scenario, path: tuple[str | int, ...], server: str, mitigation: Mitigation, keys: list[str],
             kept: dict[str, str]) -> list[Fault]:
    """What is wrong with the key whose rows a mitigation keeps; ``kept``: by key, which of those before it collects them."""
    if not mitigation.declared.keeps_keys:
        return []
    key = mitigation.values["key"]
    if key is None and len(keys) != 1:
        found = f"it gives out {either(keys)}" if keys else "it gives out no fact that requests bring back"
        return [scenario.fault(path, f"'{server}' has no key of its own: {found}", "key: with the fact that is meant")]
    if key is not None and key not in keys:
        return [scenario.fault((*path, "key"), f"'{server}' does not give out {key} and see it again", either(keys))]
    name = key or keys[0]
    if mitigation.declared.collects and name in kept:
        problem = f"the rows of {name} are collected by '{kept[name]}' already"
        return [scenario.fault(path, problem, "one such mitigation for each key")]
    if mitigation.declared.collects:
        kept[name] = mitigation.declared.name
    return []


def protections(model: Model, server: str, mitigations: Sequence[Mitigation], fact: Mapping[str, int],
                first_memory: int) -> tuple[ProtectionPlan, ...]:
    """The plan of a server's mitigations; their tables are kinds of memory from ``first_memory`` on."""
    found = []
    memory = first_memory
    for each, label in zip(mitigations, labelled(mitigations), strict=True):
        declared, values = each.declared, each.values
        keys = own_keys(model, server)
        found.append(ProtectionPlan(
            name=declared.name, label=label, declared=declared, values=values, meets=_meets(model, server, each),
            acts=_acts(model, server, each), at_edge=each.at_edge, work_ns=values["work"] if "at_take_up" in declared.laws else 0,
            per=PER_WORDS.index(values["per"]) if declared.per is not None else ALL,
            capacity=(values["table"] or 0) if declared.per is not None else 0,
            key=fact[values.get("key") or keys[0]] if declared.keeps_keys else -1,
            when=values.get("when"), stream=f"mitigation:{server}:{label}", memory=memory if _keeps_memory(each) else -1))
        memory += _keeps_memory(each)
    return tuple(found)


def memory(mitigations: Sequence[Mitigation]) -> list[tuple[str, int]]:
    """The kinds of memory that the tables of mitigations are: name, and bytes of a row."""
    return [(label, each.declared.row_bytes if each.declared.room is None else each.declared.room_bytes(each.values))
            for each, label in zip(mitigations, labelled(mitigations), strict=True) if _keeps_memory(each)]


def check_order(protections: Sequence[ProtectionPlan]) -> int:
    """The order in which a server checks signed requests: that of the first mitigation that says one."""
    said = (each.declared.checks(each.values) for each in protections if each.declared.checks is not None)
    found = next(said, None)
    return DEFAULT_ORDER if found is None else order_of(found)


def nonce_store(protections: Sequence[ProtectionPlan], instances: int) -> tuple[int, int]:
    """Where a server keeps the nonces of its requests: after how many ns an instance knows what another has taken up (0: they
    share one store; NEVER_NS: each has its own), and in how many stores each is kept.
    """
    for each in protections:
        if each.declared.nonces is not None:
            kept, lag_ns = each.declared.nonces(each.values)
            if kept == PER_INSTANCE:
                return NEVER_NS, 1
            return (lag_ns, instances) if kept == REPLICATED else (0, 1)
    return 0, 1


def _keeps_memory(mitigation: Mitigation) -> bool:
    """Whether it has a table of identities, or rows from the start."""
    declared = mitigation.declared
    return declared.room is not None or (declared.per is not None and mitigation.values["per"] != "all")


def _meets(model: Model, server: str, mitigation: Mitigation) -> tuple[bool, ...]:
    if not mitigation.declared.is_about_requests:
        return (False,) * len(model.projection.steps)
    named = mitigation.values.get("message")
    return tuple(isinstance(step.item, Message) and step.item.receiver == server
                 and (step.kind is StepKind.REQUEST if named is None else step.id in named) for step in model.projection.steps)


def _acts(model: Model, server: str, mitigation: Mitigation) -> tuple[bool, ...]:
    if "at_action" not in mitigation.declared.laws:
        return (False,) * len(model.projection.steps)
    named = mitigation.values.get("action")
    made = allocations(model, server) if mitigation.declared.actions == "allocation" else set()

    def is_meant(item: Action) -> bool:
        if named is not None:
            return item.id in named
        if mitigation.declared.actions == "signature":
            return "signature" in item.facts.checks
        return mitigation.declared.actions is None or item.id in made

    return tuple(isinstance(step.item, Action) and step.item.participant == server and is_meant(step.item)
                 for step in model.projection.steps)
