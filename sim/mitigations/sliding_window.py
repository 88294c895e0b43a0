"""Sliding window counter: each identity may make so many requests in any window, estimated from two counts.

Counted are the requests that were admitted in the window that runs and in the one before, windows being cut at whole multiples of
their length. The estimate is previous * (1 - elapsed / window) + current, as if those of the previous window had come evenly; a
request is admitted while it is below the limit. The refused one is told when that will be (Retry-After).

Weak against many addresses (Sybils), and at the edges of a window: whoever comes in a burst at its end is forgotten evenly.

Source: Cloudflare, "How we built rate limiting capable of scaling to millions of domains" (2017): 42 in the last minute and 18 in
the 15 s of this one make 42 * 45/60 + 18 = 49.5; 0.003 % of 400 million requests were misjudged. RFC 6585, 4 (429).
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, duration, status, widths
from sim.world.moments import NOW_NS, PASS, RETRY_AFTER_NS

PER = "address"
PARAMETERS = (
    count("limit", "Requests that an identity may make in a window.", example=50),
    duration("window", "Length of the window.", "1 min", least_ns=1, example="10 s"),
    status(),
)
STATED_COST = Cost(row_bytes=64)
STATE_INTS = ("window", "current", "previous")

LIMIT, WINDOW_NS, STATUS = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)
WIDTH = len(STATE_INTS)
WINDOW, CURRENT, PREVIOUS = range(WIDTH)


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Admit and count, or refuse."""
    here, window_ns = ROWS + WIDTH * row, ints[WINDOW_NS]
    window = event[NOW_NS] // window_ns
    if window != ints[here + WINDOW]:
        ints[here + PREVIOUS] = ints[here + CURRENT] if window == ints[here + WINDOW] + 1 else 0
        ints[here + WINDOW], ints[here + CURRENT] = window, 0
    left = 1.0 - float(event[NOW_NS] - window * window_ns) / float(window_ns)
    current, previous = ints[here + CURRENT], ints[here + PREVIOUS]
    if previous * left + current >= ints[LIMIT]:
        enough = (ints[LIMIT] - current) / previous if current < ints[LIMIT] else 0.0
        event[RETRY_AFTER_NS] = int((left - enough) * window_ns) + 1
        return ints[STATUS]
    ints[here + CURRENT] = current + 1
    return PASS


at_arrival = at_take_up
