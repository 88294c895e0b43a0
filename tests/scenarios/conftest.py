"""Shipped scenarios under other circumstances: five seeds, and all work at half and at twice its time.

    python -m pytest tests/scenarios -n 0 -m "long or not long"     # every seed with every pace of work
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

import sim
from sim.language.units import duration_ns, format_duration
from sim.scenario.spell import scenario_data

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SEEDS = (1, 2, 3, 4, 5)
COSTS = {"check_order": ("timestamp", "key", "nonce", "signature")}
"""By mitigation, its parameters that are server time beside ``work``."""


class Circumstance(NamedTuple):
    """A seed, and how long all work takes, as a multiple of what the scenario says."""

    seed: int
    work: float


SHORT = [*(Circumstance(seed, 1.0) for seed in SEEDS), Circumstance(1, 0.5), Circumstance(1, 2.0)]
LONG = [each for work in (0.5, 2.0) for seed in SEEDS if (each := Circumstance(seed, work)) not in SHORT]


@pytest.fixture(params=[*SHORT, *(pytest.param(each, marks=pytest.mark.long) for each in LONG)],
                ids=lambda each: f"seed {each.seed}, work x {each.work:g}")
def circumstance(request: pytest.FixtureRequest) -> Circumstance:
    """Each seed, and for the first one (in the longer form for all) each pace of work."""
    return request.param


def paced(value: Any, factor: float) -> Any:
    """Every time in a distribution, so many times as long."""
    if isinstance(value, str):
        return format_duration(round(duration_ns(value) * factor))
    if isinstance(value, Mapping):
        return {name: paced(each, factor) for name, each in value.items()}
    return [paced(each, factor) for each in value] if isinstance(value, list) else value


def with_work(data: dict[str, Any], factor: float) -> dict[str, Any]:
    """The data of a scenario in which all work of clients, servers and mitigations takes so many times as long."""
    for actor in data["actors"].values():
        for each in (actor, *actor.get("classes", {}).values()):
            if "work" in each:
                each["work"] = paced(each["work"], factor)
    for mitigation in (each for listed in data["mitigations"].values() for each in listed):
        for name, values in mitigation.items():
            for cost in {"work", *COSTS.get(name, ())} & set(values):
                values[cost] = paced(values[cost], factor)
    return data


@cache
def _played(name: str, changes: bytes, seed: int, work: float) -> Mapping[str, Any]:
    prepared = sim.load(SCENARIOS / f"{name}.yaml").set(orjson.loads(changes))
    if work != 1.0:
        prepared = sim.load(with_work(scenario_data(prepared.scenario), work))
    metrics = prepared.run(seed=seed, engine="compiled", trace=False).metrics
    assert metrics["checks"] == {"sessions": True, "messages": True, "little": True}
    return metrics


@pytest.fixture
def played(circumstance: Circumstance) -> Callable[..., Mapping[str, Any]]:
    """``played(name, {path: value})``: the metrics of a shipped scenario, changed, under a circumstance; no run is made twice."""

    def play(name: str, changes: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        return _played(name, orjson.dumps(changes or {}), circumstance.seed, circumstance.work)

    return play
