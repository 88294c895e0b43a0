"""A validation: the rows that were counted, what was found of them, and how that is shown and kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from sim.language.faults import Fault, Faults, either, shown
from sim.study.files import check_folder, write_whole
from sim.study.result import csv_bytes
from sim.study.validation.found import Found
from sim.study.validation.row import CONFIDENCE

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.validation.table import Table

SUFFIXES = (".md", ".csv", ".json")


@dataclass(frozen=True, repr=False)
class Validation:
    """What was found of each row. Equal rows with equal finds are equal, whatever ran them; wall-clock time stands in ``info``."""

    rows: tuple[Found, ...]
    of: int
    """How many rows were to be counted."""
    quick: bool
    info: Mapping[str, Any] = field(compare=False)

    def __repr__(self) -> str:
        return f"<Validation: {sum(each.agrees for each in self.rows)} of {self.of} rows agree>"

    @property
    def agrees(self) -> bool:
        """Whether every row was counted, and agrees."""
        return not self.stopped and all(each.agrees for each in self.rows)

    @property
    def stopped(self) -> bool:
        """Whether a Ctrl-C left rows that were not counted."""
        return len(self.rows) < self.of

    @property
    def table(self) -> "Table":
        """The table: ``print`` shows it as text, Jupyter as HTML, rich's consoles as a table."""
        from sim.study.validation.table import Table

        return Table(self)

    def to_dict(self) -> dict[str, Any]:
        """All of it for a program."""
        return {"form": "short" if self.quick else "full", "confidence": CONFIDENCE, "agrees": self.agrees,
                "complete": not self.stopped, "rows": [{**_data(each), "values": list(each.values)} for each in self.rows]}

    def to_json(self) -> bytes:
        """The same as bytes."""
        return orjson.dumps(self.to_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def to_csv(self) -> bytes:
        """A line a row."""
        return csv_bytes([_data(each) for each in self.rows])

    def to_pandas(self) -> "pd.DataFrame":
        """A row a row."""
        import pandas as pd

        return pd.DataFrame([_data(each) for each in self.rows])

    def save(self, path: str | Path) -> Path:
        """Write it as Markdown, CSV or JSON, by the ending of the file. Raises :class:`Faults` for another."""
        target = check(Path(path))
        ending = target.suffix.lower()
        data = self.table.markdown().encode() if ending == ".md" else self.to_csv() if ending == ".csv" else self.to_json()
        return write_whole(target, data)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()

    def __str__(self) -> str:
        return str(self.table)


def check(path: Path) -> Path:
    """The same path, if a validation can be written there, in the format of its ending. Raises :class:`Faults` if not."""
    if path.suffix.lower() not in SUFFIXES:
        raise Faults([Fault(str(path), None, None, "", f"no format is known by the ending {shown(path.suffix)}", either(SUFFIXES))])
    check_folder(path)
    return path


def _data(found: Found) -> dict[str, Any]:
    row, interval = found.row, found.interval
    return {"row": row.number, "system": row.system, "quantity": row.quantity, "expected": row.expected, "found": found.value,
            "low": None if interval is None else interval.low, "high": None if interval is None else interval.high,
            "relative_half_width": found.width, "allowed_half_width": None if interval is None else found.form.width,
            "why": found.form.why, "digits": row.digits, "runs": len(found.values), "seconds": found.form.seconds,
            "verdict": found.verdict, "source": row.source}
