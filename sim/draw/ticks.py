"""Ticks: where an axis is marked, and with what words.

Positions are in the data's own unit (s, bytes, ratio), labels in the unit that fits the axis, which the
caller writes on it. Computed here rather than by matplotlib's locators: the same axis then gets the same
ticks in every version of matplotlib, and drawing is quicker.
"""

import math
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_CLOCK_STEPS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0)
"""Of minutes: parts of an hour."""
_DAY_STEPS = (1.0, 2.0, 3.0, 4.0, 6.0, 12.0, 24.0)
"""Of hours: parts of a day."""
_TIMES = (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("h", 3600.0))
_MINUTES_FROM_S, _HOURS_FROM_S = 120.0, 3 * 3600.0
_SIZES = (("B", 1.0), ("KiB", 1024.0), ("MiB", 1024.0**2), ("GiB", 1024.0**3), ("TiB", 1024.0**4))


@dataclass(frozen=True, slots=True)
class Ticks:
    """Marks of one axis: ``labels[i]`` stands at ``positions[i]``; the axis ends at ``limit``."""

    positions: tuple[float, ...]
    labels: tuple[str, ...]
    limit: float
    unit: str


def step_over(span: float, most: int) -> float:
    """The least step of 1, 2, 2.5 or 5 times a power of ten that cuts ``span`` (> 0) into at most ``most`` parts."""
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in _STEPS if step * power >= raw * (1 - 1e-9))


def from_zero(top: float, unit: str = "", one: float = 1.0, *, most: int = 4, whole: bool = False) -> Ticks:
    """Ticks of an axis from 0 to just above ``top``, both in the data's unit.

    ``one`` is the length of ``unit`` in the data's unit; ``whole`` keeps to whole numbers (counts). The axis ends
    on a tick, or a little above the data where that would waste more than a fifth of it.
    """
    reach = max(top / one, 1e-12)
    step = step_over(reach, most)
    if whole:
        step = max(1.0, math.ceil(step))
    steps = math.ceil(reach / step - 1e-9)
    limit = steps * step
    if reach < 0.8 * limit and steps > 1:
        limit = max(reach * 1.08, (steps - 1) * step)
    n = math.floor(limit / step + 1e-9)
    values = [step * i for i in range(n + 1)]
    return Ticks(tuple(v * one for v in values), _labels(values, step), limit * one, unit)


def of_time(end_s: float, *, most: int = 7) -> Ticks:
    """Ticks of an axis of simulated time from 0 to ``end_s`` (> 0), in ms, s, min or h."""
    unit, one = time_unit(end_s)
    span = end_s / one
    if unit == "s" and span < 2.0:
        unit, one = "ms", 1e-3
        span = end_s / one
    choices = {"min": _CLOCK_STEPS, "h": _DAY_STEPS}.get(unit, ())
    step = next((s for s in choices if span / s <= most), None) or step_over(span, most)
    values = [step * i for i in range(math.floor(span / step + 1e-9) + 1)]
    return Ticks(tuple(v * one for v in values), _labels(values, step), end_s, unit)


def of_bytes(top: float) -> Ticks:
    """Ticks of an axis of sizes from 0 to just above ``top`` bytes."""
    unit, one = size_unit(top)
    return from_zero(top, unit, one, whole=unit == "B")


def of_durations(top_s: float) -> Ticks:
    """Ticks of an axis of durations from 0 to just above ``top_s``; up to 10 min in s, however long the run."""
    unit, one = ("s", 1.0) if 1.0 <= top_s < 600.0 else time_unit(top_s)
    return from_zero(top_s, unit, one)


def of_decades(low_s: float, top_s: float) -> Ticks:
    """Ticks of a logarithmic axis of durations over ``low_s`` .. ``top_s`` (both > 0), a little above it."""
    unit, one = ("ms", 1e-3) if top_s < 1.0 else ("s", 1.0)
    marks = decades(low_s, top_s * 1.25, unit, one, most=9)
    return Ticks(marks.positions, marks.labels, top_s * 1.25, unit)


def decades(low: float, top: float, unit: str = "", one: float = 1.0, *, most: int = 6) -> Ticks:
    """At most ``most`` ticks of a logarithmic axis over ``low`` .. ``top`` (both > 0), where there is room for two.

    At 1, 2 and 5 of each decade while these are few, else at 1 and 3, at its start, at the start of some; within a decade that
    has fewer than two of them as on a linear axis.
    """
    bottom, end = low / one, top / one
    first, last = math.floor(math.log10(bottom)), math.ceil(math.log10(end))
    values: list[float] = []
    for marks, every in (((1, 2, 5), 1), ((1, 3), 1), *(((1,), every) for every in range(1, 40))):
        powers = [power for power in range(first, last + 1) if power % every == 0]
        values = [round(mark * 10.0**power, max(12 - power, 0)) for power in powers for mark in marks]
        values = [value for value in values if bottom * 0.999 <= value <= end * 1.001]
        if len(values) <= most:
            break
    if len(values) < 2:
        return between(low, top, unit, one, most=most)
    return Ticks(tuple(v * one for v in values), tuple(map(_alone, values)), top, unit)


def between(low: float, top: float, unit: str = "", one: float = 1.0, *, most: int = 4) -> Ticks:
    """Ticks of a linear axis over ``low`` .. ``top``, both in the data's unit, of which either may be below zero."""
    bottom, end = low / one, top / one
    if not end > bottom:
        return Ticks((low,), (_alone(bottom),), top, unit)
    step = step_over(end - bottom, most)
    values = [step * i for i in range(math.ceil(bottom / step - 1e-9), math.floor(end / step + 1e-9) + 1)]
    return Ticks(tuple(v * one for v in values), _labels(values, step), top, unit)


def _alone(value: float) -> str:
    """A label with the decimals that this value needs, whatever its neighbours have."""
    if value >= 1e5:
        return _labels([value], value)[0]
    return f"{value:,.0f}" if value >= 1 and value == round(value) else f"{value:.6g}"


def time_unit(length_s: float) -> tuple[str, float]:
    """The unit for an axis of about ``length_s``, and its length in s: minutes from 2 min, hours from 3 h on."""
    if length_s >= _HOURS_FROM_S:
        return _TIMES[5]
    if length_s >= _MINUTES_FROM_S:
        return _TIMES[4]
    return next((unit for unit in _TIMES[3::-1] if length_s >= unit[1]), _TIMES[0])


def size_unit(n_bytes: float) -> tuple[str, float]:
    """The unit for an axis of about ``n_bytes``, and its length in bytes."""
    return next((unit for unit in reversed(_SIZES) if n_bytes >= unit[1]), _SIZES[0])


def _labels(values: list[float], step: float) -> tuple[str, ...]:
    """All with the decimals that ``step`` needs; thousands set apart, from 100,000 on as ``100k``, then ``1M``."""
    last = max(map(abs, values))
    if last >= 1e9 or step < 1e-6:
        return tuple(f"{v:.6g}".replace("-", "−") for v in values)
    if last >= 1e5:
        factor, suffix = (1e6, "M") if last >= 1e6 else (1e3, "k")
        inner = _labels([v / factor for v in values], step / factor)
        return tuple("0" if v == 0 else label + suffix for v, label in zip(values, inner, strict=True))
    places = 0
    while places < 9 and abs(round(step, places) - step) > step * 1e-6:
        places += 1
    return tuple(f"{v:,.{places}f}".replace("-", "−") for v in values)
