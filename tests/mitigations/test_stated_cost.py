"""The statement of what a mitigation costs: what it may say, what is wrong with others, how it is shown."""

from types import ModuleType

import pytest

from sim.language.faults import BadValue, Faults
from sim.mitigations.framework import common, registry
from sim.mitigations.framework.costs import HASHES_PER_S, Cost
from sim.scenario.scenario import DEFAULT_HASH_RATE
from sim.study import shelf

OWN = '''"""Mine: nothing."""
from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import duration
PARAMETERS = (duration("delay", "A delay."),)
{}

def at_take_up(ints, floats, row, event):
    return 0
'''


@pytest.mark.parametrize("name", registry.shipped())
def test_whatever_ships_states_it(name):
    declared = registry.find(name)
    assert isinstance(declared.cost, Cost)
    assert "# Stated cost" in shelf.one(name)
    assert shelf.data_of(name)["stated_cost"] == declared.cost.at(common.at_defaults(declared))


def test_what_ships_without_one_is_a_fault(monkeypatch):
    module = ModuleType("mute")
    module.__doc__, module.__file__, module.at_take_up = "Mute.", "mute.py", lambda ints, floats, row, event: 0
    monkeypatch.setattr(registry.importlib, "import_module", lambda name: module)
    with pytest.raises(BadValue, match=r"the mitigation 'mute' ships and does not say what it costs.*STATED_COST = Cost\(\)"):
        registry._shipped.__wrapped__("mute")


@pytest.mark.parametrize(("line", "problem"), [
    ("STATED_COST = 3", r"'mine.STATED_COST' is 3; expected a Cost"),
    ("STATED_COST = Cost(row_bytes=-1)", r"'mine.STATED_COST.row_bytes' is -1; expected a number from 0 on"),
    ("STATED_COST = Cost(round_trips=True)", "'mine.STATED_COST.round_trips' is True"),
    ("STATED_COST = Cost(client_s=float('nan'))", "'mine.STATED_COST.client_s' is nan"),
    ("STATED_COST = Cost(client_s=lambda values: values['dely'])", "'mine.STATED_COST' raised KeyError: 'dely'"),
    ("STATED_COST = Cost(client_s=lambda values: 'long')", "'mine.STATED_COST.client_s' is 'long'"),
])
def test_a_statement_that_is_none_is_a_fault(tmp_path, line, problem):
    (tmp_path / "mine.py").write_text(OWN.format(line))
    with pytest.raises(BadValue, match=problem):
        registry.find("mine", tmp_path)


def test_it_may_depend_on_parameters_and_is_shown_at_the_values_below(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(OWN.format("STATED_COST = Cost(round_trips=1, client_s=lambda values: values['delay'] * 1e-9)"))
    text = shelf.one("mine.py")
    assert "#   more round trips of a request: 1\n#   of the client's own time, in the mean: 5 s\n" in text
    assert "delay: 5 s" in text


def test_ones_own_may_leave_it_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(OWN.format(""))
    assert "# Stated cost: not stated\n" in shelf.one("mine.py")
    assert shelf.data_of("mine.py")["stated_cost"] is None
    with pytest.raises(Faults):
        shelf.one("other.py")


def test_the_hash_rate_is_that_of_a_client_of_which_nothing_is_said():
    assert HASHES_PER_S == DEFAULT_HASH_RATE
