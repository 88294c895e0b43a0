"""What honest clients got: over the run, a class, or a phase before, during or after an attack."""

from collections.abc import Sequence
from typing import Any

from sim.measure import accumulators as at
from sim.measure.meter import Meter
from sim.measure.readings import NS_PER_S, histogram_at, ratio, summary_s, wide


def measured_ns(meter: Meter, from_ns: int, until_ns: int) -> int:
    """How long what is measured lasts within [from_ns, until_ns): from the end of the warm-up to the end of the run."""
    return max(0, min(until_ns, meter.end_ns) - max(from_ns, meter.layout.warm_up_ns))


def honest_of(
    meter: Meter, rows: Sequence[int], window_ns: int, false_refusals: int | None = None
) -> tuple[dict[str, Any], dict[str, int]]:
    """The block ``honest`` over the classes or phases at ``rows``, and the exact integers of its response times.

    ``window_ns``: the time over which they are measured; ``false_refusals``: their number, if it is not that of the rows.
    """
    block = meter.block

    def total(column: int) -> int:
        return sum(block[row + column] for row in rows)

    histograms = [histogram_at(block, block[row + at.RESPONSE_HISTOGRAM]) for row in rows]
    counts = [sum(bucket) for bucket in zip(*histograms, strict=True)]
    response_ns = {
        "count": sum(counts),
        "sum_ns": sum(wide(block, row + at.RESPONSE_SUM) for row in rows),
        "max_ns": max((block[row + at.RESPONSE_MAX] for row in rows), default=0),
    }
    # Whether a session had its deadline before the end was asked when it ended: of a run that was stopped, the other end.
    eligible = total(at.ELIGIBLE) if meter.end_ns == meter.layout.duration_ns else 0
    honest = {
        "success_ratio": ratio(total(at.SUCCESSFUL), eligible),
        "success_of": eligible,
        "goodput_per_s": ratio(total(at.GOOD) * NS_PER_S, window_ns),
        "false_refusals": total(at.CLASS_FALSE_REFUSALS) if false_refusals is None else false_refusals,
        "attempts_per_call": ratio(total(at.ATTEMPTS), total(at.CALLS)),
        "response_time_s": summary_s(counts, response_ns["sum_ns"], response_ns["max_ns"]),
    }
    return honest, response_ns


def phases_of(meter: Meter) -> tuple[dict[str, Any], dict[str, Any]]:
    """For each attack the block ``honest`` of the sessions that started before, during and after it; and their integers."""
    phases: dict[str, Any] = {}
    integers: dict[str, Any] = {}
    parts = list(zip(meter.layout.phases, meter.at.phases, strict=False))
    for attack in meter.layout.attacks:
        blocks, exact = {}, {}
        from_ns, until_ns = attack.from_ns, attack.until_ns
        edges = {"before": (0, from_ns), "during": (from_ns, until_ns), "after": (until_ns, meter.layout.duration_ns)}
        for name, (begin_ns, end_ns) in edges.items():
            rows = [row for (first_ns, last_ns), row in parts if first_ns >= begin_ns and last_ns <= end_ns]
            blocks[name], exact[name] = honest_of(meter, rows, measured_ns(meter, begin_ns, end_ns))
        phases[attack.name], integers[attack.name] = blocks, exact
    return phases, integers
