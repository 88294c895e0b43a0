"""One law, two ways to run it: compiled by numba and by CPython, every law gives the same bits.

A call from one law to another is compiled too: `register_jitable` tells numba that it may look into a plain function.
"""

import random
from collections.abc import Callable, Iterator
from math import inf, nan
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.extending import register_jitable

from sim.world import (
    addresses,
    arrivals,
    attackers,
    backoff,
    balancing,
    chance,
    clock,
    credentials,
    distributions,
    network,
    normal,
    order,
    ramps,
    sharing,
)

INPUTS = 100_000
FEWER = 16_000
ONES = 0xFFFFFFFF

LAWS: tuple[Callable[..., Any], ...] = (
    clock.round_ns,
    clock.round_duration_ns,
    clock.later_ns,
    clock.wall_clock_s,
    clock.seconds,
    chance.philox4x32,
    chance.uniform,
    chance.uniform_pair,
    chance.pack_entity,
    chance.pack_index,
    normal._middle,
    normal._near_tail,
    normal._far_tail,
    normal.normal_quantile,
    distributions._exp,
    distributions.quantile_ns,
    distributions.gamma_variate,
    distributions.sample_ns,
    distributions.sample_signed_ns,
    order.check_entity,
    order.check_event,
    order.key_words,
    network.transmissions_lost,
    network.retransmission_delay_ns,
    network.through_after_ns,
    *balancing.LAWS,
    *sharing.LAWS,
    network._set_up_repeats_ns,
    network.drawn_delay_ns,
    network.arrival_delay_ns,
    arrivals.last_at_or_below,
    arrivals.last_below,
    arrivals._at_rate_ns,
    arrivals.next_poisson_ns,
    arrivals.arrival_uniform,
    arrivals.constant_ns,
    *ramps.LAWS,
    backoff.doubled_ns,
    backoff._decorrelated_ns,
    backoff.delay_ns,
    addresses.honest_number,
    addresses.server_number,
    addresses.attacker_number,
    addresses.prefix_number,
    attackers.source_at,
    attackers.is_captured,
    attackers.solved_ns,
    attackers.source_of_bot,
    *credentials.LAWS,
)
for each in LAWS:
    register_jitable(each)


@pytest.fixture
def rng() -> random.Random:
    return random.Random(20090409)


def compare(law: Callable[..., Any], inputs: Iterator[tuple[Any, ...]], at_least: int = INPUTS) -> None:
    """Run the law both ways on each input, tuples of numbers going in as arrays where compiled; same value, same type.

    Where CPython raises, compiled code must raise the same error with the same values.
    """
    compiled = numba.njit(law)
    arrays: dict[int, Any] = {}
    count = refused = 0
    for arguments in inputs:
        converted = tuple(_array(each, arrays) if type(each) is tuple else each for each in arguments)
        expected, found = _outcome(law, arguments), _outcome(compiled, converted)
        assert expected == found, f"{law.__name__}{arguments}: CPython {expected!r}, compiled {found!r}"
        assert type(expected) is type(found), f"{law.__name__}{arguments}: {expected!r}, {found!r}"
        count += 1
        refused += type(expected) is Refused
    assert count >= at_least
    assert refused <= count // 3, "most of the inputs must be such that there is a result"


class Refused(NamedTuple):
    """A law that raised: the error and its values (as text, since NaN is not equal to itself)."""

    error: type
    values: str


def _array(column: tuple[Any, ...], arrays: dict[int, Any]) -> Any:
    if id(column) not in arrays:  # columns live as long as their test, so an id is never used twice
        is_int = bool(column) and isinstance(column[0], int)
        arrays[id(column)] = np.array(column, dtype=np.int64 if is_int else np.float64)
    return arrays[id(column)]


def _outcome(law: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    try:
        return law(*arguments)
    except (ArithmeticError, ValueError, RuntimeError) as error:
        return Refused(type(error), repr(error.args))


def words(rng: random.Random) -> tuple[int, ...]:
    """A key and a counter; one in eight words has all bits equal. Room is left for the blocks above a counter's."""
    bits = rng.getrandbits(6 * 36)
    drawn = []
    for _ in range(6):
        drawn.append(bits & ONES if bits >> 32 & 7 else ONES * (bits >> 35 & 1))
        bits >>= 36
    drawn[5] &= ~0xFFF
    return tuple(drawn)


TABLES = [distributions.empirical([7.5 * i * i for i in range(size)]) for size in (1, 2, 49, 1000)]


@pytest.fixture(scope="module")
def some() -> list[distributions.Distribution]:
    """8,000 distributions, 1,000 of each kind, with parameters from ordinary to absurd."""
    rng = random.Random(1)
    made: list[distributions.Distribution] = []
    for i in range(1000):
        time_ns, factor = 10.0 ** rng.uniform(-2, 18.5), 10.0 ** rng.uniform(-3, 2)
        made += (
            distributions.constant(rng.choice((-1, 1)) * rng.randrange(10**6) / 2),
            distributions.exponential(time_ns),
            distributions.uniform_between(-factor * time_ns, time_ns),
            distributions.lognormal(time_ns, time_ns * (1 + factor)),
            distributions.normal(time_ns, factor * time_ns),
            distributions.gamma(time_ns, factor),
            distributions.pareto(time_ns, factor),
            TABLES[i % len(TABLES)],
        )
    return made


def test_draws(rng: random.Random) -> None:
    compare(chance.uniform_pair, (words(rng) for _ in range(INPUTS)))


def test_one_lane(rng: random.Random) -> None:
    """Fewer inputs: what is new against `uniform_pair` is the choice."""
    compare(chance.uniform, ((*words(rng), i & 1) for i in range(FEWER)), FEWER)


def test_durations(rng: random.Random, some: list[distributions.Distribution]) -> None:
    compare(distributions.sample_ns, ((*some[i % len(some)], *words(rng)) for i in range(INPUTS)))


def test_skews(rng: random.Random, some: list[distributions.Distribution]) -> None:
    """Fewer inputs: what is new against `sample_ns` is the rounding, which has a test of its own."""
    compare(distributions.sample_signed_ns, ((*some[i % len(some)], *words(rng)) for i in range(FEWER)), FEWER)


def test_quantiles_of_the_normal(rng: random.Random) -> None:
    """Tails included: u is as often near 0 or 1 as in the middle."""

    def inputs() -> Iterator[tuple[float]]:
        for _ in range(INPUTS // 2):
            yield (rng.random() or 0.5,)
            tail = 10.0 ** rng.uniform(-16, -1)
            yield (tail if rng.random() < 0.5 else 1.0 - tail,)

    compare(normal.normal_quantile, inputs())


def test_gamma_variates(rng: random.Random) -> None:
    compare(distributions.gamma_variate, ((10.0 ** rng.uniform(-4, 6), *words(rng)) for _ in range(INPUTS)))


def test_arrival_of_messages(rng: random.Random, some: list[distributions.Distribution]) -> None:
    def inputs() -> Iterator[tuple[Any, ...]]:
        for i in range(INPUTS):
            link = rng.randrange(3), rng.random() < 0.5, rng.randrange(4), *some[i % len(some)]
            loss = rng.choice((0.0, 0.001, rng.random(), 1.0))
            yield *link, loss, rng.choice((-1, rng.randrange(10**11))), *words(rng)

    compare(network.arrival_delay_ns, inputs())


def test_getting_through_an_outage(rng: random.Random) -> None:
    compare(network.through_after_ns, ((rng.randrange(3), rng.randrange(10**11), rng.randrange(10**11), rng.choice((-1, rng.randrange(10**11))))
                                       for _ in range(FEWER)), FEWER)


def test_choices_of_instances(rng: random.Random) -> None:
    compare(balancing.drawn_of, ((rng.random() or 0.5, rng.randrange(1, 2000)) for _ in range(FEWER)), FEWER)
    compare(balancing.second_of, ((rng.random() or 0.5, rng.randrange(2), rng.randrange(2, 2000)) for _ in range(FEWER)), FEWER)


def test_shares(rng: random.Random) -> None:
    compare(sharing.attained, ((10.0 ** rng.uniform(0, 16), rng.randrange(10**12), rng.randrange(1, 5000), rng.choice((-1, rng.randrange(1, 99))))
                               for _ in range(FEWER)), FEWER)
    compare(sharing.done_after_ns, ((rng.uniform(-1, 1) * 10.0 ** rng.uniform(0, 15), rng.randrange(1, 5000), rng.choice((-1, rng.randrange(1, 99))))
                                    for _ in range(FEWER)), FEWER)


def rates(rng: random.Random) -> arrivals.RateTable:
    at_ns, steps = rng.randrange(10**9), []
    for _ in range(rng.randrange(1, 8)):
        steps.append((at_ns, rng.choice((0.0, 0.1, 10.0 ** rng.uniform(-4, 6)))))
        at_ns += rng.randrange(1, 10**11)
    return arrivals.rate_table(steps)


def test_poisson_arrivals(rng: random.Random) -> None:
    tables = [rates(rng) for _ in range(500)]

    def inputs() -> Iterator[tuple[Any, ...]]:
        for i in range(INPUTS):
            starts_ns, rates_per_s, _ = tables[i % len(tables)]
            yield rng.randrange(2 * starts_ns[-1] + 1), rng.random() or 0.5, starts_ns, rates_per_s

    compare(arrivals.next_poisson_ns, inputs())


def test_constant_arrivals(rng: random.Random) -> None:
    tables = [rates(rng) for _ in range(500)]
    compare(arrivals.constant_ns, ((int(10.0 ** rng.uniform(0, 9)), *tables[i % 500]) for i in range(INPUTS)))


def test_ramps(rng: random.Random) -> None:
    tables = [ramps.ramp_table([(i * 10**9, rng.choice((0.0, 0.1, 10.0 ** rng.uniform(-4, 6)))) for i in range(rng.randrange(2, 6))]) for _ in range(500)]

    def inputs() -> Iterator[tuple[Any, ...]]:
        for i in range(INPUTS):
            starts_ns, rates_per_s, _ = tables[i % 500]
            yield rng.randrange(2 * starts_ns[-1]), rng.random() or 0.5, starts_ns, rates_per_s

    compare(ramps.next_on_ramp_ns, inputs())
    compare(ramps.even_on_ramp_ns, ((int(10.0 ** rng.uniform(0, 6)), *tables[i % 500]) for i in range(INPUTS)))


def test_waits(rng: random.Random) -> None:
    def inputs() -> Iterator[tuple[Any, ...]]:
        yield backoff.DECORRELATED_JITTER, 2**60, 2**60 + 1, 0, 0, 2.0**-54  # a cap that no float holds
        for _ in range(INPUTS):
            base, cap, previous = (int(2.0 ** rng.uniform(0, 62)) for _ in range(3))
            yield rng.randrange(7), base, cap, rng.randrange(100), previous, rng.random() or 0.5

    compare(backoff.delay_ns, inputs())


def test_rounding(rng: random.Random) -> None:
    special = (0.5, 1.5, -0.5, -2.5, 0.49999999999999994, 2.0**52 + 0.5, 2.0**62, -(2.0**62), inf, -inf, nan)

    def inputs() -> Iterator[tuple[float]]:
        for value in special:
            yield (value,)
        for _ in range(INPUTS):
            yield (rng.choice((-1, 1)) * rng.choice((rng.randrange(2**53) / 2, 2.0 ** rng.uniform(-3, 63))),)

    compare(clock.round_ns, inputs())


def test_wall_clocks(rng: random.Random) -> None:
    def inputs() -> Iterator[tuple[int, int, int]]:
        for _ in range(INPUTS):
            yield rng.randrange(2**61), rng.randrange(2**62), rng.randrange(-(2**40), 2**40)

    compare(clock.wall_clock_s, inputs())


def packed_fields(rng: random.Random, widths: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Fields of the given widths in bits; in one input of ten, one field has no room, and the error must name it."""
    for i in range(INPUTS):
        fields = [rng.getrandbits(bits) for bits in widths]
        if i % 10 == 0:
            wrong = i // 10 % len(widths)
            fields[wrong] = -1 if i % 20 == 0 else 1 << widths[wrong]
        yield tuple(fields)


def test_order_keys(rng: random.Random) -> None:
    compare(order.key_words, packed_fields(rng, (3, 8, 32, 24, 14, 20, 20)))


def test_counter_words(rng: random.Random) -> None:
    compare(chance.pack_index, packed_fields(rng, (12, 20, 20, 12)))


def test_attackers_addresses(rng: random.Random) -> None:
    def inputs() -> Iterator[tuple[int, int, int]]:
        for _ in range(INPUTS):
            yield rng.randrange(500_000), rng.randrange(17_000), rng.randrange(1000)

    compare(addresses.attacker_number, inputs())


def test_attackers_sources(rng: random.Random) -> None:
    compare(attackers.source_at, ((rng.random(), rng.randrange(1, 2**31)) for _ in range(INPUTS)))
    compare(attackers.is_captured, ((rng.random(), rng.random()) for _ in range(INPUTS)))
    compare(attackers.source_of_bot, (tuple(rng.randrange(1, 10**rng.randrange(1, 6)) for _ in range(4)) for _ in range(INPUTS)))
    compare(attackers.solved_ns, (tuple(rng.randrange(10**rng.randrange(1, 12)) for _ in range(4)) for _ in range(INPUTS)))


LAGS_NS = (0, 7, clock.NEVER_NS)


def test_verdicts_on_signatures(rng: random.Random) -> None:
    def inputs() -> Iterator[tuple[int, int, int, int, int, int]]:
        for _ in range(INPUTS):
            now_s = rng.randrange(2**32)
            yield rng.randrange(5), rng.randrange(2), now_s + rng.randrange(-400, 400), now_s, rng.randrange(2), order()

    def order() -> int:
        return credentials.order_of(rng.sample(credentials.CHECKS, 4))

    compare(credentials.verdict, inputs())
    compare(credentials.comes_to_nonce, ((rng.randrange(6), order()) for _ in range(INPUTS)))
    compare(credentials.is_known_nonce, ((rng.randrange(2), rng.randrange(-1, 20), rng.randrange(20), rng.choice(LAGS_NS)) for _ in range(INPUTS)))
    compare(credentials.rows_of_nonce, ((rng.randrange(-1, 3), rng.choice(LAGS_NS), rng.randrange(1, 9)) for _ in range(INPUTS)))


def test_counts_of_nonces(rng: random.Random) -> None:
    forget, keep = numba.njit(credentials.forget_nonces), numba.njit(credentials.keep_nonce)
    plain = [0] * credentials.NONCES_WIDTH
    fast = np.zeros(credentials.NONCES_WIDTH, np.int64)
    now_s = 1_239_235_200
    for _ in range(FEWER):
        now_s += rng.choice((0, 0, 0, 1, 7, 2000))
        timestamp_s, rows = now_s + rng.randrange(-300, 301), rng.randrange(5)
        for block, laws in ((plain, (credentials.forget_nonces, credentials.keep_nonce)), (fast, (forget, keep))):
            laws[0](block, now_s)
            laws[1](block, timestamp_s, rows)
        assert plain[credentials.HELD] == fast[credentials.HELD]
    assert plain == fast.tolist()
