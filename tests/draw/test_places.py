"""Places for labels and dots; scales and ticks."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.draw import ticks
from sim.draw.places import apart, swarm
from sim.draw.scales import Scale
from sim.draw.sheet import name_lines, short, widest_in
from sim.measure.units import Scale as Unit


@given(st.lists(st.floats(0, 10), max_size=12), st.floats(0.01, 0.7))
def test_labels_are_apart_within_the_range_and_in_order(wanted, distance):
    places = apart(wanted, distance, 0.0, 10.0)
    assert all(-1e-9 <= place <= 10 + 1e-9 for place in places)
    assert all(b - a >= distance - 1e-9 for a, b in itertools.pairwise(sorted(places)))
    assert [place for _, place in sorted(zip(wanted, places, strict=True))] == sorted(places)


def test_labels_that_are_apart_stay_and_those_that_are_not_move_as_little_as_can_be():
    assert apart([1.0, 5.0, 9.0], 1.0, 0.0, 10.0) == [1.0, 5.0, 9.0]
    assert apart([5.0, 5.0], 1.0, 0.0, 10.0) == [4.5, 5.5]
    assert apart([0.0, 0.0, 9.0], 1.0, 0.0, 10.0) == [0.0, 1.0, 9.0]
    assert apart([1.0] * 5, 1.0, 0.0, 2.0) == [0.0, 0.5, 1.0, 1.5, 2.0], "no room for all: evenly"
    assert apart([], 1.0, 0.0, 1.0) == []


@given(st.lists(st.floats(0, 50), max_size=30))
def test_dots_of_a_swarm_do_not_touch(values):
    places = list(zip(values, swarm(values, 3.0), strict=True))
    assert all(math.dist(a, b) >= 3.0 * (1 - 1e-6) for a, b in itertools.combinations(places, 2))


def test_a_swarm_stays_near_its_line():
    assert swarm([0.0, 10.0, 20.0], 3.0) == [0.0, 0.0, 0.0]
    assert sorted(swarm([1.0, 1.0, 1.0], 3.0)) == [-3.0, 0.0, 3.0]


@given(st.floats(1e-9, 1e9), st.floats(1.0001, 1e12), st.integers(2, 9))
def test_ticks_of_a_logarithmic_axis_lie_on_it_and_are_few(low, ratio, most):
    marks = ticks.decades(low, low * ratio, most=most)
    assert 1 <= len(marks.positions) <= most + 1
    assert all(low * 0.99 <= position <= low * ratio * 1.01 for position in marks.positions)
    assert list(marks.positions) == sorted(set(marks.positions))
    assert len(set(marks.labels)) == len(marks.labels)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 9))
def test_ticks_of_a_linear_axis_lie_on_it_and_are_few(low, span, most):
    span = max(span, abs(low) / 1000)
    marks = ticks.between(low, low + span, most=most)
    assert 1 <= len(marks.positions) <= most + 1
    assert all(low - span * 1e-6 <= position <= low + span * (1 + 1e-6) for position in marks.positions)
    assert len(set(marks.labels)) == len(marks.labels)


@pytest.mark.parametrize(("marks", "labels"), [
    (ticks.decades(100, 4000), ["100", "200", "500", "1,000", "2,000"]), (ticks.decades(1, 1e6), ["1", "100", "10,000", "1M"]),
    (ticks.decades(120, 180), ["120", "130", "140", "150", "160", "170", "180"]),
    (ticks.between(-3, 5), ["−2", "0", "2", "4"]), (ticks.between(16, 20), ["16", "17", "18", "19", "20"]), (ticks.between(5, 5), ["5"])])
def test_ticks_by_hand(marks, labels):
    assert labels == list(marks.labels)


def test_a_scale_holds_its_values_and_zero_stands_apart_on_a_logarithmic_one():
    scale = Scale.over("rate", [0.0, 100.0, 10000.0, None], log=True)
    assert (scale.low, scale.top, scale.log) == (100.0, 10000.0, True)
    assert scale.place(0.0) == scale.zero < 100.0
    assert scale.marks(6).labels[0] == "0"
    assert 0 < scale.along(0.0) < scale.along(100.0) < scale.along(10000.0) < 1
    assert not Scale.over("rate", [0.0], log=True).log, "nothing above 0"
    assert not Scale.over("number", [-1.0, 1.0], log=True).log
    assert Scale.over("share", [0.2], from_zero=True).limits(0.0) == (0.0, 1.0)
    assert Scale.over("time", []).limits(0.0) == (0.0, 1.0)


def test_words_are_cut_to_their_room():
    assert short("token bucket", 5.0) == "token bucket"
    cut = short("a very long name of a mitigation", 1.0)
    assert cut.endswith("…")
    assert widest_in([cut]) <= 1.0
    assert name_lines("flood 4,000 /s", 0.6) == ["flood", "4,000 /s"]
    assert len(name_lines("many words " * 9, 0.6, 3)) == 3
    assert name_lines("many words " * 9, 0.6, 3)[-1].endswith("…")


@pytest.mark.parametrize(("kind", "largest", "unit", "value", "text"), [
    ("share", 0.5, "%", 0.123, "12.3"), ("time", 0.2, "ms", 0.1915, "192"), ("time", 2.0, "s", 1.234, "1.23"), ("size", 2048, "KiB", 1536, "1.50"),
    ("rate", 12.0, "/s", 3.14159, "3.1"), ("number", 0.0, "", 0.0, "0"), ("number", 5.0, "", -0.0001, "0.00")])
def test_values_of_a_column_have_one_unit_and_as_many_decimals(kind, largest, unit, value, text):
    scale = Unit.holding(kind, largest)
    assert (scale.unit, scale.number(value)) == (unit, text)
