"""The search for breaking points: brackets of all mitigations, attacks and replications, narrowed together, batch by batch."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.engines.faults import RunFault
from sim.language.faults import BadValue, Fault, FaultList, Faults, shown
from sim.language.units import format_rate, format_share, rate_per_s, share
from sim.scenario.replications import MAXIMUM_REPLICATIONS
from sim.scenario.scenario import Scenario
from sim.scenario.source import Source, with_changes
from sim.scenario.study import DEFAULT_LEVEL
from sim.study.axes import titles
from sim.study.execution.runner import Runner, counted
from sim.study.folder import check_free
from sim.study.grid import MANY_CELLS, Cells, cells_of
from sim.study.measures import SUCCESS
from sim.study.models import Models
from sim.study.opened import opened
from sim.study.prepare import Given, seed_of
from sim.study.search.attack_rate import AttackRate, attack_rates
from sim.study.search.bracket import Bracket, typed
from sim.study.search.breaking_point import BreakingPoint, BreakingPoints, Broken, Sought
from sim.study.search.runs import Candidate, Runs, candidate, warmed_up

LEVEL, PRECISION = format_share(DEFAULT_LEVEL), "10 %"
REPLICATIONS = 10
REACH = 100
"""Where it is not said between which rates: from the attack's own over this to so many times it."""
MAXIMUM_RATE = 1e9
"""An event a nanosecond."""
FINEST = 0.001
"""Rates are written to four digits."""
_RATE = "a rate above 0, e.g. 10 /s"
Key = tuple[int, int, int]
"""Attack, row and replication, by their numbers."""


@dataclass(frozen=True)
class Search:
    """A search for breaking points that is known to be sound."""

    scenario: Scenario
    source: Source
    cells: Cells
    models: Models
    rates: tuple[AttackRate, ...]
    sought: Sought
    first: Candidate
    """The first row at the lowest rate."""

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of the mitigations."""
        return tuple(row.label for row in self.cells.rows)

    def candidate(self, attack: int, row: int, rate: float) -> Candidate:
        """A row with the attack at a rate (1/s). Raises :class:`Faults`."""
        return candidate(self.cells, self.models, self.cells.rows[row], self.rates[attack].at(rate))


def breaking_point(scenario: Given, *, out: str | Path | None = None, force: bool = False, seed: int | None = None,
                   engine: str = "auto", progress: Callable[[float], None] | None = None, attack: str | None = None,
                   level: object = None, lowest: object = None, highest: object = None, precision: object = PRECISION,
                   replications: int = REPLICATIONS, set: Mapping[str, Any] | None = None, **running: Any) -> BreakingPoints:
    """Find breaking points; see :func:`sim.breaking_point` for the options. ``running`` are those of :meth:`Runner.of`."""
    from sim.study.search.search_folder import BREAKING_POINTS

    if out is not None:
        check_free(Path(out), force=force, replace_ours=False, kind=BREAKING_POINTS)
    runner = Runner.of(**running)
    search = search_of(scenario, set, attack=attack, level=level, lowest=lowest, highest=highest, precision=precision,
                       replications=replications)
    found = run_search(search, runner, seed=seed, engine=engine, progress=progress)
    if out is not None:
        found.save(out, force=force)
    return found


def search_of(given: Given, changes: Mapping[str, Any] | None = None, *, attack: str | None = None, level: object = None,
              lowest: object = None, highest: object = None, precision: object = PRECISION,
              replications: int = REPLICATIONS) -> Search:
    """The search in a scenario, with every row checked under every attack at both ends of its rates.

    Raises :class:`Faults` with everything that is wrong in what is asked and in any of these.
    """
    models, faults = Models(), FaultList()
    opening = opened(given, changes or {}, models, faults)
    source = opening.source
    stated = opening.study.get("level") if level is None else level
    wanted_level = _read("level", LEVEL if stated is None else stated, share, "a share above 0 %, at most 100 %",
                         lambda value: 0 < value <= 1, faults)
    wanted_precision = _read("precision", precision, share, "a share from 0.1 % to 100 %, e.g. 10 %",
                             lambda value: FINEST <= value <= 1, faults)
    if isinstance(replications, bool) or not isinstance(replications, int) or not 2 <= replications <= MAXIMUM_REPLICATIONS:
        faults.append(Fault("", None, None, "replications", f"got {shown(replications)}",
                            f"a whole number from 2 to {MAXIMUM_REPLICATIONS}"))
    cells = cells_of(opening, faults)
    if len(cells.rows) > MANY_CELLS:
        faults.append(source.fault(("study", "vary"), f"{len(cells.rows):,} rows", f"at most {MANY_CELLS:,}"))
    rates = attack_rates(cells.base, attack, faults)
    sought = Sought(wanted_level, wanted_precision, replications,
                    {each.attack: _ends(each, lowest, highest, faults) for each in rates})
    first = _first(cells, models, rates, sought, faults) if len(cells.rows) <= MANY_CELLS else None
    faults.raise_if_any()
    assert first is not None
    assert opening.scenario is not None
    return Search(opening.scenario, with_changes(source, opening.everywhere), cells, models, tuple(rates), sought, first)


def _first(cells: Cells, models: Models, rates: Sequence[AttackRate], sought: Sought, faults: FaultList) -> Candidate | None:
    """The first row at the lowest rate of the first attack; what is wrong in any row, or at the other end, is noted."""
    first = None
    for each in rates:
        for row in cells.rows:
            for rate in sought.attacks[each.attack]:
                try:
                    found = candidate(cells, models, row, each.at(rate))
                    first = first or found
                except Faults as wrong:
                    faults.extend(wrong)
    return first


def _ends(rate: AttackRate, lowest: object, highest: object, faults: FaultList) -> tuple[float, float]:
    """The lowest and the highest rate to be tried of an attack."""
    own = rate.rate_per_s
    if own <= 0 and (lowest is None or highest is None):
        faults.append(Fault("", None, None, f"attack '{rate.attack}'", "its rate is 0",
                            "between which rates: lowest=... and highest=..."))
        return 1.0, 2.0
    before = len(faults)
    low = own / REACH if lowest is None else _read("from", lowest, rate_per_s, _RATE, _above_zero, faults)
    high = min(own * REACH, MAXIMUM_RATE) if highest is None else _read("to", highest, rate_per_s, _RATE, _above_zero, faults)
    low, high = typed(low), typed(high)
    if len(faults) == before and low >= high:
        faults.append(Fault("", None, None, "from", f"got {format_rate(low)}, and to {format_rate(high)}", "from below to"))
    return low, high


def _above_zero(value: float) -> bool:
    return value > 0


def _read(name: str, value: object, read: Callable[[object], float], expected: str, fits: Callable[[float], bool],
          faults: FaultList) -> float:
    """A quantity of an option; what is none is noted, and 1 stands for it."""
    try:
        found = read(value)
    except BadValue as bad:
        faults.append(Fault("", None, None, name, bad.problem, bad.expected, bad.suggestion))
        return 1.0
    if fits(found):
        return found
    faults.append(Fault("", None, None, name, f"got {shown(value)}", expected))
    return 1.0


# -- running it --------------------------------------------------------------------------------------------------------


def run_search(search: Search, runner: Runner, *, seed: int | None = None, engine: str = "auto",
               progress: Callable[[float], None] | None = None) -> BreakingPoints:
    """Run a search that has been checked. Raises :class:`RunFault` if no replication of any row came to an end."""
    chosen = search.first.checked.seed if seed is None else seed_of(seed)
    began = time.perf_counter()
    sought = search.sought
    brackets = {(attack, row, r): Bracket(*sought.attacks[rate.attack], sought.precision)
                for attack, rate in enumerate(search.rates) for row in range(len(search.rows)) for r in range(sought.replications)}
    about = sum(each.missing for each in brackets.values())
    runner.tell(lambda: f"{counted(len(search.rows), 'row')}, {counted(len(brackets), 'breaking point')} to be found: "
                        f"about {about:,} runs")
    search = replace(search, cells=warmed_up(search.cells, search.models, runner, chosen, engine))
    runs = Runs(runner, chosen, engine, _told(progress, brackets))
    tried: dict[Key, dict[float, float]] = {key: {} for key in brackets}
    _narrow(search, runs, brackets, tried)
    if runs.failures and not any(tried.values()):
        raise RunFault(str(runs.failures[0]))
    points = tuple(BreakingPoint(row, rate.attack, tuple(
        _broken(r, brackets[a, number, r], tried[a, number, r]) for r in range(sought.replications) if (a, number, r) in brackets))
        for a, rate in enumerate(search.rates) for number, row in enumerate(search.rows))
    info = {"kind": "breaking points", "scenario": search.scenario.name, "model": search.scenario.model,
            "model_sha256": search.first.checked.model_sha256, "seed": chosen, "runs": len(runs),
            "engines": sorted(runs.engines), **runner.info(began)}
    return BreakingPoints(search.scenario.name, search.source, chosen, sought, titles(search.cells.rows.axes), search.rows, points,
                          tuple(runs.failures), info)


def _narrow(search: Search, runs: Runs, brackets: dict[Key, Bracket], tried: dict[Key, dict[float, float]]) -> None:
    """Try rates until all brackets are narrow. A replication of which a run failed is left out of ``brackets``."""
    made: dict[tuple[int, int, float], Candidate] = {}
    while wanted := [(key, rate) for key, bracket in brackets.items() for rate in bracket.wanted()]:
        for (attack, row, _), rate in wanted:
            if (attack, row, rate) not in made:
                made[attack, row, rate] = search.candidate(attack, row, rate)
        runs.make((made[attack, row, rate], r) for (attack, row, r), rate in wanted)
        for key, rate in wanted:
            attack, row, r = key
            values = runs.values(made[attack, row, rate], r)
            if values is None:
                brackets.pop(key, None)
                continue
            success = values[SUCCESS.name]
            if success is None:
                raise RunFault(f"{made[attack, row, rate].name}, replication {r}: no honest session can be judged; "
                               "a longer run, or more arrivals")
            if key in brackets:
                brackets[key].tell(rate, held=success >= search.sought.level)
                tried[key][rate] = success


def _broken(replication: int, bracket: Bracket, tried: Mapping[float, float]) -> Broken:
    return Broken(replication, bracket.holds_at, bracket.fails_at, bracket.holds_again_at, tuple(sorted(tried.items())))


def _told(progress: Callable[[float], None] | None, brackets: Mapping[Key, Bracket]) -> Callable[[], None] | None:
    """What tells the progress after each run: the share of those that are expected in all."""
    if progress is None:
        return None
    done = 0

    def heard() -> None:
        nonlocal done
        done += 1
        tried = sum(len(each.tried) for each in brackets.values())
        whole = tried + sum(each.missing for each in brackets.values())
        progress(min(1.0, done / max(whole, done)))

    return heard
