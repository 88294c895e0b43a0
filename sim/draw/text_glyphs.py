"""Glyphs: the characters that sequence diagrams in text are made of, as Unicode box drawing or as ASCII."""

from dataclasses import dataclass, replace
from typing import Final

from sim.draw.chart import Action, Arrow, Frame, Line, Note, Role, Row


@dataclass(frozen=True, slots=True)
class Border:
    """The border of a box: corners, the horizontal line and the vertical one."""

    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str
    horizontal: str
    vertical: str


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters, each one cell wide; shafts may be patterns of several."""

    lifeline: str
    active: str
    shafts: dict[Line, str]
    heavy_shafts: dict[Line, str]
    """Of refusals, and of requests that came to nothing."""
    unknown_shaft: str
    filled: tuple[str, str]
    """Heads to the left, and to the right."""
    open: tuple[str, str]
    lost: str
    tails: tuple[str, str, str, str]
    """Where an arrow leaves to the left or right a resting lifeline, and an active one."""
    crossings: tuple[str, str]
    """A frame's border across a resting lifeline, and an active one."""
    head_foot: tuple[str, str]
    """Where a lifeline leaves the box with its name, and where it ends in the box below."""
    frame: Border
    separator: tuple[str, str, str]
    """Left end, line and right end of what parts the operands of a frame."""
    muted_vertical: str
    action: Border
    wait: Border
    end: Border
    note: Border
    loop_back: tuple[str, str, str, str]
    """Corners of a message to oneself: upper and lower on the right of the lifeline, upper and lower on its left."""
    note_bar: str
    """What stands before the lines of a note where it has no box."""
    added: str
    muted_gap: int
    """How many blanks stand between the characters of a muted line."""

    def line(self, pattern: str, size: int, *, muted: bool = False) -> str:
        """``size`` cells of a line made of ``pattern``; thinned out if muted."""
        if muted:
            pattern += " " * self.muted_gap
        return (pattern * (size // len(pattern) + 1))[:size]

    def shaft(self, arrow: Arrow) -> str:
        """The character of an arrow's line, or the pattern it repeats."""
        if arrow.role is Role.UNKNOWN:
            return self.unknown_shaft
        if arrow.role in (Role.REFUSAL, Role.CHALLENGE):
            return self.heavy_shafts[arrow.line]
        return self.shafts[arrow.line]

    def head(self, arrow: Arrow, rightwards: bool) -> str:
        """The character of an arrow's head."""
        if arrow.role is Role.LOSS:
            return self.lost
        filled = arrow.role is Role.REFUSAL or (arrow.line is Line.REQUEST and arrow.role is not Role.CHALLENGE)
        return (self.filled if filled else self.open)[rightwards]

    def border(self, row: Action | Note) -> Border:
        """The border of an action or note."""
        if isinstance(row, Note):
            return self.note
        return {"action": self.action, "wait": self.wait, "end": self.end}[row.shape]


UNICODE: Final = Glyphs(
    lifeline="│",
    active="┃",
    shafts={Line.REQUEST: "─", Line.REPLY: "╌", Line.ONE_WAY: "─", Line.OUTSIDE: "┈"},
    heavy_shafts={Line.REQUEST: "━", Line.REPLY: "╍", Line.ONE_WAY: "━", Line.OUTSIDE: "┉"},
    unknown_shaft="═",
    filled=("◀", "▶"),
    open=("◁", "▷"),
    lost="╳",
    tails=("┤", "├", "┨", "┠"),
    crossings=("┼", "╂"),
    head_foot=("┬", "┴"),
    frame=Border("╭", "╮", "╰", "╯", "─", "│"),
    separator=("├", "╌", "┤"),
    muted_vertical="┆",
    action=Border("┌", "┐", "└", "┘", "─", "│"),
    wait=Border("┌", "┐", "└", "┘", "┄", "┊"),
    end=Border("╔", "╗", "╚", "╝", "═", "║"),
    note=Border("╓", "┐", "╙", "┘", "─", "│"),
    loop_back=("╮", "╯", "╭", "╰"),
    note_bar="║",
    added="⁺",
    muted_gap=1,
)

ASCII: Final = Glyphs(
    lifeline="|",
    active="#",
    shafts={Line.REQUEST: "-", Line.REPLY: "- ", Line.ONE_WAY: "-", Line.OUTSIDE: "."},
    heavy_shafts={Line.REQUEST: "=", Line.REPLY: "= ", Line.ONE_WAY: "=", Line.OUTSIDE: "."},
    unknown_shaft="~",
    filled=("<", ">"),
    open=("<", ">"),
    lost="x",
    tails=("|", "|", "#", "#"),
    crossings=("+", "+"),
    head_foot=("+", "+"),
    frame=Border("+", "+", "+", "+", "-", "|"),
    separator=("+", "-", "+"),
    muted_vertical=":",
    action=Border("+", "+", "+", "+", "-", "|"),
    wait=Border("+", "+", "+", "+", ".", ":"),
    end=Border("+", "+", "+", "+", "=", "|"),
    note=Border("+", "+", "+", "+", "-", "|"),
    loop_back=(".", "'", ".", "'"),
    note_bar="*",
    added=" (+)",
    muted_gap=2,
)


def in_ascii(row: Row) -> Row:
    """``row`` with the signs of annotations in ASCII; labels stay as they are."""
    if isinstance(row, Frame):
        operands = tuple(
            replace(operand, annotation=plain(operand.annotation), rows=tuple(in_ascii(inner) for inner in operand.rows))
            for operand in row.operands
        )
        return replace(row, operands=operands)
    return row if isinstance(row, Note) else replace(row, annotation=plain(row.annotation))


def plain(text: str) -> str:
    """The signs of annotations and summaries in ASCII."""
    return text.replace("×", "x").replace("µ", "u").replace("…", "...").replace("–", "-")
