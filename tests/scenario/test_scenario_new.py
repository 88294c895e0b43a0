"""A new scenario: it loads as it stands, fits its diagram, and its comments are true."""

import re

import pytest

from sim.language.strict_yaml import parse
from sim.scenario.check import check
from sim.scenario.load import load
from sim.scenario.new import template
from sim.scenario.vocabulary import Vocabulary


def test_it_loads_and_fits_step_1(written, words):
    scenario = load(written(template("A quiet day")))
    assert ("A quiet day", "protectserve/step1") == (scenario.name, scenario.model)
    assert {"consumer", "authorization_manager", "service_provider", "user_agent"} == set(check(scenario, words).actors)


@pytest.mark.parametrize("name", ["x: y", "on", "5", "", "a\nb", "#1", '"', "ü" * 300, "\ud800"])
def test_any_name_will_do(written, name):
    assert load(written(template(name))).name


def test_another_model_has_its_own_actors(written):
    words = Vocabulary(
        ("server", "customer"),
        {"ask": ("customer", "server", "->"), "answer": ("server", "customer", "-->")},
        {},
        servers=frozenset({"server"}),
    )
    scenario = check(load(written(template("Queue", "queueing/mm1", words))), words)
    assert ("customer", ["server", "customer"]) == (scenario.client, list(scenario.actors))


def test_what_is_commented_out_loads_too(written, words):
    """Every key in the comments of the client is right when it is taken in."""
    text = re.sub(r"^    # (classes:|holds:|expires:|  )", r"    \1", template("All"), flags=re.MULTILINE)
    assert "    # " not in re.sub(r"  +#.*", "", text)
    consumer = check(load(written(text)), words).actors["consumer"]
    assert ["laptop", "hosted"] == [own.name for own in consumer.classes]
    assert (("consumer_key",), {"consumer_key": 3600 * 10**9}) == (consumer.classes[0].holds[0].items, consumer.classes[0].expires)


def test_the_attack_that_is_commented_out_loads_too(written, words):
    head, found, tail = template("All").partition("# attacks:")
    scenario = check(load(written(head + found[2:] + tail.replace("\n# ", "\n"))), words)
    assert [attack.sends for attack in scenario.attacks] == ["request_consumer_key"]


def test_the_alternatives_in_its_comments_are_right(minimal):
    text = template("x")
    found = re.search(r"# or (\{constant.*?\}), (\{times.*?\}), (\{closed.*?\}\}), \{steps", text)
    for written_form in found.groups():
        load(minimal({"arrivals": parse(written_form).to_python()}))
    distributions = re.findall(r"\{(?:exponential|uniform|lognormal|gamma):.*?\}\}?(?=[,.])", text.split("\nscenario:")[0])
    assert 4 == len(distributions)
    for one in distributions:
        load(minimal({"work": {"w": parse(one).to_python()}}))
