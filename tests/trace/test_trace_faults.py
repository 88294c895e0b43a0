"""Whatever a file holds, the answer is records or a TraceFault that says where and what was expected."""

import gzip
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_records import few_records, made_header

from sim.language.faults import InputFault
from sim.trace import files
from sim.trace.faults import TraceFault
from sim.trace.jsonl import iter_records, read_header, write
from sim.trace.records import as_dict
from sim.trace.search import session_range, session_records
from sim.trace.trace import Trace


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "trace.jsonl"
    write(path, made_header(), few_records())
    return path


def fault(path: Path) -> TraceFault:
    """What reading the trace says; always one line, and the same whether the trace is read or searched."""
    with pytest.raises(TraceFault) as caught:
        list(iter_records(path))
    assert isinstance(caught.value, InputFault)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 300 + len(str(path))
    return caught.value


def edit(path: Path, line: int, change: Callable[[dict[str, Any]], Any]) -> None:
    """Replace the record on a line (1-based) by what ``change`` makes of it."""
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = orjson.dumps(change(json.loads(lines[line - 1]))) + b"\n"
    path.write_bytes(b"".join(lines))


def put(path: Path, line: int, text: bytes) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = text + b"\n"
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        (b"", None, "the file is empty; expected a trace (trace.jsonl, trace.jsonl.gz or trace.parquet, or the folder of a run)"),
        (b"\x00" * 1000, 1, "binary data; expected a trace"),
        (b"\x7fELF\x02\x01\x01\xff\xfe", 1, "binary data; expected a trace"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), 1, "binary data; expected a trace"),
        ("scenario: Привет\nmodel: x\n".encode(), 1, "text, but not a trace; expected a trace"),
        (b"hello", 1, "text, but not a trace"),
        (b"{\n}\n", 1, 'not a trace; expected its first line to begin with {"format":"diagram-sim trace"'),
        (b'{"sessions": {"started": 1}}\n', 1, "not a trace; expected its first line"),
        (b'{"format":"diagram-sim tr', 1, "the header is cut short (the file ends in the middle of it)"),
        (b'{"format":"diagram-sim trace","format_version":1,"scen', 1, "the header is cut short"),
        (b'{"format":"\xff"}\n', 1, "not a trace"),
        (b"\x1f\x8b\x08\x00abc", 1, "the compressed file is"),
        (b"\x1f\x8bxx" + b"y" * 20, 1, "the compressed file is damaged"),
    ],
)
def test_what_is_no_trace(tmp_path: Path, content: bytes, line: int | None, expected: str) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(content)
    found = fault(path)
    assert (str(path), line) == (found.path, found.line)
    place = f"{path}:" if line is None else f"{path}:{line}:"
    assert str(found).startswith(f"{place} {expected}")
    for read in (read_header, Trace.open, session_range, lambda path: session_records(path, 1)):
        with pytest.raises(TraceFault, match=re.escape(found.what)):
            read(path)


def test_what_cannot_be_opened(tmp_path: Path, path: Path) -> None:
    assert f"{tmp_path}/x: there is no such file; expected a trace" in str(fault(tmp_path / "x"))
    assert "is a folder; expected a trace file" in str(fault(tmp_path))
    assert "cannot be read (" in str(fault(path / "x"))
    assert "cannot be read (" in str(fault(tmp_path / "a\0b"))
    os.mkfifo(tmp_path / "pipe")
    assert "is a pipe or a device; expected a regular file" in str(fault(tmp_path / "pipe"))
    assert "is a pipe or a device" in str(fault(Path("/dev/zero")))


def test_a_trace_without_its_header(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    assert "the header is missing: this line is a record already" in fault(path).what


def test_another_version_and_a_wrong_diagram(path: Path) -> None:
    edit(path, 1, lambda header: header | {"format_version": 2})
    assert f"{path}:1: format_version: got 2; this version of diagram-sim reads 1" == str(fault(path))
    edit(path, 1, lambda header: header | {"format_version": 1, "diagram": {}})
    assert f"{path}:1: diagram.title is missing; expected a string (and 4 more)" == str(fault(path))


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda record: {key: value for key, value in record.items() if key != name}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (without("received_ns"), "the field 'received_ns' is missing; expected all 17 fields of a record"),
        (lambda r: r | {"recieved_ns": 1}, "got the field 'recieved_ns'; expected only kind, class"),
        (lambda r: r | {"recieved_ns": 1}, "(did you mean 'received_ns'?)"),
        (list, 'got ["kind","class"'),
        (lambda _: "text", 'got "text"; expected a record, an object with the fields kind to http'),
        (lambda _: None, "got null; expected a record"),
        (lambda r: {}, "the field 'kind' is missing"),
        (lambda r: r | {"format": 1}, "a second header: two traces were joined; expected a record"),
        (
            lambda r: r | {"kind": "mesage"},
            'kind: got "mesage"; expected message, action, fragment, session (did',
        ),
        (lambda r: r | {"kind": []}, "kind: got []; expected a string"),
        (lambda r: r | {"outcome": "deliverd"}, "(did you mean 'delivered'?)"),
        (
            lambda r: r | {"outcome": "done"},
            'outcome: got "done"; of a record of kind message expected delivered',
        ),
        (lambda r: r | {"outcome": {}}, "outcome: got {}; expected a string"),
        (lambda r: r | {"session": "2"}, 'session: got "2"; expected an integer from 1'),
        (lambda r: r | {"session": 0}, "session: got 0; expected an integer from 1"),
        (lambda r: r | {"session": 2.5}, "session: got 2.5; expected an integer from 1"),
        (lambda r: r | {"attempt": True}, "attempt: got true; expected an integer from 0"),
        (lambda r: r | {"iteration": -1}, "iteration: got -1; expected an integer from 0"),
        (lambda r: r | {"sent_ns": -1}, "sent_ns: got -1; expected an integer from 0, or null"),
        (lambda r: r | {"finished_ns": "x" * 10_000}, 'finished_ns: got "xxx'),
        (lambda r: r | {"by": 3}, "by: got 3; expected a string or null"),
        (lambda r: r | {"http": []}, "http: got []; expected an object or null"),
        (lambda r: r | {"http": {}}, "http: the field 'method' is missing; expected method, url, headers, body"),
        (lambda r: r | {"http": r["http"] | {"body": None}}, "http.body: got null; expected a string"),
        (lambda r: r | {"http": r["http"] | {"headers": {"A": 1}}}, "http.headers.A: got 1; expected a string"),
        (lambda r: r | {"http": r["http"] | {"status": True}}, "http.status: got true; expected an integer"),
    ],
)
def test_what_is_no_record(path: Path, change: Callable[[dict[str, Any]], Any], expected: str) -> None:
    assert 9 == len(list(iter_records(path)))  # the shapes of good records are known by now
    edit(path, 5, change)
    found = fault(path)
    assert str(found).startswith(f"{path}:5: ")
    assert expected in found.what


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"hello", "not JSON at column 1 ("),
        (b'{"kind":"message",}', "not JSON at column "),
        (b'{"kind":"\xff\xfe"}', "byte 0xff at column 10 is not UTF-8; expected a record"),
        (b"\0" * 100, "binary data; expected a record"),
        (b'{"kind":"message"', "not JSON at column "),
        (b"[" * 100_000, "not JSON at column "),
        (b'{"session":NaN}', "not JSON at column "),
    ],
)
def test_what_is_no_json(path: Path, text: bytes, expected: str) -> None:
    put(path, 7, text)
    found = fault(path)
    assert str(found).startswith(f"{path}:7: {expected}")


@pytest.mark.parametrize(("digits", "expected"), [(25, "session: got 1e+25; expected an integer"), (5000, "not JSON")])
def test_a_number_beyond_all_bounds_is_no_integer(path: Path, digits: int, expected: str) -> None:
    line = path.read_bytes().splitlines()[3]
    put(path, 4, line.replace(b'"session":2', b'"session":' + b"9" * digits))
    assert str(fault(path)).startswith(f"{path}:4: {expected}")


def test_a_line_beyond_the_limit(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LINE_LIMIT_BYTES", 1 << 20)
    with path.open("ab") as file:
        file.write(b" " * (3 << 20))
    found = fault(path)
    assert "a line of more than 1 MiB" in found.what
    assert found.line is not None


def test_a_cut_line_says_how_many_records_are_whole(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])
    expected = "the line is cut short (the file ends in the middle of a record); 8 records before it are whole"
    assert f"{path}:10: {expected}" == str(fault(path))
    with pytest.raises(TraceFault, match="cut short"):
        session_records(path, 2)  # also when the cut record is another session's
    with pytest.raises(TraceFault, match="cut short"):
        Trace.open(path).sessions()


def test_a_cut_at_any_byte_is_seen_and_loses_no_whole_record(path: Path) -> None:
    """What is cut exactly between records is a shorter trace: a format that lets records be deleted cannot know."""
    text = path.read_bytes()
    ends = {place for place in range(len(text)) if text[place : place + 1] == b"\n"}
    records = [as_dict(record) for record in few_records()]
    for cut in range(len(text)):
        path.write_bytes(text[:cut])
        whole = max(0, sum(end <= cut for end in ends) - 1)
        read: list[dict[str, Any]] = []
        what = ""
        try:
            read.extend(iter_records(path))
        except TraceFault as found:
            what = found.what
        assert bool(what) == (cut not in ends and cut - 1 not in ends)
        if what and whole:
            assert f"; {whole} record{'s' * (whole > 1)} before it" in what
        assert records[:whole] == read
        try:
            assert [record for record in read if record["session"] == 1] == session_records(path, 1)
        except TraceFault:
            assert cut not in ends
            assert cut - 1 not in ends


def test_a_cut_at_any_byte_of_a_compressed_trace_is_seen(path: Path) -> None:
    text = gzip.compress(path.read_bytes(), mtime=0)
    for cut in range(len(text)):
        path.write_bytes(text[:cut])
        assert fault(path).what
        with pytest.raises(TraceFault):
            session_records(path, 1)


@settings(deadline=None)  # a file each
@given(st.data())
def test_any_change_of_bytes_gives_records_or_a_fault(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("trace") / "trace.jsonl"
    write(path, made_header(), few_records())
    text = path.read_bytes()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    path.write_bytes(text[:start] + data.draw(st.binary(max_size=40)) + text[end:])
    lines = 0
    for question in (
        lambda: list(Trace.open(path).records()),
        lambda: Trace.open(path).sessions(by="link"),
        lambda: [list(Trace.open(path).session(number)) for number in (1, 2, 3, 4)],
    ):
        try:
            question()
        except TraceFault as found:
            lines += str(found).count("\n")
    assert 0 == lines


def test_a_fault_prints_on_one_line_for_any_terminal() -> None:
    assert "x\\ny.jsonl:3: got \\x1b[31m" == str(TraceFault("got \x1b[31m", "x\ny.jsonl", 3))
    assert "line 3: what" == str(TraceFault("what", None, 3))
    assert "what" == str(TraceFault("what"))
