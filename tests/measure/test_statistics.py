import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.measure.statistics import confidence_interval, mean, paired_interval, t_quantile, variance


@pytest.mark.parametrize(
    ("degrees", "probability", "expected"),
    # Student's table, as printed in Law, Simulation Modeling and Analysis, table T.1.
    [(1, 0.975, 12.706), (4, 0.975, 2.776), (9, 0.95, 1.833), (19, 0.975, 2.093), (30, 0.995, 2.750)],
)
def test_student(degrees: int, probability: float, expected: float) -> None:
    assert pytest.approx(expected, abs=5e-4) == t_quantile(probability, degrees)


def test_an_interval_by_hand() -> None:
    # mean 3, variance 2.5, 5 values: 2.7764 * sqrt(2.5 / 5) = 1.9632.
    interval = confidence_interval([1, 2, 3, 4, 5])
    assert 3.0 == interval.mean
    assert pytest.approx(1.96324, abs=1e-5) == interval.half_width
    assert pytest.approx(1.96324 / 3, abs=1e-5) == interval.relative_half_width
    assert (1.03 in interval, 1.04 in interval, 4.97 in interval) == (False, True, False)
    assert 5 == interval.replications
    assert "3 +- 2 (95%, n=5)" == str(interval)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    random = Random(20)
    covered = sum(0.0 in confidence_interval([random.gauss(0, 1) for _ in range(5)], 0.9) for _ in range(4000))
    # Binomial: 0.9 +- 4 standard deviations of sqrt(.09 / 4000).
    assert abs(covered / 4000 - 0.9) < 4 * math.sqrt(0.09 / 4000)


@settings(deadline=None)  # the first call imports scipy
@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=30), st.randoms())
def test_the_order_of_values_does_not_matter(values: list[float], random: Random) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    assert confidence_interval(values) == confidence_interval(shuffled)


def test_a_pair_cancels_what_both_share() -> None:
    shared = [5.0, 50.0, 500.0]
    interval = paired_interval([value + 1 for value in shared], shared)
    assert (1.0, 0.0) == (interval.mean, interval.half_width)
    assert 0.0 == interval.relative_half_width
    with pytest.raises(ValueError, match="pair"):
        paired_interval([1.0, 2.0], [1.0])


def test_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        mean([])
    with pytest.raises(ValueError, match="at least 2"):
        variance([1.0])
    with pytest.raises(ValueError, match="at least 2"):
        confidence_interval([1.0])
    with pytest.raises(ValueError, match="finite"):
        confidence_interval([1.0, math.nan])
    with pytest.raises(ValueError, match="confidence"):
        confidence_interval([1.0, 2.0], 95)


def test_a_mean_of_zero_has_no_relative_half_width() -> None:
    assert math.inf == confidence_interval([-1.0, 1.0]).relative_half_width
