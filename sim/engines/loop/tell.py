"""From the rows that the loop left to columns: for each record the number of its word, in the order of the trace."""

from sim.engines.loop.record import (
    R_ATTEMPT,
    R_BY,
    R_CALLER,
    R_CLASS,
    R_FINISHED,
    R_FROM,
    R_ITERATION,
    R_KEY,
    R_KIND,
    R_OUTCOME,
    R_PLACE,
    R_RECEIVED,
    R_SENT,
    R_SESSION,
    R_STARTED,
    R_STATUS,
    R_STEP,
    R_TO,
    RECORD_WIDTH,
)
from sim.plan import cells as c

(W_KIND, W_CLASS, W_MESSAGE, W_FROM, W_TO, W_ADDRESS, W_KEY, W_OUTCOME, W_BY) = range(9)
WORD_COLUMNS = 9
(N_SESSION, N_ITERATION, N_ATTEMPT, N_SENT, N_RECEIVED, N_STARTED, N_FINISHED) = range(7)
NUMBER_COLUMNS = 7
STATUSES = 1024
"""Statuses of refusals are below that."""


def tell(
    m: list[int],
    r: list[int],
    order: list[int],
    messages: list[int],
    keys: list[int],
    words: "list[list[int]]",
    numbers: "list[list[int]]",
    first: int,
) -> int:
    """Fill the columns of words and of numbers; the number of different messages so far.

    ``messages`` (by step and status) holds the numbers given to messages, or -1; it grows as they are met. ``keys`` (by
    fact) holds the number of the key before the first of that fact. Records of the trace begin with row 1.
    """
    met = first
    for n in range(len(order)):
        row = (order[n] + 1) * RECORD_WIDTH
        message = message_of(m, r, row)
        if messages[message] < 0:
            messages[message] = met
            met += 1
        key = r[row + R_KEY]
        words[W_KIND][n] = r[row + R_KIND]
        words[W_CLASS][n] = m[r[row + R_CLASS] + c.TRACE_CLASS]
        words[W_MESSAGE][n] = messages[message]
        words[W_FROM][n] = m[r[row + R_FROM] + c.NAMES] + place_of(m, r, row, r[row + R_FROM])
        words[W_TO][n] = m[r[row + R_TO] + c.NAMES] + place_of(m, r, row, r[row + R_TO])
        words[W_ADDRESS][n] = address_of(m, r, row)
        words[W_KEY][n] = -1 if key == 0 else keys[key >> 44] + (key & 0xFFFFFFFFFFF)
        words[W_OUTCOME][n] = r[row + R_OUTCOME]
        words[W_BY][n] = r[row + R_BY]
        numbers[N_SESSION][n] = r[row + R_SESSION]
        numbers[N_ITERATION][n] = r[row + R_ITERATION]
        numbers[N_ATTEMPT][n] = r[row + R_ATTEMPT]
        numbers[N_SENT][n] = r[row + R_SENT]
        numbers[N_RECEIVED][n] = r[row + R_RECEIVED]
        numbers[N_STARTED][n] = r[row + R_STARTED]
        numbers[N_FINISHED][n] = r[row + R_FINISHED]
    return met


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
