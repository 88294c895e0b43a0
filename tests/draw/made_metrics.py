"""Metrics made by hand, in the shape of ``metrics.json``: what the charts and the report are tested with."""

import math
from typing import Any

FATES = ("started", "completed", "refused", "timed_out", "gave_up", "ended", "in_flight")


def honest(**changed: Any) -> dict[str, Any]:
    response = {"mean": 0.212, "p50": 0.152, "p95": 0.431, "p99": 2.87, "max": 9.41}
    block = {
        "success_ratio": 0.8731,
        "goodput_per_s": 17.02,
        "false_refusals": 12,
        "attempts_per_call": 1.084,
        "response_time_s": response,
    }
    return {**block, **changed}


def rich(bins: int = 120) -> dict[str, Any]:
    """Two stations over 600 s; from 120 s to 420 s the authorization manager is flooded. Some bins have no percentiles."""
    bin_s = 600.0 / bins
    t_s = [k * bin_s for k in range(bins)]
    flooded = [120.0 <= t < 420.0 for t in t_s]
    wave = [math.sin(0.9 * k) + 0.6 * math.sin(2.3 * k + 1) for k in range(bins)]
    sessions = [20.0 + 1.2 * w for w in wave]
    goodput = [(6.5 if hot else 19.6) + w for w, hot in zip(wave, flooded, strict=True)]
    failed = [max(0.0, a - b - 0.4) if hot else 0.0 for a, b, hot in zip(sessions, goodput, flooded, strict=True)]
    p50 = [
        None if k % 37 == 36 else (2.1 if hot else 0.15) * (1 + 0.05 * w)
        for k, (w, hot) in enumerate(zip(wave, flooded, strict=True))
    ]
    requests = [1040.0 + 15 * w if hot else 36.0 + 2 * w for w, hot in zip(wave, flooded, strict=True)]
    backlog = 0.0
    queue = []
    for hot, w in zip(flooded, wave, strict=True):
        backlog = min(1000.0, backlog + 420.0 * bin_s / 5) if hot else max(0.0, backlog - 300.0 * bin_s / 5)
        queue.append(max(0.0, min(1000.0, backlog + 9 * w)))
    memory = []
    held = 0.0
    for hot in flooded:
        held += (950 if hot else 14) * bin_s * 1024
        memory.append(held)
    manager = {
        "offered_per_s": requests,
        "admitted_per_s": [min(value, 985.0 + w) for value, w in zip(requests, wave, strict=True)],
        "refused_per_s": [max(0.0, value - 985.0) for value in requests],
        "refused_by_per_s": {name: [share * max(0.0, value - 985.0) for value in requests]
                             for name, share in (("queue", 0.25), ("token_bucket", 0.75))},
        "served_per_s": [min(value, 985.0) for value in requests],
        "queue_mean": queue,
        "queue_max": [min(1000, round(q * 1.1 + 3)) for q in queue],
        "utilisation": [0.995 if hot else 0.041 + 0.004 * w for w, hot in zip(wave, flooded, strict=True)],
        "utilisation_refusing": [0.3 if hot else 0.0 for hot in flooded],
        "wait_s": {p: [q / 985.0 * f for q in queue] for p, f in (("p50", 1.0), ("p95", 1.1), ("p99", 1.2))},
        "memory_bytes": memory,
    }
    quiet = [36.0 + 1.5 * w for w in wave]
    provider = {
        "offered_per_s": quiet,
        "admitted_per_s": quiet,
        "refused_per_s": [0.0] * bins,
        "served_per_s": quiet,
        "queue_mean": [0.02 + 0.005 * w for w in wave],
        "queue_max": [1] * bins,
        "utilisation": [0.18 + 0.01 * w for w in wave],
        "wait_s": {p: [0.0001] * bins for p in ("p50", "p95", "p99")},
        "memory_bytes": [0] * bins,
    }
    return {
        "sessions": dict(zip(FATES, (12004, 9871, 903, 1102, 84, 31, 13), strict=True)),
        "messages": {"sent": 401233, "delivered": 400802, "lost": 401, "in_flight": 30},
        "honest": honest(),
        "phases": {
            "flood": {"before": honest(success_ratio=1.0), "during": honest(success_ratio=0.61), "after": honest()}
        },
        "classes": {"laptop": honest(success_ratio=0.91), "hosted": honest(success_ratio=0.8174)},
        "attack": {
            "sent": 298110,
            "served": 241002,
            "refused": 57108,
            "keys_obtained": 240877,
            "tokens_obtained": 0,
            "replays_accepted": 0,
            "resources": {"addresses": 500, "prefixes": 20},
        },
        "keys": {"allocated": 247313, "orphaned": 240877, "deleted_in_use": 0},
        "stations": {
            "authorization_manager": station(refused={"queue": 16540, "signature": 12}, served=310773),
            "service_provider": station(utilisation=0.18, queue_mean=0.021, queue_max=1, memory_peak_bytes={}),
        },
        "checks": {"sessions": True, "messages": True, "little": True},
        "checks_detail": {"little": {"authorization_manager": {"integral_ns": 10**14, "sojourns_ns": 10**14}}},
        "series": {
            "bin_s": bin_s,
            "t_s": t_s,
            "honest": {
                "offered_per_s": sessions,
                "goodput_per_s": goodput,
                "failed_per_s": failed,
                "response_time_s": {
                    "p50": p50,
                    "p95": [None if v is None else v * 2.4 for v in p50],
                    "p99": [None if v is None else v * 4.1 for v in p50],
                },
            },
            "stations": {"authorization_manager": manager, "service_provider": provider},
        },
    }


def station(**changed: Any) -> dict[str, Any]:
    block: dict[str, Any] = {
        "utilisation": 0.5174,
        "utilisation_refusing": 0.0021,
        "queue_mean": 431.2,
        "queue_max": 1000,
        "wait_s": {"mean": 0.47, "p50": 0.00002, "p95": 1.01, "p99": 1.02},
        "sojourn_s": {"mean": 0.474, "p50": 0.0041, "p95": 1.014, "p99": 1.025},
        "served": 21604,
        "refused": {},
        "memory_peak_bytes": {"consumer_key": 253249536, "nonce": 4011},
    }
    return {**block, **changed}


def lone(bin_s: float = 0.005, duration_s: float = 0.6) -> dict[str, Any]:
    """One session of 0.3 s; it sends four requests and completes."""
    bins = round(duration_s / bin_s)

    def at(times_s: dict[float, float]) -> list[float]:
        column = [0.0] * bins
        for t, value in times_s.items():
            column[int(t / bin_s)] += value
        return column

    def no_data(times_s: dict[float, float]) -> list[float | None]:
        return [value or None for value in at(times_s)]

    one = 1.0 / bin_s

    def visits(times_s: list[float]) -> dict[str, Any]:
        hits = at(dict.fromkeys(times_s, one))
        return {
            "offered_per_s": hits,
            "admitted_per_s": hits,
            "refused_per_s": [0.0] * bins,
            "served_per_s": hits,
            "queue_mean": [0.0] * bins,
            "queue_max": [0] * bins,
            "utilisation": at(dict.fromkeys(times_s, 0.08)),
            "wait_s": {p: no_data({}) for p in ("p50", "p95", "p99")},
            "memory_bytes": [0.0] * bins,
        }

    response = dict.fromkeys(("mean", "p50", "p95", "p99", "max"), 0.3004)
    return {
        "sessions": dict(zip(FATES, (1, 1, 0, 0, 0, 0, 0), strict=True)),
        "messages": {"sent": 9, "delivered": 9, "lost": 0, "in_flight": 0},
        "honest": honest(
            success_ratio=1.0,
            goodput_per_s=1 / duration_s,
            false_refusals=0,
            attempts_per_call=1.0,
            response_time_s=response,
        ),
        "phases": {},
        "classes": {"consumer": honest(success_ratio=1.0, response_time_s=response)},
        "attack": dict.fromkeys(
            ("sent", "served", "refused", "keys_obtained", "tokens_obtained", "replays_accepted"), 0
        )
        | {"resources": {}},
        "keys": {"allocated": 1, "orphaned": 0, "deleted_in_use": 0},
        "stations": {
            "service_provider": station(
                utilisation=0.0003, queue_mean=0.0, queue_max=0, served=2, memory_peak_bytes={}
            ),
            "authorization_manager": station(
                utilisation=0.007, queue_mean=0.0, queue_max=0, served=2, memory_peak_bytes={}
            ),
        },
        "checks": {"sessions": True, "messages": True, "little": True},
        "series": {
            "bin_s": bin_s,
            "t_s": [k * bin_s for k in range(bins)],
            "honest": {
                "offered_per_s": at({0.0: one}),
                "goodput_per_s": at({0.3004: one}),
                "failed_per_s": [0.0] * bins,
                "response_time_s": {p: no_data({0.3004: 0.3004}) for p in ("p50", "p95", "p99")},
            },
            "stations": {"service_provider": visits([0.03, 0.1]), "authorization_manager": visits([0.17, 0.24])},
        },
    }


def nothing() -> dict[str, Any]:
    """A run in which no session started: every ratio, time and percentile is None."""
    metrics = lone()
    empty = honest(
        **{k: None for k in honest() if k != "response_time_s"},
        response_time_s=dict.fromkeys(("mean", "p50", "p95", "p99", "max")),
    )
    bins = len(metrics["series"]["t_s"])
    metrics["sessions"] = dict.fromkeys(FATES, 0)
    metrics["messages"] = dict.fromkeys(metrics["messages"], 0)
    metrics["honest"] = empty
    metrics["classes"] = {}
    metrics["stations"] = {
        "service_provider": station(utilisation=None, queue_mean=0.0, queue_max=0, served=0, wait_s={}, sojourn_s={})
    }
    series = metrics["series"]
    for key in ("offered_per_s", "goodput_per_s", "failed_per_s"):
        series["honest"][key] = [0.0] * bins
    series["honest"]["response_time_s"] = {p: [None] * bins for p in ("p50", "p95", "p99")}
    columns = series["stations"].pop("service_provider")
    series["stations"] = {"service_provider": {k: v if k == "wait_s" else [0.0] * bins for k, v in columns.items()}}
    return metrics
