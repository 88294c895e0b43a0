"""A sequence diagram as text, for terminals.

Lifelines stand side by side, arrows run between them, frames, actions and notes are boxes. Every label is there in
full: what does not fit on a line is wrapped. Where the lifelines themselves do not fit side by side, the diagram
becomes an indented list (:mod:`sim.draw.text_list`).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sim.draw import text_list, text_margins
from sim.draw.cells import balance, width, wrap, wrap_parts
from sim.draw.chart import Action, Arrow, Chart, Frame, Note, Operand, Role, Row
from sim.draw.text_canvas import Canvas, Spans, ansi
from sim.draw.text_glyphs import ASCII, UNICODE, Border, Glyphs, in_ascii, plain
from sim.draw.text_layout import Layout, NoRoomError, Span, labelled
from sim.draw.text_margins import ADDED, ANNOTATION, FRAME, MUTED, NOTE, STYLES

LEAST_WIDTH: Final = 24
Styled = tuple[str, str]
"""A text and its style."""

FOOT_FROM: Final = 40
"""Diagrams of at least this many lines show the names again at the foot."""

LIFELINE: Final = "bright_black"


def render(chart: Chart, width: int = 100, *, ascii: bool = False, color: bool = False) -> str:
    """The diagram in lines of at most ``width`` cells (24 or more), without a newline at the end.

    ``ascii`` draws with ASCII characters alone (labels keep theirs); ``color`` adds ANSI escape sequences.
    """
    painter = _painted(chart, width, ascii)
    return ansi(painter.spans()) if color else painter.text()


def render_lines(chart: Chart, width: int = 100, *, ascii: bool = False) -> list[Spans]:
    """The same as lines of (text, style) pairs, with styles as rich names them, for a caller that colours itself."""
    return _painted(chart, width, ascii).spans()


def _painted(chart: Chart, room: int, ascii: bool) -> Canvas:
    room = max(room, LEAST_WIDTH)
    glyphs = ASCII if ascii else UNICODE
    if ascii:
        chart = replace(chart, rows=tuple(in_ascii(row) for row in chart.rows), summary=plain(chart.summary))
    try:
        layout = Layout(chart, room)
    except NoRoomError:
        return text_list.painted(chart, room, glyphs)
    return _Painter(chart, layout, glyphs, room).paint()


class _Painter:
    """Paints a chart line by line, from the top."""

    def __init__(self, chart: Chart, layout: Layout, glyphs: Glyphs, room: int) -> None:
        self.chart = chart
        self.layout = layout
        self.glyphs = glyphs
        self.canvas = Canvas(max(layout.span, room))
        self.busy = [0] * len(chart.lifelines)
        self.frames: list[Span] = []
        self.lines = 0

    def paint(self) -> Canvas:
        """Paint everything."""
        text_margins.title(self.canvas, self.chart, self.canvas.width)
        self._names(foot=False)
        self._rows(self.chart.rows)
        self._line()
        if self.lines >= FOOT_FROM:
            self._names(foot=True)
        text_margins.legend(self.canvas, self.chart, self.glyphs)
        return self.canvas

    def _line(self) -> None:
        self.lines += 1
        self.canvas.line()

    def _names(self, *, foot: bool) -> None:
        """The lifelines' boxes; after them the lifelines begin, or at the foot end."""
        border, boxes = self.glyphs.action, self.layout.names
        tallest = max(len(box.lines) for box in boxes)
        for number in range(-1, tallest + 1):
            self.canvas.bare_line()
            for box, column in zip(boxes, self.layout.columns, strict=True):
                size = box.right - box.left - 1
                if number in (-1, tallest):
                    left, right = (border.top_left, border.top_right) if number < 0 else (border.bottom_left, border.bottom_right)
                    self.canvas.put(box.left, left + border.horizontal * size + right)
                    if (number < 0) == foot:
                        self.canvas.put(column, self.glyphs.head_foot[foot])
                    continue
                above = (tallest - len(box.lines)) // 2
                text = box.lines[number - above] if above <= number < above + len(box.lines) else ""
                self.canvas.put(box.left, border.vertical)
                self.canvas.put(box.left + 1 + (size - width(text)) // 2, text, "bold")
                self.canvas.put(box.right, border.vertical)
        for index in range(len(boxes)):
            self._set_lifeline(index)

    def _set_lifeline(self, index: int) -> None:
        """Let the lifeline be drawn at rest or active from the next line on."""
        char, style = (self.glyphs.active, "") if self.busy[index] else (self.glyphs.lifeline, LIFELINE)
        self.canvas.set_ground(self.layout.columns[index], char, style)

    def _rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if isinstance(row, Arrow):
                if row.sender == row.receiver:
                    self._message_to_oneself(row)
                else:
                    self._message(row)
            elif isinstance(row, Frame):
                self._frame(row)
            elif isinstance(row, Note) and row.heading:
                self._heading(row)
            else:
                self._box(row)

    def _message(self, arrow: Arrow) -> None:
        """Label, annotation if the arrow is too short for it, and the arrow."""
        low, high = self.layout.inside(arrow.sender, arrow.receiver)
        style = self._style(arrow)
        room = high - low - 1
        start, length = self._extent(arrow, low, high)
        on_shaft = arrow.annotation and width(arrow.annotation) + 6 <= length
        texts = [(line, style) for line in self._label(arrow, room)]
        if arrow.annotation and not on_shaft:
            texts += [(line, self._annotation_style(arrow)) for line in wrap_parts(arrow.annotation, room)]
        for line, look in texts:
            self._line()
            self.canvas.put(low + 1 + (room - width(line)) // 2 - 1, f" {line} ", look)
        if arrow.opens:
            self.busy[arrow.receiver] += 1
        self._line()
        self._shaft(arrow, low, high)
        if on_shaft:
            text = f" {arrow.annotation} "
            self.canvas.put(start + (length - width(text)) // 2, text, self._annotation_style(arrow))
        if arrow.closes and self.busy[arrow.sender]:
            self.busy[arrow.sender] -= 1
        self._set_lifeline(arrow.sender)
        self._set_lifeline(arrow.receiver)

    def _extent(self, arrow: Arrow, low: int, high: int) -> Span:
        """Where the arrow itself begins, and how long it is: one that is lost does not arrive."""
        size = high - low + 1
        short = min(4, size // 3) if arrow.role is Role.LOSS else 0
        return (low if arrow.receiver > arrow.sender else low + short), size - short

    def _shaft(self, arrow: Arrow, low: int, high: int) -> None:
        rightwards = arrow.receiver > arrow.sender
        start, length = self._extent(arrow, low, high)
        shaft = list(self.glyphs.line(self.glyphs.shaft(arrow), length, muted=arrow.muted))
        shaft[-1] = self.glyphs.head(arrow, rightwards)
        tail = self._tail(arrow.sender, rightwards)
        look = self._style(arrow)
        if rightwards:
            self.canvas.put(start, shaft, look)
            self.canvas.put(low - 1, tail, self.canvas.ground(low - 1)[1])
        else:
            self.canvas.put(start, shaft[::-1], look)
            self.canvas.put(high + 1, tail, self.canvas.ground(high + 1)[1])

    def _tail(self, lifeline: int, rightwards: bool) -> str:
        return self.glyphs.tails[2 * bool(self.busy[lifeline]) + rightwards]

    def _message_to_oneself(self, arrow: Arrow) -> None:
        column = self.layout.columns[arrow.sender]
        rightwards, room = self.layout.beside(arrow.sender)
        lines, remark_from = labelled(arrow.label + self._mark(arrow), arrow.annotation, room)
        upper, lower = self.glyphs.loop_back[:2] if rightwards else self.glyphs.loop_back[2:]
        style, shaft = self._style(arrow), self.glyphs.shaft(arrow)[0]
        for number in range(max(len(lines), 2)):
            self._line()
            last = number == max(len(lines), 2) - 1
            hook = upper if number == 0 else lower if last else self.glyphs.lifeline
            end = self.glyphs.head(arrow, not rightwards) if last else shaft if number == 0 else " "
            text = lines[number] if number < len(lines) else ""
            middle = shaft if number == 0 or last else " "
            at = column + 5 if rightwards else column - 4 - width(text)
            self.canvas.put(*((column + 1, [end, middle, hook]) if rightwards else (column - 3, [hook, middle, end])), style)
            self._labelled_text(at, text, arrow, alone=number >= remark_from)
            if number == 0:
                self.canvas.put(column, self._tail(arrow.sender, rightwards), self.canvas.ground(column)[1])

    def _box(self, row: Action | Note) -> None:
        """An action or a note."""
        box = self.layout.box(row, self._mark(row), len(self.frames))
        style = MUTED if row.muted else NOTE if isinstance(row, Note) else self._style(row)
        border = self.glyphs.border(row)
        size = box.right - box.left - 1
        self._border_line(box.left, size, border, (border.top_left, border.top_right), style, row.muted)
        for number, line in enumerate(box.lines):
            self._line()
            pad = (size - width(line)) // 2 if isinstance(row, Action) else 1
            self.canvas.put(box.left, [" "] * (size + 2))
            side = self.glyphs.muted_vertical if row.muted else border.vertical
            first = self.glyphs.note_bar if isinstance(row, Note) and not row.muted else side
            self.canvas.put(box.left, first, style)
            self._labelled_text(box.left + 1 + pad, line, row, alone=number >= box.remark_from)
            self.canvas.put(box.right, side, style)
        self._border_line(box.left, size, border, (border.bottom_left, border.bottom_right), style, row.muted)

    def _labelled_text(self, column: int, line: str, row: Arrow | Action | Note, *, alone: bool) -> None:
        """A line of a label, with the annotation, behind it or ``alone``, in a style of its own."""
        if isinstance(row, Note):
            self.canvas.put(column, line, MUTED if row.muted else "")
            return
        self.canvas.put(column, line, self._annotation_style(row) if alone else self._style(row))
        ending = f"({row.annotation})"
        if row.annotation and not alone and line.endswith(ending):
            self.canvas.put(column + width(line) - width(ending), ending, self._annotation_style(row))

    def _border_line(self, left: int, size: int, border: Border, corners: tuple[str, str], style: str, muted: bool) -> None:
        self._line()
        line = self.glyphs.line(border.horizontal, size, muted=muted)
        self.canvas.put(left, [corners[0], *line, corners[1]], style)

    def _heading(self, note: Note) -> None:
        """A line with a text in it, across the frame."""
        left, right = self.frames[-1] if self.frames else (-1, self.layout.span)
        for line in wrap(note.text, right - left - 5):
            self._line()
            text = f"{self.glyphs.separator[1] * 2} {line} "
            rest = right - left - 1 - width(text)
            self.canvas.put(left + 1, text + self.glyphs.separator[1] * rest, MUTED if note.muted else FRAME)

    def _frame(self, frame: Frame) -> None:
        left, right = self.layout.frame(frame)
        style = MUTED if frame.muted else FRAME
        border = self.glyphs.frame
        outer = [self.canvas.ground(column) for column in (left, right)]
        for number, operand in enumerate(frame.operands):
            ends = (border.top_left, border.top_right) if number == 0 else self.glyphs.separator[::2]
            self._operand_head(frame, operand, number, ends)
            self.frames.append((left, right))
            self._rows(operand.rows)
            self.frames.pop()
        self._across(left, right, (border.bottom_left, border.horizontal, border.bottom_right), style, frame.muted)
        for column, (char, look) in zip((left, right), outer, strict=True):
            self.canvas.set_ground(column, char, look)

    def _operand_head(self, frame: Frame, operand: Operand, number: int, ends: tuple[str, ...]) -> None:
        """The upper border of an operand, with operator, guard and annotation, as far as they fit on it, and the rest below."""
        left, right = self.layout.frame(frame)
        muted = frame.muted or operand.muted
        line = self.glyphs.frame.horizontal if number == 0 else self.glyphs.separator[1]
        style = MUTED if frame.muted else FRAME
        self._across(left, right, (ends[0], line, ends[-1]), style, frame.muted)
        on_border, below = self._head_texts(frame, operand, number)
        column = left + 1
        for text, look in on_border:
            self.canvas.put(column, line, style)
            self.canvas.put(column + 1, f" {text} ", MUTED if muted else look)
            column += width(text) + 3
        side = self.glyphs.muted_vertical if frame.muted else self.glyphs.frame.vertical
        self.canvas.set_ground(left, side, style)
        self.canvas.set_ground(right, side, style)
        for text, look in below:
            for part in wrap(text, right - left - 3):
                self._line()
                self.canvas.put(left + 1, f" {part} ", MUTED if muted else look)

    def _head_texts(self, frame: Frame, operand: Operand, number: int) -> tuple[list[Styled], list[Styled]]:
        """What stands on the upper border of an operand, and what below it, as it does not fit."""
        left, right = self.layout.frame(frame)
        on_border: list[Styled] = []
        used = 2
        if number == 0:
            on_border.append((frame.operator + self._mark(frame), f"bold {FRAME}"))
            used += width(on_border[0][0]) + 3
        below: list[Styled] = []
        for text, style in ((f"[{operand.guard}]" if operand.guard else "", ""), (operand.annotation, ANNOTATION)):
            if text and not below and used + width(text) + 3 <= right - left and len(text.splitlines()) == 1:
                on_border.append((text, style))
                used += width(text) + 3
            elif text:
                below.append((text, style))
        return on_border, below

    def _across(self, left: int, right: int, glyphs: tuple[str, str, str], style: str, muted: bool) -> None:
        """A horizontal border of a frame, with the lifelines that cross it."""
        self._line()
        line = list(self.glyphs.line(glyphs[1], right - left - 1, muted=muted))
        self.canvas.put(left, [glyphs[0], *line, glyphs[2]], style)
        for index, column in enumerate(self.layout.columns):
            if left < column < right:
                self.canvas.put(column, self.glyphs.crossings[bool(self.busy[index])], style)

    def _label(self, arrow: Arrow, room: int) -> tuple[str, ...]:
        text = arrow.label + self._mark(arrow)
        return balance(text, room) if text else ()

    def _mark(self, row: Arrow | Action | Note | Frame) -> str:
        """The mark of what is added to the source."""
        return self.glyphs.added if row.added else ""

    def _style(self, row: Arrow | Action) -> str:
        if row.muted:
            return MUTED
        return STYLES[row.role] or (ADDED if row.added else "")

    def _annotation_style(self, row: Arrow | Action) -> str:
        return MUTED if row.muted else STYLES[row.role] or ANNOTATION
