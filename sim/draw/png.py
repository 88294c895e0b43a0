"""Sequence diagrams as PNG, painted with Pillow and DejaVu Sans (the font that comes with matplotlib).

Text and straight lines are painted at the final size, so they are as crisp as they can be; what is slanted
or round is painted four times as large into a mask of its own bounding box and reduced, which smooths it at a cost
that does not grow with the picture. DejaVu Sans has no CJK letters: those show as boxes here, and right in SVG.
"""

import io
import math
import os
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from sim.draw.chart import Chart
from sim.draw.fontmetrics import Style, width_px
from sim.draw.layout import arrange
from sim.draw.shapes import Box, Dash, Disc, Path, Polygon, Shape, Text
from sim.draw.theme import LIGHT, Theme

MAXIMUM_SIDE_PX: Final = 30_000
MAXIMUM_AREA_PX: Final = 200_000_000
"""600 MB of pixels; the sides alone would allow 2.7 GB."""
_SMOOTH: Final = 4
_CHORDS: Final = 8
_TRIES: Final = 6
_CUTS: Final = {
    (False, False): "DejaVuSans.ttf",
    (True, False): "DejaVuSans-Bold.ttf",
    (False, True): "DejaVuSans-Oblique.ttf",
    (True, True): "DejaVuSans-BoldOblique.ttf",
}
_DASHES: Final[dict[Dash, tuple[int, int]]] = {"dashed": (7, 4), "dotted": (2, 3)}
_ANCHORS: Final = {"start": "ls", "middle": "ms", "end": "rs"}


class PictureTooLargeError(ValueError):
    """The chart is too long or too wide for a raster image."""


def render(chart: Chart, scale: float = 2.0, theme: Theme = LIGHT) -> bytes:
    """``chart`` as a PNG file of ``scale`` pixels for each px of the layout; the same bytes each time.

    Raises :class:`PictureTooLargeError` if a side would exceed ``MAXIMUM_SIDE_PX`` pixels, and ``ValueError`` for a
    ``scale`` outside 0.25 to 8.
    """
    if not 0.25 <= scale <= 8.0:
        raise ValueError(f"scale is {scale!r}; expected a number from 0.25 to 8")
    layout = arrange(chart)
    width, height = round(layout.width * scale), round(layout.height * scale)
    if max(width, height) > MAXIMUM_SIDE_PX or width * height > MAXIMUM_AREA_PX:
        raise PictureTooLargeError(
            f"the picture would be {width:,} x {height:,} px, and a PNG may be {MAXIMUM_SIDE_PX:,} px a side and "
            f"{MAXIMUM_AREA_PX // 1_000_000} megapixels: draw it as SVG, which has no limit, or draw fewer messages"
        )
    painter = _Painter(width, height, scale, theme)
    for group in layout.groups:
        for shape in group.shapes:
            painter.paint(shape)
    file = io.BytesIO()
    painter.image.save(file, "PNG", dpi=(96 * scale, 96 * scale), compress_level=6)
    return file.getvalue()


@lru_cache(maxsize=64)
def _font(style: Style, size: float) -> ImageFont.FreeTypeFont:
    """A cut of DejaVu Sans, found beside matplotlib without importing it (that takes a third of a second)."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("matplotlib, which brings the font for PNG pictures, is not installed")
    folder = os.path.join(os.path.dirname(spec.origin), "mpl-data", "fonts", "ttf")
    path = os.path.join(folder, _CUTS[style.bold, style.italic])
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def fitting_font(text: str, style: Style, scale: float) -> ImageFont.FreeTypeFont:
    """The font for ``text``: of the size of ``style``, or a little smaller if the text would outgrow its room.

    FreeType rounds each advance to whole pixels, so that many narrow letters in a row add up to more than the layout knows.
    """
    size, room = style.size * scale, width_px(text, style) * scale
    font = _font(style, size)
    for _ in range(_TRIES):
        length = font.getlength(text)
        if length <= room:
            break
        size *= min(room / length, 0.98)
        font = _font(style, size)
    return font


class _Painter:
    """Paints shapes on an image; every coordinate is scaled, then rounded once."""

    def __init__(self, width: int, height: int, scale: float, theme: Theme) -> None:
        self.scale = scale
        self.theme = theme
        self.image = Image.new("RGB", (width, height), theme["page"])
        self.draw = ImageDraw.Draw(self.image)

    def paint(self, shape: Shape) -> None:
        """Paint one shape over what is there."""
        if isinstance(shape, Text):
            self._text(shape)
        elif isinstance(shape, Path):
            self._path(shape)
        elif isinstance(shape, Box) and not shape.radius:
            self._box(shape)
        else:
            self._smooth(shape)

    def _px(self, value: int) -> int:
        return round(value * self.scale)

    def _stroke(self, thickness: int) -> int:
        return max(1, round(thickness * self.scale / 10))

    def _text(self, text: Text) -> None:
        font = fitting_font(text.text, text.style, self.scale)
        place = (self._px(text.x), self._px(text.y))
        self.draw.text(place, text.text, fill=self.theme[text.ink], font=font, anchor=_ANCHORS[text.anchor])

    def _path(self, path: Path) -> None:
        """Upright and level lines as rectangles; slanted ones, all of them small signs, smoothed."""
        points = path.points
        if any(a[0] != b[0] and a[1] != b[1] for a, b in pairwise(points)):
            self._smooth(path)
            return
        for (x1, y1), (x2, y2) in pairwise(points):
            self._line(x1, y1, x2, y2, path.ink, path.thickness, path.dash)

    def _line(self, x1: int, y1: int, x2: int, y2: int, ink: str, thickness: int, dash: Dash) -> None:
        """One upright or level line, dashes counted from its first point."""
        length = abs(x2 - x1) + abs(y2 - y1)
        on, off = _DASHES.get(dash, (length, 1))
        x_step, y_step = (x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)
        for start in range(0, max(length, 1), max(on + off, 1)):
            end = min(start + on, length)
            self._bar(x1 + x_step * start, y1 + y_step * start, x1 + x_step * end, y1 + y_step * end, ink, thickness)

    def _bar(self, x1: int, y1: int, x2: int, y2: int, ink: str, thickness: int) -> None:
        stroke = self._stroke(thickness)
        before, after = stroke // 2, stroke - stroke // 2 - 1
        left, right = sorted((self._px(x1), self._px(x2)))
        top, bottom = sorted((self._px(y1), self._px(y2)))
        if y1 == y2:
            top, bottom = top - before, bottom + after
        else:
            left, right = left - before, right + after
        self.draw.rectangle((left, top, right, bottom), fill=self.theme[ink])

    def _box(self, box: Box) -> None:
        left, top = self._px(box.left), self._px(box.top)
        right, bottom = self._px(box.left + box.width), self._px(box.top + box.height)
        if box.fill is not None:
            self.draw.rectangle((left, top, right, bottom), fill=self.theme[box.fill])
        if box.ink is not None:
            corners = (
                (box.left, box.top),
                (box.left + box.width, box.top),
                (box.left + box.width, box.top + box.height),
                (box.left, box.top + box.height),
            )
            for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
                self._line(x1, y1, x2, y2, box.ink, box.thickness, box.dash)

    def _smooth(self, shape: Path | Polygon | Box | Disc) -> None:
        """Paint through masks of the shape's bounding box, of its area and of its outline."""
        points = _outline(shape)
        xs, ys = [x for x, _ in points], [y for _, y in points]
        stroke = self._stroke(shape.thickness)
        margin = stroke + 1
        x0, y0 = math.floor(min(xs) * self.scale) - margin, math.floor(min(ys) * self.scale) - margin
        size = (math.ceil(max(xs) * self.scale) + margin + 1 - x0, math.ceil(max(ys) * self.scale) + margin + 1 - y0)
        inside = tuple((x * self.scale - x0, y * self.scale - y0) for x, y in points)
        if not isinstance(shape, Path) and shape.fill is not None:
            self.image.paste(self.theme[shape.fill], (x0, y0), _mask(inside, size, 0, ()))
        if shape.ink is not None:
            dash = shape.dash if isinstance(shape, Path | Box) else "solid"
            lengths = tuple(length * self.scale for length in _DASHES.get(dash, ()))
            self.image.paste(self.theme[shape.ink], (x0, y0), _mask(inside, size, stroke, lengths))


def _outline(shape: Path | Polygon | Box | Disc) -> tuple[tuple[float, float], ...]:
    """The points of a shape's outline in px, the first repeated at the end if it is closed; arcs become chords."""
    if isinstance(shape, Path):
        return shape.points
    if isinstance(shape, Polygon):
        return (*shape.points, shape.points[0])
    if isinstance(shape, Disc):
        left = right = shape.x
        top = bottom = shape.y
        radius = shape.radius
    else:
        radius = shape.radius
        left, right = shape.left + radius, shape.left + shape.width - radius
        top, bottom = shape.top + radius, shape.top + shape.height - radius
    points: list[tuple[float, float]] = []
    for quarter, (x, y) in enumerate(((right, bottom), (left, bottom), (left, top), (right, top))):
        for k in range(_CHORDS + 1):
            angle = (quarter + k / _CHORDS) * math.pi / 2
            points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return (*points, points[0])


@lru_cache(maxsize=512)
def _mask(points: tuple[tuple[float, float], ...], size: tuple[int, int], stroke: int, dash: tuple[float, ...]) -> Image.Image:
    """The area within ``points`` (``stroke`` 0), or the line along them; all in pixels of the picture."""
    large = Image.new("L", (size[0] * _SMOOTH, size[1] * _SMOOTH))
    draw = ImageDraw.Draw(large)
    # A line of an even number of pixels lies on the pixels before and at its coordinate, as straight ones do.
    shift = (_SMOOTH - 1) / 2 - (_SMOOTH / 2 if stroke and stroke % 2 == 0 else 0)
    scaled = [(x * _SMOOTH + shift, y * _SMOOTH + shift) for x, y in points]
    if not stroke:
        draw.polygon(scaled, fill=255)
    for part in _dashed(scaled, [length * _SMOOTH for length in dash]) if stroke else ():
        draw.line(part, fill=255, width=stroke * _SMOOTH, joint="curve")
    return large.reduce(_SMOOTH)


def _dashed(points: list[tuple[float, float]], dash: list[float]) -> list[list[tuple[float, float]]]:
    """The parts of the line through ``points`` that are drawn; ``dash`` is (on, off), or empty for all of it."""
    if not dash:
        return [points]
    parts: list[list[tuple[float, float]]] = [[points[0]]]
    drawn, left = True, dash[0]
    for (x1, y1), (x2, y2) in pairwise(points):
        length = math.hypot(x2 - x1, y2 - y1)
        at = 0.0
        while length - at > left:
            at += left
            corner = (x1 + (x2 - x1) * at / length, y1 + (y2 - y1) * at / length)
            if drawn:
                parts[-1].append(corner)
            else:
                parts.append([corner])
            drawn, left = not drawn, dash[1] if drawn else dash[0]
        left -= length - at
        if drawn:
            parts[-1].append((x2, y2))
    return parts
