"""The SimPy engine: the readable definition of what a run means.

Every actor is a SimPy process that owns an inbox and reacts by its table; messages carry real HTTP, really signed and
really verified, if the model has an ``actors.py``. Same plan, same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.engines.faults import RunFault
from sim.engines.recorder import Recorder
from sim.engines.scheduled import Changes
from sim.engines.world import Tap, World
from sim.measure.meter import AttackLayout, ClassLayout, Meter, MeterLayout, StationLayout, default_bin_ns
from sim.plan.plan import UNLIMITED, Plan
from sim.world.chance import stream_key
from sim.world.credentials import REPLAYED

if TYPE_CHECKING:
    from sim.engines.following import Followed
    from sim.engines.recorded import Recorded

SLICES = 200
"""A run returns so often to whoever watches its progress."""

Progress = Callable[[float], None]
"""``progress(share of the duration that has passed)``."""


@dataclass(frozen=True)
class Outcome:
    """What an engine hands over: the recorder (the trace, in order) and the meter (the metrics), and whether all was run."""

    recorder: "Recorder | Recorded | Followed"
    meter: Meter
    stopped_at_ns: int | None
    """When a user stopped the run; None if it ran to its end."""

    def trace(self) -> Sequence[tuple[Any, ...]]:
        """The records of the trace, in order, to be kept."""
        records = self.recorder.records()
        return records if isinstance(records, Sequence) else list(map(tuple, records))


def run(plan: Plan, *, sample: float = 1.0, payloads: bool = True, tap: Tap | None = None,
        progress: Progress | None = None) -> Outcome:
    """Run ``plan`` to its end.

    Parameters
    ----------
    sample : the share of the sessions whose records are kept, 0 to 1 (metrics come without them).
    payloads : let the model's actors fill, sign and verify messages; without, messages are empty.
    tap : sees every message on the wire and may change it.
    progress : called about 200 times.

    Raises :class:`sim.engines.faults.RunFault` if the run cannot go on. Ctrl-C ends it with what there is.
    """
    meter = Meter(meter_layout(plan))
    recorder = Recorder(plan.duration_ns, sample, stream_key(plan.seed, plan.replication, "sample"))
    stopped = None
    world = World(plan, meter, recorder, payloads, tap)
    try:
        Changes(world).open()
        for arrivals in (*world.arrivals, *(attacker.strikes for attacker in world.attackers)):
            arrivals.open()
        for part in range(1, SLICES + 1):
            world.env.run_until(plan.duration_ns * part // SLICES)
            if progress is not None:
                progress(part / SLICES)
    except KeyboardInterrupt:
        stopped = world.env.now_ns + 1  # what happened at this very instant belongs to the run
    except OverflowError as error:  # of an address, the clock, or the meter
        raise RunFault(f"at {world.env.now_ns} ns: {error}") from error
    close(world, stopped)
    vars(world).clear()  # its parts know it: the trace would hang on them until somebody looks for garbage
    return Outcome(recorder, meter, stopped)


def meter_layout(plan: Plan) -> MeterLayout:
    """What is measured: every class, every station, every attack."""
    fastest = max((each.hash_rate for each in plan.classes), default=0)
    return MeterLayout(
        plan.duration_ns, plan.warm_up_ns,
        tuple(ClassLayout(each.name, each.deadline_ns if each.deadline_ns >= 0 else None, each.addresses_per > 1,
                          each.hash_rate < fastest) for each in plan.classes),
        tuple(StationLayout(each.name, None if each.servers == UNLIMITED else each.servers * each.instances, each.memory)
              for each in plan.stations if each is not None),
        default_bin_ns(plan.duration_ns),
        tuple(AttackLayout(each.name, each.from_ns, each.until_ns, *((1, 1) if each.spoofed else (each.addresses, each.prefixes)),
                           each.signature == REPLAYED)
              for each in plan.attacks))


def close(world: World, stopped: int | None) -> None:
    """Close the accounts: what is still at a station, still on its way, still going on."""
    present = [(server.station.index, visit.arrived_ns, visit.started_ns)
               for servers in world.servers for server in servers for visit in server.inside]
    going = [(session.class_plan.index, session.started_ns, session.needed_protected or world.plan.protected < 0)
             for session in world.sessions.values() if session.attack is None]
    attacking = [0] * len(world.attackers)
    for session in world.sessions.values():
        if session.attack is not None:
            attacking[session.attack.plan.index] += 1
    world.meter.finish(present, going, world.flying, stopped, attacking)
