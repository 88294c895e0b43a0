"""The heat map: every number in its cell, letters that can be read on every colour, the same bytes each time."""

from dataclasses import replace

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from sim.draw import heat_map, shares, style
from sim.draw.heat_map import HeatMap
from sim.measure.groups import Groups

DATA = HeatMap("Who is served, under which attack?", ("none", "token bucket"), ("no attack", "flood $x$ 4,000 /s", "Sybils"), "mitigations", "attacks",
               (1.0, 0.021, None, 0.5, 0.851, 0.0), (0.0, 0.003, None, None, 0.013, 0.0), (None, Groups(12, 0.004, 3, 1.0, 0.001), None, None, None, None), "A note")


def drawn():
    ax = Figure().add_axes((0.1, 0.1, 0.8, 0.8))
    heat_map.heat_map(DATA, ax)
    return ax


def test_every_cell_has_its_number_and_half_width_in_its_place():
    texts = {(int(text.get_position()[0]), int(text.get_position()[1]), text.get_text()) for text in drawn().texts}
    assert {(0, 0, "100.0"), (0, 0, "± 0.0"), (1, 0, "0 | 100"), (1, 0, "12 : 3 ‡"), (2, 0, "–"), (0, 1, "50.0"), (1, 1, "85.1"), (1, 1, "± 1.3"),
            (2, 1, "0.0"), (2, 1, "± 0.0")} == texts


def test_names_of_rows_and_columns():
    ax = drawn()
    assert ["none", "token bucket"] == [label.get_text() for label in ax.get_yticklabels()]
    assert ["no attack", "flood $x$\n4,000 /s", "Sybils"] == [label.get_text() for label in ax.get_xticklabels()]


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("percent", range(0, 101, 5))
def test_letters_can_be_read_on_every_colour(percent):
    """WCAG 2.2, 1.4.3: at least 4.5 : 1."""
    data = HeatMap("t", ("r",), ("c",), "", "", (percent / 100,), (0.01,), (None,))
    ax = Figure().add_axes((0, 0, 1, 1))
    heat_map.heat_map(data, ax)
    low, high = sorted(map(luminance, (ax.patches[0].get_facecolor(), ax.texts[0].get_color())))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_served_and_not_served_differ_in_hue_and_the_middle_is_lighter_than_both():
    colours = shares.colour_map()
    assert to_rgb(style.VERMILLION) == pytest.approx(colours(0.0)[:3])
    assert to_rgb(style.BLUE) == pytest.approx(colours(1.0)[:3])
    assert luminance(colours(0.5)) > 2 * max(luminance(colours(0.0)), luminance(colours(1.0)))


LONG = replace(DATA, title="Which protection of the authorization manager keeps honest consumers served, under which flood of key requests?",
               note="Honest success, %, mean ± 95% interval over 10 replications; ‡ two groups of replications")


def test_the_same_numbers_give_the_same_bytes():
    once, again = heat_map.render(DATA), heat_map.render(DATA)
    assert once == again
    assert {"svg", "png"} == set(once)


@pytest.mark.parametrize("data", [DATA, LONG, replace(LONG, columns=LONG.columns * 2, values=LONG.values * 2, half_widths=LONG.half_widths * 2,
                                                     groups=LONG.groups * 2)], ids=["short", "long", "wide"])
def test_nothing_leaves_the_sheet(data):
    figure = heat_map.figure(data)
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = figure.bbox.width, figure.bbox.height
    for text in (*figure.texts, *figure.axes[0].texts, *figure.axes[0].get_xticklabels(), *figure.axes[0].get_yticklabels()):
        box = text.get_window_extent()
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= width + 1
        assert box.y1 <= height + 1


def test_long_names_and_many_cells_stay_on_the_sheet():
    data = HeatMap("A very long question " * 8, tuple(f"a mitigation of a very long name, number {n}" for n in range(30)),
                   tuple(f"an attack with a long name and many words {n}" for n in range(12)), "", "attacks", (0.5,) * 360, (0.1,) * 360, (None,) * 360)
    assert heat_map.render(data)["png"].startswith(b"\x89PNG")
    assert heat_map.figure(data).get_size_inches()[1] > 10
