"""Scheduled changes: the beginnings and ends of faults. At one instant they come before everything else, ends before beginnings."""

from typing import TYPE_CHECKING

from sim.engines.occurrence import Occurrence
from sim.plan.plan import NONE, ChangePlan
from sim.protocol.projection import StepKind
from sim.world.order import SCHEDULED_CHANGE, key

if TYPE_CHECKING:
    from sim.engines.world import World


def change_key(change: ChangePlan) -> int:
    """Its place in the order of events."""
    return key(SCHEDULED_CHANGE, 0 if change.is_end else 1, change.index, 0, 0, 0, 0)


class Changes:
    """Makes them happen."""

    def __init__(self, world: "World") -> None:
        self.world = world

    def open(self) -> None:
        """Schedule all of them; what would be after the end does not happen."""
        for change in self.world.plan.changes:
            if change.at_ns < self.world.duration_ns:
                self.world.env.at(change.at_ns, change_key(change), Occurrence(change), (self.happen,))

    def happen(self, occurrence: Occurrence) -> None:
        """From now on it is so."""
        change: ChangePlan = occurrence.subject
        if change.participant != NONE:
            for instance in change.instances:
                self.world.servers[change.participant][instance].change(change)
            return
        world = self.world
        for of, sender, receiver, link in change.links:
            if of != NONE:
                world.own_links[of][sender][receiver] = link
                continue
            world.links[sender][receiver] = link
            for step in world.steps:
                if (step.actor, step.receiver) == (sender, receiver) and step.kind is not StepKind.OUTSIDE:
                    world.ways[step.index] = link
                    world.first_place[step.index] = world.places[step.index] if change.is_end else NONE
