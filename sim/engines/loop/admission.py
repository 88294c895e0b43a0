"""Whether a request may go on to a server: what the mitigations at the edge and at the server say, and what follows from it."""

from sim.engines.loop.calls import refuse
from sim.engines.loop.challenges import challenge
from sim.engines.loop.guards import add_work, ask_about, end_of_request, may_drop, miss, stands_aside
from sim.engines.loop.heap import at
from sim.engines.loop.laws import checked_time
from sim.engines.loop.memory import (
    ANSWERING,
    ARRIVED_NS,
    BY_MITIGATION,
    COMES_ON,
    DROPPING,
    EVENT,
    F_ANSWERS,
    F_ATTEMPT,
    F_ITERATION,
    F_NODE,
    F_OUTCOME,
    F_PATH,
    F_RECORD,
    F_STATUS,
    F_STEP,
    FLYING,
    NETWORK_METER,
    NOW_NS,
    REACTION,
    REFUSED_AFTER_NS,
    STEP,
    V_ASKED,
    V_REFUSED_BY,
    V_SESSION,
    beyond,
    do_later,
    do_now,
    key_of,
)
from sim.engines.loop.record import NOT_YET, note_finished, note_outcome, note_received
from sim.engines.loop.walk import deny
from sim.measure.accumulators import DELIVERED, turn_away
from sim.plan import cells as c
from sim.world.clock import NS_PER_S, seconds_up
from sim.world.load import observe
from sim.world.moments import CHALLENGE, DROP, HOLD, PASS, RETRY_AFTER_NS
from sim.world.moments import WORK_NS as MOMENT_WORK_NS
from sim.world.order import DELIVERY


def reason_of(m: list[int], by: int) -> int:
    """The meter's number of what refuses; -1 for none."""
    return m[m[c.REASON_NUMBERS] + by] if by >= 0 else -1


def is_request(m: list[int], flight: int) -> bool:
    """Whether a message asks for something, so that mitigations may have their say: no answer to a call of its own."""
    attempt = m[flight + F_ATTEMPT]
    return m[flight + F_STATUS] == 0 and (attempt == 0 or m[attempt + STEP] == m[flight + F_STEP])


def passes_edge(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], visit: int, flight: int, who: int) -> bool:
    """Ask those at the edge about a new request; if it may not pass, all is done that is to be done.

    One that is held comes again, and those behind are asked then.
    """
    guards = m[m[m[who + c.PROTECTION] + c.EDGE] + m[m[flight + F_STEP] + c.INDEX]]
    if guards == 0:
        return True
    for k in range(guards + 1 + m[visit + V_ASKED], guards + 1 + m[guards]):
        m[visit + V_ASKED] += 1
        if stands_aside(m, m[k]):
            continue
        code = ask_about(m, x, b, m[k], c.AT_ARRIVAL, visit, flight, who)
        if code == HOLD:
            m[FLYING] += 1  # as if it were still on its way, and delivered later
            b[m[NETWORK_METER] + DELIVERED] -= 1  # in the bin in which it has just been counted
            note_received(r, m[flight + F_RECORD], NOT_YET)
            note_outcome(r, m[flight + F_RECORD], c.IN_FLIGHT, -1)
            m[flight + F_OUTCOME] = c.IN_FLIGHT
            m[visit + EVENT] = COMES_ON
            key_of(m, visit, m[visit + V_SESSION], DELIVERY, m[flight + F_NODE], m[flight + F_ITERATION], m[flight + F_PATH])
            at(m, q, m[NOW_NS] + checked_time(m, m[m[c.EVENT_BLOCK] + MOMENT_WORK_NS]), visit)
            return False
        if code != PASS:
            follow(m, m[k], code, visit, flight, who)
            note_finished(r, m[flight + F_RECORD], m[NOW_NS])
            if m[visit + V_REFUSED_BY] >= 0:
                turn_away(b, m[who + c.METER], m[NOW_NS], reason_of(m, m[visit + V_REFUSED_BY]))
            end_of_request(m, x, b, visit)
            do_now(m, visit, REACTION)
            return False
    return True


def passes(m: list[int], x: list[float], b: list[int], visit: int, flight: int, who: int) -> bool:
    """Ask those at the server about a request that is taken up; each costs its work."""
    watched = m[m[who + c.PROTECTION] + c.WATCHED]
    if watched != 0:
        for k in range(watched + 1, watched + 1 + m[watched]):
            observe(beyond(m, m[k]), m[NOW_NS], m[NOW_NS] - m[visit + ARRIVED_NS])
    guards = m[m[m[who + c.PROTECTION] + c.INSIDE] + m[m[flight + F_STEP] + c.INDEX]]
    if guards != 0:
        for k in range(guards + 1, guards + 1 + m[guards]):
            if stands_aside(m, m[k]):
                continue
            add_work(m, visit, m[k])
            code = ask_about(m, x, b, m[k], c.AT_TAKE_UP, visit, flight, who)
            if code != PASS:
                follow(m, m[k], code, visit, flight, who)
                return False
    miss(m, b, who, visit, flight)
    return True


def follow(m: list[int], guard: int, code: int, visit: int, flight: int, who: int) -> None:
    """What follows from a law's answer that is not PASS."""
    is_no_answer = m[flight + F_ANSWERS] != 0 and code == CHALLENGE
    by = m[guard + c.GUARD_BY]
    if 400 <= code <= 599 or is_no_answer:
        m[visit + BY_MITIGATION] = 1
        deny(m, 403 if is_no_answer else code, by)
        m[REFUSED_AFTER_NS] = seconds_up(m[m[c.EVENT_BLOCK] + RETRY_AFTER_NS]) * NS_PER_S
        refuse(m, visit)
    elif code == CHALLENGE and m[guard + c.GUARD_CHALLENGES] == 1 and m[flight + F_ATTEMPT] != 0:
        do_later(m, visit, ANSWERING, challenge(m, guard, who, flight), 0)
    elif may_drop(m, guard, code):
        m[visit + BY_MITIGATION] = 1
        m[visit + V_REFUSED_BY] = by
        do_later(m, visit, DROPPING, flight, (c.DROPPED if code == DROP else c.EXPIRED) << 32 | by)
