"""What ends a run or the process from outside.

Ctrl-C during a run is heard between two events, so that no event is cut in half and the accounts balance.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from sim.engines.faults import RunFault

Progress = Callable[[float], None]


@contextmanager
def stoppable(progress: Progress | None) -> Iterator[Progress | None]:
    """A progress callback for an engine that ends the run at its next call after a Ctrl-C (as KeyboardInterrupt).

    A second Ctrl-C does not wait: it raises :class:`RunFault`, and the run is lost. Outside the main thread, where
    Python hears no signals, and where Ctrl-C has been taken by somebody else, ``progress`` is passed on as it is.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield progress
        return
    heard = False

    def hear(_number: int, _frame: FrameType | None) -> None:
        nonlocal heard
        if heard:
            raise RunFault("stopped by a second Ctrl-C, in the middle of things: the run is lost")
        heard = True

    def between_events(share: float) -> None:
        if progress is not None:
            progress(share)
        if heard and share < 1.0:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, hear)
    try:
        yield between_events
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Ended(BaseException):
    """The process is to end with this exit code; unlike a SystemExit, no actor's code can have raised it."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """What ends a process from outside ends it in order: nothing half-written is left behind."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise Ended(128 + number)

    heard = (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))  # not every system knows both
    before = {number: signal.signal(number, end) for number in dict.fromkeys(heard)}
    try:
        yield
    except Ended as ended:
        raise SystemExit(ended.args[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
