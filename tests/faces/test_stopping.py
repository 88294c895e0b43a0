"""Ctrl-C, a reader that goes away, a terminal without Unicode: how the command ends when it is not left alone."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "sim"]
QUIET = {**os.environ, "PYTHONUNBUFFERED": "1"}


def started(here: Path, *words: str, **options) -> subprocess.Popen:
    return subprocess.Popen([*COMMAND, *words], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} never came")


# A model whose actor says when the run is under way, so that the signal comes in the middle of it.
MODEL = "diagram: x\nparticipants: {a: A, b: B}\nsequence:\n  - a -> b: GET it\n    id: ask\n  - b --> a: 200 OK\n    id: ok\n"
ACTORS = """\
import time
from pathlib import Path

from sim.protocol.actor import Actor, Request, sends


class A(Actor):
    @sends("ask")
    def ask(self, turn):
        Path("under_way").touch()
        time.sleep(%s)
        return Request("GET", "https://b.example/")
"""
SCENARIO = "scenario: Slow\nmodel: m.yaml\nduration: 100 s\nactors: {a: {population: 10, arrivals: {constant: 20 /s}, timeout: 1 s}}\n"


@pytest.fixture
def slow(here):
    (here / "m.yaml").write_text(MODEL)
    (here / "actors.py").write_text(ACTORS % 0.002)
    (here / "s.yaml").write_text(SCENARIO)
    return here


def test_ctrl_c_leaves_what_had_happened_by_then_and_says_so(slow):
    process = started(slow, "run", "s.yaml", "--out", "x")
    wait_for(slow / "under_way")
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert 1 == process.returncode
    stopped_at = json.loads((slow / "x" / "run.json").read_text())["stopped_at_s"]
    assert f"Stopped at {stopped_at:g} s of 100 s: what had happened by then is in x/.\n" == err.decode()
    assert b"sessions merged" in out
    metrics = json.loads((slow / "x" / "metrics.json").read_text())
    assert {"little": True, "messages": True, "sessions": True} == metrics["checks"]
    assert 0 < metrics["sessions"]["started"] < 2000
    assert ["actors.py", "m.yaml", "s.yaml", "under_way", "x"] == sorted(path.name for path in slow.iterdir())


def test_a_second_ctrl_c_waits_for_nothing_and_leaves_nothing(slow):
    (slow / "actors.py").write_text(ACTORS % 1000)
    process = started(slow, "run", "s.yaml", "--out", "x")
    wait_for(slow / "under_way")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (1, b"") == (process.returncode, out)
    assert b"second Ctrl-C" in err
    assert b"Traceback" not in err
    assert not (slow / "x").exists()


def test_a_process_that_is_ended_from_outside_leaves_nothing_half_written(slow):
    (slow / "actors.py").write_text(ACTORS % 0.02)
    process = started(slow, "run", "s.yaml", "--out", "x")
    wait_for(slow / "under_way")
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert (128 + signal.SIGTERM, b"", b"") == (process.returncode, out, err)
    assert ["actors.py", "m.yaml", "s.yaml", "under_way"] == sorted(path.name for path in slow.iterdir())


def test_ctrl_c_outside_a_run_leaves_nothing(sim, here, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.study.folder._fill", interrupted)
    left = sim("run", "step1", "--quiet", "--out", "x")
    assert (1, "", "Stopped: nothing was written.\n") == (left.code, left.out, left.err)
    assert [] == list(here.iterdir())


@pytest.mark.parametrize("words", [("list",), ("diagram", "protectserve/step1"), ("schema",), ("diagram", "step1", "-f", "svg")])
def test_a_reader_that_has_had_enough_is_no_fault(here, words):
    process = started(here, *words)
    process.stdout.close()
    assert b"" == process.stderr.read()
    process.stderr.close()
    assert 0 == process.wait(timeout=30)


def test_a_terminal_without_unicode_shows_what_it_can(here):
    done = subprocess.run([*COMMAND, "diagram", "protectserve/step1"], cwd=here, capture_output=True, check=False,
                          env={**QUIET, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"})
    assert (0, b"") == (done.returncode, done.stderr)
    assert b'Consumer key "ck" and secret "cks"' in done.stdout
    assert done.stdout.isascii()


def test_python_m_sim_and_a_fault_in_a_process_of_its_own(here):
    done = subprocess.run([*COMMAND, "run", "nowhere.yaml"], cwd=here, capture_output=True, check=False, text=True)
    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("nowhere.yaml: there is no scenario 'nowhere.yaml'; expected a path, or access, ")
