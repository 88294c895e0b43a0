"""Jobs on this machine, by joblib: a process for each worker, results as they come; one worker is this process itself."""

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from sim.engines.faults import RunFault
from sim.study.worker import Work, answer

T = TypeVar("T")
J = TypeVar("J", bound=Work[Any])


def run_local(jobs: Sequence[Work[T]], workers: int) -> Iterator[tuple[int, T]]:
    """The number of each job and its result, as they are done, by so many processes.

    Raises whatever a job raised, and :class:`RunFault` if a process was killed. However it ends (an exception here, or in the
    loop over it), no job goes on.
    """
    if not jobs:
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    at_once = min(workers, len(jobs))
    options = {"initializer": _belong_to, "initargs": (os.getpid(),)} if at_once > 1 else {}
    parallel = Parallel(at_once, backend="loky", batch_size=1, return_as="generator_unordered", **options)
    waiting = dict(enumerate(jobs))
    answers = parallel(delayed(answer)(number, job) for number, job in enumerate(jobs))
    try:
        with warnings.catch_warnings():  # a process that has grown is replaced by another: nothing that anybody need hear of
            warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
            for number, answered in answers:
                if isinstance(answered, Exception):
                    raise answered
                del waiting[number]
                yield number, answered
    except TerminatedWorkerError:
        under_way = " or the ".join(str(job) for job in list(waiting.values())[:at_once])  # jobs begin in their order
        raise RunFault(f"a process was killed in the {under_way}; is there too little memory for so many (--workers)?") from None
    finally:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # of joblib: that not all was waited for
            answers.close()


def run_compiled_once(jobs: Sequence[J], workers: int, executor: Callable[[Sequence[J], int], Iterator[tuple[int, T]]],
                      say: Callable[[str], object] | None = None) -> Iterator[tuple[int, T]]:
    """The same by any ``executor``; where there is no machine code yet, a job that needs it runs first and alone, and makes it.

    ``say`` hears that it is being compiled.
    """
    first = _to_compile(jobs)
    if first and say is not None:
        say("compiling the loop for this machine: once, for half a minute")
    rest = [number for number in range(len(jobs)) if number not in first]
    for numbers, at_once in ((first, 1), (rest, workers)):
        for number, result in executor([jobs[each] for each in numbers], at_once):
            yield numbers[number], result


def _to_compile(jobs: Sequence[Work[Any]]) -> list[int]:
    """The first job that is to run compiled, if there is no machine code of the loop."""
    first = next((number for number, job in enumerate(jobs) if job.engine == "compiled"), None)
    if first is None:
        return []
    from sim.engines import compiler

    return [] if compiler.is_kept() else [first]


def _belong_to(parent: int) -> None:
    """In a worker: a Ctrl-C at the terminal is the business of its parent, and where that is killed the worker ends too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
