"""The folders of searches: everything that one left, written whole or not at all."""

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from sim.scenario.flow import dump
from sim.study.folder import Kind, place

if TYPE_CHECKING:
    from sim.study.search.breaking_point import BreakingPoints
    from sim.study.search.tuned import Tuned

BREAKING_POINTS = Kind("search for breaking points", "breaking_points.json", (
    "scenario.yaml", "breaking_points.json", "breaking_points.csv", "tried.csv", "table.txt", "breaking_points.svg",
    "breaking_points.png", "failures.txt", "run.json"))
TUNED = Kind("search for parameters", "tuning.json", (
    "scenario.yaml", "tuning.json", "best.yaml", "trials.csv", "cells.csv", "table.txt", "trade_off.svg", "trade_off.png",
    "failures.txt", "run.json"))
_TABLE_COLUMNS = 120


def default_folder(scenario_name: str, search: str, seed: int) -> Path:
    """``studies/<scenario>-<search>-<seed>`` in the working folder."""
    return Path("studies") / f"{scenario_name}-{search}-{seed}"


def write_breaking_points(found: "BreakingPoints", folder: Path, *, force: bool = False, replace_ours: bool = False) -> Path:
    """Write ``found`` to ``folder``, as :func:`sim.study.folder.write` does a run."""
    from sim.study.result import csv_bytes

    def fill(beside: Path) -> None:
        _fill(found, beside, BREAKING_POINTS)
        (beside / "breaking_points.csv").write_bytes(csv_bytes(list(found.point_rows())))
        (beside / "tried.csv").write_bytes(csv_bytes(list(found.tried_rows())))
        for form, content in found.picture().files.items():
            (beside / f"breaking_points.{form}").write_bytes(content)

    return place(fill, folder, force=force, replace_ours=replace_ours, kind=BREAKING_POINTS)


def write_tuned(found: "Tuned", folder: Path, *, force: bool = False, replace_ours: bool = False) -> Path:
    """Write ``found`` to ``folder``, as :func:`sim.study.folder.write` does a run."""
    from sim.study.result import csv_bytes

    def fill(beside: Path) -> None:
        _fill(found, beside, TUNED)
        (beside / "best.yaml").write_text(found.yaml, encoding="utf-8")
        (beside / "trials.csv").write_bytes(csv_bytes(list(found.trial_rows())))
        (beside / "cells.csv").write_bytes(csv_bytes(list(found.cell_rows())))
        for form, content in found.picture().files.items():
            (beside / f"trade_off.{form}").write_bytes(content)

    return place(fill, folder, force=force, replace_ours=replace_ours, kind=TUNED)


def _fill(found: "BreakingPoints | Tuned", folder: Path, kind: Kind) -> None:
    """What all searches leave."""
    (folder / "scenario.yaml").write_text(dump(found.source.data), encoding="utf-8")
    (folder / kind.mark).write_bytes(found.to_json())
    (folder / "table.txt").write_text(found.table.text(_TABLE_COLUMNS) + "\n", encoding="utf-8")
    if found.failures:
        (folder / "failures.txt").write_text("".join(f"{each}\n" for each in found.failures), encoding="utf-8")
    (folder / "run.json").write_bytes(orjson.dumps(found.info, option=orjson.OPT_INDENT_2) + b"\n")
