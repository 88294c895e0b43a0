"""What honest clients got: over the run, a class, or a phase before, during or after an attack."""

import math
from collections.abc import Sequence
from typing import Any

from sim.measure import accumulators as at
from sim.measure.meter import Meter
from sim.measure.readings import NS_PER_S, histogram_at, ratio, summary_s, wide

_HIT = ("requests", "calls", "sessions")


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
    counts = list(map(sum, zip(*histograms, strict=True)))
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
        "false_refusals_by": refusals_of(block, rows),
        "attempts_per_call": ratio(total(at.ATTEMPTS), total(at.CALLS)),
        "response_time_s": summary_s(counts, response_ns["sum_ns"], response_ns["max_ns"]),
    }
    return honest, response_ns


def refusals_of(block: list[int], rows: Sequence[int]) -> dict[str, Any]:
    """How many calls and sessions of these classes or phases the false refusals hit; and which clients."""

    def of(*columns: int) -> dict[str, int]:
        return {name: sum(block[row + column] for row in rows) for name, column in zip(_HIT, columns, strict=True)}

    everybody = of(at.CLASS_FALSE_REFUSALS, at.FALSE_CALLS, at.FALSE_SESSIONS)
    known = of(at.KNOWN_REFUSALS, at.KNOWN_CALLS, at.KNOWN_SESSIONS)
    first_time = {name: everybody[name] - known[name] for name in _HIT}
    return {"calls": everybody["calls"], "sessions": everybody["sessions"], "known": known, "first_time": first_time}


def honest_of_all(meter: Meter, window_ns: int) -> tuple[dict[str, Any], dict[str, int]]:
    """The block ``honest`` over the run: that of all classes, with what sets some of them apart."""
    block, rows = meter.block, meter.at.classes
    honest, response_ns = honest_of(meter, rows, window_ns, block[at.FALSE_REFUSALS])
    layouts = list(zip(meter.layout.classes, rows, strict=True))
    kinds = {"slow_device": [row for each, row in layouts if each.is_slow],
             "shared_address": [row for each, row in layouts if each.shares_address]}
    for kind, own in kinds.items():
        refusals = refusals_of(block, own)
        honest["false_refusals_by"][kind] = {"requests": sum(block[row + at.CLASS_FALSE_REFUSALS] for row in own),
                                             "calls": refusals["calls"], "sessions": refusals["sessions"]}
    started = {"all": at.STARTED, "known": at.KNOWN_STARTED}
    counts = {name: sum(block[row + column] for row in rows) for name, column in started.items()}
    honest["sessions_of"] = {
        "known": counts["known"], "first_time": counts["all"] - counts["known"],
        **{kind: sum(block[row + at.STARTED] for row in own) for kind, own in kinds.items()}}
    stopped = meter.end_ns != meter.layout.duration_ns
    honest["jain_index"] = None if stopped else jain_index(
        [(block[row + at.ELIGIBLE], block[row + at.SUCCESSFUL]) for row in rows])
    return honest, response_ns


def jain_index(groups: Sequence[tuple[int, int]]) -> float | None:
    """How evenly groups are served: (sum x)^2 / (n sum x^2) over their success ratios x; None unless there are two.

    1: all alike; 1/n: one alone is served (R. Jain, D.-M. Chiu, W. Hawe 1984, DEC-TR-301). ``groups``: (sessions in the
    success ratio, good ones) of each class. Classes and not addresses: with a session or two an address, each ratio is 0 or
    1, and the index is the success ratio again.
    """
    ratios = [good / due for due, good in groups if due]
    squares = math.fsum(x * x for x in ratios)
    if len(ratios) < 2 or squares == 0:
        return None
    total = math.fsum(ratios)
    return total * total / (len(ratios) * squares)


def phases_of(meter: Meter) -> tuple[dict[str, Any], dict[str, Any]]:
    """For each attack the block ``honest`` of the sessions that started before, during and after it; and their integers."""
    phases: dict[str, Any] = {}
    integers: dict[str, Any] = {}
    parts = list(zip(meter.layout.phases, meter.at.phases, strict=False))
    classes = [meter.block[row + at.BY_PHASE] for row in meter.at.classes]
    stopped = meter.end_ns != meter.layout.duration_ns
    for attack in meter.layout.attacks:
        blocks, exact = {}, {}
        from_ns, until_ns = attack.from_ns, attack.until_ns
        edges = {"before": (0, from_ns), "during": (from_ns, until_ns), "after": (until_ns, meter.layout.duration_ns)}
        for name, (begin_ns, end_ns) in edges.items():
            rows = [row for (first_ns, last_ns), row in parts if first_ns >= begin_ns and last_ns <= end_ns]
            blocks[name], exact[name] = honest_of(meter, rows, measured_ns(meter, begin_ns, end_ns))
            own = [meter.block[row + at.BY_PHASE] for row in rows]
            counts = [tuple(sum(meter.block[first + phase + k] for phase in own) for k in (0, 1)) for first in classes]
            blocks[name]["classes"] = {
                each.name: {"success_ratio": None if stopped else ratio(good, due), "success_of": 0 if stopped else due}
                for each, (due, good) in zip(meter.layout.classes, counts, strict=True)}
            blocks[name]["jain_index"] = None if stopped else jain_index([(due, good) for due, good in counts])
        phases[attack.name], integers[attack.name] = blocks, exact
    return phases, integers
