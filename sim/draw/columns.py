"""Columns: where the lifelines stand.

Each row asks for room: an arrow between its two lifelines, an action, a note or a self message beside its own, a frame
around all that it holds. The gaps between lifelines are the smallest that give every row its room, where
a long label asks for no more than a wrapped one takes.
"""

from typing import Final, NamedTuple

from sim.draw.activations import Activations
from sim.draw.blocks import (
    ACTION,
    GUARD,
    HEADING,
    LABEL,
    NAME,
    NOTE,
    OPERATOR,
    SMALL,
    WAIT,
    Block,
    block,
    marked,
    preferred_px,
)
from sim.draw.chart import Action, Arrow, Chart, Frame, Note, Role, Row
from sim.draw.fontmetrics import width_px

MARGIN: Final = 24
BAR_HALF: Final = 5
BAR_STEP: Final = 4
SELF_LOOP: Final = 28
SELF_LABEL_LIMIT: Final = 190
ACTION_LIMIT: Final = 160
ACTION_PAD: Final = 8
ICON: Final = 20
NOTE_LIMIT: Final = 200
NOTE_PAD: Final = 12
NOTE_OVERSHOOT: Final = 16
FRAME_OVERSHOOT: Final = 28
FRAME_INSET: Final = 12
LABEL_PAD: Final = 8
HEAD_LIMIT: Final = 150
HEAD_PAD: Final = 12
TAB_PAD: Final = 8
_MINIMUM_GAP: Final = 104
_CLEARANCE: Final = 14
_LABEL_NARROW: Final = 175
_LABEL_WIDE: Final = 270
_NOTE_WIDE: Final = 260


class Extent(NamedTuple):
    """From ``left`` px left of lifeline ``first`` to ``right`` px right of lifeline ``last``."""

    first: int
    left: int
    last: int
    right: int

    def joined(self, other: "Extent") -> "Extent":
        """The smallest extent that holds both; a lifeline further out outweighs any number of px."""
        first, left = min((self.first, -self.left), (other.first, -other.left))
        last, right = max((self.last, self.right), (other.last, other.right))
        return Extent(first, -left, last, right)


class Columns(NamedTuple):
    """The x of each lifeline in px, the width of all with margins, and the frames' extents in order down the chart."""

    x: tuple[int, ...]
    width: int
    frames: list[Extent]


def columns(chart: Chart, activations: Activations) -> Columns:
    """Place the lifelines of ``chart``."""
    if not chart.lifelines:
        return Columns((), 2 * MARGIN, [])
    room = _Room(len(chart.lifelines), activations)
    room.rows(chart.rows)
    halves = [head_block(lifeline.label).width // 2 + HEAD_PAD for lifeline in chart.lifelines]
    gaps = []
    for k in range(len(halves) - 1):
        beside = max(room.right[k] + BAR_HALF, room.left[k + 1] + room.bar_reach(k)) + _CLEARANCE
        gaps.append(max(_MINIMUM_GAP, halves[k] + halves[k + 1] + 2 * _CLEARANCE, beside))
    for (first, last), wanted in sorted(room.spans.items(), key=lambda item: (item[0][1] - item[0][0], item[0])):
        lacking = wanted - sum(gaps[first:last])  # integers
        for k in range(first, last):
            share = -(-lacking // (last - k))
            if share > 0:
                gaps[k] += share
                lacking -= share
    x = [MARGIN + max(room.left[0], halves[0])]
    for gap in gaps:
        x.append(x[-1] + gap)
    return Columns(tuple(x), x[-1] + max(room.right[-1], halves[-1]) + MARGIN, room.frames)


def head_block(label: str) -> Block:
    """The name in a participant's box."""
    return block(label, "", NAME, HEAD_LIMIT)


def action_block(action: Action) -> Block:
    """The text of an action."""
    style = WAIT if action.shape == "wait" else ACTION
    limit = preferred_px(marked(action.label, action.added), action.annotation, style, 110, ACTION_LIMIT)
    return block(marked(action.label, action.added), action.annotation, style, max(limit, 40))


def has_icon(action: Action) -> bool:
    """Whether a sign stands before the text of the action."""
    return action.shape == "wait" or (action.shape == "action" and action.role is not Role.DIAGRAM)


def note_block(note: Note, limit_px: int) -> Block:
    """The text of a note."""
    return block(marked(note.text, note.added), "", HEADING if note.heading else NOTE, limit_px)


def operator_text(frame: Frame) -> str:
    """The operator, with a question mark if the frame is not in the diagram."""
    return frame.operator if frame.role is Role.DIAGRAM else f"{frame.operator} ?"


def tab_px(frame: Frame) -> int:
    """Width of the tab that bears a frame's operator."""
    return width_px(operator_text(frame), OPERATOR) + 2 * TAB_PAD + 4


class _Room:
    """What the rows ask for: reach beside each lifeline, width between pairs of lifelines."""

    def __init__(self, lifelines: int, activations: Activations) -> None:
        self.left = [0] * lifelines
        self.right = [0] * lifelines
        self.spans: dict[tuple[int, int], int] = {}
        self.frames: list[Extent] = []
        self._depth = [activations.deepest(lifeline) for lifeline in range(lifelines)]

    def bar_reach(self, lifeline: int) -> int:
        """How far the activations of a lifeline reach to its right; to its left it is ``BAR_HALF``."""
        return BAR_HALF + BAR_STEP * max(self._depth[lifeline] - 1, 0) if self._depth[lifeline] else 0

    def rows(self, rows: tuple[Row, ...]) -> Extent | None:
        """Ask for all that ``rows`` need; return what they cover, None if there are none."""
        extent = None
        for row in rows:
            if isinstance(row, Arrow):
                own = self._arrow(row)
            elif isinstance(row, Frame):
                own = self._frame(row)
            else:
                own = self._action(row) if isinstance(row, Action) else self._note(row)
            extent = own if extent is None else extent.joined(own)
        return extent

    def _reach(self, extent: Extent) -> Extent:
        self.left[extent.first] = max(self.left[extent.first], extent.left)
        self.right[extent.last] = max(self.right[extent.last], extent.right)
        return extent

    def _span(self, first: int, last: int, wanted: int) -> None:
        self.spans[first, last] = max(self.spans.get((first, last), 0), wanted)

    def _arrow(self, arrow: Arrow) -> Extent:
        label = marked(arrow.label, arrow.added)
        if arrow.sender == arrow.receiver:
            width = block(label, arrow.annotation, LABEL, SELF_LABEL_LIMIT).width
            reach = self.bar_reach(arrow.sender) + BAR_STEP + SELF_LOOP + LABEL_PAD + width
            return self._reach(Extent(arrow.sender, BAR_HALF, arrow.sender, reach))
        first, last = sorted((arrow.sender, arrow.receiver))
        width = preferred_px(label, arrow.annotation, LABEL, _LABEL_NARROW, _LABEL_WIDE)
        self._span(first, last, width + 2 * LABEL_PAD + self.bar_reach(first) + BAR_HALF)
        return Extent(first, BAR_HALF, last, self.bar_reach(last))

    def _action(self, action: Action) -> Extent:
        width = action_block(action).width + 2 * ACTION_PAD + (ICON if has_icon(action) else 0)
        half = (width + 1) // 2
        return self._reach(Extent(action.participant, half, action.participant, half))

    def _note(self, note: Note) -> Extent:
        first, last = min(note.over), max(note.over)
        if first == last:
            half = (note_block(note, NOTE_LIMIT).width + 1) // 2 + NOTE_PAD
            return self._reach(Extent(first, half, last, half))
        width = preferred_px(marked(note.text, note.added), "", NOTE, NOTE_LIMIT, _NOTE_WIDE)
        self._span(first, last, width + 2 * NOTE_PAD - 2 * NOTE_OVERSHOOT)
        return self._reach(Extent(first, NOTE_OVERSHOOT, last, NOTE_OVERSHOOT))

    def _frame(self, frame: Frame) -> Extent:
        at = len(self.frames)
        whole = Extent(0, 0, len(self.left) - 1, 0)
        self.frames.append(whole)
        inside = None
        for operand in frame.operands:
            own = self.rows(operand.rows)
            if own is not None:
                inside = own if inside is None else inside.joined(own)
        inside = inside or whole
        left = max(inside.left + FRAME_INSET, FRAME_OVERSHOOT)
        right = max(inside.right + FRAME_INSET, FRAME_OVERSHOOT)
        if inside.first == inside.last:
            wanted = max([self._header_px(operand.guard, operand.annotation) for operand in frame.operands], default=0)
            lacking = max(wanted + tab_px(frame) - left - right, 0)
            left, right = left + lacking // 2, right + (lacking + 1) // 2
        extent = self._reach(Extent(inside.first, left, inside.last, right))
        self.frames[at] = extent
        return extent

    @staticmethod
    def _header_px(guard: str, annotation: str) -> int:
        """Width for the guard of a frame around a single lifeline."""
        both = [width for width in (width_px(guard, GUARD), width_px(annotation, SMALL)) if width]
        wanted = 10 + sum(both) + 16 * (len(both) - 1)  # integers
        return min(wanted if wanted <= NOTE_LIMIT else max(both, default=0) + 10, NOTE_LIMIT) + 2 * TAB_PAD
