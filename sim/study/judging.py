"""Which of two values of a metric is better for the honest, and the few metrics by which runs are compared first."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sim.draw.readable import MISSING, count, duration, name, number, percent, rate, size

HIGHER = ("success_ratio", "goodput_per_s", "jain_index", "completed", "capacity_to_demand", "per_lost_session", "recovered")
LOWER = ("false_refusals", "false_refusals_by", "attempts_per_call", "response_time_s", "lost_sessions", "orphaned",
         "deleted_in_use", "keys_obtained", "tokens_obtained", "replays_accepted", "memory_peak_bytes",
         "utilisation_refusing", "queue_mean", "queue_max", "wait_s", "wait_probability", "sojourn_s", "timed_out",
         "gave_up", "recovery_s", "server_s", "offered_load")
"""Words of a metric's path: by the last of them that stands here, more of it is better, or less."""


def verdict(path: str, a: Any, b: Any) -> str:
    """``better`` or ``worse``: b, beside a; empty where the runs agree, or where neither can be said."""
    if path == "sessions.refused":
        path = "sessions.timed_out"  # as bad; elsewhere a refusal is a matter of who was refused
    numbers = all(isinstance(value, int | float) for value in (a, b))
    sign = next((1 if word in HIGHER else -1 for word in reversed(path.split(".")) if word in HIGHER or word in LOWER), 0)
    if path.startswith(("attack.timed_out", "attacks.")) and path.endswith("timed_out"):
        return ""  # of the attacker's own requests
    if not numbers or a == b or sign == 0:
        return ""
    return "better" if (b > a) == (sign > 0) else "worse"


Shown = tuple[str, str, Callable[[Any], str]]
"""Label, path in the metrics, how a value is told."""
_HONEST: tuple[Shown, ...] = (
    ("success ratio", "honest.success_ratio", percent),
    ("goodput", "honest.goodput_per_s", rate),
    ("response time, p50", "honest.response_time_s.p50", duration),
    ("response time, p99", "honest.response_time_s.p99", duration),
    ("attempts per call", "honest.attempts_per_call", number),
    ("false refusals", "honest.false_refusals", count),
    ("sessions refused falsely", "honest.false_refusals_by.sessions", count),
    ("Jain's index", "honest.jain_index", number),
)
_ATTACK: tuple[Shown, ...] = (
    ("keys obtained by attacks", "attack.keys_obtained", count),
    ("tokens obtained by attacks", "attack.tokens_obtained", count),
    ("replays accepted", "attack.replays_accepted", count),
    ("server time for attacks", "attack.server_s", duration),
    ("sessions lost under attack", "attack.lost_sessions", count),
    ("messages per lost session", "attack.per_lost_session.messages", number),
    ("keys deleted in use", "keys.deleted_in_use", count),
)


def headlines(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """What is looked at first, label, value in a, value in b, better or worse; what is empty or 0 in both is left out."""
    rows = []
    for label, path, told in _shown(a, b):
        left, right = at(a, path), at(b, path)
        if left or right:
            texts = _told(left, told), _told(right, told)
            rows.append((label, *texts, verdict(path, left, right) if texts[0] != texts[1] else ""))
    return rows


def _told(value: Any, told: Callable[[Any], str]) -> str:
    return MISSING if value is None else told(value)


def at(metrics: Mapping[str, Any], path: str) -> Any:
    """The value at a path; None where there is none."""
    found: Any = metrics
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _shown(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Shown]:
    yield from _HONEST
    for attack in dict.fromkeys((*a.get("phases", {}), *b.get("phases", {}))):
        for phase in ("before", "during", "after"):
            yield f"success {phase} {attack}", f"phases.{attack}.{phase}.success_ratio", percent
        yield f"recovered after {attack}", f"attacks.{attack}.recovered", _yes
        yield f"recovery after {attack}", f"attacks.{attack}.recovery_s", duration
    yield from _ATTACK
    for station in dict.fromkeys((*a["stations"], *b["stations"])):
        where = name(station).lower()
        yield f"utilisation, {where}", f"stations.{station}.utilisation", percent
        yield f"refusing, {where}", f"stations.{station}.utilisation_refusing", percent
        peaks = f"stations.{station}.memory_peak_bytes"
        for kind in dict.fromkeys((*(at(a, peaks) or ()), *(at(b, peaks) or ()))):
            yield f"peak of {name(kind).lower()}, {where}", f"{peaks}.{kind}", size


def _yes(value: bool) -> str:
    return "yes" if value else "never"
