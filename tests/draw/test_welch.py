"""Welch's plot: both series, and the warm-up where it ends."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import HOSTILE, assert_same_bytes, assert_tidy, lines, words

from sim.draw import welch
from sim.draw.scales import Axis
from sim.draw.welch import Welch

T = [2.5 + 5 * k for k in range(40)]
DATA = Welch("Where does it become steady?", T, [min(k, 10) + k % 2 for k in range(40)], [min(k, 10) + 0.5 for k in range(40)], Axis("requests waiting"), 50.0, window=5)


def test_the_mean_is_thin_and_its_moving_average_thick():
    ax = welch.figure(DATA).axes[0]
    drawn = {line.get_label(): line for line in ax.lines}
    assert list(drawn["mean"].get_ydata()) == list(DATA.means)
    assert list(drawn["moving average"].get_ydata()) == list(DATA.moving)
    assert drawn["mean"].get_linewidth() < drawn["moving average"].get_linewidth() / 2
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Simulated time (min)", "requests waiting")


def test_the_warm_up_is_shaded_marked_and_told_with_the_rule():
    fig = welch.figure(DATA)
    (shade,) = fig.axes[0].patches
    assert (shade.get_x(), shade.get_width()) == (0.0, 50.0)
    assert lines(fig, "warm-up") == [[(50.0, 0.0), (50.0, 1.0)]]
    assert {"warm-up 50 s", "warm-up found by MSER-5: left out of what is measured", "its moving average over 5 bins"} <= set(words(fig))


def test_that_none_was_found_is_told():
    fig = welch.figure(replace(DATA, warm_up_s=None))
    assert not fig.axes[0].patches
    assert "MSER-5 found no warm-up after which the series is steady" in words(fig)


def test_a_series_that_is_steady_from_the_start_has_no_shade_and_no_sign_for_one():
    fig = welch.figure(replace(DATA, warm_up_s=0.0))
    assert not fig.axes[0].patches
    assert not lines(fig, "warm-up")
    told = words(fig)
    assert "MSER-5: steady from the start, nothing is left out of what is measured" in told
    assert not any("warm-up" in text for text in told)


@pytest.mark.parametrize("warm_up_s", [0.0, 1.0, 100.0, 195.0, 500.0])
def test_the_words_stay_on_the_sheet(warm_up_s):
    assert_tidy(welch.figure(replace(DATA, warm_up_s=warm_up_s)))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_bins(n):
    assert_tidy(welch.figure(replace(DATA, t_s=T[:n], means=[0.0] * n, moving=[None] * n)))


def test_hostile_names():
    assert_tidy(welch.figure(replace(DATA, title=" ".join(HOSTILE), measure=Axis(HOSTILE[2], "size"), how=HOSTILE[0], note=" ".join(HOSTILE))))


@settings(max_examples=8, deadline=None)
@given(values=st.lists(st.one_of(st.none(), st.floats(0, 1e9)), min_size=1, max_size=40), kind=st.sampled_from(["time", "size", "number", "rate", "share"]))
def test_any_series_is_tidy(values, kind):
    assert_tidy(welch.figure(Welch("t", T[: len(values)], values, values, Axis("measure", kind), 20.0)))


def test_the_same_data_give_the_same_bytes():
    assert_same_bytes(welch.render, DATA)
