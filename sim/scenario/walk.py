"""Can the clients of a scenario walk through the diagram with what they hold from the start?

A client that comes to a message without a fact that the message needs would make nonsense of the trace: the scenario is
at fault, and it is said before the run. All ways are walked on paper, chances taken both ways. Expiry and what is dropped
after a refusal are left out: who then lacks something is refused in the run.
"""

from sim.language.faults import Faults
from sim.protocol.diagram import SESSION, Action, Alt, FactGuard, Guard, Loop, Message
from sim.protocol.model import Model
from sim.protocol.projection import DONE, Step, StepKind
from sim.scenario.scenario import Client, Scenario, Server

Held = frozenset[tuple[str, str]]
"""(participant, fact) pairs."""

_Passes = frozenset[tuple[int, int]]
"""(loop, passes made so far) of the loops that the walk is in."""

_MOST_STATES = 100_000
"""So far the walk goes; what it does not come to is refused in the run."""
_MOST_PASSES = 32
"""So many passes of a loop are told apart."""


def check_walk(scenario: Scenario, model: Model) -> None:
    """Raise :class:`Faults` for every kind of holdings from which a message is reached without what it needs."""
    client_name = scenario.client
    client = scenario.actors[client_name]
    assert isinstance(client, Client)
    servers = frozenset(name for name, actor in scenario.actors.items() if isinstance(actor, Server))
    faults = []
    starter = model.projection.steps[model.projection.first].actor
    if starter in servers:
        faults.append(scenario.fault(("model",), f"the diagram begins at {starter}, which is a server",
                                     "a diagram that begins at the client's side"))
    for each in client.classes:
        starts: list[tuple[str, ...]] = [holding.items for holding in each.holds]
        total = 0.0
        for holding in each.holds:
            total += holding.share
        if total < 1 - 1e-12:
            starts.append(())
        for number, items in enumerate(starts):
            path = _place(scenario, client_name, each.name, number if number < len(each.holds) else None)
            for step, fact in _stuck(model, frozenset((client_name, item) for item in items), servers):
                holds = f"holds {', '.join(items)}" if items else "holds nothing"
                faults.append(
                    scenario.fault(
                        path,
                        f"a {client_name} that {holds} comes to '{step.id}' without {fact}, which it needs",
                        f"joint holdings with which the diagram can be walked, e.g. {fact} among the items",
                    )
                )
    if faults:
        raise Faults(faults)


def _place(scenario: Scenario, client: str, name: str, number: int | None) -> tuple[str | int, ...]:
    """Where the holdings stand in the file: with the class if it has its own, else with the actor."""
    base: tuple[str | int, ...] = ("actors", client)
    if scenario.node is not None and scenario.node.at((*base, "classes", name, "holds")) is not None:
        base = (*base, "classes", name)
    return (*base, "holds") if number is None else (*base, "holds", number, "items")


def _stuck(model: Model, start: Held, servers: frozenset[str]) -> list[tuple[Step, str]]:
    """The (step, missing fact) pairs that can be come to from ``start``, in the order of the diagram."""
    projection = model.projection
    stuck: dict[tuple[int, str], Step] = {}
    seen: set[tuple[int, Held, _Passes]] = set()
    todo: list[tuple[int, Held, _Passes]] = [(projection.first, start, frozenset())]
    while todo and len(seen) < _MOST_STATES:
        index, held, passes = todo.pop()
        if index == DONE or (index, held, passes) in seen:
            continue
        seen.add((index, held, passes))
        step = projection.steps[index]
        if step.kind is StepKind.END:
            continue
        if step.kind is StepKind.CHOICE:
            todo.extend((target, held, passes) for target in _ways(step, held, servers))
            continue
        if step.kind is StepKind.LOOP:
            made = dict(passes).get(index, 0)
            others = frozenset(each for each in passes if each[0] != index)
            again, leaves = _loop_ways(step, made, held, servers)
            if again:
                todo.append((step.ways[0][1], held, others | {(index, min(made + 1, _MOST_PASSES))}))
            if leaves:
                todo.append((step.next, held, others))
            continue
        item = step.item
        assert isinstance(item, Message | Action)
        missing = [fact for fact in (*item.facts.carries, *item.facts.needs) if (step.actor, fact) not in held]
        if missing:
            stuck.update({(index, fact): step for fact in missing})
            continue
        todo.append((step.next, _after(step, item, held), passes))
    return [(step, fact) for (_, fact), step in sorted(stuck.items(), key=lambda found: found[0])]


def _after(step: Step, item: Message | Action, held: Held) -> Held:
    """What is held after a message or an action."""
    to = item.receiver if isinstance(item, Message) else step.actor
    spent = held - {(step.actor, fact) for fact in item.facts.spends}
    return spent | {(to, fact) for fact in (*item.facts.gives, *item.facts.carries)}


def _ways(step: Step, held: Held, servers: frozenset[str]) -> list[int]:
    """Where a decision can lead."""
    ways = []
    for guard, target, _ in step.ways:
        verdict = _verdict(guard, held, servers)
        if verdict is not False:
            ways.append(target)
        if verdict is True:
            return ways
    return ways if isinstance(step.item, Alt) and step.item.is_exhaustive else [*ways, step.next]


def _loop_ways(step: Step, made: int, held: Held, servers: frozenset[str]) -> tuple[bool, bool]:
    """Whether a loop can go on with another pass, and whether it can end here, after the passes ``made``."""
    loop = step.item
    assert isinstance(loop, Loop)
    if made == _MOST_PASSES < (loop.times or loop.maximum):
        return True, True
    if made >= (loop.times or loop.maximum):
        return False, True
    if loop.while_ is not None:
        holds = _verdict(loop.while_, held, servers)
        return holds is not False, holds is not True
    if loop.until is not None and made > 0:
        holds = _verdict(loop.until, held, servers)
        return holds is not True, holds is not False
    return True, False


def _verdict(guard: Guard | None, held: Held, servers: frozenset[str]) -> bool | None:
    """Whether a guard holds; None if that is left to chance."""
    if guard is None:
        return True
    if not isinstance(guard, FactGuard):
        return None if 0 < guard.chance < 1 else guard.chance == 1
    subjects = servers if guard.subject == SESSION else {guard.subject}
    return any((subject, guard.fact) in held for subject in subjects) != guard.lacks
