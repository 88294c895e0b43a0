"""The engine beside the idiomatic SimPy program of the same flow, in one run, in turn.

    python -m pytest tests/bench -n 0 -s --benchmark-only

prints messages per second of `step1_load.yaml` (full trace written as JSON Lines, real signing and verifying) and of
``idiomatic.py`` (neither), the median of the ratios, and the same for M/M/1. Nothing is asserted about time.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import idiomatic

import sim
from sim.engines import simpy_engine
from sim.engines.garbage import patient
from sim.measure.metrics import metrics
from sim.trace import header, jsonl

ROOT = Path(__file__).parents[2]
ROUNDS = 9


def step1_load() -> float:
    """Messages per second of CPU time, plan to written trace."""
    prepared = sim.load(ROOT / "scenarios/step1_load.yaml")
    began = time.process_time()
    plan = prepared.plan()
    with patient():
        outcome = simpy_engine.run(plan)
        with tempfile.TemporaryFile() as file:
            written = jsonl.write(file, header.make("step1_load", "0" * 64, plan.model.drawn), outcome.recorder.records())
    took = time.process_time() - began
    counted = metrics(outcome.meter)
    assert written > counted["messages"]["sent"]
    assert counted["checks"] == {"sessions": True, "messages": True, "little": True}
    return float(counted["messages"]["sent"]) / took


def idiomatic_step1() -> float:
    """Messages per second of CPU time of the program written by hand: newcomers with the same holdings."""
    began = time.process_time()
    result = idiomatic.step1_flow(remember=False)
    return result.messages / (time.process_time() - began)


def mm1() -> float:
    """Customers per second of CPU time, no trace."""
    prepared = sim.load(ROOT / "scenarios/mm1.yaml").set({"duration": "60000 s", "actors.customer.arrivals.poisson": "0.9 /s"})
    began = time.process_time()
    done = prepared.run(trace=False)
    return float(done.metrics["sessions"]["completed"]) / (time.process_time() - began)


def idiomatic_mm1() -> float:
    """Customers per second of CPU time of a process per customer and a Resource."""
    began = time.process_time()
    result = idiomatic.mm1(customers=54_000)
    return result.customers / (time.process_time() - began)


@pytest.mark.parametrize(("what", "ours", "theirs"), [
    ("step 1 at load, messages/s", step1_load, idiomatic_step1),
    ("M/M/1, customers/s", mm1, idiomatic_mm1),
])
def test_beside_the_idiomatic_program(benchmark, what, ours, theirs):
    pairs = []

    def both() -> None:
        pairs.append((ours(), theirs()))

    benchmark.pedantic(both, rounds=ROUNDS, warmup_rounds=1)
    mine, other = (statistics.median(column) for column in zip(*pairs[1:], strict=True))
    ratio = statistics.median(a / b for a, b in pairs[1:])
    benchmark.extra_info.update(what=what, ours_per_s=round(mine), idiomatic_per_s=round(other), ratio=round(ratio, 3))
    print(f"\n{what}: {mine:,.0f} beside {other:,.0f} of the idiomatic program, ratio {ratio:.2f} (median of {ROUNDS})")
