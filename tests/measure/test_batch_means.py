"""Batch means: by hand, against plain Student, against scipy and counting; what is correlated is told."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from sim.measure.batch_means import FEWEST, MOST, batch_means, measured, von_neumann_p, von_neumann_ratio, weighted
from sim.measure.statistics import confidence_interval

finite = st.floats(-1e6, 1e6)


def test_a_ratio_by_hand():
    # Sums 2, 6, 4 of 1, 2, 1 values: the mean is 12 / 4 = 3; deviations -1, 0, 1; variance 2 / 2 = 1 of a batch of 4 / 3 values:
    # t(2) sqrt(1 / 3) / (4 / 3) = 4.30265 * 0.43301. The ratio: (1 + 1) / 2 = 1.
    found = batch_means([(2.0, 1.0), (6.0, 2.0), (4.0, 1.0)], batches=3)
    assert 3.0 == found.interval.mean
    assert pytest.approx(4.30265 * 0.4330127, abs=1e-5) == found.interval.half_width
    assert (3, 1, 0, 1.0) == (found.interval.replications, found.bins, found.left_out, found.von_neumann)


@settings(deadline=None)
@given(st.lists(finite, min_size=60, max_size=120), st.integers(3, 30))
def test_of_equal_weights_it_is_students_interval_of_the_means(values, batches):
    size = len(values) // batches
    used = values[len(values) - size * batches :]
    means = [math.fsum(used[k : k + size]) / size for k in range(0, len(used), size)]
    found, plain = batch_means(weighted(values), batches).interval, confidence_interval(means)
    assert pytest.approx(plain.mean, abs=1e-6) == found.mean
    assert pytest.approx(plain.half_width, rel=1e-6, abs=1e-5) == found.half_width


@given(st.lists(st.tuples(finite, st.floats(0.1, 100)), min_size=30, max_size=90))
def test_the_mean_is_that_of_all_that_is_in_a_batch(bins):
    found = batch_means(bins)
    used = bins[found.left_out :]
    assert len(used) == found.bins * found.interval.replications
    assert FEWEST <= found.interval.replications <= MOST
    assert pytest.approx(math.fsum(s for s, _ in used) / math.fsum(w for _, w in used), abs=1e-6) == found.interval.mean
    assert 0 <= found.von_neumann <= 4 + 1e-9


@pytest.mark.parametrize(("bins", "batches", "left_out"), [(20, 20, 0), (90, 30, 0), (100, 20, 0), (108, 27, 0), (101, 20, 1), (31, 30, 1), (118, 29, 2)])
def test_the_number_of_batches_leaves_the_fewest_bins_out(bins, batches, left_out):
    found = batch_means([(float(k), 1.0) for k in range(bins)])
    assert (batches, left_out) == (found.interval.replications, found.left_out)


def test_what_is_left_out_stands_at_the_beginning():
    assert 1.0 == batch_means([(1e9, 1.0), *[(1.0, 1.0)] * 30]).interval.mean


def test_bins_without_data_weigh_nothing():
    assert [(0.0, 0.0), (6.0, 3.0)] == weighted([None, 2.0], [0, 3])
    sparse = batch_means(weighted([None, 2.0, 3.0] * 20, [0, 3, 1] * 20))
    assert (9 / 4, 0.0) == (sparse.interval.mean, sparse.interval.half_width)


def test_batches_that_are_all_alike_have_no_width_and_nothing_speaks_against_them():
    found = batch_means([(3.0, 2.0)] * 40)
    assert (1.5, 0.0, 2.0, 0.5, True) == (found.interval.mean, found.interval.half_width, found.von_neumann, found.p, found.uncorrelated)


def test_batches_that_follow_each_other_are_told():
    rising = batch_means([(float(k), 1.0) for k in range(40)])
    assert rising.von_neumann < 0.1
    assert rising.p < 1e-4
    assert not rising.uncorrelated
    assert batch_means([(float(k % 2), 1.0) for k in range(25)]).uncorrelated


@pytest.mark.parametrize("values", [20, 30])
def test_the_probability_of_the_ratio_is_right_of_independent_normal_values(values):
    chance = np.random.default_rng(values)
    drawn = chance.normal(size=(10_000, values))
    ratios = [von_neumann_ratio(row) for row in drawn.tolist()]
    assert pytest.approx(2.0, abs=0.02) == sum(ratios) / len(ratios)
    for level in (0.05, 0.2, 0.5):
        share = sum(von_neumann_p(ratio, values) <= level for ratio in ratios) / len(ratios)
        assert abs(share - level) < 4 * math.sqrt(level * (1 - level) / len(ratios)) + 0.003


def test_ratio_intervals_cover_the_truth_as_often_as_they_say():
    """Bins of Poisson many exponential values, mean 1: the weight varies, and the sum with it."""
    chance = np.random.default_rng(5)
    covered = 0
    for _ in range(2000):
        counts = chance.poisson(4, size=100)
        sums = chance.gamma(np.maximum(counts, 1e-300))
        covered += 1.0 in batch_means(list(zip(sums.tolist(), counts.tolist(), strict=True)), 25).interval
    assert abs(covered / 2000 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)


def test_correlated_bins_need_long_batches():
    """x' = 0.9 x + noise: batches of 4 bins are told to follow each other, batches of 400 are not; and only these cover."""
    chance = np.random.default_rng(3)

    def run(bins: int) -> list[float]:
        return signal.lfilter([1], [1, -0.9], chance.normal(size=bins + 100))[100:].tolist()

    short = [batch_means(weighted(run(100)), 25) for _ in range(200)]
    long = [batch_means(weighted(run(10_000)), 25) for _ in range(200)]
    assert sum(each.uncorrelated for each in short) < 20
    assert sum(each.uncorrelated for each in long) > 170
    assert sum(0.0 in each.interval for each in short) < 150
    assert sum(0.0 in each.interval for each in long) > 178  # 190 less four deviations


SERIES = {"bin_s": 0.1, "t_s": [0.1 * k for k in range(10)]}


@pytest.mark.parametrize(("warm_up_s", "duration_s", "part"), [
    (0.0, 1.0, (0, 10)), (0.1, 1.0, (1, 10)), (0.15, 1.0, (2, 10)), (0.3, 0.95, (3, 9)), (0.95, 1.0, (0, 0)),
])
def test_only_whole_bins_after_the_warm_up_are_measured(warm_up_s, duration_s, part):
    assert list(range(*part)) == list(range(10)[measured(SERIES, warm_up_s, duration_s)])


@pytest.mark.parametrize(("bins", "batches", "confidence", "message"), [
    ([(1.0, 1.0)] * 19, None, 0.95, "19 bins; expected at least 20"),
    ([(1.0, 1.0)] * 19, 2, 0.95, "2 batches; expected at least 3"),
    ([(0.0, 0.0)] * 40, None, 0.95, "no bin has any weight"),
    ([(1.0, -1.0)] * 40, None, 0.95, "negative"),
    ([(math.nan, 1.0)] * 40, None, 0.95, "not finite"),
    ([(1.0, 1.0)] * 40, None, 95, "confidence"),
])
def test_too_little_is_refused(bins, batches, confidence, message):
    with pytest.raises(ValueError, match=message):
        batch_means(bins, batches, confidence)
