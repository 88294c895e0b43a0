"""A waiting room whose order of service asks who waits: what the laws of :mod:`sim.world.queues` number, and the visits meant."""

from typing import TYPE_CHECKING

from sim.engines.session import Visit
from sim.world import queues

if TYPE_CHECKING:
    from sim.engines.protections import Protections


class WaitingRoom:
    """A row of visits that is served in the order of a law. A deque is the same for FIFO and LIFO: a test holds it."""

    def __init__(self, order: int, backlog: int, protections: "Protections") -> None:
        self.protections = protections
        self.queue = queues.queue(order, backlog=backlog)
        self.flows = queues.flows(order)
        self.visits: list[Visit | None] = []

    def __len__(self) -> int:
        return self.queue[queues.COUNT]

    def append(self, visit: Visit) -> None:
        """Somebody begins to wait."""
        if queues.is_full(self.queue):
            self.queue, self.flows = queues.grown(self.queue, self.flows)
        item = queues.enqueue(self.queue, self.flows, *self.protections.rank(visit))
        if item == len(self.visits):
            self.visits.append(visit)
        else:
            self.visits[item] = visit

    def popleft(self) -> Visit:
        """Who is next; IndexError if nobody waits."""
        item = queues.dequeue(self.queue, self.flows)
        visit = self.visits[item] if item >= 0 else None
        if visit is None:
            raise IndexError("nobody waits")
        self.visits[item] = None
        return visit

    pop = popleft
