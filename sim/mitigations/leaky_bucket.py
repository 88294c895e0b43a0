"""Leaky bucket: requests of an identity go on at a steady rate; of those that come faster some wait, the rest is refused.

nginx's limit_req. Each identity has an excess: how many requests it is ahead of the rate, excess = max(0, excess - rate * elapsed
+ 1), and none for its first one. What would be ahead by more than ``burst`` is refused, and leaves the excess as it was. Of the
others, those ahead by more than ``undelayed`` are held at the edge until the rate has caught up: (excess - undelayed) / rate.
(nginx: ``delay=number``; ``nodelay`` is ``undelayed`` equal to ``burst``.) Excess is kept as time: so many ns until it is none.

Weak against many addresses (Sybils), as every limit by address; and to whoever is delayed it looks like slowness, so that clients
with short timeouts come again, and are ahead by one more.

Source: NGINX, module ngx_http_limit_req_module (burst 0, status 503); J. Turner, "New Directions in Communications (or Which Way
to the Information Age?)", IEEE Communications Magazine 24(10) (1986).
"""

from collections.abc import Iterator

from sim.language.faults import BadValue
from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, rate, status, widths
from sim.world.clock import round_duration_ns
from sim.world.moments import HOLD, NOW_NS, PASS, RETRY_AFTER_NS, WORK_NS

PER = "address"
PARAMETERS = (
    rate("rate", "Requests a second at which those of an identity go on.", example="10 /s"),
    count("burst", "Requests that it may be ahead of that.", 0, least=0, example=20),
    count("undelayed", "Of these, so many go on at once; the others wait.", 0, least=0, example=20),
    status(503),
)
STATED_COST = Cost(row_bytes=48)
STATE_INTS = ("until_ns",)
"""When its excess will be none, plus 1; 0: it has never come."""


def contradictions(values: dict[str, int]) -> Iterator[BadValue]:
    """What goes on at once is a part of the burst."""
    if values["undelayed"] > values["burst"]:
        yield BadValue(f"undelayed is {values['undelayed']}", f"at most the burst, {values['burst']}", path=("undelayed",))


RATE, BURST, UNDELAYED, STATUS = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)


def at_arrival(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Let it go on, hold it, or refuse."""
    now_ns, until_ns = event[NOW_NS], ints[ROWS + row] - 1
    interval_ns = round_duration_ns(1e9 / floats[RATE])
    excess_ns = max(0, until_ns - now_ns + interval_ns) if until_ns >= 0 else 0
    if excess_ns > ints[BURST] * interval_ns:
        event[RETRY_AFTER_NS] = excess_ns - ints[BURST] * interval_ns
        return ints[STATUS]
    ints[ROWS + row] = now_ns + excess_ns + 1
    event[WORK_NS] = max(0, excess_ns - ints[UNDELAYED] * interval_ns)
    return HOLD if event[WORK_NS] > 0 else PASS
