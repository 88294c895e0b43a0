"""Python's garbage collector, made patient."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (5_000_000, 100, 1000)


@contextmanager
def patient() -> Iterator[None]:
    """Look for garbage more rarely inside.

    A run makes many small objects that live until its trace is written; at Python's own thresholds 30 % of the time went
    into looking for garbage among them. The engine leaves no cycles behind, so there is little to find. Nor is it looked
    for as soon as the thresholds are the old ones again: what there is by then counts as old (frozen and unfrozen, it is
    in the oldest generation, and nothing was visited), and is looked through with the rest when that is due.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        if gc.get_freeze_count() == 0:  # else somebody else keeps things there
            gc.freeze()
            gc.unfreeze()
        gc.set_threshold(*before)
