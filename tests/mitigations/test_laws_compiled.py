"""Every law of every mitigation that ships gives the same bits compiled by numba and not, and leaves the same blocks."""

import importlib
import random
from types import FunctionType

import numba
import numpy as np
import pytest
from numba.extending import register_jitable

from sim.mitigations.framework import common, registry
from sim.world import clock, lists, moments, normal

ROWS = 40
for each in (clock.round_ns, clock.round_duration_ns, moments.unit, lists.first_of, lists.append, lists.unlink,
             normal._middle, normal._near_tail, normal._far_tail, normal.normal_quantile):
    register_jitable(each)

PARAMETERS = {
    "adaptive_puzzle": [{"interval": "3 s"}, {"interval": "20 s", "tries": 2}],
    "address_cookie": [{}],
    "negative_cache": [{"lasts": "3 s"}],
    "human_confirmation": [{"most": 5, "lapses_after": "4 s", "bots_pass": "40 %"}, {"most": 39, "median": "2 s", "p95": "2 s"}],
    "initial_access_token": [{"held_by": "70 %", "leaked_to": "10 %"}],
    "token_bucket": [{"rate": "3 /s"}, {"rate": "0.1 /s", "burst": 1, "status": 503}],
    "client_puzzle": [{"bits": 1}, {}, {"bits": 40}],
    "drop_expired": [{"after": "1 s"}],
    "stateless_keys": [{"work": "1 ms"}],
    "key_expiry": [{"never_used": "3 s", "idle": "5 s"}],
    "sliding_window": [{"limit": 2, "window": "3 s"}, {"limit": 5, "window": "100 d", "status": 503}],
    "codel": [{}, {"target": "900 ms", "interval": "2 s"}],
    "bloom_filter": [{"bits": 100, "hashes": 3, "window": "7 s"}, {"bits": 900}],
    "bulkhead": [{"most": 3}],
    "deduplication": [{}],
    "gradient2": [{}, {"initial": 3, "least": 1, "most": 10, "queue": 0, "smoothing": "50 %", "samples": 20}],
    "leaky_bucket": [{"rate": "3 /s"}, {"rate": "0.3 /s", "burst": 4, "undelayed": 2}, {"rate": "2 /s", "burst": 3, "undelayed": 3}],
    "nonce_store": [{"lookup": "3 ms"}],
    "pending_cap": [{"most": 5, "lapses_after": "4 s"}],
    "table_cap": [{"capacity": 5}],
    "check_order": [{"timestamp": "1 ms", "key": "2 ms", "nonce": "4 ms", "signature": "8 ms", "order": order}
                    for order in (["timestamp", "key", "nonce", "signature"], ["signature", "nonce", "key", "timestamp"])],
}


def compiled_laws(name):
    """Its laws, compiled unchanged; the functions that they call are registered with numba as they stand."""
    module = importlib.import_module(f"sim.mitigations.{name}")
    for function in vars(module).values():
        if isinstance(function, FunctionType) and function.__module__ == module.__name__:
            register_jitable(function)
    return {moment: numba.njit(law) for moment, law in registry.find(name).laws.items()}


def event(rng, now_ns, key, issued):
    columns = [rng.randrange(100) for _ in range(moments.WIDTH)]
    columns[moments.NOW_NS] = now_ns
    columns[moments.ARRIVED_NS] = now_ns - rng.randrange(2 * 10**9)
    columns[moments.SOLVED] = rng.randrange(2)
    columns[moments.CHANCE] = rng.randrange(2**53)
    columns[moments.HASH_RATE] = rng.randrange(1, 10**7)
    columns[moments.FAILED] = rng.randrange(len(moments.CHECKS))
    columns[moments.KEY] = key or (rng.randrange(1, issued + 1) if issued else 0)
    columns[moments.IS_ATTACKER] = rng.randrange(2)
    columns[moments.ATTEMPT] = rng.randrange(1, 20)
    columns[moments.TICKET] = rng.randrange(40) << 21 | rng.randrange(1, ROWS)
    columns[moments.CLAIMED] = rng.randrange(issued + 1)
    return columns


def test_every_mitigation_that_ships_is_tried():
    assert sorted(PARAMETERS) == list(registry.shipped())


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_same_compiled_or_not(name):
    declared, fast_laws = registry.find(name), compiled_laws(name)
    for number, given in enumerate(PARAMETERS[name]):
        rng, now_ns, issued, answers = random.Random(number), 0, 0, set()
        ints, floats = declared.blocks(common.read(declared, given))
        ints += [0] * (len(declared.state_ints) * ROWS)
        floats += [0.0] * (len(declared.state_floats) * ROWS)
        fast_ints, fast_floats = np.array(ints, np.int64), np.array(floats, np.float64)
        for _ in range(3000):
            moment = rng.choice(list(declared.laws))
            if moment == "at_proof" and issued == 0:
                continue
            if moment == "at_issue":
                if issued == ROWS - 1:
                    continue
                issued += 1
            now_ns += rng.randrange(10**9)
            columns = event(rng, now_ns, issued * (moment == "at_issue"), issued)
            fast_columns, row = np.array(columns, np.int64), 0 if declared.keeps_keys else rng.randrange(ROWS)
            expected = declared.laws[moment](ints, floats, row, columns)
            assert expected == fast_laws[moment](fast_ints, fast_floats, row, fast_columns), (moment, columns)
            assert (ints, floats, columns) == (fast_ints.tolist(), fast_floats.tolist(), fast_columns.tolist())
            answers.add((moment, expected))
        assert {moment for moment, _ in answers} == set(declared.laws)
