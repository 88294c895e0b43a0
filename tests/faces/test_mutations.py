"""Mutated models, scenarios and traces: whatever stands in a file, all that comes of it are faults."""

import random
import shutil
import signal
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from mutations import mutated

import sim
from sim.engines.faults import RunFault
from sim.language.faults import Faults, InputFault
from sim.scenario.shipped import folder, names
from sim.study.reading import describe

SECONDS = 2
"""What a mutated rate makes endless is stopped then, as by Ctrl-C."""
DURATIONS = {"mm1": "10 s", "device": "30 s", "access": "3 s", "step1_repeat": "2 min"}
"""Long enough for a few sessions, short enough for thousands of runs; 1 s for the others."""
PAIRS = [(name, sim.load(name).scenario.model) for name in names("scenarios")]


@contextmanager
def at_most(seconds: float):
    """End a run after so long as a user would; ``over`` says whether it was."""
    over = []

    def stop(number, frame):
        over.append(True)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield over
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def shelf(root: Path) -> Path:
    """A copy of all that ships, with every scenario beside the models."""
    shutil.copytree(folder("models"), root, dirs_exist_ok=True)
    for name in names("scenarios"):
        shutil.copy(folder("scenarios") / f"{name}.yaml", root)
    return root


def told(fault: InputFault) -> str:
    """A fault that people can read: short lines."""
    assert all(0 < len(line) < 2000 for line in str(fault).split("\n"))
    return "fault"


def try_one(root: Path, seed: int) -> str:
    """Mutate a scenario or its model, check it, run what is sound for a moment, draw that; how far it came."""
    scenario, model = PAIRS[seed % len(PAIRS)]
    victim = root / (f"{model}.yaml" if random.Random(-seed).random() < 0.5 else f"{scenario}.yaml")
    original = victim.read_bytes()
    victim.write_bytes(mutated(original.decode(), seed))
    try:
        try:
            sim.check(victim)
            loaded = sim.load(root / f"{scenario}.yaml").set({"duration": DURATIONS.get(scenario, "1 s"), "warm_up": "0 s"})
        except Faults as faults:
            return told(faults)
        with at_most(SECONDS) as over:
            run = loaded.run()
        if over:
            return "stopped"
        assert {"sessions": True, "messages": True, "little": True} == dict(run.metrics["checks"])
        run.diagram().text()
        return "ran"
    except RunFault:
        return "stopped by a fault"
    except BaseException as error:
        error.add_note(f"seed {seed} on {victim.name}: mutated(text, {seed})")
        raise
    finally:
        victim.write_bytes(original)


def try_trace(root: Path, seed: int) -> str:
    """Mutate a trace, then list, read and draw it."""
    original = (root / "trace.jsonl").read_text()
    changed = root / "changed.jsonl"
    changed.write_bytes(mutated(original, seed))
    try:
        opened = sim.open_trace(changed)
        str(opened.sessions(limit=5))
        drawn = opened.diagram(merged=True)
        drawn.text()
        drawn.mermaid()
        session = opened.session(1)
        describe(session)
        session.diagram().svg()
    except InputFault as fault:
        return told(fault)
    except BaseException as error:
        error.add_note(f"seed {seed} on a trace: mutated(text, {seed})")
        raise
    return "drawn"


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_mutated_models_and_scenarios_give_faults_and_nothing_else(tmp_path, first):
    root = shelf(tmp_path)
    came = Counter(try_one(root, seed) for seed in range(first, first + 50))
    assert came["fault"] > 10
    assert came["ran"] > 2


@pytest.fixture
def traced(tmp_path, runs):
    lines = (runs / "some" / "trace.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "trace.jsonl").write_bytes(b"".join(lines[:120]))
    return tmp_path


def test_mutated_traces_give_faults_and_nothing_else(traced):
    came = Counter(try_trace(traced, seed) for seed in range(100))
    assert came["fault"] > 20
    assert came["drawn"] > 20


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 10_000, 500))
def test_ten_thousand_mutated_models_and_scenarios(tmp_path, first):
    root = shelf(tmp_path)
    for seed in range(first, first + 500):
        try_one(root, seed)


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 5_000, 500))
def test_five_thousand_mutated_traces(traced, first):
    for seed in range(first, first + 500):
        try_trace(traced, seed)
