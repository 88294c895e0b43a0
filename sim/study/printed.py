"""A table of results as text: the same for a file, ``print``, and a terminal of any width."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

NARROWEST = 40


class Printed(ABC):
    """What rich's consoles show as a table, ``print`` as text of 100 columns, and :meth:`text` of any number."""

    @abstractmethod
    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        """What it consists of, for a console of these options."""

    def text(self, width: int = 100, *, color: bool = False) -> str:
        """The table for a terminal of ``width`` columns."""
        import io

        from rich.console import Console

        out = io.StringIO()
        Console(file=out, width=max(width, NARROWEST), force_terminal=color, color_system="standard" if color else None,
                legacy_windows=False, no_color=not color, highlight=False).print(self)
        return "\n".join(line.rstrip() for line in out.getvalue().splitlines())

    def __str__(self) -> str:
        return self.text()


def legend(lines: list[tuple[str, str]], width: int) -> "Table":
    """Terms, and beside each what it means."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2), pad_edge=False)
    table.add_column(style="bold", max_width=max(8, width // 4))
    table.add_column()
    for term, text in lines:
        table.add_row(Text(term), Text(text))
    return table


def plain_table() -> "Table":
    """A table with a line below its head, and no other."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), collapse_padding=True, show_edge=False, header_style="bold")
