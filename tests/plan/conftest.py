"""Plans of tiny models."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sim.plan.plan import Plan
from sim.study.prepare import prepare


@pytest.fixture(scope="session")
def plan_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Plan]:
    """``plan_of(diagram, scenario)``: the plan; ``scenario`` lacks a title, a model and a duration."""
    folder = tmp_path_factory.mktemp("models")

    def make(diagram: str, scenario: Mapping[str, Any], **options: Any) -> Plan:
        own = folder / hashlib.sha256(diagram.encode()).hexdigest()[:16]
        own.mkdir(exist_ok=True)
        (own / "diagram.yaml").write_text(diagram, encoding="utf-8")
        given = {"scenario": "A test", "duration": "1 s", "model": str(own / "diagram.yaml"), **scenario}
        return prepare(given).plan(**options)

    return make


@pytest.fixture(scope="session")
def shipped() -> Callable[..., Plan]:
    """``shipped(name)``: the plan of a scenario that ships."""
    scenarios = Path(__file__).parents[2] / "scenarios"

    def make(name: str, changes: Mapping[str, Any] | None = None, **options: Any) -> Plan:
        return prepare(str(scenarios / f"{name}.yaml"), changes).plan(**options)

    return make
