"""A run: a scenario with a seed, and what came of it."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.measure.table import Metrics
from sim.scenario.scenario import Scenario
from sim.study.traces import DrawnTrace
from sim.study.views import Diagram, Picture


@dataclass(frozen=True)
class Run:
    """What a run left: metrics, and the trace unless it was not wanted.

    Two runs are equal if their scenarios, metrics and traces are; wall-clock time and versions stand in ``info``.
    """

    scenario: Scenario
    metrics: Metrics
    trace: DrawnTrace | None
    info: dict[str, Any] = field(compare=False)
    """What ``run.json`` holds: seed, replication, hashes, versions, wall time, engine."""

    def diagram(self, *, session: int | None = None, merged: bool | None = None, as_in_source: bool = False) -> Diagram:
        """The sequence diagram drawn from the trace: one session's, or all merged (of a single session: that one)."""
        if session is None and merged is None and not as_in_source:
            return self._whole_diagram
        return self.need_trace().diagram(session=session, merged=merged, as_in_source=as_in_source)

    @cached_property
    def _whole_diagram(self) -> Diagram:
        """The diagram that is asked for most often: kept, for it takes all records to draw it."""
        return self.need_trace().diagram()

    def need_trace(self) -> DrawnTrace:
        """The trace; a fault that says how to get one if there is none."""
        if self.trace is None:
            raise self.scenario_fault("the run kept no trace", "trace: all in the scenario, or run(..., trace=True)")
        return self.trace

    def scenario_fault(self, problem: str, expected: str) -> Exception:
        """A fault about this run's scenario."""
        from sim.language.faults import Faults

        return Faults([self.scenario.fault(("trace",), problem, expected)])

    @cached_property
    def load(self) -> Picture:
        """The load over time: offered, refused, goodput; queues; utilisation; response times; memory."""
        from sim.draw import load

        windows = [(name, attack["from_s"], attack["until_s"]) for name, attack in self.metrics["attacks"].items()]
        windows += [(fault.title, fault.from_ns / 1e9, fault.until_ns / 1e9) for fault in self.scenario.faults]
        return Picture(load.render(self.metrics, title=self.scenario.name, attack_windows=windows,
                                   warm_up_s=self.scenario.warm_up_ns / 1e9))

    def save(self, out: str | Path, *, force: bool = False, trace_format: str = "jsonl") -> Path:
        """Write the run folder ``out``, whole or not at all; an existing one only with ``force``.

        ``trace_format``: jsonl, or parquet (smaller, and read by table tools).
        """
        from sim.study.folder import write

        return write(self, Path(out), force=force, trace_format=trace_format)

    def _repr_html_(self) -> str:
        return self.metrics._repr_html_()
