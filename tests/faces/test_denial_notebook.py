"""The notebook on denial of service: executed whole, and what its prose says held against its tables."""

import json
from pathlib import Path

import nbformat
import pytest
from face import execute
from nbformat.v4 import new_code_cell

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_denial_of_service.ipynb"
TABLES = ("by_class", "paid", "tables", "calm_cost")
FACTS = f"""
import json
facts = {{name: json.loads(globals()[name].to_json(orient="split")) for name in {TABLES}}}
facts["phases"] = phases(unprotected)
facts["success"] = json.loads(success.to_json(orient="records"))
print(json.dumps(facts))
"""                                                    # what its cells computed, before it was rounded to be shown


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(new_code_cell(FACTS))
    return execute(notebook, folder)


@pytest.fixture(scope="module")
def facts(executed):
    return json.loads(executed.cells[-1].outputs[-1].text)


def last_output(notebook, word: str):
    """What the one cell with this word in its source gave last."""
    (cell,) = [cell for cell in notebook.cells[:-1] if cell.cell_type == "code" and word in cell.source]
    return cell.outputs[-1].data


def test_it_is_stored_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)


def test_every_cell_shows_what_it_says(executed):
    for cell in executed.cells[:-1]:
        if cell.cell_type == "code":
            assert cell.outputs, cell.source
            assert all(output.output_type in ("execute_result", "display_data") for output in cell.outputs), cell.outputs


@pytest.mark.parametrize("word", ["unprotected.load", "study.heat_map()", "honest.index[0]", "attacking.index[0]"])
def test_pictures_are_pictures(executed, word):
    assert last_output(executed, word)["image/svg+xml"].lstrip().startswith(("<svg", "<?xml"))


def rows(table: dict) -> dict:
    """A table by row and column."""
    names = ["/".join(name) if isinstance(name, list) else name for name in table["index"]]
    return {name: dict(zip(table["columns"], values, strict=True)) for name, values in zip(names, table["data"], strict=True)}


def test_the_flood_starves_and_is_over_when_it_ends(facts):
    assert facts["phases"]["before"] > 0.95 < facts["phases"]["after"]
    assert facts["phases"]["during"] < 0.3


def test_a_limit_fails_against_sybils_and_punishes_shared_addresses(facts):
    success, paid = rows(facts["by_class"]), rows(facts["paid"])
    assert success["by address"]["all"] > 0.95 > 0.3 > success["by address, Sybils"]["all"]
    assert success["by address, Sybils"]["all"] < success["by prefix, Sybils"]["all"] < 0.8
    assert success["by prefix, Sybils"]["hosted"] < success["by prefix, Sybils"]["laptop"]
    assert paid["busy/none"] == {"laptop": 1.0, "hosted": 1.0}
    assert paid["busy/by address"]["hosted"] < 0.95 < paid["busy/by address"]["laptop"]


def test_a_vacuum_trades_memory_for_keys_in_use(facts):
    kept = rows(facts["tables"])
    short, middle, long = (kept[f"expiry after {time}"] for time in ("3 s", "10 s", "30 s"))
    assert short["memory peak, KiB"] < middle["memory peak, KiB"] < long["memory peak, KiB"] < kept["none"]["memory peak, KiB"]
    assert short["deleted in use"] > middle["deleted in use"] > 0
    assert kept["stateless keys"]["memory peak, KiB"] == kept["stateless keys"]["deleted in use"] == 0
    assert kept["stateless keys"]["success during"] > 0.95 > 0.3 > short["success during"]


def test_a_puzzle_that_sleeps_costs_nothing(facts):
    cost = rows(facts["calm_cost"])
    assert cost["only under load"] == cost["none"]
    assert cost["always"]["phone"] > 1.5 * cost["none"]["phone"]


def test_the_matrix_says_the_same(facts):
    cells = {(each["row"], each["column"]): each for each in facts["success"]}
    assert cells["stateless keys", "20,000 Sybils"]["mean"] > 0.95
    sybils = cells["by address", "20,000 Sybils"]
    assert abs(sybils["difference"]) <= sybils["difference_half_width"] + 1e-9
