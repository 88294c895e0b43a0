"""Metrics: what a run amounts to, as ``metrics.json`` holds it.

Times in seconds, rates per second, sizes in bytes; None (null) where there is nothing to measure. Nothing here knows
wall time, seed or engine: equal runs have equal metrics. What counts from when is said in :mod:`sim.measure.meter`.
"""

from typing import Any

from sim.measure import accumulators as at
from sim.measure.attacks import add_costs, attacks_of, lost_under_attack, together
from sim.measure.honest import honest_of, honest_of_all, measured_ns, phases_of
from sim.measure.meter import OUTCOMES, Meter, StationLayout
from sim.measure.readings import Series, histogram_at, ratio, summary_s, wide
from sim.measure.series import refusals_by_segment, series
from sim.measure.table import Metrics

__all__ = ["Metrics", "metrics"]

def metrics(meter: Meter) -> dict[str, Any]:
    """Return the metrics of a finished meter, ready for JSON, always in the same order.

    RuntimeError if `Meter.finish` has not been called: open accounts would not balance.
    """
    if not meter.finished:
        raise RuntimeError("the meter is not finished: call finish() at the end of the run")
    sessions, sessions_balance = _sessions(meter)
    messages, messages_balance = _messages(meter)
    little = _little(meter)
    attacks, attacks_balance = attacks_of(meter)
    window_ns = measured_ns(meter, 0, meter.end_ns)
    honest, response_ns = honest_of_all(meter, window_ns)
    phases, phases_ns = phases_of(meter)
    add_costs(attacks, phases)
    return {
        "sessions": sessions,
        "messages": messages,
        "honest": honest,
        "phases": phases,
        "classes": {
            each.name: honest_of(meter, (row,), window_ns)[0]
            for each, row in zip(meter.layout.classes, meter.at.classes, strict=True)
        },
        "attack": together(attacks, lost_under_attack(meter)),
        "attacks": attacks,
        "keys": {
            "allocated": meter.block[at.KEYS_ALLOCATED],
            "orphaned": meter.block[at.KEYS_ORPHANED],
            "deleted_in_use": meter.block[at.KEYS_DELETED_IN_USE],
        },
        "stations": {
            station.name: _station(meter, index, station) for index, station in enumerate(meter.layout.stations)
        },
        "checks": {
            "sessions": sessions_balance and attacks_balance,
            "messages": messages_balance,
            "little": all(each["integral_ns"] == each["sojourns_ns"] for each in little.values()),
        },
        "checks_detail": {"little": little, "response_time": response_ns, **({"phases": phases_ns} if phases else {})},
        "series": series(meter),
    }


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


def _station(meter: Meter, index: int, layout: StationLayout) -> dict[str, Any]:
    block, row = meter.block, meter.at.stations[index]
    segments = Series(meter, row)
    window_ns = measured_ns(meter, 0, meter.end_ns)
    servers_ns = 0 if layout.capacity_servers is None else layout.capacity_servers * window_ns
    busy_ns, held_ns = segments.measured(at.BUSY_INTEGRAL), segments.measured(at.HELD_INTEGRAL)
    waits = histogram_at(block, block[row + at.WAIT_HISTOGRAM])
    sojourns = histogram_at(block, block[row + at.SOJOURN_HISTOGRAM])
    arrived = segments.total(at.ARRIVED)
    serving_ns = busy_ns + held_ns - wide(block, row + at.REFUSING_SUM)
    demand_ns = segments.measured(at.ARRIVED) * serving_ns
    return {
        "utilisation": ratio(busy_ns + held_ns, servers_ns),
        "offered_load": ratio(demand_ns, segments.measured(at.SERVED) * servers_ns),
        "capacity_to_demand": ratio(segments.measured(at.SERVED) * servers_ns, demand_ns),
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
    """Refusals of a station by reason, sorted by name."""
    return {name: sum(counts) for name, counts in refusals_by_segment(meter, index).items()}


def _memory_peaks(meter: Meter, row: int, layout: StationLayout) -> dict[str, int]:
    table = meter.block[row + at.MEMORY_TABLE]
    return {
        kind: meter.block[table + at.MEMORY_WIDTH * number + at.ROWS_PEAK] * row_bytes
        for number, (kind, row_bytes) in enumerate(layout.memory)
    }
