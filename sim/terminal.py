"""How the command line looks: tables, diagrams and progress, by rich."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from sim.measure.table import Metrics
    from sim.study.compare import Comparison
    from sim.study.views import Diagram
    from sim.trace.sessions import SessionTable

_SLOW_S = 0.5
"""A run that is over by then shows no progress bar."""


def width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return shutil.get_terminal_size((100, 40)).columns


def console(*, stderr: bool = False) -> "Console":
    """The console; plain text where the output is no terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def show_diagram(diagram: "Diagram") -> None:
    """A sequence diagram as text, coloured on a terminal."""
    print(diagram.text(width(), color=sys.stdout.isatty()))


def show_metrics(metrics: "Metrics") -> None:
    """The metrics as a table, in as many columns as fit."""
    from rich.columns import Columns
    from rich.table import Table

    tables = []
    for title, rows in metrics.sections():
        table = Table(title=title, title_style="bold", title_justify="left", show_header=False, box=None, pad_edge=False)
        table.add_column()
        table.add_column(justify="right")
        table.add_column(style="dim")
        for label, value, unit in rows:
            table.add_row(label, value, unit)
        tables.append(table)
    console().print(Columns(tables, padding=(0, 4)), soft_wrap=False)


def show_comparison(comparison: "Comparison") -> None:
    """Two runs side by side."""
    print(comparison)


def show_sessions(table: "SessionTable") -> None:
    """Sessions, a row each."""
    print(table)


@contextmanager
def progress(label: str, *, quiet: bool) -> Iterator[Callable[[float], None] | None]:
    """A progress bar on stderr, for what takes longer than half a second; none when quiet or where there is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    import time

    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    began = time.monotonic()
    bar = Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
                   console=console(stderr=True), transient=True)
    task = bar.add_task(label, total=1.0)
    started = False

    def move(share: float) -> None:
        nonlocal started
        if not started and time.monotonic() - began > _SLOW_S:
            bar.start()
            started = True
        bar.update(task, completed=share)

    try:
        yield move
    finally:
        if started:
            bar.stop()
