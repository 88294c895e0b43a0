"""The JSON Schema: a true one, that takes what loads and underlines what does not."""

import json

import jsonschema
import pytest

from sim.language.faults import Faults
from sim.language.strict_yaml import parse, read
from sim.scenario import shipped
from sim.scenario.load import load
from sim.scenario.schema import ScenarioKeys, json_schema
from sim.scenario.spell import spelled_out


@pytest.fixture(scope="module")
def validator():
    """A validator of scenario files as an editor has one."""
    schema = json.loads(json.dumps(json_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_it_takes_the_sample(validator, sample):
    validator.validate(parse(sample).to_python())


@pytest.mark.parametrize("name", shipped.names("scenarios"))
def test_it_takes_what_ships_and_what_is_spelled_out(validator, name):
    validator.validate(read(shipped.find("scenarios", name)).to_python())
    validator.validate(parse(spelled_out(load(name))).to_python())


WRONG = [
    {"seed": "7"},
    {"seed": -1},
    {"duration": 10},
    {"duration": "10 minutes"},
    {"warmup": "1 min"},
    {"network": {"a - b": {}}},
    {"network": {"default": {"loss": 0.1}}},
    {"network": {"default": {"latency": {"normal": {"mean": "1 ms"}}}}},
    {"network": {"default": {"latency": {"exponential": "1 ms", "gamma": {"mean": "1 s", "cv": 1}}}}},
    {"consumer": {"arrivals": 20}},
    {"consumer": {"picks": "newest"}},
    {"consumer": {"retry": {"on": [200]}}},
    {"consumer": {"retry": {"backoff": "full_jitter"}}},
    {"consumer": {"addresses": "shared"}},
    {"consumer": {"queue": {}}},
    {"actors": {"am": {"servers": 0}}},
    {"actors": {"am": {"memory": {"nonce": 64}}}},
    {"actors": {"am": {"work": {"parse": 1}}}},
]


@pytest.mark.parametrize("keys", WRONG)
def test_it_underlines_what_does_not_load(validator, minimal, keys):
    assert validator.is_valid(minimal())
    assert not validator.is_valid(minimal(**keys))
    with pytest.raises(Faults):
        load(minimal(**keys))


def test_every_key_has_a_title_a_description_and_an_example_that_fits(validator):
    schema = json_schema()
    objects = [schema, *schema["$defs"].values()]
    keys = [(name, key) for part in objects for name, key in part.get("properties", {}).items()]
    assert 50 < len(keys)
    for name, key in keys:
        assert {"title", "description", "examples"} <= set(key), name
        for example in key["examples"]:
            jsonschema.Draft202012Validator({**key, "$defs": schema["$defs"]}).validate(example)


def test_nothing_may_be_null(validator, minimal):
    for name in ScenarioKeys.model_fields:
        assert not validator.is_valid({**minimal(), name: None}), name
