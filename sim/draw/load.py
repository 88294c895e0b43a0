"""Load charts: what was offered, what was done, and what it took, over simulated time.

:func:`figure` stacks the panels of :mod:`sim.draw.panels` that have something to show on one time axis, :func:`render`
gives the bytes of files. Only matplotlib's objects are used, never pyplot, and the user's rcParams are left alone.
The same metrics give the same bytes.
"""

import io
import math
import textwrap
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sim.draw import axes, style
from sim.draw.axes import Window
from sim.draw.fontmetrics import Style, width_px, wrap
from sim.draw.panels import Metrics, bins_used, end_s, latency, memory, offered, panels, queue, refusals, sessions, utilisation
from sim.draw.readable import count, duration, name, percent, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["figure", "latency", "memory", "offered", "panels", "queue", "refusals", "render", "sessions", "utilisation"]

WIDTH_IN = 5.0
"""At 3.5 in, a column of a two-column paper, the smallest letters are still 5 pt high."""
FORMATS = ("svg", "png")
PNG_DPI = 200
_TITLE_PT = 10.0
_EDGE_IN = 0.12
_LEFT_IN, _RIGHT_IN, _BOTTOM_IN = 0.68, 0.14, 0.46
_SHARE = (WIDTH_IN - _LEFT_IN - _RIGHT_IN) / WIDTH_IN
_PANEL_IN, _FEW_PANELS_IN = 0.95, 1.25
_ROW_IN, _GAP_IN, _STRIP_ROW_IN, _STRIP_GAP_IN = 0.17, 0.16, 0.25, 0.05


def figure(metrics: Metrics, *, title: str, attack_windows: Sequence[Window] = (), warm_up_s: float = 0.0) -> "Figure":
    """The load of a run on one sheet, :data:`WIDTH_IN` wide and as high as its panels need.

    Parameters: ``metrics`` as in ``metrics.json``; ``attack_windows`` (name, from_s, to_s) are shaded, as is
    [0, ``warm_up_s``). A run too short for curves gets a sheet with its main numbers in words.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(plain_style()):
        chosen = panels(metrics)
        heading = title_of(title, WIDTH_IN)
        if not chosen:
            return _in_words(metrics, heading)
        until_s = end_s(metrics["series"])
        windows = [window for window in attack_windows if window[1] < until_s]
        fig = Figure(figsize=(WIDTH_IN, 4.0), facecolor=style.PAPER)
        drawn: list[Axes] = []
        for panel in chosen:
            # Where the panel stands is known once all their headings are; only its width matters until then.
            ax = fig.add_axes((_LEFT_IN / WIDTH_IN, 0.1, _SHARE, 0.8), facecolor="none", label=f"panel {len(drawn)}")
            panel(metrics, ax)
            axes.shade(ax, windows, warm_up_s)
            drawn.append(ax)
        strip = fig.add_axes((_LEFT_IN / WIDTH_IN, 0.9, _SHARE, 0.1), facecolor="none", label="timeline")
        rows = axes.timeline(strip, windows, warm_up_s, until_s)
        _stack(fig, heading, strip, rows * _STRIP_ROW_IN, drawn)
        return fig


def render(
    metrics: Metrics,
    *,
    title: str,
    formats: Iterable[str] = FORMATS,
    attack_windows: Sequence[Window] = (),
    warm_up_s: float = 0.0,
) -> dict[str, bytes]:
    """The files of :func:`figure`: format (``svg``, ``png``) -> bytes. Same metrics, same bytes.

    Letters in the SVG are outlines, so that it looks the same where DejaVu Sans is not installed. Raises ValueError
    for another format.
    """
    wanted = _checked(formats)
    return encoded(figure(metrics, title=title, attack_windows=attack_windows, warm_up_s=warm_up_s), wanted)


def _checked(formats: Iterable[str]) -> list[str]:
    wanted = list(formats)
    if unknown := [one for one in wanted if one not in FORMATS]:
        raise ValueError(f"format {unknown[0]!r}; expected one of {', '.join(FORMATS)}")
    return wanted


def encoded(drawn: "Figure", formats: Iterable[str]) -> dict[str, bytes]:
    """A figure as files: format -> bytes. Raises ValueError for a format that is none of FORMATS."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    wanted = _checked(formats)
    files: dict[str, bytes] = {}
    with rc_context(plain_style()), warnings.catch_warnings():
        # A title may hold letters that DejaVu Sans lacks; a box in their place is no reason to alarm anyone.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        for one in wanted:
            out = io.BytesIO()
            if one == "svg":
                nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
                FigureCanvasSVG(drawn).print_svg(out, metadata=nothing)  # type: ignore[no-untyped-call]
            else:
                drawn.set_dpi(PNG_DPI)
                FigureCanvasAgg(drawn).print_png(out, metadata={"Software": None})  # type: ignore[no-untyped-call]
            files[one] = out.getvalue()
    return files


def plain_style() -> Any:
    """What a user's matplotlibrc must not change."""
    from matplotlib import rcParamsDefault

    ours = {"font.family": ["DejaVu Sans"], "svg.hashsalt": "diagram-sim"}
    kinds = ("agg.", "axes.", "font.", "grid.", "legend.", "lines.", "patch.", "path.", "svg.", "text.")
    defaults = {key: value for key, value in rcParamsDefault.items() if key.startswith((*kinds, "xtick.", "ytick."))}
    return {**defaults, **ours}


def _stack(fig: "Figure", heading: str, strip: "Axes", strip_in: float, drawn: "Sequence[Axes]") -> None:
    """Places heading, timeline and panels below each other, and makes the sheet just high enough.

    By numbers known beforehand: letting matplotlib measure (constrained layout) would draw every letter twice.
    """
    panel_in = _FEW_PANELS_IN if len(drawn) <= 3 else _PANEL_IN
    heads_in = [axes.heading_rows(ax) * _ROW_IN for ax in drawn]
    head_in = _head_in(heading)
    strip_gap_in = _STRIP_GAP_IN if strip_in else 0.0
    body_in = math.fsum(heads_in) + len(drawn) * (panel_in + _GAP_IN) - _GAP_IN + _BOTTOM_IN
    height_in = head_in + strip_in + strip_gap_in + body_in
    fig.set_size_inches(WIDTH_IN, height_in)
    _title(fig, heading, height_in)
    y_in = height_in - head_in - strip_in
    strip.set_position((_LEFT_IN / WIDTH_IN, y_in / height_in, _SHARE, strip_in / height_in))
    y_in -= strip_gap_in
    for ax, rows_in in zip(drawn, heads_in, strict=True):
        y_in -= rows_in + panel_in
        ax.set_position((_LEFT_IN / WIDTH_IN, y_in / height_in, _SHARE, panel_in / height_in))
        y_in -= _GAP_IN
    for ax in drawn[:-1]:
        ax.set_xlabel("")
        ax.tick_params(axis="x", labelbottom=False)


def _head_in(heading: str) -> float:
    return 0.16 + 0.19 * (heading.count("\n") + 1)


def title_of(title: str, width_in: float) -> str:
    """The title on at most two lines of a sheet or column so wide, cut if it is longer."""
    font = Style(size=round(10 * _TITLE_PT), bold=True)  # in tenths of a point
    limit = round(720.0 * (width_in - 2 * _EDGE_IN))
    if any(letter >= "\u2e80" for letter in title):
        limit = limit * 4 // 5  # matplotlib puts boxes, wider than the letters, for ideographs that its font lacks
    lines = wrap(plain(title), font, limit)
    if len(lines) <= 2:
        return "\n".join(lines)
    second = lines[1]
    while width_px(f"{second} …", font) > limit:
        second = second[:-1]
    return f"{lines[0]}\n{second.rstrip()} …"


def _title(fig: "Figure", heading: str, height_in: float) -> None:
    fig.text(
        _EDGE_IN / WIDTH_IN,
        1.0 - 0.1 / height_in,
        heading,
        fontsize=_TITLE_PT,
        fontweight="bold",
        color=style.INK,
        ha="left",
        va="top",
        parse_math=False,
    )


def _in_words(metrics: Metrics, heading: str) -> "Figure":
    """The sheet of a run that has no course: what happened, in a few lines."""
    from matplotlib.figure import Figure

    lines = _sentences(metrics)
    height_in = _head_in(heading) + 0.2 * len(lines) + 0.14
    fig = Figure(figsize=(WIDTH_IN, height_in), facecolor=style.PAPER)
    _title(fig, heading, height_in)
    for index, (label, text) in enumerate(reversed(lines)):
        y = (0.16 + 0.2 * index) / height_in
        fig.text(_EDGE_IN / WIDTH_IN, y, label, fontsize=axes.FONT_PT, color=style.MUTED, parse_math=False)
        fig.text(1.9 / WIDTH_IN, y, text, fontsize=axes.FONT_PT, color=style.INK, parse_math=False)
    return fig


def _sentences(metrics: Metrics) -> list[tuple[str, str]]:
    fates = {fate: n for fate, n in metrics["sessions"].items() if fate != "started" and n}
    told = ", ".join(f"{count(n)} {name(fate).lower()}" for fate, n in fates.items()) or "none started"
    lines = [("" if row else "Sessions", line) for row, line in enumerate(textwrap.wrap(told, 46))]
    lines.append(("Messages", f"{count(metrics['messages']['sent'])} sent"))
    longest_s = metrics["honest"]["response_time_s"].get("max")
    if longest_s is not None:
        bound = "" if metrics["sessions"]["completed"] == 1 else "at most "
        lines.append(("Response time", bound + duration(longest_s)))
    for station, row in metrics["stations"].items():
        if row.get("served"):
            busy = row.get("utilisation")
            used = f", {percent(busy)} utilised" if busy is not None else ""
            lines.append((name(station), f"{count(row['served'])} served{used}"))
    bins = bins_used(metrics["series"])
    if bins:
        within = duration(bins * metrics["series"]["bin_s"])
        lines.append(("Course", f"over within {within}: too short for curves"))
    return lines
