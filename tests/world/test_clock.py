"""The clock: rounding, limits, what an actor's own clock shows."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.clock import (
    MAX_NS,
    NEVER_NS,
    NS_PER_S,
    ClockOverflow,
    later_ns,
    round_duration_ns,
    round_ns,
    seconds,
    wall_clock_s,
)

BEYOND = [float(MAX_NS), -float(MAX_NS), 1e300, float("inf"), float("-inf"), float("nan")]


@pytest.mark.parametrize(
    ("time_ns", "expected"),
    [
        (0.5, 0),
        (1.5, 2),
        (2.5, 2),
        (-0.5, 0),
        (-1.5, -2),
        (0.49999999999999994, 0),
        (4503599627370497.5, 4503599627370498),
    ],
)
def test_rounds_half_to_even(time_ns: float, expected: int) -> None:
    assert expected == round_ns(time_ns)


@given(st.floats(-4.6e18, 4.6e18))
def test_rounds_as_python_does(time_ns: float) -> None:
    assert round(time_ns) == round_ns(time_ns)
    assert max(round(time_ns), 0) == round_duration_ns(time_ns)


@pytest.mark.parametrize("time_ns", BEYOND)
def test_time_beyond_the_clock_is_refused(time_ns: float) -> None:
    with pytest.raises(ClockOverflow, match="exceeds the clock"):
        round_ns(time_ns)


@pytest.mark.parametrize("time_ns", [float(MAX_NS), 1e300, float("inf"), float("nan")])
def test_duration_beyond_the_clock_is_refused(time_ns: float) -> None:
    with pytest.raises(ClockOverflow):
        round_duration_ns(time_ns)


def test_the_last_instant_is_on_the_clock() -> None:
    assert MAX_NS - 1 == later_ns(MAX_NS - 2, 1)
    with pytest.raises(ClockOverflow) as caught:
        later_ns(MAX_NS - 1, 1)
    assert (MAX_NS,) == caught.value.args


def test_never_comes_after_every_instant() -> None:
    assert NEVER_NS > MAX_NS - 1


@pytest.mark.parametrize(
    ("now_ns", "skew_ns", "expected"),
    [(0, 0, 1_239_235_200), (999_999_999, 0, 1_239_235_200), (NS_PER_S, 0, 1_239_235_201), (0, -1, 1_239_235_199)],
)
def test_wall_clock_rounds_down(now_ns: int, skew_ns: int, expected: int) -> None:
    start_epoch_ns = 1_239_235_200 * NS_PER_S  # 2009-04-09T00:00:00Z
    assert expected == wall_clock_s(start_epoch_ns, now_ns, skew_ns)


def test_wall_clock_beyond_the_clock_is_refused() -> None:
    with pytest.raises(ClockOverflow):
        wall_clock_s(MAX_NS - 1, 0, NS_PER_S)


def test_seconds() -> None:
    assert 1.5 == seconds(1_500_000_000)


def test_overflow_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(ClockOverflow(5e18)))
    assert "time of 5e+18 ns exceeds the clock (limit 2**62 ns, about 146 years)" == str(error)
