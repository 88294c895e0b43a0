"""The panels of a load chart: each a function from metrics to a matplotlib ``Axes``.

They read the time series of ``metrics.json`` (its ``"series"``) and draw one matter each over simulated time, with
units on the axis and the key above it. Which of them have something to show, :func:`panels` says.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.draw import axes, style, ticks
from sim.draw.readable import duration, name, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Metrics = Mapping[str, Any]
Panel = Callable[[Metrics, "Axes"], None]

MOST_REQUEST_PANELS = 3
"""Of more stations, those with the most requests get a panel of their own."""
MOST_REASONS = 3
"""The most frequent reasons to refuse have a line of their own."""
FEWEST_BINS = 8
_STEPS_UP_TO = 80
_FEW = 20
"""With fewer events than these a panel counts them bin by bin; a rate per second would be made up."""


def sessions(metrics: Metrics, ax: "Axes") -> None:
    """Honest sessions: offered (by their start), completed in time (goodput) and failed (by their end), per s."""
    series = metrics["series"]
    rows = [
        ("offered", series["honest"]["offered_per_s"], style.OFFERED),
        ("goodput", series["honest"]["goodput_per_s"], style.GOODPUT),
        ("failed", series["honest"]["failed_per_s"], style.REFUSED),
    ]
    _rates(series, ax, "Honest sessions", "sessions", [row for row in rows if row[0] != "failed" or _any(row[1])])


def offered(metrics: Metrics, ax: "Axes", *, station: str | None = None) -> None:
    """Requests at one station (the one with the most, unless named): offered, admitted, refused at any point, per s."""
    series = metrics["series"]
    station = station or _busiest(series, 1)[0]
    columns = series["stations"][station]
    rows = [
        ("offered", columns["offered_per_s"], style.OFFERED),
        ("admitted", columns["admitted_per_s"], style.ADMITTED),
        (_refused_label(columns), columns["refused_per_s"], style.REFUSED),
    ]
    title = f"Requests at {name(station)}"
    _rates(series, ax, title, "requests", [row for row in rows if row[2] is not style.REFUSED or _any(row[1])])


def refusals(metrics: Metrics, ax: "Axes", *, station: str | None = None) -> None:
    """Refusals at one station (as for :func:`offered`), each line those of one reason, the most frequent first, per s."""
    series = metrics["series"]
    station = station or _busiest(series, 1)[0]
    reasons = _reasons(series["stations"][station])
    kept = reasons[:MOST_REASONS] if len(reasons) > MOST_REASONS + 1 else reasons
    rows = [(plain(reason), column, line) for (reason, column), line in zip(kept, style.REASONS, strict=False)]
    if rest := reasons[len(kept):]:
        together = [math.fsum(rate or 0.0 for rate in rates) for rates in zip(*(column for _, column in rest), strict=True)]
        rows.append((f"{len(rest)} other reasons", together, style.REASONS[len(kept)]))
    _rates(series, ax, f"Refused at {name(station)}, by", "requests", rows)


def _reasons(columns: Mapping[str, Any]) -> list[tuple[str, Sequence[float | None]]]:
    """Why a station refused, and how often: the most frequent reason first."""
    found = [(reason, column) for reason, column in columns.get("refused_by_per_s", {}).items() if _any(column)]
    return sorted(found, key=lambda each: -math.fsum(rate or 0.0 for rate in each[1]))


def _refused_label(columns: Mapping[str, Any]) -> str:
    """Who refuses, if there is only one."""
    reasons = _reasons(columns)
    return f"refused by {reasons[0][0]}" if len(reasons) == 1 else "refused"


def attacks(metrics: Metrics, ax: "Axes") -> None:
    """Messages that attacks sent, each a line, per s."""
    series = metrics["series"]
    lines = [style.OFFERED, *map(style.station_line, range(len(series["attacks"]) - 1))]
    rows = [(label, columns["sent_per_s"], line) for (label, columns), line in zip(series["attacks"].items(), lines, strict=True)]
    _rates(series, ax, "Messages of attacks", "messages", [row for row in rows if _any(row[1])])


def queue(metrics: Metrics, ax: "Axes") -> None:
    """Requests waiting at each station: the mean over a bin as a line, up to the most in the bin as an area."""
    series = metrics["series"]
    bins = _bins(series)
    lines = _lines(series, "queue_max")
    axes.frame(ax, "Requests waiting" + _of_all(series), end_s(series))
    tallest = 0.0
    for station, line in lines.items():
        mean = axes.values(series["stations"][station]["queue_mean"])
        most = axes.values(series["stations"][station]["queue_max"])
        axes.area(ax, bins, mean, most, style.Fill(line.color, 0.22))
        axes.curve(ax, bins, mean, line, name(station))
        tallest = max(tallest, axes.largest(mean, most))
    axes.scale(ax, ticks.from_zero(tallest, whole=True), unit="mean to most")
    axes.key(ax)


def utilisation(metrics: Metrics, ax: "Axes") -> None:
    """Share of its servers' time that each station worked, in %; shaded, what of it went into refusing, if it is to be seen."""
    series = metrics["series"]
    bins = _bins(series)
    lines = _lines(series, "utilisation")
    columns = {station: axes.values(series["stations"][station]["utilisation"]) for station in lines}
    top = max(map(axes.largest, columns.values()), default=0.0)
    scale = 1.0 if top > 0.25 else top
    refusing = {station: axes.values(series["stations"][station].get("utilisation_refusing", ())) for station in lines}
    seen = {station for station, share in refusing.items() if share.size and axes.largest(share) >= 0.01 * scale > 0}
    axes.frame(ax, "Utilisation" + (", shaded: refusing" if seen else "") + _of_all(series), end_s(series))
    for station, line in lines.items():
        if station in seen:
            axes.area(ax, bins, np.zeros_like(refusing[station]), refusing[station], style.Fill(line.color, 0.4))
        axes.curve(ax, bins, columns[station], line, name(station))
    # Nearly idle is shown as it is on its own scale; from a quarter on, what matters is how much is left.
    marks = ticks.from_zero(scale, "%", 0.01, most=4)
    axes.scale(ax, marks)
    axes.key(ax)


def latency(metrics: Metrics, ax: "Axes") -> None:
    """Response time of honest sessions, by their end: p50, p95, p99 of each bin; logarithmic if they lie far apart."""
    series = metrics["series"]
    bins = _bins(series)
    columns = {p: axes.values(series["honest"]["response_time_s"][p]) for p in style.PERCENTILES}
    axes.frame(ax, "Response time of honest sessions", end_s(series))
    axes.band(ax, bins, columns["p50"], columns["p95"], style.Fill(style.GREEN, 0.22))
    axes.band(ax, bins, columns["p95"], columns["p99"], style.Fill(style.GREEN, 0.10))
    for percentile, line in style.PERCENTILES.items():
        if np.isfinite(columns[percentile]).any():  # few sessions a bin have no p99
            axes.points(ax, bins, columns[percentile], line, percentile)
    known = [v for column in columns.values() for v in column[np.isfinite(column)].tolist() if v > 0]
    low_s, top_s = min(known, default=0.0), max(known, default=1.0)
    if low_s > 0 and top_s / low_s > 20.0:
        ax.set_yscale("log")
        ax.minorticks_off()
        axes.scale(ax, ticks.of_decades(low_s, top_s), low=low_s / 1.25)
    else:
        axes.scale(ax, ticks.of_durations(top_s))
    axes.key(ax)


def memory(metrics: Metrics, ax: "Axes") -> None:
    """Memory that the tables of each station hold (keys, nonces, ...), in binary multiples of a byte."""
    series = metrics["series"]
    bins = _bins(series)
    lines = _lines(series, "memory_bytes")
    axes.frame(ax, "Memory of tables" + _of_all(series), end_s(series))
    top = 0.0
    for station, line in lines.items():
        column = axes.values(series["stations"][station]["memory_bytes"])
        axes.curve(ax, bins, column, line, name(station))
        top = max(top, axes.largest(column))
    axes.scale(ax, ticks.of_bytes(top))
    axes.key(ax)


def panels(metrics: Metrics) -> list[Panel]:
    """The panels that have something to show, from top to bottom.

    None at all if everything happened within fewer than :data:`FEWEST_BINS`: so few steps are no course of events.
    Percentiles want two bins with data, every other panel a value above zero.
    """
    series = metrics["series"]
    if bins_used(series) < FEWEST_BINS:
        return []
    chosen: list[Panel] = [sessions] if _any(series["honest"]["offered_per_s"]) else []
    if any(_any(columns["sent_per_s"]) for columns in series.get("attacks", {}).values()):
        chosen.append(attacks)
    for station in _busiest(series, MOST_REQUEST_PANELS):
        chosen.append(_at(offered, station))
        if len(_reasons(series["stations"][station])) > 1:
            chosen.append(_at(refusals, station))
    if _lines(series, "queue_max"):
        chosen.append(queue)
    if _lines(series, "utilisation"):
        chosen.append(utilisation)
    if sum(v is not None for v in series["honest"]["response_time_s"]["p50"]) >= 2:
        chosen.append(latency)
    if _lines(series, "memory_bytes"):
        chosen.append(memory)
    return chosen


def _rates(
    series: Mapping[str, Any], ax: "Axes", title: str, unit: str, rows: Sequence[tuple[str, Any, style.Line]]
) -> None:
    bins = _bins(series)
    columns = [axes.values(column) for _, column, _ in rows]
    few = _events(rows[0][1], bins.width_s) < _FEW
    axes.frame(ax, title, end_s(series))
    for (label, _, line), column in zip(rows, columns, strict=True):
        axes.curve(ax, bins, column * (bins.width_s if few else 1.0), line, label)
    top = axes.largest(*columns)
    if few:
        marks = ticks.from_zero(round(top * bins.width_s), whole=True)
        axes.scale(ax, marks, unit=f"{unit} in {duration(bins.width_s)}")
    else:
        axes.scale(ax, ticks.from_zero(top), unit=f"{unit} / s")
    axes.key(ax)


def _at(drawing: Callable[..., None], station: str) -> Panel:
    def panel(metrics: Metrics, ax: "Axes") -> None:
        drawing(metrics, ax, station=station)

    return panel


def _bins(series: Mapping[str, Any]) -> axes.Bins:
    starts_s, width_s = axes.values(series["t_s"]), float(series["bin_s"])
    few = _events(series["honest"]["offered_per_s"], width_s) < _FEW
    return axes.Bins(starts_s, width_s, steps=few or end_s(series) <= width_s * _STEPS_UP_TO)


def _events(rates_per_s: Sequence[float | None], bin_s: float) -> float:
    return math.fsum(rate for rate in rates_per_s if rate is not None) * bin_s


def _any(column: Sequence[float | None]) -> bool:
    return any(column)


def _busiest(series: Mapping[str, Any], most: int) -> list[str]:
    """The stations that got requests: the ``most`` with the highest peaks, in the order of the metrics."""
    peaks = {station: axes.largest(axes.values(row["offered_per_s"])) for station, row in series["stations"].items()}
    ranked = sorted((station for station in peaks if peaks[station] > 0), key=lambda station: -peaks[station])
    kept = set(ranked[:most])
    return [station for station in peaks if station in kept]


def _lines(series: Mapping[str, Any], quantity: str) -> dict[str, style.Line]:
    """The line of each station that has any of ``quantity``: the same one on every panel."""
    stations = _busiest(series, style.MOST_STATIONS)
    lines = {station: style.station_line(index) for index, station in enumerate(stations)}
    return {station: line for station, line in lines.items() if _any(series["stations"][station][quantity])}


def _of_all(series: Mapping[str, Any]) -> str:
    known = len(series["stations"])
    return f" ({style.MOST_STATIONS} busiest of {known} stations)" if known > style.MOST_STATIONS else ""


def _active(series: Mapping[str, Any]) -> list[bool]:
    """Of each bin: whether anything happened in it."""
    columns = [series["honest"]["offered_per_s"], series["honest"]["goodput_per_s"], series["honest"]["failed_per_s"]]
    for station in series["stations"].values():
        columns += [station[key] for key in ("offered_per_s", "served_per_s", "utilisation")]
    return [any(values) for values in zip(*columns, strict=True)]


def bins_used(series: Mapping[str, Any]) -> int:
    """How many bins from the begin of the run hold all that happened in it."""
    return max((i + 1 for i, busy in enumerate(_active(series)) if busy), default=0)


def end_s(series: Mapping[str, Any]) -> float:
    """Where the time axis ends: with the run; but soon after the last event if much of the run is empty after it."""
    known, used = len(series["t_s"]), bins_used(series)
    shown = known if used == 0 or used > 0.6 * known else min(known, used + 1 + used // 20)
    return float(series["t_s"][0]) + shown * float(series["bin_s"])
