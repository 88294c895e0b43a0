"""Traces as Parquet: what is written is read again, and what is no trace is refused."""

import sys
from pathlib import Path

import pytest
from made_records import few_records, made_header

from sim.trace import jsonl, parquet
from sim.trace.faults import TraceFault
from sim.trace.records import FIELDS
from sim.trace.trace import Trace


@pytest.fixture
def both(tmp_path):
    """The same trace in both formats."""
    trace = Trace.of(made_header(), few_records())
    assert trace.write(tmp_path / "t.jsonl") == trace.write(tmp_path / "t.parquet") == len(few_records())
    return Trace.open(tmp_path / "t.jsonl"), Trace.open(tmp_path / "t.parquet")


def test_both_formats_hold_the_same(both):
    lines, columns = both
    assert columns.header == lines.header
    assert list(columns.records()) == list(lines.records())
    assert columns.sessions().to_pandas().equals(lines.sessions().to_pandas())
    assert columns.to_pandas().equals(lines.to_pandas())
    for number in {record["session"] for record in lines.records()}:
        assert list(columns.session(number).records()) == list(lines.session(number).records())


def test_a_session_that_is_not_there(both):
    said = []
    for trace in both:
        with pytest.raises(TraceFault) as caught:
            trace.session(10**6)
        said.append(caught.value.what)
    assert said[0] == said[1]


def test_many_records_are_read_row_group_by_row_group(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "GROUP", 10)
    records = [("message", "laptop", number // 7 + 1, "m", 0, 1, "a/1", "b/1", None, None, number, number + 5, number + 5, None,
                "delivered", None, None) for number in range(95)]
    file = tmp_path / "t.parquet"
    assert parquet.write(file, made_header(), records) == 95
    assert [tuple(record.values()) for record in parquet.iter_records(file)] == records
    assert [record["sent_ns"] for record in parquet.session_records(file, 3)] == list(range(14, 21))
    assert parquet.session_range(file) == (1, 14)


def test_an_empty_trace(tmp_path):
    file = tmp_path / "t.parquet"
    assert parquet.write(file, made_header(), []) == 0
    assert list(parquet.iter_records(file)) == []
    assert parquet.session_range(file) is None


def test_the_name_of_a_file_says_nothing(tmp_path, both):
    for name, trace in zip(("a.parquet", "a.jsonl"), both, strict=True):
        other = Path(tmp_path / name)
        assert trace.path is not None
        other.write_bytes(trace.path.read_bytes())
        assert list(Trace.open(other).records()) == list(trace.records())


@pytest.mark.parametrize("damage", [
    lambda content: content[: len(content) // 2],
    lambda content: content[:4],
    lambda content: content[:60] + bytes(40) + content[100:],
    lambda content: content[:-20] + bytes(20),
], ids=["cut", "only the magic", "zeros in the middle", "zeros at the end"])
def test_a_damaged_file_is_a_fault(both, damage):
    file = both[1].path
    assert file is not None
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(TraceFault, match=r"t\.parquet: "):
        list(Trace.open(file).records())


def test_a_table_that_is_no_trace(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    with pytest.raises(TraceFault, match="a Parquet file that is no trace: it has no header"):
        Trace.open(tmp_path / "t.parquet")
    head = parquet.schema(made_header()).metadata
    pq.write_table(pa.table({"a": [1]}).replace_schema_metadata(head), tmp_path / "t.parquet")
    with pytest.raises(TraceFault, match="other columns than a trace"):
        Trace.open(tmp_path / "t.parquet")


def test_a_record_that_is_none_leaves_no_file(tmp_path):
    good = few_records()
    for bad, said in ((good[0][:5], "record 2 has 5 fields"), ((*good[0][:2], "one", *good[0][3:]), "record 2 cannot be written"),
                      ((*good[0][:FIELDS.index("sent_ns")], 1 << 70, *good[0][FIELDS.index("sent_ns") + 1:]), "record 2")):
        with pytest.raises(TraceFault, match=said):
            parquet.write(tmp_path / "t.parquet", made_header(), [good[0], bad])
        assert list(tmp_path.iterdir()) == []


def test_lines_need_no_pyarrow(tmp_path):
    """What a small run costs must not grow by a library that it does not use."""
    import subprocess

    file = tmp_path / "t.jsonl"
    jsonl.write(file, made_header(), few_records())
    code = f"import sys; from sim.trace.trace import Trace; list(Trace.open({str(file)!r}).records()); print('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
