"""The table of a server's connections: every tcp or tls connection takes a place in it, if its request is ever complete or not.

A connection is opened by the first message of its sender that arrives, and is closed when nothing went on for the idle timeout.
While a message of it is at the server it stays open. Its sender is not told that it was closed: its next message opens it again.
A request that a slow attack never completes is still on its way, so that nobody sees it, an edge neither; it holds a place.
"""

from typing import TYPE_CHECKING

from sim.engines.session import Flight, Visit
from sim.plan.plan import NONE, ConnectionsPlan
from sim.protocol.projection import StepKind
from sim.trace.records import BY, FINISHED_NS, OUTCOME
from sim.world.network import DATAGRAM
from sim.world.order import TIMER

if TYPE_CHECKING:
    from sim.engines.station import Server

_TIMER = TIMER << 118


class Socket:
    """A connection."""

    __slots__ = ("address", "busy", "is_open", "since_ns")

    def __init__(self, address: str) -> None:
        self.address = address
        self.busy = 0
        """How many messages of it are at the server."""
        self.since_ns = 0
        """Since when there are none."""
        self.is_open = True


class Sockets:
    """The connections of one instance."""

    def __init__(self, server: "Server", plan: ConnectionsPlan) -> None:
        self.server = server
        self.world = server.world
        self.plan = plan
        self.open: dict[Socket, None] = {}
        self.idle: dict[Socket, None] = {}
        """Those without a message, the one that is so for the longest time first."""
        self.slow: dict[Flight, Socket] = {}
        """The connections of slow attacks, by what will never have come whole."""

    def admits(self, visit: Visit, flight: Flight) -> bool:
        """Whether a message that arrives has or finds a place; if not, it is turned away."""
        if not self.connected(flight):
            return True
        self.close_idle()
        member = flight.member
        if member.sockets is None:
            member.sockets = {}
        socket = member.sockets.get(self.server)
        if socket is None or not socket.is_open:
            if self.is_full(member.address):
                self.server.turn_away(visit, flight, "connections", drops=self.plan.drops)
                return False
            socket = member.sockets[self.server] = self.opened(member.address)
        self.idle.pop(socket, None)
        socket.busy += 1
        visit.socket = socket
        return True

    def holds(self, flight: Flight) -> bool:
        """Whether a message is a slow attack's, and finds a place: it drips until it is cut, if it ever is."""
        session = flight.session
        if session.attack is None or session.attack.plan.sockets == NONE or not self.connected(flight):
            return False
        self.close_idle()
        if self.is_full(flight.member.address):
            return False
        self.slow[flight] = self.opened(flight.member.address)
        if session.waits is not None:  # else it was given up on the way, which the server does not know
            session.waits.open = False
        plan = self.plan
        cut_ns = plan.header_ns if plan.header_ns != NONE else plan.idle_ns if session.attack.plan.drip_ns > plan.idle_ns else NONE
        if cut_ns != NONE:
            flight.handler = self.cut
            self.world.at(cut_ns, session.order | flight.place | _TIMER, flight, self.server.inbox.resumed)
        return True

    def connected(self, flight: Flight) -> bool:
        """Whether a message comes over a connection."""
        step = flight.step
        return step.kind is not StepKind.OUTSIDE and self.world.links[step.actor][step.receiver].transport != DATAGRAM

    def opened(self, address: str) -> Socket:
        """A connection takes a place."""
        socket = Socket(address)
        self.open[socket] = None
        return socket

    def is_full(self, address: str) -> bool:
        """Whether there is no place for one more connection, of this address."""
        if len(self.open) >= self.plan.most:
            return True
        return self.plan.per_address != NONE and sum(each.address == address for each in self.open) >= self.plan.per_address

    def close_idle(self) -> None:
        """Close those on which nothing went on for too long."""
        before_ns = self.world.env.now_ns - self.plan.idle_ns
        for socket in list(self.idle):
            if socket.since_ns > before_ns:
                return
            self.close(socket)
            del self.idle[socket]

    def close(self, socket: Socket) -> None:
        """Give a place back."""
        socket.is_open = False
        del self.open[socket]

    def rest(self, visit: Visit) -> None:
        """A message has left the server."""
        socket = visit.socket
        assert socket is not None
        socket.busy -= 1
        if not socket.busy:
            socket.since_ns = self.world.env.now_ns
            self.idle[socket] = None

    def cut(self, flight: Flight) -> None:
        """A request was not complete in time: what came of it is dropped."""
        world = self.world
        now = world.env.now_ns
        self.close(self.slow.pop(flight))
        self.server.opened(flight, now)
        world.meter.turned_away(self.server.station.index, now, world.meter.reason("header_timeout"))
        flight.record[FINISHED_NS], flight.record[OUTCOME], flight.record[BY] = now, "dropped", "header_timeout"
        world.give_up((flight.session, "timed_out", "header_timeout"))
