"""Sequence diagrams as SVG: one file that stands alone, in light and in dark.

Every shape carries its light colours as presentation attributes, which any viewer understands. A style sheet
sets the same colours by custom properties, dark ones if the reader prefers a dark page, and highlights the row under
the pointer; it is wrapped in ``@supports``, so that a viewer without custom properties (librsvg, CairoSVG, Inkscape)
passes over it whole. A page that embeds the picture may set the properties (``--sd-page``, ``--sd-ink``, ...)
itself. There are no ids in the file: several pictures can stand in one page.
"""

from collections.abc import Callable
from typing import Any, Final

from sim.draw.chart import Chart
from sim.draw.fontmetrics import Style
from sim.draw.layout import arrange
from sim.draw.marks import is_mask
from sim.draw.shapes import Box, Dash, Disc, Group, Path, Point, Polygon, Text
from sim.draw.theme import DARK, FONT_FAMILY, LIGHT

DASH_ARRAYS: Final[dict[Dash, str]] = {
    "solid": "",
    "dashed": ' stroke-dasharray="7 4"',
    "dotted": ' stroke-dasharray="2 3"',
}
_WITH_TOOLTIP: Final = frozenset(("message", "action"))


def render(chart: Chart) -> str:
    """``chart`` as a standalone SVG document, ending in a line end."""
    layout = arrange(chart)
    width, height = layout.width, layout.height
    title, description = _escaped(layout.title), _escaped(layout.description)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sd" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" font-family="{FONT_FAMILY}">\n'
        f"<title>{title}</title>\n<desc>{description}</desc>\n<style>{_STYLE_SHEET}</style>\n"
        f'<rect width="{width}" height="{height}"{_FILLS["page"]}/>\n'
        '<g transform="translate(.5 .5)" fill="none" stroke-linejoin="round">\n'
    )
    parts = [head]
    for group in layout.groups:
        _group(group, parts)
    parts.append("</g>\n</svg>\n")
    return "".join(parts)


def _group(group: Group, parts: list[str]) -> None:
    """Append a group: what has a tooltip also has an area, invisible until the pointer is on it."""
    append = parts.append
    shapes = group.shapes
    if group.kind in _WITH_TOOLTIP and group.area:
        left, top, right, bottom = group.area
        append(f'<g class="sd-row"><title>{_escaped(group.tooltip)}</title>')
        while shapes and is_mask(shapes[0]):
            append(_box(shapes[0]))  # under the area, or it would cut a hole into the highlight
            shapes = shapes[1:]
        append(
            f'<rect class="sd-hit sd-f-hover" x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" '
            f'rx="3" fill="{LIGHT["hover"]}" fill-opacity="0"/>'
        )
    else:
        append(f'<g class="sd-{group.kind}">')
    for shape in shapes:
        append(_WRITERS[type(shape)](shape))
    append("</g>\n")


def _text(text: Text) -> str:
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    font = _FONTS.get(text.style) or _font(text.style)
    return f'<text x="{text.x}" y="{text.y}"{anchor}{font}{_FILLS[text.ink]}>{_escaped(text.text)}</text>'


def _path(path: Path) -> str:
    points = path.points
    if len(points) == 2:
        (x1, y1), (x2, y2) = points
        data = f"M{x1} {y1}H{x2}" if y1 == y2 else f"M{x1} {y1}L{x2} {y2}"
    else:
        data = _data(points)
    return f'<path d="{data}"{_STROKES[path.ink]}{_THICKNESSES[path.thickness]}{DASH_ARRAYS[path.dash]}/>'


def _polygon(polygon: Polygon) -> str:
    return f'<path d="{_data(polygon.points)}Z"{_paint(polygon.fill, polygon.ink, polygon.thickness)}/>'


def _box(box: Box) -> str:
    rounded = f' rx="{box.radius}"' if box.radius else ""
    paint = _paint(box.fill, box.ink, box.thickness)
    return f'<rect x="{box.left}" y="{box.top}" width="{box.width}" height="{box.height}"{rounded}{paint}{DASH_ARRAYS[box.dash]}/>'


def _disc(disc: Disc) -> str:
    return f'<circle cx="{disc.x}" cy="{disc.y}" r="{disc.radius}"{_paint(disc.fill, disc.ink, disc.thickness)}/>'


_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    Text: _text,
    Path: _path,
    Polygon: _polygon,
    Box: _box,
    Disc: _disc,
}


def _data(points: tuple[Point, ...]) -> str:
    """Path data through ``points``."""
    return "M" + "L".join([f"{x} {y}" for x, y in points])


def _paint(fill: str | None, ink: str | None, thickness: int) -> str:
    """Attributes of a filled or outlined area. Two classes in one attribute if it is both."""
    if fill is None:
        return "" if ink is None else _STROKES[ink] + _THICKNESSES[thickness]
    if ink is None:
        return _FILLS[fill]
    classes = f' class="sd-f-{fill} sd-s-{ink}"'
    return f'{classes} fill="{LIGHT[fill]}" stroke="{LIGHT[ink]}"{_THICKNESSES[thickness]}'


class _Thicknesses(dict[int, str]):
    """The attribute for a thickness in tenths of a px; 1 px is the default of SVG."""

    def __missing__(self, thickness: int) -> str:
        text = "" if thickness == 10 else f' stroke-width="{thickness / 10:g}"'
        self[thickness] = text
        return text


def _font(style: Style) -> str:
    """The attributes of a style of text."""
    bold = ' font-weight="bold"' if style.bold else ""
    italic = ' font-style="italic"' if style.italic else ""
    return _FONTS.setdefault(style, f' font-size="{style.size}"{bold}{italic}')


def _escaped(text: str) -> str:
    """``text`` between tags. It is free of control characters already (:func:`sim.draw.fontmetrics.clean`)."""
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def _style_sheet() -> str:
    """Colours by custom property, and the highlight of the row under the pointer."""

    def properties(theme: dict[str, str]) -> str:
        return ";".join(f"--sd-{name}:{colour}" for name, colour in theme.items())

    rules = [f".sd{{{properties(dict(LIGHT))};background:var(--sd-page)}}"]
    rules += [f".sd-f-{name}{{fill:var(--sd-{name})}}.sd-s-{name}{{stroke:var(--sd-{name})}}" for name in LIGHT]
    rules.append(".sd-row:hover>.sd-hit{fill-opacity:.16}")
    rules.append(f"@media (prefers-color-scheme:dark){{.sd{{{properties(dict(DARK))}}}}}")
    return "@supports (fill:var(--a)){" + "\n".join(rules) + "}"


_FILLS: Final = {name: f' class="sd-f-{name}" fill="{colour}"' for name, colour in LIGHT.items()}
_STROKES: Final = {name: f' class="sd-s-{name}" stroke="{colour}"' for name, colour in LIGHT.items()}
_THICKNESSES: Final = _Thicknesses()
_FONTS: Final[dict[Style, str]] = {}
_STYLE_SHEET: Final = _style_sheet()
