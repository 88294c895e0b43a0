"""The layout: nothing meets that should not, nothing is lost, and activations are where the calls are."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from drawn_charts import charts, every_kind, long_chart, step1
from hypothesis import HealthCheck, example, given, settings

from sim.draw.activations import Activations
from sim.draw.blocks import ADDED
from sim.draw.chart import Action, Arrow, Chart, Frame, Lifeline, Line, Note, Operand, Role
from sim.draw.fontmetrics import clean
from sim.draw.layout import TALL, arrange
from sim.draw.marks import is_mask
from sim.draw.shapes import Box, Disc, Layout, Path, Polygon, Rectangle, Shape, Text


def areas(shape: Shape) -> Iterator[Rectangle]:
    """What a shape paints, as rectangles no smaller than it: its area if filled, else its lines."""
    if isinstance(shape, Text):
        yield shape.box
    elif isinstance(shape, Disc):
        x, y, r = shape.x, shape.y, shape.radius
        yield Rectangle(x - r, y - r, x + r + 1, y + r + 1)
    elif isinstance(shape, Box) and shape.fill is not None:
        yield shape.area
    elif isinstance(shape, Polygon) and shape.fill is not None:
        yield bounds(shape.points)
    elif isinstance(shape, Box):
        left, top, right, bottom = shape.area
        corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
        yield from (bounds(side) for side in pairwise(corners))
    elif isinstance(shape, Path):
        yield from (bounds(side) for side in pairwise(shape.points))
    else:
        yield bounds(shape.points)


def bounds(points: tuple[tuple[int, int], ...]) -> Rectangle:
    """The pixels from the first to the last of ``points`` each way."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Rectangle(min(xs), min(ys), max(xs) + 1, max(ys) + 1)


def faults(layout: Layout) -> list[str]:
    """Every text that leaves the page or meets something: what lies under it must hold it whole, or be covered."""
    shapes = [shape for group in layout.groups for shape in group.shapes]
    painted = [(k, area) for k, shape in enumerate(shapes) if not is_mask(shape) for area in areas(shape)]
    masks = [(k, area) for k, shape in enumerate(shapes) if is_mask(shape) for area in areas(shape)]
    opaque = masks + [(k, area) for k, area in painted if isinstance(shapes[k], Box | Polygon) and shapes[k].fill]
    found = []
    for at, text in enumerate(shapes):
        if not isinstance(text, Text):
            continue
        box = text.box
        if not Rectangle(0, 0, layout.width, layout.height).holds(box):
            found.append(f"{text.text!r} leaves the page")
        covered = max([k for k, area in opaque if k < at and area.holds(box)], default=-1)
        for k, area in painted:
            if k == at or not area.meets(box) or k < covered:
                continue
            if k > at or not area.holds(box) or isinstance(shapes[k], Text):
                found.append(f"{text.text!r} {box} meets {shapes[k]}")
        found += [f"{text.text!r} is covered" for k, area in masks if k > at and area.meets(box)]
    return found


def outside(layout: Layout) -> list[Shape]:
    """What does not lie on the page."""
    page = Rectangle(0, 0, layout.width, layout.height)
    return [s for group in layout.groups for s in group.shapes if not all(page.holds(area) for area in areas(s))]


def missing_words(chart: Chart, layout: Layout) -> list[str]:
    """Labels, annotations and names that are not drawn, whatever their line breaks."""
    drawn = "".join("".join(text.text for text in layout.texts()).split())
    wanted = [chart.title, chart.version, chart.about, chart.summary, *(line.label for line in chart.lifelines)]
    rows = list(chart.rows)
    while rows:
        row = rows.pop()
        if isinstance(row, Frame):
            for operand in row.operands:
                wanted += [operand.guard, operand.annotation]
                rows += operand.rows
        else:
            wanted += [row.text] if isinstance(row, Note) else [row.label, row.annotation]
    return [text for text in wanted if "".join(clean(text).split()) not in drawn]


def assert_frames_nest(layout: Layout) -> None:
    """Two frames lie apart or one lies well inside the other; no border runs along a lifeline."""
    borders = [group.shapes[0] for group in layout.groups if group.kind == "frame"]
    boxes = [border.area for border in borders if isinstance(border, Box)]
    for k, outer in enumerate(boxes):
        for inner in boxes[k + 1 :]:
            assert not outer.meets(inner) or outer.left < inner.left < inner.right < outer.right
            assert not outer.meets(inner) or outer.top < inner.top < inner.bottom < outer.bottom
    for box in boxes:
        assert all(abs(x - side) >= 8 for x in lifelines_x(layout) for side in (box.left, box.right))


def lifelines_x(layout: Layout) -> list[int]:
    lines = [shape for group in layout.groups if group.kind == "lifeline" for shape in group.shapes]
    return [line.points[0][0] for line in lines if isinstance(line, Path)]


@pytest.mark.parametrize("chart", [step1(), every_kind(), long_chart(60)], ids=lambda chart: chart.title[:10])
def test_no_text_meets_anything_on_charts_by_hand(chart: Chart) -> None:
    assert faults(arrange(chart)) == []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(charts())
@example(Chart("", (), ()))
@example(Chart("only a title", (), (), "v", "a", "s"))
def test_any_chart_is_laid_out_whole_and_without_overlap(chart: Chart) -> None:
    layout = arrange(chart)
    assert faults(layout) == []
    assert outside(layout) == []
    assert missing_words(chart, layout) == []
    assert_frames_nest(layout)


def test_the_check_itself_sees_an_overlap() -> None:
    layout = arrange(step1())
    text = layout.texts()[5]
    moved = [*layout.groups[:-1], layout.groups[-1]._replace(shapes=[text._replace(x=text.x + 3)])]
    assert len(faults(Layout(layout.width, layout.height, "", "", moved))) >= 2


def test_title_version_sentence_and_summary_stand_at_the_top() -> None:
    chart = step1()
    first = [text.text for text in arrange(chart).texts()[:4]]
    assert [chart.title, chart.version, chart.about, chart.summary] == first


def test_a_bare_number_is_called_a_version() -> None:
    assert [text.text for text in arrange(Chart("t", (), (), "1.2")).texts()] == ["t", "Version 1.2"]


def test_participants_are_repeated_under_a_tall_chart_only() -> None:
    short = arrange(Chart("t", step1().lifelines, step1().rows[:2]))
    tall = arrange(step1())
    assert short.height < TALL < tall.height
    assert [text.text for text in short.texts()].count("Consumer") == 1
    assert [text.text for text in tall.texts()].count("Consumer") == 2


def test_the_legend_names_what_occurs_and_nothing_else() -> None:
    words = {text.text for group in arrange(every_kind()).groups if group.kind == "legend" for text in group.shapes
             if isinstance(text, Text)}  # fmt: skip
    expected = {"refused", "challenge", "lost", "not in the diagram", "no session came here", "?"}
    assert {*expected, f"{ADDED} added: not in the source of the diagram"} == words
    plain = Chart("t", step1().lifelines, step1().rows[:3])
    assert [group for group in arrange(plain).groups if group.kind == "legend"] == []


def test_a_lost_message_ends_before_its_receiver() -> None:
    lifelines = (Lifeline("a", "A"), Lifeline("b", "B"))
    reach = []
    for role in (Role.DIAGRAM, Role.LOSS):
        layout = arrange(Chart("", lifelines, (Arrow("m", 0, 1, Line.REQUEST, "m", role=role),)))
        message = next(group for group in layout.groups if group.kind == "message")
        reach.append(max(area.right for shape in message.shapes for area in areas(shape)))
        receiver = max(lifelines_x(layout))
    assert reach[0] == receiver + 1
    assert reach[1] < receiver - 8


def bars(*rows: Arrow | Frame | Action) -> list[tuple[int, int, int, int]]:
    found = Activations(rows, 3)
    return [(bar.lifeline, bar.first, bar.last, bar.depth) for one in found.by_lifeline for bar in one]


def opening(sender: int, receiver: int) -> Arrow:
    return Arrow("o", sender, receiver, Line.REQUEST, "o", opens=True)


def closing(sender: int, receiver: int) -> Arrow:
    return Arrow("c", sender, receiver, Line.REPLY, "c", closes=True)


def test_activations_follow_calls() -> None:
    assert bars(opening(0, 1), opening(1, 2), closing(2, 1), closing(1, 0)) == [(1, 0, 3, 0), (2, 1, 2, 0)]


def test_activations_lie_on_top_of_each_other() -> None:
    assert bars(opening(0, 1), opening(2, 1), closing(1, 2), closing(1, 0)) == [(1, 0, 3, 0), (1, 1, 2, 1)]


def test_an_activation_that_never_closes_lasts_while_its_lifeline_is_met() -> None:
    assert bars(opening(0, 1), Action("a", 1, "a"), Action("b", 0, "b")) == [(1, 0, 1, 0)]


def test_a_closing_without_an_opening_is_passed_over() -> None:
    assert bars(closing(1, 0), closing(1, 0)) == []


def test_each_branch_of_an_alt_may_close() -> None:
    branches = tuple(Operand("x", (closing(1, 0),)) for _ in range(2))
    assert bars(opening(0, 1), Frame("f", "alt", branches), opening(0, 1), closing(1, 0)) == [
        (1, 0, 2, 0),
        (1, 3, 4, 0),
    ]


def test_a_reply_in_an_opt_does_not_take_the_later_one_away() -> None:
    leaves = Frame("f", "opt", (Operand("x", (closing(1, 0),)),))
    assert bars(opening(0, 1), leaves, closing(1, 0)) == [(1, 0, 2, 0)]


def test_many_open_calls_stay_narrow() -> None:
    rows = tuple(opening(0, 1) for _ in range(400))
    layout = arrange(Chart("", tuple(Lifeline(n, n) for n in "abc"), rows))
    assert layout.width < 600
