"""The compiled engine: the world of the SimPy engine as one loop over arrays, for tens of millions of messages.

No payloads: what a signature check finds is known by how the message came about. Same plan, same trace (all but ``http``).
"""

from collections.abc import Callable, Sequence
from typing import Any

from sim.engines import contradictions, simpy_engine
from sim.engines.arrivals import stands_still
from sim.engines.faults import RunFault
from sim.engines.following import Followed, Follower
from sim.engines.law_faults import law_fault
from sim.engines.loop import events, laws, memory
from sim.engines.loop.arrivals import TimeStandsStill
from sim.engines.loop.heap import Contradiction
from sim.engines.loop.record import RECORD_WIDTH
from sim.engines.loop.tell import put_in_order, settled, tell
from sim.engines.recorded import Recorded
from sim.engines.simpy_engine import Outcome, Progress
from sim.engines.stores import Stores
from sim.measure.meter import Meter
from sim.mitigations.framework.declaration import Law
from sim.plan import cells as at
from sim.plan.plan import Plan
from sim.plan.tables import tables
from sim.world.chance import ATTACKING

EVENTS_AT_ONCE = 2_000_000
"""So many events, at most, before the loop returns to Python to see whether somebody wants to stop it."""
SLICES = 200


def numbers_of(known: Sequence[Law]) -> Sequence[int]:
    """The addresses of laws where nothing is compiled."""
    return range(len(known))


class Machine:
    """The blocks of a run, and the loop over them. ``functions`` are compiled, or the plain ones; ``addresses``: of the machine
    code of laws.
    """

    def __init__(
        self, plan: Plan, sample: float, functions: dict[str, Callable[..., Any]], array: Callable[[list[Any], str], Any],
        addresses: Callable[[Sequence[Law]], Sequence[int]] = numbers_of,
    ) -> None:
        self.plan = plan
        self.made = made = tables(plan)
        self.meter = meter = Meter(simpy_engine.meter_layout(plan))
        for station in filter(None, plan.stations):
            for each in station.protections:
                if each.declared.room is not None:
                    meter.rows(station.index, each.memory, 1, 0)
        ints, floats = made.ints, made.floats
        for who in made.stations:
            ints[who + at.METER] = meter.at.stations[ints[who + at.STATION]]
        for row, address in zip(made.classes, (*meter.at.classes, *meter.at.attacks), strict=True):
            ints[row + at.CLASS_METER] = address
        ints[memory.NETWORK_METER], ints[memory.SESSIONS_METER] = meter.at.network, meter.at.sessions
        ints[at.REASON_NUMBERS] = len(ints)
        ints.extend(meter.reason(name) for name in made.reasons)
        ints[at.LAW_ADDRESSES] = len(ints)
        ints.extend(addresses(made.laws))
        ints[memory.SAMPLE] = len(floats)
        floats.append(sample)
        ints[memory.SESSION_WIDTH] = memory.SESSION_HEAD + ints[at.N_LOOPS] + ints[at.N_RULES] + ints[at.SESSION_FACTS]
        ints[memory.RECORDS] = 1
        ints[memory.TOP] = len(ints)
        clients = sum(each.population for each in plan.classes)
        wide = max(0, ints[at.MEMBER_WIDTH] - events.ROOM_OF_AN_EVENT // 2)  # breakers that remember many calls
        bots = memory.ARRIVAL_WIDTH * sum(attack.bots for attack in plan.attacks)
        self.room = events.ROOM_OF_AN_EVENT + 64 * len(plan.steps) + clients + wide + bots
        self.array = array
        self.functions = functions
        self.m = array(ints + [0] * 4 * self.room, "int64")
        self.x = array(floats, "float64")
        self.b = array(meter.block, "int64")
        self.q = array([0] * 4 * self.room, "int64")
        self.r = array([0] * (2 * self.room if sample > 0 else 1) * RECORD_WIDTH, "int64")
        self.rows_wanted = sample > 0
        self.stores = Stores(self)
        self.follower: Follower | None = None

    def open(self) -> None:
        """Schedule the first arrivals."""
        self.functions["open_all"](self.m, self.x, self.q)

    def run_until(self, until_ns: int, progress: Progress | None) -> None:
        """Let everything happen before a time; ``progress`` is called every so often."""
        while True:
            why = self.functions["run_until"](
                self.m, self.x, self.b, self.q, self.r, until_ns, EVENTS_AT_ONCE, self.room, self.room if self.rows_wanted else 0
            )
            if why == events.REACHED:
                return
            if why == events.NEEDS_ROOM:
                self.grow()
            elif progress is not None:
                progress(int(self.m[memory.NOW_NS]) / self.plan.duration_ns)

    def grow(self) -> None:
        """Twice the room where there is too little."""
        m = self.m
        if m[memory.TIGHT]:
            self.stores.grow()
            m = self.m
        if m[memory.TOP] + self.room > len(m):
            self.longer_memory()
            m = self.m
        if 2 * (m[memory.WAITING_EVENTS] + self.room) > len(self.q):
            self.q = self.array([*self.q, *[0] * len(self.q)] if isinstance(self.q, list) else self.q, "grow")
        if self.rows_wanted and self.rows_are_full():
            if self.follower is not None:
                self.follower.make_room()
                if not self.rows_are_full():
                    return
            self.r = self.array([*self.r, *[0] * len(self.r)] if isinstance(self.r, list) else self.r, "grow")

    def longer_memory(self) -> None:
        """Twice the memory."""
        m = self.m
        self.m = self.array([*m, *[0] * len(m)] if isinstance(m, list) else m, "grow")

    def move_floats(self, address: int, before: int, after: int) -> int:
        """Give floats more cells, at the end of theirs; the new address."""
        x = list(self.x)
        self.x = self.array([*x, *x[address : address + before], *[0.0] * (after - before)], "float64")
        return len(x)

    def close(self, stopped: int | None) -> None:
        """Close the accounts: what is still at a station, still on its way, still going on."""
        m = self.m
        self.meter.block[:] = self.b if isinstance(self.b, list) else self.b.tolist()
        present: list[tuple[int, int, int | None]] = []
        for who in self.made.stations:
            visit = m[who + at.FIRST_INSIDE]
            while visit:
                present.append((int(m[who + at.STATION]), int(m[visit + memory.ARRIVED_NS]), None))
                visit = m[visit + memory.V_AFTER]
        index = {row: number for number, row in enumerate(self.made.classes)}
        going: list[tuple[int, int, bool]] = []
        attacking = [0] * len(self.plan.attacks)
        session = m[memory.GOING]
        while session:
            number = index[int(m[session + memory.CLASS])]
            if number < len(self.plan.classes):
                going.append(
                    (number, int(m[session + memory.STARTED_NS]), bool(m[session + memory.NEEDED]) or self.plan.protected < 0)
                )
            else:
                attacking[number - len(self.plan.classes)] += 1
            session = m[session + memory.AFTER]
        self.meter.finish(present, going, int(m[memory.FLYING]), stopped, attacking)

    def rows_are_full(self) -> bool:
        """Whether the rows of the trace may not do for the next event."""
        there = self.m[memory.RECORDS] - self.m[memory.ROWS_GIVEN]
        return bool((there + self.room) * RECORD_WIDTH > len(self.r))

    def recorder(self) -> Recorded | Followed:
        """What has the trace."""
        import numpy as np

        follower, self.follower = self.follower, None  # it knows the machine: they would hold each other
        if follower is not None and follower.encoder is not None:
            return follower.finish()
        rows = np.asarray(self.r[: int(self.m[memory.RECORDS]) * RECORD_WIDTH], np.int64)
        return Recorded(self.plan, self.made, np.asarray(self.m, np.int64), rows, self.functions)


def numpy_array(values: Any, kind: str) -> Any:
    """A block as numpy has it; or twice as long, with zeros behind."""
    import numpy as np

    if kind == "grow":
        values.resize(2 * len(values), refcheck=False)
        return values
    return np.array(values, kind)


def plain_list(values: Any, _kind: str) -> Any:
    """A block as a list."""
    return list(values)


PLAIN: dict[str, Callable[..., Any]] = {
    "run_until": events.run_until,
    "open_all": events.open_all,
    "refill_slots": events.refill_slots,
    "put_in_order": put_in_order,
    "settled": settled,
    "tell": tell,
}
"""The loop's functions uncompiled: slow, for looking into."""


def run(
    plan: Plan,
    *,
    sample: float = 1.0,
    progress: Progress | None = None,
    say: Callable[[str], object] | None = None,
    encode: dict[str, Any] | None = None,
    plain: bool = False,
) -> Outcome:
    """Run ``plan`` to its end; as :func:`sim.engines.simpy_engine.run` does, without payloads.

    ``say`` is told before the loop is compiled, which happens once. ``encode``: the header of a trace that is to be written as
    Parquet; much of that is done while the run goes on. ``plain``: run it uncompiled.
    """
    if plain:
        machine = Machine(plan, sample, PLAIN, plain_list)
        laws.KNOWN[:] = machine.made.laws
    else:
        from sim.engines import compiler, own_laws

        if say is not None and not compiler.is_kept():
            say("compiling the loop for this machine: once, for half a minute")
        machine = Machine(plan, sample, compiler.compiled(), numpy_array, own_laws.addresses)
    if encode is not None and sample > 0 and not plain:
        machine.follower = Follower(machine, encode)
    stopped = None
    try:
        machine.open()
        for part in range(1, SLICES + 1):
            machine.run_until(plan.duration_ns * part // SLICES, progress)
            contradictions.check(machine)
            if progress is not None:
                progress(part / SLICES)
    except KeyboardInterrupt:
        stopped = int(machine.m[memory.NOW_NS]) + 1  # what happened at this very instant belongs to the run
    except OverflowError as error:  # of an address, the clock, or the meter
        raise RunFault(f"at {machine.m[memory.NOW_NS]} ns: {error}") from error
    except TimeStandsStill as error:
        at_ns, index, sessions = error.args
        name = plan.attacks[index & ~ATTACKING].name if index & ATTACKING else plan.classes[index].name
        raise RunFault(stands_still(at_ns, name, sessions)) from error
    except Contradiction as error:
        event, at_ns = map(int, error.args)
        where = contradictions.told(machine, event, at_ns)
        raise contradictions.fault("this comes too late, or is nothing that happens", where) from error
    except laws.LawFault as error:
        raise law_fault(machine, error) from error
    except Exception as error:
        if not machine.m[at.IS_ASKED]:
            raise
        raise law_fault(machine, error) from error
    machine.close(stopped)
    return Outcome(machine.recorder(), machine.meter, stopped)
