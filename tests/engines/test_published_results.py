"""What of published results is no row of the validation (`tests/study/test_validation.py`): first come first served, and real hashes."""

import math
from collections import Counter

import pytest

import sim
from sim.measure.statistics import confidence_interval

NARROW = 0.02
MS = 1_000_000


@pytest.mark.parametrize(("honest", "attackers"), [(1, 9), (5, 5)])
def test_first_come_first_served_gives_the_honest_their_part_of_what_is_sent(honest, attackers):
    """M. Walfish et al., "DDoS Defense by Offense", SIGCOMM 2006: those who send twice as much get twice as much, G / (G + 2 B)."""
    flood = {"name": "flood", "sends": "job", "rate": {"constant": f"{400 * attackers} /s"}, "sources": {"addresses": attackers}}
    run = sim.run({"scenario": "Published", "model": "queueing/mm1", "duration": "22 s", "warm_up": "2 s", "attacks": [flood],
                   "network": {"default": {"transport": "datagram"}}, "actors": {
                       "customer": {"population": honest, "arrivals": {"constant": f"{200 * honest} /s"}, "picks": "round_robin"},
                       "server": {"servers": 1, "work": {"job": "1 ms"}}}}, engine="compiled")
    answered = [each for each in run.trace.records() if each["message"] == "job_done" and each["sent_ns"] >= 2_000 * MS]
    served = Counter(each["class"] for each in answered)
    assert served["customer"] / served.total() == pytest.approx(honest / (honest + 2 * attackers), rel=1e-2)


ONE_CALL = """
diagram: One call
participants: {c: Client, s: Server}
sequence:
  - c -> s: ask
  - s --> c: told
"""
ACTORS = "from sim.protocol.actor import Actor\n\nclass C(Actor):\n    pass\n\nclass S(Actor):\n    pass\n"


def test_hashcash_takes_as_many_tries_at_real_hashes(model_file):
    """The messages carry real puzzles, another for each address: the clients try 0, 1, 2, ... until SHA-256 begins with k zero bits."""
    run = sim.run({"scenario": "Published", "model": model_file(ONE_CALL, ACTORS), "duration": "15 s",
                   "network": {"default": {"transport": "datagram"}}, "mitigations": {"s": [{"client_puzzle": {"bits": 6}}]},
                   "actors": {"c": {"population": 15_000, "arrivals": {"constant": "1000 /s"}, "hash_rate": "1000000 /s"}, "s": {}}}, engine="simpy")
    solutions = [each["http"]["headers"]["Puzzle-Solution"] for each in run.trace.records()
                 if each["message"] == "ask" and "Puzzle-Solution" in each["http"]["headers"]]
    found = [int(solution.rpartition(":")[2]) + 1 for solution in solutions]
    assert len(set(solutions)) == len(found) > 14_900
    interval = confidence_interval([math.fsum(found[k::10]) / len(found[k::10]) for k in range(10)], 0.999)
    assert 2.0**6 in interval, str(interval)
    assert confidence_interval([math.fsum(found[k::10]) / len(found[k::10]) for k in range(10)]).relative_half_width <= NARROW
