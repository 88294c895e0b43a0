"""What a study reports of each run: a number a measure, read from its metrics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.scenario.scenario import Scenario

Metrics = Mapping[str, Any]


@dataclass(frozen=True)
class Judged:
    """What the measures need to know of a cell's scenario: the stations in question, and how long the measured part is."""

    stations: tuple[str, ...]
    measured_s: float

    @classmethod
    def of(cls, scenario: Scenario) -> "Judged":
        """The protected server, or all servers where none is."""
        chosen = (scenario.protected,) if scenario.protected is not None else ()
        return cls(chosen, (scenario.duration_ns - scenario.warm_up_ns) / 1e9)

    def in_question(self, metrics: Metrics) -> list[Mapping[str, Any]]:
        """The blocks of these stations."""
        stations = metrics["stations"]
        return [stations[name] for name in self.stations or stations]


@dataclass(frozen=True)
class Measure:
    """One number of a run. ``kind``: share, time, size, rate or number; ``about`` says what it is in a sentence."""

    name: str
    label: str
    kind: str
    unit: str
    about: str
    read: Callable[[Metrics, Judged], float | None]


def _success(metrics: Metrics, _judged: Judged) -> float | None:
    return _float(metrics["honest"]["success_ratio"])


def _p99(metrics: Metrics, _judged: Judged) -> float | None:
    return _float(metrics["honest"]["response_time_s"].get("p99"))


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


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


SUCCESS = Measure("honest_success_ratio", "honest success", "share", "1",
                  "honest sessions that complete within their deadline, of those that started after the warm-up and needed the "
                  "protected server", _success)
MEASURES = (
    SUCCESS,
    Measure("response_time_p99_s", "p99 response", "time", "s",
            "99 of 100 honest sessions that completed took no longer, retries, back-off and puzzles included", _p99),
    Measure("memory_peak_bytes", "peak memory", "size", "B", "the most that the tables of the protected server held, added up",
            _memory),
    Measure("attack_requests_per_server_s", "resources ratio", "rate", "1/s",
            "what the attacker spends for a lost honest session over what the defender spends for it: requests sent for each "
            "second of server time; the more, the dearer the attack", _resources),
    Measure("false_refusals", "false refusals", "number", "1", "honest requests that a mitigation refused (not a full queue)",
            _false_refusals),
)
