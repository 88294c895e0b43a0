"""Distributions: against scipy's, their own formulas, and what must be refused."""

from math import exp, inf, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.world import distributions as d
from sim.world.chance import pack_entity, pack_index, stream_key, uniform, uniform_pair
from sim.world.clock import ClockOverflow

MS = 1e6
KEY = stream_key(1, 0, "distributions")
N = 10_000


def address(i: int) -> tuple[int, int, int, int, int, int]:
    return (*KEY, *pack_entity(0, i, 0), *pack_index(1, 0, 1, 0))


def draw(distribution: d.Distribution, n: int = N, *, signed: bool = False) -> list[int]:
    law = d.sample_signed_ns if signed else d.sample_ns
    return [law(*distribution, *address(i)) for i in range(n)]


@pytest.mark.parametrize("distribution", [
    d.constant(7 * MS), d.exponential(4 * MS), d.uniform_between(1 * MS, 3 * MS), d.lognormal(20 * MS, 60 * MS), d.normal(50 * MS, 5 * MS),
    d.gamma(10 * MS, 0.5), d.gamma(10 * MS, 2.0), d.pareto(2 * MS, 2.5), d.empirical([1 * MS, 5 * MS, 9 * MS])], ids=lambda given: str(given[0]))
def test_scaled_is_so_many_times_as_long_at_every_draw(distribution):
    once, often = draw(distribution, 200), draw(d.scaled(distribution, 2.5), 200)
    assert often == pytest.approx([2.5 * value for value in once], abs=2)


SHAPES = {
    "exponential": (d.exponential(4 * MS), stats.expon(scale=4 * MS)),
    "uniform": (d.uniform_between(1 * MS, 3 * MS), stats.uniform(1 * MS, 2 * MS)),
    "lognormal": (d.lognormal(20 * MS, 60 * MS), stats.lognorm(s=log(3) / stats.norm.ppf(0.95), scale=20 * MS)),
    "normal": (d.normal(50 * MS, 5 * MS), stats.norm(50 * MS, 5 * MS)),
    "gamma, one hump": (d.gamma(10 * MS, 0.5), stats.gamma(a=4, scale=2.5 * MS)),
    "gamma, shape 1": (d.gamma(10 * MS, 1.0), stats.expon(scale=10 * MS)),
    "gamma, boosted": (d.gamma(10 * MS, 2.0), stats.gamma(a=0.25, scale=40 * MS)),
    "pareto": (d.pareto(2 * MS, 2.5), stats.pareto(b=2.5, scale=2 * MS)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_samples_follow_the_distribution(name: str) -> None:
    distribution, expected = SHAPES[name]
    sample = draw(distribution)
    assert stats.kstest(sample, expected.cdf).pvalue > 1e-3
    for share in (0.05, 0.5, 0.95, 0.99):
        quantile_ns = expected.ppf(share)
        assert stats.binomtest(sum(x <= quantile_ns for x in sample), N, share).pvalue > 1e-3


@pytest.mark.parametrize("name", SHAPES)
def test_mean_is_the_mean(name: str) -> None:
    distribution, expected = SHAPES[name]
    assert expected.mean() == pytest.approx(d.mean_ns(*distribution), rel=1e-9)
    if expected.std() < inf:
        standard_error = expected.std() / N**0.5
        assert expected.mean() == pytest.approx(float(np.mean(draw(distribution))), abs=4 * standard_error)


@pytest.mark.parametrize("name", [name for name in SHAPES if not name.startswith("gamma")])
def test_quantile_is_the_quantile(name: str) -> None:
    distribution, expected = SHAPES[name]
    for u in (1e-12, 0.001, 0.3, 0.5, 0.75, 0.999, 1 - 1e-9):
        assert expected.ppf(u) == pytest.approx(d.quantile_ns(*distribution, u), rel=1e-7)


def test_sample_is_the_rounded_quantile_of_sub_draw_0() -> None:
    for distribution, _ in SHAPES.values():
        if distribution[0] != d.GAMMA:
            u = uniform(*address(5), 0)
            assert round(d.quantile_ns(*distribution, u)) == d.sample_ns(*distribution, *address(5))


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_greater_draws_are_longer_times(u: float, v: float) -> None:
    table = d.empirical([5.0, 1.0, 3.0])
    for distribution in [pair[0] for pair in SHAPES.values() if pair[0][0] != d.GAMMA] + [table, d.constant(3.0)]:
        assert d.quantile_ns(*distribution, min(u, v)) <= d.quantile_ns(*distribution, max(u, v))


def test_constant_draws_nothing_and_rounds_half_to_even() -> None:
    assert {4_000_000} == set(draw(d.constant(4 * MS), 5))
    assert [0, 2, 2] == [d.sample_ns(*d.constant(x), *address(0)) for x in (0.5, 1.5, 2.5)]
    assert -4 == d.sample_signed_ns(*d.constant(-4.0), *address(0))
    assert 0 == d.sample_ns(*d.constant(-4.0), *address(0))


def test_empirical_gives_its_values_evenly() -> None:
    sample = draw(d.empirical([30.0, 10.0, 20.0, 20.0]))
    counts = [sample.count(value) for value in (10, 20, 30)]
    assert N == sum(counts)
    assert stats.chisquare(counts, [N / 4, N / 2, N / 4]).pvalue > 1e-3
    assert 20.0 == d.mean_ns(*d.empirical([30.0, 10.0, 20.0, 20.0]))


@pytest.mark.parametrize("size", [1, 2, 3, 10, 49, 1000, 99_999])
def test_empirical_never_reads_past_its_table(size: int) -> None:
    table = d.empirical([float(i) for i in range(size)])
    assert size - 1 == d.quantile_ns(*table, 1.0 - 2.0**-53)
    assert 0.0 == d.quantile_ns(*table, 2.0**-54)


def test_a_duration_is_cut_at_0_and_a_skew_is_not() -> None:
    skew = d.normal(0.0, 2e9)
    durations, skews = draw(skew), draw(skew, signed=True)
    assert durations == [max(x, 0) for x in skews]
    assert stats.kstest(skews, stats.norm(0, 2e9).cdf).pvalue > 1e-3
    assert 0.5 == pytest.approx(durations.count(0) / N, abs=0.02)
    assert stats.norm.expect(lambda z: max(0, 2e9 * z)) == pytest.approx(d.mean_ns(*skew), rel=1e-6)


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        (d.uniform_between(-1.0, 3.0), 9 / 8),
        (d.uniform_between(-3.0, -1.0), 0.0),
        (d.uniform_between(2.0, 2.0), 2.0),
        (d.normal(-5.0, 0.0), 0.0),
        (d.constant(-5.0), 0.0),
        (d.empirical([-4.0, 6.0]), 3.0),
        (d.pareto(1.0, 1.0), inf),
    ],
)
def test_mean_counts_what_is_negative_as_0(distribution: d.Distribution, expected: float) -> None:
    assert expected == pytest.approx(d.mean_ns(*distribution))


@given(st.floats(1.0, 1e12), st.floats(1.0, 1e4))
def test_lognormal_hits_its_median_and_p95(median_ns: float, ratio: float) -> None:
    distribution = d.lognormal(median_ns, median_ns * ratio)
    assert median_ns == pytest.approx(d.quantile_ns(*distribution, 0.5), rel=1e-9)
    assert median_ns * ratio == pytest.approx(d.quantile_ns(*distribution, 0.95), rel=1e-9)


@given(st.floats(1.0, 1e12), st.floats(0.01, 100.0))
def test_gamma_has_its_mean_and_cv(mean_ns: float, cv: float) -> None:
    _, shape, scale, _ = d.gamma(mean_ns, cv)
    expected = stats.gamma(a=shape, scale=scale)
    assert mean_ns == pytest.approx(float(expected.mean()))
    assert cv == pytest.approx(float(expected.std()) / mean_ns)


def test_normal_takes_a_standard_deviation() -> None:
    assert 9.0 == pytest.approx(float(np.std(draw(d.normal(1e9, 9e6)))) / 1e6, rel=0.03)


def test_gamma_tries_take_the_blocks_from_1_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no other address: a variate that needs many tries must not read the draws of its neighbour."""
    tried: list[tuple[int, ...]] = []

    def recorded(*words: int) -> tuple[float, float]:
        tried.append(words)
        return uniform_pair(*words)

    monkeypatch.setattr(d, "uniform_pair", recorded)
    most = 0
    for i in range(2000):
        tried.clear()
        d.gamma_variate(1.0, *address(i))
        *rest, c3 = address(i)
        assert [(*rest, c3 + block) for block in range(1, len(tried) + 1)] == tried
        most = max(most, len(tried))
    assert most > 1


def test_gamma_stops_the_run_when_no_try_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(d, "uniform_pair", lambda *_: (0.9999999, 0.9999999))
    with pytest.raises(RuntimeError, match="64 tries"):
        d.gamma_variate(1.0, *address(0))


@pytest.mark.parametrize(
    "distribution",
    [
        d.exponential(1e22),
        d.lognormal(1e10, 1e300),
        d.pareto(1e9, 1e-3),
        d.pareto(1e9, 1e-300),
        d.gamma(1e30, 0.5),
        d.normal(1e20, 1.0),
        d.constant(float(1 << 62)),
    ],
)
def test_a_draw_that_the_clock_cannot_hold_stops_the_run(distribution: d.Distribution) -> None:
    with pytest.raises(ClockOverflow):
        draw(distribution, 40)
    with pytest.raises(ClockOverflow):
        draw(distribution, 40, signed=True)


def test_a_kind_that_is_none_stops_the_run() -> None:
    with pytest.raises(ValueError, match="no quantile function"):
        d.sample_ns(99, 1.0, 1.0, (), *address(0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: d.constant(nan), "value must be finite"),
        (lambda: d.constant(10**400), "value must be finite"),
        (lambda: d.exponential(-1.0), "mean must not be negative"),
        (lambda: d.uniform_between(3.0, 1.0), "least 3 ns is above greatest 1 ns"),
        (lambda: d.lognormal(0.0, 1.0), "median must be above 0"),
        (lambda: d.lognormal(2.0, 1.0), "p95 1 ns is below the median 2 ns"),
        (lambda: d.normal(1.0, -1.0), "sd must not be negative"),
        (lambda: d.gamma(1.0, 0.0), "cv must be above 0"),
        (lambda: d.gamma(1.0, 1e-200), "cv squared must be above 0"),
        (lambda: d.gamma(0.0, 1.0), "mean must be above 0"),
        (lambda: d.pareto(1.0, 0.0), "alpha must be above 0"),
        (lambda: d.pareto(-1.0, 2.0), "minimum must be above 0"),
        (lambda: d.empirical([]), "at least one value"),
        (lambda: d.empirical([1.0, inf]), "value must be finite"),
    ],
)
def test_what_is_no_distribution_is_refused(make, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        make()


def test_lognormal_parameters_are_those_of_the_logarithm() -> None:
    kind, mu, sigma, table = d.lognormal(20 * MS, 60 * MS)
    assert (d.LOGNORMAL, ()) == (kind, table)
    assert 20 * MS == pytest.approx(exp(mu))
    assert log(3) / 1.6448536269514722 == sigma
