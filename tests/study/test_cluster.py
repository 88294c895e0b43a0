"""A Dask cluster runs a study to the same bytes; what can be wrong with one is said in a line or two, and nothing is lost."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from sim.engines.faults import RunFault
from sim.language.faults import Faults
from sim.study.execution import cluster
from sim.study.studying import study

ROOT = Path(sim.__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_LOGGING__DISTRIBUTED": "warning"}
MM1 = {"study": {"replications": 3, "vary": {"actors.customer.arrivals": {"calm": "0.2 /s", "busy": "0.8 /s"}}}, "duration": "40 s", "warm_up": "0 s"}


def dask(*words, folder):
    return subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]], cwd=folder, env=ENVIRONMENT,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class Cluster:
    """A scheduler and its workers, each a process of its own, as somebody starts them on machines."""

    def __init__(self, folder, workers=2):
        file = folder / "scheduler.json"
        self.processes = [dask("scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file), folder=folder)]
        until(file.exists)
        until(lambda: "tcp://" in file.read_text())
        self.address = re.search(r"tcp://[\d.]+:\d+", file.read_text())[0]
        self.processes += [dask("worker", self.address, "--nthreads", "1", "--no-dashboard", "--no-nanny", folder=folder)
                           for _ in range(workers)]
        if workers:
            from distributed import Client

            with Client(self.address, timeout=30) as client:
                client.wait_for_workers(workers, timeout=60)

    def close(self):
        for process in reversed(self.processes):
            process.kill()
            process.communicate()


def until(happens, seconds=60):
    for _ in range(20 * seconds):
        if happens():
            return
        time.sleep(0.05)
    raise TimeoutError


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    yield started
    started.close()


def test_a_cluster_of_two_gives_the_same_bytes_as_one_worker_and_two(two_workers, tmp_path):
    done = [study("mm1", set=MM1, **options) for options in ({"scheduler": two_workers.address}, {"workers": 1}, {"workers": 2})]
    for number, each in enumerate(done):
        each.save(tmp_path / str(number))
    for name in ("study.json", "cells.csv", "replications.csv", "table.txt"):
        assert len({(tmp_path / str(number) / name).read_bytes() for number in range(3)}) == 1, name


def test_a_model_of_ones_own_is_found_by_workers_elsewhere(two_workers, tmp_path, monkeypatch):
    (tmp_path / "own.yaml").write_text("diagram: x\nparticipants: {a: A, b: B}\nsequence:\n  - a -> b: GET it\n  - b --> a: 200 OK\n")
    (tmp_path / "mine.py").write_text('"""Lets everybody in.\n\nSource: nobody."""\nPARAMETERS = ()\n\n\ndef at_take_up(ints, floats, row, event):\n    """Pass."""\n    return 0\n')
    (tmp_path / "s.yaml").write_text("scenario: x\nmodel: own.yaml\nduration: 4 s\nactors: {a: {arrivals: 1 /s, timeout: 1 s}}\n"
                                     "mitigations: {b: [mine.py: {}]}\nstudy: {replications: 2, vary: {actors.a.population: [1, 2]}}\n")
    monkeypatch.chdir(tmp_path)
    assert study("s.yaml", scheduler=two_workers.address).to_json() == study("s.yaml", workers=1).to_json()


def test_a_failed_run_is_told_from_a_cluster_too(two_workers):
    changes = {**MM1, "actors.server.work.job": {"pareto": {"minimum": "1 s", "alpha": 0.001}}}
    with pytest.raises(RunFault, match=r"^in the cell 'calm' / 'all', replication 0: "):
        study("mm1", set=changes, scheduler=two_workers.address)


@pytest.mark.parametrize(("address", "said"), [
    ("tcp://127.0.0.1:9", "tcp://127.0.0.1:9: scheduler: there is no scheduler"), ("nowhere", "nowhere: scheduler: there is no scheduler"),
    ("http://127.0.0.1:9", "http://127.0.0.1:9: scheduler: there is no scheduler")])
def test_a_scheduler_that_is_not_there(address, said, monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE_S", 1)
    with pytest.raises(Faults) as caught:
        study("mm1", set=MM1, scheduler=address)
    assert str(caught.value).startswith(said)
    assert 1 == len(str(caught.value).splitlines())


def test_a_scheduler_without_workers_and_workers_without_us(tmp_path, monkeypatch, two_workers):
    alone = Cluster(tmp_path, workers=0)
    try:
        with pytest.raises(Faults, match=r"scheduler: this scheduler has no workers; expected some: 'dask worker tcp://[\d.:]+' starts one"):
            study("mm1", set=MM1, scheduler=alone.address)
    finally:
        alone.close()
    monkeypatch.setattr(cluster, "_version", lambda: f"diagram-sim {os.getpid()}")
    with pytest.raises(Faults, match=r"scheduler: the worker tcp://.* has diagram-sim .*; expected diagram-sim \d+ everywhere"):
        study("mm1", set=MM1, scheduler=two_workers.address)


def test_workers_or_a_scheduler_and_not_both():
    with pytest.raises(Faults, match="workers: the cluster has its own; expected workers or a scheduler, not both"):
        study("mm1", set=MM1, scheduler="tcp://127.0.0.1:9", workers=2)


@pytest.mark.parametrize("victim", ["scheduler", "workers"])
def test_what_is_finished_stays_when_a_cluster_dies(tmp_path, monkeypatch, victim):
    monkeypatch.setattr(cluster, "_PATIENCE_S", 3)
    doomed = Cluster(tmp_path)
    try:
        def kill(share):
            if share > 0.2:
                for process in doomed.processes[:1] if victim == "scheduler" else doomed.processes[1:]:
                    process.kill()

        changes = {**MM1, "study.replications": 30}
        with pytest.raises(RunFault, match=r"^the cluster at tcp://.* is gone \(.*\): what was finished is kept; the same command goes on from there$"):
            study("mm1", set=changes, scheduler=doomed.address, kept=tmp_path / "kept", progress=kill)
    finally:
        doomed.close()
    again = study("mm1", set=changes, workers=1, kept=tmp_path / "kept")
    assert again.info["kept_before"] >= 12
    assert again.to_json() == study("mm1", set=changes, workers=1).to_json()
