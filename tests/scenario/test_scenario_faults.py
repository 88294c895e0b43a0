"""What is wrong in a file by itself: each fault with its text and place, and all of them at once."""

import pytest

import sim
from sim.language.faults import Faults
from sim.scenario.load import load

HEAD = "scenario: x\nmodel: m\nduration: 1 h\n"
TOP = "scenario, model, about, start, duration, warm_up, seed, replication, trace, protected, network, actors, attacks, faults, mitigations, study or tune"


def faults_of(path):
    with pytest.raises(Faults) as caught:
        load(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


TOP_LEVEL = [
    ("seed: -1", "4:7: seed: got -1; expected at least 0"),
    ("seed: 1.5", "4:7: seed: got 1.5; expected a whole number"),
    ("seed: true", "4:7: seed: got true; expected a whole number"),
    (f"seed: {2**63}", f"4:7: seed: got {2**63}; expected at most {2**63 - 1}"),
    ("seed:", "4:6: seed: got nothing; expected a whole number"),
    ("warm_up: 5", "4:10: warm_up: got 5; expected a time with its unit, e.g. 5 s (did you mean '5 s'?)"),
    ("warm_up: 1 h", "4:10: warm_up: 1 h is all of the duration, 1 h; expected a warm-up that leaves something to count"),
    ("warmup: 1 min", f"4:1: warmup: there is no key 'warmup' here; expected {TOP} (did you mean 'warm_up'?)"),
    ("trace: some", "4:8: trace: got 'some'; expected all, none, or e.g. {sample: 1 %}"),
    (
        "start: 2009-04-09",
        "4:8: start: got '2009-04-09'; expected an instant with its zone, e.g. 2009-04-09T00:00:00Z (did you mean '2009-04-09T00:00:00Z'?)",
    ),
    ("study: {}", "4:1: study: the key 'vary' is missing; expected e.g. vary: {attacks.flood.rate: [400 /s, 4000 /s]}"),
    ("study: {vary: {}}", "4:9: study.vary: got 0 entries; expected at least 1"),
    ("study: {vary: {seed: []}}", "4:16: study.vary.seed: got an empty list; expected a list of values, a mapping of names to values, or a range {from: ..., to: ...}"),
    ("study: {vary: {seed: 5}}", "4:22: study.vary.seed: got 5; expected a list of values, a mapping of names to values, or a range {from: ..., to: ...}"),
    ("study: {vary: {seed: [1, 2, 1]}}", "4:29: study.vary.seed.2: this value stands there already; expected each value once"),
    (
        "study: {vary: {seed: {a: {set: 5}}}}",
        "4:32: study.vary.seed.a.set: got 5; expected settings by their paths, e.g. {attacks.flood.rate: 400 /s}",
    ),
    ("study: {replications: 1, vary: {seed: [1]}}", "4:23: study.replications: got 1; expected at least 2"),
    ("study: {replications: {until: 2, at_most: 3, t: 1}, vary: {seed: [1]}}", [
        "4:31: study.replications.until: got 2; expected a share in per cent, e.g. 2 % (did you mean '2 %'?)",
        "4:49: study.replications.t: there is no key 't' here; expected until, of, at_least, at_most or batches"]),
    ("study: {replications: {until: 2 %, at_least: 9, at_most: 3}, vary: {seed: [1]}}", "4:46: study.replications.at_least: got 9; expected at most at_most, 3"),
    ("study: {replications: {batches: 5}, vary: {seed: [1]}}", "4:33: study.replications.batches: got 5; expected at least 10"),
    ("study: {replications: {batches: 20, until: 5 %}, vary: {seed: [1]}}",
     "4:9: study.replications: this says until and batches; expected e.g. {until: 5 %, at_most: 50}, or {batches: 20}"),
    ("study: {replications: {at_most: 5}, vary: {seed: [1]}}",
     "4:9: study.replications: this says neither until nor batches; expected e.g. {until: 5 %, at_most: 50}, or {batches: 20}"),
    ("study: {warm_up: 5 s, vary: {seed: [1]}}", "4:18: study.warm_up: got '5 s'; expected the word found (by MSER-5); a stated time stands in set: {warm_up: 1 min}"),
    ("study: {vary: {seed: {from: 5 /s, to: 5 s, scale: lg}, start: {from: 0 s, to: 0 s, scale: log}, trace: {from: a}}}", [
        "4:39: study.vary.seed.to: got '5 s'; expected a rate, as '5 /s' is",
        "4:51: study.vary.seed.scale: got 'lg'; expected linear or log (did you mean 'log'?)",
        "4:70: study.vary.start.from: got '0 s'; expected more than zero on a log scale",
        "4:79: study.vary.start.to: got '0 s'; expected more than '0 s'",
        "4:97: study.vary.trace: the key 'to' is missing; expected a quantity, e.g. 400 /s, 5 ms, 20 % or 3",
        "4:111: study.vary.trace.from: got 'a'; expected a quantity, e.g. 400 /s, 5 ms, 20 % or 3"]),
    ("study: {flash_crowd: 1, vary: {seed: [1]}}", "4:22: study.flash_crowd: got 1; expected a number above 1, at most 1000"),
    ("network: 5", "4:10: network: got 5; expected a mapping"),
    ("network: {a - b: {}}", "4:11: network.a - b: got the key 'a - b'; expected default, 'a <-> b' or 'a -> b'"),
    ("network: {a <-> b: 5}", "4:20: network.a <-> b: got 5; expected a mapping of latency, loss, transport or keep_alive"),
    ("network: {a -> a: {}}", "4:11: network.a -> a: 'a' has no link to itself; expected two participants"),
    (
        "network: {a <-> b: {}, b <-> a: {}}",
        "4:24: network.b <-> a: this link is already there as 'a <-> b'; expected each link once",
    ),
    (
        "network: {a -> b: {transport: tcp}, b -> a: {transport: tls}}",
        (
            "4:57: network.b -> a.transport: transport differs between the two directions; "
            "expected transport as in 'a -> b': both directions share one connection"
        ),
    ),
    (
        "network: {default: {los: 1 %}}",
        "4:21: network.default.los: there is no key 'los' here; expected latency, loss, transport or keep_alive (did you mean 'loss'?)",
    ),
    (
        "network: {default: {loss: 0.1}}",
        "4:27: network.default.loss: got 0.1; expected a share in per cent, e.g. 10 % (did you mean '10 %'?)",
    ),
    ("network: {default: {transport: udp}}", "4:32: network.default.transport: got 'udp'; expected datagram, tcp or tls"),
    (
        "network: {default: {latency: {normal: {mean: 1 ms}}}}",
        "4:31: network.default.latency.normal: the parameter 'sd' is missing; expected e.g. {normal: {mean: 0 s, sd: 2 s}}",
    ),
]


@pytest.mark.parametrize(("line", "expected"), TOP_LEVEL)
def test_the_keys_of_the_file(written, line, expected):
    assert ([expected] if isinstance(expected, str) else expected) == faults_of(written(f"{HEAD}{line}\nactors: {{c: {{arrivals: 1 /s}}}}"))


ACTORS = [
    ("c: {arrivals: 20}", "5:17: actors.c.arrivals: got 20; expected a rate with its unit, e.g. 20 /s (did you mean '20 /s'?)"),
    (
        "c: {arrivals: {}}",
        "5:7: actors.c.arrivals: it is not said how sessions arrive; expected one of poisson, constant, ramp, times, closed or steps, e.g. {poisson: 20 /s}",
    ),
    (
        "c: {arrivals: {poisson: 1 /s, constant: 1 /s}}",
        "5:7: actors.c.arrivals: got poisson and constant together; expected one of poisson, constant, ramp, times, closed or steps, e.g. {poisson: 20 /s}",
    ),
    (
        "c: {arrivals: {poison: 1 /s}}",
        "5:18: actors.c.arrivals.poison: there is no key 'poison' here; expected poisson, constant, ramp, times, closed, steps, process or maximum (did you mean 'poisson'?)",
    ),
    (
        "c: {arrivals: {poisson: 1 /s, process: constant}}",
        "5:42: actors.c.arrivals.process: process belongs to steps and ramps; expected poisson alone",
    ),
    ("c: {arrivals: {closed: {}}}", "5:18: actors.c.arrivals.closed: the key 'think' is missing; expected e.g. think: 5 s"),
    (
        "c: {arrivals: {times: [2 s, 1 s]}}",
        "5:31: actors.c.arrivals.times.1: the time number 2 is before the one above it; expected times that do not descend",
    ),
    (
        "c: {arrivals: {times: []}}",
        "5:18: actors.c.arrivals.times: got an empty list; expected a list of times, or the name of a CSV file with one time a line",
    ),
    ("c: {arrivals: {steps: []}}", "5:18: actors.c.arrivals.steps: got 0 entries; expected at least 1"),
    (
        "c: {arrivals: {steps: [{from: 5 s, rate: 1 /s}, {from: 5 s, rate: 1 /s}]}}",
        "5:58: actors.c.arrivals.steps.1.from: this step does not come after the one before it",
    ),
    (
        "c: {arrivals: {steps: [{rate: 1 /s}]}}",
        "5:26: actors.c.arrivals.steps.0: the key 'from' is missing; expected e.g. from: 2 min",
    ),
    ("c: {arrivals: 1 /s, population: 0}", "5:35: actors.c.population: got 0; expected at least 1"),
    ("c: {arrivals: 1 /s, population: 16000001}", "5:35: actors.c.population: got 16000001; expected at most 16000000"),
    ("c: {arrivals: 1 /s, addresses: shared}", "5:34: actors.c.addresses: got 'shared'; expected own, or e.g. {shared_by: 2000}"),
    ("c: {arrivals: 1 /s, addresses: {shared_by: 0}}", "5:46: actors.c.addresses.shared_by: got 0; expected at least 1"),
    (
        "c: {arrivals: 1 /s, holds: [{share: 60 %, items: [a]}, {share: 50 %, items: [b]}]}",
        "5:23: actors.c.holds: the shares add up to 110 %; expected at most 100 %",
    ),
    ("c: {arrivals: 1 /s, holds: [{share: 60 %, items: []}]}", "5:45: actors.c.holds.0.items: got 0 entries; expected at least 1"),
    ("c: {arrivals: 1 /s, retry: {attempts: 33}}", "5:41: actors.c.retry.attempts: got 33; expected at most 31"),
    (
        "c: {arrivals: 1 /s, retry: {on: [200]}}",
        "5:36: actors.c.retry.on.0: got 200; expected timeout, or a status from 400 to 599",
    ),
    (
        "c: {arrivals: 1 /s, retry: {backoff: full_jitter}}",
        "5:40: actors.c.retry.backoff: got 'full_jitter'; expected none, or e.g. {full_jitter: {base: 500 ms, cap: 10 s}} (did you mean '{full_jitter: ...}'?)",
    ),
    (
        "c: {arrivals: 1 /s, retry: {backoff: {full_jitter: {base: 5 s, cap: 1 s}}}}",
        "5:71: actors.c.retry.backoff.full_jitter.cap: the cap is below the base; expected a cap of at least the base",
    ),
    (
        "c: {arrivals: 1 /s, retry: {backoff: {constant: 1 s, exponential: {base: 1 s, cap: 1 s}}}}",
        "5:31: actors.c.retry.backoff: got constant and exponential together; expected one of none, constant, exponential, full_jitter, equal_jitter or decorrelated_jitter",
    ),
    (
        "c: {arrivals: 1 /s, queue: {}}",
        "5:23: actors.c.queue: the key 'queue' is for servers, but 'arrivals' makes this actor the client; expected the keys of one or the other",
    ),
    (
        "c: {arrivals: 1 /s}\n  s: {servers: 1, deadline: 1 s}",
        "6:19: actors.s.deadline: the key 'deadline' is for the client, but 'servers' makes this actor a server; expected the keys of one or the other",
    ),
    (
        "c: {arrivals: 1 /s}\n  s: {servers: 0}",
        "6:16: actors.s.servers: got 0; expected a whole number from 1 to 2147483647, or unlimited",
    ),
    ("c: {arrivals: 1 /s}\n  s: {silent: maybe}", "6:15: actors.s.silent: got 'maybe'; expected true or false"),
    (
        "c: {arrivals: 1 /s}\n  s: {queue: {order: lif}}",
        "6:22: actors.s.queue.order: got 'lif'; expected fifo, lifo, fair, priority, adaptive_lifo, effort or processor_sharing (did you mean 'lifo'?)",
    ),
    (
        "c: {arrivals: 1 /s}\n  s: {memory: {nonce: 64}}",
        "6:23: actors.s.memory.nonce: got 64; expected a size with its unit, e.g. 64 KiB (did you mean '64 KiB'?)",
    ),
    (
        "c: {arrivals: 1 /s}\n  s: {work: {parse: 1}}",
        "6:21: actors.s.work.parse: got 1; expected a time with its unit, e.g. 1 s (did you mean '1 s'?)",
    ),
    ("c: {arrivals: 1 /s}\n  s: 5", "6:6: actors.s: got 5; expected a mapping of work, expires, timeout, retry, throttle, breaker or parameters"),
    ("c: {arrivals: 1 /s}\n  s: {timeout: }", "6:16: actors.s.timeout: got nothing; expected a time with its unit, e.g. 3 s"),
    (
        "c: {arrivals: 1 /s}\n  s: {parameters: {x: [1]}}",
        "6:20: actors.s.parameters.x: got a list; expected text, a number, true or false",
    ),
    ("c: {arrivals: 1 /s}\n  s x: {}", "6:3: actors.s x: got the key 's x'; expected a name of at most 64 letters, digits and _"),
    ("c: {arrivals: 1 /s}\n  5: {}", "6:3: actors.5: got the key 5; expected text as the key"),
    (
        "c: {arrivals: 1 /s}\n  d: {picks: new}",
        "6:3: actors.d: 'c' already starts the sessions; expected one actor with arrivals, population, picks, holds or classes",
    ),
    ("s: {servers: 1}", "4:1: actors: no actor starts sessions; expected arrivals at one of them, e.g. arrivals: {poisson: 20 /s}"),
    ("c: {population: 5}", "5:3: actors.c: the key 'arrivals' is missing; expected e.g. arrivals: {poisson: 20 /s}"),
]


@pytest.mark.parametrize(("line", "expected"), ACTORS)
def test_the_keys_of_actors(written, line, expected):
    found = faults_of(written(f"{HEAD}actors:\n  {line}"))
    # 'd' lacks arrivals too, once it is taken for a client
    assert [expected] == [fault for fault in found if not fault.startswith("6:3: actors.d: the key 'arrivals'")]


CLASSES = [
    ("{a: {share: 60 %}, b: {share: 50 %}}", "5:39: actors.c.classes: the shares add up to 110 %; expected 100 %"),
    (
        "{a: {share: 33.3 %}, b: {share: 33.3 %}, d: {share: 33.3 %}}",
        "5:39: actors.c.classes: the shares add up to 99.9 %; expected 100 %",
    ),
    (
        "{a: {share: 100 %}, b: {}}",
        "5:68: actors.c.classes.b: nobody of a population of 10 is in this class; expected a larger share or population",
    ),
    (
        "{a: {population: 5}, b: {share: 50 %}}",
        "5:69: actors.c.classes.b: the key 'population' is missing, and other classes have one; expected a population for every class, or for none",
    ),
    (
        "{a: {population: 5}, b: {population: 6}}",
        "5:35: actors.c.population: the classes have 11 in all, the actor 10; expected the sum over the classes, or no population here",
    ),
    (
        "{a: {share: 2}, b: {}}",
        "5:60: actors.c.classes.a.share: got 2; expected a share in per cent, e.g. 2 % (did you mean '2 %'?)",
    ),
    ("{}", "5:39: actors.c.classes: got 0 entries; expected at least 1"),
    ("{a b: {}}", "5:49: actors.c.classes.a b: got the key 'a b'; expected a name of at most 64 letters, digits and _"),
]


@pytest.mark.parametrize(("classes", "expected"), CLASSES)
def test_the_classes_of_a_client(written, classes, expected):
    assert [expected] == faults_of(written(f"{HEAD}actors:\n  c: {{arrivals: 1 /s, population: 10, classes: {classes}}}"))


def test_what_is_missing(written):
    expected = [
        "1:1: the key 'scenario' is missing; expected e.g. scenario: Two kinds of consumers",
        "1:1: the key 'duration' is missing; expected e.g. duration: 10 min",
        "1:1: the key 'actors' is missing; expected e.g. actors: {consumer: {arrivals: {poisson: 20 /s}}}",
    ]
    assert sorted(expected) == faults_of(written("model: m"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scenario: 5", "1:11: scenario: got 5; expected text (in quotes if it is a number)"),
        ("scenario: ''", "1:11: scenario: got ''; expected text that is not empty"),
        ('scenario: "a\\nb"', "1:11: scenario: got 'a\\nb'; expected one line of printable text"),
        (f"scenario: {'x' * 1001}", f"1:11: scenario: got '{'x' * 80}...'; expected at most 1000 characters"),
    ],
)
def test_the_title(written, text, expected):
    assert [expected] == faults_of(written(f"{text}\nmodel: m\nduration: 1 h\nactors: {{c: {{arrivals: 1 /s}}}}"))


def test_all_at_once_in_the_order_of_the_file(written):
    text = """\
scenario: 5
duration: 10
warm_up: 1 d
network: {a -> a: {loss: 1}}
actors:
  c: {arrivals: 20, holds: [{share: 70 %, items: [a]}, {share: 70 %, items: 5}], population: x}
  d: {arrivals: 1 /s, classes: {e: {share: 20 %}}, silent: true}
"""
    places = [fault.split(": ")[0] + " " + fault.split(": ")[1] for fault in faults_of(written(text))]
    assert [
        "1:1 the key 'model' is missing; expected e.g. model",
        "1:11 scenario",
        "2:11 duration",
        "4:11 network.a -> a",
        "4:26 network.a -> a.loss",
        "6:17 actors.c.arrivals",
        "6:21 actors.c.holds",
        "6:77 actors.c.holds.1.items",
        "6:94 actors.c.population",
        "7:3 actors.d",
        "7:23 actors.d.classes",
        "7:52 actors.d.silent",
    ] == places


def test_a_file_that_is_no_mapping_no_scenario_or_not_there(written, tmp_path):
    assert ["1:1: this is no scenario; expected a mapping that starts with e.g. 'scenario: A quiet day'"] == faults_of(
        written("- a")
    )
    assert [" this is a directory; expected a YAML file"] == faults_of(tmp_path)
    assert [" this file is empty; expected a YAML file"] == faults_of(written(""))
    with pytest.raises(Faults) as caught:
        load("step_one")
    assert str(caught.value).startswith("step_one: there is no scenario 'step_one'; expected a path, or access")


def test_faults_in_a_file_that_a_scenario_names_are_at_their_own_lines(written, tmp_path):
    times = written("t_s\n1\nx\n", "t.csv")
    path = written(f"{HEAD}actors: {{c: {{arrivals: {{times: t.csv}}}}, s: {{work: {{parse: {{empirical: none.csv}}}}}}}}")
    with pytest.raises(Faults) as caught:
        load(path)
    assert [
        f"{tmp_path}/none.csv: there is no such file; expected a CSV file with one time a line",
        f"{times}:3:1: got 'x'; expected a time with its unit, e.g. 3 s",
    ] == str(caught.value).splitlines()


def test_faults_of_data_from_python_have_a_path_and_no_place(minimal):
    with pytest.raises(Faults) as caught:
        load(minimal(seed=-1))
    assert "seed: got -1; expected at least 0" == str(caught.value)


def test_a_population_that_is_no_number_among_others_is_the_one_fault():
    with pytest.raises(Faults) as caught:
        sim.load("victim_lock_out").set({"actors.consumer.classes.connector.population": float("inf")})
    assert ["actors.consumer.classes.connector.population"] == [fault.path for fault in caught.value.faults]
