"""Client puzzle: a request is answered with a puzzle, and served when it comes again with the solution.

To find a number such that a hash over it begins with k zero bits takes 2^k tries in the mean (geometric, p = 2^-k), and one
hash to check. What the client needs for it is tries / its ``hash_rate`` (a key of a client class), within the timeout of the
attempt. The puzzle is made of the address and the request, so the server keeps nothing; a solution is good for the same request
again, as long as the server's secret is the same.

The messages carry a real puzzle, of at most 8 bits, whatever ``bits`` says: that its solving takes time is the simulator's
business, that it is solved is the messages'.

Weak against specialised hardware, precomputing where puzzles do not age, and unkind to phones.

Source: A. Back, "Hashcash: a denial of service counter-measure" (2002); A. Juels, J. Brainard, "Client Puzzles", NDSS 1999.
"""

import hashlib
import hmac
from collections.abc import Mapping
from itertools import count as integers
from math import log, log1p
from typing import Any

from sim.mitigations.framework.costs import HASHES_PER_S, Cost
from sim.mitigations.framework.parameters import columns, count
from sim.protocol.http import Request, Response, header
from sim.world.clock import round_duration_ns
from sim.world.moments import CHALLENGE, CHANCE, HASH_RATE, PASS, SOLVED, TRIES, WORK_NS, unit

PARAMETERS = (count("bits", "Zero bits that the hash of a solution begins with.", 18, least=1, most=40),)
STATED_COST = Cost(round_trips=1, client_s=lambda values: (1 << values["bits"]) / HASHES_PER_S)
CHALLENGES = DRAWS = True

(BITS,) = columns(PARAMETERS)
REAL_BITS = 8
MOST_TRIES = float(1 << 53)
_SECRET = b"the server's own; nobody in the simulation reads it"


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Let pass what brings a solution, challenge the rest."""
    return PASS if event[SOLVED] == 1 else CHALLENGE


at_arrival = at_take_up


def client_hears(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """How many tries the client needs (the quantile of the geometric distribution), and for how long it works."""
    tries = 1.0 + log(unit(event[CHANCE])) / log1p(-1.0 / (1 << ints[BITS]))
    event[TRIES] = int(min(MOST_TRIES, tries))
    event[WORK_NS] = round_duration_ns(event[TRIES] / event[HASH_RATE] * 1e9)
    return PASS


def http_challenge(values: Mapping[str, Any], request: Request, address: str) -> Response:
    """401 with the puzzle: its seed, and how many bits are asked for."""
    puzzle = f'Puzzle algorithm="SHA-256", bits="{min(values["bits"], REAL_BITS)}", seed="{_seed(request, address)}"'
    return Response(401, "Unauthorized", {"WWW-Authenticate": puzzle}, "")


def http_answer(response: Response, request: Request) -> Request:
    """The request again, with the first solution that there is."""
    fields = dict(part.split("=", 1) for part in (header(response, "WWW-Authenticate") or "").removeprefix("Puzzle ").split(", "))
    seed, bits = fields["seed"].strip('"'), int(fields["bits"].strip('"'))
    found = next(number for number in integers() if _zero_bits(seed, number) >= bits)
    return Request(request.method, request.url, {**request.headers, "Puzzle-Solution": f"{seed}:{found}"}, request.body)


def http_holds(values: Mapping[str, Any], request: Request, address: str) -> bool:
    """Whether the request brings the solution of its own puzzle."""
    seed, _, number = (header(request, "Puzzle-Solution") or "").partition(":")
    return (number.isascii() and number.isdecimal() and hmac.compare_digest(seed.encode(), _seed(request, address).encode())
            and _zero_bits(seed, int(number[:20])) >= min(values["bits"], REAL_BITS))


def _seed(request: Request, address: str) -> str:
    """What only the server could have made of this request from this address."""
    text = f"{address}\n{request.method}\n{request.url}\n{header(request, 'Authorization') or ''}\n{request.body}"
    return hmac.new(_SECRET, text.encode(), hashlib.sha256).hexdigest()[:32]


def _zero_bits(seed: str, number: int) -> int:
    digest = hashlib.sha256(f"{seed}:{number}".encode()).digest()
    return 256 - int.from_bytes(digest, "big").bit_length()
