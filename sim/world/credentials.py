"""Whether the signature of a request holds, known by construction: how it was made, and what the server remembers.

What :mod:`sim.protocol.oauth1.verification` finds out from the bytes of a request follows, for requests that are known
to be made in one of a few ways, from little: `verdict`. Engines without payloads use it; where messages are really
signed, it is never asked.

A server remembers the nonces that it accepted (RFC 5849 section 3.3). As long as no request comes twice no two are
equal, so what has to be known of them is how many it holds: a *nonce count*, a block of integers with a ring of one
counter for each second, since nonces are forgotten with their timestamps. Which requests were accepted, the engine
knows of those that may come again, and of no others.

Everything here is a law: integers in flat blocks, the same compiled or not.
"""

from typing import Final

VALID: Final = 0
MISSING: Final = 1
WRONG: Final = 2
UNKNOWN_KEY: Final = 3
REPLAYED: Final = 4
KIND_NAMES: Final = ("valid", "missing", "wrong", "unknown_key", "replayed")
"""How a signature was made. A replayed one is as it was when it was first sent."""

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


def verdict(kind: int, is_known: int, timestamp_s: int, now_s: int, was_accepted: int) -> int:
    """HOLDS, or what refuses a request, in the order in which a server looks at it.

    `kind`: how the signature was made; `is_known`: 1 if the server has the claimed key in its table; `timestamp_s` and
    `now_s`: the clocks of who signed it (then) and of the server (now), in s; `was_accepted`: 1 if this very request was
    accepted before.
    """
    if kind == MISSING:
        return NO_CREDENTIALS
    if timestamp_s < now_s - WINDOW_S or timestamp_s > now_s + WINDOW_S:
        return BAD_TIMESTAMP
    if kind == UNKNOWN_KEY or is_known == 0:
        return NO_SUCH_KEY
    if kind == WRONG:
        return BAD_SIGNATURE
    if was_accepted == 1:
        return USED_NONCE
    return HOLDS


def forget_nonces(block: list[int], now_s: int) -> None:
    """Forget the nonces whose timestamps are too old to come again: what a server does whenever a signature held."""
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


def keep_nonce(block: list[int], timestamp_s: int) -> None:
    """Hold one more nonce, of a request that was accepted (so its timestamp is within the window)."""
    block[RING + timestamp_s % RING_S] += 1
    block[HELD] += 1


LAWS = (verdict, forget_nonces, keep_nonce)
