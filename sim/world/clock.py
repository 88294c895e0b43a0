"""The clock: simulated time is an integer number of nanoseconds since the run began.

A float becomes time in one place only, `round_ns`, so that an engine that is compiled and one that is not agree on
every instant. Instants and durations stay below `MAX_NS` (2**62 ns, 146 years): the sum of any two of them
still fits a signed 64-bit integer, and an excess stops the run instead of wrapping around.
"""

from typing import Final

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000

MAX_NS: Final = 1 << 62
"""Exclusive limit of every instant and of the size of every duration, in ns."""

NEVER_NS: Final = MAX_NS
"""The instant of what does not happen: later than any end of a run, so `at_ns >= end_ns` needs no special case."""

MAX_NS_FLOAT: Final = 4611686018427387904.0
"""`MAX_NS` as a float (exact): CPython compares a float with an int exactly, compiled code converts the int first."""


class ClockOverflow(OverflowError):  # noqa: N818 - an OverflowError, and named as one
    """A time lies outside (-2**62, 2**62) ns, or is not a number: the run must stop.

    `args` is `(value,)`: the time in ns, an int or a float.
    """

    def __str__(self) -> str:
        return f"time of {self.args[0]!r} ns exceeds the clock (limit 2**62 ns, about 146 years)"


def seconds_up(time_ns: int) -> int:
    """Whole seconds, rounded up, as headers have them; 0 for what is not above 0."""
    return -(-time_ns // NS_PER_S) if time_ns > 0 else 0


def round_ns(time_ns: float) -> int:
    """Round a time to whole nanoseconds, half to even (IEEE 754 roundTiesToEven: `round` here, `rint` compiled).

    Raises `ClockOverflow` if the time is not in (-2**62, 2**62), which includes infinities and NaN.
    """
    if not -MAX_NS_FLOAT < time_ns < MAX_NS_FLOAT:  # written so that NaN fails too
        raise ClockOverflow(time_ns)
    return round(time_ns)


def round_duration_ns(time_ns: float) -> int:
    """Round to whole ns as `round_ns` does; a negative time counts as 0 (a duration cannot be negative)."""
    if time_ns <= 0.0:
        return 0
    if not time_ns < MAX_NS_FLOAT:
        raise ClockOverflow(time_ns)
    return round(time_ns)


def later_ns(now_ns: int, delay_ns: int) -> int:
    """The instant `delay_ns` after `now_ns`, both below `MAX_NS` in size; `ClockOverflow` if it is not on the clock."""
    at_ns = now_ns + delay_ns
    if not -MAX_NS < at_ns < MAX_NS:
        raise ClockOverflow(at_ns)
    return at_ns


def wall_clock_s(start_epoch_ns: int, now_ns: int, skew_ns: int) -> int:
    """What an actor's own clock shows, in whole seconds since 1970 (an OAuth timestamp, RFC 5849 section 3.3).

    `start_epoch_ns`: ns from 1970-01-01T00:00Z to the start of the run; `now_ns`: since then; `skew_ns`: how far the
    actor's clock is ahead (negative: behind). Rounded down, as clocks show time. Each is below `MAX_NS` in size, and
    so is the sum, else `ClockOverflow`.
    """
    return later_ns(later_ns(start_epoch_ns, now_ns), skew_ns) // NS_PER_S


def seconds(time_ns: int) -> float:
    """A time in ns as seconds, for reports: the nearest float to the ns, divided by 1e9."""
    return time_ns / 1e9
