"""Fingerprints of what ships, and both engines beside each other: a change of meaning shows, and shows what changed.

``fingerprints.json`` holds, for every shipped scenario (the long ones shortened), short hashes over aspects of its run. Where
one differs, the meaning has changed: if that was meant, renew them and say in the change why:

    python tests/engines/test_fingerprints.py
"""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from engines_agree import first_difference, metrics_difference
from shipped import ROOT, SHIPPED, SHORTENED

import sim
from sim.engines import compiled
from sim.measure.metrics import metrics
from sim.plan.constructed import not_constructed

FILE = Path(__file__).with_name("fingerprints.json")
ASPECTS = {
    "who says what": ("kind", "class", "session", "message", "iteration", "attempt", "sender", "receiver"),
    "addresses and keys": ("address", "key"),
    "times": ("sent_ns", "received_ns", "started_ns", "finished_ns"),
    "outcomes": ("outcome", "by"),
    "contents": ("http",),
}


def short(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def shipped(name):
    return sim.load(ROOT / f"scenarios/{name}.yaml").set(SHORTENED.get(name, {}))


def fingerprint(run):
    """Hashes over the aspects of a run and its metrics, and beside them numbers that a reader can compare."""
    records = list(run.trace.records())
    found = {aspect: short([[record[field] for field in fields] for record in records]) for aspect, fields in ASPECTS.items()}
    metrics = json.loads(run.metrics.to_json())
    outcomes = Counter(record["outcome"] for record in records if record["kind"] == "message")
    sessions = {outcome: number for outcome, number in metrics["sessions"].items() if number}
    return {**found, "metrics": short(metrics), "records": len(records), "messages": dict(sorted(outcomes.items())), "sessions": sessions}


def test_there_is_a_fingerprint_of_everything_that_ships():
    assert sorted(json.loads(FILE.read_text())) == SHIPPED


@pytest.fixture(scope="module", params=SHIPPED)
def played(request):
    """What ships, by name, and its run in the engine that defines what it means."""
    return request.param, shipped(request.param).run(engine="simpy", trace=True)


def test_the_meaning_has_not_changed(played):
    name, run = played
    kept = json.loads(FILE.read_text())[name]
    changed = {what: (before, now) for what, now in fingerprint(run).items() if (before := kept[what]) != now}
    assert changed == {}, f"what {name} means has changed in {', '.join(changed)}; if that was meant: python {Path(__file__).name}"


def test_it_is_the_same_compiled(played):
    name, run = played
    plan = shipped(name).plan()
    assert not_constructed(plan) is None
    fast = compiled.run(plan)
    again = f"sim compare: sim run scenarios/{name}.yaml --engine simpy, --engine compiled; changed: {SHORTENED.get(name, {})}"
    records = [tuple(record.values()) for record in run.trace.records()]
    assert first_difference(records, list(fast.recorder.records()), again) is None
    assert metrics_difference(run.metrics, metrics(fast.meter), again) is None


def test_another_seed_has_other_fingerprints():
    kept = json.loads(FILE.read_text())["step1"]
    records = list(sim.run(ROOT / "scenarios/step1.yaml", seed=2).trace.records())
    for aspect in ("times", "contents"):
        assert kept[aspect] != short([[record[field] for field in ASPECTS[aspect]] for record in records])


if __name__ == "__main__":
    FILE.write_text(json.dumps({name: fingerprint(shipped(name).run(engine="simpy", trace=True)) for name in SHIPPED}, indent=1) + "\n")
