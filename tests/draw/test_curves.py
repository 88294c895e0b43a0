"""Curves: points where they belong, names at their ends without overlap, replications instead of a mean that never occurs."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sheets import HOSTILE, assert_same_bytes, assert_tidy, axes, lines, words

from sim.draw import curves, style
from sim.draw.curves import Curve, Curves, Panel, Point
from sim.draw.scales import Axis

X = (100, 1000, 10000)
FALLING = Curve("none", [Point(x, 1 / (1 + x / 500), 0.02) for x in X])
STEADY = Curve("stateless keys", [Point(x, 0.99, 0.001) for x in X])
SPLIT = Curve("client puzzle", [Point(100, 1.0, 0.0), Point(1000, 0.6, 0.4, (0.1, 0.12, 0.95, 0.96, 0.97)), Point(10000, 0.05, 0.01)])
DATA = Curves("Honest success over the flood", [Panel("", [FALLING, STEADY, SPLIT])], Axis("key requests", "rate", True), Axis("honest success", "share"), 0.9)


def test_lines_run_through_the_means_and_bands_have_the_intervals():
    fig = curves.figure(DATA)
    assert [[(point.x, point.mean) for point in FALLING.points]] == lines(fig, "none")
    ax = fig.axes[0]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    (band, *_) = ax.collections
    heights = {round(y, 6) for _, y in band.get_paths()[0].vertices}
    assert {round(point.mean + sign * 0.02, 6) for point in FALLING.points for sign in (-1, 1)} <= heights
    assert [0.9] * 2 == [y for _, y in lines(fig, "level")[0]]


def test_axes_have_their_units_and_ticks_at_the_points():
    ax = curves.figure(DATA).axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("key requests (/s)", "honest success (%)")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["100", "1,000", "10,000"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0", "20", "40", "60", "80", "100"]


@pytest.mark.parametrize(("axis", "values", "title"), [(Axis("p99", "time"), (0.1, 0.2), "p99 (ms)"), (Axis("p99", "time"), (1.0, 20.0), "p99 (s)"),
                                                       (Axis("memory", "size"), (2**20, 2**22), "memory (MiB)"), (Axis("burst"), (1, 2), "burst")])
def test_each_kind_has_its_unit(axis, values, title):
    fig = curves.figure(Curves("t", [Panel("", [Curve("a", [Point(k, value) for k, value in enumerate(values)])])], Axis("x"), axis))
    assert fig.axes[0].get_ylabel() == title


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind 'colour'; expected one of share, time, size, rate, number"):
        curves.figure(replace(DATA, y=Axis("y", "colour")))


def test_where_replications_fall_into_two_groups_they_stand_for_their_mean():
    fig = curves.figure(DATA)
    assert sorted(SPLIT.points[1].replications) == sorted(y for _, y in lines(fig, "replications")[0])
    assert [[(100, 1.0)], [(10000, 0.05)]] == lines(fig, "client puzzle"), "no line goes through the mean of two groups"
    assert any("two groups" in text for text in words(fig))
    assert not any("two groups" in text for text in words(curves.figure(replace(DATA, panels=[Panel("", [FALLING])]))))


def test_a_missing_mean_leaves_a_gap_and_zero_stands_apart_on_a_logarithmic_axis():
    gap = Curve("gap", [Point(0, 1.0), Point(100, 0.9), Point(200, None), Point(400, 0.5), Point(800, 0.4)])
    fig = curves.figure(replace(DATA, panels=[Panel("", [gap])]))
    zero, *_ = lines(fig, "gap")
    assert [1, 1, 2] == [len(run) for run in lines(fig, "gap")]
    assert 0 < zero[0][0] < 100
    assert fig.axes[0].get_xticklabels()[0].get_text() == "0"


def test_names_stand_beside_the_last_panel_in_the_order_of_the_ends():
    fig = curves.figure(replace(DATA, panels=[Panel(f"column {k}", [FALLING, STEADY, SPLIT]) for k in range(5)]))
    panels = axes(fig, "panel")
    assert [len(ax.texts) for ax in panels] == [0, 0, 3, 0, 3]
    heights = {text.get_text(): text.get_position()[1] for text in panels[2].texts}
    assert heights["stateless keys"] > heights["client puzzle"] >= heights["none"]
    assert len({ax.get_ylim() for ax in panels}) == 1
    assert_tidy(fig)


def test_curves_differ_in_colour_and_marker():
    pairs = [style.compared(index) for index in range(64)]
    assert len(set(pairs)) == 64
    assert len({color for color, _ in pairs[:8]}) == len({marker for _, marker in pairs[:8]}) == 8


@pytest.mark.parametrize("panels", [[], [Panel("", [])], [Panel("", [Curve("a", [])])], [Panel("", [Curve("a", [Point(1, None)])])],
                                    [Panel("", [Curve("a", [Point(0, 0.0, 0.0)])])], [Panel("", [Curve("a", [Point(5, 0.5), Point(5, 0.5)])])]])
def test_empty_single_zero_and_equal_points(panels):
    assert_tidy(curves.figure(replace(DATA, panels=panels)))
    assert_tidy(curves.figure(replace(DATA, panels=panels, level=None, y=Axis("time", "time"))))


def test_hostile_names():
    fig = curves.figure(replace(DATA, title=" ".join(HOSTILE), panels=[Panel(name, [replace(FALLING, name=name) for name in HOSTILE]) for name in HOSTILE],
                                x=Axis(HOSTILE[2], "rate"), y=Axis(HOSTILE[2], "share"), note=" ".join(HOSTILE)))
    assert_tidy(fig)
    assert "$x^2$" in words(fig)


@settings(max_examples=8, deadline=None)
@example(count=1, panels=1, log=True, points=[(5e-324, None)])
@given(count=st.integers(0, 25), panels=st.integers(1, 4), log=st.booleans(),
       points=st.lists(st.tuples(st.floats(0, 1e6), st.one_of(st.none(), st.floats(0, 1e4))), max_size=8))
def test_any_curves_are_tidy(count, panels, log, points):
    own = [Curve(f"mitigation {k}", [Point(x, y, y and y / 7) for x, y in points]) for k in range(count)]
    assert_tidy(curves.figure(Curves("t", [Panel("p", own)] * panels, Axis("x", "rate", log), Axis("y", "time"))))


def test_the_same_data_give_the_same_bytes():
    assert_same_bytes(curves.render, DATA)
