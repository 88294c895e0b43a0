"""The loop: take out what comes first, and do what it leads to, until a time is reached."""

from sim.engines.loop.arrivals import open_class, schedule_next, start
from sim.engines.loop.attacks import bring, strike
from sim.engines.loop.attempts import schedule
from sim.engines.loop.calls import FAILED, attempt_call, back_off, failed, free_visit, new_visit, refuse
from sim.engines.loop.challenges import answer_challenge, hear_challenge
from sim.engines.loop.ends import end, unheard
from sim.engines.loop.heap import Contradiction, at, next_event
from sim.engines.loop.memory import (
    A_CLASS,
    ANSWERING,
    ARRIVES,
    AT,
    BACKING_OFF,
    CALLER,
    CALLING,
    CALLS_AGAIN,
    CLASS,
    COMES_ON,
    COMPLETING,
    CONNECTION,
    CONTEXT,
    DEADLINE,
    DROPPING,
    ENDING,
    EVENT,
    F_ATTEMPT,
    F_BY,
    F_ITERATION,
    F_OUTCOME,
    F_PATH,
    F_RECORD,
    F_SESSION,
    F_STATUS,
    F_STEP,
    FAILURE,
    GIVING_UP,
    IS_GOING,
    IS_HELD,
    IS_OPEN,
    IS_SERVED,
    MARKING,
    NEEDED,
    NEXT_TO_DO,
    NOW_NS,
    OF_SESSION,
    PAUSING,
    REACHES,
    REACTION,
    RECORDS,
    RESUMES,
    ROWS_GIVEN,
    SERVED,
    SERVICE,
    SOLVES,
    TELLING,
    TIGHT,
    TIMES_OUT,
    TO,
    TO_DO,
    TOP,
    V_ATTEMPT,
    V_DETAIL,
    V_FLIGHT,
    V_SUBJECT,
    V_TASK,
    WAITING_EVENTS,
    WHAT_ENDS,
    beyond,
    do_now,
    let_go,
    next_task,
    pointer,
    waited_for,
)
from sim.engines.loop.network import free_flight, instance_of, opened, send, unused
from sim.engines.loop.record import RECORD_WIDTH, every_row, note_handled, note_outcome
from sim.engines.loop.station import come_on, end_service, leave_or_stay, reach_server, react, refused_later, release
from sim.measure.accumulators import hold
from sim.plan import cells as c
from sim.world.identities import fill_slots

REACHED, NEEDS_ROOM, WAS_ENOUGH = range(3)
"""Why the loop returned: its time was reached, a block must grow, or it did as many events as it was to."""
ROOM_OF_AN_EVENT = 4096
"""Cells, entries and rows that must be free before an event, beside what the plan adds for its steps."""


def run_until(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], until_ns: int, most: int, room: int,
              rows: int) -> int:
    """Let everything happen that comes before ``until_ns``; at most so many events; always with so much room to spare."""
    most_rows = m[ROWS_GIVEN] + len(r) // RECORD_WIDTH - rows
    return run_on(pointer(m), pointer(x), pointer(b), pointer(q), every_row(m, r), until_ns, most, len(m) - room,
                  len(q) // 2 - room, most_rows)


def run_on(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], until_ns: int, most: int, top: int, waiting: int,
           rows: int) -> int:
    """:func:`run_until`, with the limits of what may be taken before an event."""
    for _ in range(most):
        if m[WAITING_EVENTS] == 0 or q[0] >= until_ns:
            return REACHED
        if m[TOP] > top or m[WAITING_EVENTS] > waiting or m[RECORDS] > rows or m[TIGHT] == 1:
            return NEEDS_ROOM
        happen(m, x, b, q, r, next_event(m, q))
        while m[TO_DO] != 0:
            visit = m[TO_DO]
            if m[visit + V_TASK] == 0:
                m[TO_DO] = m[visit + NEXT_TO_DO]
                finish(m, x, b, q, r, visit)
            else:
                task, subject, detail = m[visit + V_TASK], m[visit + V_SUBJECT], m[visit + V_DETAIL]
                next_task(m, visit)
                carry_out(m, x, b, q, r, task, subject, detail)
    return WAS_ENOUGH


def open_all(m: list[int], x: list[float], q: list[int]) -> None:
    """Schedule the first arrivals of all classes."""
    open_classes(pointer(m), pointer(x), pointer(q))


def open_classes(m: list[int], x: list[float], q: list[int]) -> None:
    """:func:`open_all`."""
    classes = m[c.CLASSES]
    for k in range(classes + 1, classes + 1 + m[classes]):
        open_class(m, x, q, m[k])


def refill_slots(m: list[int], table: int) -> None:
    """Enter the rows of an identity table that has grown."""
    fill_slots(beyond(pointer(m), table))


def happen(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], event: int) -> None:
    """One event."""
    kind = m[event + EVENT]
    if kind == REACHES:
        who = m[event + TO]
        if m[event + F_STATUS] >= c.CHALLENGE_CODE:
            hear_challenge(m, x, b, q, r, event)
        elif m[who + c.IS_SERVER] == 1:
            reach_server(m, x, b, q, r, event, who)
        else:
            reach_client(m, x, b, q, r, event, who)
    elif kind == IS_SERVED:
        end_service(m, x, b, r, event)
    elif kind == ARRIVES:
        row = m[event + A_CLASS]
        if m[row + c.ARRIVALS] != c.CLOSED:
            schedule_next(m, x, q, row)
        if m[row + c.IS_ATTACK] == 1:
            lost = strike(m, x, b, q, r, event)
            if lost != 0:
                unheard(m, x, b, q, r, lost, c.BY_LINK)
                free_flight(m, lost)
            return
        session = start(m, x, b, r, event)
        starter = m[m[row + c.SIDES] + m[m[c.FIRST] + c.ACTOR]]
        go_on(m, x, b, r, new_visit(m, session, session, starter, m[c.FIRST], 0))
    elif kind == RESUMES:
        m[event + EVENT] = IS_SERVED  # it waits no longer
        if waited_for(m, m[event + CONTEXT]):
            go_on(m, x, b, r, event)
        else:
            free_visit(m, event)
    else:
        wake(m, x, b, q, r, event, kind)


def wake(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], event: int, kind: int) -> None:
    """One event that somebody has waited for: a timer's, or the end of what was held or worked at."""
    if kind == COMES_ON:
        come_on(m, x, b, q, r, event)
    elif kind == SOLVES:
        answer_challenge(m, x, b, q, r, event)
    elif kind == CALLS_AGAIN:
        call_now(m, x, b, q, r, event)
    elif kind == TIMES_OUT:
        time_out(m, x, b, q, r, event)
    else:
        raise Contradiction(event, m[NOW_NS])


def go_on(m: list[int], x: list[float], b: list[int], r: list[int], visit: int) -> None:
    """Deal with a visit at a client's side: no queue, no server."""
    react(m, x, b, r, visit)
    do_now(m, visit, REACTION)


def reach_client(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], flight: int, who: int) -> None:
    """A message arrives at a client's side: it is dealt with at once."""
    now = m[NOW_NS]
    context = opened(m, b, r, flight, False)
    note_handled(r, m[flight + F_RECORD], now)
    if context == 0:
        free_flight(m, flight)
    elif m[m[m[flight + F_SESSION] + CLASS] + c.IS_ATTACK] == 1:
        reach_attacker(m, x, b, q, r, flight)
    else:
        go_on(m, x, b, r, new_visit(m, m[flight + F_SESSION], context, who, m[m[flight + F_STEP] + c.NEXT], flight))


def reach_attacker(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], flight: int) -> None:
    """An answer, or something that a server says of its own accord: the session is over, or goes on waiting."""
    session = m[flight + F_SESSION]
    if m[flight + F_ATTEMPT] == 0:  # nobody was asked for it; after a one-way message it shows that this was dealt with
        if m[m[m[session + CLASS] + c.STRIKES] + c.KIND] == c.ONE_WAY:
            end(m, x, b, q, r, session, c.COMPLETED, -1)
    elif m[flight + F_STATUS] != 0:
        end(m, x, b, q, r, session, c.REFUSED, m[flight + F_BY])
    else:
        bring(m, session, flight)
        unused(m, b, flight)  # it has what it wanted, and never comes back with it
        end(m, x, b, q, r, session, c.COMPLETED, -1)
    free_flight(m, flight)


def call_now(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], attempt: int) -> None:
    """Send the request of an attempt; if it cannot be sent, the call fails alone."""
    if attempt_call(m, x, b, q, r, attempt) == FAILED:
        fail_alone(m, x, b, r, attempt, True)


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
            fail_alone(m, x, b, r, attempt, False)
    else:
        let_go(m, attempt)


def fail_alone(m: list[int], x: list[float], b: list[int], r: list[int], attempt: int, was_denied: bool) -> None:
    """A call fails without any message having come: there is no visit in which to deal with it."""
    caller = m[attempt + CALLER]
    visit = new_visit(m, m[attempt + OF_SESSION], m[attempt + SERVED], caller, c.DONE, 0)
    if was_denied or not failed(m, x, b, r, visit, attempt, 0, c.BY_TIMEOUT):
        refuse(m, visit)
    if m[caller + c.IS_SERVER] == 1:
        refused_later(m, b, visit, caller)
        m[caller + c.STAYS] = 0
    m[visit + V_ATTEMPT] = attempt
    do_now(m, visit, FAILURE)


def carry_out(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], task: int, subject: int, detail: int) -> None:
    """One of the things that a visit leads to."""
    if task == ANSWERING:
        answer(m, x, b, q, r, subject)
    elif task == CALLING:
        call_now(m, x, b, q, r, subject)
    elif task == TELLING:
        tell(m, x, b, q, r, subject)
    elif task == COMPLETING:
        end(m, x, b, q, r, subject, c.COMPLETED, -1)
    elif task == ENDING:
        end_by_diagram(m, x, b, q, r, subject, detail)
    elif task == PAUSING:
        pause(m, q, subject, detail)
    elif task == BACKING_OFF:
        try_again(m, x, b, q, r, subject)
    elif task == GIVING_UP:
        end(m, x, b, q, r, subject, detail >> 32, (detail & 0xFFFFFFFF) - 1)
    elif task == MARKING:
        note_outcome(r, subject, c.REFUSED, detail)
    elif task == DROPPING:
        m[subject + F_OUTCOME] = detail >> 32
        note_outcome(r, m[subject + F_RECORD], detail >> 32, detail & 0xFFFFFFFF)
        unheard(m, x, b, q, r, subject, detail & 0xFFFFFFFF)
    else:
        if m[subject + F_OUTCOME] != c.DROPPED:
            m[subject + F_OUTCOME] = c.REFUSED
        unheard(m, x, b, q, r, subject, detail)


def answer(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], flight: int) -> None:
    """Send a reply, a refusal or a challenge back to who called."""
    attempt = m[flight + F_ATTEMPT]
    if not send(m, x, b, q, r, flight, m[attempt + CALLER], m[attempt + DEADLINE]):
        unheard(m, x, b, q, r, flight, c.BY_LINK)
        free_flight(m, flight)


def end_by_diagram(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], context: int, step: int) -> None:
    """An end of the diagram, if anybody still waits for what it ends."""
    if waited_for(m, context):
        completes = m[step + c.COMPLETES] == 1
        by = -1 if completes else m[c.STEP_REASONS] + m[step + c.INDEX]
        end(m, x, b, q, r, m[context + OF_SESSION], c.COMPLETED if completes else c.ENDED, by)


def try_again(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], attempt: int) -> None:
    """Back off after a failed attempt, or give up."""
    if back_off(m, q, attempt):
        if m[m[attempt + CALLER] + c.IS_SERVER] == 1:
            m[m[attempt + CALLER] + c.STAYS] = m[attempt + IS_HELD]
    else:
        end(m, x, b, q, r, m[attempt + OF_SESSION], c.GAVE_UP, c.BY_DEADLINE)
    let_go(m, attempt)


def pause(m: list[int], q: list[int], visit: int, work_ns: int) -> None:
    """Wake up again after so many ns."""
    if m[visit + V_FLIGHT] != 0:
        free_flight(m, m[visit + V_FLIGHT])
        m[visit + V_FLIGHT] = 0
    m[visit + EVENT] = RESUMES
    at(m, q, m[NOW_NS] + work_ns, visit)


def tell(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], flight: int) -> None:
    """Send a message that nobody waits for."""
    session, step = m[flight + F_SESSION], m[flight + F_STEP]
    if m[step + c.RECEIVER] == m[c.PROTECTED]:
        m[session + NEEDED] = 1
    to = instance_of(m, session, step, m[flight + F_ITERATION], m[flight + F_PATH])
    if not send(m, x, b, q, r, flight, to, -1):
        unheard(m, x, b, q, r, flight, c.BY_LINK)
        free_flight(m, flight)


def finish(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], visit: int) -> None:
    """All that a visit led to is done."""
    who = m[visit + AT]
    if m[visit + WHAT_ENDS] == SERVICE:
        leave_or_stay(m, x, b, q, r, who)
    elif m[visit + WHAT_ENDS] == FAILURE:
        after_failure(m, x, b, q, r, m[visit + V_ATTEMPT])
    if m[visit + EVENT] == RESUMES:
        return  # it waits
    if m[visit + V_FLIGHT] != 0:
        free_flight(m, m[visit + V_FLIGHT])
    free_visit(m, visit)


def after_failure(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], attempt: int) -> None:
    """What a failed call led to is done: a server that was held for it is free."""
    caller = m[attempt + CALLER]
    if m[caller + c.IS_SERVER] == 1 and m[attempt + IS_HELD] == 1 and m[caller + c.STAYS] == 0:
        hold(b, m[caller + c.METER], -1, m[NOW_NS])
        release(m, x, b, q, r, caller)
    let_go(m, attempt)
