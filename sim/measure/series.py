"""The time series of metrics: what the load charts show, bin by bin.

Rates are per second of the bin's own length (the last may be shorter). Where a bin has no data a percentile is
None. Sessions are binned by their start (offered) or their end (goodput, failed, response time); waits by when they
ended. Percentiles come from coarse histograms: within 3.2 %. Means are exact.
"""

from itertools import accumulate, pairwise
from typing import Any

from sim.measure import accumulators as at
from sim.measure.attacking import ATTACK_SENT
from sim.measure.meter import Meter
from sim.measure.readings import NS_PER_S, Series, ratio, seconds

Bin = list[tuple[int, list[int]]]


def series(meter: Meter) -> dict[str, Any]:
    """Return the ``series`` of the metrics of a finished meter.

    ``success_ratio`` is of the ``success_of`` sessions that *started* in the bin (None: of none, or the run was stopped).
    ``response_time_s`` is of
    all sessions that completed in the bin, whenever they started: ``response_time_of`` of them. ``admitted_per_s`` are
    items that entered the waiting room; ``refused_per_s`` those turned away at the door, refused at take-up, or expired;
    ``refused_by_per_s`` the same by reason, and requests refused after their service because a call for them failed;
    ``queue_max`` the longest queue that lasted; ``present_mean`` those waiting or in service; ``utilisation`` None for a station
    without limit, ``utilisation_refusing`` the share for what was refused and *left* in the bin; ``memory_bytes`` the peak within
    the bin.
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
            "success_ratio": _success(meter),
            "success_of": _judged(meter),
            "response_time_s": {"mean": _mean_responses_s(sessions), **_percentiles(sessions)},
            "response_time_of": [_observed(each) for each in sessions],
        },
        "attacks": {
            attack.name: {"sent_per_s": _rates(Series(meter, row).bins(), ATTACK_SENT)}
            for attack, row in zip(meter.layout.attacks, meter.at.attacks, strict=True)
        },
        "stations": {
            station.name: _station(meter, index, Series(meter, row).bins(), station.capacity_servers)
            for index, (station, row) in enumerate(zip(meter.layout.stations, meter.at.stations, strict=True))
        },
    }


def refusals_by_segment(meter: Meter, station: int) -> dict[str, list[int]]:
    """Refusals of a station by reason, sorted by name (reasons are numbered as they happen to be met), of each segment."""
    block, segments = meter.block, meter.at.segments
    first, stride = meter.at.reasons + station * segments, len(meter.layout.stations) * segments
    begins = {name: first + number * stride for number, name in enumerate(meter.reasons)}
    counts = {name: block[begin : begin + segments] for name, begin in begins.items()}
    return {name: counts[name] for name in sorted(counts) if any(counts[name])}


def _success(meter: Meter) -> list[float | None]:
    """The success ratio by the bin in which sessions started."""
    if meter.end_ns != meter.layout.duration_ns:
        return [None] * -(-meter.end_ns // meter.layout.bin_ns)
    return [ratio(meter.block[cell + 1], meter.block[cell]) for cell in _starts(meter)]


def _judged(meter: Meter) -> list[int]:
    """Of how many sessions the success ratio of each bin is."""
    if meter.end_ns != meter.layout.duration_ns:
        return [0] * -(-meter.end_ns // meter.layout.bin_ns)
    return [meter.block[cell] for cell in _starts(meter)]


def _starts(meter: Meter) -> range:
    """Of each bin where the number of its sessions stands that count in the success ratio; the number of successes is behind it."""
    first = meter.block[at.BY_START]
    return range(first, first + 2 * meter.layout.bins, 2)


def _station(meter: Meter, index: int, bins: list[Bin], servers: int | None) -> dict[str, Any]:
    utilisation: list[float | None] = [None] * len(bins)
    refusing: list[float | None] = [None] * len(bins)
    if servers is not None:
        occupied = [_sum(each, at.BUSY_INTEGRAL) + _sum(each, at.HELD_INTEGRAL) for each in bins]
        refusing = [ratio(_sum(each, at.REFUSING), servers * _length_ns(each)) for each in bins]
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
        "refused_by_per_s": {
            name: _per_s(bins, _by_bin(counts, bins)) for name, counts in refusals_by_segment(meter, index).items()
        },
        "served_per_s": _rates(bins, at.SERVED),
        "queue_mean": [ratio(_sum(each, at.WAITING_INTEGRAL), _length_ns(each)) for each in bins],
        "queue_max": [_max(each, at.WAITING_MAX) for each in bins],
        "present_mean": [ratio(_sum(each, at.WAITING_INTEGRAL) + _sum(each, at.BUSY_INTEGRAL), _length_ns(each)) for each in bins],
        "utilisation": utilisation,
        "utilisation_refusing": refusing,
        "wait_s": _percentiles(bins),
        "memory_bytes": [_max(each, at.MEMORY_MAX) for each in bins],
    }


def _by_bin(counts: list[int], bins: list[Bin]) -> list[int]:
    """Counts of segments as counts of bins."""
    ends = list(accumulate(map(len, bins), initial=0))
    return [sum(counts[begin:end]) for begin, end in pairwise(ends)]


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


def _mean_responses_s(bins: list[Bin]) -> list[float | None]:
    sums_ns = [_sum(each, at.RESPONSES) + (_sum(each, at.RESPONSES_HIGH) << 62) for each in bins]
    return [ratio(sum_ns, _observed(each) * NS_PER_S) for sum_ns, each in zip(sums_ns, bins, strict=True)]


def _observed(segments: Bin) -> int:
    """How many values the percentiles of a bin are of."""
    return segments[-1][1][at.OBSERVED - at.CURRENT]


def _percentiles(bins: list[Bin]) -> dict[str, list[float | None]]:
    """Percentiles stand in the last segment of a bin: the one that closed it."""
    result: dict[str, list[float | None]] = {}
    for name, column in (("p50", at.P50_NS), ("p95", at.P95_NS), ("p99", at.P99_NS)):
        closing = [each[-1][1] for each in bins]
        values_ns = [values[column - at.CURRENT] for values in closing]
        result[name] = [seconds(v) if _observed(each) else None for v, each in zip(values_ns, bins, strict=True)]
    return result
