"""The trace of a compiled run that is encoded while it goes on: the same bytes as afterwards, and rows for few sessions at once."""

from pathlib import Path

import pytest
from engines_agree import followed, made

import sim
from sim.engines import compiled, following
from sim.engines.loop.record import RECORD_WIDTH
from sim.trace import encoding, parquet
from sim.trace.trace import Trace

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LOAD = {"duration": "200 s"}


def plan_of(name, changes):
    return sim.load(SCENARIOS / f"{name}.yaml").set(changes).plan()


@pytest.mark.parametrize(("name", "changes"), [
    ("step1_load", LOAD), ("key_flood_limited", {}), ("device", {}), ("mm1", {"duration": "1500 s"}),
    ("step1_load", {**LOAD, "trace": {"sample": "10 %"}}),
])
@pytest.mark.parametrize("group", [1000, 150])
def test_the_same_records(name, changes, group):
    plan = plan_of(name, changes)
    assert followed(plan, group) == list(compiled.run(plan).recorder.records())


def test_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "GROUP", 5000)
    monkeypatch.setattr(compiled, "Follower", lambda machine, header: following.Follower(machine, header, 5000))
    plan = plan_of("step1_load", LOAD)
    for name, encode in (("while", made(plan)), ("after", None)):
        assert parquet.write(tmp_path / name, made(plan), compiled.run(plan, encode=encode).recorder.records()) > 40_000
    assert (tmp_path / "while").read_bytes() == (tmp_path / "after").read_bytes()


def test_rows_for_what_is_under_way_and_some_groups(monkeypatch):
    machines = []

    def follow(machine, header):
        machines.append(machine)
        return following.Follower(machine, header, 2000)

    monkeypatch.setattr(compiled, "Follower", follow)
    plan = plan_of("step1_load", {"duration": "1000 s"})
    records = compiled.run(plan, encode=made(plan)).recorder.records()
    assert len(records) > 200_000
    assert len(machines[0].r) // RECORD_WIDTH < 20_000


def test_what_never_ends_keeps_its_rows():
    lossy = {**LOAD, "network.default": {"latency": "5 ms", "loss": "1 %"}}
    plan = plan_of("step1_load", lossy)
    records = followed(plan, 100)
    assert "in_flight" in {record[14] for record in records if record[0] == "session"}
    assert records == list(compiled.run(plan).recorder.records())


def test_rows_in_too_little_order_are_sorted(monkeypatch):
    plan = plan_of("key_flood_limited", {})
    expected = list(compiled.run(plan).recorder.records())
    monkeypatch.setattr(following, "MOVES", -1)
    monkeypatch.setattr("sim.engines.recorded.MOVES", -1)
    assert followed(plan, 100) == expected == list(compiled.run(plan).recorder.records())


def test_the_trace_in_memory_is_read_by_place():
    plan = plan_of("key_flood_limited", {})
    records = compiled.run(plan, encode=made(plan)).recorder.records()
    everything = list(records)
    assert isinstance(records, encoding.Encoded)
    assert records[0] == everything[0]
    assert records[-1] == everything[-1]
    assert records[100:70_000:9_999] == everything[100:70_000:9_999]
    with pytest.raises(IndexError):
        records[len(records)]


def test_another_header_is_written_with_the_records(tmp_path):
    plan = plan_of("mm1", {"duration": "1500 s"})
    records = compiled.run(plan, encode=made(plan)).recorder.records()
    other = {**made(plan), "scenario": "Another"}
    Trace.of(other, records).write(tmp_path / "t.parquet")
    assert Trace.open(tmp_path / "t.parquet").header == other
    assert [tuple(record.values()) for record in Trace.open(tmp_path / "t.parquet").records()] == list(records)
