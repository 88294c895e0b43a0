"""Values set from outside: paths that lead somewhere, and what is said of those that do not."""

import pytest

from sim.language.faults import Faults
from sim.scenario.load import load
from sim.scenario.source import parse_change, read_source, with_changes


def faults_of(source, changes):
    with pytest.raises(Faults) as caught:
        load(source, set=changes)
    return str(caught.value).splitlines()


def test_values_are_set_before_anything_is_checked(sample, written):
    found = load(
        written(sample),
        set={
            "actors.consumer.arrivals.poisson": "50 /s",
            "actors.consumer.holds.1.share": "70 %",
            "actors.authorization_manager.queue": {"capacity": 5},
            "actors.service_provider.work.parse": "1 ms",
            "network.default.loss": "0 %",
            "seed": 9,
        },
    )
    assert [30.0, 20.0] == [own.arrivals.rate_per_s for own in found.actors["consumer"].classes]
    assert 0.7 == found.actors["consumer"].classes[0].holds[1].share
    assert (5, "fifo") == (found.actors["authorization_manager"].queue.capacity, found.actors["authorization_manager"].queue.order)
    assert 1_000_000 == found.actors["service_provider"].work["parse"].value_ns
    assert (0.0, 9) == (found.network.default.loss, found.seed)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("warmup", "1 min", "set: warmup: there is no key 'warmup' here; expected scenario, model,"),
        ("seed", "x", "set: seed: got 'x'; expected a whole number"),
        ("actors.consumer.timout", "3 s", "set: actors.consumer.timout: there is no key 'timout' here; expected arrivals, picks,"),
        (
            "actors.consumer.holds.2.share",
            "1 %",
            "set: actors.consumer.holds.2.share: 'actors.consumer.holds' is a list, without a part '2'; expected an index from 0 to 1",
        ),
        (
            "actors.consumer.holds.first.share",
            "1 %",
            "set: actors.consumer.holds.first.share: 'actors.consumer.holds' is a list, without a part 'first'; expected an index from 0 to 1",
        ),
        (
            "actors.consumer.deadline.x",
            1,
            "set: actors.consumer.deadline.x: 'actors.consumer.deadline' is the value '10 s', without a part 'x'; expected 'actors.consumer.deadline' set as a whole",
        ),
        (
            "actors..timeout",
            1,
            "set: actors..timeout: a part of the path is empty; expected keys and indexes with dots between them",
        ),
        ("", 1, "set: a part of the path is empty; expected keys and indexes with dots between them"),
        ("actors.consumer.holds.0.items", [], "set: actors.consumer.holds.0.items: got 0 entries; expected at least 1"),
        (
            "actors.consumer.retry.backoff.full_jitter.cap",
            "1 ms",
            "set: actors.consumer.retry.backoff.full_jitter.cap: the cap is below the base",
        ),
    ],
)
def test_a_path_that_leads_nowhere(sample, written, path, value, expected):
    found = faults_of(written(sample), {path: value})
    assert 1 == len(found)
    assert found[0].startswith(expected)


def test_a_fault_spells_a_path_as_the_user_does(minimal):
    data = minimal(attacks=[{"name": "a", "sends": "x", "rate": "1 /s"}, {"name": "flood", "sends": "x", "rate": "1 /s"}])
    with pytest.raises(Faults, match=r"^set: attacks\.flood\.rat: there is no key 'rat' here"):
        load(data, set={"attacks.flood.rat": 1})
    with pytest.raises(Faults, match=r"^set: attacks\.flood\.sources\.adresses: there is no key 'adresses' here"):
        load(data, set={"attacks.flood.sources": {"adresses": 1}})


def test_an_entry_of_a_list_that_is_not_there(minimal):
    with pytest.raises(Faults, match=r"^set: attacks\.0\.rate: there is no entry 0: 'attacks' is not there; expected a list there"):
        load(minimal(), set={"attacks.0.rate": "1 /s"})


def test_all_paths_that_lead_nowhere_at_once(sample, written):
    assert 2 == len(faults_of(written(sample), {"seed.x": 1, "actors.consumer.holds.9": 1, "seed": 5}))


def test_the_file_keeps_its_own_faults_at_their_places(sample, written):
    path = written(sample.replace("servers: 4", "servers: 0"))
    assert [
        f"{path}:28:14: actors.authorization_manager.servers: got 0; expected a whole number from 1 to 2147483647, or unlimited",
        "set: seed: got -1; expected at least 0",
    ] == faults_of(path, {"seed": -1})


def test_a_source_may_be_changed_again_and_stays_as_it_was(sample, written):
    first = read_source(written(sample), {"seed": 8})
    second = with_changes(first, {"seed": 9, "actors.consumer.population": 10})
    assert (8, 9) == (load(first).seed, load(second).seed)
    assert (5000, 10) == (load(first).actors["consumer"].population, load(second).actors["consumer"].population)
    assert 11 == load(load(first).source, set={"seed": 11}).seed


def test_data_from_python_may_use_tuples_and_numpy(minimal):
    numpy = pytest.importorskip("numpy")
    data = minimal({"arrivals": {"times": ("0 s", "1 s")}, "population": numpy.int64(5)}, seed=numpy.array(3))
    found = load(data)
    assert (3, 5, (0, 10**9)) == (
        found.seed,
        found.actors["consumer"].population,
        found.actors["consumer"].classes[0].arrivals.times_ns,
    )


def test_data_from_python_that_is_no_data(minimal):
    with pytest.raises(Faults, match="seed: got a object; expected a whole number"):
        load(minimal(seed=object()))
    endless = {}
    endless["a"] = endless
    with pytest.raises(Faults, match="the nesting is too deep"):
        load(endless)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed=7", ("seed", 7)),
        ("actors.consumer.timeout=2 s", ("actors.consumer.timeout", "2 s")),
        ("actors.am.silent = true", ("actors.am.silent", True)),
        ("actors.consumer.arrivals={constant: 1 /s}", ("actors.consumer.arrivals", {"constant": "1 /s"})),
        ("scenario='a=b'", ("scenario", "a=b")),
    ],
)
def test_a_change_on_the_command_line(text, expected):
    assert expected == parse_change(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed", "set: got 'seed'; expected path=value, e.g. actors.consumer.timeout=2s"),
        ("=5", "set: got '=5'; expected path=value, e.g. actors.consumer.timeout=2s"),
        ("seed=", "set: got 'seed='; expected path=value, e.g. actors.consumer.timeout=2s"),
        ("a=on", "set: a: 'on' without quotes is true to some YAML readers; expected true or false, or the text in quotes"),
        ("a=[1", "set: a: the bracket '[' is never closed"),
    ],
)
def test_what_is_no_change(text, expected):
    with pytest.raises(Faults) as caught:
        parse_change(text)
    assert expected == str(caught.value)
