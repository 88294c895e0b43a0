"""Runs of all that ships, made once for the tests of this folder."""

from collections.abc import Callable
from functools import cache

import pytest
from shipped import SHORTENED

import sim
from sim.study.run import Run

SHORT = {
    **SHORTENED,
    "mm1": {"duration": "200 s", "warm_up": "0 s"},
    "device": {"duration": "5 min", "warm_up": "0 s", "actors.device.arrivals.poisson": "0.3 /s"},
    "access": {"duration": "30 s", "warm_up": "0 s"},
    "step1_load": {"duration": "20 s", "warm_up": "0 s"},
}
"""What makes the long ones short, with all branches of their diagrams; the others run as they are."""


@cache
def shipped_run(name: str) -> Run:
    return sim.run(name, set=SHORT.get(name))


@pytest.fixture(scope="session")
def run_of() -> Callable[[str], Run]:
    """``run_of("step1")``: a (short) run of a scenario that ships."""
    return shipped_run
