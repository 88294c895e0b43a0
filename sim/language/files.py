"""Reading a text file that somebody else wrote: whole, as UTF-8, and never more than a limit."""

import os
import stat
from pathlib import Path

from sim.language.faults import Fault, Faults

BYTE_ORDER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_text(path: str | Path, maximum_bytes: int, what: str) -> str:
    """The text of a file of at most ``maximum_bytes``, without a byte order mark.

    Raises :class:`Faults` for what is not there, not a regular file (a directory, a pipe, a device), not readable,
    too large (asked of the file system before a byte is read), empty, binary or not UTF-8. ``what`` names what was
    expected: "a scenario in YAML".
    """
    name = str(path)

    def fault(problem: str, expected: str = what, line: int | None = None, column: int | None = None) -> Faults:
        return Faults([Fault(name, line, column, "", problem, expected)])

    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise fault("this is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise fault("this is not a regular file")
        if status.st_size > maximum_bytes:
            raise fault(f"this file has {status.st_size} bytes", f"at most {maximum_bytes}")
        with open(path, "rb") as file:
            data = file.read(maximum_bytes + 1)
    except FileNotFoundError:
        raise fault("there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise fault(f"cannot be read: {reason.lower()}") from None
    if len(data) > maximum_bytes:
        raise fault("this file grew while it was read", f"at most {maximum_bytes} bytes")
    if not data.strip():
        raise fault("this file is empty")
    if data[:2] in BYTE_ORDER_MARKS:
        raise fault(f"this text is {BYTE_ORDER_MARKS[data[:2]]}", "UTF-8")
    if b"\0" in data:
        raise fault("this is a binary file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        raise fault(f"the byte {data[error.start]:#04x} is not UTF-8", "text in UTF-8", line, column) from None
