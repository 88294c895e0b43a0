"""Servers that are shared by all who are present (the rules of :mod:`sim.engines.sharing`).

Those present are a pairing heap of visits, by when they are done and then by when they came (M. L. Fredman, R. Sedgewick,
D. D. Sleator, R. E. Tarjan, "The Pairing Heap", Algorithmica 1, 1986): it stands in the visits, so nothing of it grows.
"""

from sim.engines.loop.heap import at
from sim.engines.loop.memory import (
    EVENT,
    F_ITERATION,
    F_NODE,
    F_PATH,
    FREE_TICK,
    IS_DUE,
    NEXT_WAITING,
    NOW_NS,
    TICK_WHO,
    TICK_WIDTH,
    V_CAME,
    V_CHILD,
    V_DONE_AT,
    V_FLIGHT,
    V_SESSION,
    WORK_NS,
    as_floats,
    give,
    key_of,
    take,
)
from sim.measure.sharing import beyond_servers, share
from sim.plan import cells as c
from sim.world.order import END_OF_SERVICE
from sim.world.sharing import attained, done_after_ns


def pass_virtual_time(m: list[int], who: int) -> None:
    """Bring the virtual time to now; nobody came or went since it was looked at last."""
    virtual = as_floats(m, who + c.VIRTUAL)
    if m[who + c.SHARING] == 0:
        virtual[0] = 0.0
    else:
        virtual[0] = attained(virtual[0], m[NOW_NS] - m[who + c.VIRTUAL_AT_NS], m[who + c.SHARING], m[who + c.SHARED])
    m[who + c.VIRTUAL_AT_NS] = m[NOW_NS]


def join_share(m: list[int], b: list[int], q: list[int], visit: int, who: int) -> None:
    """Somebody is taken up: from now on it has its share."""
    pass_virtual_time(m, who)
    m[who + c.CAME] += 1
    m[visit + V_CAME] = m[who + c.CAME]
    as_floats(m, visit + V_DONE_AT)[0] = as_floats(m, who + c.VIRTUAL)[0] + m[visit + WORK_NS]
    m[visit + V_CHILD] = 0
    m[visit + NEXT_WAITING] = 0
    m[who + c.FIRST_DONE] = visit if m[who + c.SHARING] == 0 else meld(m, m[who + c.FIRST_DONE], visit)
    m[who + c.SHARING] += 1
    count_beyond(m, b, who, m[who + c.SHARING] - 1, m[who + c.SHARED])
    look_ahead(m, q, who)


def is_done_before(m: list[int], one: int, other: int) -> bool:
    """Whether one visit is done before another."""
    mine, theirs = as_floats(m, one + V_DONE_AT)[0], as_floats(m, other + V_DONE_AT)[0]
    return mine < theirs or (mine == theirs and m[one + V_CAME] < m[other + V_CAME])


def meld(m: list[int], one: int, other: int) -> int:
    """Two heaps as one."""
    if is_done_before(m, other, one):
        one, other = other, one
    m[other + NEXT_WAITING] = m[one + V_CHILD]
    m[one + V_CHILD] = other
    return one


def take_first_done(m: list[int], who: int) -> int:
    """Who is done first, taken out: its children are melded in pairs, and these from the last to the first."""
    first = m[who + c.FIRST_DONE]
    child, pairs = m[first + V_CHILD], 0
    while child != 0:
        other = m[child + NEXT_WAITING]
        following = m[other + NEXT_WAITING] if other != 0 else 0
        pair = meld(m, child, other) if other != 0 else child
        m[pair + NEXT_WAITING] = pairs
        pairs, child = pair, following
    whole = pairs
    if whole != 0:
        pairs = m[whole + NEXT_WAITING]
        m[whole + NEXT_WAITING] = 0
    while pairs != 0:
        following = m[pairs + NEXT_WAITING]
        whole, pairs = meld(m, whole, pairs), following
    m[who + c.FIRST_DONE] = whole
    m[who + c.SHARING] -= 1
    return first


def count_beyond(m: list[int], b: list[int], who: int, present: int, servers: int) -> None:
    """The account of those beyond the servers, after so many were present and so many servers shared."""
    more = beyond_servers(m[who + c.SHARING], m[who + c.SHARED]) - beyond_servers(present, servers)
    share(b, m[who + c.METER], more, m[NOW_NS])


def look_ahead(m: list[int], q: list[int], who: int) -> None:
    """Say when the first of those present will be done. What was said before is not heeded any more."""
    if m[who + c.SHARING] == 0:
        m[who + c.DUE_NS] = -1
        return
    visit = m[who + c.FIRST_DONE]
    left = as_floats(m, visit + V_DONE_AT)[0] - as_floats(m, who + c.VIRTUAL)[0]
    due_ns = m[who + c.VIRTUAL_AT_NS] + done_after_ns(left, m[who + c.SHARING], m[who + c.SHARED])
    m[who + c.DUE_NS] = due_ns
    tick, flight = take(m, FREE_TICK, TICK_WIDTH), m[visit + V_FLIGHT]
    m[tick + EVENT], m[tick + TICK_WHO] = IS_DUE, who
    key_of(m, tick, m[visit + V_SESSION], END_OF_SERVICE, m[flight + F_NODE], m[flight + F_ITERATION], m[flight + F_PATH])
    if not at(m, q, due_ns, tick):
        give(m, FREE_TICK, tick)


def done_now(m: list[int], tick: int) -> int:
    """The visit that is done now; 0 if what was said is no longer so."""
    who = m[tick + TICK_WHO]
    give(m, FREE_TICK, tick)
    if m[who + c.DUE_NS] != m[NOW_NS]:
        return 0
    pass_virtual_time(m, who)
    return take_first_done(m, who)


def leave_share(m: list[int], b: list[int], q: list[int], who: int) -> None:
    """Somebody is gone: the others have larger shares."""
    count_beyond(m, b, who, m[who + c.SHARING] + 1, m[who + c.SHARED])
    look_ahead(m, q, who)


def change_share(m: list[int], b: list[int], q: list[int], who: int, servers: int) -> None:
    """So many servers are shared from now on."""
    pass_virtual_time(m, who)
    before = m[who + c.SHARED]
    m[who + c.SHARED] = servers
    count_beyond(m, b, who, m[who + c.SHARING], before)
    look_ahead(m, q, who)
