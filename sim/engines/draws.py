"""Drawing ahead: the draws of many sessions at once, by numpy, to the bit those of :mod:`sim.world`.

A draw has an address, so it can be drawn long before it is needed. What nearly every session needs (at a first attempt,
outside loops) is drawn for a few hundred arrivals together: 0.2 us a draw instead of 3 us. Philox is exact integer
arithmetic; of the quantiles numpy does what IEEE 754 fixes (+ - * /, rounding), and the laws themselves do the rest.
"""

from math import exp, log, log1p
from typing import TYPE_CHECKING, Any

from sim.world.clock import MAX_NS_FLOAT, round_duration_ns
from sim.world.distributions import CONSTANT, EXPONENTIAL, GAMMA, LOGNORMAL, MAX_LOG, NORMAL, Distribution, _exp, quantile_ns
from sim.world.network import MAX_LATENCY_NS
from sim.world.normal import _far_tail, _middle, _near_tail

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.plan.plan import LinkPlan, StepPlan

AHEAD = 2048
"""Arrivals that are drawn for at once."""
FROM_ARRIVAL = 64
"""A run of fewer arrivals draws them one by one, and never imports numpy."""
FIRST_PATHS = frozenset(sum(1 << 5 * level for level in range(depth)) for depth in range(5))
"""The paths of first attempts within first attempts: 0 (no call), 1, 1 << 5 | 1, ..."""
NOT_AHEAD = -1
"""What stands in a column where the law has to be asked."""

Key = tuple[int, int]
Words = tuple[Any, Any, Any, Any]
"""Four arrays of 64-bit words that hold 32 bits each."""


class Ahead:
    """The draws of many sessions of one class: a row for each session, a column for each address, drawn when first wanted."""

    def __init__(self, class_: int, instances: list[int], visits: list[int]) -> None:
        self.c0, self.c1 = entities(class_, instances, visits)
        self.delays: dict[int, list[int]] = {}
        """By step, the latencies of its message; see :meth:`latencies`."""
        self.columns: dict[tuple[Key, int, int], list[int]] = {}
        self.shares: dict[Key | tuple[Key, float, float], list[float]] = {}
        self.texts: dict[tuple[int, str, int, int], str] = {}
        """By participant, purpose, c2 and c3: :meth:`digits`."""

    def latencies(self, key: Key, step: "StepPlan", place: int, link: "LinkPlan") -> list[int]:
        """The latency of each message that is not lost at its first sending, in ns; NOT_AHEAD for the others.

        Of a new connection's messages it is the share where no packet of the set-up is lost either.
        """
        import numpy as np

        kind, constant, _, _ = link.latency
        if kind == GAMMA or (kind == CONSTANT and link.loss == 0.0):
            column: list[int] = [NOT_AHEAD if kind == GAMMA else round_duration_ns(constant)] * len(self.c0)
            self.delays[step.index] = column
            return column
        words = philox(key, self.c0, self.c1, step.node << 20, (place & 0xFFFFF) << 12)
        drawn = durations(link.latency, unit(words[0], words[1]))
        unharmed = 1.0
        for _ in range(2 * link.round_trips + 1):  # the products by which the law finds the flight that was lost first
            unharmed *= 1.0 - link.loss
        told = (unit(words[2], words[3]) >= max(link.loss, 1.0 - unharmed)) & (drawn <= MAX_LATENCY_NS)
        column = np.where(told, drawn, NOT_AHEAD).tolist()
        self.delays[step.index] = column
        return column

    def uniforms(self, key: Key) -> list[float]:
        """:func:`sim.world.chance.uniform` of each session, lane 0 at index 0."""
        column = self.shares.get(key)
        if column is None:
            column = self.shares[key] = firsts(key, self.c0, self.c1)
        return column

    def normals(self, key: Key, mean: float, sd: float) -> list[float]:
        """A normal of each session from its :meth:`uniforms`, as :func:`sim.world.distributions.quantile_ns` has it."""
        column = self.shares.get((key, mean, sd))
        if column is None:
            import numpy as np

            column = self.shares[key, mean, sd] = (mean + sd * normals(np.array(self.uniforms(key)))).tolist()
        return column

    def durations(self, key: Key, c2: int, c3: int, draw: Distribution) -> list[int]:
        """:func:`sim.world.distributions.sample_ns` of each session, for every kind but GAMMA; NOT_AHEAD as above."""
        column = self.columns.get((key, c2, c3))
        if column is None:
            words = philox(key, self.c0, self.c1, c2, c3)
            column = self.columns[key, c2, c3] = durations(draw, unit(words[0], words[1])).tolist()
        return column

    def digits(self, key: Key, c2: int, c3: int) -> str:
        """The four words of each session as 32 hexadecimal digits, one session's after the other's."""
        import numpy as np

        return np.stack(philox(key, self.c0, self.c1, c2, c3), axis=1).astype(">u4").tobytes().hex()


def firsts(key: Key, c0: "NDArray[np.uint64]", c1: "NDArray[np.uint64]") -> list[float]:
    """Lane 0 at index 0 of many entities."""
    words = philox(key, c0, c1, 0, 0)
    drawn: list[float] = unit(words[0], words[1]).tolist()
    return drawn


def entities(class_: int, instances: list[int], visits: list[int]) -> "tuple[NDArray[np.uint64], NDArray[np.uint64]]":
    """The counter words c0 and c1 of many entities of a class (their ranges are checked when their sessions start)."""
    import numpy as np

    return np.array(instances, np.uint64), np.array(visits, np.uint64) | np.uint64(class_ << 24)


def unit(high: "NDArray[np.uint64]", low: "NDArray[np.uint64]") -> "NDArray[np.float64]":
    """The sub-draw of two words, as :func:`sim.world.chance.uniform_pair` makes it."""
    import numpy as np

    top = (high << np.uint64(21) | low >> np.uint64(11)).astype(np.float64)
    return np.minimum((top + 0.5) * 2.0**-53, 1.0 - 2.0**-53)


def durations(draw: Distribution, u: "NDArray[np.float64]") -> "NDArray[np.int64]":
    """The quantiles of many u as durations in ns; NOT_AHEAD for what the clock cannot hold."""
    import numpy as np

    kind, a, b, table = draw
    if kind == LOGNORMAL:
        logs = a + b * normals(u)
        found = np.array(list(map(exp if logs.max(initial=0.0) < MAX_LOG else _exp, logs.tolist())))
    elif kind == NORMAL:
        found = a + b * normals(u)
    elif kind == EXPONENTIAL:
        found = np.array([-a * log1p(-x) for x in u.tolist()])
    else:
        found = np.array([quantile_ns(kind, a, b, table, x) for x in u.tolist()])
    held = found < MAX_NS_FLOAT
    return np.where(held, np.rint(np.where(held & (found > 0.0), found, 0.0)).astype(np.int64), NOT_AHEAD)


def normals(u: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """:func:`sim.world.normal.normal_quantile` of each, by the law's own polynomials; its logarithms are Python's, not numpy's."""
    import numpy as np

    q = u - 0.5
    z: NDArray[np.float64] = q * _middle(0.180625 - q * q)  # type: ignore[arg-type]  # a polynomial of arrays, too
    tails = np.flatnonzero((q < -0.425) | (q > 0.425))
    below = q[tails] < 0.0
    r = np.sqrt(np.array([-log(p) for p in np.where(below, u[tails], 1.0 - u[tails]).tolist()]))
    size: Any = _near_tail(r - 1.6)
    far = np.flatnonzero(r > 5.0)
    size[far] = [_far_tail(x) for x in (r[far] - 5.0).tolist()]
    z[tails] = np.where(below, -size, size)
    return z


def philox(key: Key, c0: Any, c1: Any, c2: int, c3: int) -> Words:
    """Philox4x32-10 of many entities at one index."""
    import numpy as np

    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    k0, k1 = key
    first, second, third, fourth = c0, c1, np.uint64(c2), np.uint64(c3)
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * first, np.uint64(0xCD9E8D57) * third
        first, second = (p1 >> half) ^ second ^ np.uint64(k0), p1 & low
        third, fourth = (p0 >> half) ^ fourth ^ np.uint64(k1), p0 & low
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return first, second, third, fourth
