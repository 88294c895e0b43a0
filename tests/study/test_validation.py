"""The simulator against theory and published results: every row in its short form, and with `-m long` in its full one."""

from dataclasses import replace
from pathlib import Path

import pytest

import sim
from sim.language.faults import Faults
from sim.study.validation import run as counting
from sim.study.validation.found import AGREES, DIFFERS, TOO_WIDE, Found, cells
from sim.study.validation.result import Validation
from sim.study.validation.row import Form
from sim.study.validation.rows import ROWS
from sim.study.validation.run import chosen, count, found_of, validate

TABLE = Path(counting.__file__).parent / "TABLE.md"
PARTS = 8
"""Of the rows, so that several processes share a test of all."""
CHEAP = [row.number for row in ROWS if row.system in ("M/M/10/10, 20 erlang", "Hashcash, 4 bits", "three attempts, each fails with 99 %",
                                                      "consistent shedding, 4 of 4 calls", "limit_req 1 /s, burst 5, 8 at once")]

PRINTED = {
    "M/M/1, rho 0.5": [2], "M/M/1, rho 0.8": [5, 1], "M/M/1, rho 0.9": [10, 46.05], "M/D/1, rho 0.8": [2],
    "M/M/1/10, 0.9 erlang": [0.05081], "M/M/1/10, 1 erlang": [0.09091], "M/M/1/10, 2 erlang": [0.50024],
    "M/M/10/10, 8 erlang": [0.12166], "M/M/10/10, 20 erlang": [0.53796], "M/M/10, 8 erlang": [0.40918, 0.2046],
    "M/M/10, 9 erlang": [0.66873, 0.66873], "M/M/4/20, 4 erlang": [0.05203], "M/M/4/20, 8 erlang": [0.5], "M/M/4/20, 16 erlang": [0.75],
    "three attempts, each fails with 10 %": [1.11], "three attempts, each fails with 50 %": [1.75], "three attempts, each fails with 90 %": [2.71],
    "three attempts, each fails": [3], "three attempts, each fails with 99 %, budget of 10 %": [1.1],
    **{f"throttling, K = {k}, load {load}": [share] for k, share in ((2, 0.8), (1.5, 0.889), (1.1, 0.976)) for load in (4, 10)},
    "no throttling, load 2": [0.667], "no throttling, load 3": [0.333], "no throttling, load 4, evenly": [0],
    "fair order, 1 honest, 9 others": [0.1], "fair order, 2 honest, 8 others": [0.2], "fair order, 5 honest, 5 others": [0.5],
    "fair order, 9 honest, 1 others": [0.9],
    **{f"random shedding, {k} of {k} calls": [0.5**k] for k in (1, 2, 3, 4)}, **{f"consistent shedding, {k} of {k} calls": [0.5] for k in (1, 2, 3, 4)},
    "Hashcash, 10 bits": [1024, 0.69, 4.6], "Bloom filter, 9.585 bits an entry, k = 7": [0.01],
    "Bloom filter, 14.378 bits an entry, k = 10": [0.001], "nine flows of 1 and one of 91": [0.1206],
    "sliding window counter, 42 in the last minute, 18 in 15 s": [49.5],
    "hybrid attack, 91 valid and 1520 invalid /s": [1], "limit_req 10 /s, burst 20, nodelay, 100 /s for 60 s": [620],
}
"""Values as they are printed, of what is computed here."""


def test_what_is_expected_is_what_is_printed():
    for system, values in PRINTED.items():
        assert [row.expected for row in ROWS if row.system == system] == pytest.approx(values, rel=5e-3, abs=5e-6), system


def test_both_tables_of_tor_are_the_quotients_that_they_say():
    """1000 / (0.26 + v) and 1000 / (5.55 + v) a second, the first cut to whole numbers."""
    top = [row.expected for row in ROWS if row.system.startswith("top half")]
    assert top == [int(1000 / (0.26 + added)) for added in range(11)]
    whole = [row.expected for row in ROWS if row.system.startswith("whole introduction")]
    assert whole == [round(1000 / (5.55 + added), 2) for added in range(11)]


def test_the_rows_are_numbered_and_each_has_another_name():
    assert [row.number for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert len({(row.system, row.quantity) for row in ROWS}) == len(ROWS)


def test_an_interval_of_the_full_form_is_at_most_two_per_cent_wide():
    assert {form.width for row in ROWS for form in [row.full] if row.digits is None} == {0.02}
    assert all(bool(form.why) == (form.width > 0.02) for row in ROWS for form in (row.full, row.quick))


@pytest.mark.parametrize("part", range(PARTS))
def test_every_row_agrees_in_the_short_form(part):
    validation = count(ROWS[part::PARTS], quick=True, workers=1)
    assert validation.agrees, f"{validation}\nagain by: sim validate --quick {' '.join(str(each.row.number) for each in validation.rows if not each.agrees)}"


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_every_row_agrees_in_the_full_form(part):
    validation = count(ROWS[part::PARTS], workers=1)
    assert validation.agrees, f"{validation}\nagain by: sim validate {' '.join(str(each.row.number) for each in validation.rows if not each.agrees)}"


# --- the table that is kept -----------------------------------------------------------------------------------------------


def kept():
    """The rows of TABLE.md, as texts by the name of their column."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    names, _, *rows = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in lines)
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_the_kept_table_has_every_row_and_all_agree():
    rows = kept()
    assert len(rows) == len(ROWS)
    for shown, row in zip(rows, ROWS, strict=True):
        now = cells(Found(row, row.full, (row.expected,) * max(2, row.full.runs)))
        assert {name: shown[name] for name in ("row", "system", "quantity", "expected", "source")} == {
            name: now[name] for name in ("row", "system", "quantity", "expected", "source")}
        assert shown["verdict"] == AGREES
        assert row.of_all_runs or shown["runs"] == str(row.full.runs)
    assert rows[-1]["runs"] == str(sum(row.full.runs for row in ROWS))


def test_the_kept_table_is_found_again():
    rows = kept()
    assert len(CHEAP) == 7
    for each in count([ROWS[number - 1] for number in CHEAP], workers=1).rows:
        assert cells(each) == rows[each.row.number - 1]


# --- verdicts -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def queue():
    """The row of a quick system, in its short form."""
    (row,) = chosen(["M/M/10/10, 20"])
    return row


def test_a_wrong_value_differs_and_a_wide_interval_proves_nothing(queue):
    assert [AGREES] == [each.verdict for each in count([queue], quick=True, workers=1).rows]
    wrong = replace(queue, expected=1.03 * queue.expected)
    wide = replace(queue, quick=Form(3, 100))
    validation = count([wrong], quick=True, workers=1)
    assert ([DIFFERS], False) == ([each.verdict for each in validation.rows], validation.agrees)
    validation = count([wide], quick=True, workers=1)
    assert ([TOO_WIDE], False) == ([each.verdict for each in validation.rows], validation.agrees)
    assert "0 of 1 rows agree (short form)" in str(validation)


def test_an_exact_row_is_exact():
    (row,) = chosen(["10 /s, burst 20, nodelay, 100"])
    assert "620" == cells(count([row], workers=1).rows[0])["found"]
    found = count([replace(row, expected=621.0)], workers=1).rows[0]
    assert (DIFFERS, None, 620.0) == (found.verdict, found.interval, found.value)


def test_every_run_of_every_row_is_in_littles_row(queue):
    little = ROWS[-1]
    validation = count([queue, little], quick=True, workers=1)
    assert (1.0,) * 11 == validation.rows[-1].values
    results = {(queue.number, 0): (0.5, 1.0), (little.number, 0): (1.0, 1.0)}
    found = found_of(little, little.quick, results)
    assert found is not None
    assert found.agrees
    found = found_of(little, little.quick, {**results, (queue.number, 0): (0.5, 0.5)})
    assert found is not None
    assert (DIFFERS, 0.5) == (found.verdict, found.value)


# --- running --------------------------------------------------------------------------------------------------------------


def test_the_same_numbers_with_one_worker_and_with_two():
    words = ["Hashcash", "M/M/10/10", "every station"]
    one, two = (validate(*words, quick=True, workers=workers) for workers in (1, 2))
    assert one == two
    assert one.to_json() == two.to_json()
    assert one.info["runs"] == two.info["runs"] == 61


def test_rows_are_meant_by_number_or_by_words():
    assert [3] == [row.number for row in chosen([3])] == [row.number for row in chosen(["3"])]
    assert {row.system.split(",")[0] for row in chosen(["m/m/1/10", "JAIN"])} == {"M/M/1/10", "nine flows of 1 and one of 91"}
    assert ROWS == chosen([])
    with pytest.raises(Faults) as faults:
        chosen(["M/M/1, rho 0.7", 1000, ""])
    assert ["ROW"] * 3 == [each.path for each in faults.value.faults]
    assert "no row is meant by 'M/M/1, rho 0.7'" in str(faults.value)
    assert "did you mean 'M/M/1, rho 0.9'?" in str(faults.value)


def test_a_ctrl_c_leaves_the_rows_that_are_finished(monkeypatch):
    def stopped(jobs, _workers):
        listed = list(jobs)
        for number, job in listed:
            if job.row.number != ROWS[-1].number:
                yield number, job.run()
        if listed:
            raise KeyboardInterrupt

    monkeypatch.setattr(counting, "run_local", stopped)
    validation = validate("8 at once", "every station")
    assert (3, 4, True, False) == (len(validation.rows), validation.of, validation.stopped, validation.agrees)
    assert "3 of 3 rows agree; stopped: 3 of 4 were counted" in str(validation)
    with pytest.raises(KeyboardInterrupt):
        validate("every station")


def test_progress_ends_at_one_and_the_time_is_announced():
    shares, said = [], []
    validate("8 at once", workers=1, progress=shares.append, say=said.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert said == ["3 rows, 3 runs: about 1 s"]


# --- how it is shown ------------------------------------------------------------------------------------------------------


def test_it_is_shown_in_python_and_in_jupyter(tmp_path):
    validation = sim.validate("M/M/1/10, 2", "nine flows", quick=True, workers=1)
    frame = validation.to_pandas()
    assert list(frame["verdict"]) == ["agrees", "agrees"]
    assert frame["found"].iloc[1] == 0.1206
    assert frame["low"].iloc[0] < frame["expected"].iloc[0] < frame["high"].iloc[0]
    page = validation._repr_html_()
    assert page.count("<tr>") == 3
    assert "Jain&#x27;s index" in page
    for name in ("table.md", "table.csv", "table.json"):
        assert validation.save(tmp_path / name).stat().st_size > 200
    with pytest.raises(Faults, match=r"table\.txt: no format is known by the ending '\.txt'; expected \.md, \.csv or \.json"):
        validation.save(tmp_path / "table.txt")


@pytest.mark.parametrize("width", [20, 40, 60, 89, 90, 100, 139, 140, 200])
def test_the_table_fits_terminals_of_any_width(width):
    """Of all rows, with values that nobody counted."""
    rows = tuple(Found(row, row.quick, (0.99999 * row.expected, 1.00001 * row.expected)) for row in ROWS if row.digits is None)
    lines = Validation(rows, len(ROWS), quick=True, info={}).table.text(width).splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "…" not in text
    for word in ("0.50024", "agrees", "Kleinrock", f"{len(rows)} of {len(rows)} rows agree (short form); stopped: {len(rows)} of 100 were counted"):
        assert word in text
