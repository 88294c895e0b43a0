"""Parquet traces: a column a field, for tables and for millions of messages.

The header stands in the file's metadata under :data:`KEY`. Times are int64 nanoseconds, words are dictionary-encoded,
``http`` is JSON text (null where the engine carried none). A row group holds GROUP records, so reading holds one.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import orjson

from sim.trace import header as headers
from sim.trace.check import problem
from sim.trace.columns import Columns
from sim.trace.encoding import FORM, GROUP, KEY, Encoded, Encoder, lists_of, schema
from sim.trace.faults import TraceFault
from sim.trace.files import EXPECTED, StrPath, replacing
from sim.trace.jsonl import dumps_line
from sim.trace.records import FIELDS, HTTP

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MAGIC = b"PAR1"
def is_parquet(path: StrPath) -> bool:
    """Whether the file begins as a Parquet file does, whatever its name."""
    try:
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False


def write(path: StrPath, header: dict[str, Any], records: Iterable[Sequence[Any]]) -> int:
    """Write a trace, whole or not at all, and return the number of its records; as :func:`sim.trace.jsonl.write`."""
    headers.check(header)
    try:
        with replacing(path) as file:
            return _write(file, header, records)
    except TraceFault as fault:
        raise fault if fault.path else TraceFault(fault.what, path, fault.line) from None


def _write(file: IO[bytes], header: dict[str, Any], records: Iterable[Sequence[Any]]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if isinstance(records, Encoded) and records.header == header:
        file.write(records.content)
        return len(records)
    if isinstance(records, Columns):
        with Encoder(file, header) as encoder:
            for first in range(0, len(records), GROUP):
                encoder.add(partial(records.arrow, encoder.columns, first, first + GROUP))
        return len(records)
    columns = schema(header)
    written = 0
    source = iter(records)
    with pq.ParquetWriter(file, columns, **FORM) as writer:
        while batch := list(islice(source, GROUP)):
            try:
                values = [list(column) for column in zip(*batch, strict=True)]
                values[HTTP] = [None if http is None else _text_of(http) for http in values[HTTP]]
                arrays = [pa.array(column, field.type) for column, field in zip(values, columns, strict=True)]
                writer.write_batch(pa.record_batch(arrays, schema=columns))
            except (TypeError, ValueError, OverflowError, AttributeError) as error:
                raise _unwritable(batch, written, error) from None
            written += len(batch)
    return written


def _text_of(http: Any) -> str:
    return orjson.dumps(http if isinstance(http, dict) else http.to_record()).decode()


def _unwritable(batch: list[Sequence[Any]], before: int, error: Exception) -> TraceFault:
    """Which record of the batch has no place in a file, and why."""
    for number, record in enumerate(batch, start=before + 1):
        if len(record) != len(FIELDS):
            return TraceFault(f"record {number} has {len(record)} fields; expected {len(FIELDS)}")
        try:
            what = problem(orjson.loads(dumps_line(record)))
        except (TypeError, ValueError) as wrong:
            what = str(wrong)
        if what is not None:
            return TraceFault(f"record {number} cannot be written as Parquet ({what})")
    return TraceFault(f"records {before + 1} to {before + len(batch)} cannot be written as Parquet ({error})")


def read_header(path: StrPath) -> dict[str, Any]:
    """The header, read and checked. Raises TraceFault."""
    return _opened(path)[1]


def iter_records(path: StrPath) -> Iterator[dict[str, Any]]:
    """The records of a trace of any size, as :func:`sim.trace.jsonl.iter_records` gives them. Raises TraceFault."""
    file, _ = _opened(path)
    yield from _records(path, (file.read_row_group(number) for number in range(file.num_row_groups)))


def session_records(path: StrPath, session: int) -> list[dict[str, Any]]:
    """The records of all sessions with this number, in order; row groups without it are passed over."""
    import pyarrow.compute as pc

    file, _ = _opened(path)
    groups = (file.read_row_group(number) for number in range(file.num_row_groups) if _may_hold(file, number, session))
    return list(_records(path, (group.filter(pc.equal(group["session"], session)) for group in groups)))


def session_range(path: StrPath) -> tuple[int, int] | None:
    """The least and the greatest session number in the file; None if it has no records."""
    file, _ = _opened(path)
    try:
        groups = [file.read_row_group(number, ["session"]) for number in range(file.num_row_groups)]
    except OSError as error:
        raise _damaged(path, error) from None
    numbers = [number for group in groups for number in group[0].to_pylist()]
    return (min(numbers), max(numbers)) if numbers else None


def _may_hold(file: "pq.ParquetFile", group: int, session: int) -> bool:
    told = file.metadata.row_group(group).column(FIELDS.index("session")).statistics
    return told is None or not told.has_min_max or told.min <= session <= told.max


def _records(path: StrPath, groups: Iterator["pa.Table"]) -> Iterator[dict[str, Any]]:
    number = 0
    try:
        for group in groups:
            columns = lists_of(group)
            columns[HTTP] = [None if text is None else orjson.loads(text) for text in columns[HTTP]]
            for values in zip(*columns, strict=True):
                number += 1
                record = dict(zip(FIELDS, values, strict=True))
                what = problem(record)
                if what is not None:
                    raise TraceFault(f"record {number}: {what}", path)
                yield record
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from None


def _opened(path: StrPath) -> tuple["pq.ParquetFile", dict[str, Any]]:
    """The file, and its header, checked. Raises TraceFault."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        found = file.schema_arrow
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path, error) from None
    try:
        header = orjson.loads((found.metadata or {}).get(KEY, b"null"))
    except orjson.JSONDecodeError:
        header = None
    if header is None:
        raise TraceFault(f"a Parquet file that is no trace: it has no header; {EXPECTED}", path)
    try:
        headers.check(header)
    except TraceFault as fault:
        raise TraceFault(fault.what, path) from None
    wanted = schema(header)
    if found.names != wanted.names or found.types != wanted.types:
        raise TraceFault(f"a Parquet file with other columns than a trace; expected {', '.join(FIELDS)}", path)
    return file, header


def _damaged(path: StrPath, error: Exception) -> TraceFault:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return TraceFault(f"the Parquet file is cut short or damaged ({said[:120]}); {EXPECTED}", path)
