"""Times from a CSV file: one column, a time a line, measured by somebody else.

Either each value has its unit, or the first line names one for all::

    5 ms            latency_ms        latency (ms)       ms
    7.5 ms          5                 5                  5
                    7.5               7.5                7.5

Empty lines and lines that start with ``#`` are passed over.
"""

import re
from pathlib import Path

from sim.language.faults import BadValue, FaultList, shown
from sim.language.files import read_text
from sim.language.units import TIME_UNITS_NS, duration_ns

MAXIMUM_BYTES = 32 * 2**20
MAXIMUM_TIMES = 1_000_000

_HEADER = re.compile(rf"(?:.*[^A-Za-z0-9])?({'|'.join(TIME_UNITS_NS)})[\])]?")
_STARTS_NUMBER = re.compile(r"[+-]?[0-9.]")


def read_times(path: str | Path, *, negative: bool = False) -> tuple[int, ...]:
    """The times of a CSV file in nanoseconds, in the file's order; :class:`Faults` name each line that is wrong."""
    text = read_text(path, MAXIMUM_BYTES, "a CSV file with one time a line")
    faults = FaultList()
    times_ns: list[int] = []
    unit = ""
    first = True
    for number, line in enumerate(text.splitlines(), start=1):
        cell = line.strip().strip('"').strip()
        if not cell or cell.startswith("#"):
            continue
        if first and not _STARTS_NUMBER.match(cell):
            first = False
            header = _HEADER.fullmatch(cell)
            if header is None:
                faults.add(str(path), number, 1, "", f"got the heading {shown(cell)}", "one with a unit, e.g. latency_ms")
            unit = f" {header[1]}" if header else " s"
            continue
        first = False
        if len(times_ns) >= MAXIMUM_TIMES:
            faults.add(str(path), number, 1, "", "there are too many times", f"at most {MAXIMUM_TIMES}")
            break
        try:
            times_ns.append(duration_ns(cell if not unit or cell[-1:].isalpha() else cell + unit, negative=negative))
        except BadValue as error:
            faults.add(str(path), number, 1, "", f"got {shown(cell)}", error.expected, error.suggestion)
    if not times_ns and not len(faults):
        faults.add(str(path), None, None, "", "there is no time in this file", "a CSV file with one time a line")
    faults.raise_if_any()
    return tuple(times_ns)
