"""What `sim list` says of a mitigation: its parameters with their defaults, its source, and YAML to paste."""

import json

import pytest
import yaml

import sim
from sim.language.faults import Faults
from sim.mitigations.framework import common, registry
from sim.study import shelf


@pytest.mark.parametrize("name", registry.shipped())
def test_what_is_pasted_loads_and_says_the_defaults(name):
    pasted = yaml.safe_load(shelf.one(name))
    prepared = sim.load("scenarios/step1.yaml").set({"mitigations": pasted["mitigations"]})
    (given,) = prepared.scenario.mitigations["authorization_manager"]
    short = {each.name: each.example for each in given.declared.parameters if each.is_required}
    again = sim.load("scenarios/step1.yaml").set({"mitigations.authorization_manager": [{name: short}]})
    assert again.scenario.mitigations["authorization_manager"] == (given,)


@pytest.mark.parametrize("name", registry.shipped())
def test_each_names_its_source_and_explains_every_parameter(name):
    declared, text = registry.find(name), shelf.one(name)
    words = " ".join(text.replace("\n#", "\n").split())
    assert declared.source
    assert declared.source in words
    for each in common.all_parameters(declared):
        assert f"#   {each.name}" in text
        assert each.about in words
    assert set(shelf.data_of(name)["parameters"]) == {each.name for each in common.all_parameters(declared)}
    json.dumps(shelf.data_of(name))


def test_a_slip_of_the_pen_is_seen():
    with pytest.raises(Faults, match="did you mean 'token_bucket'"):
        shelf.one("token_buket")
