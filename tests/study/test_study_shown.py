"""A study as table, CSV, JSON, heat map and folder: made results of which every number is known."""

import csv
import io
import json
import math
from dataclasses import replace

import pytest
from made_studies import VARY, made, metrics, of

from sim.language.faults import Faults
from sim.measure.quantiles import quantile_interval
from sim.measure.statistics import confidence_interval, paired_interval
from sim.study.result import Study, csv_bytes

NONE = [0.90, 0.91, 0.92, 0.91], [0.95, 0.96, 0.94, 0.95], [0.02, 0.03, 0.04, 0.03]
BUCKET = [0.90, 0.91, 0.92, 0.90], [0.80, 0.81, 0.79, 0.80], [0.01, 0.99, 0.02, 0.98]
STATELESS = [0.90, 0.91, 0.92, 0.91], [0.95, 0.96, 0.94, 0.95], [0.97, 0.98, 0.99, 0.98]


@pytest.fixture(scope="module")
def study():
    return of([*NONE, *BUCKET, *STATELESS], question="Which protection keeps honest consumers served?")


def test_means_intervals_and_paired_differences(study):
    found = study.cell("stateless keys", "flood").estimates[0]
    assert math.isclose(0.98, found.mean)
    assert confidence_interval(STATELESS[2]) == found.interval
    assert paired_interval(STATELESS[2], NONE[2]) == found.difference
    assert study.cell("none", "flood").estimates[0].difference is None
    with pytest.raises(Faults, match=r"column: got 'floods'; expected no attack, flash crowd or flood \(did you mean 'flood'\?\)"):
        study.cell("none", "floods")


def test_best_and_worst_of_each_column(study):
    assert {(0, 1): "best", (1, 1): "worst", (2, 1): "best", (0, 2): "worst", (2, 2): "best"} == study.marks


def test_two_groups_are_marked_and_told(study):
    assert [(1, 2)] == [(cell.row, cell.column) for cell in study.cells if cell.groups is not None]
    text = study.table.text(140)
    assert "2 at 1.5, 2 at 98.5  ‡" in text
    assert "50.0 ± 89.1" not in text
    assert "token bucket / flood: the replications fall into two groups, 2 at 1.5 % and 2 at 98.5 %, nothing between" in text


def test_the_table_says_all_that_one_must_know(study):
    text = study.table.text(140)
    assert text.startswith("Which protection keeps honest consumers served?\n")
    for part in ("no attack", "flash crowd", "98.0 ± 1.3 ▲", "3.0 ± 1.3 ▼", "+95.0 ± 0.0", "1.00 ± 0.00", "95% interval (Student's t)", "4 replications",
                 "seed 7", "3 times as many honest sessions", "honest success, %", "p99 response, s", "peak memory, MiB", "resources ratio, /s",
                 "false refusals", "against 'none'", "the more, the dearer the attack"):
        assert part in text, part


def test_a_title_has_no_hole_where_one_factor_is_varied():
    def headline(vary):
        asked = made({(0, r): metrics(0.9) for r in range(4)}, vary=vary, stopped=True)
        return Study(replace(asked.grid, question=""), 7, asked.results, (), True, {}).table.headline()

    one = {"attacks.0.rate": ["1 /s", "2 /s"]}
    name = made({}, stopped=True).name
    assert f"{name}: honest sessions by flood rate" == headline(one)
    assert f"{name}: honest sessions by mitigations and flood rate" == headline({key: VARY[key] for key in VARY if key != "attacks"} | one)


@pytest.mark.parametrize("width", [40, 50, 60, 80, 100, 140, 250])
def test_the_table_fits_terminals_of_any_width_and_loses_nothing(study, width):
    text = study.table.text(width)
    assert max(map(len, text.splitlines())) <= width
    words = " ".join(text.split())
    for row in study.grid.rows:
        assert row in words
    for value in ("91.0 ± 1.3", "95.0 ± 1.3 ▲", "98.0 ± 1.3 ▲", "80.0 ± 1.3 ▼", "2 at 1.5, 2 at 98.5 ‡"):
        assert value in words
    assert (1 if width >= 80 else 2) <= text.count("mitigations")


def test_colours_are_for_terminals_only(study):
    assert "\x1b" not in study.table.text(100)
    assert "\x1b[1;32m" in study.table.text(100, color=True)


def test_jupyter_sees_a_table_with_everything_escaped():
    vary = {**VARY, "attacks": {"<b>flood": {"set": {}}}}
    shown = of([*NONE, *BUCKET, *STATELESS], vary=vary, question="a < b?")._repr_html_()
    assert "&lt;b&gt;flood" in shown
    assert "<b>flood" not in shown
    assert "a &lt; b?" in shown
    assert "98.0 ± 1.3 ▲" in shown


def test_what_is_missing_is_a_dash_and_said():
    results = {(cell, r): metrics(None if cell == 0 else 0.5, p99=None if cell == 1 and r else 2.0, sent=0, memory=3 * 2**30, refusals=cell)
               for cell in range(9) for r in range(3)}
    study = made(results, replications=3)
    found = study.cell("none", "no attack").estimates[0]
    assert (None, None) == (found.mean, found.interval)
    one = study.cell("none", "flash crowd").estimates[1]
    assert (2.0, None) == (one.mean, one.interval)
    text = study.table.text(140)
    assert "in replications without such a value; the mean is of the others" in text
    assert "3.00 ± 0.00" in text
    assert "peak memory, GiB" in text
    assert "▲" not in text
    assert study.heat_map().files["png"].startswith(b"\x89PNG")


def test_a_stopped_study_says_what_it_lacks():
    study = of([values[: 3 if cell < 4 else 2] for cell, values in enumerate([*NONE, *BUCKET, *STATELESS])], stopped=True)
    assert "2 to 3 replications" in str(study.table)
    assert "22 of 36 runs were finished" in " ".join(str(study.table).split())
    assert not json.loads(study.to_json())["complete"]
    assert 2 == study.cell("token bucket", "flood").estimates[0].difference.replications


def test_a_study_that_is_to_go_on_is_replaced_and_a_whole_one_only_by_force(tmp_path):
    values = [[values[: 3 if cell < 4 else 2] for cell, values in enumerate([*NONE, *BUCKET, *STATELESS])], [*NONE, *BUCKET, *STATELESS]]
    first, further, whole = of(values[0], stopped=True), of(values[0], stopped=True, question="What next?"), of(values[1])
    for each in (first, further, whole):
        each.save(tmp_path / "x")
        assert each.to_json() == (tmp_path / "x" / "study.json").read_bytes()
    with pytest.raises(Faults, match="this folder holds a study already; expected another name, or force=True"):
        first.save(tmp_path / "x")
    (tmp_path / "x" / "study.json").write_text("{")  # not ours to judge
    with pytest.raises(Faults, match="this folder holds a study already"):
        first.save(tmp_path / "x")


def test_cells_and_replications_are_tidy(study):
    cells = list(csv.DictReader(io.StringIO(csv_bytes(list(study.cell_rows())).decode())))
    assert 9 * 10 == len(cells)
    row = next(each for each in cells if (each["row"], each["column"], each["measure"]) == ("token bucket", "flood", "honest_success_ratio"))
    interval = confidence_interval(BUCKET[2])
    assert [interval.mean, interval.half_width, interval.low, interval.high] == [float(row[name]) for name in ("mean", "half_width", "low", "high")]
    assert ("0.95", "4", "true", "1") == (row["confidence"], row["replications"], row["two_groups"], row["unit"])
    assert float(row["difference"]) == paired_interval(BUCKET[2], NONE[2]).mean
    assert (str(sorted(BUCKET[2])[1]), "", "") == (row["median"], row["median_low"], row["median_high"])  # four do not tell how far it is off
    runs = list(csv.DictReader(io.StringIO(csv_bytes(list(study.replication_rows())).decode())))
    assert 36 == len(runs)
    assert {"row": "none", "column": "no attack", "mitigations.authorization_manager": "none", "attacks": "", "seed": "7", "replication": "1", "honest_success_ratio": "0.91", "response_time_p99_s": "1.0",
            "memory_peak_bytes": "1048576.0", "attack_requests_per_server_s": "50.0", "false_refusals": "0.0", **dict.fromkeys(
                ("goodput_per_s", "response_time_mean_s", "response_time_p50_s", "response_time_p95_s", "utilisation"), "")} == runs[1]
    assert 90 == len(study.to_pandas())
    assert {"row", "column", "measure", "mean", "half_width"} < set(study.to_pandas().columns)


def test_quantiles_over_the_replications_have_intervals_between_two_of_them():
    twelve = [round(0.5 + 0.03 * ((7 * k) % 12), 2) for k in range(12)]
    study = of([twelve] * 9)
    ordered = sorted(twelve)
    rows = study.quantile(0.6).query("measure == 'honest_success_ratio'")
    found = quantile_interval(twelve, 0.6)
    assert (9, {ordered[7]}, {found.low}, {found.high}) == (len(rows), set(rows["quantile"]), set(rows["low"]), set(rows["high"]))
    cell = study.to_pandas().iloc[0]
    assert (ordered[5], ordered[2], ordered[9]) == (cell["median"], cell["median_low"], cell["median_high"])  # ranks 3 and 10 of 12
    assert study.quantile(0.95)[["low", "high"]].isna().all(axis=None)
    for q in (0, 1, "0.5", True):
        with pytest.raises(Faults, match=r"^q: got .*; expected a number between 0 and 1"):
            study.quantile(q)


def test_the_json_holds_the_grid_and_every_value(study):
    data = json.loads(study.to_json())
    assert ["none", "token bucket", "stateless keys"] == data["rows"]["names"]
    assert 9 == len(data["cells"])
    cell = data["cells"][5]
    assert ("token bucket", "flood", None, [0, 1, 2, 3]) == (cell["row"], cell["column"], cell["mark"], cell["replications"])
    assert BUCKET[2] == cell["measures"]["honest_success_ratio"]["values"]
    assert (2, 2) == (cell["groups"]["low"]["count"], cell["groups"]["high"]["count"])
    assert "400 /s" == cell["set"]["attacks.flood.rate"]
    assert {"label", "unit", "about"} == set(data["measures"]["response_time_p99_s"])


def test_the_folder_is_written_whole_and_replaced_only_if_it_is_ours(study, tmp_path):
    out = study.save(tmp_path / "s")
    assert {"scenario.yaml", "study.json", "cells.csv", "cells.parquet", "replications.csv", "replications.parquet", "table.txt", "run.json",
            *(f"{name}.{form}" for name in ("heat_map", "scorecard", "spread") for form in ("svg", "png"))} == {path.name for path in out.iterdir()}
    assert study.to_json() == (out / "study.json").read_bytes()
    with pytest.raises(Faults, match=r"this folder holds a study already; expected another name, or force=True to replace the study in it"):
        study.save(out)
    assert out == study.save(out, force=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    with pytest.raises(Faults, match="this folder is not one of our studies"):
        study.save(tmp_path / "other")
    (out / "heat_map.svg").unlink()
    (out / "heat_map.svg").mkdir()
    with pytest.raises(Faults, match=r"'heat_map\.svg' in it is a folder"):
        study.save(out, force=True)


def test_the_same_study_has_the_same_bytes(study, tmp_path):
    again = of([*NONE, *BUCKET, *STATELESS], question="Which protection keeps honest consumers served?")
    one, two = study.save(tmp_path / "1"), again.save(tmp_path / "2")
    assert study == again
    for name in (path.name for path in one.iterdir()):
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_the_server_time_of_the_attack_itself_is_taken_where_it_is_known():
    results = {(cell, r): metrics(0.5) for cell in range(9) for r in range(2)}
    for result in results.values():
        result["attack"]["server_s"] = 4.0
    assert 250.0 == made(results, replications=2).cell("none", "flood").estimates[3].mean
