"""The runs that a search asks for: settings of a scenario with some replications each, run once however often they are asked for.

Replication r has the search's seed and replication r whatever is set, as in a study: common random numbers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sim.scenario.study import FOUND, CellSource
from sim.study.axes import Variant
from sim.study.engine import among_many, check_engine, is_load
from sim.study.execution import address
from sim.study.execution.job import Failure, Job, bare
from sim.study.execution.runner import Runner
from sim.study.grid import Cells, Checked, facts, prepared_of
from sim.study.measures import MEASURES
from sim.study.models import Models
from sim.study.warm_up import changes_of, find

Values = Mapping[str, float | None]
"""What was measured in a run, by the name of the measure; None where it had no such value."""


@dataclass(frozen=True)
class Candidate:
    """A setting of a scenario that is sound, and may be run."""

    name: str
    source: CellSource
    checked: Checked


def candidate(cells: Cells, models: Models, *variants: Variant) -> Candidate:
    """The scenario with what some variants set, in their order. Raises :class:`Faults` with everything that is wrong in it."""
    source = cells.source_of(*variants)
    name = " / ".join(f"'{each.label}'" for each in variants)
    return Candidate(name, source, facts(prepared_of(source, models)))


def warmed_up(cells: Cells, models: Models, runner: Runner, seed: int, engine: str) -> Cells:
    """The cells with the warm-up that is found with no attack, if their study wants that. Raises :class:`Faults` if none is."""
    study = cells.base.at("study") or {}
    if study.get("warm_up") != FOUND:
        return cells
    found = find(prepared_of(cells.source_of(), models), runner, seed=seed, engine=engine)
    return cells.with_changes(changes_of(found, cells.base))


class Runs:
    """What was measured in all runs so far. ``heard`` is called after each one."""

    def __init__(self, runner: Runner, seed: int, engine: str = "auto", heard: Callable[[], None] | None = None) -> None:
        check_engine(engine)
        self.runner, self.seed, self.engine, self.heard = runner, seed, engine, heard
        self.failures: list[Failure] = []
        self.engines: set[str] = set()
        self._values: dict[str, Values | None] = {}
        self._messages = 0.0

    def __len__(self) -> int:
        """How many runs were finished."""
        return len(self._values) - len(self.failures)

    def make(self, wanted: Iterable[tuple[Candidate, int]]) -> None:
        """Make the runs (candidate, replication) that were not made yet, all at once. Raises what the runner raises."""
        new = {self._address(each, r): (each, r) for each, r in wanted if self._address(each, r) not in self._values}
        self._messages += sum(each.checked.messages for each, _ in new.values())
        load = is_load(self._messages, is_here=self.runner.is_here)  # looked up once: it asks the disk
        jobs = [self._job(number, *pair, is_load=load) for number, pair in enumerate(new.values())]
        listed = list(new.values())
        failed = {}
        for job, answered in self.runner.run(jobs, address.of_run(" ".join(new), self.seed, len(new))):
            if isinstance(answered, Failure):
                failed[job.cell], self._values[job.address] = answered, None
            else:
                judged = listed[job.cell][0].checked.judged
                self._values[job.address] = {each.name: each.read(answered, judged) for each in MEASURES}
            if self.heard is not None:
                self.heard()
        self.engines |= {job.engine for job in jobs}
        self.failures += [failure for _, failure in sorted(failed.items())]

    def values(self, candidate: Candidate, replication: int) -> Values | None:
        """What was measured in a run that was made; None if it failed."""
        return self._values[self._address(candidate, replication)]

    def series(self, candidate: Candidate, replications: Sequence[int], measure: str) -> list[float | None]:
        """A measure in some replications; None where it had no value, too."""
        found = (self.values(candidate, r) for r in replications)
        return [None if each is None else each[measure] for each in found]

    def _address(self, candidate: Candidate, replication: int) -> str:
        return address.of_run(candidate.checked.address, self.seed, replication)

    def _job(self, number: int, candidate: Candidate, replication: int, *, is_load: bool) -> Job:
        engine = among_many(self.engine, candidate.checked.messages, candidate.checked.obstacle, is_load=is_load)
        return Job(number, replication, self.seed, engine, bare(candidate.source), candidate.name,
                   self._address(candidate, replication))
