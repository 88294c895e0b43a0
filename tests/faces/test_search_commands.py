"""The commands ``sim breaking-point`` and ``sim tune``: what they print, their folders, their exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from face import snapshot

import sim as package

SCENARIO = """\
scenario: A server in a flood
model: queueing/mm1
duration: 20 s
seed: 3
actors:
  customer: {arrivals: {poisson: 2 /s}, population: 100, timeout: 9 s}
  server: {queue: {capacity: 5}, work: {job: {exponential: 50 ms}}}
attacks:
  - {name: flood, sends: job, rate: {constant: 10 /s}, during: [0 s, 20 s]}
study:
  replications: 2
  vary: {mitigations.server: {none: [], limit: [{token_bucket: {rate: 1 /s, burst: 2}}]}}
tune:
  row: limit
  parameters: {mitigations.server.0.token_bucket.rate: {from: 6 /min, to: 5 /s, scale: log}}
  minimise: {measure: false_refusals, in: flash crowd}
  keep: [{measure: honest_success_ratio, at_least: 50 %}]
  trials: 4
  replications: 2
"""
BREAK = ("breaking-point", "server.yaml", "--replications", "2", "--from", "1 /s", "--to", "500 /s")


@pytest.fixture
def scenario(here):
    (here / "server.yaml").write_text(SCENARIO)
    return here


def test_breaking_points_are_printed_and_written(sim, scenario):
    left = sim(*BREAK, "--workers", "1")
    assert (0, "sim: 2 rows, 4 breaking points to be found: about 40 runs\n") == (left.code, left.err)
    assert left.out.startswith("A server in a flood: up to which rate of 'flood' honest success stays at 90 % or above\n")
    assert left.out.endswith("\nWritten to studies/server-breaking-point-3/: see breaking_points.png, breaking_points.csv, tried.csv.\n")
    folder = scenario / "studies" / "server-breaking-point-3"
    assert {"scenario.yaml", "breaking_points.json", "breaking_points.csv", "tried.csv", "table.txt", "breaking_points.svg", "breaking_points.png", "run.json"} == {
        path.name for path in folder.iterdir()}
    again = sim(*BREAK, "--json", "--out", "x")
    assert (0, "") == (again.code, again.err)
    assert again.out_bytes == (folder / "breaking_points.json").read_bytes() == (scenario / "x" / "breaking_points.json").read_bytes()
    assert json.loads((scenario / "x" / "run.json").read_text())["kept_before"] == json.loads((folder / "run.json").read_text())["runs"]
    rows = json.loads(again.out_bytes)["points"]
    assert ["none", "limit"] == [row["row"] for row in rows]


def test_the_best_setting_is_printed_and_written(sim, scenario):
    left = sim("tune", "server.yaml", "--workers", "1")
    assert (0, "sim: 4 settings in 3 columns: at most 120 runs\n") == (left.code, left.err)
    assert left.out.endswith("\nWritten to studies/server-tune-3/: see best.yaml, trade_off.png, trials.csv.\n")
    folder = scenario / "studies" / "server-tune-3"
    assert {"scenario.yaml", "tuning.json", "best.yaml", "trials.csv", "cells.csv", "table.txt", "trade_off.svg", "trade_off.png", "run.json"} == {
        path.name for path in folder.iterdir()}
    assert (folder / "best.yaml").read_text().strip() in left.out.replace("\n\n", "\n")
    again = sim("tune", "server.yaml", "--json", "--out", "x")
    assert again.out_bytes == (folder / "tuning.json").read_bytes()
    quiet = sim("tune", "server.yaml", "--quiet", "--anew", "--trials", "2", "--out", "y")
    assert (0, "", "") == (quiet.code, quiet.out, quiet.err)
    assert 2 == len(json.loads((scenario / "y" / "tuning.json").read_text())["trials"])


def test_a_search_that_finds_nothing_that_keeps_the_levels_is_exit_code_1(sim, scenario):
    (scenario / "server.yaml").write_text(SCENARIO.replace("at_least: 50 %", "at_least: 50 %, in: flood").replace("rate: {constant: 10 /s}", "rate: {constant: 500 /s}")
                                          .replace("6 /min, to: 5 /s, scale: log", "400 /s, to: 500 /s"))
    left = sim("tune", "server.yaml", "--workers", "1")
    assert (1, "sim: 4 settings in 3 columns: at most 120 runs\n") == (left.code, left.err)
    assert "None of 4 settings tried keeps the levels." in left.out
    assert left.out.endswith("\nWritten to studies/server-tune-3/: see best.yaml, trade_off.png, trials.csv.\n")
    assert "the exit code is 1 if none does" in " ".join(sim("tune", "--help").out.split())


def test_what_was_found_can_be_pasted(sim, scenario):
    sim("tune", "server.yaml", "--quiet")
    text = SCENARIO[:SCENARIO.index("study:")] + (scenario / "studies" / "server-tune-3" / "best.yaml").read_text()
    (scenario / "pasted.yaml").write_text(text)
    assert 0 == sim("check", "pasted.yaml").code


def test_folders_of_others_are_left_alone(sim, scenario):
    for _ in range(2):
        assert 0 == sim(*BREAK, "--quiet", "--workers", "1").code
    before = snapshot(scenario)
    left = sim("tune", "server.yaml", "--out", "studies/server-breaking-point-3")
    assert (2, "") == (left.code, left.out)
    refused = sim(*BREAK, "--out", "studies/server-breaking-point-3")
    assert "this folder holds a search for breaking points already; expected another name, or --force" in refused.err
    assert before == snapshot(scenario)


@pytest.mark.parametrize(("words", "said"), [
    (("breaking-point", "server.yaml", "--attack", "x"), "attack: got 'x'; expected flood or all"),
    (("breaking-point", "server.yaml", "--level", "90"), "level: got '90'"),
    (("breaking-point", "server.yaml", "--from", "5 /s", "--to", "1 /s"), "from: got 5 /s, and to 1 /s; expected from below to"),
    (("breaking-point", "server.yaml", "--workers", "0"), "workers: got 0; expected a whole number from 1 to 1024"),
    (("breaking-point", "server.yaml", "--anew", "--kept", "x"), "--anew: there is nothing to be taken from --kept then"),
    (("breaking-point", "mm1"), "this scenario has no attack"),
    (("breaking-point", "nowhere"), "nowhere: there is no scenario 'nowhere'"),
    (("tune", "server.yaml", "--set", "tune.row=x"), "set: tune.row: got 'x'; expected a row of the study: none or limit"),
    (("tune", "server.yaml", "--trials", "0"), "trials: got 0; expected at least 1"),
    (("tune", "mm1"), "tune: this scenario says nothing of what is to be tuned")])
def test_what_is_at_fault_is_said_and_nothing_runs(refused, scenario, words, said):
    assert said in refused(*words, lines=3)


def test_a_run_that_fails_is_exit_code_1(sim, scenario):
    (scenario / "server.yaml").write_text(SCENARIO.replace("{exponential: 50 ms}", "{pareto: {minimum: 1 s, alpha: 0.001}}"))
    for words in (BREAK, ("tune", "server.yaml")):
        left = sim(*words, "--workers", "1")
        assert (1, "") == (left.code, left.out)
        assert "Traceback" not in left.err
        assert left.err.splitlines()[1].startswith("in the cell '")


@pytest.mark.parametrize("words", [(*BREAK[:2], "--replications", "500"), ("tune", "server.yaml", "--replications", "500")], ids=lambda words: words[0])
def test_ctrl_c_keeps_what_is_finished_and_says_so(scenario, words):
    process = subprocess.Popen([sys.executable, "-m", "sim", *words, "--workers", "1", "--engine", "simpy"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               start_new_session=True, env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1])})
    for _ in range(600):
        if len(list((scenario / "studies" / ".kept").glob("*/*.json.gz"))) > 3:
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (1, "") == (process.returncode, out)
    assert "Stopped: the runs that were finished are kept; the same command goes on.\n" in err
    assert "Traceback" not in err
    assert [".kept"] == [path.name for path in (scenario / "studies").iterdir()]
