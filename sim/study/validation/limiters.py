"""Rows of rate limiters, counted request by request in the trace."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.study.validation.row import Row, exact
from sim.study.validation.station import station

if TYPE_CHECKING:
    from sim.study.run import Run

LIMIT_REQ = "NGINX, ngx_http_limit_req_module"
WINDOWS = "Cloudflare, How we built rate limiting (2017)"
SLOW = {"rate": "1 /s", "burst": 5}
QUICK = {"rate": "10 /s", "burst": 20, "undelayed": 20}
"""The second is `nodelay`."""
ONE_ADDRESS = {"addresses": {"shared_by": 1000}}


def leaky(seconds: int, *, arrivals: Any, bucket: Mapping[str, Any]) -> Mapping[str, Any]:
    """Requests of one address at a leaky bucket."""
    return station(seconds, customer={"arrivals": arrivals, **ONE_ADDRESS},
                   mitigations={"server": [{"leaky_bucket": {"status": 503, **bucket}}]})


def requests(run: "Run") -> list[dict[str, Any]]:
    """The requests, in the order in which they came."""
    assert run.trace is not None
    return [each for each in run.trace.records() if each["message"] == "job"]


def answers_ns(run: "Run") -> list[int]:
    """When each answer came, in order."""
    assert run.trace is not None
    return sorted(each["received_ns"] for each in run.trace.records() if each["message"] == "job_done")


def passed(run: "Run", sent_ns: int | None = None) -> float:
    """Requests that were not refused, of those sent at a time or of all."""
    return sum(1.0 for each in requests(run) if each["outcome"] == "delivered" and sent_ns in (None, each["sent_ns"]))


def refused(run: "Run", sent_ns: int | None = None) -> float:
    """Requests that were refused, of those sent at a time or of all."""
    return sum(1.0 for each in requests(run) if each["outcome"] == "refused" and sent_ns in (None, each["sent_ns"]))


def at_once(run: "Run") -> float:
    """Requests that were answered when they came."""
    return answers_ns(run).count(0)


def delayed_by_seconds(run: "Run") -> float:
    """Answers that came exactly 1, 2, 3 ... s late, one each."""
    late = [time_ns for time_ns in answers_ns(run) if time_ns > 0]
    return sum(time_ns == (place + 1) * 1_000_000_000 for place, time_ns in enumerate(late))


def of_limit_req() -> tuple[Row, ...]:
    """limit_req: excess = max(0, excess - rate dt + 1), refused above the burst, a refusal changing nothing."""
    eight = partial(leaky, arrivals={"times": ["0 s"] * 8}, bucket=SLOW)
    many = partial(leaky, arrivals={"times": [*["0 s"] * 25, "100 ms", "101 ms"]}, bucket=QUICK)
    steps = [{"from": "0 s", "rate": "100 /s"}, {"from": "60 s", "rate": "0 /s"}]
    minute = partial(leaky, arrivals={"steps": steps, "process": "constant"}, bucket=QUICK)
    counted = (
        ("1 /s, burst 5, 8 at once", "answered at once", 1, eight, at_once, 20),
        ("1 /s, burst 5, 8 at once", "delayed by 1, 2, ... 5 s", 5, eight, delayed_by_seconds, 20),
        ("1 /s, burst 5, 8 at once", "refused", 2, eight, refused, 20),
        ("10 /s, burst 20, nodelay, 25 at once", "passed", 21, many, partial(passed, sent_ns=0), 2),
        ("10 /s, burst 20, nodelay, 25 at once", "refused", 4, many, partial(refused, sent_ns=0), 2),
        ("the same, one more at +100 ms", "passed", 1, many, partial(passed, sent_ns=100_000_000), 2),
        ("the same, the next at +101 ms", "passed", 0, many, partial(passed, sent_ns=101_000_000), 2),
        ("10 /s, burst 20, nodelay, 100 /s for 60 s", "passed of 6000", 620, minute, passed, 61))
    return tuple(Row(f"limit_req {system}", quantity, float(expected), LIMIT_REQ, scenario, read, exact(seconds), exact(seconds),
                     digits=0, trace=True) for system, quantity, expected, scenario, read, seconds in counted)


def sliding(seconds: int) -> Mapping[str, Any]:
    """42 requests in a minute, 18 in the first 13 s of the next; from then on one a millisecond, against a limit of 50."""
    times = [*(f"{k} s" for k in range(42)), *["73 s"] * 18, *(f"{k} ms" for k in range(73_001, 77_000))]
    return station(seconds, customer={"arrivals": {"times": times}, **ONE_ADDRESS},
                   mitigations={"server": [{"sliding_window": {"limit": 50, "window": "1 min"}}]})


def estimate_at_75_s(run: "Run") -> float:
    """The estimate after 15 s of the second minute, by when the limit lets the next two pass.

    The first passes once the estimate has fallen below 50, the second once it has fallen by one more; it falls evenly.
    """
    passing = [each for each in requests(run) if each["outcome"] == "delivered" and each["sent_ns"] > 73_000_000_000]
    times_s = [each["sent_ns"] / 1e9 for each in passing]
    return float(50 - (75 - times_s[0]) / (times_s[1] - times_s[0]))


def rows() -> tuple[Row, ...]:
    """All of them, in the order of the table."""
    window = Row("sliding window counter, 42 in the last minute, 18 in 15 s", "estimate", 49.5, WINDOWS + ": 42 x 45/60 + 18",
                 sliding, estimate_at_75_s, exact(80), exact(80), digits=2, trace=True)
    return (*of_limit_req(), window)
