"""The types of a scenario's fields: quantities with units, each with its reader and its JSON Schema.

A type here is what pydantic needs to read one value strictly: the reader of :mod:`sim.language` that does the work, and
a JSON Schema so that editors complete and underline.
"""

from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo, WithJsonSchema

from sim.language.faults import BadValue, shown, suggest
from sim.language.quantities import EXAMPLES, Distribution, parse_distribution, parse_times
from sim.language.units import (
    RATE_UNITS_S,
    SIZE_UNITS_BYTES,
    TIME_UNITS_NS,
    duration_ns,
    instant_ns,
    rate_per_s,
    share,
    size_bytes,
)

MAXIMUM_POPULATION = 16_000_000
MAXIMUM_COUNT = 2**31 - 1
MAXIMUM_TEXT = 1000
MAXIMUM_NUMBER = 2**62


class Strict(BaseModel):
    """A mapping with known keys only; nothing is converted from one type to another.

    A key that may be left out has the default None, which no value in a file can give: read it with :meth:`given`.
    """

    def given(self, name: str, default: Any = None) -> Any:
        """The value of a key if the file has it, else ``default``."""
        return getattr(self, name) if name in self.model_fields_set else default

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)


def optional(*, title: str, description: str, examples: list[Any]) -> Any:
    """A key that may be left out."""
    return Field(None, title=title, description=description, examples=examples)


def _folder(info: ValidationInfo) -> Path | None:
    return info.context.get("folder") if isinstance(info.context, dict) else None


def folder_of(info: ValidationInfo) -> Path:
    """The folder in which relative names of files start: the scenario's, or the working one."""
    return _folder(info) or Path()


def _traced(value: object) -> Literal["all", "none"] | tuple[Literal["sample"], float]:
    if value == "all" or value == "none":
        return "all" if value == "all" else "none"
    if not isinstance(value, dict) or list(value) != ["sample"]:
        raise BadValue(f"got {shown(value)}", "all, none, or e.g. {sample: 1 %}", suggest(value, ["all", "none"]))
    try:
        sampled = share(value["sample"])
    except BadValue as error:
        raise error.under("sample") from None
    if not 0 < sampled < 1:
        raise BadValue(f"got {shown(value['sample'])}", "a share between 0 % and 100 %, or trace: all, or none", path=("sample",))
    return "sample", sampled


def _above_zero(value: object) -> int:
    time_ns = duration_ns(value)
    if time_ns == 0:
        raise BadValue(f"got {shown(value)}", "a time above zero")
    return time_ns


def _rate_above_zero(value: object) -> float:
    per_s = rate_per_s(value)
    if per_s < 1:
        raise BadValue(f"got {shown(value)}", "at least 1 /s")
    return per_s


def _hash_rate(value: object) -> float | None:
    return None if value == "unlimited" else _rate_above_zero(value)


def _limit(value: object) -> int | None:
    return None if value == "none" else _above_zero(value)


def _count_or(word: str, least: int) -> PlainValidator:
    def read(value: object) -> int | None:
        if value == word:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAXIMUM_COUNT:
            raise BadValue(f"got {shown(value)}", f"a whole number from {least} to {MAXIMUM_COUNT}, or {word}")
        return value

    return PlainValidator(read)


def _parameter(value: object) -> object:
    if isinstance(value, str) and (len(value) > MAXIMUM_TEXT or not value.isprintable()):
        raise BadValue(f"got {shown(value)}", f"one line of at most {MAXIMUM_TEXT} printable characters")
    finite = not isinstance(value, float) or isfinite(value)
    if isinstance(value, str | int | float) and finite and (isinstance(value, str) or abs(value) <= MAXIMUM_NUMBER):
        return value
    raise BadValue(f"got {shown(value)}", "text, a number, true or false")


def _line(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise BadValue(f"got {shown(value)}", "one line of printable text")
    return value


def _distribution(value: object, info: ValidationInfo) -> Distribution:
    return parse_distribution(value, folder=_folder(info))


def _signed_distribution(value: object, info: ValidationInfo) -> Distribution:
    return parse_distribution(value, negative=True, folder=_folder(info))


def _times(value: object, info: ValidationInfo) -> tuple[tuple[int, ...], str]:
    times_ns, file = parse_times(value, folder=_folder(info))
    for index in range(1, len(times_ns)):
        if times_ns[index] < times_ns[index - 1]:
            what = f"the time number {index + 1} is before the one above it"
            raise BadValue(what, "times that do not descend", path=() if file else (index,))
    return times_ns, file


# -- JSON Schema -------------------------------------------------------------------------------------------------------


def _quantity(what: str, units: dict[str, int], examples: list[str], sign: str = "") -> dict[str, Any]:
    alternatives = "|".join(units)
    pattern = rf"^ *\+?{sign}[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)? *({alternatives}) *$"
    return {"type": "string", "pattern": pattern, "examples": examples, "description": f"{what} ({', '.join(units)})"}


TIME_SCHEMA = _TIME = _quantity("a time with its unit", TIME_UNITS_NS, ["3 s", "500 ms", "10 min"])
_SIGNED_TIME = _quantity("a time with its unit, also below zero", TIME_UNITS_NS, ["0 s", "-2 s"], "-?")
_SHARE = _quantity("a share in per cent", {"%": 1}, ["60 %"])
_RATE = _quantity("a rate with its unit", RATE_UNITS_S, ["20 /s", "90 /min"])
_SIZE = _quantity("a size with its unit", SIZE_UNITS_BYTES, ["1 KiB", "64 B"])
_TIMES = {
    "description": "a list of times, or the name of a CSV file with one time a line",
    "anyOf": [{"type": "array", "items": _TIME, "minItems": 1}, {"type": "string"}],
}
_INSTANT = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$",
    "examples": ["2009-04-09T00:00:00Z"],
}


def _only(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _distribution_schema(time: dict[str, Any]) -> dict[str, Any]:
    factor = {"type": "number", "exclusiveMinimum": 0, "maximum": 1000}
    pair = {"type": "array", "items": time, "minItems": 2, "maxItems": 2}
    kinds = {
        "exponential": _TIME,
        "uniform": pair,
        "lognormal": _only({"median": _TIME, "p95": _TIME}),
        "normal": _only({"mean": time, "sd": _TIME}),
        "gamma": _only({"mean": _TIME, "cv": factor}),
        "pareto": _only({"minimum": _TIME, "alpha": factor}),
        "empirical": _TIMES,
    }
    described = {kind: {**schema, "description": EXAMPLES[kind]} for kind, schema in kinds.items()}
    mapping = {
        "type": "object",
        "properties": described,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    examples = ["4 ms", {"exponential": "4 ms"}, {"lognormal": {"median": "20 ms", "p95": "60 ms"}}]
    return {"description": "a time, or a distribution of times", "anyOf": [time, mapping], "examples": examples}


def _or_word(schema: dict[str, Any], word: str) -> dict[str, Any]:
    return {"anyOf": [schema, {"const": word}]}


def _counted(least: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": MAXIMUM_COUNT}


Duration = Annotated[int, PlainValidator(duration_ns), WithJsonSchema(_TIME)]
DurationAboveZero = Annotated[int, PlainValidator(_above_zero), WithJsonSchema(_TIME)]
Limit = Annotated[int | None, PlainValidator(_limit), WithJsonSchema(_or_word(_TIME, "none"))]
Rate = Annotated[float, PlainValidator(rate_per_s), WithJsonSchema(_RATE)]
RateAboveZero = Annotated[float, PlainValidator(_rate_above_zero), WithJsonSchema(_RATE)]
HashRate = Annotated[float | None, PlainValidator(_hash_rate), WithJsonSchema(_or_word(_RATE, "unlimited"))]
Size = Annotated[int, PlainValidator(size_bytes), WithJsonSchema(_SIZE)]
Share = Annotated[float, PlainValidator(share), WithJsonSchema(_SHARE)]
Traced = Annotated[
    Literal["all", "none"] | tuple[Literal["sample"], float],
    PlainValidator(_traced),
    WithJsonSchema({"anyOf": [{"enum": ["all", "none"]}, {
        "type": "object", "properties": {"sample": _SHARE}, "required": ["sample"], "additionalProperties": False}]}),
]
Instant = Annotated[int, PlainValidator(instant_ns), WithJsonSchema(_INSTANT)]
Times = Annotated[tuple[tuple[int, ...], str], PlainValidator(_times), WithJsonSchema(_TIMES)]
Varying = Annotated[Distribution, PlainValidator(_distribution), WithJsonSchema(_distribution_schema(_TIME))]
VaryingSigned = Annotated[Distribution, PlainValidator(_signed_distribution), WithJsonSchema(_distribution_schema(_SIGNED_TIME))]
UnlimitedFromOne = Annotated[int | None, _count_or("unlimited", 1), WithJsonSchema(_or_word(_counted(1), "unlimited"))]
UnlimitedFromZero = Annotated[int | None, _count_or("unlimited", 0), WithJsonSchema(_or_word(_counted(0), "unlimited"))]
ParameterValue = Annotated[Any, PlainValidator(_parameter), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Text = Annotated[str, Field(min_length=1, max_length=MAXIMUM_TEXT), AfterValidator(_line)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
FactName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Population = Annotated[int, Field(ge=1, le=MAXIMUM_POPULATION)]
Count = Annotated[int, Field(ge=1, le=MAXIMUM_COUNT)]
