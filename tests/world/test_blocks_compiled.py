"""The laws over blocks (tables, queues, budgets, throttles, breakers) leave the same blocks compiled by numba and not."""

import random
from types import FunctionType

import numba
import numpy as np
import pytest

from sim.world import breaker, budget, identities, load, queues, sliding, throttle

MODULES = (identities, queues, budget, load, sliding, throttle, breaker)
LAWS = tuple(law for module in MODULES for law in module.LAWS)


@pytest.fixture(scope="module")
def compiled():
    """The laws by name, compiled unchanged; what a law calls is looked up among them."""
    found = {}
    for module in MODULES:
        names = {**vars(module), **found}
        for law in module.LAWS:
            names[law.__name__] = found[law.__name__] = numba.njit(FunctionType(law.__code__, names, law.__name__))
    return found


def test_every_function_is_a_law_or_says_that_it_is_none():
    makers = {identities: {"table", "grown"}, queues: {"queue", "flows", "is_full", "grown"}, budget: {"budget"},
              load: {"watch"},
              sliding: {"bucket_ns"}, throttle: set(), breaker: {"state"}}
    for module, none in makers.items():
        own = [f for f in vars(module).values() if isinstance(f, FunctionType) and f.__module__ == module.__name__]
        assert none == {f.__name__ for f in own if f not in LAWS}


@pytest.mark.parametrize("capacity", [0, 20])
def test_tables(compiled, capacity):
    rng = random.Random(capacity)
    plain = identities.table(capacity, 64)
    fast = np.array(plain, np.int64)
    for _ in range(2000):
        if plain[identities.COUNT] == 64:
            row = identities.find(plain, plain[identities.HEADER + identities.ROW * plain[identities.OLDEST]])
            identities.remove(plain, row), compiled["remove"](fast, row)
        identity = rng.choice((rng.randrange(100), rng.randrange(identities.LIMIT)))
        law = rng.choice(("touch", "find"))
        assert getattr(identities, law)(plain, identity) == compiled[law](fast, identity)
        assert plain == fast.tolist()


@pytest.mark.parametrize("order", range(len(queues.ORDER_NAMES)))
def test_queues(compiled, order):
    rng = random.Random(order)
    plain, table = queues.queue(order, 64, 5), identities.table(0, 64)
    fast, fast_table = np.array(plain, np.int64), np.array(table, np.int64)
    for _ in range(2000):
        if plain[queues.COUNT] < 64 and rng.random() < 0.55:
            who = rng.randrange(20), rng.randrange(2)
            assert queues.enqueue(plain, table, *who) == compiled["enqueue"](fast, fast_table, *who)
        else:
            assert queues.dequeue(plain, table) == compiled["dequeue"](fast, fast_table)
        assert (plain, table) == (fast.tolist(), fast_table.tolist())


def test_budgets(compiled):
    rng, now_ns = random.Random(3), 0
    plain = budget.budget(10.0)
    fast = np.array(plain[0], np.int64), np.array(plain[1])
    for _ in range(5000):
        now_ns += rng.randrange(10**9)
        if rng.random() < 0.7:
            more = now_ns, 0.3, 10.0, 0.1
            budget.refill(*plain, *more), compiled["refill"](*fast, *more)
        else:
            assert budget.withdraw(*plain, now_ns, 0.3, 10.0) == compiled["withdraw"](*fast, now_ns, 0.3, 10.0)
        assert plain[1] == fast[1].tolist()


def test_throttles(compiled):
    rng, now_ns, each_ns = random.Random(4), 0, 10**9
    plain = [0] * throttle.STATE
    fast = np.array(plain, np.int64)
    for _ in range(3000):
        now_ns += rng.choice((0, rng.randrange(10**9), rng.randrange(2 * 10**10)))
        law = rng.choice(("requested", "requested", "accepted"))
        getattr(throttle, law)(plain, now_ns, each_ns), compiled[law](fast, now_ns, each_ns)
        assert throttle.rejection(plain, now_ns, each_ns, 1.1) == compiled["rejection"](fast, now_ns, each_ns, 1.1)
        assert plain == fast.tolist()


@pytest.mark.parametrize("each_ns", [0, 10**9])
def test_breakers(compiled, each_ns):
    rng, now_ns, found = random.Random(5), 0, set()
    plain = [0] * breaker.state(each_ns, 7)
    fast = np.array(plain, np.int64)
    for _ in range(3000):
        now_ns += rng.choice((0, rng.randrange(10**9), rng.randrange(10**10)))
        permitted = breaker.permission(plain, now_ns, 5 * 10**9)
        assert permitted == compiled["permission"](fast, now_ns, 5 * 10**9)
        if permitted == breaker.PROBES:
            breaker.probe(plain, now_ns), compiled["probe"](fast, now_ns)
        told = now_ns, each_ns, 7, 0.5, rng.randrange(2), 1 if permitted == breaker.PROBES else 0
        if permitted != breaker.SHUT:
            breaker.verdict(plain, *told), compiled["verdict"](fast, *told)
        assert plain == fast.tolist()
        found.add(permitted)
    assert found == {breaker.SHUT, breaker.PASSES, breaker.PROBES}
