"""What `sim list` says of whatever ships: one line, its source, its parameters, and YAML that can be pasted as it is."""

import json
import typing

import pytest
import yaml

from sim.language.faults import Faults
from sim.mitigations.framework import registry
from sim.scenario.flow import dump
from sim.scenario.retries import BACKOFFS
from sim.scenario.scenario import Order, Transport
from sim.study import shelf
from sim.study.checking import check_file
from sim.study.features import features
from sim.study.sheet import entries, first_of, prose

FEATURES = features()
BASE = """
scenario: A base to paste into
model: protectserve/step1
duration: 10 min
network: {default: {latency: 20 ms}}
actors:
  consumer: {population: 1000, classes: {hosted: {share: 100 %}}, arrivals: {poisson: 20 /s}, timeout: 3 s}
  authorization_manager: {servers: 4}
"""
PASTED = [*FEATURES, *registry.shipped()]


def pasted(base, part):
    """A mapping put into another, key by key."""
    for key, value in part.items():
        base[key] = pasted(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
    return base


@pytest.mark.parametrize("name", PASTED)
def test_its_yaml_passes_the_check(tmp_path, name):
    whole = pasted(yaml.safe_load(BASE), yaml.safe_load(shelf.one(name)))
    (tmp_path / "s.yaml").write_text(dump(whole))
    assert check_file(tmp_path / "s.yaml") == "scenario"
    assert (name.partition("/")[2] or name) in shelf.one(name)


@pytest.mark.parametrize("name", [name for names in shelf.entries().values() for name in names])
def test_its_comments_fit_a_terminal_and_it_is_data_too(name):
    comments = [line for line in shelf.one(name, 80).split("\n\n")[0].split("\n") if not line.startswith(("# /", "#   -", "#    "))]
    assert all(line.startswith("#") for line in comments)
    assert [line for line in comments[1:] if len(line) > 80 and "/" not in line] == []
    data = shelf.data_of(name)
    json.dumps(data)
    assert data["text"].strip() in shelf.one(name)


@pytest.mark.parametrize("feature", FEATURES.values(), ids=lambda feature: feature.name)
def test_its_parameters_are_named_with_range_and_default(feature):
    text = shelf.one(feature.name, 80)
    for each in feature.parameters:
        assert f"#   {each.name}" in text
        assert each.default.startswith(("default ", "required"))
        assert each.about
        assert each.range != "a mapping"
    assert feature.about
    assert feature.source in " ".join(text.replace("\n#", "\n").split())


def test_every_word_of_the_schema_is_listed():
    words = {kind: {name.partition("/")[2] for name in FEATURES if name.startswith(f"{kind}/")} for kind in ("order", "transport", "backoff")}
    assert words == {"order": set(typing.get_args(Order)), "transport": set(typing.get_args(Transport)), "backoff": set(BACKOFFS)}
    assert {"rate/poisson", "rate/constant", "rate/steps", "rate/pulses", "signature/replayed", "signature/wrong", "sources/among"} <= FEATURES.keys()


def test_the_last_part_of_a_name_is_enough_if_it_means_one_thing():
    assert shelf.one("fair") == shelf.one("order/fair")
    with pytest.raises(Faults, match=r"'constant' means several things; expected backoff/constant or rate/constant"):
        shelf.one("constant")
    with pytest.raises(Faults, match="did you mean 'order/fair'"):
        shelf.one("order/fare")


def test_a_scenario_is_listed_by_its_question():
    asked, _ = shelf.entries()["scenarios"]["key_flood"]
    assert asked.startswith("What does a flood of consumer key requests do")
    assert asked.endswith("?")


def test_prose_is_filled_anew_but_not_what_is_indented():
    assert prose("a b\nc d\n\n- one\n  two\n- three\n\n    code  as is", 80) == ["a b c d", "", "- one two", "- three", "", "    code  as is"]


def test_entries_stand_in_columns_where_they_fit():
    assert entries([("a", "bb", "c"), ("aaa", "b", "cc")], 80) == ["  a    bb  c", "  aaa  b   cc"]
    assert entries([("a", "bb", "long " * 20)], 50)[:2] == ["  a  bb", "    " + " ".join(["long"] * 9)]
    assert entries([], 80) == []


def test_the_first_source_is_told_without_what_it_says():
    assert first_of('A. Back, "Hashcash: a counter-measure" (2002): 2^k; B.') == 'A. Back, "Hashcash: a counter-measure" (2002)'
    assert first_of("") == ""
