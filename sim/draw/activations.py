"""Activations: from where to where each lifeline is at work (UML 2.5.1, 17.2.3: execution specifications).

Rows other than frames are numbered as they are met going down the chart, from 0. A trace may have lost any record,
so nothing is presumed of openings and closings: a closing without an opening is passed over, and an
activation that is never closed reaches to the last row that touches its lifeline while it is open.
"""

from dataclasses import dataclass
from typing import Final

from sim.draw.chart import Arrow, Frame, Note, Row

MAXIMUM_DEPTH: Final = 3
"""Activations on top of each other beyond this are drawn at this depth."""
_MAXIMUM_OPEN: Final = 64
"""Open activations of one lifeline that are kept in mind; a trace without replies would pile them up."""


@dataclass(slots=True)
class Activation:
    """A lifeline at work from row ``first`` to row ``last``; ``depth`` others are under it."""

    lifeline: int
    first: int
    last: int
    depth: int = 0
    muted: bool = False


class Activations:
    """All activations of a chart, by lifeline, each lifeline's by first row."""

    def __init__(self, rows: tuple[Row, ...], lifelines: int) -> None:
        finder = _Finder(lifelines)
        finder.walk(rows, [() for _ in range(lifelines)])
        self.by_lifeline: list[list[Activation]] = [[] for _ in range(lifelines)]
        for activation in finder.found:
            self.by_lifeline[activation.lifeline].append(activation)
        for activations in self.by_lifeline:
            _stack(activations)
        self._next = [0] * lifelines
        self._live: list[list[Activation]] = [[] for _ in range(lifelines)]

    def deepest(self, lifeline: int) -> int:
        """How many activations lie on top of each other at most; 0 if the lifeline has none."""
        return max([activation.depth + 1 for activation in self.by_lifeline[lifeline]], default=0)

    def layers(self, lifeline: int, row: int, opened: bool = True) -> int:
        """How many layers of activations the lifeline shows at ``row``, with or without those that open there.

        To be asked with rows in ascending order: what has ended is forgotten.
        """
        waiting, live, at = self.by_lifeline[lifeline], self._live[lifeline], self._next[lifeline]
        while at < len(waiting) and waiting[at].first <= row:
            live.append(waiting[at])
            at += 1
        self._next[lifeline] = at
        if live and min([activation.last for activation in live]) < row:
            live[:] = [activation for activation in live if activation.last >= row]
        if opened:
            return max([activation.depth + 1 for activation in live], default=0)
        return max([activation.depth + 1 for activation in live if activation.first < row], default=0)


def _stack(activations: list[Activation]) -> None:
    """Set the depth of each: the lowest that is free while it lasts."""
    live: list[Activation] = []
    for activation in activations:
        live = [other for other in live if other.last > activation.first]
        taken = {other.depth for other in live}
        free = next(depth for depth in range(len(taken) + 1) if depth not in taken)
        activation.depth = min(free, MAXIMUM_DEPTH)
        live.append(activation)


class _Finder:
    """Walks the rows with a stack of open activations for each lifeline."""

    def __init__(self, lifelines: int) -> None:
        self.found: list[Activation] = []
        self.row = 0
        self.lifelines = lifelines
        self.closed: set[int] = set()

    def walk(self, rows: tuple[Row, ...], stacks: list[tuple[Activation, ...]]) -> None:
        """Number ``rows`` and change ``stacks`` in place."""
        for row in rows:
            if isinstance(row, Frame):
                self._frame(row, stacks)
                continue
            if isinstance(row, Arrow):
                self._arrow(row, stacks)
            elif not isinstance(row, Note):
                self._touch(stacks[row.participant])
            self.row += 1

    def _arrow(self, arrow: Arrow, stacks: list[tuple[Activation, ...]]) -> None:
        sender, receiver = arrow.sender, arrow.receiver
        self._touch(stacks[sender])
        self._touch(stacks[receiver])
        if arrow.closes and stacks[sender]:
            *rest, closing = stacks[sender]
            closing.last = self.row
            self.closed.add(id(closing))
            stacks[sender] = tuple(rest)
        if arrow.opens:
            opening = Activation(receiver, self.row, self.row, muted=arrow.muted)
            self.found.append(opening)
            stacks[receiver] = (*stacks[receiver][-_MAXIMUM_OPEN:], opening)

    def _touch(self, stack: tuple[Activation, ...]) -> None:
        for activation in stack:
            if id(activation) not in self.closed:
                activation.last = self.row

    def _frame(self, frame: Frame, stacks: list[tuple[Activation, ...]]) -> None:
        """Let each operand begin as the frame does; after it, what is open in any of them is open.

        A frame that may be passed by (all but alt) also leaves things as they were: a reply in it that ends the
        session must not end an activation for the rows below. What was closed once only grows by a second closing.
        """
        outcomes = [] if frame.operator == "alt" else [list(stacks)]
        for operand in frame.operands:
            branch = list(stacks)
            self.walk(operand.rows, branch)
            outcomes.append(branch)
        for lifeline in range(self.lifelines):
            before = stacks[lifeline]
            after = {id(activation) for outcome in outcomes for activation in outcome[lifeline]}
            kept = [activation for activation in before if id(activation) in after]
            known = {id(activation) for activation in before}
            for outcome in outcomes:
                fresh = [activation for activation in outcome[lifeline] if id(activation) not in known]
                known.update(id(activation) for activation in fresh)
                kept += fresh
            stacks[lifeline] = tuple(kept)
