"""A server's waiting room, and who is next (:mod:`sim.engines.waiting`, :mod:`sim.world.queues`)."""

from sim.engines.loop.guards import MARGIN, address_of, claimed, proven_before
from sim.engines.loop.memory import (
    CALLER,
    CONTEXT,
    F_ATTEMPT,
    F_TICKET,
    FROM,
    IP,
    NEXT_WAITING,
    NUMBER,
    TIGHT,
    V_FLIGHT,
    V_SESSION,
    beyond,
)
from sim.plan import cells as c
from sim.world.queues import COUNT, EFFORT, ROOM, dequeue, enqueue, level_of


def queue(m: list[int], visit: int, who: int) -> None:
    """Put a visit into the waiting room."""
    if m[who + c.QUEUE] != 0:
        queue_by_order(m, visit, who)
        return
    m[visit + NEXT_WAITING] = 0
    last = m[who + c.LAST_WAITING]
    if m[who + c.WAITING] == 0:
        m[who + c.FIRST_WAITING] = visit
        m[who + c.LAST_WAITING] = visit
    elif m[who + c.LIFO] == 1:
        m[visit + NEXT_WAITING] = m[who + c.FIRST_WAITING]
        m[who + c.FIRST_WAITING] = visit
    else:
        m[last + NEXT_WAITING] = visit
        m[who + c.LAST_WAITING] = visit
    m[who + c.WAITING] += 1


def next_waiting(m: list[int], who: int) -> int:
    """Who is taken up next."""
    if m[who + c.QUEUE] == 0:
        visit = m[who + c.FIRST_WAITING]
        m[who + c.FIRST_WAITING] = m[visit + NEXT_WAITING]
        return visit
    return m[m[who + c.QUEUED] + dequeue(beyond(m, m[who + c.QUEUE]), beyond(m, m[who + c.FLOWS]))]


def queue_by_order(m: list[int], visit: int, who: int) -> None:
    """Put a visit into a waiting room whose order asks who waits: by its address, those with a proven key first."""
    context, flight, session = m[visit + CONTEXT], m[visit + V_FLIGHT], m[visit + V_SESSION]
    attempt = m[flight + F_ATTEMPT]
    if m[context + NUMBER] != 0:
        address = address_of(m, session, m[context + CALLER])
    elif attempt == 0:
        address = address_of(m, session, m[flight + FROM])
    else:
        address = m[session + IP]
    is_new = attempt == 0 or attempt == context
    rank = 0
    if is_new and m[who + c.ORDER] == EFFORT:
        rank = level_of(m[flight + F_TICKET])
    elif is_new and not proven_before(m, m[who + c.PROTECTION], claimed(m, flight), address):
        rank = 1
    line, flows = m[who + c.QUEUE], m[who + c.FLOWS]
    m[m[who + c.QUEUED] + enqueue(beyond(m, line), beyond(m, flows), address, rank)] = visit
    if m[line + COUNT] + MARGIN >= m[line + ROOM]:
        m[TIGHT] = 1
    m[who + c.WAITING] += 1
