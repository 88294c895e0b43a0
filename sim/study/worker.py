"""What a process does of many runs: one run of a study, what it needs, wherever it runs, and what comes of it."""

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sim.language.faults import InputFault
from sim.scenario.source import Source

Result = dict[str, Any]
"""The metrics of a run, without time series."""
_LEFT_OUT = ("series", "checks_detail")
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Work(Protocol[T_co]):
    """What a process can do: a run and what is read of it. Its text says which it is, for faults."""

    @property
    def engine(self) -> str:
        """The engine that runs it."""

    def run(self) -> T_co:
        """Do it. The same work has the same result wherever it is done. A Ctrl-C ends it without one."""


@dataclass(frozen=True)
class Job:
    """One run: the cell it is of (its number and its name), its scenario, which of its runs, and the engine."""

    cell: int
    replication: int
    seed: int
    engine: str
    source: Source
    name: str

    def __str__(self) -> str:
        return f"cell {self.name}, replication {self.replication}"

    def run(self) -> Result:
        """Run it."""
        from sim.study.prepare import prepare

        run = prepare(self.source).run(seed=self.seed, replication=self.replication, engine=self.engine, trace=False)
        if run.info["stopped_at_s"] is not None:
            raise KeyboardInterrupt
        return {name: value for name, value in run.metrics.to_dict().items() if name not in _LEFT_OUT}


def answer(number: int, job: Work[T]) -> tuple[int, T | Exception]:
    """Of a job with its number: what came of it, or what it ended with. What an actor's code prints goes to the standard error
    output, since the other one is that of whoever asked.
    """
    from sim.engines.faults import RunFault

    with redirect_stdout(sys.stderr):
        try:
            return number, job.run()
        except InputFault as error:
            return number, error
        except Exception as error:  # noqa: BLE001 - told where somebody hears it
            what = str(error) if isinstance(error, RunFault) else f"{type(error).__name__}: {error}"
            return number, RunFault(f"in the {job}: {what}")
