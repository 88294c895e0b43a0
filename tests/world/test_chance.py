"""Chance: the generator against its published answers and a slow twin, addresses, and the quality of what they give."""

import hashlib
import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.world import chance
from sim.world.chance import (
    ATTACKING,
    AddressOverflow,
    pack_entity,
    pack_index,
    philox4x32,
    stream_key,
    uniform,
    uniform_pair,
)

ONES = 0xFFFFFFFF
word = st.integers(0, ONES)


def slow_philox(key: list[int], counter: list[int]) -> list[int]:
    """Philox4x32-10 as the paper's section 3.3 writes it: ten rounds on (L, R) pairs, the key bumped between rounds."""
    multipliers, weyl = (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85)
    for round_number in range(10):
        bumped = [(key[i] + round_number * weyl[i]) % 2**32 for i in (0, 1)]
        high0, low0 = divmod(multipliers[0] * counter[0], 2**32)
        high1, low1 = divmod(multipliers[1] * counter[2], 2**32)
        counter = [high1 ^ counter[1] ^ bumped[0], low1, high0 ^ counter[3] ^ bumped[1], low0]
    return counter


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        ("00000000 00000000", "00000000 " * 4, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff", "ffffffff " * 4, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            "a4093822 299f31d0",
            "243f6a88 85a308d3 13198a2e 03707344",
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_known_answers(key: str, counter: str, expected: str) -> None:
    """The three philox4x32 10 lines of kat_vectors in the authors' own library, Random123."""
    words = [int(part, 16) for part in (key + " " + counter).split()]
    assert expected == " ".join(f"{w:08x}" for w in philox4x32(*words))


@given(st.tuples(word, word), st.tuples(word, word, word, word))
def test_generator_equals_its_slow_twin(key: tuple[int, int], counter: tuple[int, int, int, int]) -> None:
    assert slow_philox(list(key), list(counter)) == list(philox4x32(*key, *counter))


@given(st.tuples(word, word, word, word, word, word))
def test_draws_come_from_the_top_53_bits_of_a_lane(address: tuple[int, int, int, int, int, int]) -> None:
    w0, w1, w2, w3 = slow_philox(list(address[:2]), list(address[2:]))
    expected = tuple(min((((high << 32 | low) >> 11) + 0.5) / 2**53, 1 - 2**-53) for high, low in ((w0, w1), (w2, w3)))
    assert expected == uniform_pair(*address)
    assert expected == (uniform(*address, 0), uniform(*address, 1))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((0, 0), 2.0**-54),
        ((0, 1 << 11), 1.5 * 2.0**-53),
        ((0x80000000, 0), 0.5),
        ((ONES, ONES), 1.0 - 2.0**-53),
        ((ONES, ONES - (1 << 11)), 1.0 - 2.0**-52),
    ],
)
def test_draws_stay_inside_the_open_interval(
    monkeypatch: pytest.MonkeyPatch, words: tuple[int, int], expected: float
) -> None:
    monkeypatch.setattr(chance, "philox4x32", lambda *_: words + words)
    assert (expected, expected) == uniform_pair(0, 0, 0, 0, 0, 0)
    assert expected == uniform(0, 0, 0, 0, 0, 0, 0) == uniform(0, 0, 0, 0, 0, 0, 1)
    assert 0.0 < expected < 1.0


def test_stream_key_is_the_stated_hash() -> None:
    digest = hashlib.sha256(b"diagram-sim/chance/1\n7\n3\nlatency").hexdigest()
    assert digest[:16] == "{:08x}{:08x}".format(*stream_key(7, 3, "latency"))


def test_stream_keys_differ_in_every_part() -> None:
    seeds = (0, 1, 11, -1, 2**64, 2**64 + 1)
    triples = list(itertools.product(seeds, (0, 1, 11), ("work", "work\n1", "1\nwork", "", "Ä")))
    assert len(triples) == len({stream_key(*triple) for triple in triples})


entity_fields = st.tuples(st.integers(0, 255), word, st.integers(0, 2**24 - 1))
index_fields = st.tuples(
    st.integers(0, 2**12 - 1), st.integers(0, 2**20 - 1), st.integers(0, 2**20 - 1), st.integers(0, 2**12 - 1)
)


@given(entity_fields, index_fields)
def test_every_address_is_one_counter(entity: tuple[int, int, int], index: tuple[int, int, int, int]) -> None:
    (c0, c1), (c2, c3) = pack_entity(*entity), pack_index(*index)
    assert all(0 <= c <= ONES for c in (c0, c1, c2, c3))
    assert entity == (c1 >> 24, c0, c1 & 0xFFFFFF)
    assert index == (c2 >> 20, c2 & 0xFFFFF, c3 >> 12, c3 & 0xFFF)
    assert (entity[0] >= ATTACKING) == (c1 >> 31 == 1)


@pytest.mark.parametrize(
    ("field", "limit", "arguments"),
    [
        ("class", 2**8, lambda v: pack_entity(v, 0, 0)),
        ("instance", 2**32, lambda v: pack_entity(0, v, 0)),
        ("visit", 2**24, lambda v: pack_entity(0, 0, v)),
        ("node", 2**12, lambda v: pack_index(v, 0, 0, 0)),
        ("iteration", 2**20, lambda v: pack_index(0, v, 0, 0)),
        ("attempt", 2**20, lambda v: pack_index(0, 0, v, 0)),
        ("sub", 2**12, lambda v: pack_index(0, 0, 0, v)),
    ],
)
def test_a_field_without_room_is_refused(field: str, limit: int, arguments) -> None:  # type: ignore[no-untyped-def]
    arguments(limit - 1)
    for value in (-1, limit):
        with pytest.raises(AddressOverflow) as caught:
            arguments(value)
        assert (field, value, limit) == caught.value.args
        assert f"{field} {value} is out of range: a run has room for 0..{limit - 1}" == str(caught.value)


def test_overflow_survives_the_way_between_processes() -> None:
    error = AddressOverflow("visit", 5, 4)
    assert error.args == pickle.loads(pickle.dumps(error)).args


def by_instance(i: int) -> tuple[float, float]:
    return uniform_pair(*KEY, *pack_entity(1, i, 0), *pack_index(3, 0, 1, 0))


def by_visit(i: int) -> tuple[float, float]:
    return uniform_pair(*KEY, *pack_entity(1, 5, i), *pack_index(3, 0, 1, 0))


def by_attempt(i: int) -> tuple[float, float]:
    return uniform_pair(*KEY, *pack_entity(1, 5, 0), *pack_index(3, 0, i, 0))


def by_replication(i: int) -> tuple[float, float]:
    return uniform_pair(*stream_key(1, i, "work"), *pack_entity(1, 5, 0), *pack_index(3, 0, 1, 0))


KEY = stream_key(20090409, 0, "quality")


@pytest.mark.parametrize("draws", [by_instance, by_visit, by_attempt, by_replication])
def test_neighbouring_addresses_are_uniform_and_independent(draws) -> None:  # type: ignore[no-untyped-def]
    """Seeds are fixed, so each p-value is one number; 1e-3 is far from what these give and from what a defect gives."""
    pairs = [draws(i) for i in range(20_000)]
    lane0, lane1 = [u for u, _ in pairs], [u for _, u in pairs]
    for lane in (lane0, lane1):
        assert stats.kstest(lane, "uniform").pvalue > 1e-3
        assert stats.pearsonr(lane[:-1], lane[1:]).pvalue > 1e-3
    assert stats.pearsonr(lane0, lane1).pvalue > 1e-3
