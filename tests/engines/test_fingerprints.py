"""Fingerprints of what ships: a change of meaning shows, and shows what changed.

``fingerprints.json`` holds, for every shipped scenario (the long ones shortened), short hashes over aspects of its run. Where
one differs, the meaning has changed: if that was meant, renew them and say in the change why:

    python tests/engines/test_fingerprints.py
"""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from shipped import ROOT, SHIPPED, SHORTENED

import sim

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


def fingerprint(name):
    """Hashes over the aspects of a run and its metrics, and beside them numbers that a reader can compare."""
    run = sim.run(ROOT / f"scenarios/{name}.yaml", set=SHORTENED.get(name, {}))
    records = list(run.trace.records())
    found = {aspect: short([[record[field] for field in fields] for record in records]) for aspect, fields in ASPECTS.items()}
    metrics = json.loads(run.metrics.to_json())
    outcomes = Counter(record["outcome"] for record in records if record["kind"] == "message")
    sessions = {outcome: number for outcome, number in metrics["sessions"].items() if number}
    return {**found, "metrics": short(metrics), "records": len(records), "messages": dict(sorted(outcomes.items())), "sessions": sessions}


def test_there_is_a_fingerprint_of_everything_that_ships():
    assert sorted(json.loads(FILE.read_text())) == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_the_meaning_has_not_changed(name):
    kept = json.loads(FILE.read_text())[name]
    changed = {what: (before, now) for what, now in fingerprint(name).items() if (before := kept[what]) != now}
    assert changed == {}, f"what {name} means has changed in {', '.join(changed)}; if that was meant: python {Path(__file__).name}"


def test_another_seed_has_other_fingerprints():
    kept = json.loads(FILE.read_text())["step1"]
    records = list(sim.run(ROOT / "scenarios/step1.yaml", seed=2).trace.records())
    for aspect in ("times", "contents"):
        assert kept[aspect] != short([[record[field] for field in ASPECTS[aspect]] for record in records])


if __name__ == "__main__":
    FILE.write_text(json.dumps({name: fingerprint(name) for name in SHIPPED}, indent=1) + "\n")
