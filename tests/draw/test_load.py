"""The load charts: what is on each panel, which panels a run gets, and that the files are sound and repeatable."""

import hashlib
import io
import itertools
import math
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_metrics import lone, nothing, rich
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from sim.draw import load, style, ticks

FLOOD = ("flood", 120.0, 420.0)
SVG = "{http://www.w3.org/2000/svg}"


def axes_of(panel, metrics, **options) -> Axes:
    ax = Figure(figsize=(5, 2)).add_subplot()
    panel(metrics, ax, **options)
    return ax


def titles(fig: Figure) -> list[str]:
    return [ax.get_title(loc="left") for ax in fig.axes if ax.get_title(loc="left")]


def key_of(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def curve(ax: Axes, label: str):
    return next(line for line in ax.lines if line.get_label() == label)


@pytest.mark.parametrize(
    ("panel", "title", "unit", "key"),
    [
        (load.sessions, "Honest sessions", "sessions / s", ["offered", "goodput", "failed"]),
        (load.offered, "Requests at Authorization manager", "requests / s", ["offered", "admitted", "refused"]),
        (load.refusals, "Refused at Authorization manager, by", "requests / s", ["token_bucket", "queue"]),
        (load.queue, "Requests waiting", "mean to most", ["Authorization manager", "Service provider"]),
        (load.utilisation, "Utilisation, shaded: refusing", "%", ["Authorization manager", "Service provider"]),
        (load.latency, "Response time of honest sessions", "s", ["p50", "p95", "p99"]),
        (load.memory, "Memory of tables", "MiB", ["Authorization manager"]),
    ],
)
def test_a_panel_says_what_it_shows_and_in_which_unit(panel, title, unit, key):
    ax = axes_of(panel, rich())

    assert title == ax.get_title(loc="left")
    assert unit == ax.get_ylabel()
    assert "Simulated time (min)" == ax.get_xlabel()
    assert key == key_of(ax)


def test_a_single_reason_is_named_beside_all_refusals_and_has_no_panel():
    metrics = rich()
    columns = metrics["series"]["stations"]["authorization_manager"]
    columns["refused_by_per_s"] = {"queue": columns["refused_per_s"], "never": [0.0] * 120}
    assert key_of(axes_of(load.offered, metrics)) == ["offered", "admitted", "refused by queue"]
    assert not any(title.startswith("Refused at") for title in titles(load.figure(metrics, title="Flood")))


def test_of_many_reasons_the_most_frequent_have_lines_and_the_rest_one():
    metrics = rich()
    columns = metrics["series"]["stations"]["authorization_manager"]
    columns["refused_by_per_s"] = {f"reason {k}": [float(k), 1.0, *[0.0] * 118] for k in range(6)}
    ax = axes_of(load.refusals, metrics)
    assert key_of(ax) == ["reason 5", "reason 4", "reason 3", "3 other reasons"]
    assert curve(ax, "3 other reasons").get_ydata()[:2].tolist() == [3.0, 3.0]
    columns["refused_by_per_s"].popitem()
    columns["refused_by_per_s"].popitem()
    assert key_of(axes_of(load.refusals, metrics)) == [f"reason {k}" for k in (3, 2, 1, 0)], "an 'other' of one is that one"


def test_the_share_spent_refusing_lies_under_the_curve():
    metrics = rich()
    ax = axes_of(load.utilisation, metrics)
    (shade,) = ax.collections
    assert max(y for path in shade.get_paths() for _, y in path.vertices) == 0.3
    del metrics["series"]["stations"]["authorization_manager"]["utilisation_refusing"]
    ax = axes_of(load.utilisation, metrics)
    assert (ax.get_title(loc="left"), list(ax.collections)) == ("Utilisation", [])


def test_curves_hold_the_series():
    metrics = rich()
    series = metrics["series"]
    ax = axes_of(load.sessions, metrics)

    for label, column in (("offered", "offered_per_s"), ("goodput", "goodput_per_s"), ("failed", "failed_per_s")):
        assert series["honest"][column] == curve(ax, label).get_ydata().tolist()
    # A value of a bin stands at the bin's centre.
    assert [t + 2.5 for t in series["t_s"]] == curve(ax, "offered").get_xdata().tolist()


def test_few_bins_are_steps_that_end_with_the_last_bin():
    metrics = rich(30)
    line = curve(axes_of(load.utilisation, metrics), "Authorization manager")

    assert "steps-post" == line.get_drawstyle()
    assert [*metrics["series"]["t_s"], 600.0] == line.get_xdata().tolist()


def test_another_station_can_be_asked_for():
    ax = axes_of(load.offered, rich(), station="service_provider")

    assert "Requests at Service provider" == ax.get_title(loc="left")
    assert ["offered", "admitted"] == key_of(ax)  # nothing was refused there


def test_a_station_has_the_same_line_on_every_panel_and_a_panel_without_it_keeps_the_others():
    metrics = rich()
    stations = metrics["series"]["stations"]
    metrics["series"]["stations"] = {key: stations[key] for key in ("service_provider", "authorization_manager")}
    drawn = [curve(axes_of(panel, metrics), "Authorization manager") for panel in (load.queue, load.utilisation, load.memory)]

    assert {style.station_line(1).color} == {line.get_color() for line in drawn}
    assert "Requests at Authorization manager" == axes_of(load.offered, metrics).get_title(loc="left")  # still the busiest


def test_of_many_stations_the_busiest_are_shown_and_the_panel_says_so():
    metrics = rich()
    stations = metrics["series"]["stations"]
    for k in range(6):
        stations[f"more_{k}"] = {**stations["service_provider"], "offered_per_s": [100.0 + k] * 120}
    ax = axes_of(load.utilisation, metrics)

    assert "Utilisation, shaded: refusing (5 busiest of 8 stations)" == ax.get_title(loc="left")
    assert ["Authorization manager", "More 2", "More 3", "More 4", "More 5"] == key_of(ax)


def test_a_bin_without_data_is_a_gap_and_a_value_between_two_gaps_a_dot():
    metrics = rich()
    times = metrics["series"]["honest"]["response_time_s"]
    for percentile in times:
        times[percentile][10] = times[percentile][12] = None
    ax = axes_of(load.latency, metrics)

    assert math.isnan(curve(ax, "p50").get_ydata()[10])
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [(57.5, times[p][11]) for p in times] == [(dot.get_xdata()[0], dot.get_ydata()[0]) for dot in dots]


def test_response_times_far_apart_go_on_a_logarithmic_axis_others_do_not():
    calm = rich()
    calm["series"]["honest"]["response_time_s"] = {"p50": [0.15] * 120, "p95": [0.3] * 120, "p99": [0.4] * 120}

    assert "log" == axes_of(load.latency, rich()).get_yscale()
    ax = axes_of(load.latency, calm)
    assert "linear" == ax.get_yscale()
    assert "ms" == ax.get_ylabel()
    assert "400" == ax.get_yticklabels()[-1].get_text()


def test_a_handful_of_events_is_counted_not_turned_into_a_rate():
    ax = axes_of(load.sessions, lone())

    assert "sessions in 5 ms" == ax.get_ylabel()
    assert 1.0 == curve(ax, "offered").get_ydata().max()
    assert ["0", "1"] == [tick.get_text() for tick in ax.get_yticklabels()]


def test_the_sheet_has_a_panel_for_everything_there_is():
    fig = load.figure(rich(), title="Flood", attack_windows=[FLOOD], warm_up_s=60.0)

    assert [
        "Honest sessions",
        "Requests at Authorization manager",
        "Refused at Authorization manager, by",
        "Requests at Service provider",
        "Requests waiting",
        "Utilisation, shaded: refusing",
        "Response time of honest sessions",
        "Memory of tables",
    ] == titles(fig)
    assert load.WIDTH_IN == fig.get_size_inches()[0]


def test_panels_without_data_are_left_out():
    fig = load.figure(lone(), title="One")

    assert [
        "Honest sessions",
        "Requests at Service provider",
        "Requests at Authorization manager",
        "Utilisation",
    ] == titles(fig)


def test_an_empty_end_of_the_run_is_cut_off():
    limits = [ax.get_xlim() for ax in load.figure(lone(), title="One").axes]

    assert {(0.0, 0.325)} == {(low, round(high, 9)) for low, high in limits}
    assert (0.0, 600.0) == load.figure(rich(), title="All").axes[0].get_xlim()


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        (lone(bin_s=1.0, duration_s=60.0), {"1 completed", "300.4 ms", "over within 1 s: too short for curves"}),
        (nothing(), {"none started", "0 sent"}),
    ],
)
def test_a_run_too_short_for_curves_is_told_in_words(metrics, words):
    fig = load.figure(metrics, title="Short")

    assert [] == fig.axes
    assert words <= {text.get_text() for text in fig.texts}


def test_attacks_and_warm_up_are_shaded_on_every_panel_and_named_once():
    fig = load.figure(rich(), title="Flood", attack_windows=[FLOOD, ("after the end", 700.0, 800.0)], warm_up_s=60.0)
    panels = [ax for ax in fig.axes if ax.get_title(loc="left")]

    for ax in panels:
        spans = {(p.get_x(), p.get_x() + p.get_width()): p.get_facecolor()[:3] for p in ax.patches}
        assert {(0.0, 60.0): to_rgb(style.WARM_UP), (120.0, 420.0): to_rgb(style.ATTACK)} == spans
    (timeline,) = [ax for ax in fig.axes if ax not in panels]
    assert ["warm-up", "flood"] == [text.get_text() for text in timeline.texts]


def test_nothing_on_the_sheet_overlaps():
    metrics = rich()
    stations = metrics["series"]["stations"]
    for extra in ("token_introspection_endpoint", "metadata_server_of_the_realm", "third", "fourth_with_a_name"):
        stations[extra] = stations["authorization_manager"]
    windows = [FLOOD, ("replay", 400.0, 410.0), ("$\\frac$, a long name near the end", 590.0, 600.0)]
    fig = load.figure(
        metrics, title="A title of many words, broken over two lines, " * 3, attack_windows=windows, warm_up_s=5
    )
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    renderer = canvas.get_renderer()

    boxes = [ax.get_window_extent(renderer) for ax in fig.axes if ax.axison]
    boxes += [ax.get_legend().get_window_extent(renderer) for ax in fig.axes if ax.get_legend()]
    boxes += [ax._left_title.get_window_extent(renderer) for ax in fig.axes if ax.get_title(loc="left")]
    boxes += [text.get_window_extent(renderer) for ax in fig.axes for text in ax.texts]
    boxes += [text.get_window_extent(renderer) for text in fig.texts]
    boxes += [ax.yaxis.label.get_window_extent(renderer) for ax in fig.axes if ax.axison]
    for one, other in itertools.combinations(boxes, 2):
        overlap = min(one.x1, other.x1) - max(one.x0, other.x0), min(one.y1, other.y1) - max(one.y0, other.y0)
        assert min(overlap) < 1.0, (one, other)
    for box in boxes:
        assert 0 <= box.x0 < box.x1 <= fig.bbox.x1, box
        assert 0 <= box.y0 < box.y1 <= fig.bbox.y1, box


@pytest.mark.parametrize("title", ["W" * 200, "漢字" * 60, "a" * 200, "Some Title Case Words Of A Scenario " * 4, "m" * 58])
def test_a_title_stays_on_the_sheet(title):
    fig = load.figure(nothing(), title=title)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a letter that the font lacks
        box = fig.texts[0].get_window_extent(FigureCanvasAgg(fig).get_renderer())

    assert 0 <= box.x0 < box.x1 <= fig.bbox.x1


def test_files_are_what_they_say():
    files = load.render(rich(), title="Flood & <more>, $5", attack_windows=[FLOOD], warm_up_s=60.0)

    assert ["svg", "png"] == list(files)
    root = ET.fromstring(files["svg"])
    assert f"{SVG}svg" == root.tag
    assert [] == list(root.iter(f"{SVG}text"))  # outlines, not letters of a font that may be missing
    png = Image.open(io.BytesIO(files["png"]))
    assert load.WIDTH_IN * load.PNG_DPI == png.size[0]
    assert "Software" not in png.info
    assert b"Matplotlib v" not in files["svg"]


def test_formats_are_made_as_asked():
    assert ["png"] == list(load.render(lone(), title="One", formats=["png"]))
    with pytest.raises(ValueError, match="format 'pdf'; expected one of svg, png"):
        load.render(lone(), title="One", formats=["png", "pdf"])


def test_bytes_repeat_in_a_fresh_process_whatever_the_user_has_set():
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); import matplotlib as m; from made_metrics import rich\n"
        "m.rcParams.update({'font.size': 20, 'lines.linewidth': 9, 'svg.fonttype': 'none', 'axes.grid': True})\n"
        "from sim.draw import load; files = load.render(rich(), title='Flood', warm_up_s=60)\n"
        "print(*(hashlib.sha256(files[kind]).hexdigest() for kind in ('svg', 'png')))"
    )
    run = [sys.executable, "-c", code, str(Path(__file__).parent)]
    printed = subprocess.run(run, env={"PYTHONHASHSEED": "1"}, capture_output=True, text=True, check=True).stdout

    here = load.render(rich(), title="Flood", warm_up_s=60)
    assert [hashlib.sha256(here[kind]).hexdigest() for kind in ("svg", "png")] == printed.split()
    other = rich()
    other["series"]["honest"]["goodput_per_s"][7] += 1.0
    assert here["svg"] != load.render(other, title="Flood", formats=["svg"], warm_up_s=60)["svg"]


def test_settings_of_the_user_stay_and_pyplot_stays_out():
    before = dict(mpl.rcParams)
    load.render(lone(), title="One")
    assert before == dict(mpl.rcParams)
    code = (
        "import sys; from sim.draw import load; print('matplotlib.pyplot' in sys.modules, 'matplotlib' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False False\n" == run.stdout


@pytest.mark.parametrize("title", ["", "$\\frac$", "\x00\ud800 \n tab\t", "漢字 🦊", "-->", "a" * 500])
def test_any_title_can_be_drawn_without_a_warning(title):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        files = load.render(nothing(), title=title)
    ET.fromstring(files["svg"])


def test_colours_are_told_apart_and_never_alone():
    lines = [style.station_line(i) for i in range(style.MOST_STATIONS)]
    assert style.MOST_STATIONS == len({line.color for line in lines}) == len({line.dashes for line in lines})
    for group in ([style.OFFERED, style.ADMITTED, style.REFUSED], [style.OFFERED, style.GOODPUT, style.REFUSED]):
        assert 3 == len({line.color for line in group}) == len({(line.dashes, line.width_pt) for line in group})
    for line in [*lines, style.GOODPUT, style.REFUSED, style.ADMITTED, style.OFFERED]:
        assert contrast(style.DARK[line.color], style.DARK[style.PAPER]) >= 3.0


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio of two colours."""

    def luminance(color: str) -> float:
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@given(top=st.floats(min_value=1e-9, max_value=1e15))
def test_value_ticks_reach_over_the_data_and_are_few(top):
    marks = ticks.from_zero(top)

    assert marks.limit >= top * (1 - 1e-9)
    assert 0.0 == marks.positions[0]
    assert 2 <= len(marks.positions) <= 6
    assert len(set(marks.labels)) == len(marks.labels)
    assert np.allclose(np.diff(marks.positions), marks.positions[1])


@given(end_s=st.floats(min_value=1e-6, max_value=1e6))
def test_time_ticks_lie_on_the_axis_and_are_few(end_s):
    marks = ticks.of_time(end_s)

    assert end_s == marks.limit
    assert 3 <= len(marks.positions) <= 8
    assert marks.positions[-1] <= end_s * (1 + 1e-9)
    assert len(set(marks.labels)) == len(marks.labels)


@given(low=st.floats(min_value=1e-5, max_value=10.0), ratio=st.floats(min_value=20.0, max_value=1e5))
def test_decades_are_marked_inside_the_axis(low, ratio):
    marks = ticks.of_decades(low, low * ratio)

    assert len(marks.positions) >= 1
    assert all(low * 0.99 <= position <= marks.limit * 1.001 for position in marks.positions)
    assert len(set(marks.labels)) == len(marks.labels)


@pytest.mark.parametrize(
    ("marks", "labels", "unit"),
    [
        (ticks.of_time(600.0), ["0", "2", "4", "6", "8", "10"], "min"),
        (ticks.of_time(3600.0), ["0", "10", "20", "30", "40", "50", "60"], "min"),
        (ticks.of_time(86400.0), ["0", "4", "8", "12", "16", "20", "24"], "h"),
        (ticks.of_time(0.3), ["0", "50", "100", "150", "200", "250", "300"], "ms"),
        (ticks.from_zero(3.0, whole=True), ["0", "1", "2", "3"], ""),
        (ticks.from_zero(0.4, whole=True), ["0", "1"], ""),
        (ticks.from_zero(1_900_000.0), ["0", "0.5M", "1.0M", "1.5M", "2.0M"], ""),
        (ticks.of_bytes(3 * 2**20), ["0", "1", "2", "3"], "MiB"),
        (ticks.of_durations(0.0045), ["0", "2", "4"], "ms"),
        (ticks.of_decades(0.15, 9.0), ["0.2", "0.5", "1", "2", "5", "10"], "s"),
    ],
)
def test_ticks_by_hand(marks, labels, unit):
    assert labels == list(marks.labels)
    assert unit == marks.unit


@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_any_series_can_be_drawn(data):
    bins = data.draw(st.integers(8, 30))
    value = st.one_of(st.none(), st.just(0.0), st.floats(1e-6, 1e9))
    column = st.lists(value, min_size=bins, max_size=bins)
    metrics = rich(bins)
    honest = metrics["series"]["honest"]
    for key in ("offered_per_s", "goodput_per_s", "failed_per_s"):
        honest[key] = data.draw(column)
    honest["response_time_s"] = {p: data.draw(column) for p in ("p50", "p95", "p99")}
    for columns in metrics["series"]["stations"].values():
        for key in ("offered_per_s", "admitted_per_s", "refused_per_s", "queue_mean", "queue_max", "memory_bytes"):
            columns[key] = data.draw(column)

    ET.fromstring(load.render(metrics, title="Any", formats=["svg"])["svg"])
