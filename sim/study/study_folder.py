"""The folder of a study: everything it left, written whole or not at all."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from sim.scenario.flow import dump
from sim.study.folder import Kind, place

if TYPE_CHECKING:
    from sim.study.result import Study

MARK = "study.json"
PICTURES = ("scorecard", "heat_map", "curves", "effects", "spread", "warm_up")
"""Each where there is something for it."""


def is_unfinished(folder: Path) -> bool:
    """Whether a folder holds a study that was stopped, or of which runs failed: the same command goes on with it."""
    with suppress(OSError, ValueError):
        return orjson.loads((folder / MARK).read_bytes()).get("complete") is False
    return False


STUDY = Kind("study", MARK, ("scenario.yaml", MARK, "cells.csv", "replications.csv", "table.txt", "cells.parquet",
                             "replications.parquet", "failures.txt", "run.json",
                             *(f"{name}.{form}" for name in PICTURES for form in ("svg", "png"))), is_unfinished)
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
    from sim.study.result import csv_bytes, write_parquet

    source = study.grid.scenario.source
    assert source is not None
    (folder / "scenario.yaml").write_text(dump(source.data), encoding="utf-8")
    (folder / MARK).write_bytes(study.to_json())
    for name, rows in (("cells", list(study.cell_rows())), ("replications", list(study.replication_rows()))):
        (folder / f"{name}.csv").write_bytes(csv_bytes(rows))
        write_parquet(rows, folder / f"{name}.parquet")
    (folder / "table.txt").write_text(study.table.text(_TABLE_COLUMNS) + "\n", encoding="utf-8")
    if study.failures:
        told = "".join(f"{each}\n  {study.command(each)}\n" for each in study.failures)
        (folder / "failures.txt").write_text(told, encoding="utf-8")
    for name, picture in study.pictures.items():
        for form, content in picture.files.items():
            (folder / f"{name}.{form}").write_bytes(content)
    (folder / "run.json").write_bytes(orjson.dumps(study.info, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n")
