"""Arrivals: rates, gaps, steps, pulses."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.world.arrivals import (
    MAX_STEPS,
    arrival_uniform,
    constant_ns,
    next_poisson_ns,
    pulses,
    rate_table,
)
from sim.world.chance import AddressOverflow, pack_entity, stream_key, uniform
from sim.world.clock import NEVER_NS, NS_PER_S

KEY = stream_key(1, 0, "arrivals")
STEPS = [(0, 20.0), (60 * NS_PER_S, 200.0), (90 * NS_PER_S, 0.0), (100 * NS_PER_S, 50.0), (200 * NS_PER_S, 0.0)]


def poisson(steps: list[tuple[int, float]], until_ns: int) -> list[int]:
    starts, rates, _ = rate_table(steps)
    arrivals: list[int] = []
    at_ns = 0
    while True:
        at_ns = next_poisson_ns(at_ns, arrival_uniform(*KEY, 0, len(arrivals)), starts, rates)
        if at_ns >= until_ns:
            return arrivals
        arrivals.append(at_ns)


def constant(steps: list[tuple[int, float]], until_ns: int) -> list[int]:
    table = rate_table(steps)
    arrivals: list[int] = []
    while (at_ns := constant_ns(len(arrivals) + 1, *table)) < until_ns:
        arrivals.append(at_ns)
    return arrivals


@given(st.integers(1, 10**9), st.floats(1e-3, 1e6))
def test_the_kth_arrival_is_where_the_design_says(k: int, rate_per_s: float) -> None:
    assert min(round(k * 1e9 / rate_per_s), NEVER_NS) == constant_ns(k, *rate_table([(0, rate_per_s)]))


def test_a_constant_rate_that_does_not_divide_a_second() -> None:
    assert [333_333_333, 666_666_667, NS_PER_S] == constant([(0, 3.0)], NS_PER_S + 1)
    assert 976_562 == constant_ns(1, *rate_table([(0, 1024.0)]))  # 976,562.5, half to even


def test_constant_steps_count_exactly() -> None:
    arrivals = constant(STEPS, NEVER_NS)
    assert 20 * 60 + 200 * 30 + 50 * 100 == len(arrivals)
    assert sorted(set(arrivals)) == arrivals
    assert 60 * NS_PER_S == arrivals[1199]  # the last of a step falls on its end
    assert 100 * NS_PER_S + 20_000_000 == arrivals[7200]  # nothing while the rate is 0
    assert 200 * NS_PER_S == arrivals[-1]


@given(
    st.lists(
        st.tuples(st.integers(1, 10**10), st.sampled_from([0.0, 0.1, 1.0, 3.0, 7.7, 1000.0])), min_size=1, max_size=6
    ),
    st.integers(1, 200),
)
def test_constant_steps_invert_the_count(gaps: list[tuple[int, float]], k: int) -> None:
    """The k-th arrival is where the exact integral of the rate reaches k, give or take 1 ns of rounding."""
    steps, at_ns = [], 0
    for gap_ns, rate in gaps:
        steps.append((at_ns, rate))
        at_ns += gap_ns
    count, expected = Fraction(0), NEVER_NS
    for (start_ns, rate), end_ns in zip(steps, [start for start, _ in steps[1:]] + [NEVER_NS], strict=True):
        within = Fraction(rate) * (end_ns - start_ns) / NS_PER_S
        if count + within >= k:
            expected = round(start_ns + (k - count) * NS_PER_S / Fraction(rate))
            break
        count += within
    found = constant_ns(k, *rate_table(steps))
    near_an_edge = any(abs(found - start_ns) <= 1 for start_ns, _ in steps[1:])  # k met within rounding: before a pause
    assert abs(found - expected) <= 1 or near_an_edge


def test_a_tenth_per_second_makes_its_whole_numbers() -> None:
    """0.1 is not a binary fraction: the expected counts must not drift away from whole numbers over many steps."""
    steps = [(i * NS_PER_S, 0.1) for i in range(1000)] + [(1000 * NS_PER_S, 0.0)]
    arrivals = constant(steps, NEVER_NS)
    assert [(i + 1) * 10 * NS_PER_S for i in range(100)] == arrivals


def test_poisson_gaps_are_exponential() -> None:
    arrivals = poisson([(0, 20.0)], 1000 * NS_PER_S)
    gaps = [later - earlier for earlier, later in zip([0, *arrivals], arrivals, strict=False)]
    assert stats.kstest(gaps, stats.expon(scale=NS_PER_S / 20).cdf).pvalue > 1e-3
    assert stats.poisson(20_000).cdf(len(arrivals)) == pytest.approx(0.5, abs=0.499)
    assert stats.pearsonr(gaps[:-1], gaps[1:]).pvalue > 1e-3


def test_poisson_steps_have_their_rates() -> None:
    arrivals = poisson(STEPS, 300 * NS_PER_S)
    for begin_s, end_s, rate in ((0, 60, 20), (60, 90, 200), (90, 100, 0), (100, 200, 50), (200, 300, 0)):
        inside = [t for t in arrivals if begin_s * NS_PER_S <= t < end_s * NS_PER_S]
        if rate == 0:
            assert [] == inside
        else:
            assert stats.poisson(rate * (end_s - begin_s)).cdf(len(inside)) == pytest.approx(0.5, abs=0.499)
            uniform_law = stats.uniform(begin_s * NS_PER_S, (end_s - begin_s) * NS_PER_S)
            assert stats.kstest(inside, uniform_law.cdf).pvalue > 1e-3


def test_a_step_that_changes_nothing_moves_nothing() -> None:
    """Cutting a step in two leaves each arrival where it was, up to the rounding of the float that is carried over."""
    whole = poisson([(0, 20.0)], 100 * NS_PER_S)
    cut = poisson([(0, 20.0), (31 * NS_PER_S, 20.0), (77 * NS_PER_S, 20.0)], 100 * NS_PER_S)
    assert len(whole) == len(cut)
    assert max(abs(a - b) for a, b in zip(whole, cut, strict=True)) <= 2


def test_a_window_begins_with_its_first_step() -> None:
    window = [(120 * NS_PER_S, 100.0), (180 * NS_PER_S, 0.0)]
    arrivals = poisson(window, NEVER_NS)
    assert 120 * NS_PER_S < arrivals[0]
    assert arrivals[-1] < 180 * NS_PER_S
    assert 120 * NS_PER_S + 10_000_000 == constant(window, NEVER_NS)[0]
    assert 6000 == len(constant(window, NEVER_NS))


@pytest.mark.parametrize("rate_per_s", [0.0, 1e-300, 1e-9])
def test_what_comes_after_the_clock_never_comes(rate_per_s: float) -> None:
    starts, rates, counts = rate_table([(0, rate_per_s)])
    assert NEVER_NS == next_poisson_ns(5, 1.0 - 2.0**-53, starts, rates)
    assert NEVER_NS == constant_ns(2**32, starts, rates, counts)


def test_a_gap_is_drawn_at_the_number_of_its_arrival() -> None:
    assert uniform(*KEY, *pack_entity(3, 17, 0), 0, 0, 0) == arrival_uniform(*KEY, 3, 17)
    with pytest.raises(AddressOverflow):
        arrival_uniform(*KEY, 3, 2**32)


def test_pulses() -> None:
    expected = [(10, 5.0), (12, 0.0), (20, 5.0), (22, 0.0), (30, 5.0), (31, 0.0)]
    assert expected == pulses(10, 31, 5.0, 2, 10)
    assert [(0, 5.0), (2, 1.0), (3, 0.0)] == pulses(0, 3, 5.0, 2, 10, between_per_s=1.0)
    rate_table(pulses(0, 600 * NS_PER_S, 1e4, 10_000_000, 50_000_000))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rate_table([]), "1 to 100000 steps, got 0"),
        (lambda: rate_table([(i, 1.0) for i in range(MAX_STEPS + 1)]), "got 100001"),
        (lambda: rate_table([(0, -1.0)]), "step 0: a rate is 0 to 1e"),
        (lambda: rate_table([(0, float("nan"))]), "step 0: a rate is 0 to 1e"),
        (lambda: rate_table([(0, 1.0), (5, 2e9)]), "step 1: a rate is 0 to 1e"),
        (lambda: rate_table([(0, 1.0), (0, 2.0)]), "step 1: must begin at 0 or later and after"),
        (lambda: rate_table([(-1, 1.0)]), "step 0: must begin"),
        (lambda: rate_table([(NEVER_NS, 1.0)]), "step 0: must begin"),
        (lambda: pulses(0, 100, 1.0, 10, 10), "shorter than its period"),
        (lambda: pulses(0, 100, 1.0, 0, 10), "longer than 0"),
        (lambda: pulses(100, 100, 1.0, 1, 10), "end after they begin"),
        (lambda: pulses(0, 10**9, 1.0, 1, 2), "too short for the window"),
    ],
)
def test_what_is_no_rate_is_refused(make, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        make()
