"""A process that runs replications: jobs come in, results go out.

    python -c "from sim.study.worker import serve; serve()"

reads pickled :class:`Job` from its standard input, one after the other, and writes to its standard output, for each, what came
of it, or the exception that it ended with.
"""

import os
import pickle
import sys
from dataclasses import dataclass
from typing import Any

from sim.language.faults import InputFault
from sim.scenario.source import Source

Result = dict[str, Any]
"""The metrics of a run, without time series."""
_LEFT_OUT = ("series", "checks_detail")


@dataclass(frozen=True)
class Job:
    """One run: the cell it is of (its number and its name), its scenario, which of its runs, and the engine."""

    cell: int
    replication: int
    seed: int
    engine: str
    source: Source
    name: str


def run_job(job: Job) -> Result:
    """Run it. The same job has the same result wherever it runs."""
    from sim.study.prepare import prepare

    run = prepare(job.source).run(seed=job.seed, replication=job.replication, engine=job.engine, trace=False)
    return {name: value for name, value in run.metrics.to_dict().items() if name not in _LEFT_OUT}


def serve() -> None:
    """Work on jobs until there are no more. What an actor's code prints goes to the standard error output: this one's is taken."""
    from sim.engines.faults import RunFault

    jobs, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            job = pickle.load(jobs)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        try:
            answer: object = run_job(job)
        except InputFault as error:
            answer = error
        except Exception as error:  # noqa: BLE001 - told where somebody hears it
            what = str(error) if isinstance(error, RunFault) else f"{type(error).__name__}: {error}"
            answer = RunFault(f"in the cell {job.name}, replication {job.replication}: {what}")
        pickle.dump(answer, results, pickle.HIGHEST_PROTOCOL)
        results.flush()
