"""What a scenario may name of a model: its words, for the check of one against the other."""

from sim.protocol.diagram import SIGNATURE, Action, Arrow, Item, Message
from sim.protocol.model import Model
from sim.scenario.vocabulary import Vocabulary


def vocabulary(model: Model) -> Vocabulary:
    """The words of a model.

    Servers, unless a scenario says otherwise: whoever receives requests, and whoever receives one-way messages without
    being the one that starts the diagram. The others play at the client's side.
    """
    diagram = model.diagram
    items = list(diagram.items())
    messages = [item for item in items if isinstance(item, Message)]
    called = {message.receiver for message in messages if message.arrow is Arrow.REQUEST}
    told = {message.receiver for message in messages if message.arrow is Arrow.ONE_WAY}
    starter = model.projection.steps[model.projection.first].actor
    servers = frozenset(called | (told - {starter}))
    return Vocabulary(
        participants=tuple(diagram.participants),
        messages={message.id: (message.sender, message.receiver, message.arrow.value) for message in messages},
        actions={item.id: item.participant for item in items if isinstance(item, Action)},
        facts=diagram.facts(),
        outside_facts=diagram.outside_facts,
        client=_client(items, servers, frozenset(diagram.outside_facts)),
        servers=servers,
        signed=signed(model),
        needs={item.id: frozenset((*item.facts.needs, *item.facts.carries)) for item in messages},
        carried=frozenset(name for message in messages for name in message.facts.carries),
        checked_facts=checked_facts(model),
        may_be_unknown=frozenset(name for actor in model.actors.values() for name in actor.may_be_unknown) if model.actors
        else None,
        parameters={name: dict(actor.parameters) for name, actor in model.actors.items()},
    )


def signed(model: Model) -> frozenset[str]:
    """The requests whose signature is checked: an action that does means the request that is being served."""
    open_calls = model.projection.turns.open_calls
    checking = [item for item in model.diagram.items() if isinstance(item, Action) and SIGNATURE in item.facts.checks]
    return frozenset(open_calls[item.id][-1] for item in checking if open_calls.get(item.id))


def checked_facts(model: Model) -> dict[str, frozenset[str]]:
    """By request, the facts that servers look up while they serve it, in calls of theirs too."""
    open_calls = model.projection.turns.open_calls
    found: dict[str, frozenset[str]] = {}
    for item in model.diagram.items():
        if isinstance(item, Action):
            for request in open_calls.get(item.id, ()):
                found[request] = found.get(request, frozenset()) | (set(item.facts.checks) - {SIGNATURE})
    return found


def _client(items: list[Item], servers: frozenset[str], outside: frozenset[str]) -> str | None:
    """Who at the client's side needs facts from elsewhere; else who calls or tells first."""
    own = [item for item in items if isinstance(item, Message) and item.sender not in servers]
    needing = [item for item in own if outside & {*item.facts.needs, *item.facts.carries}]
    speaking = [item for item in own if item.arrow is not Arrow.OUTSIDE]
    return next((item.sender for item in (*needing, *speaking)), None)
