"""A scale: where numbers of a kind stand along an axis, linear or logarithmic, and with what ticks and unit.

Kinds: ``share`` (of 1, told in %), ``time`` (s), ``size`` (bytes), ``rate`` (1/s), ``number``. Data stay in these base units; only
the tick labels are scaled.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sim.draw import style, ticks
from sim.draw.axes import FONT_PT, SMALL_PT, height_pt, text_pt, width_pt
from sim.draw.readable import plain, present
from sim.draw.sheet import NAME_LINE_IN, name_lines, short
from sim.draw.ticks import Ticks
from sim.measure.units import in_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("share", "time", "size", "rate", "number")
_AIR = 0.04
_LEAST, _FLAT = 1e-12, 1e-4
"""Less than so little (of the largest value on a logarithmic axis) is 0; values that differ by so small a share are as one."""
_BELOW_LOG = 0.16
"""How much of a logarithmic axis the place of 0 is away from its least value."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis is of: its title, its kind, and whether it is logarithmic."""

    title: str
    kind: str = "number"
    log: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """``low`` .. ``top`` in base units, with some air beyond. On a logarithmic scale 0 stands at ``zero``, apart from the rest."""

    kind: str
    low: float
    top: float
    log: bool = False
    zero: float | None = None

    @classmethod
    def over(cls, kind: str, values: Iterable[float | None], *, log: bool = False, from_zero: bool = False) -> "Scale":
        """The scale that holds ``values``; ``from_zero`` makes a linear one begin at 0 if none is below it, a share end at 1.

        A logarithmic scale needs a value above 1e-12 and none below 0: without, it is linear. ValueError for an unknown kind.
        """
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r}; expected one of {', '.join(KINDS)}")
        known = [value for value in values if present(value)]
        if log and known and max(known) > _LEAST and min(known) >= 0:
            top = max(known)
            low = min(value for value in known if value >= top * _LEAST)
            zero = min(known) < low
            low, top = (low, top) if top > low * (1 + _FLAT) else (low / 2, low * 2)
            return cls(kind, low, top, True, low * (low / top) ** _BELOW_LOG if zero else None)
        low, top = (min(known), max(known)) if known else (0.0, 1.0)
        if from_zero:
            low, top = min(low, 0.0), max(top, 1.0 if kind == "share" else 0.0)
        if top - low <= _FLAT and kind == "share" and low >= 0 and top <= 1:
            low, top = 0.0, 1.0  # all that a share can be
        elif top - low <= _LEAST:
            low, top = (low - 0.5, low + 0.5) if low < 0 else (0.0, 2 * low) if low > _LEAST else (0.0, 1.0)
        elif top - low <= _FLAT * max(abs(low), abs(top)):
            low, top = low - abs(low) / 2, top + abs(top) / 2
        return cls(kind, low, top)

    @property
    def unit(self) -> tuple[str, float]:
        """The unit for the tick labels, and its length in base units."""
        top = max(abs(self.low), abs(self.top))
        if self.kind == "time":
            return ("s", 1.0) if 1.0 <= top < 600.0 else ticks.time_unit(top)
        return {"share": ("%", 0.01), "size": ticks.size_unit(top), "rate": ("/s", 1.0)}.get(self.kind, ("", 1.0))

    def place(self, value: float) -> float:
        """Where ``value`` stands, in the coordinate of the axis."""
        return self.zero if self.zero is not None and value < self.low else value

    def limits(self, air: float = _AIR) -> tuple[float, float]:
        """The ends of the axis, with ``air`` as a share of it."""
        low = self.low if self.zero is None else self.zero
        if self.log:
            ratio = (self.top / low) ** air
            return low / ratio, self.top * ratio
        return low - air * (self.top - low), self.top + air * (self.top - low)

    def marks(self, most: int) -> Ticks:
        """Its ticks."""
        unit, one = self.unit
        if not self.log:
            return ticks.between(self.low, self.top, unit, one, most=most)
        found = ticks.decades(self.low, self.top, unit, one, most=most)
        if self.zero is None:
            return found
        return Ticks((self.zero, *found.positions), ("0", *found.labels), found.limit, unit)

    def along(self, value: float, air: float = _AIR) -> float:
        """How far along the axis a value stands: 0 at its low end, 1 at the other."""
        low, top = self.limits(air)
        at = min(max(self.place(value), low), top)
        return math.log(at / low) / math.log(top / low) if self.log else (at - low) / (top - low)

    def told(self, value: float) -> str:
        """A value in words, in the unit of the axis: ``90 %``, ``1.2 s``."""
        unit, one = self.unit
        return f"{in_number(float(f'{value / one:.4g}'))} {unit}".rstrip().replace("-", "−")

    def titled(self, title: str) -> str:
        """The title of the axis with the unit in brackets."""
        unit, name = self.unit[0], plain(title)
        return f"{name} ({unit})" if unit and name else name or unit


def lay(ax: "Axes", axis: Literal["x", "y"], scale: Scale, title: str = "", *, air: float = _AIR, at: Iterable[float] = ()) -> None:
    """Give the ``axis`` of a panel the scale, as many ticks as it has room for, and its title with the unit.

    ``at``: where ticks are wanted, if there is room for all of them.
    """
    low, top = scale.limits(air)
    wanted = sorted(set(at))
    look: dict[str, Any] = {"fontsize": FONT_PT, "color": style.MUTED, "labelpad": 3, "parse_math": False}
    if axis == "x":
        ax.set_xscale("log" if scale.log else "linear")
        ax.set_xlim(low, top)
        marks = _fitting(scale, width_pt(ax), air, lambda label: text_pt(label, SMALL_PT) + 0.6 * SMALL_PT, wanted)
        ax.set_xticks(marks.positions, marks.labels)
        ax.set_xlabel(short(scale.titled(title), width_pt(ax) / 72), **look)
        ax.xaxis.minorticks_off()
    else:
        ax.set_yscale("log" if scale.log else "linear")
        ax.set_ylim(low, top)
        marks = _fitting(scale, height_pt(ax), air, lambda _label: 2.2 * SMALL_PT, wanted)
        ax.set_yticks(marks.positions, marks.labels)
        ax.set_ylabel("\n".join(_upright(scale, title, height_pt(ax) / 72)), linespacing=1.1, **look)
        ax.yaxis.minorticks_off()


def left_in(scale: Scale, title: str, high_in: float) -> float:
    """The room that a panel so high needs left of it for the ticks and the title of its ``y`` axis, in inches."""
    ticks_in = max(text_pt(label, SMALL_PT) for label in scale.marks(8).labels) / 72
    return ticks_in + NAME_LINE_IN * len(_upright(scale, title, high_in)) + 0.25


def between_in(scale: Scale, at: Iterable[float] = ()) -> float:
    """The room between two panels side by side in which labels at the ends of this ``x`` axis do not touch."""
    labels = {label for marks in _choices(scale, sorted(set(at))) for label in marks.labels}
    return max(0.16, 0.08 + max(text_pt(label, SMALL_PT) for label in labels) / 72)


def _upright(scale: Scale, title: str, high_in: float) -> list[str]:
    return name_lines(scale.titled(title), high_in, 3)


def _fitting(scale: Scale, room_pt: float, air: float, taken_pt: Callable[[str], float], wanted: Sequence[float]) -> Ticks:
    """The ticks wanted, else the most up to eight, whose labels do not touch on an axis ``room_pt`` long."""
    choices = _choices(scale, wanted)
    for marks in choices:
        places = [scale.along(position, air) * room_pt for position in marks.positions]
        halves = [taken_pt(label) / 2 for label in marks.labels]
        if all(places[i + 1] - places[i] >= halves[i] + halves[i + 1] for i in range(len(places) - 1)):
            return marks
    return choices[-1]


def _choices(scale: Scale, wanted: Sequence[float]) -> list[Ticks]:
    choices = [scale.marks(most) for most in range(8, 1, -1)]
    if len(wanted) > 1:
        unit, one = scale.unit
        labels = tuple(in_number(float(f"{value / one:.6g}")).replace("-", "−") for value in wanted)
        choices.insert(0, Ticks(tuple(map(scale.place, wanted)), labels, scale.top, unit))
    return choices
