"""The command ``sim study``: its table, its folder, its exit codes."""

import json

import pytest
from face import snapshot

STUDY = """\
scenario: Queues
model: queueing/mm1
duration: 30 s
seed: 3
actors:
  customer: {arrivals: {poisson: 0.5 /s}, timeout: 60 s}
  server: {work: {job: {exponential: 1 s}}}
study:
  question: How many servers are enough?
  replications: 2
  vary: {actors.server.servers: {one: 1, two: 2}, actors.customer.arrivals: {calm: 0.2 /s, busy: 2 /s}}
"""


@pytest.fixture
def scenario(here):
    """A study of four cells, over in a second."""
    (here / "queues.yaml").write_text(STUDY)
    return here


def test_it_prints_the_table_and_writes_the_folder(sim, scenario):
    left = sim("study", "queues.yaml", "--workers", "2")
    assert (0, "sim: 4 cells, 8 runs\n") == (left.code, left.err)
    assert left.out.startswith("How many servers are enough?\n")
    assert left.out.endswith("\nWritten to studies/queues-3/: see heat_map.png, cells.csv, study.json.\n")
    folder = scenario / "studies" / "queues-3"
    assert {"scenario.yaml", "study.json", "cells.csv", "replications.csv", "table.txt", "heat_map.svg", "heat_map.png", "run.json",
            "cells.parquet", "replications.parquet", "curves.svg", "curves.png", "effects.svg", "effects.png"} == {
        path.name for path in folder.iterdir()}
    assert 1 + 4 * 10 == len((folder / "cells.csv").read_text().splitlines())
    assert 1 + 4 * 2 == len((folder / "replications.csv").read_text().splitlines())
    assert {"runs": 8, "of": 8, "workers": 2, "seed": 3, "engines": ["simpy"]}.items() <= json.loads((folder / "run.json").read_text()).items()


@pytest.mark.parametrize(("more", "said"), [
    ((), "4 cells, 8 runs; 4 are kept from before"),
    (("--replications", "3"), "4 cells, 12 runs; 4 are kept from before"),
    (("--anew",), "4 cells, 8 runs"),
    (("--set", "study.vary={actors.server.servers: [1]}"), "1 cell, 2 runs"),
    (("--set", "study.replications={until: 90 %, at_least: 2, at_most: 3}"), "4 cells, 8 to 12 runs; 4 are kept from before")])
def test_it_says_how_many_runs_there_are_before_it_begins(sim, scenario, more, said):
    first = sim("study", "queues.yaml", "--workers", "1", "--quiet", "--out", "x",
                "--set", "study.vary={actors.server.servers: {one: 1, two: 2}, actors.customer.arrivals: {calm: 0.2 /s}}")
    assert (0, "") == (first.code, first.err)
    left = sim("study", "queues.yaml", "--workers", "1", *more)
    assert f"sim: {said}" == left.err.splitlines()[0]


def test_its_own_scenario_runs_again_to_the_same_result(sim, scenario):
    sim("study", "queues.yaml", "--quiet", "--workers", "1")
    again = sim("study", "studies/queues-3/scenario.yaml", "--quiet", "--workers", "1", "--out", "again")
    assert (0, "", "") == (again.code, again.out, again.err)
    assert (scenario / "studies/queues-3/study.json").read_bytes() == (scenario / "again/study.json").read_bytes()


def test_json_is_that_of_the_folder_and_nothing_else(sim, scenario):
    left = sim("study", "queues.yaml", "--json", "--replications", "3", "--seed", "4", "--set", "actors.customer.timeout=9 s", "--out", "x")
    assert (0, "") == (left.code, left.err)
    assert left.out_bytes == (scenario / "x" / "study.json").read_bytes()
    data = json.loads(left.out_bytes)
    assert (3, 4, ["one", "two"], ["calm", "busy"]) == (data["replications"], data["seed"], data["rows"]["names"], data["columns"]["names"])


def test_our_own_default_folder_is_replaced_and_no_other(sim, scenario):
    for _ in range(2):
        assert 0 == sim("study", "queues.yaml", "--quiet", "--workers", "1").code
    before = snapshot(scenario)
    left = sim("study", "queues.yaml", "--out", "studies/queues-3")
    assert (2, "") == (left.code, left.out)
    assert "this folder holds a study already; expected another name, or --force to replace the study in it\n" in left.err
    assert before == snapshot(scenario)
    run = sim("run", "queues.yaml", "--out", "studies/queues-3")
    assert (2, True) == (run.code, "this folder is not one of our runs" in run.err)


@pytest.mark.parametrize(("words", "said"), [
    (("queues.yaml", "--workers", "two"), "workers: got 'two'; expected a whole number"),
    (("queues.yaml", "--workers", "0"), "workers: got 0; expected a whole number from 1 to 1024"),
    (("queues.yaml", "--engine", "fast"), "engine: got 'fast'; expected auto, simpy or compiled"),
    (("queues.yaml", "--replications", "1"), "replications: got 1; expected at least 2"),
    (("queues.yaml", "--set", "study.vary.x=5"), "set: study.vary.x: got 5; expected a list of values, a mapping of names to values, or a range"),
    (("queues.yaml", "--set", "actors.server.queue.x=5"), "set: actors.server.queue.x: there is no key 'x' here"),
    (("step1",), "study: this scenario has no study; expected the key study"),
    (("nowhere",), "nowhere: there is no scenario 'nowhere'")])
def test_what_is_at_fault_is_said_and_nothing_runs(refused, scenario, words, said):
    assert said in refused("study", *words, lines=3)


def test_a_cell_that_cannot_run_is_exit_code_1(sim, scenario):
    (scenario / "queues.yaml").write_text(STUDY.replace("{exponential: 1 s}", "{pareto: {minimum: 1 s, alpha: 0.001}}"))
    left = sim("study", "queues.yaml", "--workers", "1")
    assert (1, "") == (left.code, left.out)
    assert left.err.startswith("sim: 4 cells, 8 runs\nin the cell 'one' / ")
    assert not (scenario / "studies" / "queues-3").exists()


def test_a_warm_up_is_found_and_plotted(sim, scenario, refused, monkeypatch):
    words = ("warm-up", "queues.yaml", "--replications", "3", "--set", "duration=200 s", "--workers", "1")
    left = sim(*words, "--out", "welch.svg")
    assert (0, "sim: a warm-up is looked for in 3 runs with no attack\n") == (left.code, left.err)
    assert left.out.startswith("Queues: ")
    assert left.out.endswith("\nWritten to welch.svg.\n")
    assert (scenario / "welch.svg").read_bytes().startswith(b"<?xml")
    data = json.loads(sim(*words, "--json").out)
    assert {"scenario", "warm_up_s", "replications", "bin_s", "present", "moving_average"} == set(data)
    assert (100, 3) == (len(data["present"]), data["replications"])
    assert "no picture is known by the ending '.pdf'; expected .svg or .png" in refused(*words, "--out", "welch.pdf", lines=1)
    monkeypatch.setattr("sim.study.warm_up.find", lambda *_, **__: pytest.fail("it ran"))
    assert "nodir/w.png: there is no folder nodir; expected a file in a folder that is there" == refused(*words, "--out", "nodir/w.png", lines=1)
    monkeypatch.undo()
    monkeypatch.chdir(scenario)
    assert "replications: got 0; expected a whole number from 1 to 10000" in refused("warm-up", "queues.yaml", "--replications", "0", lines=1)


@pytest.mark.parametrize(("words", "said"), [
    (("--scheduler", "tcp://127.0.0.1:9", "--workers", "2"), "workers: the cluster has its own; expected workers or a scheduler, not both"),
    (("--kept", "x", "--anew"), "--anew: there is nothing to be taken from --kept then; expected one of the two"),
    (("--kept", "queues.yaml"), "queues.yaml: this is a file; expected the name of a folder for finished runs"),
    (("--set", "study.vary.actors={a: {set: {actors.customer.populaton: 4}}}"), "set: study.vary.actors.a.set.actors.customer.populaton: there is no key 'populaton' here"),
    (("--set", "study.replications={until: 5 %, of: x}"), "set: study.replications.of: got 'x'; expected honest_success_ratio")])
def test_what_is_wrong_with_how_it_is_to_run_is_said_before_it_runs(refused, scenario, words, said):
    assert said in refused("study", "queues.yaml", *words, lines=3)


MANY = ", ".join(map(str, range(1, 1001)))


def test_a_grid_of_a_million_is_asked_about(refused, sim, scenario, monkeypatch):
    words = ("study", "queues.yaml", "--set", f"study.vary={{actors.customer.population: [{MANY}], actors.server.servers: [{MANY}]}}")
    assert "a grid of 1,000,000 cells (1,000 x 1,000), 2,000,000 runs; expected at most 20,000 cells and 200,000 runs, or --yes" == refused(*words, lines=1).partition("vary: ")[2]
    asked = []
    monkeypatch.setattr("sim.terminal.agrees", lambda question: bool(asked.append(question)))
    assert 2 == sim(*words).code
    assert ["1,000,000 cells, 2,000,000 runs: some 11 hours and more. Run it?"] == asked
