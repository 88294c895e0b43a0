"""The scenario that most rows run, customers of one server joined by datagrams that take no time; and what is read of a run."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.study.run import Run

EXPONENTIAL = {"exponential": "1 s"}
"""Work of mean 1 s."""


def station(seconds: int, *, warm_up_s: int = 0, customer: Mapping[str, Any] | None = None, server: Mapping[str, Any] | None = None,
            network: Mapping[str, Any] | None = None, model: str = "queueing/mm1", **more: Any) -> dict[str, Any]:
    """A scenario of one server, measured for ``seconds`` after its warm-up."""
    return {
        "scenario": "Validation", "model": model, "duration": f"{warm_up_s + seconds} s", "warm_up": f"{warm_up_s} s",
        "network": {"default": {"transport": "datagram"}, **(network or {})},
        "actors": {"customer": {"population": 1000, **(customer or {})}, "server": dict(server or {})}, **more}


def measured(path: str) -> "Callable[[Run], float]":
    """Reads a metric: ``stations.server.sojourn_s.mean``."""
    return partial(_measured, path=path)


def _measured(run: "Run", path: str) -> float:
    found: Any = run.metrics
    for key in path.split("."):
        found = found[key]
    return float(found)


def balanced(run: "Run") -> float:
    """Share of the stations whose time integral of the number present is the sum of all sojourns, in integers."""
    stations = run.metrics["checks_detail"]["little"].values()
    return float(sum(each["integral_ns"] == each["sojourns_ns"] for each in stations) / len(stations))
