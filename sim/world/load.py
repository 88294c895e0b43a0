"""Whether a server is under load: so that a mitigation can stand aside on calm days (``when``).

A server is under load once every request that it took up in a stretch of FOR_NS had waited for longer than OVER_NS, and no longer
once every one in such a stretch had not. What is looked at is the wait of each request when it is taken up.

A *watch* is a block of ints, with the two limits at its beginning.
"""

from collections.abc import MutableSequence

OVER_NS, FOR_NS, IS_HIGH, SINCE_NS, IS_ON = range(5)
WATCH_WIDTH = 5


def watch(over_ns: int, for_ns: int) -> list[int]:
    """A new watch, on a calm day."""
    return [over_ns, for_ns, 0, 0, 0]


def observe(watch: MutableSequence[int], now_ns: int, waited_ns: int) -> None:
    """A request is taken up that has waited for so long."""
    is_high = 1 if waited_ns > watch[OVER_NS] else 0
    if is_high != watch[IS_HIGH]:
        watch[IS_HIGH], watch[SINCE_NS] = is_high, now_ns
    if now_ns - watch[SINCE_NS] >= watch[FOR_NS]:
        watch[IS_ON] = is_high


LAWS = (observe,)
