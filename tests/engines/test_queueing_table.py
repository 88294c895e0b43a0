"""The queueing systems with printed values, each at those values, by the compiled engine: `tests/engines/test_queueing_theory.py` has others.

Service has mean 1 s. The value lies in Student's interval at 99.9 % over independent replications (one right program in a thousand would not
pass), and that at 95 % is at most 2 % of the value to either side unless a width stands there; the seeds are fixed. Where customers depend on each other for long, that takes millions: those are long tests.
"""

import math

import pytest

import sim
from sim.measure import theory
from sim.measure.statistics import confidence_interval

NARROW = 0.02
LONG = pytest.mark.long
EXPONENTIAL = {"exponential": "1 s"}


def agrees(read, value, per_s, customers, *, work=None, width=NARROW, replications=10, seed=1, **server):
    """A metric of the server is the value, within an interval that is narrow."""
    seconds = math.ceil(customers / replications / per_s)
    given = {"scenario": "Theory", "model": "queueing/mm1", "seed": seed, "duration": f"{1000 + seconds} s", "warm_up": "1000 s",
             "network": {"default": {"transport": "datagram"}},
             "actors": {"customer": {"population": 1000, "arrivals": {"poisson": f"{per_s} /s"}},
                        "server": {"work": {"job": work or EXPONENTIAL}, **server}}}
    prepared = sim.load(given)
    values = []
    for replication in range(replications):
        metrics = prepared.run(replication=replication, trace=False, engine="compiled").metrics
        assert all(metrics["checks"].values())
        values.append(read(metrics["stations"]["server"]))
    assert value in confidence_interval(values, 0.999), f"{confidence_interval(values, 0.999)}, expected {value:.6g}"
    interval = confidence_interval(values)
    assert interval.relative_half_width <= width, f"{interval} is too wide: {interval.relative_half_width:.2%}"


def sojourn_s(station):
    return station["sojourn_s"]["mean"]


def wait_s(station):
    return station["wait_s"]["mean"]


def loss(station):
    return station["refused"].get("queue", 0) / station["offered"]


@pytest.mark.parametrize(("rho", "value", "customers"), [(0.5, 2, 400_000), pytest.param(0.8, 5, 2_000_000, marks=LONG),
                                                         pytest.param(0.9, 10, 10_000_000, marks=LONG)])
def test_mm1_sojourn(rho, value, customers):
    """Kleinrock, Queueing Systems I (1975), eq. 3.26: 1 / (1 - rho)."""
    assert 1 / (1 - rho) == pytest.approx(value)
    agrees(sojourn_s, value, rho, customers)


@pytest.mark.parametrize(("rho", "value", "customers"), [(0.5, 9.21, 1_000_000), pytest.param(0.9, 46.05, 20_000_000, marks=LONG)])
def test_mm1_sojourn_of_the_unluckiest_hundredth(rho, value, customers):
    """Kleinrock, eq. 5.120 ff. (the time in the system is exponential): p99 = ln(100) / (1 - rho)."""
    assert math.log(100) / (1 - rho) == pytest.approx(value, abs=0.005)
    agrees(lambda station: station["sojourn_s"]["p99"], math.log(100) / (1 - rho), rho, customers)


@pytest.mark.parametrize(("rho", "value", "customers"), [(0.5, 0.5, 400_000), pytest.param(0.8, 2, 3_000_000, marks=LONG)])
def test_md1_wait(rho, value, customers):
    """Half the wait of M/M/1: rho / (2 (1 - rho)) (Kleinrock, eq. 5.70 with C = 0)."""
    assert rho / (2 * (1 - rho)) == pytest.approx(value)
    agrees(wait_s, value, rho, customers, work="1 s")


@pytest.mark.parametrize(("servers", "room", "offered", "value", "customers"), [
    (1, 9, 0.9, 0.05081, 2_000_000), (1, 9, 1.0, 0.09091, 1_000_000), (1, 9, 2.0, 0.50024, 200_000),
    (10, 0, 8.0, 0.12166, 600_000), (10, 0, 20.0, 0.53796, 100_000),
    (4, 16, 4.0, 0.05203, 3_000_000), (4, 16, 8.0, 0.5000, 200_000), (4, 16, 16.0, 0.75, 100_000)])
def test_loss(servers, room, offered, value, customers):
    """M/M/1/K, M/M/c/c (Erlang B) and M/M/c/K: p_K by birth and death (Kleinrock, sections 3.5, 3.6 and 3.8)."""
    weights = [1.0]
    for present in range(1, servers + room + 1):
        weights.append(weights[-1] * offered / min(present, servers))
    exact = weights[-1] / math.fsum(weights)
    assert exact == pytest.approx(value, abs=5e-5)
    agrees(loss, exact, offered, customers, servers=servers, queue={"capacity": room})


@pytest.mark.parametrize(("offered", "waits", "wait", "customers"), [
    (8, 0.40918, 0.2046, 6_000_000), pytest.param(9, 0.66873, 0.66873, 16_000_000, marks=LONG)])
def test_erlang_c(offered, waits, wait, customers):
    """M/M/10: C = B / (1 - rho (1 - B)), and Wq = C / (c - a) (Kleinrock, section 3.5); B by its recursion."""
    blocked = 1.0
    for servers in range(1, 11):
        blocked = offered * blocked / (servers + offered * blocked)
    exact = blocked / (1 - offered / 10 * (1 - blocked))
    assert exact == pytest.approx(waits, abs=5e-6)
    assert exact / (10 - offered) == pytest.approx(wait, abs=5e-5)
    agrees(lambda station: station["wait_probability"], exact, offered, customers, servers=10)
    agrees(wait_s, exact / (10 - offered), offered, customers, servers=10)


@pytest.mark.parametrize(("work", "squared_cv"), [
    ({"gamma": {"mean": "1 s", "cv": 0.5}}, 0.25), ({"gamma": {"mean": "1 s", "cv": 2}}, 4.0), ({"uniform": ["0 s", "2 s"]}, 1 / 3),
    ({"lognormal": {"median": "0.8 s", "p95": "2 s"}}, None)], ids=str)
def test_pollaczek_khinchine(work, squared_cv):
    """M/G/1: lambda E[S^2] / (2 (1 - rho)) (Kleinrock, eq. 5.70)."""
    mean = 1.0
    if squared_cv is None:
        sigma = math.log(2.0 / 0.8) / 1.6448536269514722
        mean, squared_cv = 0.8 * math.exp(sigma * sigma / 2), math.exp(sigma * sigma) - 1
    value = 0.5 * mean * mean * (1 + squared_cv) / (2 * (1 - 0.5 * mean))
    assert theory.mg1(0.5, mean, squared_cv).wait_s == pytest.approx(value)
    agrees(wait_s, value, 0.5, 2_000_000, work=work)
