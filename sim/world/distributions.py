"""Distributions of durations: from an address of chance to whole nanoseconds.

A distribution is a kind (an integer), two floats a and b, and a table; times are in ns:

| kind        | a                        | b                   | table                  |
|-------------|--------------------------|---------------------|------------------------|
| CONSTANT    | the value                |                     |                        |
| EXPONENTIAL | mean                     |                     |                        |
| UNIFORM     | least                    | greatest            |                        |
| LOGNORMAL   | mu = log(median in ns)   | sigma               |                        |
| NORMAL      | mean                     | standard deviation  |                        |
| GAMMA       | shape                    | scale               |                        |
| PARETO      | minimum                  | alpha (tail index)  |                        |
| EMPIRICAL   |                          |                     | the values, ascending  |

What is not used is 0.0 and an empty table. Every kind but gamma is its quantile function at sub-draw 0, so
a greater u means a longer time whatever the kind, and the draws of two variants stay together. Parameters come from the
makers below (`lognormal`, `gamma`, ...), which refuse what is no distribution; the laws do not look again.
"""

from collections.abc import Sequence
from math import erfc, exp, fsum, inf, isfinite, log, log1p, sqrt
from typing import Final

from sim.world.chance import uniform, uniform_pair
from sim.world.clock import round_duration_ns, round_ns
from sim.world.normal import normal_quantile

CONSTANT: Final = 0
EXPONENTIAL: Final = 1
UNIFORM: Final = 2
LOGNORMAL: Final = 3
NORMAL: Final = 4
GAMMA: Final = 5
PARETO: Final = 6
EMPIRICAL: Final = 7

Z95: Final = 1.6448536269514722
"""The standard normal quantile of 0.95."""

MAX_LOG: Final = 709.0
"""The exponential of what is below it is finite."""

_GAMMA_TRIES: Final = 64

Distribution = tuple[int, float, float, tuple[float, ...]]
"""(kind, a, b, table), as the sampling laws take them."""


def sample_ns(
    kind: int, a: float, b: float, table: Sequence[float], k0: int, k1: int, c0: int, c1: int, c2: int, c3: int
) -> int:
    """Draw a duration: whole ns, rounded once (half to even), at least 0.

    `(k0, k1)` is the stream's key, `(c0, c1, c2, c3)` the address with sub = 0; `table` a sequence of floats (a tuple
    here, an array when compiled). Uses sub-draw 0; gamma those that `gamma_variate` names.
    Raises `ClockOverflow` for 2**62 ns and more: a draw that the clock cannot hold stops the run.
    """
    if kind == CONSTANT:
        return round_duration_ns(a)
    if kind == GAMMA:
        return round_duration_ns(b * gamma_variate(a, k0, k1, c0, c1, c2, c3))
    return round_duration_ns(quantile_ns(kind, a, b, table, uniform(k0, k1, c0, c1, c2, c3, 0)))


def sample_signed_ns(
    kind: int, a: float, b: float, table: Sequence[float], k0: int, k1: int, c0: int, c1: int, c2: int, c3: int
) -> int:
    """Draw a time that may be negative, such as a clock's skew: as `sample_ns`, but not cut at 0."""
    if kind == CONSTANT:
        return round_ns(a)
    if kind == GAMMA:
        return round_ns(b * gamma_variate(a, k0, k1, c0, c1, c2, c3))
    return round_ns(quantile_ns(kind, a, b, table, uniform(k0, k1, c0, c1, c2, c3, 0)))


def quantile_ns(kind: int, a: float, b: float, table: Sequence[float], u: float) -> float:
    """The quantile of u in (0, 1), in ns, not yet rounded or cut, for every kind but GAMMA (which has no closed form).

    Empirical: the value at floor(u n) of the n in the table, the inverse of the empirical distribution function.
    Any other kind is a ValueError.
    """
    if kind == EXPONENTIAL:
        return -a * log1p(-u)
    if kind == LOGNORMAL:
        return _exp(a + b * normal_quantile(u))
    if kind == UNIFORM:
        return a + (b - a) * u
    if kind == NORMAL:
        return a + b * normal_quantile(u)
    if kind == PARETO:
        return a * _exp(-log1p(-u) / b)
    if kind == EMPIRICAL:
        return table[int(u * len(table))]  # u n never rounds up to n: u is at least 2**-53 below 1
    if kind == CONSTANT:
        return a
    raise ValueError("no quantile function for this kind of distribution")


def gamma_variate(shape: float, k0: int, k1: int, c0: int, c1: int, c2: int, c3: int) -> float:
    """A gamma variate of the given shape (> 0) and scale 1.

    Source: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM Transactions on
    Mathematical Software 26 (2000) 363-372. Try t = 1, 2, ... takes the normal from lane 0 and the uniform from lane 1
    of block t; lane 0 of block 0 is the boost of a shape below 1, gamma(shape) = gamma(shape + 1) * u**(1 / shape).
    Each try passes with probability above 0.95; 64 failures (1e-83) are a RuntimeError.
    """
    boost = 1.0
    if shape < 1.0:
        boost = exp(log(uniform(k0, k1, c0, c1, c2, c3, 0)) / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / sqrt(9.0 * d)
    for block in range(1, _GAMMA_TRIES + 1):
        u0, u1 = uniform_pair(k0, k1, c0, c1, c2, c3 + block)
        x = normal_quantile(u0)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        square = x * x
        if u1 < 1.0 - 0.0331 * square * square or log(u1) < 0.5 * square + d * (1.0 - v + log(v)):
            return d * v * boost
    raise RuntimeError("64 tries for one gamma variate: the generator or the shape is broken")


def _exp(x: float) -> float:
    """exp, but infinite where `math.exp` raises: the clock's limit is the one that speaks."""
    return exp(x) if x < MAX_LOG else inf


def constant(value_ns: float) -> Distribution:
    """Always `value_ns` (a skew may be negative)."""
    return CONSTANT, _finite("value", value_ns), 0.0, ()


def exponential(mean_ns: float) -> Distribution:
    """Exponential with the given mean (>= 0)."""
    return EXPONENTIAL, _at_least_0("mean", mean_ns), 0.0, ()


def scaled(distribution: Distribution, factor: float) -> Distribution:
    """What is `factor` (> 0) times as long, at every draw."""
    kind, a, b, table = distribution
    if kind == EMPIRICAL:
        return kind, a, b, tuple(factor * value for value in table)
    if kind == LOGNORMAL:
        return kind, a + log(_positive("factor", factor)), b, table
    if kind == GAMMA:
        return kind, a, factor * b, table
    return kind, factor * a, factor * b if kind in (UNIFORM, NORMAL) else b, table


def uniform_between(least_ns: float, greatest_ns: float) -> Distribution:
    """Uniform between the two, the least first."""
    if _finite("least", least_ns) > _finite("greatest", greatest_ns):
        raise ValueError(f"least {least_ns:g} ns is above greatest {greatest_ns:g} ns")
    return UNIFORM, float(least_ns), float(greatest_ns), ()


def lognormal(median_ns: float, p95_ns: float) -> Distribution:
    """Lognormal by its median (> 0) and 95th percentile (>= median): sigma = log(p95 / median) / z95."""
    if not _positive("median", median_ns) <= _finite("p95", p95_ns):
        raise ValueError(f"p95 {p95_ns:g} ns is below the median {median_ns:g} ns")
    return LOGNORMAL, log(median_ns), _finite("sigma", log(p95_ns / median_ns) / Z95), ()


def normal(mean_ns: float, sd_ns: float) -> Distribution:
    """Normal by mean and *standard deviation* (>= 0; not the variance). As a duration it is cut at 0."""
    return NORMAL, _finite("mean", mean_ns), _at_least_0("sd", sd_ns), ()


def gamma(mean_ns: float, cv: float) -> Distribution:
    """Gamma by mean (> 0) and coefficient of variation (> 0): shape = 1 / cv**2, scale = mean / shape."""
    shape = 1.0 / _positive("cv squared", _positive("cv", cv) * cv)
    return GAMMA, shape, _positive("mean", mean_ns) / shape, ()


def pareto(minimum_ns: float, alpha: float) -> Distribution:
    """Pareto (type I) by minimum and alpha, both > 0: P(X > x) = (minimum / x)**alpha. Infinite mean if alpha <= 1."""
    return PARETO, _positive("minimum", minimum_ns), _positive("alpha", alpha), ()


def empirical(values_ns: Sequence[float]) -> Distribution:
    """Each of the given values (at least one) with the same probability."""
    if not len(values_ns):
        raise ValueError("an empirical distribution has at least one value")
    return EMPIRICAL, 0.0, 0.0, tuple(sorted(_finite("value", value) for value in values_ns))


def mean_ns(kind: int, a: float, b: float, table: Sequence[float]) -> float:
    """The mean of the duration that `sample_ns` draws, in ns, rounding apart (infinite for a Pareto with alpha <= 1).

    What is below 0 counts as 0. For the normal that is E max(0, X) = m Phi(m / s) + s phi(m / s).
    """
    if kind == EXPONENTIAL:
        return a
    if kind == UNIFORM:
        low, high = max(a, 0.0), max(b, 0.0)
        return (low + high) / 2 * ((high - low) / (b - a)) if b > a else low
    if kind == LOGNORMAL:
        return _exp(a + b * b / 2)
    if kind == NORMAL:
        if b == 0.0:
            return max(a, 0.0)
        z = a / b
        return a * erfc(-z / sqrt(2.0)) / 2 + b * exp(-z * z / 2) / sqrt(6.283185307179586)
    if kind == GAMMA:
        return a * b
    if kind == PARETO:
        return a * b / (b - 1.0) if b > 1.0 else inf
    if kind == EMPIRICAL:
        return fsum(max(value, 0.0) for value in table) / len(table)
    return max(a, 0.0)


def _finite(name: str, value: float) -> float:
    """The value as a float; ValueError if it is infinite, NaN or beyond any float."""
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise ValueError(f"{name} must be finite, got {value}")
    return number


def _positive(name: str, value: float) -> float:
    if not _finite(name, value) > 0.0:
        raise ValueError(f"{name} must be above 0, got {value:g}")
    return float(value)


def _at_least_0(name: str, value: float) -> float:
    if not _finite(name, value) >= 0.0:
        raise ValueError(f"{name} must not be negative, got {value:g}")
    return float(value)
