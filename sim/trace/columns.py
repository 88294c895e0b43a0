"""The records of a trace as columns: what a compiled run leaves, and what Parquet takes as it is.

A column is numbers (int64, NONE where there is none) or *words*: small numbers into a list of texts. So a trace of
millions of records takes some hundred bytes a record, and is told as tuples only where somebody reads them.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from sim.trace.records import FIELDS

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

NONE = -1
"""Stands where a record has no number and no word."""
BATCH = 16_384


class Told(Sequence[str]):
    """Very many texts, told when they are first asked for: stretches of ``(how many, what the n-th of them says)``."""

    def __init__(self, stretches: "Sequence[tuple[int, Callable[[int], str]]]") -> None:
        self.tell = [tell for _, tell in stretches]
        self.ends = [0, *accumulate(count for count, _ in stretches)]
        self.told: dict[int, str] = {}

    def __len__(self) -> int:
        return self.ends[-1]

    def __getitem__(self, index: Any) -> Any:
        return self.some([index])[0] if isinstance(index, int) else self.some(range(len(self))[index])

    def some(self, places: Sequence[int]) -> list[str]:
        """The texts at these places."""
        told = self.told
        for place in places:
            if place not in told:
                stretch = bisect_right(self.ends, place) - 1
                told[place] = self.tell[stretch](place - self.ends[stretch])
        return [told[place] for place in places]

    def arrow(self, places: "NDArray[np.int64]") -> "pa.Array":
        """The texts at these places, which ascend, as Parquet takes them."""
        import pyarrow as pa

        cuts = places.searchsorted(self.ends)
        parts: list[pa.Array] = [pa.array([], pa.string())]
        for tell, start, (first, end) in zip(self.tell, self.ends, pairwise(cuts.tolist()), strict=False):
            here = places[first:end]
            parts.append(tell.arrow(here - start) if isinstance(tell, Counted) else pa.array(self.some(here.tolist()), pa.string()))
        return pa.concat_arrays(parts)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the n-th of many is called: a text, and its number, counted from 1."""

    text: str

    def __call__(self, n: int) -> str:
        return f"{self.text}{n + 1}"

    def arrow(self, numbers: "NDArray[np.int64]") -> "pa.Array":
        """What those are called; without the interpreter, which a run beside it needs."""
        import pyarrow as pa
        import pyarrow.compute as pc

        return pc.binary_join_element_wise(self.text, pc.cast(pa.array(numbers + 1), pa.string()), "")


@dataclass(frozen=True, slots=True)
class Words:
    """A column of texts: ``codes`` are places in ``words``."""

    codes: "NDArray[np.int32]"
    words: Sequence[str]


Column: TypeAlias = "NDArray[np.int64] | Words"


class Columns(Sequence[tuple[Any, ...]]):
    """The records in order, by field; a sequence of tuples in the order of FIELDS. ``http`` is None throughout.

    ``stretch(first, last)`` tells the records from one place up to another, all columns of them: whoever reads needs room
    for a stretch, not for a trace.
    """

    def __init__(self, length: int, stretch: Callable[[int, int], dict[str, Column]]) -> None:
        self.length = length
        self.stretch = stretch

    def __len__(self) -> int:
        return self.length

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
        lists = [values(column) for column in self.stretch(first, min(last, self.length)).values()]
        return [(*record, None) for record in zip(*lists, strict=True)]

    def arrow(self, schema: "pa.Schema", first: int, last: int) -> "pa.RecordBatch":
        """A stretch of them as Parquet takes it."""
        return batch(schema, self.stretch(first, min(last, self.length)))


def values(column: Column) -> list[Any]:
    """A column as Python has it."""
    if isinstance(column, Words):
        codes = column.codes.tolist()
        used = [code for code in set(codes) if code != NONE]
        told = column.words.some(used) if isinstance(column.words, Told) else [column.words[code] for code in used]
        said = dict(zip(used, told, strict=True))
        return [said.get(code) for code in codes]
    return [None if number == NONE else number for number in column.tolist()]


def batch(schema: "pa.Schema", columns: dict[str, Column]) -> "pa.RecordBatch":
    """A stretch as Parquet takes it."""
    import pyarrow as pa

    if (*columns, "http") != FIELDS:
        raise ValueError(f"columns: got {', '.join(columns)}; expected {', '.join(FIELDS[:-1])}")
    arrays: list[pa.Array] = []
    for field in schema:
        column = columns.get(field.name)
        if column is None:
            arrays.append(pa.nulls(len(arrays[0]), field.type))
            continue
        values = column.codes if isinstance(column, Words) else column
        absent = values == NONE if field.nullable else None
        mask = absent if absent is not None and absent.any() else None
        if isinstance(column, Words):
            codes, words = in_use(column.words, column.codes)
            arrays.append(pa.DictionaryArray.from_arrays(pa.array(codes, mask=mask), words))
        else:
            arrays.append(pa.array(values, field.type, mask=mask))
    return pa.record_batch(arrays, schema=schema)


def in_use(words: Sequence[str], codes: "NDArray[np.int32]") -> "tuple[NDArray[np.int32], pa.Array]":
    """Codes and words of a stretch of records, each word once: of very many only those that stand in it."""
    import numpy as np
    import pyarrow as pa

    if not isinstance(words, Told):
        numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
        places = np.array([numbers[word] for word in words], np.int32)  # of a word that is there twice, bytes stay unwritten
        return (codes if len(numbers) == len(words) else places[codes]), pa.array(list(numbers), pa.string())
    first = int(codes.min())  # what is numbered in the order of its making stands close together
    marked = np.zeros(int(codes.max()) - first + 1, bool)
    marked[codes - first] = True
    if first == NONE:
        marked[0] = False
    places = np.cumsum(marked, dtype=np.int32) - np.int32(1)
    return places[codes - first], words.arrow(np.flatnonzero(marked) + first)
