"""How sessions end."""

from sim.engines.loop.arrivals import think
from sim.engines.loop.facts import drop_all
from sim.engines.loop.memory import (
    AFTER,
    ATTEMPTS,
    BEFORE,
    BROUGHT,
    C0,
    CALLS,
    CLASS,
    F_OUTCOME,
    F_SESSION,
    GOING,
    IS_GOING,
    IS_OPEN,
    NEEDED,
    NOW_NS,
    RECORD,
    REFERENCES,
    SESSIONS_METER,
    STARTED_NS,
    WAITS,
    free_session,
)
from sim.engines.loop.network import ends_unheard, unused
from sim.engines.loop.record import note_finished, note_outcome
from sim.measure.accumulators import end_session
from sim.measure.attacking import end_attack
from sim.plan import cells as c


def unheard(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], flight: int, by: int) -> None:
    """A message was lost, dropped, or refused with nobody to tell. If the turn went with it, the session ends."""
    unused(m, b, flight)
    if ends_unheard(m, flight):
        end(m, x, b, q, r, m[flight + F_SESSION], c.REFUSED if m[flight + F_OUTCOME] == c.REFUSED else c.TIMED_OUT, by)


def end(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], session: int, outcome: int, by: int) -> None:
    """End a session, once."""
    if m[session + IS_GOING] == 0:
        return
    now = m[NOW_NS]
    m[session + IS_GOING] = 0
    note_finished(r, m[session + RECORD], now)
    note_outcome(r, m[session + RECORD], outcome, by)
    before, after = m[session + BEFORE], m[session + AFTER]
    if before != 0:
        m[before + AFTER] = after
    else:
        m[GOING] = after
    if after != 0:
        m[after + BEFORE] = before
    drop_all(m, b, session)
    class_row = m[session + CLASS]
    if m[class_row + c.IS_ATTACK] == 1:
        m[m[session + WAITS] + IS_OPEN] = 0
        end_attack(b, m[class_row + c.CLASS_METER], fate_of(outcome), m[session + BROUGHT])
        if m[class_row + c.ARRIVALS] == c.CLOSED:
            if outcome == c.REFUSED and m[class_row + c.DODGES] == 1:
                m[m[class_row + c.DODGED] + m[session + C0]] += 1
            waits_ns = 0 if m[class_row + c.DODGES] == 1 else m[class_row + c.TOLD_NS]
            think(m, x, q, class_row, m[session + C0], now + waits_ns)
    else:
        end_honest(m, x, b, q, session, class_row, outcome)
    if m[session + REFERENCES] == 0:
        free_session(m, session)


def fate_of(outcome: int) -> int:
    """An outcome as the meter numbers it."""
    return 0 if outcome == c.COMPLETED else 1 if outcome == c.REFUSED else outcome - c.TIMED_OUT + 2


def end_honest(m: list[int], x: list[float], b: list[int], q: list[int], session: int, class_row: int, outcome: int) -> None:
    """What follows from the end of an honest session."""
    needed = 1 if m[session + NEEDED] == 1 or m[c.PROTECTED] < 0 else 0
    end_session(b, m[SESSIONS_METER], m[class_row + c.CLASS_METER], m[session + STARTED_NS], m[NOW_NS], fate_of(outcome), needed,
                m[session + CALLS], m[session + ATTEMPTS])
    if m[class_row + c.ARRIVALS] == c.CLOSED:
        think(m, x, q, class_row, m[session + C0], 0)
