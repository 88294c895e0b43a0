"""Calling others: attempts, timeouts, retries, what is done about a refusal, and refusing oneself (:mod:`sim.engines.caller`)."""

from sim.engines.loop.attempts import new_attempt, wait
from sim.engines.loop.budgets import has_budget
from sim.engines.loop.credentials import claim, overheard
from sim.engines.loop.decide import enter
from sim.engines.loop.facts import lacking, lose
from sim.engines.loop.heap import at
from sim.engines.loop.memory import (
    ANSWERING,
    ARRIVED_NS,
    AT,
    ATTEMPTS,
    BACKING_OFF,
    BACKOFF_NS,
    BY_MITIGATION,
    C0,
    C1,
    CALLED_IN,
    CALLER,
    CALLS_AGAIN,
    CLASS,
    CONNECTION,
    CONTEXT,
    DEADLINE,
    EVENT,
    F_AFTER_NS,
    F_ATTEMPT,
    F_BY,
    F_NODE,
    F_RECORD,
    F_STATUS,
    FIRST_TASK,
    FREE_VISIT,
    GIVING_UP,
    IS_HELD,
    IS_SERVED,
    LAST_TASK,
    MARKING,
    NEEDED,
    NOT_HEARING,
    NOW_NS,
    NUMBER,
    OF_SESSION,
    PARTNER,
    PASSED,
    PATH,
    REFUSED_AFTER_NS,
    REFUSED_BY,
    REFUSED_STATUS,
    REQUEST_RECORD,
    SERVED,
    SESSION_HEAD,
    SIGNED_NS,
    STARTED_NS,
    STEP,
    TAKEN_UP_NS,
    TOLD_AFTER_NS,
    V_ASKED,
    V_FLIGHT,
    V_REFUSED_BY,
    V_SESSION,
    V_STEP,
    V_TASK,
    VISIT_WIDTH,
    WORK_NS,
    do_later,
    give,
    key_of,
    let_go,
    refer,
    take,
    waited_for,
)
from sim.engines.loop.network import connection_of, free_flight, instance_of, new_flight, send, unused
from sim.engines.loop.walk import deny, deny_lacking, load, walk
from sim.plan import cells as c
from sim.world.backoff import delay_ns
from sim.world.chance import uniform
from sim.world.order import TIMER

TIMED_OUT_STATUS = 0
GONE, SENT, FAILED = range(3)
"""What became of an attempt: nobody waits for it any more; its request is on its way; it could not be sent."""


def new_visit(m: list[int], session: int, context: int, who: int, step: int, flight: int) -> int:
    """A visit of a server, or a stretch of what a client does. It refers to its context."""
    visit = take(m, FREE_VISIT, VISIT_WIDTH)
    m[visit + EVENT] = IS_SERVED
    m[visit + V_SESSION] = session
    m[visit + CONTEXT] = context
    m[visit + AT] = who
    m[visit + V_STEP] = step
    m[visit + V_FLIGHT] = flight
    m[visit + ARRIVED_NS] = m[NOW_NS]
    m[visit + TAKEN_UP_NS] = -1
    m[visit + WORK_NS] = 0
    m[visit + V_TASK] = 0
    m[visit + FIRST_TASK] = 0
    m[visit + LAST_TASK] = 0
    m[visit + V_REFUSED_BY] = -1
    m[visit + BY_MITIGATION] = 0
    m[visit + PASSED] = 0
    m[visit + V_ASKED] = 0
    refer(m, context)
    return visit


def free_visit(m: list[int], visit: int) -> None:
    """Hand a visit back."""
    context = m[visit + CONTEXT]
    give(m, FREE_VISIT, visit)
    let_go(m, context)


def attempt_call(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], attempt: int) -> int:
    """Send the request of a call, once, and wait for the answer: GONE, SENT or FAILED.

    Whatever becomes of it, its maker refers to it no longer, except where it FAILED.
    """
    session, step, around, caller = m[attempt + OF_SESSION], m[attempt + STEP], m[attempt + SERVED], m[attempt + CALLER]
    is_server = m[caller + c.IS_SERVER] == 1
    if not is_server and not waited_for(m, around):
        let_go(m, attempt)
        return GONE
    participant = m[caller + c.PART]
    fact = lacking(m, session, participant, step)
    if fact >= 0:
        deny_lacking(m, fact)
        return FAILED
    served = around if m[around + NUMBER] != 0 else 0
    flight = new_flight(m, session, step, attempt, served, m[attempt + CALLED_IN], m[attempt + PATH], caller)
    load(m, x, b, session, flight, step, participant)
    if not is_server:
        m[session + ATTEMPTS] += 1
    if m[step + c.RECEIVER] == m[c.PROTECTED]:
        m[session + NEEDED] = 1
    to = instance_of(m, session, step, m[attempt + CALLED_IN], m[attempt + PATH])
    m[attempt + PARTNER] = to
    m[attempt + CONNECTION] = connection_of(m, session, caller, to)
    wait(m, q, attempt, m[step + c.NODE], m[attempt + PATH])
    m[attempt + SIGNED_NS] = m[NOW_NS]
    claim(m, attempt, flight, step)
    if m[step + c.TAPS] != 0 and m[m[session + CLASS] + c.IS_ATTACK] == 0:
        overheard(m, x, attempt, flight, step)
    if is_server:
        m[caller + c.STAYS] = m[caller + c.HOLDS_SERVER]
        m[attempt + IS_HELD] = m[caller + c.HOLDS_SERVER]
    let_go(m, attempt)  # the flight refers to it
    is_sent = send(m, x, b, q, r, flight, to, m[attempt + DEADLINE])
    m[attempt + REQUEST_RECORD] = m[flight + F_RECORD]
    if not is_sent:
        unused(m, b, flight)
        free_flight(m, flight)
    return SENT


def failed(m: list[int], x: list[float], b: list[int], r: list[int], visit: int, attempt: int, status: int, by: int) -> bool:
    """An attempt was refused (``status``) or timed out (0): go elsewhere, try again, or give up; False to refuse in turn."""
    session, step, who = m[attempt + OF_SESSION], m[attempt + STEP], m[visit + AT]
    rule = rule_about(m, step, status)
    if rule != 0:
        drops = m[rule + c.RULE_DROP]
        if drops != 0:
            for k in range(drops + 1, drops + 1 + m[drops]):
                lose(m, session, m[who + c.PART], m[k])
        uses = session + SESSION_HEAD + m[c.N_LOOPS] + m[rule + c.RULE_NUMBER]
        if m[rule + c.RULE_GO_TO] >= 0 and m[uses] < m[rule + c.RULE_AT_MOST]:
            m[uses] += 1
            enter(m, r, visit, step, m[rule + c.RULE_GO_TO])
            return walk(m, x, b, r, visit, m[rule + c.RULE_GO_TO])
        if m[rule + c.RULE_REFUSE] >= 0:
            deny(m, m[rule + c.RULE_REFUSE], by)
            return False
    again = m[who + c.ON_TIMEOUT] == 1 if status == TIMED_OUT_STATUS else retries(m, who, status)
    again = again and m[attempt + NUMBER] < m[who + c.ATTEMPTS_MOST]
    if again and has_budget(m, x, who, session):
        refer(m, attempt)
        do_later(m, visit, BACKING_OFF, attempt, 0)
        return True
    if again and m[m[attempt + SERVED] + NUMBER] == 0:
        do_later(m, visit, GIVING_UP, session, c.GAVE_UP << 32 | c.BY_BUDGET + 1)
        return True
    if m[m[attempt + SERVED] + NUMBER] == 0:
        do_later(m, visit, GIVING_UP, session, (c.TIMED_OUT if status == TIMED_OUT_STATUS else c.REFUSED) << 32 | by + 1)
        return True
    deny(m, 504 if status == TIMED_OUT_STATUS else 503 if status in (429, 503) else 502, by)
    return False


def rule_about(m: list[int], step: int, status: int) -> int:
    """The rule of a request about a status; 0 if there is none."""
    rules = m[step + c.REFUSALS]
    if rules != 0:
        for k in range(m[rules]):
            rule = rules + 1 + c.RULE_WIDTH * k
            if m[rule + c.RULE_STATUS] == status:
                return rule
    return 0


def retries(m: list[int], who: int, status: int) -> bool:
    """Whether a caller tries again after a status."""
    statuses = m[who + c.STATUSES]
    if statuses != 0:
        for k in range(statuses + 1, statuses + 1 + m[statuses]):
            if m[k] == status:
                return True
    return False


def back_off(m: list[int], q: list[int], attempt: int) -> bool:
    """Wait, then try again; False if the deadline would have passed by then."""
    session, step, caller = m[attempt + OF_SESSION], m[attempt + STEP], m[attempt + CALLER]
    number, called_in = m[attempt + NUMBER], m[attempt + CALLED_IN]
    again = new_attempt(m, session, step, called_in, number + 1, m[attempt + SERVED], caller)
    m[again + IS_HELD] = m[attempt + IS_HELD]
    path = m[again + PATH]
    drawn = uniform(
        m[c.S_BACKOFF], m[c.S_BACKOFF + 1], m[session + C0], m[session + C1], m[step + c.NODE] << 20 | called_in, path << 12, 0
    )
    wait_ns = delay_ns(
        m[caller + c.BACKOFF_KIND], m[caller + c.BASE_NS], m[caller + c.CAP_NS], number - 1, m[attempt + BACKOFF_NS], drawn
    )
    m[again + BACKOFF_NS] = wait_ns
    if m[caller + c.HEEDS] == 1:
        wait_ns += m[attempt + TOLD_AFTER_NS]
    deadline_ns = m[m[session + CLASS] + c.DEADLINE_NS]
    if deadline_ns >= 0 and m[m[attempt + SERVED] + NUMBER] == 0 and m[NOW_NS] + wait_ns > m[session + STARTED_NS] + deadline_ns:
        let_go(m, again)
        return False
    m[again + EVENT] = CALLS_AGAIN
    key_of(m, again, session, TIMER, m[step + c.NODE], called_in, path)
    at(m, q, m[NOW_NS] + wait_ns, again)
    return True


def refuse(m: list[int], visit: int) -> None:
    """Refuse what is being served. Where nobody waits for an answer, the session ends if the turn was here."""
    flight, context, who = m[visit + V_FLIGHT], m[visit + CONTEXT], m[visit + AT]
    by = m[REFUSED_BY]
    if flight != 0 and m[flight + F_ATTEMPT] == 0:  # one-way: nobody is told
        m[visit + V_REFUSED_BY] = by
        do_later(m, visit, MARKING, m[flight + F_RECORD], by)
        do_later(m, visit, NOT_HEARING, flight, by)
    elif m[context + NUMBER] != 0 and m[context + PARTNER] == who:
        m[visit + V_REFUSED_BY] = by
        do_later(m, visit, MARKING, m[context + REQUEST_RECORD], by)
        if m[who + c.IS_SERVER] == 0 or m[who + c.SILENT] == 0:
            do_later(m, visit, ANSWERING, refusal(m, who, context, m[REFUSED_STATUS], by), 0)
    elif waited_for(m, context):
        do_later(m, visit, GIVING_UP, m[visit + V_SESSION], c.REFUSED << 32 | by + 1)


def refusal(m: list[int], who: int, attempt: int, status: int, by: int) -> int:
    """The message that answers a refused request."""
    around = m[attempt + SERVED]
    served = around if m[around + NUMBER] != 0 else 0
    flight = new_flight(
        m, m[attempt + OF_SESSION], m[attempt + STEP], attempt, served, m[attempt + CALLED_IN], m[attempt + PATH], who
    )
    m[flight + F_NODE] += m[c.N_STEPS] + 1
    m[flight + F_STATUS] = status
    m[flight + F_BY] = by
    m[flight + F_AFTER_NS] = m[REFUSED_AFTER_NS]
    return flight
