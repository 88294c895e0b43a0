"""The layout of a sequence diagram: a chart in, everything in its place out.

Both painters (SVG and raster) paint the same layout, so what one shows the other shows. Nothing here knows a
colour or a file format. Texts never meet: lifelines stand as far apart as the labels between them need, long
labels wrap, and rows follow each other downwards.
"""

from typing import Final

from sim.draw.activations import Activations
from sim.draw.blocks import ABOUT, SUBTITLE, SUMMARY, TITLE
from sim.draw.chart import Chart
from sim.draw.columns import HEAD_PAD, MARGIN, Columns, columns, head_block
from sim.draw.fontmetrics import ascent_px, block_px, clean, line_px, wrap
from sim.draw.legend import legend
from sim.draw.rows import ROW_GAP, Pen
from sim.draw.shapes import Box, Group, Layout, Path, Shape, Text

TALL: Final = 620
"""From this height of the body on (px), the participants' boxes are repeated at the bottom."""
_WIDEST_TITLE: Final = 560
_NARROWEST: Final = 320
"""Room for the longest line of the legend."""
_TAIL: Final = 10


def arrange(chart: Chart) -> Layout:
    """Lay out ``chart``. Any chart will do: empty, unbalanced, with labels of any length in any script."""
    activations = Activations(chart.rows, len(chart.lifelines))
    placed = columns(chart, activations)
    title_px = block_px(wrap(chart.title, TITLE, max(placed.width - 2 * MARGIN, _WIDEST_TITLE)), TITLE)
    width = max(placed.width, title_px + 2 * MARGIN, _NARROWEST)
    heading, y = _heading(chart, width)
    shift = (width - placed.width) // 2
    placed = placed._replace(x=tuple(x + shift for x in placed.x))

    heads_top, heads_height = y, _heads_height(chart)
    pen = Pen(chart, placed, activations, y + heads_height + ROW_GAP + 2)
    pen.rows(chart.rows)
    bottom = pen.y + _TAIL
    groups = [heading] if heading.shapes else []
    groups += pen.frames
    lines: list[Shape] = [Path(((x, heads_top + heads_height), (x, bottom)), "lifeline", 10) for x in placed.x]
    if lines:
        groups.append(Group("lifeline", lines))
    groups += pen.bars() + pen.content + pen.tabs
    groups += _heads(chart, placed, heads_top, heads_height)
    if lines and bottom - heads_top > TALL:
        groups += _heads(chart, placed, bottom, heads_height)
        bottom += heads_height
    key, bottom = legend(chart, MARGIN, bottom + ROW_GAP - 4, width - MARGIN)
    if key:
        groups.append(key)
    return Layout(width, bottom + MARGIN // 2, _title(chart), _description(chart), groups)


def _heading(chart: Chart, width: int) -> tuple[Group, int]:
    """Title, version, sentence and summary at the top left; and the y below them."""
    shapes: list[Shape] = []
    y = MARGIN - 4
    above = 0
    lines = ((chart.title, TITLE, "ink"), (_version(chart), SUBTITLE, "soft"), (chart.about, ABOUT, "soft"))
    for text, style, ink in (*lines, (chart.summary, SUMMARY, "ink")):
        wrapped = wrap(text, style, width - 2 * MARGIN)
        y += above if wrapped else 0
        for line in wrapped:
            shapes.append(Text(MARGIN, y + ascent_px(style), line, style, ink))
            y += line_px(style)
        above = 3 if wrapped else above
    return Group("heading", shapes), y + (ROW_GAP if shapes else 0)


def _heads_height(chart: Chart) -> int:
    """Height of the participants' boxes: the same for all."""
    return max([head_block(lifeline.label).height + 16 for lifeline in chart.lifelines], default=0)


def _heads(chart: Chart, placed: Columns, top: int, height: int) -> list[Group]:
    """The participants' boxes, their upper edges at ``top``."""
    groups = []
    for lifeline, x in zip(chart.lifelines, placed.x, strict=True):
        name = head_block(lifeline.label)
        width = name.width + 2 * HEAD_PAD
        shapes: list[Shape] = [Box(x - width // 2, top, width, height, "head", "head_line", 3)]
        shapes += name.texts(x, top + (height - name.height) // 2, "middle", "head_ink", "soft")
        groups.append(Group("heading", shapes))
    return groups


def _title(chart: Chart) -> str:
    """What the picture is, in one line."""
    words = " ".join(clean(chart.title).split())
    return f"{words} ({clean(_version(chart))})" if words and chart.version else words or "Sequence diagram"


def _version(chart: Chart) -> str:
    """The version as its author writes it, but no bare number under the title."""
    return f"Version {chart.version}" if chart.version[:1].isdigit() else chart.version


def _description(chart: Chart) -> str:
    """What a listener needs beside the title: who takes part, and what was drawn."""
    names = ", ".join(" ".join(clean(lifeline.label).split()) for lifeline in chart.lifelines)
    parts = ["Sequence diagram" + (f" of {names}." if names else "."), clean(chart.about), clean(chart.summary)]
    return " ".join(part for part in parts if part)
