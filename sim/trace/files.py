"""Bytes of a trace, in and out: blocks of whole lines, compressed or not; files written whole or not at all."""

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, cast

from sim.trace.faults import TraceFault

BLOCK_BYTES = 1 << 20
LINE_LIMIT_BYTES = 1 << 26
"""64 MiB: the longest line that is read. What is longer is no record, and would be held in memory whole."""
EXPECTED = "expected a trace (trace.jsonl, trace.jsonl.gz or trace.parquet, or the folder of a run)"
UNREADABLE = (OSError, EOFError, zlib.error)
"""What a file may raise while it is read; gzip's BadGzipFile is an OSError."""

StrPath = str | os.PathLike[str]
_GZIP_MAGIC = b"\x1f\x8b"


def unreadable(path: StrPath, error: Exception, line: int | None = None) -> TraceFault:
    """The fault for what the operating system or gzip said about a file."""
    if isinstance(error, EOFError):
        return TraceFault("the compressed file is cut short; expected the rest of it", path, line)
    if isinstance(error, gzip.BadGzipFile | zlib.error):
        return TraceFault(f"the compressed file is damaged ({error}); {EXPECTED}", path, line)
    return TraceFault(f"cannot be read ({getattr(error, 'strerror', None) or error}); {EXPECTED}", path, line)


@contextmanager
def opened(path: StrPath) -> Iterator[IO[bytes]]:
    """The file for reading; gzip is recognised by its first bytes, not by its name. Raises TraceFault."""
    with _open(path) as file:
        try:
            magic = file.read(len(_GZIP_MAGIC))
            file.seek(0)
        except OSError as error:
            raise unreadable(path, error) from None
        if magic == _GZIP_MAGIC:
            with gzip.open(file, "rb") as unpacked:
                yield cast(IO[bytes], unpacked)
        else:
            yield file


def blocks(file: IO[bytes], path: StrPath) -> Iterator[bytes]:
    """The bytes of the file in blocks of whole lines; only the last may lack its newline, if the file does.

    Holds a block and a line at a time. Raises TraceFault for a line beyond the limit, and what the file raises.
    """
    pending: list[bytes] = []
    held = 0
    block = file.read(BLOCK_BYTES)
    while block:
        cut = block.rfind(b"\n") + 1
        if cut:
            pending.append(block[:cut])
            yield b"".join(pending)
            pending, held = [], 0
        if cut < len(block):
            pending.append(block[cut:])
            held += len(block) - cut
        if held > LINE_LIMIT_BYTES:
            raise TraceFault(f"a line of more than {LINE_LIMIT_BYTES >> 20} MiB; {EXPECTED}", path)
        block = file.read(BLOCK_BYTES)
    if pending:
        yield b"".join(pending)


@contextmanager
def replacing(path: StrPath) -> Iterator[IO[bytes]]:
    """A file for writing that takes the place of ``path`` when the block ends well, and vanishes otherwise.

    Compressed if the name ends with ``.gz``, without name and time in it: equal records give equal bytes.
    Raises TraceFault when it cannot be written.
    """
    # A link stays a link: what it names is replaced. A device (/dev/stdout) is written to, never replaced.
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise TraceFault("is a folder; expected the name of a file to write", path)
    special = target.exists() and not target.is_file()
    part = target if special else target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            if target.suffix == ".gz":
                with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                    yield cast(IO[bytes], packed)
            else:
                yield file
        if not special:
            os.replace(part, target)
    except OSError as error:
        raise TraceFault(f"cannot be written ({error.strerror or error})", path) from None
    finally:
        if not special:
            with suppress(OSError):
                part.unlink()


def _open(path: StrPath) -> BinaryIO:
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise TraceFault("is a folder; expected a trace file", path)
        if not stat.S_ISREG(mode):
            # A trace is read several times (header, records, one session), which a pipe cannot bear.
            raise TraceFault("is a pipe or a device; expected a regular file", path)
        return open(path, "rb")
    except FileNotFoundError:
        raise TraceFault(f"there is no such file; {EXPECTED}", path) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise unreadable(path, error) from None
