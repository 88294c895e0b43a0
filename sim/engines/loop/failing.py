"""Calls that fail without an answer: timeouts, attempts that cannot be sent, what follows (rules: :mod:`sim.engines.caller`)."""

from sim.engines.loop.attempts import schedule
from sim.engines.loop.calls import (
    FAILED,
    HELD_BACK,
    TIMED_OUT_STATUS,
    attempt_call,
    back_off,
    failed,
    held_back,
    new_visit,
    refuse,
)
from sim.engines.loop.ends import end
from sim.engines.loop.memory import (
    CALLER,
    CLASS,
    CONNECTION,
    FAILURE,
    IS_GOING,
    IS_HELD,
    IS_OPEN,
    NOW_NS,
    OF_SESSION,
    SERVED,
    V_ATTEMPT,
    do_now,
    let_go,
)
from sim.engines.loop.restraints import weigh
from sim.engines.loop.station import refused_later, release
from sim.measure.accumulators import hold
from sim.plan import cells as c


def call_now(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], attempt: int) -> None:
    """Send the request of an attempt; if it cannot be sent, the call fails alone."""
    outcome = attempt_call(m, x, b, q, r, attempt)
    if outcome in (FAILED, HELD_BACK):
        fail_alone(m, x, b, r, attempt, outcome)


def time_out(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], attempt: int) -> None:
    """The time of an attempt is over."""
    caller = m[attempt + CALLER]
    row = m[caller + c.TIMEOUTS]
    m[row + c.SCHEDULED] -= 1
    if m[row + c.SCHEDULED] == 0:
        schedule(m, q, row)
    is_server = m[caller + c.IS_SERVER] == 1
    if m[attempt + IS_OPEN] == 1 and (is_server or m[m[attempt + OF_SESSION] + IS_GOING] == 1):
        m[attempt + IS_OPEN] = 0
        if m[attempt + CONNECTION] != 0:
            m[m[attempt + CONNECTION]] = 0
        if m[m[m[attempt + OF_SESSION] + CLASS] + c.IS_ATTACK] == 1 and not is_server:
            end(m, x, b, q, r, m[attempt + OF_SESSION], c.TIMED_OUT, c.BY_TIMEOUT)
            let_go(m, attempt)
        else:
            weigh(m, x, attempt, m[caller + c.ON_TIMEOUT] == 1)
            fail_alone(m, x, b, r, attempt, TIMED_OUT_STATUS)
    else:
        let_go(m, attempt)


def fail_alone(m: list[int], x: list[float], b: list[int], r: list[int], attempt: int, outcome: int) -> None:
    """A call fails without any message having come: there is no visit in which to deal with it."""
    caller = m[attempt + CALLER]
    visit = new_visit(m, m[attempt + OF_SESSION], m[attempt + SERVED], caller, c.DONE, 0)
    if outcome == FAILED:
        agreed = False
    elif outcome == HELD_BACK:
        agreed = held_back(m, x, visit, attempt)
    else:
        agreed = failed(m, x, b, r, visit, attempt, TIMED_OUT_STATUS, c.BY_TIMEOUT)
    if not agreed:
        refuse(m, visit)
    if m[caller + c.IS_SERVER] == 1:
        refused_later(m, b, visit, caller)
        m[caller + c.STAYS] = 0
    m[visit + V_ATTEMPT] = attempt
    do_now(m, visit, FAILURE)


def try_again(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], attempt: int) -> None:
    """Back off after a failed attempt, or give up."""
    if back_off(m, q, attempt):
        if m[m[attempt + CALLER] + c.IS_SERVER] == 1:
            m[m[attempt + CALLER] + c.STAYS] = m[attempt + IS_HELD]
    else:
        end(m, x, b, q, r, m[attempt + OF_SESSION], c.GAVE_UP, c.BY_DEADLINE)
    let_go(m, attempt)


def after_failure(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], attempt: int) -> None:
    """What a failed call led to is done: a server that was held for it is free."""
    caller = m[attempt + CALLER]
    if m[caller + c.IS_SERVER] == 1 and m[attempt + IS_HELD] == 1 and m[caller + c.STAYS] == 0:
        hold(b, m[caller + c.METER], -1, m[NOW_NS])
        release(m, x, b, q, r, caller)
    let_go(m, attempt)
