"""Human confirmation: a question for people (a CAPTCHA, a consent) stands before the request; so many of them are open at once.

People take a while to answer (log-normal, by its median and the time within which 95 % are done), bots answer none, but for the
share that passes (``bots_pass``: by recognition, or by people who are paid for it), after ``solver``. A question that nobody
answers lapses. While ``most`` are open the next request is refused, so that questions themselves fill no table.

The client's ``timeout`` goes on while the person thinks: it must leave time for that.

Weak against paid solvers; and the cap on open questions locks people out while bots leave theirs open.

Source: L. von Ahn, M. Blum, N. Hopper, J. Langford, "CAPTCHA: Using Hard AI Problems for Security", EUROCRYPT 2003; E. Bursztein et
al., "How Good Are Humans at Solving CAPTCHAs?", IEEE S&P 2010 (mean 9.8 s for images); M. Motoyama et al., "Re: CAPTCHAs",
USENIX Security 2010 (solving services: median 14 s, about $1 a thousand).
"""

from collections.abc import Iterator, Mapping
from math import exp, log
from typing import Any

from sim.language.faults import BadValue
from sim.language.units import format_duration
from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, duration, share, status, widths
from sim.world.clock import round_duration_ns
from sim.world.lists import LIST, LIST_COLUMNS, append, first_of, unlink
from sim.world.moments import CHALLENGE, CHANCE, GIVE_UP, IS_ATTACKER, NOW_NS, PASS, SOLVED, TICKET, WORK_NS, unit
from sim.world.normal import normal_quantile

PARAMETERS = (
    duration("median", "Within which half of the people have answered.", "10 s", least_ns=1, example="10 s"),
    duration("p95", "Within which 95 % of the people have answered.", "30 s", least_ns=1, example="30 s"),
    share("bots_pass", "Share of an attack's requests that pass.", "0 %", example="5 %"),
    duration("solver", "How long those take.", "14 s", example="14 s"),
    count("most", "Questions that may be open.", 1000, most=1 << 20, example=100),
    duration("lapses_after", "How long a question stays open.", "5 min", least_ns=1, example="2 min"),
    status(503),
)
STATE_INTS = (*LIST_COLUMNS, "since_ns", "serial", "rows")
"""Of an open question. Row 0 holds the ends of both lists (open, free), how many there ever were, and rows in use."""
CHALLENGES = DRAWS = True
Z95 = 1.6448536269514722
SERIALS = 21
"""Bits of a ticket below the serial number of its question: the row."""

MEDIAN_NS, P95_NS, SOLVER_NS, MOST, LAPSES_NS, STATUS = columns(PARAMETERS[:2] + PARAMETERS[3:])
BOTS_PASS = 0
ROWS, _ = widths(PARAMETERS)
WIDTH = len(STATE_INTS)
SINCE, SERIAL = len(LIST_COLUMNS), len(LIST_COLUMNS) + 1
OPEN, FREE = 1, 2
EVER, IN_USE = ROWS + SERIAL, ROWS + SERIAL + 1


def contradictions(values: dict[str, int]) -> Iterator[BadValue]:
    """95 % take at least as long as half."""
    if values["p95"] < values["median"]:
        least = format_duration(values["median"])
        yield BadValue(f"p95 is {format_duration(values['p95'])}", f"at least the median, {least}", path=("p95",))


def room(values: Mapping[str, Any]) -> int:
    """A row for each question that may be open."""
    return 1 + int(values["most"])


def mean_s(values: Mapping[str, Any]) -> float:
    """How long people take in the mean: that of the lognormal distribution."""
    spread = log(values["p95"] / values["median"]) / Z95
    return float(values["median"]) * 1e-9 * exp(spread * spread / 2.0)


STATED_COST = Cost(round_trips=1, client_s=mean_s, fixed_bytes=lambda values: 8 * len(STATE_INTS) * room(values))


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Let pass what was confirmed, ask about the rest, or refuse."""
    first = first_of(ints, ROWS, OPEN)
    while first != 0 and event[NOW_NS] - ints[ROWS + WIDTH * first + SINCE] >= ints[LAPSES_NS]:
        close(ints, first)
        first = first_of(ints, ROWS, OPEN)
    if event[SOLVED] == 1:
        asked = event[TICKET] & (1 << SERIALS) - 1
        here = ROWS + WIDTH * asked
        if ints[here + LIST] == OPEN and ints[here + SERIAL] == event[TICKET] >> SERIALS:
            close(ints, asked)
            return PASS
        return CHALLENGE  # too late: the question has lapsed
    free = first_of(ints, ROWS, FREE)
    if free != 0:
        unlink(ints, ROWS, WIDTH, free)
    elif ints[IN_USE] < ints[MOST]:
        ints[IN_USE] += 1
        free = ints[IN_USE]
    else:
        return ints[STATUS]
    ints[EVER] += 1
    append(ints, ROWS, WIDTH, free, OPEN)
    ints[ROWS + WIDTH * free + SINCE], ints[ROWS + WIDTH * free + SERIAL] = event[NOW_NS], ints[EVER]
    event[TICKET] = ints[EVER] << SERIALS | free
    return CHALLENGE


at_arrival = at_take_up


def close(ints: list[int], row: int) -> None:
    """A question is open no more."""
    unlink(ints, ROWS, WIDTH, row)
    append(ints, ROWS, WIDTH, row, FREE)


def client_hears(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """How long the answer takes, if there is one."""
    u = unit(event[CHANCE])
    if event[IS_ATTACKER] == 1:
        event[WORK_NS] = ints[SOLVER_NS]
        return PASS if u < floats[BOTS_PASS] else GIVE_UP
    spread = log(float(ints[P95_NS]) / float(ints[MEDIAN_NS])) / Z95
    event[WORK_NS] = round_duration_ns(float(ints[MEDIAN_NS]) * exp(spread * normal_quantile(u)))
    return PASS
