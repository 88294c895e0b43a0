"""Rows of queueing theory: Poisson arrivals at stations whose service has mean 1 s unless said."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.measure import theory
from sim.study.validation.row import Form, Row
from sim.study.validation.station import EXPONENTIAL, balanced, measured, station

if TYPE_CHECKING:
    from sim.study.run import Run

LITTLE = "J. Little, Operations Research 9 (1961)"
KLEINROCK = "L. Kleinrock, Queueing Systems I (1975), "
WARM_UP_S = 4000
"""Ten times the relaxation time of M/M/1 at rho .9, 1 / (1 - sqrt(rho))^2 s; the others forget sooner."""
SOJOURN, WAIT = measured("stations.server.sojourn_s.mean"), measured("stations.server.wait_s.mean")
WAITS = measured("stations.server.wait_probability")


def poisson(seconds: int, *, per_s: float, work: Any = None, **server: Any) -> Mapping[str, Any]:
    """One station of any kind."""
    return station(seconds, warm_up_s=WARM_UP_S, customer={"arrivals": {"poisson": f"{per_s} /s"}},
                   server={"work": {"job": work or EXPONENTIAL}, **server})


def loss(run: "Run") -> float:
    """The share of those that came whom the waiting room refused."""
    found = run.metrics["stations"]["server"]
    return float(found["refused"].get("queue", 0) / found["offered"])


def forms(full: int, quick: int, width: float = 0.05) -> tuple[Form, Form]:
    """Twenty long replications for the full form, ten for the short one, whose intervals may be wider."""
    why = "" if width <= 0.02 else "short form: customers depend on each other for long"
    return Form(20, full), Form(10, quick, width, why)


def row(system: str, quantity: str, expected: float, source: str, per_s: float, read: "Callable[[Run], float]",
        lengths: tuple[Form, Form], **options: Any) -> Row:
    """A row of one station."""
    return Row(system, quantity, expected, source, partial(poisson, per_s=per_s, **options), read, *lengths)


def of_mm1() -> tuple[Row, ...]:
    """M/M/1, its tail, and M/D/1."""
    why = "short form: customers depend on each other for long"
    lengths = {0.5: forms(200_000, 80_000, 0.02), 0.8: forms(400_000, 100_000),
               0.9: (Form(20, 2_000_000), Form(20, 300_000, 0.06, why))}
    return (
        *(row(f"M/M/1, rho {rho}", "mean sojourn, s", theory.mm1(rho, 1).sojourn_s, KLEINROCK + "eq. 3.26: 1 / (1 - rho)", rho,
              SOJOURN, each) for rho, each in lengths.items()),
        row("M/M/1, rho 0.9", "99th percentile of the sojourn, s", theory.mm1_sojourn_quantile_s(0.9, 1, 0.99),
            KLEINROCK + "eq. 5.120 ff.: ln(100) / (1 - rho)", 0.9, measured("stations.server.sojourn_s.p99"),
            (Form(20, 9_000_000), Form(20, 400_000, 0.08, why))),
        row("M/D/1, rho 0.8", "mean wait, s", theory.md1(0.8, 1).wait_s, KLEINROCK + "eq. 5.70: half that of M/M/1", 0.8, WAIT,
            forms(400_000, 50_000), work="1 s"),
        row("M/M/1, rho 0.8", "L / (lambda W)", 1.0, LITTLE, 0.8, little,
            forms(60_000, 60_000, 0.02)),
    )


def little(run: "Run") -> float:
    """The mean number present, a time integral, by what arrives a second, 0.8, times the mean of the customers' own sojourns."""
    found = run.metrics["stations"]["server"]
    return float((found["queue_mean"] + found["busy_mean"]) / (0.8 * found["sojourn_s"]["mean"]))


def of_finite_rooms() -> tuple[Row, ...]:
    """Losses of finite waiting rooms; K counts those in service, our capacity does not."""
    systems = (
        ("M/M/1/10", 1, 10, 0.9, forms(800_000, 250_000)), ("M/M/1/10", 1, 10, 1.0, forms(400_000, 150_000)),
        ("M/M/1/10", 1, 10, 2.0, forms(20_000, 20_000, 0.02)), ("M/M/10/10", 10, 10, 8.0, forms(40_000, 40_000, 0.02)),
        ("M/M/10/10", 10, 10, 20.0, forms(2_000, 2_000, 0.02)), ("M/M/4/20", 4, 20, 4.0, forms(200_000, 50_000)),
        ("M/M/4/20", 4, 20, 8.0, forms(10_000, 10_000, 0.02)), ("M/M/4/20", 4, 20, 16.0, forms(4_000, 4_000, 0.02)))
    sources = {"M/M/1/10": "section 3.5", "M/M/10/10": "section 3.6: Erlang B", "M/M/4/20": "section 3.8"}
    return tuple(row(f"{name}, {offered:g} erlang", "loss", theory.mmck(offered, 1, servers, most).loss, KLEINROCK + sources[name],
                     offered, loss, lengths, servers=servers, queue={"capacity": most - servers})
                 for name, servers, most, offered, lengths in systems)


def of_many_servers() -> tuple[Row, ...]:
    """M/M/c: who waits, and how long."""
    rows = []
    lengths = ((8, forms(50_000, 10_000), forms(150_000, 30_000, 0.06)), (9, forms(50_000, 10_000), forms(300_000, 60_000, 0.06)))
    for offered, waits, wait in lengths:
        system, source = f"M/M/10, {offered} erlang", KLEINROCK + "section 3.5: Erlang C"
        rows.append(row(system, "probability of waiting", theory.erlang_c(offered, 10), source, offered, WAITS, waits, servers=10))
        rows.append(row(system, "mean wait, s", theory.mmc(offered, 1, 10).wait_s, source, offered, WAIT, wait, servers=10))
    return tuple(rows)


DISTRIBUTIONS: dict[str, tuple[Any, float, float]] = {
    "gamma, cv 0.5": ({"gamma": {"mean": "1 s", "cv": 0.5}}, 1.0, 0.25),
    "gamma, cv 2": ({"gamma": {"mean": "1 s", "cv": 2}}, 1.0, 4.0),
    "uniform": ({"uniform": ["0 s", "2 s"]}, 1.0, 1 / 3),
    "lognormal": ({"lognormal": {"median": "0.8 s", "p95": "2 s"}}, *theory.lognormal_moments(0.8, 2.0)),
}
"""Work, its mean in s, and its squared coefficient of variation."""


def of_general_service() -> tuple[Row, ...]:
    """M/G/1 by Pollaczek and Khinchine."""
    return tuple(row(f"M/G/1, 0.5 /s, {name}", "mean wait, s", theory.mg1(0.5, mean, squared_cv).wait_s,
                     KLEINROCK + "eq. 5.70: Pollaczek-Khinchine", 0.5, WAIT, forms(800_000, 250_000), work=work)
                 for name, (work, mean, squared_cv) in DISTRIBUTIONS.items())


# --- processor sharing ----------------------------------------------------------------------------------------------------

SHARING = {"order": "processor_sharing"}
TIME_SHARED = "L. Kleinrock, Journal of the ACM 14 (1967): x / (1 - rho)"
OTHERS = {"exponential": EXPONENTIAL, "gamma, cv 2": DISTRIBUTIONS["gamma, cv 2"][0], "uniform": DISTRIBUTIONS["uniform"][0]}


def sized(seconds: int, *, size_s: float, others: Any) -> Mapping[str, Any]:
    """A tenth of the jobs has one size, the others have mean 1 s."""
    shares = {"fixed": {"share": "10 %", "holds": [{"share": "100 %", "items": ["fixed_size"]}]}, "other": {"share": "90 %"}}
    return station(seconds, warm_up_s=WARM_UP_S, model="queueing/sized",
                   customer={"arrivals": {"poisson": "0.6 /s"}, "classes": shares},
                   server={"work": {"fixed_job": f"{size_s} s", "other_job": others}, "queue": SHARING})


def of_sharing() -> tuple[Row, ...]:
    """M/G/1 with processor sharing."""
    every = (("constant", "1 s", 1.0), ("lognormal", *DISTRIBUTIONS["lognormal"][:2]))
    rows = [row(f"M/G/1 shared, 0.6 /s, {name}", "mean sojourn, s", theory.mg1_processor_sharing_sojourn_s(0.6, mean, mean),
                TIME_SHARED, 0.6, SOJOURN, forms(200_000, 50_000), work=work, queue=SHARING) for name, work, mean in every]
    for size_s in (0.5, 2.0):
        expected = theory.mg1_processor_sharing_sojourn_s(0.6, 0.1 * size_s + 0.9, size_s)
        for name, work in OTHERS.items():
            rows.append(Row(f"M/G/1 shared, 0.6 /s, {name}", f"mean sojourn of a job of {size_s} s, s", expected, TIME_SHARED,
                            partial(sized, size_s=size_s, others=work), measured("classes.fixed.response_time_s.mean"),
                            *forms(1_000_000, 100_000)))
    return tuple(rows)


# --- networks -------------------------------------------------------------------------------------------------------------


def tandem(seconds: int) -> Mapping[str, Any]:
    """Two stations in a row, at 0.5 /s: rho .5 and .25."""
    given = station(seconds, warm_up_s=WARM_UP_S, model="queueing/tandem", customer={"arrivals": {"poisson": "0.5 /s"}})
    del given["actors"]["server"]
    given["actors"]["first"] = {"work": {"first_work": EXPONENTIAL}}
    given["actors"]["second"] = {"work": {"second_work": {"exponential": "500 ms"}}}
    return given


def rows() -> tuple[Row, ...]:
    """All of them, in the order of the table."""
    two = Row("two M/M/1 in a row", "mean sojourn, s", theory.tandem_mm1(0.5, 1, 2),
              "P. Burke, Operations Research 4 (1956): their sum", tandem, measured("honest.response_time_s.mean"),
              *forms(200_000, 90_000, 0.02))
    return (*of_mm1(), *of_finite_rooms(), *of_many_servers(), *of_general_service(), *of_sharing(), two)


def of_every_run() -> tuple[Row, ...]:
    """Little's law in whole nanoseconds, at every station of every run; of runs of its own where no other row runs."""
    return (Row("every station of every run", "share with L T = sum of sojourns, in ns", 1.0, LITTLE, tandem, balanced,
                Form(1, 10_000), Form(1, 10_000), digits=9, of_all_runs=True),)
