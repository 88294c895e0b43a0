"""Tallies: what one pass over a trace keeps in mind, in memory bounded by the diagram and the number of sessions."""

from collections.abc import Mapping
from typing import Any, Final

MOST_EXACT_TIMES: Final = 4096
"""Distinct times that are kept as they are; from the next one on they are kept to 11 significant bits."""
KEPT_BITS: Final = 11
PAGE_BITS: Final = 15


class Times:
    """Times in ns, for their median: exact while at most 4096 distinct ones have come, then within 0.05 %.

    Beyond that they are rounded down to 11 significant bits (the log-linear buckets of HdrHistogram), so that no more
    than some 50,000 counters are ever held, and read back as the middle of their bucket.
    """

    __slots__ = ("_counts", "_rounded", "number")

    def __init__(self) -> None:
        self.number = 0
        self._counts: dict[int, int] = {}
        self._rounded = False

    def add(self, time_ns: int) -> None:
        """Count one time (of any sign; a negative one can only come from a damaged trace)."""
        if self._rounded:
            time_ns = _rounded(time_ns)
        counts = self._counts
        counts[time_ns] = counts.get(time_ns, 0) + 1
        self.number += 1
        if not self._rounded and len(counts) > MOST_EXACT_TIMES:
            self._round()

    def median_ns(self) -> float | None:
        """The median, of an even number the mean of the middle two; None if nothing was counted."""
        if not self.number:
            return None
        low, high = self._at((self.number - 1) // 2), self._at(self.number // 2)
        return (low + high) / 2

    def _at(self, rank: int) -> float:
        """The time of this rank, from 0."""
        for time_ns in sorted(self._counts):
            rank -= self._counts[time_ns]
            if rank < 0:
                return time_ns + _bucket_ns(time_ns) / 2 if self._rounded else time_ns
        raise AssertionError("rank beyond the number of times")

    def _round(self) -> None:
        exact, self._counts, self._rounded = self._counts, {}, True
        for time_ns, number in exact.items():
            bucket = _rounded(time_ns)
            self._counts[bucket] = self._counts.get(bucket, 0) + number


def _rounded(time_ns: int) -> int:
    shift = max(0, time_ns.bit_length() - KEPT_BITS)
    return (time_ns >> shift) << shift


def _bucket_ns(time_ns: int) -> int:
    """The width of a bucket, less one: 0 for times that are exact in 11 bits."""
    return (1 << max(0, time_ns.bit_length() - KEPT_BITS)) - 1


class Sessions:
    """A set of sessions, one bit each; sessions of different classes are different ones, whatever their numbers."""

    __slots__ = ("_pages",)

    def __init__(self) -> None:
        self._pages: dict[tuple[str, int], bytearray] = {}

    def add(self, client_class: str, session: int) -> None:
        """Put a session into the set."""
        key = (client_class, session >> PAGE_BITS)
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = bytearray(1 << (PAGE_BITS - 3))
        page[(session >> 3) & ((1 << (PAGE_BITS - 3)) - 1)] |= 1 << (session & 7)

    def __len__(self) -> int:
        return sum(int.from_bytes(page, "little").bit_count() for page in self._pages.values())


class Tally:
    """The records of one message or action between the same two participants."""

    __slots__ = ("by", "fates", "http", "number", "times")

    def __init__(self) -> None:
        self.number = 0
        self.times = Times()
        self.fates: dict[tuple[str, str], int] = {}
        """How many ended otherwise than they should: by (outcome, by)."""
        self.by: dict[str, int] = {}
        """Of refusals: what refused, and how many."""
        self.http: object = None
        """The HTTP message of the first, for its reason phrase."""

    def add(self, record: Mapping[str, Any], start: str, end: str) -> None:
        """Count one record, whose time is that from field ``start`` to field ``end``."""
        self.number += 1
        start_ns, end_ns = record.get(start), record.get(end)
        if start_ns is not None and end_ns is not None:
            self.times.add(end_ns - start_ns)
        outcome = record.get("outcome")
        if outcome not in ("delivered", "done", None):
            fate = (str(outcome), str(record.get("by") or ""))
            self.fates[fate] = self.fates.get(fate, 0) + 1


class Decisions:
    """The records of one fragment."""

    __slots__ = ("numbers", "outcomes", "reached")

    def __init__(self) -> None:
        self.reached = Sessions()
        self.outcomes: dict[str, Sessions] = {}
        """By outcome: the sessions that had it at least once."""
        self.numbers: dict[str, int] = {}
        """By outcome: how many records have it."""

    def add(self, record: Mapping[str, Any]) -> None:
        """Count one decision."""
        client_class, session, outcome = str(record.get("class")), record["session"], str(record.get("outcome"))
        self.reached.add(client_class, session)
        if outcome not in self.outcomes:
            self.outcomes[outcome] = Sessions()
        self.outcomes[outcome].add(client_class, session)
        self.numbers[outcome] = self.numbers.get(outcome, 0) + 1

    def sessions_with(self, outcome: str) -> int:
        """How many sessions had this outcome at least once."""
        return len(self.outcomes[outcome]) if outcome in self.outcomes else 0
