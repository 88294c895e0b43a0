"""Challenges, and what clients do about them (the rules of :mod:`sim.engines.challenges`)."""

from sim.engines.loop.guards import chance_of, clear_event
from sim.engines.loop.heap import at
from sim.engines.loop.laws import ask, checked_ticket, checked_time
from sim.engines.loop.memory import (
    CALLED_IN,
    CALLER,
    CLASS,
    CONNECTION,
    DEADLINE,
    EVENT,
    F_ANSWERS,
    F_ASKED_KEY,
    F_ASKED_SERVED,
    F_ATTEMPT,
    F_BY,
    F_ITERATION,
    F_KEY,
    F_NODE,
    F_PATH,
    F_RECORD,
    F_ROWS,
    F_SERVED,
    F_SESSION,
    F_STATUS,
    F_STEP,
    F_TICKET,
    FLYING,
    IS_GOING,
    IS_OPEN,
    NETWORK_METER,
    NOW_NS,
    NUMBER,
    OF_SESSION,
    PARTNER,
    PATH,
    REQUEST_RECORD,
    SERVED,
    SOLVES,
    STEP,
    key_of,
)
from sim.engines.loop.network import free_flight, new_flight, send, unused
from sim.engines.loop.record import note_handled, note_received
from sim.measure.accumulators import DELIVERED as DELIVERED_COLUMN
from sim.measure.accumulators import count
from sim.plan import cells as c
from sim.world import moments as moment
from sim.world.order import TIMER

SERVERS_HASH_RATE = 1_000_000


def challenge(m: list[int], guard: int, who: int, asked: int) -> int:
    """The message that challenges a request."""
    attempt, step = m[asked + F_ATTEMPT], m[asked + F_STEP]
    around = m[attempt + SERVED]
    served = around if m[around + NUMBER] != 0 else 0
    flight = new_flight(m, m[asked + F_SESSION], step, attempt, served, m[attempt + CALLED_IN], m[attempt + PATH], who)
    m[flight + F_NODE] += 2 * (m[c.N_STEPS] + 1)
    m[flight + F_STATUS] = m[guard + c.GUARD_CODE]
    m[flight + F_BY] = m[guard + c.GUARD_BY]
    m[flight + F_ANSWERS] = guard
    m[flight + F_TICKET] = checked_ticket(m, m[m[c.EVENT_BLOCK] + moment.TICKET])
    m[flight + F_ASKED_KEY] = m[asked + F_KEY]
    m[flight + F_ASKED_SERVED] = m[asked + F_SERVED]
    if m[step + c.TAKES] == 1:
        for k in range(m[c.MOST_FACTS]):
            m[flight + F_ROWS + k] = m[asked + F_ROWS + k]
    return flight


def is_awaited(m: list[int], attempt: int) -> bool:
    """Whether a challenged attempt still waits."""
    return m[attempt + IS_OPEN] == 1 and (m[m[attempt + CALLER] + c.IS_SERVER] == 1 or m[m[attempt + OF_SESSION] + IS_GOING] == 1)


def hear_challenge(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], flight: int) -> None:
    """A challenge arrives: the client begins to work, if it still waits."""
    now, attempt, guard = m[NOW_NS], m[flight + F_ATTEMPT], m[flight + F_ANSWERS]
    m[FLYING] -= 1
    count(b, m[NETWORK_METER], DELIVERED_COLUMN, now)
    note_received(r, m[flight + F_RECORD], now)
    note_handled(r, m[flight + F_RECORD], now)
    if not is_awaited(m, attempt):
        free_flight(m, flight)
        return
    if m[attempt + CONNECTION] != 0:
        m[m[attempt + CONNECTION]] = now + 1
    work_ns = 0
    if m[guard + c.FIRST_LAW + c.CLIENT_HEARS] >= 0:
        event = clear_event(m, 0)
        is_server = m[m[attempt + CALLER] + c.IS_SERVER] == 1
        m[event + moment.NOW_NS] = now
        m[event + moment.ATTEMPT] = m[attempt + NUMBER]
        m[event + moment.TICKET] = m[flight + F_TICKET]
        m[event + moment.IS_ATTACKER] = 0 if is_server else m[m[m[flight + F_SESSION] + CLASS] + c.IS_ATTACK]
        m[event + moment.HASH_RATE] = SERVERS_HASH_RATE if is_server else m[m[m[flight + F_SESSION] + CLASS] + c.HASH_RATE]
        m[event + moment.CHANCE] = chance_of(m, guard, flight)
        if ask(m, x, guard, c.CLIENT_HEARS, 0) == moment.GIVE_UP:
            free_flight(m, flight)
            return
        work_ns = checked_time(m, m[event + moment.WORK_NS])
        m[flight + F_TICKET] = checked_ticket(m, m[event + moment.TICKET])
    m[flight + EVENT] = SOLVES
    key_of(m, flight, m[flight + F_SESSION], TIMER, m[flight + F_NODE], m[flight + F_ITERATION], m[flight + F_PATH])
    at(m, q, now + work_ns, flight)


def answer_challenge(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], flight: int) -> None:
    """The work is done: the request goes out again, with what was asked for, if its attempt is still open."""
    attempt = m[flight + F_ATTEMPT]
    if is_awaited(m, attempt):
        again = new_flight(m, m[flight + F_SESSION], m[attempt + STEP], attempt, m[flight + F_ASKED_SERVED], m[attempt + CALLED_IN],
                           m[attempt + PATH], m[attempt + CALLER])
        m[again + F_NODE] += 3 * (m[c.N_STEPS] + 1)
        m[again + F_KEY] = m[flight + F_ASKED_KEY]
        m[again + F_ANSWERS] = m[flight + F_ANSWERS]
        m[again + F_TICKET] = m[flight + F_TICKET]
        if m[m[flight + F_STEP] + c.TAKES] == 1:
            for k in range(m[c.MOST_FACTS]):
                m[again + F_ROWS + k] = m[flight + F_ROWS + k]
        is_sent = send(m, x, b, q, r, again, m[attempt + PARTNER], m[attempt + DEADLINE])
        m[attempt + REQUEST_RECORD] = m[again + F_RECORD]
        if not is_sent:
            unused(m, b, again)
            free_flight(m, again)
    free_flight(m, flight)
