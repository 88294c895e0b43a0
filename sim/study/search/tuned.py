"""What a search for parameters found: the setting that keeps the levels at the least cost, all that was tried, and the front."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from sim.scenario.flow import dump
from sim.scenario.ranges import written
from sim.scenario.source import Source
from sim.study.execution.job import Failure
from sim.study.measures import SUCCESS
from sim.study.search.level import Cost, Level
from sim.study.search.trials import Measured, Trial
from sim.study.summary import CONFIDENCE, Estimate, estimate_data

if TYPE_CHECKING:
    import pandas as pd

    from sim.draw import trade_off
    from sim.study.search.tuned_table import TunedTable
    from sim.study.views import Picture

WIDE = 30
"""Costs of which the highest is more than so many times the lowest are drawn on a logarithmic axis."""


@dataclass(frozen=True)
class Wanted:
    """What was asked. ``row``: what is tuned; ``parameters``: the path of each and its short name."""

    question: str
    row: str
    columns: tuple[str, ...]
    cost: Cost
    levels: tuple[Level, ...]
    parameters: tuple[tuple[str, str], ...]
    replications: int


@dataclass(frozen=True)
class Tuned:
    """The outcome of a search. Wall-clock time stands in ``info``.

    ``best`` is the cheapest trial that keeps the levels, or, where none does, the one nearest to it; ``fresh`` is what it gave in
    replications that no trial had; ``settings`` its values by path, ``paste`` the piece of a scenario that they are in.
    """

    name: str
    source: Source = field(compare=False, repr=False)
    seed: int
    wanted: Wanted
    trials: tuple[Trial, ...]
    best: Trial
    fresh: Measured
    settings: dict[str, Any]
    paste: dict[str, Any]
    failures: tuple[Failure, ...]
    info: dict[str, Any] = field(compare=False)

    @property
    def keeps(self) -> bool:
        """Whether the best one kept all levels in the search."""
        return self.best.keeps

    @cached_property
    def missed(self) -> list[Level]:
        """The levels that it misses in the fresh replications."""
        return [each for each in self.wanted.levels if each.shortfall(self.fresh) > 0]

    @cached_property
    def front(self) -> list[Trial]:
        """The Pareto front, by rising cost: trials than which none has a lower cost and no lower honest success at its worst."""
        from sim.draw import trade_off

        return [self.trials[number] for number in trade_off.front(self._drawn)]

    @property
    def yaml(self) -> str:
        """The best setting as YAML to paste into the scenario."""
        return dump(self.paste)

    @cached_property
    def table(self) -> "TunedTable":
        """The table: ``print`` shows it as text, Jupyter as HTML, rich's consoles as a table."""
        from sim.study.search.tuned_table import TunedTable

        return TunedTable(self)

    def picture(self) -> "Picture":
        """Honest success at its worst against the cost, of all that was tried, with the front, as SVG and PNG."""
        from sim.draw import trade_off
        from sim.draw.scales import Axis
        from sim.study.views import Picture

        wanted = self.wanted
        least = [each.limit for each in wanted.levels if each.measure is SUCCESS and each.is_least]
        measure = wanted.cost.measure
        drawn = trade_off.TradeOff(
            title=wanted.question or self.name, trials=self._drawn,
            price=Axis(wanted.cost.text(wanted.columns), measure.kind, log=self._is_wide),
            success=Axis("honest success in the worst column", SUCCESS.kind), level=max(least, default=None),
            chosen=self.best.number,
            levels="; ".join(each.text(wanted.columns) for each in wanted.levels),
            note="" if self.keeps else "No setting keeps all levels.")
        return Picture(trade_off.render(drawn))

    @property
    def _is_wide(self) -> bool:
        """Whether the costs are of such different size that they are drawn on a logarithmic axis."""
        costs = [each.cost.mean for each in self.trials if each.cost.mean is not None]
        positive = [cost for cost in costs if cost > 0]
        return bool(positive) and min(costs) >= 0 and max(positive) > WIDE * min(positive)

    @cached_property
    def _drawn(self) -> "list[trade_off.Trial]":
        from sim.draw import trade_off

        return [trade_off.Trial(each.label, each.cost.mean, each.worst.mean, half_width(each.cost), half_width(each.worst),
                                keeps=each.keeps) for each in self.trials]

    def to_pandas(self) -> "pd.DataFrame":
        """A row a trial."""
        import pandas as pd

        return pd.DataFrame(list(self.trial_rows()))

    def to_dict(self) -> dict[str, Any]:
        """All of it for a program. The same search has the same bytes, whatever ran it."""
        wanted, on_front = self.wanted, {each.number for each in self.front}
        levels = [{"measure": each.measure.name, "at_least" if each.is_least else "at_most": written(each.measure.kind, each.limit),
                   "in": [wanted.columns[column] for column in each.columns], "kept": each.shortfall(self.best.measured) <= 0,
                   "kept_fresh": each not in self.missed} for each in wanted.levels]
        return {"scenario": self.name, "question": wanted.question, "seed": self.seed, "row": wanted.row,
                "columns": list(wanted.columns), "confidence": CONFIDENCE, "complete": not self.failures,
                "cost": {"measure": wanted.cost.measure.name, "in": wanted.columns[wanted.cost.column]}, "levels": levels,
                "keeps": self.keeps, "keeps_fresh": not self.missed,
                "best": {"trial": self.best.number, "set": self.settings, "replications": self.best.replications,
                         "measured": self._data(self.best.measured), "fresh": self._data(self.fresh)},
                "trials": [{"trial": each.number, "set": {s.path: s.value for s in each.variant.settings},
                            "replications": each.replications, "keeps": each.keeps, "on_front": each.number in on_front,
                            "shortfalls": list(each.shortfalls), "measured": self._data(each.measured)} for each in self.trials]}

    def _data(self, measured: Measured) -> dict[str, Any]:
        return {column: {each.measure.name: estimate_data(each) for each in cell}
                for column, cell in zip(self.wanted.columns, measured, strict=True)}

    def to_json(self) -> bytes:
        """The bytes of ``tuning.json``."""
        return orjson.dumps(self.to_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def trial_rows(self) -> Iterator[dict[str, Any]]:
        """Tidy: a row a trial; the cost and the worst honest success in base units."""
        on_front = {each.number for each in self.front}
        for each in self.trials:
            yield {"trial": each.number, **{level.factor: level.label for level in each.variant.levels},
                   "replications": each.replications, "keeps": each.keeps, "cost": each.cost.mean,
                   "cost_half_width": half_width(each.cost), "worst_success": each.worst.mean,
                   "worst_success_half_width": half_width(each.worst), "on_front": each.number in on_front,
                   "best": each.number == self.best.number}

    def cell_rows(self) -> Iterator[dict[str, Any]]:
        """Tidy: a row a trial, column and measure; the best one has ``fresh`` rows too."""
        for trial, fresh, measured in [*((each.number, False, each.measured) for each in self.trials),
                                       (self.best.number, True, self.fresh)]:
            for column, cell in zip(self.wanted.columns, measured, strict=True):
                for each in cell:
                    yield {"trial": trial, "fresh": fresh, "column": column, "measure": each.measure.name,
                           "unit": each.measure.unit, "mean": each.mean, "half_width": half_width(each),
                           "replications": len(each.known)}

    def save(self, out: str | Path, *, force: bool = False) -> Path:
        """Write the folder ``out``, whole or not at all; an existing one only with ``force``."""
        from sim.study.search.search_folder import write_tuned

        return write_tuned(self, Path(out), force=force)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()

    def __repr__(self) -> str:
        return f"<Tuned {self.name!r}: {len(self.trials)} trials, best {self.best.label}>"


def half_width(estimate: Estimate) -> float | None:
    """Half the width of its interval; None where there is none."""
    return None if estimate.interval is None else estimate.interval.half_width
