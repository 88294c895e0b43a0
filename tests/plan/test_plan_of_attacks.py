"""The tables of attacks: when they send, from where, what they hold, and whether a run without payloads is the same."""

from dataclasses import replace

import pytest

from sim.plan.constructed import not_constructed
from sim.plan.plan import NONE, Plan
from sim.world.attackers import KEY, NOTHING, TOKEN
from sim.world.chance import ATTACKING
from sim.world.credentials import REPLAYED, UNKNOWN_KEY, VALID, WRONG

S = 10**9
SHOP = """
diagram: A shop
participants: {c: Client, s: Shop}
sequence:
  - c -> s: register
  - s --> c: card
    gives: card
  - c -> s: buy
    carries: card
  - s: check
    checks: signature
  - s --> c: sold
    gives: receipt
  - c ->> s: thanks
  - s: smile
  - s ->> c: bye
  - c ->> s: gone
"""
CLIENTS = {"arrivals": "1 /s", "classes": {"near": {"population": 300}, "far": {"population": 500, "addresses": {"shared_by": 100}},
                                           "off": {"population": 2}}}


@pytest.fixture
def plan(plan_of):
    """The plan with these attacks, each sending from 100 ms to 500 ms unless it says otherwise."""
    def make(*attacks, **scenario):
        given = [{"name": f"a{k}", "sends": "register", "rate": "10 /s", "during": ["100 ms", "500 ms"], **attack} for k, attack in enumerate(attacks)]
        return plan_of(SHOP, {"actors": {"c": CLIENTS}, **scenario, "attacks": given})
    return make


def test_what_a_credential_buys_is_no_key_even_if_it_is_shown_to_somebody_else(plan_of):
    """An access token that is borne elsewhere is a credential there; but who gets it had to show one."""
    bearing = SHOP + "  - c -> s: return\n    carries: receipt\n  - s: look\n    checks: receipt\n  - s --> c: money\n"
    made = plan_of(bearing, {"actors": {"c": CLIENTS}})
    step = {each.id: each for each in made.steps}
    assert [step[name].allocates for name in ("card", "sold", "money")] == [True, False, False]
    assert [made.facts[step[name].credential] for name in ("card", "sold", "return")] == ["card", "receipt", "receipt"]
    assert [(step[name].checks_signature, step[name].checks_credential) for name in ("check", "look")] == [(True, False), (False, True)]


def tables(plan: Plan):
    return [(each.arrivals.kind, list(zip(each.arrivals.starts_ns, each.arrivals.rates_per_s, strict=True))) for each in plan.attacks]


def test_when_they_send(plan):
    ms = S // 1000
    assert tables(plan(
        {}, {"rate": {"constant": "10 /s"}}, {"rate": "0 /s"}, {"rate": {"steps": [{"from": "0 s", "rate": "1 /s"}, {"from": "50 ms", "rate": "2 /s"},
                                                                                   {"from": "200 ms", "rate": "3 /s"}]}},
        {"rate": {"steps": [{"from": "300 ms", "rate": "3 /s"}], "process": "constant"}},
        {"rate": {"pulses": {"rate": "9 /s", "length": "50 ms", "period": "250 ms", "between": "1 /s"}, "process": "constant"}},
        {"rate": {"ramp": {"from": "1 /s", "to": "9 /s"}}}, {"rate": {"ramp": {"from": "9 /s", "to": "0 /s"}, "process": "constant"}},
    )) == [
        ("poisson", [(100 * ms, 10.0), (500 * ms, 0.0)]),
        ("constant", [(100 * ms, 10.0), (500 * ms, 0.0)]),
        ("poisson", [(100 * ms, 0.0), (500 * ms, 0.0)]),
        ("poisson", [(100 * ms, 2.0), (200 * ms, 3.0), (500 * ms, 0.0)]),
        ("constant", [(100 * ms, 0.0), (300 * ms, 3.0), (500 * ms, 0.0)]),
        ("constant", [(100 * ms, 9.0), (150 * ms, 1.0), (350 * ms, 9.0), (400 * ms, 1.0), (500 * ms, 0.0)]),
        ("ramp", [(100 * ms, 1.0), (500 * ms, 9.0)]),
        ("even_ramp", [(100 * ms, 9.0), (500 * ms, 0.0)]),
    ]
    assert plan({"rate": {"times": ["0 s", "100 ms", "499 ms", "500 ms"]}}).attacks[0].arrivals.times_ns == (100 * ms, 499 * ms)


def test_where_from(plan):
    found = plan({}, {"sources": {"addresses": 600, "prefixes": 9}}, {"sources": {"among": "far"}}, {"sources": {"addresses": 255}},
                 {"sources": {"among": "c"}}, {"sources": {"among": "off"}}).attacks
    assert [(each.addresses, each.prefixes, each.first_prefix, each.first_honest) for each in found] == [
        (1, 1, 0, NONE), (600, 9, 1, NONE), (5, 1, NONE, 300), (255, 2, 10, NONE), (307, 2, NONE, 0), (2, 1, NONE, 305)]
    assert [each.class_ for each in found] == [ATTACKING | index for index in range(6)]


def test_what_they_hold_and_get(plan):
    made = plan({}, {"sends": "buy"}, {"sends": "buy", "signature": "wrong"}, {"sends": "buy", "signature": "unknown_key"},
                {"sends": "buy", "signature": {"replayed": {"delay": "5 s", "captured": "10 %"}}}, {"sends": "thanks"}, {"sends": "gone"})
    card = made.facts.index("card")
    assert [each.provided for each in made.attacks] == [(), (card,), (card,), (), (), (), ()]
    assert [each.signature for each in made.attacks] == [VALID, VALID, WRONG, UNKNOWN_KEY, REPLAYED, VALID, VALID]
    assert (made.attacks[4].delay_ns, made.attacks[4].captured) == (5 * S, 0.1)
    step = {step.id: step.index for step in made.steps}
    assert (made.attacks[0].brings[step["card"]], made.attacks[1].brings[step["sold"]], made.attacks[5].brings[step["bye"]]) == (KEY, TOKEN, NOTHING)
    assert [each.ends_when_served for each in made.attacks] == [False] * 5 + [False, True]


def test_the_actor_of_an_attack_has_the_parameters_of_the_first_class(shipped):
    attack = {"name": "f", "sends": "request_access_token", "rate": "1 /s"}
    changes = {"attacks": [attack], "actors.consumer.parameters": {"signature_method": "PLAINTEXT"}}
    assert shipped("step1", changes).attacks[0].settings == {"signature_method": "PLAINTEXT"}


@pytest.mark.parametrize("name", ["step1", "step1_load", "access", "device", "mm1", "key_flood"])
def test_what_ships_is_the_same_without_payloads(shipped, name):
    assert not_constructed(shipped(name)) is None


def test_what_is_not(shipped, tmp_path):
    manager = "actors.authorization_manager.parameters"
    for parameters, reason in (({"grants": "refused"}, "does not grant tokens at once (grants: refused)"), ({"grants": "token"}, None),
                               ({"timestamps": "monotonic"}, "compares the timestamps of a key with each other (timestamps: monotonic)")):
        assert not_constructed(shipped("step1", {manager: parameters})) == (reason and f"AuthorizationManager {reason}")
    first = {"check_order": {"order": ["nonce", "timestamp", "key", "signature"]}}
    assert not_constructed(shipped("step1", {"mitigations": {"authorization_manager": [first]}})) is None
    attack = {"name": "f", "sends": "get_resource_with_token", "rate": "1 /s"}
    for signature in ("wrong", "missing", "unknown_key"):  # the diagram says that the token is looked up
        assert not_constructed(shipped("access", {"attacks": [{**attack, "signature": signature}]})) is None
    plan = shipped("access", {"attacks": [{**attack, "signature": "missing"}]})
    silent = replace(plan, steps=tuple(replace(step, checks_facts=()) for step in plan.steps))
    assert not_constructed(silent) == "attack 'f' has no key that 'ask_about_token' could ask about"


def test_an_actor_of_the_users_own_is_not_unless_it_says_so(tmp_path):
    from sim.study.prepare import prepare

    actors = "from sim.protocol.actor import Actor, does\nclass C(Actor):\n    pass\nclass S(Actor):\n    @does('check')\n    def check(self, turn):\n        pass\n"
    (tmp_path / "diagram.yaml").write_text(SHOP)
    scenario = {"scenario": "x", "model": str(tmp_path / "diagram.yaml"), "duration": "1 s", "actors": {"c": {"arrivals": "1 /s"}}}
    (tmp_path / "actors.py").write_text(actors)
    assert not_constructed(prepare(scenario).plan()) == "C has Python of its own"
    says = "    @classmethod\n    def constructed(cls, settings, mitigations):\n        return None\n"
    (tmp_path / "actors.py").write_text(actors.replace("    pass\nclass S(Actor):\n", says + "class S(Actor):\n" + says))
    assert not_constructed(prepare(scenario).plan()) is None
