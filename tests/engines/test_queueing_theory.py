"""What of queueing theory is no row of the validation (`tests/study/test_validation.py`), through `sim.run`.

The formula is computed here, with its source; the interval is Student's t at 95 % over independent replications, and it
must be narrow as well as hold the value. Service has mean 1 s. The seeds are fixed: one run in twenty of a right simulator misses
its interval. The rows are counted by the compiled engine; the first test asks the SimPy engine.
"""

import math
from collections.abc import Callable
from typing import Any

import sim
from sim.measure.statistics import Interval, confidence_interval

NARROW = 0.02
"""The largest relative half-width of an interval."""


def over_replications(read: Callable[[Any], float], *, seconds: int, engine: str = "compiled", customer: dict[str, Any] | None = None) -> Interval:
    """The interval of a metric over twenty replications of an M/M/1 queue at rho .5, or of other customers there."""
    prepared = sim.load({
        "scenario": "Theory", "model": "queueing/mm1", "duration": f"{200 + seconds} s", "warm_up": "200 s",
        "network": {"default": {"transport": "datagram"}},
        "actors": {"customer": customer or {"population": 1000, "arrivals": {"poisson": "0.5 /s"}}, "server": {"work": {"job": {"exponential": "1 s"}}}}})
    runs = [prepared.run(replication=replication, trace=False, engine=engine).metrics for replication in range(20)]
    assert all(all(metrics["checks"].values()) for metrics in runs)
    return confidence_interval(map(read, runs))


def agrees(interval: Interval, value: float, width: float = NARROW) -> None:
    assert value in interval, f"{interval}, expected {value:.6g}"
    assert interval.relative_half_width <= width, f"{interval} is too wide: {interval.relative_half_width:.2%}"


def test_mm1_at_half_load():
    """Kleinrock, Queueing Systems I (1975), eq. 3.26: mean time in the system 1 / (mu - lambda)."""
    value = 1 / (1 - 0.5)
    agrees(over_replications(lambda metrics: metrics["honest"]["response_time_s"]["mean"], seconds=18_000, engine="simpy"), value)


def test_mm1_utilisation_and_queue():
    """rho and rho^2 / (1 - rho) (Kleinrock, section 3.2, and Little's law)."""
    agrees(over_replications(lambda metrics: metrics["stations"]["server"]["utilisation"], seconds=3000), 0.5)
    agrees(over_replications(lambda metrics: metrics["stations"]["server"]["queue_mean"], seconds=4000), 0.5**2 / (1 - 0.5), 0.08)


def test_the_closed_population():
    """Machine repair, M/M/1 with N customers (Kleinrock, section 3.8): utilisation 1 - p_0, p_0 by birth and death."""
    population, think_s = 5, 4.0
    weights = [1.0]
    for present in range(1, population + 1):
        weights.append(weights[-1] * (population - present + 1) / think_s)
    value = 1 - weights[0] / math.fsum(weights)
    customer = {"population": population, "arrivals": {"closed": {"think": {"exponential": f"{think_s} s"}}}}
    agrees(over_replications(lambda metrics: metrics["stations"]["server"]["utilisation"], seconds=1500, customer=customer), value)
