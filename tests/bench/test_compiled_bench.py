"""The compiled engine beside other programs and beside itself, side by side in one run: the table that sim/DESIGN.md shows.

    python -m pip install -e '.[bench]'
    python -m pytest tests/bench/test_compiled_bench.py -n 0 -s

Each row is the median of ROUNDS pairs in turn, after a warm-up: in CPU time, the trace in time by the clock, since a second
thread writes it. Nothing is asserted about time.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import bare_loop
import idiomatic

try:
    import cimba_mm1  # before anything is compiled: later, numba would not know what cimba adds to it
except ImportError:
    cimba_mm1 = None

import sim
from sim.engines import compiled, simpy_engine
from sim.engines.garbage import patient
from sim.measure.metrics import metrics
from sim.plan.plan import Plan
from sim.trace import header, parquet

ROOT = Path(__file__).parents[2]
ROUNDS = 5

LOAD = ("step1_load.yaml", {"duration": "20000 s"})
MM1 = ("mm1.yaml", {"duration": "1000000 s", "actors.customer.arrivals.poisson": "0.9 /s"})
FLOOD = ("key_flood_limited.yaml", {
    "actors.authorization_manager.queue.order": "fair",
    "mitigations.authorization_manager": [
        {"token_bucket": {"per": "address", "message": "request_consumer_key", "rate": "30 /min", "burst": 3}},
        {"client_puzzle": {"bits": 10, "message": "request_consumer_key"}}]})


def plan_of(work: tuple[str, dict[str, Any]], **more: Any) -> Plan:
    name, changes = work
    return sim.load(ROOT / "scenarios" / name).set({**changes, **more}).plan()


def done(outcome: Any, what: tuple[str, ...]) -> int:
    counted = metrics(outcome.meter)
    assert counted["checks"] == {"sessions": True, "messages": True, "little": True}
    for key in what:
        counted = counted[key]
    return int(counted)


def per_s(plan: Plan, what: tuple[str, ...] = ("messages", "sent")) -> float:
    """What a compiled run without a trace makes a second."""
    began = time.process_time()
    outcome = compiled.run(plan, sample=0.0)
    return done(outcome, what) / (time.process_time() - began)


def load_per_s() -> float:
    return per_s(plan_of(LOAD))


def by_the_clock_per_s() -> float:
    """The same, by the clock."""
    plan = plan_of(LOAD)
    began = time.perf_counter()
    outcome = compiled.run(plan, sample=0.0)
    return done(outcome, ("messages", "sent")) / (time.perf_counter() - began)


def parquet_per_s() -> float:
    """The same with its whole trace in a Parquet file."""
    plan = plan_of(LOAD)
    about = header.make("step1_load", "0" * 64, plan.model.drawn)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        outcome = compiled.run(plan, encode=about)
        parquet.write(Path(folder) / "trace.parquet", about, outcome.recorder.records())
        return done(outcome, ("messages", "sent")) / (time.perf_counter() - began)


def idiomatic_per_s() -> float:
    began = time.process_time()
    return idiomatic.step1_flow(remember=False).messages / (time.process_time() - began)


def flood_per_s() -> float:
    return per_s(plan_of(FLOOD))


def simpy_flood_per_s() -> float:
    """The SimPy engine without payloads (so without signing and hashing) and without a trace."""
    plan = plan_of(FLOOD)
    began = time.process_time()
    with patient():
        outcome = simpy_engine.run(plan, payloads=False, sample=0.0)
    return done(outcome, ("messages", "sent")) / (time.process_time() - began)


def customers_per_s() -> float:
    return per_s(plan_of(MM1), ("sessions", "completed"))


def cimba_customers_per_s() -> float:
    if cimba_mm1 is None:
        pytest.skip("cimba is not installed (pip install -e '.[bench]')")
    return float(cimba_mm1.customers_per_s(1e6))


def messages_10_to_6_per_s() -> float:
    """Five runs, so that the clock can tell."""
    plan = plan_of(LOAD, duration="8500 s")
    return statistics.median(per_s(plan) for _ in range(5))


def messages_10_to_8_per_s() -> float:
    return per_s(plan_of(LOAD, duration="850000 s"))


Rate = Callable[[], float]


@pytest.mark.parametrize(("what", "ours", "theirs", "goal", "rounds"), [
    ("step 1 at load, beside the idiomatic SimPy program", load_per_s, idiomatic_per_s, 50, ROUNDS),
    ("step 1 at load, beside the bare numba loop", load_per_s, bare_loop.messages_per_s, 0.4, ROUNDS),
    ("key flood, bucket, fair queue, puzzle, beside the SimPy engine", flood_per_s, simpy_flood_per_s, 30, ROUNDS),
    ("M/M/1, beside cimba", customers_per_s, cimba_customers_per_s, 0.6, ROUNDS),
    ("10^8 messages, beside 10^6", messages_10_to_8_per_s, messages_10_to_6_per_s, 0.7, 1),
    ("whole Parquet trace, beside none", parquet_per_s, by_the_clock_per_s, 0.4, ROUNDS),
], ids=lambda value: value if isinstance(value, str) else "")
def test_beside(what: str, ours: Rate, theirs: Rate, goal: float, rounds: int) -> None:
    if rounds > 1:
        ours()
        theirs()
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"\n| {what} | {mine:,.0f} /s | {other:,.0f} /s | {ratio:.2f} | {goal:g} |")
