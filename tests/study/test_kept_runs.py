"""Runs that are kept: a study goes on where it stopped, a wider one runs only what is new, several processes share one, and no byte differs."""

import gzip
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made_studies import here

import sim
from sim.language.faults import Faults
from sim.study.execution import address, kept
from sim.study.execution.kept import Kept
from sim.study.prepare import prepare
from sim.study.studying import study

STUDY = """\
scenario: Queues
model: queueing/mm1
duration: {duration}
seed: 3
actors:
  customer: {{arrivals: {{poisson: 0.5 /s}}, population: 10, timeout: 60 s}}
  server: {{work: {{job: {{exponential: 1 s}}}}}}
study:
  replications: {replications}
  vary: {{actors.customer.population: [{populations}], actors.server.servers: [1, 2, 3, 4, 5]}}
"""


@pytest.fixture
def queues(tmp_path, monkeypatch):
    """``queues(populations, ...)`` writes a study of five cells for each of so many populations, each over in an instant."""

    def write(populations=2, replications=2, duration="20 s"):
        (tmp_path / "queues.yaml").write_text(STUDY.format(populations=", ".join(map(str, range(1, populations + 1))), replications=replications, duration=duration))
        return "queues.yaml"

    monkeypatch.chdir(tmp_path)
    return write


class Counting:
    """Runs jobs in this process, and counts them."""

    def __init__(self):
        self.runs = 0

    def __call__(self, jobs, workers):
        for pair in here(jobs, workers):
            self.runs += 1
            yield pair


def counted(file, **options):
    executor = Counting()
    return study(file, executor=executor, kept="kept", **options), executor.runs


def test_what_is_kept_is_not_run_again_and_has_the_same_bytes(queues):
    plain = study(queues(), executor=here)
    first, ran = counted(queues())
    again, ran_again = counted(queues())
    assert (20, 0) == (ran, ran_again)
    assert (0, 20) == (first.info["kept_before"], again.info["kept_before"])
    assert plain.to_json() == first.to_json() == again.to_json()
    assert dict(plain.results) == dict(again.results)


def test_a_wider_study_runs_only_what_is_new(queues):
    assert 20 == counted(queues())[1]
    assert 10 == counted(queues(populations=3))[1]
    assert 15 == counted(queues(populations=3, replications=3))[1]
    assert 0 == counted(queues(populations=1, replications=2))[1]


@pytest.mark.parametrize("change", [{"duration": "21 s"}, {"seed": 4}, {"actors.server.work.job": "1 s"}, {"warm_up": "1 s"}], ids=str)
def test_whatever_decides_a_run_is_in_its_address(queues, change):
    counted(queues())
    assert 20 == counted(queues(), set=change)[1]


@pytest.mark.parametrize("change", [{"trace": "none"}, {"study.question": "Why?"}, {"study.level": "50 %"}, {"about": ""}], ids=str)
def test_whatever_does_not_is_not(queues, change):
    counted(queues())
    assert 0 == counted(queues(), set=change)[1]


def test_a_changed_model_or_mitigation_is_another_run(queues, tmp_path):
    (tmp_path / "m.yaml").write_text("diagram: x\nparticipants: {a: A, b: B}\nsequence:\n  - a -> b: GET it\n  - b --> a: 200 OK\n")
    (tmp_path / "own.py").write_text('"""Lets everybody in.\n\nSource: nobody."""\nPARAMETERS = ()\n\n\ndef at_take_up(ints, floats, row, event):\n    """Pass."""\n    return 0\n')
    scenario = {"scenario": "x", "model": str(tmp_path / "m.yaml"), "duration": "1 s", "actors": {"a": {"arrivals": "1 /s"}, "b": {}}, "mitigations": {"b": [{str(tmp_path / "own.py"): {}}]}}
    seen = {address.of_scenario(prepare(scenario))}
    for file in ("m.yaml", "own.py", "actors.py", "beside.py"):
        path = tmp_path / file
        text = path.read_text() if path.exists() else "from sim.protocol.actor import Actor\n\n\nclass A(Actor):\n    pass\n\n\nclass B(Actor):\n    pass\n"
        path.write_text(text.replace("in.", "in!").replace("GET it", "GET that"))
        seen.add(address.of_scenario(prepare(scenario)))
    assert 5 == len(seen)
    assert len({address.of_run("a", 1, 2), address.of_run("a", 2, 1), address.of_run("a", 1, 2, series=True), address.of_run("b", 1, 2)}) == 4


def test_a_damaged_run_is_run_again(queues, tmp_path):
    counted(queues())
    files = sorted((tmp_path / "kept").glob("*/*.json.gz"))
    assert 20 == len(files)
    files[0].write_bytes(files[0].read_bytes()[:100])
    files[1].write_bytes(b"")
    files[2].write_bytes(gzip.compress(b"[1]"))
    assert 3 == counted(queues())[1]
    assert 0 == counted(queues())[1]


# -- what a folder may be ----------------------------------------------------------------------------------------------


def test_another_version_keeps_its_runs(queues, tmp_path):
    counted(queues())
    mark = tmp_path / "kept" / kept.MARK
    mark.write_text(json.dumps({"kind": "kept runs", "format": 2}))
    before = sorted((tmp_path / "kept").rglob("*"))
    with pytest.raises(Faults, match=r"^kept/kept\.json: format: got 2: another version keeps its runs here; expected format 1; another folder \(kept=\.\.\.\) leaves these"):
        counted(queues())
    mark.write_text("{")
    with pytest.raises(Faults, match="this does not say what the folder holds"):
        counted(queues())
    assert before == sorted((tmp_path / "kept").rglob("*"))


def test_somebody_elses_folder_is_left_alone(queues, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine.txt").write_text("mine")
    with pytest.raises(Faults, match=r"^kept: this folder holds something else than finished runs; expected an empty folder, or another"):
        counted(queues())
    with pytest.raises(Faults, match=r"^queues\.yaml: this is a file; expected the name of a folder"):
        study(queues(), executor=here, kept="queues.yaml")


def test_a_full_disk_ends_it_and_loses_nothing(queues, tmp_path, monkeypatch):
    written, space = kept.write_whole, [7]

    def until_full(path, data):
        if path.name != kept.MARK:
            space[0] -= 1
            if space[0] < 0:
                raise kept.cannot_write(path, OSError(28, "No space left on device"))
        return written(path, data)

    monkeypatch.setattr(kept, "write_whole", until_full)
    with pytest.raises(Faults, match="cannot be written: no space left on device"):
        counted(queues())
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    done, ran = counted(queues())
    assert (13, 20) == (ran, len(done.results))


# -- several processes -------------------------------------------------------------------------------------------------

ROOT = Path(sim.__file__).parents[1]


def command(*words):
    return subprocess.Popen([sys.executable, "-m", "sim", "study", "queues.yaml", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def test_a_study_of_200_cells_killed_three_times_is_the_same_as_one_never_killed(queues, tmp_path):
    queues(populations=40, duration="5 s")
    whole = study("queues.yaml", executor=here)
    chance = random.Random(5)
    runs = []
    for workers in "211":
        process = command("--workers", workers, "--out", "x")
        begun, wanted = len(runs), chance.randint(20, 110)
        while len(runs) < begun + wanted and process.poll() is None:
            time.sleep(0.01)
            runs = list((tmp_path / "studies" / ".kept").glob("*/*.json.gz"))
        os.killpg(process.pid, 9)
        process.communicate()
        assert not (tmp_path / "x").exists()
        runs = list((tmp_path / "studies" / ".kept").glob("*/*.json.gz"))
        assert begun < len(runs) < 400
    process = command("--workers", "2", "--out", "x")
    _out, err = process.communicate(timeout=120)
    assert (0, 1, True) == (process.returncode, len(err.splitlines()), err.startswith("sim: 200 cells, ")), err
    assert len(runs) <= json.loads((tmp_path / "x" / "run.json").read_text())["kept_before"] < 400
    whole.save("y")
    for name in ("study.json", "cells.csv", "replications.csv", "table.txt"):
        assert (tmp_path / "x" / name).read_bytes() == (tmp_path / "y" / name).read_bytes(), name


def test_two_processes_work_on_one_study(queues, tmp_path):
    queues(populations=20)
    both = [command("--workers", "1", "--out", name) for name in "xy"]
    for process in both:
        _out, err = process.communicate(timeout=120)
        assert (0, 1, True) == (process.returncode, len(err.splitlines()), err.startswith("sim: ")), err
    took = [json.loads((tmp_path / name / "run.json").read_text())["kept_before"] for name in "xy"]
    assert 150 < sum(took) <= 200, took  # of 200 runs each: hardly one was done twice
    assert (tmp_path / "x" / "study.json").read_bytes() == (tmp_path / "y" / "study.json").read_bytes()


def test_of_three_each_begins_elsewhere(tmp_path):
    store = Kept(tmp_path / "kept")
    store.begin()
    with store.at_work("ab") as first, store.at_work("ab") as second, store.at_work("ab") as third:
        assert (0, 1, 2) == (first, second, third)
    with store.at_work("ab") as first:
        assert 0 == first
