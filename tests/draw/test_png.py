"""PNG: the same layout as the SVG, painted crisply, within bounds, and the same bytes each time."""

import hashlib
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from drawn_charts import LABELS, every_kind, long_chart, step1
from hypothesis import given, settings
from PIL import Image

from sim.draw import png, svg
from sim.draw.chart import Arrow, Chart, Lifeline, Line
from sim.draw.fontmetrics import Style, width_px, wrap
from sim.draw.layout import arrange
from sim.draw.shapes import Layout, Text
from sim.draw.theme import DARK, LIGHT

TWO = (Lifeline("a", "A"), Lifeline("b", "B"))


def painted(chart: Chart, **options: object) -> Image.Image:
    return Image.open(BytesIO(png.render(chart, **options)))  # type: ignore[arg-type]


def colour_at(image: Image.Image, x: float, y: float) -> str:
    return "#{:02x}{:02x}{:02x}".format(*image.getpixel((round(x), round(y))))  # type: ignore[misc]


def lifelines_x(layout: Layout) -> list[int]:
    return [shape.points[0][0] for group in layout.groups if group.kind == "lifeline" for shape in group.shapes]  # type: ignore[union-attr]


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7, 2.0])
def test_the_picture_is_the_layout_scaled(scale: float) -> None:
    layout, image = arrange(step1()), painted(step1(), scale=scale)
    assert image.format == "PNG"
    assert image.size == (round(layout.width * scale), round(layout.height * scale))
    assert colour_at(image, 1, 1) == LIGHT["page"]


def test_lifelines_and_arrows_are_where_the_layout_has_them() -> None:
    chart = Chart("", TWO, (Arrow("m", 0, 1, Line.REQUEST, "m"),))
    layout, image = arrange(chart), painted(chart)
    a, b = lifelines_x(layout)
    y = next(
        shape.points[0][1]
        for group in layout.groups
        if group.kind == "message"
        for shape in group.shapes
        if not isinstance(shape, Text)
    )  # type: ignore[union-attr]
    assert colour_at(image, 2 * a - 1, 2 * y + 12) == LIGHT["lifeline"]
    assert colour_at(image, a + b, 2 * y) == LIGHT["ink"]
    assert colour_at(image, 2 * b - 8, 2 * y + 2) == LIGHT["ink"], "the head is filled"
    assert colour_at(image, a + b, 2 * y + 12) == LIGHT["page"]


def test_dashes_leave_the_page_between_them() -> None:
    shares = {}
    for line in Line:
        chart = Chart("", TWO, (Arrow("m", 0, 1, line, "m"),))
        layout, image = arrange(chart), painted(chart)
        a, b = lifelines_x(layout)
        y = next(
            shape.points[0][1]
            for group in layout.groups
            if group.kind == "message"
            for shape in group.shapes
            if not isinstance(shape, Text)
        )  # type: ignore[union-attr]
        row = [colour_at(image, x, 2 * y) == LIGHT["ink"] for x in range(2 * a + 4, 2 * b - 30)]
        shares[line] = row.count(True) / len(row)
    assert shares[Line.REQUEST] == shares[Line.ONE_WAY] == 1.0
    assert 0.3 < shares[Line.OUTSIDE] < 0.6 < shares[Line.REPLY] < 0.85


def test_every_colour_of_the_layout_is_in_the_picture() -> None:
    image = painted(every_kind())
    found = {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in image.getcolors(1 << 22) or ()}  # type: ignore[misc]
    wanted = set(LIGHT) - {"hover", "bar", "bar_line"}
    assert {name for name in wanted if LIGHT[name] not in found} == set()


def test_a_dark_theme_paints_a_dark_page() -> None:
    assert colour_at(painted(step1(), theme=DARK), 1, 1) == DARK["page"]


@settings(max_examples=60, deadline=None)
@given(LABELS)
def test_painted_text_stays_in_the_room_it_was_given(text: str) -> None:
    for style in (Style(13), Style(12, italic=True), Style(13, bold=True)):
        for line in wrap(text, style, 200):
            for scale in (1.0, 2.0):
                font = png.fitting_font(line, style, scale)
                assert font.getlength(line) <= scale * width_px(line, style) + 1


def test_the_same_bytes_in_any_process() -> None:
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); from drawn_charts import step1; from sim.draw import png, svg; "
        "print(hashlib.sha256(png.render(step1())).hexdigest(), hashlib.sha256(svg.render(step1()).encode()).hexdigest())"
    )
    here = " ".join(hashlib.sha256(data).hexdigest() for data in (png.render(step1()), svg.render(step1()).encode()))
    for seed in ("0", "4711"):
        result = subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout.strip() == here


def test_nothing_heavy_is_imported() -> None:
    code = "import sys; from sim.draw import png, svg; print([m for m in ('matplotlib', 'numpy', 'pandas') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_picture_too_tall_is_refused_with_a_way_out() -> None:
    with pytest.raises(png.PictureTooLargeError, match="draw it as SVG") as caught:
        png.render(long_chart(5000))
    assert isinstance(caught.value, ValueError)
    height = arrange(long_chart(5000)).height
    assert f"{2 * height:,} px" in str(caught.value)


@pytest.mark.parametrize("scale", [0.0, -1.0, 100.0, float("nan")])
def test_a_scale_out_of_range_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match=r"expected a number from 0\.25 to 8"):
        png.render(step1(), scale=scale)
