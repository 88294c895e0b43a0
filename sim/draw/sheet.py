"""A sheet: a figure laid out in inches, with a title above, a key and notes below, all as long as they are.

And words made to fit a place: on several lines, or cut with an ellipsis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.draw import style
from sim.draw.axes import FONT_PT, SMALL_PT, text_pt
from sim.draw.fontmetrics import Style, wrap
from sim.draw.readable import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE_PT = 10.0
EDGE_IN = 0.12
LINE_IN = 0.14
"""From one line of small letters to the next."""
NAME_LINE_IN = 0.16
_KEY_LINE_IN, _SWATCH_IN, _BETWEEN_IN = 0.17, 0.13, 0.16
_TITLE_LINE_IN, _GAP_IN = 0.19, 0.08
_ELLIPSIS = "…"
_CJK_FROM = "\u2e80"


@dataclass(frozen=True, slots=True)
class Sign:
    """An entry of a key: what a sign means. ``sign`` stands in its colour, on a ground of the colour ``face`` if there is one."""

    sign: str
    words: str
    color: str = style.INK
    face: str | None = None


class Sheet:
    """A figure ``width_in`` wide and as high as its title, the body, a key and notes need.

    Places in it are in inches from the upper left corner of the body.
    """

    def __init__(self, title: str, width_in: float, body_in: float, key: Sequence[Sign] = (), notes: Sequence[str] = ()) -> None:
        from matplotlib.figure import Figure

        room_in = width_in - 2 * EDGE_IN
        heading = lines(title, TITLE_PT, room_in, bold=True)
        signs = _flowing(key, room_in)
        below = [line for note in notes for line in lines(note, SMALL_PT, room_in)]
        key_in = _KEY_LINE_IN * (max((line for line, _, _, _ in signs), default=-1) + 1)
        key_in += _GAP_IN / 2 if signs and below else 0.0
        self.width_in = width_in
        self._head_in = EDGE_IN + _TITLE_LINE_IN * len(heading) + (_GAP_IN if heading else 0.0)
        foot_in = EDGE_IN + key_in + LINE_IN * len(below) + (_GAP_IN if key_in or below else 0.0)
        self.height_in = self._head_in + body_in + foot_in
        self.fig: Figure = Figure(figsize=(width_in, self.height_in), facecolor=style.PAPER)
        for number, line in enumerate(heading):
            top_in = EDGE_IN + number * _TITLE_LINE_IN - self._head_in
            self.text(EDGE_IN, top_in, line, fontsize=TITLE_PT, fontweight="bold", color=style.INK)
        for number, left_in, sign, words in signs:
            self._sign(left_in, body_in + _GAP_IN + number * _KEY_LINE_IN, sign, words)
        for number, line in enumerate(below):
            self.text(EDGE_IN, body_in + _GAP_IN + key_in + number * LINE_IN, line)

    def axes(self, left_in: float, top_in: float, wide_in: float, high_in: float, label: str = "") -> "Axes":
        """Axes whose upper left corner is at (``left_in``, ``top_in``)."""
        bottom_in = self.height_in - self._head_in - top_in - high_in
        place = (left_in / self.width_in, bottom_in / self.height_in, wide_in / self.width_in, high_in / self.height_in)
        return self.fig.add_axes(place, facecolor="none", label=label)

    def text(self, left_in: float, top_in: float, words: str, **look: Any) -> None:
        """Write ``words`` as they are, below ``top_in``, small and quiet unless ``look`` says otherwise."""
        look = {"fontsize": SMALL_PT, "color": style.MUTED, "va": "top", **look}
        self.fig.text(left_in / self.width_in, 1 - (self._head_in + top_in) / self.height_in, words, parse_math=False, **look)

    def rule(self, left_in: float, top_in: float, wide_in: float) -> None:
        """A thin line across."""
        from matplotlib.lines import Line2D

        y = 1 - (self._head_in + top_in) / self.height_in
        ends = [left_in / self.width_in, (left_in + wide_in) / self.width_in]
        self.fig.add_artist(Line2D(ends, [y, y], color=style.MUTED, linewidth=0.6))

    def _sign(self, left_in: float, top_in: float, sign: Sign | None, words: str) -> None:
        from matplotlib.patches import Rectangle

        if sign is None:
            self.text(left_in, top_in, words)
            return
        room_in = _sign_in(sign)
        if sign.face is not None:
            low = 1 - (self._head_in + top_in + _SWATCH_IN + 0.01) / self.height_in
            place = left_in / self.width_in, low
            self.fig.add_artist(Rectangle(place, (room_in - 0.06) / self.width_in, _SWATCH_IN / self.height_in, facecolor=sign.face,
                                          linewidth=0, transform=self.fig.transFigure))
        middle_in = top_in + _SWATCH_IN / 2 + 0.01
        self.text(left_in + (room_in - 0.06) / 2, middle_in, sign.sign, color=sign.color, ha="center", va="center_baseline")
        self.text(left_in + room_in, middle_in, words, va="center_baseline")


def _sign_in(sign: Sign) -> float:
    # The bound on widths knows no signs; those of DejaVu Sans that keys use are narrower than this.
    wide_pt = min(_width_pt(sign.sign, SMALL_PT), 0.85 * SMALL_PT * len(sign.sign))
    return max(wide_pt / 72 + (0.14 if sign.face is not None else 0.07), 0.22)


def _flowing(key: Sequence[Sign], room_in: float) -> list[tuple[int, float, Sign | None, str]]:
    """Where the entries of a key go: (line, inches from the left edge, sign, words); no sign before an entry's further lines."""
    placed: list[tuple[int, float, Sign | None, str]] = []
    line, used_in = 0, 0.0
    for sign in key:
        own_in = _sign_in(sign)
        words = lines(sign.words, SMALL_PT, room_in - own_in)
        wide_in = own_in + widest_in(words, SMALL_PT)
        if used_in and (used_in + wide_in > room_in or len(words) > 1):
            line, used_in = line + 1, 0.0
        placed.append((line, EDGE_IN + used_in, sign, words[0] if words else ""))
        for more in words[1:]:
            line += 1
            placed.append((line, EDGE_IN + own_in, None, more))
        used_in += wide_in + _BETWEEN_IN
    return placed


def lines(text: str, size_pt: float, room_in: float, *, bold: bool = False) -> tuple[str, ...]:
    """``text`` in lines that fit ``room_in``."""
    return _filled(plain(text), size_pt, room_in, bold=bold)


def last_lines(text: str, size_pt: float, room_in: float, most: int, *, bold: bool = False) -> tuple[str, ...]:
    """``text`` in at most so many lines that fit ``room_in``: its end, after an ellipsis, if it is longer."""
    words = plain(text)
    found = _filled(words, size_pt, room_in, bold=bold)
    low, high = 0, len(words)
    while len(found) > most and low < high:
        middle = (low + high) // 2
        shorter = _filled(_ELLIPSIS + words[middle:].lstrip(), size_pt, room_in, bold=bold)
        low, high = (middle + 1, high) if len(shorter) > most else (low, middle)
    return found if len(found) <= most else _filled(_ELLIPSIS + words[low:].lstrip(), size_pt, room_in, bold=bold)


def short(text: str, room_in: float, size_pt: float = FONT_PT, *, bold: bool = False) -> str:
    """``text`` on one line that fits ``room_in``, cut with an ellipsis if it is longer."""
    return _cut(plain(text), room_in, size_pt, bold=bold)


def name_lines(name: str, room_in: float, most: int = 3, size_pt: float = FONT_PT) -> list[str]:
    """The name of a column on at most ``most`` lines that fit ``room_in``; a number stays with its unit, a rate."""
    kept = plain(name).replace(" /", "\u00a0/")
    found = [line.replace("\u00a0", " ") for line in _filled(kept, size_pt, room_in)]
    if len(found) > most:
        found = [*found[: most - 1], _cut(" ".join(found[most - 1 :]), room_in, size_pt)]
    return [_cut(line, room_in, size_pt) for line in found]


def widest_in(texts: Sequence[str], size_pt: float = FONT_PT, *, bold: bool = False) -> float:
    """The room that the widest of ``texts`` takes, in inches; 0 if there are none."""
    return max((_width_pt(plain(text), size_pt, bold=bold) for text in texts), default=0.0) / 72


def _filled(text: str, size_pt: float, room_in: float, *, bold: bool = False) -> tuple[str, ...]:
    limit_pt = 72 * room_in / _boxes(text)
    return wrap(text, Style(size=round(10 * size_pt), bold=bold), round(10 * limit_pt))


def _cut(text: str, room_in: float, size_pt: float, *, bold: bool = False) -> str:
    if _width_pt(text, size_pt, bold=bold) <= 72 * room_in:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _width_pt(text[:middle].rstrip() + _ELLIPSIS, size_pt, bold=bold) <= 72 * room_in:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + _ELLIPSIS


def _width_pt(text: str, size_pt: float, *, bold: bool = False) -> float:
    return text_pt(text, size_pt, bold=bold) * _boxes(text)


def _boxes(text: str) -> float:
    """By how much matplotlib's text may be wider: for ideographs, which its font lacks, it puts boxes wider than the letters."""
    return 1.25 if any(letter >= _CJK_FROM for letter in text) else 1.0
