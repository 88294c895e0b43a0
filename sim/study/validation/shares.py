"""Rows of who gets how much of a server: fair shares, shedding, and Jain's index of what came of it."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.measure import theory
from sim.study.validation.row import Form, Row, exact
from sim.study.validation.station import measured, station

if TYPE_CHECKING:
    from sim.study.run import Run

FOLDER = Path(__file__).parent
SPEAK_UP = "M. Walfish et al., SIGCOMM 2006: G / (G + B)"
DAGOR = "H. Zhou et al., SoCC 2018 (DAGOR), "
JAIN = "R. Jain, D.-M. Chiu, W. Hawe, DEC-TR-301 (1984)"


def fair(seconds: int, *, honest: int, others: int) -> Mapping[str, Any]:
    """Each address has its turn (J. Nagle, RFC 970), whatever it sends: those of the attack ask twice as often, all too often."""
    flood = {"name": "flood", "sends": "job", "rate": {"poisson": f"{400 * others} /s"}, "sources": {"addresses": others},
             "during": ["0 s", f"{seconds + 2} s"]}
    customer = {"population": honest, "arrivals": {"poisson": f"{200 * honest} /s"}, "picks": "round_robin"}
    return station(seconds, warm_up_s=2, customer=customer, attacks=[flood],
                   server={"servers": 1, "work": {"job": "1 ms"}, "queue": {"order": "fair"}})


def honest_share(run: "Run") -> float:
    """The honest sessions' part of what the server answered after the warm-up of 2 s."""
    assert run.trace is not None
    classes = [each["class"] for each in run.trace.records() if each["message"] == "job_done" and each["sent_ns"] >= 2_000_000_000]
    return classes.count("customer") / len(classes)


def of_fair_shares() -> tuple[Row, ...]:
    """Honest addresses against others, in the proportions of the paper."""
    return tuple(Row(f"fair order, {honest} honest, {others} others", "honest share of the server",
                     theory.fair_share(honest, others), SPEAK_UP, partial(fair, honest=honest, others=others), honest_share,
                     exact(20), exact(10), digits=3, trace=True)
                 for honest, others in ((1, 9), (2, 8), (5, 5), (9, 1)))


def shedding(seconds: int, *, law: str, calls: int) -> Mapping[str, Any]:
    """Tasks of so many calls at a server that admits half of the requests; the customers come in no order."""
    more = ["second_call", "third_call", "fourth_call"][: calls - 1]
    customer = {"population": 100_000, "arrivals": {"constant": "1000 /s"}, "picks": "random",
                **({"holds": [{"share": "100 %", "items": more}]} if more else {})}
    return station(seconds, customer=customer, model="queueing/task",
                   mitigations={"server": [{str(FOLDER / f"{law}.py"): {"admitted": "50 %"}}]})


def completed(run: "Run") -> float:
    """The share of the tasks that were completed, of those that ended."""
    sessions = run.metrics["sessions"]
    return float(sessions["completed"] / (sessions["completed"] + sessions["refused"]))


def of_shedding() -> tuple[Row, ...]:
    """A task of k calls: 2^-k of them are done where each call is admitted by chance, half where whole tasks are."""
    why = "short form: few tasks are completed"
    lengths = {1: (Form(20, 10), Form(10, 12)), 2: (Form(20, 20), Form(10, 20)), 3: (Form(20, 50), Form(10, 20, 0.05, why)),
               4: (Form(20, 100), Form(10, 30, 0.05, why))}
    rows = [Row(f"random shedding, {calls} of {calls} calls", "completed tasks", 0.5**calls, DAGOR + "section 3",
                partial(shedding, law="shed_at_random", calls=calls), completed, *forms) for calls, forms in lengths.items()]
    rows += [Row(f"consistent shedding, {calls} of {calls} calls", "completed tasks", 0.5, DAGOR + "section 4",
                 partial(shedding, law="shed_consistently", calls=calls), completed, Form(20, 10), Form(10, 12))
             for calls in lengths]
    return tuple(rows)


def uneven(seconds: int) -> Mapping[str, Any]:
    """Ten classes of 91 sessions: of nine, whose sessions share one address each, one is admitted; of the tenth all."""
    times = {"times": [f"{k * 100} ms" for k in range(91)]}
    small = {f"small_{k}": {"share": "9.1 %", "arrivals": times, "addresses": {"shared_by": 91}} for k in range(9)}
    large = {"large": {"share": "18.1 %", "arrivals": times, "addresses": "own"}}
    return station(seconds, customer={"population": 1000, "classes": {**small, **large}},
                   mitigations={"server": [{"token_bucket": {"per": "address", "rate": "1 /h", "burst": 1}}]})


def rows() -> tuple[Row, ...]:
    """All of them, in the order of the table."""
    jain = Row("nine flows of 1 and one of 91", "Jain's index", 0.1206, JAIN, uneven, measured("honest.jain_index"),
               exact(60), exact(60), digits=4)
    return (*of_fair_shares(), *of_shedding(), jain)
