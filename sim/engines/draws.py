"""Drawing ahead: the draws of many sessions at once, by numpy, to the bit those of :mod:`sim.world.chance`.

A draw has an address, so it can be drawn long before it is needed. What nearly every session needs (its latencies and
losses at the first attempt, outside loops) is drawn for a few hundred arrivals together: 0.1 us a draw instead of 3 us.
Only the uniforms, which are exact integer arithmetic: quantiles stay with the laws, whose bits are the same everywhere.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AHEAD = 512
"""Arrivals that are drawn for at once."""
FROM_ARRIVAL = 64
"""A run of fewer arrivals draws them one by one, and never imports numpy."""

Key = tuple[int, int]
Pairs = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message's draws stand: the words c2 and c3 of its first attempt in iteration 0."""

    c2: int
    c3: int


def pairs(key: Key, c0: "NDArray[np.uint64]", c1: "NDArray[np.uint64]", c2: Any, c3: Any) -> Pairs:
    """:func:`sim.world.chance.uniform_pair` for many addresses (arrays, or numbers that hold for all)."""
    import numpy as np

    words = _philox(key, c0, c1, np.uint64(c2) if isinstance(c2, int) else c2, np.uint64(c3) if isinstance(c3, int) else c3)
    first, second = (_unit(words[0], words[1]), _unit(words[2], words[3]))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def firsts(key: Key, c0: "NDArray[np.uint64]", c1: "NDArray[np.uint64]") -> list[float]:
    """Lane 0 at index 0 of many entities."""
    return [first for first, _ in pairs(key, c0, c1, 0, 0)]


def entities(class_: int, instances: list[int], visits: list[int]) -> "tuple[NDArray[np.uint64], NDArray[np.uint64]]":
    """The counter words c0 and c1 of many entities of a class (their ranges are checked when their sessions start)."""
    import numpy as np

    return np.array(instances, np.uint64), np.array(visits, np.uint64) | np.uint64(class_ << 24)


def _unit(high: "NDArray[np.uint64]", low: "NDArray[np.uint64]") -> "NDArray[np.float64]":
    import numpy as np

    top = (high << np.uint64(21) | low >> np.uint64(11)).astype(np.float64)
    return np.minimum((top + 0.5) * 2.0**-53, 1.0 - 2.0**-53)


def _philox(key: Key, c0: Any, c1: Any, c2: Any, c3: Any) -> tuple[Any, Any, Any, Any]:
    """Philox4x32-10 on arrays of 64-bit words that hold 32 bits each."""
    import numpy as np

    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    k0, k1 = key
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (p1 >> half) ^ c1 ^ np.uint64(k0), p1 & low, (p0 >> half) ^ c3 ^ np.uint64(k1), p0 & low
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return c0, c1, c2, c3
