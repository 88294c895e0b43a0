"""How a study is designed: precision that is asked for, batch means, a warm-up that is found, sampled ranges; and what it shows of each."""

import json

import pyarrow.parquet as pq
import pytest
from made_studies import SHORT, VARY, here, made, metrics, of

from sim.draw import effects, scorecard
from sim.language.faults import Faults
from sim.language.units import duration_ns
from sim.measure.statistics import confidence_interval, spearman
from sim.study.results import Results
from sim.study.studying import study
from sim.study.warm_up import warm_up

MM1 = {"duration": "100 s", "warm_up": "0 s"}


def queues(vary, **rest):
    return study("mm1", set={**MM1, "study": {"vary": vary, **rest}}, executor=here)


# -- until an interval is narrow ---------------------------------------------------------------------------------------


def test_each_cell_is_run_until_its_interval_is_narrow_enough():
    """A calm server is soon known, a busy one is not; what it is compared with is run as often as it is."""
    done = queues({"actors.customer.arrivals": ["0.9 /s", "0.2 /s"]}, replications={"until": "16 %", "of": "response_time_mean_s", "at_least": 4, "at_most": 300})
    busy, calm = (cell.estimates[6] for cell in done.cells)
    assert "response_time_mean_s" == calm.measure.name
    assert 4 <= len(calm.values) < len(busy.values) <= 300
    assert calm.interval.relative_half_width <= 0.16
    for estimate in (calm, busy):
        if len(estimate.values) < 300:
            assert estimate.interval.relative_half_width <= 0.16
        before = len(estimate.values)
        turns = [4]
        while turns[-1] < before:
            turns.append(min(300, turns[-1] + max(1, turns[-1] // 4)))
        assert turns[-1] == before
        assert all(confidence_interval(estimate.values[:turn]).relative_half_width > 0.16 for turn in turns[:-1])  # it stopped at the first turn that was enough
    assert f"{len(calm.values)} to {len(busy.values)} replications" in str(done.table)
    assert {"until": "16 %", "of": "response_time_mean_s", "at_least": 4, "at_most": 300} == json.loads(done.to_json())["replications"]


def test_what_others_are_compared_with_is_run_as_often_as_any_of_them():
    asked = {"until": "16 %", "of": "response_time_mean_s", "at_least": 4, "at_most": 300}
    rest = {"actors.server.queue.order": ["fifo", "lifo"]}
    done = queues({"actors.customer.arrivals": ["0.2 /s", "0.9 /s", "0.5 /s"], **rest}, replications=asked)
    often = [[len(done.cells[2 * row + column].replications) for row in range(3)] for column in range(2)]
    assert all(first == max(others) for first, *others in often)
    assert often[0][0] > often[0][2]
    for cell in done.cells[2:]:
        assert len(cell.replications) == cell.estimates[6].difference.replications
    assert ((), False) == (done.too_wide, "did not come to half-widths" in str(done.table))


def test_the_cap_holds_and_what_is_constant_is_enough_at_once():
    capped = queues({"actors.customer.arrivals": ["0.9 /s"]}, replications={"until": "0.1 %", "of": "response_time_mean_s", "at_least": 2, "at_most": 7})
    assert [7] == [len(cell.replications) for cell in capped.cells]
    assert (0,) == capped.too_wide
    assert "1 of 1 cells did not come to a half-width of 0.1 % of response_time_mean_s in 7 runs" in " ".join(str(capped.table).split())
    assert [True] == [cell["is_too_wide"] for cell in json.loads(capped.to_json())["cells"]]
    sure = queues({"actors.customer.arrivals": ["0.2 /s"]}, replications={"until": "1 %", "at_least": 3, "at_most": 50})
    assert [3] == [len(cell.replications) for cell in sure.cells]  # all sessions succeed
    never = queues({"actors.customer.arrivals": ["0.2 /s"]}, replications={"until": "1 %", "of": "attack_requests_per_server_s", "at_most": 9})
    assert [9] == [len(cell.replications) for cell in never.cells]  # no attack, no value


def test_a_precision_has_the_same_bytes_with_any_number_of_workers():
    given = {**MM1, "study": {"vary": {"actors.customer.arrivals": ["0.5 /s", "0.9 /s"]}, "replications": {"until": "20 %", "of": "response_time_mean_s", "at_most": 20}}}
    assert study("mm1", set=given, workers=1).to_json() == study("mm1", set=given, workers=2).to_json()


# -- one long run ------------------------------------------------------------------------------------------------------


def test_one_long_run_has_intervals_by_batch_means():
    done = study("mm1", set={"duration": "40000 s", "warm_up": "2000 s", "study": {"replications": {"batches": 20}, "vary": {
        "actors.customer.arrivals": ["0.2 /s", "0.5 /s"]}}}, executor=here, engine="simpy")
    calm, busy = done.cells
    assert ((0,), (0,)) == (calm.replications, busy.replications)
    means = {each.measure.name: each for each in busy.estimates}
    response = means["response_time_mean_s"]
    assert 2.0 in response.interval  # 1 / (1 - rho), Kleinrock, eq. 3.26
    assert 0 < response.interval.relative_half_width < 0.15
    assert (20, response.values[0]) == (response.interval.replications, response.mean)
    assert 0.5 in means["goodput_per_s"].interval
    assert means["response_time_p99_s"].interval is None
    text = str(done.table)
    assert "interval by 20 batch means" in " ".join(text.split())
    assert "mean response, s" in text
    assert "resources ratio" not in text  # no attack: it has no value anywhere


def test_a_run_too_short_for_its_batches_has_no_interval():
    done = study("mm1", set={"duration": "12 s", "warm_up": "11 s", "study": {"replications": {"batches": 30}, "vary": {"actors.server.servers": [1]}}}, executor=here)
    assert all(each.interval is None for each in done.cells[0].estimates)


# -- the warm-up -------------------------------------------------------------------------------------------------------

FILLING = {"duration": "2000 s", "actors.customer.arrivals": {"poisson": "5 /s"}, "actors.server": {"servers": "unlimited", "work": {"job": {"exponential": "100 s"}}},
           "actors.customer.population": 3000}
"""M/M/inf from empty: the number present goes to 500 as 1 - exp(-t / 100 s) (Kleinrock, section 3.4)."""


def test_a_warm_up_is_found_where_a_system_fills_slowly():
    found = warm_up("mm1", set=FILLING, replications=5, executor=here)
    assert 200 <= found.seconds <= 700
    assert found.seconds == duration_ns(found.text) / 1e9
    assert 0.05 * 500 > abs(500 - sum(found.series[-60:]) / 60)
    assert found.series[0] < 150
    assert {"svg", "png"} == set(found.plot().files)
    assert "warm-up" in str(found)
    assert "image/svg+xml" in found._repr_mimebundle_()


def test_a_system_that_is_never_steady_has_no_warm_up():
    growing = {**MM1, "duration": "200 s", "actors.customer.arrivals": {"poisson": "3 /s"}}
    found = warm_up("mm1", set=growing, replications=3, executor=here)
    assert (None, "") == (found.seconds, found.text)
    assert "too short to tell" in str(found)
    with pytest.raises(Faults, match=r"duration: in 10 runs with no attack no warm-up was found: after half of the time they are not steady; expected a longer"):
        study("mm1", set={**growing, "study": {"warm_up": "found", "vary": {"actors.server.servers": [1]}}}, executor=here)


def test_a_warm_up_is_found_or_said():
    with pytest.raises(Faults, match=r"study.warm_up: set says a warm-up, too; expected one that is found, or one that is said"):
        queues({"actors.server.servers": [1]}, warm_up="found", set={"warm_up": "5 s"})


def test_where_the_warm_up_is_over_before_an_attack_begins_that_is_told():
    attack = {"name": "flood", "sends": "job", "rate": "1 /s", "during": ["1000 s", "1100 s"]}
    given = {**FILLING, "duration": "1200 s", "warm_up": "0 s", "attacks": [attack],
             "study": {"replications": 2, "warm_up": "found", "vary": {"actors.customer.timeout": ["900 s"]}}}
    assert "replications with no attack; what is measured begins before an attack does, at 1000 s" in " ".join(str(study("mm1", set=given, executor=here).table).split())


def test_a_study_may_find_its_warm_up():
    given = {**FILLING, "duration": "1200 s", "warm_up": "0 s", "study": {"replications": 2, "warm_up": "found", "vary": {"actors.customer.timeout": ["900 s", "1000 s"]}}}
    done = study("mm1", set=given, executor=here)
    assert done.warm_up.seconds > 0
    assert done.warm_up.seconds == done.grid.prepare(0).scenario.warm_up_ns / 1e9
    assert "found by MSER-5 in 10 replications with no attack" in " ".join(str(done.table).split())
    assert "warm_up" in done.pictures
    cold = study("mm1", set={**given, "study": {"replications": 2, "vary": {"actors.customer.timeout": ["900 s", "1000 s"]}}}, executor=here)
    assert done.cells[0].estimates[9].mean is None or done.to_json() != cold.to_json()


# -- what is shown of a design -----------------------------------------------------------------------------------------


def sampled():
    return queues({"actors.customer.arrivals": {"from": "0.05 /s", "to": "0.8 /s"}, "actors.server.work.job": {"from": "100 ms", "to": "1 s", "scale": "log"},
                   "actors.server.queue.order": ["fifo", "lifo"]}, sample=12, replications=2)


def test_a_sampled_study_shows_what_each_factor_does(tmp_path):
    done = sampled()
    assert {"effects", "heat_map"} == set(done.pictures)
    folder = done.save(tmp_path / "s")
    table = pq.read_table(folder / "cells.parquet").to_pandas()
    assert 24 * len(done.cells[0].estimates) == len(table)
    p99 = table[table["measure"] == "response_time_p99_s"]
    assert p99["actors.customer.arrivals"].between(0.05, 0.8).all()
    assert p99["actors.server.work.job"].between(0.1, 1).all()
    assert {"fifo", "lifo"} == set(p99["actors.server.queue.order"])
    assert 0.7 < spearman(list(p99["actors.server.work.job"]), list(p99["mean"]))
    runs = pq.read_table(folder / "replications.parquet").to_pandas()
    assert (48, "int64", "double") == (len(runs), str(runs["replication"].dtype), "double" if str(runs["goodput_per_s"].dtype) == "float64" else "")
    assert done.to_pandas().equals(table)


NUMBERS = {"mitigations.authorization_manager": VARY["mitigations.authorization_manager"], "attacks.flood.rate": ["100 /s", "200 /s", "400 /s"]}


def test_curves_are_over_the_factor_of_numbers():
    values = [[0.9 - 0.1 * (cell % 5) - 0.01 * r for r in range(4)] for cell in range(15)]
    done = made({(cell, r): metrics(value) for cell, own in enumerate(values) for r, value in enumerate(own)}, vary=NUMBERS)
    assert {"heat_map", "scorecard", "curves", "effects"} == set(done.pictures)
    for what in (done.curves(), done.curves("response_time_p99_s"), done.effects(), done.scorecard(0.5)):
        assert what.files["svg"].startswith(b"<?xml")
    assert done.scorecard(0.5).files != done.scorecard(0.99).files
    with pytest.raises(Faults, match=r"measure: got 'goodput'; expected honest_success_ratio, .* \(did you mean 'goodput_per_s'"):
        done.curves("goodput")
    with pytest.raises(Faults, match="spread: this study has nothing to show there; expected cells whose replications fall into two groups"):
        done.spread()


def test_a_study_of_names_has_no_curves_and_one_of_two_groups_has_a_spread():
    done = of([[0.9, 0.9, 0.9, 0.9]] * 8 + [[0.01, 0.99, 0.02, 0.98]])
    assert {"heat_map", "scorecard", "spread"} == set(done.pictures)
    with pytest.raises(Faults, match="curves: this study has nothing to show there; expected a factor of at least two quantities"):
        done.curves()


def test_a_study_without_attacks_has_no_scorecard():
    done = queues({"actors.customer.arrivals": ["0.2 /s", "0.5 /s"]}, replications=2)
    assert {"heat_map", "curves"} == set(done.pictures)
    with pytest.raises(Faults, match="scorecard: this study has nothing to show there; expected a study of attacks beside a column without one"):
        done.scorecard()


def test_a_level_is_where_a_cell_holds():
    done = made({(cell, r): metrics(0.8) for cell in range(9) for r in range(3)}, replications=3)
    again = made({(cell, r): metrics(0.8) for cell in range(9) for r in range(3)}, replications=3, changes={"study.level": "70 %"})
    assert (0.9, 0.7) == (done.grid.level, again.grid.level)
    assert done.scorecard(0.7).files == again.scorecard().files != done.scorecard().files


@pytest.mark.parametrize("width", [40, 80, 140])
def test_a_large_study_tells_the_effect_of_each_factor(width):
    many = {"actors.consumer.population": list(range(1000, 1030)), "attacks.flood.rate": [f"{k} /s" for k in range(1, 21)]}
    done = made({(cell, r): metrics(0.9 if cell % 22 < 12 else 0.1) for cell in range(30 * 22) for r in range(2)}, vary=many, replications=2)
    text = done.table.text(width)
    assert "660 cells, each in cells.csv" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= width
    lines = {tuple(line.split()[-4:]) for line in text.splitlines() if "±" in line}
    assert {("/s", "90.0", "±", "0.0"), ("/s", "10.0", "±", "0.0")} <= lines
    assert "heat_map" not in done.pictures
    assert "<pre>" in done._repr_html_()


def test_results_are_a_mapping_in_order_of_cells():
    results = Results({(1, 0): {"a": 1}, (0, 1): {"a": 2.5}})
    assert [((0, 1), {"a": 2.5}), ((1, 0), {"a": 1})] == list(results.items())
    assert ((1, 0) in results, (2, 0) in results, len(results)) == (True, False, 2)
    assert results == Results({(0, 1): {"a": 2.5}, (1, 0): {"a": 1}})


# -- failures ----------------------------------------------------------------------------------------------------------


def test_a_failed_run_loses_no_other_and_says_how_to_do_it_again(tmp_path):
    given = {**MM1, "study": {"replications": 2, "vary": {"actors.server.work.job": {"fine": "100 ms", "never": {"pareto": {"minimum": "1 s", "alpha": 0.001}}}}}}
    done = study("mm1", set=given, workers=1)
    assert (2, 2, {0}) == (len(done.results), len(done.failures), {cell for cell, _ in done.results})
    command = done.command(done.failures[1])
    assert command.startswith("sim run ")
    assert command.endswith("--seed 1 --replication 1 --set 'duration=100 s' --set 'warm_up=0 s' "
                            "--set 'actors.server.work.job={pareto: {minimum: 1 s, alpha: 0.001}}'")
    assert "failed" in str(done.table)
    folder = done.save(tmp_path / "s")
    assert command in (folder / "failures.txt").read_text()
    assert not json.loads((folder / "study.json").read_text())["complete"]


def test_what_a_command_sets_makes_the_cell_again():
    """Of every cell of a study with controls: what the command says is what the cell is."""
    import shlex

    import sim
    from sim.scenario.source import parse_change
    from sim.scenario.spell import sha256
    from sim.study.grid import grid_of
    from sim.study.reproducing import command

    grid = grid_of("key_flood", {**SHORT, "actors.consumer.timeout": "2 s"})
    for number in range(len(grid.cells)):
        words = shlex.split(command(grid, number, 7, 1))
        changes = dict(parse_change(words[k + 1]) for k, word in enumerate(words) if word == "--set")
        assert sha256(sim.load(words[2]).set(changes).scenario) == sha256(grid.prepare(number).scenario), number


# -- what its pictures are given ---------------------------------------------------------------------------------------


@pytest.fixture
def drawn(monkeypatch):
    """What each kind of picture was asked to draw, the last time."""
    found = {}
    for module in (scorecard, effects):
        name = module.__name__.rsplit(".", 1)[-1]
        monkeypatch.setattr(module, "render", lambda data, name=name: found.update({name: data}) or {"svg": b"", "png": b""})
    return found


def test_cells_that_are_undecided_neither_hold_nor_fail(drawn):
    wide, sure, none = [0.7, 0.99, 0.99, 0.99], [0.95, 0.95, 0.95, 0.95], [0.1, 0.1, 0.1, 0.1]
    rows = [sure, sure, sure, wide, none], [sure, sure, wide, wide, wide], [sure, sure, wide, wide, none]
    done = made({(cell, r): metrics(value) for cell, own in enumerate(cells for row in rows for cells in row) for r, value in enumerate(own)}, vary=NUMBERS)
    done.scorecard()
    assert ["100 to 400", "not decided", "? to 400"] == [each.between() for each in drawn["scorecard"].reach]
    once = made({(cell, 0): metrics(1.0) for cell in range(15)}, vary=NUMBERS, stopped=True)
    once.scorecard()
    assert {"not decided"} == {each.between() for each in drawn["scorecard"].reach}, "one run alone decides nothing"


def test_a_range_on_a_log_scale_has_such_an_axis_and_another_has_none(drawn):
    sampled().effects()
    titles = {each.axis.title: each.axis.log for each in drawn["effects"].factors}
    assert {"customer arrivals": False, "server work job": True, "server queue order": False} == titles


def test_what_the_columns_are_of_is_said_once_in_scorecard_and_table(drawn):
    cells = {(cell, r): metrics(0.9) for cell in range(15) for r in range(2)}
    done = made(cells, vary={"mitigations.authorization_manager": NUMBERS["mitigations.authorization_manager"], "attacks.0.rate": NUMBERS["attacks.flood.rate"]},
                replications=2)
    done.scorecard()
    assert "flood rate" == drawn["scorecard"].column_title
    assert ["Who?", "flood rate →", ""] == done.table.text(200).splitlines()[:3]
    assert "Who?<br>flood rate →</caption>" in done._repr_html_()
    named = of([[0.9, 0.9, 0.9, 0.9]] * 9)
    named.scorecard()
    assert ("", "") == (drawn["scorecard"].column_title, named.table.across()), "attacks that are named say it themselves"
