"""PlantUML sources, drawn by PlantUML itself: what its SVG says is what the chart says."""

import os
import random
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import generated_charts as generated
import pytest
import sample_charts as sample
from chart_views import flat
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sim.draw import compose, plantuml
from sim.draw.chart import Action, Arrow, Chart, Frame, Lifeline, Line, Note, Operand, Role, Row

JAR = Path(os.environ.get("PLANTUML_JAR", "/usr/share/plantuml/plantuml.jar"))
WITHOUT = "no java" if shutil.which("java") is None else "" if JAR.is_file() else f"no PlantUML at {JAR} (PLANTUML_JAR says where)"
needs_plantuml = pytest.mark.skipif(bool(WITHOUT), reason=f"PlantUML cannot be run here: {WITHOUT}")
ODD = [*range(0x180), *range(0x2460, 0x2480), 0x85, 0x2028, 0xE000, 0xFFFE, 0x1F600, 0xD800, 0x202E, 0x3042]
"""Code points of which texts are made that no one writes."""
few = settings(
    max_examples=4, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck)
)
"""A Java machine takes a second to start: few examples of many diagrams each (the first is a trivial one), not made smaller when they fail."""


def pictures(sources: list[str]) -> list[ET.Element]:
    """The SVG of each source, by one run of PlantUML; fails if it finds a fault in any."""
    with tempfile.TemporaryDirectory() as folder:
        for number, source in enumerate(sources):
            Path(folder, f"d{number:04}.puml").write_text(source, encoding="utf-8")
        command = ["java", "-Djava.awt.headless=true", "-jar", str(JAR), "-charset", "UTF-8", "-tsvg", f"{folder}/*.puml"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert 0 == done.returncode, done.stderr
        return [_picture(Path(folder, f"d{number:04}.svg")) for number in range(len(sources))]


def _picture(path: Path) -> ET.Element:
    """An SVG without its comment, in which PlantUML repeats the source, rare characters broken."""
    text = path.read_bytes().decode("utf-8", "replace")
    return ET.fromstring(re.sub("<!--.*?-->", "", text, flags=re.DOTALL))


def texts(svg: ET.Element) -> list[str]:
    return ["".join(element.itertext()) for element in svg.iter("{http://www.w3.org/2000/svg}text")]


def squeezed(*parts: str) -> str:
    """Text without any white space: PlantUML wraps lines, and draws each on its own."""
    return "".join("".join(parts).replace("\u200b", "").split())


def row_text(row: Row | Operand | str, operators: list[list]) -> str:
    """What a row should add to the text of the picture."""
    if isinstance(row, Note):
        return row.text
    if isinstance(row, Frame):
        operators.append([row.operator, 0])
        return ""
    if isinstance(row, Operand):
        operators[-1][1] += 1
        tab = operators[-1][0] if operators[-1][1] == 1 else ""
        return f"{tab}[{row.guard}" + (f"({row.annotation})" if row.annotation else "") + "]"
    if row == "end":
        operators.pop()
        return ""
    assert isinstance(row, Arrow | Action)
    return row.label + row.annotation


def expected(chart: Chart) -> list[str]:
    """The texts of a picture in the order of the chart, without white space."""
    operators: list[list] = []
    return [squeezed(row_text(row, operators)) for row in flat(chart.rows)]


def assert_shows(chart: Chart, svg: ET.Element) -> None:
    shown = squeezed(*texts(svg))
    for text in (chart.title, chart.version, chart.about, chart.summary):
        assert squeezed(text) in shown
    rows = "".join(expected(chart))
    names = "".join(squeezed(name.label) * 2 for name in chart.lifelines)
    assert names in shown
    after = shown.split(names, 1)[1]
    assert rows in shown, (rows, after)


@needs_plantuml
@pytest.mark.long
@few
@given(st.lists(generated.charts(), min_size=25, max_size=25))
def test_every_label_of_any_chart_is_shown(charts: list[Chart]) -> None:
    for chart, svg in zip(charts, pictures([plantuml.render(chart) for chart in charts]), strict=True):
        assert_shows(chart, svg)


def everywhere(label: str) -> tuple[Row, ...]:
    """A label in every place that a row has for one."""
    return (
        Arrow("m", 0, 0, Line.REPLY, label, label, muted=True),
        Action("a", 0, label, label),
        Note((0,), label),
        Note((0,), label, heading=True),
        Frame("f", "alt", (Operand(label, (), label), Operand(label, ()))),
    )


def chart_of_labels(numbers: list[int]) -> Chart:
    """Labels that drawing languages mistake, in every place."""
    labels = [*generated.NASTY, *(generated.nasty(number) for number in numbers)]
    rows = tuple(row for label in labels for row in everywhere(label))
    return Chart("", tuple(Lifeline(f"l{number}", label) for number, label in enumerate(labels[-4:])), rows)


def chart_of_text(text: str) -> Chart:
    rows = (Arrow("m", 0, 0, Line.REQUEST, text), Note((0,), text), Note((0,), "last"))
    return Chart(text, (Lifeline("a", text),), rows, text, summary=text)


def ends_of_arrows(svg: ET.Element, lifelines: int) -> list[tuple[int, int]]:
    """Between which lifelines each arrow runs, from the coordinates: (left, right)."""
    lines = [
        {name: float(line.get(name, "0")) for name in ("x1", "x2", "y1", "y2")}
        for line in svg.iter("{http://www.w3.org/2000/svg}line")
    ]
    columns = sorted({line["x1"] for line in lines if line["x1"] == line["x2"] and line["y2"] - line["y1"] > 50})
    assert lifelines == len(columns)
    made = []
    for line in lines:
        if line["y1"] == line["y2"] and abs(line["x2"] - line["x1"]) > 40:
            ends = sorted(min(range(lifelines), key=lambda i: abs(columns[i] - x)) for x in (line["x1"], line["x2"]))
            made.append((line["y1"], ends[0], ends[1]))
    return [(left, right) for _, left, right in sorted(made)]


@needs_plantuml
def test_what_is_drawn_is_what_the_charts_say() -> None:
    chance = random.Random(2009)
    odd = ["".join(chr(chance.choice(ODD)) for _ in range(chance.randrange(1, 8))) for _ in range(15)]
    models = [compose.of_diagram(of) for of in (sample.STEP1, sample.DEVICE, sample.NESTED)]
    arrows = tuple(row for row in flat(models[0].rows) if isinstance(row, Arrow))
    models.append(chart_of_labels([chance.randrange(10**7) for _ in range(4)]))
    models += [Chart(label, models[0].lifelines[:1], (), summary=label) for label in generated.NASTY[::12]]
    models.append(Chart("", models[0].lifelines, arrows))
    drawn = pictures([plantuml.render(chart) for chart in (*models, *(chart_of_text(text) for text in odd))])
    for chart, svg in zip(models, drawn, strict=False):
        assert_shows(chart, svg)
    assert [tuple(sorted((row.sender, row.receiver))) for row in arrows] == ends_of_arrows(drawn[len(models) - 1], 4)
    for text, svg in zip(odd, drawn[len(models) :], strict=True):
        assert "last" in texts(svg), repr(text)


def test_step_1_as_source() -> None:
    source = plantuml.render(compose.of_diagram(sample.STEP1))
    lines = source.split("\n")
    assert 'p0 -[dotted]>> p3 : Need to access resource "r"' in lines
    assert 'p3 -> p2 : GET "r"' in lines
    assert "opt consumer doesn't have access token" in lines
    assert "rnote over p1 #FFFFFF : Allocate consumer key" in lines
    assert lines.index("activate p1") < lines.index("deactivate p1")
    assert source.startswith("@startuml\n")
    assert source.endswith("\n@enduml\n")


def test_roles_differ_in_colour_and_sign() -> None:
    rows = (
        Arrow("m", 0, 1, Line.REQUEST, "lost", role=Role.LOSS),
        Arrow("m!429", 1, 0, Line.REPLY, "429", role=Role.REFUSAL),
        Arrow("m", 0, 1, Line.REQUEST, "grey", muted=True),
        Arrow("m", 0, 1, Line.OUTSIDE, "mine", added=True),
    )
    source = plantuml.render(Chart("", (Lifeline("a", "A"), Lifeline("b", "B")), rows))
    assert f"p0 -[{plantuml.COLORS[Role.LOSS]}]>x p1" in source
    assert f"p1 -[{plantuml.COLORS[Role.REFUSAL]},dashed]>> p0" in source
    assert f"p0 -[{plantuml.MUTED}]> p1 : <color:{plantuml.MUTED}>grey</color>" in source
    assert f"p0 -[{plantuml.ADDED},dotted]>> p1" in source
    assert "grey: not visited, red: refused, pink: lost, green: added, not in the source" in source


def test_ends_of_activations_without_a_beginning_are_left_out() -> None:
    rows = (Arrow("m", 0, 1, Line.REPLY, "x", closes=True), Arrow("n", 0, 1, Line.REQUEST, "y", opens=True))
    source = plantuml.render(Chart("", (Lifeline("a", "A"), Lifeline("b", "B")), rows))
    assert not re.search("^deactivate", source, re.MULTILINE)
    assert "activate p1" in source
