"""Scheduled changes: the beginnings and ends of faults (the rules of :mod:`sim.engines.scheduled`)."""

from sim.engines.loop.heap import at
from sim.engines.loop.memory import CHANGES, EVENT, HIGH, LOW
from sim.engines.loop.sharing import change_share
from sim.engines.loop.station import take_next
from sim.plan import cells as c
from sim.world.order import SCHEDULED_CHANGE, key_words


def schedule_changes(m: list[int], q: list[int]) -> None:
    """Schedule all of them; what would be after the end does not happen."""
    changes = m[c.CHANGE_LIST]
    if changes != 0:
        for k in range(changes + 1, changes + 1 + m[changes]):
            change = m[k]
            m[change + EVENT] = CHANGES
            m[change + HIGH], m[change + LOW] = key_words(
                SCHEDULED_CHANGE, 0 if m[change + c.CHANGE_ENDS] == 1 else 1, m[change + c.CHANGE_INDEX], 0, 0, 0, 0)
            at(m, q, m[change + c.CHANGE_AT_NS], change)


def change(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], event: int) -> None:
    """From now on it is so."""
    links = m[event + c.CHANGE_LINKS]
    if links != 0:
        for k in range(links + 1, links + 1 + m[links], c.CHANGED_LINK_WIDTH):
            link = m[k]
            m[link + c.LATENCY], m[link + c.LOSS], m[link + c.OUT_UNTIL_NS] = m[k + 1], m[k + 2], m[k + 3]
    servers = m[event + c.CHANGE_WHO]
    if servers != 0:
        for k in range(servers + 1, servers + 1 + m[servers]):
            who = m[k]
            m[who + c.DOOR], m[who + c.CAPACITY_SERVERS] = m[event + c.CHANGE_CLOSED], m[event + c.CHANGE_SERVERS]
            m[who + c.SLOWER] = m[event + c.CHANGE_SLOWER]
            if m[who + c.SHARES] == 0:
                take_next(m, x, b, q, r, who)
                continue
            m[who + c.CAPACITY_SERVERS] = m[who + c.CAPACITY] if m[who + c.DOOR] == c.DOOR_OPEN else 0
            if m[who + c.DOOR] == c.DOOR_OPEN:  # of an outage those who are present notice nothing
                change_share(m, b, q, who, m[event + c.CHANGE_SERVERS])
