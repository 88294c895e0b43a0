"""Adaptive throttling: the formula, over a window of ten buckets."""

import pytest

from sim.world.sliding import BUCKETS, OF_KIND, TOTAL, WIDTH, bucket_ns, count, slide
from sim.world.throttle import STATE, accepted, rejection, requested

S = 10**9


@pytest.mark.parametrize(("requests", "accepts", "k", "expected"), [
    (0, 0, 2.0, 0.0), (10, 5, 2.0, 0.0), (10, 2, 2.0, 6 / 11), (10, 0, 2.0, 10 / 11), (10, 5, 1.1, 4.5 / 11), (99, 99, 1.0, 0.0)])
def test_the_formula_of_the_book(requests, accepts, k, expected):
    ints = [0] * STATE
    for _ in range(requests):
        requested(ints, 0, S)
    for _ in range(accepts):
        accepted(ints, 0, S)
    assert rejection(ints, 0, S, k) == pytest.approx(expected)


def test_a_window_is_ten_buckets_the_running_one_included():
    ints = [0] * WIDTH
    for second in range(30):
        count(ints, 0, second * S, S, 2, 1)
        assert (ints[TOTAL], ints[OF_KIND]) == (2 * min(second + 1, BUCKETS), min(second + 1, BUCKETS))
    slide(ints, 0, 34 * S, S)
    assert ints[TOTAL] == 10
    slide(ints, 0, 1000 * S, S)
    assert ints[TOTAL:OF_KIND + 1] == [0, 0]


def test_buckets_are_tenths():
    assert bucket_ns(120 * S) == 12 * S
    assert bucket_ns(3) == 1
