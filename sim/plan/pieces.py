"""The pieces of which the tables of a plan are made: rows, lists, draws, links, at the end of two blocks that grow."""

from collections.abc import Sequence

from sim.plan import cells as at
from sim.plan.plan import (
    NONE,
    LinkPlan,
    Plan,
)
from sim.protocol.projection import StepKind
from sim.world.clock import round_duration_ns
from sim.world.distributions import CONSTANT
from sim.world.distributions import Distribution as Draw


class Pieces:
    """The blocks of a plan, while they are written."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ints = [0] * at.HEADER
        self.floats: list[float] = []
        self.reasons = list(at.REASONS)
        self.ways: list[str] = []
        self.draws: dict[Draw, int] = {}
        self.timeouts: dict[int, int] = {}
        self.servers: dict[int, list[int]] = {}
        self.classes: list[int] = []
        self.own_states: dict[tuple[str, int], int] = {}
        self.shared_states: dict[tuple[str, int], int] = {}
        self.steps = self.room(at.STEP_WIDTH * len(plan.steps))
        self.loops = [step.index for step in plan.steps if step.kind is StepKind.LOOP]
        self.rules = 0
        self.link_rows: dict[tuple[int, int, int], int] = {}
        """By class (NONE: of the plan), sender and receiver."""

    def room(self, cells: int) -> int:
        """So many cells at the end; the address of the first."""
        address = len(self.ints)
        self.ints.extend([0] * cells)
        return address

    def write(self, cells: list[int]) -> int:
        """These cells at the end; the address of the first."""
        address = len(self.ints)
        self.ints.extend(cells)
        return address

    def row(self, width: int, cells: dict[int, int]) -> int:
        """A row of so many cells at the end, these set and the others 0; its address."""
        row = [0] * width
        for cell, value in cells.items():
            row[cell] = value
        return self.write(row)

    def listed(self, items: "Sequence[int]") -> int:
        """A list; 0 for an empty one."""
        return self.write([len(items), *items]) if items else 0

    def reals(self, values: "tuple[float, ...]") -> int:
        """These floats at the end of theirs; where the first stands."""
        address = len(self.floats)
        self.floats.extend(values)
        return address

    def draw(self, draw: Draw | None) -> int:
        """A distribution; 0 for none."""
        if draw is None:
            return 0
        if draw not in self.draws:
            kind, a, b, table = draw
            constant_ns = round_duration_ns(a) if kind == CONSTANT else NONE
            self.draws[draw] = self.write([kind, constant_ns, self.reals((a, b)), self.reals(table), len(table)])
        return self.draws[draw]

    def link(self, link: LinkPlan) -> int:
        return self.write([link.transport, link.round_trips, self.draw(link.latency), self.reals((link.loss,)), link.keep_alive_ns,
                           link.out_until_ns])
