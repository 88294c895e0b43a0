"""The same scenario and seed give the same bytes: in any process, under any hash seed, however often."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

import sim
from sim.measure.table import Metrics

PROGRAM = """\
import hashlib, io, sys
import sim
for name, changes in {scenarios!r}.items():
    run = sim.run(name, set=changes, seed=int(sys.argv[1]))
    trace = io.BytesIO()
    run.trace.write(trace)
    print(name, hashlib.sha256(trace.getvalue()).hexdigest(), hashlib.sha256(run.metrics.to_json()).hexdigest())
"""
SCENARIOS = {
    "step1": {},
    "step1_repeat": {},
    "step1_load": {"duration": "10 s", "warm_up": "0 s", "network.default.loss": "5 %"},
    "access": {"duration": "20 s", "warm_up": "0 s"},
    "device": {"duration": "3 min", "warm_up": "0 s"},
    "mm1": {"duration": "100 s", "warm_up": "0 s"},
}


def fingerprints(seed: int, hash_seed: str, folder) -> dict[str, tuple[str, str]]:
    """Hashes of trace and metrics of every scenario, made in a process of its own."""
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(scenarios=SCENARIOS), str(seed)], cwd=folder, check=True,
                          env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True)
    return {name: (trace, metrics) for name, trace, metrics in map(str.split, done.stdout.splitlines())}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return fingerprints(1, "0", tmp_path_factory.mktemp("first"))


@pytest.mark.parametrize("hash_seed", ["1", "4294967295"])
def test_another_hash_seed_in_another_process_gives_the_same_bytes(first, tmp_path, hash_seed):
    assert first == fingerprints(1, hash_seed, tmp_path)
    assert SCENARIOS.keys() == first.keys()


def test_another_seed_gives_other_bytes(first, tmp_path):
    other = fingerprints(2, "0", tmp_path)
    assert all(first[name][0] != other[name][0] and first[name][1] != other[name][1] for name in SCENARIOS)


def bytes_of(run) -> tuple[str, bytes]:
    import io

    trace = io.BytesIO()
    run.trace.write(trace)
    return hashlib.sha256(trace.getvalue()).hexdigest(), run.metrics.to_json()


def test_a_second_run_in_the_same_process_gives_the_same_bytes():
    loaded = sim.load("step1_load").set(SCENARIOS["step1_load"])
    once = loaded.run()
    assert bytes_of(once) == bytes_of(loaded.run())
    assert once == loaded.run()
    assert once != loaded.run(seed=8)
    assert bytes_of(once)[0] != bytes_of(loaded.run(replication=1))[0]


def test_keeping_no_trace_and_watching_the_progress_change_no_metric():
    loaded = sim.load("step1_load").set(SCENARIOS["step1_load"])
    seen: list[float] = []
    assert loaded.run().metrics == loaded.run(trace=False, progress=seen.append).metrics
    assert sorted(seen) == seen
    assert 1.0 == seen[-1]


def test_the_order_of_keys_in_a_file_means_nothing(tmp_path):
    """All but the order of classes, which decides who is who."""
    path = tmp_path / "s.yaml"
    path.write_text("model: queueing/mm1\nactors:\n  server: {work: {job: {exponential: 1 s}}}\n"
                    "  customer: {arrivals: {poisson: 0.5 /s}, timeout: 60 s}\nduration: 100 s\nscenario: s\n")
    one = sim.run(path)
    path.write_text("scenario: s\nduration: 100 s\nmodel: queueing/mm1\nactors:\n  customer: {timeout: 60 s, arrivals: {poisson: 0.5 /s}}\n"
                    "  server: {work: {job: {exponential: 1 s}}}\n")
    assert bytes_of(one) == bytes_of(sim.run(path))


def test_wall_time_stands_in_run_json_and_nowhere_else(tmp_path):
    run = sim.run("step1", out=tmp_path / "x")
    info = json.loads((tmp_path / "x" / "run.json").read_text())
    assert run.info == info
    assert info["wall_time_s"] >= 0
    assert {"scenario", "scenario_sha256", "model", "seed", "replication", "engine", "version", "python", "wall_time_s",
            "stopped_at_s", "model_sha256"} == info.keys()
    assert info["scenario_sha256"] == run.trace.header["scenario_sha256"]
    words = set(names_in(json.loads((tmp_path / "x" / "metrics.json").read_text())))
    assert not {word for word in words if "wall" in word or word in info}


def names_in(data):
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from names_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from names_in(value)


def test_runs_are_compared_by_what_they_are_not_by_how_long_they_took():
    one, other = sim.run("step1"), sim.run("step1")
    assert one == other
    assert isinstance(one.metrics, Metrics)
    assert one.info is not other.info
