"""Blocks: a label with its annotation beneath it, both wrapped, and the styles of all texts on a chart."""

from functools import lru_cache
from typing import Final, NamedTuple

from sim.draw.fontmetrics import Style, ascent_px, block_px, line_px, width_px, wrap
from sim.draw.shapes import Anchor, Text

TITLE: Final = Style(18, bold=True)
SUBTITLE: Final = Style(12)
ABOUT: Final = Style(12, italic=True)
SUMMARY: Final = Style(13)
NAME: Final = Style(13, bold=True)
LABEL: Final = Style(13)
ACTION: Final = Style(12)
WAIT: Final = Style(12, italic=True)
NOTE: Final = Style(12)
HEADING: Final = Style(11, italic=True)
OPERATOR: Final = Style(11, bold=True)
GUARD: Final = Style(12)
SMALL: Final = Style(11)

ADDED: Final = "\N{DAGGER}"
"""Stands after the label of what its author added to the source's diagram; the legend says so."""


_LINES: Final = 3


class Block(NamedTuple):
    """Lines of a label, lines of its annotation, and the room both take, in px."""

    lines: tuple[str, ...]
    small: tuple[str, ...]
    style: Style
    width: int
    height: int

    def texts(self, x: int, top: int, anchor: Anchor, ink: str, small_ink: str) -> list[Text]:
        """The block as lines of text, its upper edge at ``top``."""
        texts = []
        y = top + ascent_px(self.style)
        for line in self.lines:
            texts.append(Text(x, y, line, self.style, ink, anchor))
            y += line_px(self.style)
        if self.small:
            y = top + self.height - len(self.small) * line_px(SMALL) + ascent_px(SMALL)
            for line in self.small:
                texts.append(Text(x, y, line, SMALL, small_ink, anchor))
                y += line_px(SMALL)
        return texts


@lru_cache(maxsize=1 << 14)
def block(text: str, annotation: str, style: Style, limit_px: int) -> Block:
    """``text`` and ``annotation`` wrapped at ``limit_px``; either may be empty."""
    lines = wrap(text, style, limit_px)
    small = wrap(annotation, SMALL, limit_px) if annotation else ()
    width = max(block_px(lines, style), block_px(small, SMALL))
    return Block(lines, small, style, width, len(lines) * line_px(style) + len(small) * line_px(SMALL))


@lru_cache(maxsize=1 << 14)
def preferred_px(text: str, annotation: str, style: Style, narrow_px: int, wide_px: int) -> int:
    """The width at which a label looks well: one line if short, else up to three, never wider than ``wide_px``."""
    whole = max(width_px(line, style) for line in text.split("\n"))
    small = min(width_px(annotation, SMALL), wide_px)
    wanted = whole if whole <= narrow_px else min(max(narrow_px, whole * 38 // 100), wide_px)
    narrow = block(text, annotation, style, max(wanted, small))
    return narrow.width if len(narrow.lines) <= _LINES else block(text, annotation, style, wide_px).width


def marked(text: str, added: bool) -> str:
    """``text`` with the mark of an added row, if it is one."""
    return f"{text} {ADDED}" if added else text
