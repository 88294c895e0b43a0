"""Running a prepared scenario in an engine, and gathering what it left."""

import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim import __version__
from sim.engines import simpy_engine
from sim.engines.garbage import patient
from sim.engines.world import Tap
from sim.language.faults import Fault, Faults, either, shown, suggest
from sim.measure.metrics import metrics
from sim.measure.table import Metrics
from sim.plan.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.spell import sha256
from sim.study import folder
from sim.study.prepare import Prepared
from sim.study.run import Run
from sim.study.stopping import stoppable
from sim.study.traces import DrawnTrace
from sim.trace import header
from sim.world.credentials import KIND_NAMES

ENGINES = ("auto", "simpy")


def execute(prepared: Prepared, *, seed: int | None = None, replication: int | None = None, engine: str = "auto",
            trace: bool | None = None, payloads: bool = True, tap: Tap | None = None, out: str | Path | None = None,
            force: bool = False, trace_format: str = "jsonl", progress: Callable[[float], None] | None = None) -> Run:
    """Run ``prepared``; see :func:`sim.run` for the options."""
    if engine not in ENGINES:
        raise Faults([Fault("", None, None, "engine", f"got {shown(engine)}", either(ENGINES), suggest(engine, ENGINES))])
    folder.check_format(trace_format)
    if out is not None:
        folder.check_free(Path(out), force=force, replace_ours=False)
    plan = prepared.plan(seed=seed, replication=replication)
    sample = sampled(plan.scenario) if trace is None else float(trace)
    began = time.perf_counter()
    scenario_hash = sha256(plan.scenario)
    kept = None
    with patient():
        with stoppable(progress) as watched:
            outcome = simpy_engine.run(plan, sample=sample, payloads=payloads, tap=tap, progress=watched)
        if sample > 0:
            head = header.make(plan.scenario.name, scenario_hash, plan.model.drawn, sample, told_attacks(plan))
            kept = DrawnTrace.of(head, list(map(tuple, outcome.recorder.records())))
    wall_s = time.perf_counter() - began
    run = Run(plan.scenario, Metrics(metrics(outcome.meter)), kept, info(plan, scenario_hash, wall_s, outcome.stopped_at_ns))
    if out is not None:
        run.save(out, force=force, trace_format=trace_format)
    return run


def told_attacks(plan: Plan) -> list[dict[str, Any]]:
    """What the header of a trace says of the attacks."""
    return [{"name": each.name, "sends": plan.steps[each.step].id, "signature": KIND_NAMES[each.signature],
             "from_ns": each.from_ns, "until_ns": each.until_ns} for each in plan.attacks]


def sampled(scenario: Scenario) -> float:
    """The share of the sessions that the trace holds."""
    return float(scenario.trace == "all") if isinstance(scenario.trace, str) else scenario.trace[1]


def info(plan: Plan, scenario_hash: str, wall_s: float, stopped_at_ns: int | None) -> dict[str, Any]:
    """What stands apart from the results: who ran what, where, and for how long."""
    return {
        "scenario": plan.scenario.name,
        "scenario_sha256": scenario_hash,
        "model": plan.scenario.model,
        "model_sha256": plan.model.sha256,
        "seed": plan.seed,
        "replication": plan.replication,
        "engine": "simpy",
        "version": __version__,
        "python": platform.python_version(),
        "wall_time_s": round(wall_s, 3),
        "stopped_at_s": None if stopped_at_ns is None else stopped_at_ns / 1e9,
    }
