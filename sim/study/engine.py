"""Which engine runs a plan, and why not the other."""

from collections.abc import Callable
from dataclasses import dataclass

from sim.engines.simpy_engine import Outcome
from sim.engines.world import Tap
from sim.language.faults import Fault, Faults, either, shown, suggest
from sim.plan.constructed import not_constructed
from sim.plan.guard_tables import numbered_laws
from sim.plan.plan import ArrivalsPlan, Plan
from sim.protocol.projection import StepKind
from sim.world.distributions import mean_ns

ENGINES = ("auto", "simpy", "compiled")
LOAD = 200_000
"""From so many messages on, as far as can be told before, a run is load: the SimPy engine would take more than some seconds."""
COMPILED_FROM = 1_000_000
"""From so many messages on, over many runs, as far as can be told before, all that can be is compiled."""
KEPT_FROM = 50_000
"""The same where machine code of the loop is kept, so that each worker needs half a second to begin and not half a minute."""


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
    check_engine(engine)
    if engine == "simpy" or (engine == "auto" and expected_messages(plan) < LOAD):
        return Choice("simpy")
    obstacle = not_compiled(plan, payloads=payloads, tap=tap)
    return Choice("compiled") if obstacle is None else Choice("simpy", f"run by the SimPy engine: {obstacle}")


def check_engine(engine: str) -> None:
    """A fault unless it is the name of one, or ``auto``."""
    if engine not in ENGINES:
        raise Faults([Fault("", None, None, "engine", f"got {shown(engine)}", either(ENGINES), suggest(engine, ENGINES))])


def is_load(messages: float, *, is_here: bool) -> bool:
    """Whether runs of so many messages together are load. ``is_here``: they run on this machine, which may keep machine code."""
    if messages >= COMPILED_FROM or not is_here or messages < KEPT_FROM:
        return messages >= COMPILED_FROM
    from sim.engines import compiler

    return compiler.is_kept()


def among_many(engine: str, messages: float, obstacle: str | None, *, is_load: bool) -> str:
    """The engine of a run that is one of many, by the same rules as for a single one; but load is what all of them together are.

    ``obstacle``: why it cannot be compiled.
    """
    wanted = engine == "compiled" or (engine == "auto" and (is_load or messages >= LOAD))
    return "compiled" if wanted and obstacle is None else "simpy"


def not_compiled(plan: Plan, *, payloads: bool, tap: Tap | None) -> str | None:
    """Why a plan cannot run compiled; None if it can."""
    if tap is not None:
        return "a tap looks at the messages, and the compiled engine carries none"
    if payloads and (why := not_constructed(plan)) is not None:
        return why
    laws = numbered_laws(plan)[0]
    if all(law.__module__.startswith("sim.mitigations.") for law in laws):
        return None
    from sim.engines.own_laws import obstacle

    return obstacle(laws)


def expected_messages(plan: Plan) -> float:
    """About how many messages a run has: sessions times messages of the diagram."""
    messages = sum(step.receiver >= 0 and step.kind is not StepKind.OUTSIDE for step in plan.steps)
    walks = sum(expected(each.arrivals, plan.duration_ns, each.population) for each in plan.classes)
    return messages * walks + 2 * sum(expected(attack.arrivals, plan.duration_ns, 0) for attack in plan.attacks)


def expected(arrivals: ArrivalsPlan, duration_ns: int, population: int) -> float:
    """About how many sessions start in the run."""
    if arrivals.kind == "times":
        sessions = float(len(arrivals.times_ns))
    elif arrivals.kind == "closed":
        assert arrivals.think is not None
        sessions = population * duration_ns / (mean_ns(*arrivals.think) + 1e8)
    else:
        ends = [*arrivals.starts_ns[1:], duration_ns]
        spans = zip(arrivals.starts_ns, ends, arrivals.rates_per_s, strict=True)
        sessions = sum(max(0, min(end, duration_ns) - start) / 1e9 * rate for start, end, rate in spans)
    return sessions if arrivals.maximum < 0 else min(sessions, arrivals.maximum)


def runner(choice: Choice) -> Callable[..., Outcome]:
    """The function that runs a plan."""
    if choice.name == "compiled":
        from sim.engines import compiled

        return compiled.run
    from sim.engines import simpy_engine

    return simpy_engine.run
