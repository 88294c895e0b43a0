"""Frames: the tab with the operator, and the guards of a combined fragment (UML 2.5.1, 17.6)."""

from typing import Final

from sim.draw import marks
from sim.draw.blocks import GUARD, OPERATOR, SMALL, block, marked
from sim.draw.chart import Frame
from sim.draw.columns import TAB_PAD, operator_text, tab_px
from sim.draw.shapes import Polygon, Shape, Text

TAB_HEIGHT: Final = 19
_CUT: Final = 7


def tab(frame: Frame, left: int, top: int, ink: str) -> list[Shape]:
    """The operator in a pentagon in the frame's corner at (left, top)."""
    right, bottom = left + tab_px(frame), top + TAB_HEIGHT
    outline = ((left, top), (right, top), (right, bottom - _CUT), (right - _CUT, bottom), (left, bottom))
    text_ink = "muted" if frame.muted else "ink"
    return [
        Polygon(outline, "page" if frame.muted else "tab", ink),
        Text(left + TAB_PAD, top + 14, operator_text(frame), OPERATOR, text_ink),
    ]


def guard(frame: Frame, index: int, left: int, right: int, y: int) -> tuple[list[Shape], int]:
    """The guard of operand ``index`` in brackets, and what the trace says of the operand; and the height of both.

    The annotation stands at the right end of the guard's line, or under the guard if that would take more lines.
    """
    operand = frame.operands[index]
    ink, soft = ("muted", "muted") if frame.muted or operand.muted else ("ink", "soft")
    text = marked(f"[{operand.guard}]" if operand.guard else "", frame.added and index == 0).strip()
    note = block(operand.annotation, "", SMALL, right - left)
    label = block(text, operand.annotation, GUARD, right - left)
    beside = block(text, "", GUARD, right - left - note.width - 16)
    shapes: list[Shape] = []
    if len(note.lines) == 1 and len(beside.lines) == len(label.lines) and 2 * note.width < right - left:
        label = beside
        annotation = note.texts(right, y + 1, "end", soft, soft)
        shapes += [*marks.masks(annotation), *annotation]
    texts = label.texts(left, y, "start", ink, soft)
    shapes += [*marks.masks(texts), *texts]
    return shapes, max(label.height, note.height)
