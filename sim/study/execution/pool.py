"""Jobs run by joblib: a process of this machine for each worker, or the workers of a Dask cluster; results as they come.

One worker is this process itself. A job that ends its process is run once more, alone, so that only the guilty one fails.
"""

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

from sim.study.execution.job import Failure, Work, answer

Numbered = Iterable[tuple[int, Work]]
Answers = Iterator[tuple[int, Any | Failure]]
Executor = Callable[[Numbered, int], Answers]
"""What runs jobs: (jobs with their numbers, workers) to the number of each and what came of it, in the order of their ends.
Jobs are taken when somebody is free for them."""


def run_local(jobs: Numbered, workers: int) -> Answers:
    """Run jobs by so many processes of this machine. However it ends (an exception in the loop over it, too), no job goes on."""
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    source = iter(jobs)
    while first := list(islice(source, workers)):
        under_way: dict[int, Work] = {}
        try:
            yield from _loky(chain(first, source), min(workers, len(first)), under_way)
        except TerminatedWorkerError:
            for number, job in sorted(under_way.items()):
                yield _alone(number, job)


def _loky(jobs: Numbered, workers: int, under_way: dict[int, Work]) -> Answers:
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given")  # joblib replaces one that has grown: no news
    options = {"initializer": _belong_to, "initargs": (os.getpid(),)} if workers > 1 else {}
    yield from gathered(jobs, under_way, backend="loky", n_jobs=workers, **options)


def gathered(jobs: Numbered, under_way: dict[int, Work], *, backend: str, n_jobs: int, **options: Any) -> Answers:
    """What joblib, with these options, makes of jobs; ``under_way`` are those that it has taken and not answered."""
    from joblib import Parallel, delayed, parallel_config

    def taken() -> Iterator[Any]:
        for number, job in jobs:
            under_way[number] = job
            yield delayed(answer)(number, job)

    with parallel_config(backend=backend, **options):
        parallel = Parallel(n_jobs, batch_size=1, return_as="generator_unordered")
    answers = parallel(taken())
    try:
        for number, answered in answers:
            del under_way[number]
            yield number, answered
    finally:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # of joblib: that not all was waited for
            answers.close()


def _alone(number: int, job: Work) -> tuple[int, Any | Failure]:
    """A job again, in a process that it shares with no other."""
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        return next(_loky([(number, job)], 2, {}))  # two workers are processes; one would be this process
    except TerminatedWorkerError:
        return number, Failure(job, "its process was killed; is there too little memory for it?")


def _belong_to(parent: int) -> None:
    """In a worker: a Ctrl-C at the terminal is the business of its parent, and where that is killed the worker ends too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
