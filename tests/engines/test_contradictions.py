"""An engine that contradicts itself stops, and says at what it was seen: here, what it keeps is spoiled on purpose."""

import pytest

import sim
from sim.engines import compiled, contradictions
from sim.engines.faults import RunFault
from sim.engines.loop import memory
from sim.plan import cells
from sim.study import execute

SCENARIO = "scenarios/step1_load.yaml"


def backwards(m, q):
    """The first event is in the past."""
    q[0] -= 10**9


def of_no_kind(m, q):
    """The first event is none."""
    m[q[1] + memory.EVENT] = 77


def too_few(m, q):
    """Messages come that are not on their way."""
    m[memory.FLYING] -= 1000


def busy(m, q):
    """A server more is busy than there are."""
    for who in busy.stations:
        m[who + cells.BUSY] += 5


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(("spoil", "said"), [
    (backwards, r"comes too late.* at 2\d{10} ns"), (of_no_kind, r"an event of kind 77 at \d+ ns"),
    (too_few, r"messages are on their way, and \d+ will be delivered, before .* at \d+ ns"),
    (busy, r"5 of the 4 servers of \w+ are busy, before .* at \d+ ns"),
])
def test_it_stops_and_says_at_what(monkeypatch, spoil, said, plain):
    plan = sim.load(SCENARIO).set({"duration": "61 s"}).plan()
    machines = []

    class Spoiled(compiled.Machine):
        def open(self):
            machines.append(self)
            busy.stations = self.made.stations
            super().open()

    def progress(share):
        if abs(share - 0.5) < 1e-9:
            spoil(machines[0].m, machines[0].q)

    monkeypatch.setattr(compiled, "Machine", Spoiled)
    with pytest.raises(RunFault, match=f"the engine contradicts itself: .*{said}.*report"):
        compiled.run(plan, progress=progress, plain=plain)


@pytest.mark.parametrize(("kind", "cells_of", "said"), [
    (memory.REACHES, (memory.F_SESSION, memory.F_STEP), "a message at 5 ns ('realm_metadata' of session 12 of class hosted)"),
    (memory.RESUMES, (memory.V_SESSION, memory.V_STEP), "the end of a pause at 5 ns ('realm_metadata' of session 12 of class hosted)"),
    (memory.TIMES_OUT, (memory.OF_SESSION, memory.STEP), "a timeout at 5 ns ('realm_metadata' of session 12 of class hosted)"),
    (memory.ARRIVES, (), "an arrival at 5 ns"),
])
def test_an_event_is_told_as_its_record_would_begin(kind, cells_of, said):
    plan = sim.load(SCENARIO).plan()
    machine = compiled.Machine(plan, 0.0, compiled.PLAIN, compiled.plain_list)
    event, session = len(machine.m) - 200, len(machine.m) - 100
    machine.m[session + memory.SESSION_NUMBER] = 12
    machine.m[session + memory.CLASS] = machine.made.classes[1]
    machine.m[event + memory.EVENT] = kind
    number = next(step for step in plan.steps if step.id == "realm_metadata").index
    for cell, value in zip(cells_of, (session, machine.m[cells.STEPS] + cells.STEP_WIDTH * number), strict=False):
        machine.m[event + cell] = value
    assert contradictions.told(machine, event, 5) == said


def test_accounts_that_do_not_add_up_give_no_run(monkeypatch):
    counted = execute.metrics

    def spoiled(meter):
        found = counted(meter)
        return {**found, "checks": {**found["checks"], "messages": False, "little": False}}

    monkeypatch.setattr(execute, "metrics", spoiled)
    with pytest.raises(RunFault, match="the accounts of messages and little do not add up, at the end of the run"):
        sim.run("scenarios/step1.yaml")
