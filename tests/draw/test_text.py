"""Sequence diagrams as text: what a reader of a terminal sees."""

import re
from collections import Counter
from dataclasses import replace

import generated_charts as generated
import pytest
import sample_charts as sample
from chart_views import flat
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from sim.draw import cells, compose, text
from sim.draw.chart import Action, Arrow, Chart, Frame, Lifeline, Line, Note, Operand, Role
from sim.draw.text_layout import Layout, NoRoomError

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def words(number: int, alphabet: str) -> str:
    """One label for each number: words of one to fourteen characters."""
    made = ""
    while number:
        number, length = divmod(number, 14)
        number, start = divmod(number, len(alphabet))
        made += (alphabet * 14)[start : start + length + 1] + " "
    return made.strip() or alphabet[0]


CAPITALS = st.integers(1, 10**9).map(lambda number: words(number, "ABCDEFGH"))
WIDE = st.integers(1, 10**9).map(lambda number: words(number, "A漢字ＡДé😀B\u0301한，。"))


def said(chart: Chart) -> str:
    """All the words of a chart, one after the other."""
    parts = [chart.title, chart.version, chart.about, chart.summary]
    for row in flat(chart.rows):
        if isinstance(row, Note):
            parts.append(row.text)
        elif isinstance(row, Operand):
            parts += [row.guard, row.annotation]
        elif isinstance(row, Arrow | Action):
            parts += [row.label, row.annotation]
    return "".join(parts)


MODEL = """\
Single server queue

 ┌────────┐        ┌────────┐
 │ Client │        │ Server │
 └────┬───┘        └────┬───┘
      │    Request 1    │
      ├────────────────▶│
      │             ┌──────┐
      │             │ Work │
      │             └──────┘
      │      Reply      ┃
      │◁╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┨
      │                 │"""


def queue(**changes: object) -> Chart:
    rows = (
        Arrow("request", 0, 1, Line.REQUEST, "Request 1", opens=True),
        Action("work", 1, "Work"),
        Arrow("reply", 1, 0, Line.REPLY, "Reply", closes=True),
    )
    return replace(Chart("Single server queue", (Lifeline("c", "Client"), Lifeline("s", "Server")), rows), **changes)


def test_a_small_diagram() -> None:
    assert MODEL == text.render(queue())


def test_step_1_at_100() -> None:
    drawn = text.render(compose.of_diagram(sample.STEP1), 100).split("\n")
    assert "Step 1: Provision consumer key and access token to consumer (V2009.04.09.1)" == drawn[0]
    assert "Dotted-line steps take place outside this protocol." == drawn[1]
    assert any(re.search(r"├┈+▷│$", line) for line in drawn)
    assert any("╭─ opt ─ [consumer doesn't have consumer key] ─" in line for line in drawn)
    assert 3 == sum(" opt " in line for line in drawn)
    assert 2 == sum("║ Note:" in line or "║ Implementation note:" in line for line in drawn)
    assert "⁺ added, not in the source" == drawn[-1]
    joined = " ".join(" ".join(re.sub("[│┃║├┤┠┨]", " ", line) for line in drawn).split())
    assert "Implementation note: Authorization manager should take steps to" in joined


@pytest.mark.parametrize("width", [24, 40, 60, 80, 100, 140, 250])
@pytest.mark.parametrize("of", [sample.STEP1, sample.DEVICE, sample.NESTED])
def test_no_line_is_wider_than_the_terminal(of: dict, width: int) -> None:
    records = sample.walked(of) + sample.walked(of, session=2)
    for chart in (
        compose.of_diagram(of),
        compose.of_session(sample.header(of), records, 1),
        compose.merged(sample.header(of), records),
    ):
        for line in text.render(chart, width).split("\n"):
            assert cell_len(line) <= width
            assert line == line.rstrip()


@settings(max_examples=150, deadline=None)
@given(generated.charts(label=CAPITALS), st.integers(60, 160), st.booleans())
def test_not_a_letter_is_lost_or_painted_over(chart: Chart, width: int, ascii: bool) -> None:
    drawn = text.render(chart, width, ascii=ascii)
    wanted, found = Counter(re.sub("[^A-H]", "", said(chart))), Counter(re.sub("[^A-H]", "", drawn))
    names = Counter(re.sub("[^A-H]", "", "".join(lifeline.label for lifeline in chart.lifelines)))
    twice = wanted + names + names
    assert found in (wanted + names, twice) or is_list(chart, width)
    assert not wanted - found


def is_list(chart: Chart, width: int) -> bool:
    """Whether the lifelines do not fit side by side."""
    try:
        Layout(chart, width)
    except NoRoomError:
        return True
    return False


@settings(max_examples=100, deadline=None)
@given(generated.charts(label=WIDE), st.integers(30, 120))
def test_widths_of_wide_and_combining_characters(chart: Chart, width: int) -> None:
    drawn = text.render(chart, width)
    assert max(cell_len(line) for line in drawn.split("\n")) <= width
    assert not Counter(re.sub("[^漢字ＡД😀한]", "", said(chart))) - Counter(drawn)


@settings(max_examples=100, deadline=None)
@given(generated.charts(), st.integers(24, 120))
def test_lifelines_stay_in_their_columns(chart: Chart, width: int) -> None:
    """With any label: a lifeline is never moved by what stands on its line."""
    chart = replace(chart, rows=(*chart.rows, Note((0,), "end")))
    drawn = text.render(chart, width).split("\n")
    heads = [line for line in drawn if "┬" in line]
    if heads:
        last = max(index for index, line in enumerate(drawn) if "┴" not in line and set(line) <= {" ", "│", "┃"} and line.strip())
        columns = [index for index, char in enumerate(heads[0]) if char == "┬"]
        assert columns == [index for index, char in enumerate(drawn[last]) if char in "│┃"]


@settings(max_examples=60, deadline=None)
@given(generated.charts(), st.integers(24, 140), st.booleans())
def test_colour_and_spans_say_the_same_as_plain_text(chart: Chart, width: int, ascii: bool) -> None:
    plain = text.render(chart, width, ascii=ascii)
    assert plain == ANSI.sub("", text.render(chart, width, ascii=ascii, color=True))
    assert plain.split("\n") == ["".join(part for part, _ in line) for line in text.render_lines(chart, width, ascii=ascii)]


def test_roles_have_signs_and_colours_of_their_own() -> None:
    rows = tuple(Arrow("m", 0, 1, Line.REQUEST, role.value, role=role) for role in Role)
    chart = queue(rows=(*rows, Arrow("m", 0, 1, Line.REQUEST, "grey", muted=True), Arrow("m", 0, 1, Line.OUTSIDE, "out")))
    drawn = text.render(chart)
    shafts = [line.strip() for line in drawn.split("\n") if re.search("[├┠]", line)]
    assert ["├────────────────▶│", "├━━━━━━━━━━━━━━━━▶│"] == shafts[:2]
    assert "├────────────╳    │" == shafts[2]
    assert len(set(shafts)) == len(shafts)
    for meaning in ("not visited", "refused", "challenge", "lost", "not in the diagram"):
        assert meaning in drawn
    styles = {style for line in text.render_lines(chart) for _, style in line}
    assert {"red", "magenta", "yellow", "bold magenta", "bright_black"} <= styles


def test_a_model_needs_no_legend() -> None:
    assert "refused" not in text.render(queue())
    assert "not visited" not in text.render(queue())


def test_frames_nest_without_touching() -> None:
    drawn = text.render(compose.of_diagram(sample.NESTED), 100).split("\n")
    top = next(line for line in drawn if " loop " in line)
    assert re.search(r"│ +╭─ loop ─.*─╮ │$", top)
    for line in drawn:
        assert not re.search("[│┃┆][│┃┆]|[╮╯][╮╯]|[╭╰][╭╰]", line), line


def test_ascii_is_ascii() -> None:
    records = sample.walked(sample.DEVICE) + sample.walked(sample.DEVICE, session=2)
    chart = compose.merged(sample.header(sample.DEVICE), records)
    assert text.render(chart, ascii=True).isascii()
    assert "2 x, median 35.2 ms" in text.render(chart, ascii=True)


def test_narrow_terminals_get_a_list() -> None:
    drawn = text.render(compose.of_diagram(sample.STEP1), 50)
    assert 'Consumer ───▶ Service provider\n  GET "r"' in drawn
    assert "opt [consumer doesn't have access token]\n│ Consumer" in drawn
    assert "\n║ Note: This protocol" in drawn


def test_control_characters_of_a_trace_do_not_reach_the_terminal() -> None:
    chart = queue(title="a\x1b[31mb\x07", rows=(Arrow("m", 0, 1, Line.REQUEST, "x\x1b]0;y\x9b1m\u202e"),))
    for width in (24, 100):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text.render(chart, width))
    assert "a␛[31mb␇" in text.render(chart)


def test_messages_to_oneself_at_both_ends() -> None:
    rows = (Arrow("m", 0, 0, Line.REQUEST, "first", "1 ms"), Arrow("n", 1, 1, Line.ONE_WAY, "last"))
    drawn = text.render(queue(rows=rows)).split("\n")
    assert any(re.search(r"├──╮ first +│$|├──╮ first \(1 ms\) +│$", line) for line in drawn)
    assert any(re.search(r"last ╭──┤$", line) for line in drawn)


def test_headings_of_passes_run_from_border_to_border() -> None:
    maker = sample.Maker()
    records = list(
        maker.walk(
            sample.DEVICE["sequence"], lambda item, _: 3 if item["item"] == "loop" else "approves" if item["item"] == "alt" else 0
        )
    )
    drawn = text.render(compose.of_session(sample.header(sample.DEVICE), records, 1)).split("\n")
    assert 3 == len([line for line in drawn if re.search(r"│╌╌ pass \d of 3 ╌+│", line)])


def test_long_diagrams_name_their_lifelines_again_at_the_foot() -> None:
    many = queue(rows=tuple(Arrow(f"m{i}", 0, 1, Line.REQUEST, f"Message {i}") for i in range(40)))
    assert 2 == text.render(many).count("Client")
    assert 1 == text.render(queue()).count("Client")


def test_5000_messages_are_all_there() -> None:
    rows = tuple(Arrow(f"m{i}", i % 4, (i + 1) % 4, Line.REQUEST, f"message {i}", "35 ms") for i in range(5_000))
    drawn = text.render(Chart("Many", tuple(Lifeline(name, name) for name in "abcd"), rows))
    assert [str(i) for i in range(5_000)] == re.findall(r"message (\d+)", drawn)


def test_an_empty_chart_and_an_empty_frame() -> None:
    assert "Client" in text.render(queue(rows=()))
    frame = Frame("f", "opt", (Operand("never", (), "skipped", muted=True),), muted=True)
    drawn = text.render(queue(rows=(frame,)))
    assert re.search(r"╭─ opt ─ \[never\] ─ skipped ", drawn)


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Mn", "Me"]), max_size=40), st.integers(1, 30))
def test_wrapping_loses_nothing_but_white_space(line: str, room: int) -> None:
    wrapped = cells.wrap(line, room)
    kept = "".join("".join(wrapped).split())
    assert "".join(line.split()) == kept
    assert all(cells.width(part) <= max(room, 2) for part in wrapped)
    assert len(cells.balance(line, room)) == len(wrapped)


def test_cells() -> None:
    assert ("a", "漢", "", "e\u0301") == cells.cells("a漢e\u0301")
    assert 2 == cells.width("👩‍👩‍👧")
    assert 1 == cells.width("\u0301")
    assert ("https://", "example.", "org/") == cells.wrap("https://example.org/", 10)
    assert ("2 ×,", "median 35.2 ms") == cells.wrap_parts("2 ×, median 35.2 ms", 16)
