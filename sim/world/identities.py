"""The identity table: from the identity of whoever asks to the number of its row, for everything that keeps a state for each.

Open addressing with linear probing over a power of two of slots, at most half full (D. E. Knuth, The Art of Computer
Programming 3, 6.4, algorithms L and R: what is deleted leaves no tombstone, what follows it moves up). Rows are numbered from
0 and keep their number while they are in the table; they stand in a list from the least to the most recently used, so that a
table with a capacity evicts the least recently used one.

A table is a flat block of ints:

    header | rows of (identity, older, newer) | slots: row + 1, or 0

An identity is an int from 0 up to 2^62. The laws never allocate: an engine asks :func:`is_full` and makes room between
events (:func:`grown`). Where rows stand among the slots is nobody's business, so growing changes no result.
"""

from collections.abc import Callable
from typing import Any

CAPACITY, ROOM, COUNT, SLOTS, OLDEST, NEWEST, FREE, FRESH = range(8)
"""Header: most rows (0: no limit), rows there is room for, rows in use, slots, both ends of the list (-1: empty), the first
row that was given back (-1: none; they are chained by NEWER), and the first that never was in use.
"""
HEADER = 8
IDENTITY, OLDER, NEWER = range(3)
ROW = 3
FIRST_ROOM = 8
LIMIT = 1 << 62


def table(capacity: int = 0, room: int = FIRST_ROOM) -> list[int]:
    """A new table, empty; ``capacity`` 0 has no limit."""
    room = min(room, capacity) if capacity > 0 else room
    slots = 2
    while slots < 2 * room:
        slots *= 2
    return [capacity, room, 0, slots, -1, -1, -1, 0, *[0] * (ROW * room + slots)]


def is_full(table: list[int]) -> bool:
    """Whether an engine must make room before the next identity comes (a table at its capacity evicts instead)."""
    return table[COUNT] == table[ROOM] and (table[CAPACITY] == 0 or table[ROOM] < table[CAPACITY])


def grown(old: list[int]) -> list[int]:
    """The same table with twice the room."""
    room = 2 * old[ROOM] if old[CAPACITY] == 0 else min(2 * old[ROOM], old[CAPACITY])
    new = table(old[CAPACITY], room)
    for column in (COUNT, OLDEST, NEWEST, FREE, FRESH):
        new[column] = old[column]
    end = HEADER + ROW * old[ROOM]
    new[HEADER:end] = old[HEADER:end]
    fill_slots(new)
    return new


def slot_of(table: list[int], identity: int) -> int:
    """The slot at which the search for an identity begins: 32 bits of a product (multiplicative hashing), folded."""
    low, high = identity & 0xFFFFFFFF, identity >> 32 & 0xFFFFFFFF
    mixed = (low * 0x9E3779B1 & 0xFFFFFFFF) ^ (high * 0x85EBCA6B & 0xFFFFFFFF)
    mixed = (mixed ^ mixed >> 15) * 0x2C1B3C6D & 0xFFFFFFFF
    return (mixed ^ mixed >> 13) & (table[SLOTS] - 1)


def fill_slots(table: list[int]) -> None:
    """Enter every row that is in use into empty slots."""
    slots, first = table[SLOTS], HEADER + ROW * table[ROOM]
    row = table[OLDEST]
    while row >= 0:
        slot = slot_of(table, table[HEADER + ROW * row + IDENTITY])
        while table[first + slot] != 0:
            slot = slot + 1 & slots - 1
        table[first + slot] = row + 1
        row = table[HEADER + ROW * row + NEWER]


def find(table: list[int], identity: int) -> int:
    """The row of an identity, -1 if it has none; that it was looked up does not count as use."""
    slots, first = table[SLOTS], HEADER + ROW * table[ROOM]
    slot = slot_of(table, identity)
    while True:
        entry = table[first + slot]
        if entry == 0:
            return -1
        if table[HEADER + ROW * (entry - 1) + IDENTITY] == identity:
            return entry - 1
        slot = slot + 1 & slots - 1


def touch(table: list[int], identity: int) -> int:
    """Use the row of an identity. One that had none gets one: then the result is -1 - row, and its state must be cleared.

    At capacity the least recently used identity loses its row to the new one. ValueError without room: see `is_full`.
    """
    row = find(table, identity)
    if row >= 0:
        unlink(table, row)
        link_newest(table, row)
        return row
    if table[CAPACITY] > 0 and table[COUNT] == table[CAPACITY]:
        remove(table, table[OLDEST])
    row = table[FREE]
    if row >= 0:
        table[FREE] = table[HEADER + ROW * row + NEWER]
    elif table[FRESH] < table[ROOM]:
        row = table[FRESH]
        table[FRESH] = row + 1
    else:
        raise ValueError("an identity table has no room")
    table[COUNT] += 1
    table[HEADER + ROW * row + IDENTITY] = identity
    link_newest(table, row)
    slots, first = table[SLOTS], HEADER + ROW * table[ROOM]
    slot = slot_of(table, identity)
    while table[first + slot] != 0:
        slot = slot + 1 & slots - 1
    table[first + slot] = row + 1
    return -1 - row


def remove(table: list[int], row: int) -> None:
    """Take a row out of the table; what stood behind it in its run of slots moves up."""
    slots, first = table[SLOTS], HEADER + ROW * table[ROOM]
    gap = slot_of(table, table[HEADER + ROW * row + IDENTITY])
    while table[first + gap] != row + 1:
        gap = gap + 1 & slots - 1
    slot = gap
    while True:
        slot = slot + 1 & slots - 1
        entry = table[first + slot]
        if entry == 0:
            break
        home = slot_of(table, table[HEADER + ROW * (entry - 1) + IDENTITY])
        if (slot - home & slots - 1) >= (slot - gap & slots - 1):  # its search passes the gap
            table[first + gap] = entry
            gap = slot
    table[first + gap] = 0
    unlink(table, row)
    table[COUNT] -= 1
    table[HEADER + ROW * row + NEWER] = table[FREE]
    table[FREE] = row


def unlink(table: list[int], row: int) -> None:
    """Take a row out of the list by use."""
    older, newer = table[HEADER + ROW * row + OLDER], table[HEADER + ROW * row + NEWER]
    if older >= 0:
        table[HEADER + ROW * older + NEWER] = newer
    else:
        table[OLDEST] = newer
    if newer >= 0:
        table[HEADER + ROW * newer + OLDER] = older
    else:
        table[NEWEST] = older


def link_newest(table: list[int], row: int) -> None:
    """Put a row at the end of the list by use."""
    newest = table[NEWEST]
    table[HEADER + ROW * row + OLDER] = newest
    table[HEADER + ROW * row + NEWER] = -1
    if newest >= 0:
        table[HEADER + ROW * newest + NEWER] = row
    else:
        table[OLDEST] = row
    table[NEWEST] = row


def clear_row(block: list[Any], first: int, row: int, width: int) -> None:
    """Set a row of state to zero: what a new identity begins with."""
    for column in range(first + row * width, first + (row + 1) * width):
        block[column] = 0


LAWS: tuple[Callable[..., Any], ...] = (
    is_full, slot_of, fill_slots, find, unlink, link_newest, remove, touch, clear_row,
)  # fmt: skip
"""Every law of this module, callees before callers."""
