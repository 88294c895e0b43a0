"""Jobs on this machine, by joblib: a process for each worker, results as they come; one worker is this process itself."""

import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator, Sequence

from sim.engines.faults import RunFault
from sim.study.worker import Job, Result, answer


def run_local(jobs: Sequence[Job], workers: int) -> Iterator[tuple[int, Result]]:
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


def _belong_to(parent: int) -> None:
    """In a worker: a Ctrl-C at the terminal is the business of its parent, and where that is killed the worker ends too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
