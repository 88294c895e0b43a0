"""Breaking points: each bracket and interval where it belongs on a logarithmic axis, arrows where they are open."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import HOSTILE, assert_same_bytes, assert_tidy, axes, lines, words

from sim.draw import breaking_points
from sim.draw.breaking_points import BreakingPoint, BreakingPoints

DATA = BreakingPoints("Up to which flood does each hold?", ("none", "token bucket", "bulkhead", "stateless keys", "not tried"),
                      (BreakingPoint(180, 200, 170, 210), BreakingPoint(3000, 3200), BreakingPoint(None, 100), BreakingPoint(20000, None), BreakingPoint(None, None)),
                      "key requests")


def test_bars_end_where_a_row_holds_and_dots_begin_where_it_fails():
    fig = breaking_points.figure(DATA)
    ax = fig.axes[0]
    left, right = ax.get_xlim()
    assert ax.get_xscale() == "log"
    assert left < 100
    assert right > 20000
    assert [[(left, 0.5), (180, 0.5)], [(left, 1.5), (3000, 1.5)], [(left, 3.5), (right, 3.5)]] == lines(fig, "holds")
    assert [[(200, 0.5), (right, 0.5)], [(3200, 1.5), (right, 1.5)], [(left, 2.5), (right, 2.5)]] == lines(fig, "fails")
    assert [[(170, 0.5), (210, 0.5)]] == lines(fig, "interval")
    assert ([[(right, 3.5)]], [[(left, 2.5)]]) == (lines(fig, "beyond"), lines(fig, "below"))


def test_the_numbers_say_the_same():
    assert [point.between() for point in DATA.points] == ["180 to 200", "3,000 to 3,200", "< 100", "≥ 20,000", "–"]
    assert [point.told() for point in DATA.points] == ["180", "3,000", "< 100", "≥ 20,000", "–"]
    assert {"180 to 200", "< 100", "≥ 20,000", "–", "token bucket"} <= set(words(breaking_points.figure(DATA)))
    assert breaking_points.figure(DATA).axes[0].get_xlabel() == "key requests (/s)"


@pytest.mark.parametrize("points", [(), (BreakingPoint(None, None),), (BreakingPoint(0.0, 0.0),), (BreakingPoint(5, 5),), (BreakingPoint(0.0, 10),),
                                    (BreakingPoint(100, None), BreakingPoint(100, None))])
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
    points = [BreakingPoint(rate, None if open_end else (rate or 1.0) * ratio, rate, (rate or 0.0) * ratio) for rate, ratio, open_end in rates]
    fig = breaking_points.figure(BreakingPoints("t", ["name"] * len(points), points))
    assert_tidy(fig)
    assert len(lines(fig, "holds")) == sum(point.holds_at is not None for point in points)


def test_the_same_data_give_the_same_bytes():
    assert_same_bytes(breaking_points.render, DATA)
    assert len(axes(breaking_points.figure(DATA), "")) == 1
