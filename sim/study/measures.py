"""What a study reports of each run: a number a measure, read from its metrics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.language.faults import Fault, Faults, either, shown, suggest
from sim.measure.batch_means import measured, weighted
from sim.scenario.scenario import Scenario

Metrics = Mapping[str, Any]
Bins = list[tuple[float, float]]
"""Of each bin after the warm-up the sum of a measure's values and their weight."""


@dataclass(frozen=True)
class Judged:
    """What the measures need to know of a cell's scenario: the stations in question, the warm-up and the duration."""

    stations: tuple[str, ...]
    warm_up_s: float
    duration_s: float

    @property
    def measured_s(self) -> float:
        """How long the measured part is."""
        return self.duration_s - self.warm_up_s

    @classmethod
    def of(cls, scenario: Scenario) -> "Judged":
        """The protected server, or all servers where none is."""
        chosen = (scenario.protected,) if scenario.protected is not None else ()
        return cls(chosen, scenario.warm_up_ns / 1e9, scenario.duration_ns / 1e9)

    def in_question(self, metrics: Metrics) -> list[Mapping[str, Any]]:
        """The blocks of these stations."""
        stations = metrics["stations"]
        return [stations[name] for name in self.stations or stations]


@dataclass(frozen=True)
class Measure:
    """One number of a run. ``kind``: share, time, size, rate or number; ``about`` says what it is in a sentence.

    ``in_table`` is False for what stands in the files alone. ``bins`` reads the series of a run, for batch means; None where a run
    has one value and no series of it.
    """

    name: str
    label: str
    kind: str
    unit: str
    about: str
    read: Callable[[Metrics, Judged], float | None]
    in_table: bool = True
    bins: Callable[[Metrics, Judged], Bins] | None = None


def _success(metrics: Metrics, _judged: Judged) -> float | None:
    return _float(metrics["honest"]["success_ratio"])


def _memory(metrics: Metrics, judged: Judged) -> float | None:
    return float(sum(sum(station["memory_peak_bytes"].values()) for station in judged.in_question(metrics)))


def _resources(metrics: Metrics, judged: Judged) -> float | None:
    """Requests a second of server time: that which the attack took if the metrics say so, else all of the protected server's."""
    attack = metrics["attack"]
    busy_s = attack.get("server_s")
    if busy_s is None:
        busy_s = sum(station["busy_mean"] or 0.0 for station in judged.in_question(metrics)) * judged.measured_s
    return float(attack["sent"] / busy_s) if attack["sent"] and busy_s > 0 else None


def _false_refusals(metrics: Metrics, _judged: Judged) -> float | None:
    return float(metrics["honest"]["false_refusals"])


def _goodput(metrics: Metrics, _judged: Judged) -> float | None:
    return _float(metrics["honest"].get("goodput_per_s"))


def _response(name: str) -> Callable[[Metrics, Judged], float | None]:
    return lambda metrics, _judged: _float(metrics["honest"]["response_time_s"].get(name))


def _utilisation(metrics: Metrics, judged: Judged) -> float | None:
    known = [own for station in judged.in_question(metrics) if (own := station.get("utilisation")) is not None]
    return max(map(float, known), default=None)


def _success_bins(metrics: Metrics, judged: Judged) -> Bins:
    honest, part = metrics["series"]["honest"], measured(metrics["series"], judged.warm_up_s, judged.duration_s)
    return weighted(honest["success_ratio"][part], honest["success_of"][part])


def _goodput_bins(metrics: Metrics, judged: Judged) -> Bins:
    return weighted(metrics["series"]["honest"]["goodput_per_s"][measured(metrics["series"], judged.warm_up_s, judged.duration_s)])


def _response_bins(metrics: Metrics, judged: Judged) -> Bins:
    honest, part = metrics["series"]["honest"], measured(metrics["series"], judged.warm_up_s, judged.duration_s)
    return weighted(honest["response_time_s"]["mean"][part], honest["response_time_of"][part])


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


SUCCESS = Measure("honest_success_ratio", "honest success", "share", "1",
                  "honest sessions that complete within their deadline, of those that started after the warm-up and needed the "
                  "protected server", _success, bins=_success_bins)
MEAN_RESPONSE = Measure("response_time_mean_s", "mean response", "time", "s", "mean time of honest sessions that completed",
                        _response("mean"), False, _response_bins)
MEASURES = (
    SUCCESS,
    Measure("response_time_p99_s", "p99 response", "time", "s",
            "99 of 100 honest sessions that completed took no longer, retries, back-off and puzzles included", _response("p99")),
    Measure("memory_peak_bytes", "peak memory", "size", "B", "the most that the tables of the protected server held, added up",
            _memory),
    Measure("attack_requests_per_server_s", "resources ratio", "rate", "1/s",
            "what the attacker spends for a lost honest session over what the defender spends for it: requests sent for each "
            "second of server time; the more, the dearer the attack", _resources),
    Measure("false_refusals", "false refusals", "number", "1", "honest requests that a mitigation refused (not a full queue)",
            _false_refusals),
    Measure("goodput_per_s", "goodput", "rate", "1/s", "honest sessions that complete within their deadline, a second", _goodput,
            False, _goodput_bins),
    MEAN_RESPONSE,
    Measure("response_time_p50_s", "median response", "time", "s", "half of the honest sessions that completed took no longer",
            _response("p50"), False),
    Measure("response_time_p95_s", "p95 response", "time", "s", "95 of 100 honest sessions that completed took no longer",
            _response("p95"), False),
    Measure("utilisation", "utilisation", "share", "1", "share of its servers that the protected server keeps busy (the busiest "
            "one, if several are in question)", _utilisation, False),
)


def measure_named(name: str) -> Measure:
    """A measure by its name. Raises :class:`Faults` if there is none."""
    found = next((each for each in MEASURES if each.name == name), None)
    if found is None:
        known = [each.name for each in MEASURES]
        raise Faults([Fault("", None, None, "measure", f"got {shown(name)}", either(known), suggest(str(name), known))])
    return found
