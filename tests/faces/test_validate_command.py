"""The command ``sim validate``: its table, its files, its exit codes."""

import csv
import json
from dataclasses import replace

import pytest

from sim.study.validation import run as counting
from sim.study.validation.rows import ROWS

QUICK = ("validate", "M/M/1/10, 2", "8 at once", "--quick", "--workers", "1")


def test_it_prints_the_table(sim):
    left = sim(*QUICK)
    assert (0, "sim: 4 rows, 13 runs: about 1 s\n") == (left.code, left.err)
    lines = left.out.splitlines()
    assert ["row", "system", "quantity", "expected", "found", "interval", "runs", "verdict"] == lines[0].split()
    assert "4 of 4 rows agree (short form)" == lines[-1]
    assert 4 == sum("agrees" in line for line in lines)
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("ending", ["md", "csv", "json"])
def test_it_writes_what_the_ending_says(sim, here, ending):
    left = sim(*QUICK, "--quiet", "--out", f"found.{ending}")
    assert (0, "", "") == (left.code, left.out, left.err)
    text = (here / f"found.{ending}").read_text(encoding="utf-8")
    if ending == "md":
        assert 4 == sum(line.endswith(" |") and "| agrees |" in line for line in text.splitlines())
        assert "Made by `sim validate --quick --out TABLE.md`" in text
    elif ending == "csv":
        assert ["1.0", "5.0", "2.0"] == [row["found"] for row in csv.DictReader(text.splitlines()) if not row["low"]]
    else:
        assert text == sim(*QUICK, "--json").out


def test_json_is_all_of_it_and_nothing_else(sim):
    left = sim(*QUICK, "--json")
    assert (0, "") == (left.code, left.err)
    data = json.loads(left.out)
    assert ("short", 0.999, True, True) == (data["form"], data["confidence"], data["agrees"], data["complete"])
    row = data["rows"][0]
    assert len(row["values"]) == row["runs"] == 10
    assert row["low"] < row["expected"] < row["high"]
    assert row["relative_half_width"] < row["allowed_half_width"] == 0.02


def test_a_row_that_differs_is_exit_code_1(sim, monkeypatch):
    monkeypatch.setattr(counting, "ROWS", tuple(replace(row, expected=3.0) for row in ROWS))
    left = sim(*QUICK)
    assert 1 == left.code
    assert left.out.endswith("0 of 4 rows agree (short form)\n")
    assert "differs" in left.out


@pytest.mark.parametrize(("words", "said"), [
    (("M/M/2",), "ROW: no row is meant by 'M/M/2'; expected a number from 1 to 100, or a part of a system or quantity, e.g. 'M/M/1/10' (did you mean 'M/M/1'?)"),
    (("0",), "ROW: no row is meant by '0'"), (("101",), "ROW: no row is meant by '101'"),
    (("1", "--workers", "0"), "workers: got 0; expected a whole number from 1 to 1024"),
    (("1", "--out", "a.txt"), "a.txt: no format is known by the ending '.txt'; expected .md, .csv or .json"),
    (("1", "--out", "no/a.md"), "no/a.md: there is no folder no; expected a file in a folder that is there")])
def test_what_is_at_fault_is_said_and_nothing_runs(refused, words, said):
    assert said in refused("validate", *words)
