"""The time series of metrics: what the load charts show, bin by bin.

Rates are per second of the bin's own length (the last may be shorter). Where a bin has no data a percentile is
None. Sessions are binned by their start (offered) or their end (goodput, failed, response time); waits by when they
ended. Percentiles come from coarse histograms: within 3.2 %.
"""

from typing import Any

from sim.measure import accumulators as at
from sim.measure.attacking import ATTACK_SENT
from sim.measure.meter import Meter
from sim.measure.readings import NS_PER_S, Series, ratio, seconds

Bin = list[tuple[int, list[int]]]


def series(meter: Meter) -> dict[str, Any]:
    """Return the ``series`` of the metrics of a finished meter.

    ``admitted_per_s`` are items that entered the waiting room; ``refused_per_s`` those turned away at the door,
    refused at take-up, or expired; ``queue_max`` the longest queue that lasted; ``utilisation`` None for a station
    without limit; ``memory_bytes`` the peak within the bin.
    """
    sessions = Series(meter, meter.at.sessions).bins()
    network = Series(meter, meter.at.network).bins()
    return {
        "bin_s": seconds(meter.layout.bin_ns),
        "t_s": [seconds(k * meter.layout.bin_ns) for k in range(len(sessions))],
        "messages": {
            "sent_per_s": _rates(network, at.SENT),
            "delivered_per_s": _rates(network, at.DELIVERED),
            "lost_per_s": _rates(network, at.LOST),
        },
        "honest": {
            "offered_per_s": _rates(sessions, at.OFFERED),
            "goodput_per_s": _rates(sessions, at.GOODPUT),
            "failed_per_s": _rates(sessions, at.FAILED),
            "response_time_s": _percentiles(sessions),
        },
        "attacks": {
            attack.name: {"sent_per_s": _rates(Series(meter, row).bins(), ATTACK_SENT)}
            for attack, row in zip(meter.layout.attacks, meter.at.attacks, strict=True)
        },
        "stations": {
            station.name: _station(Series(meter, row).bins(), station.capacity_servers)
            for station, row in zip(meter.layout.stations, meter.at.stations, strict=True)
        },
    }


def _station(bins: list[Bin], servers: int | None) -> dict[str, Any]:
    utilisation: list[float | None] = [None] * len(bins)
    if servers is not None:
        occupied = [_sum(each, at.BUSY_INTEGRAL) + _sum(each, at.HELD_INTEGRAL) for each in bins]
        utilisation = [ratio(value, servers * _length_ns(each)) for value, each in zip(occupied, bins, strict=True)]
    offered = [_sum(each, at.ARRIVED) for each in bins]
    turned_away = [_sum(each, at.TURNED_AWAY) for each in bins]
    turned_down = [_sum(each, at.TURNED_DOWN) for each in bins]
    admitted = [all_of - some for all_of, some in zip(offered, turned_away, strict=True)]
    refused = [door + later for door, later in zip(turned_away, turned_down, strict=True)]
    return {
        "offered_per_s": _per_s(bins, offered),
        "admitted_per_s": _per_s(bins, admitted),
        "refused_per_s": _per_s(bins, refused),
        "served_per_s": _rates(bins, at.SERVED),
        "queue_mean": [ratio(_sum(each, at.WAITING_INTEGRAL), _length_ns(each)) for each in bins],
        "queue_max": [_max(each, at.WAITING_MAX) for each in bins],
        "utilisation": utilisation,
        "wait_s": _percentiles(bins),
        "memory_bytes": [_max(each, at.MEMORY_MAX) for each in bins],
    }


def _length_ns(segments: Bin) -> int:
    return sum(length_ns for length_ns, _ in segments)


def _sum(segments: Bin, column: int) -> int:
    return sum(values[column - at.CURRENT] for _, values in segments)


def _max(segments: Bin, column: int) -> int:
    return max(values[column - at.CURRENT] for _, values in segments)


def _rates(bins: list[Bin], column: int) -> list[float | None]:
    return _per_s(bins, [_sum(each, column) for each in bins])


def _per_s(bins: list[Bin], counts: list[int]) -> list[float | None]:
    return [ratio(count * NS_PER_S, _length_ns(each)) for count, each in zip(counts, bins, strict=True)]


def _percentiles(bins: list[Bin]) -> dict[str, list[float | None]]:
    """Percentiles stand in the last segment of a bin: the one that closed it."""
    result: dict[str, list[float | None]] = {}
    for name, column in (("p50", at.P50_NS), ("p95", at.P95_NS), ("p99", at.P99_NS)):
        closing = [each[-1][1] for each in bins]
        observed = [values[at.OBSERVED - at.CURRENT] > 0 for values in closing]
        values_ns = [values[column - at.CURRENT] for values in closing]
        result[name] = [seconds(v) if seen else None for v, seen in zip(values_ns, observed, strict=True)]
    return result
