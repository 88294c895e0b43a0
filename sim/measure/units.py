"""Numbers for people: a value with the unit in which it reads well, as (text, unit).

Four significant digits; thousands set apart; a unit that leaves one to three digits before the point.
"""

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
