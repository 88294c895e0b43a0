"""Two load charts under the same axes."""

import pytest
from made_metrics import lone, nothing, rich

from sim.draw import load_pair
from sim.draw.load_pair import Side


def quiet():
    """A run without refusals and queues, with lower loads."""
    metrics = rich()
    station = metrics["series"]["stations"]["authorization_manager"]
    for key in ("refused_per_s", "queue_mean", "queue_max", "utilisation_refusing"):
        station[key] = [0.0] * 120
    station["refused_by_per_s"] = {}
    station["memory_bytes"] = [value / 10 for value in station["memory_bytes"]]
    station["offered_per_s"] = [value / 5 for value in station["offered_per_s"]]
    return metrics


@pytest.fixture(scope="module")
def fig():
    return load_pair.figure(Side("a: flood", rich(), [("flood", 120.0, 420.0)], 60.0), Side("b: calm", quiet()))


def rows(fig):
    """The panels by the row in which they stand, from the top, left before right."""
    found = {}
    for ax in fig.axes:
        if ax.get_title(loc="left"):
            found.setdefault(round(ax.get_position().y0, 4), []).append(ax)
    return [sorted(found[y], key=lambda ax: ax.get_position().x0) for y in sorted(found, reverse=True)]


def test_what_is_about_the_same_stands_in_one_row(fig):
    assert [tuple(ax.get_title(loc="left").partition(", shaded")[0] for ax in row) for row in rows(fig)] == [(title, title) for title in (
        "Honest sessions", "Requests at Authorization manager", "Refused at Authorization manager, by", "Requests at Service provider",
        "Requests waiting", "Utilisation", "Response time of honest sessions", "Memory of tables")]


def test_both_sides_of_a_row_have_the_same_axes(fig):
    for left, right in rows(fig):
        assert left.get_xlim() == right.get_xlim()
        if left.lines and right.lines:
            assert left.get_ylim() == right.get_ylim()
            assert left.get_yscale() == right.get_yscale()
            assert [text.get_text() for text in left.get_yticklabels()] == [text.get_text() for text in right.get_yticklabels()]
            assert left.get_ylabel() == right.get_ylabel()
    tops = {left.get_title(loc="left"): left.get_ylim()[1] for left, _ in rows(fig)}
    assert tops["Requests at Authorization manager"] > 1040.0, "that of the run which has more"


def test_curves_are_on_the_scale_that_they_share(fig):
    for row in rows(fig):
        for ax in row:
            tops = [max(y for y in line.get_ydata() if y == y) for line in ax.lines]
            assert all(top <= ax.get_ylim()[1] for top in tops)


def test_where_one_has_nothing_its_place_says_so(fig):
    words = [[text.get_text() for text in right.texts] for _, right in rows(fig)]
    assert words[2] == ["at most one reason"]
    waiting, _ = rows(load_pair.figure(Side("a", nothing()), Side("b", rich())))[4]
    assert [text.get_text() for text in waiting.texts] == ["nothing to show"]


def test_runs_of_other_lengths_and_without_any_course():
    longer = rich(240)
    longer["series"]["t_s"] = [5.0 * k for k in range(240)]
    longer["series"]["bin_s"] = 5.0
    fig = load_pair.figure(Side("a", longer), Side("b", rich()))
    assert {ax.get_xlim()[1] for row in rows(fig) for ax in row} == {1200.0}
    assert len(rows(load_pair.figure(Side("a", lone()), Side("b", rich())))) == len(rows(load_pair.figure(Side("a", rich()), Side("b", rich()))))
    empty = load_pair.figure(Side("a", nothing()), Side("b", nothing()))
    assert rows(empty) == []
    assert "Both are too short for curves." in [text.get_text() for text in empty.texts]


def test_nothing_overlaps(fig):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(fig).draw()
    renderer = fig.canvas.get_renderer()
    texts = [text for text in fig.findobj(match=lambda artist: hasattr(artist, "get_text")) if text.get_text().strip()]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_window_extent(renderer).width > 0]
    sheet = fig.bbox
    for text, box in boxes:
        assert box.x0 >= sheet.x0 - 1, text
        assert box.x1 <= sheet.x1 + 1, text
    for title, legend in [(ax._left_title.get_window_extent(renderer), ax.get_legend()) for row in rows(fig) for ax in row]:
        if legend is not None:
            key = legend.get_window_extent(renderer)
            assert title.x1 <= key.x0 + 1 or title.y0 >= key.y1 - 3


def test_files(fig):
    pair = (Side("a", rich()), Side("b", quiet()))
    files = load_pair.render(*pair)
    assert files["png"].startswith(b"\x89PNG")
    assert b"<svg" in files["svg"]
    assert files == load_pair.render(*pair)
    with pytest.raises(ValueError, match="format 'pdf'"):
        load_pair.render(*pair, formats=["pdf"])
