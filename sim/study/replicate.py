"""Running a grid: every cell as often as the study says, with the same chance in every cell.

Replication r has the study's seed and replication r in every cell. Since every draw has an address, the cells of a replication
share whatever they have in common: arrivals, latencies, work (common random numbers; Law, *Simulation Modeling and Analysis*,
5th ed., section 11.2), which is what makes differences between them sharp.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sim.language.faults import Fault, Faults, either, shown, suggest
from sim.plan.plan import Plan
from sim.scenario.source import Source
from sim.study.engine import ENGINES, choose, expected_messages, not_compiled
from sim.study.grid import Grid
from sim.study.local import run_compiled_once, run_local
from sim.study.prepare import Prepared
from sim.study.worker import Job, Result

COMPILED_FROM = 1_000_000
"""From so many messages on, over all runs, as far as can be told before, all that can be is compiled."""
MOST_WORKERS = 1024
Executor = Callable[[Sequence[Job], int], Iterator[tuple[int, Result]]]
"""What runs jobs: (jobs, workers) to the number of each job and its result, as they are done."""


@dataclass(frozen=True)
class Done:
    """The runs that were finished: by (cell, replication) its metrics; and the engine of each cell."""

    results: dict[tuple[int, int], Result]
    engines: tuple[str, ...]
    stopped: bool


def replicate(grid: Grid, prepared: Sequence[Prepared], *, seed: int, workers: int | None = None, engine: str = "auto",
              progress: Callable[[float], None] | None = None, say: Callable[[str], object] | None = None,
              executor: Executor = run_local) -> Done:
    """Run all cells of a grid. A Ctrl-C ends it with what is finished by then, if anything is.

    Raises :class:`RunFault` where a run could not go on, with its cell and replication.
    """
    count = check_workers(workers)
    plans = [each.plan(seed=seed, replication=0) for each in prepared]
    engines = engines_of(plans, grid.replications, engine)
    jobs = [Job(cell.number, replication, seed, engines[cell.number], _bare(cell.source), grid.name(cell))
            for replication in range(grid.replications) for cell in grid.cells]
    results: dict[tuple[int, int], Result] = {}
    try:
        for number, result in run_compiled_once(jobs, count, executor, say):
            results[jobs[number].cell, jobs[number].replication] = result
            if progress is not None:
                progress(len(results) / len(jobs))
    except KeyboardInterrupt:
        if not results:
            raise
    return Done(dict(sorted(results.items())), engines, len(results) < len(jobs))


def check_workers(workers: int | None) -> int:
    """How many processes: as many as there are processors, unless it is said. Raises :class:`Faults` for a number that is none."""
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= MOST_WORKERS:
        raise Faults([Fault("", None, None, "workers", f"got {shown(workers)}", f"a whole number from 1 to {MOST_WORKERS}")])
    return workers


def engines_of(plans: Sequence[Plan], replications: int, engine: str) -> tuple[str, ...]:
    """The engine of each cell. What it measures does not depend on it."""
    if engine not in ENGINES:
        raise Faults([Fault("", None, None, "engine", f"got {shown(engine)}", either(ENGINES), suggest(engine, ENGINES))])
    large = sum(map(expected_messages, plans)) * replications >= COMPILED_FROM
    if engine != "auto" or not large:
        return tuple(choose(plan, engine, payloads=True, tap=None).name for plan in plans)
    return tuple("simpy" if not_compiled(plan, payloads=True, tap=None) else "compiled" for plan in plans)


def _bare(source: Source) -> Source:
    """What a process needs of a source: its data, and where files beside it are."""
    return Source(source.data, source.file, None, source.folder)

