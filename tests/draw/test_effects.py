"""Main effects: a panel a factor, the largest first, one scale, rank correlations told."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import HOSTILE, assert_same_bytes, assert_tidy, axes, lines, words

from sim.draw import effects
from sim.draw.effects import Effects, Factor, Level, Sampled
from sim.draw.scales import Axis

RATE = Factor(Axis("attack rate", "rate", True), [Level(100, 0.9, 0.01), Level(1000, 0.5, 0.02), Level(10000, 0.2, 0.02)])
SOURCES = Factor(Axis("sources"), [Level("500 addresses", 0.6, 0.02), Level("20,000 Sybils", 0.4, 0.02)])
SERVERS = Factor(Axis("servers"), [Level(2, 0.5, None), Level(4, None), Level(8, 0.55, 0.01)])
BURST = Sampled(Axis("burst"), [(float(k), 0.01 * k) for k in range(30)], 1.0)
BITS = Sampled(Axis("bits"), [(float(k), 0.1 * (k % 3)) for k in range(30)], -0.02)
DATA = Effects("Which factor matters most?", [SERVERS, SOURCES, RATE], Axis("honest success", "share"), 0.5, "10 replications")


def titles(fig):
    return [ax.get_title(loc="left") for ax in axes(fig, "panel")]


def test_factors_with_the_largest_effect_come_first_and_share_the_scale():
    fig = effects.figure(DATA)
    assert titles(fig) == ["attack rate", "sources", "servers"]
    assert len({ax.get_ylim() for ax in axes(fig, "panel")}) == 1
    assert {"effect 70.0 points", "effect 20.0 points", "effect 5.0 points"} <= set(words(fig))


def test_titles_of_two_factors_of_one_actor_can_be_told_apart():
    for actor in ("authorization manager", "authorization manager of the second realm in the north of the country"):
        factors = [replace(BURST, axis=Axis(f"{actor} {what}")) for what in ("servers", "queue capacity")]
        fig = effects.figure(replace(DATA, factors=factors))
        assert_tidy(fig)
        servers, capacity = (" ".join(title.split()) for title in titles(fig))
        assert servers.endswith(" servers")
        assert capacity.endswith(" queue capacity")
        assert servers.startswith("…") == capacity.startswith("…") == (len(actor) > 40)


def test_means_and_intervals_are_where_the_levels_are():
    rate, sources, servers = axes(effects.figure(DATA), "panel")
    assert rate.get_xscale() == "log"
    means = {ax: next(line for line in ax.lines if line.get_label() == "means") for ax in (rate, sources, servers)}
    assert [100, 1000, 10000] == list(means[rate].get_xdata())
    assert [0.6, 0.4] == list(means[sources].get_ydata())
    assert means[sources].get_linewidth() == 0, "names are not joined"
    assert [2, 8] == list(means[servers].get_xdata()), "a level without a mean has no dot"
    assert [text.get_text() for text in sources.get_xticklabels()] == ["500\naddresses", "20,000\nSybils"]
    assert [text.get_text() for text in rate.get_xticklabels()] == ["100", "1,000", "10,000"]
    assert (0.88, 0.92) not in lines(effects.figure(DATA), "interval")
    assert pytest.approx([0.89, 0.91]) == next(line for line in rate.lines if line.get_label() == "interval").get_ydata()


def test_sampled_factors_have_a_dot_a_setting_a_running_mean_and_their_rank_correlation():
    fig = effects.figure(Effects("t", [BITS, BURST], Axis("success", "share")))
    assert titles(fig) == ["burst", "bits"], "by rank correlation where all have one"
    assert {"rank correlation +1.00", "rank correlation −0.02"} <= set(words(fig))
    assert len(lines(fig, "settings")[0]) == 30
    running = lines(fig, "running mean")[0]
    assert len(running) == 25, "a window of a fifth of 30"
    assert running[0] == pytest.approx((2.5, 0.025))


def test_few_settings_have_no_running_mean_and_missing_ones_no_dot():
    fig = effects.figure(Effects("t", [Sampled(Axis("a"), [(1.0, 0.5), (2.0, None)])], Axis("success", "share")))
    assert (lines(fig, "settings"), lines(fig, "running mean")) == ([[(1.0, 0.5)]], [[]])


def test_intervals_of_shares_end_where_shares_do_and_are_told_of_where_there_are_some():
    wide = Factor(Axis("queue"), [Level("short", 0.1, 0.3), Level("long", 0.9, 0.3)])
    fig = effects.figure(replace(DATA, factors=[wide]))
    low, top = axes(fig, "panel")[0].get_ylim()
    ends = [[height for _, height in line] for line in lines(fig, "interval")]
    assert [[0.0, 0.4], [pytest.approx(0.6), 1.0]] == ends
    assert low <= 0 < 1 <= top
    assert "mean over all other factors, and its 95 % interval" in words(fig)
    bare = words(effects.figure(replace(DATA, factors=[replace(wide, levels=[Level("short", 0.1), Level("long", 0.9)])])))
    assert "mean over all other factors" in bare


def test_many_names_stand_upright():
    many = Factor(Axis("mitigation"), [Level(f"mitigation number {k}", k / 20, 0.01) for k in range(20)])
    fig = effects.figure(replace(DATA, factors=[many, SOURCES]))
    assert {90.0} == {text.get_rotation() for text in axes(fig, "panel")[0].get_xticklabels()}
    assert_tidy(fig)


@pytest.mark.parametrize("factors", [[], [Factor(Axis("a"), [])], [Factor(Axis("a"), [Level("x", None)])], [Sampled(Axis("a"), [])],
                                     [Factor(Axis("a"), [Level(1, 0.0, 0.0)])], [Factor(Axis("a"), [Level(1, 0.5), Level(1, 0.5)])], [RATE, BURST]])
def test_empty_single_and_equal_levels(factors):
    assert_tidy(effects.figure(replace(DATA, factors=factors, overall=None)))


def test_hostile_names():
    named = Factor(Axis(HOSTILE[2]), [Level(name, 0.5, 0.1) for name in HOSTILE[:6]])
    upright = Factor(Axis("$x^2$"), [Level(name, 0.5, 0.1) for name in HOSTILE])
    fig = effects.figure(Effects(" ".join(HOSTILE), [named, upright], Axis(HOSTILE[2], "share"), note=" ".join(HOSTILE)))
    assert_tidy(fig)
    assert "$x^2$" in words(fig)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(st.tuples(st.floats(0, 1e6), st.one_of(st.none(), st.floats(0, 1))), max_size=12), max_size=7))
def test_any_factors_are_tidy(factors):
    made = [Sampled(Axis("a", "rate", True), own, 0.5) if k % 2 else Factor(Axis("b", "time"), [Level(x, y, 0.1) for x, y in own]) for k, own in enumerate(factors)]
    assert_tidy(effects.figure(replace(DATA, factors=made)))


def test_the_same_data_give_the_same_bytes():
    assert_same_bytes(effects.render, replace(DATA, factors=[*DATA.factors, BURST]))
