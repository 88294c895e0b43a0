"""The folder of a study: everything it left, written whole or not at all."""

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from sim.scenario.flow import dump
from sim.study.folder import Kind, place

if TYPE_CHECKING:
    from sim.study.result import Study

MARK = "study.json"
STUDY = Kind("study", MARK, ("scenario.yaml", MARK, "cells.csv", "replications.csv", "table.txt", "heat_map.svg", "heat_map.png",
                             "failures.txt", "run.json"))
KEPT = Path("studies") / ".kept"
"""Where the command keeps finished runs."""
_TABLE_COLUMNS = 140


def default_folder(scenario_name: str, seed: int) -> Path:
    """``studies/<scenario>-<seed>`` in the working folder."""
    return Path("studies") / f"{scenario_name}-{seed}"


def write(study: "Study", folder: Path, *, force: bool = False, replace_ours: bool = False) -> Path:
    """Write ``study`` to ``folder``, as :func:`sim.study.folder.write` does a run."""
    return place(lambda beside: _fill(study, beside), folder, force=force, replace_ours=replace_ours, kind=STUDY)


def _fill(study: "Study", folder: Path) -> None:
    """Every file of the folder."""
    from sim.study.result import csv_bytes

    source = study.grid.scenario.source
    assert source is not None
    (folder / "scenario.yaml").write_text(dump(source.data), encoding="utf-8")
    (folder / MARK).write_bytes(study.to_json())
    (folder / "cells.csv").write_bytes(csv_bytes(study.cell_rows()))
    (folder / "replications.csv").write_bytes(csv_bytes(study.replication_rows()))
    (folder / "table.txt").write_text(study.table.text(_TABLE_COLUMNS) + "\n", encoding="utf-8")
    if study.failures:
        told = "".join(f"{each}\n  {study.command(each)}\n" for each in study.failures)
        (folder / "failures.txt").write_text(told, encoding="utf-8")
    for form, content in study.heat_map().files.items():
        (folder / f"heat_map.{form}").write_bytes(content)
    (folder / "run.json").write_bytes(orjson.dumps(study.info, option=orjson.OPT_INDENT_2) + b"\n")
