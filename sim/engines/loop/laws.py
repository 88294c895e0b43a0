"""Asking a law of a mitigation, by its number (:mod:`sim.plan.guard_tables`)."""

from collections.abc import Callable

from sim.plan import cells as c
from sim.world.clock import MAX_NS

KNOWN: list[Callable[..., int]] = []
"""The laws by number, where the loop runs uncompiled."""


class LawFault(RuntimeError):  # noqa: N818 - a fault, as everywhere here
    """A law answered what it may not: the number of its guard, the moment, what (:data:`FAULTS`), and the value."""


ANSWERED, SET_TIME, COLLECTED_KEY = range(3)
"""What was wrong."""


def ask_law(law: int, ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """The law's answer. Compiled, a chain of comparisons stands here, with every law in its place."""
    return KNOWN[law](ints, floats, row, event)


def checked_time(m: list[int], guard: int, moment: int, time_ns: int) -> int:
    """A time that a law has set, if the clock can hold it."""
    if not 0 <= time_ns < MAX_NS:
        raise LawFault(m[guard + c.GUARD_CODE] - c.CHALLENGE_CODE, moment, SET_TIME, time_ns)
    return time_ns
