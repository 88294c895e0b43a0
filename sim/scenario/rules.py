"""What must be right between the keys of a scenario, whatever its diagram.

The rules read the file's data, not the resolved scenario: a value that is wrong by itself is the schema's business, and
a rule that would need it says nothing. So a file with a slip in one place still gets every other fault at once.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, TypeGuard, TypeVar

from sim.language.faults import BadValue, Fault, Step
from sim.language.units import duration_ns, format_duration, format_share, share
from sim.scenario import mitigations
from sim.scenario.network import split_link
from sim.scenario.schema import actor_kind
from sim.scenario.source import Source
from sim.scenario.split import TOLERANCE, complete_shares, exact, largest_remainder

Value = TypeVar("Value")


def rule_faults(source: Source) -> Iterator[Fault]:
    """All faults between keys; the schema's own are found elsewhere."""
    yield from _times(source)
    yield from _links(source)
    clients = [name for name, data in entries(source, "actors") if actor_kind(data) == "<client>"]
    if isinstance(source.at("actors"), dict) and not clients:
        expected = "arrivals at one of them, e.g. arrivals: {poisson: 20 /s}"
        yield source.fault(("actors",), "no actor starts sessions", expected)
    for name in clients[1:]:
        problem = f"'{clients[0]}' already starts the sessions"
        yield source.fault(("actors", name), problem, "one actor with arrivals, population, picks, holds or classes")
    for name in clients:
        yield from _client(source, name)
    for name, _ in entries(source, "actors"):
        queue = source.at("actors", name, "queue")
        if isinstance(queue, dict) and queue.get("order") == "processor_sharing":
            yield from _sharing(source, ("actors", name), queue)
        if isinstance(queue, dict) and "backlog" in queue and queue.get("order", "fifo") != "adaptive_lifo":
            yield source.key_fault(("actors", name, "queue", "backlog"), "it is of no use in this order", "order: adaptive_lifo")
        if isinstance(queue, dict) and queue.get("order") == "effort" and not mitigations.challenges(source, name):
            problem = f"'{name}' asks nobody for an effort, so all would be served as they come"
            expected = "another order, or a mitigation that challenges: adaptive_puzzle"
            yield source.fault(("actors", name, "queue", "order"), problem, expected)
    yield from mitigations.faults(source)


def _sharing(source: Source, path: tuple[Step, ...], queue: dict[str, Any]) -> Iterator[Fault]:
    """What makes no sense where all who are present share the servers."""
    if queue.get("capacity") == 0:
        yield source.fault((*path, "queue", "capacity"), "nobody could ever be present", "at least 1: in this order nobody waits")
    if source.at(*path, "holds_server") is True:
        yield source.fault((*path, "holds_server"), "processor_sharing leaves nobody a server to hold", "holds_server: false")


def readable(reader: Callable[[object], Value], value: object) -> Value | None:
    """What ``reader`` makes of a value, or None where it finds a fault: the schema says which."""
    try:
        return reader(value)
    except BadValue:
        return None


def entries(source: Source, *path: Step) -> list[tuple[Any, Any]]:
    """The keys and values of the mapping at a path; none if there is no mapping."""
    found = source.at(*path)
    return list(found.items()) if isinstance(found, dict) else []


def _times(source: Source) -> Iterator[Fault]:
    duration, warm_up = (readable(duration_ns, source.at(key)) for key in ("duration", "warm_up"))
    if duration and warm_up and warm_up >= duration:
        problem = f"{format_duration(warm_up)} is all of the duration, {format_duration(duration)}"
        yield source.fault(("warm_up",), problem, "a warm-up that leaves something to count")


def _links(source: Source) -> Iterator[Fault]:
    seen: dict[tuple[bool, Any], str] = {}
    for name, link in entries(source, "network"):
        split = split_link(name) if isinstance(name, str) else None
        if split is None:
            continue
        a, b, both = split
        if a == b:
            yield source.key_fault(("network", name), f"'{a}' has no link to itself", "two participants")
        key = (both, frozenset((a, b)) if both else (a, b))
        if key in seen:
            yield source.key_fault(("network", name), f"this link is already there as '{seen[key]}'", "each link once")
        seen[key] = name
        back = next((other for other in seen if not both and other == (False, (b, a))), None)
        if back is not None:
            yield from _one_connection(source, name, link, seen[back])


def _one_connection(source: Source, name: str, link: Any, back: str) -> Iterator[Fault]:
    other = source.at("network", back)
    for key in ("transport", "keep_alive"):
        if isinstance(link, dict) and isinstance(other, dict) and link.get(key) != other.get(key):
            expected = f"{key} as in '{back}': both directions share one connection"
            yield source.fault(("network", name, key), f"{key} differs between the two directions", expected)


# -- the client --------------------------------------------------------------------------------------------------------


def _client(source: Source, name: str) -> Iterator[Fault]:
    path = ("actors", name)
    classes = entries(source, *path, "classes")
    if source.at(*path, "arrivals") is None:
        without = [own for own, data in classes if not isinstance(data, dict) or "arrivals" not in data]
        where = (*path, "classes", without[0]) if without and len(without) < len(classes) else path
        if without or not classes:
            yield source.fault(where, "the key 'arrivals' is missing", "e.g. arrivals: {poisson: 20 /s}")
    for place in (path, *((*path, "classes", own) for own, _ in classes)):
        yield from _holds(source, place)
    yield from _restarts(source, path, [(*path, "classes", own) for own, _ in classes] or [path])
    if classes and all(isinstance(data, dict) for _, data in classes):
        yield from _classes(source, path, classes)


def _holds(source: Source, path: tuple[Step, ...]) -> Iterator[Fault]:
    holds = source.at(*path, "holds")
    written = [holding.get("share") for holding in holds if isinstance(holding, dict)] if isinstance(holds, list) else []
    total = Fraction(0)
    for one in written:
        total += exact(readable(share, one) or 0.0)
    if total > 1 + TOLERANCE:
        yield source.fault((*path, "holds"), f"the shares add up to {format_share(float(total))}", "at most 100 %")


def _restarts(source: Source, actor: tuple[Step, ...], places: list[tuple[Step, ...]]) -> Iterator[Fault]:
    """Whoever comes only once has nothing to forget."""
    told: set[tuple[Step, ...]] = set()
    for path in places:
        where = path if source.at(*path, "restarts") is not None else actor
        picks = source.at(*path, "picks") or source.at(*actor, "picks") or "new"
        if isinstance(source.at(*where, "restarts"), dict) and picks == "new" and where not in told:
            told.add(where)
            yield source.key_fault((*where, "restarts"), "each client comes only once (picks: new)", "picks: random or round_robin")


def _classes(source: Source, path: tuple[Step, ...], classes: list[tuple[str, dict[str, Any]]]) -> Iterator[Fault]:
    """Shares add up to 100 %, populations to that of the actor, and nobody's class is empty."""
    total = source.at(*path, "population")
    populations = [data.get("population") for _, data in classes]
    given = [population for population in populations if _is_count(population)]
    if len(given) == len(classes):
        if _is_count(total) and sum(given) != total:
            problem = f"the classes have {sum(given)} in all, the actor {total}"
            yield source.fault((*path, "population"), problem, "the sum over the classes, or no population here")
    elif any(population is not None for population in populations):
        without = next((name for name, data in classes if "population" not in data), None)
        if without is not None:  # else one is no number, as the schema says
            problem = "the key 'population' is missing, and other classes have one"
            yield source.fault((*path, "classes", without), problem, "a population for every class, or for none")
        return
    shares = [readable(share, data["share"]) if "share" in data else None for _, data in classes]
    if any("share" in data and one is None for one, (_, data) in zip(shares, classes, strict=True)):
        return
    if len(given) == len(classes) and all(one is None for one in shares):
        return
    completed = complete_shares(shares)
    if completed is None:
        added = float(sum(exact(one) for one in shares if one is not None))
        yield source.fault((*path, "classes"), f"the shares add up to {format_share(added)}", "100 %")
    elif not given and (total is None or _is_count(total)):
        for (name, _), number in zip(classes, largest_remainder(total or 1, completed), strict=True):
            if number == 0:
                problem = f"nobody of a population of {total or 1} is in this class"
                yield source.fault((*path, "classes", name), problem, "a larger share or population")


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
