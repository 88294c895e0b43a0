"""What the loop keeps in its memory beside the plan's tables: its own header and the records of who is under way.

A record is known by the address of its first cell. Records of a kind are handed back to a list of free ones, so the
memory is as large as what was ever under way at once. It grows between events, and addresses stay as they are.
"""

from typing import Any, TypeVar

from sim.plan.cells import OWN_HEADER, PICKS, PICKS_NEW

# The loop's cells of the header.
(NOW_NS, TOP, WAITING_EVENTS, TO_DO, STARTED, FLYING, GOING, RECORDS, REFUSED_STATUS, REFUSED_BY, REFUSED_AFTER_NS, NETWORK_METER,
 SESSIONS_METER, FREE_SESSION, FREE_MEMBER, FREE_ATTEMPT, FREE_FLIGHT, FREE_VISIT, FREE_TASK, FREE_LOOPS, FREE_JUMP, FREE_ARRIVAL,
 SESSION_WIDTH, SAMPLE, FREE_CAPTURED, FREE_LINK, TIGHT, ROWS_GIVEN, FREE_TICK, FREE_SOCKET) = range(OWN_HEADER, OWN_HEADER + 30)
"""ROWS_GIVEN: so many rows of the trace, from the first on, are in the trace's file already and no longer here."""

# What begins every record that can stand among the events: what happens, and its key in two words.
EVENT, HIGH, LOW = range(3)
ARRIVES, REACHES, IS_SERVED, RESUMES, CALLS_AGAIN, TIMES_OUT, SOLVES, COMES_ON, CHANGES, IS_DUE, IS_CUT = range(1, 12)
"""Kinds of events."""

# A context: a session, or an attempt that is being served. The columns that both have come first.
(REFERENCES, OF_SESSION, SERVED, PATH, ITERATION, LOOPS, NUMBER) = range(3, 10)
"""NUMBER is the attempt's, 0 for a session; SERVED the context around it, 0 for a session."""

# A session.
(IS_GOING, CLASS, C0, C1, KEY_HIGH, KEY_LOW, SESSION_NUMBER, STARTED_NS, CALLS, ATTEMPTS, NEEDED, RECORD, MEMBER, PLACE, BEFORE,
 AFTER, JUMPS, SKEW_NS, HAS_KEPT, WAITS, BROUGHT, IP, IS_KNOWN, REFUSED_CALL, CLAIMS_OF, SESSION_HEAD) = range(10, 36)
"""CLAIMS_OF: the class whose unknown facts its requests bring. Behind SESSION_HEAD: the passes by loop, the uses by rule, the
slots of what servers know."""

# An attempt.
(STEP, CALLED_IN, CALLER, PARTNER, IS_OPEN, DEADLINE, BACKOFF_NS, IS_HELD, REQUEST_RECORD, IN_ROW, CONNECTION, SIGNED_NS, CLAIMED,
 CAPTURED, TOLD_AFTER_NS, IS_PROBE) = range(10, 26)
ATTEMPT_WIDTH = 26

# A message on its way.
(F_SESSION, F_STEP, F_ATTEMPT, F_SERVED, F_ITERATION, F_NODE, F_PATH, F_STATUS, F_BY, F_OUTCOME, F_KEY, F_NEW, F_RECORD, FROM, TO,
 F_SENT_NS, F_ANSWERS, F_ASKED_KEY, F_ASKED_SERVED, F_AFTER_NS, F_TICKET, F_AGAIN, F_SOCKET,
 F_ROWS) = range(3, 27)
"""F_AGAIN: whether the key that it brings is one that was given out before. Behind F_ROWS: the rows of the facts that it takes
with it, in the order of its step's FACTS."""

# A visit. CONTEXT is a session or an attempt.
(V_SESSION, CONTEXT, AT, V_STEP, V_FLIGHT, ARRIVED_NS, TAKEN_UP_NS, WORK_NS, V_REFUSED_BY, V_BEFORE, V_AFTER, NEXT_WAITING,
 V_TASK, V_SUBJECT, V_DETAIL, FIRST_TASK, LAST_TASK, NEXT_TO_DO, WHAT_ENDS, V_ATTEMPT, BY_MITIGATION, PASSED,
 V_ASKED, V_DONE_AT, V_CAME, V_CHILD, V_SOCKET) = range(3, 30)
VISIT_WIDTH = 30
"""V_ASKED: how many mitigations at the edge were asked about it.
V_TASK, with its subject and detail, is the first thing that the visit leads to; most lead to one. The others are in a row of
tasks from FIRST_TASK on. NEXT_TO_DO: the visit whose tasks come after these."""
REACTION, SERVICE, FAILURE = range(3)
"""What ends with a visit: what a client did, what a server did, a call that failed (V_ATTEMPT)."""

# What a visit leads to, in order: what is done when it is over.
NEXT_TASK, TASK, SUBJECT, DETAIL = range(4)
TASK_WIDTH = 4
(CALLING, ANSWERING, TELLING, COMPLETING, ENDING, PAUSING, BACKING_OFF, GIVING_UP, MARKING, NOT_HEARING, DROPPING) = range(1, 12)

# Where the loops of a context stand: three cells for each loop.
IS_IN, PASS, ENTERED_TIMES = range(3)
LOOP_CELLS = 3

# How far a path of a session has been called and jumped in (only where servers jump, or a rule leads elsewhere).
NEXT_JUMP, JUMP_PATH, CALLED_AT_MOST, JUMPED_AT_MOST = range(4)
JUMP_WIDTH = 4

# A request of an honest client that attackers got to see, and its place in the row of what one of them captured.
COPIES, SEEN_NS, SEEN_SKEW_NS, SEEN_KEY, SEEN_CLAIMED, TAKEN_NS, TAKERS, SEEN_CLASS, SEEN_ROWS = range(9)
"""COPIES counts who refers to it. TAKEN_NS: when a server took up its nonce first, -1 if none has; TAKERS: the instances that
have, in links (SEEN: the instance). Behind SEEN_ROWS as behind F_ROWS."""
NEXT_SEEN, SEEN = range(2)
LINK_CELLS = 2

# When somebody will be done at a server that is shared, as far as was known when it was said.
TICK_WHO = 3
TICK_WIDTH = 4

# A connection in the table of a server. S_CELL: where its sender has it, or 0.
(S_AFTER, S_BEFORE, S_IDLE_AFTER, S_IDLE_BEFORE, S_ADDRESS, S_BUSY, S_SINCE_NS, S_CELL) = range(8)
SOCKET_WIDTH = 8

# An arrival to come.
A_CLASS, A_INSTANCE, A_VISIT = range(3, 6)
ARRIVAL_WIDTH = 6


_N = TypeVar("_N", int, float)


def pointer(block: list[_N]) -> list[_N]:
    """The block as it is handed from function to function; compiled, the address of its first cell and nothing else."""
    return block


def part(block: list[_N], first: int, length: int) -> list[_N]:
    """Some cells of a block, for a law that takes a sequence; compiled, no copy is made."""
    return block[first:first + length]


class Beyond:
    """A block from one of its cells on."""

    def __init__(self, block: list[Any], first: int) -> None:
        self.block = block
        self.first = first

    def __getitem__(self, index: int) -> Any:
        return self.block[self.first + index]

    def __setitem__(self, index: int, value: Any) -> None:
        self.block[self.first + index] = value


def beyond(block: list[_N], first: int) -> list[_N]:
    """A block from one of its cells on, for a law whose state begins there; compiled, the address of that cell."""
    return Beyond(block, first)  # type: ignore[return-value]


def as_floats(block: list[int], first: int) -> list[float]:
    """Cells of the memory that hold floats, from one on; compiled, the same bits read as floats."""
    return Beyond(block, first)  # type: ignore[return-value]


def take(m: list[int], free: int, width: int) -> int:
    """A record of a kind: one that was handed back, or a new one at the end."""
    address = m[free]
    if address != 0:
        m[free] = m[address]
        return address
    address = m[TOP]
    m[TOP] = address + width
    return address


def give(m: list[int], free: int, address: int) -> None:
    """Hand a record back."""
    m[address] = m[free]
    m[free] = address


def do_later(m: list[int], visit: int, task: int, subject: int, detail: int) -> None:
    """Add to what a visit leads to."""
    if m[visit + V_TASK] == 0:
        m[visit + V_TASK] = task
        m[visit + V_SUBJECT] = subject
        m[visit + V_DETAIL] = detail
        return
    node = take(m, FREE_TASK, TASK_WIDTH)
    m[node + NEXT_TASK] = 0
    m[node + TASK] = task
    m[node + SUBJECT] = subject
    m[node + DETAIL] = detail
    last = m[visit + LAST_TASK]
    if last == 0:
        m[visit + FIRST_TASK] = node
    else:
        m[last + NEXT_TASK] = node
    m[visit + LAST_TASK] = node


def do_now(m: list[int], visit: int, what_ends: int) -> None:
    """Put what a visit leads to before everything else that is to be done."""
    m[visit + WHAT_ENDS] = what_ends
    m[visit + NEXT_TO_DO] = m[TO_DO]
    m[TO_DO] = visit


def next_task(m: list[int], visit: int) -> None:
    """Forget the first thing that a visit leads to: the next one is the first."""
    node = m[visit + FIRST_TASK]
    if node == 0:
        m[visit + V_TASK] = 0
        return
    m[visit + V_TASK] = m[node + TASK]
    m[visit + V_SUBJECT] = m[node + SUBJECT]
    m[visit + V_DETAIL] = m[node + DETAIL]
    m[visit + FIRST_TASK] = m[node + NEXT_TASK]
    if m[visit + FIRST_TASK] == 0:
        m[visit + LAST_TASK] = 0
    give(m, FREE_TASK, node)


def refer(m: list[int], context: int) -> None:
    """One more refers to a context."""
    m[context + REFERENCES] += 1


def let_go(m: list[int], context: int) -> None:
    """One less does; what nobody refers to is handed back, and lets go of what is around it."""
    while context != 0:
        m[context + REFERENCES] -= 1
        if m[context + REFERENCES] > 0:
            return
        if m[context + LOOPS] != 0:
            give(m, FREE_LOOPS, m[context + LOOPS])
            m[context + LOOPS] = 0
        if m[context + NUMBER] == 0:
            if m[context + IS_GOING] == 0:
                free_session(m, context)
            return
        around = m[context + SERVED]
        if m[context + CAPTURED] != 0:
            forget_captured(m, m[context + CAPTURED])
        give(m, FREE_ATTEMPT, context)
        context = around


def forget_captured(m: list[int], seen: int) -> None:
    """One less refers to what was captured."""
    m[seen + COPIES] -= 1
    if m[seen + COPIES] > 0:
        return
    link = m[seen + TAKERS]
    while link != 0:
        following = m[link + NEXT_SEEN]
        give(m, FREE_LINK, link)
        link = following
    give(m, FREE_CAPTURED, seen)


def free_session(m: list[int], session: int) -> None:
    """Hand back a session that has ended, and of which nothing is under way any more: nothing in its records changes now."""
    m[session + RECORD] = 0
    jump = m[session + JUMPS]
    while jump != 0:
        following = m[jump + NEXT_JUMP]
        give(m, FREE_JUMP, jump)
        jump = following
    if m[m[session + CLASS] + PICKS] == PICKS_NEW:  # a newcomer's member goes with it
        give(m, FREE_MEMBER, m[session + MEMBER])
    give(m, FREE_SESSION, session)


def waited_for(m: list[int], context: int) -> bool:
    """Whether somebody still waits for a context, at every level outwards."""
    while m[context + NUMBER] != 0:
        if m[context + IS_OPEN] == 0:
            return False
        context = m[context + SERVED]
    return m[context + IS_GOING] == 1


def key_of(m: list[int], event: int, session: int, kind: int, node: int, iteration: int, path: int) -> None:
    """Give an event its key (:func:`sim.world.order.key_words`)."""
    m[event + HIGH] = kind << 56 | m[session + KEY_HIGH]
    m[event + LOW] = m[session + KEY_LOW] | node << 40 | iteration << 20 | path
