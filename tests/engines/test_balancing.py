"""Which instance a message goes to: by hand, and at load against theory, through diagram, scenario, engine and metrics."""

import math
from collections import Counter
from functools import cache

import pytest
from diagrams import CALL

import sim
from sim.language.faults import Faults
from sim.measure.statistics import confidence_interval

CLIENT = {"population": 9, "picks": "round_robin"}


def instances(play, balance, times, work="10 ms", number=3, latency="0 s"):
    """The number of the instance to which each request goes, in the order of sending."""
    played = play(CALL, {"network": {"default": {"latency": latency, "transport": "datagram"}},
                         "actors": {"c": {**CLIENT, "arrivals": {"times": times}},
                                    "s": {"instances": number, "balance": balance, "work": {"ask": work}}}})
    return [int(receiver.partition("/")[2]) for receiver in played.of("ask", "receiver")]


def test_round_robin_deals_out_in_turn_whoever_sends(play):
    assert instances(play, "round_robin", [f"{k} ms" for k in range(7)]) == [1, 2, 3, 1, 2, 3, 1]


def test_least_loaded_goes_to_the_fewest_and_of_several_to_the_first(play):
    """At 0, 1 and 2 ms each takes one; at 3 and 4 ms all have as many; at 15 ms the first and second are left with one."""
    assert instances(play, "least_loaded", ["0 s", "1 ms", "2 ms", "3 ms", "15 ms", "16 ms"]) == [1, 2, 3, 1, 2, 3]


def test_what_is_on_its_way_is_not_seen(play):
    assert instances(play, "least_loaded", ["0 s", "1 ms", "2 ms"], latency="5 ms") == [1, 1, 1]


def test_two_choices_takes_the_emptier_of_two(play):
    """Of two instances both are drawn, so the idle one is always found; the first draw is that of a random balance."""
    times = [f"{20 * k + part} ms" for k in range(20) for part in (0, 1)]
    drawn, chosen = instances(play, "random", times, number=2), instances(play, "two_choices", times, number=2)
    assert chosen[0::2] == drawn[0::2]  # everybody idle: the first of the two
    assert [a + b for a, b in zip(chosen[0::2], chosen[1::2], strict=True)] == [3] * 20
    assert set(Counter(chosen[0::2])) == {1, 2}


def test_a_balance_moves_no_other_draw(play):
    """Arrivals, latencies and work of every session are the same under all of them."""
    seen = {}
    for balance in ("random", "round_robin", "two_choices", "least_loaded"):
        played = play(CALL, {"network": {"default": {"latency": {"exponential": "3 ms"}, "transport": "datagram"}}, "actors": {
            "c": {"population": 50, "arrivals": {"poisson": "200 /s", "maximum": 50}},
            "s": {"instances": 4, "servers": "unlimited", "balance": balance, "work": {"ask": {"exponential": "9 ms"}}}}})
        seen[balance] = [(r["sent_ns"], r["received_ns"], r["finished_ns"]) for r in played.records if r["message"] == "ask"]
    assert len({tuple(rows) for rows in seen.values()}) == 1


def test_what_is_no_balance_is_at_fault():
    with pytest.raises(Faults, match=r"actors.authorization_manager.balance: got 'two_choice'; expected"):
        sim.load("step1").set({"actors.authorization_manager.balance": "two_choice"})


# --- at load ----------------------------------------------------------------------------------------------------------


def sojourn(balance, number, rho, *, customers, replications=10, warm_up_s=100):
    """The interval of the mean time in the system, with Poisson arrivals and work of mean 1 s."""
    duration_s = warm_up_s + math.ceil(customers / replications / (rho * number))
    prepared = sim.load({
        "scenario": "Theory", "model": "queueing/mm1", "duration": f"{duration_s} s", "warm_up": f"{warm_up_s} s", "seed": 1,
        "network": {"default": {"transport": "datagram"}},
        "actors": {"customer": {"population": 1000, "arrivals": {"poisson": f"{rho * number} /s"}},
                   "server": {"instances": number, "balance": balance, "work": {"job": {"exponential": "1 s"}}}}})
    runs = [prepared.run(replication=k, trace=False, engine="compiled").metrics for k in range(replications)]
    assert all(all(metrics["checks"].values()) for metrics in runs)
    return confidence_interval([metrics["honest"]["response_time_s"]["mean"] for metrics in runs])


@cache
def shorter_of_two(rho, most=80):
    """Mean time in the system of two queues, arrivals to the shorter: the stationary distribution of the pairs of lengths.

    By iteration of the chain of jumps, uniformized (J. F. C. Kingman, "Two Similar Queues in Parallel", Annals of Mathematical
    Statistics 32 (1961), has it in closed form). Pairs are kept as (shorter, longer).
    """
    rate = 2 * rho + 2
    weights = {(0, 0): 1.0}
    mean = before = -1.0
    while abs(mean - before) > 1e-12 or mean < 0:
        before = mean
        for _ in range(50):
            after = {}
            for (low, high), weight in weights.items():
                for pair, per_s in ((tuple(sorted((low + 1, high))), 2 * rho), ((max(low - 1, 0), high), 1.0),
                                    (tuple(sorted((low, max(high - 1, 0)))), 1.0)):
                    pair = pair if max(pair) <= most else (low, high)
                    after[pair] = after.get(pair, 0.0) + weight * per_s / rate
            weights = {pair: weight for pair, weight in after.items() if weight > 1e-18}
        mean = math.fsum(sum(pair) * weight for pair, weight in weights.items()) / math.fsum(weights.values())
    return mean / (2 * rho)


def round_robin(rho, number):
    """Each of the instances is E_n/M/1: 1 / (1 - sigma), sigma the root of sigma = A*(1 - sigma) (Kleinrock, eq. 6.8)."""
    sigma = rho
    for _ in range(1000):
        sigma = (rho * number / (rho * number + 1 - sigma)) ** number
    return 1 / (1 - sigma)


def many_with_two_choices(rho):
    """Of endlessly many: the sum of rho^(2^i - 2) over i from 1 (Mitzenmacher 2001, theorem 1, d = 2)."""
    return math.fsum(rho ** (2**i - 2) for i in range(1, 12))


@pytest.mark.parametrize(("balance", "number", "rho", "theory", "customers", "slack"), [
    ("random", 4, 0.5, lambda rho: 1 / (1 - rho), 200_000, 0.0),  # each is M/M/1: what is drawn from a Poisson process is Poisson
    ("round_robin", 4, 0.7, lambda rho: round_robin(rho, 4), 500_000, 0.0),
    ("least_loaded", 2, 0.7, shorter_of_two, 300_000, 0.0),
    ("two_choices", 2, 0.7, shorter_of_two, 300_000, 0.0),
    ("two_choices", 100, 0.8, many_with_two_choices, 400_000, 0.02)])
def test_against_theory(balance, number, rho, theory, customers, slack):
    """The interval holds the value, or comes as near to it as a hundred queues come to endlessly many."""
    interval, value = sojourn(balance, number, rho, customers=customers), theory(rho)
    assert interval.relative_half_width <= 0.02, f"{interval} is too wide"
    assert interval.low <= value * (1 + slack), f"{interval}, expected {value:.5g}"
    assert value * (1 - slack) <= interval.high, f"{interval}, expected {value:.5g}"
