"""Arrivals: for each class, when the next session starts, and whose it is."""

from typing import TYPE_CHECKING

from sim.engines.occurrence import Occurrence
from sim.engines.session import Session
from sim.plan.plan import ClassPlan
from sim.world.arrivals import arrival_uniform, constant_ns, next_poisson_ns
from sim.world.chance import pack_entity, uniform
from sim.world.clock import NEVER_NS
from sim.world.distributions import sample_ns
from sim.world.order import ARRIVAL, entity_key, event_key

if TYPE_CHECKING:
    from sim.engines.world import World


class Arrivals:
    """Starts the sessions of a class, always one ahead."""

    def __init__(self, world: "World", class_plan: ClassPlan) -> None:
        self.world = world
        self.plan = class_plan
        self.count = 0
        self.last_ns = 0
        self.visits: dict[int, int] = {}

    def open(self) -> None:
        """Schedule the first arrival; in a closed population, everybody's first."""
        if self.plan.arrivals.kind == "closed":
            for instance in range(self.plan.population):
                self.think(instance)
        else:
            self.schedule()

    def schedule(self) -> None:
        """Schedule the next arrival of an open class."""
        plan = self.plan.arrivals
        if 0 <= plan.maximum <= self.count:
            return
        at_ns = self.next_ns()
        if at_ns >= self.world.plan.duration_ns:
            return
        self.last_ns = at_ns
        instance = self.who()
        self.count += 1
        self.book(instance, at_ns)

    def next_ns(self) -> int:
        """When the next one comes."""
        plan = self.plan.arrivals
        if plan.kind == "poisson":
            draw = arrival_uniform(*self.world.stream_arrivals, self.plan.index, self.count)
            return next_poisson_ns(self.last_ns, draw, plan.starts_ns, plan.rates_per_s)
        if plan.kind == "constant":
            return constant_ns(self.count + 1, plan.starts_ns, plan.rates_per_s, plan.counts)
        return plan.times_ns[self.count] if self.count < len(plan.times_ns) else NEVER_NS

    def who(self) -> int:
        """Which client comes: its number within the class."""
        if self.plan.picks == "random":
            c0, c1 = pack_entity(self.plan.index, self.count, 0)
            return int(uniform(*self.world.stream_picks, c0, c1, 0, 0, 0) * self.plan.population)
        return self.count % self.plan.population

    def think(self, instance: int) -> None:
        """In a closed population, a client comes back when it has thought."""
        plan, world = self.plan.arrivals, self.world
        if 0 <= plan.maximum <= self.count:
            return
        assert plan.think is not None
        c0, c1 = pack_entity(self.plan.index, instance, self.visits.get(instance, 0))
        at_ns = world.env.now + sample_ns(*plan.think, *world.stream_arrivals, c0, c1, 0, 0)
        if at_ns < world.plan.duration_ns:
            self.count += 1
            self.book(instance, at_ns)

    def book(self, instance: int, at_ns: int) -> None:
        """Put an arrival into the order of events; its players are there by then."""
        visit = self.visits.get(instance, 0)
        self.visits[instance] = visit + 1
        self.world.players(self.plan, instance)
        order = entity_key(self.plan.index, instance, visit) | event_key(ARRIVAL, 0, 0, 0)
        Occurrence(self.world.env, at_ns, order, self.arrive, (instance, visit))

    def arrive(self, occurrence: Occurrence) -> None:
        """A session starts; the next arrival is scheduled."""
        instance, visit = occurrence.subject
        if self.plan.arrivals.kind != "closed":
            self.schedule()
        self.world.start(self.plan, instance, visit)

    def ended(self, session: Session) -> None:
        """In a closed population, whoever is done begins to think."""
        if self.plan.arrivals.kind == "closed":
            self.think(session.instance)
