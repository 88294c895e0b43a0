"""The spread of replications: a dot each, none on another, and the means of two groups told apart."""

import itertools
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sheets import HOSTILE, assert_same_bytes, assert_tidy, lines, words

from sim.draw import spread
from sim.draw.scales import Axis
from sim.draw.spread import Spread, Strip
from sim.measure.groups import two_groups

SPLIT = (0.1, 0.11, 0.12, 0.12, 0.95, 0.96, 0.97, 0.97, 0.98, 0.99)
DATA = Spread("Do replications agree?", [Strip("none / flood", SPLIT, two_groups(SPLIT)), Strip("CoDel / flood", (0.5, 0.55, None, 0.6)), Strip("keys", (1.0,) * 20)],
              Axis("honest success", "share"), 0.9)


def test_every_replication_has_a_dot_at_its_value():
    dots = lines(spread.figure(DATA), "replications")
    assert [sorted(SPLIT), [0.5, 0.55, 0.6], [1.0] * 20] == [sorted(x for x, _ in strip) for strip in dots]


def test_two_groups_have_two_means_and_their_counts_are_told():
    fig = spread.figure(DATA)
    assert DATA.strips[0].groups is not None
    means = [strip[0][0] for strip in lines(fig, "mean")]
    assert means == pytest.approx([0.1125, 0.97, 0.55, 1.0])
    assert {"4 around 11.25 %", "6 around 97 %", "mean 55 %, of 3", "1 without a value", "mean 100 %, of 20"} <= set(words(fig))
    assert lines(fig, "mean of both groups")[0][0][0] == pytest.approx(math.fsum(SPLIT) / 10)


def test_no_dot_lies_on_another():
    fig = spread.figure(DATA)
    (ax,) = fig.axes
    for line in (line for line in ax.lines if line.get_label() == "replications"):
        places = ax.transData.transform(line.get_xydata()) * 72 / fig.dpi
        for a, b in itertools.combinations(places, 2):
            assert math.dist(a, b) >= line.get_markersize()


@pytest.mark.parametrize("strips", [[], [Strip("a", [])], [Strip("a", [None, None])], [Strip("a", [0.0])], [Strip("a", [0.5] * 300)]])
def test_empty_single_and_equal_values(strips):
    fig = spread.figure(Spread("t", strips, Axis("success", "share")))
    assert_tidy(fig)
    assert fig.get_size_inches()[1] < 8


def test_hostile_names_and_a_logarithmic_axis():
    strips = [Strip(name, (0.1, 1.0, 50.0, 0.0)) for name in HOSTILE]
    fig = spread.figure(Spread(" ".join(HOSTILE), strips, Axis(HOSTILE[2], "time", True), 3.0, " ".join(HOSTILE)))
    assert_tidy(fig)
    assert fig.axes[0].get_xscale() == "log"


@settings(max_examples=8, deadline=None)
@example([[None, 0.0], [None, 0.0, 0.75, 0.6875, 0.71875, 0.03125]])
@given(st.lists(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=25), max_size=8))
def test_any_values_are_tidy(strips):
    made = [Strip(f"cell {k}", values, two_groups([value for value in values if value is not None], 0.05)) for k, values in enumerate(strips)]
    assert_tidy(spread.figure(Spread("t", made, Axis("success", "share"), 0.9)))


def test_the_same_data_give_the_same_bytes():
    assert_same_bytes(spread.render, DATA)
