"""The notebooks on studies: executed whole, and what their prose says held against what their cells computed."""

import json
from pathlib import Path

import nbformat
import pytest
from face import execute
from nbformat.v4 import new_code_cell

FOLDER = Path(__file__).parents[2] / "notebooks"
TRUST, STUDY = FOLDER / "03_can_i_trust_it.ipynb", FOLDER / "04_study.ipynb"
FACTS = {
    TRUST: """
import json
print(json.dumps({"six": six, "theory": list(beside["theory"]), "held": [bool(low <= value <= high) for low, value, high in
                                                                         zip(beside["low"], beside["theory"], beside["high"])],
                  "coverage": held / len(intervals), "warm": warm.seconds, "batches": [each.estimates[6].interval.relative_half_width for each in long.cells],
                  "sharp": list(sharp), "groups": [each.groups is not None for each in storm.cells]}))
""",
    STUDY: """
import json
print(json.dumps({"held": [[row["row"], row["column"], row["mean"] - row["half_width"]] for row in success.to_dict("records")],
                  "runs": again.info["runs"], "before": again.info["kept_before"], "sampled": len(sampled.cells),
                  "broken": broken.to_pandas().to_dict("records")}, default=str))
""",
}


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Both, with what they computed before it was rounded to be shown."""
    done = {}
    for path, facts in FACTS.items():
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.append(new_code_cell(facts))
        done[path] = execute(notebook, tmp_path_factory.mktemp("notebook"))
    return done


def facts(executed, path):
    return json.loads(executed[path].cells[-1].outputs[-1].text)


@pytest.mark.parametrize("path", FACTS, ids=lambda path: path.stem)
def test_it_is_stored_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", FACTS, ids=lambda path: path.stem)
def test_every_cell_shows_what_it_says(executed, path):
    for cell in executed[path].cells[:-1]:
        if cell.cell_type == "code":
            assert cell.outputs, cell.source
            assert all(output.output_type in ("execute_result", "display_data") for output in cell.outputs), cell.outputs


@pytest.mark.parametrize(("path", "word"), [(TRUST, "loads.curves("), (TRUST, "sim.warm_up("), (TRUST, "storm.spread()"), (STUDY, "study.scorecard()"),
                                            (STUDY, "study.curves()"), (STUDY, "study.effects()"), (STUDY, "sampled.effects()"), (STUDY, "broken.picture()")])
def test_pictures_are_pictures(executed, path, word):
    (cell,) = [cell for cell in executed[path].cells[:-1] if cell.cell_type == "code" and word in cell.source]
    assert cell.outputs[-1].data["image/svg+xml"].lstrip().startswith(("<svg", "<?xml"))


def test_intervals_hold_what_theory_says(executed):
    found = facts(executed, TRUST)
    assert max(found["six"]) - min(found["six"]) > 0.5  # one run is an anecdote
    assert pytest.approx([1.25, 5 / 3, 2.5, 5]) == found["theory"]
    assert all(found["held"])
    assert 0.84 <= found["coverage"] <= 1
    assert 150 <= found["warm"] <= 700
    assert all(width < 0.2 for width in found["batches"])


def test_a_paired_difference_is_beyond_doubt_and_an_unpaired_one_is_not(executed):
    difference, paired, unpaired = facts(executed, TRUST)["sharp"]
    assert paired * 3 < unpaired
    assert difference < -paired
    assert abs(difference) < 1.5 * unpaired


def test_near_the_tipping_point_replications_fall_into_two_groups(executed):
    assert any(facts(executed, TRUST)["groups"])
    assert not facts(executed, TRUST)["groups"][0]


def test_one_row_holds_everywhere_and_the_others_do_not(executed):
    held = facts(executed, STUDY)["held"]
    whole = {row for row, _, _ in held} - {row for row, _, low in held if low < 0.9}
    assert "stateless keys" in whole
    assert "none" not in whole


def test_a_wider_study_runs_only_what_is_new(executed):
    found = facts(executed, STUDY)
    assert (5 * 6 * 3, 5 * 5 * 3) == (found["runs"], found["before"])
    assert 16 * 3 == found["sampled"]


def test_what_holds_at_every_rate_has_no_breaking_point(executed):
    rows = {each["row"]: each for each in facts(executed, STUDY)["broken"]}
    assert {"none", "token bucket", "bulkhead", "client puzzle", "stateless keys"} == set(rows)
    assert (3, 0) == (rows["stateless keys"]["holding_at_highest"], rows["none"]["holding_at_highest"])
    assert 100 < rows["none"]["fails_at_per_s"] < 400
