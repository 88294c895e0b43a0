"""Timeouts of attempts: nearly all are answered, so nearly none needs an event of its own.

Attempts that wait equally long expire in the order in which they began. So of each such row only the first that is still
open stands among SimPy's events, with those of the same instant, whose order is not that of their beginning.
"""

from collections import deque
from typing import TYPE_CHECKING

from sim.engines.occurrence import Clock
from sim.engines.session import Attempt
from sim.world.order import TIMER

if TYPE_CHECKING:
    from sim.engines.occurrence import Callbacks

_TIMER = TIMER << 118


class Timeouts:
    """A row of attempts that wait equally long."""

    def __init__(self, env: Clock, timeout_ns: int, end_ns: int) -> None:
        self.env = env
        self.timeout_ns = timeout_ns
        self.end_ns = end_ns
        self.row: deque[Attempt] = deque()
        self.scheduled = 0
        self.scheduled_ns = -1
        """How many are among the events, and for when."""
        self.callbacks: Callbacks = (self.expire,)

    def add(self, attempt: Attempt) -> None:
        """An attempt begins to wait."""
        time_ns = attempt.deadline_ns = self.env.now_ns + self.timeout_ns
        row = self.row
        while row and not row[0].open:  # else the answered ones would live until the timer of the first one rings
            row.popleft()
        row.append(attempt)
        if not self.scheduled or time_ns == self.scheduled_ns:
            self.schedule()

    def schedule(self) -> None:
        """Schedule the next that is open, and those of the same instant."""
        row = self.row
        while row and not row[0].open:
            row.popleft()
        if row and row[0].deadline_ns < self.end_ns:
            time_ns = self.scheduled_ns = row[0].deadline_ns
            while row and row[0].deadline_ns == time_ns:
                attempt = row.popleft()
                self.scheduled += 1
                self.env.at(time_ns, attempt.session.order | attempt.place | _TIMER, attempt, self.callbacks)

    def expire(self, attempt: Attempt) -> None:
        """The time of an attempt is over: a letter to its caller, if it was not answered meanwhile."""
        self.scheduled -= 1
        if not self.scheduled:
            self.schedule()
        if attempt.open:
            attempt.caller.expire(attempt)
