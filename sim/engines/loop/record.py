"""The trace while it happens: rows of numbers in ``r``, in the order in which they begin to be known.

A row is known by the address that it would have if none had been given away; row 0 is nobody's: what has it is not recorded.
"""

from sim.engines.loop.memory import (
    CLASS,
    F_ATTEMPT,
    F_BY,
    F_ITERATION,
    F_KEY,
    F_NODE,
    F_PATH,
    F_STATUS,
    F_STEP,
    FROM,
    KEY_HIGH,
    KEY_LOW,
    NOW_NS,
    NUMBER,
    PATH,
    PLACE,
    RECORD,
    RECORDS,
    ROWS_GIVEN,
    SESSION_NUMBER,
    TO,
    beyond,
    pointer,
)
from sim.plan.cells import DELIVERED, DONE, END_NS, IN_FLIGHT, IS_DONE, NODE, REFUSED
from sim.world.credentials import UNKNOWN_ROWS

(R_KIND, R_CLASS, R_SESSION, R_STEP, R_STATUS, R_ITERATION, R_ATTEMPT, R_FROM, R_TO, R_PLACE, R_CALLER, R_KEY, R_SENT, R_RECEIVED,
 R_STARTED, R_FINISHED, R_OUTCOME, R_BY, R_HIGH, R_LOW, R_OWNER) = range(21)
RECORD_WIDTH = 21
"""R_OWNER: the session in the memory; another may stand there later."""
OF_MESSAGE, OF_ACTION, OF_FRAGMENT, OF_SESSION_KIND = range(4)
NOT_YET = -1


def every_row(m: list[int], r: list[int]) -> list[int]:
    """The rows by the addresses that they would have if none had been given away."""
    return beyond(pointer(r), -m[ROWS_GIVEN] * RECORD_WIDTH)


def new_row(m: list[int]) -> int:
    """One more row; where it begins."""
    row = m[RECORDS] * RECORD_WIDTH
    m[RECORDS] += 1
    return row


def begin(m: list[int], r: list[int], session: int, kind: int, sent_ns: int, node: int, iteration: int, path: int) -> int:
    """A new row of a session, its head filled in."""
    row = new_row(m)
    r[row + R_KIND] = kind
    r[row + R_OWNER] = session
    r[row + R_CLASS] = m[session + CLASS]
    r[row + R_PLACE] = m[session + PLACE]
    r[row + R_SESSION] = m[session + SESSION_NUMBER]
    r[row + R_ITERATION] = iteration
    r[row + R_SENT] = sent_ns
    r[row + R_HIGH] = m[session + KEY_HIGH]
    r[row + R_LOW] = m[session + KEY_LOW] | node << 40 | iteration << 20 | path
    return row


def note_received(r: list[int], row: int, now_ns: int) -> None:
    """A message is there."""
    if row != 0:
        r[row + R_RECEIVED] = now_ns
        r[row + R_OUTCOME] = DELIVERED


def note_started(r: list[int], row: int, now_ns: int) -> None:
    """It is taken up."""
    if row != 0:
        r[row + R_STARTED] = now_ns


def note_finished(r: list[int], row: int, now_ns: int) -> None:
    """It is dealt with."""
    if row != 0:
        r[row + R_FINISHED] = now_ns


def note_handled(r: list[int], row: int, now_ns: int) -> None:
    """It is taken up and dealt with in one."""
    note_started(r, row, now_ns)
    note_finished(r, row, now_ns)


def note_outcome(r: list[int], row: int, outcome: int, by: int) -> None:
    """How it ended, and what decided that."""
    if row != 0:
        r[row + R_OUTCOME] = outcome
        r[row + R_BY] = by


def note_session(m: list[int], r: list[int], session: int, who: int) -> None:
    """The record of a session that begins."""
    now = m[NOW_NS]
    row = begin(m, r, session, OF_SESSION_KIND, now, 0, 0, 0)
    m[session + RECORD] = row
    r[row + R_STEP] = DONE
    r[row + R_STATUS] = 0
    r[row + R_ATTEMPT] = 0
    r[row + R_FROM] = who
    r[row + R_TO] = who
    r[row + R_CALLER] = who
    r[row + R_KEY] = 0
    r[row + R_RECEIVED] = now
    r[row + R_STARTED] = now
    r[row + R_FINISHED] = NOT_YET
    r[row + R_OUTCOME] = IN_FLIGHT
    r[row + R_BY] = NOT_YET


def note_message(m: list[int], r: list[int], session: int, flight: int, caller: int) -> int:
    """The record of a message that is sent; ``caller`` is whose address it shows."""
    attempt = m[flight + F_ATTEMPT]
    row = begin(m, r, session, OF_MESSAGE, m[NOW_NS], m[flight + F_NODE], m[flight + F_ITERATION], m[flight + F_PATH])
    r[row + R_STEP] = m[flight + F_STEP]
    r[row + R_STATUS] = m[flight + F_STATUS]
    r[row + R_ATTEMPT] = m[attempt + NUMBER] if attempt != 0 else 0
    r[row + R_FROM] = m[flight + FROM]
    r[row + R_TO] = m[flight + TO]
    r[row + R_CALLER] = caller
    r[row + R_KEY] = m[flight + F_KEY] if m[flight + F_KEY] & UNKNOWN_ROWS == 0 else 0
    r[row + R_RECEIVED] = NOT_YET
    r[row + R_STARTED] = NOT_YET
    r[row + R_FINISHED] = NOT_YET
    r[row + R_OUTCOME] = IN_FLIGHT
    r[row + R_BY] = m[flight + F_BY]
    return row


def note_step(m: list[int], r: list[int], session: int, context: int, step: int, who: int, iteration: int,
              kind: int, started_ns: int, finished_ns: int, outcome: int, by: int) -> None:
    """The record of an action or a decision, known in full when it is taken up. What would begin after the end never does."""
    if m[session + RECORD] == 0 or started_ns >= m[END_NS]:
        return
    row = begin(m, r, session, kind, started_ns, m[step + NODE], iteration, m[context + PATH])
    r[row + R_STEP] = step
    r[row + R_STATUS] = 0
    r[row + R_ATTEMPT] = m[context + NUMBER]
    r[row + R_FROM] = who
    r[row + R_TO] = who
    r[row + R_CALLER] = who
    r[row + R_KEY] = 0
    r[row + R_RECEIVED] = started_ns
    r[row + R_STARTED] = started_ns
    if finished_ns >= m[END_NS]:
        r[row + R_FINISHED] = NOT_YET
        r[row + R_OUTCOME] = IN_FLIGHT
        r[row + R_BY] = NOT_YET
    else:
        r[row + R_FINISHED] = finished_ns
        r[row + R_OUTCOME] = outcome
        r[row + R_BY] = by


def note_action(m: list[int], r: list[int], session: int, context: int, step: int, who: int, iteration: int,
                started_ns: int, finished_ns: int, by: int) -> None:
    """The record of an action; ``by`` is what refused it, -1 nothing."""
    note_step(m, r, session, context, step, who, iteration, OF_ACTION, started_ns, finished_ns, IS_DONE if by < 0 else REFUSED, by)

