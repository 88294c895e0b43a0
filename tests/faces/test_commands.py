"""Every command, used as it is meant to be."""

import json
import re

import pytest
import yaml

from sim.draw.chart import Chart
from sim.language.strict_yaml import parse

COMMANDS = ("run", "check", "diagram", "sessions", "show", "compare", "list", "new", "schema")


def test_help_names_every_command_in_whole_sentences(sim):
    text = sim("--help").out
    for name in COMMANDS:
        (line,) = re.findall(rf"^  {name} +(.*)$", text, re.MULTILINE)
        assert line.endswith(".")
        assert not line.endswith("...")
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(sim, name):
    left = sim(name, "--help")
    assert (0, "") == (left.code, left.err)
    assert left.out.startswith(f"Usage: sim {name} ")


def test_the_version(sim):
    from sim import __version__

    assert f"sim {__version__}\n" == sim("--version").out


def test_check_says_what_each_file_is(sim):
    left = sim("check", "step1", "protectserve/step1", "queueing/mm1")
    assert (0, "") == (left.code, left.err)
    assert ["step1: this scenario is sound", "protectserve/step1: this model is sound", "queueing/mm1: this model is sound"] == \
        left.out.splitlines()
    assert [] == json.loads(sim("check", "step1", "--json").out)


def test_check_of_many_files_tells_the_sound_from_the_others(sim, here):
    (here / "a.yaml").write_text("scenario: a\n")
    (here / "b.yaml").write_text("diagram: b\n")
    left = sim("check", "a.yaml", "step1", "b.yaml")
    assert 2 == left.code
    assert "step1: this scenario is sound\n" == left.out
    assert {"a.yaml", "b.yaml"} == {line.partition(":")[0] for line in left.err.splitlines()}


def test_the_faults_of_check_as_json_are_those_of_its_message(sim, here):
    (here / "a.yaml").write_text("scenario: a\nmodel: queueing/mm1\nduration: 5\nactors: {customer: {arrivals: {poisson: 1 /s}}}\n")
    left = sim("check", "a.yaml", "--json")
    assert (2, "") == (left.code, left.err)
    (fault,) = json.loads(left.out)
    assert {"file": "a.yaml", "line": 3, "column": 11, "path": "duration", "problem": "got 5",
            "expected": "a time with its unit, e.g. 5 s", "suggestion": "5 s"} == fault


@pytest.mark.parametrize("source", ["protectserve/step1", "step1"], ids=["a model", "a scenario: its model"])
def test_diagram_of_a_model(sim, source):
    left = sim("diagram", source)
    assert (0, "") == (left.code, left.err)
    assert "Step 1: Provision consumer key and access token to consumer (V2009.04.09.1)" == left.out.splitlines()[0]
    assert "Implementation" in left.out


@pytest.mark.parametrize(("form", "start"), [
    ("mermaid", b"---\ntitle"), ("plantuml", b"@startuml"), ("svg", b"<svg"), ("png", b"\x89PNG"), ("text", b"Step 1"),
])
def test_diagram_in_every_format_on_standard_output_and_in_a_file(sim, here, form, start):
    printed = sim("diagram", "protectserve/step1", "-f", form)
    assert (0, "") == (printed.code, printed.err)
    assert printed.out_bytes.lstrip().startswith(start)
    written = sim("diagram", "protectserve/step1", "--format", form, "-o", "picture")
    assert (0, "", "") == (written.code, written.out, written.err)
    assert printed.out_bytes == (here / "picture").read_bytes()


@pytest.mark.parametrize(("name", "start"), [("a.mmd", b"---"), ("a.puml", b"@startuml"), ("a.SVG", b"<svg"), ("a.txt", b"Step 1")])
def test_the_ending_of_a_file_chooses_the_format(sim, here, name, start):
    assert 0 == sim("diagram", "protectserve/step1", "-o", name).code
    assert (here / name).read_bytes().startswith(start)


def test_diagram_of_a_session_of_all_and_as_in_the_source(sim, runs):
    one = sim("diagram", runs / "some", "--session", 3).out
    assert "Session 3 of ProtectServe step 1 at load" in one
    merged = sim("diagram", runs / "some").out
    assert "sessions merged" in merged
    assert merged == sim("diagram", runs / "some" / "trace.jsonl", "--merged").out
    assert "Session 1 of " in sim("diagram", runs / "one").out
    added = 'Access token "at" and secret "ats"'
    assert added in sim("diagram", runs / "one").out
    assert added not in sim("diagram", runs / "one", "--as-in-source").out


def test_a_diagram_keeps_to_the_width_of_the_terminal(sim, monkeypatch):
    for columns in (40, 60, 80, 140):
        monkeypatch.setenv("COLUMNS", str(columns))
        longest = max(map(len, sim("diagram", "protectserve/step1").out.splitlines()))
        assert longest <= columns or columns == 60  # between a list and a picture there is a width that fits neither


def test_sessions_are_found_by_what_became_of_them(sim, runs):
    table = sim("sessions", runs / "some").out
    assert re.search(r"^number +class +client +outcome +by +started_s", table)
    refused = sim("sessions", runs / "some", "--outcome", "refused", "--by", "queue", "--limit", 3)
    assert 0 == refused.code
    lines = refused.out.splitlines()
    assert 5 == len(lines)
    assert all(" refused " in line and " queue " in line for line in lines[1:4])
    assert re.fullmatch(r"\d+ of \d+ sessions \(outcome refused, by queue\), 3 shown", lines[-1])


def test_sessions_as_json(sim, runs):
    rows = json.loads(sim("sessions", runs / "some", "--class", "hosted", "--json").out)
    assert {"hosted"} == {row["class"] for row in rows}
    assert {"number", "client", "outcome", "by", "started_s", "duration_s", "messages", "attempts", "refusals"} < rows[0].keys()


def test_show_of_a_single_session_needs_no_number(sim, runs):
    assert sim("show", runs / "one").out == sim("show", runs / "one", "--session", 1).out


def test_show_as_json_holds_the_records(sim, runs):
    records = json.loads(sim("show", runs / "one", "--json").out)
    assert "session" == records[0]["kind"]
    assert "need_access" == records[1]["message"]
    assert "GET" == records[1]["http"]["method"]


def test_compare_says_what_was_set_and_what_came_out(sim, runs):
    left = sim("compare", runs / "one", runs / "some")
    assert 0 == left.code
    assert re.search(r"^duration +2 s +20 s$", left.out, re.MULTILINE)
    assert re.search(r"^sessions.started +1 +\d+ +× \d+", left.out, re.MULTILINE)
    data = json.loads(sim("compare", runs / "one", runs / "some", "--json").out)
    assert {"a": "2 s", "b": "20 s"} == data["scenario"]["duration"]
    assert 1 == data["metrics"]["sessions.started"]["a"]
    assert 0 == sim("compare", runs / "one", runs / "some", "--out", runs / "both.html").code
    assert "Load under the same axes" in (runs / "both.html").read_text(encoding="utf-8")
    (runs / "both.html").unlink()
    refused = sim("compare", runs / "one", runs / "some", "--out", runs / "both.pdf")
    assert 2 == refused.code
    assert "no format is known by the ending '.pdf'" in refused.err
    same = sim("compare", runs / "one", runs / "one").out
    assert "a and b have the same metrics.\n" == same


def test_list_names_all_that_ships(sim):
    text = sim("list").out
    data = json.loads(sim("list", "--json").out)
    assert {"models", "scenarios", "mitigations", "queue orders", "attack rates", "back-offs", "transports"} <= data.keys()
    for kind in data.values():
        for name, (about, source) in kind.items():
            assert re.search(rf"^  {name} +{re.escape(about[:30])}", text, re.MULTILINE)
            assert not source or source in " ".join(text.split())


def test_list_of_a_model_tells_what_a_scenario_may_name(sim):
    text = sim("list", "protectserve/step1").out
    for word in ("authorization_manager  Authorization manager  server", "verify_signature", "realm_metadata",
                 "actors.authorization_manager.parameters.grants      token | pending | refused"):
        assert word in text
    data = json.loads(sim("list", "protectserve/step1", "--json").out)
    assert ["authorization_manager", "service_provider"] == data["servers"]
    assert {"grants": "token | pending | refused", "timestamps": "window | monotonic"} == data["parameters"]["authorization_manager"]


@pytest.mark.parametrize("name", ["protectserve/step1", "step1_load", "oauth/device_authorization"])
def test_what_list_prints_of_one_can_be_pasted_into_a_file(sim, here, name):
    left = sim("list", name)
    (here / "pasted.yaml").write_text(left.out)
    assert parse(left.out).to_python() == parse(json.loads(sim("list", name, "--json").out)["text"]).to_python()
    if "/" not in name:
        assert 0 == sim("check", "pasted.yaml").code


@pytest.mark.parametrize("model", ["protectserve/step1", "queueing/mm1", "queueing/tandem", "protectserve/access",
                                   "oauth/device_authorization"])
def test_a_new_scenario_is_sound_for_every_model(sim, here, model):
    left = sim("new", "my_first-one", "--model", model)
    assert (0, "Written to my_first-one.yaml; try: sim run my_first-one.yaml\n") == (left.code, left.out)
    assert "My first one" == yaml.safe_load((here / "my_first-one.yaml").read_text())["scenario"]
    assert "my_first-one.yaml: this scenario is sound\n" == sim("check", "my_first-one.yaml").out


def test_a_new_scenario_takes_the_place_of_another_only_by_force(sim, refused, here):
    sim("new", "mine")
    (here / "mine.yaml").write_text("precious")
    assert "mine.yaml: this file exists already; expected another name, or --force to overwrite it" == refused("new", "mine")
    assert 0 == sim("new", "mine", "--force").code
    assert "precious" != (here / "mine.yaml").read_text()


def test_schema_is_a_json_schema_on_standard_output_and_in_a_file(sim, here):
    printed = sim("schema")
    assert "https://json-schema.org/draft/2020-12/schema" == json.loads(printed.out)["$schema"]
    assert 0 == sim("schema", "-o", "schema.json").code
    assert printed.out_bytes == (here / "schema.json").read_bytes()


def test_the_api_draws_what_the_command_draws(sim):
    import sim as api

    assert isinstance(api.diagram("protectserve/step1").chart, Chart)
    assert f"{api.diagram('protectserve/step1').text(100)}\n" == sim("diagram", "protectserve/step1").out


def test_attacks_are_set_by_their_name_found_by_their_class_and_drawn(sim, here):
    changes = ("attacks.flood.rate=50 /s", "duration=8 s", "warm_up=0 s", "attacks.flood.during=[2 s, 4 s]", "trace=all")
    assert sim("run", "key_flood", "--quiet", "--out", "out", *(word for each in changes for word in ("--set", each))).code == 0
    found = json.loads(sim("sessions", "out", "--class", "flood", "--json").out)
    assert {"flood"} == {row["class"] for row in found}
    assert "(attack" in sim("diagram", "out", "--session", found[0]["number"]).out
    assert "Attack flood" in " ".join(sim("diagram", "out", "--merged", "-f", "mermaid").out.split())
    assert "- {name: flood, sends: request_consumer_key, rate: {poisson: 50 /s}, during: [2 s, 4 s]" in (here / "out/scenario.yaml").read_text()
