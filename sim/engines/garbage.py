"""Python's garbage collector, made patient."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (1_000_000, 100, 1000)


@contextmanager
def patient() -> Iterator[None]:
    """Look for garbage more rarely inside.

    A run makes many small objects that live until its trace is written; at Python's own thresholds 30 % of the time went
    into looking for garbage among them. The engine leaves no cycles behind, so there is little to find.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
