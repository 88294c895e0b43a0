"""All sessions of a trace as one chart, and the tallies behind it."""

import statistics

import pytest
import sample_charts as sample
from chart_views import frame, ids, muted, only, row, steps
from hypothesis import given
from hypothesis import strategies as st

from sim.draw import compose, gathered
from sim.draw.chart import Role
from sim.draw.readable import number, percent
from sim.draw.tallies import MOST_EXACT_TIMES, Sessions, Times

HEADER = sample.header(sample.STEP1)
ASK = ("request_consumer_key", "consumer", "authorization_manager")
REFUSE = ("authorization_manager", "consumer")


def trace(*sessions: list[dict]) -> list[dict]:
    """The records of many sessions, in the order of a trace."""
    records = [record for session in sessions for record in session]
    return sorted(records, key=lambda record: (record["sent_ns"], record["session"]))


def test_counts_medians_and_shares() -> None:
    token_only = only("lacks_token", "still_lacks_token")
    sessions = [sample.walked(sample.STEP1, token_only if n % 4 == 0 else sample.everything, session=n) for n in range(1, 9)]
    chart = compose.merged(HEADER, iter(trace(*sessions)))
    assert "8 sessions merged: 8 completed" == chart.summary
    assert "8 ×, median 35.2 ms" == row(chart, "get_resource").annotation
    assert "6 ×, median 4.1 ms" == row(chart, "allocate_consumer_key").annotation
    assert "75 % of 8 sessions" == frame(chart, "lacks_key").operands[0].annotation
    assert "100 % of 8 sessions" == frame(chart, "lacks_token").operands[0].annotation
    assert ("get_resource: 8", "median 35.2 ms of 8") == row(chart, "get_resource").details


def test_what_nobody_visited_is_grey() -> None:
    chart = compose.merged(HEADER, sample.walked(sample.STEP1, only("lacks_token")))
    assert ["request_consumer_key", "allocate_consumer_key", "consumer_key"] == muted(chart)[:3]
    assert (True, "0 % of 1 session") == (frame(chart, "lacks_key").muted, frame(chart, "lacks_key").operands[0].annotation)
    records = sample.walked(sample.STEP1)[:4]
    rest = compose.merged(HEADER, records)
    assert ["not reached"] * 3 == [frame(rest, f).operands[0].annotation for f in ("lacks_token", "lacks_key", "still_lacks_token")]


def test_shares_are_of_those_who_came_there() -> None:
    all_the_way, early = sample.walked(sample.STEP1, session=1), sample.walked(sample.STEP1, session=2)[:5]
    chart = compose.merged(HEADER, trace(all_the_way, early))
    assert "100 % of 2 sessions" == frame(chart, "lacks_token").operands[0].annotation
    assert "100 % of 1 session" == frame(chart, "lacks_key").operands[0].annotation


def test_loops_have_mean_passes_and_branches_shares() -> None:
    def choose(passes: int, branch: str):
        return lambda item, time: branch if item["item"] == "alt" else passes if item["item"] == "loop" else 0

    sessions = [
        sample.walked(sample.DEVICE, choose(passes, branch), session=n)
        for n, (passes, branch) in enumerate([(1, "approves"), (3, "approves"), (4, "approves"), (0, "declines")], 1)
    ]
    chart = compose.merged(sample.header(sample.DEVICE), trace(*sessions))
    assert f"75 % of 4 sessions, mean {number(8 / 3)} passes" == frame(chart, "polling").operands[0].annotation
    assert ["75 % of 4 sessions", "25 % of 4 sessions"] == [o.annotation for o in frame(chart, "answer").operands]
    assert "8 ×, median 35.2 ms" == row(chart, "poll").annotation
    nested = sample.walked(
        sample.NESTED, lambda i, t: ["cold", "warm", "warm"][t - 1] if i["item"] == "alt" else 3 if i["item"] == "loop" else 1
    )
    shares = [o.annotation for o in frame(compose.merged(sample.header(sample.NESTED), nested), "where").operands]
    assert [f"{percent(1 / 3)} of 3 decisions", f"{percent(2 / 3)} of 3 decisions"] == shares


def refusals() -> list[dict]:
    """Requests of fifty sessions: refused by a bucket, by a queue, silently; lost, dropped, challenged, served."""
    records = []
    for session in range(1, 51):
        maker = sample.Maker(session)
        records.append(maker.ended("refused" if session <= 30 else "completed"))
        if session <= 20:
            records.append(maker.message(*ASK, outcome="refused", by="token_bucket"))
            records.append(maker.message("request_consumer_key!429", *REFUSE))
        elif session <= 25:
            records.append(maker.message(*ASK, outcome="refused", by="queue"))
            records.append(maker.message("request_consumer_key!503", *REFUSE))
        elif session <= 27:
            records.append(maker.message(*ASK, outcome="refused", by="breaker"))
            records.append(maker.message("request_consumer_key!503", *REFUSE))
        elif session <= 30:
            records.append(maker.message(*ASK, outcome="refused", by="signature"))
        elif session <= 34:
            records.append(maker.message(*ASK, outcome="lost", by="link", received_ns=None))
        elif session <= 36:
            records.append(maker.message(*ASK, outcome="dropped", by="queue"))
        else:
            records.append(maker.message(*ASK))
            records.append(maker.message("request_consumer_key?puzzle", *REFUSE))
    return trace(records)


def test_mishaps_follow_the_message_they_belong_to() -> None:
    chart = compose.merged(HEADER, iter(refusals()))
    rows = frame(chart, "lacks_key").operands[0].rows
    assert [
        ("request_consumer_key", Role.DIAGRAM, "POST request consumer key", "50 ×, median 35.2 ms"),
        ("request_consumer_key", Role.LOSS, "lost", "4 ×, on the link"),
        ("request_consumer_key", Role.REFUSAL, "dropped", "2 ×, by queue"),
        ("request_consumer_key", Role.REFUSAL, "refused without an answer", "3 ×, by signature"),
        ("request_consumer_key!429", Role.REFUSAL, "429 Too Many Requests", "20 ×, by token_bucket"),
        ("request_consumer_key!503", Role.REFUSAL, "503 Service Unavailable", "7 ×, by queue (5), by breaker (2)"),
        ("request_consumer_key?puzzle", Role.CHALLENGE, "challenge: puzzle", "14 ×"),
    ] == [(r.id, r.role, r.label, r.annotation) for r in rows[:7]]
    assert (1, 3) == (rows[4].sender, rows[4].receiver)
    assert "50 sessions merged: 20 completed, 30 refused" == chart.summary
    assert not rows[0].opens, "a refusal is not the answer of the diagram"


def test_refusals_may_say_themselves_what_refused() -> None:
    records = [{**r, "by": "codel"} if r["message"].endswith("!429") else r for r in refusals()]
    chart = compose.merged(HEADER, records)
    assert "20 ×, by codel" == row(chart, "request_consumer_key!429").annotation


def test_refusing_actions_have_a_row_of_their_own() -> None:
    records = []
    for session in range(1, 5):
        maker = sample.Maker(session)
        outcome = {"outcome": "refused", "by": "signature"} if session == 1 else {}
        records.append(maker.action("verify_signature", "authorization_manager", **outcome))
    rows = [r for r in steps(compose.merged(HEADER, records)) if r.id == "verify_signature"]
    assert [("4 ×, median 4.1 ms", Role.DIAGRAM), ("1 ×, by signature", Role.REFUSAL)] == [(r.annotation, r.role) for r in rows]


def test_unknown_messages_stand_at_the_end_as_they_appeared() -> None:
    records = sample.walked(sample.STEP1)
    for place, name in enumerate(["zeta", "alpha", "zeta"]):
        records.insert(3 + place, {**records[2], "message": name, "sender": "mallory/9"})
    chart = compose.merged(HEADER, records)
    assert ["zeta", "alpha"] == ids(chart.rows)[-2:]
    assert [("2 ×, median 35.2 ms", Role.UNKNOWN), ("1 ×, median 35.2 ms", Role.UNKNOWN)] == [
        (r.annotation, r.role) for r in chart.rows[-2:]
    ]
    assert ("mallory", 4) == (chart.lifelines[-1].label, chart.rows[-1].sender)


def test_a_known_message_of_another_sender_has_a_row_of_its_own() -> None:
    flood = [sample.Maker(n, "flood").message("request_consumer_key", "flood", "authorization_manager") for n in range(1, 8)]
    chart = compose.merged(HEADER, trace(sample.walked(sample.STEP1), flood))
    rows = frame(chart, "lacks_key").operands[0].rows
    assert [(3, "1 ×, median 35.2 ms"), (4, "7 ×, median 35.2 ms")] == [(r.sender, r.annotation) for r in rows[:2]]
    assert "1 session merged: 1 completed" == chart.summary, "sessions are counted by their own records"


def test_without_session_records_all_sessions_are_counted() -> None:
    records = [r for n in (1, 5, 70_000) for r in sample.walked(sample.STEP1, session=n)[1:]]
    assert "3 sessions merged" == compose.merged(HEADER, records).summary
    assert "0 sessions merged" == compose.merged(HEADER, []).summary


def test_no_trace_can_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "FEWEST_KEYS", 10)
    monkeypatch.setattr(gathered, "MOST_UNANSWERED", 5)
    records = sample.walked(sample.STEP1)
    records += [{**records[2], "message": f"noise_{n}"} for n in range(1_000)]
    records += [sample.Maker(n).message(*ASK, outcome="refused", by="bucket") for n in range(2, 100)]
    chart = compose.merged(HEADER, records)
    assert len(chart.rows) < 100
    assert "; 945 records of still other messages left out" in chart.summary
    assert "98 ×, by bucket" in [s.annotation for s in steps(chart)], "what is forgotten is still counted"


@given(st.lists(st.integers(-(10**6), 10**13), min_size=1, max_size=50))
def test_medians_of_few_times_are_exact(times_ns: list[int]) -> None:
    times = Times()
    for time_ns in times_ns:
        times.add(time_ns)
    assert statistics.median(times_ns) == times.median_ns()


@given(st.integers(0, 10**6), st.integers(1, 10**9), st.integers(0, 5))
def test_medians_of_many_times_are_within_a_twentieth_of_a_percent(least: int, step: int, spread: int) -> None:
    times, all_ns = Times(), [least + n * step + (n * n) % (spread + 1) for n in range(MOST_EXACT_TIMES + 500)]
    for time_ns in all_ns:
        times.add(time_ns)
    exact = statistics.median(all_ns)
    assert abs(times.median_ns() - exact) <= 0.0005 * exact + 1
    assert len(times._counts) < 60_000
    assert None is Times().median_ns()


@given(st.sets(st.tuples(st.sampled_from("ab"), st.integers(1, 10**12)), max_size=40))
def test_sets_of_sessions(found: set[tuple[str, int]]) -> None:
    sessions = Sessions()
    for client_class, session in sorted(found) * 2:
        sessions.add(client_class, session)
    assert len(found) == len(sessions)
