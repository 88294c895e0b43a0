"""Walks on paper: from which holdings a diagram can be walked through."""

import pytest

import sim
from sim.language.faults import Faults

DIAGRAM = """
diagram: A key
participants: {{c: Client, s: Server}}
facts: [key]
sequence:
{before}  - c -> s: use
    carries: key
  - s --> c: done
"""
GET = """{at}- c -> s: ask
{at}- s --> c: told
{at}  gives: key
"""


def walks(tmp_path, before, holds=()):
    file = tmp_path / "m.yaml"
    file.write_text(DIAGRAM.format(before=before), encoding="utf-8")
    client = {"arrivals": {"times": ["0 s"]}, "holds": [{"share": "100 %", "items": list(holds)}] if holds else []}
    try:
        run = sim.run({"scenario": "w", "model": str(file), "duration": "1 s", "actors": {"c": client}})
    except Faults as faults:
        return [fault.problem for fault in faults.faults]
    assert run.metrics["sessions"]["completed"] == 1
    return []


STUCK = ["a c that holds nothing comes to 'use' without key, which it needs"]


def loop(head):
    return f"  - loop: x\n    id: x\n    {head}\n    sequence:\n" + GET.format(at="      ")


@pytest.mark.parametrize(("before", "sound"), [
    ("", False),
    (GET.format(at="  "), True),
    (loop("times: 2"), True),
    (loop("until: c holds key\n    maximum: 3"), True),
    (loop("until: {chance: 0.5}\n    maximum: 3"), True),
    (loop("while: c lacks key\n    maximum: 3"), True),
    (loop("while: {chance: 0.5}\n    maximum: 3"), False),
    (loop("while: c holds key\n    maximum: 3"), False),
    ("  - opt: x\n    id: x\n    when: {chance: 0.5}\n    sequence:\n" + GET.format(at="      "), False),
    ("  - opt: x\n    id: x\n    when: c lacks key\n    sequence:\n" + GET.format(at="      "), True),
], ids=["nothing", "asked", "times", "until", "until by chance", "while", "while by chance", "never", "perhaps", "lacking"])
def test_ways_to_a_key(tmp_path, before, sound):
    assert walks(tmp_path, before) == ([] if sound else STUCK)


def test_chances_that_add_up_to_one_leave_no_way_past_them(tmp_path):
    body = "  - alt:\n" + "".join(
        f"      - case: {name}\n        when: {{chance: {chance}}}\n        sequence:\n"
        f"          - c -> s: ask {name}\n          - s --> c: told {name}\n            gives: key\n"
        for name, chance in (("one", 0.1), ("two", 0.2), ("three", 0.7)))
    assert walks(tmp_path, body) == []
    assert walks(tmp_path, body.replace("chance: 0.7", "chance: 0.6")) == STUCK


def test_who_holds_the_key_needs_no_way_to_it(tmp_path):
    assert walks(tmp_path, "", holds=["key"]) == []
