"""The metrics of a study's runs, packed: there may be tens of thousands of them."""

import zlib
from collections.abc import Iterator, Mapping

import orjson

from sim.study.execution.job import Result

Key = tuple[int, int]
"""Cell and replication."""


class Results(Mapping[Key, Result]):
    """By (cell, replication) the metrics of each run, in this order; each is unpacked when it is asked for."""

    def __init__(self, results: Mapping[Key, Result] | None = None) -> None:
        self._packed: dict[Key, bytes] = {}
        for key, result in (results or {}).items():
            self.put(key, result)

    def put(self, key: Key, result: Result) -> None:
        """Add a run."""
        self._packed[key] = zlib.compress(orjson.dumps(result), 1)

    def __getitem__(self, key: Key) -> Result:
        found: Result = orjson.loads(zlib.decompress(self._packed[key]))
        return found

    def __iter__(self) -> Iterator[Key]:
        return iter(sorted(self._packed))

    def __len__(self) -> int:
        return len(self._packed)

    def __contains__(self, key: object) -> bool:
        return key in self._packed
