"""A table of the report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` under ``columns``; the first cell of a row is its heading, the others are values."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
