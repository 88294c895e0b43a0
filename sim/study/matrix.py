"""The table of a study: mitigations down, attacks across, in each cell what was measured, with its interval.

One table for a terminal of any width (columns that do not fit stand below), for rich, and for Jupyter.
"""

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.language.faults import printable
from sim.language.units import format_duration, format_share
from sim.measure.groups import SIGNIFICANCE, Groups
from sim.measure.statistics import spearman
from sim.study.main_effects import main_effects
from sim.study.measures import MEAN_RESPONSE, MEASURES, SUCCESS
from sim.study.printed import Printed, legend, plain_table
from sim.study.readings import MISSING, Reading, partly
from sim.study.sides import FLASH_CROWD
from sim.study.summary import CONFIDENCE

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

    from sim.study.result import Study
    from sim.study.summary import Summary

BEST, WORST, GROUPS = "▲", "▼", "‡"
_MARKS = {"best": BEST, "worst": WORST}
_COLOURS = {"best": "bold green", "worst": "bold magenta"}
"""Beside the signs, which say the same; both can be read on light and on dark terminals."""
Line = tuple[str, list[str]]
"""What stands before a line, and in each column."""


class Matrix(Printed):
    """A study's table."""

    def __init__(self, study: "Study") -> None:
        self.study = study
        batched = study.grid.replications.batches is not None
        wanted = [measure for measure in MEASURES if measure.in_table or (batched and measure.bins is not None)
                  or (measure is MEAN_RESPONSE and not study.has_attacks)]
        self.measures = [measure for measure in wanted if any(cell.estimate(measure).known for cell in study.cells)] or [SUCCESS]
        """Those that have a value anywhere."""
        self.compared = (SUCCESS, MEAN_RESPONSE) if not study.has_attacks else (SUCCESS,)
        """Those whose difference from the first row is told."""
        self.readings = {measure: Reading.of(measure, study.cells) for measure in self.measures}

    # -- what it says --------------------------------------------------------------------------------------------------

    def headline(self) -> str:
        """The question; without one, what is compared."""
        grid = self.study.grid
        by = " and ".join(title for title in (grid.row_title, grid.column_title) if title)
        return printable(grid.question or f"{self.study.name}: honest sessions{' by ' if by else ''}{by}")

    def across(self) -> str:
        """What the names of the columns are of; empty where they say it themselves."""
        return printable(f"{self.study.grid.column_title} →") if self.study.grid.columns_need_title else ""

    def legend(self) -> list[tuple[str, str]]:
        """What must be known to read it: terms, and what each means."""
        study, grid = self.study, self.study.grid
        lines = [("a ± b", self._spread())]
        lines += [(each.label, f"{self._unit(each.name)}{each.about}") for each in self.measures]
        if len(grid.rows) > 1:
            paired = "the difference under the same chance (of shares in points); a real one if its interval is without 0"
            lines.append((f"against '{grid.rows[0]}'", paired))
        if grid.flash_crowd is not None:
            lines.append((FLASH_CROWD, f"no attack, and {grid.flash_crowd:g} times as many honest sessions"))
        if study.marks:
            lines.append((f"{BEST} {WORST}", "the highest and the lowest honest success of a column, with ties (0.1 points)"))
        if partly(study.cells):
            lines.append((MISSING, "in replications without such a value; the mean is of the others"))
        lines += self._notes()
        return [(printable(term), printable(text)) for term, text in (*lines, *self.groups())]

    def _spread(self) -> str:
        """What an interval is of."""
        batches = self.study.grid.replications.batches
        if batches is not None:
            what, how = f"of one run (seed {self.study.seed})", f"by {batches} batch means"
        else:
            replications = f"{self.study.replications()} replications with common random numbers (seed {self.study.seed})"
            what, how = f"over {replications}", "(Student's t)"
        return f"mean {what}, and half the width of its {CONFIDENCE:.0%} interval {how}; measured after the warm-up"

    def _notes(self) -> Iterator[tuple[str, str]]:
        """What happened that a reader must know."""
        study = self.study
        if study.warm_up is not None:
            begins_ns = min((each.from_ns for each in study.grid.prepare_base().scenario.attacks), default=0)
            before = f"; what is measured begins before an attack does, at {format_duration(begins_ns)}"
            yield "warm-up", (f"{study.warm_up.text}, found by MSER-5 in {study.warm_up.replications} replications with no attack"
                              f"{before if (study.warm_up.seconds or 0) * 1e9 < begins_ns else ''}")
        if study.too_wide:
            rule = study.grid.replications
            assert rule.until is not None  # else nothing is too wide
            wanted = f"a half-width of {format_share(rule.until)} of {rule.of}"
            yield "too wide", f"{len(study.too_wide)} of {len(study.cells)} cells did not come to {wanted} in {rule.at_most} runs"
        alike = sum(each.batches is not None and not each.batches.uncorrelated for cell in study.cells for each in cell.estimates)
        if alike:
            yield "batches", f"{alike} intervals may be too narrow: batches follow each other (von Neumann, p < 5 %); run longer"
        if study.stopped:
            yield "stopped", f"{study.info['runs']} of {study.info['of']} runs were finished"
        if study.failures:
            yield "failed", f"{len(study.failures)} runs, the first {study.failures[0]}"

    def groups(self) -> list[tuple[str, str]]:
        """Of each cell whose replications fall into two groups, which these are."""
        reading, grid = self.readings[SUCCESS], self.study.grid
        told = ("{} / {}: the replications fall into two groups, {} at {} % and {} at {} %, nothing between (a gap that chance "
                "makes with p < {:.0%})")
        return [(GROUPS, told.format(grid.rows[each.row], grid.columns[each.column], g.low_count, reading.number(g.low_mean),
                                     g.high_count, reading.number(g.high_mean), SIGNIFICANCE))
                for each in self.study.cells if (g := each.groups) is not None]

    def _unit(self, name: str) -> str:
        unit = next(reading.unit for measure, reading in self.readings.items() if measure.name == name)
        return f"{unit}; " if unit else ""

    def lines(self, row: int, columns: range) -> Iterator[Line]:
        """The lines of a row, for some of the columns."""
        width = len(self.study.grid.columns)
        cells = [self.study.cells[row * width + column] for column in columns]
        for measure in self.measures:
            reading = self.readings[measure]
            texts = [reading.estimate(cell.estimate(measure)) for cell in cells]
            if measure is SUCCESS:
                texts = [(text if cell.groups is None else self._apart(cell.groups)) + self._marks(cell)
                         for text, cell in zip(texts, cells, strict=True)]
            yield f"{measure.label}{', ' if reading.unit else ''}{reading.unit}", texts
            if measure in self.compared and row > 0:
                differences = [cell.estimate(measure).difference for cell in cells]
                yield (f"  against '{self.study.grid.rows[0]}'",
                       [reading.difference(each) + "  " if each is not None else "" for each in differences])

    def _apart(self, groups: Groups) -> str:
        """Two groups in place of a mean that never occurs: how many are about where."""
        number = self.readings[SUCCESS].number
        return f"{groups.low_count} at {number(groups.low_mean)}, {groups.high_count} at {number(groups.high_mean)}"

    def _marks(self, cell: "Summary") -> str:
        mark = _MARKS.get(self.study.marks.get((cell.row, cell.column), ""), " ")
        return f" {mark}{GROUPS if cell.groups is not None else ''}"

    # -- how it looks --------------------------------------------------------------------------------------------------

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        from rich.text import Text

        yield Text(self.headline(), style="bold")
        if len(self.study.cells) > self.study.MOST_SHOWN:
            yield f"{len(self.study.cells):,} cells, each in cells.csv; here the effect of each factor, the mean over all others"
            yield ""
            yield self._effects()
        else:
            if across := self.across():
                yield Text(across, style="dim")
            for block in self._blocks(options.max_width):
                yield ""
                yield self._block(block, options.max_width)
        yield ""
        yield legend(self.legend(), options.max_width)

    def _effects(self) -> "Table":
        """Of a large study: what each factor does, over all others."""
        from rich.text import Text

        reading = self.readings[SUCCESS]
        table = plain_table()
        for name in ("factor", "level", f"{SUCCESS.label}, {reading.unit}"):
            table.add_column(Text(name), justify="right" if name.startswith(SUCCESS.label) else "left")
        for effect in main_effects(self.study, SUCCESS):
            title = self.study.grid.titles[effect.factor]
            for number, level in enumerate(effect.levels):
                half = "" if level.interval is None else f" ± {reading.number(level.interval.half_width)}"
                told = MISSING if level.mean is None else f"{reading.number(level.mean)}{half}"
                table.add_row(Text("" if number else title, style="bold"), Text(level.label), Text(told))
            if effect.pairs:
                known = [(x.value, y) for x, y in effect.pairs if y is not None]
                found = spearman([x for x, _ in known], [y for _, y in known])
                told = MISSING if found is None else f"rank correlation {found:+.2f}".replace("-", "−")
                table.add_row(Text(title, style="bold"), Text(f"{len(effect.pairs)} points"), Text(told))
        return table

    def _blocks(self, width: int) -> Iterator[range]:
        """Columns that stand side by side: as many as fit."""
        names = self.study.grid.columns
        sizes = [max(len(name), *(len(text.rstrip()) for row in range(len(self.study.grid.rows))
                                  for _, (text,) in self.lines(row, range(column, column + 1)))) + 3
                 for column, name in enumerate(names)]
        room = width - self._label_width() - 2
        start, taken = 0, 0
        for column, size in enumerate(sizes):
            if column > start and taken + size > room:
                yield range(start, column)
                start, taken = column, 0
            taken += size
        yield range(start, len(names))

    def _label_width(self) -> int:
        grid = self.study.grid
        labels = [label for row in range(min(2, len(grid.rows))) for label, _ in self.lines(row, range(1))]
        return max(len(label) for label in (*labels, *grid.rows, grid.row_title)) + 2

    def _block(self, columns: range, width: int) -> "Table":
        from rich.text import Text

        grid = self.study.grid
        table = plain_table()
        table.add_column(Text(grid.row_title), no_wrap=True, overflow="fold")
        for column in columns:
            table.add_column(Text(grid.columns[column]), justify="right", no_wrap=width >= 60)
        for row, name in enumerate(grid.rows):
            if row:
                table.add_row()
            table.add_row(Text(name, style="bold"))
            for number, (label, texts) in enumerate(self.lines(row, columns)):
                styles = [_COLOURS.get(self.study.marks.get((row, column), ""), "") if number == 0 else "" for column in columns]
                dim = "dim" if label.startswith("  ") else ""
                table.add_row(Text(f"  {label}", style=dim), *(Text(text, style=style or dim)
                                                               for text, style in zip(texts, styles, strict=True)))
        return table

    def _repr_html_(self) -> str:
        grid = self.study.grid
        if len(self.study.cells) > self.study.MOST_SHOWN:
            return f"<pre>{html.escape(self.text())}</pre>"
        head = "".join(f"<th>{html.escape(name)}</th>" for name in ("", *grid.columns))
        body = []
        for row, name in enumerate(grid.rows):
            body.append(f'<tr><th colspan="{len(grid.columns) + 1}" style="text-align:left">{html.escape(name)}</th></tr>')
            for label, texts in self.lines(row, range(len(grid.columns))):
                cells = "".join(f'<td style="text-align:right">{html.escape(text)}</td>' for text in texts)
                body.append(f'<tr><td style="text-align:left">{html.escape(label)}</td>{cells}</tr>')
        notes = "<br>".join(f"<b>{html.escape(term)}</b>: {html.escape(text)}" for term, text in self.legend())
        caption = "<br>".join(html.escape(text) for text in (self.headline(), self.across()) if text)
        return (f'<table class="sim-study"><caption style="text-align:left">{caption}</caption><tr>{head}</tr>'
                f"{''.join(body)}</table><p>{notes}</p>")
