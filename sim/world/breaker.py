"""A circuit breaker: a client that sees too many of its calls fail asks no more for a while.

*Closed*, it lets everything through and counts what fails. Once there were at least ``calls`` verdicts in its window, and at least
the share ``failures`` of them failed, it *opens*: nothing gets through for ``open_for``. Then one request gets through to
probe (*half open*). If that succeeds, the breaker closes, and counts anew; if it fails, it is open for as long again. A probe
of which nothing is heard for ``open_for`` is given up, and the next request probes. What was sent before it opened changes nothing
while it is open.

| numbers of   | window                  | calls | failures | open for |
|--------------|-------------------------|-------|----------|----------|
| Hystrix      | 10 s                    | 20    | 50 %     | 5 s      |
| resilience4j | none: the last calls    | 100   | 50 %     | 60 s     |

Hystrix: ``metrics.rollingStats.timeInMilliseconds``, ``circuitBreaker.requestVolumeThreshold``, ``errorThresholdPercentage``,
``sleepWindowInMilliseconds`` (wiki, "Configuration"). resilience4j: ``COUNT_BASED`` with ``slidingWindowSize`` and
``minimumNumberOfCalls``, ``failureRateThreshold``, ``waitDurationInOpenState``; there ten probes, here one. The pattern: M. Nygard,
"Release It!", 2007.

A breaker is a flat block of ints, all zero at first. The verdicts stand behind IS_OPEN and SINCE_NS: of a window of time as
:mod:`sim.world.sliding` has them; of the last calls as their number, those that failed, where the next one goes, and a
cell for each.
"""

from collections.abc import Callable
from typing import Any

from sim.world import sliding
from sim.world.sliding import OF_KIND, TOTAL, clear, count

IS_OPEN, SINCE_NS, VERDICTS = range(3)
NEXT, RING = 2, 3
"""Among the verdicts of the last calls, behind TOTAL and OF_KIND."""
SHUT, PASSES, PROBES = range(3)
"""What becomes of a request."""


def state(each_ns: int, calls: int) -> int:
    """The cells of a breaker; ``each_ns``: a bucket of its window, 0 where the last ``calls`` are counted."""
    return VERDICTS + (sliding.WIDTH if each_ns > 0 else RING + calls)


def permission(ints: list[int], now_ns: int, open_for_ns: int) -> int:
    """Whether a request may be sent: SHUT, PASSES or PROBES."""
    if ints[IS_OPEN] == 0:
        return PASSES
    return SHUT if now_ns - ints[SINCE_NS] < open_for_ns else PROBES


def probe(ints: list[int], now_ns: int) -> None:
    """A request that probes is sent: until something is heard of it, no other is."""
    ints[SINCE_NS] = now_ns


def verdict(ints: list[int], now_ns: int, each_ns: int, calls: int, failures: float, failed: int, is_probe: int) -> None:
    """A request that was sent has succeeded, or ``failed`` (1)."""
    if ints[IS_OPEN] == 1:
        if is_probe == 1 and failed == 1:
            ints[SINCE_NS] = now_ns
        elif is_probe == 1:
            ints[IS_OPEN] = 0
            forget(ints, each_ns, calls)
        return
    if each_ns > 0:
        count(ints, VERDICTS, now_ns, each_ns, 1, failed)
    else:
        remember(ints, calls, failed)
    total = ints[VERDICTS + TOTAL]
    if total >= calls and ints[VERDICTS + OF_KIND] >= failures * total - 1e-9:  # shares are floats: 30 % of 10 is more than 3
        ints[IS_OPEN] = 1
        ints[SINCE_NS] = now_ns


def remember(ints: list[int], calls: int, failed: int) -> None:
    """One more of the last calls, in the place of the oldest."""
    cell = VERDICTS + RING + ints[VERDICTS + NEXT]
    ints[VERDICTS + TOTAL] = min(calls, ints[VERDICTS + TOTAL] + 1)
    ints[VERDICTS + OF_KIND] += failed - ints[cell]
    ints[VERDICTS + NEXT] = (ints[VERDICTS + NEXT] + 1) % calls
    ints[cell] = failed


def forget(ints: list[int], each_ns: int, calls: int) -> None:
    """Forget all verdicts."""
    if each_ns > 0:
        clear(ints, VERDICTS)
        return
    for k in range(VERDICTS, VERDICTS + RING + calls):
        ints[k] = 0


LAWS: tuple[Callable[..., Any], ...] = (permission, probe, remember, forget, verdict)
"""Every law of this module, callees before callers."""
