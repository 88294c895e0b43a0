"""Retry budgets of those who call: see :mod:`sim.world.budget`."""

from sim.engines.loop.memory import MEMBER, NOW_NS, as_floats, beyond
from sim.plan import cells as c
from sim.world.budget import refill, withdraw

WAS_ASKED, SINCE, BALANCE_CELL = range(3)


def state_of(m: list[int], x: list[float], who: int, session: int) -> int:
    """Where the budget of a caller stands, full when it is first asked for."""
    cells = m[who + c.BUDGET_CELLS]
    state = cells if cells >= 0 else m[session + MEMBER] - 1 - cells
    if m[state + WAS_ASKED] == 0:
        m[state + WAS_ASKED] = 1
        m[state + SINCE] = 0
        as_floats(m, state + BALANCE_CELL)[0] = x[m[who + c.BUDGET] + 1]
    return state


def deposit(m: list[int], x: list[float], who: int, session: int) -> None:
    """A call is made: it adds its share of a token."""
    state, plan = state_of(m, x, who, session), m[who + c.BUDGET] - 1
    refill(beyond(m, state + SINCE), as_floats(m, state + BALANCE_CELL), m[NOW_NS], x[plan + 1], x[plan + 2], x[plan])


def has_budget(m: list[int], x: list[float], who: int, session: int) -> bool:
    """Whether the retry budget allows one more attempt, which is taken from it; always, without a budget."""
    if m[who + c.BUDGET] == 0:
        return True
    state, plan = state_of(m, x, who, session), m[who + c.BUDGET] - 1
    return withdraw(beyond(m, state + SINCE), as_floats(m, state + BALANCE_CELL), m[NOW_NS], x[plan + 1], x[plan + 2]) == 1
