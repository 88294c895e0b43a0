"""The attacks of a scenario: what their keys may hold, what they mean, and every fault with its place."""

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.language.faults import Faults
from sim.language.strict_yaml import parse
from sim.scenario.attack import Attack, AttackRate, Signature, Sources
from sim.scenario.load import load
from sim.scenario.schema import json_schema
from sim.scenario.source import read_source
from sim.scenario.spell import sha256, spelled_out
from sim.scenario.vocabulary import Vocabulary

S = 10**9
MIN = 60 * S
HEAD = """\
scenario: x
model: m
duration: 10 min
actors: {c: {arrivals: 1 /s, population: 10, classes: {near: {share: 50 %}, far: {}}}, s: {servers: 1}}
attacks:
"""
WORDS = Vocabulary(
    participants=("c", "s", "t"),
    messages={"ask": ("c", "s", "->"), "told": ("s", "c", "-->"), "buy": ("c", "s", "->"), "sold": ("s", "c", "-->"),
              "note": ("c", "s", "->>"), "wish": ("c", "s", "..>"), "look": ("s", "t", "->"), "seen": ("t", "s", "-->")},
    actions={}, servers=frozenset({"s", "t"}), signed=frozenset({"buy"}),
    needs={"buy": frozenset({"card"})}, carried=frozenset({"card"}))


def attacks_in(written, *lines):
    return load(written(HEAD + "".join(f"  - {{{line}}}\n" for line in lines)), vocabulary_of=lambda _: WORDS).attacks


@pytest.fixture
def faults_in(written, monkeypatch):
    """The faults of attacks, each a mapping in YAML's flow style, without the file's name."""
    monkeypatch.setattr("sim.scenario.load.model_path", lambda source: source)

    def find(*lines):
        path = written(HEAD + "".join(f"  - {{{line}}}\n" for line in lines))
        with pytest.raises(Faults) as caught:
            load(path, vocabulary_of=lambda _: WORDS)
        return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]

    return find


@pytest.fixture
def read(written, monkeypatch):
    """The attacks of such mappings."""
    monkeypatch.setattr("sim.scenario.load.model_path", lambda source: source)
    return lambda *lines: attacks_in(written, *lines)


def test_defaults(read):
    assert read("name: f, sends: ask, rate: 5 /s") == (
        Attack("f", "ask", AttackRate("poisson", 5.0), 0, 10 * MIN, Sources(1, 1), Signature("valid"), timeout_ns=10 * S),)


def test_everything_said(read):
    a, b, c = read(
        "name: a, sends: note, rate: {constant: 90 /min}, during: [2 min, 7 min], sources: {addresses: 600}, timeout: 1 s",
        "name: b, sends: buy, rate: {steps: [{from: 0 s, rate: 1 /s}, {from: 5 s, rate: 0 /s}], process: constant}, sources: {among: far}, "
        "signature: {replayed: {delay: 5 s, captured: 10 %}}",
        "name: c-2, sends: buy, rate: {pulses: {rate: 9 /s, length: 1 s, period: 4 s, between: 1 /s}}, "
        "sources: {addresses: 20, prefixes: 20}, signature: unknown_key")
    assert a == Attack("a", "note", AttackRate("constant", 1.5), 2 * MIN, 7 * MIN, Sources(600, 3), Signature(), timeout_ns=S)
    assert (b.rate, b.sources, b.signature) == (
        AttackRate("steps", steps=((0, 1.0), (5 * S, 0.0)), process="constant"), Sources(0, 0, "far"), Signature("replayed", 5 * S, 0.1))
    assert (c.rate, c.sources, c.signature) == (AttackRate("pulses", 9.0, (), S, 4 * S, 1.0), Sources(20, 20), Signature("unknown_key"))
    for attack in (a, b, c):
        assert hash(attack) is not None


def test_rates_from_files(read, written):
    written("# measured\ntime_s, rate_per_min\n0, 60\n\n2.5, 30\n5 min, 1 /s\n", "steps.csv")
    written("0 s\n2 min\n", "times.csv")
    steps, times, ramp = read("name: a, sends: ask, rate: {steps: steps.csv, process: constant}", "name: b, sends: ask, rate: {times: times.csv}",
                              "name: d, sends: ask, rate: {ramp: {from: 0 /s, to: 90 /min}}")
    assert steps.rate == AttackRate("steps", steps=((0, 1.0), (2_500_000_000, 0.5), (5 * MIN, 1.0)), process="constant")
    assert times.rate == AttackRate("times", times_ns=(0, 2 * MIN))
    assert ramp.rate == AttackRate("ramp", 0.0, to_per_s=1.5)


def test_what_is_wrong_with_a_file_of_rates(faults_in, written):
    path = written("0 s, 1 /s\n5 s\n4 s, 1\n0 s, 2 /s\n", "steps.csv")
    assert [line.replace(str(path), "steps.csv") for line in faults_in("name: a, sends: ask, rate: {steps: steps.csv}")] == [
        "steps.csv:2:1: got 1 columns; expected a time and a rate, e.g. 2 min, 4000 /s",
        "steps.csv:3:1: got '4 s, 1'; expected a rate with its unit (/s, /min, /h) (did you mean '1 /s'?)",
        "steps.csv:4:1: this step does not come after the one before it; expected times that ascend"]
    written("when, how much\n", "steps.csv")
    assert "got the heading 'when, how much'; expected two with units, e.g. time_s, rate_per_s" in faults_in("name: a, sends: ask, rate: {steps: steps.csv}")[0]
    written("#\n", "steps.csv")
    assert "there is no rate in this file" in faults_in("name: a, sends: ask, rate: {steps: steps.csv}")[0]


ONE = [
    ("sends: ask, rate: 1 /s", "6:5: attacks.0: the key 'name' is missing; expected e.g. name: flood"),
    ("name: f, rate: 1 /s", "6:5: attacks.0: the key 'sends' is missing; expected e.g. sends: request_consumer_key"),
    ("name: f, sends: ask", "6:5: attacks.0: it is not said how fast it sends; expected either rate, e.g. rate: 1000 /s, or bots, e.g. bots: {count: 500, think: 1 s}"),
    ("name: f, sends: ask, rate: 1 /s, bots: {count: 1, think: 1 s}", "6:5: attacks.0: got rate and bots together; expected either rate, e.g. rate: 1000 /s, or bots, e.g. bots: {count: 500, think: 1 s}"),
    ("name: f, sends: ask, bots: {count: 0, think: 1 s}", "6:41: attacks.0.bots.count: got 0; expected at least 1"),
    ("name: f, sends: ask, bots: {count: 5, think: 0 s}", "6:51: attacks.0.bots.think: got '0 s'; expected a time above zero: what is refused at once would be sent again at once"),
    ("name: f, sends: ask, bots: {count: 5, think: 1 s, on_refusal: dodg}", "6:68: attacks.0.bots.on_refusal: got 'dodg'; expected obey or dodge (did you mean 'dodge'?)"),
    ("name: f, sends: ask, rate: 100", "6:33: attacks.0.rate: got 100; expected a rate with its unit, e.g. 100 /s (did you mean '100 /s'?)"),
    ("name: f, sends: ask, rate: -1 /s", "6:33: attacks.0.rate: got '-1 /s'; expected a rate that is not negative"),
    ("name: f, sends: ask, rate: {}", ("6:27: attacks.0.rate: it is not said how fast the attack sends; expected one of poisson, constant, "
                                      "ramp, steps, pulses or times, e.g. {poisson: 10000 /s}")),
    ("name: f, sends: ask, rate: {poisson: 1 /s, constant: 1 /s}", ("6:27: attacks.0.rate: got poisson and constant together; expected one of "
                                                                  "poisson, constant, ramp, steps, pulses or times, e.g. {poisson: 10000 /s}")),
    ("name: f, sends: ask, rate: {poisson: 1 /s, process: constant}",
     "6:58: attacks.0.rate.process: process belongs to ramps, steps and pulses; expected poisson alone"),
    ("name: f, sends: ask, rate: {steps: [{from: 2 s, rate: 1 /s}, {from: 2 s, rate: 2 /s}]}",
     "6:74: attacks.0.rate.steps.1.from: this step does not come after the one before it"),
    ("name: f, sends: ask, rate: {steps: [{from: 5 min, rate: 1 /s}]}, during: [0 s, 5 min]",
     "6:49: attacks.0.rate.steps.0.from: this step begins when the attack is over, at 5 min; expected a time of the run within the attack"),
    ("name: f, sends: ask, rate: {pulses: {rate: 1 /s, length: 2 s, period: 2 s}}",
     "6:63: attacks.0.rate.pulses.length: a pulse of 2 s is all of its period, 2 s; expected a length below the period"),
    ("name: f, sends: ask, rate: {pulses: {rate: 1 /s, length: 1 us, period: 2 us}}",
     "6:77: attacks.0.rate.pulses.period: 300000000 pulses in 10 min; expected at most 49998"),
    ("name: f, sends: ask, rate: {ramp: {from: 0 /s}}", "6:34: attacks.0.rate.ramp: the key 'to' is missing; expected e.g. to: 1000 /s"),
    ("name: f, sends: ask, rate: {ramp: {from: 0 /s, to: -1 /s}}", "6:57: attacks.0.rate.ramp.to: got '-1 /s'; expected a rate that is not negative"),
    ("name: f, sends: ask, rate: {times: [2 s, 1 s]}", "6:47: attacks.0.rate.times.1: the time number 2 is before the one above it; expected times that do not descend"),
    ("name: f, sends: ask, rate: {times: [1 s], process: constant}",
     "6:57: attacks.0.rate.process: process belongs to ramps, steps and pulses; expected times alone"),
    ("name: f, sends: ask, rate: 1 /s, during: 5 min", "6:47: attacks.0.during: got '5 min'; expected from and until, e.g. [2 min, 7 min]"),
    ("name: f, sends: ask, rate: 1 /s, during: [5, 6 s]",
     "6:48: attacks.0.during.0: got 5; expected a time with its unit, e.g. 5 s (did you mean '5 s'?)"),
    ("name: f, sends: ask, rate: 1 /s, during: [2 s, 2 s]",
     "6:53: attacks.0.during.1: an attack until 2 s that begins at 2 s; expected an end after the beginning"),
    ("name: f, sends: ask, rate: 1 /s, during: [2 s, 11 min]",
     "6:53: attacks.0.during.1: the attack lasts until 11 min, the run until 10 min; expected at most 10 min"),
    ("name: f, sends: ask, rate: 1 /s, sources: {}",
     "6:39: attacks.0.sources: it is not said where the attack comes from; expected e.g. {addresses: 500, prefixes: 20}, or {among: a class}"),
    ("name: f, sends: ask, rate: 1 /s, sources: {addresses: 5, among: near}",
     "6:70: attacks.0.sources.among: got addresses and among together; expected addresses of its own, or those among honest clients"),
    ("name: f, sends: ask, rate: 1 /s, sources: {addresses: 2, prefixes: 3}",
     "6:73: attacks.0.sources.prefixes: got 3 for 2 addresses; expected at most a prefix for each address"),
    ("name: f, sends: ask, rate: 1 /s, sources: {addresses: 255, prefixes: 1}",
     "6:60: attacks.0.sources.addresses: got 255; expected at most 254: 254 in each prefix"),
    ("name: f, sends: ask, rate: 1 /s, sources: {among: nea}",
     "6:56: attacks.0.sources.among: there is no class 'nea' of clients; expected c, near or far (did you mean 'near'?)"),
    ("name: f, sends: buy, rate: 1 /s, signature: wrongly",
     ("6:50: attacks.0.signature: got 'wrongly'; expected valid, missing, wrong, unknown_key, or e.g. {replayed: {delay: 5 s, captured: 10 %}} "
     "(did you mean 'wrong'?)")),
    ("name: f, sends: buy, rate: 1 /s, signature: replayed",
     ("6:50: attacks.0.signature: got 'replayed'; expected valid, missing, wrong, unknown_key, or e.g. {replayed: {delay: 5 s, captured: 10 %}} "
     "(did you mean '{replayed: ...}'?)")),
    ("name: f, sends: buy, rate: 1 /s, signature: {replayed: {}}",
     "6:51: attacks.0.signature.replayed: the key 'delay' is missing; expected e.g. delay: 5 s"),
    ("name: f, sends: buy, rate: 1 /s, signature: {valid: {keys: 0}}", "6:65: attacks.0.signature.valid.keys: got 0; expected at least 1"),
    ("name: f, sends: buy, rate: 1 /s, signature: {valid: {keys: 5}, wrong: {keys: 5}}",
     "6:39: attacks.0.signature: got valid and wrong together; expected one of valid, wrong or replayed"),
    ("name: f, sends: ask, rate: 1 /s, signature: {valid: {keys: 5}}",
     "6:39: attacks.0.signature: 'ask' carries no credential; expected no keys, or another message"),
    ("name: f, sends: buy, rate: 1 /s, signature: {replayed: {delay: 5 s, captured: 0.1}}",
     "6:84: attacks.0.signature.replayed.captured: got 0.1; expected a share in per cent, e.g. 10 % (did you mean '10 %'?)"),
    ("name: f, sends: ask, rate: 1 /s, signature: wrong",
     "6:50: attacks.0.signature: s checks no signature of 'ask'; expected no signature, or another message: buy"),
    ("name: f, sends: ask, rate: 1 /s, timeout: none", "6:48: attacks.0.timeout: got 'none'; expected a time with its unit, e.g. 3 s"),
    ("name: f, sends: ask, rate: 1 /s, burst: 5",
     "6:39: attacks.0.burst: there is no key 'burst' here; expected name, sends, rate, bots, during, sources, signature, unknown, hash_rate, solves, timeout, sockets or drip"),
    ("name: f, sends: ask, rate: 1 /s, hash_rate: 0 /s", "6:50: attacks.0.hash_rate: got '0 /s'; expected at least 1 /s"),
    ("name: f, sends: ask, rate: 1 /s, hash_rate: 5 /s, solves: false",
     "6:64: attacks.0.solves: a hash rate for bots that solve nothing; expected hash_rate, or solves: false"),
    ("name: far, sends: ask, rate: 1 /s", "6:12: attacks.0.name: a class of clients is called 'far' already; expected a name of its own"),
    ("name: f, sends: aks, rate: 1 /s",
     ("6:22: attacks.0.sends: the diagram has no message 'aks'; expected a request or one-way message of the client's side to a server: "
     "ask, buy or note (did you mean 'ask'?)")),
    ("name: f, sends: told, rate: 1 /s",
     "6:22: attacks.0.sends: 'told' is a reply; expected a request or one-way message of the client's side to a server: ask, buy or note"),
    ("name: f, sends: wish, rate: 1 /s",
     ("6:22: attacks.0.sends: 'wish' is a step outside the protocol; expected a request or one-way message of the client's side to a server: "
     "ask, buy or note")),
    ("name: f, sends: look, rate: 1 /s",
     ("6:22: attacks.0.sends: 'look' is sent by s, which is a server; expected a request or one-way message of the client's side to a server: "
     "ask, buy or note")),
]


@pytest.mark.parametrize(("line", "expected"), ONE, ids=[line for line, _ in ONE])
def test_each_fault_has_its_place(faults_in, line, expected):
    assert faults_in(line) == [expected]


def test_between_attacks(faults_in):
    assert faults_in("name: f, sends: ask, rate: 1 /s", "name: f, sends: ask, rate: 1 /s") == [
        "7:12: attacks.1.name: another attack is called 'f' already; expected a name of its own"]
    many = "sends: ask, rate: 1 /s, sources: {addresses: 16384, prefixes: 16384}"
    assert faults_in(f"name: f, {many}", "name: g, sends: ask, rate: 1 /s") == [
        "7:5: attacks.1.sources: with this one the attacks take 16385 prefixes; expected at most 16384 in all"]


def test_an_attack_is_named_in_what_is_set(minimal):
    data = minimal(attacks=[{"name": "a", "sends": "x", "rate": "1 /s"}, {"name": "flood", "sends": "x", "rate": "1 /s"}])
    found = load(data, set={"attacks.flood.rate": "5000 /s", "attacks.0.timeout": "1 s", "attacks.a.sources.addresses": 9}).attacks
    assert [(each.rate.rate_per_s, each.timeout_ns, each.sources.addresses) for each in found] == [(1.0, S, 9), (5000.0, 10 * S, 1)]
    for path, expected in (("attacks.flod.rate", ("'attacks' is a list, without a part 'flod'; expected an index from 0 to 1, or a or flood "
                                                 "(did you mean 'flood'?)")),
                           ("attacks.flood.rate.poisson", ("'attacks.flood.rate' is the value '1 /s', without a part 'poisson'; expected "
                                                          "'attacks.flood.rate' set as a whole"))):
        with pytest.raises(Faults) as caught:
            load(data, set={path: "1 /s"})
        assert str(caught.value) == f"set: {path}: {expected}"
    with pytest.raises(Faults, match=r"^set: attacks\.flood\.rate: got 5000; expected a rate with its unit"):
        load(data, set={"attacks.flood.rate": 5000})


def test_the_hash_tells_attacks_apart_and_none_is_like_no_word_of_them(minimal):
    assert sha256(load(minimal())) == sha256(load(minimal(attacks=[])))
    flood = {"name": "flood", "sends": "x", "rate": "1 /s"}
    assert len({sha256(load(minimal(attacks=attacks))) for attacks in ([], [flood], [{**flood, "rate": "2 /s"}])}) == 3


RATES = st.floats(0, 1e6).map(lambda rate: f"{rate!r} /s")
TIMES = st.integers(1, 10**12).map(lambda time_ns: f"{time_ns} ns")
ATTACKS = st.fixed_dictionaries(
    {"name": st.just("f"), "sends": st.just("x"), "rate": RATES | st.fixed_dictionaries({"constant": RATES}) | st.fixed_dictionaries(
        {"pulses": st.fixed_dictionaries({"rate": RATES, "length": st.just("5 s"), "period": st.just("7 s")}, optional={"between": RATES})},
        optional={"process": st.sampled_from(["poisson", "constant"])}) | st.fixed_dictionaries({"ramp": st.fixed_dictionaries({"from": RATES, "to": RATES})},
        optional={"process": st.sampled_from(["poisson", "constant"])}) | st.fixed_dictionaries({"times": st.lists(st.integers(0, 600), min_size=1).map(
            lambda times: [f"{time} s" for time in sorted(times)])})},
    optional={"during": st.integers(0, 500).map(lambda s: [f"{s} s", f"{s + 1} s"]), "timeout": TIMES,
              "sources": st.sampled_from([{"addresses": 3}, {"addresses": 700, "prefixes": 5}, {"among": "consumer"}, {"spoofed": True}, {"spoofed": True, "addresses": 9},
                                          {"among": "consumer", "spoofed": True}]),
              "hash_rate": RATES.filter(lambda rate: float(rate[:-3]) >= 1) | st.just("unlimited"), "solves": st.just(True),
              "signature": st.sampled_from(["valid", "missing", "wrong", "unknown_key", {"valid": {"keys": 9}}, {"wrong": {"keys": 2}}]) | st.fixed_dictionaries(
                  {"replayed": st.fixed_dictionaries({"delay": TIMES}, optional={"captured": st.floats(0, 100).map(lambda p: f"{p!r} %")})})})


@given(ATTACKS)
def test_what_is_spelled_out_loads_equal_and_fits_the_json_schema(attack):
    data = {"scenario": "x", "model": "m", "duration": "10 min", "actors": {"consumer": {"arrivals": "1 /s"}}, "attacks": [attack]}
    scenario = load(data)
    again = parse(spelled_out(scenario)).to_python()
    assert load(again).attacks == scenario.attacks
    assert set(again["attacks"][0]) == {"name", "sends", "rate", "during", "sources", "signature", "unknown", "hash_rate", "solves", "timeout"}
    for each in (data, again):
        assert not [error for error in VALIDATOR.iter_errors(each) if "e-" not in str(error.instance)]  # 1e-5 /s has no pattern


VALIDATOR = jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize("wrong", [
    {"rate": 5}, {"rate": {"poisson": "1 /s", "times": []}}, {"during": ["1 s"]}, {"during": [1, 2]}, {"sources": {"addresses": 0}}, {"signature": "bad"},
    {"signature": {"replayed": {}}}, {"timeout": "none"}, {"name": "a b"}, {"extra": 1}], ids=str)
def test_the_json_schema_underlines_what_does_not_load(minimal, wrong):
    data = minimal(attacks=[{"name": "f", "sends": "x", "rate": "1 /s", **wrong}])
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(Faults):
        load(data)


def test_the_sources_of_faults_need_no_file(minimal):
    source = read_source(minimal(attacks=[{"name": "f", "sends": "x", "rate": "1 /s", "during": ["1 s", "1 h"]}]))
    with pytest.raises(Faults, match=r"attacks\.0\.during\.1: the attack lasts until 1 h"):
        load(source)


def test_the_transport_of_a_spoofed_request_is_that_of_its_own_direction():
    spoofing = {"network": {"default": {"transport": "tls"}, "authorization_manager -> consumer": {"transport": "datagram"}},
                "attacks": [{"name": "f", "sends": "request_consumer_key", "rate": "1 /s", "sources": {"spoofed": True}}]}
    with pytest.raises(Faults, match=r"attacks\.0\.sources\.spoofed: over tls, from consumer to authorization_manager"):
        sim.load("step1").set(spoofing)
    spoofing["network"] = {"default": {"transport": "tls"}, "consumer -> authorization_manager": {"transport": "datagram"}}
    assert sim.load("step1").set(spoofing).scenario.attacks[0].sources.spoofed
