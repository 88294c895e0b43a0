"""Breaking points: brackets of made functions, statistics of made results, and queues whose breaking point can be computed."""

import gzip
import math
import random

import orjson
import pytest
from made_studies import here

from sim.draw import breaking_points
from sim.language.faults import Faults
from sim.measure.statistics import confidence_interval
from sim.measure.theory import mm1k
from sim.study.execution.job import Failure
from sim.study.search.bracket import COARSE, Bracket, typed
from sim.study.search.breaking import breaking_point, search_of
from sim.study.search.breaking_point import BreakingPoint, BreakingPoints, Broken, Sought, geometric
from sim.study.search.breaking_table import breaks_at


def narrowed(holds, lowest=1.0, highest=10_000.0, precision=0.1):
    """A bracket of a function from rates to whether it holds, and how often that was asked."""
    bracket = Bracket(lowest, highest, precision)
    while wanted := bracket.wanted():
        assert bracket.missing > 0
        for rate in wanted:
            assert rate not in bracket.tried
            bracket.tell(rate, held=holds(rate))
    assert bracket.missing == 0
    return bracket


# -- one replication ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", [0.001, 0.02, 0.1, 1.0])
@pytest.mark.parametrize("root", [1.0001, 1.7, 9.99, 10.0, 333.3, 9_999.0])
def test_the_root_lies_in_a_bracket_as_narrow_as_asked_for(root, precision):
    bracket = narrowed(lambda rate: rate <= root, precision=precision)
    assert bracket.holds_at <= root < bracket.fails_at
    assert bracket.fails_at <= bracket.holds_at * (1 + precision) or bracket.fails_at - bracket.holds_at < 1.5e-3 * root  # of four digits
    assert bracket.holds_again_at is None
    assert len(bracket.tried) <= COARSE + 1 + math.log2(math.log(10) / math.log1p(precision))


def test_what_never_breaks_and_what_always_has_are_told_apart():
    never, always = narrowed(lambda rate: True), narrowed(lambda rate: False)
    assert (10_000.0, None, COARSE) == (never.holds_at, never.fails_at, len(never.tried))
    assert (None, 1.0, COARSE) == (always.holds_at, always.fails_at, len(always.tried))


def test_what_holds_again_has_its_first_breaking_point_and_says_so():
    bracket = narrowed(lambda rate: rate < 5 or 900 < rate < 2000)
    assert bracket.holds_at < 5 <= bracket.fails_at <= 1.1 * bracket.holds_at
    assert bracket.holds_again_at == 1000
    late = narrowed(lambda rate: rate > 5)
    assert (None, 10.0) == (late.holds_at, late.holds_again_at)


def test_rates_can_be_typed_in():
    chance = random.Random(1)
    for _ in range(200):
        rate = math.exp(chance.uniform(math.log(1e-4), math.log(1e6)))
        assert typed(rate) == typed(typed(rate)) == pytest.approx(rate, rel=6e-4)


# -- many replications -------------------------------------------------------------------------------------------------


def point(*ends, row="none", again=None):
    return BreakingPoint(row, "flood", tuple(Broken(r, low, high, again, ((low or high, 1.0),)) for r, (low, high) in enumerate(ends)))


def test_the_interval_is_that_of_logarithms_and_as_much_wider_as_the_brackets_are():
    found = point((100, 110), (120, 132), (90, 99)).point
    middles = confidence_interval([math.log(each * math.sqrt(1.1)) for each in (100, 120, 90)])
    half = math.log(1.1) / 2
    assert math.exp(middles.mean) == pytest.approx(found.mean)
    assert math.exp(middles.low - half) == pytest.approx(found.low)
    assert math.exp(middles.high + half) == pytest.approx(found.high)
    same = point((100, 110), (100, 110)).point
    assert (100, 110) == (pytest.approx(same.low), pytest.approx(same.high))
    assert geometric([(1, 2)]) is None


def test_a_ratio_is_that_of_pairs():
    first, other = point((100, 101), (400, 404), (25, 25.25)), point((200, 202), (800, 808), (50, 50.5))
    ratio = other.against(first)
    assert 2 == pytest.approx(ratio.mean)
    assert ratio.high / ratio.low == pytest.approx(1.01**2), "chance is the same: nothing is open but the brackets"
    assert ratio.high / ratio.low < other.point.high / other.point.low


@pytest.mark.parametrize(("ends", "told", "holding", "failing"), [
    ([(10, None)] * 3, "> 10", 3, 0), ([(None, 1)] * 3, "< 1", 0, 3), ([(2, 3), (4, 5), (10, None)], "> 2", 1, 0),
    ([(None, 1), (2, 3), (4, 5)], "< 5", 0, 1), ([(None, 1), (2, 3), (10, None)], "–", 1, 1)])
def test_of_what_is_censored_there_is_no_mean(ends, told, holding, failing):
    found = point(*ends)
    assert (None, told, holding, failing) == (found.point, breaks_at(found), found.holding, found.failing)
    assert found.against(point((1, 2), (1, 2), (1, 2))) is None
    assert point((1, 2), (1, 2), (1, 2)).against(found) is None


def made(*points):
    rows = tuple(each.row for each in points)
    return BreakingPoints("Made", None, 7, Sought(0.9, 0.1, 3, {"flood": (1.0, 10.0)}), "mitigations", rows, points, (), {})


def test_the_table_says_what_is_not_known(capsys):
    found = made(point((2, 2.2), (3, 3.3), (4, 4.4)), point((2, 3), (4, 5), (10, None), row="limit"), point((None, 1), (None, 1), (1, 2), row="slow", again=9),
                 point((2, 3), (2, 3), row="gone"))
    for width in (40, 100, 200):
        text = found.table.text(width)
        assert all(len(line) <= width for line in text.splitlines())
    for said in ("1 of 3 replications holds at the highest rate, 10 /s; the others break between 2 and 5 /s",
                 "2 of 3 replications fail at the lowest rate, 1 /s; the others break between 1 and 2 /s",
                 "† 3 of 3 replications hold above a rate at which it had failed, at 9 /s: there is no single breaking point",
                 "1 of 3 replications had a failed run, and are left out"):
        assert said in text
    assert "3 of 3 replications hold above" in found.table._repr_html_().replace("&lt;", "<")


def test_the_picture_has_a_row_each():
    svg = made(point((2, 3), (2, 3)), point((10, None), row="limit & <more>"), point((None, 1), row="slow")).picture().files["svg"]
    assert b"limit &amp; &lt;more&gt;" in svg


def test_the_picture_shows_the_rates_that_were_tried_and_leaves_open_what_replications_disagree_on(monkeypatch):
    seen = []
    monkeypatch.setattr(breaking_points, "render", lambda data: seen.append(data) or {})
    made(point((2, 3), (4, 5)), point((2, 3), (10, None), row="a"), point((None, 1), (2, 3), row="b"), point((None, 1), (10, None), row="c"),
         point((10, None), row="d"), point((None, 1), row="e")).picture()
    assert ["2 to 5", "2 to ?", "? to 3", "not decided", "> 10", "< 1"] == [each.between() for each in seen[0].points]
    assert {(1.0, 10.0)} == {each.tried for each in seen[0].points}


# -- a queue whose breaking point is known -----------------------------------------------------------------------------

SECONDS = "600 s"
QUEUE = {
    "scenario": "M/M/1/K", "model": "queueing/mm1", "duration": SECONDS, "warm_up": "10 s", "seed": 3, "network": {"default": {"transport": "datagram"}},
    "actors": {"customer": {"population": 1000, "arrivals": "2 /s", "timeout": "100 s"}, "server": {"work": {"job": {"exponential": "100 ms"}}, "queue": {"capacity": 9}}},
    "attacks": [{"name": "flood", "sends": "job", "rate": {"poisson": "5 /s"}, "during": ["0 s", SECONDS]}]}
SHORT = {"duration": "20 s", "warm_up": "1 s", "attacks.flood.during": ["0 s", "20 s"]}
ROOMS = {"study.vary": {"actors.server.queue.capacity": {"small": 5, "large": 50}, "attacks": {"calm": {"set": {"attacks.flood.rate": "1 /s"}}}}}


def root(level, services_per_s, capacity):
    """The rate of the attack at which M/M/1/K loses so much that of the honest, who see what a Poisson stream sees, ``level`` are served."""
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if mm1k(2 + middle, services_per_s, capacity).loss <= 1 - level else (low, middle)
    return low


@pytest.mark.parametrize(("level", "servers_work"), [("90 %", "100 ms"), ("60 %", "100 ms"), ("90 %", "50 ms")])
def test_the_interval_holds_the_breaking_point_of_mm1k(level, servers_work):
    services_per_s = {"100 ms": 10, "50 ms": 20}[servers_work]
    known = root(float(level.split()[0]) / 100, services_per_s, 10)
    found = breaking_point(QUEUE, set={"actors.server.work.job.exponential": servers_work}, level=level, replications=8, precision="2 %", workers=1).points[0].point
    assert found.low < known < found.high, (found, known)
    assert found.high / found.low < 1.25


def test_rows_are_those_of_the_study_and_the_process_stays(tmp_path):
    search = search_of(QUEUE, {**ROOMS, "attacks.flood.rate": {"pulses": {"rate": "50 /s", "length": "1 s", "period": "5 s"}, "process": "constant"}})
    assert ("small", "large") == search.rows
    assert {"flood": (0.5, 5000.0)} == search.sought.attacks
    data = search.candidate(0, 1, 7.5).source.data
    assert {"pulses": {"rate": "7.5 /s", "length": "1 s", "period": "5 s"}, "process": "constant"} == data["attacks"][0]["rate"]
    assert 50 == data["actors"]["server"]["queue"]["capacity"]
    assert ("as it is",) == search_of(QUEUE).rows


def test_level_and_warm_up_are_those_of_the_study():
    assert 0.9 == search_of(QUEUE).sought.level == search_of(QUEUE, ROOMS).sought.level
    assert 0.8 == search_of(QUEUE, {**ROOMS, "study.level": "80 %"}).sought.level
    assert 0.7 == search_of(QUEUE, {**ROOMS, "study.level": "80 %"}, level="70 %").sought.level
    seen = set()

    def noting(jobs, workers):
        for number, job in jobs:
            seen.add(job.source.data["warm_up"])
            yield number, job.run()

    changes = {"duration": "60 s", "warm_up": "1 s", "attacks.flood.during": ["0 s", "60 s"], **ROOMS, "study.warm_up": "found"}
    breaking_point(QUEUE, set=changes, replications=2, lowest="1 /s", highest="20 /s", precision="100 %", executor=noting)
    assert 2 == len(seen), "0 s of the runs in which it is looked for, and what was found"
    assert "1 s" not in seen


def test_each_of_several_attacks_is_varied_while_the_others_stay(tmp_path):
    second = {**QUEUE["attacks"][0], "name": "drip", "rate": "1 /s"}
    both, shorter = {**QUEUE, "attacks": [*QUEUE["attacks"], second]}, {**SHORT, "attacks.drip.during": ["0 s", "20 s"]}
    found = breaking_point(both, set=shorter, attack="all", replications=2, lowest="1 /s", highest="100 /s", executor=here)
    assert ["flood", "drip"] == [each.attack for each in found.points]
    assert "one is varied at a time" in str(found.table)
    alone = breaking_point(both, set=shorter, attack="flood", replications=2, lowest="1 /s", highest="100 /s", executor=here)
    assert alone.points[0] == found.points[0]


def test_any_number_of_workers_and_what_was_kept_give_the_same_bytes(tmp_path):
    options = {"set": {**SHORT, **ROOMS}, "replications": 3, "lowest": "1 /s", "highest": "100 /s"}
    one = breaking_point(QUEUE, workers=1, out=tmp_path / "one", **options)
    two = breaking_point(QUEUE, workers=2, out=tmp_path / "two", **options)
    assert one == two

    class Killed(Exception):
        pass

    def until_killed(jobs, workers):
        for done, pair in enumerate(here(jobs, workers)):
            if done == 25:
                raise Killed
            yield pair

    with pytest.raises(Killed):
        breaking_point(QUEUE, executor=until_killed, kept=tmp_path / "kept", **options)
    kept = len(list((tmp_path / "kept").glob("*/*.json.gz")))
    resumed = breaking_point(QUEUE, workers=1, kept=tmp_path / "kept", out=tmp_path / "resumed", **options)
    assert 25 == kept == resumed.info["kept_before"]
    for name in ("breaking_points.json", "breaking_points.csv", "tried.csv", "table.txt", "breaking_points.svg", "scenario.yaml"):
        assert len({(tmp_path / folder / name).read_bytes() for folder in ("one", "two", "resumed")}) == 1, name
    assert one.to_json() == (tmp_path / "one" / "breaking_points.json").read_bytes()
    assert len(one.to_pandas()) == 2


def test_a_failed_run_leaves_its_replication_out():
    def failing(jobs, workers):
        for number, job in jobs:
            if job.replication == 1 and "small" in job.name:
                yield number, Failure(job, "no good")
            else:
                yield number, job.run()

    found = breaking_point(QUEUE, set={**SHORT, **ROOMS}, replications=3, lowest="1 /s", highest="100 /s", executor=failing)
    assert [2, 3] == [len(each.replications) for each in found.points]
    assert COARSE == len(found.failures)
    assert found.to_dict()["complete"] is False
    assert found.points[1].against(found.points[0]) is not None, "of the replications that both have"


# -- what cannot be asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "changes", "said"), [
    ({"attack": "flod"}, {}, "attack: got 'flod'; expected flood or all (did you mean 'flood'?)"),
    ({"level": "0 %"}, {}, "level: got '0 %'; expected a share above 0 %, at most 100 %"),
    ({"level": 0.9}, {}, "level: got 0.9; expected a share"),
    ({"precision": "0 %"}, {}, "precision: got '0 %'; expected a share from 0.1 % to 100 %"),
    ({"lowest": "5 /s", "highest": "5 /s"}, {}, "from: got 5 /s, and to 5 /s; expected from below to"),
    ({"lowest": "5 s"}, {}, "from: got '5 s', and 's' is no unit of rate"),
    ({"lowest": "0 /s"}, {}, "from: got '0 /s'; expected a rate above 0"),
    ({"replications": 1}, {}, "replications: got 1; expected a whole number from 2 to"),
    ({}, {"attacks": []}, "this scenario has no attack"),
    ({}, {"attacks.flood.rate": "0 /s"}, "attack 'flood': its rate is 0; expected between which rates"),
    ({}, {"attacks.flood.rate": {"ramp": {"from": "1 /s", "to": "2 /s"}}}, "no one number (what could be scaled is rate.ramp.from and rate.ramp.to)"),
    ({}, {"attacks": [{"name": "bots", "sends": "job", "bots": {"count": 5, "think": "1 s"}, "during": ["0 s", "9 s"]}]}, "'bots' has no rate: its bots wait for answers (what could be scaled is bots.count)"),
    ({}, {"study.vary": {"mitigations.server": {"a": [{"token_bucket": {}}]}}}, "study.vary.mitigations.server.a"),
    ({"highest": "9000000000 /s"}, {}, "to: got '9000000000 /s'; expected at most 1000000000 /s, one event a nanosecond")], ids=str)
def test_what_is_wrong_is_said_before_anything_runs(options, changes, said):
    with pytest.raises(Faults) as caught:
        search_of(QUEUE, changes, **options)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 2


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(Faults) as caught:
        search_of(QUEUE, {}, attack="x", level="2", precision="x", replications=0)
    assert 4 == len(str(caught.value).splitlines())


def test_what_is_asked_and_what_is_wrong_in_scenario_and_rows_is_said_at_once():
    rows = {"study.vary": {"mitigations.server": {"a": [{"token_bucket": {}}]}}}
    with pytest.raises(Faults) as caught:
        search_of(QUEUE, {"colour": "red", "actors.server.serves": 1, "study.levle": 5, **rows}, level="2", replications=0)
    assert ["actors.server.serves", "colour", "study.levle", "study.vary.mitigations.server.a.0.token_bucket", "level", "replications"] == sorted(
        (each.path for each in caught.value.faults), key=lambda path: (path in ("level", "replications"), path))


def test_several_attacks_want_a_name():
    both = {**QUEUE, "attacks": [*QUEUE["attacks"], {**QUEUE["attacks"][0], "name": "drip"}]}
    with pytest.raises(Faults, match="attack: this scenario has 2 attacks; expected flood or drip, or all"):
        search_of(both)
    assert ["drip"] == [each.attack for each in search_of(both, attack="drip").rates]


def test_what_is_kept_is_shared_with_studies(tmp_path):
    from sim.study.studying import study

    breaking_point(QUEUE, set=SHORT, replications=2, lowest="1 /s", highest="16 /s", executor=here, kept=tmp_path / "kept")
    rates = {"study.vary": {"attacks.flood.rate.poisson": ["1 /s", "16 /s"]}, "study.replications": 2}
    done = study(QUEUE, set={**SHORT, **rates}, executor=here, kept=tmp_path / "kept")
    assert 4 == done.info["kept_before"]
    file = next((tmp_path / "kept").glob("*/*.json.gz"))
    assert "honest" in orjson.loads(gzip.decompress(file.read_bytes()))
