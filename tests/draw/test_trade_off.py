"""The trade-off curve: the front is that of Pareto, what keeps the levels is marked, the chosen one is named."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import HOSTILE, assert_same_bytes, assert_tidy, lines, words

from sim.draw import style, trade_off
from sim.draw.scales import Axis
from sim.draw.trade_off import TradeOff, Trial, front

TRIALS = (Trial("burst 1", 0.1, 0.5, 0.01, 0.02), Trial("burst 2", 0.2, 0.8), Trial("burst 3", 0.3, 0.7), Trial("burst 4, bits 18", 0.4, 0.95, keeps=True),
          Trial("burst 5", 0.5, 0.93, keeps=True), Trial("failed", None, None))
DATA = TradeOff("What does it cost?", TRIALS, Axis("p99", "time"), Axis("honest success", "share"), "success ≥ 90 %", 0.9, 3)


def test_the_front_is_joined_in_stairs():
    assert front(TRIALS) == [0, 1, 3]
    fig = trade_off.figure(DATA)
    assert lines(fig, "front") == [[(0.1, 0.5), (0.2, 0.8), (0.4, 0.95)]]
    assert next(line for line in fig.axes[0].lines if line.get_label() == "front").get_drawstyle() == "steps-post"


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
def test_nothing_beats_what_is_on_the_front_and_something_on_it_is_as_good_as_all_else(pairs):
    trials = [Trial("", float(price), success / 10) for price, success in pairs]
    on = front(trials)
    for number, (price, success) in enumerate(pairs):
        better = [other for other, (p, s) in enumerate(pairs) if p <= price and s >= success and (p, s) != (price, success)]
        assert (number in on) <= (not better)
        assert any(pairs[k][0] <= price and pairs[k][1] >= success for k in on)


def test_what_keeps_the_levels_differs_from_what_does_not_and_the_chosen_one_is_named():
    fig = trade_off.figure(DATA)
    assert (lines(fig, "keeps"), len(lines(fig, "misses")), lines(fig, "chosen")) == ([[(0.5, 0.93)]], 3, [[(0.4, 0.95)]])
    assert {"chosen:", "burst 4, bits 18", "keeps all that was asked for (success ≥ 90 %)"} <= set(words(fig))
    assert [[(0.1, 0.48), (0.1, 0.52)]] == [[(x, pytest.approx(y)) for x, y in line] for line in lines(fig, "interval")[:1]]
    assert "chosen:" not in words(trade_off.figure(replace(DATA, chosen=None)))


def test_where_no_setting_keeps_the_levels_none_is_called_chosen():
    fig = trade_off.figure(replace(DATA, trials=[replace(trial, keeps=False) for trial in TRIALS]))
    told = words(fig)
    assert {"nearest:", "nearest to what was asked for, which none keeps", "does not keep all that was asked for (success ≥ 90 %)"} <= {*told}
    assert not any("chosen" in text or text.startswith("keeps all") for text in told)
    assert (lines(fig, "chosen"), lines(fig, "nearest")) == ([], [[(0.4, 0.95)]])


def test_the_line_to_the_name_is_no_interval():
    """Intervals are solid, upright or across, in the colour of their trial."""
    for chosen in range(5):
        (leader,) = (line for line in trade_off.figure(replace(DATA, chosen=chosen)).axes[0].lines if line.get_label() == "leader")
        assert leader.get_linestyle() != "-"
        assert leader.get_color() == style.GREY
        assert abs(leader.get_ydata()[1] - leader.get_ydata()[0]) > 0.1


def test_intervals_are_within_the_axes_and_what_can_be():
    trials = (Trial("a", 0.1, 0.05, 0.3, 0.2), Trial("b", 1.0, 0.9, 0.5, 0.3, keeps=True))
    for log in (False, True):
        fig = trade_off.figure(replace(DATA, trials=trials, chosen=1, price=Axis("p99", "time", log)))
        (left, right), (low, top) = fig.axes[0].get_xlim(), fig.axes[0].get_ylim()
        drawn = [end for line in lines(fig, "interval") for end in line]
        assert all(left <= x <= right and low <= y <= top and 0 <= y <= 1 and x >= 0 for x, y in drawn)
        assert ({(0.1, 0.0), (0.1, 0.25), (1.0, 0.9 - 0.3), (1.0, 1.0), (0.5, 0.9), (1.5, 0.9)} <= {*drawn}, (0.0, 0.05) in drawn) == (True, not log)


@pytest.mark.parametrize("data", [DATA, replace(DATA, price=Axis("p99", "time", True)), replace(DATA, chosen=0), replace(DATA, chosen=5), replace(DATA, trials=(), chosen=None),
                                  replace(DATA, trials=TRIALS[:1], chosen=0), replace(DATA, trials=(Trial("a", 0.0, 0.0),) * 3, chosen=None, level=None)])
def test_nothing_overlaps(data):
    assert_tidy(trade_off.figure(data))


def test_hostile_parameters():
    fig = trade_off.figure(replace(DATA, title=" ".join(HOSTILE), trials=[replace(TRIALS[0], parameters=" ".join(HOSTILE))], chosen=0, price=Axis(HOSTILE[2]),
                                   success=Axis(HOSTILE[2], "share"), levels=HOSTILE[2], note=" ".join(HOSTILE)))
    assert_tidy(fig)
    assert any("$x^2$" in text for text in words(fig))


@settings(max_examples=8, deadline=None)
@given(pairs=st.lists(st.tuples(st.one_of(st.none(), st.floats(0, 100)), st.one_of(st.none(), st.floats(0, 1)), st.booleans()), min_size=1, max_size=30), log=st.booleans())
def test_any_trials_are_tidy(pairs, log):
    trials = [Trial(f"burst {k}", price, success, price and price / 3, 0.1, keeps) for k, (price, success, keeps) in enumerate(pairs)]
    assert_tidy(trade_off.figure(replace(DATA, trials=trials, chosen=0, price=Axis("price", "number", log))))


def test_the_same_data_give_the_same_bytes():
    assert_same_bytes(trade_off.render, DATA)


def test_an_axis_of_shares_ends_where_shares_do():
    """Where nothing was measured the level stands alone, and where all are equal they do."""
    for trials in ((Trial("failed", 0.1, None),), (Trial("a", 0.1, 0.9), Trial("b", 0.2, 0.9))):
        low, top = trade_off.figure(replace(DATA, trials=trials, chosen=None)).axes[0].get_ylim()
        assert -0.1 < low <= 0 < 1 <= top < 1.1
