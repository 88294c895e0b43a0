"""A canvas of terminal cells: lines that begin as copies of a ground (lifelines and borders) and are painted over."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from sim.draw.cells import cells

Spans = list[tuple[str, str]]
"""One line as (text, style) pairs, the styles as rich has them: "dim", "bold red", or "" for plain."""

SGR: Final = {
    "": "",
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "bright_black": "90",
}
"""Select Graphic Rendition parameters (ECMA-48, 8.3.117) by style."""


class Canvas:
    """Lines of ``width`` cells. The ground is what a new line holds before anything is painted on it."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._ground = [" "] * width
        self._ground_styles = [""] * width
        self._lines: list[tuple[list[str], list[str]]] = []

    def set_ground(self, column: int, char: str, style: str = "") -> None:
        """Change the ground for the lines to come."""
        self._ground[column] = char
        self._ground_styles[column] = style

    def ground(self, column: int) -> tuple[str, str]:
        """Character and style of the ground in a column."""
        return self._ground[column], self._ground_styles[column]

    def line(self) -> None:
        """Begin a new line."""
        self._lines.append((self._ground.copy(), self._ground_styles.copy()))

    def bare_line(self) -> None:
        """Begin a new line without the ground."""
        self._lines.append(([" "] * self.width, [""] * self.width))

    def put(self, column: int, text: str | Sequence[str], style: str = "") -> None:
        """Paint text on the newest line, from ``column`` on."""
        drawn = cells(text) if isinstance(text, str) else text
        chars, styles = self._lines[-1]
        chars[column : column + len(drawn)] = drawn
        styles[column : column + len(drawn)] = [style] * len(drawn)

    def text(self) -> str:
        """All lines without styles, and without blanks at their ends."""
        return "\n".join(["".join(chars).rstrip() for chars, _ in self._lines])

    def spans(self) -> list[Spans]:
        """All lines with their styles."""
        return [_spans(chars, styles) for chars, styles in self._lines]


def _spans(chars: list[str], styles: list[str]) -> Spans:
    spans: Spans = []
    start = 0
    for style, group in groupby(styles):
        end = start + len(list(group))
        spans.append(("".join(chars[start:end]), style))
        start = end
    while spans and not spans[-1][0].strip():
        spans.pop()
    if spans:
        spans[-1] = (spans[-1][0].rstrip(), spans[-1][1])
    return spans


def ansi(lines: Sequence[Spans]) -> str:
    """Lines with their styles as ANSI escape sequences."""
    return "\n".join("".join(_escaped(text, style) for text, style in line) for line in lines)


def _escaped(text: str, style: str) -> str:
    parameters = ";".join(SGR[word] for word in style.split())
    return f"\x1b[{parameters}m{text}\x1b[0m" if parameters else text
