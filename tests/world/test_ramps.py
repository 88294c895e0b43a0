"""Ramps: the integral of a rate that is linear in time, inverted exactly."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from sim.world.arrivals import arrival_uniform, constant_ns, next_poisson_ns, rate_table
from sim.world.chance import stream_key
from sim.world.clock import NEVER_NS, NS_PER_S
from sim.world.ramps import even_on_ramp_ns, next_on_ramp_ns, ramp_table

KEY = stream_key(1, 0, "arrivals")
UP = [(10 * NS_PER_S, 0.0), (110 * NS_PER_S, 200.0)]
DOWN = [(10 * NS_PER_S, 200.0), (110 * NS_PER_S, 0.0)]
POINTS = st.lists(st.tuples(st.integers(1, 10**11), st.sampled_from([0.0, 0.1, 1.0, 7.7, 1000.0])), min_size=2, max_size=5)


def table_of(gaps: list[tuple[int, float]]) -> list[tuple[int, float]]:
    at_ns, points = 0, []
    for gap_ns, rate in gaps:
        at_ns += gap_ns
        points.append((at_ns, rate))
    return points


def integral(points: list[tuple[int, float]], until_ns: int) -> Fraction:
    """Arrivals expected before an instant, exactly."""
    count = Fraction(0)
    for (a_ns, a), (b_ns, b) in itertools.pairwise(points):
        if until_ns > a_ns:
            here_ns = min(until_ns, b_ns)
            rate = Fraction(a) + (Fraction(b) - Fraction(a)) * Fraction(here_ns - a_ns, b_ns - a_ns)
            count += (Fraction(a) + rate) / 2 * (here_ns - a_ns) / NS_PER_S
    return count


@given(POINTS, st.integers(1, 300))
def test_the_kth_arrival_is_where_the_integral_reaches_k(gaps: list[tuple[int, float]], k: int) -> None:
    points = table_of(gaps)
    found = even_on_ramp_ns(k, *ramp_table(points))
    if found == NEVER_NS:
        assert integral(points, points[-1][0]) < k + Fraction(1, 10**9)
        return
    assert integral(points, found - 2) <= k + Fraction(1, 10**6)
    assert integral(points, found + 2) >= k - Fraction(1, 10**6)


@given(POINTS, st.floats(0, 1), st.floats(1e-12, 1 - 1e-12))
def test_the_next_arrival_is_where_the_integral_has_grown_by_the_gap(gaps: list[tuple[int, float]], part: float, u: float) -> None:
    from math import log1p

    points = table_of(gaps)
    starts, rates, _ = ramp_table(points)
    previous = int(part * points[-1][0])
    wanted = integral(points, previous) + Fraction(-log1p(-u))
    whole = integral(points, points[-1][0])
    assume(abs(wanted - whole) > Fraction(1, 10**6))
    found = next_on_ramp_ns(previous, u, starts, rates)
    if found == NEVER_NS:
        assert wanted > whole
        return
    assert found >= previous
    assert integral(points, found - 2) <= wanted + Fraction(1, 10**6)
    assert integral(points, found + 2) >= wanted - Fraction(1, 10**6)


@given(st.floats(1e-2, 1e6), st.integers(1, 10_000), st.floats(1e-9, 1 - 1e-9))
def test_a_level_ramp_is_a_constant_rate(rate: float, k: int, u: float) -> None:
    level, steps = ramp_table([(0, rate), (10**15, rate)]), rate_table([(0, rate)])
    assert abs(even_on_ramp_ns(k, *level) - constant_ns(k, *steps)) <= 1
    assert abs(next_on_ramp_ns(0, u, *level[:2]) - next_poisson_ns(0, u, *steps[:2])) <= 1


@pytest.mark.parametrize("points", [UP, DOWN], ids=["up", "down"])
def test_poisson_arrivals_have_the_distribution_of_the_ramp(points: list[tuple[int, float]]) -> None:
    """Given how many come, they are independent, each with the rate as its density: triangular here (Cinlar 1975, chapter 4)."""
    starts, rates, counts = ramp_table(points)
    found: list[int] = []
    at_ns = 0
    while (at_ns := next_on_ramp_ns(at_ns, arrival_uniform(*KEY, 0, len(found)), starts, rates)) < NEVER_NS:
        found.append(at_ns)
    assert counts[-1] == 10_000
    assert stats.poisson(10_000).cdf(len(found)) == pytest.approx(0.5, abs=0.499)
    peak = 1.0 if points is UP else 0.0
    assert stats.kstest(found, stats.triang(peak, loc=10 * NS_PER_S, scale=100 * NS_PER_S).cdf).pvalue > 1e-3


def test_evenly_ten_thousand_come_and_then_nobody() -> None:
    for points in (UP, DOWN):
        table = ramp_table(points)
        assert even_on_ramp_ns(10_000, *table) == 110 * NS_PER_S
        assert even_on_ramp_ns(10_001, *table) == NEVER_NS
    assert even_on_ramp_ns(2500, *ramp_table(UP)) == 60 * NS_PER_S  # a quarter comes in the first half
    assert even_on_ramp_ns(7500, *ramp_table(DOWN)) == 60 * NS_PER_S
    assert even_on_ramp_ns(1, *ramp_table([(0, 0.0), (NS_PER_S, 0.0)])) == NEVER_NS
    assert next_on_ramp_ns(0, 0.5, *ramp_table([(0, 0.0), (NS_PER_S, 0.0)])[:2]) == NEVER_NS


@pytest.mark.parametrize(("points", "problem"), [
    ([(0, 1.0)], "2 to 10000 points, got 1"), ([(0, 1.0), (0, 2.0)], "point 1: must be at 0 or later and after"),
    ([(0, -1.0), (1, 0.0)], "point 0: a rate is 0 to"), ([(-1, 1.0), (1, 0.0)], "point 0: must be at 0")])
def test_what_is_no_ramp(points: list[tuple[int, float]], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        ramp_table(points)
