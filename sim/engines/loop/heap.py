"""What is to come: a heap of four children a node, ordered by time, then by the key of the event.

An entry is two cells of ``q``: when (ns), and the address of the event, which holds its key in two words.
"""

from sim.engines.loop.memory import HIGH, LOW, NOW_NS, WAITING_EVENTS
from sim.plan.cells import END_NS


class Contradiction(RuntimeError):  # noqa: N818 - a fault, as everywhere here
    """What cannot be: an event before the one that was before it, or of no kind. ``args``: its address, and when it is."""


def comes_before(m: list[int], one_ns: int, one: int, other_ns: int, other: int) -> bool:
    """Whether one event comes before another."""
    if one_ns != other_ns:
        return one_ns < other_ns
    if m[one + HIGH] != m[other + HIGH]:
        return m[one + HIGH] < m[other + HIGH]
    return m[one + LOW] < m[other + LOW]


def at(m: list[int], q: list[int], time_ns: int, event: int) -> bool:
    """Let an event happen at a time; after the end nothing does, and that is False."""
    if time_ns >= m[END_NS]:
        return False
    child = m[WAITING_EVENTS]
    m[WAITING_EVENTS] = child + 1
    while child > 0:
        parent = (child - 1) >> 2
        parent_ns = q[2 * parent]
        if parent_ns < time_ns or not comes_before(m, time_ns, event, parent_ns, q[2 * parent + 1]):
            break
        q[2 * child] = parent_ns
        q[2 * child + 1] = q[2 * parent + 1]
        child = parent
    q[2 * child] = time_ns
    q[2 * child + 1] = event
    return True


def next_event(m: list[int], q: list[int]) -> int:
    """Take out the event that comes first, and set the clock to it."""
    event = q[1]
    if q[0] < m[NOW_NS]:
        raise Contradiction(event, q[0])
    m[NOW_NS] = q[0]
    size = m[WAITING_EVENTS] - 1
    m[WAITING_EVENTS] = size
    if size == 0:
        return event
    last_ns, last = q[2 * size], q[2 * size + 1]
    hole = 0
    while True:
        child = 4 * hole + 1
        if child >= size:
            break
        least, least_ns = child, q[2 * child]
        for other in range(child + 1, min(child + 4, size)):
            other_ns = q[2 * other]
            if other_ns < least_ns or (
                other_ns == least_ns and comes_before(m, other_ns, q[2 * other + 1], least_ns, q[2 * least + 1])
            ):
                least, least_ns = other, other_ns
        if last_ns < least_ns or (last_ns == least_ns and comes_before(m, last_ns, last, least_ns, q[2 * least + 1])):
            break
        q[2 * hole] = least_ns
        q[2 * hole + 1] = q[2 * least + 1]
        hole = least
    q[2 * hole] = last_ns
    q[2 * hole + 1] = last
    return event
