"""Reacting: from step to step while a player has the turn (the rules are those of :mod:`sim.engines.player`).

A function that returns an address of a step returns STOP where the turn has passed on or waits, and DENIED where the step
is refused; by what then stands in the header.
"""


from sim.engines.loop.attempts import new_attempt
from sim.engines.loop.budgets import deposit
from sim.engines.loop.credentials import check_signature, unknown_fact
from sim.engines.loop.decide import decide, decide_loop, iteration_of
from sim.engines.loop.facts import drop, issues, keep, lacking, lose, new_row, obtain, row_of
from sim.engines.loop.guards import acted
from sim.engines.loop.memory import (
    ANSWERING,
    AT,
    C0,
    C1,
    CALLING,
    CALLS,
    COMPLETING,
    CONTEXT,
    ENDING,
    F_AGAIN,
    F_KEY,
    F_ROWS,
    ITERATION,
    NOW_NS,
    NUMBER,
    PATH,
    PAUSING,
    REFUSED_AFTER_NS,
    REFUSED_BY,
    REFUSED_STATUS,
    STEP,
    TELLING,
    V_SESSION,
    V_STEP,
    WORK_NS,
    do_later,
    key_of,
)
from sim.engines.loop.network import draw_ns, new_flight
from sim.engines.loop.record import note_action
from sim.measure.accumulators import KEYS_ALLOCATED
from sim.plan import cells as c
from sim.world.credentials import HOLDS, NO_SUCH_KEY, REFUSAL_STATUS, UNKNOWN_FACT_STATUS
from sim.world.moments import CHECKS
from sim.world.order import TIMER

CHECK_OF = (0, 1, 2, 3, 5, 4)
"""By verdict (:mod:`sim.world.credentials`), the check that failed (:data:`sim.world.moments.CHECKS`)."""
OTHER_CHECK = CHECKS.index("other")
STOP = -2
DENIED = -3


def deny(m: list[int], status: int, by: int) -> int:
    """Refuse: with which status, by what."""
    m[REFUSED_STATUS] = status
    m[REFUSED_BY] = by
    m[REFUSED_AFTER_NS] = 0
    return DENIED


def deny_lacking(m: list[int], fact: int) -> int:
    """Refuse to take a step without a fact that it needs."""
    return deny(m, 403, m[c.NEED_REASONS] + fact)


def iteration_at(m: list[int], context: int, step: int) -> int:
    """The iteration of a step in a context."""
    return m[context + ITERATION] if m[step + c.LOOP] < 0 else iteration_of(m, context, step)


def walk(m: list[int], x: list[float], b: list[int], r: list[int], visit: int, step: int) -> bool:
    """Go from step to step while it is this player's turn; False if one of them is refused."""
    who = m[visit + AT]
    participant = m[who + c.PART]
    while True:
        if step == c.DONE:
            do_later(m, visit, COMPLETING, m[visit + V_SESSION], 0)
            return True
        if m[step + c.ACTOR] != participant:
            return True
        kind = m[step + c.KIND]
        if kind == c.CHOICE:
            step = decide(m, x, r, visit, step)
        elif kind == c.LOOP_KIND:
            step = decide_loop(m, x, r, visit, step)
        elif kind == c.ACTION:
            step = act(m, x, b, r, visit, step)
        elif kind == c.REQUEST:
            step = call(m, x, visit, step)
        elif kind == c.END:
            step = end(m, r, visit, step)
        else:
            step = say(m, x, b, visit, step)
        if step == STOP:
            return True
        if step == DENIED:
            return False


def act(m: list[int], x: list[float], b: list[int], r: list[int], visit: int, step: int) -> int:
    """Do an action: check, take time, give and spend facts."""
    who, session, context = m[visit + AT], m[visit + V_SESSION], m[visit + CONTEXT]
    participant = m[who + c.PART]
    fact = lacking(m, session, participant, step)
    if fact >= 0:
        return deny_lacking(m, fact)
    iteration = iteration_at(m, context, step)
    began = m[NOW_NS] + m[visit + WORK_NS]
    work = 0
    c2, c3 = m[step + c.NODE] << 20 | iteration, m[context + PATH] << 12
    draw = m[m[who + c.WORK] + m[step + c.INDEX]]
    if draw != 0:
        work = draw_ns(m, x, draw, c.S_WORK, m[session + C0], m[session + C1], c2, c3)
    if m[step + c.WAIT] != 0:
        work += draw_ns(m, x, m[step + c.WAIT], c.S_WAIT, m[session + C0], m[session + C1], c2, c3)
    if m[step + c.CHECKS] != 0 and m[context + NUMBER] != 0:
        found = check_signature(m, who, step, context)
        if found != HOLDS:
            by = c.BY_CREDENTIALS - 1 + found
            if m[step + c.CHECKS] == c.LOOKED_UP and found == NO_SUCH_KEY:
                by = m[c.FACT_REASONS] + m[m[context + STEP] + c.CREDENTIAL]
            if m[who + c.PROTECTION] != 0:
                work = acted(m, x, b, visit, step, work, CHECK_OF[found])
            note_action(m, r, session, context, step, who, iteration, began, began + work, by)
            m[visit + WORK_NS] += work
            return deny(m, REFUSAL_STATUS, by)
    unknown = unknown_fact(m, step, context) if m[step + c.CHECKS_FACTS] != 0 and m[context + NUMBER] != 0 else -1
    if unknown >= 0:
        by = m[c.FACT_REASONS] + unknown
        if m[who + c.PROTECTION] != 0:
            work = acted(m, x, b, visit, step, work, OTHER_CHECK)
        note_action(m, r, session, context, step, who, iteration, began, began + work, by)
        m[visit + WORK_NS] += work
        return deny(m, REFUSAL_STATUS if m[m[c.CREDENTIALS] + unknown] == 1 else UNKNOWN_FACT_STATUS, by)
    if m[who + c.PROTECTION] != 0:
        work = acted(m, x, b, visit, step, work, 0)
        if m[REFUSED_STATUS] != 0:
            note_action(m, r, session, context, step, who, iteration, began, began + work, m[REFUSED_BY])
            m[visit + WORK_NS] += work
            return DENIED
    note_action(m, r, session, context, step, who, iteration, began, began + work, -1)
    change_facts(m, b, session, who, step)
    if m[who + c.IS_SERVER] == 1:
        m[visit + WORK_NS] += work
        return m[step + c.NEXT]
    if work == 0:
        return m[step + c.NEXT]
    m[visit + V_STEP] = m[step + c.NEXT]
    key_of(m, visit, session, TIMER, m[step + c.NODE], iteration, m[context + PATH])
    do_later(m, visit, PAUSING, visit, work)
    return STOP


def change_facts(m: list[int], b: list[int], session: int, who: int, step: int) -> None:
    """What an action spends, gives and keeps."""
    participant = m[who + c.PART]
    spends, gives, keeps = m[step + c.SPENDS], m[step + c.GIVES], m[step + c.KEEPS]
    if spends != 0:
        for k in range(spends + 1, spends + 1 + m[spends]):
            lose(m, session, participant, m[k])
            drop(m, b, session, participant, m[k])
    if gives != 0:
        for k in range(gives + 1, gives + 1 + m[gives]):
            obtain(m, session, who, m[k], m[NOW_NS], 0)
    if keeps != 0:
        for k in range(keeps + 1, keeps + 1 + m[keeps]):
            keep(m, b, session, participant, m[k])


def end(m: list[int], r: list[int], visit: int, step: int) -> int:
    """The diagram ends the session here."""
    session, context = m[visit + V_SESSION], m[visit + CONTEXT]
    began = m[NOW_NS] + m[visit + WORK_NS]
    note_action(m, r, session, context, step, m[visit + AT], iteration_of(m, context, step), began, began, -1)
    do_later(m, visit, ENDING, context, step)
    return STOP


def call(m: list[int], x: list[float], visit: int, step: int) -> int:
    """Open a call: its first attempt leaves with the visit."""
    session, context, who = m[visit + V_SESSION], m[visit + CONTEXT], m[visit + AT]
    if m[who + c.IS_SERVER] == 0:
        m[session + CALLS] += 1
    if m[who + c.BUDGET] != 0:
        deposit(m, x, who, session)
    attempt = new_attempt(m, session, step, iteration_at(m, context, step), 1, context, who)
    do_later(m, visit, CALLING, attempt, 0)
    return STOP


def say(m: list[int], x: list[float], b: list[int], visit: int, step: int) -> int:
    """Send a reply, a one-way message or a dotted step; the turn may go with it."""
    session, context, who = m[visit + V_SESSION], m[visit + CONTEXT], m[visit + AT]
    fact = lacking(m, session, m[who + c.PART], step)
    if fact >= 0:
        return deny_lacking(m, fact)
    served = context if m[context + NUMBER] != 0 else 0
    is_reply = m[step + c.KIND] == c.REPLY
    flight = new_flight(m, session, step, served if is_reply else 0, served, iteration_at(m, context, step), m[context + PATH], who)
    load(m, x, b, session, flight, step, m[who + c.PART])
    if is_reply:
        do_later(m, visit, ANSWERING, flight, 0)
        return STOP
    do_later(m, visit, TELLING, flight, 0)
    return STOP if m[step + c.TURN_GOES] == 1 else m[step + c.NEXT]


def load(m: list[int], x: list[float], b: list[int], session: int, flight: int, step: int, participant: int) -> None:
    """The facts that a message takes with it, and what its sender holds no longer."""
    if m[step + c.TAKES] == 0:
        return
    facts = m[step + c.FACTS]
    if facts != 0:
        for k in range(m[facts]):
            fact = m[facts + 1 + k]
            if issues(m, step, fact):
                before = m[m[c.ISSUED] + fact]
                m[flight + F_ROWS + k] = new_row(m, x, b, participant, fact, session)
                if m[step + c.ORPHANS] == 0 or fact != m[step + c.CREDENTIAL]:
                    continue
                if m[flight + F_ROWS + k] > before:
                    b[KEYS_ALLOCATED] += 1
                else:
                    m[flight + F_AGAIN] = 1
        for k in range(m[facts]):
            fact = m[facts + 1 + k]
            if carries(m, step, fact):
                m[flight + F_ROWS + k] = row_of(m, session, participant, fact)
            if fact == m[step + c.CREDENTIAL] and m[flight + F_ROWS + k] != 0:
                m[flight + F_KEY] = fact << 44 | m[flight + F_ROWS + k]
    spends = m[step + c.SPENDS]
    if spends != 0:
        for k in range(spends + 1, spends + 1 + m[spends]):
            lose(m, session, participant, m[k])


def carries(m: list[int], step: int, fact: int) -> bool:
    """Whether a message carries a fact that its sender holds."""
    listed = m[step + c.CARRIES]
    if listed != 0:
        for k in range(listed + 1, listed + 1 + m[listed]):
            if m[k] == fact:
                return True
    return False


def hear(m: list[int], session: int, flight: int, step: int, who: int) -> None:
    """Hold what a message carries or gives."""
    now = m[NOW_NS]
    for listed in (m[step + c.CARRIES], m[step + c.GIVES]):
        if listed != 0:
            for k in range(listed + 1, listed + 1 + m[listed]):
                obtain(m, session, who, m[k], now, taken_row(m, flight, step, m[k]))


def taken_row(m: list[int], flight: int, step: int, fact: int) -> int:
    """The row of a fact that a message took with it; 0 if it took none."""
    facts = m[step + c.FACTS]
    if facts != 0:
        for k in range(m[facts]):
            if m[facts + 1 + k] == fact:
                return m[flight + F_ROWS + k]
    return 0
