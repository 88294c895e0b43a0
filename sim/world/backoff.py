"""Back-off: how long a client waits before it tries again.

M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 4 March 2015. With v = min(cap, base 2**n), where n
counts the waits before this one (0 for the first), and U(x, y) uniform:

| kind                | wait                          |
|---------------------|-------------------------------|
| NONE                | 0                             |
| CONSTANT            | min(cap, base)                |
| EXPONENTIAL         | v                             |
| FULL_JITTER         | U(0, v)                       |
| EQUAL_JITTER        | v/2 + U(0, v/2)               |
| DECORRELATED_JITTER | min(cap, U(base, 3 previous)) |
"""

from typing import Final

from sim.world.clock import round_duration_ns

NONE: Final = 0
CONSTANT: Final = 1
EXPONENTIAL: Final = 2
FULL_JITTER: Final = 3
EQUAL_JITTER: Final = 4
DECORRELATED_JITTER: Final = 5

KIND_NAMES: Final = ("none", "constant", "exponential", "full_jitter", "equal_jitter", "decorrelated_jitter")


def delay_ns(kind: int, base_ns: int, cap_ns: int, n: int, previous_ns: int, u: float) -> int:
    """The wait before the next attempt, in ns.

    `base_ns`, `cap_ns`: 0 or more, below 2**62 (`MAX_NS - 1` for no cap). `n`: waits before this one, any number.
    `previous_ns`: the wait before this one, for decorrelated jitter (for the first, the base stands in). `u`: in
    (0, 1), read by the jitters only. ValueError for an unknown kind.
    """
    if kind == NONE:
        return 0
    if kind == CONSTANT:
        return min(base_ns, cap_ns)
    if kind == DECORRELATED_JITTER:
        return _decorrelated_ns(base_ns, cap_ns, base_ns if n == 0 else previous_ns, u)
    ceiling_ns = doubled_ns(base_ns, cap_ns, n)
    if kind == EXPONENTIAL:
        return ceiling_ns
    if kind == FULL_JITTER:
        return min(ceiling_ns, round_duration_ns(u * ceiling_ns))
    if kind == EQUAL_JITTER:
        return min(ceiling_ns, round_duration_ns(ceiling_ns / 2.0 + u * (ceiling_ns / 2.0)))
    raise ValueError("no such kind of back-off")


def doubled_ns(base_ns: int, cap_ns: int, n: int) -> int:
    """min(cap, base 2**n), without ever computing a number above the cap."""
    if base_ns == 0:
        return 0
    if n >= 62 or base_ns > cap_ns >> n:
        return cap_ns
    return base_ns << n


def _decorrelated_ns(base_ns: int, cap_ns: int, previous_ns: int, u: float) -> int:
    """min(cap, U(base, 3 previous)), in floats up to the cap, so that 3 previous cannot overflow.

    Where the cap holds the wait below a third of the base, the range is turned around, as the formula has it.
    """
    wait_ns = base_ns + u * (3.0 * previous_ns - base_ns)
    if wait_ns >= float(cap_ns):  # said outright: CPython would compare exactly, compiled code in floats
        return cap_ns
    return min(cap_ns, round_duration_ns(wait_ns))
