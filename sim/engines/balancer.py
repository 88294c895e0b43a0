"""Which instance of a server a message goes to, if there are several."""

from typing import TYPE_CHECKING

from sim.engines.session import Attempt, Session
from sim.engines.station import Server
from sim.plan.plan import StepPlan
from sim.world.balancing import LEAST_LOADED, ROUND_ROBIN, TWO_CHOICES, drawn_of, second_of
from sim.world.chance import uniform, uniform_pair

if TYPE_CHECKING:
    from sim.engines.world import World


class Balancer:
    """Deals out the messages to a participant among its instances."""

    def __init__(self, world: "World", servers: list[Server], balance: int) -> None:
        self.world = world
        self.servers = servers
        self.balance = balance
        self.turn = 0
        """Of a round robin: how many messages came before."""

    def choose(self, session: Session, step: StepPlan, iteration: int, context: Attempt | None) -> Server:
        """The instance for a message, by what is drawn at its own place."""
        servers, balance = self.servers, self.balance
        if balance == ROUND_ROBIN:
            self.turn += 1
            return servers[(self.turn - 1) % len(servers)]
        if balance == LEAST_LOADED:
            return min(servers, key=Server.present)
        path = context.path if context is not None else 0
        at = session.c0, session.c1, step.node << 20 | iteration, path << 12
        if balance != TWO_CHOICES:
            return servers[drawn_of(uniform(*self.world.stream_instance, *at, 0), len(servers))]
        one, other = uniform_pair(*self.world.stream_instance, *at)
        first = drawn_of(one, len(servers))
        second = second_of(other, first, len(servers))
        return servers[second] if servers[second].present() < servers[first].present() else servers[first]
