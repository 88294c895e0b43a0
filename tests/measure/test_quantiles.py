"""Intervals of quantiles between order statistics: published examples, scipy's own, and counting."""

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.measure.quantiles import coverage, quantile_interval

HOURS = [46.9, 47.2, 49.1, 56.5, 56.8, 59.2, 59.9, 63.2, 63.3, 63.4, 63.7, 64.1, 67.1, 67.7, 73.3, 78.5]
"""Hours until 16 transistors failed: Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2, p. 145."""


def test_the_transistors():
    """Conover takes ranks 9 and 15 for the upper quartile, 63.3 to 73.3, with a coverage of .9094; each end at most .05: 9 and 16."""
    assert pytest.approx(0.9094, abs=5e-5) == coverage(16, 0.75, 9, 15)
    found = quantile_interval(HOURS, 0.75, 0.9)
    assert (63.3, 78.5, 9, 16) == (found.low, found.high, found.low_rank, found.high_rank)
    assert pytest.approx(0.9628, abs=5e-5) == found.coverage
    assert 64.1 == found.quantile  # the 12th of 16
    assert (63.3 in found, 78.6 in found) == (True, False)


@pytest.mark.parametrize(("count", "low", "high", "percent"), [
    (6, 1, 6, 96.9), (9, 2, 8, 96.1), (10, 2, 9, 97.9), (12, 3, 10, 96.1), (16, 4, 13, 97.9), (17, 5, 13, 95.1), (20, 6, 15, 95.9),
])
def test_the_median_as_in_printed_tables(count, low, high, percent):
    """Confidence intervals for the median, as printed in textbooks' tables: ranks and confidence levels."""
    found = quantile_interval(list(range(count)), 0.5)
    assert (low, high) == (found.low_rank, found.high_rank)
    assert pytest.approx(percent, abs=0.05) == 100 * found.coverage


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80), st.floats(0.02, 0.98), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_it_is_the_interval_of_scipys_quantile_test(values, q, confidence):
    found, theirs = quantile_interval(values, q, confidence), stats.quantile_test(values, p=q).confidence_interval(confidence)
    if found is None:
        assert math.isnan(theirs.low) or math.isnan(theirs.high)
    else:
        assert (theirs.low, theirs.high) == (found.low, found.high)
        assert found.coverage >= confidence - 1e-12


@given(st.lists(st.integers(-1000, 1000), min_size=36, max_size=60), st.randoms())
def test_order_does_not_matter_and_a_mirror_turns_the_interval_round(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    found, mirrored = quantile_interval(values, 0.9), quantile_interval([-each for each in values], 0.1)
    assert found == quantile_interval(shuffled, 0.9)
    assert (found.low, found.high) == (-mirrored.high, -mirrored.low)
    assert found.low <= found.quantile <= found.high


@pytest.mark.parametrize(("q", "fewest"), [(0.5, 6), (0.9, 36), (0.95, 72), (0.1, 36)])
def test_so_few_values_hold_no_interval(q, fewest):
    assert quantile_interval(list(range(fewest - 1)), q) is None
    assert quantile_interval(list(range(fewest)), q) is not None
    assert quantile_interval([], q) is None


def test_intervals_cover_as_often_as_they_tell():
    chance = Random(8)
    found = [quantile_interval([chance.expovariate(1) for _ in range(40)], 0.8) for _ in range(1000)]
    share = sum(-math.log(0.2) in each for each in found) / 1000
    told = found[0].coverage
    assert 0.95 <= told < 1
    assert abs(share - told) < 4 * math.sqrt(told * (1 - told) / 1000)


@pytest.mark.parametrize(("values", "q", "confidence", "message"), [
    ([1.0], 0.0, 0.95, "q is 0.0"), ([1.0], 50, 0.95, "q is 50"), ([1.0], 0.5, 1.0, "confidence is 1.0"), ([math.inf], 0.5, 0.95, "not finite"),
])
def test_nonsense_is_refused(values, q, confidence, message):
    with pytest.raises(ValueError, match=message):
        quantile_interval(values, q, confidence)
