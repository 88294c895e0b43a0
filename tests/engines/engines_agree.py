"""Both engines, one scenario: the first difference between their traces and metrics, with the command that shows it again."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any
from unittest.mock import patch

from sim.engines import compiled, simpy_engine
from sim.engines.following import Follower
from sim.measure.metrics import Metrics, metrics
from sim.plan.plan import Plan
from sim.trace import header
from sim.trace.records import FIELDS, HTTP


def difference(plan: Plan, *, plain: bool, payloads: bool = True, again: str = "") -> str | None:
    """What differs between the engines; None if they agree, message for message and number for number.

    ``plain``: the loop of the compiled engine runs uncompiled, which is quicker for what is small.
    """
    defined = simpy_engine.run(plan, payloads=payloads)
    fast = compiled.run(plan, plain=plain)
    return (first_difference(list(map(tuple, defined.recorder.records())), list(fast.recorder.records()), again)
            or metrics_difference(metrics(defined.meter), metrics(fast.meter), again))


def followed(plan: Plan, group: int = 16) -> list[tuple[Any, ...]]:
    """The records of a compiled run whose trace was encoded while it went on, in small groups, as often as can be."""
    followers: list[Follower] = []

    def follow(machine: compiled.Machine, header: dict[str, Any]) -> Follower:
        followers.append(Follower(machine, header, group))
        return followers[0]

    with patch.object(compiled, "Follower", follow):
        ran = compiled.run(plan, encode=made(plan), progress=lambda _share: followers[0].make_room())
    assert followers[0].given in (0, len(ran.recorder.records()))
    return list(ran.recorder.records())


def made(plan: Plan) -> dict[str, Any]:
    """A header for a trace of a plan."""
    return header.make(plan.scenario.name, "0" * 64, plan.model.drawn)


def first_difference(defined: list[tuple[Any, ...]], fast: list[tuple[Any, ...]], again: str) -> str | None:
    """The first record that differs, in both engines."""
    for number, (one, other) in enumerate(zip_longest(defined, fast)):
        if one is None or other is None or one[:HTTP] != other[:HTTP]:
            names = [name for name, a, b in zip(FIELDS, one or (), other or (), strict=False) if a != b and name != "http"]
            return (f"record {number} differs in {', '.join(names) or 'being there'}\n  simpy    {one and one[:HTTP]}\n"
                    f"  compiled {other and other[:HTTP]}\n{again}")
    return None


def metrics_difference(defined: Mapping[str, Any], fast: Mapping[str, Any], again: str) -> str | None:
    """The metrics that differ, by path."""
    if Metrics(defined).to_json() == Metrics(fast).to_json():
        return None
    defined, fast = Metrics(defined), Metrics(fast)
    found = [f"  {path}: {one!r:.100} {other!r:.100}" for path, one, other in _pairs(defined, fast, "") if one != other]
    return "\n".join(["metrics differ (simpy, compiled)", *found[:20], again])


def _pairs(one: Any, other: Any, path: str) -> Any:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys((*one, *other)):
            yield from _pairs(one.get(key), other.get(key), f"{path}.{key}".removeprefix("."))
    else:
        yield path, one, other
