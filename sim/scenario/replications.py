"""The key ``study.replications``: how often each cell of a study is run.

replications: 20
replications: {until: 5 %, of: honest_success_ratio, at_least: 5, at_most: 50}
replications: {batches: 20}
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from sim.language.faults import BadValue, either, shown, suggest
from sim.language.units import format_share, share

MAXIMUM_REPLICATIONS = 10_000
DEFAULT_REPLICATIONS = 5
DEFAULT_AT_MOST = 100
DEFAULT_MEASURE = "honest_success_ratio"
FEWEST_BATCHES = 10


@dataclass(frozen=True, slots=True)
class Replications:
    """How often a cell is run: ``at_least`` times; with ``until`` on, until the half-width of the interval of the measure ``of`` is
    at most that share of its mean, or it was run ``at_most`` times. With ``batches``: once, and cut into so many.
    """

    at_least: int = DEFAULT_REPLICATIONS
    at_most: int = DEFAULT_REPLICATIONS
    until: float | None = None
    of: str = DEFAULT_MEASURE
    batches: int | None = None

    @classmethod
    def fixed(cls, number: int) -> "Replications":
        """So many, whatever comes out."""
        return cls(number, number)

    @property
    def data(self) -> int | dict[str, Any]:
        """As a scenario has it."""
        if self.batches is not None:
            return {"batches": self.batches}
        if self.until is None:
            return self.at_least
        return {"until": format_share(self.until), "of": self.of, "at_least": self.at_least, "at_most": self.at_most}


def _replications(value: object) -> Replications:
    if not isinstance(value, dict):
        return Replications.fixed(_number(value, 2))
    known = ("until", "of", "at_least", "at_most", "batches")
    wrong = [BadValue(f"there is no key {shown(key)} here", either(known), suggest(key, known), path=(key,))
             for key in value if key not in known]
    kinds = [key for key in ("until", "batches") if key in value]
    if len(kinds) != 1:
        wrong.append(BadValue("this says neither until nor batches" if not kinds else "this says until and batches",
                              "e.g. {until: 5 %, at_most: 50}, or {batches: 20}"))
    found: dict[str, Any] = {}
    readers: dict[str, Callable[[object], Any]] = {
        "until": _precision, "of": _word, "at_least": lambda given: _number(given, 2), "at_most": lambda given: _number(given, 2),
        "batches": lambda given: _number(given, FEWEST_BATCHES)}
    for key in (key for key in value if key in known):
        try:
            found[key] = readers[key](value[key])
        except BadValue as bad:
            wrong.append(bad.under(key))
    if kinds == ["batches"]:
        others = (key for key in value if key in known and key != "batches")
        wrong += [BadValue("batches are of one run", "batches alone", path=(key,)) for key in others]
        found |= {"at_least": 1, "at_most": 1}
    elif not wrong:
        found.setdefault("at_most", max(DEFAULT_AT_MOST, found.get("at_least", 0)))
        if found.setdefault("at_least", min(DEFAULT_REPLICATIONS, found["at_most"])) > found["at_most"]:
            wrong.append(BadValue(f"got {found['at_least']}", f"at most at_most, {found['at_most']}", path=("at_least",)))
    if wrong:
        raise BadValue.gather(wrong)
    return Replications(**found)


def _number(value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue(f"got {shown(value)}", "a whole number, or e.g. {until: 5 %}" if least == 2 else "a whole number")
    if value < least:
        raise BadValue(f"got {shown(value)}", f"at least {least}")
    if value > MAXIMUM_REPLICATIONS:
        raise BadValue(f"got {shown(value)}", f"at most {MAXIMUM_REPLICATIONS}")
    return value


def _precision(value: object) -> float:
    found = share(value)
    if not 0 < found < 1:
        raise BadValue(f"got {shown(value)}", "a share of the mean above 0 %, e.g. 5 %")
    return found


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise BadValue(f"got {shown(value)}", f"the name of a measure, e.g. {DEFAULT_MEASURE}")
    return value


_MANY = {"type": "integer", "minimum": 2, "maximum": MAXIMUM_REPLICATIONS}
RunsOfACell = Annotated[Replications, PlainValidator(_replications), WithJsonSchema({"anyOf": [
    _MANY,
    {"type": "object", "properties": {"until": {"type": "string"}, "of": {"type": "string"}, "at_least": _MANY, "at_most": _MANY},
     "required": ["until"], "additionalProperties": False},
    {"type": "object", "properties": {"batches": {**_MANY, "minimum": FEWEST_BATCHES}}, "required": ["batches"],
     "additionalProperties": False}]})]


def runs_of_a_cell(study: dict[str, Any]) -> Replications:
    """How often each cell of a study without faults is run."""
    return _replications(study["replications"]) if "replications" in study else Replications()
