"""A simulator driven by sequence diagrams.

>>> import sim
>>> run = sim.run("scenarios/step1.yaml", seed=1)
>>> run.metrics["sessions"]["completed"]
1
>>> print(run.diagram())                                          # doctest: +SKIP

The command ``sim`` does the same from a terminal.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["breaking_point", "check", "compare", "diagram", "load", "open_trace", "run", "study", "tune", "validate", "warm_up"]

if TYPE_CHECKING:
    from sim.engines.world import Tap
    from sim.study.compare import Comparison
    from sim.study.prepare import Prepared
    from sim.study.result import Study
    from sim.study.run import Run
    from sim.study.search.breaking_point import BreakingPoints
    from sim.study.search.tuned import Tuned
    from sim.study.traces import DrawnTrace
    from sim.study.validation.result import Validation
    from sim.study.views import Diagram
    from sim.study.warm_up import WarmUp


def load(scenario: "str | Path | Mapping[str, Any]") -> "Prepared":
    """Read and check a scenario: a file, the name of a shipped one, or a mapping of the same shape.

    ``load(...).set({"actors.consumer.arrivals": "50 /s"}).run()`` runs it with a value changed.
    Raises :class:`sim.language.faults.Faults`, with everything that is wrong and where.
    """
    from sim.study.prepare import prepare

    return prepare(scenario)


def run(scenario: "str | Path | Mapping[str, Any] | Prepared", *, seed: int | None = None, replication: int | None = None,
        set: Mapping[str, Any] | None = None, engine: str = "auto", trace: bool | None = None, payloads: bool = True,
        tap: "Tap | None" = None, out: str | Path | None = None, force: bool = False,
        trace_format: str = "jsonl", progress: Callable[[float], None] | None = None) -> "Run":
    """Run a scenario.

    Parameters
    ----------
    scenario : a file, the name of a shipped scenario, a mapping of the same shape, or what :func:`load` gave.
    seed, replication : in place of the scenario's.
    set : values to change, by path: ``{"actors.consumer.arrivals": "50 /s"}``.
    engine : "simpy" (messages are real, really signed and verified), "compiled" (the same trace without their contents, for
        millions of messages), or "auto": compiled for load, from some 200,000 messages on.
    trace : keep the trace or not; by default as the scenario says.
    payloads : let actors fill, sign and verify messages; without, messages are empty.
    tap : ``tap(message id, sender, receiver, message) -> message`` sees and may change every message on the wire.
    out : a folder to write (nothing is written without it); ``force`` replaces an existing one.
    trace_format : what the trace is written as there: "jsonl", or "parquet" (smaller, and read by table tools).
    progress : called with the share of the duration that has passed.

    Raises
    ------
    sim.language.faults.Faults
        The input is at fault.
    sim.engines.faults.RunFault
        The run could not go on.
    """
    from sim.study.prepare import prepare

    prepared = prepare(scenario, set)
    done: Run = prepared.run(seed=seed, replication=replication, engine=engine, trace=trace, payloads=payloads, tap=tap, out=out,
                             force=force, trace_format=trace_format, progress=progress)
    return done


def study(scenario: "str | Path | Mapping[str, Any] | Prepared", *, replications: int | None = None, workers: int | None = None,
          scheduler: str | None = None, kept: str | Path | None = None, seed: int | None = None,
          set: Mapping[str, Any] | None = None, engine: str = "auto", large: bool = False, out: str | Path | None = None,
          force: bool = False, progress: Callable[[float], None] | None = None) -> "Study":
    """Run a scenario's study: every cell of its grid, several times.

    ``study("scenarios/key_flood.yaml", replications=5, workers=2).table`` is the matrix; ``.to_pandas()``, ``.scorecard()``,
    ``.heat_map()``, ``.curves()``, ``.effects()`` and ``.spread()`` show the same otherwise.

    Parameters
    ----------
    scenario : as for :func:`run`; it has the key ``study``.
    replications, seed : in place of the scenario's.
    workers : processes that run it, by default one a processor. The result does not depend on their number.
    scheduler : in place of workers of this machine, those of a Dask cluster: the address of its scheduler.
    kept : a folder where each run is kept as soon as it is finished, and looked up before it is run (nothing is kept without it):
        a study that was stopped, however it was, goes on there, and a wider one runs what is new.
    set : values to change in every cell, by path.
    engine : as for :func:`run`; "auto" takes the compiled engine where all runs together are load.
    large : run a grid of any size; without, one that nobody would wait for is a fault.
    out : a folder to write (nothing is written without it); ``force`` replaces an existing one.
    progress : called with the share of the runs that are finished.

    A Ctrl-C ends it with the runs that are finished; a run that fails is among ``.failures``, and the others go on. Raises as
    :func:`run` does: everything that is wrong in any cell, before anything runs.
    """
    from sim.study.studying import study as run_study

    return run_study(scenario, replications=replications, workers=workers, scheduler=scheduler, kept=kept, seed=seed, set=set,
                     engine=engine, large=large, out=out, force=force, progress=progress)


def warm_up(scenario: "str | Path | Mapping[str, Any] | Prepared", *, replications: int = 10, workers: int | None = None,
            scheduler: str | None = None, kept: str | Path | None = None, seed: int | None = None,
            set: Mapping[str, Any] | None = None, engine: str = "auto",
            progress: Callable[[float], None] | None = None) -> "WarmUp":
    """Find how long a scenario warms up, with no attack: ``.seconds`` by MSER-5 (None if it cannot be told), and Welch's plot.

    It is found in the number of requests present at the protected server (all servers, where none is), averaged over
    ``replications``. The other parameters are those of :func:`study`.
    """
    from sim.study.warm_up import warm_up as find

    return find(scenario, replications=replications, workers=workers, scheduler=scheduler, kept=kept, seed=seed, set=set,
                engine=engine, progress=progress)


def validate(*rows: str | int, quick: bool = False, workers: int | None = None,
             progress: Callable[[float], None] | None = None) -> "Validation":
    """Hold the simulator against queueing theory and published results: a table whose rows are counted in runs.

    ``validate("M/M/1", quick=True)`` prints as a table; ``.rows``, ``.agrees``, ``.to_pandas()`` and ``.save("table.md")`` give
    the same otherwise.

    Parameters
    ----------
    rows : numbers of rows, or parts of their systems or quantities; all, if nothing is said.
    quick : the short form, with wider intervals.
    workers : processes that run it, by default one a processor. The result does not depend on their number.
    progress : called with the share of the work that is done.

    A Ctrl-C ends it with the rows that are finished. Raises :class:`sim.language.faults.Faults` where no row is meant.
    """
    from sim.study.validation.run import validate as run_validation

    return run_validation(*rows, quick=quick, workers=workers, progress=progress)


def breaking_point(scenario: "str | Path | Mapping[str, Any] | Prepared", *, attack: str | None = None, level: str | None = None,
                   lowest: str | None = None, highest: str | None = None, precision: str = "10 %", replications: int = 10,
                   workers: int | None = None, scheduler: str | None = None, kept: str | Path | None = None,
                   seed: int | None = None, set: Mapping[str, Any] | None = None, engine: str = "auto",
                   out: str | Path | None = None, force: bool = False,
                   progress: Callable[[float], None] | None = None) -> "BreakingPoints":
    """Find the highest rate of an attack at which honest success stays at a level, for each mitigation (row) of a scenario's study.

    ``breaking_point("scenarios/key_flood.yaml", level="95 %").table`` shows them with their intervals; ``.to_pandas()`` and
    ``.picture()`` show the same otherwise. Each replication has a breaking point of its own, found by bisection on a log scale.

    Parameters
    ----------
    scenario : as for :func:`run`; without the key ``study`` it is the one row.
    attack : whose rate is varied, or "all", one after the other; it may be left out where there is one.
    level : the honest success that must be kept; by default that of the study, or 90 %.
    lowest, highest : between which rates; by default a hundredth of the attack's own and a hundred times it.
    precision : how well the breaking point of a replication is known: the ratio of the two rates that it lies between.
    replications : of each row, at least 2.
    workers, scheduler, kept, seed, set, engine, out, force : as for :func:`study`.
    progress : called with the share of the runs that are finished, about.

    Raises as :func:`run` does: everything that is wrong in any row at the lowest or highest rate, before anything runs.
    """
    from sim.study.search.breaking import breaking_point as search

    return search(scenario, attack=attack, level=level, lowest=lowest, highest=highest, precision=precision,
                  replications=replications, workers=workers, scheduler=scheduler, kept=kept, seed=seed, set=set, engine=engine,
                  out=out, force=force, progress=progress)


def tune(scenario: "str | Path | Mapping[str, Any] | Prepared", *, trials: int | None = None, replications: int | None = None,
         workers: int | None = None, scheduler: str | None = None, kept: str | Path | None = None, seed: int | None = None,
         set: Mapping[str, Any] | None = None, engine: str = "auto", out: str | Path | None = None, force: bool = False,
         progress: Callable[[float], None] | None = None) -> "Tuned":
    """Search the parameters that keep service levels, with and without attacks, at the least cost: the key ``tune`` of a scenario.

    ``tune("scenarios/sized_limit.yaml").yaml`` is the best setting to paste into a scenario; ``.table`` shows what it gave in every
    column of the study, ``.front`` and ``.picture()`` the trade-off. What is chosen is run again with fresh replications.

    Parameters
    ----------
    scenario : as for :func:`run`; it has the key ``tune``.
    trials, replications : in place of the scenario's.
    workers, scheduler, kept, seed, set, engine, out, force : as for :func:`study`.
    progress : called with the share of the runs that are finished, about.

    Raises as :func:`run` does: everything that is wrong at any edge of any parameter, before anything runs.
    """
    from sim.study.search.tuning import tune as search

    return search(scenario, trials=trials, replications=replications, workers=workers, scheduler=scheduler, kept=kept, seed=seed,
                  set=set, engine=engine, out=out, force=force, progress=progress)


def open_trace(path: str | Path) -> "DrawnTrace":
    """Open a trace (its file, or its run folder) of any size: it is read as it is needed."""
    from sim.study.traces import DrawnTrace

    return DrawnTrace.open(path)


def diagram(model: str | Path, *, as_in_source: bool = False) -> "Diagram":
    """The sequence diagram of a model: a file, or the name of a shipped one; of a scenario, that of its model.

    ``as_in_source`` leaves out what the model's author added.
    """
    from sim.draw import compose
    from sim.protocol.model import load as load_model
    from sim.study.shelf import model_file
    from sim.study.views import Diagram

    return Diagram(compose.of_diagram(load_model(model_file(model)).drawn, as_in_source=as_in_source))


def compare(a: "Run | str | Path", b: "Run | str | Path") -> "Comparison":
    """Two runs side by side: runs, or their folders."""
    from sim.study.compare import compare as side_by_side

    return side_by_side(a, b)


def check(*files: str | Path) -> None:
    """Check models and scenarios; raises :class:`sim.language.faults.Faults` with all that is wrong in all of them."""
    from sim.study.checking import check_files

    check_files(files)
