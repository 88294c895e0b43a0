"""Dividing among classes: nothing is lost, and 60 % of five is three."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.scenario import Arrivals
from sim.scenario.split import complete_shares, exact, largest_remainder, split_arrivals


@pytest.mark.parametrize(
    ("given_shares", "expected"),
    [
        ([1.0], [1.0]),
        ([None], [1.0]),
        ([0.6, 0.4], [0.6, 0.4]),
        ([0.6, None, None], [0.6, 0.2, 0.2]),
        ([None, None, None], [1 / 3] * 3),
        ([1.0, None], [1.0, 0.0]),
        ([0.1] * 10, [0.1] * 10),
        ([0.3333333333, 0.3333333333, 0.3333333333], [0.3333333333] * 3),
        ([0.6, 0.3], None),
        ([0.6, 0.5], None),
        ([0.6, 0.5, None], None),
        ([0.333, 0.333, 0.333], None),
    ],
)
def test_what_is_not_said_divides_what_is_left(given_shares, expected):
    assert expected == complete_shares(given_shares)


@pytest.mark.parametrize(
    ("total", "shares", "expected"),
    [
        (5, [0.6, 0.4], [3, 2]),
        (10, [1 / 3, 1 / 3, 1 / 3], [4, 3, 3]),
        (100, [0.333, 0.333, 0.334], [33, 33, 34]),
        (1, [0.5, 0.5], [1, 0]),
        (0, [0.5, 0.5], [0, 0]),
        (7, [1.0], [7]),
        (3, [0.7, 0.2, 0.1], [2, 1, 0]),
    ],
)
def test_largest_remainder(total, shares, expected):
    assert expected == largest_remainder(total, shares)


SHARES = st.lists(st.integers(1, 1000), min_size=1, max_size=8).map(lambda parts: [part / sum(parts) for part in parts])


@given(st.integers(0, 16_000_000), SHARES)
def test_everybody_is_in_one_class_and_nobody_is_off_by_one(total, shares):
    parts = largest_remainder(total, shares)
    assert total == sum(parts)
    assert all(abs(part - total * exact(share)) <= 1 for part, share in zip(parts, shares, strict=True))


@given(st.lists(st.integers(0, 10**12), max_size=200), SHARES)
def test_times_are_dealt_out_in_order_and_evenly(times, shares):
    whole = Arrivals("times", times_ns=tuple(sorted(times)))
    dealt = split_arrivals(whole, shares)
    assert sorted(times) == sorted(time for own in dealt for time in own.times_ns)
    for own, share in zip(dealt, shares, strict=True):
        assert list(own.times_ns) == sorted(own.times_ns)
        assert abs(len(own.times_ns) - len(times) * share) < len(shares)


def test_rates_steps_and_maxima():
    dealt = split_arrivals(Arrivals("poisson", 20.0, maximum=5), [0.6, 0.4])
    assert [Arrivals("poisson", 12.0, maximum=3), Arrivals("poisson", 8.0, maximum=2)] == dealt
    steps = split_arrivals(Arrivals("steps", steps=((0, 10.0), (9, 0.7))), [0.6, 0.4])
    assert [((0, 6.0), (9, 0.42)), ((0, 4.0), (9, 0.28))] == [own.steps for own in steps]


def test_one_class_gets_all_as_it_is():
    whole = Arrivals("times", times_ns=(1, 2), maximum=1, file="a.csv")
    assert whole is split_arrivals(whole, [1.0])[0]


def test_shares_are_the_decimals_that_were_written():
    assert Fraction(3, 5) == exact(0.6)
    assert 5 == sum(largest_remainder(5, [0.1, 0.2, 0.7]))
