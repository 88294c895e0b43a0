"""The scorecard: each cell says whether it holds, each row how far and at what price, and a key explains every sign."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from sheets import HOSTILE, assert_same_bytes, assert_tidy, axes, words

from sim.draw import scorecard, style
from sim.draw.breaking_points import BreakingPoint
from sim.draw.prices import CHEAPEST, DEAREST, Price
from sim.draw.scorecard import FAILS, HOLDS, UNDECIDED, Scorecard, face, reach, sign_of
from sim.draw.shares import Share
from sim.measure.groups import Groups

TRIED = (100.0, 20000.0)
TWO = Groups(7, 0.81, 3, 0.99, 0.001)
ROWS = ("none", "token bucket", "stateless keys", "client puzzle")
COLUMNS = ("no attack", "flash crowd", "flood 400 /s", "20,000 Sybils")
DATA = Scorecard(
    "Which mitigation holds?", ROWS, COLUMNS, 2,
    (Share(1.0, 0.0), Share(0.99, 0.002), Share(0.02, 0.01), Share(0.001, 0.001),
     Share(1.0, 0.0), Share(0.97, 0.01), Share(0.99, 0.01), Share(0.9, 0.02, groups=TWO),
     Share(1.0, 0.0), Share(0.99, 0.002), Share(1.0, 0.0), Share(0.98, 0.01),
     Share(1.0, 0.0), Share(0.99, 0.002), Share(0.95, 0.01), Share(0.93, 0.01)),
    0.9, (BreakingPoint(180, 200, TRIED, 170, 210), BreakingPoint(3000, 3200, TRIED), BreakingPoint(20000, None, TRIED), BreakingPoint(None, 100, TRIED)), "key requests",
    (Price("p99 response, no attack", "time", (0.192, 0.193, 0.152, 1.42), (0.002, 0.002, 0.001, 0.06)),
     Price("peak memory", "size", (13.1 * 2**20, 8.7 * 2**20, 100 * 2**10, None), (2**17, 2**17, 100.0, None))), "10 replications")


def fig_of(data=DATA):
    return scorecard.figure(data)


@pytest.mark.parametrize(("share", "sign"), [
    (Share(0.95, 0.04), HOLDS), (Share(0.92, 0.02), HOLDS), (Share(0.92, 0.03), UNDECIDED), (Share(0.88, 0.03), UNDECIDED), (Share(0.86, 0.03), FAILS),
    (Share(0.0, 0.0), FAILS), (Share(0.99, None), UNDECIDED), (Share(None), ""), (Share(float("nan"), 0.1), "")])
def test_a_cell_holds_fails_or_is_undecided_by_its_interval(share, sign):
    assert sign_of(share, 0.9) == sign


YES, NO, OPEN = Share(0.95, 0.01), Share(0.5, 0.1), Share(0.9, 0.1)


@pytest.mark.parametrize(("cells", "told"), [
    ((YES, YES, NO), "200 to 400"), ((YES, OPEN, NO), "100 to 400"), ((OPEN, OPEN, NO), "? to 400"), ((YES, OPEN, OPEN), "100 to ?"), ((OPEN, YES, NO), "200 to 400"),
    ((OPEN, OPEN, OPEN), "not decided"), ((Share(1.0), Share(1.0), Share(None)), "not decided"), ((YES, YES, YES), "> 400"), ((NO, OPEN, NO), "< 100"),
    ((NO, YES, YES), "< 100"), ((OPEN, NO, YES), "? to 200")])
def test_a_row_holds_up_to_the_last_cell_that_holds_and_what_is_undecided_counts_as_neither(cells, told):
    assert reach(list(zip((100, 200, 400), cells, strict=True)), 0.9).between() == told


def test_colours_say_what_the_signs_say():
    assert to_rgb(style.BLUE) == to_rgb(face(Share(0.95, 0.01), 0.9))
    deep, pale = face(Share(0.0, 0.0), 0.9), face(Share(0.85, 0.01), 0.9)
    assert to_rgb(deep) == pytest.approx(to_rgb(style.VERMILLION), abs=0.01)
    assert to_rgb(pale)[2] > to_rgb(deep)[2] + 0.3
    assert len({to_rgb(face(share, 0.9)) for share in (Share(0.95, 0.01), Share(0.9, 0.1), Share(0.5, 0.1), Share(None))}) == 4
    assert face(Share(0.0, 0.0), 0.0) is not None


def test_every_cell_has_sign_number_and_half_width_in_its_place():
    fig = fig_of()
    (controls,), (attacks,) = axes(fig, "controls"), axes(fig, "attacks")
    found = {(ax.get_label(), int(t.get_position()[0]), int(t.get_position()[1]), t.get_text()) for ax in (controls, attacks) for t in ax.texts}
    assert {("controls", 0, 0, "100.0"), ("controls", 0, 0, HOLDS), ("attacks", 0, 0, FAILS), ("attacks", 0, 0, "2.0"), ("attacks", 0, 0, "± 1.0"),
            ("attacks", 1, 1, "81 | 99"), ("attacks", 1, 1, UNDECIDED), ("attacks", 1, 3, "93.0")} <= found
    assert sum(text in (HOLDS, FAILS, UNDECIDED) for *_, text in found) == 16
    assert controls.get_position().x1 < attacks.get_position().x0, "controls stand apart"


def test_what_the_columns_are_of_stands_once_above_those_under_attack():
    fig = fig_of(replace(DATA, column_title="flood rate, queue capacity"))
    found = words(fig)
    above = " ".join(found[found.index("without attack") + 1:found.index("without attack") + 3])
    assert (above, "under attack" in words(fig_of())) == ("under attack: flood rate, queue capacity", True)
    assert_tidy(fig)
    assert_tidy(fig_of(replace(DATA, column_title="authorization manager queue capacity, " * 6, controls=3)))


def test_rows_that_hold_everywhere_have_a_ground_and_a_bold_name():
    fig = fig_of()
    (ground,) = axes(fig, "ground")
    assert [round(patch.get_y()) for patch in ground.patches] == [2, 3]
    bold = {text.get_text() for text in fig.texts if text.get_fontweight() == "bold"}
    assert {"stateless keys", "client puzzle"} == bold & set(ROWS)


def test_how_far_each_row_holds_is_told_and_drawn():
    fig = fig_of()
    (bars,) = axes(fig, "reach")
    left, _ = bars.get_xlim()
    ends = {int(line.get_ydata()[0]): tuple(line.get_xdata()) for line in bars.lines if line.get_label() == "holds"}
    assert {0: (left, 180), 1: (left, 3000), 2: (left, 20000)} == ends
    assert {"180 to 200", "3,000 to 3,200", "> 20,000", "< 100"} <= set(words(fig))
    assert not axes(fig_of(replace(DATA, reach=None)), "reach")


def test_the_cheapest_that_holds_everywhere_and_the_dearest_are_marked():
    (p99,) = axes(fig_of(), "p99 response, no attack")
    signs = {(text.get_text(), int(text.get_position()[1])) for text in p99.texts if text.get_text() in (CHEAPEST, DEAREST)}
    assert {(CHEAPEST, 2), (DEAREST, 3)} == signs
    bars = [bar.get_width() for bar in p99.patches]
    assert [0.192, 0.193, 0.152, 1.42] == pytest.approx(bars)
    assert {0.192} == {line.get_xdata()[0] for line in p99.lines if line.get_label() == "first row"}


def test_prices_have_one_unit_a_column_and_a_dash_where_there_is_none():
    price = DATA.prices[1]
    assert price.titled() == "peak memory (MiB)"
    assert [price.told(row) for row in range(4)] == [("13.1", "±0.1"), ("8.7", "±0.1"), ("0.1", "±0.0"), ("–", "")]
    assert Price("p", "time", (2.0, 0.001), (None, None)).told(1) == ("< 0.01", "")
    assert Price("p", "share", (-0.02, 0.05), (0.001, None)).told(0) == ("−2.0", "±0.1")


def test_prices_that_are_not_told_apart_are_cheapest_together_and_all_alike_have_no_dearest():
    price = Price("p", "number", (1.0, 1.1, 2.0, 3.0), (0.1, 0.1, 0.1, 0.1))
    assert (price.cheapest(range(4)), price.dearest(range(4)), price.cheapest([2, 3])) == ({0, 1}, {3}, {2})
    alike = Price("p", "number", (1.0, 1.0, None), (0.0, None, None))
    assert (alike.cheapest(range(3)), alike.dearest(range(3))) == ({0, 1}, set())
    assert Price("p", "number", (None, None), (None, None)).cheapest(range(2)) == set()


def test_the_key_explains_the_signs_that_are_there_and_no_others():
    told = " ".join(words(fig_of()))
    for word in ("holds: the 95 % interval", "undecided", "fails: the interval is below 90 %", "fall into two groups", "holds in every column", "the cheapest of those", "price of 'none'"):
        assert word in told, word
    plain = " ".join(words(fig_of(replace(DATA, cells=[Share(0.5, 0.01)] * 16, reach=None, prices=()))))
    for word in ("two groups", "every column", "cheapest", "holds up to here", "at or above", "undecided"):
        assert word not in plain, word


def test_the_key_of_single_runs_has_no_half_width_and_no_triangle_where_all_prices_are_alike():
    price = Price("p", "number", (1.0, 1.0, 1.0, 1.0), (None,) * 4)
    told = " ".join(words(fig_of(replace(DATA, cells=[Share(0.5)] * 16, reach=None, prices=(price,)))))
    assert "undecided" in told
    for word in ("±", "fails:", "at or above", DEAREST, CHEAPEST, "dearest"):
        assert word not in told, word


@pytest.mark.parametrize("data", [DATA, replace(DATA, reach=None), replace(DATA, prices=()), replace(DATA, reach=None, prices=(), note=""),
                                  replace(DATA, controls=0), replace(DATA, controls=4)], ids=["all", "no reach", "no prices", "cells", "no controls", "controls"])
def test_nothing_overlaps(data):
    assert_tidy(fig_of(data))


def made(rows, columns, names=("mitigation",), prices=4):
    cells = [Share(k % 11 / 10, k % 7 / 100, TWO if k % 5 == 0 else None) for k in range(rows * columns)]
    points = [BreakingPoint(100.0 * (k + 1), 110.0 * (k + 1), (100.0, 110.0 * (rows + 1))) for k in range(rows)]
    labels = [names[k % len(names)] for k in range(max(rows, columns))]
    return Scorecard(" ".join(names), labels[:rows], labels[:columns], min(2, columns), cells, 0.9, points, names[0],
                     [Price(names[k % len(names)], kind, [k * 1.5 + j for j in range(rows)], [0.1] * rows)
                      for k, kind in enumerate(("time", "share", "size", "number")[:prices])], " ".join(names))


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (20, 8), (0, 0), (0, 3), (3, 0), (40, 2)])
def test_all_sizes_are_tidy(size):
    assert_tidy(fig_of(made(*size)))


def test_hostile_names_stay_in_their_places_and_are_no_formulas():
    fig = fig_of(made(9, 5, HOSTILE))
    assert_tidy(fig)
    assert "$x^2$" in words(fig)
    assert all(not text.get_parse_math() for ax in fig.axes for text in ax.texts)


@settings(max_examples=8, deadline=None)
@given(rows=st.integers(0, 12), columns=st.integers(0, 6), prices=st.integers(0, 4), level=st.floats(0, 1),
       values=st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=9))
def test_any_numbers_are_drawn(rows, columns, prices, level, values):
    data = made(rows, columns, prices=prices)
    cells = [Share(values[k % len(values)], values[-1 - k % len(values)]) for k in range(rows * columns)]
    column = [values[k % len(values)] for k in range(rows)]
    assert_tidy(fig_of(replace(data, cells=cells, level=level, prices=[replace(price, values=column) for price in data.prices])))


def test_the_same_data_give_the_same_bytes():
    assert_same_bytes(scorecard.render, DATA)


@pytest.mark.parametrize(("change", "message"), [({"cells": DATA.cells[1:]}, "cells: got 15; expected 16"), ({"reach": ()}, "reach: got 0; expected 4"),
                                                 ({"controls": 5}, "controls: got 5; expected 0 to 4"),
                                                 ({"prices": (Price("p", "time", (1.0,), (1.0,)),)}, "values of price 'p': got 1; expected 4")])
def test_what_does_not_fit_together_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(DATA, **change)
