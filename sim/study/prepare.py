"""From what a user names (a scenario, changes to it) to a plan that an engine can run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.plan.build import build
from sim.plan.plan import Plan
from sim.plan.words import vocabulary
from sim.protocol.model import Model
from sim.protocol.model import load as load_model
from sim.scenario.load import load as load_scenario
from sim.scenario.scenario import Scenario
from sim.scenario.vocabulary import Vocabulary
from sim.scenario.walk import check_walk

if TYPE_CHECKING:
    from sim.study.run import Run

Source = str | Path | Mapping[str, Any]


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

    def plan(self, *, seed: int | None = None, replication: int | None = None) -> Plan:
        """The plan, with this seed and replication instead of the scenario's."""
        scenario = self.scenario
        if seed is not None:
            scenario = replace(scenario, seed=seed)
        if replication is not None:
            scenario = replace(scenario, replication=replication)
        return build(scenario, self.model)

    def run(self, **options: Any) -> "Run":
        """Run it; the options are those of :func:`sim.run`."""
        from sim.study.execute import execute

        return execute(self, **options)


def prepare(source: Source, changes: Mapping[str, Any] | None = None) -> Prepared:
    """Read a scenario and its model, and check one against the other.

    Raises :class:`sim.language.faults.Faults` with everything that is wrong in either.
    """
    models: list[Model] = []

    def words(path: Path) -> Vocabulary:
        models.append(load_model(path))
        return vocabulary(models[-1])

    scenario = load_scenario(source, set=changes, vocabulary_of=words)
    check_walk(scenario, models[0])
    return Prepared(source, dict(changes or {}), scenario, models[0])
