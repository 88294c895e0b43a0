"""What a process is given: one run of a study, what it needs, wherever it runs, and what comes of it."""

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any, Protocol

from sim.language.faults import InputFault
from sim.scenario.source import Source

Result = dict[str, Any]
"""The metrics of a run; time series only where a job asks for them."""
_DETAIL = "checks_detail"


class Work(Protocol):
    """What a process can be given: a run, and what is read of it. As a text it says which it is."""

    @property
    def engine(self) -> str:
        """The engine that runs it."""

    @property
    def address(self) -> str:
        """What it is, whoever asks: where results are kept, it is kept by this."""

    def run(self) -> Any:
        """Do it. The same work has the same result wherever it is done. A Ctrl-C ends it without one."""


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

    def run(self) -> Result:
        """Run it."""
        from sim.study.prepare import prepare

        run = prepare(self.source).run(seed=self.seed, replication=self.replication, engine=self.engine, trace=False)
        if run.info["stopped_at_s"] is not None:
            raise KeyboardInterrupt
        left_out = (_DETAIL,) if self.series else (_DETAIL, "series")
        return {name: value for name, value in run.metrics.to_dict().items() if name not in left_out}


@dataclass(frozen=True)
class Failure:
    """What a job ended with in place of a result, in words."""

    job: Work
    what: str

    def __str__(self) -> str:
        return f"in the {self.job}: {self.what}"


def bare(source: Source) -> Source:
    """What a process needs of a source: its data, and where files beside it are."""
    return Source(source.data, source.file, None, source.folder.absolute())


def answer(number: int, job: Work) -> tuple[int, Any | Failure]:
    """Of a job with its number: what came of it, or what it ended with. What an actor's code prints goes to the standard error
    output, since the other one is that of whoever asked.
    """
    from sim.engines.faults import RunFault

    with redirect_stdout(sys.stderr):
        try:
            return number, job.run()
        except (InputFault, RunFault) as error:
            return number, Failure(job, str(error))
        except Exception as error:  # noqa: BLE001 - told where somebody hears it
            return number, Failure(job, f"{type(error).__name__}: {error}")
