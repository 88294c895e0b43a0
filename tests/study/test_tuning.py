"""The search for parameters: made spaces and levels, queues whose cheapest setting is known, and answers that hold up."""

import math

import pytest
from made_studies import here

import sim
from sim.draw import trade_off
from sim.language.faults import Faults
from sim.language.strict_yaml import parse
from sim.measure.theory import mmck
from sim.study.measures import MEASURES, SUCCESS
from sim.study.search.level import FARTHEST, Level
from sim.study.search.optimiser import BATCH, Optimiser
from sim.study.search.space import Space
from sim.study.search.tuning import pasted, tune, tuning_of
from sim.study.summary import Estimate

RATE, BURST, ORDER = "mitigations.server.0.token_bucket.rate", "mitigations.server.0.token_bucket.burst", "actors.server.queue.order"
SPACE = Space.of({RATE: {"from": "1 /min", "to": "10 /s", "scale": "log"}, BURST: {"from": 1, "to": 50}, ORDER: ["fifo", "lifo"]})
P99 = next(each for each in MEASURES if each.name == "response_time_p99_s")

# -- spaces and proposals ----------------------------------------------------------------------------------------------


def test_a_point_is_settings_that_can_be_typed_in():
    variant = SPACE.variant((0.123456, 7, 1))
    assert {RATE: "0.1235 /s", BURST: 7, ORDER: "lifo"} == {setting.path: setting.value for setting in variant.settings}
    assert "rate 0.1235 /s, burst 7, order lifo" == variant.label
    assert [RATE, BURST, ORDER] == [level.factor for level in variant.levels]
    named = Space.of({"a.b.rate": {"slow": "1 /s", "fast": {"set": {"x.y": 1, "x.z": 2}}}, "a.c.rate": [1, 2]})
    assert "b rate fast, c rate 2" == named.variant((1, 1)).label
    assert {"x.y": 1, "x.z": 2, "a.c.rate": 2} == {setting.path: setting.value for setting in named.variant((1, 1)).settings}


def test_edges_have_every_end_and_every_choice():
    edges = list(Space.of({RATE: {"from": "1 /s", "to": "2 /s"}, ORDER: ["fifo", "lifo", "fair"]}).edges())
    assert ({1.0, 2.0}, {0.0, 1.0, 2.0}) == tuple(map(set, zip(*edges, strict=True)))


def test_a_small_space_is_tried_whole_and_a_large_one_is_not():
    small = Space.of({BURST: {"from": 1, "to": 5}, ORDER: ["fifo", "lifo"]})
    assert [(float(b), float(o)) for b in range(1, 6) for o in range(2)] == Optimiser(small, 10, 1).ask()
    assert 1000 == Space.of({BURST: {"from": 1, "to": 500}, ORDER: ["fifo", "lifo"]}).size
    assert SPACE.size is None


def minimum(seed, trials=80):
    """The best point of a made cost with a level: the rate as near as can be to 0.5 /s, while there are at least 30 at once."""
    optimiser, found = Optimiser(SPACE, trials, seed), []
    while points := optimiser.ask():
        assert len(points) <= BATCH
        costs = [math.log(rate / 0.5) ** 2 + burst / 100 + order for rate, burst, order in points]
        optimiser.tell(costs, [[(30 - burst) / 30] for _, burst, _ in points])
        found += zip(costs, points, strict=True)
    assert trials == len(found)
    return min((cost, point) for cost, point in found if point[1] >= 30), found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_known_optimum_is_found(seed):
    (cost, point), found = minimum(seed)
    assert cost < 0.4, point  # 0.3 is the least
    late = [point for _, point in found[40:]]
    assert sum(burst >= 30 and order == 0 for _, burst, order in late) > len(late) / 2


def test_the_same_seed_proposes_the_same():
    assert minimum(5)[1] == minimum(5)[1] != minimum(6)[1]


def test_what_has_no_cost_is_no_obstacle():
    optimiser = Optimiser(SPACE, 40, 1)
    while points := optimiser.ask():
        optimiser.tell([None] * len(points), [[FARTHEST]] * len(points))


# -- levels ------------------------------------------------------------------------------------------------------------


def measured(*columns):
    """Of each column, values of honest success; p99 is twice that many seconds."""
    return [tuple(Estimate(each, tuple(v if each is SUCCESS or v is None else 2 * v for v in values)) for each in MEASURES) for values in columns]


def test_a_level_is_kept_where_the_whole_interval_keeps_it():
    cells = measured((0.96, 0.96, 0.96), (0.93, 0.96, 0.99))
    assert Level(SUCCESS, True, 0.95, (0,)).shortfall(cells) == pytest.approx(-0.01 / 0.95)
    wide = Level(SUCCESS, True, 0.95, (0, 1))
    assert wide.shortfall(cells) > 0 > wide.shortfall(cells, by_mean=True)
    assert Level(P99, False, 1.95, (0,)).shortfall(cells) == pytest.approx(-0.03 / 1.95)
    assert Level(P99, False, 1.9, (0,)).shortfall(cells) > 0


@pytest.mark.parametrize("values", [(None, None), (0.99, None), (0.99,)])
def test_nothing_to_measure_keeps_no_level(values):
    assert FARTHEST == Level(SUCCESS, True, 0.5, (0,)).shortfall(measured(values))


# -- queues whose answer is known --------------------------------------------------------------------------------------

QUEUES = {
    "scenario": "Servers", "model": "queueing/mm1", "duration": "150 s", "warm_up": "10 s", "seed": 3, "network": {"default": {"transport": "datagram"}},
    "actors": {"customer": {"population": 1000, "arrivals": "10 /s", "timeout": "100 s"}, "server": {"work": {"job": {"exponential": "400 ms"}}, "queue": {"capacity": 0}}},
    "tune": {"parameters": {"actors.server.servers": {"from": 1, "to": 12}}, "minimise": {"measure": "false_refusals"},
             "keep": [{"measure": "honest_success_ratio", "at_least": "75 %"}]}}
SHORT = {"duration": "20 s", "warm_up": "2 s"}
ATTACKED = {**QUEUES, "duration": "8 s", "warm_up": "1 s", "attacks": [{"name": "flood", "sends": "job", "rate": "10 /s", "during": ["2 s", "6 s"]}],
            "mitigations": {"server": [{"token_bucket": {"rate": "1 /s", "burst": 3}}]},
            "tune": {"parameters": {RATE: {"from": "1 /min", "to": "10 /s", "scale": "log"}, BURST: {"from": 1, "to": 9}}, "trials": 9, "replications": 2,
                     "minimise": {"measure": "false_refusals", "in": "flash crowd"},
                     "keep": [{"measure": "honest_success_ratio", "at_least": "10 %"}, {"measure": "response_time_p99_s", "at_most": "60 s", "in": ["no attack", "flood"]}]}}


def test_the_fewest_servers_that_keep_the_level_are_those_of_erlang():
    """Where honest success itself is the cost, the cheapest is what just keeps the level: the fewest servers that Erlang's loss allows."""
    fewest = next(c for c in range(1, 13) if mmck(10, 2.5, c, c).loss <= 0.25)
    costly = {**QUEUES, "tune": {**QUEUES["tune"], "minimise": {"measure": "honest_success_ratio"}}}
    found = tune(costly, replications=3, workers=1)
    assert 12 == len(found.trials)
    assert (True, {"actors.server.servers": fewest}) == (found.keeps, found.settings)
    assert [each.keeps for each in found.trials] == [c >= fewest for c in range(1, 13)]
    assert {"actors": {"server": {"servers": fewest}}} == parse(found.yaml).to_python()
    theory = 1 - mmck(10, 2.5, fewest, fewest).loss
    for cells in (found.best.measured, found.fresh):
        (estimate,) = (each for each in cells[0] if each.measure is SUCCESS)
        assert (12, True) == (len(estimate.values), abs(estimate.mean - theory) < 2 * estimate.interval.half_width)
    assert found.fresh != found.best.measured


def test_where_nothing_keeps_the_levels_the_nearest_is_told_and_what_it_misses(monkeypatch):
    found = tune(QUEUES, set={**SHORT, "tune.parameters": {"actors.server.servers": {"from": 1, "to": 3}}}, replications=2, executor=here)
    assert (False, {"actors.server.servers": 3}) == (found.keeps, found.settings)
    said = found.table.verdict()
    assert said.startswith("None of 3 settings tried keeps the levels. The nearest: servers 3. It misses: honest success at least 75 % in ")
    assert (False, False) == (found.to_dict()["keeps"], found.to_dict()["levels"][0]["kept"])
    seen = []
    monkeypatch.setattr(trade_off, "render", lambda data: seen.append(data) or {})
    found.picture()
    assert ("nearest", "No setting keeps all levels.") == (seen[0].verdict, seen[0].note)


def test_columns_are_those_of_the_study_and_a_row_of_it_is_tuned():
    assert ("no attack", "flash crowd", "flood") == tuning_of(ATTACKED).columns
    rows = {"study": {"vary": {"mitigations.server": {"none": [], "limit": [{"token_bucket": {"rate": "2 /s", "burst": 2}}]},
                               "attacks": {"fast": {"set": {"attacks.flood.rate": "50 /s"}}}}}}
    tuning = tuning_of({**ATTACKED, **rows, "mitigations": {}, "tune": {**ATTACKED["tune"], "row": "limit", "keep": ATTACKED["tune"]["keep"][:1]}})
    assert ("no attack", "flash crowd", "fast") == tuning.columns
    data = tuning.candidates(tuning.space.variant((0.5, 4)))[2].source.data
    assert ({"rate": "0.5 /s", "burst": 4}, "50 /s") == (data["mitigations"]["server"][0]["token_bucket"], data["attacks"][0]["rate"])
    assert not {"tune", "study"} & set(data)


def test_any_number_of_workers_and_what_was_kept_give_the_same_bytes(tmp_path):
    one = tune(ATTACKED, workers=1, kept=tmp_path / "whole", out=tmp_path / "one")
    two = tune(ATTACKED, workers=2, out=tmp_path / "two")
    assert one == two

    class Killed(Exception):
        pass

    done = []

    def until_killed(jobs, workers):
        for pair in here(jobs, workers):
            done.append(pair)
            if len(done) == 40:
                raise Killed
            yield pair

    with pytest.raises(Killed):
        tune(ATTACKED, executor=until_killed, kept=tmp_path / "kept")
    resumed = tune(ATTACKED, workers=1, kept=tmp_path / "kept", out=tmp_path / "resumed")
    assert 30 < resumed.info["kept_before"] < 40
    files = ("tuning.json", "best.yaml", "trials.csv", "cells.csv", "table.txt", "trade_off.svg", "scenario.yaml")
    for name in files:
        assert len({(tmp_path / folder / name).read_bytes() for folder in ("one", "two", "resumed")}) == 1, name
    assert one.to_json() == (tmp_path / "one" / "tuning.json").read_bytes()
    again = tune(tmp_path / "one" / "scenario.yaml", kept=tmp_path / "whole", workers=1)
    assert again.to_json() == one.to_json()
    other = tune(ATTACKED, executor=here, seed=4, trials=2)
    assert other.to_json() != one.to_json()
    assert {"mitigations": {"server": [{"token_bucket": dict(zip(("rate", "burst"), one.settings.values(), strict=True))}]}} == parse(one.yaml).to_python()


def test_it_shows_itself_at_any_width():
    found = tune(ATTACKED, executor=here, trials=4)
    for width in (40, 60, 100, 200):
        text = found.table.text(width)
        assert all(len(line) <= width for line in text.splitlines())
        for column in ("no attack", "flash crowd", "flood"):
            assert column in text
    assert "fresh replications" in found.table._repr_html_()
    assert found.front
    costs = [each.cost.mean for each in found.front]
    assert costs == sorted(costs)
    assert len(found.trials) == len(found.to_pandas())
    nothing = tune(ATTACKED, set={"actors.customer.deadline": "20 s"}, executor=here, trials=3)
    assert "nothing to measure in 8 of 8 replications" in nothing.table.text(200)
    assert nothing.front == []
    assert b"<svg" in nothing.picture().files["svg"]
    assert b"<svg" in found.picture().files["svg"]


def test_what_is_pasted_is_a_piece_of_the_scenario():
    data = {"a": {"b": {"c": 1, "d": 2}}, "m": {"s": [{"x": {"y": 1, "z": 2}}]}}
    assert {"a": {"b": {"c": 1}}, "m": {"s": [{"x": {"y": 1, "z": 2}}]}} == pasted(data, ["a.b.c", "m.s.0.x.y", "m.s.0.x.z"])
    assert {"a": {"b": {"c": 1, "d": 2}}} == pasted(data, ["a.b.d", "a.b.c"])


# -- what cannot be asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("changes", "said"), [
    ({"tune.parameters": {"mitigations.server.0.token_bucket.rat": ["1 /s"]}}, "tune.parameters.mitigations.server.0.token_bucket.rat"),
    ({"tune.parameters": {"mitigations.server.1.token_bucket.rate": ["1 /s"]}}, "'mitigations.server' is a list, without a part '1'"),
    ({"tune.parameters": {BURST: {"from": 0, "to": 5}}}, "burst: got 0; expected"),
    ({"tune.parameters": {BURST: {"from": 5, "to": 5}}}, "got 5; expected more than 5"),
    ({"tune.parameters": {}}, "tune.parameters: got 0 entries; expected at least 1"),
    ({"tune.minimise": {"measure": "refusals"}}, "tune.minimise.measure: got 'refusals'; expected"),
    ({"tune.minimise": {"measure": "false_refusals", "in": "crowd"}}, "tune.minimise.in: got 'crowd', which is no column of the study; expected no attack, flash crowd or flood"),
    ({"tune.keep": [{"measure": "honest_success_ratio"}]}, "this says neither at_least nor at_most"),
    ({"tune.keep": [{"measure": "honest_success_ratio", "at_least": "3 s"}]}, "tune.keep.0.at_least: got '3 s'; expected a share, as honest_success_ratio is"),
    ({"tune.keep": [{"measure": "honest_success_ratio", "at_least": "much"}]}, "got 'much'; expected a quantity"),
    ({"tune.keep": [{"measure": "honest_success_ratio", "at_least": "9 %", "in": []}]}, "expected the name of a column"),
    ({"tune.row": "limit"}, "tune.row: got 'limit'; expected a row of the study: as it is"),
    ({"tune.trials": 0}, "tune.trials: got 0; expected at least 1"),
    ({"tune.replications": 1}, "tune.replications: got 1; expected at least 2")], ids=str)
def test_what_is_wrong_is_said_before_anything_runs(changes, said):
    with pytest.raises(Faults) as caught:
        tuning_of(ATTACKED, changes)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 2


def test_everything_that_is_wrong_is_said_at_once_and_where(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("""\
scenario: x
model: queueing/mm1
duration: 10 s
actors: {customer: {arrivals: 1 /s}, server: {servers: 1}}
tune:
  parameters:
    actors.server.servers: {from: 0, to: 5}
    actors.server.serverz: [1, 2]
  minimise: {measure: memory}
  keep:
    - {measure: honest_success_ratio, at_least: 5, in: everywhere}
""")
    with pytest.raises(Faults) as caught:
        tuning_of(path)
    lines = str(caught.value).splitlines()
    places = {line.removeprefix(f"{path}:").split(":")[0] for line in lines}
    assert {"7", "8", "9", "11"} == places, lines


def test_the_search_the_study_and_the_scenario_are_all_told_of(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("""\
scenario: x
model: queueing/mm1
duration: 10
actors: {customer: {arrivals: 1 /s}, server: {servers: 1}}
study: {vary: {actors.server.queue.capasity: [5]}, levle: 5 %}
tune:
  parameters: {actors.server.servers: {from: 0, to: 5}, my title: [1], actors.server.queue.capacity: 5}
  minimise: {measure: memory}
  keep: [{measure: honest_success_ratio}]
""")
    with pytest.raises(Faults) as caught:
        tuning_of(path, trials=0)
    assert {"duration", "study.levle", "tune.parameters.actors.server.servers", "tune.parameters.my title", "tune.minimise.measure",
            "tune.parameters.actors.server.queue.capacity", "tune.keep.0", "trials"} == {each.path for each in caught.value.faults}
    with pytest.raises(Faults) as checked:
        sim.check(path)
    assert {"study.vary.actors.server.queue.capasity"} == {each.path for each in checked.value.faults} - {each.path for each in caught.value.faults}


def test_a_scenario_that_says_nothing_of_it():
    with pytest.raises(Faults, match="this scenario says nothing of what is to be tuned; expected the key tune"):
        tuning_of("mm1")
