"""Running a study: the same bytes with any number of workers and any order, the same chance in every cell, and what can end it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made_studies import SHORT, here

import sim
from sim.engines import compiler
from sim.engines.faults import RunFault
from sim.language.faults import Faults
from sim.study.engine import COMPILED_FROM, KEPT_FROM
from sim.study.execution.pool import run_local
from sim.study.grid import grid_of
from sim.study.replicate import Engines
from sim.study.studying import study

MM1 = {"study": {"replications": 3, "vary": {"actors.customer.arrivals": {"calm": "0.2 /s", "busy": "0.8 /s"}}}, "duration": "40 s", "warm_up": "0 s"}


@pytest.fixture(scope="module")
def short():
    """The short study of the key flood, run in this process."""
    return study("key_flood", set=SHORT, replications=2, executor=here)


def test_the_same_bytes_with_one_worker_with_two_and_in_this_process():
    one, two, own = (study("mm1", set=MM1, workers=workers, executor=executor)
                     for workers, executor in ((1, run_local), (2, run_local), (1, here)))
    assert one.to_json() == two.to_json() == own.to_json()
    assert one == two == own
    assert study("mm1", set=MM1, seed=9, executor=here) != one


def test_a_replication_of_a_cell_is_the_run_with_its_seed_and_replication(short):
    cell = short.grid.cells[5]
    assert ("token bucket", "flood") == (short.grid.rows[cell.row], short.grid.columns[cell.column])
    changes = {path: value for path, value in cell.settings.items() if not path.startswith("study")}
    metrics = sim.run("key_flood", set=changes, seed=7, replication=1, trace=False).metrics.to_dict()
    assert short.results[5, 1] == {name: value for name, value in metrics.items() if name not in ("series", "checks_detail")}
    assert short.results[5, 0] != short.results[5, 1]


def test_cells_of_a_replication_share_their_chance(short):
    """Common random numbers: as many sessions come whatever protects the manager, and as many messages attack it."""
    for replication in (0, 1):
        for column in (0, 1, 2):
            started = {short.results[3 * row + column, replication]["sessions"]["started"] for row in range(3)}
            sent = {short.results[3 * row + column, replication]["attack"]["sent"] for row in range(3)}
            assert (1, 1) == (len(started), len(sent))
    assert short.results[0, 0]["sessions"]["started"] != short.results[0, 1]["sessions"]["started"]
    calm, crowd = (short.results[cell, 0]["sessions"]["started"] for cell in (0, 1))
    assert 2.4 * calm < crowd < 3.6 * calm


def test_the_matrix_of_the_short_key_flood(short):
    """What each mitigation does to honest success, ordered with margins."""
    flood = {row: short.cell(row, "flood").estimates[0].mean for row in short.grid.rows}
    assert flood["none"] + 0.2 < flood["stateless keys"]
    assert flood["none"] + 0.05 < flood["token bucket"]
    assert all(short.cell(row, "no attack").estimates[0].mean > 0.9 for row in short.grid.rows)
    assert short.cell("stateless keys", "flood").estimates[0].difference.low > 0
    memory = {row: short.cell(row, "flood").estimates[2].mean for row in short.grid.rows}
    assert 5 * memory["stateless keys"] < memory["none"]


@pytest.mark.long
def test_the_answer_of_the_key_flood():
    """What the head of scenarios/key_flood.yaml says, with margins."""
    done = study("key_flood", replications=2)
    found = {(row, column): done.cell(row, column).estimates[0].mean for row in done.grid.rows for column in done.grid.columns}
    small, large, sybils = "flood 400 /s", "flood 4,000 /s", "20,000 Sybils"
    assert all(found[row, "no attack"] > 0.98 for row in done.grid.rows)
    assert found["none", small] < 0.1
    assert found["token bucket", small] > found["sliding window", small] + 0.2 > found["none", small] + 0.4
    assert found["token bucket", large] > found["sliding window", large] + 0.2 > found["none", large] + 0.4
    assert max(found["token bucket", sybils], found["sliding window", sybils]) < 0.05
    for row in ("bulkhead", "CoDel"):
        assert found["none", small] + 0.3 < found[row, small] < 0.95
        assert found[row, large] < found[row, small] - 0.2
    assert min(found["stateless keys", column] for column in (small, large, sybils)) > 0.98
    assert abs(found["key expiry", small] - found["none", small]) < 0.05
    memory = {row: done.cell(row, small).estimates[2].mean for row in ("none", "key expiry")}
    assert memory["key expiry"] < memory["none"] / 2
    assert all(0.9 < found[row, "flash crowd"] < found["none", "flash crowd"] - 0.005 for row in ("token bucket", "sliding window"))


def engines(grid, engine="auto", *, is_here=True):
    chosen = Engines(grid, engine, is_here=is_here)
    return {chosen.of(grid.check(cell)) for cell in range(len(grid.cells))}


def test_load_is_compiled_and_little_is_not(monkeypatch):
    monkeypatch.setattr(compiler, "is_kept", lambda: False)
    assert {"compiled"} == engines(grid_of("key_flood", replications=10))
    assert {"simpy"} == engines(grid_of("key_flood", replications=10), "simpy")
    assert {"simpy"} == engines(grid_of("key_flood", SHORT, replications=2))
    assert KEPT_FROM < sum(each.messages for each in grid_of("key_flood", SHORT).checked) * 2 < COMPILED_FROM
    with pytest.raises(Faults, match="engine: got 'fast'; expected auto, simpy or compiled"):
        engines(grid_of("key_flood", SHORT), "fast")


def test_where_machine_code_is_kept_less_is_compiled(monkeypatch):
    monkeypatch.setattr(compiler, "is_kept", lambda: True)
    assert {"compiled"} == engines(grid_of("key_flood", SHORT, replications=2))
    assert {"simpy"} == engines(grid_of("key_flood", SHORT, replications=2), is_here=False)  # what a cluster keeps is not known
    assert {"simpy"} == engines(grid_of("mm1", MM1, replications=2))


@pytest.mark.parametrize(("options", "said"), [
    ({"workers": 0}, "workers: got 0; expected a whole number from 1 to 1024"), ({"workers": True}, "workers: got true"),
    ({"workers": 2.0}, "workers: got 2.0"), ({"seed": -1}, "seed: got -1; expected a whole number from 0 to"),
    ({"replications": 1}, "replications: got 1; expected at least 2"), ({"engine": "fast"}, "engine: got 'fast'")], ids=str)
def test_options_that_are_none(options, said):
    with pytest.raises(Faults) as caught:
        study("mm1", set=MM1, executor=here, **options)
    assert str(caught.value).startswith(said)


def test_what_is_loaded_and_changed_is_studied_as_it_is():
    loaded = sim.load("mm1").set({"warm_up": "0 s", "duration": "40 s"}).set({"study": MM1["study"], "actors.server.servers": 2})
    one = sim.study(loaded, workers=1, set={"actors.server.servers": 3})
    assert one.to_json() == sim.study("mm1", workers=1, set={**MM1, "actors.server.servers": 3}).to_json()
    assert one.to_json() != sim.study(loaded, workers=1).to_json()
    assert sim.run(loaded, seed=3).metrics == loaded.run(seed=3).metrics


def test_progress_goes_from_nothing_to_all():
    seen = []
    study("mm1", set=MM1, executor=here, progress=seen.append)
    assert pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1]) == seen


def test_a_study_of_data_from_python_with_numbers_of_numpy_leaves_a_folder(tmp_path):
    import numpy as np

    data = {"scenario": "x", "model": "queueing/mm1", "duration": "20 s", "actors": {
        "customer": {"arrivals": "1 /s", "timeout": "9 s"}, "server": {"work": {"job": "0.5 s"}}},
        "study": {"replications": 2, "vary": {"actors.server.servers": [1, 2]}}}
    changes = {"actors.customer.population": np.int64(7), "study.level": "50 %"}
    done = sim.study(data, seed=np.int64(5), workers=1, out=tmp_path / "s", set=changes)
    assert (5, 4) == (done.seed, len(done.results))
    assert {"actors.customer.population": 7} == json.loads((tmp_path / "s" / "run.json").read_text())["set"]  # the level stands in scenario.yaml
    assert done.to_json() == (tmp_path / "s" / "study.json").read_bytes()
    with pytest.raises(Faults, match="this folder holds a study already"):
        sim.study(data, workers=1, out=tmp_path / "s")


# -- what ends it ------------------------------------------------------------------------------------------------------


def interrupted_after(finished):
    def executor(jobs, workers):
        for done, pair in enumerate(here(list(jobs), workers)):
            if done == finished:
                raise KeyboardInterrupt
            yield pair

    return executor


def test_ctrl_c_keeps_what_is_finished():
    stopped, whole = study("mm1", set=MM1, executor=interrupted_after(4)), study("mm1", set=MM1, executor=here)
    assert (True, False) == (stopped.stopped, whole.stopped)
    assert 4 == len(stopped.results)
    assert all(whole.results[key] == result for key, result in stopped.results.items())
    assert "4 of 6 runs were finished" in str(stopped.table)
    assert "over 2 replications" in str(stopped.table)


def test_ctrl_c_before_anything_is_finished_leaves_nothing():
    with pytest.raises(KeyboardInterrupt):
        study("mm1", set=MM1, executor=interrupted_after(0))


MODEL = "diagram: x\nparticipants: {a: A, b: B}\nsequence:\n  - a -> b: GET it\n    id: ask\n  - b --> a: 200 OK\n    id: ok\n"
ACTORS = """\
import os
from pathlib import Path

from sim.protocol.actor import Actor, Request, sends


class A(Actor):
    @sends("ask")
    def ask(self, turn):
        print("printed")
        %s
        return Request("GET", "https://b.example/")
"""
SCENARIO = """\
scenario: Own
model: m.yaml
duration: 4 s
actors: {a: {population: 10, arrivals: {constant: 1 /s}, timeout: 1 s}}
study: {replications: 2, vary: {actors.a.population: [1, 2]}}
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A scenario whose actor's code does what a test wants."""

    def write(code="pass"):
        (tmp_path / "m.yaml").write_text(MODEL)
        (tmp_path / "actors.py").write_text(ACTORS % code)
        (tmp_path / "s.yaml").write_text(SCENARIO)
        return tmp_path / "s.yaml"

    monkeypatch.chdir(tmp_path)
    return write


def test_what_actors_print_disturbs_no_worker(own, capfd):
    assert 4 == len(study(own(), workers=2).results)
    assert "" == capfd.readouterr().out


def test_a_run_that_cannot_go_on_says_which_it_was(own):
    with pytest.raises(RunFault, match=r"^in the cell '[12]' / 'all', replication [01]: .*actors\.py.*no good"):
        study(own("raise ValueError('no good')"), workers=2)


def test_a_worker_that_is_killed_is_no_hang(own):
    with pytest.raises(RunFault, match=r"^in the cell '1' / 'all', replication 0: its process was killed; is there too little memory for it\?"):
        study(own("os.kill(os.getpid(), 9)"), workers=2)


LEFT = """\
from sim.study.execution.pool import run_local
from sim.study.studying import study

def first_only(jobs, workers):
    for pair in run_local(jobs, workers):
        yield pair
        %s

study("s.yaml", workers=2, executor=first_only)
"""


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"  # Z: ended, and nobody has asked how
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("ending", ["raise RuntimeError('over')", "import os; os.kill(os.getpid(), 15)", "import os; os.kill(os.getpid(), 9)"])
def test_no_process_is_left_behind(own, ending):
    path = own("Path(str(os.getpid())).touch(); import time; time.sleep(0.05)")
    script = path.parent / "script.py"
    script.write_text(LEFT % ending)
    done = subprocess.run([sys.executable, script], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(Path(sim.__file__).parents[1])})
    assert done.returncode != 0
    pids = [int(each.name) for each in path.parent.iterdir() if each.name.isdigit()]
    assert 1 <= len(pids) <= 2
    for _ in range(40):
        if not any(map(is_running, pids)):
            return
        time.sleep(0.5)
    pytest.fail(f"{pids} are still there")


@pytest.mark.parametrize("before", ["", "import sim.study.grid\n"])
def test_an_argument_that_study_does_not_take_is_told_of_study(before):
    """Whether the function is called, or the package that takes its place."""
    script = f"import sim\n{before}try:\n    sim.study('mm1', foo=3)\nexcept TypeError as error:\n    print(error)\n"
    root = Path(sim.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(root)})
    assert "study() got an unexpected keyword argument 'foo'\n" == done.stdout


def test_a_script_needs_no_guard_around_its_main_part(own):
    path = own()
    script = path.parent / "script.py"
    script.write_text("import sim\nprint(len(sim.study('s.yaml', workers=2).results))\nimport sim.study.run\nprint(len(sim.study('s.yaml').results))\n")
    root = Path(sim.__file__).parents[1]
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(root)})
    assert "4\n4\n" == done.stdout


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_the_command_with_what_is_finished(own, workers):
    path = own("Path('under_way').touch(); import time; time.sleep(0.1)")
    process = subprocess.Popen([sys.executable, "-m", "sim", "study", str(path), "--workers", workers, "--set", "study.replications=100", "--out", "x"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                               env={**os.environ, "PYTHONPATH": str(Path(sim.__file__).parents[1])})
    for _ in range(400):
        if (path.parent / "under_way").exists():
            break
        time.sleep(0.05)
    time.sleep(2)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    out, err = process.communicate(timeout=60)
    assert 1 == process.returncode
    assert "Stopped at " in err
    assert " of 200 runs: these are in x/; the same command goes on.\n" in err
    assert "runs were finished" in out
    assert "Traceback" not in err
    assert (path.parent / "x" / "study.json").is_file()
