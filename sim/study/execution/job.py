"""One run of a study: what it needs, wherever it runs, and what comes of it."""

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from sim.language.faults import InputFault
from sim.scenario.source import Source

Result = dict[str, Any]
"""The metrics of a run; time series only where a job asks for them."""
_DETAIL = "checks_detail"


@dataclass(frozen=True)
class Job:
    """One run: the cell it is of (its number and its name), its scenario, which of its runs, and the engine.

    ``address`` says what it is the run of, whoever asks (:mod:`sim.study.execution.address`).
    """

    cell: int
    replication: int
    seed: int
    engine: str
    source: Source
    name: str
    address: str
    series: bool = False
    """Whether the time series are wanted too."""

    def __str__(self) -> str:
        return f"cell {self.name}, replication {self.replication}"


@dataclass(frozen=True)
class Failure:
    """What a job ended with in place of a result, in words."""

    job: Job
    what: str

    def __str__(self) -> str:
        return f"in the {self.job}: {self.what}"


def bare(source: Source) -> Source:
    """What a process needs of a source: its data, and where files beside it are."""
    return Source(source.data, source.file, None, source.folder.absolute())


def run_job(job: Job) -> Result:
    """Run it. The same job has the same result wherever it runs. A Ctrl-C ends it without one."""
    from sim.study.prepare import prepare

    run = prepare(job.source).run(seed=job.seed, replication=job.replication, engine=job.engine, trace=False)
    if run.info["stopped_at_s"] is not None:
        raise KeyboardInterrupt
    return {name: value for name, value in run.metrics.to_dict().items() if name != _DETAIL and (job.series or name != "series")}


def answer(number: int, job: Job) -> tuple[int, Result | Failure]:
    """Of a job with its number: what came of it, or what it ended with. What an actor's code prints goes to the standard error
    output, since the other one is that of whoever asked.
    """
    from sim.engines.faults import RunFault

    with redirect_stdout(sys.stderr):
        try:
            return number, run_job(job)
        except (InputFault, RunFault) as error:
            return number, Failure(job, str(error))
        except Exception as error:  # noqa: BLE001 - told where somebody hears it
            return number, Failure(job, f"{type(error).__name__}: {error}")
