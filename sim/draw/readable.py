"""Metrics as words of a page: value and unit joined, a dash where there is no data.

Digits and units are those of :mod:`sim.measure.units`, so a number looks the same in the terminal, on a chart and in
the report.
"""

import math
from typing import TypeGuard

from sim.measure.units import in_bytes, in_count, in_number, in_percent, in_seconds

MISSING = "–"
"""What stands where there is no data: not a zero."""


def present(value: object) -> TypeGuard[float]:
    """Whether ``value`` is a finite number (a bool is none)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def number(value: float | None) -> str:
    """A plain number: ``0.04712``, ``12,346``."""
    return in_number(value) if present(value) else MISSING


def count(value: int | None) -> str:
    """A number of things: ``12,004``."""
    return _joined(in_count(value)) if value is not None else MISSING


def percent(ratio: float | None) -> str:
    """A ratio: ``87.31 %``; only all of it reads ``100 %``."""
    return _joined(in_percent(ratio)) if present(ratio) else MISSING


def rate(per_s: float | None) -> str:
    """A rate: ``19.5 /s``."""
    return f"{in_number(per_s)} /s" if present(per_s) else MISSING


def duration(seconds: float | None) -> str:
    """A time: ``152.3 ms``."""
    return _joined(in_seconds(seconds)) if present(seconds) else MISSING


def size(n_bytes: float | None) -> str:
    """A size, to the byte: ``1.5 KiB``."""
    return _joined(in_bytes(round(n_bytes))) if present(n_bytes) else MISSING


def name(identifier: str) -> str:
    """An identifier as a label: ``authorization_manager`` becomes ``Authorization manager``."""
    words = plain(identifier.replace("_", " "))
    return words[:1].upper() + words[1:]


def plain(text: str) -> str:
    """``text`` on one line, without characters that neither a font nor XML can hold."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())


def _joined(reading: tuple[str, str]) -> str:
    return " ".join(filter(None, reading))
