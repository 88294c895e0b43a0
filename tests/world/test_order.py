"""The order of events: the packed key and its two words order as the tuple of fields does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world import order
from sim.world.chance import AddressOverflow

WIDTHS = {"kind": 3, "class": 8, "entity": 32, "visit": 24, "node": 14, "iteration": 20, "attempt": 20}
fields = st.tuples(*(st.integers(0, 2**bits - 1) for bits in WIDTHS.values()))
near = st.tuples(*(st.sampled_from([0, 1, (1 << bits) - 2, (1 << bits) - 1]) for bits in WIDTHS.values()))


def test_a_reply_at_the_instant_of_its_timeout_wins() -> None:
    kinds = (order.SCHEDULED_CHANGE, order.END_OF_SERVICE, order.DELIVERY, order.TIMER, order.ARRIVAL)
    assert (0, 1, 2, 3, 4) == kinds
    assert len(kinds) == len(order.KIND_NAMES)
    assert order.key(order.DELIVERY, 255, 9, 9, 9, 9, 9) < order.key(order.TIMER, 0, 0, 0, 0, 0, 0)


@given(fields | near, fields | near)
def test_key_orders_as_the_fields(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    expected = (left > right) - (left < right)
    keys = order.key(*left), order.key(*right)
    words = order.key_words(*left), order.key_words(*right)
    assert expected == (keys[0] > keys[1]) - (keys[0] < keys[1])
    assert expected == (words[0] > words[1]) - (words[0] < words[1])


@given(fields | near)
def test_key_holds_its_fields(parts: tuple[int, ...]) -> None:
    key = order.key(*parts)
    high, low = order.key_words(*parts)
    assert parts == order.unpack(key)
    assert key == high << order.LOW_WORD_BITS | low
    assert 0 <= key < 1 << 121
    assert 0 <= high < 1 << 62
    assert 0 <= low < 1 << 62
    kind, class_, entity, visit, node, iteration, attempt = parts
    assert key == order.entity_key(class_, entity, visit) | order.event_key(kind, node, iteration, attempt)


@pytest.mark.parametrize("position", range(7))
@pytest.mark.parametrize("make", [order.key, order.key_words])
def test_a_field_without_room_is_refused(make, position: int) -> None:  # type: ignore[no-untyped-def]
    field, bits = list(WIDTHS.items())[position]
    for value in (-1, 1 << bits):
        parts = [0] * 7
        parts[position] = value
        with pytest.raises(AddressOverflow) as caught:
            make(*parts)
        assert (field, value, 1 << bits) == caught.value.args
