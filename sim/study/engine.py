"""Which engine runs a plan, and why not the other."""

from collections.abc import Callable
from dataclasses import dataclass

from sim.engines.simpy_engine import Outcome
from sim.engines.world import Tap
from sim.language.faults import Fault, Faults, either, shown, suggest
from sim.plan.plan import Plan
from sim.protocol.projection import StepKind
from sim.world.distributions import mean_ns

ENGINES = ("auto", "simpy", "compiled")
LOAD = 200_000
"""From so many messages on, as far as can be told before, a run is load: the SimPy engine would take more than some seconds."""


@dataclass(frozen=True)
class Choice:
    """An engine by name; and why, where it is not the one that was asked for, or that the load asks for."""

    name: str
    why: str | None = None


def choose(plan: Plan, engine: str, *, payloads: bool, tap: Tap | None) -> Choice:
    """The engine for a plan.

    ``auto`` takes the compiled one for load, and the SimPy engine, whose trace holds the messages themselves, for all else. What
    cannot be compiled goes to the SimPy engine. Raises :class:`Faults` for an engine that is none.
    """
    if engine not in ENGINES:
        raise Faults([Fault("", None, None, "engine", f"got {shown(engine)}", either(ENGINES), suggest(engine, ENGINES))])
    if engine == "simpy" or (engine == "auto" and expected_messages(plan) < LOAD):
        return Choice("simpy")
    obstacle = not_compiled(plan, payloads=payloads, tap=tap)
    return Choice("compiled") if obstacle is None else Choice("simpy", f"run by the SimPy engine: {obstacle}")


def not_compiled(plan: Plan, *, payloads: bool, tap: Tap | None) -> str | None:
    """Why a plan cannot run compiled; None if it can."""
    if tap is not None:
        return "a tap looks at the messages, and the compiled engine carries none"
    if payloads and plan.model.has_payloads:
        for name, actor in plan.model.actors.items():
            why = actor.constructed(settings_of(plan, name))
            if why is not None:
                return f"{actor.__name__} {why}"
    return None


def settings_of(plan: Plan, participant: str) -> dict[str, object]:
    """The parameters of a participant (of the first class of clients, where it is one)."""
    number = plan.participants.index(participant)
    station = plan.stations[number]
    if station is not None:
        return station.settings
    side = plan.classes[0].side[number]
    return {} if side is None else side.settings


def expected_messages(plan: Plan) -> float:
    """About how many messages a run has: sessions times messages of the diagram."""
    messages = sum(step.receiver >= 0 and step.kind is not StepKind.OUTSIDE for step in plan.steps)
    return messages * sum(expected_sessions(plan, index) for index in range(len(plan.classes)))


def expected_sessions(plan: Plan, index: int) -> float:
    """About how many sessions of a class start."""
    each = plan.classes[index]
    arrivals = each.arrivals
    if arrivals.kind == "times":
        sessions = float(len(arrivals.times_ns))
    elif arrivals.kind == "closed":
        assert arrivals.think is not None
        sessions = each.population * plan.duration_ns / (mean_ns(*arrivals.think) + 1e8)
    else:
        ends = [*arrivals.starts_ns[1:], plan.duration_ns]
        spans = zip(arrivals.starts_ns, ends, arrivals.rates_per_s, strict=True)
        sessions = sum(max(0, min(end, plan.duration_ns) - start) / 1e9 * rate for start, end, rate in spans)
    return sessions if arrivals.maximum < 0 else min(sessions, arrivals.maximum)


def runner(choice: Choice) -> Callable[..., Outcome]:
    """The function that runs a plan."""
    if choice.name == "compiled":
        from sim.engines import compiled

        return compiled.run
    from sim.engines import simpy_engine

    return simpy_engine.run
