"""Adaptive puzzle: the server asks for as much work as its load demands, and serves first whoever has done most.

Each ``interval`` the server suggests an effort E. While nobody has to wait it is none, and requests pass. If requests wait at
the end of one, it becomes max(E + 1, total effort of those that came / those that were served); if nobody had to wait in one, it
falls to 2/3. A client does the work that is suggested; each time it comes again (a later attempt of the same call) it doubles
that up to an effort of 1,000, and takes half as much again from there to 10,000 at most. An effort of one takes ``tries`` tries
in the mean (geometric), each 1 / ``hash_rate`` of the client. With ``queue: {order: effort}`` at the server those who wait are
served by their effort.

Kept within the frame of challenges: a client hears the effort by being challenged (one more round trip), where Tor's clients
read it in a descriptor. The messages carry a real puzzle of at most 8 bits, as those of client_puzzle do.

Weak against pulses that are faster than the interval; and against whoever buys hashing, since it is an auction.

Source: Tor proposal 327, "A First Take at PoW Over Introduction Circuits" (2020), and Tor's specification of onion services, proof
of work (update every 300 s; HS_UPDATE_PERIOD, CLIENT_MAX_POW_EFFORT 10,000, doubling to 1,000, then x 1.5).
"""

from collections.abc import Mapping
from math import log, log1p
from typing import Any

from sim.mitigations import client_puzzle
from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, duration, widths
from sim.protocol.http import Request, Response
from sim.world.clock import round_duration_ns
from sim.world.moments import (
    ATTEMPT,
    CHALLENGE,
    CHANCE,
    HASH_RATE,
    NOW_NS,
    PASS,
    SOLVED,
    TICKET,
    TRIES,
    WAITING,
    WORK_NS,
    unit,
)

PARAMETERS = (
    duration("interval", "After which the suggested effort is found anew.", "300 s", least_ns=1, example="30 s"),
    count("tries", "Tries that an effort of one takes in the mean.", 1000, least=2, example=10_000),
)
STATED_COST = Cost()
STATE_INTS = ("ends_ns", "effort", "total", "handled", "anybody_waited")
CHALLENGES = DRAWS = True
DOUBLES_TO, MOST_EFFORT = 1000, 10_000
MOST_TRIES = float(1 << 53)
MOST_TOTAL = 1 << 53

INTERVAL_NS, TRIES_OF_ONE = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)
ENDS, EFFORT, TOTAL, HANDLED, ANYBODY_WAITED = range(ROWS, ROWS + len(STATE_INTS))
_BITS = {"bits": client_puzzle.REAL_BITS}


def at_arrival(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Let pass who has worked, or all while nobody has to; challenge the rest."""
    if event[NOW_NS] >= ints[ENDS]:
        suggest(ints, event[NOW_NS], event[WAITING])
    if event[WAITING] > 0:
        ints[ANYBODY_WAITED] = 1
    if event[SOLVED] == 1:
        ints[TOTAL] = min(MOST_TOTAL, ints[TOTAL] + event[TICKET])
        return PASS
    if ints[EFFORT] == 0:
        return PASS
    event[TICKET] = ints[EFFORT]
    return CHALLENGE


at_take_up = at_arrival


def at_end(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """One more was served."""
    ints[HANDLED] += 1
    return PASS


def suggest(ints: list[int], now_ns: int, waiting: int) -> None:
    """An interval is over: what effort is suggested from now on."""
    effort = ints[EFFORT]
    if waiting > 0:
        effort = max(effort + 1, ints[TOTAL] // max(1, ints[HANDLED]))
    elif ints[ANYBODY_WAITED] == 0:
        effort = effort * 2 // 3
    ints[EFFORT] = min(MOST_EFFORT, effort)
    ints[TOTAL] = ints[HANDLED] = ints[ANYBODY_WAITED] = 0
    ints[ENDS] = now_ns + ints[INTERVAL_NS]


def client_hears(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """How much a client works: what is suggested, and more each time that it comes again."""
    effort = event[TICKET]
    for _ in range(1, event[ATTEMPT]):
        effort = 2 * effort if effort < DOUBLES_TO else effort + effort // 2
    event[TICKET] = effort = min(MOST_EFFORT, effort)
    tries = 1.0 + log(unit(event[CHANCE])) / log1p(-1.0 / (float(ints[TRIES_OF_ONE]) * effort))
    event[TRIES] = int(min(MOST_TRIES, tries))
    event[WORK_NS] = round_duration_ns(event[TRIES] / event[HASH_RATE] * 1e9)
    return PASS


def http_challenge(values: Mapping[str, Any], request: Request, address: str) -> Response:
    """401 with a puzzle."""
    return client_puzzle.http_challenge(_BITS, request, address)


def http_answer(response: Response, request: Request) -> Request:
    """The request again, with a solution."""
    return client_puzzle.http_answer(response, request)


def http_holds(values: Mapping[str, Any], request: Request, address: str) -> bool:
    """Whether the request brings the solution of its own puzzle."""
    return client_puzzle.http_holds(_BITS, request, address)
