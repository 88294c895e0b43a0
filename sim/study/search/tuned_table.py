"""The table of a search for parameters: the best setting, what it gave in the search and in fresh replications, and the front."""

import html
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.language.faults import printable
from sim.study.measures import MEASURES, SUCCESS, Measure
from sim.study.printed import Printed, legend, plain_table
from sim.study.readings import Reading
from sim.study.search.level import estimate_of
from sim.study.summary import CONFIDENCE, Estimate

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

    from sim.study.search.trials import Measured
    from sim.study.search.tuned import Tuned

KEPT, MISSED = "✓", "✗"
FRESH = "  fresh replications"
_MOST_OF_FRONT = 12


class TunedTable(Printed):
    """The outcome of a search for parameters."""

    def __init__(self, found: "Tuned") -> None:
        self.found = found
        asked = {each.measure for each in found.wanted.levels} | {found.wanted.cost.measure, SUCCESS}
        self.measures = [measure for measure in MEASURES if measure.in_table or measure in asked]
        self.readings = {measure: _reading(measure, found) for measure in self.measures}

    # -- what it says --------------------------------------------------------------------------------------------------

    def headline(self) -> str:
        """The question; without one, what is tuned."""
        return printable(self.found.wanted.question or f"{self.found.name}: the cheapest parameters that keep the levels")

    def verdict(self) -> str:
        """What was found, in a sentence."""
        found, columns = self.found, self.found.wanted.columns
        tried = f"of {len(found.trials)} settings tried"
        if found.keeps:
            cost = found.wanted.cost
            searched, fresh = (self._costs(cost.of(each)) for each in (found.best.measured, found.fresh))
            said = (f"The cheapest {tried} that keeps the levels: {found.best.label}. Its cost, {cost.text(columns)}: {searched} "
                    f"({fresh} in fresh replications).")
            missed = self._missed(found.fresh)
            return printable(f"{said} But in fresh replications it misses: {missed}." if missed else said)
        return printable(f"None {tried} keeps the levels. The nearest: {found.best.label}. It misses: "
                         f"{self._missed(found.best.measured)}.")

    def _missed(self, measured: "Measured") -> str:
        """Which levels are missed, where, and what was measured there."""
        said = []
        for level in self.found.wanted.levels:
            reading = self.readings[level.measure]
            for column in level.columns:
                estimate = estimate_of(measured[column], level.measure)
                if level.missed_by(estimate) > 0:
                    alone = replace(level, columns=(column,)).text(self.found.wanted.columns)
                    said.append(f"{alone} ({_found(estimate, reading)})")
        return "; ".join(said)

    def lines(self) -> Iterator[tuple[str, list[str]]]:
        """The lines of the best setting, a text a column."""
        for measure in self.measures:
            reading = self.readings[measure]
            yield (f"{measure.label}{', ' if reading.unit else ''}{reading.unit}",
                   self._texts(measure, self.found.best.measured))
            yield FRESH, self._texts(measure, self.found.fresh)

    def front_head(self) -> tuple[str, ...]:
        """The names of the columns of the front."""
        wanted, cost = self.found.wanted, self.readings[self.found.wanted.cost.measure]
        unit = f", {cost.unit}" if cost.unit else ""
        return tuple(map(printable, (wanted.cost.text(wanted.columns) + unit, "worst honest success, %", "keeps",
                                     *(name for _, name in wanted.parameters))))

    def front_lines(self) -> Iterator[tuple[str, ...]]:
        """A line for each setting of the front."""
        success = self.readings[SUCCESS]
        for each in self.found.front[:_MOST_OF_FRONT]:
            cost = self.readings[self.found.wanted.cost.measure].estimate(each.cost)
            yield tuple(map(printable, (cost, success.estimate(each.worst), KEPT if each.keeps else "",
                                        *(level.label for level in each.variant.levels))))

    def legend(self) -> list[tuple[str, str]]:
        """What must be known to read it."""
        found = self.found
        best = found.best.replications
        spread = (f"mean over {best} replications with common random numbers (seed {found.seed}), and half the width of its "
                  f"{CONFIDENCE:.0%} interval (Student's t); measured after the warm-up")
        lines = [("a ± b", spread),
                 ("fresh", f"{best} other replications, which no trial had: what is chosen among many looks better than it is"),
                 (f"{KEPT} {MISSED}", "the whole interval keeps its level, or not")]
        lines += [("level", each.text(found.wanted.columns)) for each in found.wanted.levels]
        lines.append(("front", "settings than which none tried has a lower cost and as high an honest success at its worst"))
        if len(found.front) > _MOST_OF_FRONT:
            lines.append(("", f"{len(found.front) - _MOST_OF_FRONT} more of them are in trials.csv"))
        return [(printable(term), printable(text)) for term, text in lines]

    def _texts(self, measure: Measure, measured: "Measured") -> list[str]:
        texts = []
        for column, cell in enumerate(measured):
            estimate = estimate_of(cell, measure)
            levels = [each for each in self.found.wanted.levels if each.measure is measure and column in each.columns]
            mark = "" if not levels else KEPT if all(each.missed_by(estimate) <= 0 for each in levels) else MISSED
            texts.append(f"{self.readings[measure].estimate(estimate)} {mark or ' '}")
        return texts

    def _costs(self, estimate: Estimate) -> str:
        reading = self.readings[self.found.wanted.cost.measure]
        return f"{reading.estimate(estimate)} {reading.unit}".rstrip()

    # -- how it looks --------------------------------------------------------------------------------------------------

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        from rich.text import Text

        yield Text(self.headline(), style="bold")
        yield ""
        yield Text(self.verdict())
        yield ""
        yield Text(self.found.yaml.rstrip(), no_wrap=False)
        for columns in self._blocks(options.max_width):
            yield ""
            yield self._block(columns)
        yield ""
        if self.found.front:
            yield self._front()
            yield ""
        yield legend(self.legend(), options.max_width)

    def _blocks(self, width: int) -> Iterator[range]:
        """Columns that stand side by side: as many as fit."""
        names, lines = self.found.wanted.columns, list(self.lines())
        sizes = [max(len(name), *(len(texts[number]) for _, texts in lines)) + 3 for number, name in enumerate(names)]
        room = width - max(len(label) for label, _ in lines) - 2
        start, taken = 0, 0
        for number, size in enumerate(sizes):
            if number > start and taken + size > room:
                yield range(start, number)
                start, taken = number, 0
            taken += size
        yield range(start, len(names))

    def _block(self, columns: range) -> "Table":
        from rich.text import Text

        table = plain_table()
        table.add_column("", overflow="fold")
        for column in columns:
            table.add_column(Text(printable(self.found.wanted.columns[column])), justify="right", overflow="fold")
        for label, texts in self.lines():
            style = "dim" if label == FRESH else ""
            table.add_row(Text(label, style=style), *(Text(texts[column], style=style) for column in columns))
        return table

    def _front(self) -> "Table":
        from rich.text import Text

        table = plain_table()
        for name in self.front_head():
            table.add_column(Text(name), justify="right", overflow="fold")
        for line in self.front_lines():
            table.add_row(*map(Text, line))
        return table

    def _repr_html_(self) -> str:
        def rows(head: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
            top = "".join(f"<th>{html.escape(name)}</th>" for name in head)
            body = "".join("<tr>" + "".join(f'<td style="text-align:right">{html.escape(text)}</td>' for text in line) + "</tr>"
                           for line in lines)
            return f'<table class="sim-tuned"><tr>{top}</tr>{body}</table>'

        best = rows(("", *map(printable, self.found.wanted.columns)), [(label, *texts) for label, texts in self.lines()])
        notes = "<br>".join(f"<b>{html.escape(term)}</b>: {html.escape(text)}" for term, text in self.legend())
        said = f"<p><b>{html.escape(self.headline())}</b></p><p>{html.escape(self.verdict())}</p>"
        front = rows(self.front_head(), list(self.front_lines()))
        return f"{said}<pre>{html.escape(self.found.yaml)}</pre>{best}{front}<p>{notes}</p>"


def _found(estimate: Estimate, reading: Reading) -> str:
    """What was measured where a level is missed."""
    missing = len(estimate.values) - len(estimate.known)
    if missing:
        return f"nothing to measure in {missing} of {len(estimate.values)} replications"
    return f"{reading.estimate(estimate)} {reading.unit}".rstrip()


def _reading(measure: Measure, found: "Tuned") -> Reading:
    """The one in which the largest mean of the best setting reads well."""
    means = [each.mean for measured in (found.best.measured, found.fresh) for cell in measured for each in cell
             if each.measure is measure and each.mean is not None]
    return Reading.holding(measure.kind, max(map(abs, means), default=0.0))


