"""Back-off: the five formulas, their caps, and large numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world import backoff
from sim.world.backoff import delay_ns, doubled_ns
from sim.world.clock import MAX_NS

MS = 1_000_000
BASE, CAP = 500 * MS, 10_000 * MS
units = st.floats(2.0**-54, 1.0 - 2.0**-53)
times = st.integers(0, MAX_NS // 2)


@pytest.mark.parametrize(
    ("kind", "n", "previous_ms", "u", "expected_ms"),
    [
        (backoff.NONE, 3, 0, 0.5, 0),
        (backoff.CONSTANT, 3, 0, 0.5, 500),
        (backoff.EXPONENTIAL, 0, 0, 0.5, 500),
        (backoff.EXPONENTIAL, 3, 0, 0.5, 4000),
        (backoff.EXPONENTIAL, 4, 0, 0.5, 8000),
        (backoff.EXPONENTIAL, 5, 0, 0.5, 10_000),
        (backoff.FULL_JITTER, 0, 0, 0.25, 125),
        (backoff.FULL_JITTER, 2, 0, 0.25, 500),
        (backoff.FULL_JITTER, 9, 0, 0.25, 2500),
        (backoff.EQUAL_JITTER, 0, 0, 0.25, 312.5),
        (backoff.EQUAL_JITTER, 2, 0, 0.5, 1500),
        (backoff.DECORRELATED_JITTER, 0, 7777, 0.5, 1000),
        (backoff.DECORRELATED_JITTER, 1, 1000, 0.5, 1750),
        (backoff.DECORRELATED_JITTER, 2, 9000, 0.9, 10_000),
    ],
)
def test_the_formulas_by_hand(kind: int, n: int, previous_ms: int, u: float, expected_ms: float) -> None:
    """base 500 ms, cap 10 s; v = min(cap, base 2**n)."""
    assert expected_ms * MS == delay_ns(kind, BASE, CAP, n, previous_ms * MS, u)


@given(st.integers(0, 5), times, times, st.integers(0, 10**9), times, units)
def test_a_wait_lies_between_0_and_the_cap(
    kind: int, base_ns: int, cap_ns: int, n: int, previous_ns: int, u: float
) -> None:
    assert 0 <= delay_ns(kind, base_ns, cap_ns, n, previous_ns, u) <= cap_ns


@given(times, times, st.integers(0, 500))
def test_doubling_is_exact_whatever_n(base_ns: int, cap_ns: int, n: int) -> None:
    assert min(cap_ns, base_ns * 2**n) == doubled_ns(base_ns, cap_ns, n)


@given(units, st.integers(0, 10))
def test_jitter_spreads_over_its_range(u: float, n: int) -> None:
    ceiling = min(CAP, BASE * 2**n)
    assert round(u * ceiling) == delay_ns(backoff.FULL_JITTER, BASE, CAP, n, 0, u)
    assert ceiling / 2 <= delay_ns(backoff.EQUAL_JITTER, BASE, CAP, n, 0, u) <= ceiling
    assert BASE <= delay_ns(backoff.DECORRELATED_JITTER, BASE, CAP, n, ceiling, u) <= min(CAP, 3 * ceiling)


def test_decorrelated_waits_feed_on_each_other() -> None:
    waits, previous_ns = [], 0
    for n in range(6):
        previous_ns = delay_ns(backoff.DECORRELATED_JITTER, BASE, CAP, n, previous_ns, 0.5)
        waits.append(previous_ns / MS)
    assert [1000, 1750, 2875, 4562.5, 7093.75, 10_000] == waits


def test_an_unknown_kind_stops_the_run() -> None:
    assert len(backoff.KIND_NAMES) == backoff.DECORRELATED_JITTER + 1
    with pytest.raises(ValueError, match="no such kind of back-off"):
        delay_ns(len(backoff.KIND_NAMES), BASE, CAP, 0, 0, 0.5)
