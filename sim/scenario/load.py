"""Loading a scenario: read, set, check all of it, resolve."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.language.faults import BadValue, FaultList, Faults
from sim.scenario.attack_rules import attack_cross_faults, attack_rule_faults
from sim.scenario.check import complete
from sim.scenario.connection_rules import connection_faults
from sim.scenario.cross import cross_faults
from sim.scenario.resolve import resolve
from sim.scenario.rules import rule_faults
from sim.scenario.scenario import Scenario
from sim.scenario.scheduled_rules import scheduled_cross_faults, scheduled_rule_faults
from sim.scenario.schema import ScenarioKeys
from sim.scenario.shipped import locate
from sim.scenario.source import Source, read_source, with_changes
from sim.scenario.study_rules import study_rule_faults
from sim.scenario.vocabulary import Vocabulary
from sim.scenario.words import schema_faults


def load(
    source: str | Path | Mapping[str, Any] | Source,
    *,
    set: Mapping[str, object] | None = None,
    vocabulary_of: Callable[[Path], Vocabulary] | None = None,
) -> Scenario:
    """The scenario of a file (a path, or a name that ships), a mapping, or the source of another scenario.

    ``set`` puts values at dotted paths before anything is checked. With ``vocabulary_of``, which gives the words of the
    model in a file, the scenario is also checked against its diagram and completed, as in :mod:`sim.scenario.check`.
    Raises :class:`Faults` with everything that is wrong, all at once.
    """
    changes = set or {}
    found = with_changes(source, changes) if isinstance(source, Source) else read_source(source, changes)
    faults = FaultList()
    keys: ScenarioKeys | None = None
    try:
        keys = ScenarioKeys.model_validate(found.data, context={"folder": found.folder})
    except ValidationError as error:
        faults.extend(schema_faults(error, found))
    faults.extend(rule_faults(found))
    faults.extend(attack_rule_faults(found))
    faults.extend(scheduled_rule_faults(found))
    faults.extend(study_rule_faults(found))
    vocabulary = _vocabulary(found, vocabulary_of, faults) if vocabulary_of is not None else None
    if vocabulary is not None:
        faults.extend(cross_faults(found, vocabulary))
        faults.extend(attack_cross_faults(found, vocabulary))
        faults.extend(connection_faults(found, vocabulary))
        faults.extend(scheduled_cross_faults(found, vocabulary))
    faults.raise_if_any()
    assert keys is not None
    scenario = resolve(keys, found)
    return complete(scenario, vocabulary) if vocabulary is not None else scenario


def model_path(scenario: Scenario | Source) -> Path:
    """The file of the scenario's model; a fault at the key ``model`` if there is none."""
    source = scenario if isinstance(scenario, Source) else scenario.source
    name = scenario.at("model") if isinstance(scenario, Source) else scenario.model
    try:
        return locate("models", name, source.folder if source is not None else None)
    except BadValue as error:
        path, details = ("model",), (error.problem, error.expected, error.suggestion)
        fault = scenario.fault(path, *details)
        raise Faults([fault]) from None


def _vocabulary(source: Source, vocabulary_of: Callable[[Path], Vocabulary], faults: FaultList) -> Vocabulary | None:
    model = source.at("model")
    if not isinstance(model, str) or not model:
        return None
    try:
        return vocabulary_of(model_path(source))
    except Faults as error:
        faults.extend(error)
        return None
