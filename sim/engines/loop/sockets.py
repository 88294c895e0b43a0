"""The table of a server's connections (the rules of :mod:`sim.engines.sockets`)."""

from sim.engines.loop.calls import new_visit
from sim.engines.loop.guards import address_of
from sim.engines.loop.heap import at
from sim.engines.loop.memory import (
    CLASS,
    EVENT,
    F_ITERATION,
    F_NODE,
    F_OUTCOME,
    F_PATH,
    F_RECORD,
    F_SESSION,
    F_SOCKET,
    F_STEP,
    FREE_SOCKET,
    FROM,
    GIVING_UP,
    IS_CUT,
    IS_GOING,
    IS_OPEN,
    NOW_NS,
    REACTION,
    S_ADDRESS,
    S_AFTER,
    S_BEFORE,
    S_BUSY,
    S_CELL,
    S_IDLE_AFTER,
    S_IDLE_BEFORE,
    S_SINCE_NS,
    SOCKET_WIDTH,
    TO,
    V_SOCKET,
    WAITS,
    do_later,
    do_now,
    give,
    key_of,
    take,
)
from sim.engines.loop.network import connection_of, opened
from sim.engines.loop.record import note_finished, note_outcome
from sim.measure.accumulators import turn_away
from sim.plan import cells as c
from sim.world.order import TIMER


def finds_place(m: list[int], visit: int, flight: int, who: int) -> bool:
    """Whether a message that arrives has or finds a place."""
    cell = cell_of(m, flight, who)
    if cell == 0:
        return True
    close_idle(m, who)
    socket = m[cell]
    if socket == 0:
        address = address_of(m, m[flight + F_SESSION], m[flight + FROM])
        if is_full(m, who, address):
            return False
        socket = open_socket(m, who, address)
        m[cell] = socket
        m[socket + S_CELL] = cell
    elif m[socket + S_BUSY] == 0:
        wake(m, who, socket)
    m[socket + S_BUSY] += 1
    m[visit + V_SOCKET] = socket
    return True


def holds_place(m: list[int], q: list[int], flight: int, who: int) -> bool:
    """Whether a message is a slow attack's, and finds a place: it drips until it is cut, if it ever is."""
    session = m[flight + F_SESSION]
    attack = m[session + CLASS]
    if m[attack + c.IS_ATTACK] == 0 or m[attack + c.SOCKETS] < 0 or cell_of(m, flight, who) == 0:
        return False
    close_idle(m, who)
    address = address_of(m, session, m[flight + FROM])
    if is_full(m, who, address):
        return False
    m[flight + F_SOCKET] = open_socket(m, who, address)
    if m[session + IS_GOING] == 1 and m[session + WAITS] != 0:  # else it was given up on the way, which the server does not know
        m[m[session + WAITS] + IS_OPEN] = 0
        m[session + WAITS] = 0  # which is nobody's now, and somebody else's soon
    cut_ns = m[who + c.HEADER_NS]
    if cut_ns < 0 and m[attack + c.DRIP_NS] > m[who + c.IDLE_NS]:
        cut_ns = m[who + c.IDLE_NS]
    if cut_ns >= 0:
        m[flight + EVENT] = IS_CUT
        key_of(m, flight, session, TIMER, m[flight + F_NODE], m[flight + F_ITERATION], m[flight + F_PATH])
        at(m, q, m[NOW_NS] + cut_ns, flight)
    return True


def cell_of(m: list[int], flight: int, who: int) -> int:
    """Where a sender has its connection with a server, behind the times of use of all instances; 0 if it needs none."""
    if m[m[flight + F_STEP] + c.KIND] == c.OUTSIDE:
        return 0
    cell = connection_of(m, m[flight + F_SESSION], m[flight + FROM], who)
    return cell + m[m[m[c.SERVERS] + m[who + c.PART]]] if cell != 0 else 0


def is_full(m: list[int], who: int, address: int) -> bool:
    """Whether there is no place for one more connection, of this address."""
    if m[who + c.OPEN_SOCKETS] >= m[who + c.MOST_SOCKETS]:
        return True
    if m[who + c.PER_ADDRESS] < 0:
        return False
    found, socket = 0, m[who + c.FIRST_SOCKET]
    while socket != 0:
        if m[socket + S_ADDRESS] == address:
            found += 1
        socket = m[socket + S_AFTER]
    return found >= m[who + c.PER_ADDRESS]


def open_socket(m: list[int], who: int, address: int) -> int:
    """A connection takes a place."""
    socket, first = take(m, FREE_SOCKET, SOCKET_WIDTH), m[who + c.FIRST_SOCKET]
    m[socket + S_ADDRESS], m[socket + S_BUSY], m[socket + S_CELL] = address, 0, 0
    m[socket + S_BEFORE], m[socket + S_AFTER] = 0, first
    if first != 0:
        m[first + S_BEFORE] = socket
    m[who + c.FIRST_SOCKET] = socket
    m[who + c.OPEN_SOCKETS] += 1
    return socket


def close_socket(m: list[int], who: int, socket: int) -> None:
    """Give a place back."""
    before, after = m[socket + S_BEFORE], m[socket + S_AFTER]
    if before != 0:
        m[before + S_AFTER] = after
    else:
        m[who + c.FIRST_SOCKET] = after
    if after != 0:
        m[after + S_BEFORE] = before
    m[who + c.OPEN_SOCKETS] -= 1
    if m[socket + S_CELL] != 0 and m[m[socket + S_CELL]] == socket:  # unless a newcomer is there
        m[m[socket + S_CELL]] = 0
    give(m, FREE_SOCKET, socket)


def close_idle(m: list[int], who: int) -> None:
    """Close those on which nothing went on for too long; the idle stand in the order in which they became so."""
    while m[who + c.FIRST_IDLE] != 0 and m[m[who + c.FIRST_IDLE] + S_SINCE_NS] <= m[NOW_NS] - m[who + c.IDLE_NS]:
        socket = m[who + c.FIRST_IDLE]
        wake(m, who, socket)
        close_socket(m, who, socket)


def wake(m: list[int], who: int, socket: int) -> None:
    """Something goes on again: take it from among the idle."""
    before, after = m[socket + S_IDLE_BEFORE], m[socket + S_IDLE_AFTER]
    if before == 0:
        m[who + c.FIRST_IDLE] = after
    else:
        m[before + S_IDLE_AFTER] = after
    if after == 0:
        m[who + c.LAST_IDLE] = before
    else:
        m[after + S_IDLE_BEFORE] = before


def rest(m: list[int], visit: int, who: int) -> None:
    """A message has left the server."""
    socket = m[visit + V_SOCKET]
    m[visit + V_SOCKET] = 0
    m[socket + S_BUSY] -= 1
    if m[socket + S_BUSY] == 0:
        m[socket + S_SINCE_NS] = m[NOW_NS]
        last = m[who + c.LAST_IDLE]
        m[socket + S_IDLE_BEFORE], m[socket + S_IDLE_AFTER] = last, 0
        if last == 0:
            m[who + c.FIRST_IDLE] = socket
        else:
            m[last + S_IDLE_AFTER] = socket
        m[who + c.LAST_IDLE] = socket


def cut(m: list[int], x: list[float], b: list[int], r: list[int], flight: int) -> None:
    """A request was not complete in time: what came of it is dropped."""
    who = m[flight + TO]
    close_socket(m, who, m[flight + F_SOCKET])
    context = opened(m, x, b, r, flight, True)
    turn_away(b, m[who + c.METER], m[NOW_NS], m[m[c.REASON_NUMBERS] + c.BY_HEADER_TIMEOUT])
    note_finished(r, m[flight + F_RECORD], m[NOW_NS])
    note_outcome(r, m[flight + F_RECORD], c.DROPPED, c.BY_HEADER_TIMEOUT)
    m[flight + F_OUTCOME] = c.DROPPED
    visit = new_visit(m, m[flight + F_SESSION], context, who, c.DONE, flight)
    do_later(m, visit, GIVING_UP, m[flight + F_SESSION], c.TIMED_OUT << 32 | c.BY_HEADER_TIMEOUT + 1)
    do_now(m, visit, REACTION)
