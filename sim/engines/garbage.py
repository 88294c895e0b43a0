"""Python's garbage collector, made patient."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (5_000_000, 100, 1000)
_MANY = 20_000
"""Objects that take some milliseconds to look through."""
_MOST_ASIDE = 2_000_000
_aside = 0


@contextmanager
def patient() -> Iterator[None]:
    """Look for garbage more rarely inside.

    A run makes many small objects that live until its trace is written; at Python's own thresholds 30 % of the time went
    into looking for garbage among them. Nor are many of them looked through as soon as the thresholds are the old ones
    again: what there is by then counts as old (frozen and unfrozen, it is in the oldest generation, and nothing was
    visited). Python does not count what comes to be old in this way, so it is counted here, and looked through when it is
    :data:`_MOST_ASIDE`.
    """
    global _aside  # noqa: PLW0603 - as the collector is, it is one for the process
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        young = gc.get_count()[0]
        if young > _MANY and gc.get_freeze_count() == 0:  # else somebody else keeps things there
            gc.freeze()
            gc.unfreeze()
            _aside += young
        gc.set_threshold(*before)
        if _aside > _MOST_ASIDE:
            _aside = 0
            gc.collect()
