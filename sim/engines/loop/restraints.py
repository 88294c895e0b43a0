"""Throttles and breakers of those who call, and what clients forget that start anew.

The rules are those of :mod:`sim.engines.restraints` and :mod:`sim.engines.restarts`.
"""

from sim.engines.loop.facts import holds, lose, orphan, row_of
from sim.engines.loop.memory import (
    C0,
    C1,
    CALLED_IN,
    CALLER,
    CLASS,
    IS_PROBE,
    MEMBER,
    NOW_NS,
    OF_SESSION,
    PATH,
    STEP,
    beyond,
    part,
)
from sim.plan import cells as c
from sim.world.breaker import PROBES, SHUT, permission, probe, verdict
from sim.world.chance import pack_entity, pack_index, uniform
from sim.world.distributions import sample_ns
from sim.world.throttle import accepted, rejection, requested

NOTHING_BARS = -1


def state_about(m: list[int], restraint: int, attempt: int) -> int:
    """Where the state of a throttle or a breaker stands that is about whom an attempt asks."""
    states = m[restraint + c.STATES]
    first = states if states >= 0 else m[m[attempt + OF_SESSION] + MEMBER] - 1 - states
    return first + m[m[attempt + STEP] + c.RECEIVER] * m[restraint + c.STATE_WIDTH]


def bars(m: list[int], x: list[float], attempt: int) -> int:
    """What keeps an attempt from being sent: BY_BREAKER, BY_THROTTLE or NOTHING_BARS."""
    throttle, breaker = m[m[attempt + CALLER] + c.THROTTLE], m[m[attempt + CALLER] + c.BREAKER]
    if breaker != 0:
        permitted = permission(beyond(m, state_about(m, breaker, attempt)), m[NOW_NS], m[breaker + c.OPEN_FOR_NS])
        if permitted == SHUT:
            return c.BY_BREAKER
        m[attempt + IS_PROBE] = 1 if permitted == PROBES else 0
    if throttle != 0:
        state, each_ns = beyond(m, state_about(m, throttle, attempt)), m[throttle + c.EACH_NS]
        rejected = rejection(state, m[NOW_NS], each_ns, x[m[throttle + c.IN_FLOATS]])
        requested(state, m[NOW_NS], each_ns)
        if rejected > 0.0 and drawn_for(m, attempt) < rejected:
            return c.BY_THROTTLE
    if m[attempt + IS_PROBE] == 1:
        probe(beyond(m, state_about(m, breaker, attempt)), m[NOW_NS])
    return NOTHING_BARS


def drawn_for(m: list[int], attempt: int) -> float:
    """What is drawn for an attempt: it is rejected where that is below how likely it is."""
    session = m[attempt + OF_SESSION]
    return uniform(m[c.S_THROTTLE], m[c.S_THROTTLE + 1], m[session + C0], m[session + C1],
                   m[m[attempt + STEP] + c.NODE] << 20 | m[attempt + CALLED_IN], m[attempt + PATH] << 12, 0)


def heard(m: list[int], x: list[float], attempt: int, status: int) -> None:
    """An attempt was answered (0: it was not refused)."""
    weigh(m, x, attempt, status != 0 and retries(m, m[attempt + CALLER], status))


def weigh(m: list[int], x: list[float], attempt: int, has_failed: bool) -> None:
    """An attempt was answered, or its time is over."""
    throttle, breaker = m[m[attempt + CALLER] + c.THROTTLE], m[m[attempt + CALLER] + c.BREAKER]
    if breaker != 0:
        verdict(beyond(m, state_about(m, breaker, attempt)), m[NOW_NS], m[breaker + c.EACH_NS], m[breaker + c.CALLS_LEAST],
                x[m[breaker + c.IN_FLOATS]], 1 if has_failed else 0, m[attempt + IS_PROBE])
    if throttle != 0 and not has_failed:
        accepted(beyond(m, state_about(m, throttle, attempt)), m[NOW_NS], m[throttle + c.EACH_NS])


def retries(m: list[int], who: int, status: int) -> bool:
    """Whether a caller tries again after a status."""
    statuses = m[who + c.STATUSES]
    if statuses != 0:
        for k in range(statuses + 1, statuses + 1 + m[statuses]):
            if m[k] == status:
                return True
    return False


def start_anew(m: list[int], x: list[float], b: list[int], session: int, restarts: int) -> None:
    """Let a client that started again since its last session forget: keys that it held are orphaned."""
    state = m[session + MEMBER] + m[restarts + c.IN_MEMBER]
    draw, has_started = m[restarts + c.EVERY], False
    floats, table = m[draw + c.FLOATS], part(x, m[draw + c.TABLE], m[draw + c.TABLE_LENGTH])
    c0, c1 = pack_entity(m[m[session + CLASS] + c.CLASS_INDEX], m[session + C0], 0)
    while m[state + c.NEXT_START_NS] <= m[NOW_NS]:
        has_started = m[state + c.DRAWN_STARTS] > 0
        c2, c3 = pack_index(0, m[state + c.DRAWN_STARTS], 0, 0)
        m[state + c.NEXT_START_NS] += sample_ns(m[draw + c.DRAW_KIND], x[floats], x[floats + 1], table, m[c.S_RESTARTS],
                                                m[c.S_RESTARTS + 1], c0, c1, c2, c3)
        m[state + c.DRAWN_STARTS] += 1
    if has_started:
        forget(m, b, session, restarts)


def forget(m: list[int], b: list[int], session: int, restarts: int) -> None:
    """What a client does not remember."""
    keys, facts = m[restarts + c.FORGETS_KEYS], m[restarts + c.FORGETS]
    if keys != 0:
        for k in range(keys + 1, keys + 1 + m[keys]):
            if row_of(m, session, m[c.CLIENT], m[k]) != 0 and holds(m, session, m[c.CLIENT], m[k]):
                orphan(b)
    for k in range(facts + 1, facts + 1 + m[facts]):
        lose(m, session, m[c.CLIENT], m[k])
