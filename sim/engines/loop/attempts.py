"""Attempts of calls, and how long they wait."""

from sim.engines.loop.decide import jump_of, take_next_iteration
from sim.engines.loop.heap import at
from sim.engines.loop.memory import (
    ATTEMPT_WIDTH,
    BACKOFF_NS,
    CALLED_AT_MOST,
    CALLED_IN,
    CALLER,
    CAPTURED,
    CLAIMED,
    CONNECTION,
    DEADLINE,
    EVENT,
    FREE_ATTEMPT,
    IN_ROW,
    IS_HELD,
    IS_OPEN,
    IS_PROBE,
    ITERATION,
    JUMPED_AT_MOST,
    LOOPS,
    NOW_NS,
    NUMBER,
    OF_SESSION,
    PARTNER,
    PATH,
    REFERENCES,
    REQUEST_RECORD,
    SERVED,
    SIGNED_NS,
    STEP,
    TIMES_OUT,
    TOLD_AFTER_NS,
    key_of,
    let_go,
    refer,
    take,
)
from sim.plan import cells as c
from sim.world.chance import AddressOverflow
from sim.world.order import TIMER

MOST_PATHS = 1 << 20


def new_attempt(m: list[int], session: int, step: int, called_in: int, number: int, around: int, caller: int) -> int:
    """An attempt of a call, made while ``around`` (an attempt or the session) is served. Its maker refers to it."""
    attempt = take(m, FREE_ATTEMPT, ATTEMPT_WIDTH)
    path = number if m[around + NUMBER] == 0 else m[around + PATH] << 5 | number
    if path >= MOST_PATHS:
        raise AddressOverflow("attempt", path, MOST_PATHS)
    m[attempt + EVENT] = TIMES_OUT
    m[attempt + REFERENCES] = 1
    m[attempt + OF_SESSION] = session
    m[attempt + SERVED] = around
    m[attempt + PATH] = path
    m[attempt + ITERATION] = called_in
    m[attempt + LOOPS] = 0
    m[attempt + NUMBER] = number
    m[attempt + STEP] = step
    m[attempt + CALLED_IN] = called_in
    m[attempt + CALLER] = caller
    m[attempt + PARTNER] = 0
    m[attempt + IS_OPEN] = 1
    m[attempt + DEADLINE] = -1
    m[attempt + BACKOFF_NS] = 0
    m[attempt + TOLD_AFTER_NS] = 0
    m[attempt + IS_PROBE] = 0
    m[attempt + IS_HELD] = 0
    m[attempt + REQUEST_RECORD] = 0
    m[attempt + IN_ROW] = 0
    m[attempt + CONNECTION] = 0
    m[attempt + SIGNED_NS] = m[NOW_NS]
    m[attempt + CLAIMED] = 0
    m[attempt + CAPTURED] = 0
    refer(m, around)
    if m[c.SERVERS_JUMP] == 1:
        jump = jump_of(m, session, path)
        m[jump + CALLED_AT_MOST] = max(called_in, m[jump + CALLED_AT_MOST])
        if m[jump + JUMPED_AT_MOST] >= called_in:
            take_next_iteration(m, session, attempt)
    return attempt


def wait(m: list[int], q: list[int], attempt: int, node: int, path: int) -> None:
    """An attempt begins to wait, in the row of those that wait as long (see :mod:`sim.engines.timeouts`)."""
    row = m[m[attempt + CALLER] + c.TIMEOUTS]
    if row == 0:
        return
    time_ns = m[NOW_NS] + m[row + c.WAIT_NS]
    m[attempt + DEADLINE] = time_ns
    m[attempt + EVENT] = TIMES_OUT
    key_of(m, attempt, m[attempt + OF_SESSION], TIMER, node, m[attempt + CALLED_IN], path)
    forget_answered(m, row)
    refer(m, attempt)
    m[attempt + IN_ROW] = 0
    last = m[row + c.LAST_IN_ROW]
    if last == 0:
        m[row + c.FIRST_IN_ROW] = attempt
    else:
        m[last + IN_ROW] = attempt
    m[row + c.LAST_IN_ROW] = attempt
    if m[row + c.SCHEDULED] == 0 or time_ns == m[row + c.SCHEDULED_NS]:
        schedule(m, q, row)


def first_out(m: list[int], row: int) -> int:
    """Take the first out of a row."""
    attempt = m[row + c.FIRST_IN_ROW]
    m[row + c.FIRST_IN_ROW] = m[attempt + IN_ROW]
    if m[row + c.FIRST_IN_ROW] == 0:
        m[row + c.LAST_IN_ROW] = 0
    return attempt


def forget_answered(m: list[int], row: int) -> None:
    """Let go of those at the head of a row that wait no longer."""
    while m[row + c.FIRST_IN_ROW] != 0 and m[m[row + c.FIRST_IN_ROW] + IS_OPEN] == 0:
        let_go(m, first_out(m, row))


def schedule(m: list[int], q: list[int], row: int) -> None:
    """Schedule the next that is open, and those of the same instant."""
    forget_answered(m, row)
    first = m[row + c.FIRST_IN_ROW]
    if first == 0 or m[first + DEADLINE] >= m[c.END_NS]:
        return
    time_ns = m[first + DEADLINE]
    m[row + c.SCHEDULED_NS] = time_ns
    while m[row + c.FIRST_IN_ROW] != 0 and m[m[row + c.FIRST_IN_ROW] + DEADLINE] == time_ns:
        at(m, q, time_ns, first_out(m, row))
        m[row + c.SCHEDULED] += 1
