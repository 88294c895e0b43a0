"""From the rows that the loop left to columns: for each record the number of its word, in the order of the trace."""

from sim.engines.loop.memory import CLASS, NOW_NS, RECORD, SESSION_NUMBER
from sim.engines.loop.record import (
    R_ATTEMPT,
    R_BY,
    R_CALLER,
    R_CLASS,
    R_FINISHED,
    R_FROM,
    R_HIGH,
    R_ITERATION,
    R_KEY,
    R_KIND,
    R_LOW,
    R_OUTCOME,
    R_OWNER,
    R_PLACE,
    R_RECEIVED,
    R_SENT,
    R_SESSION,
    R_STARTED,
    R_STATUS,
    R_STEP,
    R_TO,
    RECORD_WIDTH,
    every_row,
)
from sim.plan import cells as c

(W_KIND, W_CLASS, W_MESSAGE, W_FROM, W_TO, W_ADDRESS, W_KEY, W_OUTCOME, W_BY) = range(9)
WORD_COLUMNS = 9
(N_SESSION, N_ITERATION, N_ATTEMPT, N_SENT, N_RECEIVED, N_STARTED, N_FINISHED) = range(7)
NUMBER_COLUMNS = 7
STATUSES = 1024
"""Statuses of refusals are below that."""


def put_in_order(m: list[int], r: list[int], order: list[int], placed: int, first: int, last: int, moves: int) -> bool:
    """Put rows among those that stand in the order of the trace, by (sent_ns, key); whether ``moves`` were enough.

    ``order`` holds numbers of rows, of which ``placed`` are in order; those from ``first`` up to ``last`` follow.
    """
    rows = every_row(m, r)
    for row in range(first, last):
        place = placed
        while place > 0 and is_before(rows, row * RECORD_WIDTH, order[place - 1] * RECORD_WIDTH):
            order[place] = order[place - 1]
            place -= 1
            moves -= 1
            if moves < 0:
                return False
        order[place] = row
        placed += 1
    return True


def settled(m: list[int], r: list[int], order: list[int]) -> int:
    """How many come before the first whose record may still change, or may still get another before it."""
    rows, now = every_row(m, r), m[NOW_NS]
    for place in range(len(order)):
        row = order[place] * RECORD_WIDTH
        if rows[row + R_SENT] >= now or is_under_way(m, rows, row):
            return place
    return len(order)


def is_under_way(m: list[int], r: list[int], row: int) -> bool:
    """Whether the session of a row is: even what it was told, and what was done for it, may yet turn out to be refused."""
    session = r[row + R_OWNER]
    is_there = m[session + SESSION_NUMBER] == r[row + R_SESSION] and m[session + CLASS] == r[row + R_CLASS]
    return is_there and m[session + RECORD] != 0


def is_before(r: list[int], row: int, other: int) -> bool:
    """Whether one row comes before another in the trace."""
    if r[row + R_SENT] != r[other + R_SENT]:
        return r[row + R_SENT] < r[other + R_SENT]
    if r[row + R_HIGH] != r[other + R_HIGH]:
        return r[row + R_HIGH] < r[other + R_HIGH]
    return r[row + R_LOW] < r[other + R_LOW]


def tell(
    m: list[int], r: list[int], order: list[int], keys: list[int], words: "list[list[int]]", numbers: "list[list[int]]"
) -> None:
    """Fill the columns of words and of numbers with the rows whose numbers ``order`` holds.

    ``keys`` (by fact) holds the number of the key before the first of that fact.
    """
    rows = every_row(m, r)
    for n in range(len(order)):
        row = order[n] * RECORD_WIDTH
        key = rows[row + R_KEY]
        words[W_KIND][n] = rows[row + R_KIND]
        words[W_CLASS][n] = m[rows[row + R_CLASS] + c.TRACE_CLASS]
        words[W_MESSAGE][n] = message_of(m, rows, row)
        words[W_FROM][n] = m[rows[row + R_FROM] + c.NAMES] + place_of(m, rows, row, rows[row + R_FROM])
        words[W_TO][n] = m[rows[row + R_TO] + c.NAMES] + place_of(m, rows, row, rows[row + R_TO])
        words[W_ADDRESS][n] = address_of(m, rows, row)
        words[W_KEY][n] = -1 if key == 0 else keys[key >> 44] + (key & 0xFFFFFFFFFFF)
        words[W_OUTCOME][n] = rows[row + R_OUTCOME]
        words[W_BY][n] = rows[row + R_BY]
        numbers[N_SESSION][n] = rows[row + R_SESSION]
        numbers[N_ITERATION][n] = rows[row + R_ITERATION]
        numbers[N_ATTEMPT][n] = rows[row + R_ATTEMPT]
        numbers[N_SENT][n] = rows[row + R_SENT]
        numbers[N_RECEIVED][n] = rows[row + R_RECEIVED]
        numbers[N_STARTED][n] = rows[row + R_STARTED]
        numbers[N_FINISHED][n] = rows[row + R_FINISHED]


def message_of(m: list[int], r: list[int], row: int) -> int:
    """The number of a step and a status; the session's own record has the one after all steps."""
    step = r[row + R_STEP]
    return (m[c.N_STEPS] if step == c.DONE else m[step + c.INDEX]) * STATUSES + r[row + R_STATUS]


def place_of(m: list[int], r: list[int], row: int, who: int) -> int:
    """The place of a player among those of its row: a client's; a server's row is of one instance."""
    return 0 if m[who + c.IS_SERVER] == 1 else r[row + R_PLACE]


def address_of(m: list[int], r: list[int], row: int) -> int:
    """The number of an address: those of the servers, then the clients'."""
    who = r[row + R_CALLER]
    if m[who + c.IS_SERVER] == 1:
        return m[who + c.ADDRESS_NUMBER]
    of = r[row + R_CLASS]
    return (
        m[who + c.ADDRESS_NUMBER] + m[of + c.FIRST_ADDRESS] + (r[row + R_PLACE] - m[of + c.FIRST_NUMBER]) // m[of + c.ADDRESSES_PER]
    )
