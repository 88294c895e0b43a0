"""Running a grid: every cell as often as the study says, with the same chance in every cell.

Replication r has the study's seed and replication r in every cell. Since every draw has an address, the cells of a replication
share whatever they have in common: arrivals, latencies, work (common random numbers; Law, *Simulation Modeling and Analysis*,
5th ed., section 11.2), which is what makes differences between them sharp.

Where a study asks for a precision, cells are run in rounds: those whose interval is still too wide are run some more times (the
sequential procedure, section 9.5.3 there). What decides are results in the order of their replications, so any number of workers
runs the same.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import overload

from sim.measure.statistics import confidence_interval, enough
from sim.study.engine import among_many, check_engine, is_load
from sim.study.execution import address
from sim.study.execution.job import Failure, Job, bare
from sim.study.execution.runner import Runner
from sim.study.grid import Checked, Grid
from sim.study.measures import measure_named
from sim.study.results import Key, Results
from sim.study.summary import CONFIDENCE

GROWTH = 4
"""A round adds a quarter of the replications that a cell has."""


@dataclass(frozen=True)
class Done:
    """The runs that were finished, and those that failed; which engines ran; whether a Ctrl-C ended it."""

    results: Results
    failures: tuple[Failure, ...]
    engines: tuple[str, ...]
    stopped: bool
    wanted: int


class Jobs(Sequence[Job]):
    """Replications of cells as jobs, each made when it is asked for: one replication of every cell, then the next of every cell."""

    def __init__(self, grid: Grid, cells: Sequence[int], replications: range, seed: int, engines: "Engines") -> None:
        self.grid, self.cells, self.replications, self.seed, self.engines = grid, cells, replications, seed, engines

    def __len__(self) -> int:
        return len(self.cells) * len(self.replications)

    def engine_of(self, number: int) -> str:
        """The engine of a job, which need not be made for that."""
        return self.engines.of_cell(self.cells[number % len(self.cells)])

    @overload
    def __getitem__(self, number: int) -> Job: ...
    @overload
    def __getitem__(self, number: slice) -> list[Job]: ...
    def __getitem__(self, number: int | slice) -> Job | list[Job]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        turn, index = divmod(number, len(self.cells))
        replication, cell = self.replications[turn], self.grid.cells[self.cells[index]]
        known = self.grid.check(cell.number)
        batches = self.grid.replications.batches is not None
        return Job(cell.number, replication, self.seed, self.engines.of(known), bare(cell.source),
                   self.grid.name(cell.row, cell.column),
                   address.of_run(known.address, self.seed, replication, series=batches), batches)


class Engines:
    """The engine of each cell, which may run on this machine. What is measured does not depend on it."""

    def __init__(self, grid: Grid, engine: str, *, is_here: bool) -> None:
        check_engine(engine)
        self.grid, self.engine = grid, engine
        runs = grid.replications.at_least
        self.is_load = grid.is_large or is_load(sum(each.messages for each in grid.checked) * runs, is_here=is_here)

    def of_cell(self, cell: int) -> str:
        """The name of it; where only one engine is wanted, no cell is looked at."""
        return self.engine if self.engine == "simpy" else self.of(self.grid.check(cell))

    def of(self, known: Checked) -> str:
        """The name of it, of a cell that was checked."""
        return among_many(self.engine, known.messages, known.obstacle, is_load=self.is_load)


def replicate(grid: Grid, runner: Runner, *, seed: int, engine: str = "auto",
              progress: Callable[[float], None] | None = None) -> Done:
    """Run all cells of a grid. A Ctrl-C ends it with what is finished by then, if anything is.

    A run that could not go on is a failure, and the others go on. Raises what the runner raises.
    """
    engines = Engines(grid, engine, is_here=runner.is_here)
    results, failures = Results(), dict[Key, Failure]()
    rounds = Rounds(grid)
    name = address.of_run(grid.check(0).address, seed, len(grid.cells))
    used = set[str]()
    stopped = False
    try:
        while (cells := rounds.open_cells(results, failures)) and (turn := rounds.next_turn()):
            jobs = Jobs(grid, cells, turn, seed, engines)
            for job, answered in runner.run(jobs, name, jobs.engine_of):
                key = job.cell, job.replication
                if isinstance(answered, Failure):
                    failures[key] = answered
                else:
                    results.put(key, answered)
                    used.add(job.engine)
                if progress is not None:
                    progress(rounds.share(len(results) + len(failures)))
    except KeyboardInterrupt:
        if not len(results):
            raise
        stopped = True
    failed = tuple(each for _, each in sorted(failures.items()))
    return Done(results, failed, tuple(sorted(used)), stopped, rounds.wanted)


class Rounds:
    """Which cells are to be run still, and which replications of them."""

    def __init__(self, grid: Grid) -> None:
        self.grid, self.rule = grid, grid.replications
        self.columns = len(grid.columns)
        self.done = 0
        self.open: Sequence[int] = range(len(grid.cells))
        self.wanted = 0
        self._expected = 0

    def open_cells(self, results: Results, failures: Collection[Key]) -> Sequence[int]:
        """The cells whose interval is not narrow enough yet, and that did not fail; none once all have as many runs as they may."""
        if self.done >= self.rule.at_most:
            return ()
        if self.done:
            failed = {cell for cell, _ in failures}
            assert self.rule.until is not None  # else they have as many as they may
            known = {cell: self._known(results, cell) for cell in self.open if cell not in failed}
            wide = [cell for cell, values in known.items() if not enough(values, self.rule.until, CONFIDENCE, self.rule.at_least)]
            columns = {cell % self.columns for cell in wide}  # the first row goes on as long as any that is compared with it
            self.open = sorted({*wide, *(column for column in columns if column in known)})
            self._expected = self.wanted + sum(self._missing(known[cell], self.rule.until) for cell in self.open)
        return self.open

    def next_turn(self) -> range:
        """The replications that these are run now."""
        more = max(1, self.done // GROWTH) if self.done else self.rule.at_least
        turn = range(self.done, min(self.done + more, self.rule.at_most))
        self.done = turn.stop
        self.wanted += len(turn) * len(self.open)
        return turn

    def share(self, finished: int) -> float:
        """About how much of it all is done."""
        return min(1.0, finished / max(self.wanted, self._expected))

    def _known(self, results: Results, cell: int) -> list[float]:
        """The values of the measure that a cell has so far."""
        measure, judged = measure_named(self.rule.of), self.grid.check(cell).judged
        values = (measure.read(results[cell, r], judged) for r in range(self.done) if (cell, r) in results)
        return [value for value in values if value is not None]

    def _missing(self, values: Sequence[float], until: float) -> int:
        """About how many more runs a cell needs: the half-width goes down with the square root of their number."""
        most = self.rule.at_most - self.done
        width = confidence_interval(values, CONFIDENCE).relative_half_width if len(values) > 1 else math.inf
        return most if math.isinf(width) else max(0, min(most, math.ceil(self.done * ((width / until) ** 2 - 1))))
