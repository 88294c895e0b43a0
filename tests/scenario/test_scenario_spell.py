"""Writing a scenario out: it comes back equal, says every default, and has a hash of what it says."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.language.quantities import MAXIMUM_WRITTEN
from sim.language.strict_yaml import parse
from sim.scenario import shipped
from sim.scenario.check import check
from sim.scenario.flow import dump, scalar
from sim.scenario.load import load
from sim.scenario.spell import sha256, spelled_out


def again(scenario):
    """The scenario after being written and read."""
    return load(parse(spelled_out(scenario)).to_python())


def test_the_sample_comes_back_equal(sample, written, words):
    scenario = load(written(sample))
    assert scenario == again(scenario)
    checked = check(scenario, words)
    assert checked == again(checked)
    assert checked == check(again(scenario), words)
    assert spelled_out(checked) == spelled_out(again(checked))


def test_what_it_looks_like(minimal):
    expected = """\
scenario: Short
model: protectserve/step1
about: ""
start: 2009-04-09T00:00:00Z
duration: 10 min
warm_up: 0 s
seed: 1
replication: 0
trace: all
protected: none
network:
  default:
    latency: 0 s
    loss: 0 %
    transport: tls
    keep_alive: 1 min
actors:
  consumer:
    population: 1
    picks: new
    arrivals: {poisson: 20 /s, maximum: unlimited}
    addresses: own
    holds: []
    expires: {}
    deadline: none
    timeout: none
    retry: {attempts: 1, on: [timeout, 429, 503], backoff: none, honours_retry_after: false}
    clock_skew: 0 s
    work: {}
    hash_rate: 1000000 /s
    parameters: {}
  am:
    instances: 1
    servers: 2
    queue: {capacity: unlimited, order: fifo, full: refuse}
    holds_server: false
    silent: false
    memory: {}
    work: {parse: {exponential: 4 ms}}
    expires: {}
    timeout: none
    retry: {attempts: 1, on: [timeout, 429, 503], backoff: none, honours_retry_after: false}
    parameters: {}
attacks: []
mitigations: {}
"""
    assert expected == spelled_out(load(minimal(actors={"am": {"servers": 2, "work": {"parse": {"exponential": "4 ms"}}}})))


@pytest.mark.parametrize("name", shipped.names("scenarios"))
def test_what_ships_comes_back_equal(name):
    scenario = load(name)
    assert scenario == again(scenario)
    assert sha256(scenario) == sha256(again(scenario))


def test_long_lists_of_times_stay_in_their_file(written, tmp_path):
    written("".join(f"{n} ms\n" for n in range(MAXIMUM_WRITTEN + 1)), "t.csv")
    path = written("scenario: x\nmodel: m\nduration: 1 h\nactors: {c: {arrivals: {times: t.csv}, work: {w: {empirical: t.csv}}}}")
    scenario = load(path)
    assert f"times: {tmp_path}/t.csv" in spelled_out(scenario).replace('"', "")
    assert scenario == again(scenario)
    classes = written(
        "scenario: x\nmodel: m\nduration: 1 h\nactors: {c: {population: 2, classes: {a: {}, b: {}}, arrivals: {times: t.csv}}}"
    )
    assert load(classes) == again(load(classes)), "the times are dealt out again, not written class by class"


def test_the_hash_is_of_what_is_said(sample, written):
    scenario = load(written(sample))
    assert 64 == len(sha256(scenario))
    same = load(
        written(
            sample.replace("10 min", "600 s").replace("parse: 0.1 ms", "parse: 100 us").replace("seed: 7", "seed: 8\ntrace: none")
        )
    )
    assert sha256(scenario) == sha256(same)
    assert sha256(scenario) != sha256(load(written(sample.replace("10 min", "601 s"))))
    swapped = (
        sample.replace("laptop: {share: 60 %, addresses: own}", "x")
        .replace("hosted: {share: 40 %, addresses: {shared_by: 2000}}", "laptop: {share: 60 %, addresses: own}")
        .replace("      x\n", "      hosted: {share: 40 %, addresses: {shared_by: 2000}}\n")
    )
    assert sha256(scenario) != sha256(load(written(swapped))), "clients are numbered class by class: the order of classes counts"


def test_the_hash_does_not_depend_on_where_a_file_stands(tmp_path):
    found = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.csv").write_text("1 ms\n" * (MAXIMUM_WRITTEN + 1))
        path = tmp_path / folder / "x.yaml"
        path.write_text("scenario: x\nmodel: m\nduration: 1 h\nactors: {c: {arrivals: {times: t.csv}}}")
        found.append(sha256(load(path)))
    assert found[0] == found[1]


DURATIONS = st.integers(1, 10**15).map(lambda ns: f"{ns} ns")
SHARES = st.integers(1, 9_999).map(lambda n: f"{n / 100} %")
VARYING = st.one_of(
    DURATIONS,
    DURATIONS.map(lambda d: {"exponential": d}),
    st.floats(0.01, 100).map(lambda cv: {"gamma": {"mean": "1 ms", "cv": cv}}),
    st.lists(DURATIONS, min_size=1, max_size=3).map(lambda v: {"empirical": v}),
)
RATES = st.floats(0, 1e9).map(lambda rate: f"{rate!r} /s")
ARRIVALS = st.one_of(
    RATES,
    RATES.map(lambda rate: {"constant": rate}),
    st.lists(st.integers(0, 10**12), min_size=1, max_size=20).map(lambda t: {"times": [f"{ns} ns" for ns in sorted(t)]}),
    st.builds(lambda v, n: {"closed": {"think": v}, "maximum": n}, VARYING, st.integers(1, 1000)),
    st.lists(st.tuples(st.integers(0, 10**12), RATES), min_size=1, max_size=4, unique_by=lambda step: step[0]).map(
        lambda steps: {"steps": [{"from": f"{ns} ns", "rate": rate} for ns, rate in sorted(steps)]}
    ),
)
NAMES = st.sampled_from(["a", "on", "no", "null", "x-1", "Z"])
TITLES = st.text(min_size=1).filter(lambda text: text.isprintable() and text == text.strip())
CLASSES = st.dictionaries(
    NAMES,
    st.fixed_dictionaries(
        {}, optional={"arrivals": ARRIVALS, "timeout": DURATIONS, "addresses": st.just({"shared_by": 3}), "clock_skew": VARYING}
    ),
    min_size=1,
)
CLIENTS = st.fixed_dictionaries(
    {"arrivals": ARRIVALS, "population": st.integers(6, 16_000_000)},
    optional={
        "classes": CLASSES,
        "holds": SHARES.map(lambda s: [{"share": s, "items": ["k", "t"]}]),
        "work": st.dictionaries(NAMES.filter(lambda n: "-" not in n), VARYING),
        "parameters": st.dictionaries(
            NAMES.filter(lambda n: "-" not in n),
            st.one_of(TITLES, st.booleans(), st.integers(-(2**62), 2**62), st.floats(-1e18, 1e18)),
        ),
        "retry": st.just({"attempts": 3, "backoff": {"equal_jitter": {"base": "1 s", "cap": "9 s"}}}),
    },
)


@given(title=TITLES, about=st.text(st.characters(codec="utf-8")), client=CLIENTS, loss=SHARES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_any_scenario_comes_back_equal(title, about, client, loss):
    data = {
        "scenario": title[:1000],
        "model": "m",
        "about": about,
        "duration": "1 h",
        "network": {"b -> c": {"loss": loss}},
        "actors": {"c": client, "s": {"servers": 3}},
    }
    scenario = load(data)
    assert scenario == again(scenario)
    assert sha256(scenario) == sha256(again(scenario))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_written_so_that_it_is_read_back(text):
    assert {"a": text, "b": [text]} == parse(dump({"a": text, "b": [text]})).to_python()


@pytest.mark.parametrize(
    "text",
    [
        "on",
        "1:30",
        "017",
        "1e5",
        "",
        " a",
        "a: b",
        "a #b",
        "- a",
        "-",
        "null",
        "#x",
        "a\nb",
        "~",
        "[",
        "{a}",
        "*a",
        "&a",
        "!a",
        "5",
        "true",
        "\x7f",
        "é",
    ],
)
def test_text_that_would_mean_something_else_is_quoted(text):
    assert scalar(text).startswith('"')
    assert text == parse(f"a: {scalar(text)}").get("a").value
