"""How long a scenario warms up, found in runs of it with no attack: MSER-5, and Welch's plot to look at.

What is looked at is the number of requests present at the protected server (all servers, where none is), averaged over
replications: it has a value at any time, and everything else that a run measures follows it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sim.engines.faults import RunFault
from sim.language.faults import Fault, Faults, shown
from sim.language.units import format_duration
from sim.measure.warm_up import averaged, moving_average, mser5
from sim.scenario.replications import MAXIMUM_REPLICATIONS
from sim.scenario.source import Source, with_changes
from sim.scenario.study import ABOUT_MANY
from sim.study.engine import choose
from sim.study.execution import address
from sim.study.execution.job import Failure, Job, bare
from sim.study.execution.runner import Runner, counted
from sim.study.measures import Judged
from sim.study.prepare import Prepared, prepare, seed_of

if TYPE_CHECKING:
    from sim.study.views import Picture

REPLICATIONS = 10
_NS_PER_S = 1e9


@dataclass(frozen=True)
class WarmUp:
    """What was found. ``series``: of each bin of ``bin_s`` the number present, averaged over replications.

    ``seconds`` is None where the run is too short to tell: it is still warming up when half of it is over.
    """

    name: str
    bin_s: float
    series: tuple[float | None, ...]
    seconds: float | None
    replications: int

    @property
    def window(self) -> int:
        """Bins on either side that the moving average is over: a tenth of the series together."""
        return max(1, len(self.series) // 20)

    @property
    def moving(self) -> list[float | None]:
        """Welch's moving average."""
        return moving_average(self.series, self.window)

    @property
    def text(self) -> str:
        """What was found, as a scenario has it: ``12 s``."""
        return "" if self.seconds is None else format_duration(math.ceil(self.seconds * _NS_PER_S))

    def to_dict(self) -> dict[str, Any]:
        """All of it for a program; ``seconds`` is None where it cannot be told."""
        return {"scenario": self.name, "warm_up_s": self.seconds, "replications": self.replications, "bin_s": self.bin_s,
                "present": list(self.series), "moving_average": self.moving}

    def plot(self) -> "Picture":
        """Welch's plot, as SVG and PNG."""
        from sim.draw import welch
        from sim.draw.scales import Axis
        from sim.study.views import Picture

        smooth = self.moving
        return Picture(welch.render(welch.Welch(
            title=f"{self.name}: warm-up", t_s=[(k + 0.5) * self.bin_s for k in range(len(self.series))], means=self.series,
            moving=[*smooth, *[None] * (len(self.series) - len(smooth))], measure=Axis("requests present", "number"),
            warm_up_s=self.seconds, window=2 * self.window + 1, note=f"Mean over {self.replications} replications with no attack")))

    def __str__(self) -> str:
        if self.seconds is None:
            return f"{self.name}: too short to tell; half of it is over before the number of requests present is steady"
        return f"{self.name}: warm-up {self.text} (MSER-5, {self.replications} replications)"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {**self.plot()._repr_mimebundle_(), "text/plain": str(self)}


def warm_up(scenario: Any, *, replications: int = REPLICATIONS, seed: int | None = None, set: Mapping[str, Any] | None = None,
            engine: str = "auto", progress: Callable[[float], None] | None = None, **running: Any) -> WarmUp:
    """Find how long a scenario warms up; see :func:`sim.warm_up`. ``running`` are the options of :meth:`Runner.of`."""
    runner = Runner.of(**running)
    return find(prepare(scenario, set), runner, replications=replications, seed=seed, engine=engine, progress=progress)


def changes_of(found: WarmUp, source: Source) -> dict[str, Any]:
    """What sets the warm-up that was found. Raises :class:`Faults`, at the duration of the ``source``, if none was."""
    if found.seconds is None:
        problem = f"in {REPLICATIONS} runs with no attack no warm-up was found: after half of the time they are not steady"
        raise Faults([source.fault(("duration",), problem, "a longer duration, or a warm-up that is said")])
    return {"warm_up": found.text}


def find(prepared: Prepared, runner: Runner, *, replications: int = REPLICATIONS, seed: int | None = None, engine: str = "auto",
         progress: Callable[[float], None] | None = None) -> WarmUp:
    """Run a prepared scenario without its attacks, and look. Raises :class:`RunFault` where a run fails."""
    if isinstance(replications, bool) or not isinstance(replications, int) or not 1 <= replications <= MAXIMUM_REPLICATIONS:
        raise Faults([Fault("", None, None, "replications", f"got {shown(replications)}",
                            f"a whole number from 1 to {MAXIMUM_REPLICATIONS}")])
    source = prepared.scenario.source
    assert source is not None
    data = {key: value for key, value in source.data.items() if key not in ABOUT_MANY}
    calm = prepare(with_changes(replace(source, data=data), {"attacks": [], "warm_up": "0 s"}))
    chosen = calm.scenario.seed if seed is None else seed_of(seed)
    where = address.of_scenario(calm)
    own = bare(calm.scenario.source or source)
    chosen_engine, name = choose(calm.plan(), engine, payloads=True, tap=None).name, f"'{calm.scenario.name}'"
    jobs = [Job(0, r, chosen, chosen_engine, own, name, address.of_run(where, chosen, r, series=True), series=True)
            for r in range(replications)]
    runner.tell(lambda: f"a warm-up is looked for in {counted(len(jobs), 'run')} with no attack")
    found = {}
    for job, answered in runner.run(jobs):
        if isinstance(answered, Failure):
            raise RunFault(str(answered))
        found[job.replication] = answered
        if progress is not None:
            progress(len(found) / len(jobs))
    judged = Judged.of(calm.scenario)
    present = [_present(found[r], judged) for r in range(replications)]
    series, bin_s = averaged(present), float(found[0]["series"]["bin_s"])
    cut = mser5(series)
    seconds = cut.values * bin_s if cut is not None and cut.long_enough else None
    return WarmUp(calm.scenario.name, bin_s, tuple(series), seconds, replications)


def _present(metrics: dict[str, Any], judged: Judged) -> Sequence[float | None]:
    """The number present at the stations in question, bin by bin."""
    stations = metrics["series"]["stations"]
    own = [stations[name]["present_mean"] for name in judged.stations or stations]
    return [math.fsum(value or 0.0 for value in values) for values in zip(*own, strict=True)]
