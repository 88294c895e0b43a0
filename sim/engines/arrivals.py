"""Arrivals: for each class, when the next session starts, and whose it is."""

from collections import deque
from itertools import count, repeat
from typing import TYPE_CHECKING

from sim.engines import draws
from sim.engines.faults import RunFault
from sim.engines.occurrence import Occurrence
from sim.engines.places import Places
from sim.engines.session import Session
from sim.plan.plan import ClassPlan
from sim.world.arrivals import arrival_uniform, constant_ns, next_poisson_ns
from sim.world.chance import pack_entity, uniform
from sim.world.clock import NEVER_NS
from sim.world.distributions import sample_ns
from sim.world.order import ARRIVAL, entity_key, event_key
from sim.world.ramps import even_on_ramp_ns, next_on_ramp_ns

if TYPE_CHECKING:
    from sim.engines.world import World

_ARRIVAL = event_key(ARRIVAL, 0, 0, 0)
MOST_AT_ONCE = 100_000
"""More sessions of a closed population at one instant than that, and time stands still."""

Booking = tuple[int, int, int, "draws.Ahead | None", int]
"""When (ns), which client of the class, its how-manieth visit, and what was drawn ahead for it, in which row."""


def stands_still(at_ns: int, name: str, sessions: int) -> str:
    """What is said of a closed population that begins one session after the other at one instant."""
    return (f"at {at_ns} ns: the closed arrivals of '{name}' have begun {sessions:,} sessions at one instant: no time passes in a "
            "session, and none between two; expected a think time, a latency or work")


class Arrivals:
    """Starts the sessions of a class, always one ahead."""

    def __init__(self, world: "World", class_plan: ClassPlan) -> None:
        self.world = world
        self.plan = class_plan
        self.places = Places(world, class_plan)
        self.count = 0
        self.last_ns = 0
        self.at_once = 0
        """Of a closed class, how many thoughts in a row ended at the same instant."""
        self.visits: dict[int, int] = {}
        self.ahead: deque[Booking] = deque()
        self.arriving = (self.arrive,)
        self.until_ns = world.plan.duration_ns

    def open(self) -> None:
        """Schedule the first arrival; in a closed population, everybody's first."""
        if self.plan.arrivals.kind == "closed":
            for instance in range(self.plan.population):
                self.think(instance)
        else:
            self.schedule()

    # --- open classes -------------------------------------------------------------------------------------

    def schedule(self) -> None:
        """Schedule the next arrival of an open class."""
        if not self.ahead:
            self.look_ahead(1 if self.count < draws.FROM_ARRIVAL else draws.AHEAD)
        if self.ahead:
            self.book(self.ahead.popleft())

    def look_ahead(self, most: int) -> None:
        """Work out the next arrivals, as many as that or as there are."""
        plan = self.plan.arrivals
        first = self.count
        if plan.maximum >= 0:
            most = min(most, plan.maximum - first)
        times = self.times(first, most)
        who = self.who(first, len(times), many=most > 1)
        visits = [self.next_visit(instance) for instance in who]
        self.count += len(times)
        ahead = draws.Ahead(self.plan.index, who, visits) if most > 1 and who else None
        self.ahead.extend(zip(times, who, visits, repeat(ahead), count()))

    def times(self, first: int, most: int) -> list[int]:
        """When the next ones come, within the run."""
        plan, end_ns = self.plan.arrivals, self.world.plan.duration_ns
        if plan.kind in ("poisson", "ramp"):
            found = []
            law = next_poisson_ns if plan.kind == "poisson" else next_on_ramp_ns
            for drawn in self.gaps(first, most):
                self.last_ns = law(self.last_ns, drawn, plan.starts_ns, plan.rates_per_s)
                if self.last_ns >= end_ns:
                    break
                found.append(self.last_ns)
            return found
        if plan.kind in ("constant", "even_ramp"):
            even = constant_ns if plan.kind == "constant" else even_on_ramp_ns
            wanted = (even(k + 1, plan.starts_ns, plan.rates_per_s, plan.counts) for k in range(first, first + most))
        else:
            wanted = (plan.times_ns[k] if k < len(plan.times_ns) else NEVER_NS for k in range(first, first + most))
        return [at_ns for at_ns in wanted if at_ns < end_ns]

    def gaps(self, first: int, most: int) -> list[float]:
        """The draws for the gaps before the next arrivals."""
        stream = self.world.stream_arrivals
        if most > 1:
            return draws.firsts(stream, *draws.entities(self.plan.index, list(range(first, first + most)), [0] * most))
        return [arrival_uniform(*stream, self.plan.index, first)] if most == 1 else []

    def who(self, first: int, number: int, *, many: bool) -> list[int]:
        """Which clients come: their numbers within the class."""
        population, stream = self.plan.population, self.world.stream_picks
        if self.plan.picks != "random":
            return [k % population for k in range(first, first + number)]
        if many and number:
            drawn = draws.firsts(stream, *draws.entities(self.plan.index, list(range(first, first + number)), [0] * number))
        else:
            drawn = [uniform(*stream, *pack_entity(self.plan.index, k, 0), 0, 0, 0) for k in range(first, first + number)]
        return [int(u * population) for u in drawn]

    def next_visit(self, instance: int) -> int:
        """The number of a client's next session, from 0."""
        visit = self.visits.get(instance, 0)
        self.visits[instance] = visit + 1
        return visit

    # --- closed classes -----------------------------------------------------------------------------------

    def think(self, instance: int, from_ns: int = 0) -> None:
        """In a closed population, a client comes back when it has thought, from now on (or from later)."""
        plan, world = self.plan.arrivals, self.world
        if 0 <= plan.maximum <= self.count:
            return
        assert plan.think is not None
        c0, c1 = pack_entity(self.plan.index, instance, self.visits.get(instance, 0))
        at_ns = max(world.env.now_ns, from_ns) + sample_ns(*plan.think, *world.stream_arrivals, c0, c1, 0, 0)
        self.at_once = self.at_once + 1 if at_ns == self.last_ns else 0
        self.last_ns = at_ns
        if self.at_once > MOST_AT_ONCE + self.plan.population:
            raise RunFault(stands_still(at_ns, self.plan.name, self.at_once))
        if at_ns < self.until_ns:
            self.count += 1
            self.book((at_ns, instance, self.next_visit(instance), None, 0))

    def ended(self, session: Session) -> None:
        """In a closed population, whoever is done begins to think."""
        if self.plan.arrivals.kind == "closed":
            self.think(session.instance)

    # --- both ---------------------------------------------------------------------------------------------

    def book(self, booking: Booking) -> None:
        """Put an arrival into the order of events; its players are there by then."""
        at_ns, instance, visit, ahead, row = booking
        place = self.places.place(instance)
        order = entity_key(self.plan.index, instance, visit)
        self.world.env.at(at_ns, order | _ARRIVAL, Occurrence((place, visit, order, ahead, row)), self.arriving)

    def arrive(self, occurrence: Occurrence) -> None:
        """A session starts; the next arrival is scheduled."""
        place, visit, order, ahead, row = occurrence.subject
        if self.plan.arrivals.kind != "closed":
            self.schedule()
        self.world.start(self.places, place, occurrence, visit, order, ahead, row)
