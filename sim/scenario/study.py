"""The key ``study``: what is varied, and how often each variant is run.

    study:
      question: Which protection keeps honest consumers served?
      replications: 10
      set: {warm_up: 1 min, duration: 2 min}              # of every run of the study
      vary:
        mitigations.authorization_manager:                # a setting: names and values of it, or a list of values
          none: []
          fair queue: {set: {actors.authorization_manager.queue.order: fair}}
        attacks.flood.rate: [400 /s, 4000 /s]

A value that is a mapping with the one key ``set`` is a variant of any settings, by their paths as in ``--set``; where all variants
of a key are such, the key may be any title. Keys whose values are ranges (``{from: 100 /s, to: 10000 /s, scale: log}``) are varied
together, at ``sample`` points of a latin hypercube; all others are crossed with these.

``replications`` is a number, or says how sure one wants to be: ``{until: 5 %, of: honest_success_ratio, at_least: 5, at_most: 50}``
runs a cell until the half-width of the interval of that measure is at most 5 % of its mean. ``{batches: 20}`` runs each cell once,
and has its intervals from the means of so many batches of that one long run.
"""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from sim.language.faults import BadValue, Fault, FaultList, Faults, Step, dotted, shown
from sim.language.node import Node
from sim.scenario.fields import Share, Strict, Text, optional
from sim.scenario.ranges import SCALES, is_range, range_of
from sim.scenario.replications import RunsOfACell
from sim.scenario.source import Source, plain_data, set_at

MAXIMUM_VARIANTS = 1000
MAXIMUM_SAMPLE = 10_000
MAXIMUM_FACTOR = 1000
DEFAULT_SAMPLE = 20
DEFAULT_LEVEL = 0.9
DEFAULT_FLASH_CROWD = 3.0
"""Three times the usual day is what WeChat sees at its daily peak (Zhou et al., *Overload Control for Scaling WeChat
Microservices*, SoCC 2018)."""
SET, FOUND = "set", "found"
ABOUT_MANY = ("study", "tune")
"""The keys of a scenario that are about many runs: no run sees them."""


def _warm_up(value: object) -> str:
    if value != FOUND:
        raise BadValue(f"got {shown(value)}", "the word found (by MSER-5); a stated time stands in set: {warm_up: 1 min}")
    return FOUND


def _variants(value: object) -> object:
    if is_range(value):
        assert isinstance(value, dict)
        range_of(value)
        return value
    if not isinstance(value, list | dict) or not value:
        raise BadValue(f"got {shown(value)}", "a list of values, a mapping of names to values, or a range {from: ..., to: ...}")
    if len(value) > MAXIMUM_VARIANTS:
        raise BadValue(f"got {len(value)} variants", f"at most {MAXIMUM_VARIANTS}")
    parts = list(enumerate(value)) if isinstance(value, list) else list(value.items())
    wrong = []
    for name, part in parts:
        if isinstance(part, dict) and list(part) == [SET] and not isinstance(part[SET], dict):
            wrong.append(BadValue(f"got {shown(part[SET])}", "settings by their paths, e.g. {attacks.flood.rate: 400 /s}",
                                  path=(name, SET)))
        if isinstance(value, list) and part in value[:name]:
            wrong.append(BadValue("this value stands there already", "each value once", path=(name,)))
    if wrong:
        raise BadValue.gather(wrong)
    return value


def _factor(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 < value <= MAXIMUM_FACTOR:
        raise BadValue(f"got {shown(value)}", f"a number above 1, at most {MAXIMUM_FACTOR}")
    return float(value)


_RANGE = {"type": "object", "properties": {"from": {}, "to": {}, "scale": {"enum": list(SCALES)}}, "required": ["from", "to"],
          "additionalProperties": False}
WarmUp = Annotated[str, PlainValidator(_warm_up), WithJsonSchema({"const": FOUND})]
Variants = Annotated[Any, PlainValidator(_variants), WithJsonSchema({"anyOf": [
    {"type": "array", "minItems": 1, "maxItems": MAXIMUM_VARIANTS},
    {"type": "object", "minProperties": 1, "maxProperties": MAXIMUM_VARIANTS}, _RANGE]})]
Factor = Annotated[float, PlainValidator(_factor), WithJsonSchema(
    {"type": "number", "exclusiveMinimum": 1, "maximum": MAXIMUM_FACTOR})]
Path = Annotated[str, Field(min_length=1, max_length=200)]


class StudyKeys(Strict):
    """A study: variants of the scenario, each run several times."""

    question: Text = optional(title="Question", description="What the study asks; it stands above its table.",
                              examples=["Which protection keeps honest consumers served?"])
    replications: RunsOfACell = optional(
        title="Replications", examples=[10, {"until": "5 %", "at_most": 50}],
        description="Runs of each variant, with chance of their own: a number, or until an interval is narrow, or the batches of "
                    "one long run. Default: 5.")
    sample: Annotated[int, Field(ge=2, le=MAXIMUM_SAMPLE)] = optional(
        title="Sample", examples=[40],
        description="Points of a latin hypercube, at which the keys are varied whose values are ranges. Default: 20.")
    warm_up: WarmUp = optional(
        title="Warm-up", examples=["found"],
        description="found: in place of the scenario's, what MSER-5 finds in the runs with no attack.")
    level: Share = optional(
        title="Level", examples=["95 %"], description="Honest success from which on a cell is said to hold. Default: 90 %.")
    set: dict[Path, Any] = optional(title="Set", description="Settings of every run of the study, by their paths.",
                                    examples=[{"duration": "2 min"}])
    flash_crowd: Factor = optional(
        title="Flash crowd", description="How many times as many honest sessions come in the column 'flash crowd'. Default: 3.",
        examples=[3])
    vary: Annotated[dict[Path, Variants], Field(min_length=1, max_length=8)] = Field(
        title="Vary",
        description="A setting by its path (or a title), and its values: a list, or names and values; {set: {path: value}} is a "
                    "variant of any settings.",
        examples=[{"attacks.flood.rate": ["400 /s", "4000 /s"]}])


@dataclass(frozen=True, slots=True)
class Setting:
    """A value for a path of the scenario, and where in the file that is said: of the value, and of the path."""

    path: str
    value: Any
    place: tuple[Step, ...]
    path_place: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class CellSource(Source):
    """A scenario with settings of a study in place: what is wrong with one of these is a fault where the study says it.

    ``settings``: (steps of the path that was set, the setting), in their order.
    """

    settings: tuple[tuple[tuple[Step, ...], Setting], ...] = ()

    def fault(self, path: tuple[Step, ...], problem: str, expected: str = "", suggestion: str = "") -> Fault:
        """A fault at ``path``, in the study if that set it."""
        missing = self.node is not None and self.node.at(path) is None
        for steps, setting in reversed(self.settings):
            if path[: len(steps)] == steps:
                rest = path[len(steps):]
                return fault_at(self, (*setting.place, *rest) if rest else setting.place, problem, expected, suggestion)
            if missing and steps[: len(path)] == path:
                return fault_at(self, setting.path_place, problem, expected, suggestion)
        return Source.fault(self, path, problem, expected, suggestion)

    def key_fault(self, path: tuple[Step, ...], problem: str, expected: str = "", suggestion: str = "") -> Fault:
        """A fault at the key that ``path`` ends in; if a study set the path, where that says it."""
        for steps, setting in reversed(self.settings):
            if path == steps:
                return fault_at(self, setting.path_place, problem, expected, suggestion)
            if path[: len(steps)] == steps:
                return Source.key_fault(self, (*setting.place, *path[len(steps):]), problem, expected, suggestion)
        if any(steps[: len(path)] == path for steps, _ in self.settings):
            return CellSource.fault(self, path, problem, expected, suggestion)
        return Source.key_fault(self, path, problem, expected, suggestion)


def set_all(source: CellSource, settings: Iterable[Setting], faults: FaultList) -> CellSource:
    """The source with settings of the study in place; paths that lead nowhere are noted."""
    data = copy.deepcopy(source.data)
    done = []
    for setting in settings:
        try:
            done.append((set_at(data, setting.path, plain_data(setting.value)), setting))
        except Faults as wrong:
            for each in wrong.faults:
                faults.append(fault_at(source, setting.path_place, each.problem, each.expected, each.suggestion))
    return replace(source, data=data, settings=(*source.settings, *done)) if done else source


def fault_at(source: Source, place: tuple[Step, ...], problem: str, expected: str = "", suggestion: str = "") -> Fault:
    """A fault at a place of the file that is not in its data any more, or that was set from outside."""
    outside = source.set_outside(place)
    if outside is not None:
        return outside.fault(place, problem, expected, suggestion)
    node: Node | None = source.node.nearest(place) if source.node is not None else None
    line, column = (node.line, node.column) if node is not None else (None, None)
    return Fault(source.file, line, column, dotted(place), problem, expected, suggestion)
