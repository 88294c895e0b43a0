"""Where a series is cut: MSER-5 against its definition and by hand, Welch's curve by hand, both where data are missing."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.measure.warm_up import BATCH, Truncation, averaged, moving_average, mser5

finite = st.floats(-1e6, 1e6)
some = st.one_of(st.none(), finite)


def by_definition(batches: list[float]) -> list[float]:
    """White's statistic for each number of batches left out, up to half of them, as the paper writes it."""
    found = []
    for left_out in range(len(batches) // 2 + 1):
        rest = batches[left_out:]
        centre = sum(rest) / len(rest)
        found.append(sum((each - centre) ** 2 for each in rest) / len(rest) ** 2)
    return found


def test_an_initial_transient_is_cut_by_hand():
    # Batch means 9, 5, then 1, 0 in turn, 20 of them. Left out 2: 20 * .25 / 20^2 = .0125; 1: (5 - .5 ...) is more.
    values = [9.0] * 5 + [5.0] * 5 + ([1.0] * 5 + [0.0] * 5) * 10
    assert Truncation(10, 0.5, True) == mser5(values)
    assert pytest.approx(0.0125) == min(by_definition([9.0, 5.0] + [1.0, 0.0] * 10))


def test_a_series_that_only_falls_is_not_long_enough():
    cut = mser5([100.0 - each for each in range(100)])
    assert not cut.long_enough
    assert 50 == cut.values


def test_what_does_not_warm_up_is_not_cut():
    assert Truncation(0, 0.1, True) == mser5([0.1] * 50)
    alternating = mser5([0.0, 1.0] * 500)
    assert (0, True) == (alternating.values, alternating.long_enough)
    assert pytest.approx(0.5) == alternating.mean


def test_less_than_half_is_long_enough_and_more_is_not():
    assert Truncation(45, 1.0, True) == mser5([9.0] * 45 + [1.0] * 55)
    assert Truncation(50, 1.0, False) == mser5([9.0] * 50 + [1.0] * 50)
    assert not mser5([9.0] * 55 + [1.0] * 45).long_enough


def test_the_values_after_the_last_batch_are_not_looked_at():
    assert mser5([9.0] * 10 + [1.0] * 90) == mser5([9.0] * 10 + [1.0] * 90 + [1e9] * 4)


@pytest.mark.parametrize("values", [[], [1.0] * 49, [None] * 200, [None] * 180 + [1.0] * 20])
def test_a_series_too_short_or_too_empty_says_nothing(values):
    assert mser5(values) is None


@given(st.lists(st.floats(-1e3, 1e3), min_size=50, max_size=150))
def test_no_other_truncation_has_a_smaller_statistic(values):
    batches = [sum(values[k : k + 5]) / 5 for k in range(0, len(values) // 5 * 5, 5)]
    statistics, cut = by_definition(batches), mser5(values)
    assert cut.values % BATCH == 0
    assert statistics[cut.values // BATCH] <= min(statistics) + 1e-9 * max(map(abs, batches)) ** 2 + 1e-300
    assert cut.long_enough == (cut.values // BATCH < len(batches) // 2)
    assert pytest.approx(sum(batches[cut.values // BATCH :]) / len(batches[cut.values // BATCH :]), abs=1e-9) == cut.mean


@given(st.lists(st.integers(-1000, 1000).map(float), min_size=50, max_size=100), st.sampled_from([0.25, 2.0, 1024.0]), st.integers(-100, 100))
def test_the_unit_of_the_values_does_not_move_the_cut(values, unit, sign):
    factor = unit if sign >= 0 else -unit
    assert mser5(values).values == mser5([each * factor for each in values]).values


@given(st.lists(some, min_size=50, max_size=100))
def test_a_bin_without_data_in_each_batch_changes_nothing_if_the_batch_has_its_mean_all_the_same(values):
    full = [value if value is not None else 0.0 for value in values[: len(values) // 5 * 5]]
    means = [sum(full[k : k + 5]) / 5 for k in range(0, len(full), 5)]
    sparse = [value for each in means for value in (None, each, None, each, None)]
    dense = [value for each in means for value in [each] * 5]
    assert mser5(sparse).values == mser5(dense).values


def test_an_empty_batch_keeps_its_place_and_counts_nothing():
    before, after = [9.0] * 10, [1.0, 0.0] * 50
    assert Truncation(10, 0.5, True) == mser5([*before, *after])
    assert Truncation(10, 0.5, True) == mser5([*before, *[None] * 5, *after])  # cut before the empty batch: the same are left
    assert Truncation(15, 0.5, True) == mser5([*[None] * 5, *before, *after])


def autoregressive(chance: Random, begin: float, count: int) -> list[float]:
    """x' = 0.9 x + noise, begun so many deviations off."""
    x, values = begin / (1 - 0.81) ** 0.5, []
    for _ in range(count):
        x = 0.9 * x + chance.gauss(0, 1)
        values.append(x)
    return values


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32))
def test_a_series_that_begins_far_off_is_cut_where_it_has_come_near(seed):
    """Begun 50 deviations off, it is within 1 after ln(50) / -ln(0.9) = 37 steps."""
    cut = mser5(autoregressive(Random(seed), 50.0, 1000))
    assert cut.long_enough
    assert 15 <= cut.values < 500


def test_few_series_in_equilibrium_are_called_too_short():
    """As the docstring says: about one of twenty of 120 values."""
    chance = Random(1)
    cuts = [mser5(autoregressive(chance, chance.gauss(0, 1), 120)) for _ in range(400)]
    assert 8 <= sum(not cut.long_enough for cut in cuts) <= 40


def test_replications_are_averaged_where_they_have_data():
    assert [2.0, 3.0, None] == averaged([[1.0, None, None], [3.0, 3.0, None]])
    assert [] == averaged([])
    with pytest.raises(ValueError, match="different lengths"):
        averaged([[1.0], [1.0, 2.0]])


def test_a_moving_average_by_hand():
    # Law's definition with w = 2: Y1, then (Y1 + Y2 + Y3) / 3, then five each; of 8 values 6 are left.
    assert [1.0, 2.0, 4.0, 5.0, 6.2, 8.0] == moving_average([1, 0, 5, 9, 5, 6, 6, 14], 2)
    assert [3.0, 1.0, 4.0] == moving_average([3.0, 1.0, 4.0], 0)


@given(st.integers(4, 60), st.floats(-10, 10), st.floats(-10, 10), st.data())
def test_a_straight_line_stays_one(count, begin, slope, data):
    window = data.draw(st.integers(0, count // 4))
    line = [begin + slope * each for each in range(count)]
    assert pytest.approx(line[: count - window], abs=1e-9) == moving_average(line, window)


def test_bins_without_data_are_passed_over():
    assert [None, 2.0, 2.0, 4.0, 4.0, 5.0, 5.0] == moving_average([None, 2.0, None, 2.0, 6.0, None, 4.0, 6.0], 1)


def test_a_window_wider_than_a_quarter_is_refused():
    for window in (-1, 3):
        with pytest.raises(ValueError, match="expected 0 to 2, a quarter"):
            moving_average([1.0] * 8, window)


def test_a_value_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        mser5([float("nan")] * 50)


def test_the_curve_of_welch_is_the_moving_average_of_the_mean():
    replications = [[1.0, 0.0, 5.0, 9.0], [3.0, 4.0, 5.0, None]]
    assert [2.0, (2 + 2 + 5) / 3, 16 / 3] == moving_average(averaged(replications), 1)
