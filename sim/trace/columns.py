"""The records of a trace as columns: what a compiled run leaves, and what Parquet takes as it is.

A column is numbers (int64, NONE where there is none) or *words*: small numbers into a list of texts. So a trace of
millions of records takes some hundred bytes a record, and is told as tuples only where somebody reads them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.trace.records import FIELDS

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

NONE = -1
"""Stands where a record has no number and no word."""
BATCH = 16_384


@dataclass(frozen=True, slots=True)
class Words:
    """A column of texts: ``codes`` are places in ``words``."""

    codes: "NDArray[np.int32]"
    words: Sequence[str]


class Columns(Sequence[tuple[Any, ...]]):
    """The records in order, by field; a sequence of tuples in the order of FIELDS. ``http`` is None throughout."""

    def __init__(self, columns: "dict[str, NDArray[np.int64] | Words]") -> None:
        if (*columns, "http") != FIELDS:
            raise ValueError(f"columns: got {', '.join(columns)}; expected {', '.join(FIELDS[:-1])}")
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns["session"])  # type: ignore[arg-type]  # numbers

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for first in range(0, len(self), BATCH):
            yield from self.tuples(first, first + BATCH)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            first, last, step = index.indices(len(self))
            return self.tuples(first, last)[::step] if step > 0 else list(self)[index]
        place = range(len(self))[index]
        return self.tuples(place, place + 1)[0]

    def tuples(self, first: int, last: int) -> list[tuple[Any, ...]]:
        """The records from one place up to another."""
        lists = [self.values(column, first, last) for column in self.columns.values()]
        return [(*record, None) for record in zip(*lists, strict=True)]

    def values(self, column: "NDArray[np.int64] | Words", first: int, last: int) -> list[Any]:
        """A stretch of one column as Python has it."""
        if isinstance(column, Words):
            words = [*column.words, None]  # where NONE leads
            return [words[code] for code in column.codes[first:last].tolist()]
        return [None if number == NONE else number for number in column[first:last].tolist()]

    def arrow(self, schema: "pa.Schema") -> "pa.RecordBatch":
        """All of them as Parquet takes them."""
        import pyarrow as pa

        arrays: list[pa.Array] = []
        for field in schema:
            column = self.columns.get(field.name)
            if column is None:
                arrays.append(pa.nulls(len(self), field.type))
            elif isinstance(column, Words):
                codes = pa.array(column.codes, mask=column.codes == NONE if field.nullable else None)
                arrays.append(pa.DictionaryArray.from_arrays(codes, pa.array(column.words, pa.string())))
            else:
                arrays.append(pa.array(column, field.type, mask=column == NONE if field.nullable else None))
        return pa.record_batch(arrays, schema=schema)
