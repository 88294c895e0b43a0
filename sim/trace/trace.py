"""The trace: a header and the records of a run, in memory or in a file of any size."""

import os
from collections.abc import Iterable, Iterator, Sequence
from operator import index as as_index
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, Self

from sim.trace import header as headers
from sim.trace import jsonl, parquet, search
from sim.trace.faults import TraceFault
from sim.trace.files import StrPath
from sim.trace.records import FIELDS, HTTP, SESSION, Kind, as_dict
from sim.trace.session import SessionTrace
from sim.trace.sessions import Selection, SessionTable
from sim.trace.tally import collect

if TYPE_CHECKING:
    import pandas

FILE_NAMES = ("trace.jsonl", "trace.jsonl.gz", "trace.parquet")
"""What the trace is called in the folder of a run."""


class Trace:
    """What happened in a run.

    In memory it keeps the engine's tuples as they are; on file it keeps the header and reads the file again for each
    question, in one pass and constant memory. A subclass names the class of its sessions in ``session_class``.
    """

    session_class: ClassVar[type[SessionTrace]] = SessionTrace

    def __init__(
        self, header: dict[str, Any], records: Sequence[tuple[Any, ...]] | None = None, path: StrPath | None = None
    ) -> None:
        self.header = header
        self.path = None if path is None else Path(path)
        self._records = records
        self._by_session: dict[int, list[tuple[Any, ...]]] | None = None

    @classmethod
    def of(cls, header: dict[str, Any], records: Sequence[tuple[Any, ...]]) -> Self:
        """A trace in memory. The sequence is kept, not copied, and must not change any more. Raises TraceFault."""
        headers.check(header)
        return cls(header, records)

    @classmethod
    def open(cls, path: StrPath) -> Self:
        """The trace in a file, or in the folder of a run. Only the header is read. Raises TraceFault."""
        file = _trace_file(path)
        reader = parquet if parquet.is_parquet(file) else jsonl
        return cls(reader.read_header(file), None, file)

    def records(self) -> Iterator[dict[str, Any]]:
        """The records in order, each a dict. Raises TraceFault where the file is at fault."""
        if self._records is None:
            return parquet.iter_records(self._file) if parquet.is_parquet(self._file) else jsonl.iter_records(self._file)
        return map(as_dict, self._records)

    def __len__(self) -> int:
        """The number of records of a trace in memory; TypeError for a file, which would have to be read for it."""
        if self._records is None:
            raise TypeError("a trace on file has no length; count its records()")
        return len(self._records)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        where = str(self.path) if self._records is None else f"{len(self._records):,} records"
        return f"<{type(self).__name__} of {self.header['scenario']}: {where}>"

    def session(self, number: int, class_: str | None = None) -> SessionTrace:
        """One session, whole.

        ``class_`` is needed only where an attack numbers its traffic like sessions, and the session's own record is
        gone. Raises TraceFault if there is no such session.
        """
        number = as_index(number)
        if self._records is None:
            finder = parquet if parquet.is_parquet(self._file) else search
            records = finder.session_records(self._file, number) if number > 0 else []
        else:
            records = [as_dict(record) for record in self._index().get(number, ())]
        if not records:
            raise self._no_session(number)
        return self.session_class(self.header, number, self._of_class(records, number, class_))

    def sessions(
        self,
        outcome: str | None = None,
        by: str | None = None,
        class_: str | None = None,
        message: str | None = None,
        limit: int | None = None,
    ) -> SessionTable:
        """The sessions that match, ordered by number; see :class:`sim.trace.sessions.Selection`. One pass.

        Raises TraceFault for an outcome that no session can have, a limit below 0, and a file at fault.
        """
        return collect(self._tuples(), Selection(outcome, by, class_, message), limit)

    def to_pandas(self) -> "pandas.DataFrame":
        """A DataFrame with a row a record and a column a field; integers and texts nullable, ``http`` as dicts."""
        import pandas as pd

        columns: list[list[Any]] = [[] for _ in FIELDS]
        appends = [column.append for column in columns]
        for record in self._tuples():
            for append, value in zip(appends, record, strict=True):
                append(value)
        columns[HTTP] = [http.to_record() if hasattr(http, "to_record") else http for http in columns[HTTP]]
        integers = {"session", "iteration", "attempt"} | {name for name in FIELDS if name.endswith("_ns")}
        frame = pd.DataFrame(index=pd.RangeIndex(len(columns[HTTP])))
        for name, values in zip(FIELDS, columns, strict=True):
            dtype = "Int64" if name in integers else "object" if name == "http" else "string"
            frame[name] = pd.Series(values, dtype=dtype)
        return frame

    def write(self, path: StrPath | IO[bytes]) -> int:
        """Write it, whole or not at all, and return the number of records. Raises TraceFault.

        As JSON Lines; as Parquet if the name ends with ``.parquet``.
        """
        if isinstance(path, str | os.PathLike) and os.fspath(path).endswith(".parquet"):
            return parquet.write(path, self.header, self._tuples())
        return jsonl.write(path, self.header, self._tuples())

    @property
    def _file(self) -> Path:
        if self.path is None:
            raise TypeError("a trace needs records or a path")
        return self.path

    def _tuples(self) -> Iterable[tuple[Any, ...]]:
        if self._records is None:
            return (tuple(record.values()) for record in self.records())
        return self._records

    def _index(self) -> dict[int, list[tuple[Any, ...]]]:
        """The records of each session, grouped at the first question: a loop over sessions must not be quadratic."""
        if self._by_session is None:
            self._by_session = {}
            for record in self._records or ():
                self._by_session.setdefault(record[SESSION], []).append(record)
        return self._by_session

    def _no_session(self, number: int) -> TraceFault:
        if self._records is None:
            known = (parquet if parquet.is_parquet(self._file) else search).session_range(self._file)
        else:
            known = (min(self._index()), max(self._index())) if self._records else None
        there = f"the trace holds sessions {known[0]:,} to {known[1]:,}" if known else "the trace holds no sessions"
        return TraceFault(f"there is no session {number}; {there}", self.path)

    def _of_class(self, records: list[dict[str, Any]], number: int, class_: str | None) -> list[dict[str, Any]]:
        """Of the records with one session number those of one session: honest and attacking ones are numbered apart."""
        classes = {record["class"] for record in records}
        names = ", ".join(sorted(classes))
        if class_ is None and len(classes) > 1:
            # Only what walks through the diagram has a record of itself.
            own = {record["class"] for record in records if record["kind"] == Kind.SESSION}
            class_ = own.pop() if len(own) == 1 else None
            if class_ is None:
                raise TraceFault(f"session {number} is there in several classes; expected one of {names}", self.path)
        if class_ is None:
            return records
        if class_ not in classes:
            raise TraceFault(f"there is no session {number} of class '{class_}'; it is there in {names}", self.path)
        return [record for record in records if record["class"] == class_]


def _trace_file(path: StrPath) -> Path:
    """The file itself, or the trace in the folder of a run."""
    file = Path(path)
    if not os.path.isdir(path):
        return file
    for name in FILE_NAMES:
        if (file / name).is_file():
            return file / name
    raise TraceFault(f"a folder without {FILE_NAMES[0]}; expected the folder of a run, or a trace file", path)
