"""What is said of one thing that ships: comments as wide as the reader's terminal, then YAML that is left as it is."""

import re
import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 100
"""Columns, where nobody says how many there are."""
NARROW = 40


def sheet(comments: Iterable[str], yaml: str) -> str:
    """Comments and the YAML below them."""
    return "\n".join([*(f"# {line}".rstrip() for line in comments), "", yaml])


def prose(text: str, width: int) -> list[str]:
    """Paragraphs and items (lines that begin with ``- ``), each filled anew; what is indented is left as it is."""
    lines: list[str] = []
    for number, paragraph in enumerate(text.split("\n\n")):
        lines += [""] if number else []
        block: list[str] = []
        for line in paragraph.split("\n"):
            starts = line.startswith("- ") or not block or (line.startswith(" ") and not block[-1].startswith("- "))
            block = [*block, line] if starts else [*block[:-1], f"{block[-1]} {line.strip()}"]
        for line in block:
            lines += [line] if line.startswith(" ") else filled(line, width, "  " if line.startswith("- ") else "")
    return lines


def first_of(sources: str) -> str:
    """The first of some sources, without what is said about it."""
    found = re.match(r'(?:"[^"]*"|[^;:"])*', sources)
    return found[0].strip().rstrip(".") if found else ""


def entries(rows: Sequence[tuple[str, ...]], width: int) -> list[str]:
    """A line for each row in columns, if the widest fits; else its first cells on a line, and the last one below, indented."""
    if not rows:
        return []
    sizes = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    if 2 * len(sizes) + sum(sizes) <= _room(width):
        return ["  " + "  ".join(cell.ljust(size) for cell, size in zip(row, sizes, strict=True)).rstrip() for row in rows]
    if 2 * len(sizes) + sum(sizes[:-1]) > _room(width):
        return [line for row in rows for line in [*filled(f"  {'; '.join(filter(None, row[:-1]))}", width, "    "),
                                                  *filled(f"    {row[-1]}", width, "    ")] if line.strip()]
    return [line for row in rows for line in [
        "  " + "  ".join(cell.ljust(size) for cell, size in zip(row[:-1], sizes, strict=False)).rstrip(),
        *filled(f"    {row[-1]}", width, "    ")] if line.strip()]


def filled(line: str, width: int, margin: str) -> list[str]:
    """A line, broken where it is too long; no word is."""
    return textwrap.wrap(line, _room(width), subsequent_indent=margin, break_long_words=False, break_on_hyphens=False)


def _room(width: int) -> int:
    """Columns beside the sign of a comment."""
    return max(NARROW, width) - 2
