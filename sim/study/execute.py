"""Running a prepared scenario in an engine, and gathering what it left."""

import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim import __version__
from sim.engines.contradictions import check_accounts
from sim.engines.garbage import patient
from sim.engines.world import Tap
from sim.language.faults import Fault, Faults, shown
from sim.measure.metrics import metrics
from sim.measure.table import Metrics
from sim.plan.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.spell import sha256
from sim.study import folder
from sim.study.engine import Choice, choose, runner
from sim.study.prepare import Prepared
from sim.study.run import Run
from sim.study.stopping import stoppable
from sim.study.traces import DrawnTrace
from sim.trace import header
from sim.world.credentials import KIND_NAMES

Say = Callable[[str], object]


def execute(prepared: Prepared, *, seed: int | None = None, replication: int | None = None, engine: str = "auto",
            trace: bool | None = None, payloads: bool = True, tap: Tap | None = None, out: str | Path | None = None,
            force: bool = False, trace_format: str = "jsonl", progress: Callable[[float], None] | None = None,
            say: Say | None = None) -> Run:
    """Run ``prepared``; see :func:`sim.run` for the options. ``say`` hears what a user may want to know at once."""
    folder.check_format(trace_format)
    if out is not None:
        folder.check_free(Path(out), force=force, replace_ours=False)
    plan = prepared.plan(seed=seed, replication=replication)
    if trace not in (None, True, False):
        raise Faults([Fault("", None, None, "trace", f"got {shown(trace)}",
                            "True, False, or None (as the scenario says; set={'trace': {'sample': '1 %'}} changes it)")])
    sample = sampled(plan.scenario) if trace is None else float(trace)
    choice = choose(plan, engine, payloads=payloads, tap=tap)
    scenario_hash = sha256(plan.scenario)
    head = header.make(plan.scenario.name, scenario_hash, plan.model.drawn, sample, told_attacks(plan)) if sample > 0 else None
    options: dict[str, Any] = {"sample": sample}
    if choice.name == "simpy":
        options.update(payloads=payloads, tap=tap)
    else:
        options.update(say=say, encode=head)
    if choice.why is not None and say is not None:
        say(choice.why)
    began = time.perf_counter()
    kept = None
    with patient():
        with stoppable(progress) as watched:
            outcome = runner(choice)(plan, progress=watched, **options)
        if head is not None:
            kept = DrawnTrace.of(head, outcome.trace())
    wall_s = time.perf_counter() - began
    about = info(plan, choice, scenario_hash, wall_s, outcome.stopped_at_ns)
    counted = metrics(outcome.meter)
    check_accounts(counted)
    run = Run(plan.scenario, Metrics(counted), kept, about)
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


def info(plan: Plan, choice: Choice, scenario_hash: str, wall_s: float, stopped_at_ns: int | None) -> dict[str, Any]:
    """What stands apart from the results: who ran what, where, and for how long."""
    return {
        "scenario": plan.scenario.name,
        "scenario_sha256": scenario_hash,
        "model": plan.scenario.model,
        "model_sha256": plan.model.sha256,
        "seed": plan.seed,
        "replication": plan.replication,
        "engine": choice.name,
        "version": __version__,
        "python": platform.python_version(),
        "wall_time_s": round(wall_s, 3),
        "stopped_at_s": None if stopped_at_ns is None else stopped_at_ns / 1e9,
    }
