"""The command that does one run of a study again, alone."""

import shlex
from collections.abc import Iterator
from typing import Any

from sim.scenario.flow import flow
from sim.study.grid import Grid


def command(grid: Grid, cell: int, seed: int, replication: int) -> str:
    """For a shell; of a scenario that came from Python, the call."""
    file, changes = grid.cells.base.file, list(_changes(grid, cell))
    if not file:
        return f"sim.run(scenario, seed={seed}, replication={replication}, set={dict(changes)!r})"
    sets = [f"--set {shlex.quote(f'{path}={flow(value)}')}" for path, value in changes]
    return " ".join([f"sim run {shlex.quote(file)} --seed {seed} --replication {replication}", *sets])


def _changes(grid: Grid, cell: int) -> Iterator[tuple[str, Any]]:
    """What must be set on the scenario of the file, in the order in which the study did."""
    everywhere = len(grid.cells.base.settings)
    settings = [setting for _, setting in grid.cells[cell].source.settings]
    for setting in settings[:everywhere]:
        yield setting.path, setting.value
    yield from grid.changes.items()
    for setting in settings[everywhere:]:
        yield setting.path, setting.value
