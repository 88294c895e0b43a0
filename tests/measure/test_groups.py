"""Whether replications fall into two groups: made data of which it is known."""

import random
from itertools import pairwise

import pytest

from sim.measure.groups import SIGNIFICANCE, Groups, largest_gap_probability, two_groups


def test_two_groups_are_found_and_told():
    found = two_groups([0.97, 0.02, 0.98, 0.03, 0.99, 0.01])
    assert (3, 3) == (found.low_count, found.high_count)
    assert pytest.approx((0.02, 0.98)) == (found.low_mean, found.high_mean)
    assert found.p < SIGNIFICANCE


@pytest.mark.parametrize("values", [
    [], [0.5], [0.1, 0.9], [0.1, 0.1, 0.9], [0.5] * 10, [0.1, 0.2, 0.3, 0.4, 0.5], [0.0] * 9 + [1.0], [0.0] + [1.0] * 9,
    [0.90, 0.91, 0.92, 0.95, 0.96],
], ids=str)
def test_few_values_equal_values_even_values_and_lone_outliers_are_none(values):
    assert two_groups(values) is None


def test_a_gap_of_no_interest_is_none():
    values = [0.999, 0.9991, 0.9999, 1.0, 0.9992, 0.99995]
    assert two_groups([0.99, 0.9901, 0.9999, 1.0, 0.9902, 0.99995]) is not None
    assert two_groups([0.99, 0.9901, 0.9999, 1.0, 0.9902, 0.99995], least_gap=0.05) is None
    assert two_groups(values, least_gap=0.05) is None


def test_equal_values_in_each_group_are_the_clearest_case():
    assert Groups(2, 0.0, 3, 1.0, 0.0) == two_groups([1, 0, 1, 0, 1])


@pytest.mark.parametrize("values", [5, 10, 30])
def test_the_bound_is_the_share_of_uniform_samples_with_such_a_gap(values):
    """The law against counting: of 20,000 samples of uniform points between two fixed ends."""
    chance = random.Random(values)
    gaps = []
    for _ in range(20_000):
        inner = sorted([0.0, 1.0, *(chance.random() for _ in range(values - 2))])
        gaps.append(max(b - a for a, b in pairwise(inner)))
    gap = sorted(gaps)[-1000]  # one in twenty is larger
    assert pytest.approx(0.05, abs=0.006) == largest_gap_probability(gap, values)


@pytest.mark.parametrize(("draw", "most"), [(random.Random.random, 0.010), (lambda chance: chance.gauss(0.5, 0.1), 0.006)], ids=["uniform", "normal"])
@pytest.mark.parametrize("values", [5, 10, 20])
def test_one_group_is_taken_for_two_in_at_most_one_of_a_hundred(draw, most, values):
    chance = random.Random(1)
    wrong = sum(two_groups([draw(chance) for _ in range(values)]) is not None for _ in range(4000))
    assert wrong / 4000 <= most + 0.003


@pytest.mark.parametrize("values", [6, 10, 20])
def test_two_modes_ten_deviations_apart_are_nearly_always_found(values):
    chance = random.Random(2)
    found = sum(two_groups([chance.gauss(0.2 if index % 2 else 0.8, 0.03) for index in range(values)]) is not None for index in range(500))
    assert found / 500 > (0.5 if values == 6 else 0.97)
