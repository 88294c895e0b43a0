"""A run small enough to do by hand: one server, nine sessions, every number computed in the comments.

    time  0    5    10   15   20      s6 expires at 12; s8 is in service and s9 waits at the end
    s1     .##
    s2      -###                      #: in service, -: waiting
    s3          -##
    s4            -####               refused at take-up for its signature
    s5              x                 turned away at 9
    s6               --
    s7                -######
    s8                     --##
    s9                        -
"""

from typing import Any

import pytest

from sim.measure.meter import COMPLETED, REFUSED, TIMED_OUT, ClassLayout, Meter, MeterLayout, StationLayout
from sim.measure.metrics import metrics

S = 1_000_000_000
MANAGER = StationLayout("manager", 1, (("key", 1024),))
LAYOUT = MeterLayout(20 * S, 4 * S, (ClassLayout("laptop", 5 * S),), (MANAGER,), 5 * S)


def folded() -> Meter:
    m = Meter(LAYOUT)
    queue, signature, patience = m.reason("queue"), m.reason("signature"), m.reason("patience")
    events: list[tuple[int, Any, Any]] = [
        (1, m.session_started, (0,)), (1, m.message_sent, ()), (1, m.message_delivered, ()),
        (1, m.arrived, (0,)), (1, m.taken_up, (0, 1 * S)),
        (2, m.session_started, (0,)), (2, m.message_sent, ()), (2, m.message_lost, ()), (2, m.arrived, (0,)),
        (3, m.left, (0, 1 * S, 1 * S)), (3, m.session_ended, (0, 1 * S)), (3, m.taken_up, (0, 2 * S)),
        (3, m.rows, (0, 0, 1)),
        (5, m.session_started, (0,)), (5, m.arrived, (0,)),
        (6, m.left, (0, 2 * S, 3 * S)), (6, m.session_ended, (0, 2 * S)), (6, m.taken_up, (0, 5 * S)),
        (6, m.rows, (0, 0, 1)),
        (7, m.session_started, (0,)), (7, m.arrived, (0,)),
        (8, m.left, (0, 5 * S, 6 * S)), (8, m.session_ended, (0, 5 * S)), (8, m.taken_up, (0, 7 * S)),
        (9, m.session_started, (0,)), (9, m.turned_away, (0,)), (9, m.session_ended, (0, 9 * S)),
        (10, m.session_started, (0,)), (10, m.arrived, (0,)),
        (11, m.session_started, (0,)), (11, m.arrived, (0,)), (11, m.rows, (0, 0, -1)),
        (12, m.left, (0, 7 * S, 8 * S)), (12, m.session_ended, (0, 7 * S)), (12, m.expired, (0, 10 * S)),
        (12, m.taken_up, (0, 11 * S)),
        (13, m.session_ended, (0, 10 * S)),
        (14, m.session_started, (0,)),
        (16, m.session_started, (0,)), (16, m.arrived, (0,)),
        (18, m.left, (0, 11 * S, 12 * S)), (18, m.session_ended, (0, 11 * S)), (18, m.taken_up, (0, 16 * S)),
        (19, m.message_sent, ()), (19, m.arrived, (0,)),
    ]  # fmt: skip
    fates = {  # by start: outcome, calls, attempts
        1: (COMPLETED, 1, 1), 2: (COMPLETED, 1, 1), 5: (COMPLETED, 1, 1), 7: (REFUSED, 1, 1), 9: (REFUSED, 1, 3),
        10: (TIMED_OUT, 1, 2), 11: (COMPLETED, 2, 3),
    }  # fmt: skip
    for time_s, method, arguments in events:
        if method == m.session_ended:
            cls, started_ns = arguments
            outcome, calls, attempts = fates[started_ns // S]
            m.session_ended(cls, started_ns, time_s * S, outcome, True, calls, attempts)
        elif method == m.left:
            station, arrived_ns, started_ns = arguments
            m.left(station, arrived_ns, started_ns, time_s * S, signature if arrived_ns == 7 * S else -1)
        elif method == m.turned_away:
            m.turned_away(0, time_s * S, queue)
        elif method == m.expired:
            m.expired(0, arguments[1], time_s * S, patience)
        else:
            method(*arguments, time_s * S)
    m.key_allocated(2)
    m.key_orphaned()
    m.false_refusal(0, 0)
    m.finish([(0, 16 * S, 18 * S), (0, 19 * S, None)], [(0, 16 * S, True), (0, 14 * S, True)], 1)
    return m


def test_accounts() -> None:
    result = metrics(folded())
    assert {
        "started": 9, "completed": 4, "refused": 2, "timed_out": 1, "gave_up": 0, "ended": 0, "in_flight": 2,
    } == result["sessions"]  # fmt: skip
    assert {"sent": 3, "delivered": 1, "lost": 1, "in_flight": 1} == result["messages"]
    assert {"allocated": 2, "orphaned": 1, "deleted_in_use": 0} == result["keys"]
    assert {"sessions": True, "messages": True, "little": True} == result["checks"]
    # Waiting 1 (s2) + 1 (s3) + 1 (s4) + 2 (s6) + 1 (s7) + 2 (s8) + 1 (s9) = 9, busy from 1 to 20 = 19.
    # Sojourns 2 + 4 + 3 + 5 + 2 + 7 + 4 + 1 = 28.
    assert {"manager": {"integral_ns": 28 * S, "sojourns_ns": 28 * S}} == result["checks_detail"]["little"]
    assert {"count": 2, "sum_ns": 10 * S, "max_ns": 7 * S} == result["checks_detail"]["response_time"]


def test_honest() -> None:
    honest = metrics(folded())["honest"]
    # Started from 4 on with 5 s to spare before 20: s3 (3 s: good), s4, s5, s6, s7 (7 s: too late), s9 (in flight).
    assert 6 == honest["success_of"]
    assert 1 / 6 == honest["success_ratio"]
    # Good and ended in [4, 20): s2, s3.
    assert 2 / 16 == honest["goodput_per_s"]
    # s3 1/1, s4 1/1, s5 3/1, s6 2/1, s7 3/2.
    assert 10 / 6 == honest["attempts_per_call"]
    assert 1 == honest["false_refusals"]
    # Completed and started from 4 on: s3 after 3 s, s7 after 7 s.
    assert 5.0 == honest["response_time_s"]["mean"]
    assert 7.0 == honest["response_time_s"]["max"]
    assert pytest.approx(3.0, rel=1 / 256) == honest["response_time_s"]["p50"]
    assert pytest.approx(7.0, rel=1 / 256) == honest["response_time_s"]["p99"]
    assert honest["response_time_s"]["p99"] <= 7.0
    assert {"known": 0, "first_time": 9, "slow_device": 0, "shared_address": 0} == honest.pop("sessions_of")
    assert honest.pop("jain_index") is None  # of one class
    for kind in ("slow_device", "shared_address"):
        assert {"requests": 0, "calls": 0, "sessions": 0} == honest["false_refusals_by"].pop(kind)
    assert honest == metrics(folded())["classes"]["laptop"]


def test_station() -> None:
    station = metrics(folded())["stations"]["manager"]
    assert 1.0 == station["utilisation"]
    assert 4 / 16 == station["utilisation_refusing"]  # s4, from 8 to 12
    assert 0.0 == station["utilisation_holding"]
    assert 1.0 == station["busy_mean"]
    assert 8 / 16 == station["queue_mean"]  # from 4 on: s3 1, s4 1, s6 2, s7 1, s8 2, s9 1
    assert 2 == station["queue_max"]  # s6 and s7, from 11 to 12
    assert (9, 8, 4, 0) == tuple(station[key] for key in ("offered", "admitted", "served", "continuations"))
    assert {"patience": 1, "queue": 1, "signature": 1} == station["refused"]
    assert ["patience", "queue", "signature"] == list(station["refused"])
    # Arrived from 4 on and taken up: s3 1, s4 1, s7 1, s8 2.
    assert 5 / 4 == station["wait_s"]["mean"]
    assert 2.0 == station["wait_s"]["max"]
    assert 1.0 == station["wait_probability"]
    # Arrived from 4 on and left a server: s3 3, s4 5, s7 7.
    assert 5.0 == station["sojourn_s"]["mean"]
    assert {"key": 2048} == station["memory_peak_bytes"]


def test_series() -> None:
    series = metrics(folded())["series"]
    assert 5.0 == series["bin_s"]
    assert [0.0, 5.0, 10.0, 15.0] == series["t_s"]
    assert [2 / 5, 3 / 5, 3 / 5, 1 / 5] == series["honest"]["offered_per_s"]
    assert [1 / 5, 2 / 5, 0.0, 0.0] == series["honest"]["goodput_per_s"]
    assert [0.0, 1 / 5, 2 / 5, 1 / 5] == series["honest"]["failed_per_s"]
    assert series["honest"]["response_time_s"]["p50"] == [
        pytest.approx(2.0, rel=1 / 32), pytest.approx(3.0, rel=1 / 32), None, pytest.approx(7.0, rel=1 / 32),
    ]  # fmt: skip
    assert [2.0, 3.5, None, 7.0] == series["honest"]["response_time_s"]["mean"]
    assert [1, 2, 0, 1] == series["honest"]["response_time_of"]
    assert [2 / 5, 0.0, 0.0, 1 / 5] == series["messages"]["sent_per_s"]
    station = series["stations"]["manager"]
    assert [2 / 5, 3 / 5, 2 / 5, 2 / 5] == station["offered_per_s"]
    assert [2 / 5, 2 / 5, 2 / 5, 2 / 5] == station["admitted_per_s"]
    assert [0.0, 1 / 5, 2 / 5, 0.0] == station["refused_per_s"]
    assert [1 / 5, 2 / 5, 0.0, 1 / 5] == station["served_per_s"]
    assert [1 / 5, 2 / 5, 3 / 5, 3 / 5] == station["queue_mean"]
    assert [1, 1, 2, 1] == station["queue_max"]
    assert [5 / 5, 7 / 5, 8 / 5, 8 / 5] == station["present_mean"]
    assert [4 / 5, 1.0, 1.0, 1.0] == station["utilisation"]
    assert [1024, 2048, 2048, 1024] == station["memory_bytes"]
    assert station["wait_s"]["p99"] == [pytest.approx(wait, rel=1 / 32) for wait in (1.0, 1.0, 1.0, 2.0)]
    assert pytest.approx(0.0, abs=4e-9) == station["wait_s"]["p50"][0]


def test_the_response_times_of_a_bin_may_add_up_to_more_than_63_bits() -> None:
    end_ns = 10**16
    m = Meter(MeterLayout(end_ns, 0, (ClassLayout("laptop"),), (), 10**12))
    for started_ns in range(1, 2001):
        m.session_started(0, started_ns)
    for started_ns in range(1, 2001):
        m.session_ended(0, started_ns, end_ns - 1, COMPLETED, True, 1, 1)
    m.finish([])
    honest = metrics(m)["series"]["honest"]
    total_ns = sum(end_ns - 1 - started_ns for started_ns in range(1, 2001))
    assert total_ns > 2**63
    assert [None] * 9_999 + [total_ns / (2000 * S)] == honest["response_time_s"]["mean"]
    assert 2000 == honest["response_time_of"][-1]


def test_a_held_server_is_occupied_though_nothing_is_present() -> None:
    m = Meter(MeterLayout(20 * S, 4 * S, (), (StationLayout("manager", 2),), 5 * S))
    m.arrived(0, 0)
    m.taken_up(0, 0, 0)
    m.left(0, 0, 0, 2 * S)
    m.held(0, 2 * S)
    m.released(0, 13 * S)
    m.finish([])
    result = metrics(m)
    assert 9 / 32 == result["stations"]["manager"]["utilisation_holding"]  # of two servers over 16 s, one from 4 to 13
    assert 9 / 32 == result["stations"]["manager"]["utilisation"]
    assert [5 / 10, 5 / 10, 3 / 10, 0.0] == result["series"]["stations"]["manager"]["utilisation"]
    assert 2 * S == result["checks_detail"]["little"]["manager"]["integral_ns"]
    assert result["checks"]["little"]


def test_a_stopped_run_gives_what_it_has() -> None:
    m = Meter(LAYOUT)
    m.session_started(0, 5 * S)
    m.arrived(0, 5 * S)
    m.taken_up(0, 5 * S, 5 * S)
    m.session_ended(0, 5 * S, 7 * S, COMPLETED, True, 1, 1)
    m.finish([(0, 5 * S, 5 * S)], [], 0, end_ns=8 * S)
    result = metrics(m)
    assert [0.0, 5.0] == result["series"]["t_s"]
    assert 3 / 4 == result["stations"]["manager"]["utilisation"]  # busy from 5 to 8, measured from 4
    assert [0.0, 1 / 3] == result["series"]["honest"]["goodput_per_s"]
    assert all(result["checks"].values())


def test_a_stop_before_an_event_that_was_folded_is_refused() -> None:
    m = Meter(LAYOUT)
    m.message_sent(12 * S)
    with pytest.raises(ValueError, match="end_ns"):
        m.finish([], end_ns=8 * S)


def test_time_that_runs_backwards_stops_the_run() -> None:
    m = Meter(LAYOUT)
    m.arrived(0, 2 * S)
    with pytest.raises(ValueError, match="backwards"):
        m.taken_up(0, 2 * S, 1 * S)
    with pytest.raises(ValueError, match="negative"):
        m.taken_up(0, 3 * S, 2 * S)


def test_accounts_are_closed_once_and_before_they_are_read() -> None:
    m = Meter(LAYOUT)
    with pytest.raises(RuntimeError, match="finish"):
        metrics(m)
    m.finish([])
    with pytest.raises(RuntimeError, match="finished"):
        m.finish([])


def test_nothing_measured_is_none_not_zero() -> None:
    m = Meter(MeterLayout(10 * S, 0, (ClassLayout("laptop"),), (StationLayout("edge", None),), S))
    m.finish([])
    result = metrics(m)
    assert result["honest"]["success_ratio"] is None
    assert result["honest"]["attempts_per_call"] is None
    assert {"mean": None, "p50": None, "p95": None, "p99": None, "max": None} == result["honest"]["response_time_s"]
    assert result["stations"]["edge"]["utilisation"] is None
    assert [None] * 10 == result["series"]["stations"]["edge"]["utilisation"]
    assert 0.0 == result["honest"]["goodput_per_s"]


def test_the_success_ratio_leaves_out_what_the_end_of_the_run_cut_off() -> None:
    m = Meter(MeterLayout(20 * S, 0, (ClassLayout("laptop", 5 * S), ClassLayout("hosted")), (), 5 * S))
    for cls, started_s, ended_s, outcome, needed in [
        (0, 1, 2, COMPLETED, True),
        (0, 1, 2, COMPLETED, False),  # never needed the protected actor
        (0, 15, 16, COMPLETED, True),  # its deadline falls on the end
        (0, 16, 17, REFUSED, True),  # and after it
        (1, 2, 19, COMPLETED, True),  # no deadline: ended before the end
        (1, 18, 19, TIMED_OUT, True),
    ]:
        m.session_started(cls, started_s * S)
        m.session_ended(cls, started_s * S, ended_s * S, outcome, needed, 1, 1)
    # In flight: past its deadline; past it but not in need; not past it; without one.
    going = [(0, 14 * S, True), (0, 14 * S, False), (0, 15 * S, True), (1, 1 * S, True)]
    for cls, started_ns, _ in going:
        m.session_started(cls, max(started_ns, 19 * S))
    m.finish([], going, 0)
    result = metrics(m)
    assert (2, 1 / 2) == (result["classes"]["laptop"]["success_of"], result["classes"]["laptop"]["success_ratio"])
    assert (2, 1 / 2) == (result["classes"]["hosted"]["success_of"], result["classes"]["hosted"]["success_ratio"])
    assert 4 == result["honest"]["success_of"]
    assert 4 == result["sessions"]["in_flight"]
    assert result["checks"]["sessions"]


def test_an_account_that_does_not_balance_says_so() -> None:
    for sessions, messages, broken in [([], 1, "sessions"), ([(0, 0, True)], 0, "messages")]:
        m = Meter(LAYOUT)
        m.session_started(0, 0)
        m.message_sent(0)
        m.finish([], sessions, messages)
        assert [broken] == [name for name, ok in metrics(m)["checks"].items() if not ok]


def test_refusing_counts_from_the_end_of_the_warm_up() -> None:
    m = Meter(LAYOUT)
    by = m.reason("signature")
    m.arrived(0, 1 * S)
    m.taken_up(0, 1 * S, 1 * S)
    m.left(0, 1 * S, 1 * S, 8 * S, by)  # 4 of its 7 s are measured
    m.finish([])
    assert 4 / 16 == metrics(m)["stations"]["manager"]["utilisation_refusing"]
