"""What runs many runs: kept ones are taken, the others are run by workers and kept as soon as they are done."""

import os
import platform
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from sim import __version__
from sim.language.faults import Fault, Faults, shown
from sim.study.execution.job import Failure, Work
from sim.study.execution.kept import Kept
from sim.study.execution.pool import Executor, run_local

MOST_WORKERS = 1024
J = TypeVar("J", bound=Work)


@dataclass
class Runner:
    """Who runs jobs, how many at once, and where finished ones are kept (None: nowhere).

    ``taken`` counts the runs that were there already. ``say`` hears what a user may want to know at once.
    """

    workers: int = 1
    executor: Executor = run_local
    kept: Kept | None = None
    say: Callable[[str], object] | None = None
    taken: int = field(default=0, init=False)

    @classmethod
    def of(cls, *, workers: int | None = None, scheduler: str | None = None, kept: str | Path | None = None,
           executor: Executor | None = None, say: Callable[[str], object] | None = None) -> "Runner":
        """From what a user says. Raises :class:`Faults` for a number of workers that is none, or a folder that is not ours."""
        count = check_workers(workers)
        if scheduler is not None:
            if workers is not None:
                raise Faults([Fault("", None, None, "workers", "the cluster has its own", "workers or a scheduler, not both")])
            from sim.study.execution.cluster import run_on

            executor = run_on(scheduler)
        return cls(count, executor or run_local, None if kept is None else Kept(kept), say)

    @property
    def is_here(self) -> bool:
        """Whether the runs are made on this machine."""
        return self.executor is run_local

    def tell(self, what: Callable[[], str]) -> None:
        """Say what is made only if somebody hears it."""
        if self.say is not None:
            self.say(what())

    def info(self, began: float) -> dict[str, Any]:
        """What a ``run.json`` says of who ran it, where, and for how long since ``began`` (of ``time.perf_counter``)."""
        return {"kept_before": self.taken, "workers": self.workers, "version": __version__, "python": platform.python_version(),
                "wall_time_s": round(time.perf_counter() - began, 3)}

    def run(self, jobs: Sequence[J], name: str = "",
            engine_of: Callable[[int], str] | None = None) -> Iterator[tuple[J, Any | Failure]]:
        """Each job with its result, as they are done. ``name`` is what they are together: another process that does the same
        begins at their other end. Each has a result of its own or a failure; a Ctrl-C ends it all.

        ``engine_of`` tells the engine of a job by its number, where jobs are only made when they are asked for.
        """
        if self.kept is not None:
            self.kept.begin()
        with self.kept.at_work(name) if self.kept is not None and name else nullcontext(0) as others:
            first = self._to_compile(len(jobs), engine_of or (lambda number: jobs[number].engine))
            yield from self._run(jobs, _order(len(jobs), others), first)

    def _run(self, jobs: Sequence[J], order: Iterable[int], first: int | None) -> Iterator[tuple[J, Any | Failure]]:
        """The job ``first``, alone, and then the others in an order."""
        found: deque[tuple[J, Any | Failure]] = deque()
        under_way: dict[int, J] = {}
        alone, together = ([], order) if first is None else ([first], (number for number in order if number != first))
        parts: list[tuple[Iterator[tuple[int, J]], int]] = [
            (self._missing(jobs, alone, found, under_way), 1), (self._missing(jobs, together, found, under_way), self.workers)]
        for number, answered in chain.from_iterable(self.executor(*part) for part in parts):
            job = under_way.pop(number)
            if self.kept is not None and not isinstance(answered, Failure):
                self.kept.put(job.address, answered)
            yield job, answered
            while found:
                yield found.popleft()
        yield from found

    def _missing(self, jobs: Sequence[J], order: Iterable[int], found: deque[tuple[J, Any | Failure]],
                 under_way: dict[int, J]) -> Iterator[tuple[int, J]]:
        """The jobs that are to be run; looked up only now, when a worker is free, since another process may have run them."""
        for number in order:
            job = jobs[number]
            result = self.kept.get(job.address) if self.kept is not None else None
            if result is None:
                under_way[number] = job
                yield number, job
            else:
                self.taken += 1
                found.append((job, result))

    def _to_compile(self, count: int, engine_of: Callable[[int], str]) -> int | None:
        """The job that is run first and alone, so that the loop is compiled once, if there is no machine code of it yet."""
        if not self.is_here:
            return None
        first = next((number for number in range(count) if engine_of(number) == "compiled"), None)
        if first is None:
            return None
        from sim.engines import compiler

        if compiler.is_kept():
            return None
        self.tell(lambda: "compiling the loop for this machine: once, for half a minute")
        return first


def _order(count: int, others: int) -> Iterable[int]:
    """From the first on; where another is at work already, from the last back; where two are, from the middle on."""
    if others == 0:
        return range(count)
    if others == 1:
        return reversed(range(count))
    return chain(range(count // 2, count), range(count // 2))


def counted(number: int, what: str) -> str:
    """``1 run``, ``1,200 runs``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def check_workers(workers: int | None) -> int:
    """How many processes: as many as there are processors, unless it is said. Raises :class:`Faults` for a number that is none."""
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= MOST_WORKERS:
        raise Faults([Fault("", None, None, "workers", f"got {shown(workers)}", f"a whole number from 1 to {MOST_WORKERS}")])
    return workers
