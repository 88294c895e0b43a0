"""The kinds of parameters that a mitigation may declare: how each is written, checked, kept as numbers, and written again.

    PARAMETERS = (rate("rate", "Requests a second in the long run."), count("burst", "Requests at once.", default=5))

Rates and shares stand in the block of floats, all others in the block of ints, each block in the declared order; a ranking
takes a column for each of its words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.language.faults import BadValue, either, shown, suggest
from sim.language.units import (
    duration_ns,
    format_duration,
    format_rate,
    format_share,
    format_size,
    rate_per_s,
    size_bytes,
)  # fmt: skip
from sim.language.units import (
    share as share_of,
)

REQUIRED = object()
"""The default of a parameter that a scenario has to give."""
MAXIMUM_COUNT = 2**31 - 1


@dataclass(frozen=True)
class Parameter:
    """One parameter: ``read`` makes a value of what a file says, ``write`` the reverse, ``columns`` its numbers."""

    name: str
    about: str
    default: object
    """As a file would say it, or `REQUIRED`."""
    range: str
    """What it may be, in words."""
    example: object
    read: Callable[[object], Any]
    write: Callable[[Any], object]
    columns: Callable[[Any], tuple[float, ...]]
    schema: dict[str, Any]
    width: int = 1
    in_floats: bool = False

    @property
    def is_required(self) -> bool:
        """Whether a scenario has to give it."""
        return self.default is REQUIRED


def _one(value: Any) -> tuple[float, ...]:
    return (value,)


def duration(name: str, about: str, default: object = REQUIRED, *, least_ns: int = 0, example: object = "5 s") -> Parameter:
    """A time, in ns."""
    words = "a time" if least_ns == 0 else f"a time of at least {format_duration(least_ns)}"

    def read(value: object) -> int:
        time_ns = duration_ns(value)
        if time_ns < least_ns:
            raise BadValue(f"got {shown(value)}", words)
        return time_ns

    return Parameter(name, about, default, words, example, read, format_duration, _one, {"type": "string"})


def rate(name: str, about: str, default: object = REQUIRED, *, example: object = "1 /s") -> Parameter:
    """Events a second, above zero."""

    def read(value: object) -> float:
        per_s = rate_per_s(value)
        if per_s == 0:
            raise BadValue(f"got {shown(value)}", "a rate above zero")
        return per_s

    words = "a rate above zero"
    return Parameter(name, about, default, words, example, read, format_rate, _one, {"type": "string"}, in_floats=True)


def share(name: str, about: str, default: object = REQUIRED, *, example: object = "10 %") -> Parameter:
    """A fraction from 0 to 1."""
    return Parameter(name, about, default, "a share", example, share_of, format_share, _one, {"type": "string"}, in_floats=True)


def size(name: str, about: str, default: object = REQUIRED, *, example: object = "1 KiB") -> Parameter:
    """A size in bytes."""
    return Parameter(name, about, default, "a size", example, size_bytes, format_size, _one, {"type": "string"})


def count(name: str, about: str, default: object = REQUIRED, *, least: int = 1, most: int = MAXIMUM_COUNT,
          example: object = 10) -> Parameter:
    """A whole number."""
    words = f"a whole number from {least} to {most}"

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise BadValue(f"got {shown(value)}", words)
        return value

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Parameter(name, about, default, words, example, read, lambda value: value, _one, schema)


def status(default: int = 429) -> Parameter:
    """The status of a refusal."""
    return count("status", "Status of a refusal.", default, least=400, most=599, example=429)


def word(name: str, about: str, words: Sequence[str], default: object = REQUIRED) -> Parameter:
    """One of some words; its number among them."""

    def read(value: object) -> str:
        if value not in words or not isinstance(value, str):
            raise BadValue(f"got {shown(value)}", either(words), suggest(value, words))
        return value

    return Parameter(name, about, default, either(words), words[0], read, lambda value: value,
                     lambda value: (words.index(value),), {"enum": list(words)})


def ranking(name: str, about: str, words: Sequence[str], default: Sequence[str]) -> Parameter:
    """Some words, all of them, in an order: of each place the number of its word."""
    expected = f"{', '.join(words)}, each once, in an order"

    def read(value: object) -> tuple[str, ...]:
        given = list(value) if isinstance(value, list | tuple) else None
        if given is None:
            raise BadValue(f"got {shown(value)}", f"a list of {expected}")
        for index, each in enumerate(given):
            if each not in words:
                raise BadValue(f"got {shown(each)}", either(words), suggest(each, words), path=(index,))
            if each in given[:index]:
                raise BadValue(f"{shown(each)} stands here twice", expected, path=(index,))
        if len(given) < len(words):
            raise BadValue(f"{either(each for each in words if each not in given)} is missing", expected)
        return tuple(given)

    schema = {"type": "array", "items": {"enum": list(words)}, "minItems": len(words), "maxItems": len(words)}
    return Parameter(name, about, list(default), expected, list(default), read, list,
                     lambda value: tuple(words.index(each) for each in value), schema, width=len(words))


def columns(parameters: Sequence[Parameter]) -> tuple[int, ...]:
    """For each parameter, the column at which it stands in its block."""
    found, next_int, next_float = [], 0, 0
    for parameter in parameters:
        found.append(next_float if parameter.in_floats else next_int)
        next_int += 0 if parameter.in_floats else parameter.width
        next_float += parameter.width if parameter.in_floats else 0
    return tuple(found)


def widths(parameters: Sequence[Parameter]) -> tuple[int, int]:
    """How many columns all parameters take among the ints, and among the floats: where the rows of state begin."""
    floats = sum(parameter.width for parameter in parameters if parameter.in_floats)
    return sum(parameter.width for parameter in parameters) - floats, floats
