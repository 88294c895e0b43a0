"""Loading: the design's sample to the last value, every default, and every way to write arrivals, classes and links."""

import pickle
import subprocess
import sys

import pytest

from sim.language.quantities import ZERO, Distribution
from sim.scenario.check import check
from sim.scenario.load import load
from sim.scenario.scenario import (
    DEFAULT_START_NS,
    Arrivals,
    Backoff,
    Client,
    ClientClass,
    Companion,
    Holding,
    Link,
    LinkRule,
    Network,
    Queue,
    Retry,
    Scenario,
    Server,
)

S, MS = 10**9, 10**6


def test_the_sample_of_the_design(sample, written):
    default = Link(Distribution("lognormal", median_ns=20 * MS, p95_ns=60 * MS), 0.001, "tls", 60 * S)
    common = {
        "picks": "new",
        "holds": (Holding(0.3, ("consumer_key",)), Holding(0.2, ("consumer_key", "access_token"))),
        "expires": {"access_token": 3600 * S},
        "deadline_ns": 10 * S,
        "timeout_ns": 3 * S,
        "retry": Retry(3, ("timeout", 429, 503), Backoff("full_jitter", 500 * MS, 10 * S)),
        "clock_skew": Distribution("normal", sd_ns=2 * S),
    }
    expected = Scenario(
        name="Key-request flood on an unprotected authorization manager",
        model="protectserve/step1",
        duration_ns=600 * S,
        start_ns=1_239_235_200 * S,
        warm_up_ns=60 * S,
        seed=7,
        network=Network(
            default,
            (
                LinkRule(
                    "consumer",
                    "authorization_manager",
                    True,
                    Link(Distribution("constant", value_ns=35 * MS), 0.001, "tls", 60 * S),
                ),
            ),
        ),
        actors={
            "consumer": Client(
                5000,
                "new",
                (
                    ClientClass("laptop", 0.6, 3000, Arrivals("poisson", 12.0), addresses="own", **common),
                    ClientClass("hosted", 0.4, 2000, Arrivals("poisson", 8.0), addresses=("shared_by", 2000), **common),
                ),
                Arrivals("poisson", 20.0),
            ),
            "authorization_manager": Server(
                instances=1,
                servers=4,
                queue=Queue(1000, "fifo", "refuse"),
                work={
                    "parse": Distribution("constant", value_ns=100_000),
                    "allocate_consumer_key": Distribution("exponential", mean_ns=4 * MS),
                    "verify_signature": Distribution("constant", value_ns=100_000),
                },
                memory={"consumer_key": 1024, "nonce": 64},
            ),
        },
    )
    assert expected == load(written(sample))


def test_every_default(minimal):
    client = ClientClass("consumer", 1.0, 1, Arrivals("poisson", 20.0))
    expected = Scenario(
        "Short", "protectserve/step1", 600 * S, actors={"consumer": Client(1, "new", (client,), Arrivals("poisson", 20.0))}
    )
    found = load(minimal())
    assert expected == found
    assert (DEFAULT_START_NS, 0, 1, 0, "all", None) == (
        found.start_ns, found.warm_up_ns, found.seed, found.replication, found.trace, found.protected,
    )  # fmt: skip
    assert Network(Link(ZERO, 0.0, "tls", 60 * S), ()) == found.network
    assert (1, Queue(None, "fifo", "refuse"), Retry(1, ("timeout", 429, 503), Backoff("none"))) == (
        Server().servers, Server().queue, Server().retry,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("20 /s", Arrivals("poisson", 20.0)),
        ({"poisson": "0 /s"}, Arrivals("poisson", 0.0)),
        ({"constant": "90 /min", "maximum": 5}, Arrivals("constant", 1.5, maximum=5)),
        ({"times": ["0 s", "5 s", "5 s"], "maximum": "unlimited"}, Arrivals("times", times_ns=(0, 5 * S, 5 * S))),
        ({"closed": {"think": {"exponential": "5 s"}}}, Arrivals("closed", think=Distribution("exponential", mean_ns=5 * S))),
        (
            {"steps": [{"from": "0 s", "rate": "10 /s"}, {"from": "1 min", "rate": "0 /s"}], "process": "constant"},
            Arrivals("steps", steps=((0, 10.0), (60 * S, 0.0)), process="constant"),
        ),
    ],
)
def test_arrivals(minimal, data, expected):
    assert expected == load(minimal({"arrivals": data})).actors["consumer"].classes[0].arrivals


def test_arrivals_from_a_file_beside_the_scenario(written):
    written("arrival_s\n0\n2.5\n", "a.csv")
    path = written("scenario: x\nmodel: m\nduration: 1 h\nactors: {c: {arrivals: {times: a.csv}}}")
    assert (0, 2_500 * MS) == load(path).actors["c"].classes[0].arrivals.times_ns


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("none", Backoff()),
        ({"constant": "1 s"}, Backoff("constant", S, S)),
        ({"exponential": {"base": "1 s", "cap": "1 s"}}, Backoff("exponential", S, S)),
        ({"equal_jitter": {"base": "1 s", "cap": "1 min"}}, Backoff("equal_jitter", S, 60 * S)),
        ({"decorrelated_jitter": {"base": "1 s", "cap": "1 min"}}, Backoff("decorrelated_jitter", S, 60 * S)),
    ],
)
def test_backoff(minimal, data, expected):
    retry = (
        load(minimal({"retry": {"attempts": 2, "on": [503, "timeout", 503], "backoff": data}})).actors["consumer"].classes[0].retry
    )
    assert Retry(2, (503, "timeout"), expected) == retry


def test_a_class_replaces_keys_and_adds_to_open_mappings(minimal):
    consumer = {
        "population": 10,
        "timeout": "3 s",
        "retry": {"attempts": 5, "on": ["timeout"]},
        "expires": {"a": "1 h", "b": "1 h"},
        "work": {"sign": "1 ms"},
        "parameters": {"x": 1},
        "picks": "random",
        "classes": {
            "one": {},
            "two": {
                "timeout": "none",
                "retry": {"attempts": 2},
                "expires": {"b": "2 h"},
                "work": {"think": "1 s"},
                "parameters": {"x": 2, "y": True},
                "picks": "round_robin",
                "arrivals": "1 /s",
            },
        },
    }
    one, two = load(minimal(consumer)).actors["consumer"].classes
    assert (3 * S, Retry(5, ("timeout",)), {"a": 3600 * S, "b": 3600 * S}, {"x": 1}) == (
        one.timeout_ns,
        one.retry,
        one.expires,
        one.parameters,
    )
    assert (None, Retry(2), {"a": 3600 * S, "b": 7200 * S}, {"x": 2, "y": True}) == (
        two.timeout_ns,
        two.retry,
        two.expires,
        two.parameters,
    )
    assert ["sign"] == list(one.work)
    assert ["sign", "think"] == list(two.work)
    assert ("random", "round_robin") == (one.picks, two.picks)
    assert (Arrivals("poisson", 10.0), Arrivals("poisson", 1.0)) == (one.arrivals, two.arrivals)
    assert (0.5, 5, 0.5, 5) == (one.share, one.population, two.share, two.population)


def test_populations_of_classes_give_their_shares(minimal):
    found = load(minimal({"classes": {"a": {"population": 30}, "b": {"population": 10}}})).actors["consumer"]
    assert 40 == found.population
    assert [(0.75, 30, 15.0), (0.25, 10, 5.0)] == [(c.share, c.population, c.arrivals.rate_per_s) for c in found.classes]


def test_arrivals_may_be_said_by_every_class_alone(minimal):
    data = minimal({"classes": {"a": {"arrivals": "1 /s"}, "b": {"arrivals": {"constant": "2 /s"}}}, "population": 2})
    del data["actors"]["consumer"]["arrivals"]
    client = load(data).actors["consumer"]
    assert None is client.arrivals
    assert [Arrivals("poisson", 1.0), Arrivals("constant", 2.0)] == [own.arrivals for own in client.classes]


def test_links_take_what_they_do_not_say_from_the_next_more_general(minimal):
    network = {
        "a -> b": {"loss": "5 %"},
        "default": {"latency": "10 ms", "keep_alive": "5 s"},
        "b <-> a": {"transport": "datagram"},
        "c -> a": {},
    }
    found = load(minimal(network=network)).network
    ten = Distribution("constant", value_ns=10 * MS)
    assert Link(ten, 0.05, "datagram", 5 * S) == found.link("a", "b")
    assert Link(ten, 0.0, "datagram", 5 * S) == found.link("b", "a")
    assert Link(ten, 0.0, "tls", 5 * S) == found.link("c", "a") == found.link("a", "c") == found.default


def test_who_is_what(minimal, words):
    actors = {
        "service_provider": {"work": {"parse": "1 ms"}, "timeout": "1 s", "expires": {"realm_metadata": "1 h"}},
        "user_agent": {"work": {}, "retry": {"attempts": 2}},
    }
    loaded = load(minimal(actors=actors))
    assert isinstance(loaded.actors["service_provider"], Companion), "nothing but the diagram says that it is a server"
    found = check(loaded, words)
    assert ["user_agent", "authorization_manager", "service_provider", "consumer"] == list(found.actors)
    assert Companion(retry=Retry(2)) == found.actors["user_agent"]
    assert Server() == found.actors["authorization_manager"]
    assert (1, {"realm_metadata": 3600 * S}, S) == (
        found.actors["service_provider"].servers, found.actors["service_provider"].expires, found.actors["service_provider"].timeout_ns,
    )  # fmt: skip
    assert "consumer" == found.client


def test_a_server_in_full(minimal):
    server = {
        "servers": "unlimited",
        "queue": {"capacity": 0, "order": "lifo", "full": "drop"},
        "holds_server": True,
        "silent": True,
        "instances": 3,
    }
    found = load(minimal(actors={"am": server})).actors["am"]
    assert Server(instances=3, servers=None, queue=Queue(0, "lifo", "drop"), holds_server=True, silent=True) == found
    assert Queue(None) == load(minimal(actors={"am": {"queue": {"capacity": "unlimited"}}})).actors["am"].queue


def test_none_says_that_there_is_no_limit(minimal):
    found = load(minimal({"deadline": "none", "timeout": "none"}, protected="none"))
    assert (None, None, None) == (
        found.actors["consumer"].classes[0].deadline_ns,
        found.actors["consumer"].classes[0].timeout_ns,
        found.protected,
    )


def test_the_vocabulary_may_be_asked_for_while_loading(sample, written, words):
    asked = []

    def vocabulary_of(path):
        asked.append(path.name)
        return words

    path = written(sample)
    assert check(load(path), words) == load(path, vocabulary_of=vocabulary_of)
    assert ["step1.yaml"] == asked


def test_checking_a_scenario_that_was_made_in_python(words):
    client = Client(1, "new", (ClientClass("consumer", 1.0, 1, Arrivals("poisson", 1.0)),), Arrivals("poisson", 1.0))
    scenario = Scenario("x", "m", S, actors={"consumer": client})
    assert [Companion, Server, Server, Client] == [type(actor) for actor in check(scenario, words).actors.values()]
    assert "actors.consumer: bad" == str(scenario.fault(("actors", "consumer"), "bad"))


def test_a_scenario_says_later_faults_at_their_place(sample, written):
    path = written(sample)
    scenario = load(path)
    assert f"{path}:23:14: actors.consumer.timeout: bad" == str(scenario.fault(("actors", "consumer", "timeout"), "bad"))
    assert str(path) == scenario.file
    assert "5000" == scenario.node.at(("actors", "consumer", "population")).text
    assert None is load({"scenario": "x", "model": "m", "duration": "1 s", "actors": {"c": {"arrivals": "1 /s"}}}).file


def test_loading_needs_no_heavy_library():
    code = "import sys, sim.scenario.load; print(sorted(m for m in sys.modules if m in {'numpy', 'networkx', 'simpy', 'numba', 'pandas', 'scipy'}))"
    assert "[]" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_scenario_goes_to_another_process_and_back(sample, written):
    scenario = load(written(sample))
    again = pickle.loads(pickle.dumps(scenario))
    assert scenario == again
    assert str(scenario.fault(("seed",), "bad")) == str(again.fault(("seed",), "bad"))
