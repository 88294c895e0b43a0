"""Token bucket: each identity may make so many requests a second in the long run, and a burst of them at once.

Kept as the generic cell rate algorithm, one time an identity: with T = 1 / rate and tau = (burst - 1) T, a request at ``now`` is
admitted if TAT - now <= tau, and then TAT = max(now, TAT) + T (TAT: the theoretical arrival time). The refused one is told when
to come again (Retry-After), and costs nothing of the bucket.

Weak against many addresses (Sybils), each below its rate; its own table grows with them (``table: {capacity: 10000}`` bounds
it, and whoever is evicted begins with a full bucket).

Source: ITU-T Recommendation I.371 (2004), annex A, the generic cell rate algorithm; RFC 6585, 4 (429 Too Many Requests); RFC
9110, 10.2.3 (Retry-After).
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, rate, status, widths
from sim.world.clock import round_duration_ns
from sim.world.moments import NOW_NS, PASS, RETRY_AFTER_NS

PER = "address"
PARAMETERS = (
    rate("rate", "Requests a second that an identity may make in the long run."),
    count("burst", "Requests that it may make at once.", 5),
    status(),
)
STATED_COST = Cost(row_bytes=48)
STATE_INTS = ("expected_ns",)

RATE, BURST, STATUS = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Admit, or refuse."""
    now_ns = event[NOW_NS]
    interval_ns = round_duration_ns(1e9 / floats[RATE])
    expected_ns = max(now_ns, ints[ROWS + row])
    early_ns = expected_ns - now_ns - (ints[BURST] - 1) * interval_ns
    if early_ns > 0:
        event[RETRY_AFTER_NS] = early_ns
        return ints[STATUS]
    ints[ROWS + row] = expected_ns + interval_ns
    return PASS


at_arrival = at_take_up
