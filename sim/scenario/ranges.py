"""Quantities that a study varies: of what kind a value is, and ranges from one to another.

    attacks.flood.rate: {from: 100 /s, to: 10000 /s, scale: log}

A value in a range is rounded to four digits, so that it reads well and can be typed in again.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.language.faults import BadValue, either, shown, suggest
from sim.language.units import duration_ns, format_duration, format_rate, format_share, format_size, rate_per_s, share, size_bytes

FROM, TO, SCALE = "from", "to", "scale"
SCALES = ("linear", "log")
_DIGITS = 4
_NS_PER_S = 1e9


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and what it is of. ``kind``: time (in seconds), rate (a second), size (bytes), share (of 1), or number."""

    kind: str
    value: float


_READERS: tuple[tuple[str, Callable[[object], float]], ...] = (
    ("time", lambda value: duration_ns(value) / _NS_PER_S), ("rate", rate_per_s), ("size", lambda value: float(size_bytes(value))),
    ("share", share))


def quantity(value: object) -> Quantity | None:
    """The quantity that a value of a scenario is; None if it is none (a word, a mapping)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Quantity("number", float(value))
    for kind, read in _READERS:
        try:
            return Quantity(kind, read(value))
        except BadValue:
            continue
    return None


def written(kind: str, value: float) -> Any:
    """A quantity as a scenario has it, to four digits."""
    rounded = float(f"{value:.{_DIGITS}g}")
    if kind == "time":
        return format_duration(round(rounded * _NS_PER_S))
    if kind == "rate":
        return format_rate(rounded)
    if kind == "size":
        return format_size(round(rounded))
    return format_share(rounded) if kind == "share" else rounded


@dataclass(frozen=True, slots=True)
class Range:
    """All quantities of a kind from one to another; ``is_whole``: whole numbers only. With ``is_log`` each factor counts alike."""

    kind: str
    low: float
    high: float
    is_log: bool
    is_whole: bool

    def at(self, u: float) -> Any:
        """The value at a share u of the way, 0 <= u < 1, as a scenario has it."""
        if self.is_whole:
            if self.is_log:
                return min(int(self.high), int(math.exp(_between(math.log(self.low), math.log(self.high + 1), u))))
            return min(int(self.high), int(_between(self.low, self.high + 1, u)))
        value = math.exp(_between(math.log(self.low), math.log(self.high), u)) if self.is_log else _between(self.low, self.high, u)
        return written(self.kind, min(max(value, self.low), self.high))


def _between(low: float, high: float, u: float) -> float:
    return low + (high - low) * u


def is_range(value: object) -> bool:
    """Whether a value of ``vary`` is a range (it may still be a wrong one)."""
    return isinstance(value, dict) and FROM in value and set(value) <= {FROM, TO, SCALE}


def range_of(value: dict[str, Any]) -> Range:
    """The range that a mapping says. Raises :class:`BadValue` with everything that is wrong in it."""
    wrong = []
    ends = {key: quantity(value.get(key)) for key in (FROM, TO)}
    example = "a quantity, e.g. 400 /s, 5 ms, 20 % or 3"
    wrong += [BadValue(f"got {shown(value[key])}" if key in value else f"the key '{key}' is missing", example,
                       path=(key,) if key in value else ()) for key, end in ends.items() if end is None]
    scale = value.get(SCALE, "linear")
    if scale not in SCALES:
        wrong.append(BadValue(f"got {shown(scale)}", either(SCALES), suggest(scale, SCALES), path=(SCALE,)))
    low, high = ends[FROM], ends[TO]
    if low is not None and high is not None:
        if low.kind != high.kind:
            wrong.append(BadValue(f"got {shown(value[TO])}", f"a {low.kind}, as {shown(value[FROM])} is", path=(TO,)))
        elif not low.value < high.value:
            wrong.append(BadValue(f"got {shown(value[TO])}", f"more than {shown(value[FROM])}", path=(TO,)))
        if scale == "log" and low.value <= 0:
            wrong.append(BadValue(f"got {shown(value[FROM])}", "more than zero on a log scale", path=(FROM,)))
    if wrong:
        raise BadValue.gather(wrong)
    assert low is not None
    assert high is not None
    whole = low.kind == "number" and all(isinstance(value[key], int) for key in (FROM, TO))
    return Range(low.kind, low.value, high.value, scale == "log", whole)
