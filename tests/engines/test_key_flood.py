"""The first attack and the first mitigation: what the shipped scenarios answer, under other seeds too."""

from pathlib import Path

import pytest

import sim

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def success_during(name: str, seed: int) -> float:
    run = sim.run(SCENARIOS / f"{name}.yaml", seed=seed, engine="compiled", trace=False)
    assert run.metrics["checks"] == {"sessions": True, "messages": True, "little": True}
    return float(run.metrics["phases"]["flood"]["during"]["success_ratio"])


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_flood_of_key_requests_is_held_off_by_a_limit_for_each_address(seed: int) -> None:
    assert success_during("key_flood", seed) < 0.2
    assert success_during("key_flood_limited", seed) > 0.95


def test_at_ten_times_the_rate_most_still_get_in() -> None:
    run = sim.load(SCENARIOS / "key_flood_limited.yaml").set({"attacks.flood.rate": "4000 /s"}).run(engine="compiled", trace=False)
    assert run.metrics["phases"]["flood"]["during"]["success_ratio"] > 0.8
    assert run.metrics["attacks"]["flood"]["sent"] > 200_000
