"""What must be right between the keys ``study`` and ``tune`` and the scenario that they are about, before any cell is made."""

from collections.abc import Iterator
from typing import Any

from sim.language.faults import Fault, either, shown, suggest
from sim.scenario.ranges import is_range
from sim.scenario.schema import ScenarioKeys
from sim.scenario.source import Source
from sim.scenario.study import ABOUT_MANY, SET


def study_rule_faults(source: Source) -> Iterator[Fault]:
    """All faults of these keys that are none of the schema's."""
    for key, varied in (("study", "vary"), ("tune", "parameters")):
        factors = source.at(key, varied)
        for factor, values in factors.items() if isinstance(factors, dict) else ():
            if isinstance(factor, str) and not _all_named(values):
                yield from _no_key(source, key, varied, factor)
    factors = source.at("study", "vary")
    sampled = isinstance(factors, dict) and any(is_range(values) for values in factors.values())
    if source.at("study", "sample") is not None and isinstance(factors, dict) and factors and not sampled:
        yield source.fault(("study", "sample"), "nothing in vary is a range of which points could be sampled",
                           "a range there, e.g. {from: 100 /s, to: 4000 /s, scale: log}, or no sample")


def _all_named(values: Any) -> bool:
    """Whether all variants of a key are settings by their paths, so that the key is but a title."""
    listed = values.values() if isinstance(values, dict) else values if isinstance(values, list) else ()
    return bool(listed) and all(isinstance(each, dict) and list(each) == [SET] for each in listed)


def _no_key(source: Source, key: str, varied: str, factor: str) -> Iterator[Fault]:
    """A path that begins with no key of a scenario, or with one that no run sees."""
    first, dot, _ = factor.partition(".")
    known = [name for name in ScenarioKeys.model_fields if name not in ABOUT_MANY]
    if first in known or not first:
        return
    near = suggest(first, known)
    expected = either(known)
    if not near and not dot:
        expected = "a path such as attacks.flood.rate, or below a title variants by name, each as name: {set: {path: value}}"
    yield source.key_fault((key, varied, factor), f"there is no key {shown(first)} to be set", expected, near)
