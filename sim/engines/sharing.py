"""A server whose capacity is shared by all who are present: processor sharing (laws: :mod:`sim.world.sharing`).

Everybody is taken up at once, so there is no waiting room: the capacity of the queue bounds those who are present. What a
visit does is decided when it comes, as everywhere; how long it takes depends on who comes and goes meanwhile.
"""

from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

from sim.engines.occurrence import Occurrence
from sim.engines.session import Flight, Member, Visit
from sim.engines.station import Server
from sim.measure.sharing import beyond_servers, share
from sim.plan.plan import OPEN, UNLIMITED, ChangePlan, StationPlan
from sim.world.order import END_OF_SERVICE
from sim.world.sharing import attained, done_after_ns

if TYPE_CHECKING:
    from sim.engines.world import World

_END_OF_SERVICE = END_OF_SERVICE << 118


class SharingServer(Server):
    """One instance."""

    shares = True

    def __init__(self, world: "World", station: StationPlan, member: Member) -> None:
        super().__init__(world, station, member)
        self.most = self.room = inf if station.capacity == UNLIMITED else station.capacity
        self.shared = station.servers
        """How many servers are shared."""
        self.virtual = 0.0
        self.virtual_at_ns = 0
        """The virtual time, and when it was so much."""
        self.order: list[tuple[float, int, Visit]] = []
        """Those present, as a heap by when they are done, who came first before who came later."""
        self.came = 0
        self.due_ns = -1
        """When the first of them is done, if nobody comes or goes."""

    def pass_virtual_time(self, present: int) -> None:
        """Bring the virtual time to now; so many were present since it was looked at last."""
        now = self.world.env.now_ns
        self.virtual = attained(self.virtual, now - self.virtual_at_ns, present, self.shared) if present else 0.0
        self.virtual_at_ns = now

    def serve(self, visit: Visit, flight: Flight, now_ns: int) -> None:
        """Somebody is taken up: from now on it has its share."""
        self.pass_virtual_time(len(self.order))
        self.came += 1
        heappush(self.order, (self.virtual + visit.work_ns, self.came, visit))
        self.count_beyond(len(self.order) - 1, self.shared)
        self.look_ahead()

    def count_beyond(self, present: int, servers: int) -> None:
        """The account of those beyond the servers, after so many were present and so many servers shared."""
        more = beyond_servers(len(self.order), self.shared) - beyond_servers(present, servers)
        share(self.world.block, self.account, more, self.world.env.now_ns)

    def look_ahead(self) -> None:
        """Say when the first of those present will be done. What was said before is not heeded any more."""
        if not self.order:
            self.due_ns = -1
            return
        tag, _, visit = self.order[0]
        self.due_ns = self.virtual_at_ns + done_after_ns(tag - self.virtual, len(self.order), self.shared)
        if self.due_ns < self.world.duration_ns:
            assert visit.flight is not None
            order = visit.session.order | visit.flight.place | _END_OF_SERVICE
            due = Occurrence(self.due_ns)
            due.handler = self.done
            self.world.env.at(self.due_ns, order, due, self.inbox.resumed)

    def done(self, due: Occurrence) -> None:
        """The first of those present is done, if this is still so."""
        if self.due_ns != self.world.env.now_ns:
            return
        self.pass_virtual_time(len(self.order))
        _, _, visit = heappop(self.order)
        self.served(visit)

    def release(self) -> None:
        """Somebody is gone: the others have larger shares."""
        super().release()
        self.count_beyond(len(self.order) + 1, self.shared)
        self.look_ahead()

    def change(self, change: ChangePlan) -> None:
        """A fault begins or ends: of an outage those who are present notice nothing, in a brown-out they share fewer servers."""
        self.closed, self.slower = change.closed, change.slower
        self.most = self.room if change.closed == OPEN else 0
        if change.closed == OPEN:
            self.pass_virtual_time(len(self.order))
            before, self.shared = self.shared, change.servers
            self.count_beyond(len(self.order), before)
            self.look_ahead()
