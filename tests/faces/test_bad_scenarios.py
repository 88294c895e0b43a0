"""Scenarios that are at fault: each a message that says where, what, and what was expected, and nothing is written."""

import pytest

GOOD = """\
scenario: A quiet day
model: protectserve/step1
start: 2009-04-09T00:00:00Z
duration: 5 s
seed: 1
network:
  default: {latency: 20 ms, loss: 1 %}
actors:
  consumer:
    population: 10
    arrivals: {poisson: 1 /s}
    timeout: 3 s
    holds: [{share: 40 %, items: [consumer_key]}]
  authorization_manager:
    work: {allocate_consumer_key: 3 ms}
"""

CASES = {
    "unknown message in work": ("allocate_consumer_key: 3 ms", "alocate_consumer_key: 3 ms", "s.yaml:15:12: ", "'alocate_consumer_key'",
                                "did you mean 'allocate_consumer_key'?"),
    "unknown participant": ("  authorization_manager:", "  authorisation_manager:", "s.yaml:14:3: ", "'authorisation_manager'",
                            "did you mean 'authorization_manager'?"),
    "unknown fact": ("items: [consumer_key]", "items: [consumer_kye]", "s.yaml:13:35: ", "no fact 'consumer_kye'", "access_token"),
    "unit missing": ("duration: 5 s", "duration: 5", "s.yaml:4:11: ", "got 5", "a time with its unit"),
    "unit wrong": ("latency: 20 ms", "latency: 20 /s", "s.yaml:7:22: ", "20 /s", "ms"),
    "unit unknown": ("latency: 20 ms", "latency: 20 parsecs", "s.yaml:7:22: ", "'parsecs' is no unit of time", "ns, us, ms"),
    "share above one": ("loss: 1 %", "loss: 140 %", "s.yaml:7:35: ", "140 %", "from 0 % to 100 %"),
    "population of none": ("population: 10", "population: 0", "s.yaml:10:17: ", "got 0", "at least 1"),
    "population beyond all": ("population: 10", "population: 99999999999", "s.yaml:10:17: ", "99999999999", "at most"),
    "negative seed": ("seed: 1", "seed: -3", "s.yaml:5:7: ", "got -3", "at least 0"),
    "time beyond the clock": ("duration: 5 s", "duration: 999999 d", "s.yaml:4:11: ", "999999 d", "at most"),
    "a date that is none": ("2009-04-09T00:00:00Z", "yesterday", "s.yaml:3:8: ", "yesterday", "2009"),
    "missing model": ("protectserve/step1", "protectserve/stepp1", "s.yaml:2:8: ", "no model 'protectserve/stepp1'",
                      "did you mean 'protectserve/step1'?"),
    "unknown key": ("seed: 1", "sede: 1", "s.yaml:5:1: ", "sede", "did you mean 'seed'?"),
    "key missing": ("duration: 5 s\n", "", "s.yaml:1:1: ", "'duration' is missing", "duration: "),
    "duplicate key": ("seed: 1", "seed: 1\nseed: 2", "s.yaml:6:1: ", "a second time", "the first is on line 5"),
    "a mapping for a value": ("seed: 1", "seed: {a: 1}", "s.yaml:5:", "mapping", "number"),
    "unknown distribution": ("latency: 20 ms", "latency: {lognorml: {median: 20 ms, p95: 60 ms}}", "s.yaml:7:", "lognorml", "lognormal"),
    "sexagesimal": ("duration: 5 s", "duration: 5:30", "s.yaml:4:11: ", "5:30", "quotes"),
    "warm-up that leaves nothing": ("seed: 1", "warm_up: 5 s", "s.yaml:5:10: ", "all of the duration", "leaves something"),
    "a server named as client": ("  authorization_manager:\n", "  authorization_manager:\n    arrivals: {poisson: 1 /s}\n", "s.yaml:", "arrivals",
                                 ""),
    "text where a list is meant": ("items: [consumer_key]", "items: consumer_key", "s.yaml:13:", "consumer_key", "list"),
    "a tab": ("  consumer:", "\tconsumer:", "s.yaml:9:1: ", "a tab", "spaces"),
}


@pytest.mark.parametrize(("old", "new", "place", "problem", "expected"), CASES.values(), ids=CASES.keys())
def test_a_scenario_at_fault_is_refused(refused, here, old, new, place, problem, expected):
    assert old in GOOD
    (here / "s.yaml").write_text(GOOD.replace(old, new))
    said = refused("check", "s.yaml", lines=3)
    assert place in said
    assert problem in said
    assert expected in said
    assert said == refused("run", "s.yaml", lines=3)
    assert said == refused("run", "s.yaml", "--out", "deep/down", "--force", lines=3)


def test_the_scenario_of_these_tests_is_sound(sim, here):
    (here / "s.yaml").write_text(GOOD)
    assert 0 == sim("check", "s.yaml").code


def test_all_faults_of_a_scenario_and_its_model_are_said_at_once(refused, here):
    (here / "m.yaml").write_text("diagram: x\nparticipants: {a: A, b: B}\nsequence:\n  - a -> c: hi\n")
    (here / "s.yaml").write_text("scenario: s\nmodel: m.yaml\nduration: 5\nseed: x\nactors: {a: {arrivals: {poisson: 1}}}\n")
    said = refused("run", "s.yaml", lines=6)
    assert ["m.yaml:4", "s.yaml:3", "s.yaml:4", "s.yaml:5"] == sorted({":".join(line.split(":")[:2]) for line in said.splitlines()})


@pytest.mark.parametrize(("change", "said"), [
    ("duration=5", "set: duration: got 5; expected a time with its unit, e.g. 5 s (did you mean '5 s'?)"),
    ("duration", "set: got 'duration'; expected path=value"),
    ("=5", "set: got '=5'; expected path=value"),
    ("duration=", "set: got 'duration='; expected path=value"),
    ("duration.x=5 s", "set: duration.x: 'duration' is the value '2 s', without a part 'x'"),
    ("actors.consumer.arrivals.times.3=5 s", "set: actors.consumer.arrivals.times.3: 'actors.consumer.arrivals.times' is a list"),
    ("actors.consumer.timeout={a: b", "set: actors.consumer.timeout: "),
    ("actors.consumer.population=-1", "set: actors.consumer.population: got -1; expected at least 1"),
    ("sede=1", "sede"),
])
def test_a_change_that_leads_nowhere_is_refused(refused, change, said):
    assert said in refused("run", "step1", "--set", change)


@pytest.mark.parametrize(("words", "said"), [
    (["--seed", "-1"], "seed: got -1; expected a whole number from 0 to 9223372036854775807"),
    (["--seed", "9223372036854775808"], "seed: got 9223372036854775808; expected"),
    (["--replication", "-1"], "replication: got -1; expected a whole number from 0"),
    (["--engine", "sympy"], "engine: got 'sympy'; expected auto, simpy or compiled (did you mean 'simpy'?)"),
])
def test_options_out_of_range_are_refused(refused, words, said):
    assert said in refused("run", "step1", *words)


@pytest.mark.parametrize("words", [
    ["frobnicate"], ["run"], ["run", "step1", "--frob"], ["run", "step1", "step1"], ["check"], ["compare", "one"], ["diagram"], ["show"],
])
def test_words_that_are_no_command_are_refused_with_the_way_to_help(refused, words):
    said = refused(*words, lines=4)
    assert said.startswith("Usage: sim ")
    assert "Try 'sim" in said
    assert "\nError: " in said


@pytest.mark.parametrize(("words", "said"), [
    (["run", "step1", "--seed", "one"], "seed: got 'one'; expected a whole number"),
    (["sessions", "x", "--limit", "0"], "limit: got 0; expected at least 1"),
    (["show", "x", "--session", "1.5"], "session: got '1.5'; expected a whole number")])
def test_an_option_that_is_no_number_is_told_as_every_fault_is(refused, words, said):
    assert said == refused(*words, lines=1)
