"""What a study varies: each key of ``vary`` as an axis of variants, and axes crossed.

Keys whose values are ranges make one axis together: the points of a latin hypercube (M. D. McKay, R. J. Beckman, W. J. Conover,
*A comparison of three methods for selecting values of input variables in the analysis of output from a computer code*,
Technometrics 21(2), 1979), in which each of n equal parts of every range has exactly one point.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from sim.language.faults import Step
from sim.scenario.ranges import Quantity, Range, is_range, quantity, range_of
from sim.scenario.study import SET, Setting
from sim.scenario.words import flow
from sim.world.chance import stream_key, uniform

_LONGEST_LABEL = 40
_PLACES = ("actors", "attacks", "network")
_JITTER, _ORDER = 0, 1
"""Which of the two uniforms of a draw: where in its part a point lies, and which part it is in."""


@dataclass(frozen=True)
class Level:
    """The value that a factor (a key of ``vary``) has in a variant: as text, and as a number if it is a quantity."""

    factor: str
    label: str
    quantity: Quantity | None = None


@dataclass(frozen=True)
class Variant:
    """One value of what is varied: its name, what it sets, and the level of each factor."""

    label: str
    settings: tuple[Setting, ...] = ()
    levels: tuple[Level, ...] = ()
    is_crowd: bool = False


@dataclass(frozen=True)
class Axis:
    """A key of ``vary``, or all those together that are ranges."""

    titles: tuple[str, ...]
    """Of each key; one where there are none."""
    variants: Sequence[Variant]
    keys: tuple[str, ...] = ()
    """As the file has them; none where no file says it."""
    ranges: tuple[Range, ...] = ()
    """Of each key, where points in them were sampled; else none."""

    @property
    def is_sampled(self) -> bool:
        """Whether its variants are points in ranges."""
        return bool(self.ranges)

    def touches(self, *keys: str) -> bool:
        """Whether a variant sets one of these keys of the scenario, or something in it."""
        return any(setting.path.split(".")[0] in keys for variant in self.variants for setting in variant.settings)


class Crossed(Sequence[Variant]):
    """Every combination of the variants of some axes, the last one varying first; each made when needed: they may be millions."""

    def __init__(self, axes: Sequence[Axis], before: Sequence[Variant] = ()) -> None:
        self.axes = tuple(axes)
        self.before = tuple(before)
        self.size = len(self.before)
        if self.axes:
            size = 1
            for axis in self.axes:
                size *= len(axis.variants)
            self.size += size

    def __len__(self) -> int:
        return self.size

    def edges(self) -> Iterator[int]:
        """The numbers of combinations in which each variant of each axis occurs: with the first of all other axes."""
        yield from range(min(len(self.before) + 1, self.size))
        stride = self.size - len(self.before)
        for axis in self.axes:
            stride //= len(axis.variants)
            yield from (len(self.before) + number * stride for number in range(1, len(axis.variants)))

    @overload
    def __getitem__(self, number: int) -> Variant: ...
    @overload
    def __getitem__(self, number: slice) -> list[Variant]: ...
    def __getitem__(self, number: int | slice) -> Variant | list[Variant]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        if not 0 <= number < self.size:
            raise IndexError(number)
        if number < len(self.before):
            return self.before[number]
        rest = number - len(self.before)
        chosen: list[Variant] = []
        for axis in reversed(self.axes):
            rest, own = divmod(rest, len(axis.variants))
            chosen.append(axis.variants[own])
        if len(chosen) == 1:
            return chosen[0]
        chosen.reverse()
        return Variant(", ".join(each.label for each in chosen), tuple(s for each in chosen for s in each.settings),
                       tuple(level for each in chosen for level in each.levels))


def axes_of(vary: Mapping[str, Any], points: int, seed: int, attacks: Sequence[str] = ()) -> list[Axis]:
    """The axes of ``vary``; the sampled one, of so many points, stands where the first range does. ``attacks``: their names."""
    titles = titles_of(list(vary), attacks)
    ranges = {key: value for key, value in vary.items() if is_range(value)}
    found: list[Axis] = []
    for key, value in vary.items():
        if key not in ranges:
            found.append(axis_of(key, value, title=titles[key]))
        elif key == next(iter(ranges)):
            found.append(_sampled(ranges, points, seed, titles))
    return found


def axis_of(key: str, variants: Any, above: tuple[Step, ...] = ("study", "vary"), title: str = "") -> Axis:
    """The axis of a key whose values are listed; ``above``: where in the scenario the key stands."""
    named = variants.items() if isinstance(variants, dict) else ((_label(value), value) for value in variants)
    found = []
    for index, (label, value) in enumerate(named):
        place: tuple[Step, ...] = (*above, key, label if isinstance(variants, dict) else index)
        if isinstance(value, dict) and list(value) == [SET]:
            settings = tuple(same_place(path, part, (*place, SET, path)) for path, part in value[SET].items())
        else:
            settings = (Setting(key, value, place, (*above, key)),)
        found.append(Variant(str(label), settings, (Level(key, str(label), quantity(value)),)))
    return Axis((title,), tuple(found), (key,))


def _sampled(given: Mapping[str, Any], points: int, seed: int, titles: Mapping[str, str]) -> Axis:
    """The points of a latin hypercube. What a key gets is drawn for that key: another key beside it changes nothing."""
    ranges = {key: range_of(data) for key, data in given.items()}
    columns = {key: [own.at(u) for u in latin_hypercube(points, seed, key)] for key, own in ranges.items()}
    variants = []
    for point in range(points):
        values = {key: column[point] for key, column in columns.items()}
        variants.append(Variant(
            ", ".join(flow(value) for value in values.values()),
            tuple(Setting(key, value, ("study", "vary", key), ("study", "vary", key)) for key, value in values.items()),
            tuple(Level(key, flow(value), quantity(value)) for key, value in values.items())))
    return Axis(tuple(titles[key] for key in ranges), tuple(variants), tuple(ranges), tuple(ranges.values()))


def latin_hypercube(points: int, seed: int, factor: str) -> list[float]:
    """The coordinate of each point in one factor, 0 <= u < 1: one in each of the ``points`` equal parts, in random order."""
    k0, k1 = stream_key(seed, 0, f"latin_hypercube {factor}")
    order = sorted(range(points), key=lambda point: uniform(k0, k1, point, 0, 0, 0, _ORDER))
    found = [0.0] * points
    for part, point in enumerate(order):
        found[point] = (part + uniform(k0, k1, point, 0, 0, 0, _JITTER)) / points
    return found


def same_place(path: str, value: Any, place: tuple[Step, ...]) -> Setting:
    """A setting as ``path: value``, both in one place."""
    return Setting(path, value, place, place)


def titles(axes: Sequence[Axis]) -> str:
    """What some axes are of."""
    return ", ".join(title for axis in axes for title in axis.titles if title)


def titles_of(keys: Sequence[str], attacks: Sequence[str] = ()) -> dict[str, str]:
    """Of each key of ``vary`` its title; of those whose titles would be alike all that they say. ``attacks``: their names."""
    found = {key: _title_of(key, attacks) for key in keys}
    alike = [title for title, number in Counter(found.values()).items() if number > 1]
    return {key: _in_words(key.split(".")) if title in alike else title for key, title in found.items()}


def _title_of(key: str, attacks: Sequence[str]) -> str:
    """A key in words: without the part that only says where it is; an attack by its name, a mitigation by its own."""
    first, *rest = key.split(".")
    if first == "attacks" and rest and rest[0].isdecimal() and int(rest[0]) < len(attacks):
        rest[0] = attacks[int(rest[0])]
    if first == "mitigations":
        return _in_words([word for word in rest[1:] if not word.isdecimal()] or [first])
    return _in_words(rest if rest and first in _PLACES else [first, *rest])


def _in_words(parts: Sequence[str]) -> str:
    return " ".join(parts).replace("_", " ")


def _label(value: object) -> str:
    text = flow(value)
    return text if len(text) <= _LONGEST_LABEL else f"{text[:_LONGEST_LABEL - 1]}…"


def settings_of(variants: Sequence[Variant]) -> Iterator[Setting]:
    """Everything that some variants set, in their order."""
    for variant in variants:
        yield from variant.settings
