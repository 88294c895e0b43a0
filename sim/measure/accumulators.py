"""The accumulators of a run: laws that fold events, in their order, into one flat block of integers.

A block is a list of ints (an int64 array when compiled). :mod:`sim.measure.layout` lays it out; the columns are
named here. It holds, in this order: the header, the table of edges, a row for the network, one for all sessions,
one for each class, one for each phase, one for each attack, one for each station, the series and histograms those rows
point to, and last the table of refusals by reason, station and segment, which alone may grow.

**Phases** are what the beginnings and ends of attacks cut the run into (one phase where there is no attack: then it has
no row). A row of a phase has the columns of a class's, for the honest sessions that started in it.

**Segments.** Time is cut at the ends of the bins and at the end of the warm-up. A row collects the *current* segment
in its own columns and moves them to its series when time passes the edge (`flush`), so an event costs the same
whatever the number of bins, and totals are sums over segments, made afterwards in unbounded integers.

**Limits.** An integral over one segment is at most (number present) x (bin length); the limits PRESENT_LIMIT and
layout.BIN_LIMIT_NS keep it below 2^63. Sums that have no such bound are *wide*: two columns, the value being
low + high * 2^62.

**Little.** The time integral of the number present (here, from state alone: waiting + busy) and the sum of sojourns
(from each item's own times) are two code paths to one number (J. D. C. Little 1961, Operations Research 9(3)).

Everything here is a law: no float, no allocation, no object; the same bits compiled or not.
"""


from collections.abc import Callable

from sim.measure.histogram import bucket, coarse_value_of, rank_of

# Header.
END_NS, WARM_UP_NS, KEYS_ALLOCATED, KEYS_ORPHANED, KEYS_DELETED_IN_USE, FALSE_REFUSALS = range(6)
PHASES, PHASE_ENDS, FIRST_PHASE, PHASE_STRIDE = range(6, 10)  # how many have a row, their ends in ns, the rows
BIN_NS, BY_START = range(10, 12)  # for each bin in which sessions started: how many were due, how many of these good
HEADER_WIDTH = 12

# The table of edges: for each segment its end in ns, and 1 if that closes a bin (0: it only ends the warm-up).
EDGE_WIDTH = 2
NEVER_NS = 1 << 62

# A row with a series: its head, then the columns of the current segment, which are also those of its series.
NEXT_NS, SEGMENT, EDGES, SERIES, SERIES_WIDTH, COARSE, COARSE_COUNT = range(7)
CURRENT = 7
OBSERVED, P50_NS, P95_NS, P99_NS = range(CURRENT, CURRENT + 4)  # of the bin's coarse histogram, where one closes

# The network's row.
SENT, DELIVERED, LOST = range(CURRENT + 4, CURRENT + 7)
NETWORK_WIDTH = CURRENT + 7

# The row of all sessions.
OFFERED, GOODPUT, FAILED = range(CURRENT + 4, CURRENT + 7)
RESPONSES, RESPONSES_HIGH = range(CURRENT + 7, CURRENT + 9)  # wide sum of the response times of those completed
SESSIONS_WIDTH = CURRENT + 9

# A class's or phase's row (no series). DEADLINE_NS is -1 where there is none. The outcomes stand in the order of their codes.
STARTED, COMPLETED_AT, REFUSED_AT, TIMED_OUT_AT, GAVE_UP_AT, ENDED_AT = range(6)
DEADLINE_NS, ELIGIBLE, SUCCESSFUL, GOOD, CALLS, ATTEMPTS, CLASS_FALSE_REFUSALS = range(6, 13)
RESPONSE_SUM, RESPONSE_SUM_HIGH, RESPONSE_MAX, RESPONSE_HISTOGRAM = range(13, 17)
FALSE_CALLS, FALSE_SESSIONS = range(17, 19)
KNOWN_STARTED, KNOWN_REFUSALS, KNOWN_CALLS, KNOWN_SESSIONS = range(19, 23)  # of clients that held something at the start
BY_PHASE = 23  # of a class: its due and good sessions, two columns a phase; of a phase: where among those its own stand
CLASS_WIDTH = 24
COMPLETED, REFUSED, TIMED_OUT, GAVE_UP, ENDED = range(5)

# A station's row: the current segment ...
ARRIVED, TURNED_AWAY, TURNED_DOWN, SERVED, CONTINUATIONS = range(CURRENT + 4, CURRENT + 9)
WAITING_INTEGRAL, BUSY_INTEGRAL, HELD_INTEGRAL, WAITING_MAX, MEMORY_MAX = range(CURRENT + 9, CURRENT + 14)
REFUSING = CURRENT + 14  # server time of what was refused and left in this segment, in ns
STATION_SERIES_WIDTH = 15
# ... and the rest. SOJOURN_SUM is over the measured items; SOJOURN_OTHER, over all others, completes Little's account.
LAST_NS, WAITING, BUSY, HELD, HELD_SINCE_NS = range(CURRENT + 15, CURRENT + 20)
MEMORY, MEMORY_TABLE, REASONS, REASON_STRIDE = range(CURRENT + 20, CURRENT + 24)
SOJOURN_OTHER, SOJOURN_OTHER_HIGH, SOJOURN_SUM, SOJOURN_SUM_HIGH = range(CURRENT + 24, CURRENT + 28)
SOJOURN_MAX, SOJOURN_HISTOGRAM = range(CURRENT + 28, CURRENT + 30)
WAIT_SUM, WAIT_SUM_HIGH, WAIT_MAX, WAIT_HISTOGRAM = range(CURRENT + 30, CURRENT + 34)
REFUSING_SUM, REFUSING_SUM_HIGH = range(CURRENT + 34, CURRENT + 36)
STATION_WIDTH = CURRENT + 36

# An entry of a station's memory table, one for each kind of row it keeps.
ROWS, ROWS_PEAK, ROW_BYTES = range(3)
MEMORY_WIDTH = 3

HALF_RANGE = 1 << 62
PRESENT_LIMIT = 1 << 22


def add_wide(block: list[int], low: int, value: int) -> None:
    """Add 0 <= value < 2^62 to the wide sum at columns ``low``, ``low + 1``."""
    total = block[low] + value
    if total >= HALF_RANGE:
        total -= HALF_RANGE
        block[low + 1] += 1
    block[low] = total


def close_bin(block: list[int], row: int) -> None:
    """Read the percentiles of the bin that ends from the row's coarse histogram, and clear it, in one pass."""
    count = block[row + COARSE_COUNT]
    coarse = block[row + COARSE]
    block[row + OBSERVED] = count
    p50, p95, p99 = rank_of(count, 500), rank_of(count, 950), rank_of(count, 990)
    seen = index = 0
    while seen < count:
        here = block[coarse + index]
        if here > 0:
            block[coarse + index] = 0
            value = coarse_value_of(index)
            if seen < p50:
                block[row + P50_NS] = value
            if seen < p95:
                block[row + P95_NS] = value
            if seen < p99:
                block[row + P99_NS] = value
            seen += here
        index += 1
    block[row + COARSE_COUNT] = 0


def flush(block: list[int], row: int) -> None:
    """End the current segment of a row: move its columns to the series and start the next one at zero."""
    segment = block[row + SEGMENT]
    edge = block[row + EDGES] + EDGE_WIDTH * segment
    if block[row + COARSE_COUNT] > 0 and block[edge + 1] == 1:
        close_bin(block, row)
    width = block[row + SERIES_WIDTH]
    target = block[row + SERIES] + width * segment
    for column in range(width):
        block[target + column] = block[row + CURRENT + column]
        block[row + CURRENT + column] = 0
    block[row + SEGMENT] = segment + 1
    block[row + NEXT_NS] = block[edge + EDGE_WIDTH]


def count(block: list[int], row: int, column: int, now_ns: int) -> None:
    """Count one event in a column of a row with a series (not a station's, which also has integrals)."""
    while now_ns >= block[row + NEXT_NS]:
        flush(block, row)
    block[row + column] += 1


def start_session(block: list[int], sessions: int, row: int, now_ns: int, is_known: int) -> None:
    """Fold the start of a session of the class at ``row``; ``is_known``: 1 if its client holds a fact already."""
    count(block, sessions, OFFERED, now_ns)
    block[row + STARTED] += 1
    block[row + KNOWN_STARTED] += is_known


def end_session(
    block: list[int],
    sessions: int,
    row: int,
    started_ns: int,
    now_ns: int,
    outcome: int,
    needed_protected: int,
    calls: int,
    attempts: int,
) -> None:
    """Fold the end of a session of the class at ``row``; what is measured of it is said in :mod:`sim.measure.meter`."""
    while now_ns >= block[sessions + NEXT_NS]:
        flush(block, sessions)
    block[row + COMPLETED_AT + outcome] += 1
    response_ns = now_ns - started_ns
    deadline_ns = block[row + DEADLINE_NS]
    good = outcome == COMPLETED and (deadline_ns < 0 or response_ns <= deadline_ns)
    if good:
        block[sessions + GOODPUT] += 1
        if now_ns >= block[WARM_UP_NS]:
            block[row + GOOD] += 1
    else:
        block[sessions + FAILED] += 1
    index = bucket(response_ns)
    if outcome == COMPLETED:
        block[block[sessions + COARSE] + (index >> 3)] += 1
        block[sessions + COARSE_COUNT] += 1
        add_wide(block, sessions + RESPONSES, response_ns)
    if started_ns < block[WARM_UP_NS]:
        return
    due = needed_protected == 1 and (deadline_ns < 0 or started_ns + deadline_ns < block[END_NS])
    measure_session(block, row, response_ns, index, outcome, good, due, calls, attempts)
    if due:
        count_due(block, row, started_ns, good)
    if block[PHASES] > 0:
        phase = phase_at(block, started_ns)
        if good:
            block[phase + GOOD] += 1
        measure_session(block, phase, response_ns, index, outcome, good, due, calls, attempts)


def measure_session(
    block: list[int], row: int, response_ns: int, index: int, outcome: int, good: bool, due: bool, calls: int, attempts: int
) -> None:
    """Fold a session that started after the warm-up into the row of its class or phase; ``index`` is of its bucket."""
    block[row + CALLS] += calls
    block[row + ATTEMPTS] += attempts
    if due:
        block[row + ELIGIBLE] += 1
        if good:
            block[row + SUCCESSFUL] += 1
    if outcome == COMPLETED:
        block[block[row + RESPONSE_HISTOGRAM] + index] += 1
        add_wide(block, row + RESPONSE_SUM, response_ns)
        if response_ns > block[row + RESPONSE_MAX]:
            block[row + RESPONSE_MAX] = response_ns


def phase_at(block: list[int], started_ns: int) -> int:
    """The row of the phase in which a session started (of a block that has phases)."""
    phase = 0
    while started_ns >= block[block[PHASE_ENDS] + phase]:
        phase += 1
    return block[FIRST_PHASE] + phase * block[PHASE_STRIDE]


def count_due(block: list[int], row: int, started_ns: int, good: bool) -> None:
    """Count a session of the success ratio by the bin in which it started, and by its class and phase together."""
    here = block[BY_START] + 2 * (started_ns // block[BIN_NS])
    block[here] += 1
    block[here + 1] += good
    if block[PHASES] > 0:
        here = block[row + BY_PHASE] + block[phase_at(block, started_ns) + BY_PHASE]
        block[here] += 1
        block[here + 1] += good


def settle_held(block: list[int], station: int, until_ns: int) -> None:
    """Bring the integral of held servers to a time; apart from `advance`, since few stations ever hold one."""
    block[station + HELD_INTEGRAL] += block[station + HELD] * (until_ns - block[station + HELD_SINCE_NS])
    block[station + HELD_SINCE_NS] = until_ns


def settle(block: list[int], station: int, until_ns: int) -> None:
    """Bring the integrals of those present to a time within the segment."""
    elapsed_ns = until_ns - block[station + LAST_NS]
    if elapsed_ns > 0:
        block[station + LAST_NS] = until_ns
        block[station + BUSY_INTEGRAL] += block[station + BUSY] * elapsed_ns
        waiting = block[station + WAITING]
        if waiting > 0:
            block[station + WAITING_INTEGRAL] += waiting * elapsed_ns
            if waiting > block[station + WAITING_MAX]:
                block[station + WAITING_MAX] = waiting
    elif elapsed_ns < 0:
        raise ValueError("a station's clock ran backwards")


def advance(block: list[int], station: int, now_ns: int) -> None:
    """Bring the time integrals of a station to ``now_ns``, ending every segment on the way.

    A queue length counts for the maximum only once it lasted: what arrives and is taken up at the same instant
    never waited.
    """
    while now_ns >= block[station + NEXT_NS]:
        edge_ns = block[station + NEXT_NS]
        settle(block, station, edge_ns)
        settle_held(block, station, edge_ns)
        flush(block, station)
        block[station + MEMORY_MAX] = block[station + MEMORY]
    settle(block, station, now_ns)


def arrive(block: list[int], station: int, now_ns: int) -> None:
    """An item enters the waiting room (if only to be taken up at once)."""
    advance(block, station, now_ns)
    waiting = block[station + WAITING] + 1
    block[station + WAITING] = waiting
    block[station + ARRIVED] += 1
    if waiting + block[station + BUSY] > PRESENT_LIMIT:
        raise OverflowError("more than 4,194,304 items are present at one station")


def count_reason(block: list[int], station: int, reason: int) -> None:
    """Count one more refusal for a reason, in the current segment."""
    block[block[station + REASONS] + reason * block[station + REASON_STRIDE] + block[station + SEGMENT]] += 1


def turn_away(block: list[int], station: int, now_ns: int, reason: int) -> None:
    """An item is refused or dropped at the door; it spends no time there."""
    if now_ns >= block[station + NEXT_NS]:
        advance(block, station, now_ns)
    block[station + ARRIVED] += 1
    block[station + TURNED_AWAY] += 1
    count_reason(block, station, reason)


def take_up(block: list[int], station: int, arrived_ns: int, now_ns: int) -> None:
    """A server takes an item up from the waiting room."""
    advance(block, station, now_ns)
    block[station + WAITING] -= 1
    block[station + BUSY] += 1
    wait_ns = now_ns - arrived_ns
    index = bucket(wait_ns)
    block[block[station + COARSE] + (index >> 3)] += 1
    block[station + COARSE_COUNT] += 1
    if arrived_ns >= block[WARM_UP_NS]:
        block[block[station + WAIT_HISTOGRAM] + index] += 1
        if wait_ns > 0:
            add_wide(block, station + WAIT_SUM, wait_ns)
            if wait_ns > block[station + WAIT_MAX]:
                block[station + WAIT_MAX] = wait_ns


def admit(block: list[int], station: int, now_ns: int) -> None:
    """An item enters and is taken up at once: `arrive` and `take_up` in one, for a wait of 0."""
    if now_ns < block[station + NEXT_NS]:  # `advance`, without the call, here and in `leave`
        settle(block, station, now_ns)
    else:
        advance(block, station, now_ns)
    block[station + ARRIVED] += 1
    busy = block[station + BUSY] + 1
    block[station + BUSY] = busy
    if block[station + WAITING] + busy > PRESENT_LIMIT:
        raise OverflowError("more than 4,194,304 items are present at one station")
    block[block[station + COARSE]] += 1
    block[station + COARSE_COUNT] += 1
    if now_ns >= block[WARM_UP_NS]:
        block[block[station + WAIT_HISTOGRAM]] += 1


def leave(
    block: list[int], station: int, arrived_ns: int, started_ns: int, now_ns: int, refused_by: int, is_new: int
) -> None:
    """An item leaves its server: served (``refused_by`` -1) or refused at take-up, for the time that took."""
    if now_ns < block[station + NEXT_NS]:
        settle(block, station, now_ns)
    else:
        advance(block, station, now_ns)
    block[station + BUSY] -= 1
    sojourn_ns = now_ns - arrived_ns
    if arrived_ns >= block[WARM_UP_NS]:
        block[block[station + SOJOURN_HISTOGRAM] + bucket(sojourn_ns)] += 1
        add_wide(block, station + SOJOURN_SUM, sojourn_ns)
        if sojourn_ns > block[station + SOJOURN_MAX]:
            block[station + SOJOURN_MAX] = sojourn_ns
    else:
        add_wide(block, station + SOJOURN_OTHER, sojourn_ns)
    if refused_by < 0:
        block[station + SERVED] += 1
        if is_new == 0:
            block[station + CONTINUATIONS] += 1
        return
    block[station + TURNED_DOWN] += 1
    count_reason(block, station, refused_by)
    block[station + REFUSING] += now_ns - started_ns
    warm_up_ns = block[WARM_UP_NS]
    if started_ns >= warm_up_ns:
        add_wide(block, station + REFUSING_SUM, now_ns - started_ns)
    elif now_ns > warm_up_ns:
        add_wide(block, station + REFUSING_SUM, now_ns - warm_up_ns)


def expire(block: list[int], station: int, arrived_ns: int, now_ns: int, reason: int) -> None:
    """An item leaves the waiting room and was never taken up."""
    advance(block, station, now_ns)
    block[station + WAITING] -= 1
    block[station + TURNED_DOWN] += 1
    count_reason(block, station, reason)
    add_wide(block, station + SOJOURN_OTHER, now_ns - arrived_ns)


def hold(block: list[int], station: int, delta: int, now_ns: int) -> None:
    """A server starts (``delta`` 1) or ends (-1) being held for a nested call: occupied, with no item present."""
    advance(block, station, now_ns)
    settle_held(block, station, now_ns)
    block[station + HELD] += delta


def change_rows(block: list[int], station: int, kind: int, delta: int, now_ns: int) -> None:
    """Rows of one kind come to a station's tables (``delta`` > 0) or go."""
    if now_ns >= block[station + NEXT_NS]:
        advance(block, station, now_ns)
    entry = block[station + MEMORY_TABLE] + MEMORY_WIDTH * kind
    rows = block[entry + ROWS] + delta
    block[entry + ROWS] = rows
    if rows > block[entry + ROWS_PEAK]:
        block[entry + ROWS_PEAK] = rows
    memory = block[station + MEMORY] + delta * block[entry + ROW_BYTES]
    block[station + MEMORY] = memory
    if memory > block[station + MEMORY_MAX]:
        block[station + MEMORY_MAX] = memory


LAWS: tuple[Callable[..., int | None], ...] = (
    add_wide, close_bin, flush, count, start_session, measure_session, phase_at, count_due, end_session,
    settle_held, settle, advance, arrive, count_reason, turn_away, take_up, admit, leave, expire, hold,
    change_rows,
)
"""Every law of this module, callees before callers."""
