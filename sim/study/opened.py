"""A scenario that is about many runs (the keys ``study``, ``tune``), opened: what is sound of it, beside all that is wrong.

What is wrong in one place hides nothing of what is wrong in another: cells are made of the sound parts, so that their faults are
told too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.language.faults import FaultList, Faults
from sim.scenario.load import load as load_scenario
from sim.scenario.scenario import Scenario
from sim.scenario.source import Source, read_source, with_changes
from sim.scenario.study import ABOUT_MANY, SET
from sim.study.models import Models
from sim.study.prepare import Given, written

_OF_PATHS = ("vary", "parameters")
"""Their keys are the user's: of these mappings an entry may be wrong, and the others right."""


@dataclass(frozen=True)
class Opened:
    """A scenario with what is set from outside of its study or search in place, and the changes that are of every cell.

    ``scenario`` is None where something is wrong in it. ``study`` and ``tune`` are what is sound of these keys; ``is_whole``: all
    that rows and columns are made of is among it.
    """

    source: Source
    scenario: Scenario | None
    everywhere: Mapping[str, Any]
    study: Mapping[str, Any]
    tune: Mapping[str, Any]
    is_whole: bool


def read(given: Given, changes: Mapping[str, Any] | None = None) -> tuple[Source, Mapping[str, Any]]:
    """What a user names, as it was written, and all that is changed in it."""
    given, changes = written(given, changes)
    return given if isinstance(given, Source) else read_source(given), changes


def opened(given: Given, changes: Mapping[str, Any], models: Models, faults: FaultList,
           options: Mapping[str, str] | None = None) -> Opened:
    """Open a scenario; what is wrong in it is noted. ``options``: as for :func:`sim.scenario.source.with_changes`.

    Raises :class:`Faults` where nothing can be known of any cell: the file is no scenario, or what the study sets in every cell
    is wrong.
    """
    source, changes = read(given, changes)
    about = {path: value for path, value in changes.items() if path.split(".")[0] in ABOUT_MANY}
    everywhere = {path: value for path, value in changes.items() if path not in about}
    source = with_changes(source, about, options)
    scenario, wrong = None, FaultList()
    try:
        scenario = load_scenario(source, vocabulary_of=models.words)
    except Faults as found:
        wrong.extend(found)
    faults.extend(wrong)
    places = [_place(fault.path, options or {}) for fault in wrong]
    study, tune = (_sound(source, key, places) for key in ABOUT_MANY)
    asked = source.at("study")
    if isinstance(asked, dict) and SET in asked and SET not in study:
        faults.raise_if_any()
    varied = asked.get("vary") if isinstance(asked, dict) else None
    return Opened(source, scenario, everywhere, study, tune, study.get("vary") == varied)


def _place(path: str, options: Mapping[str, str]) -> str:
    """The path in the scenario that a fault is of, which an option may call otherwise."""
    return next((f"{place}{path.removeprefix(name)}" for place, name in options.items() if f"{path}.".startswith(f"{name}.")), path)


def _sound(source: Source, key: str, places: Sequence[str]) -> dict[str, Any]:
    """What of a key of the scenario has no fault; ``places`` are those of all faults."""
    data = source.at(key)
    if not isinstance(data, dict):
        return {}

    def is_sound(place: str) -> bool:
        return not any(each == place or each.startswith(f"{place}.") for each in places)

    found = {}
    for name, value in data.items():
        place = f"{key}.{name}"
        if is_sound(place):
            found[name] = value
        elif name in _OF_PATHS and isinstance(value, dict) and place not in places:
            found[name] = _independent(value, {path for path in value if not is_sound(f"{place}.{path}")})
    return found


def _independent(factors: Mapping[str, Any], wrong: set[str]) -> dict[str, Any]:
    """The factors that set nothing inside of what one that is wrong would have set."""
    def goes_into(path: str) -> bool:
        return any(path.startswith(f"{each}.") for each in wrong)

    return {factor: values for factor, values in factors.items()
            if factor not in wrong and not any(goes_into(path) for path in (factor, *_settings(values)))}


def _settings(values: Any) -> list[str]:
    """The paths that the named variants of a factor set."""
    listed = values.values() if isinstance(values, dict) else values if isinstance(values, list) else ()
    return [str(path) for each in listed if isinstance(each, dict) and isinstance(each.get(SET), dict) for path in each[SET]]
