"""The layout of a text diagram: in which column each lifeline stands, and from where to where each frame reaches.

Columns are cells of the terminal, from 0. Room is given where it saves most lines: starting from the least distances, one column at
a time goes to the gap between lifelines that shortens the wrapped labels most (their lines are taken as
length / room, which falls ever more slowly, so that the greedy choice is a good one).
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from sim.draw.cells import balance, width, wrap, wrap_parts
from sim.draw.chart import Action, Arrow, Chart, Frame, Note, Row

LEAST_GAP: Final = 12
"""Between neighbouring lifelines; where not even this fits, the diagram becomes a list."""
GOOD_GAP: Final = 18
"""Where there is room, neighbours keep this distance even if no label needs it."""
FRAME_PADDING: Final = 2
NOTE_OVERHANG: Final = 2
LEAST_BOX: Final = 16
LEAST_FRAME: Final = 28
WIDEST_NAME: Final = 16
"""Names of participants may be broken into lines from this width on, if room is short."""

Span = tuple[int, int]
"""First and last column."""


class Box(NamedTuple):
    """A name, action or note with its border: from column ``left`` to ``right``, its text in ``lines``."""

    left: int
    right: int
    lines: tuple[str, ...]
    remark_from: int = 1_000
    """The first line that holds the annotation and nothing else."""


class Layout:
    """Where things stand in a chart that is drawn at most ``room`` cells wide.

    ``columns`` are the lifelines' columns; ``span`` is the width used. Raises :class:`NoRoomError` if lifelines would
    stand too close.
    """

    def __init__(self, chart: Chart, room: int) -> None:
        self.depth = _depth(chart.rows)
        gaps = self._gaps(chart, room)
        total, self.columns = 0, []
        for gap in gaps[:-1]:
            total += gap
            self.columns.append(total)
        self.span = total + gaps[-1] + 1
        self.names = self._names(chart)
        self._frames: dict[int, Span] = {}
        self._place_frames(chart.rows, 0)

    def frame(self, frame: Frame) -> Span:
        """The columns of a frame's left and right border."""
        return self._frames[id(frame)]

    def inside(self, sender: int, receiver: int) -> Span:
        """The columns between two lifelines."""
        low, high = sorted((self.columns[sender], self.columns[receiver]))
        return low + 1, high - 1

    def beside(self, lifeline: int) -> tuple[bool, int]:
        """For a message to oneself: whether it goes to the right, and the room there for its label."""
        if lifeline + 1 < len(self.columns) or lifeline == 0:
            end = self.columns[lifeline + 1] if lifeline + 1 < len(self.columns) else self.span - 2 * self.depth
            return True, max(4, end - self.columns[lifeline] - 6)
        return False, max(4, self.columns[lifeline] - self.columns[lifeline - 1] - 6)

    def box(self, row: Action | Note, mark: str, depth: int) -> Box:
        """The box of an action or note at a depth of ``depth`` frames; ``mark`` goes behind its text."""
        first, last = (row.over[0], row.over[-1]) if isinstance(row, Note) else (row.participant, row.participant)
        least, most = self._between_neighbours(first, last, depth)
        if first != last:
            least = max(least, self.columns[first] - NOTE_OVERHANG)
            most = min(most, self.columns[last] + NOTE_OVERHANG)
            return Box(least, most, wrap(_text(row) + mark, most - least - 3))
        lines, remark_from = labelled(_text(row) + mark, getattr(row, "annotation", ""), most - least - 3)
        size = max([width(line) for line in lines]) + 4
        left = min(max(least, self.columns[first] - size // 2), max(least, most - size + 1))
        return Box(left, left + size - 1, lines, remark_from)

    def _between_neighbours(self, first: int, last: int, depth: int) -> Span:
        """The columns a box over these lifelines may take, without its frames having to reach over the lifelines beside them."""
        inset = FRAME_PADDING * depth
        least = self.columns[first - 1] + 2 + inset if first else inset
        most = self.columns[last + 1] - 2 - inset if last + 1 < len(self.columns) else self.span - 1 - inset
        while most - least < LEAST_BOX and inset > 0:
            inset -= 1
            least -= 1 if first else 0
            most += 1 if last + 1 < len(self.columns) else 0
        return least, most

    def _gaps(self, chart: Chart, room: int) -> list[int]:
        """The distances from the left edge to the first lifeline, from each to the next, and to the right edge."""
        halves = [_least_name(lifeline.label) // 2 + 3 for lifeline in chart.lifelines]
        margin = FRAME_PADDING * self.depth + 2
        gaps = [max(margin, halves[0])]
        gaps += [max(LEAST_GAP, left + right) for left, right in pairwise(halves)]
        gaps.append(max(margin, halves[-1]))
        spare = room - 1 - sum(gaps)
        if spare < 0:
            raise NoRoomError
        demands = _Demands(chart)
        for _ in range(spare):
            gap = demands.most_useful(gaps)
            if gap is None:
                break
            gaps[gap] += 1
        return gaps

    def _names(self, chart: Chart) -> list[Box]:
        """The boxes with the names of the lifelines."""
        boxes = []
        for index, lifeline in enumerate(chart.lifelines):
            column = self.columns[index]
            before = self.columns[index - 1] if index else -column - 1
            after = self.columns[index + 1] if index + 1 < len(self.columns) else 2 * self.span - column
            half = min(column - before - 2, after - column - 2) // 2 if len(self.columns) > 1 else column - 1
            half = min(max(half, _least_name(lifeline.label) // 2 + 2), column, self.span - 1 - column)
            lines = balance(lifeline.label, 2 * half - 3)
            size = max([width(line) for line in lines]) + 4
            left = column - size // 2
            boxes.append(Box(left, left + size - 1, lines))
        return boxes

    def _place_frames(self, rows: tuple[Row, ...], depth: int) -> Span:
        """Set the borders of all frames, the innermost first; returns from where to where ``rows`` reach."""
        left, right = self.span, -1
        for row in rows:
            low, high = self._reach(row, depth)
            left, right = min(left, low), max(right, high)
        return left, right

    def _reach(self, row: Row, depth: int) -> Span:
        if isinstance(row, Arrow):
            return self._reach_of_arrow(row)
        if isinstance(row, Frame):
            return self._place_frame(row, depth)
        if isinstance(row, Note) and row.heading:
            return self.span, -1
        box = self.box(row, "+" if row.added else "", depth)
        return box.left, box.right

    def _reach_of_arrow(self, arrow: Arrow) -> Span:
        column = self.columns[arrow.sender]
        if arrow.sender != arrow.receiver:
            low, high = sorted((column, self.columns[arrow.receiver]))
            return low, high
        rightwards, room = self.beside(arrow.sender)
        lines, _ = labelled(arrow.label, arrow.annotation, room)
        size = max([width(line) for line in lines]) + 4
        return (column, column + size) if rightwards else (column - size, column)

    def _place_frame(self, frame: Frame, depth: int) -> Span:
        spans = [self._place_frames(operand.rows, depth + 1) for operand in frame.operands]
        left, right = min(low for low, _ in spans), max(high for _, high in spans)
        if right < 0:
            left, right = self.columns[0], self.columns[-1]
        least, most = FRAME_PADDING * depth, self.span - 1 - FRAME_PADDING * depth
        left, right = max(least, left - FRAME_PADDING), min(most, right + FRAME_PADDING)
        if right - left < LEAST_FRAME:
            right = min(most, left + LEAST_FRAME)
            left = max(least, min(left, right - LEAST_FRAME))
        while left > least and any(abs(left - column) < 2 for column in self.columns):
            left -= 1
        while right < most and any(abs(right - column) < 2 for column in self.columns):
            right += 1
        self._frames[id(frame)] = (left, right)
        return left, right


class NoRoomError(Exception):
    """The lifelines do not fit side by side."""


def labelled(label: str, annotation: str, room: int) -> tuple[tuple[str, ...], int]:
    """The lines of a label and its annotation, in brackets on the same line if both fit; and where the annotation begins.

    The second value is the index of the first line that holds nothing but the annotation.
    """
    together = f"{label} ({annotation})"
    if not annotation:
        lines = balance(label, room)
        return lines, len(lines)
    if label and width(together) <= room and len(wrap(together, room)) == 1:
        return (together,), 1
    lines = balance(label, room) if label else ()
    return (*lines, *wrap_parts(annotation, room)), len(lines)


def _text(row: Action | Note) -> str:
    return row.text if isinstance(row, Note) else row.label


class _Demands:
    """How much room the texts of a chart ask for, by the pair of lifelines between which they stand (-1: the left edge)."""

    def __init__(self, chart: Chart) -> None:
        needs: dict[Span, list[int]] = {}
        for pair, need in _needs(chart.rows, len(chart.lifelines)):
            needs.setdefault(pair, []).append(need)
        for index, lifeline in enumerate(chart.lifelines):
            for pair in ((index - 1, index), (index, index + 1)):
                at_edge = pair[0] < 0 or pair[1] == len(chart.lifelines)
                room = width(lifeline.label) // 2 + 3 if at_edge else max(width(lifeline.label) + 6, GOOD_GAP)
                needs.setdefault(pair, []).append(room)
        self._pairs: list[tuple[Span, list[int], list[int]]] = []
        for pair, sizes in needs.items():
            sizes.sort()
            beyond = [0]
            for size in reversed(sizes):
                beyond.append(beyond[-1] + size)
            self._pairs.append((pair, sizes, beyond[::-1]))

    def most_useful(self, gaps: list[int]) -> int | None:
        """The gap that saves most lines if it grows by a column; None if none does."""
        gains = [0.0] * len(gaps)
        for (first, last), sizes, beyond in self._pairs:
            between = sum(gaps[first + 1 : last + 1])
            unmet = beyond[bisect_right(sizes, between)]
            if unmet:
                gain = unmet / (between * (between + 1))
                for gap in range(first + 1, last + 1):
                    gains[gap] += gain
        best = max(gains)
        return gains.index(best) if best > 0.0 else None


def _needs(rows: tuple[Row, ...], lifelines: int) -> Iterator[tuple[Span, int]]:
    for row in rows:
        if isinstance(row, Arrow):
            low, high = sorted((row.sender, row.receiver))
            if low == high:
                pair = (low, low + 1) if low + 1 < lifelines or not low else (low - 1, low)
                yield pair, _together(row) + 6
            else:
                yield (low, high), width(row.label) + 4
                if row.annotation:
                    yield (low, high), width(row.annotation) + 6
        elif isinstance(row, Action):
            yield (row.participant - 1, row.participant + 1), _together(row) + 8
        elif isinstance(row, Note):
            if not row.heading:
                yield (row.over[0] - 1, row.over[-1] + 1), width(row.text) + 8
        else:
            for operand in row.operands:
                yield from _needs(operand.rows, lifelines)


def _together(row: Arrow | Action) -> int:
    """The width of a label with its annotation on one line."""
    return width(row.label) + (width(row.annotation) + 3 if row.annotation else 0)


def _depth(rows: tuple[Row, ...]) -> int:
    frames = [row for row in rows if isinstance(row, Frame)]
    return max((1 + _depth(operand.rows) for frame in frames for operand in frame.operands), default=0)


def _least_name(label: str) -> int:
    """The width of a lifeline's name when it is broken into as many lines as is bearable."""
    return max([width(line) for line in balance(label, max(WIDEST_NAME, 1))])
