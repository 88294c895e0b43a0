"""Gradient2: so many requests at once as the server's own response times say, found again and again.

A long average of the response times says what is normal, each new one what is now. At each end of service, if at least half of
the limit is in use: gradient = tolerance * long / now, clamped to 0.5 .. 1, and limit = (1 - smoothing) * limit + smoothing *
(gradient * limit + queue), within least and most. An average that is over twice the newest is drawn down by 5 %. What finds the
limit reached is refused before it waits.

Weak against slow overload: it creeps upward, since the long average learns what the attack does. It stands at the edge, and
cannot tell who is honest.

Source: Netflix, concurrency-limits, Gradient2Limit: limit 20 (20 to 200), queue 4, smoothing 0.2, tolerance 1.5, average over 600
samples, the first 10 of them plain.
"""

from collections.abc import Iterator

from sim.language.faults import BadValue
from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, share, status, widths
from sim.world.moments import ARRIVED_NS, NOW_NS, PASS

PARAMETERS = (
    count("initial", "The limit at first.", 20),
    count("least", "The limit at least.", 20),
    count("most", "The limit at most.", 200),
    count("queue", "What may wait beyond what the gradient gives.", 4, least=0),
    share("smoothing", "Weight of the new limit against the old one.", "20 %"),
    count("samples", "Response times over which the long average goes.", 600),
    status(503),
)
STATED_COST = Cost()
STATE_INTS = ("present", "seen")
STATE_FLOATS = ("limit", "long_ns", "sum_ns")
TOLERANCE, WARM_UP, DRAWN_DOWN = 1.5, 10, 0.95



def contradictions(values: dict[str, int]) -> Iterator[BadValue]:
    """The least limit is none above the most, and the first one lies between them."""
    if values["least"] > values["most"]:
        yield BadValue(f"least is {values['least']}", f"at most 'most', {values['most']}", path=("least",))
    elif values["initial"] > values["most"]:
        yield BadValue(f"initial is {values['initial']}", f"at most 'most', {values['most']}", path=("initial",))


INITIAL, LEAST_LIMIT, MOST_LIMIT, QUEUE, SMOOTHING, SAMPLES, STATUS = columns(PARAMETERS)
INT_ROW, FLOAT_ROW = widths(PARAMETERS)
PRESENT, SEEN = range(INT_ROW, INT_ROW + len(STATE_INTS))
LIMIT, LONG_NS, SUM_NS = range(FLOAT_ROW, FLOAT_ROW + len(STATE_FLOATS))


def at_arrival(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Admit to the waiting room, or refuse."""
    if ints[PRESENT] >= int(limit_of(ints, floats)):
        return ints[STATUS]
    ints[PRESENT] += 1
    return PASS


def at_end(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """A response time is known: the limit follows it."""
    present, limit = ints[PRESENT], limit_of(ints, floats)
    ints[PRESENT] -= 1
    now_ns = max(1.0, float(event[NOW_NS] - event[ARRIVED_NS]))
    long_ns = average(ints, floats, now_ns)
    if long_ns / now_ns > 2.0:
        long_ns *= DRAWN_DOWN
    floats[LONG_NS] = long_ns
    if present < limit / 2.0:
        return PASS
    gradient = max(0.5, min(1.0, TOLERANCE * long_ns / now_ns))
    found = (1.0 - floats[SMOOTHING]) * limit + floats[SMOOTHING] * (gradient * limit + ints[QUEUE])
    floats[LIMIT] = max(float(ints[LEAST_LIMIT]), min(float(ints[MOST_LIMIT]), found))
    return PASS


def limit_of(ints: list[int], floats: list[float]) -> float:
    """The limit now."""
    return floats[LIMIT] if floats[LIMIT] > 0.0 else float(ints[INITIAL])


def average(ints: list[int], floats: list[float], now_ns: float) -> float:
    """The long average with one more: plain at first, then exponential."""
    ints[SEEN] += 1
    if ints[SEEN] <= WARM_UP:
        floats[SUM_NS] += now_ns
        return floats[SUM_NS] / ints[SEEN]
    return floats[LONG_NS] + (now_ns - floats[LONG_NS]) * 2.0 / (ints[SAMPLES] + 1)
