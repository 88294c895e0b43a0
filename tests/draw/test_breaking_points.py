"""Breaking points: each bracket and interval where it belongs on a logarithmic axis, arrows where they are open."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import HOSTILE, assert_same_bytes, assert_tidy, axes, lines, words

from sim.draw import breaking_points
from sim.draw.breaking_points import BreakingPoint, BreakingPoints

TRIED = (100.0, 20000.0)
DATA = BreakingPoints("Up to which flood does each hold?", ("none", "token bucket", "bulkhead", "stateless keys", "fair queue", "CoDel", "one run"),
                      (BreakingPoint(180, 200, TRIED, 170, 210), BreakingPoint(3000, 3200, TRIED), BreakingPoint(None, 100, TRIED), BreakingPoint(20000, None, TRIED),
                       BreakingPoint(3000, None, TRIED), BreakingPoint(None, 3200, TRIED), BreakingPoint(None, None, TRIED)), "key requests")


def test_bars_end_where_a_row_holds_dots_begin_where_it_fails_and_what_is_not_decided_is_open():
    fig = breaking_points.figure(DATA)
    ax = fig.axes[0]
    left, right = ax.get_xlim()
    assert (ax.get_xscale(), left < 100, right > 20000) == ("log", True, True)
    assert [[(left, 0.5), (180, 0.5)], [(left, 1.5), (3000, 1.5)], [(left, 3.5), (20000, 3.5)], [(left, 4.5), (3000, 4.5)]] == lines(fig, "holds")
    assert [[(200, 0.5), (right, 0.5)], [(3200, 1.5), (right, 1.5)], [(100, 2.5), (right, 2.5)], [(3200, 5.5), (right, 5.5)]] == lines(fig, "fails")
    assert [[(170, 0.5), (210, 0.5)]] == lines(fig, "interval")
    assert ([[(20000, 3.5)]], [[(100, 2.5)]]) == (lines(fig, "beyond"), lines(fig, "below"))


def test_the_axis_shows_the_rates_that_were_tried_and_little_beyond():
    """However wide an interval is: two replications have one that reaches over decades. It ends in an arrow."""
    fig = breaking_points.figure(replace(DATA, rows=("none",), points=(BreakingPoint(5.6, 17.8, (1, 100), 0.1, 900),)))
    left, right = fig.axes[0].get_xlim()
    assert 0.4 < left < 1
    assert 100 < right < 250
    assert ([[(left, 0.5)], [(right, 0.5)]], []) == (lines(fig, "open end"), lines(fig, "end"))
    assert ([], [[(170, 0.5)], [(210, 0.5)]]) == (lines(breaking_points.figure(DATA), "open end"), lines(breaking_points.figure(DATA), "end"))


def test_the_numbers_say_the_same():
    told = ["180 to 200", "3,000 to 3,200", "< 100", "> 20,000", "3,000 to ?", "? to 3,200", "not decided"]
    assert [point.between() for point in DATA.points] == told
    assert {*told, "token bucket", "breaks between, /s", "not decided", "fails from here; between the two it is not decided"} <= set(words(breaking_points.figure(DATA)))
    assert breaking_points.figure(DATA).axes[0].get_xlabel() == "key requests (/s)"


def test_the_key_has_no_sign_that_does_not_occur():
    told = words(breaking_points.figure(replace(DATA, rows=DATA.rows[3:4], points=DATA.points[3:4])))
    assert {"holds up to here", "holds at the highest rate tried"} <= {*told}
    assert not {*told} & {"fails from here", "fails at the lowest", "not decided"}
    assert not any("interval" in text for text in told)


@pytest.mark.parametrize("points", [(), (BreakingPoint(None, None, (0, 0)),), (BreakingPoint(0.0, 0.0, (0, 1)),), (BreakingPoint(5, 5, (5, 5)),),
                                    (BreakingPoint(0.0, 10, (0, 10)),), (BreakingPoint(100, None, (1, 100)), BreakingPoint(100, None, (0.1, 100)))])
def test_one_none_zero_and_equal_values(points):
    assert_tidy(breaking_points.figure(BreakingPoints("t", ("name",) * len(points), points)))


def test_hostile_names_and_many_rows():
    names = HOSTILE * 4
    fig = breaking_points.figure(replace(DATA, title=" ".join(HOSTILE), rows=names, points=DATA.points[:1] * len(names), rate=HOSTILE[2], note=HOSTILE[2]))
    assert_tidy(fig)
    assert "$x^2$" in words(fig)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.one_of(st.none(), st.floats(1e-3, 1e7)), st.floats(1.0, 100.0), st.booleans()), max_size=15))
def test_any_rates_are_drawn(rates):
    points = [BreakingPoint(rate, None if open_end else (rate or 1.0) * ratio, (rate or 1.0, (rate or 1.0) * ratio), rate, (rate or 0.0) * ratio) for rate, ratio, open_end in rates]
    fig = breaking_points.figure(BreakingPoints("t", ["name"] * len(points), points))
    assert_tidy(fig)
    assert len(lines(fig, "holds")) == sum(point.holds_at is not None for point in points)


def test_the_same_data_give_the_same_bytes():
    assert_same_bytes(breaking_points.render, DATA)
    assert len(axes(breaking_points.figure(DATA), "")) == 1
