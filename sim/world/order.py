"""The order of events: at one instant, events happen in the order of a unique key, the same in every engine.

The key is (kind, class, entity, visit, node, iteration, attempt). Kind comes first, so that, for example, a reply at
the very instant of its timeout wins. Packed, most significant field first:

    kind 3 | class 8 | entity 32 | visit 24 | node 14 | iteration 20 | attempt 20      = 121 bits

The fields are those of an address of chance, but a node has two bits more here: a diagram's n nodes are followed by the
refusals and challenges of those nodes. `key` is one Python int (SimPy's priority); `key_words` is the same number in
two words for the compiled engine.
"""

from typing import Final

from sim.world.chance import AddressOverflow

SCHEDULED_CHANGE: Final = 0
END_OF_SERVICE: Final = 1
DELIVERY: Final = 2
TIMER: Final = 3
ARRIVAL: Final = 4

KIND_NAMES: Final = ("scheduled change", "end of service", "delivery", "timer", "arrival")

NODE_BITS: Final = 14
LOW_WORD_BITS: Final = 62
"""`key == high << LOW_WORD_BITS | low`; both are below 2**62, so signed and unsigned 64-bit words hold them."""


def key(kind: int, class_: int, entity: int, visit: int, node: int, iteration: int, attempt: int) -> int:
    """The order key of an event as one int below 2**121; raises `AddressOverflow` where a field has no room."""
    return entity_key(class_, entity, visit) | event_key(kind, node, iteration, attempt)


def entity_key(class_: int, entity: int, visit: int) -> int:
    """The entity's part of a key: computed once for a session, then or-ed with `event_key`. Not for compiled code."""
    if not (0 <= class_ < 256 and 0 <= entity < 4294967296 and 0 <= visit < 16777216):
        check_entity(class_, entity, visit)
    return class_ << 110 | entity << 78 | visit << 54


def event_key(kind: int, node: int, iteration: int, attempt: int) -> int:
    """The event's part of a key, to be or-ed with `entity_key`. Not for compiled code (it has 121 bits)."""
    if not (0 <= kind < 8 and 0 <= node < 16384 and 0 <= iteration < 1048576 and 0 <= attempt < 1048576):
        check_event(kind, node, iteration, attempt)
    return kind << 118 | node << 40 | iteration << 20 | attempt


def unpack(packed: int) -> tuple[int, int, int, int, int, int, int]:
    """The fields of a key: (kind, class, entity, visit, node, iteration, attempt)."""
    return (
        packed >> 118,
        packed >> 110 & 0xFF,
        packed >> 78 & 0xFFFFFFFF,
        packed >> 54 & 0xFFFFFF,
        packed >> 40 & 0x3FFF,
        packed >> 20 & 0xFFFFF,
        packed & 0xFFFFF,
    )


def key_words(
    kind: int, class_: int, entity: int, visit: int, node: int, iteration: int, attempt: int
) -> tuple[int, int]:
    """The key in two words (high, low) that compare, high first, as the key does; `AddressOverflow` as for `key`.

    The visit is cut in two: its upper 16 bits end the high word, its lower 8 begin the low one.
    """
    check_entity(class_, entity, visit)
    check_event(kind, node, iteration, attempt)
    high = kind << 56 | class_ << 48 | entity << 16 | visit >> 8
    low = (visit & 0xFF) << 54 | node << 40 | iteration << 20 | attempt
    return high, low


def check_entity(class_: int, entity: int, visit: int) -> None:
    """Raise `AddressOverflow` unless class, entity and visit have room in a key."""
    if not 0 <= class_ < 256:
        raise AddressOverflow("class", class_, 256)
    if not 0 <= entity < 4294967296:
        raise AddressOverflow("entity", entity, 4294967296)
    if not 0 <= visit < 16777216:
        raise AddressOverflow("visit", visit, 16777216)


def check_event(kind: int, node: int, iteration: int, attempt: int) -> None:
    """Raise `AddressOverflow` unless kind, node, iteration and attempt have room in a key."""
    if not 0 <= kind < 8:
        raise AddressOverflow("kind", kind, 8)
    if not 0 <= node < 16384:
        raise AddressOverflow("node", node, 16384)
    if not 0 <= iteration < 1048576:
        raise AddressOverflow("iteration", iteration, 1048576)
    if not 0 <= attempt < 1048576:
        raise AddressOverflow("attempt", attempt, 1048576)
