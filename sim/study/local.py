"""Jobs on this machine: processes of our own, each fed by a thread, results as they come.

They share nothing with this process but two pipes, and no terminal: a Ctrl-C is this process's business. A script needs no
``if __name__ == "__main__"`` for them, as it would with :mod:`multiprocessing`.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

from sim.engines.faults import RunFault
from sim.study.worker import Job, Result

_COMMAND = "from sim.study.worker import serve; serve()"
Answer = tuple[int, Result | Exception]
Todo = deque[tuple[int, Job]]


def run_local(jobs: Sequence[Job], workers: int) -> Iterator[tuple[int, Result]]:
    """The number of each job and its result, as they are done, by so many processes.

    Raises whatever a job raised, and :class:`RunFault` if a process was killed. However it ends (an exception here, or in the
    loop over it), no process is left behind.
    """
    todo: Todo = deque(enumerate(jobs))
    done: SimpleQueue[Answer] = SimpleQueue()
    processes: list[subprocess.Popen[bytes]] = []
    threads: list[Thread] = []
    try:
        for _ in range(min(workers, len(jobs))):
            processes.append(_start())
            threads.append(Thread(target=_feed, args=(processes[-1], todo, done), daemon=True))
            threads[-1].start()
        for _ in jobs:
            number, answer = done.get()
            if isinstance(answer, Exception):
                raise answer
            yield number, answer
    finally:
        todo.clear()
        for process in processes:
            process.kill()
        for thread in threads:
            thread.join()
        for process in processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                with suppress(OSError):  # a job may be in it that nobody reads any more
                    pipe.close()


def _start() -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    return subprocess.Popen([sys.executable, "-c", _COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE,  # noqa: S603 - ours
                            env={**os.environ, "PYTHONPATH": path}, start_new_session=True)


def _feed(process: "subprocess.Popen[bytes]", todo: Todo, done: "SimpleQueue[Answer]") -> None:
    """Give a process one job after the other."""
    assert process.stdin is not None
    assert process.stdout is not None
    while True:
        try:
            number, job = todo.popleft()
        except IndexError:
            return
        answer: Any
        try:
            pickle.dump(job, process.stdin, pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            answer = pickle.load(process.stdout)  # noqa: S301 - from a process that this one started
        except (OSError, EOFError, pickle.UnpicklingError):
            answer = RunFault(f"a process was killed in the cell {job.name}, replication {job.replication}; is there too little "
                              "memory for so many (--workers)?")
        done.put((number, answer))
        if isinstance(answer, Exception):
            return
