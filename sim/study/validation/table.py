"""The table of a validation: for terminals of any width, as Markdown, and for Jupyter."""

import html
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from sim.study.validation.found import Found, cells, wide
from sim.study.validation.row import CONFIDENCE, NARROW

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

    from sim.study.validation.result import Validation

COLUMNS = ("row", "system", "quantity", "expected", "found", "interval", "runs", "verdict", "source")
NUMBERS = ("row", "expected", "found", "interval", "runs")
"""Columns of numbers, which end on one line."""
LONG = ("system", "quantity", "source")
"""Columns whose texts may go on in another line."""
WIDE, NARROWEST = 140, 90
"""Columns of a terminal that the table with its sources needs, and that without; on a narrower one each row is a paragraph."""


class Table:
    """A validation's table. ``print(table)`` has 100 columns; :meth:`text` any number."""

    def __init__(self, validation: "Validation") -> None:
        self.validation = validation

    # -- what it says --------------------------------------------------------------------------------------------------

    def headline(self) -> str:
        """How many rows agree."""
        rows = self.validation.rows
        said = f"{sum(each.agrees for each in rows)} of {len(rows)} rows agree"
        left = f"; stopped: {len(rows)} of {self.validation.of} were counted" if self.validation.stopped else ""
        return said + (" (short form)" if self.validation.quick else "") + left

    def legend(self) -> str:
        """What must be known to read it."""
        return ("Found: the mean over independent replications, counted in runs whose seed is the row's number. Interval: half the "
                f"width of Student's at {CONFIDENCE * 100:g} %, and that relative to the mean, at most {NARROW * 100:g} % unless "
                "said below. Exact: to the digits that stand there.")

    def notes(self) -> list[str]:
        """Which rows may be wider, and why; rows after each other together."""
        listed = wide(self.validation.rows)
        return [f"Row{'s' if '-' in span or ',' in span else ''} {span}: {why}." for span, why in _together(listed)]

    def sources(self) -> list[str]:
        """Where what is expected comes from."""
        return [f"Row{'s' if '-' in span or ',' in span else ''} {span}: {source}." for span, source in
                _together([(each, each.row.source) for each in self.validation.rows])]

    # -- how it looks --------------------------------------------------------------------------------------------------

    def text(self, width: int = 100, *, color: bool = False) -> str:
        """The table for a terminal of ``width`` columns."""
        import io

        from rich.console import Console

        out = io.StringIO()
        Console(file=out, width=max(width, 20), force_terminal=color, color_system="standard" if color else None,
                legacy_windows=False, no_color=not color, highlight=False).print(self)
        return "\n".join(line.rstrip() for line in out.getvalue().splitlines())

    def __str__(self) -> str:
        return self.text()

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        from rich.text import Text

        if options.max_width >= NARROWEST:
            yield from self._grid(options.max_width)
        else:
            yield from self._paragraphs()
        yield ""
        more = self.notes() if options.max_width >= WIDE or options.max_width < NARROWEST else [*self.notes(), *self.sources()]
        for line in (self.legend(), *more):
            yield Text(line, style="dim")
        yield Text(self.headline(), style="bold green" if self.validation.agrees else "bold red")

    def _grid(self, width: int) -> "Iterator[RenderableType]":
        from rich import box
        from rich.table import Table as Grid
        from rich.text import Text

        names = [name for name in COLUMNS if width >= WIDE or name != "source"]
        grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False, header_style="bold",
                    collapse_padding=True)
        for name in names:
            grid.add_column(name, justify="right" if name in NUMBERS else "left", no_wrap=name not in LONG)
        for each in self.validation.rows:
            shown = cells(each)
            grid.add_row(*(Text(shown[name], style=_style(each) if name == "verdict" else "") for name in names))
        yield grid

    def _paragraphs(self) -> "Iterator[RenderableType]":
        from rich.padding import Padding
        from rich.text import Text

        for each in self.validation.rows:
            shown = cells(each)
            yield Text(f"{shown['row']}. {shown['system']}: {shown['quantity']}", style="bold")
            counted = f"expected {shown['expected']}, found {shown['found']}, {shown['interval']}, runs {shown['runs']}: "
            yield Padding(Text.assemble(counted, (shown["verdict"], _style(each)), f" [{shown['source']}]"), (0, 0, 0, 2))

    def markdown(self) -> str:
        """The table as a Markdown document."""
        command = f"sim validate{' --quick' if self.validation.quick else ''} --out TABLE.md"
        lines = ["# The simulator against theory and published results", "", f"{self.headline()}. {self.legend()}", "",
                 f"Made by `{command}`, which finds the same numbers again.", "",
                 f"| {' | '.join(COLUMNS)} |", f"|{'|'.join(' ---: ' if name in NUMBERS else ' --- ' for name in COLUMNS)}|"]
        for each in self.validation.rows:
            shown = cells(each)
            lines.append(f"| {' | '.join(shown[name].replace('|', chr(92) + '|') for name in COLUMNS)} |")
        return "\n".join([*lines, *(f"\n{note}" for note in self.notes())]) + "\n"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in COLUMNS)
        body = []
        for each in self.validation.rows:
            shown = cells(each)
            aligned = ((name, "right" if name in NUMBERS else "left") for name in COLUMNS)
            texts = (f'<td style="text-align:{side}">{html.escape(shown[name])}</td>' for name, side in aligned)
            body.append(f"<tr>{''.join(texts)}</tr>")
        notes = "<br>".join(html.escape(each) for each in (self.legend(), *self.notes()))
        caption = f'<caption style="text-align:left">{html.escape(self.headline())}</caption>'
        return f'<table class="sim-validation">{caption}<tr>{head}</tr>{"".join(body)}</table><p>{notes}</p>'


def _style(found: Found) -> str:
    return "green" if found.agrees else "bold red"


def _together(listed: list[tuple[Found, str]]) -> list[tuple[str, str]]:
    """Rows with the same text, as numbers and spans of numbers, with that text."""
    by_text: dict[str, list[int]] = {}
    for each, text in listed:
        by_text.setdefault(text, []).append(each.row.number)
    return [(_spans(numbers), text) for text, numbers in by_text.items()]


def _spans(numbers: list[int]) -> str:
    """Numbers in order, as '1-3, 5'."""
    groups = [[number for _, number in group] for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{group[0]}-{group[-1]}" if len(group) > 1 else str(group[0]) for group in groups)
