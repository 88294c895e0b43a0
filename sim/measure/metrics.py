"""Metrics: what a run amounts to, as ``metrics.json`` holds it.

Times in seconds, rates per second, sizes in bytes; None (null) where there is nothing to measure. Nothing here knows
wall time, seed or engine: equal runs have equal metrics. What counts from when is said in :mod:`sim.measure.meter`.
"""

from typing import Any

from sim.measure import accumulators as at
from sim.measure.meter import OUTCOMES, Meter, StationLayout
from sim.measure.readings import NS_PER_S, Series, histogram_at, ratio, summary_s, wide
from sim.measure.series import series
from sim.measure.table import Metrics

__all__ = ["Metrics", "metrics"]

_ATTACK: dict[str, Any] = {
    "sent": 0,
    "served": 0,
    "refused": 0,
    "keys_obtained": 0,
    "tokens_obtained": 0,
    "replays_accepted": 0,
    "resources": {},
}


def metrics(meter: Meter) -> dict[str, Any]:
    """Return the metrics of a finished meter, ready for JSON, always in the same order.

    RuntimeError if `Meter.finish` has not been called: open accounts would not balance.
    """
    if not meter.finished:
        raise RuntimeError("the meter is not finished: call finish() at the end of the run")
    sessions, sessions_balance = _sessions(meter)
    messages, messages_balance = _messages(meter)
    little = _little(meter)
    honest, response_ns = _honest(meter, meter.at.classes)
    return {
        "sessions": sessions,
        "messages": messages,
        "honest": honest,
        "phases": {},
        "classes": {
            each.name: _honest(meter, (row,))[0]
            for each, row in zip(meter.layout.classes, meter.at.classes, strict=True)
        },
        "attack": {**_ATTACK, "resources": {}},
        "keys": {
            "allocated": meter.block[at.KEYS_ALLOCATED],
            "orphaned": meter.block[at.KEYS_ORPHANED],
            "deleted_in_use": meter.block[at.KEYS_DELETED_IN_USE],
        },
        "stations": {
            station.name: _station(meter, index, station) for index, station in enumerate(meter.layout.stations)
        },
        "checks": {
            "sessions": sessions_balance,
            "messages": messages_balance,
            "little": all(each["integral_ns"] == each["sojourns_ns"] for each in little.values()),
        },
        "checks_detail": {"little": little, "response_time": response_ns},
        "series": series(meter),
    }


def _window_ns(meter: Meter) -> int:
    """Length of what is measured: from the end of the warm-up to the end of the run."""
    return max(0, meter.end_ns - meter.layout.warm_up_ns)


def _sessions(meter: Meter) -> tuple[dict[str, int], bool]:
    """The fates of sessions, and whether they balance with the number started (counted when they started)."""
    block = meter.block
    fates = {
        name: sum(block[row + at.COMPLETED_AT + code] for row in meter.at.classes) for code, name in enumerate(OUTCOMES)
    }
    started = sum(block[row + at.STARTED] for row in meter.at.classes)
    left_over = started - sum(fates.values())
    in_flight = left_over if meter.sessions_in_flight is None else meter.sessions_in_flight
    balance = left_over == in_flight >= 0 and Series(meter, meter.at.sessions).total(at.OFFERED) == started
    return {"started": started, **fates, "in_flight": in_flight}, balance


def _messages(meter: Meter) -> tuple[dict[str, int], bool]:
    """The fates of messages, and whether they balance with the number sent."""
    network = Series(meter, meter.at.network)
    sent, delivered, lost = (network.total(column) for column in (at.SENT, at.DELIVERED, at.LOST))
    left_over = sent - delivered - lost
    in_flight = left_over if meter.messages_in_flight is None else meter.messages_in_flight
    account = {"sent": sent, "delivered": delivered, "lost": lost, "in_flight": in_flight}
    return account, left_over == in_flight >= 0


def _little(meter: Meter) -> dict[str, dict[str, int]]:
    """For each station the integral of the number present and the sum of sojourns cut at the end, in ns."""
    result = {}
    for station, row in zip(meter.layout.stations, meter.at.stations, strict=True):
        present = Series(meter, row)
        result[station.name] = {
            "integral_ns": present.total(at.WAITING_INTEGRAL) + present.total(at.BUSY_INTEGRAL),
            "sojourns_ns": wide(meter.block, row + at.SOJOURN_SUM) + wide(meter.block, row + at.SOJOURN_OTHER),
        }
    return result


def _honest(meter: Meter, rows: tuple[int, ...]) -> tuple[dict[str, Any], dict[str, int]]:
    """The block ``honest`` over the classes at ``rows``, and the exact integers of its response times."""
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
    everyone = len(rows) == len(meter.at.classes)
    # Whether a session had its deadline before the end was asked when it ended: of a run that was stopped, the other end.
    eligible = total(at.ELIGIBLE) if meter.end_ns == meter.layout.duration_ns else 0
    honest = {
        "success_ratio": ratio(total(at.SUCCESSFUL), eligible),
        "success_of": eligible,
        "goodput_per_s": ratio(total(at.GOOD) * NS_PER_S, _window_ns(meter)),
        "false_refusals": block[at.FALSE_REFUSALS] if everyone else total(at.CLASS_FALSE_REFUSALS),
        "attempts_per_call": ratio(total(at.ATTEMPTS), total(at.CALLS)),
        "response_time_s": summary_s(counts, response_ns["sum_ns"], response_ns["max_ns"]),
    }
    return honest, response_ns


def _station(meter: Meter, index: int, layout: StationLayout) -> dict[str, Any]:
    block, row = meter.block, meter.at.stations[index]
    segments = Series(meter, row)
    window_ns = _window_ns(meter)
    servers_ns = 0 if layout.capacity_servers is None else layout.capacity_servers * window_ns
    busy_ns, held_ns = segments.measured(at.BUSY_INTEGRAL), segments.measured(at.HELD_INTEGRAL)
    waits = histogram_at(block, block[row + at.WAIT_HISTOGRAM])
    sojourns = histogram_at(block, block[row + at.SOJOURN_HISTOGRAM])
    arrived = segments.total(at.ARRIVED)
    return {
        "utilisation": ratio(busy_ns + held_ns, servers_ns),
        "utilisation_refusing": ratio(wide(block, row + at.REFUSING_SUM), servers_ns),
        "utilisation_holding": ratio(held_ns, servers_ns),
        "busy_mean": ratio(busy_ns, window_ns),
        "queue_mean": ratio(segments.measured(at.WAITING_INTEGRAL), window_ns),
        "queue_max": segments.measured_max(at.WAITING_MAX),
        "wait_probability": ratio(sum(waits) - waits[0], sum(waits)),
        "wait_s": summary_s(waits, wide(block, row + at.WAIT_SUM), block[row + at.WAIT_MAX]),
        "sojourn_s": summary_s(sojourns, wide(block, row + at.SOJOURN_SUM), block[row + at.SOJOURN_MAX]),
        "offered": arrived,
        "admitted": arrived - segments.total(at.TURNED_AWAY),
        "served": segments.total(at.SERVED),
        "continuations": segments.total(at.CONTINUATIONS),
        "refused": _refused(meter, index),
        "memory_peak_bytes": _memory_peaks(meter, row, layout),
    }


def _refused(meter: Meter, index: int) -> dict[str, int]:
    """Refusals of a station by reason, sorted by name (reasons are numbered as they happen to be met)."""
    stride = len(meter.layout.stations)
    counts = {
        name: meter.block[meter.at.reasons + number * stride + index] for number, name in enumerate(meter.reasons)
    }
    return {name: counts[name] for name in sorted(counts) if counts[name]}


def _memory_peaks(meter: Meter, row: int, layout: StationLayout) -> dict[str, int]:
    table = meter.block[row + at.MEMORY_TABLE]
    return {
        kind: meter.block[table + at.MEMORY_WIDTH * number + at.ROWS_PEAK] * row_bytes
        for number, (kind, row_bytes) in enumerate(layout.memory)
    }
