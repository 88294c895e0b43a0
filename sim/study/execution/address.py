"""What a run is the run of, as a hash: two runs with one address have the same metrics, so one of them need never be run.

What decides a run is what its scenario says with every default and every listed time (not how it is written), the files that its
model and its own mitigations consist of, its seed and replication, and this program. Its engine does not, nor how many
workers ran it, nor the version of Python: tests hold that.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import sim
from sim.scenario.spell import sha256
from sim.study.prepare import Prepared

_NO_PART = ("draw", "study", "trace")
"""Folders of this program that no metric depends on."""


def of_scenario(prepared: Prepared) -> str:
    """The part of an address that all runs of a scenario share, in hexadecimal."""
    digest = hashlib.sha256(f"{sim.__version__} {program()} {sha256(prepared.scenario)}".encode())
    for file in _files(prepared):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def of_run(scenario: str, seed: int, replication: int, *, series: bool = False) -> str:
    """The address of a run, 64 hexadecimal digits; ``scenario`` is from :func:`of_scenario`."""
    return hashlib.sha256(f"{scenario} {seed} {replication}{' series' if series else ''}".encode()).hexdigest()


def _files(prepared: Prepared) -> Iterator[Path]:
    """The diagram, the Python beside it, and the mitigations that do not ship."""
    path = prepared.model.path
    yield path
    yield from sorted(path.parent.glob("*.py"))
    shipped = Path(sim.__file__).parent
    own = {each.declared.file for listed in prepared.scenario.mitigations.values() for each in listed}
    yield from sorted(file for file in own if shipped not in file.parents)


@cache
def program() -> str:
    """The sources of this program as a hash, so that a run that a changed program would run otherwise is not taken from before."""
    folder = Path(sim.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        part = file.relative_to(folder)
        if part.parts[0] not in _NO_PART:
            digest.update(f"{part.as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()
