"""A trace becoming a Parquet file: what is written how, and a thread of its own that writes it."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

import orjson

from sim.trace.records import FIELDS

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

KEY = b"diagram-sim trace"
GROUP = 65_536
"""Records of a row group: reading holds one."""
FEW_GROUPS, MANY_GROUPS = 1, 6
"""So many groups may wait to be made and written; so many, if they are made."""
BUFFER_BYTES = 1 << 23

WORDS = ("kind", "class", "message", "sender", "receiver", "address", "key", "outcome", "by")
NUMBERS = {"session": "int64", "iteration": "int32", "attempt": "int32"}
FORM: dict[str, Any] = {
    "compression": {name: "zstd" if name == "http" else "none" for name in FIELDS},
    "use_dictionary": [*WORDS, "http"], "write_statistics": ["session"],
    "column_encoding": {name: "DELTA_BINARY_PACKED" for name in FIELDS if name in NUMBERS or name.endswith("_ns")}}
"""What is written how: words as dictionaries, numbers as differences; half the size of the defaults, and half the time.
Packing that again would save a fifth of the bytes, and take half as long again."""


def schema(header: dict[str, Any]) -> "pa.Schema":
    """The columns, in the order of FIELDS, and the header."""
    import pyarrow as pa

    def column(name: str) -> pa.Field:
        if name in WORDS:
            return pa.field(name, pa.dictionary(pa.int32(), pa.string()), nullable=name in ("address", "key", "by"))
        if name in NUMBERS:
            return pa.field(name, getattr(pa, NUMBERS[name])(), nullable=False)
        return pa.field(name, pa.int64() if name.endswith("_ns") else pa.string())

    return pa.schema([column(name) for name in FIELDS], metadata={KEY: orjson.dumps(header)})


class Encoded(Sequence[tuple[Any, ...]]):
    """A trace that is a Parquet file in memory, as a sequence of records."""

    def __init__(self, header: dict[str, Any], content: memoryview, length: int, group: int = GROUP) -> None:
        self.header = header
        self.content = content
        self.length = length
        self.group = group
        self._file: pq.ParquetFile | None = None
        self._held: tuple[int, list[tuple[Any, ...]]] = (-1, [])

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for group in range(-(-self.length // self.group)):
            yield from self._group(group)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[place] for place in range(self.length)[index]]
        group, place = divmod(range(self.length)[index], self.group)
        if self._held[0] != group:
            self._held = (group, self._group(group))
        return self._held[1][place]

    def _group(self, number: int) -> list[tuple[Any, ...]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._file is None:
            self._file = pq.ParquetFile(pa.BufferReader(self.content))
        return list(zip(*lists_of(self._file.read_row_group(number)), strict=True))


def lists_of(table: "pa.Table") -> list[list[Any]]:
    """The columns of a row group as Python has them; each word of a dictionary once."""
    import pyarrow as pa

    lists: list[list[Any]] = []
    for column in table.columns:
        if pa.types.is_dictionary(column.type):
            whole = column.combine_chunks()
            words = whole.dictionary.to_pylist()
            lists.append([None if code is None else words[code] for code in whole.indices.to_pylist()])
        else:
            lists.append(column.to_pylist())
    return lists


class Encoder:
    """Writes the columns of a trace to ``sink``, a group of records after the other, on a thread of its own."""

    def __init__(self, sink: Any, header: dict[str, Any]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.columns = schema(header)
        self.sink = pa.output_stream(sink, buffer_size=BUFFER_BYTES)  # a file of Python's wants the interpreter for every write
        self.writer = pq.ParquetWriter(self.sink, self.columns, **FORM)
        self.thread = ThreadPoolExecutor(1)
        self.waiting: deque[Future[None]] = deque()

    def add(self, make: "Callable[[], pa.RecordBatch]") -> None:
        """One more group. Whoever has less to do makes it: the thread, or the caller, who also waits if too many wait there."""
        while self.waiting and (self.waiting[0].done() or len(self.waiting) > MANY_GROUPS):
            self.waiting.popleft().result()
        if len(self.waiting) > FEW_GROUPS:
            made = make()
            self.waiting.append(self.thread.submit(lambda: self.writer.write_batch(made)))
        else:
            self.waiting.append(self.thread.submit(lambda: self.writer.write_batch(make())))

    def wait(self) -> None:
        """Until all is written that it got."""
        while self.waiting:
            self.waiting.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.wait()
        finally:
            self.thread.shutdown(cancel_futures=True)
            self.writer.close()
            self.sink.flush()
