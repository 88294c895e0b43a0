"""Looking at a drawn sheet: which texts are where, and that none leaves it or lies on another."""

import warnings

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

HOSTILE = ("$x^2$", "<b>&amp;</b>", "a very long name " * 8, "\u05e9\u05dc\u05d5\u05dd \u202eabc", "漢字" * 20, "", "two\nlines\t\x00", "_a_b^c{", "m" * 90)


def texts(fig):
    """All texts that can be seen, as (text, box)."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        canvas = FigureCanvasAgg(fig)
        canvas.draw()
        renderer = canvas.get_renderer()
        found = [*fig.texts, *(text for ax in fig.axes for text in _texts_of(ax))]
        return [(text.get_text(), text.get_window_extent(renderer)) for text in found if text.get_visible() and text.get_text().strip()]


def _texts_of(ax):
    hidden = set() if ax.axison else {*ax.xaxis.findobj(Text), *ax.yaxis.findobj(Text)}
    shown = [text for text in ax.findobj(Text) if text not in hidden]
    off = {label for axis in (ax.xaxis, ax.yaxis) for tick in axis.get_major_ticks() for label, on in
           ((tick.label1, tick.label1.get_visible()), (tick.label2, tick.label2.get_visible())) if not on}
    return [text for text in shown if text not in off]


def words(fig):
    return [text for text, _ in texts(fig)]


def assert_tidy(fig, overlap=1.0):
    """No text leaves the sheet, and no two overlap by more than a pixel."""
    found = texts(fig)
    if not found:
        return
    for text, box in found:
        assert -1 <= box.x0, text
        assert box.x1 <= fig.bbox.x1 + 1, text
        assert -1 <= box.y0, text
        assert box.y1 <= fig.bbox.y1 + 1, text
    x0, y0, x1, y1 = np.array([(box.x0, box.y0, box.x1, box.y1) for _, box in found]).T
    depth = np.minimum(np.minimum.outer(x1, x1) - np.maximum.outer(x0, x0), np.minimum.outer(y1, y1) - np.maximum.outer(y0, y0))
    np.fill_diagonal(depth, -1)
    assert [] == [(found[i][0], found[j][0], depth[i, j]) for i, j in np.argwhere(depth > overlap) if i < j]


def lines(fig, label):
    """The lines that are labelled so, as lists of (x, y)."""
    return [list(zip(map(float, line.get_xdata()), map(float, line.get_ydata()), strict=True))
            for ax in fig.axes for line in ax.lines if line.get_label() == label]


def axes(fig, label):
    return [ax for ax in fig.axes if ax.get_label() == label]


def assert_same_bytes(render, data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        once = render(data)
    assert once == render(data)
    assert {"svg", "png"} == set(once)
    assert once["png"].startswith(b"\x89PNG")
    assert b"<text" not in once["svg"]
