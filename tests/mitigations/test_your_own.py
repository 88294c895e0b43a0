"""A user's own mitigation: found, told what is wrong with it, and run; the one of the README, word for word."""

import re
from pathlib import Path

import pytest

import sim
from sim.engines.faults import RunFault
from sim.language.faults import Faults
from sim.mitigations.framework import registry
from sim.study.engine import choose

README = (Path(sim.__file__).parent / "mitigations" / "README.md").read_text()
EXAMPLE = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
SCENARIO = """\
scenario: Many at once from one address
model: m.yaml
duration: 1 s
network: {default: {transport: datagram, latency: 1 ms}}
actors:
  client: {population: 10, addresses: {shared_by: 5}, arrivals: {times: [0 s, 0 s, 0 s, 0 s, 0 s, 0 s, 100 ms]}}
  server: {servers: 1, work: {ask: 10 ms}}
mitigations:
  server:
    - %s
"""
MODEL = """\
diagram: One call
participants: {client: Client, server: Server}
sequence:
  - client -> server: ask
    id: ask
  - server --> client: answer
    id: answer
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.yaml").write_text(MODEL)
    return tmp_path


def scenario(folder, mitigation):
    path = folder / "s.yaml"
    path.write_text(SCENARIO % mitigation)
    return path


def own(folder, text, name="mine.py"):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)


@pytest.mark.parametrize(("place", "name"), [("in_flight_limit.py", "in_flight_limit"), ("mitigations/in_flight_limit.py", "in_flight_limit"),
                                             ("elsewhere/in_flight_limit.py", "elsewhere/in_flight_limit.py")])
def test_the_example_of_the_readme_runs(folder, place, name):
    own(folder, EXAMPLE, place)
    run = sim.run(scenario(folder, f"{name}: {{most: 2}}"))
    refused = [record for record in run.trace.records() if record["outcome"] == "refused" and record["kind"] == "message"]
    # Clients 1 to 5 share an address: two of the five are admitted. The sixth has its own; the seventh comes when all are done.
    assert [record["session"] for record in refused] == [3, 4, 5]
    assert {record["by"] for record in refused} == {"in_flight_limit"}
    assert {record["started_ns"] for record in refused} == {None}
    assert (run.metrics["honest"]["false_refusals"], run.metrics["sessions"]["completed"]) == (3, 4)
    assert dict(run.metrics["stations"]["server"]["refused"]) == {"in_flight_limit": 3}
    assert run.metrics["checks"] == {"sessions": True, "messages": True, "little": True}


def test_the_scenarios_of_the_readme_are_sound(folder):
    own(folder, EXAMPLE, "mitigations/in_flight_limit.py")
    import yaml

    for text in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL):
        changes = {**yaml.safe_load(text), "actors.consumer.timeout": "3 s"}
        sim.load("step1").set(changes)


def test_its_defaults_are_spelled_out_and_it_is_listed(folder):
    from sim.scenario.spell import spelled_out
    from sim.study.shelf import one

    own(folder, EXAMPLE, "mitigations/in_flight_limit.py")
    assert "{in_flight_limit: {most: 2, status: 503, message: all, per: address, table: {capacity: unlimited}, at: edge, when: always}}" in spelled_out(
        sim.load(scenario(folder, "in_flight_limit")).scenario)
    assert "NGINX" in one("in_flight_limit")


def test_it_may_be_any_python(folder):
    own(folder, '''"""Refuses on words."""
import re
WORDS = {"even": 503}

def at_take_up(ints, floats, row, event):
    return WORDS.get("odd" if event[0] % 2 else "even") if re.match("^1", str(event[0])) else 0
''')
    run = sim.run(scenario(folder, "mine"))
    assert dict(run.metrics["stations"]["server"]["refused"])["mine"] > 0


LAW = '''"""Mine."""
from sim.world.moments import *

def at_take_up(ints, floats, row, event):
    %s
'''


@pytest.mark.parametrize(("line", "words"), [
    ("return 1 // 0", ("mine.py:5: mitigation 'mine', at_take_up at 'ask', at 1000000 ns, raised ZeroDivisionError", "\n    return 1 // 0")),
    ("return row.identity", ("mine.py:5", "raised AttributeError")),
    ("raise SystemExit(3)", ("mine.py:5", "raised SystemExit: 3")),
    ("return None", ("mine.py", "answered None; expected an int")),
    ("return True", ("answered True",)),
    ("return 200", ("at 'ask', at 1000000 ns, answered 200", "a status from 400 to 599")),
    ("return DROP", ("answered -2", "DROPS")),
    ("return CHALLENGE", ("answered -1", "CHALLENGES")),
])
def test_what_its_code_does_wrong_stops_the_run(folder, line, words):
    own(folder, LAW % line)
    with pytest.raises(RunFault) as caught:
        sim.run(scenario(folder, "mine"))
    for each in words:
        assert each in str(caught.value)


WITH_WORK = MODEL.replace("  - server --> client", "  - server: work\n    id: work\n  - server --> client")
EMPTY = "from sim.protocol.actor import Actor\n\nclass Client(Actor):\n    pass\n\nclass Server(Actor):\n    pass\n"


@pytest.mark.parametrize(("law", "words"), [
    ("at_action(ints, floats, row, event):\n    event[WORK_NS] = -1\n    return PASS", "set a time of -1 ns; expected one from 0 to 2^62"),
    ("http_challenge(values, request, address):\n    return 1 / 0", "http_challenge, at 1000000 ns, raised ZeroDivisionError"),
    ("client_hears(ints, floats, row, event):\n    event[WORK_NS] = 1 << 62\n    return PASS", "client_hears at 'ask?mine', at 2000000 ns"),
    ("at_end(ints, floats, row, event):\n    return 1 // ints[5]", "at_end, at 11000000 ns, raised IndexError"),
])
def test_what_else_its_code_does_wrong(folder, law, words):
    (folder / "m.yaml").write_text(WITH_WORK)
    (folder / "actors.py").write_text(EMPTY)
    challenges = "http" in law or "hears" in law
    own(folder, f'"""Mine."""\nfrom sim.world.moments import *\nCHALLENGES = {challenges}\n\n'
                f"def at_take_up(ints, floats, row, event):\n    return CHALLENGE if CHALLENGES and not event[SOLVED] else PASS\n\ndef {law}\n")
    with pytest.raises(RunFault, match=r"mine\.py") as caught:
        sim.run(scenario(folder, "mine"))
    assert words in str(caught.value)


MISTAKES = '''"""Mine, with one mistake or another."""
from sim.mitigations.framework.parameters import count
from sim.world.moments import *
PARAMETERS = (count("mistake", "Which.", 0, least=0),)

def at_take_up(ints, floats, row, event):
    if ints[0] == 0:
        return 1 // (ints[0] * row)
    if ints[0] == 1:
        return ints[1000000]
    if ints[0] == 2:
        raise ValueError("not so")
    return (200, DROP, CHALLENGE)[ints[0] - 3]
'''


@pytest.mark.parametrize(("mistake", "words"), list(enumerate([
    ("mine.py:8: mitigation 'mine', at_take_up at 'ask', at 1000000 ns, raised ZeroDivisionError", "\n    return 1 // (ints[0] * row)"),
    ("mine.py:10", "raised IndexError"),
    ("mine.py:12", "raised ValueError: not so", '\n    raise ValueError("not so")'),
    ("mine.py: mitigation 'mine', at_take_up at 'ask', at 1000000 ns, answered 200", "a status from 400 to 599"),
    ("answered -2", "DROPS"),
    ("answered -1", "CHALLENGES"),
])))
def test_what_its_code_does_wrong_is_told_alike_by_both_engines(folder, mistake, words):
    own(folder, MISTAKES)
    said = []
    for engine in ("simpy", "compiled"):
        with pytest.raises(RunFault) as caught:
            sim.run(scenario(folder, f"mine: {{mistake: {mistake}}}"), engine=engine)
        said.append(str(caught.value))
    assert said[0] == said[1]
    for each in words:
        assert each in said[1]


@pytest.mark.parametrize(("line", "why"), [
    ("return 503.0", "mine.py:4: compiled, at_take_up answers float64; expected an int"),
    ("import json; return json.loads('0')", "mine.py:4: numba cannot compile at_take_up"),
])
def test_what_numba_cannot_compile_is_for_the_simpy_engine_which_is_told(folder, line, why):
    own(folder, LAW % line)
    choice = choose(sim.load(scenario(folder, "mine")).plan(), "compiled", payloads=True, tap=None)
    assert choice.name == "simpy"
    assert why in choice.why


KINDS = '"""Mine."""\nfrom sim.mitigations.framework.parameters import *\n'


@pytest.mark.parametrize(("text", "problem"), [
    ("x =", "s.yaml:10:7: mitigations.server.0.mine: {0}/mine.py:1:4: this is no Python: invalid syntax"),
    ('"""Mine."""\nimport nothing_of_this_name', "{0}/mine.py:2: importing it raised ModuleNotFoundError"),
    ("def at_take_up(ints, floats, row, event): return 0", "the mitigation 'mine' has no docstring"),
    ('"""Mine."""', "the mitigation 'mine' has no law"),
    ('"""Mine."""\ndef at_take_up(event): return 0', "'mine.at_take_up' is no law; expected a function at_take_up(ints, floats, row, event)"),
    ('"""Mine."""\nPER = "adress"\ndef at_take_up(ints, floats, row, event): return 0', "'mine.PER' is 'adress'; expected address"),
    ('"""Mine."""\nPARAMETERS = [1]\ndef at_take_up(ints, floats, row, event): return 0', "is no tuple of parameters"),
    (KINDS + 'PARAMETERS = (duration("work", "x"),)\ndef at_take_up(ints, floats, row, event): return 0', "'mine' has two parameters 'work'"),
    (KINDS + 'PARAMETERS = (duration("x", "x", 3),)\ndef at_take_up(ints, floats, row, event): return 0', "the default of 'mine.x' is none"),
])
def test_what_its_file_does_wrong_is_a_fault_of_the_scenario(folder, text, problem):
    own(folder, text)
    with pytest.raises(Faults) as caught:
        sim.load(scenario(folder, "mine: {}"))
    assert problem.format(folder) in str(caught.value)


def test_a_file_that_changes_is_read_again(folder):
    own(folder, LAW % "return 503")
    assert sim.run(scenario(folder, "mine")).metrics["sessions"]["refused"] == 7
    own(folder, LAW % "return 0  # now")
    assert sim.run(scenario(folder, "mine")).metrics["sessions"]["completed"] == 7


def test_a_file_that_changes_is_compiled_again(folder):
    own(folder, LAW % "return 503")
    assert sim.run(scenario(folder, "mine"), engine="compiled").metrics["sessions"]["refused"] == 7
    own(folder, LAW % "return 0  # now")
    assert sim.run(scenario(folder, "mine"), engine="compiled").metrics["sessions"]["completed"] == 7


def test_what_ships_is_all_that_is_in_the_folder():
    files = {path.stem for path in (Path(sim.__file__).parent / "mitigations").glob("*.py")} - {"__init__"}
    assert files == set(registry.shipped())
