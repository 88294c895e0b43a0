"""Rows: the body of a sequence diagram, laid out downwards.

A pen goes down the chart and gives each row the height that it takes. No two rows share a y, so texts of different
rows cannot meet; within a row, columns have made room. Labels stand between two neighbouring lifelines where they can,
and cover the lifelines that they cross where they cannot.
"""

from typing import Final

from sim.draw import marks
from sim.draw.activations import Activations
from sim.draw.blocks import LABEL, Block, block, marked
from sim.draw.chart import Action, Arrow, Chart, Frame, Line, Note, Role, Row
from sim.draw.columns import (
    ACTION_PAD,
    BAR_HALF,
    BAR_STEP,
    FRAME_INSET,
    ICON,
    LABEL_PAD,
    NOTE_LIMIT,
    NOTE_OVERSHOOT,
    NOTE_PAD,
    SELF_LABEL_LIMIT,
    SELF_LOOP,
    Columns,
    action_block,
    has_icon,
    note_block,
    tab_px,
)
from sim.draw.fontmetrics import clean, line_px
from sim.draw.frames import TAB_HEIGHT, guard, tab
from sim.draw.shapes import Box, Dash, Group, Path, Polygon, Rectangle, Shape

ROW_GAP: Final = 16
_LABEL_GAP: Final = 4
_MARK_GAP: Final = 8
_MINIMUM_ACTIVATION: Final = 14
_CROSSING_LIMIT: Final = 440
_DOG_EAR: Final = 9


def ink_of(role: Role, muted: bool) -> str:
    """The name of the colour of lines and text."""
    if muted:
        return "muted"
    return "ink" if role is Role.DIAGRAM else role.value


class Pen:
    """Lays out rows at ``y`` and below; the groups are apart by what lies on what."""

    def __init__(self, chart: Chart, columns: Columns, activations: Activations, y: int) -> None:
        self.names = [clean(lifeline.label) for lifeline in chart.lifelines]
        self.x = columns.x
        self.extents = iter(columns.frames)
        self.activations = activations
        self.y = y
        self.row = 0
        self.ends: dict[int, tuple[int, int]] = {}
        """Where an activation that ends or begins at a row does so: (end, beginning)."""
        self.frames: list[Group] = []
        self.content: list[Group] = []
        self.tabs: list[Group] = []

    def rows(self, rows: tuple[Row, ...]) -> None:
        """Lay out ``rows``, one under the other."""
        for row in rows:
            if isinstance(row, Frame):
                self._frame(row)
                continue
            if isinstance(row, Arrow):
                if row.sender == row.receiver:
                    self._self_message(row)
                else:
                    self._message(row)
            elif isinstance(row, Action):
                self._action(row)
            elif row.heading:
                self._heading(row)
            else:
                self._note(row)
            self.row += 1

    def bars(self) -> list[Group]:
        """The activations, outer ones first; to be asked when all rows are laid out."""
        groups = []
        for lifeline, activations in enumerate(self.activations.by_lifeline):
            shapes: list[Shape] = []
            for bar in sorted(activations, key=lambda bar: (bar.depth, bar.first)):
                top = self.ends[bar.first][1]
                bottom = max(self.ends[bar.last][0], top + _MINIMUM_ACTIVATION)
                left = self.x[lifeline] - BAR_HALF + BAR_STEP * bar.depth
                fill, ink = ("page", "muted") if bar.muted else ("bar", "bar_line")
                shapes.append(Box(left, top, 2 * BAR_HALF, bottom - top, fill, ink, 0, 10))
            if shapes:
                groups.append(Group("bar", shapes))
        return groups

    def _edges(self, first: int, last: int, opened: bool) -> tuple[int, int]:
        """The free room between two lifelines: from the right of one to the left of the other."""
        left, right = self.x[first], self.x[last]
        layers = self.activations.layers(first, self.row, opened)
        if layers:
            left += BAR_HALF + BAR_STEP * (layers - 1)
        if self.activations.layers(last, self.row, opened):
            right -= BAR_HALF
        return left, right

    def _label(self, arrow: Arrow, left: int, right: int) -> tuple[Block, int, bool]:
        """The label of ``arrow``, the x of its middle, and whether it crosses lifelines."""
        text = marked(arrow.label, arrow.added)
        first, last = min(arrow.sender, arrow.receiver), max(arrow.sender, arrow.receiver)
        if last - first == 1:
            return block(text, arrow.annotation, LABEL, right - left - 2 * LABEL_PAD), (left + right) // 2, False
        step = 1 if arrow.sender < arrow.receiver else -1
        candidates = []
        for k in range(arrow.sender, arrow.receiver, step):
            room = self._edges(min(k, k + step), max(k, k + step), True)
            one = block(text, arrow.annotation, LABEL, room[1] - room[0] - 2 * LABEL_PAD)
            candidates.append((one, (room[0] + room[1]) // 2))
        best, middle = min(candidates, key=lambda candidate: candidate[0].height)
        limit = min(right - left - 2 * LABEL_PAD, _CROSSING_LIMIT)
        whole = block(text, arrow.annotation, LABEL, limit)
        if best.height <= whole.height + line_px(LABEL):
            return best, middle, False
        return whole, (left + right) // 2, True

    def _message(self, arrow: Arrow) -> None:
        """A straight arrow with its label above it."""
        sender, receiver = arrow.sender, arrow.receiver
        rightwards = sender < receiver
        left, right = self._edges(sender, receiver, True) if rightwards else self._edges(receiver, sender, True)
        label, middle, crossing = self._label(arrow, left, right)
        ink = ink_of(arrow.role, arrow.muted)
        texts = label.texts(middle, self.y, "middle", ink, "muted" if arrow.muted else "soft")
        shapes: list[Shape] = [*marks.masks(texts), *texts] if crossing else [*texts]
        plain = arrow.role is Role.DIAGRAM
        y = self.y + label.height + (_LABEL_GAP if plain else _MARK_GAP)
        start, tip, direction = (left, right, 1) if rightwards else (right, left, -1)
        if arrow.role is Role.LOSS:
            tip -= direction * max(16, (right - left) // 8)
            shapes += marks.cross(tip, y, ink)
            tip -= direction * 8
        back = marks.HEAD_LENGTH - 2 if arrow.line is Line.REQUEST else 1
        thickness = 13 if plain else 17
        shapes.append(Path(((start, y), (tip - direction * back, y)), ink, thickness, marks.DASHES[arrow.line]))
        shapes.append(marks.head(tip, y, direction, arrow.line, ink))
        if not plain and arrow.role is not Role.LOSS:
            shapes += marks.role_mark(start + direction * 14, y, arrow.role, ink)
        area = Rectangle(left, self.y - 4, right, y + 8)
        self.content.append(Group("message", shapes, self._tooltip(arrow), area))
        self.ends[self.row] = (y, y)
        self.y = y + ROW_GAP

    def _self_message(self, arrow: Arrow) -> None:
        """A loop on the right of a lifeline, its label on the right of the loop."""
        lifeline = arrow.sender
        edges = []
        for opened in (False, True):
            layers = self.activations.layers(lifeline, self.row, opened)
            edges.append(self.x[lifeline] + (BAR_HALF + BAR_STEP * (layers - 1) if layers else 0))
        label = block(marked(arrow.label, arrow.added), arrow.annotation, LABEL, SELF_LABEL_LIMIT)
        ink = ink_of(arrow.role, arrow.muted)
        height = max(label.height, 20)
        top = self.y + (height - 20) // 2
        bottom = top + 20
        out = max(edges) + SELF_LOOP
        signed = arrow.role is not Role.DIAGRAM
        tip = edges[1] + (12 if arrow.role is Role.LOSS else 0)
        line = ((edges[0], top), (out, top), (out, bottom), (tip + 2, bottom))
        shapes: list[Shape] = [
            Path(line, ink, 17 if signed else 13, marks.DASHES[arrow.line]),
            marks.head(tip, bottom, -1, arrow.line, ink),
        ]
        if arrow.role is Role.LOSS:
            shapes += marks.cross(tip - 6, bottom, ink, 4)
        elif signed:
            shapes += marks.role_mark(edges[0] + 12, top, arrow.role, ink)
        text_top = self.y + (height - label.height) // 2
        shapes += label.texts(out + LABEL_PAD, text_top, "start", ink, "muted" if arrow.muted else "soft")
        area = Rectangle(self.x[lifeline], self.y - 4, out + LABEL_PAD + label.width, self.y + height + 4)
        self.content.append(Group("message", shapes, self._tooltip(arrow), area))
        self.ends[self.row] = (top, bottom)
        self.y += height + ROW_GAP

    def _action(self, action: Action) -> None:
        """A box on the lifeline; the end of a session is a mark with its label beneath."""
        x, label = self.x[action.participant], action_block(action)
        ink = ink_of(action.role, action.muted)
        soft = "muted" if action.muted else "soft"
        shapes: list[Shape] = []
        if action.shape == "end":
            top = self.y + 22
            texts = label.texts(x, top, "middle", ink, soft)
            shapes += [*marks.masks(texts), *marks.end_mark(x, self.y + 8, action.role, ink), *texts]
            half = max(label.width // 2, 8) + 4
            area = Rectangle(x - half, self.y - 4, x + half, top + label.height + 4)
        else:
            icon = ICON if has_icon(action) else 0
            width, height = label.width + 2 * ACTION_PAD + icon, label.height + 10
            left, middle = x - width // 2, self.y + height // 2
            wait = action.shape == "wait"
            fill = "action" if action.role is Role.DIAGRAM and not wait and not action.muted else "page"
            radius = height // 2 if wait else 5
            dash: Dash = "dashed" if wait else "solid"
            thickness = 13 if action.role is Role.DIAGRAM else 20
            line = ink if action.role is not Role.DIAGRAM or action.muted else "action_line"
            shapes.append(Box(left, self.y, width, height, fill, line, min(radius, 14), thickness, dash))
            if wait:
                shapes += marks.hourglass(left + ACTION_PAD + 6, middle, ink)
            else:
                shapes += marks.role_mark(left + ACTION_PAD + 6, middle, action.role, ink)
            shapes += label.texts(left + ACTION_PAD + icon + label.width // 2, self.y + 5, "middle", ink, soft)
            area = Rectangle(left - 4, self.y - 4, left + width + 4, self.y + height + 4)
        self.content.append(Group("action", shapes, self._tooltip(action), area))
        self.ends[self.row] = (area.bottom - 4, self.y)
        self.y = area.bottom + ROW_GAP - 8

    def _note(self, note: Note) -> None:
        """A box with a dog's ear over its lifelines."""
        first, last = self.x[min(note.over)], self.x[max(note.over)]
        if first == last:
            label = note_block(note, NOTE_LIMIT)
            width = label.width + 2 * NOTE_PAD
            left = first - width // 2
        else:
            left, width = first - NOTE_OVERSHOOT, last - first + 2 * NOTE_OVERSHOOT
            label = note_block(note, width - 2 * NOTE_PAD)
        top, right, bottom = self.y, left + width, self.y + label.height + 12
        ear = _DOG_EAR
        outline = ((left, top), (right - ear, top), (right, top + ear), (right, bottom), (left, bottom))
        fold = ((right - ear, top), (right - ear, top + ear), (right, top + ear))
        line = "muted" if note.muted else "note_line"
        shapes: list[Shape] = [
            Polygon(outline, "page" if note.muted else "note", line, 10),
            Polygon(fold, "page", line, 10),
        ]
        shapes += label.texts(left + width // 2, top + 6, "middle", "muted" if note.muted else "note_ink", "soft")
        self.content.append(Group("note", shapes))
        self.ends[self.row] = (top, top)
        self.y = bottom + ROW_GAP - 4

    def _heading(self, note: Note) -> None:
        """A line of text on a thin rule over its lifelines."""
        first, last = self.x[min(note.over)], self.x[max(note.over)]
        alone = first == last
        limit = NOTE_LIMIT if alone else last - first + 2 * NOTE_OVERSHOOT - 2 * NOTE_PAD
        label, middle = note_block(note, limit), (first + last) // 2
        half = label.width // 2 + NOTE_PAD if alone else (last - first) // 2 + NOTE_OVERSHOOT
        y = self.y + label.height // 2
        texts = label.texts(middle, self.y, "middle", "muted" if note.muted else "soft", "soft")
        rule = Path(((middle - half, y), (middle + half, y)), "lifeline", 10, "dotted")
        shapes: list[Shape] = [rule, *marks.masks(texts, 4), *texts]
        self.content.append(Group("note", shapes))
        self.ends[self.row] = (self.y, self.y)
        self.y += label.height + ROW_GAP - 4

    def _frame(self, frame: Frame) -> None:
        """A border with the operator in its corner, and a compartment for each operand."""
        extent = next(self.extents)
        left, right = self.x[extent.first] - extent.left, self.x[extent.last] + extent.right
        top = self.y
        ink = "muted" if frame.muted else ("frame" if frame.role is Role.DIAGRAM else frame.role.value)
        border: list[Shape] = []
        self.frames.append(Group("frame", border))
        front = tab(frame, left, top, ink)
        self.tabs.append(Group("frame", front))
        self.y += 4
        for k, operand in enumerate(frame.operands):
            if k:
                self.y += 2
                border.append(Path(((left, self.y), (right, self.y)), ink, 11, "dashed"))
                self.y += 6
            indent = tab_px(frame) + 8 if k == 0 else FRAME_INSET
            shapes, height = guard(frame, k, left + indent, right - 10, self.y)
            front += shapes
            self.y = max(self.y + height, top + TAB_HEIGHT) + 10
            self.rows(operand.rows)
        if not (frame.operands and frame.operands[-1].rows):
            self.y += 8
        border.insert(0, Box(left, top, right - left, self.y - top, None, ink, 2, 13 if frame.muted else 16))
        self.y += ROW_GAP

    def _tooltip(self, row: Arrow | Action) -> str:
        """The label, unwrapped, and the row's details; who does it, if it has none."""
        if row.details:
            return clean("\n".join((row.label, *row.details)))
        if isinstance(row, Arrow):
            who = f"{self.names[row.sender]} \N{RIGHTWARDS ARROW} {self.names[row.receiver]}"
        else:
            who = self.names[row.participant]
        return clean(f"{who}: {row.label}")
