"""From what a user names (a scenario, changes to it) to a plan that an engine can run."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.language.faults import Fault, Faults, shown
from sim.plan.protections import check as check_protections
from sim.protocol.model import Model
from sim.scenario.fields import MAXIMUM_COUNT
from sim.scenario.load import load as load_scenario
from sim.scenario.scenario import Scenario
from sim.scenario.schema import MAXIMUM_SEED
from sim.scenario.source import Source as ReadSource
from sim.scenario.walk import check_walk
from sim.study.models import Models

if TYPE_CHECKING:
    from sim.plan.plan import Plan
    from sim.study.run import Run

Source = str | Path | Mapping[str, Any] | ReadSource


@dataclass(frozen=True)
class Prepared:
    """A scenario that is known to be sound, with its model. ``set`` and ``run`` are what it is for."""

    source: Source
    changes: Mapping[str, Any]
    scenario: Scenario
    model: Model

    def set(self, changes: Mapping[str, Any]) -> "Prepared":
        """The same scenario with some values changed: ``{"actors.consumer.arrivals": "50 /s"}``."""
        return prepare(self.source, {**self.changes, **changes})

    def says(self, key: str) -> bool:
        """Whether the scenario as it was written has this key: ``study``, ``tune``."""
        return self.scenario.source is not None and self.scenario.source.at(key) is not None

    def plan(self, *, seed: int | None = None, replication: int | None = None) -> "Plan":
        """The plan, with this seed and replication instead of the scenario's. Raises :class:`Faults` for numbers that are none."""
        from sim.plan.build import build

        scenario = self.scenario
        if seed is not None:
            scenario = replace(scenario, seed=seed_of(seed))
        if replication is not None:
            scenario = replace(scenario, replication=_number("replication", replication, MAXIMUM_COUNT))
        return build(scenario, self.model)

    def run(self, **options: Any) -> "Run":
        """Run it; the options are those of :func:`sim.run`."""
        from sim.study.execute import execute

        return execute(self, **options)


Given = Source | Prepared
"""What a user names as a scenario."""


def written(source: Given, changes: Mapping[str, Any] | None = None) -> tuple[Source, dict[str, Any]]:
    """A scenario as it was written, and all that is changed in it: of one that is prepared, with its own changes."""
    if isinstance(source, Prepared):
        return source.source, {**source.changes, **(changes or {})}
    return source, dict(changes or {})


def prepare(source: Given, changes: Mapping[str, Any] | None = None) -> Prepared:
    """Read a scenario and its model, and check one against the other.

    Raises :class:`sim.language.faults.Faults` with everything that is wrong in either.
    """
    models = Models()
    source, changes = written(source, changes)
    return checked(source, changes, load_scenario(source, set=changes, vocabulary_of=models.words), models.last)


def checked(source: Source, changes: Mapping[str, Any], scenario: Scenario, model: Model) -> Prepared:
    """A scenario and its model, once what is between them is known to be right too. Raises :class:`Faults`."""
    check_walk(scenario, model)
    check_protections(scenario, model)
    return Prepared(source, changes, scenario, model)


def seed_of(number: object) -> int:
    """A seed, whatever kind of integer it is. Raises :class:`Faults` for what is none."""
    return _number("seed", number, MAXIMUM_SEED)


def _number(name: str, number: object, most: int) -> int:
    """A seed or replication, as a scenario could have it; any kind of integer will do, numpy's too."""
    try:
        chosen = operator.index(number)  # type: ignore[arg-type]
    except TypeError:
        chosen = -1
    if isinstance(number, bool) or not 0 <= chosen <= most:
        raise Faults([Fault("", None, None, name, f"got {shown(number)}", f"a whole number from 0 to {most}")])
    return chosen
