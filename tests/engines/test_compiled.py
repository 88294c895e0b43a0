"""The compiled engine as a machine: it can be stopped, it counts as theory says, and it never runs old code."""

import gc
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from sim.engines import compiled, compiler, garbage
from sim.engines.faults import RunFault
from sim.engines.garbage import patient
from sim.measure.metrics import metrics
from sim.measure.statistics import confidence_interval
from sim.trace.records import SENT_NS

ROOT = Path(sim.__file__).parents[1]
MM1 = ROOT / "scenarios/mm1.yaml"


def test_ctrl_c_stops_the_loop_and_leaves_what_was_counted():
    plan = sim.load(MM1).set({"duration": "200000 s"}).plan()
    asked = []

    def progress(share):
        asked.append(share)
        if share >= 0.5:
            raise KeyboardInterrupt

    outcome = compiled.run(plan, sample=0.01, progress=progress)
    found = metrics(outcome.meter)
    assert asked == sorted(asked)
    assert outcome.stopped_at_ns == pytest.approx(plan.duration_ns / 2, rel=0.01)
    assert found["checks"] == {"sessions": True, "messages": True, "little": True}
    assert found["sessions"]["started"] == pytest.approx(80_000, rel=0.02)
    times = [record[SENT_NS] for record in outcome.trace()]
    assert times == sorted(times)
    assert 0 < max(times) < outcome.stopped_at_ns


def test_it_says_how_far_it_is():
    asked = []
    compiled.run(sim.load(MM1).plan(), sample=0.0, progress=asked.append)
    assert len(asked) >= 100
    assert asked == sorted(asked)
    assert asked[-1] == 1.0


def test_mm1_near_saturation_agrees_with_theory():
    """M/M/1 at rho = 0.9: the mean time in the system is 1 / (1 - 0.9) = 10 s (Kleinrock 1975); replications, 99.9 %."""
    prepared = sim.load(MM1).set({"duration": "1000000 s", "warm_up": "10000 s", "actors.customer.arrivals.poisson": "0.9 /s"})
    means = []
    for replication in range(30):
        run = prepared.run(replication=replication, engine="compiled", trace=False)
        assert run.metrics["checks"] == {"sessions": True, "messages": True, "little": True}
        means.append(run.metrics["stations"]["server"]["sojourn_s"]["mean"])
    interval = confidence_interval(means, 0.999)
    assert interval.relative_half_width <= 0.02
    assert 10.0 in interval


def test_code_is_kept_under_what_goes_into_it(tmp_path):
    """A law that is edited, by a byte, is another program: what was compiled before is not looked at."""
    shutil.copytree(ROOT / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__", "_shipped"))
    ask = "from sim.engines import compiler; print(compiler.source_hash())"

    def told():
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run([sys.executable, "-c", ask], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    before = told()
    assert told() == before
    hashes = {before}
    for name in ("world/backoff.py", "mitigations/token_bucket.py", "measure/accumulators.py", "engines/loop/station.py", "plan/cells.py"):
        with open(tmp_path / "sim" / name, "a") as file:
            file.write("#\n")
        hashes.add(told())
    assert len(hashes) == 6


@pytest.mark.parametrize(("changes", "said"), [
    ({"network.default.latency": {"lognormal": {"median": "50000 d", "p95": "53000 d"}}}, " ns: "),
    ({"actors.customer.arrivals": {"closed": {"think": "0 s"}}, "actors.server.work.job": "0 s"}, "no time passes in a session"),
])
def test_what_a_draw_makes_impossible_stops_both_engines_with_the_same_words(changes, said):
    told = []
    for engine in ("simpy", "compiled"):
        with pytest.raises(RunFault) as caught:
            sim.run(MM1, set={"duration": "5000 s", **changes}, engine=engine)
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert said in told[0]


def test_machine_code_that_nobody_uses_any_more_is_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept = tmp_path / "diagram-sim"
    now = time.time()
    for name, days in (("compiled-old", 31), ("compiled-recent", 29), ("something-else", 400)):
        (kept / name).mkdir(parents=True)
        (kept / name / "code.nbc").write_bytes(b"0")
        os.utime(kept / name, (now - 86_400 * days,) * 2)
    compiler.cache_folder.cache_clear()
    mine = compiler.cache_folder()
    assert mine.parent == kept
    assert sorted(folder.name for folder in kept.iterdir()) == sorted([mine.name, "compiled-recent", "something-else"])
    compiler.cache_folder.cache_clear()


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize("trace", [False, True])
def test_a_run_that_nobody_holds_any_more_takes_no_memory(engine, trace):
    """Without the collector of cycles, which looks rarely: studies make thousands of runs in one process."""
    prepared = sim.load(MM1).set({"duration": "20 s", "warm_up": "0 s"})
    prepared.run(engine=engine)
    gc.collect()
    gc.disable()
    try:
        before = large()
        run = prepared.run(engine=engine, trace=trace)
        assert (large() > before) == trace
        del run
        assert large() == before
    finally:
        gc.enable()


def large():
    """How many there are of what holds the numbers and the records of a run."""
    return sum(type(each).__name__ in ("Meter", "Recorder", "Recorded", "Machine", "Follower", "_Tables", "DrawnTrace")
               for each in gc.get_objects())


class Link:
    """Something that holds itself."""

    def __init__(self):
        self.itself = self


def links():
    return sum(type(each) is Link for each in gc.get_objects())


def test_what_runs_leave_is_looked_for_in_the_end(monkeypatch):
    """Many young objects of a run are put aside unvisited; cycles among them are not there for ever."""
    monkeypatch.setattr(garbage, "_aside", 0)
    with patient():
        for _ in range(30_000):
            Link()
    assert links() == 30_000
    with patient():
        kept = [[] for _ in range(2_000_000)]
    assert (len(kept), links()) == (2_000_000, 0)
