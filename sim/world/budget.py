"""A client's retry budget: retries only as a share of what it asks anyway, so that they cannot multiply a load without bound.

A bucket of tokens, full at first (``burst``). Every call that is made adds ``ratio`` of a token and every second ``minimum``
tokens, never beyond the burst; every retry takes one. Where less than one is left, nothing is tried again. Then the attempts of
calls are at most 1 + ratio times the calls, and what burst and minimum allow.

The form is Finagle's ``RetryBudget`` (deposits by request, ``percentCanRetry`` 20 %, ``minRetriesPerSec`` 10), with the burst
in place of the lifetime of 10 s of its deposits; the burst of 10 tokens and the ratio of 10 % are those of gRPC's retry
throttling (proposal A6: ``maxTokens`` 10, ``tokenRatio`` 0.1, which deposits by success and stops at half of them); M. Brooker,
"Fixing retries with token buckets and circuit breakers" (2022).

A budget is a flat block of floats (BALANCE) beside one of ints (SINCE_NS).
"""

from collections.abc import Callable
from typing import Any

BALANCE = 0
SINCE_NS = 0


def budget(burst: float) -> tuple[list[int], list[float]]:
    """A new budget, full."""
    return [0], [burst]


def refill(ints: list[int], floats: list[float], now_ns: int, per_s: float, burst: float, tokens: float) -> None:
    """Add what the time has brought, and so many tokens beside it."""
    balance = floats[BALANCE] + per_s * ((now_ns - ints[SINCE_NS]) / 1e9) + tokens
    floats[BALANCE] = min(burst, balance)
    ints[SINCE_NS] = now_ns


def withdraw(ints: list[int], floats: list[float], now_ns: int, per_s: float, burst: float) -> int:
    """Whether there may be one more retry: 1, and a token is taken; else 0."""
    refill(ints, floats, now_ns, per_s, burst, 0.0)
    if floats[BALANCE] < 1.0 - 1e-9:  # ten tenths, added up in floats, are less than one
        return 0
    floats[BALANCE] -= 1.0
    return 1


LAWS: tuple[Callable[..., Any], ...] = (refill, withdraw)
"""Every law of this module, callees before callers."""
