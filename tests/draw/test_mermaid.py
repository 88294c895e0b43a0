"""Mermaid sources, read back by merman, an independent parser of the language."""

import html
import json

import generated_charts as generated
import merman
import pytest
import sample_charts as sample
import yaml
from chart_views import flat
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.draw import compose, mermaid
from sim.draw.chart import Action, Arrow, Chart, Frame, Lifeline, Line, Note, Operand, Role

SIGNS = {0: "->>", 1: "-->>", 3: "-x", 4: "--x", 24: "-)", 25: "--)"}
OPENINGS = {10: "loop", 12: "alt", 15: "opt", 19: "par"}
PARTINGS = {13: "alt", 20: "par"}
CLOSINGS = {11: "loop", 14: "alt", 16: "opt", 21: "par"}
SHADES = (22, 23)
ACTIVATIONS = (17, 18)


def parse(source: str) -> dict:
    return json.loads(merman.Merman().parse_json(source, "{}"))


def shown(text: str) -> str:
    """Text as a browser shows it: Mermaid's own placeholders for entities resolved, white space as one blank."""
    entities = text.replace("ﬂ°°", "&#").replace("ﬂ°", "&").replace("¶ß", ";")
    return " ".join(html.unescape(entities.replace("<br/>", " ")).split())


def said(*texts: str) -> str:
    return " ".join(" ".join(texts).split())


def read(source: str) -> tuple[list[str], list[tuple]]:
    """Participants and statements of a source: (what, from, to, text)."""
    model = parse(source)
    statements = []
    for entry in model["messages"]:
        kind, text = entry["type"], shown(entry["message"])
        if kind in SIGNS:
            statements.append((SIGNS[kind], entry["from"], entry["to"], text))
        elif kind == 2:
            statements.append(("note", entry["from"], entry["to"], text))
        elif kind in OPENINGS:
            statements.append((OPENINGS[kind], None, None, text))
        elif kind in PARTINGS:
            statements.append((f"and {PARTINGS[kind]}", None, None, text))
        elif kind in CLOSINGS:
            statements.append((f"end {CLOSINGS[kind]}", None, None, ""))
        else:
            assert kind in SHADES + ACTIVATIONS
    return [shown(actor["description"]) for actor in model["actors"].values()], statements


def drawn(chart: Chart) -> list[tuple]:
    """The statements that a chart should give."""
    made, frames = [], []
    for row in flat(chart.rows):
        if isinstance(row, Arrow):
            lost = row.role is Role.LOSS
            solid = row.line in (Line.REQUEST, Line.ONE_WAY)
            sign = ("-x" if solid else "--x") if lost else mermaid.ARROWS[row.line]
            made.append((sign, f"p{row.sender}", f"p{row.receiver}", said(row.label, row.annotation)))
        elif isinstance(row, Action):
            made.append(("->>", f"p{row.participant}", f"p{row.participant}", said(row.label, row.annotation)))
        elif isinstance(row, Note):
            made.append(("note", f"p{row.over[0]}", f"p{row.over[-1]}", said(row.text)))
        elif isinstance(row, Frame):
            frames.append([row.operator, 0])
        elif isinstance(row, Operand):
            operator, number = frames[-1]
            frames[-1][1] += 1
            annotation = f"({row.annotation})" if row.annotation else ""
            made.append((f"and {operator}" if number else operator, None, None, said(row.guard, annotation)))
        else:
            made.append((f"end {frames.pop()[0]}", None, None, ""))
    return made


@settings(max_examples=150, deadline=None)
@given(generated.charts())
def test_every_sender_receiver_label_and_fragment_comes_back(chart: Chart) -> None:
    names, statements = read(mermaid.render(chart))
    assert [said(lifeline.label) for lifeline in chart.lifelines] == names
    preface = [s for s in statements[:1] if s[0] == "note" and len(statements) > len(drawn(chart))]
    assert drawn(chart) == statements[len(preface) :]
    for text in (chart.about, chart.summary):
        assert said(text) in (preface[0][3] if preface else "")


@settings(max_examples=200, deadline=None)
@given(generated.labels())
def test_a_label_comes_back_alone(label: str) -> None:
    chart = Chart("", (Lifeline("a", label),), (Arrow("m", 0, 0, Line.REQUEST, label),))
    assert ([said(label)], [("->>", "p0", "p0", said(label))]) == read(mermaid.render(chart))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12))
def test_any_text_at_all_leaves_the_statements_whole(text: str) -> None:
    chart = Chart(text, (Lifeline("a", text),), (Arrow("m", 0, 0, Line.REQUEST, text), Note((0,), "last")), text)
    names, statements = read(mermaid.render(chart))
    assert ["->>", "note"] == [statement[0] for statement in statements]
    assert "last" == statements[1][3]
    assert 1 == len(names)


@given(generated.labels())
def test_the_title_is_in_the_front_matter(title: str) -> None:
    source = mermaid.render(Chart(title, (Lifeline("a", "A"),), (), version="v1"))
    front = yaml.safe_load(source.split("\n---\n")[0].removeprefix("---\n"))
    assert said(title, "(v1)") == front["title"]


@pytest.mark.parametrize("of", [sample.STEP1, sample.DEVICE, sample.NESTED])
def test_sample_diagrams(of: dict) -> None:
    chart = compose.of_diagram(of)
    names, statements = read(mermaid.render(chart))
    assert [participant["label"] for participant in of["participants"]] == names
    assert drawn(chart) == [s for s in statements if "take place outside" not in s[3]]


def test_activations_of_step_1_begin_and_end() -> None:
    source = mermaid.render(compose.of_diagram(sample.STEP1))
    kinds = [(m["type"], m["from"]) for m in parse(source)["messages"] if m["type"] in ACTIVATIONS]
    assert [(17, "p2"), (18, "p2"), (17, "p2"), (18, "p2")] + [(17, "p1"), (18, "p1")] * 2 == kinds


def test_rows_apart_are_shaded_and_the_shades_explained() -> None:
    records = sample.walked(sample.STEP1, lambda item, time: item["id"] != "lacks_key")
    source = mermaid.render(compose.of_session(sample.header(sample.STEP1), records, 1))
    assert "grey: not visited, green: added, not in the source" in source
    shades = [m["message"] for m in parse(source)["messages"] if m["type"] == 22]
    assert [mermaid.SHADES["muted"][0], mermaid.SHADES["added"][0]] == shades
