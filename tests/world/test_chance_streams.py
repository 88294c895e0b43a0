"""Streams of chance, drawn as the engines draw them: neighbouring addresses, streams, replications and seeds are uniform and independent.

All addresses are fixed, so every p-value is one number. All tests are two-sided, and a p-value of 1e-5 is acceptable: all of the some
1,100 of this file are so with a probability of 99 % (Bonferroni), if draws are what they should be. What the tests would find is
shown on rows that are not.
"""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from chance_battery import LENGTH, Row, at_any_shift, evenly, of_a_row, of_two_rows, two_sided
from scipy import stats

from sim.engines import draws
from sim.plan.cells import PURPOSES
from sim.world import arrivals
from sim.world.chance import ATTACKING, pack_entity, pack_index, stream_key, uniform_pair

ACCEPTABLE = 1e-5
K = np.arange(LENGTH)


def drawn(key: Any, *, class_: Any = 0, instance: Any = 0, visit: Any = 0, node: Any = 0, iteration: Any = 0, attempt: Any = 0,
          sub: Any = 0, lane: Any = 0, count: int = LENGTH) -> Row:
    """Draws at addresses whose fields, and keys, are numbers or rows of numbers."""
    def wide(x: Any) -> Any:
        return np.broadcast_to(np.asarray(x, np.uint64), (count,))

    first = wide(instance), wide(class_) << np.uint64(24) | wide(visit)
    second = wide(node) << np.uint64(20) | wide(iteration), wide(attempt) << np.uint64(12) | wide(sub)
    words = draws.philox((wide(key[0]), wide(key[1])), *first, *second)
    return np.where(wide(lane) == 0, draws.unit(words[0], words[1]), draws.unit(words[2], words[3]))


def keys(seeds: Any, replications: Any, streams: Any, count: int = LENGTH) -> tuple[Any, Any]:
    """The keys of rows of seeds, replications and streams, repeated to one length."""
    triples = zip(*(np.resize(np.asarray(each, object), count).tolist() for each in (seeds, replications, streams)), strict=True)
    pairs = np.array([stream_key(*triple) for triple in triples], np.uint64)
    return pairs[:, 0], pairs[:, 1]


WORK = stream_key(1, 0, "work")
ROWS = {
    "arrivals of a class": lambda: drawn(stream_key(1, 0, "arrivals"), instance=K),
    "arrivals of an attack": lambda: drawn(stream_key(1, 0, "arrivals"), class_=ATTACKING, instance=K),
    "instances": lambda: drawn(WORK, instance=K, node=3, attempt=1),
    "instances far out": lambda: drawn(WORK, instance=2**32 - 1 - K, node=3, attempt=1),
    "second lanes": lambda: drawn(WORK, instance=K, node=3, attempt=1, lane=1),
    "visits": lambda: drawn(WORK, instance=5, visit=K, node=3, attempt=1),
    "iterations": lambda: drawn(WORK, instance=5, node=3, iteration=K, attempt=1),
    "attempts": lambda: drawn(WORK, instance=5, node=3, attempt=K),
    "classes of an instance, then the next": lambda: drawn(WORK, class_=K % 256, instance=K // 256),
    "nodes of an instance, then the next": lambda: drawn(WORK, instance=K // 16, node=K % 16, attempt=1),
    "all nodes": lambda: drawn(WORK, instance=K // 4096, node=K % 4096),
    "sub-draws of a step, then the next": lambda: drawn(WORK, instance=K // 8, sub=K % 8 // 2, lane=K % 2, node=3),
    "all sub-draws": lambda: drawn(WORK, instance=K // 8192, sub=K % 8192 // 2, lane=K % 2),
    "class and instance at once": lambda: drawn(WORK, class_=K % 256, instance=K),
    "instance and visit at once": lambda: drawn(WORK, instance=K, visit=K),
    "node and instance in step": lambda: drawn(WORK, instance=K, node=K % 4096, iteration=K, attempt=K),
    "replications": lambda: drawn(keys(1, K, "work"), instance=5, node=3, attempt=1),
    "seeds": lambda: drawn(keys(K, 0, "work"), instance=5, node=3, attempt=1),
    "seeds and replications at once": lambda: drawn(keys(K, K, "work"), instance=5, node=3, attempt=1),
    "replications of a seed, then the next": lambda: drawn(keys(K // 20, K % 20, "arrivals")),
    "streams of an instance, then the next": lambda: drawn(keys(1, 0, PURPOSES), instance=K // len(PURPOSES)),
    "streams of a replication, then the next": lambda: drawn(keys(1, K // len(PURPOSES), PURPOSES)),
}


def strange(found: dict[str, float]) -> dict[str, float]:
    return {name: p for name, p in found.items() if not p >= ACCEPTABLE}


def test_what_is_drawn_here_is_what_the_laws_draw():
    fields = np.random.default_rng(1).integers(0, [256, 2**32, 2**24, 2**12, 2**20, 2**20, 2**12, 2], size=(500, 8))
    rows = dict(zip(("class_", "instance", "visit", "node", "iteration", "attempt", "sub", "lane"), fields.T, strict=True))
    key = keys(7, range(500), "work", 500)
    expected = [uniform_pair(*stream_key(7, r, "work"), *pack_entity(*map(int, f[:3])), *pack_index(*map(int, f[3:7])))[f[7]]
                for r, f in enumerate(fields)]
    assert expected == drawn(key, **rows, count=500).tolist()
    own = stream_key(1, 0, "arrivals")
    assert [arrivals.arrival_uniform(*own, 2, k) for k in range(99)] == drawn(own, class_=2, instance=K[:99], count=99).tolist()


@pytest.mark.parametrize("name", ROWS)
def test_a_walk_through_neighbouring_addresses_is_uniform_and_independent(name):
    assert strange(of_a_row(ROWS[name]())) == {}


PLACES = {"instance": K, "node": 3, "attempt": 1}


@pytest.mark.parametrize(("one", "other"), list(combinations(PURPOSES, 2)))
def test_no_stream_knows_of_another(one, other):
    """The same addresses of two streams: what would make arrivals and work, say, rise together or against each other."""
    rows = [drawn(stream_key(1, 0, name), instance=K[:30_720], count=30_720) for name in (one, other)]
    assert strange(of_two_rows(*rows)) == {}


@pytest.mark.parametrize(("one", "other"), [
    ((1, 0, "arrivals"), (1, 0, "work")), ((1, 0, "arrivals"), (1, 0, "network")), ((1, 0, "work"), (1, 0, "network")),
    ((1, 0, "work"), (1, 1, "work")), ((1, 1, "work"), (1, 2, "work")), ((1, 0, "work"), (2, 0, "work")), ((1, 2, "work"), (2, 1, "work")),
    ((1, 1, "work"), (11, 1, "work")), ((1, 11, "work"), (11, 1, "work")), ((0, 1, "work"), (-1, 1, "work")), ((1, 0, "work"), (1 + 2**64, 0, "work")),
], ids=str)
def test_no_stream_replication_or_seed_follows_another_at_any_shift(one, other):
    rows = [drawn(stream_key(*key), **PLACES) for key in (one, other)]
    assert strange(at_any_shift(*rows) | {f"{name}, place by place": p for name, p in of_two_rows(*rows).items()}) == {}


@pytest.mark.parametrize("field", ["class_", "instance", "visit", "node", "iteration", "attempt", "sub", "lane"])
def test_a_row_and_the_same_one_step_on_in_each_field_are_independent(field):
    chance = np.random.default_rng(2)
    room = {"class_": 256, "instance": 2**32, "visit": 2**24, "node": 2**12, "iteration": 2**20, "attempt": 2**20, "sub": 2**12, "lane": 2}
    fields = {name: chance.integers(0, limit - (name == field), LENGTH) for name, limit in room.items()}
    assert strange(of_two_rows(drawn(WORK, **fields), drawn(WORK, **fields | {field: fields[field] + 1}))) == {}


def test_one_bit_of_the_address_turns_half_of_the_bits_of_the_draw():
    """Avalanche: of 128 bits of the counter and 64 of the key, each turns each of the 32 upper bits in half of 4,096 cases."""
    chance, count = np.random.default_rng(3), 4096
    words = [chance.integers(0, 2**32, count, dtype=np.uint64) for _ in range(6)]

    def upper(k0: Any, k1: Any, *counter: Any) -> Any:
        return draws.philox((k0, k1), *counter)[0]

    before, found = upper(*words), {}
    for word in range(6):
        for bit in range(32):
            turned = [each ^ np.uint64(1 << bit) if place == word else each for place, each in enumerate(words)]
            differing = before ^ upper(*turned)
            ones = np.array([np.count_nonzero(differing >> np.uint64(k) & np.uint64(1)) for k in range(32)])
            found[word, bit] = two_sided(stats.chi2.sf(((ones - count / 2) ** 2 / (count / 4)).sum(), 32))
    assert strange(found) == {}
    # And the p-values themselves are evenly spread: 192 of them in 8 cells.
    assert ACCEPTABLE < evenly(np.bincount((np.array(list(found.values())) * 8).astype(int), minlength=8))


def test_services_are_not_matched_to_arrivals():
    """An arrival's gap and its work, the pair that makes a queue: exponential both, uncorrelated, also in rank and in the tails."""
    gap = -np.log1p(-drawn(stream_key(1, 0, "arrivals"), instance=K))
    work = -np.log1p(-drawn(WORK, instance=K, node=1, attempt=1))
    late = gap > np.log(100), work > np.log(100)
    found = {
        "Pearson": stats.pearsonr(gap, work).pvalue, "Spearman": stats.spearmanr(gap, work).pvalue,
        "with the gap that follows": stats.pearsonr(gap[1:], work[:-1]).pvalue,
        "both in their last hundredth": stats.binomtest(int(np.count_nonzero(late[0] & late[1])), LENGTH, 1e-4).pvalue,
        "one in its last hundredth, the other in its first": stats.binomtest(int(np.count_nonzero(late[0] & (work < -np.log(0.99)))), LENGTH, 1e-4).pvalue,
    }
    assert strange({name: float(p) for name, p in found.items()}) == {}


def randu() -> Row:
    """x' = 65539 x mod 2^31, whose triples lie in 15 planes (Marsaglia 1968)."""
    x, values = 1, []
    for _ in range(LENGTH):
        x = 65539 * x % 2**31
        values.append((x + 0.5) / 2**31)
    return np.array(values)


GOOD = drawn(WORK, instance=K)
BAD_ROWS = {
    "RANDU": (randu, "triples"),
    "multiples of the golden ratio": (lambda: (K * 0.6180339887498949 + 0.1) % 1, "pairs"),
    "squares": (lambda: np.sqrt(GOOD), "Kolmogorov and Smirnov"),
    "too even": (lambda: (np.random.default_rng(1).permutation(K) + 0.5) / LENGTH, "256 cells"),
    "each twice": (lambda: np.repeat(GOOD[::2], 2), "correlation with the 16 before"),
    "each followed by its antithetic": (lambda: np.where(K % 2, 1 - np.roll(GOOD, 1), GOOD), "runs up and down"),
    "half of them know 20 bits only": (lambda: np.where(K % 512 < 256, GOOD, np.floor(GOOD * 2**20) / 2**20), "birthday spacings"),
    "one in a hundred is the one before": (lambda: np.where(K % 100 == 99, np.roll(GOOD, 1), GOOD), "birthday spacings"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_found(name):
    made, by = BAD_ROWS[name]
    assert by in strange(of_a_row(made()))


@pytest.mark.parametrize(("other", "by"), [
    (1 - GOOD, "correlation"), (np.where(np.random.default_rng(1).random(LENGTH) < 0.03, GOOD, drawn(stream_key(2, 0, "work"), instance=K)), "correlation"),
    (np.abs(2 * GOOD - 1), "correlation of the distances from the middle"), ((GOOD + 0.25) % 1, "cells"),
], ids=["antithetic", "three of a hundred alike", "folded", "turned"])
def test_rows_that_know_of_each_other_are_found(other, by):
    assert by in strange(of_two_rows(GOOD, other))


def test_a_row_that_follows_another_at_a_distance_is_found():
    assert "values" in strange(at_any_shift(GOOD, 1 - np.roll(GOOD, 12_345)))
    assert "distances from the middle" in strange(at_any_shift(GOOD, np.abs(2 * np.roll(GOOD, 77) - 1)))
