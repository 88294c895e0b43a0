"""SVG: valid, self-contained, accessible, right without style sheets, and as long as it takes."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from io import BytesIO

import pytest
from drawn_charts import charts, every_kind, long_chart, step1
from hypothesis import HealthCheck, given, settings
from PIL import Image

from sim.draw import svg
from sim.draw.chart import Action, Arrow, Chart, Frame, Lifeline, Line, Row
from sim.draw.layout import arrange
from sim.draw.theme import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"


def parsed(chart: Chart) -> ET.Element:
    return ET.fromstring(svg.render(chart))


def flat(rows: tuple[Row, ...]) -> list[Row]:
    """All rows, those of frames after their frame."""
    return [each for row in rows for each in
            (row, *(flat(tuple(r for o in row.operands for r in o.rows)) if isinstance(row, Frame) else ()))]  # fmt: skip


def tooltips(root: ET.Element) -> list[str]:
    return [group.findtext(f"{SVG}title", "") for group in root.iter(f"{SVG}g") if group.get("class") == "sd-row"]


def test_it_says_what_it_is_to_those_who_hear_it() -> None:
    root = parsed(step1())
    assert root.get("role") == "img"
    assert [child.tag.removeprefix(SVG) for child in root[:2]] == ["title", "desc"]
    assert root.findtext(f"{SVG}title") == "Step 1: Provision consumer key and access token to consumer (V2009.04.09.1)"
    description = root.findtext(f"{SVG}desc", "")
    assert "of User agent, Authorization manager, Service provider, Consumer." in description
    assert "12,004 sessions merged" in description


def test_size_and_view_box_are_those_of_the_layout() -> None:
    root, layout = parsed(step1()), arrange(step1())
    assert (root.get("width"), root.get("height")) == (str(layout.width), str(layout.height))
    assert root.get("viewBox") == f"0 0 {layout.width} {layout.height}"


def test_it_refers_to_nothing_outside_and_can_stand_twice_in_a_page() -> None:
    text = svg.render(every_kind())
    assert not re.search(r"href|url\(|@import|<script|<image| id=", text)
    assert text.count("http") == 1


def test_every_colour_is_an_attribute_too() -> None:
    painted = [
        element
        for element in parsed(every_kind()).iter()
        if "sd-f-" in element.get("class", "") or "sd-s-" in element.get("class", "")
    ]
    assert len(painted) > 200
    for element in painted:
        for kind, name in re.findall(r"sd-([fs])-(\w+)", element.get("class", "")):
            assert element.get("fill" if kind == "f" else "stroke") == LIGHT[name]


def test_the_style_sheet_is_passed_over_by_viewers_without_custom_properties() -> None:
    style = parsed(step1()).findtext(f"{SVG}style", "")
    assert style.startswith("@supports (fill:var(--a)){")
    assert style.count("{") == style.count("}")
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    for name in LIGHT:
        assert f"--sd-{name}:{LIGHT[name]}" in light
        assert f"--sd-{name}:{DARK[name]}" in dark
        assert f".sd-f-{name}{{fill:var(--sd-{name})}}" in light


def test_each_message_and_action_has_its_details_as_tooltip() -> None:
    rows = [row for row in flat(step1().rows) if isinstance(row, Arrow | Action)]
    found = tooltips(parsed(step1()))
    assert len(found) == len(rows)
    for row, tooltip in zip(rows, found, strict=True):
        assert row.label in tooltip
        assert "\n".join(row.details) in tooltip
    assert 'User agent → Consumer: Need to access resource "r"' == found[0]


def test_lines_and_heads_follow_the_kind_of_arrow() -> None:
    drawn = {}
    for line in Line:
        chart = Chart("", (Lifeline("a", "A"), Lifeline("b", "B")), (Arrow("m", 0, 1, line, "m"),))
        stroke, head = next(g for g in parsed(chart).iter(f"{SVG}g") if g.get("class") == "sd-row").findall(f"{SVG}path")
        drawn[line] = (stroke.get("stroke-dasharray"), head.get("fill") is not None)
    assert drawn == {
        Line.REQUEST: (None, True),
        Line.REPLY: ("7 4", False),
        Line.ONE_WAY: (None, False),
        Line.OUTSIDE: ("2 3", False),
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(charts())
def test_any_chart_is_valid_xml_with_every_text(chart: Chart) -> None:
    root = parsed(chart)
    drawn = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert drawn == [text.text for text in arrange(chart).texts()]
    assert len(tooltips(root)) == sum(isinstance(row, Arrow | Action) for row in flat(chart.rows))


def test_markup_in_a_label_stays_text() -> None:
    label = "</text><script>alert(1)</script> & ]]> \x00"
    chart = Chart(label, (Lifeline("a", label),), (Action("x", 0, label, details=(label,)),))
    tags = {element.tag.removeprefix(SVG) for element in parsed(chart).iter()}
    assert tags == {"svg", "title", "desc", "style", "rect", "g", "path", "text"}


def test_five_thousand_arrows_are_drawn_each() -> None:
    root = parsed(long_chart(5000))
    assert len(tooltips(root)) == 5000
    assert {"request 2499", "reply 2499"} <= {element.text for element in root.iter(f"{SVG}text")}


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="rsvg-convert is not on this machine")
def test_librsvg_shows_it_in_light_colours() -> None:
    rsvg = shutil.which("rsvg-convert") or ""
    png = subprocess.run([rsvg], input=svg.render(step1()).encode(), capture_output=True, check=True).stdout
    image = Image.open(BytesIO(png)).convert("RGB")
    layout = arrange(step1())
    colours = {"#{:02x}{:02x}{:02x}".format(*colour): count for count, colour in image.getcolors(1 << 20) or ()}
    assert image.size == (layout.width, layout.height)
    assert colours["#ffffff"] > layout.width * layout.height / 2
    assert {LIGHT["note"], LIGHT["head"], LIGHT["bar"], LIGHT["action"], LIGHT["tab"]} <= set(colours)
    assert DARK["page"] not in colours
