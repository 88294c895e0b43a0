"""How the command line looks: diagrams, tables and progress, fitted to the terminal."""

import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from sim.measure.table import Metrics
    from sim.study.compare import Comparison
    from sim.study.printed import Printed
    from sim.study.result import Study
    from sim.study.validation.table import Table as ValidationTable
    from sim.study.views import Diagram
    from sim.trace.sessions import SessionTable

Table = list[tuple[str, bool]]
"""Lines of text, each with whether it is a title."""
_SLOW_S = 0.5
"""What is over by then shows no progress."""
_WORDS = ("class", "client", "outcome", "by")
"""Columns of the table of sessions that hold no numbers."""
_MOST_FAILURES = 3
_GAP = 4
"""Columns between two tables."""


def width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return max(20, shutil.get_terminal_size((100, 40)).columns)


def is_terminal() -> bool:
    """Whether somebody looks at the output directly."""
    return sys.stdout.isatty()


def in_colour() -> bool:
    """Whether the output may have colours (https://no-color.org)."""
    return is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show_diagram(diagram: "Diagram") -> None:
    """A sequence diagram as text, coloured on a terminal."""
    print(diagram.text(width(), color=in_colour()))


def show_metrics(metrics: "Metrics") -> None:
    """The metrics, a table for each section, in as many columns as fit."""
    for line in side_by_side([_table(title, rows) for title, rows in metrics.sections()], width()):
        print("".join(f"\x1b[1m{text}\x1b[0m" if is_title and in_colour() else text for text, is_title in line).rstrip())


def _table(title: str, rows: Sequence[Sequence[str]]) -> Table:
    """A title and its rows: labels to the left, numbers to the right, units after them; all lines equally long."""
    sizes = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [f"{label:{sizes[0]}}  {value:>{sizes[1]}} {unit:{sizes[2]}}" for label, value, unit in rows]
    longest = max(map(len, [title, *lines]))
    return [(title.ljust(longest), True), *((line.ljust(longest), False) for line in lines)]


def side_by_side(tables: Sequence[Table], columns: int) -> list[Table]:
    """The lines of tables in their order, one below the other and then side by side: as low as ``columns`` allows."""
    most = sum(map(len, tables)) + len(tables)
    piles = next((piles for height in range(max(map(len, tables)), most) if _wide(piles := _piled(tables, height)) <= columns),
                 _piled(tables, most))
    tallest = max(map(len, piles))
    gap = (" " * _GAP, False)
    lines: list[Table] = []
    for index in range(tallest):
        cells = [pile[index] if index < len(pile) else (" " * len(pile[0][0]), False) for pile in piles]
        lines.append([part for cell in cells for part in (cell, gap)][:-1])
    return lines


def _piled(tables: Sequence[Table], height: int) -> list[Table]:
    """Tables piled up to ``height`` lines, an empty line between two; all lines of a pile equally long."""
    piles: list[Table] = []
    for table in tables:
        if piles and len(piles[-1]) + 1 + len(table) <= height:
            piles[-1] += [("", False), *table]
        else:
            piles.append(list(table))
    longest = [max(len(text) for text, _ in pile) for pile in piles]
    return [[(text.ljust(size), is_title) for text, is_title in pile] for pile, size in zip(piles, longest, strict=True)]


def _wide(piles: Sequence[Table]) -> int:
    return sum(len(pile[0][0]) for pile in piles) + _GAP * (len(piles) - 1)


def show_entries(entries: Mapping[str, Mapping[str, tuple[str, str]]]) -> None:
    """What ships, by kind: names, what each is, and where it comes from."""
    for kind, rows in entries.items():
        longest = max(map(len, rows), default=0) + 2
        margin = " " * min(longest + 2, width() // 2)
        print(f"\x1b[1m{kind}\x1b[0m" if in_colour() else kind)
        for name, (about, source) in rows.items():
            said = f"{about} [{source}]" if source else about
            print("\n".join(textwrap.wrap(f"  {name:{longest}}{said}", width(), subsequent_indent=margin, break_on_hyphens=False)))
        print()
    print("\n".join(textwrap.wrap("sim list NAME tells more of one: what it may be told, its source, and YAML to paste.", width())))


def show_comparison(comparison: "Comparison") -> None:
    """Two runs side by side, or where that does not fit, one below the other."""
    print(comparison.text(width() if is_terminal() else None))


def show_table(table: "Printed") -> None:
    """The table of a study or a search, coloured on a terminal."""
    print(table.text(width(), color=in_colour()))


def show_validation(table: "ValidationTable") -> None:
    """The table of a validation, coloured on a terminal."""
    print(table.text(width(), color=in_colour()))


def show_sessions(table: "SessionTable") -> None:
    """Sessions, a row each; on a narrow terminal without the columns that say nothing, or a paragraph each."""
    lines = str(table).split("\n")
    if not len(table) or not is_terminal() or max(map(len, lines)) <= width():
        print(table)
        return
    rows = [dict(zip(lines[0].split(), line.split(), strict=True)) for line in lines[1:-1]]  # no cell holds white space
    idle = {"by": "-", "attempts": "1", "refusals": "0", "class": rows[0]["class"]}
    kept = [name for name in rows[0] if name not in idle or any(row[name] != idle[name] for row in rows)]
    sizes = [max(len(name), *(len(row[name]) for row in rows)) for name in kept]
    if sum(sizes) + 2 * len(sizes) - 2 <= width():
        for row in [{name: name for name in kept}, *rows]:
            print("  ".join(row[name].ljust(size) if name in _WORDS else row[name].rjust(size)
                            for name, size in zip(kept, sizes, strict=True)).rstrip())
    else:
        for row in rows:
            print("\n".join(textwrap.wrap(", ".join(f"{name} {row[name]}" for name in kept), width(), subsequent_indent="    ")))
    print("\n".join(textwrap.wrap(table.caption, width())))


def tell_failures(study: "Study") -> None:
    """The runs that failed, on stderr: what each ended with, and the command that runs it again."""
    for failure in study.failures[:_MOST_FAILURES]:
        print(f"{failure}\n  {study.command(failure)}", file=sys.stderr)
    if len(study.failures) > _MOST_FAILURES:
        print(f"and {len(study.failures) - _MOST_FAILURES} more, in failures.txt", file=sys.stderr)


def agrees(question: str) -> bool:
    """Whether somebody at the terminal says yes; nobody does where there is no terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def long_time(seconds: float) -> str:
    """A time in the largest unit of which there are at least two: ``3 days``."""
    units = (("days", 86_400), ("hours", 3_600), ("minutes", 60))
    name, size = next(((name, size) for name, size in units if seconds >= 2 * size), ("seconds", 1))
    return f"{seconds / size:,.0f} {name}"


def say(what: str) -> None:
    """One line on stderr, about what goes on."""
    print(f"sim: {what}", file=sys.stderr, flush=True)


@contextmanager
def progress(label: str, *, quiet: bool) -> Iterator[Callable[[float], None] | None]:
    """A progress bar on stderr for what takes longer than half a second; none when quiet or where there is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    import time

    began = time.monotonic()
    bar: Progress | None = None

    def move(share: float) -> None:
        nonlocal bar
        if bar is None:
            if time.monotonic() - began < _SLOW_S:
                return
            bar = _bar(label)
            bar.start()
        bar.update(bar.task_ids[0], completed=share)

    try:
        yield move
    finally:
        if bar is not None:
            bar.stop()


def _bar(label: str) -> "Progress":
    """A bar from 0 to 1 that vanishes at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.table import Column

    name = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1))
    bar = Progress(name, BarColumn(bar_width=30), TaskProgressColumn(), TimeRemainingColumn(),
                   console=Console(stderr=True), transient=True)
    bar.add_task(label, total=1.0)
    return bar


@contextmanager
def working(label: str, *, quiet: bool) -> Iterator[None]:
    """A line on stderr while something is done whose progress nobody knows; none when quiet or where there is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    print(f"{label} ...", end="", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        print(f"\r{' ' * (len(label) + 4)}\r", end="", file=sys.stderr, flush=True)
