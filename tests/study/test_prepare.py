"""From what a user names to a run: the Python API."""

import numpy as np
import pytest

import sim
from sim.language.faults import Faults
from sim.study.stopping import stoppable


def test_the_public_names_are_these():
    assert ["breaking_point", "check", "compare", "diagram", "load", "open_trace", "run", "study", "tune", "validate", "warm_up"] == sim.__all__


def test_a_scenario_may_be_a_mapping():
    run = sim.run({"scenario": "Two", "model": "queueing/mm1", "duration": "50 s",
                   "actors": {"customer": {"arrivals": {"constant": "1 /s"}}, "server": {"work": {"job": "0.5 s"}}}})
    assert 49 == run.metrics["sessions"]["started"]
    assert "Two" == run.scenario.name


def test_set_leaves_the_scenario_as_it_was_and_adds_up():
    loaded = sim.load("step1")
    faster = loaded.set({"network.default.latency": "5 ms"})
    both = faster.set({"actors.consumer.timeout": "1 s"})
    assert loaded.scenario == sim.load("step1").scenario
    assert {"network.default.latency": "5 ms", "actors.consumer.timeout": "1 s"} == both.changes
    assert both.run().metrics["honest"]["response_time_s"]["mean"] < loaded.run().metrics["honest"]["response_time_s"]["mean"]


@pytest.mark.parametrize("seed", [np.int64(5), np.uint8(5), 5])
def test_seeds_of_any_integer_kind(seed, tmp_path):
    run = sim.run("step1", seed=seed, replication=np.int32(0), out=tmp_path / "x")
    assert run == sim.run("step1", seed=5)
    assert 5 == run.info["seed"]


@pytest.mark.parametrize("options", [{"seed": -1}, {"seed": 2**63}, {"seed": 1.0}, {"seed": "1"}, {"seed": True}, {"replication": -1},
                                     {"replication": 2**31}, {"engine": "compiledd"}])
def test_options_that_are_none_are_faults(options):
    with pytest.raises(Faults, match=f"^{next(iter(options))}: got "):
        sim.run("step1", **options)


def test_a_run_without_a_trace_says_how_to_get_one():
    run = sim.run("step1", trace=False)
    with pytest.raises(Faults, match="the run kept no trace; expected trace: all in the scenario"):
        run.diagram()


def test_a_tap_sees_and_changes_every_message():
    seen = []

    def tap(message_id, sender, receiver, message):
        seen.append((message_id, sender, receiver))
        return message

    run = sim.run("step1", tap=tap)
    assert seen == [(message.id, message.sender, message.receiver) for message in run.trace.session(1)]


def test_check_raises_the_faults_of_all_files(tmp_path):
    (tmp_path / "a.yaml").write_text("scenario: a\n")
    (tmp_path / "b.yaml").write_text("diagram: b\n")
    sim.check("step1", "protectserve/step1")
    with pytest.raises(Faults) as caught:
        sim.check("step1", tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert {str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")} == {fault.file for fault in caught.value.faults}


def test_saving_a_run_writes_its_folder_once(tmp_path):
    run = sim.run("step1")
    assert tmp_path / "x" == run.save(tmp_path / "x")
    with pytest.raises(Faults, match="this folder holds a run already"):
        run.save(tmp_path / "x")
    run.save(tmp_path / "x", force=True)
    assert run.trace == sim.open_trace(tmp_path / "x")
    with pytest.raises(Faults, match="this folder holds a run already"):
        sim.run("step1", out=tmp_path / "x")


def test_progress_is_passed_on_and_a_ctrl_c_is_heard_at_the_next_step():
    import signal

    shares = []
    with stoppable(shares.append) as progress:
        progress(0.1)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            progress(0.2)
        progress(1.0)  # all is run: nothing is left to stop
    assert [0.1, 0.2, 1.0] == shares
    assert signal.default_int_handler is signal.getsignal(signal.SIGINT)


def test_in_a_thread_progress_is_left_alone():
    import threading

    results = []

    def run():
        with stoppable(None) as progress:
            results.append(progress)
        results.append(sim.run("step1").metrics["sessions"]["completed"])

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert [None, 1] == results
