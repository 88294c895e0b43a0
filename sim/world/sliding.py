"""Two counts over a sliding window of time: how much there was, and how much of it was of a kind.

The window is kept as 10 buckets of a tenth of it each, the running one included, as in Hystrix
(``metrics.rollingStats.numBuckets`` 10): so what is counted is what came in the last nine to ten tenths. All cells are zero
at first.
"""

from collections.abc import Callable
from typing import Any, Final

BUCKETS: Final = 10
TOTAL, OF_KIND, NEWEST, FIRST_BUCKET = range(4)
WIDTH: Final = FIRST_BUCKET + 2 * BUCKETS


def bucket_ns(window_ns: int) -> int:
    """How long a bucket of a window is, at least 1 ns."""
    return max(1, window_ns // BUCKETS)


def slide(ints: list[int], at: int, now_ns: int, each_ns: int) -> None:
    """Forget the buckets that the window has left behind; ``at``: where the counts stand, ``each_ns``: a bucket."""
    newest = now_ns // each_ns
    gone = min(newest - ints[at + NEWEST], BUCKETS)
    for k in range(gone):
        bucket = at + FIRST_BUCKET + 2 * ((newest - k) % BUCKETS)
        ints[at + TOTAL] -= ints[bucket]
        ints[at + OF_KIND] -= ints[bucket + 1]
        ints[bucket] = 0
        ints[bucket + 1] = 0
    ints[at + NEWEST] = newest


def count(ints: list[int], at: int, now_ns: int, each_ns: int, total: int, of_kind: int) -> None:
    """Count so much, and so much of the kind, as of now."""
    slide(ints, at, now_ns, each_ns)
    bucket = at + FIRST_BUCKET + 2 * (now_ns // each_ns % BUCKETS)
    ints[at + TOTAL] += total
    ints[at + OF_KIND] += of_kind
    ints[bucket] += total
    ints[bucket + 1] += of_kind


def clear(ints: list[int], at: int) -> None:
    """Forget all that was counted."""
    for k in range(at, at + WIDTH):
        ints[k] = 0


LAWS: tuple[Callable[..., Any], ...] = (slide, count, clear)
"""Every law of this module, callees before callers."""
