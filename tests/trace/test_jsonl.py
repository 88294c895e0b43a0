"""Writing a trace and reading it again."""

import gzip
import io
import json
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_records import few_records, made_header, many_records, message

from sim.trace.faults import TraceFault
from sim.trace.jsonl import BATCH, dumps_line, iter_records, read_header, write
from sim.trace.records import FIELDS, OUTCOMES, as_dict
from sim.trace.search import session_range, session_records

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
COUNT = st.integers(0, 2**63 - 1)
TIME = st.none() | COUNT
HEADERS = st.dictionaries(TEXT, TEXT, max_size=2)
HTTP = st.none() | st.one_of(
    st.fixed_dictionaries({"method": TEXT, "url": TEXT, "headers": HEADERS, "body": TEXT}),
    st.fixed_dictionaries({"status": st.integers(100, 599), "reason": TEXT, "headers": HEADERS, "body": TEXT}),
)


def records_of(kind: str) -> st.SearchStrategy[tuple[Any, ...]]:
    known = OUTCOMES[kind]
    outcome = TEXT if known is None else st.sampled_from(known)
    return st.tuples(
        *(st.just(kind), TEXT, st.integers(1, 2**63 - 1), TEXT, COUNT, COUNT, TEXT, TEXT, TEXT | st.none()),
        *(TEXT | st.none(), TIME, TIME, TIME, TIME, outcome, TEXT | st.none(), HTTP),
    )


RECORDS = st.lists(st.sampled_from(list(OUTCOMES)).flatmap(records_of), max_size=8)


@settings(deadline=None)  # a file each
@given(RECORDS)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[Any, ...]]
) -> None:
    path = tmp_path_factory.mktemp("trace") / "trace.jsonl"
    assert len(records) == write(path, made_header(), records)
    assert made_header() == read_header(path)
    read = list(iter_records(path))
    assert [as_dict(record) for record in records] == read
    assert all(tuple(record) == FIELDS for record in read)
    for number in {record[2] for record in records}:
        assert [record for record in read if record["session"] == number] == session_records(path, number)
    numbers = [record[2] for record in records if record[2] < 10**18]
    if len(numbers) == len(records) > 0:
        assert (min(numbers), max(numbers)) == session_range(path)


def test_the_bytes_are_one_object_a_line_without_spaces(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    write(path, made_header(), few_records())
    expected = [made_header(), *map(as_dict, few_records())]
    lines = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n" for value in expected]
    assert "".join(lines).encode() == path.read_bytes()


def test_batches_leave_no_mark(tmp_path: Path) -> None:
    records = list(many_records(BATCH // 10 * 2 + 7))
    path = tmp_path / "trace.jsonl"
    assert len(records) == write(path, made_header(), iter(records))
    assert orjson.dumps(made_header()) + b"\n" + b"".join(map(dumps_line, records)) == path.read_bytes()


def test_what_looks_like_the_end_of_a_record_within_one(tmp_path: Path) -> None:
    """Records are written as one JSON array and parted at the seams; a seam within a record must stay."""
    tricky = '},{"kind":"message"}'
    http: dict[str, Any] = {"method": tricky, "url": "", "headers": {tricky: tricky}, "body": '[{"a":1},{"kind":2}]'}
    nested = http | {"more": [{"a": 1}, {"kind": "message"}, {"kind": "message"}]}
    records = [message(1), message(1, http=http), message(2, http=nested), message(1)]
    path = tmp_path / "trace.jsonl"
    assert 4 == write(path, made_header(), records)
    assert list(map(as_dict, records)) == list(iter_records(path))


def test_an_open_file_is_written_to_and_left_open() -> None:
    file = io.BytesIO()
    assert 9 == write(file, made_header(), few_records())
    assert 10 == file.getvalue().count(b"\n")


def test_a_dataclass_says_itself_what_json_holds_of_it() -> None:
    @dataclass
    class Odd:
        secret: str = "hidden"

        def to_record(self) -> dict[str, str]:
            return {"method": "GET"}

    assert b'"http":{"method":"GET"}}\n' in dumps_line(message(1, http=Odd()))


def test_a_compressed_trace_reads_the_same_and_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("a.jsonl.gz", "b.jsonl.gz", "a.jsonl"):
        write(tmp_path / name, made_header(), few_records())
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert (tmp_path / "a.jsonl").read_bytes() == gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes())
    assert list(iter_records(tmp_path / "a.jsonl")) == list(iter_records(tmp_path / "a.jsonl.gz"))
    assert 4 == len(session_records(tmp_path / "a.jsonl.gz", 1))


def each_line(text: bytes, *, sort_keys: bool) -> bytes:
    return b"".join(json.dumps(json.loads(line), sort_keys=sort_keys).encode() + b"\n" for line in text.splitlines())


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.rstrip(b"\n"),
        lambda text: text.replace(b"\n", b"\n\n") + b"   \n",
        lambda text: b"".join(json.dumps(json.loads(line)).encode() + b"\n" for line in text.splitlines()),
        lambda text: b"".join(
            json.dumps(json.loads(line), sort_keys=True).encode() + b"\n" for line in text.splitlines()
        ),
    ],
    ids=["crlf", "byte order mark", "no last newline", "blank lines", "spaces", "sorted keys"],
)
def test_a_trace_that_another_tool_wrote_reads_the_same(tmp_path: Path, rewrite: Any) -> None:
    path = tmp_path / "trace.jsonl"
    write(path, made_header(), few_records())
    expected = list(iter_records(path))
    path.write_bytes(rewrite(path.read_bytes()))
    assert made_header() == read_header(path)
    read = list(iter_records(path))
    assert expected == read
    assert all(tuple(record) == FIELDS for record in read)
    for number in (1, 2, 3):
        assert [record for record in expected if record["session"] == number] == session_records(path, number)
    assert (1, 3) == session_range(path)


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (message(1, http=object()), "record 5 cannot be written as JSON"),
        (message(1, http={"body": b"x"}), "record 5 cannot be written as JSON"),
        (message(1, by="\ud800"), "record 5 cannot be written as JSON"),
        (message(1, sent_ns=2**64), "record 5 cannot be written as JSON"),
        (message(1)[:-1], "record 5 has 16 fields; expected 17"),
    ],
)
def test_what_cannot_be_written_is_named_and_nothing_is_left(tmp_path: Path, bad: Any, expected: str) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text("precious")
    with pytest.raises(TraceFault, match=expected) as caught:
        write(path, made_header(), [*few_records()[:4], bad, *few_records()])
    assert (str(path), 6) == (caught.value.path, caught.value.line)
    assert ["trace.jsonl"] == [file.name for file in tmp_path.iterdir()]
    assert "precious" == path.read_text()


def test_places_that_cannot_be_written_to(tmp_path: Path) -> None:
    for path, expected in ((tmp_path, "is a folder"), (tmp_path / "no" / "trace.jsonl", "cannot be written")):
        with pytest.raises(TraceFault, match=expected):
            write(path, made_header(), [])
    (tmp_path / "file").write_text("")
    with pytest.raises(TraceFault, match="cannot be written"):
        write(tmp_path / "file" / "trace.jsonl", made_header(), [])
    with pytest.raises(TraceFault, match="not a trace"):
        write(tmp_path / "trace.jsonl", {}, [])
    with pytest.raises(TraceFault, match="the header cannot be written as JSON"):
        write(tmp_path / "trace.jsonl", made_header() | {"scenario": "\ud800"}, [])


def test_a_link_is_kept_and_what_it_names_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "trace.jsonl")
    write(tmp_path / "link.jsonl", made_header(), few_records())
    assert (tmp_path / "link.jsonl").is_symlink()
    assert 9 == len(list(iter_records(tmp_path / "trace.jsonl")))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    assert 200_000 == write(path, made_header(), many_records(20_000))
    tracemalloc.start()
    try:
        assert 40_000 == write(tmp_path / "less.jsonl", made_header(), many_records(4_000))
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        assert 200_000 == sum(1 for _ in iter_records(path))
        read = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        assert 10 == len(session_records(path, 19_999))
        assert (1, 20_000) == session_range(path)
        searched = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 50_000_000
    assert max(written, read, searched) < 8_000_000
