"""A server: its waiting room, what it takes up, and what leaves when that is over (the rules of :mod:`sim.engines.station`)."""

from sim.engines.loop.admission import is_request, passes, passes_edge, reason_of
from sim.engines.loop.calls import failed, new_visit, refuse
from sim.engines.loop.credentials import count_nonces
from sim.engines.loop.guards import (
    end_of_request,
    tell_end,
)
from sim.engines.loop.heap import at
from sim.engines.loop.memory import (
    ARRIVED_NS,
    AT,
    C0,
    C1,
    CALLER,
    CLASS,
    CONTEXT,
    EVENT,
    F_AFTER_NS,
    F_ATTEMPT,
    F_BY,
    F_ITERATION,
    F_NEW,
    F_NODE,
    F_OUTCOME,
    F_PATH,
    F_RECORD,
    F_SESSION,
    F_STATUS,
    F_STEP,
    FLYING,
    IS_HELD,
    IS_SERVED,
    NETWORK_METER,
    NOT_HEARING,
    NOW_NS,
    REACTION,
    SERVICE,
    TAKEN_UP_NS,
    TOLD_AFTER_NS,
    V_AFTER,
    V_BEFORE,
    V_FLIGHT,
    V_REFUSED_BY,
    V_SESSION,
    V_SOCKET,
    V_STEP,
    WORK_NS,
    do_later,
    do_now,
    key_of,
)
from sim.engines.loop.network import draw_ns, free_flight, opened
from sim.engines.loop.record import note_finished, note_handled, note_outcome, note_received, note_started
from sim.engines.loop.sharing import join_share, leave_share
from sim.engines.loop.sockets import finds_place, holds_place, rest
from sim.engines.loop.waiting import next_waiting, queue
from sim.engines.loop.walk import deny, hear, walk
from sim.measure.accumulators import DELIVERED, admit, arrive, count, count_reason, hold, leave, take_up, turn_away
from sim.measure.attacking import occupy
from sim.plan import cells as c
from sim.world.clock import round_duration_ns
from sim.world.order import END_OF_SERVICE

UNLIMITED = -1
HELD, RELEASED = 1, -1


def react(m: list[int], x: list[float], b: list[int], r: list[int], visit: int) -> None:
    """Hear the message, then walk on as far as the turn goes; or refuse."""
    flight = m[visit + V_FLIGHT]
    if flight != 0 and m[flight + F_STATUS] != 0:
        m[m[flight + F_ATTEMPT] + TOLD_AFTER_NS] = m[flight + F_AFTER_NS]
        agreed = failed(m, x, b, r, visit, m[flight + F_ATTEMPT], m[flight + F_STATUS], m[flight + F_BY])
    else:
        if flight != 0:
            hear(m, m[visit + V_SESSION], flight, m[flight + F_STEP], m[visit + AT])
        agreed = walk(m, x, b, r, visit, m[visit + V_STEP])
    if not agreed:
        refuse(m, visit)


def reach_server(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], flight: int, who: int) -> None:
    """A message arrives."""
    now = m[NOW_NS]
    if m[who + c.MOST_SOCKETS] != 0 and m[who + c.DOOR] == c.DOOR_OPEN and holds_place(m, q, flight, who):
        return
    context = opened(m, x, b, r, flight, True)
    if context == 0:
        note_handled(r, m[flight + F_RECORD], now)
        free_flight(m, flight)
        return
    visit = new_visit(m, m[flight + F_SESSION], context, who, m[m[flight + F_STEP] + c.NEXT], flight)
    come_in(m, x, b, q, r, visit, flight, who)


def come_on(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], visit: int) -> None:
    """A request was held at the edge for long enough."""
    flight = m[visit + V_FLIGHT]
    m[FLYING] -= 1
    count(b, m[NETWORK_METER], DELIVERED, m[NOW_NS])
    note_received(r, m[flight + F_RECORD], m[NOW_NS])
    m[flight + F_OUTCOME] = c.DELIVERED
    m[visit + EVENT] = IS_SERVED
    m[visit + ARRIVED_NS] = m[NOW_NS]
    come_in(m, x, b, q, r, visit, flight, m[visit + AT])


def come_in(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], visit: int, flight: int, who: int) -> None:
    """Past the edge, to a free server, into the waiting room, or to a closed door."""
    now, attempt, context = m[NOW_NS], m[flight + F_ATTEMPT], m[visit + CONTEXT]
    if m[who + c.PROTECTION] != 0 and is_request(m, flight) and not passes_edge(m, x, b, q, r, visit, flight, who):
        return
    if m[who + c.MOST_SOCKETS] != 0 and m[who + c.DOOR] == c.DOOR_OPEN and is_request(m, flight):
        if not finds_place(m, visit, flight, who):
            turn_from_door(m, x, b, r, visit, flight, who, c.BY_CONNECTIONS, m[who + c.SOCKETS_DROP] == 1)
            return
    is_back = attempt != 0 and m[attempt + IS_HELD] == 1 and m[attempt + CALLER] == who
    is_new = attempt == 0 or attempt == context
    shares = m[who + c.SHARES] == 1
    if not is_back and m[who + c.CAPACITY_SERVERS] != UNLIMITED and m[who + c.BUSY] >= m[who + c.CAPACITY_SERVERS] and (
            is_new or not shares):
        if is_new and m[who + c.DOOR] != c.DOOR_OPEN:
            turn_from_door(m, x, b, r, visit, flight, who, c.BY_OUTAGE, m[who + c.DOOR] == c.DOOR_DROPS)
            return
        if is_new and (shares or (m[who + c.CAPACITY] != UNLIMITED and m[who + c.WAITING] >= m[who + c.CAPACITY])):
            turn_from_door(m, x, b, r, visit, flight, who, c.BY_QUEUE, m[who + c.DROPS] == 1)
            return
        arrive(b, m[who + c.METER], now)
        come_inside(m, visit, who)
        queue(m, visit, who)
        return
    if is_back:
        hold(b, m[who + c.METER], RELEASED, now)
    else:
        m[who + c.BUSY] += 1
    admit(b, m[who + c.METER], now)
    come_inside(m, visit, who)
    begin_service(m, x, b, q, r, visit, who)


def come_inside(m: list[int], visit: int, who: int) -> None:
    """Add a visit to those that are inside."""
    first = m[who + c.FIRST_INSIDE]
    m[visit + V_BEFORE] = 0
    m[visit + V_AFTER] = first
    if first != 0:
        m[first + V_BEFORE] = visit
    m[who + c.FIRST_INSIDE] = visit


def go_outside(m: list[int], visit: int, who: int) -> None:
    """Take a visit from those that are inside."""
    before, after = m[visit + V_BEFORE], m[visit + V_AFTER]
    if before != 0:
        m[before + V_AFTER] = after
    else:
        m[who + c.FIRST_INSIDE] = after
    if after != 0:
        m[after + V_BEFORE] = before


def turn_from_door(m: list[int], x: list[float], b: list[int], r: list[int], visit: int, flight: int, who: int, by: int,
                   drops: bool) -> None:
    """The waiting room is full, or the door is closed."""
    now = m[NOW_NS]
    turn_away(b, m[who + c.METER], now, reason_of(m, by))
    note_finished(r, m[flight + F_RECORD], now)
    if m[visit + V_SOCKET] != 0:
        rest(m, visit, who)
    tell_end(m, x, visit, 1)
    if drops:
        note_outcome(r, m[flight + F_RECORD], c.DROPPED, by)
        m[flight + F_OUTCOME] = c.DROPPED
        do_later(m, visit, NOT_HEARING, flight, by)
    else:
        deny(m, 503, by)
        refuse(m, visit)
    do_now(m, visit, REACTION)


def begin_service(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], visit: int, who: int) -> None:
    """Decide all that a visit does, and serve it for as long as that takes."""
    now = m[NOW_NS]
    flight = m[visit + V_FLIGHT]
    m[visit + TAKEN_UP_NS] = now
    note_started(r, m[flight + F_RECORD], now)
    constant_ns = m[m[who + c.HANDLING] + m[m[flight + F_STEP] + c.INDEX]]
    admitted = True
    if m[who + c.PROTECTION] != 0 and is_request(m, flight):
        m[visit + WORK_NS] = upkeep_ns(m, x, flight, who)
        admitted = passes(m, x, b, visit, flight, who)
        if admitted:
            m[visit + WORK_NS] += message_work_ns(m, x, flight, who)
    elif constant_ns >= 0 and m[flight + F_NEW] == 0 and m[flight + F_STATUS] == 0:
        m[visit + WORK_NS] = constant_ns
    else:
        m[visit + WORK_NS] = handling_ns(m, x, flight, who)
    if admitted:
        react(m, x, b, r, visit)
    if m[who + c.SLOWER] != 0:
        m[visit + WORK_NS] = round_duration_ns(m[visit + WORK_NS] * x[m[who + c.SLOWER] - 1])
    if m[who + c.NONCES] >= 0:
        count_nonces(m, b, who)
    if m[who + c.SHARES] == 1:
        join_share(m, b, q, visit, who)
        return
    key_of(m, visit, m[visit + V_SESSION], END_OF_SERVICE, m[flight + F_NODE], m[flight + F_ITERATION], m[flight + F_PATH])
    at(m, q, now + m[visit + WORK_NS], visit)


def handling_ns(m: list[int], x: list[float], flight: int, who: int) -> int:
    """The work of the message itself: the handshake of a new connection, parsing, and what the scenario names for it."""
    return upkeep_ns(m, x, flight, who) + message_work_ns(m, x, flight, who)


def upkeep_ns(m: list[int], x: list[float], flight: int, who: int) -> int:
    """What comes before anything is decided: the handshake of a new connection, and parsing."""
    session, step = m[flight + F_SESSION], m[flight + F_STEP]
    c0, c1 = m[session + C0], m[session + C1]
    c2, c3 = (m[flight + F_NODE] & 0xFFF) << 20 | m[flight + F_ITERATION], m[flight + F_PATH] << 12
    work = 0
    if m[flight + F_NEW] == 1 and m[who + c.HANDSHAKE] != 0:
        work += draw_ns(m, x, m[who + c.HANDSHAKE], c.S_HANDSHAKE, c0, c1, c2, c3)
    if m[who + c.PARSE] != 0 and m[step + c.KIND] != c.OUTSIDE:
        work += draw_ns(m, x, m[who + c.PARSE], c.S_PARSE, c0, c1, c2, c3)
    return work


def message_work_ns(m: list[int], x: list[float], flight: int, who: int) -> int:
    """What the scenario names for the message."""
    session = m[flight + F_SESSION]
    draw = m[m[who + c.WORK] + m[m[flight + F_STEP] + c.INDEX]]
    if draw == 0 or m[flight + F_STATUS] != 0:
        return 0
    return draw_ns(
        m,
        x,
        draw,
        c.S_WORK,
        m[session + C0],
        m[session + C1],
        (m[flight + F_NODE] & 0xFFF) << 20 | m[flight + F_ITERATION],
        m[flight + F_PATH] << 12,
    )


def end_service(m: list[int], x: list[float], b: list[int], r: list[int], visit: int) -> None:
    """The end of service: what it led to leaves, and then the next one is taken up."""
    who, flight = m[visit + AT], m[visit + V_FLIGHT]
    now = m[NOW_NS]
    note_finished(r, m[flight + F_RECORD], now)
    is_new = m[flight + F_ATTEMPT] == 0 or m[flight + F_ATTEMPT] == m[visit + CONTEXT]
    began_ns = now - m[visit + WORK_NS] if m[who + c.SHARES] == 1 else m[visit + TAKEN_UP_NS]
    refused = reason_of(m, m[visit + V_REFUSED_BY])
    leave(b, m[who + c.METER], m[visit + ARRIVED_NS], began_ns, now, refused, 1 if is_new else 0)
    class_row = m[m[visit + V_SESSION] + CLASS]
    if m[class_row + c.IS_ATTACK] == 1:
        occupy(b, m[class_row + c.CLASS_METER], began_ns, now)
    if m[who + c.PROTECTION] != 0:
        end_of_request(m, x, b, visit)
    go_outside(m, visit, who)
    if m[visit + V_SOCKET] != 0:
        rest(m, visit, who)
    m[who + c.STAYS] = 0
    do_now(m, visit, SERVICE)


def release(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], who: int) -> None:
    """A server is free: it takes up who is next."""
    m[who + c.BUSY] -= 1
    if m[who + c.SHARES] == 1:
        leave_share(m, b, q, who)
    else:
        take_next(m, x, b, q, r, who)


def take_next(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], who: int) -> None:
    """Take up who is next, while there are free servers."""
    while m[who + c.WAITING] > 0 and (m[who + c.CAPACITY_SERVERS] == UNLIMITED or m[who + c.BUSY] < m[who + c.CAPACITY_SERVERS]):
        visit = next_waiting(m, who)
        m[who + c.WAITING] -= 1
        m[who + c.BUSY] += 1
        take_up(b, m[who + c.METER], m[visit + ARRIVED_NS], m[NOW_NS])
        begin_service(m, x, b, q, r, visit, who)


def leave_or_stay(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], who: int) -> None:
    """After a visit, or a call that failed: its server goes on being held, or is free."""
    if m[who + c.STAYS] == 1:
        hold(b, m[who + c.METER], HELD, m[NOW_NS])
    else:
        release(m, x, b, q, r, who)


def refused_later(m: list[int], b: list[int], visit: int, who: int) -> None:
    """What was served is refused after all: a call that it needed got no answer."""
    if m[visit + V_REFUSED_BY] >= 0:
        count_reason(b, m[who + c.METER], reason_of(m, m[visit + V_REFUSED_BY]))
