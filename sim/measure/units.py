"""Numbers for people: a value with the unit in which it reads well, as (text, unit).

Four significant digits; thousands set apart; a unit that leaves one to three digits before the point.
"""

from dataclasses import dataclass
from typing import Self

_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
_SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def in_number(value: float) -> str:
    """Return a plain number: 0.04712, 3.142, 12,346."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.4g}"
    if "e" in text:
        return text
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_count(value: int) -> tuple[str, str]:
    """Return a count: 12,345."""
    return f"{value:,}", ""


def in_percent(share: float) -> tuple[str, str]:
    """Return a share of 1 in percent, rounded so that only a full 1 reads 100 and only a full 0 reads 0."""
    percent = 100 * share
    text = f"{percent:.2f}".rstrip("0").rstrip(".")
    if share < 1 and text == "100":
        text = "> 99.99"
    if share > 0 and text == "0":
        text = "< 0.01"
    return text, "%"


def in_seconds(value_s: float) -> tuple[str, str]:
    """Return a duration in the largest of s, ms, us, ns that it is not smaller than."""
    if value_s == 0:
        return "0", "s"
    for size, unit in _TIMES:
        if abs(value_s) >= size:
            return in_number(value_s / size), unit
    return in_number(value_s / 1e-9), "ns"


def in_bytes(value: int) -> tuple[str, str]:
    """Return a size in the largest of B, KiB, MiB, GiB that it is not smaller than."""
    for size, unit in _SIZES:
        if value >= size:
            return in_number(value / size), unit
    return in_number(value), "B"


_SCALES = {"time": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")), "size": (*((float(one), unit) for one, unit in _SIZES), (1.0, "B")),
           "rate": ((1.0, "/s"),)}


@dataclass(frozen=True)
class Scale:
    """One unit and as many decimals for all values of a kind (share, time, size, rate, number), so that they compare.

    ``one``: the length of ``unit`` in base units (1, s, bytes, 1/s).
    """

    one: float
    unit: str
    decimals: int

    @classmethod
    def holding(cls, kind: str, largest: float) -> Self:
        """The one in which ``largest`` (>= 0, in base units) reads well."""
        if kind == "share":
            return cls(0.01, "%", 1)
        units = _SCALES.get(kind, ((1.0, ""),))
        one, unit = next((each for each in units if largest >= each[0]), units[-1])
        scaled = largest / one
        return cls(one, unit, 0 if scaled >= 100 or scaled == 0 else 1 if scaled >= 10 else 2)

    def number(self, value: float) -> str:
        """A value without its unit; a zero has no sign."""
        text = f"{value / self.one:,.{self.decimals}f}"
        return text.removeprefix("-") if not float(text.replace(",", "")) else text
