"""Whether the signature of a request holds, known by construction: how it was made, and what the server remembers.

What :mod:`sim.protocol.oauth1.verification` finds out from the bytes of a request follows, for requests that are known
to be made in one of a few ways, from little: `verdict`. Engines without payloads use it; where messages are really
signed, it is never asked.

A server remembers the nonces that it accepted (RFC 5849 section 3.3). As long as no request comes twice no two are
equal, so what has to be known of them is how many it holds: a *nonce count*, a block of integers with a ring of one
counter for each second, since nonces are forgotten with their timestamps. Which requests were accepted, when and by which
instances, the engine knows of those that may come again, and of no others.

Everything here is a law: integers in flat blocks, the same compiled or not.
"""

from collections.abc import Sequence
from typing import Final

from sim.world.clock import NEVER_NS

VALID: Final = 0
MISSING: Final = 1
WRONG: Final = 2
UNKNOWN_KEY: Final = 3
REPLAYED: Final = 4
KIND_NAMES: Final = ("valid", "missing", "wrong", "unknown_key", "replayed")
"""How a signature was made. A replayed one is as it was when it was first sent."""

UNKNOWN_ROWS: Final = 1 << 39
"""From here on, numbers stand for keys that no server gave out: of each attack its own."""

HOLDS: Final = 0
NO_CREDENTIALS: Final = 1
BAD_TIMESTAMP: Final = 2
NO_SUCH_KEY: Final = 3
BAD_SIGNATURE: Final = 4
USED_NONCE: Final = 5
VERDICT_NAMES: Final = ("", "credentials", "timestamp", "consumer_key", "signature", "nonce")
"""What refuses a request, by verdict, in the order in which it is looked at; each with status 401."""
REFUSAL_STATUS: Final = 401

UNKNOWN_FACT_STATUS: Final = 400
"""What refuses a fact that no server gave out; a credential (a fact that messages carry) REFUSAL_STATUS."""

WINDOW_S: Final = 300
"""How far a timestamp may be from the server's clock, either way."""

HELD, HORIZON_S, RING = 0, 1, 2
"""Columns of a nonce count: how many it holds, the oldest timestamp that it has not forgotten, and the ring."""
RING_S: Final = 1024
"""More than the window is long, both ways: no two timestamps that are held share a counter."""
NONCES_WIDTH: Final = RING + RING_S


KEPT_NAMES: Final = ("shared", "per_instance", "replicated")
SHARED, PER_INSTANCE, REPLICATED = range(3)
"""Where a server with several instances keeps nonces: in one store, each in its own, or each all of them, after a lag."""

CHECKS: Final = ("timestamp", "key", "nonce", "signature")
TIMESTAMP, KEY, NONCE, SIGNATURE = range(4)


def order_of(checks: Sequence[str]) -> int:
    """The order in which a server makes its checks, as one number: two bits each, the first in the lowest."""
    return sum(CHECKS.index(check) << 2 * place for place, check in enumerate(checks))


DEFAULT_ORDER: Final = order_of(("timestamp", "key", "signature", "nonce"))


def verdict(kind: int, is_known: int, timestamp_s: int, now_s: int, was_taken: int, order: int) -> int:
    """HOLDS, or what refuses a request, in the order in which a server looks at it.

    `kind`: how the signature was made; `is_known`: 1 if the server has the claimed key in its table; `timestamp_s` and
    `now_s`: the clocks of who signed it (then) and of the server (now), in s; `was_taken`: 1 if whoever looks knows that the
    nonce of this very request was taken up before; `order`: see `order_of`. A signature that is looked at before the key says
    nothing about an unknown one; of a nonce that is too old to be remembered nobody can say that it is new.
    """
    if kind == MISSING:
        return NO_CREDENTIALS
    for place in range(4):
        check = order >> 2 * place & 3
        if check == TIMESTAMP and (timestamp_s < now_s - WINDOW_S or timestamp_s > now_s + WINDOW_S):
            return BAD_TIMESTAMP
        if check == KEY and (kind == UNKNOWN_KEY or is_known == 0):
            return NO_SUCH_KEY
        if check == SIGNATURE and kind == WRONG and is_known == 1:
            return BAD_SIGNATURE
        if check == NONCE and (was_taken == 1 or timestamp_s < now_s - WINDOW_S):
            return USED_NONCE
    return HOLDS


def comes_to_nonce(verdict: int, order: int) -> int:
    """1 if a server has looked at the nonce when it comes to a verdict: then it forgets old ones, and takes up a new one."""
    if verdict in (HOLDS, USED_NONCE):
        return 1
    refuses = -1  # no credentials: before everything else
    if verdict == BAD_TIMESTAMP:
        refuses = TIMESTAMP
    elif verdict == NO_SUCH_KEY:
        refuses = KEY
    elif verdict == BAD_SIGNATURE:
        refuses = SIGNATURE
    if refuses < 0:
        return 0
    for place in range(4):
        check = order >> 2 * place & 3
        if check in (NONCE, refuses):
            return 1 if check == NONCE else 0
    return 0


def is_known_nonce(is_taker: int, taken_ns: int, now_ns: int, lag_ns: int) -> int:
    """1 if an instance knows that a nonce was used: it took it up itself, or has heard of whoever did first.

    `is_taker`: 1 if it did itself; `taken_ns`: when any instance did first, -1 if none has; `lag_ns`: after how long the others
    hear of it: 0 where they share one store, NEVER_NS where each has its own.
    """
    return 1 if is_taker == 1 or (taken_ns >= 0 and now_ns - taken_ns >= lag_ns) else 0


def rows_of_nonce(taken_ns: int, lag_ns: int, copies: int) -> int:
    """How many rows a nonce takes that an instance takes up: that of each store that will hold it and does not yet.

    `copies`: how many stores are told of it. What is on its way to a store is counted with the rows that it will be.
    """
    return copies if taken_ns < 0 or lag_ns == NEVER_NS else 0


def looked_up(kind: int, is_known: int) -> int:
    """HOLDS, or what refuses a request that is not signed: it names a credential, and the server looks it up.

    So a public client's identifier (RFC 6749 section 2.1) or a bearer token (RFC 6750): whoever names one that is known passes, a
    copy too.
    """
    if kind == MISSING:
        return NO_CREDENTIALS
    return NO_SUCH_KEY if kind == UNKNOWN_KEY or is_known == 0 else HOLDS


def forget_nonces(block: list[int], now_s: int) -> None:
    """Forget the nonces whose timestamps are too old to come again: what a server does whenever it comes to look at one."""
    horizon_s = now_s - WINDOW_S
    if horizon_s <= block[HORIZON_S]:
        return
    second = block[HORIZON_S]
    if horizon_s - second > RING_S:
        second = horizon_s - RING_S
    while second < horizon_s:
        place = RING + second % RING_S
        block[HELD] -= block[place]
        block[place] = 0
        second += 1
    block[HORIZON_S] = horizon_s


def keep_nonce(block: list[int], timestamp_s: int, rows: int) -> None:
    """Hold one more nonce, in so many rows. Its timestamp is not older than the window, and less than RING_S - WINDOW_S ahead."""
    block[RING + timestamp_s % RING_S] += rows
    block[HELD] += rows


LAWS = (verdict, comes_to_nonce, is_known_nonce, rows_of_nonce, looked_up, forget_nonces, keep_nonce)
