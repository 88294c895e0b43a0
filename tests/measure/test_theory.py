"""The formulas against printed values, against each other, and against balance equations solved by brute force."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measure import theory

LOADS = st.floats(0.01, 0.99)


@pytest.mark.parametrize(("rho", "sojourn_s"), [(0.5, 2), (0.8, 5), (0.9, 10)])
def test_mm1(rho: float, sojourn_s: float) -> None:
    steady = theory.mm1(rho, 1)
    assert pytest.approx(sojourn_s) == steady.sojourn_s
    assert pytest.approx(rho / (1 - rho)) == steady.present
    assert pytest.approx(rho) == steady.present - steady.waiting


def test_mm1_p99() -> None:
    assert pytest.approx(46.05, abs=0.005) == theory.mm1_sojourn_quantile_s(0.9, 1, 0.99)


@given(LOADS)
def test_general_service_has_its_special_cases(rho: float) -> None:
    markov = theory.mm1(rho, 1)
    assert pytest.approx(markov.wait_s, rel=1e-9) == theory.mg1(rho, 1, 1).wait_s
    assert pytest.approx(markov.wait_s / 2, rel=1e-9) == theory.md1(rho, 1).wait_s
    assert pytest.approx(markov.wait_s, rel=1e-9) == theory.mmc(rho, 1, 1).wait_s
    # Exponential sizes: the mean job of processor sharing fares as under FIFO.
    assert pytest.approx(markov.sojourn_s) == theory.mg1_processor_sharing_sojourn_s(rho, 1, 1)


def test_md1() -> None:
    assert pytest.approx(2.0) == theory.md1(0.8, 1).wait_s


@pytest.mark.parametrize(("rho", "loss"), [(0.9, 0.05081), (1, 0.09091), (2, 0.50024)])
def test_mm1k(rho: float, loss: float) -> None:
    finite = theory.mm1k(rho, 1, 10)
    assert pytest.approx(loss, abs=5e-6) == finite.loss
    if rho != 1:
        assert pytest.approx((1 - rho) * rho**10 / (1 - rho**11)) == finite.loss


@pytest.mark.parametrize(("offered", "servers", "loss"), [(8, 10, 0.12166), (20, 10, 0.53796)])
def test_erlang_b(offered: float, servers: int, loss: float) -> None:
    assert pytest.approx(loss, abs=5e-6) == theory.erlang_b(offered, servers)
    assert pytest.approx(theory.mmck(offered, 1, servers, servers).loss) == theory.erlang_b(offered, servers)


@pytest.mark.parametrize(("offered", "waits", "wait_s"), [(8, 0.40918, 0.2046), (9, 0.66873, 0.66873)])
def test_erlang_c(offered: float, waits: float, wait_s: float) -> None:
    assert pytest.approx(waits, abs=5e-6) == theory.erlang_c(offered, 10)
    assert pytest.approx(wait_s, abs=5e-5) == theory.mmc(offered, 1, 10).wait_s


@pytest.mark.parametrize(("offered", "loss"), [(4, 0.05203), (8, 0.5000), (16, 0.75)])
def test_mm4_with_room_for_16(offered: float, loss: float) -> None:
    assert pytest.approx(loss, abs=5e-5) == theory.mmck(offered, 1, 4, 20).loss


@given(st.floats(0.05, 30), st.integers(1, 6), st.integers(0, 8))
def test_a_finite_station_against_its_balance_equations(offered: float, servers: int, room: int) -> None:
    capacity = servers + room
    weights = [1.0]
    for n in range(1, capacity + 1):
        weights.append(weights[-1] * offered / min(n, servers))
    share = [weight / math.fsum(weights) for weight in weights]
    finite = theory.mmck(offered, 1, servers, capacity)
    present = math.fsum(n * p for n, p in enumerate(share))
    busy = math.fsum(min(n, servers) * p for n, p in enumerate(share))
    assert pytest.approx(share[-1], rel=1e-9) == finite.loss
    assert pytest.approx(present, rel=1e-9) == finite.steady.present
    assert pytest.approx(busy / servers, rel=1e-9) == finite.steady.utilisation
    assert pytest.approx(present / finite.admitted_per_s, rel=1e-9) == finite.steady.sojourn_s


def test_a_finite_station_at_any_load() -> None:
    assert pytest.approx(1 - 1e-6) == theory.mmck(1e6, 1, 1, 2000).loss
    assert 0.0 <= theory.mmck(1e-6, 1, 1, 2000).loss < 1e-300
    assert pytest.approx(1 / (1 - 1e-6)) == theory.mmck(1e-6, 1, 1, 2000).steady.sojourn_s


def test_lognormal_moments() -> None:
    # exp(mu) = median, exp(mu + 1.6449 sigma) = p95; with sigma 1 the mean is median x sqrt(e), C^2 = e - 1.
    mean, squared_cv = theory.lognormal_moments(20.0, 20.0 * math.exp(1.6448536269514722))
    assert pytest.approx(20 * math.sqrt(math.e)) == mean
    assert pytest.approx(math.e - 1) == squared_cv


def test_tandem() -> None:
    assert pytest.approx(1 / (1 - 0.5) + 1 / (2 - 0.5)) == theory.tandem_mm1(0.5, 1, 2)


def test_published_values() -> None:
    assert [1.11, 1.75, 2.71, 3] == [pytest.approx(theory.attempts_per_task(failure, 3)) for failure in (0.1, 0.5, 0.9, 1)]
    assert [0.8, 0.889, 0.976] == [pytest.approx(theory.throttled_share(k, 0.25), abs=5e-4) for k in (2, 1.5, 1.1)]
    assert [1, 0.667, 0.333, 0, 0] == [pytest.approx(theory.refusing_share(load, 0.25), abs=5e-4) for load in (1, 2, 3, 4, 5)]
    assert [0.1, 0.2, 0.5, 0.9] == [pytest.approx(theory.fair_share(*sent)) for sent in ((1, 9), (1, 4), (1, 1), (9, 1))]
    assert [0.01, 0.001] == [pytest.approx(theory.bloom_false_positives(*size), rel=5e-3) for size in ((9.585, 7), (14.378, 10))]


@pytest.mark.parametrize("call", [
    lambda: theory.mm1(1, 1), lambda: theory.mg1(2, 1, 1), lambda: theory.mmc(10, 1, 10),
    lambda: theory.mg1_processor_sharing_sojourn_s(1, 1, 1), lambda: theory.erlang_c(10, 10),
])  # fmt: skip
def test_overload_has_no_equilibrium(call: object) -> None:
    with pytest.raises(ValueError, match="no equilibrium"):
        call()  # type: ignore[operator]


def test_a_room_smaller_than_its_servers_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity is 3"):
        theory.mmck(1, 1, 4, 3)
