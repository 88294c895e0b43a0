"""Rows of Tor proposal 327, "A First Take at PoW Over Introduction Circuits" (2020): fixed work, and what an attack adds."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.study.validation.row import Row, exact
from sim.study.validation.station import measured, station

if TYPE_CHECKING:
    from sim.study.run import Run

PROPOSAL = "Tor proposal 327 (2020), "
TOP_HALF = (3846, 793, 442, 306, 234, 190, 159, 137, 121, 107, 97)
WHOLE = (180.18, 152.67, 132.45, 116.96, 104.71, 94.79, 86.58, 79.68, 73.80, 68.73, 64.31)
"""Requests a second, as printed, where the attack adds 0, 1, ... 10 ms to each."""


def saturated(seconds: int, *, base_ms: float, added_ms: float) -> Mapping[str, Any]:
    """A little more than the server can do, so that it is never idle; a short waiting room refuses the rest."""
    return station(seconds, warm_up_s=10, customer={"arrivals": {"constant": f"{1.05 * 1000 / (base_ms + added_ms)} /s"}},
                   server={"servers": 1, "queue": {"capacity": 10}, "work": {"parse": f"{added_ms} ms", "job": f"{base_ms} ms"}})


def done_per_s(run: "Run") -> float:
    """Requests that were completed in a second, which an idle server would make fewer."""
    return float(run.metrics["honest"]["goodput_per_s"])


def whole_per_s(run: "Run") -> float:
    """The same cut to a whole number, as the source does."""
    return float(int(done_per_s(run)))


def hybrid(seconds: int, *, valid: int, invalid: int) -> Mapping[str, Any]:
    """Requests at the manager of ProtectServe's step 1: what has no signature stops after 0.31 ms, what has costs 5.5 ms more."""
    flood = {"name": "flood", "sends": "request_access_token", "rate": {"constant": f"{invalid} /s"}, "signature": "missing"}
    consumer = {"population": 1000, "arrivals": {"constant": f"{valid} /s"}, "picks": "new",
                "holds": [{"share": "100 %", "items": ["consumer_key"]}]}
    return {"scenario": "Validation", "model": "protectserve/step1", "duration": f"{seconds + 10} s", "warm_up": "10 s",
            "network": {"default": {"transport": "datagram"}}, "attacks": [flood],
            "mitigations": {"authorization_manager": [{"check_order": {"signature": "5.5 ms"}}]},
            "actors": {"consumer": consumer, "authorization_manager": {"servers": 1, "work": {"parse": "0.31 ms"}}}}


def hybrid_utilisation(valid: int, invalid: int) -> float:
    """What both cost a second, of a core that has no more than one."""
    return min(1.0, round((valid * 5.81 + invalid * 0.31) / 1000, 4))


def rows() -> tuple[Row, ...]:
    """Both tables, and the hybrid attack that fills a core and no more."""
    utilisation = measured("stations.authorization_manager.utilisation")
    return (
        *(Row(f"top half of an introduction, {added_ms} ms more", "requests/s, cut to whole ones", float(expected),
              PROPOSAL + "table of the top half", partial(saturated, base_ms=0.26, added_ms=added_ms), whole_per_s,
              exact(500), exact(500), digits=0)
          for added_ms, expected in enumerate(TOP_HALF)),
        *(Row(f"whole introduction, {added_ms} ms more", "requests/s", expected, PROPOSAL + "table of both halves",
              partial(saturated, base_ms=5.55, added_ms=added_ms), done_per_s, exact(1000), exact(1000), digits=2)
          for added_ms, expected in enumerate(WHOLE)),
        *(Row(f"hybrid attack, {valid} valid and {invalid} invalid /s", "utilisation of a core", hybrid_utilisation(valid, invalid),
              PROPOSAL + "hybrid attacks", partial(hybrid, valid=valid, invalid=invalid), utilisation,
              exact(200), exact(200), digits=4)
          for valid, invalid in ((91, 1520), (92, 1520), (91, 1540))))
