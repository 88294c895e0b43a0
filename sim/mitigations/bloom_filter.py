"""Bloom filter of nonces: in place of a row for each nonce, so many bits for all; now and then a new nonce looks like a used one.

Of each nonce ``hashes`` bits are set; if all were set already, it counts as used, and the request is refused. It never takes a used
nonce for a new one. With n nonces in m bits and k hashes, a new one is refused with probability (1 - exp(-k n / m))^k. Two filters
take turns, each for as long as a timestamp may be old (``window``), so that a nonce is remembered for one window at least.

The server keeps ``bits`` twice, whatever the load; in ``memory`` the exact ``nonce`` store is counted no more. Replays are
still found by the exact store of the simulator: a filter finds all that it does.

Weak against floods of requests that pass the signature's check: the filter fills, and refuses the honest.

Source: B. Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", CACM 13(7) (1970); two hashes in place of k: A.
Kirsch, M. Mitzenmacher, "Less Hashing, Same Performance", ESA 2006; the window of timestamps: RFC 5849, 3.3.
"""

from collections.abc import Mapping
from typing import Any

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, duration, widths
from sim.world.moments import CHANCE, FAILED, NOW_NS, PASS

ACTIONS = "signature"
DRAWS = True
REPLACES = "nonce"
PARAMETERS = (
    count("bits", "Bits of a filter.", 1 << 20, least=32, most=1 << 25, example=1_000_000),
    count("hashes", "Bits that a nonce sets.", 7, most=64, example=7),
    duration("window", "For how long a filter takes up nonces.", "10 min", least_ns=1, example="10 min"),
    count("status", "Status of a refusal.", 401, least=400, most=599, example=401),
)
STATED_COST = Cost(fixed_bytes=lambda values: 8 * room(values))
STATE_INTS = ("word",)
"""A word of bits; of row 0 the number of the window. Then come the words of the two filters."""
WORD = 62
LOW = (1 << 26) - 1

BITS, HASHES, WINDOW_NS, STATUS = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)


def words_of(bits: int) -> int:
    """How many words so many bits take."""
    return (bits + WORD - 1) // WORD


def room(values: Mapping[str, Any]) -> int:
    """The number of the window, and both filters."""
    return 1 + 2 * words_of(values["bits"])


def at_action(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """A request whose signature holds: take up its nonce, or refuse it."""
    if event[FAILED] != 0:
        return PASS
    words = words_of(ints[BITS])
    window = event[NOW_NS] // ints[WINDOW_NS]
    turn(ints, words, window)
    first = ROWS + 1 + words * (window & 1)
    other = ROWS + 1 + words * (1 - (window & 1))
    start, step = event[CHANCE] & LOW, event[CHANCE] >> 27 | 1
    in_first = in_other = 1
    for k in range(ints[HASHES]):
        bit = (start + k * step) % ints[BITS]
        word, mask = bit // WORD, 1 << bit % WORD
        in_first &= 1 if ints[first + word] & mask else 0
        in_other &= 1 if ints[other + word] & mask else 0
        ints[first + word] |= mask
    return ints[STATUS] if in_first == 1 or in_other == 1 else PASS


def turn(ints: list[int], words: int, window: int) -> None:
    """A window is over: the filter of the one before it is emptied for the next; both are, if that was long ago."""
    since = window - ints[ROWS]
    if since <= 0:
        return
    ints[ROWS] = window
    for k in range(ROWS + 1, ROWS + 1 + 2 * words):
        if since > 1 or (k - ROWS - 1) // words == (window & 1):
            ints[k] = 0
