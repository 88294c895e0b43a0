"""Units: quantities as people write them (``5 s``, ``20 /s``, ``1 KiB``, ``60 %``) and as the simulator counts them.

Times are integer nanoseconds, sizes integer bytes, rates and shares floats (each the float nearest to the decimal that
was written). Every parser has a formatter, and ``parse(format(x)) == x`` exactly. A number without its unit is a fault:
``timeout: 3`` says nothing about what three of. All parsers raise :class:`sim.language.faults.BadValue`.
"""

import re
from datetime import UTC, datetime, timedelta

from sim.language.faults import BadValue, shown, suggest

MAXIMUM_NS = 2**62
"""Longest duration, about 146 years: the sum of two of them still fits a signed 64-bit integer."""

TIME_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "min": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
SIZE_UNITS_BYTES = {
    "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip
RATE_UNITS_S = {"/s": 1, "/min": 60, "/h": 3600}
_EVENTS_PER_H = {unit: RATE_UNITS_S["/h"] // seconds for unit, seconds in RATE_UNITS_S.items()}

MAXIMUM_BYTES = 2**62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_INSTANT_NS = 2**63 - 1 - MAXIMUM_NS  # so that start + duration is still a signed 64-bit integer: the year 2116

_QUANTITY = re.compile(r"([+-]?)([0-9]{1,30})(?:\.([0-9]{1,400}))?(?:[eE]([+-]?[0-9]{1,3}))? *([^\s0-9.+-][^0-9]{0,19}|)")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)

# What people write for a unit that has another name here.
_OTHER_NAMES = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "S": "s",
    "m": "min", "mins": "min", "minute": "min", "minutes": "min", "Min": "min",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "H": "h",
    "day": "d", "days": "d", "D": "d",
    "msec": "ms", "millis": "ms", "milliseconds": "ms", "MS": "ms",
    "\N{MICRO SIGN}s": "us", "\N{GREEK SMALL LETTER MU}s": "us", "usec": "us", "microseconds": "us",
    "nsec": "ns", "nanoseconds": "ns",
    "b": "B", "byte": "B", "bytes": "B", "k": "KiB", "K": "KiB", "kb": "KB", "kB": "KB", "kib": "KiB", "Ki": "KiB",
    "M": "MiB", "mb": "MB", "Mi": "MiB", "G": "GiB", "gb": "GB", "Gi": "GiB",
    "per s": "/s", "per second": "/s", "/ s": "/s", "/sec": "/s", "/second": "/s", "Hz": "/s", "hz": "/s",
    "per min": "/min", "/ min": "/min", "/m": "/min", "/minute": "/min", "per h": "/h", "/ h": "/h", "/hour": "/h",
    "percent": "%", "pct": "%",
}  # fmt: skip

_TIME = "a time with its unit"
_SIZE = "a size with its unit"
_RATE = "a rate with its unit"
_SHARE = "a share in per cent"


def duration_ns(value: object, *, negative: bool = False) -> int:
    """Nanoseconds of a time such as ``5 s``, ``1.5 ms`` or ``10 min`` (units: ns, us, ms, s, min, h, d).

    Exact: a time that is no whole number of nanoseconds is refused, as is one beyond :data:`MAXIMUM_NS` and, unless
    ``negative``, one below zero.
    """
    top, bottom = _ratio(value, TIME_UNITS_NS, _TIME, "3 s")
    if top % bottom:
        raise BadValue(f"got {shown(value)}", "a whole number of nanoseconds")
    result = top // bottom
    if result < 0 and not negative:
        raise BadValue(f"got {shown(value)}", "a time that is not negative")
    if abs(result) > MAXIMUM_NS:
        raise BadValue(f"got {shown(value)}", f"at most {MAXIMUM_NS // TIME_UNITS_NS['d']} d")
    return result


def rate_per_s(value: object) -> float:
    """Events per second of a rate such as ``20 /s``, ``90 /min`` or ``1 /h``; at most 1e9 /s."""
    top, bottom = _ratio(value, _EVENTS_PER_H, _RATE, "20 /s")
    bottom *= RATE_UNITS_S["/h"]
    if top < 0:
        raise BadValue(f"got {shown(value)}", "a rate that is not negative")
    if top > bottom * 10**9:
        raise BadValue(f"got {shown(value)}", "at most 1000000000 /s, one event a nanosecond")
    return top / bottom  # int / int is rounded once, correctly


def size_bytes(value: object) -> int:
    """Bytes of a size such as ``64 B``, ``1 KiB`` (1024) or ``1 KB`` (1000); a whole number of bytes."""
    top, bottom = _ratio(value, SIZE_UNITS_BYTES, _SIZE, "1 KiB")
    if top % bottom:
        raise BadValue(f"got {shown(value)}", "a whole number of bytes")
    if top < 0:
        raise BadValue(f"got {shown(value)}", "a size that is not negative")
    if top // bottom > MAXIMUM_BYTES:
        raise BadValue(f"got {shown(value)}", f"at most {MAXIMUM_BYTES // 2**30} GiB")
    return top // bottom


def share(value: object) -> float:
    """The fraction, 0 to 1, of a share such as ``60 %``. A bare number is refused: 0.5 and 50 look too much alike."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        percent = _decimal_times(float(value), 100) if 0 < value <= 1 else f"{value}"
        near = f"{percent} %" if 0 <= value <= 100 else ""
        raise BadValue(f"got {shown(value)}", f"{_SHARE}, e.g. {near or '60 %'}", near)
    top, bottom = _ratio(value, {"%": 1}, _SHARE, "60 %")
    if not 0 <= top <= 100 * bottom:
        raise BadValue(f"got {shown(value)}", "a share from 0 % to 100 %")
    return top / (100 * bottom)


def chance(value: object) -> float:
    """A probability: a number from 0 to 1, or a share in per cent."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 <= value <= 1:
            raise BadValue(f"got {shown(value)}", "a chance from 0 to 1, or in per cent")
        return float(value)
    return share(value)


def instant_ns(value: object) -> int:
    """Nanoseconds since 1970-01-01T00:00:00Z of an instant such as ``2009-04-09T00:00:00Z`` (RFC 3339)."""
    expected = "an instant with its zone, e.g. 2009-04-09T00:00:00Z"
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        text = value.strip().replace(" ", "T", 1) if isinstance(value, str) else ""
        completed = (text, f"{text}Z", f"{text}T00:00:00Z")
        near = next((candidate for candidate in completed if _INSTANT.fullmatch(candidate)), "")
        raise BadValue(f"got {shown(value)}", expected, near)
    day, clock, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone == 'Z' else zone}")
        since = moment - _EPOCH
    except (ValueError, OverflowError):
        raise BadValue(f"got {shown(value)}, which is no day or time of day", expected) from None
    result = (since.days * 86_400 + since.seconds) * 10**9 + int((fraction or "0").ljust(9, "0"))
    if not 0 <= result <= _LAST_INSTANT_NS:
        raise BadValue(f"got {shown(value)}", f"an instant from 1970 to {format_instant(_LAST_INSTANT_NS)[:4]}")
    return result


def format_duration(duration: int) -> str:
    """The shortest usual way to write nanoseconds: ``5 s``, ``90 s``, ``10 min``, ``1.5 ms``."""
    for unit in ("d", "h", "min"):
        if duration and duration % TIME_UNITS_NS[unit] == 0:
            return f"{duration // TIME_UNITS_NS[unit]} {unit}"
    for unit in ("s", "ms", "us"):
        if abs(duration) >= TIME_UNITS_NS[unit]:
            return f"{_decimal(duration, TIME_UNITS_NS[unit])} {unit}"
    return f"{duration} ns" if duration else "0 s"


def format_rate(rate: float) -> str:
    """Events per second in the unit that needs the fewest digits: ``20 /s``, ``90 /min``."""
    candidates = [f"{_plain(rate)} /s"]
    for unit in ("/min", "/h"):
        count = round(rate * RATE_UNITS_S[unit])
        if 0 < count < 10**9 and count / RATE_UNITS_S[unit] == rate:
            candidates.append(f"{count} {unit}")
    return candidates[0] if rate == int(rate) else min(candidates, key=len)


def format_size(size: int) -> str:
    """Bytes in the largest unit that divides them: ``64 B``, ``1 KiB``, ``3 MB``."""
    for unit in ("GiB", "GB", "MiB", "MB", "KiB", "KB"):
        if size and size % SIZE_UNITS_BYTES[unit] == 0:
            return f"{size // SIZE_UNITS_BYTES[unit]} {unit}"
    return f"{size} B"


def format_share(fraction: float) -> str:
    """A fraction from 0 to 1 in per cent: ``60 %``, ``0.1 %``."""
    return f"{_decimal_times(fraction, 100)} %"


def format_instant(instant: int) -> str:
    """Nanoseconds since 1970 as an instant in UTC: ``2009-04-09T00:00:00Z``."""
    seconds, nanoseconds = divmod(instant, 10**9)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{nanoseconds:09d}".rstrip("0").rstrip(".") + "Z" if nanoseconds else f"{text}Z"


def _ratio(value: object, units: dict[str, int], what: str, example: str) -> tuple[int, int]:
    """A quantity as an exact fraction (numerator, denominator) of the base unit."""
    unit = example.split()[1]
    if isinstance(value, int | float) and not isinstance(value, bool):
        near = f"{value} {unit}" if _NUMBER.fullmatch(text := str(value)) and len(text) < 20 and value >= 0 else ""
        raise BadValue(f"got {shown(value)}", f"{what}, e.g. {near or example}", near)
    match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise BadValue(f"got {shown(value)}", f"{what}, e.g. {example}")
    sign, whole, fraction, exponent, name = match.groups()
    if name not in units:
        number = value.strip()[: match.start(5)].strip() if isinstance(value, str) else ""
        other = _OTHER_NAMES.get(name.strip(), "")
        near = other if other in units else suggest(name, units) if name else unit
        problem = f"got {shown(value)}" if not name else f"got {shown(value)}, and '{name}' is no unit of {what.split()[1]}"
        raise BadValue(problem, f"{what} ({', '.join(units)})", f"{number} {near}" if near else "")
    top = int(whole + (fraction or "")) * units[name] * (-1 if sign == "-" else 1)
    shift = int(exponent or 0) - len(fraction or "")
    return (top * 10**shift, 1) if shift >= 0 else (top, 10**-shift)


def _decimal(number: int, power_of_ten: int) -> str:
    """``number / power_of_ten`` written out exactly, without trailing zeros."""
    whole, rest = divmod(abs(number), power_of_ten)
    digits = str(rest).rjust(len(str(power_of_ten)) - 1, "0").rstrip("0")
    return f"{'-' if number < 0 else ''}{whole}{'.' + digits if digits else ''}"


def _plain(number: float) -> str:
    """A float in decimals that read back as the same float, without an exponent where that is short."""
    if number == int(number) and abs(number) < 1e16:
        return str(int(number))
    return repr(number)


def _decimal_times(number: float, factor: int) -> str:
    """The decimal that a float prints as, times a power of ten, in exact decimals."""
    from decimal import Decimal  # 2 ms to import, and only ever needed to write

    text = format(Decimal(repr(number)) * factor, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
