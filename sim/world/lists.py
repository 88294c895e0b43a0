"""Doubly linked lists whose links stand in the rows of a table: of keys, in the order in which they are due.

A row begins with the columns LIST_COLUMNS and stands in one list at most. Row 0 is nobody's: list l = 1, 2, ... has its first row
in column 2 l - 2 of it and its last in column 2 l - 1, so a row is at least as wide as twice the lists. 0 is no row.
"""

from collections.abc import MutableSequence
from typing import Final

LIST_COLUMNS: Final = ("earlier", "later", "list")
EARLIER, LATER, LIST = range(3)


def first_of(ints: MutableSequence[int], rows: int, which: int) -> int:
    """The first row of a list; 0 if it is empty. ``rows``: where row 0 begins."""
    return ints[rows + 2 * which - 2]


def append(ints: MutableSequence[int], rows: int, width: int, row: int, which: int) -> None:
    """Put a row at the end of a list."""
    here, end = rows + width * row, rows + 2 * which - 1
    last = ints[end]
    ints[here + EARLIER], ints[here + LATER], ints[here + LIST] = last, 0, which
    ints[rows + width * last + LATER if last != 0 else end - 1] = row
    ints[end] = row


def unlink(ints: MutableSequence[int], rows: int, width: int, row: int) -> None:
    """Take a row out of its list."""
    here = rows + width * row
    earlier, later, end = ints[here + EARLIER], ints[here + LATER], rows + 2 * ints[here + LIST] - 1
    ints[rows + width * earlier + LATER if earlier != 0 else end - 1] = later
    ints[rows + width * later + EARLIER if later != 0 else end] = earlier
    ints[here + LIST] = 0
