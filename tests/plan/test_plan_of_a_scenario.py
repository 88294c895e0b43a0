"""The scenario as tables: links, classes, stations, callers, distributions."""

import math

import pytest

from sim.plan.build import draw
from sim.plan.plan import NONE, UNLIMITED, CallerPlan, HoldingPlan, LinkPlan
from sim.plan.words import vocabulary
from sim.protocol.model import load
from sim.world import backoff, distributions, network

CALL = """
diagram: A call
participants: {u: User, c: Client, s: Server}
facts: [key, token]
sequence:
  - u ..> c: wish
  - c: think
  - c -> s: ask
  - s: work
  - s --> c: told
"""
SERVER = {"instances": 2, "servers": 3, "queue": {"capacity": 4, "order": "lifo", "full": "drop"}, "silent": True, "holds_server": True,
          "work": {"parse": "1 ms", "handshake": "2 ms", "ask": "3 ms", "work": {"exponential": "4 ms"}}, "memory": {"key": "1 KiB", "nonce": "64 B"},
          "timeout": "5 s", "retry": {"attempts": 6, "on": [503, 500], "backoff": {"constant": "7 ms"}}, "expires": {"token": "8 s"}}


@pytest.fixture(scope="module")
def scenario():
    return {
        "start": "2020-01-01T00:00:00Z", "duration": "10 s", "warm_up": "2 s", "seed": 3, "protected": "s",
        "network": {"default": {"latency": "10 ms", "loss": "1 %", "transport": "tcp"}, "c <-> s": {"latency": {"exponential": "20 ms"}},
                    "s -> c": {"loss": "5 %"}, "u -> c": {"latency": "3 ms"}},
        "actors": {
            "u": {"work": {}, "timeout": "1 s"},
            "c": {"population": 10, "arrivals": {"poisson": "10 /s"}, "deadline": "9 s", "timeout": "2 s", "expires": {"key": "1 h"},
                  "classes": {"x": {"share": "60 %", "work": {"think": "5 ms"}},
                              "y": {"share": "40 %", "addresses": {"shared_by": 3}, "timeout": "4 s", "clock_skew": "-2 s",
                                    "holds": [{"share": "25 %", "items": ["key"]}, {"share": "50 %", "items": ["key", "token"]}]}}},
            "s": SERVER,
        },
    }


@pytest.fixture(scope="module")
def plan(plan_of, scenario):
    return plan_of(CALL, scenario)


def test_times_and_seeds(plan, plan_of, scenario):
    assert (plan.duration_ns, plan.warm_up_ns) == (10_000_000_000, 2_000_000_000)
    assert plan.start_epoch_ns == 1_577_836_800 * 10**9
    assert (plan.seed, plan.replication) == (3, 0)
    other = plan_of(CALL, scenario, seed=5, replication=2)
    assert (other.seed, other.replication) == (5, 2)
    assert plan.protected == 2


def test_links(plan):
    constant, exponential = distributions.constant(10_000_000), distributions.exponential(20_000_000)
    minute = 60 * 10**9
    assert plan.links[1][2] == LinkPlan(network.TCP, 1, exponential, 0.01, minute)
    assert plan.links[2][1] == LinkPlan(network.TCP, 1, exponential, 0.05, minute)  # one way goes before both ways
    assert plan.links[0][2] == LinkPlan(network.TCP, 1, constant, 0.01, minute)


def test_dotted_steps_have_a_link_only_if_it_is_named(plan):
    assert plan.outside[0][1] == LinkPlan(network.DATAGRAM, 0, distributions.constant(3_000_000), 0.0, 0)
    for sender, receiver in ((1, 0), (0, 2)):
        assert plan.outside[sender][receiver].latency == distributions.constant(0)


def test_classes(plan):
    x, y = plan.classes
    assert (x.index, x.name, x.population, x.first_number, x.first_address, x.addresses_per) == (0, "x", 6, 0, 0, 1)
    assert (y.index, y.name, y.population, y.first_number, y.first_address, y.addresses_per) == (1, "y", 4, 6, 6, 3)
    assert (x.arrivals.kind, x.arrivals.rates_per_s, y.arrivals.rates_per_s) == ("poisson", (6.0,), (4.0,))
    assert x.holds == ()
    key, token = plan.facts.index("key"), plan.facts.index("token")
    assert y.holds == (HoldingPlan(0.25, (key,)), HoldingPlan(0.75, (key, token)))
    assert (x.deadline_ns, y.deadline_ns) == (9_000_000_000,) * 2
    assert x.skew is None
    assert y.skew == (distributions.CONSTANT, -2e9, 0.0, ())
    assert plan.steps[1].id == "think"
    assert (x.side[1].work[1], y.side[1].work[1]) == (distributions.constant(5_000_000), None)
    assert (x.side[1].caller.timeout_ns, y.side[1].caller.timeout_ns) == (2_000_000_000, 4_000_000_000)
    assert x.side[1].expires_ns[key] == 3600 * 10**9
    assert x.side[1].expires_ns[token] == NONE
    assert x.side[2] is None  # a server has no side
    assert x.side[0].caller.timeout_ns == 1_000_000_000


def test_stations(plan):
    station = plan.stations[2]
    assert plan.stations[:2] == (None, None)
    assert (station.index, station.participant, station.name) == (0, 2, "s")
    assert (station.instances, station.servers, station.capacity) == (2, 3, 4)
    assert (station.lifo, station.drops, station.silent, station.holds_server) == (True,) * 4
    assert station.parse == distributions.constant(1_000_000)
    assert station.handshake == distributions.constant(2_000_000)
    works = {plan.steps[index].id: work for index, work in enumerate(station.work) if work is not None}
    assert works == {"ask": distributions.constant(3_000_000), "work": distributions.exponential(4_000_000)}
    assert station.memory == (("key", 1024), ("nonce", 64))
    assert station.memory_of_fact == {plan.facts.index("key"): 0}
    assert station.expires_ns[plan.facts.index("token")] == 8 * 10**9
    assert station.caller == CallerPlan(5 * 10**9, 6, False, frozenset({503, 500}), backoff.CONSTANT, 7_000_000, 7_000_000)


def test_what_a_scenario_does_not_say(plan_of):
    plan = plan_of(CALL, {"actors": {"c": {"arrivals": {"times": ["0 s"]}}}})
    station, (only,) = plan.stations[2], plan.classes
    assert (station.instances, station.servers, station.capacity) == (1, 1, UNLIMITED)
    assert (station.lifo, station.drops, station.silent, station.holds_server) == (False,) * 4
    assert station.parse is station.handshake is None
    assert set(station.work) == {None}
    assert station.caller == CallerPlan(NONE, 1, True, frozenset({429, 503}), backoff.NONE, 0, 0)
    assert (only.name, only.population, only.picks, only.deadline_ns, only.holds) == ("c", 1, "new", NONE, ())
    assert only.side[0].caller.timeout_ns == NONE  # a companion that the file does not name
    assert plan.links[1][2] == LinkPlan(network.TLS, 2, distributions.constant(0), 0.0, 60 * 10**9)
    assert plan.protected == NONE
    unlimited = plan_of(CALL, {"actors": {"c": {"arrivals": "1 /s"}, "s": {"servers": "unlimited"}}})
    assert unlimited.stations[2].servers == UNLIMITED


@pytest.mark.parametrize(("given", "expected"), [
    ({"exponential": "4 ms"}, distributions.exponential(4e6)),
    ({"uniform": ["1 ms", "3 ms"]}, distributions.uniform_between(1e6, 3e6)),
    ({"lognormal": {"median": "20 ms", "p95": "60 ms"}}, distributions.lognormal(2e7, 6e7)),
    ({"normal": {"mean": "5 ms", "sd": "1 ms"}}, distributions.normal(5e6, 1e6)),
    ({"gamma": {"mean": "5 ms", "cv": 0.5}}, distributions.gamma(5e6, 0.5)),
    ({"pareto": {"minimum": "1 ms", "alpha": 1.5}}, distributions.pareto(1e6, 1.5)),
    ({"empirical": ["3 ms", "1 ms"]}, distributions.empirical([3e6, 1e6])),
    ("4 ms", distributions.constant(4e6)),
    ("0 s", None),
])
def test_every_distribution(plan_of, given, expected):
    plan = plan_of(CALL, {"actors": {"c": {"arrivals": "1 /s"}, "s": {"work": {"work": given}}}})
    work = plan.stations[2].work[3]
    assert work == expected
    assert work is None or (isinstance(work[0], int) and all(math.isfinite(number) for number in work[1:3]))
    assert draw(None) is None


def test_arrivals(plan_of):
    def arrivals(given, **more):
        return plan_of(CALL, {"actors": {"c": {"arrivals": given, **more}}}).classes[0].arrivals

    assert arrivals({"times": ["1 ms", "2 ms"], "maximum": 5}).times_ns == (1_000_000, 2_000_000)
    assert arrivals({"times": ["1 ms"], "maximum": 5}).maximum == 5
    steps = arrivals({"steps": [{"from": "1 s", "rate": "2 /s"}, {"from": "3 s", "rate": "5 /s"}]})
    assert (steps.kind, steps.starts_ns, steps.rates_per_s, steps.counts) == ("poisson", (10**9, 3 * 10**9), (2.0, 5.0), (0.0, 4.0))
    assert arrivals({"steps": [{"from": "1 s", "rate": "2 /s"}], "process": "constant"}).kind == "constant"
    closed = arrivals({"closed": {"think": {"exponential": "5 s"}}}, population=3)
    assert (closed.kind, closed.think, closed.maximum) == ("closed", distributions.exponential(5e9), NONE)


def test_parameters_of_actors(shipped):
    plan = shipped("step1", {"actors.authorization_manager.parameters": {"grants": "pending"}})
    assert plan.stations[1].settings == {"grants": "pending", "timestamps": "window"}
    assert plan.classes[0].side[3].settings == {"signature_method": "HMAC-SHA1"}


def test_the_words_of_a_model(plan_of, tmp_path):
    file = tmp_path / "diagram.yaml"
    file.write_text(CALL.replace("  - c: think", "  - c ->> t: aside").replace("s: Server}", "s: Server, t: Third}"), encoding="utf-8")
    words = vocabulary(load(file))
    assert words.participants == ("u", "c", "s", "t")
    assert words.messages == {"wish": ("u", "c", "..>"), "aside": ("c", "t", "->>"), "ask": ("c", "s", "->"), "told": ("s", "c", "-->")}
    assert words.actions == {"work": "s"}
    assert words.facts == {"key", "token"}
    assert words.servers == {"s", "t"}  # who is called, or told something
    assert words.parameters == {}
