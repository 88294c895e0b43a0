"""A sequence diagram as an indented list, for terminals too narrow for lifelines side by side."""

from sim.draw import text_margins
from sim.draw.cells import wrap
from sim.draw.chart import Action, Arrow, Chart, Frame, Note, Row
from sim.draw.text_canvas import Canvas
from sim.draw.text_glyphs import Glyphs
from sim.draw.text_margins import ADDED, ANNOTATION, FRAME, MUTED, NOTE, STYLES


def painted(chart: Chart, room: int, glyphs: Glyphs) -> Canvas:
    """The chart in lines of at most ``room`` cells: who to whom, and the label below."""
    return _Lister(chart, room, glyphs).paint()


class _Lister:
    def __init__(self, chart: Chart, room: int, glyphs: Glyphs) -> None:
        self.chart = chart
        self.glyphs = glyphs
        self.canvas = Canvas(room)
        self.bars: list[str] = []

    def paint(self) -> Canvas:
        """Paint everything."""
        text_margins.title(self.canvas, self.chart, self.canvas.width)
        self._rows(self.chart.rows)
        text_margins.legend(self.canvas, self.chart, self.glyphs)
        return self.canvas

    def _write(self, text: str, style: str, indent: int = 0) -> None:
        """Text behind the bars of the frames around it."""
        start = min(len(self.bars) * 2, self.canvas.width // 2)
        indent = min(indent, self.canvas.width // 4)
        for line in wrap(text, self.canvas.width - start - indent):
            self.canvas.bare_line()
            for depth, bar in enumerate(self.bars[: start // 2]):
                self.canvas.put(2 * depth, bar, FRAME)
            self.canvas.put(start + indent, line, style)

    def _rows(self, rows: tuple[Row, ...]) -> None:
        for row in rows:
            if isinstance(row, Frame):
                self._frame(row)
            elif isinstance(row, Note):
                self._note(row)
            else:
                self._step(row)

    def _note(self, note: Note) -> None:
        style = MUTED if note.muted else FRAME if note.heading else NOTE
        if note.heading:
            self._write(f"{self.glyphs.separator[1] * 2} {note.text}", style)
            return
        self.bars.append(self.glyphs.note_bar)
        self._write(note.text + self._mark(note), style)
        self.bars.pop()

    def _step(self, row: Arrow | Action) -> None:
        names = [lifeline.label for lifeline in self.chart.lifelines]
        style = _style(row)
        if isinstance(row, Arrow):
            arrow = self.glyphs.line(self.glyphs.shaft(row), 3) + self.glyphs.head(row, rightwards=True)
            self._write(f"{names[row.sender]} {arrow} {names[row.receiver]}", style or "bold")
        else:
            self._write(names[row.participant], style or "bold")
        if row.label:
            self._write(row.label + self._mark(row), style, 2)
        remarks = ", ".join(part for part in (row.annotation, "not visited" if row.muted else "") if part)
        if remarks:
            self._write(remarks, style or ANNOTATION, 2)

    def _frame(self, frame: Frame) -> None:
        for number, operand in enumerate(frame.operands):
            head = frame.operator + self._mark(frame) if number == 0 else self.glyphs.separator[0]
            guard = f" [{operand.guard}]" if operand.guard else ""
            annotation = f" {operand.annotation}" if operand.annotation else ""
            self._write(head + guard + annotation, MUTED if frame.muted or operand.muted else FRAME)
            self.bars.append(self.glyphs.muted_vertical if operand.muted else self.glyphs.frame.vertical)
            self._rows(operand.rows)
            self.bars.pop()
        self._write(self.glyphs.frame.bottom_left + self.glyphs.frame.horizontal, FRAME)

    def _mark(self, row: Arrow | Action | Note | Frame) -> str:
        return self.glyphs.added if row.added else ""


def _style(row: Arrow | Action) -> str:
    return MUTED if row.muted else STYLES[row.role] or (ADDED if row.added else "")
