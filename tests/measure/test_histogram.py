from collections import Counter
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.measure import histogram
from sim.measure.histogram import BUCKETS, VALUE_LIMIT, bucket, coarse_value_of, lowest_in, quantiles, value_of

VALUES = st.one_of(
    st.integers(0, VALUE_LIMIT - 1),
    st.integers(0, 62).flatmap(lambda k: st.integers(max(0, 2**k - 300), min(VALUE_LIMIT - 1, 2**k + 300))),
)


@given(VALUES)
def test_a_value_comes_back_within_the_stated_relative_error(value_ns: int) -> None:
    index = bucket(value_ns)
    assert 0 <= index < BUCKETS
    assert lowest_in(index) <= value_ns < lowest_in(index + 1)
    # In integers: |error| / value <= 1/256, and 1/256 <= 1 %.
    assert abs(value_of(index) - value_ns) * 256 <= value_ns
    assert histogram.RELATIVE_ERROR <= 0.01


@given(VALUES)
def test_a_coarse_value_comes_back_within_its_error(value_ns: int) -> None:
    error_ns = abs(coarse_value_of(bucket(value_ns) >> 3) - value_ns)
    assert error_ns <= 4 if value_ns < 128 else error_ns * 32 <= value_ns
    assert histogram.COARSE_RELATIVE_ERROR <= 0.05


def test_buckets_tile_the_whole_range_without_gap() -> None:
    bounds = [lowest_in(index) for index in range(BUCKETS + 1)]
    assert 0 == bounds[0]
    assert VALUE_LIMIT == bounds[-1]
    assert all(low < high for low, high in pairwise(bounds))
    assert all(bucket(low) == index for index, low in enumerate(bounds[:-1]))


def test_a_negative_duration_stops_the_run() -> None:
    with pytest.raises(ValueError, match="negative"):
        bucket(-1)


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=200))
def test_quantiles_are_those_of_nearest_rank_within_the_error(values_ns: list[int]) -> None:
    counted = Counter(bucket(value) for value in values_ns)
    counts = [counted[index] for index in range(BUCKETS)]
    per_mille = (1, 250, 500, 950, 990, 1000)
    for each, found_ns in zip(per_mille, quantiles(counts, *per_mille), strict=True):
        exact_ns = sorted(values_ns)[max(1, ceil(len(values_ns) * each / 1000)) - 1]
        assert abs(found_ns - exact_ns) * 256 <= exact_ns
