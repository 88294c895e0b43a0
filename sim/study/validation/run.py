"""From rows to what was found of them: every run of every row, on as many processes as there are."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sim.engines.faults import RunFault
from sim.language.faults import Fault, Faults, shown, suggest
from sim.study.engine import expected_messages
from sim.study.execution.job import Failure
from sim.study.execution.pool import run_local
from sim.study.execution.runner import Runner
from sim.study.prepare import prepare
from sim.study.validation.found import Found
from sim.study.validation.result import Validation
from sim.study.validation.row import Form, Row
from sim.study.validation.rows import ROWS
from sim.study.validation.station import balanced

MESSAGES_PER_S = 4_000_000
"""About what a process does; what the announced time is reckoned from."""
RUN_S = 0.03
"""About what a run takes beside its messages."""


@dataclass(frozen=True)
class Count:
    """One run of a row, and about how long it takes, in seconds."""

    row: Row
    form: Form
    replication: int
    about_s: float = field(compare=False)
    engine: str = "compiled"
    address: str = ""
    """None: what a validation has run is not kept."""

    def __str__(self) -> str:
        return f"row {self.row.number} ({self.row.system}), replication {self.replication}"

    def run(self) -> tuple[float, float]:
        """What is read in it, and the share of its stations that are balanced."""
        row = self.row
        prepared = prepare(row.scenario(self.form.seconds))
        run = prepared.run(seed=row.number, replication=self.replication, engine=self.engine, trace=row.trace)
        if run.info["stopped_at_s"] is not None:
            raise KeyboardInterrupt
        return float(row.read(run)), balanced(run)


def validate(*words: "str | int", quick: bool = False, workers: int | None = None, progress: Callable[[float], None] | None = None,
             say: Callable[[str], object] | None = None) -> Validation:
    """Count rows; see :func:`sim.validate` for the options. ``say`` hears how long it takes."""
    return count(chosen(words), quick=quick, workers=workers, progress=progress, say=say)


def count(rows: Sequence[Row], *, quick: bool = False, workers: int | None = None, progress: Callable[[float], None] | None = None,
          say: Callable[[str], object] | None = None) -> Validation:
    """Count these rows. A Ctrl-C ends it with those that are finished by then, if any is."""
    runner = Runner.of(workers=workers, executor=run_local, say=say)
    jobs = jobs_of(rows, quick=quick)
    total_s = sum(job.about_s for job in jobs)
    if say is not None:
        say(announced(len(rows), len(jobs), total_s / runner.workers))
    began, done_s = time.perf_counter(), 0.0
    results: dict[tuple[int, int], tuple[float, float]] = {}
    try:
        for job, result in runner.run(jobs):
            if isinstance(result, Failure):
                raise RunFault(str(result))
            results[job.row.number, job.replication] = result
            done_s += job.about_s
            if progress is not None:
                progress(done_s / total_s)
    except KeyboardInterrupt:
        if not results:
            raise
    found = tuple(each for row in rows if (each := found_of(row, row.form(quick=quick), results)) is not None)
    info = {"runs": len(results), **runner.info(began)}
    return Validation(found, len(rows), quick, info)


def jobs_of(rows: Sequence[Row], *, quick: bool) -> list[Count]:
    """All runs, the long ones first, so that no process is left with a long one at the end."""
    jobs = []
    for row in rows:
        form = row.form(quick=quick)
        about_s = RUN_S + expected_messages(prepare(row.scenario(form.seconds)).plan()) / MESSAGES_PER_S
        jobs += [Count(row, form, replication, about_s) for replication in range(form.runs)]
    return sorted(jobs, key=lambda job: -job.about_s)


def found_of(row: Row, form: Form, results: dict[tuple[int, int], tuple[float, float]]) -> Found | None:
    """What was found of a row; None unless all its runs are finished."""
    own = [results.get((row.number, replication)) for replication in range(form.runs)]
    values = tuple(each[0] for each in own if each is not None)
    if len(values) < form.runs:
        return None
    if row.of_all_runs:
        values = tuple(balance for _, (_, balance) in sorted(results.items()))
    return Found(row, form, values)


def chosen(words: Sequence["str | int"]) -> tuple[Row, ...]:
    """The rows that words mean: a number, or a part of a system or quantity; all, if nothing is said. Raises :class:`Faults`."""
    faults = [_unknown(word) for word in words if not any(_means(word, row) for row in ROWS)]
    if faults:
        raise Faults(faults)
    return tuple(row for row in ROWS if not words or any(_means(word, row) for word in words))


def _means(word: "str | int", row: Row) -> bool:
    text = str(word).strip().lower()
    if text.isdecimal():
        return text == str(row.number)
    return bool(text) and any(text in name.lower() for name in (row.system, row.quantity))


def _unknown(word: "str | int") -> Fault:
    names = sorted({name for row in ROWS for name in (row.system, re.split(r",| \d", row.system)[0], row.quantity)})
    return Fault("", None, None, "ROW", f"no row is meant by {shown(word)}",
                 f"a number from 1 to {len(ROWS)}, or a part of a system or quantity, e.g. 'M/M/1/10'", suggest(str(word), names))


def announced(rows: int, runs: int, seconds: float) -> str:
    """What is said before it begins."""
    about = f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
    return f"{rows} row{'s' if rows > 1 else ''}, {runs} run{'s' if runs > 1 else ''}: about {about}"
