"""The simulator against queueing theory, through `sim.run`: diagram, scenario, engine, metrics.

The formula is computed here, with its source; the interval is Student's t at 95 % over independent replications, and it
must be narrow as well as hold the value. Service has mean 1 s unless said. The seeds are fixed: one run in twenty of a
right simulator misses its interval. Both engines count the same; the first test asks the SimPy engine, the others the quicker one. Where an interval is wider than 2 %, the width stands there: what is narrow takes long.
"""

import math
from collections.abc import Callable
from typing import Any

import pytest

import sim
from sim.measure import theory
from sim.measure.statistics import Interval, confidence_interval

NARROW = 0.02
"""The largest relative half-width of an interval."""


@pytest.fixture(scope="module")
def over_replications(mm1_model) -> Callable[..., Interval]:
    """``over_replications(read, per_s, customers, replications, work, ...)``: the interval of a metric."""

    def run(read: Callable[[Any], float], per_s: float, *, customers: int, replications: int = 20, warm_up_s: int = 200,
            work: Any = None, model: str = mm1_model, actors: dict[str, Any] | None = None, seed: int = 1, engine: str = "compiled",
            **server: Any) -> Interval:
        duration_s = warm_up_s + math.ceil(customers / replications / per_s)
        given = {
            "scenario": "Theory", "model": model, "duration": f"{duration_s} s", "warm_up": f"{warm_up_s} s", "seed": seed,
            "network": {"default": {"transport": "datagram"}},
            "actors": {"customer": {"population": 1000, "arrivals": {"poisson": f"{per_s} /s"}},
                       **(actors or {"server": {"work": {"job": work or {"exponential": "1 s"}}, **server}})},
        }
        prepared = sim.load(given)
        values = []
        for replication in range(replications):
            done = prepared.run(replication=replication, trace=False, engine=engine)
            assert all(done.metrics["checks"].values())
            values.append(read(done.metrics))
        return confidence_interval(values)

    return run


def response_s(metrics):
    return metrics["honest"]["response_time_s"]["mean"]


def wait_s(metrics):
    return metrics["stations"]["server"]["wait_s"]["mean"]


def loss(metrics):
    station = metrics["stations"]["server"]
    return station["refused"].get("queue", 0) / station["offered"]


def agrees(interval: Interval, value: float, width: float = NARROW) -> None:
    assert value in interval, f"{interval}, expected {value:.6g}"
    assert interval.relative_half_width <= width, f"{interval} is too wide: {interval.relative_half_width:.2%}"


def test_mm1_at_half_load(over_replications):
    """Kleinrock, Queueing Systems I (1975), eq. 3.26: mean time in the system 1 / (mu - lambda)."""
    value = 1 / (1 - 0.5)
    assert theory.mm1(0.5, 1).sojourn_s == value == 2
    agrees(over_replications(response_s, 0.5, customers=180_000, engine="simpy"), value)


def test_mm1_at_high_load_coarsely(over_replications):
    """The same at rho .8, where customers depend on each other for long: 5 % wide; the narrow one is a long test."""
    agrees(over_replications(response_s, 0.8, customers=150_000, warm_up_s=500), 1 / (1 - 0.8), 0.05)


@pytest.mark.long
def test_mm1_at_high_load(over_replications):
    value = 1 / (1 - 0.8)
    assert theory.mm1(0.8, 1).sojourn_s == pytest.approx(value)
    agrees(over_replications(response_s, 0.8, customers=1_100_000, warm_up_s=1000), value)


def test_mm1_utilisation_and_queue(over_replications):
    """rho and rho^2 / (1 - rho) (Kleinrock, section 3.2, and Little's law)."""
    agrees(over_replications(lambda metrics: metrics["stations"]["server"]["utilisation"], 0.5, customers=30_000), 0.5)
    agrees(over_replications(lambda metrics: metrics["stations"]["server"]["queue_mean"], 0.5, customers=40_000), 0.5**2 / (1 - 0.5), 0.08)


def test_md1_wait(over_replications):
    """Half the wait of M/M/1: rho / (2 (1 - rho)) (Kleinrock, eq. 5.70 with C = 0)."""
    value = 0.5 / (2 * (1 - 0.5))
    assert theory.md1(0.5, 1).wait_s == pytest.approx(value)
    agrees(over_replications(wait_s, 0.5, customers=160_000, work="1 s"), value)


@pytest.mark.parametrize(("servers", "capacity", "offered", "customers", "width"), [
    (10, 0, 20.0, 15_000, NARROW), (4, 16, 8.0, 35_000, NARROW), (1, 9, 2.0, 45_000, NARROW),
    pytest.param(4, 16, 4.0, 1_000_000, 0.04, marks=pytest.mark.long), pytest.param(1, 9, 0.9, 1_000_000, 0.04, marks=pytest.mark.long)])
def test_loss_of_a_finite_waiting_room(over_replications, servers, capacity, offered, customers, width):
    """M/M/c/K: p_n by birth and death (Kleinrock, sections 3.5 and 3.8); K counts those in service, our capacity does not."""
    weights = [1.0]
    for present in range(1, servers + capacity + 1):
        weights.append(weights[-1] * offered / min(present, servers))
    value = weights[-1] / math.fsum(weights)
    assert theory.mmck(offered, 1, servers, servers + capacity).loss == pytest.approx(value)
    agrees(over_replications(loss, offered, customers=customers, warm_up_s=100, servers=servers, queue={"capacity": capacity}), value, width)


def test_mg1_with_lognormal_service(over_replications):
    """Pollaczek-Khinchine: lambda E[S^2] / (2 (1 - rho)) (Kleinrock, eq. 5.70)."""
    median, p95 = 0.8, 2.0
    sigma = math.log(p95 / median) / 1.6448536269514722
    mean = median * math.exp(sigma * sigma / 2)
    second = median * median * math.exp(2 * sigma * sigma)
    value = 0.5 * second / (2 * (1 - 0.5 * mean))
    assert theory.mg1(0.5, mean, second / mean**2 - 1).wait_s == pytest.approx(value)
    interval = over_replications(wait_s, 0.5, customers=100_000, work={"lognormal": {"median": f"{median} s", "p95": f"{p95} s"}})
    agrees(interval, value, 0.05)


def test_mmc_wait(over_replications):
    """M/M/c: Erlang's C / (c mu - lambda) (Kleinrock, section 3.5); with 2 servers C = 2 rho^2 / (1 + rho)."""
    rho = 1.2 / 2
    value = 2 * rho * rho / (1 + rho) / (2 - 1.2)
    assert theory.mmc(1.2, 1, 2).wait_s == pytest.approx(value)
    agrees(over_replications(wait_s, 1.2, customers=140_000, servers=2), value, 0.05)


def test_a_tandem(over_replications):
    """Burke (1956): what leaves an M/M/1 queue is Poisson, so two in a row are two of them."""
    value = 1 / (1 - 0.5) + 1 / (2 - 0.5)
    assert theory.tandem_mm1(0.5, 1, 2) == pytest.approx(value)
    actors = {"first": {"work": {"first_work": {"exponential": "1 s"}}}, "second": {"work": {"second_work": {"exponential": "500 ms"}}}}
    agrees(over_replications(response_s, 0.5, customers=65_000, model="queueing/tandem", actors=actors), value)


def test_the_closed_population(over_replications, mm1_model):
    """Machine repair, M/M/1 with N customers (Kleinrock, section 3.8): utilisation 1 - p_0, p_0 by birth and death."""
    population, think_s = 5, 4.0
    weights = [1.0]
    for present in range(1, population + 1):
        weights.append(weights[-1] * (population - present + 1) / think_s)
    value = 1 - weights[0] / math.fsum(weights)
    actors = {"customer": {"population": population, "arrivals": {"closed": {"think": {"exponential": f"{think_s} s"}}}},
              "server": {"work": {"job": {"exponential": "1 s"}}}}
    agrees(over_replications(lambda metrics: metrics["stations"]["server"]["utilisation"], 0.5, customers=15_000, actors=actors), value)
