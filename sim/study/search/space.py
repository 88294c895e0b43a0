"""What a search may set: parameters, each of a range or of some choices, and points of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sim.language.faults import Step
from sim.scenario.flow import flow
from sim.scenario.ranges import Range, is_range, quantity, range_of, written
from sim.scenario.study import Setting
from sim.study.axes import Axis, Level, Variant, axis_of, latin_hypercube

PLACE: tuple[Step, ...] = ("tune", "parameters")
Point = tuple[float, ...]
"""A number a parameter, in their order: of a range the quantity in its base unit, of choices which one (from 0)."""


@dataclass(frozen=True)
class Parameter:
    """A setting by its path, its short name, and what it may be."""

    path: str
    name: str
    choices: Range | Axis

    @property
    def size(self) -> int | None:
        """How many values it has; None if it is a range of more than can be told."""
        if isinstance(self.choices, Axis):
            return len(self.choices.variants)
        return int(self.choices.high) - int(self.choices.low) + 1 if self.choices.is_whole else None

    def values(self) -> Iterator[float]:
        """All of them, of one that has a size."""
        first = 0 if isinstance(self.choices, Axis) else int(self.choices.low)
        yield from map(float, range(first, first + (self.size or 0)))

    def variant(self, value: float) -> Variant:
        """What a value sets, with its label."""
        if isinstance(self.choices, Axis):
            return self.choices.variants[int(value)]
        place = (*PLACE, self.path)
        given = int(value) if self.choices.is_whole else written(self.choices.kind, value)
        return Variant(flow(given), (Setting(self.path, given, place, place),))

    def at(self, u: float) -> float:
        """The value at a share ``u`` of the way, 0 <= u < 1."""
        if isinstance(self.choices, Axis):
            return float(int(u * len(self.choices.variants)))
        found = quantity(self.choices.at(u))
        assert found is not None
        return min(max(found.value, self.choices.low), self.choices.high)

    def edges(self) -> list[float]:
        """The values that are checked before anything runs: the ends of a range, or all choices."""
        return list(self.values()) if isinstance(self.choices, Axis) else [self.choices.low, self.choices.high]


@dataclass(frozen=True)
class Space:
    """All parameters of a search."""

    parameters: tuple[Parameter, ...]

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Space":
        """From the key ``tune.parameters``, which is known to be sound."""
        names = _short(list(parameters))
        return cls(tuple(Parameter(path, names[path], range_of(data) if is_range(data) else axis_of(path, data, PLACE))
                         for path, data in parameters.items()))

    @property
    def size(self) -> int | None:
        """How many points there are; None where they cannot be counted."""
        size = 1
        for each in self.parameters:
            if each.size is None:
                return None
            size *= each.size
        return size

    def all(self) -> Iterator[Point]:
        """Every point of a space that has a size."""
        yield from product(*(list(each.values()) for each in self.parameters))

    def sample(self, points: int, seed: int) -> list[Point]:
        """A latin hypercube of so many points."""
        columns = [[each.at(u) for u in latin_hypercube(points, seed, each.path)] for each in self.parameters]
        return list(zip(*columns, strict=True))

    def variant(self, point: Point) -> Variant:
        """What a point sets, with a level a parameter; its label says them by their short names."""
        parts = [each.variant(value) for each, value in zip(self.parameters, point, strict=True)]
        label = ", ".join(f"{each.name} {part.label}" for each, part in zip(self.parameters, parts, strict=True))
        levels = tuple(Level(each.path, part.label, quantity(part.settings[0].value) if len(part.settings) == 1 else None)
                       for each, part in zip(self.parameters, parts, strict=True))
        return Variant(label, tuple(setting for part in parts for setting in part.settings), levels)

    def edges(self) -> Iterator[Point]:
        """Points that have every edge of every parameter at least once."""
        edges = [each.edges() for each in self.parameters]
        for number in range(max(map(len, edges), default=0)):
            yield tuple(own[min(number, len(own) - 1)] for own in edges)


def _short(paths: Sequence[str]) -> dict[str, str]:
    """Of each path the fewest last words that no other one ends with."""
    found = {}
    for path in paths:
        words = path.split(".")
        others = [each.split(".") for each in paths if each != path]
        length = next((n for n in range(1, len(words)) if all(other[-n:] != words[-n:] for other in others)), len(words))
        found[path] = " ".join(words[-length:]).replace("_", " ")
    return found
