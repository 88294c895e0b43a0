"""Rows of what clients do: retries, retry budgets and throttling, from B. Beyer et al., Site Reliability Engineering (2016)."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.measure import theory
from sim.study.validation.row import Form, Row, exact
from sim.study.validation.station import measured, station

if TYPE_CHECKING:
    from sim.study.run import Run

RETRIES = "Site Reliability Engineering (2016), chapter 21"
THROTTLING = RETRIES + ", client-side throttling"
COST = 0.25
"""Of a refusal, in requests."""
CAPACITY_PER_S = 10_000
"""Requests that the server can do: so many that chance costs nothing.

At a tenth of it the queue is empty now and then, and K = 1.1 reaches .96 of its .976.
"""


def tried(seconds: int, *, failing: str, **retry: Any) -> Mapping[str, Any]:
    """Tasks of up to three attempts, each of which is lost now and then."""
    return station(seconds, network={"customer -> server": {"loss": failing}}, server={"servers": "unlimited"},
                   customer={"arrivals": {"constant": "200 /s"}, "timeout": "1 ms", "retry": {"attempts": 3, **retry}})


def of_retries() -> tuple[Row, ...]:
    """How many attempts a task costs."""
    attempts = measured("honest.attempts_per_call")
    short = Form(10, 100)
    some = [Row(f"three attempts, each fails with {failing} %", "attempts per task", theory.attempts_per_task(failing / 100, 3),
                RETRIES, partial(tried, failing=f"{failing} %"), attempts, Form(20, 500), short) for failing in (10, 50, 90, 99)]
    always = Row("three attempts, each fails", "attempts per task", theory.attempts_per_task(1, 3), RETRIES,
                 partial(tried, failing="100 %"), attempts, exact(1000), exact(100), digits=9)
    budget = {"ratio": "10 %", "shared": True}
    bounded = Row("three attempts, each fails with 99 %, budget of 10 %", "attempts per task", 1.1, RETRIES,
                  partial(tried, failing="99 %", budget=budget), attempts, exact(1000), exact(1000), digits=3)
    return (*some, always, bounded)


def overloaded(seconds: int, *, load: float, k: float | None = None, process: str = "poisson") -> Mapping[str, Any]:
    """A server that spends a quarter of a request's work to see what it is, and the rest on what it accepts.

    What waited too long it refuses (CoDel), so that whatever its refusals leave is spent on others. It begins calmly: under load
    from the first moment the clients, who have seen nothing accepted yet, would reject nearly all, and send K times more a window.
    """
    throttle = {} if k is None else {"throttle": {"k": k, "window": "2 s", "shared": True}}
    steps = [{"from": f"{begin} s", "rate": f"{share * CAPACITY_PER_S} /s"} for begin, share in ((0, 0.1), (1, 0.9), (2, load))]
    return station(seconds, warm_up_s=10, customer={"arrivals": {"steps": steps, "process": process}, **throttle},
                   server={"work": {"parse": "25 us", "job": "75 us"}},
                   mitigations={"server": [{"codel": {"target": "5 ms", "interval": "100 ms"}}]})


def accepted_share(run: "Run") -> float:
    """Requests served, of those that the server could serve at most."""
    return float(run.metrics["honest"]["goodput_per_s"] / CAPACITY_PER_S)


def of_throttling() -> tuple[Row, ...]:
    """What is left of a server that spends itself on refusals; without throttling, and with it, however many would ask."""
    quantity = "accepted share of the capacity"
    alone = [Row(f"no throttling, load {load}", quantity, theory.refusing_share(load, COST), THROTTLING,
                 partial(overloaded, load=load), accepted_share, Form(20, 20), Form(10, 5)) for load in (2, 3)]
    edge = Row("no throttling, load 4, evenly", quantity, theory.refusing_share(4, COST), THROTTLING,
               partial(overloaded, load=4, process="constant"), accepted_share, exact(20), exact(5), digits=9)
    throttled = [Row(f"throttling, K = {k}, load {load}", quantity, theory.throttled_share(k, COST), THROTTLING,
                     partial(overloaded, load=load, k=k), accepted_share, Form(20, 20), Form(6, 3))
                 for k in (2, 1.5, 1.1) for load in (4, 10)]
    return (*alone, edge, *throttled)


def rows() -> tuple[Row, ...]:
    """All of them, in the order of the table."""
    return (*of_retries(), *of_throttling())
