r"""A trace as JSON Lines: the header on the first line, then one record a line, each with its field names.

The bytes are a function of header and records alone: fields in the order of :data:`sim.trace.records.FIELDS`,
no spaces, UTF-8, ``\\n``. Reading takes any JSON on a line (other order, spaces, ``\\r\\n``), checks every record and
holds one block of the file, never the file.
"""

import codecs
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

import orjson

from sim.trace import header as headers
from sim.trace.check import checked_problem
from sim.trace.faults import TraceFault
from sim.trace.files import (
    EXPECTED,
    UNREADABLE,
    StrPath,
    blocks,
    opened,
    replacing,
    unreadable,
)
from sim.trace.records import FIELDS, as_dicts

HEADER_LIMIT_BYTES = 1 << 24
BATCH = 200
"""Records that are written at once."""

_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_APPEND_NEWLINE  # an HTTP message says itself what JSON holds of it
_BEGINNING = f'{{"format":"{headers.FORMAT}"'.encode()


def dumps_line(record: Sequence[Any]) -> bytes:
    """One record as its line, newline included. Raises ValueError or TypeError for what JSON cannot hold."""
    fields = dict(zip(FIELDS, record, strict=True))
    return orjson.dumps(fields, _carried, _OPTIONS)


def write(path_or_file: StrPath | IO[bytes], header: dict[str, Any], records: Iterable[Sequence[Any]]) -> int:
    """Write a trace, and return the number of its records.

    Parameters
    ----------
    path_or_file
        A path (written whole or not at all; compressed if it ends with ``.gz``), or a file open for bytes.
    header
        As :func:`sim.trace.header.make` gives it.
    records
        Each in the order of FIELDS, already ordered by (sent_ns, key). Consumed in batches, never held whole.

    Raises
    ------
    TraceFault
        When the header is not one, a record cannot be written as JSON, or the file cannot be written.
    """
    headers.check(header)
    if not isinstance(path_or_file, str | os.PathLike):
        return _write(path_or_file, header, records)
    try:
        with replacing(path_or_file) as file:
            return _write(file, header, records)
    except TraceFault as fault:
        raise fault if fault.path else TraceFault(fault.what, path_or_file, fault.line) from None


def read_header(path: StrPath) -> dict[str, Any]:
    """The header, read and checked. Raises TraceFault."""
    with opened(path) as file:
        return header_of(file, path)


def iter_records(path: StrPath) -> Iterator[dict[str, Any]]:
    """The records of a trace of any size, in the order of the file, each a dict with its fields in the order of FIELDS.

    Raises TraceFault at the first line that is no record. A file that was cut in the middle of a record gives the
    whole ones first. (One that was cut exactly between two records is a shorter trace: nothing in the format counts
    them, so that a trace may be edited.)
    """
    with opened(path) as file:
        header_of(file, path)
        number, whole = 1, 0
        try:
            for block in blocks(file, path):
                for line, is_last in _lines(block):
                    number += 1
                    try:
                        record = orjson.loads(line)
                    except orjson.JSONDecodeError as error:
                        if not line.strip():
                            continue
                        raise TraceFault(_not_json(error, line, is_last, whole), path, number) from None
                    what = checked_problem(record)
                    if what is not None:
                        raise TraceFault(what, path, number)
                    whole += 1
                    yield record if tuple(record) == FIELDS else {name: record[name] for name in FIELDS}
        except TraceFault as fault:
            raise fault if fault.line else TraceFault(fault.what, path, number + 1) from None
        except UNREADABLE as error:
            raise unreadable(path, error, number + 1) from None


def _write(file: IO[bytes], header: dict[str, Any], records: Iterable[Sequence[Any]]) -> int:
    try:
        file.write(orjson.dumps(header) + b"\n")
    except TypeError as error:
        raise TraceFault(f"the header cannot be written as JSON ({error})", None, 1) from None
    written = 0
    source = iter(records)
    while batch := list(islice(source, BATCH)):
        try:
            file.write(b"".join([orjson.dumps(record, _carried, _OPTIONS) for record in as_dicts(batch)]))
        except (TypeError, ValueError, AttributeError):
            raise _unwritable(batch, written) from None
        written += len(batch)
    return written


def _unwritable(batch: list[Sequence[Any]], before: int) -> TraceFault:
    """Which record of the batch JSON cannot hold, and why."""
    for number, record in enumerate(batch, start=before + 1):
        if len(record) != len(FIELDS):
            return TraceFault(f"record {number} has {len(record)} fields; expected {len(FIELDS)}", None, number + 1)
        try:
            dumps_line(record)
        except (TypeError, ValueError) as error:
            return TraceFault(f"record {number} cannot be written as JSON ({error})", None, number + 1)
    return TraceFault(f"records {before + 1} to {before + len(batch)} cannot be written as JSON")


def _carried(value: Any) -> Any:
    to_record: Callable[[], dict[str, Any]] | None = getattr(value, "to_record", None)
    if to_record is None:
        raise TypeError(f"{type(value).__name__} has no to_record()")
    return to_record()


def header_of(file: IO[bytes], path: StrPath) -> dict[str, Any]:
    """Read the first line of the file, and leave the file at the second."""
    try:
        start = file.read(64)
        file.seek(0)
        if not start:
            raise TraceFault(f"the file is empty; {EXPECTED}", path)
        if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            # Said before a line is read: what is no trace may well have a first line of a gigabyte.
            text = "binary data" if b"\0" in start or not _is_text(start) else "text, but not a trace"
            raise TraceFault(f"{text}; {EXPECTED}", path, 1)
        line = file.readline(HEADER_LIMIT_BYTES)
    except UNREADABLE as error:
        raise unreadable(path, error, 1) from None
    line = line.removeprefix(b"\xef\xbb\xbf")
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        value = None
        if not line.endswith(b"\n") and (_BEGINNING.startswith(line) or line.startswith(_BEGINNING)):
            raise TraceFault("the header is cut short (the file ends in the middle of it)", path, 1) from None
    try:
        headers.check(value)
    except TraceFault as fault:
        raise TraceFault(fault.what, path, 1) from None
    checked: dict[str, Any] = value
    return checked


def _lines(block: bytes) -> Iterator[tuple[bytes, bool]]:
    """The lines of a block, each with whether the file ends in it (without a newline)."""
    *lines, rest = block.split(b"\n")
    for line in lines:
        yield line, False
    if rest:
        yield rest, True


def _not_json(error: orjson.JSONDecodeError, line: bytes, is_last: bool, whole: int) -> str:
    """Why a line is not JSON, after ``whole`` records that are."""
    if is_last and line.lstrip().startswith(b"{"):
        before = "1 record before it is whole" if whole == 1 else f"{whole:,} records before it are whole"
        return f"the line is cut short (the file ends in the middle of a record); {before}"
    expected = "expected a record, a JSON object on one line"
    if b"\0" in line:
        return f"binary data; {expected}"
    try:
        line.decode()
    except UnicodeDecodeError as wrong:
        return f"byte 0x{line[wrong.start]:02x} at column {wrong.start + 1} is not UTF-8; {expected}"
    return f"not JSON at column {error.colno} ({error.msg}); {expected}"


def _is_text(start: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)  # a character may be cut at the end
    except UnicodeDecodeError:
        return False
    return True
