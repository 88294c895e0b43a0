"""A rate that changes, from a CSV file: two columns, from when and how fast, measured by somebody else.

Either each value has its unit, or the first line names both::

    0 s, 100 /s           time_s, rate_per_s
    2 min, 4000 /s        0, 100
                          120, 4000

Empty lines and lines that start with ``#`` are passed over.
"""

import re
from pathlib import Path

from sim.language.faults import BadValue, FaultList, shown
from sim.language.files import read_text
from sim.language.times_file import MAXIMUM_BYTES
from sim.language.units import RATE_UNITS_S, TIME_UNITS_NS, duration_ns, rate_per_s

MAXIMUM_STEPS = 10_000

_STARTS_NUMBER = re.compile(r"[+-]?[0-9.]")
_TIME = re.compile(rf"(?:.*[^A-Za-z0-9])?({'|'.join(TIME_UNITS_NS)})[\])]?")
_RATE = re.compile(rf".*(?:per_|/ ?)({'|'.join(unit.removeprefix('/') for unit in RATE_UNITS_S)})[\])]?")
_HEADING = "two with units, e.g. time_s, rate_per_s"


def read_steps(path: str | Path) -> tuple[tuple[int, float], ...]:
    """The steps (from_ns, rate_per_s) of a CSV file, in the file's order; :class:`Faults` name each line that is wrong."""
    text = read_text(path, MAXIMUM_BYTES, "a CSV file with a time and a rate a line")
    faults = FaultList()
    steps: list[tuple[int, float]] = []
    units = ("", "")
    first = True
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip().strip('"').strip() for cell in line.split(",")]
        if not any(cells) or cells[0].startswith("#"):
            continue
        is_heading, first = first and not _STARTS_NUMBER.match(cells[0]), False
        if len(cells) != 2:
            faults.add(str(path), number, 1, "", f"got {len(cells)} columns", "a time and a rate, e.g. 2 min, 4000 /s")
            continue
        if is_heading:
            time, rate = _TIME.fullmatch(cells[0]), _RATE.fullmatch(cells[1])
            if time is None or rate is None:
                faults.add(str(path), number, 1, "", f"got the heading {shown(line.strip())}", _HEADING)
            units = (f" {time[1] if time else 's'}", f" /{rate[1] if rate else 's'}")
            continue
        if len(steps) >= MAXIMUM_STEPS:
            faults.add(str(path), number, 1, "", "there are too many steps", f"at most {MAXIMUM_STEPS}")
            break
        try:
            at_ns = duration_ns(cells[0] if not units[0] or cells[0][-1:].isalpha() else cells[0] + units[0])
            steps.append((at_ns, rate_per_s(cells[1] if not units[1] or cells[1][-1:].isalpha() else cells[1] + units[1])))
        except BadValue as error:
            faults.add(str(path), number, 1, "", f"got {shown(line.strip())}", error.expected, error.suggestion)
            continue
        if len(steps) > 1 and steps[-1][0] <= steps[-2][0]:
            faults.add(str(path), number, 1, "", "this step does not come after the one before it", "times that ascend")
    if not steps and not len(faults):
        faults.add(str(path), None, None, "", "there is no rate in this file", "a CSV file with a time and a rate a line")
    faults.raise_if_any()
    return tuple(steps)
