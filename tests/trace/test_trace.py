"""The trace in memory and on file: the same answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from made_records import few_records, made_header, message, session_record

from sim.protocol.http import Request, Response
from sim.trace.faults import TraceFault
from sim.trace.records import FIELDS, as_dict
from sim.trace.session import SessionTrace
from sim.trace.trace import Trace


@pytest.fixture(params=["memory", "file", "folder", "compressed"])
def trace(request: pytest.FixtureRequest, tmp_path: Path) -> Trace:
    """The same trace in every place where a trace can be."""
    trace = Trace.of(made_header(), few_records())
    if request.param == "memory":
        return trace
    path = tmp_path / ("trace.jsonl.gz" if request.param == "compressed" else "trace.jsonl")
    assert 9 == trace.write(path)
    return Trace.open(path if request.param == "file" else tmp_path)


def test_records_and_header(trace: Trace) -> None:
    assert made_header() == trace.header
    assert [as_dict(record) for record in few_records()] == list(trace.records())
    assert list(trace.records()) == list(trace.records())
    assert trace


def test_only_a_trace_in_memory_knows_its_length(trace: Trace) -> None:
    if trace.path is None:
        assert 9 == len(trace)
        assert "<Trace of made: 9 records>" == repr(trace)
    else:
        with pytest.raises(TypeError, match="count its records"):
            len(trace)
        assert f"<Trace of made: {trace.path}>" == repr(trace)


def test_a_session_is_found_whole(trace: Trace) -> None:
    session = trace.session(1)
    assert [record for record in trace.records() if record["session"] == 1] == list(session.records())
    assert made_header() == session.header
    assert ["get_token", "get_token", "token"] == [message.id for message in session]
    assert 3 == len(session) == len(session.messages)
    assert ["lost", "delivered"] == [message.outcome for message in session.all("get_token")]
    assert session.messages[0] is session["get_token"] is session[0]
    assert "token" in session
    assert session[0] in session
    assert "sesion" not in session
    with pytest.raises(KeyError, match=r"expected one of get_token, token \(did you mean 'token'\?\)"):
        session["tokn"]
    assert "<SessionTrace 1 of made: completed, 3 messages>" == repr(session)
    assert ("consumer/1", "completed", 2.0, 2) == (
        session.summary.client,
        session.summary.outcome,
        session.summary.duration_s,
        session.summary.attempts,
    )


def test_messages_carry_http(trace: Trace) -> None:
    sent, refused, refusal = trace.session(1)["token"], trace.session(2)[0], trace.session(2)["get_token!429"]
    assert Response(200, "OK", {}, "token=🔑") == sent.http
    assert isinstance(refused.http, Request)
    assert 'OAuth realm="🔑"' == refused.http.headers["Authorization"]
    assert ("get_token", 429, None) == (refusal.diagram_id, refusal.status, refusal.challenger)
    assert ("server/1", "consumer/2", 10) == (refusal.sender, refusal.receiver, refusal.sent_ns)
    assert None is trace.session(3)[0].http
    assert "attempt 1: consumer/2 to server/1, refused by token_bucket, <Request POST https" in repr(refused)


@pytest.mark.parametrize("number", [0, -1, 4, 10**30])
def test_a_session_that_is_not_there(trace: Trace, number: int) -> None:
    with pytest.raises(TraceFault, match=f"there is no session {number}; the trace holds sessions 1 to 3$"):
        trace.session(number)


def test_a_trace_without_sessions(tmp_path: Path) -> None:
    empty = Trace.of(made_header(), [])
    empty.write(tmp_path / "trace.jsonl")
    for trace in (empty, Trace.open(tmp_path)):
        assert [] == list(trace.records())
        assert 0 == len(trace.sessions())
        assert list(FIELDS) == list(trace.to_pandas().columns)
        with pytest.raises(TraceFault, match="the trace holds no sessions"):
            trace.session(1)


def test_honest_and_attacking_sessions_are_numbered_apart(tmp_path: Path) -> None:
    walk = [session_record(1, 0, 9), message(1), message(1, class_="flood")]
    Trace.of(made_header(), walk).write(tmp_path / "trace.jsonl")
    for trace in (Trace.of(made_header(), walk), Trace.open(tmp_path)):
        assert {"laptop"} == {record["class"] for record in trace.session(1).records()}
        assert {"flood"} == {record["class"] for record in trace.session(1, class_="flood").records()}
        with pytest.raises(TraceFault, match="no session 1 of class 'x'; it is there in flood, laptop"):
            trace.session(1, class_="x")
    with pytest.raises(TraceFault, match="in several classes; expected one of flood, laptop"):
        Trace.of(made_header(), walk[1:]).session(1)


def test_a_subclass_names_the_class_of_its_sessions(trace: Trace) -> None:
    class Drawn(SessionTrace):
        pass

    class DrawnTrace(Trace):
        session_class = Drawn

    drawn = DrawnTrace(trace.header, few_records())
    assert isinstance(drawn, DrawnTrace)
    assert isinstance(drawn.session(2), Drawn)
    assert repr(drawn.session(2)).startswith("<Drawn 2 of made: refused by token_bucket")
    assert isinstance(DrawnTrace.of(made_header(), []), DrawnTrace)


def test_a_data_frame_has_a_column_a_field(trace: Trace) -> None:
    frame = trace.to_pandas()
    assert list(FIELDS) == list(frame.columns)
    assert 9 == len(frame)
    assert {"Int64"} == {str(frame[name].dtype) for name in ("session", "sent_ns", "finished_ns", "attempt")}
    assert {"string"} == {str(frame[name].dtype) for name in ("kind", "class", "by", "address")}
    assert [True, True, False] == list(frame["finished_ns"].isna()[[1, 5, 8]])
    assert list(trace.records())[3]["http"] == frame["http"][3]
    assert 5_000_000_00 + 5 == frame.loc[(frame["kind"] == "session") & (frame["session"] == 2), "finished_ns"].item()


def test_writing_a_trace_over_itself_changes_nothing(trace: Trace, tmp_path: Path) -> None:
    if trace.path is None:
        return
    before = trace.path.read_bytes()
    assert 9 == trace.write(trace.path)
    assert before == trace.path.read_bytes()


def test_a_trace_may_be_edited(tmp_path: Path) -> None:
    """Deleting, swapping and adding records gives a trace of just that: drawings show what is there."""
    path = tmp_path / "trace.jsonl"
    Trace.of(made_header(), few_records()).write(path)
    header, *lines = path.read_text().splitlines()
    unknown = json.dumps(json.loads(lines[1]) | {"message": "nobody_knows", "sender": "stranger/1"})
    lines[0], lines[8] = lines[8], lines[0]
    path.write_text("\n".join([header, *lines[:5], unknown, *lines[6:]]))
    ids = [record["message"] for record in Trace.open(path).session(1).records()]
    assert ["token", "get_token", "nobody_knows", "get_token", "session"] == ids


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(TraceFault, match=r"a folder without trace\.jsonl; expected the folder of a run"):
        Trace.open(tmp_path)


def test_what_is_no_http_message_is_named() -> None:
    odd: Any = {"method": "GET"}
    with pytest.raises(TraceFault, match=r"message get_token of session 1: http\.url: got None"):
        _ = Trace.of(made_header(), [message(1, http=odd)]).session(1).messages
