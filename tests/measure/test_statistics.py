import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.measure.statistics import confidence_interval, enough, mean, paired_interval, t_quantile, variance


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


def test_enough_is_when_the_interval_is_narrow_beside_the_mean() -> None:
    values = [9.0, 10.0, 11.0, 10.0, 9.0, 11.0, 10.0, 10.0, 9.5, 10.5]
    width = confidence_interval(values).relative_half_width
    assert enough(values, width)
    assert not enough(values, width * 0.999)
    assert not enough(values, width, confidence=0.99)
    assert not enough(values[:9], 0.5)
    assert enough(values[:9], 0.5, at_least=9)


def test_enough_of_nothing_and_of_one() -> None:
    assert not enough([], 0.1, at_least=0)
    assert not enough([5.0], 0.1, at_least=1)
    assert enough([5.0, 5.0], 0.1, at_least=2)


def test_values_around_zero() -> None:
    assert enough([0.0] * 10, 0.05)
    assert not enough([-1.0, 1.0] * 5, 1e9)
    with pytest.raises(ValueError, match="not finite"):
        enough([0.0] * 9 + [math.inf], 0.05)
    for width in (0.0, -0.1, math.nan):
        with pytest.raises(ValueError, match="relative half-width"):
            enough([0.0] * 10, width)


def test_stopping_when_enough_keeps_the_coverage() -> None:
    """Exponential values, five at a time, until they are 15 % wide at 90 %: about (1.645 / 0.15)^2 = 120 of them."""
    random = Random(7)
    covered, stops = 0, []
    for _ in range(300):
        values = [random.expovariate(1) for _ in range(10)]
        while not enough(values, 0.15, 0.9):
            values += [random.expovariate(1) for _ in range(5)]
        covered += 1.0 in confidence_interval(values, 0.9)
        stops.append(len(values))
    assert 0.80 < covered / 300 < 0.95  # to stop when a width is small favours small variances, so it is somewhat less than 90 %
    assert 100 < sum(stops) / 300 < 130
