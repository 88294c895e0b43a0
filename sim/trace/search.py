"""One session of a trace of any size, found by its bytes."""

import re
import sys
from collections.abc import Iterator
from typing import Any

import orjson

from sim.trace.check import problem
from sim.trace.faults import TraceFault
from sim.trace.files import UNREADABLE, StrPath, blocks, opened, unreadable
from sim.trace.jsonl import header_of, iter_records
from sim.trace.records import FIELDS


def session_records(path: StrPath, session: int) -> list[dict[str, Any]]:
    """The records of all sessions with this number, in order.

    Looks for the bytes ``"session":17`` and parses only lines that hold them, so that a file goes by at the speed of
    the disk. Only the records that are returned are checked, and that the file ends with a whole line.
    """
    pattern = re.compile(rb'"session"[ \t]*:[ \t]*%d[ \t\r]*[,}]' % session)
    found: list[dict[str, Any]] = []
    with opened(path) as file:
        header_of(file, path)
        block = b""
        try:
            for block in blocks(file, path):
                for line in _lines_with(pattern, block):
                    record = orjson.loads(line)
                    if problem(record):
                        raise ValueError
                    if record["session"] == session:
                        found.append({name: record[name] for name in FIELDS})
            if not block.endswith(b"\n"):
                orjson.loads(block[block.rfind(b"\n") + 1 :] or b"null")
        except (ValueError, TraceFault, *UNREADABLE) as error:
            raise _first_fault(path, error) from None
    return found


def session_range(path: StrPath) -> tuple[int, int] | None:
    """The least and the greatest session number in the file; None if it has no records."""
    pattern = re.compile(rb'"session"[ \t]*:[ \t]*([0-9]{1,18})')
    least, greatest = sys.maxsize, 0
    with opened(path) as file:
        header_of(file, path)
        try:
            for block in blocks(file, path):
                numbers = [int(digits) for digits in pattern.findall(block)]
                least, greatest = min([least, *numbers]), max([greatest, *numbers])
        except (TraceFault, *UNREADABLE) as error:
            raise _first_fault(path, error) from None
    return (least, greatest) if greatest else None


def _lines_with(pattern: re.Pattern[bytes], block: bytes) -> Iterator[bytes]:
    """The lines of a block in which the pattern occurs, each once."""
    end = 0
    while match := pattern.search(block, end):
        start = block.rfind(b"\n", 0, match.start()) + 1
        end = block.find(b"\n", match.end())
        end = len(block) if end < 0 else end
        yield block[start:end]


def _first_fault(path: StrPath, error: Exception) -> Exception:
    """The fault of the file that the full reader meets first: it counts lines, which a search does not."""
    try:
        for _ in iter_records(path):
            pass
    except TraceFault as fault:
        return fault
    return error if isinstance(error, TraceFault) else unreadable(path, error)
