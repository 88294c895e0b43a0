"""Can the clients of a scenario walk through the diagram with what they hold from the start?

A client that comes to a message without a fact that the message needs would make nonsense of the trace: the scenario is
at fault, and it is said before the run. All ways are walked on paper, chances taken both ways; expiry is left out (what
expires under way is refused in the run).
"""

from sim.language.faults import Faults
from sim.protocol.diagram import SESSION, Action, FactGuard, Guard, Message
from sim.protocol.model import Model
from sim.protocol.projection import DONE, Step, StepKind
from sim.scenario.scenario import Client, Scenario, Server

Held = frozenset[tuple[str, str]]
"""(participant, fact) pairs."""

_MOST_STATES = 100_000


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
    seen: set[tuple[int, Held]] = set()
    todo = [(projection.first, start)]
    while todo and len(seen) < _MOST_STATES:
        index, held = todo.pop()
        if index == DONE or (index, held) in seen:
            continue
        seen.add((index, held))
        step = projection.steps[index]
        if step.kind is StepKind.END:
            continue
        if step.kind in (StepKind.CHOICE, StepKind.LOOP):
            todo.extend((target, held) for target in _ways(step, held, servers))
            continue
        item = step.item
        assert isinstance(item, Message | Action)
        missing = [fact for fact in (*item.facts.carries, *item.facts.needs) if (step.actor, fact) not in held]
        if missing:
            stuck.update({(index, fact): step for fact in missing})
            continue
        todo.append((step.next, _after(step, item, held)))
    return [(step, fact) for (_, fact), step in sorted(stuck.items(), key=lambda found: found[0])]


def _after(step: Step, item: Message | Action, held: Held) -> Held:
    """What is held after a message or an action."""
    to = item.receiver if isinstance(item, Message) else step.actor
    spent = held - {(step.actor, fact) for fact in item.facts.spends}
    return spent | {(to, fact) for fact in (*item.facts.gives, *item.facts.carries)}


def _ways(step: Step, held: Held, servers: frozenset[str]) -> list[int]:
    """Where a decision can lead."""
    if step.kind is StepKind.LOOP:
        return [step.ways[0][1], step.next]
    ways = []
    for guard, target, _ in step.ways:
        verdict = _verdict(guard, held, servers)
        if verdict is not False:
            ways.append(target)
        if verdict is True:
            return ways
    return [*ways, step.next]


def _verdict(guard: Guard | None, held: Held, servers: frozenset[str]) -> bool | None:
    """Whether a guard holds; None if that is left to chance."""
    if guard is None:
        return True
    if not isinstance(guard, FactGuard):
        return None if 0 < guard.chance < 1 else guard.chance == 1
    subjects = servers if guard.subject == SESSION else {guard.subject}
    return any((subject, guard.fact) in held for subject in subjects) != guard.lacks
