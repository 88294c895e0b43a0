"""From the key ``study`` to cells: who goes down, who across, what each cell sets, and every fault at its place."""

import math

import pytest
from made_studies import SHORT, VARY

import sim
from sim.language.faults import Faults
from sim.scenario.attack import attack_data
from sim.study.axes import titles_of
from sim.study.execution.job import Failure
from sim.study.execution.runner import Runner
from sim.study.grid import Grid, LargeGrid, grid_of
from sim.study.replicate import replicate

SERVER = "work, expires, timeout, retry, throttle, breaker, parameters, instances, balance, servers, queue, connections, holds_server, silent or memory"
HEAD = """\
scenario: x
model: queueing/mm1
duration: 100 s
actors:
  customer: {arrivals: {poisson: 0.5 /s}, population: 5, timeout: 9 s}
  server: {servers: 1, work: {job: 1 s}}
"""


def write(tmp_path, text):
    path = tmp_path / "s.yaml"
    path.write_text(HEAD + text)
    return path


def faults_of(path, **options):
    with pytest.raises(Faults) as caught:
        grid_of(path, **options)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def cell_of(grid, row, column):
    return grid.prepare(grid.rows.index(row) * len(grid.columns) + grid.columns.index(column)).scenario


def test_mitigations_go_down_and_attacks_across_with_the_controls_first():
    grid = grid_of("key_flood", SHORT)
    assert ("none", "token bucket", "stateless keys") == grid.rows
    assert ("no attack", "flash crowd", "flood") == grid.columns
    assert ("mitigations", "attacks", 3.0) == (grid.row_title, grid.column_title, grid.flash_crowd)
    assert [(cell.number, cell.row, cell.column) for cell in grid.cells] == [(3 * r + c, r, c) for r in range(3) for c in range(3)]


def test_attacks_go_across_whichever_key_comes_first():
    grid = grid_of("key_flood", {**SHORT, "study.vary": dict(reversed(VARY.items()))})
    assert ("none", "token bucket", "stateless keys") == grid.rows


def test_each_cell_is_a_whole_scenario():
    grid = grid_of("key_flood", {**SHORT, "actors.consumer.timeout": "2 s"})
    base = sim.load("key_flood").scenario
    flood = cell_of(grid, "token bucket", "flood")
    assert ["token_bucket"] == [each.name for each in flood.mitigations["authorization_manager"]]
    assert (12 * 10**9, 2 * 10**9) == (flood.duration_ns, flood.warm_up_ns)
    assert ["400 /s"] == [attack_data(each)["rate"]["poisson"] for each in flood.attacks]
    crowd = cell_of(grid, "none", "flash crowd")
    assert () == crowd.attacks == cell_of(grid, "none", "no attack").attacks
    rates = [each.arrivals.rate_per_s for each in crowd.actors["consumer"].classes]
    assert pytest.approx([3 * each.arrivals.rate_per_s for each in base.actors["consumer"].classes]) == rates
    assert all(each.timeout_ns == 2 * 10**9 for each in crowd.actors["consumer"].classes)


def test_controls_that_a_study_names_are_its_own():
    vary = {**VARY, "attacks": {"flash crowd": {"set": {"attacks": [], "actors.consumer.arrivals": "50 /s"}}, "no attack": []}}
    grid = grid_of("key_flood", {**SHORT, "study.vary": vary})
    assert (("flash crowd", "no attack"), None) == (grid.columns, grid.flash_crowd)
    assert 50 == cell_of(grid, "none", "flash crowd").actors["consumer"].arrivals.rate_per_s


@pytest.mark.parametrize("name", ["no attack", "flash crowd"])
def test_the_name_of_a_control_is_not_that_of_an_attack(tmp_path, name):
    attacks = "attacks: [{name: flood, sends: job, rate: 1 /s}]\n"
    path = write(tmp_path, f"{attacks}study:\n  vary:\n    attacks:\n      {name}: {{set: {{attacks.flood.rate: 2 /s}}}}\n")
    said = (f"11:7: study.vary.attacks.{name}: the name '{name}' is taken: it is that of a control, a column without attacks; "
            "expected another name, or attacks: [] among what it sets")
    assert [said] == faults_of(path)


def test_mitigations_alone_are_met_by_the_attacks_of_the_scenario():
    grid = grid_of("key_flood", {**SHORT, "study.vary": {"mitigations.authorization_manager": {"none": []}}, "study.flash_crowd": 2})
    assert (("no attack", "flash crowd", "flood"), 2.0) == (grid.columns, grid.flash_crowd)
    assert 40 == cell_of(grid, "none", "flash crowd").actors["consumer"].arrivals.rate_per_s


def test_a_study_of_something_else_has_no_controls(tmp_path):
    one = grid_of(write(tmp_path, "study: {vary: {actors.server.servers: [1, 2]}}"))
    assert (("1", "2"), ("all",), "server servers", "") == (one.rows, one.columns, one.row_title, one.column_title)
    two = grid_of(write(tmp_path, "study: {vary: {actors.server.servers: [1, 2], actors.server.queue: [{order: fifo}, {order: lifo}]}}"))
    assert (("1", "2"), ("{order: fifo}", "{order: lifo}")) == (two.rows, two.columns)


def test_titles_say_which_attack_and_which_setting_a_key_is_of():
    assert {"attacks.0.rate": "flood rate", "attacks.flood.sources.addresses": "flood sources addresses"} == titles_of(
        ["attacks.0.rate", "attacks.flood.sources.addresses"], ["flood"])
    assert {"mitigations.server": "mitigations", "mitigations.server.0.token_bucket.rate": "token bucket rate", "load": "load"} == titles_of(
        ["mitigations.server", "mitigations.server.0.token_bucket.rate", "load"])
    assert ["mitigations server", "mitigations database"] == list(titles_of(["mitigations.server", "mitigations.database"]).values())


def test_of_three_keys_two_are_crossed_on_one_side(tmp_path):
    grid = grid_of(write(tmp_path, "study:\n  vary:\n    actors.server.servers: [1, 2]\n    load:\n"
                                             "      calm: {set: {}}\n      busy: {set: {actors.customer.arrivals: 2 /s}}\n"
                                             "    actors.server.queue.order: [fifo, lifo]\n"))
    assert (("1, calm", "1, busy", "2, calm", "2, busy"), ("fifo", "lifo")) == (grid.rows, grid.columns)
    assert ("server servers, load", "server queue order") == (grid.row_title, grid.column_title)
    busy = cell_of(grid, "2, busy", "lifo")
    assert (2.0, 2, "lifo") == (busy.actors["customer"].arrivals.rate_per_s, busy.actors["server"].servers, busy.actors["server"].queue.order)


@pytest.mark.parametrize(("arrivals", "times"), [
    ("{poisson: 0.5 /s}", lambda client: client.classes[0].arrivals.rate_per_s == 1.5),
    ("0.5 /s", lambda client: client.classes[0].arrivals.rate_per_s == 1.5),
    ("{constant: 1 /s, maximum: 10}", lambda client: (client.arrivals.rate_per_s, client.arrivals.maximum) == (3.0, 30)),
    ("{steps: [{from: 0 s, rate: 1 /s}, {from: 5 s, rate: 2 /s}]}", lambda client: client.arrivals.steps == ((0, 3.0), (5 * 10**9, 6.0))),
    ("{ramp: {from: 1 /s, to: 0 /s}}", lambda client: client.classes[0].arrivals.ramp == (3.0, 0.0)),
    ("{closed: {think: 1 s}}", lambda client: client.population == 15),
])
def test_a_flash_crowd_is_three_times_as_many_however_they_come(tmp_path, arrivals, times):
    path = write(tmp_path, "study: {vary: {mitigations.server: {none: []}}}")
    path.write_text(path.read_text().replace("{poisson: 0.5 /s}", arrivals))
    grid = grid_of(path)
    assert times(cell_of(grid, "none", "flash crowd").actors["customer"])


def test_sessions_at_given_times_need_a_flash_crowd_of_their_own(tmp_path):
    path = write(tmp_path, "study: {vary: {mitigations.server: {none: []}}}")
    path.write_text(path.read_text().replace("{poisson: 0.5 /s}", "{times: [1 s]}"))
    said = "7:1: study: sessions that come at given times cannot be multiplied; expected a variant 'flash crowd' of your own among those of the attacks"
    assert [said] == faults_of(path)


# -- faults ------------------------------------------------------------------------------------------------------------


def test_every_fault_of_every_cell_stands_where_the_study_says_it(tmp_path):
    path = write(tmp_path, "study:\n  set: {warm_up: 5}\n  vary:\n    actors.server.serves: [1, 2]\n    x:\n"
                           "      a: {set: {actors.server.work.job: 1, actors.server.queue.length: 5}}\n"
                           "      b: {set: {actors.customer.timeout: 0 s, actors.server.memory.k: 1 KiB}}\n    actors.server.queue.order: [fifo, lfo]\n")
    assert [
        "8:18: study.set.warm_up: got 5; expected a time with its unit, e.g. 5 s (did you mean '5 s'?)",
        f"10:5: study.vary.actors.server.serves: there is no key 'serves' here; expected {SERVER} (did you mean 'servers'?)",
        "12:41: study.vary.x.a.set.actors.server.work.job: got 1; expected a time with its unit, e.g. 1 s (did you mean '1 s'?)",
        "12:72: study.vary.x.a.set.actors.server.queue.length: there is no key 'length' here; expected capacity, order, backlog or full",
        "13:42: study.vary.x.b.set.actors.customer.timeout: got '0 s'; expected a time above zero",
        "13:71: study.vary.x.b.set.actors.server.memory.k: the diagram has no fact 'k'; expected nonce",
        "14:39: study.vary.actors.server.queue.order.1: got 'lfo'; expected fifo, lifo, fair, priority, adaptive_lifo, effort or processor_sharing (did you mean 'lifo'?)",
    ] == faults_of(path)


def test_a_key_that_another_replaces_is_not_varied_for_nothing(tmp_path):
    whole = "actors.server.queue: [{order: fifo}, {order: lifo}]"
    part = "actors.server.queue.capacity: [1, 2]"
    path = write(tmp_path, f"study:\n  vary:\n    {part}\n    {whole}\n")
    said = ("9:5: study.vary.actors.server.queue.capacity: 'actors.server.queue' is set after it, as a whole, so that nothing of it is left; "
            "expected one of the two, or {set: ...} among the values of 'actors.server.queue'")
    assert [said] == faults_of(path)
    grid = grid_of(write(tmp_path, f"study:\n  vary:\n    {whole}\n    {part}\n"))
    assert {(1, "fifo"), (2, "fifo"), (1, "lifo"), (2, "lifo")} == {
        (each.queue.capacity, each.queue.order) for each in (grid.prepare(number).scenario.actors["server"] for number in range(4))}
    assert len(grid.cells) == 4


def test_a_path_that_leads_nowhere_says_so_at_its_place(tmp_path):
    path = write(tmp_path, "study:\n  vary:\n    actors.server.servers.x: [1, 2]\n    y: {b: {set: {actors.server.servers.z: 4}}}\n")
    said = "{}: 'actors.server.servers' is the value 1, without a part '{}'; expected 'actors.server.servers' set as a whole"
    assert [said.format("9:5: study.vary.actors.server.servers.x", "x"),
            said.format("10:44: study.vary.y.b.set.actors.server.servers.z", "z")] == faults_of(path)


def test_what_is_wrong_with_the_scenario_its_study_and_its_cells_is_said_at_once(tmp_path):
    path = write(tmp_path, "colour: red\nstudy:\n  levle: 90 %\n  set: {duratoin: 5 s}\n  vary:\n    actors.customer.timout: [1 s]\n"
                           "    actors.server.work.job: {from: 5 s, to: 1 s}\n    actors.server.servers: [1, 0]\n")
    assert [("7", "colour"), ("9", "study.levle"), ("10", "study.set.duratoin"), ("12", "study.vary.actors.customer.timout"),
            ("13", "study.vary.actors.server.work.job.to"), ("14", "study.vary.actors.server.servers.1")] == [
        (line.split(":")[0], line.split(": ")[1]) for line in faults_of(path)]
    with pytest.raises(Faults) as caught:
        sim.check(path)
    assert [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()] == faults_of(path)


def test_a_factor_that_is_wrong_is_no_reason_to_refuse_what_builds_on_it(tmp_path):
    path = write(tmp_path, "study:\n  vary:\n    mitigations.server: 5\n    mitigations.server.0.token_bucket.rate: [1 /s]\n"
                           "    x: {a: {set: {mitigations.server.0.token_bucket.burst: 2}}}\n    actors.server.servers: [0]\n")
    assert ["study.vary.mitigations.server", "study.vary.actors.server.servers.0"] == [line.split(": ")[1] for line in faults_of(path)]


def test_of_cells_nothing_is_said_where_what_all_of_them_set_is_wrong(tmp_path):
    path = write(tmp_path, "study: {set: 5, vary: {actors.server.servers: [0]}}")
    assert ["study.set"] == [line.split(": ")[1] for line in faults_of(path)]


@pytest.mark.parametrize("wrong", ["attacks: 5", "attacks: [5]", "actors: []", "actors.customer: 5", "actors.customer.classes: 5", "seed: -1",
                                   "actors.customer.arrivals: {steps: [5]}", "actors.customer.arrivals: {closed: {}}, actors.customer.population: x"])
def test_whatever_a_study_sets_is_a_fault_at_its_place(tmp_path, wrong):
    path = write(tmp_path, f"attacks: [{{name: flood, sends: job, rate: 1 /s}}]\nstudy: {{sample: 3, set: {{{wrong}}}, "
                           "vary: {mitigations.server: {none: []}, actors.server.servers: {from: 1, to: 8}}}")
    assert any(line.startswith("8:") and line.split(": ")[1].startswith("study") for line in faults_of(path))


def test_how_often_is_an_option_and_called_by_its_name(tmp_path):
    path = write(tmp_path, "study: {vary: {actors.server.servers: [1, 0]}}")
    first, second = sorted(faults_of(path, replications=1))
    assert (True, "replications: got 1; expected at least 2") == (first.startswith("7:43: study.vary.actors.server.servers.1: got 0"), second)
    assert ["1:1: study: this scenario has no study; expected the key study, e.g. study: {vary: {attacks.flood.rate: [400 /s, 4000 /s]}}"
            ] == faults_of(write(tmp_path, ""), replications=1)


def test_an_entry_of_a_list_that_is_not_there_says_so(tmp_path):
    path = write(tmp_path, "study: {vary: {mitigations.server.0.token_bucket.rate: [1 /s, 2 /s]}}")
    said = ("7:16: study.vary.mitigations.server.0.token_bucket.rate: there is no entry 0: 'mitigations.server' is not there; "
            "expected a list there that has one, or the list set as a whole")
    assert [said] == faults_of(path)


def test_a_title_of_plain_values_and_a_slip_in_a_path_are_told_apart(tmp_path):
    path = write(tmp_path, "study:\n  vary:\n    my title: [1, 2]\n    actor.server.servers: [1, 2]\n    study.level: [90 %, 95 %]\n")
    keys = "scenario, model, about, start, duration, warm_up, seed, replication, trace, protected, network, actors, attacks, faults or mitigations"
    title = ("9:5: study.vary.my title: there is no key 'my title' to be set; expected a path such as attacks.flood.rate, "
             "or below a title variants by name, each as name: {set: {path: value}}")
    assert [title,
            f"10:5: study.vary.actor.server.servers: there is no key 'actor' to be set; expected {keys} (did you mean 'actors'?)",
            f"11:5: study.vary.study.level: there is no key 'study' to be set; expected {keys}"] == faults_of(path)


def test_what_a_cell_breaks_elsewhere_names_the_cell(tmp_path):
    path = write(tmp_path, "study: {vary: {duration: [50 s, 200 s]}}")
    path.write_text(path.read_text().replace("duration: 100 s", "duration: 100 s\nwarm_up: 60 s"))
    said = "4:10: warm_up: 1 min is all of the duration, 50 s (in the cell '50 s' / 'all'); expected a warm-up that leaves something to count"
    assert [said] == faults_of(path)


SEVEN = {f"actors.customer.{key}": values for key, values in {
    "population": list(range(1, 11)), "timeout": [f"{k} s" for k in range(1, 11)], "deadline": [f"{k} s" for k in range(1, 11)],
    "clock_skew": [f"{k} ms" for k in range(1, 11)]}.items()} | {f"actors.server.{key}": list(range(1, 11)) for key in ("servers", "instances")} | {
    "actors.server.queue.capacity": list(range(10))}


def test_a_large_grid_is_asked_about_and_made_only_as_it_is_needed(tmp_path):
    path = write(tmp_path, "study: {vary: {actors.server.servers: [1]}}")
    with pytest.raises(LargeGrid) as asked:
        grid_of(path, {"study.vary": SEVEN})
    assert (10_000_000, 50_000_000) == (asked.value.cells, asked.value.runs)
    assert str(asked.value) == ("set: study.vary: a grid of 10,000,000 cells (1,000,000 x 10), 50,000,000 runs; expected at most 20,000 cells and "
                                "200,000 runs, or large=True")


def test_a_large_grid_that_is_wanted_has_its_rows_and_columns_checked(tmp_path):
    many = list(range(1, 161))
    path = write(tmp_path, "study: {vary: {actors.server.servers: [1]}}")
    grid = grid_of(path, {"study.vary": {"actors.customer.population": many, "actors.server.servers": many}}, large=True)
    assert (25_600, True, {"actors.customer.population": 160, "actors.server.servers": 159}) == (len(grid.cells), grid.is_large, grid.cells[-2 + 25_600].settings)
    assert grid.check(25_599).address != grid.check(0).address
    with pytest.raises(Faults, match=r"servers\.160: got 0; expected a whole number from 1"):
        grid_of(path, {"study.vary": {"actors.customer.population": many, "actors.server.servers": [*many, 0]}}, large=True)


def test_of_a_large_grid_each_level_of_each_factor_is_checked():
    many = list(range(1, 101))
    vary = {f"actors.server.{key}": many for key in ("servers", "queue.capacity", "instances")}
    vary["actors.customer.population"] = many
    grid = grid_of("mm1", {"study.vary": vary}, large=True)
    rows = [grid.cells.rows[number] for number in grid.cells.rows.edges()]
    assert (100**4, 100) == (len(grid.cells), len(grid.cells.columns))
    assert {(level.factor, level.label) for row in rows for level in row.levels} == {(key, str(n)) for key in list(vary)[:3] for n in many}
    assert 298 == len(rows)
    for key in vary:
        with pytest.raises(Faults, match=rf"study\.vary\.{key}.*: got -1"):
            grid_of("mm1", {"study.vary": {**vary, key: [*many, -1]}}, large=True)


def test_what_is_varied_is_not_set_from_outside():
    with pytest.raises(Faults, match=r"^set: attacks.flood.rate: the study varies it, so that no cell would have this value; expected another value of study.vary, or none"):
        grid_of("key_flood", {"study.vary": {"attacks.flood.rate": ["1 /s", "2 /s"]}, "attacks.flood.rate": "9 /s"})


@pytest.mark.parametrize("engine", ["simpy", "auto"])
def test_a_large_study_begins_at_once_and_each_cell_is_checked_when_its_turn_comes(tmp_path, monkeypatch, engine):
    checked, seen = Grid.check, []

    def first_two(jobs, workers):
        for number, job in jobs:
            if number == 2:
                raise KeyboardInterrupt
            yield number, Failure(job, "it is not run here") if number else {"any": "result"}

    monkeypatch.setattr(Grid, "check", lambda grid, number: (seen.append(number), checked(grid, number))[1])
    many = list(range(1, 161))
    grid = grid_of(write(tmp_path, "study: {replications: 2, vary: {actors.server.servers: [1]}}"),
                   {"study.vary": {"actors.customer.population": many, "actors.server.servers": many}}, large=True)
    done = replicate(grid, Runner(executor=first_two), seed=1, engine=engine)
    assert (True, [(0, 0)], 1, 51_200) == (done.stopped, list(done.results), len(done.failures), done.wanted)
    assert {0, 1, 2} >= set(seen)


def test_too_many_runs_are_asked_about_too(tmp_path):
    path = write(tmp_path, f"study: {{replications: 10000, vary: {{actors.customer.population: {list(range(1, 31))}}}}}")
    assert ["7:30: study.vary: a grid of 30 cells (30 x 1), 300,000 runs; expected at most 20,000 cells and 200,000 runs, or large=True"
            ] == faults_of(path)


# -- ranges ------------------------------------------------------------------------------------------------------------

RANGES = """\
study:
  sample: 16
  vary:
    actors.customer.arrivals: {from: 0.1 /s, to: 10 /s, scale: log}
    actors.server.queue.order: [fifo, lifo]
    actors.server.servers: {from: 1, to: 8}
"""


def test_ranges_are_sampled_together_and_crossed_with_the_rest(tmp_path):
    grid = grid_of(write(tmp_path, RANGES))
    assert (16, ("fifo", "lifo"), 32) == (len(grid.rows), grid.columns, len(grid.cells))
    assert ("customer arrivals, server servers", ("actors.customer.arrivals", "actors.server.servers", "actors.server.queue.order")) == (grid.row_title, grid.factors)
    points = [{level.factor: level.quantity for level in grid.cells.levels(2 * point)} for point in range(16)]
    rates, servers = ([point[key].value for point in points] for key in ("actors.customer.arrivals", "actors.server.servers"))
    assert list(range(16)) == sorted(int(8 * math.log10(10 * rate) + 1e-2) for rate in rates)  # one in each sixteenth of the scale
    assert sorted([1, 2, 3, 4, 5, 6, 7, 8] * 2) == sorted(servers)
    assert "rate" == points[0]["actors.customer.arrivals"].kind
    assert abs(spearman(rates, servers)) < 0.6


def spearman(a, b):
    from scipy.stats import spearmanr

    return spearmanr(a, b).statistic


def test_a_factor_is_sampled_alike_whatever_stands_beside_it(tmp_path):
    alone = grid_of(write(tmp_path, RANGES.replace("    actors.server.servers: {from: 1, to: 8}\n", "")))
    beside = grid_of(write(tmp_path, RANGES))
    assert [row.partition(",")[0] for row in beside.rows] == list(alone.rows)
    other = grid_of(write(tmp_path, RANGES), {"seed": 2})
    assert other.rows != beside.rows


def test_a_range_of_an_attack_goes_across_after_the_controls():
    vary = {**VARY, "attacks": {"flood": {"set": {}}}}
    del vary["attacks"]
    grid = grid_of("key_flood", {**SHORT, "study.vary": {**vary, "attacks.flood.rate": {"from": "100 /s", "to": "1000 /s"}}, "study.sample": 5})
    assert ("no attack", "flash crowd") == grid.columns[:2]
    assert 7 == len(grid.columns)
    assert ("none", "token bucket", "stateless keys") == grid.rows


def test_a_precision_is_of_a_measure_that_there_is(tmp_path):
    path = write(tmp_path, "study: {replications: {until: 5 %, of: latency}, vary: {actors.server.servers: [1, 2]}}")
    assert [("7:40: study.replications.of: got 'latency'; expected honest_success_ratio, response_time_p99_s, memory_peak_bytes, "
            "attack_requests_per_server_s, false_refusals, goodput_per_s, response_time_mean_s, response_time_p50_s, response_time_p95_s or utilisation")] == faults_of(path)


def test_a_sample_of_nothing_is_a_fault(tmp_path):
    path = write(tmp_path, "study: {sample: 10, vary: {actors.server.servers: [1, 2]}}")
    said = ("7:17: study.sample: nothing in vary is a range of which points could be sampled; expected a range there, "
            "e.g. {from: 100 /s, to: 4000 /s, scale: log}, or no sample")
    assert [said] == faults_of(path)
    assert 10 == len(grid_of(path, {"study.vary": {"actors.server.work.job": {"from": "1 s", "to": "2 s"}}}).cells)


# -- nothing -----------------------------------------------------------------------------------------------------------


def test_a_scenario_without_a_study_says_what_it_lacks(tmp_path):
    assert ["1:1: study: this scenario has no study; expected the key study, e.g. study: {vary: {attacks.flood.rate: [400 /s, 4000 /s]}}"
            ] == faults_of(write(tmp_path, ""))


def test_a_study_from_outside_has_faults_without_places():
    with pytest.raises(Faults, match=r"^set: study\.vary\.attacks\.flood\.set\.attacks\.flod\.rate: 'attacks' is a list, without a part 'flod'"):
        grid_of("key_flood", {**SHORT, "study.vary": {"attacks": {"flood": {"set": {"attacks.flod.rate": "1 /s"}}}}})


def test_checking_a_scenario_checks_its_study(tmp_path):
    with pytest.raises(Faults, match=r"s\.yaml:7:40: study\.vary\.actors\.server\.servers\.0: got 0"):
        sim.check(write(tmp_path, "study: {vary: {actors.server.servers: [0]}}"))


def test_a_run_of_a_scenario_with_a_study_is_not_about_it():
    assert "study" not in sim.load("key_flood").scenario.__slots__
