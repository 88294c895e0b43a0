"""Finding sessions: who they are, how they ended, and which match."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import few_records, made_header, many_records, message, session_record

from sim.trace.faults import TraceFault
from sim.trace.sessions import HTML_ROWS, SessionRow
from sim.trace.trace import Trace


@pytest.fixture(params=["memory", "file"])
def trace(request: pytest.FixtureRequest, tmp_path: Path) -> Trace:
    trace = Trace.of(made_header(), few_records())
    if request.param == "memory":
        return trace
    trace.write(tmp_path / "trace.jsonl")
    return Trace.open(tmp_path)


def test_each_session_in_short(trace: Trace) -> None:
    expected = [
        SessionRow(1, "laptop", "consumer/1", "completed", None, 0.0, 2.0, 3, 2, 0),
        SessionRow(2, "hosted", "consumer/2", "refused", "token_bucket", 5e-9, 0.5, 2, 1, 1),
        SessionRow(3, "laptop", "consumer/3", "in_flight", None, 2e-8, None, 1, 1, 0),
    ]
    assert expected == list(trace.sessions())


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({}, [1, 2, 3]),
        ({"outcome": "refused"}, [2]),
        ({"outcome": "timed_out"}, []),
        ({"by": "token_bucket"}, [2]),
        ({"by": "link"}, [1]),
        ({"by": "queue"}, []),
        ({"class_": "laptop"}, [1, 3]),
        ({"class_": "laptop", "outcome": "completed"}, [1]),
        ({"class_": "hosted", "outcome": "completed"}, []),
        ({"message": "get_token!429"}, [2]),
        ({"message": "token"}, [1]),
        ({"limit": 2}, [1, 2]),
        ({"limit": 0}, []),
        ({"class_": "laptop", "limit": 1}, [1]),
    ],
)
def test_selections(trace: Trace, selection: dict[str, Any], expected: list[int]) -> None:
    table = trace.sessions(**selection)
    assert expected == [row.number for row in table]
    assert 3 == table.total


def test_what_cannot_be_asked_for(trace: Trace) -> None:
    with pytest.raises(
        TraceFault, match=r"outcome: got \"refusd\"; expected completed, .* \(did you mean 'refused'\?\)"
    ):
        trace.sessions(outcome="refusd")
    with pytest.raises(TraceFault, match="limit: got -1; expected a number of sessions from 0"):
        trace.sessions(limit=-1)


def test_a_session_without_its_own_record_is_not_lost() -> None:
    trace = Trace.of(made_header(), [message(7, sent_ns=3), message(7, sent_ns=4)])
    assert [SessionRow(7, "laptop", None, None, None, 3e-9, None, 2, 1, 0)] == list(trace.sessions())


def test_the_order_of_records_does_not_matter() -> None:
    forth, back = (Trace.of(made_header(), records).sessions() for records in (few_records(), few_records()[::-1]))
    assert list(forth) == list(back)


OUTCOMES = st.sampled_from(["delivered", "lost", "refused"])
CAUSES = st.sampled_from([None, "queue", "link"])


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["laptop", "hosted"]), OUTCOMES, CAUSES, st.integers(1, 3)))
)
def test_counts_agree_with_counting_by_hand(made: list[tuple[int, str, str, str | None, int]]) -> None:
    records = [message(n, outcome=outcome, by=by, attempt=attempt, class_=c) for n, c, outcome, by, attempt in made]
    records += [session_record(n, 0, 1, class_=c) for n, c in sorted({one[:2] for one in made})]
    by_queue = sorted({(n, c) for n, c, _, by, _ in made if by == "queue"})
    table = Trace.of(made_header(), records).sessions()
    for row in table:
        own = [one for one in made if one[:2] == (row.number, row.class_)]
        assert len(own) == row.messages
        assert sum(one[2] == "refused" for one in own) == row.refusals
        assert max(one[4] for one in own) == row.attempts
    assert sorted({one[:2] for one in made}) == [(row.number, row.class_) for row in table]
    queued = Trace.of(made_header(), records).sessions(by="queue")
    assert by_queue == [(row.number, row.class_) for row in queued]


def test_the_table_as_text(trace: Trace) -> None:
    expected = """\
number  class   client      outcome    by            started_s  duration_s  messages  attempts  refusals
     1  laptop  consumer/1  completed  -              0.000000    2.000000         3         2         0
     2  hosted  consumer/2  refused    token_bucket   0.000000    0.500000         2         1         1
     3  laptop  consumer/3  in_flight  -              0.000000           -         1         1         0
3 of 3 sessions"""
    assert expected == str(trace.sessions())


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda trace: trace.sessions(outcome="refused"), "1 of 3 sessions (outcome refused)"),
        (lambda trace: trace.sessions(limit=2), "3 of 3 sessions, 2 shown"),
        (lambda trace: trace.sessions()[1:], "3 of 3 sessions, 2 shown"),
        (
            lambda trace: trace.sessions(by="queue", class_="laptop"),
            (
                "0 of 3 sessions (by queue, class laptop); classes: hosted, laptop; "
                "refused, dropped or lost by: link, token_bucket"
            ),
        ),
    ],
)
def test_the_caption_says_what_was_asked(trace: Trace, ask: Callable[[Trace], Any], expected: str) -> None:
    assert expected == ask(trace).caption
    assert f"<SessionTable: {expected}>" == repr(ask(trace))
    assert str(ask(trace)).endswith(expected)


def test_a_table_is_a_sequence(trace: Trace) -> None:
    table = trace.sessions()
    assert 3 == len(table)
    assert table[-1] == list(table)[2]
    assert table[2] in table
    assert table == trace.sessions()
    assert hash(table) == hash(trace.sessions())
    assert table != trace.sessions(limit=1)


def test_jupyter_shows_a_bounded_table_with_everything_escaped() -> None:
    hostile = [session_record(1, 0, 1, "refused", "<script>&", class_="<b>")]
    shown = Trace.of(made_header(), hostile).sessions(by="<script>&")._repr_html_()
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;&amp;" in shown
    many = Trace.of(made_header(), list(many_records(HTML_ROWS + 5))).sessions()._repr_html_()
    assert HTML_ROWS + 1 == many.count("<tr>")
    assert "5 more rows in to_pandas()" in many


def test_the_table_as_a_data_frame(trace: Trace) -> None:
    frame = trace.sessions().to_pandas()
    assert [1, 2, 3] == list(frame.index)
    assert ["class", "client", "outcome", "by", "started_s", "duration_s", "messages", "attempts", "refusals"] == list(
        frame
    )
    assert [3, 2, 1] == list(frame["messages"])
    assert [False, False, True] == list(frame["duration_s"].isna())
    assert [0] == [len(trace.sessions(by="nobody").to_pandas())]
