"""The notebook: executed from its first cell to its last, in a folder that holds nothing else."""

from pathlib import Path

import nbformat
import pytest
from face import execute

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_step1.ipynb"


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return execute(notebook, folder)


def outputs(notebook, word: str) -> list:
    """What the one cell with this word in its source gave."""
    (cell,) = [cell for cell in notebook.cells if cell.cell_type == "code" and word in cell.source]
    return cell.outputs


def test_it_is_stored_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    assert len(cells) > 10


def test_every_cell_shows_what_it_says(executed):
    for cell in executed.cells:
        if cell.cell_type == "code":
            assert cell.outputs, cell.source
            assert all(output.output_type in ("execute_result", "stream", "display_data") for output in cell.outputs)
            assert not any(output.get("name") == "stderr" for output in cell.outputs), cell.outputs


@pytest.mark.parametrize("word", ["sim.diagram(", "run.diagram()", "forged.diagram()", "load.diagram()", ".diagram()\n", "load.load"])
def test_pictures_are_pictures(executed, word):
    cells = [cell for cell in executed.cells if cell.cell_type == "code" and (word in cell.source or word.strip() in cell.source)]
    assert cells
    for cell in cells:
        assert cell.outputs[-1].data["image/svg+xml"].lstrip().startswith(("<svg", "<?xml"))


def test_the_tables_are_tables(executed):
    for word in ("seed=1)\nrun", "sim.compare(", "forged.trace.sessions()", 'by="queue"', "slowest = "):
        assert "<table" in outputs(executed, word)[-1].data["text/html"]


def test_the_signature_made_by_hand_is_the_one_that_was_sent(executed):
    (shown,) = outputs(executed, "hmac.digest(")
    (request,) = outputs(executed, "request.http.as_text()")
    assert shown.data["text/plain"].strip("'").replace("=", "%3D").replace("+", "%2B").replace("/", "%2F") in request.text
    (base,) = outputs(executed, "signature_base_string(request)")
    assert base.text.startswith("POST\n&\nhttps%3A%2F%2Fmanager.example%2Faccess-token\n&\noauth_consumer_key%3D")


def test_what_its_prose_says_is_so(executed):
    assert "signature" in outputs(executed, "forged.trace.sessions()")[-1].data["text/html"]
    assert "queue" in outputs(executed, 'by="queue"')[-1].data["text/html"]
    assert "'little': True" in outputs(executed, 'run.metrics["checks"]')[-1].data["text/plain"]
