"""What is published about retries and throttling, counted in runs (`facts/validation.md` of the project, items 2 and 3)."""

import pytest

import sim

DATAGRAM = {"transport": "datagram"}


def station(duration, seed=1, **given):
    """Customers of one server, in either engine: here the compiled one."""
    actors = {"customer": {"population": 1000, **given.pop("customer", {})}, "server": given.pop("server", {})}
    return sim.run({"scenario": "A published result", "model": "queueing/mm1", "duration": duration, "seed": seed, "trace": "none",
                    "network": {"default": DATAGRAM, **given.pop("network", {})}, "actors": actors, **given},
                   engine="compiled").metrics


# --- retries ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fails", "attempts"), [(0.1, 1.11), (0.5, 1.75), (0.9, 2.71), (1.0, 3.0)])
def test_attempts_of_a_task_with_three_attempts_in_all(fails, attempts):
    """1 + f + f^2, where each attempt fails with f: 200,000 tasks; half a confidence interval of 95 % is below 0.4 %."""
    assert attempts == pytest.approx(1 + fails + fails * fails)
    metrics = station("1000 s", network={"customer -> server": {"loss": f"{fails:.0%}".replace("%", " %")}}, customer={
        "arrivals": {"constant": "200 /s"}, "timeout": "1 ms", "retry": {"attempts": 3}}, server={"servers": "unlimited"})
    assert metrics["sessions"]["started"] > 199_000
    assert metrics["honest"]["attempts_per_call"] == pytest.approx(attempts, rel=0.004)


def test_a_budget_of_ten_per_cent_turns_three_into_one_and_a_tenth():
    """Site Reliability Engineering, chapter 21: just below three times the load falls to 1.1 times."""
    def attempts(**budget):
        return station("100 s", network={"customer -> server": {"loss": "99 %"}}, customer={
            "arrivals": {"constant": "200 /s"}, "timeout": "1 ms", "retry": {"attempts": 3, **budget}},
            server={"servers": "unlimited"})["honest"]["attempts_per_call"]
    assert attempts() == pytest.approx(1 + 0.99 + 0.99 ** 2, rel=0.005)
    assert attempts(budget={"ratio": "10 %", "shared": True}) == pytest.approx(1.1, rel=0.002)


# --- adaptive throttling ----------------------------------------------------------------------------------------------

COST = 0.25
"""Of a refusal, in requests."""
CAPACITY_PER_S = 1000


def accepted_share(load, k=None):
    """Requests served, of those that the server could serve at most, at so many times as many as that.

    It spends a quarter of a millisecond on each to see what it is, and three quarters more on what it accepts; what waited too
    long it refuses (CoDel), so that whatever its refusals leave is spent on others.
    """
    throttle = {} if k is None else {"throttle": {"k": k, "window": "20 s", "shared": True}}
    metrics = station(
        "100 s", warm_up="40 s", customer={"arrivals": f"{load * CAPACITY_PER_S} /s", **throttle},
        server={"work": {"parse": "0.25 ms", "job": "0.75 ms"}},
        mitigations={"server": [{"codel": {"target": "5 ms", "interval": "100 ms"}}]})
    assert metrics["stations"]["server"]["utilisation"] > 0.95
    return metrics["honest"]["goodput_per_s"] / CAPACITY_PER_S


@pytest.mark.parametrize(("load", "share"), [(2, 0.667), (3, 0.333), (4, 0.0)])
def test_what_a_server_accepts_that_spends_itself_on_refusals(load, share):
    """(1 - c L)/(1 - c) at L times the load that it could serve: nothing from 1/c on."""
    assert share == pytest.approx((1 - COST * load) / (1 - COST), abs=0.001)
    assert accepted_share(load) == pytest.approx(share, abs=0.004)


@pytest.mark.parametrize("load", [4, 10])
@pytest.mark.parametrize(("k", "low", "high"), [(2, 0.795, 0.805), (1.5, 0.883, 0.893), (1.1, 0.95, 0.976)])
def test_what_it_accepts_where_clients_throttle_themselves(k, low, high, load):
    """1/(1 + c (K - 1)) of what it can: .800, .889, .976, however many would ask. Near 1, chance costs a little: some .95."""
    assert low <= 1 / (1 + COST * (k - 1)) <= high + 0.001
    assert low <= accepted_share(load, k) <= high
