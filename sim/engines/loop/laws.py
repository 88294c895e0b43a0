"""Asking a law of a mitigation, by its number (:mod:`sim.plan.guard_tables`)."""

from collections.abc import Callable

from sim.engines.loop.memory import beyond
from sim.plan import cells as c
from sim.world.clock import MAX_NS

KNOWN: list[Callable[..., int]] = []
"""The laws by address, where the loop runs uncompiled: there an address is a number."""


class LawFault(RuntimeError):  # noqa: N818 - a fault, as everywhere here
    """The law that was asked last gave what it may not; the memory says which law, what was wrong, and the value."""


ANSWERED, SET_TIME, COLLECTED_KEY, SET_TICKET = range(4)
"""What was wrong: an answer that means nothing, a time that the clock cannot hold, a key that is not kept, a negative ticket."""


RAISED = -1 << 62
"""What stands for the answer of a user's own law that raised."""


def ask_law(m: list[int], x: list[float], guard: int, law: int, row: int) -> int:
    """The law's answer. Compiled, a chain of comparisons stands before this, with every law that ships in its place."""
    return ask_at_address(m, x, guard, law, row)


def ask_at_address(m: list[int], x: list[float], guard: int, law: int, row: int) -> int:
    """The answer of a law that is called by its address; it gets its blocks with their ends."""
    n_ints = m[guard + c.FIRST_INT] + m[guard + c.INT_WIDTH] * m[guard + c.GUARD_ROOM]
    n_floats = m[guard + c.FIRST_FLOAT] + m[guard + c.FLOAT_WIDTH] * m[guard + c.GUARD_ROOM]
    answer = call_law(m[m[c.LAW_ADDRESSES] + law], beyond(m, m[guard + c.GUARD_INTS]), n_ints, beyond(x, m[guard + c.GUARD_FLOATS]),
                      n_floats, row, beyond(m, m[c.EVENT_BLOCK]))
    if answer == RAISED:
        raise RuntimeError
    return answer


def call_law(address: int, ints: list[int], _n_ints: int, floats: list[float], _n_floats: int, row: int, event: list[int]) -> int:
    """Call the law at an address. Compiled it is machine code, which needs to be told where its blocks end."""
    return KNOWN[address](ints, floats, row, event)


def ask(m: list[int], x: list[float], guard: int, when: int, row: int) -> int:
    """Ask a guard's law about the event."""
    m[c.ASKED], m[c.ASKED_WHEN], m[c.ASKED_ROW], m[c.IS_ASKED] = guard, when, row, 1
    answer = ask_law(m, x, guard, m[guard + c.FIRST_LAW + when], row)
    m[c.IS_ASKED] = 0
    return answer


def checked_time(m: list[int], time_ns: int) -> int:
    """A time that a law has set, if the clock can hold it."""
    if not 0 <= time_ns < MAX_NS:
        faulty(m, SET_TIME, time_ns)
    return time_ns


def checked_ticket(m: list[int], ticket: int) -> int:
    """A number that a law gave a challenge, if it is one."""
    if not 0 <= ticket < MAX_NS:
        faulty(m, SET_TICKET, ticket)
    return ticket


def faulty(m: list[int], what: int, value: int) -> None:
    """Stop the run: the law that was asked last gave what it may not."""
    m[c.FAULT], m[c.FAULTY] = what, value
    raise LawFault
