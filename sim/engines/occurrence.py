"""How the world's events ride on SimPy: one SimPy event for each, resumed directly.

SimPy orders events by (time, priority, serial number). Here the priority is the order key of :mod:`sim.world.order`, a
plain int, so the serial number never decides; SimPy's own bookkeeping events (a process that starts) have priorities 0
and 1 and do nothing to the world.

An actor is a SimPy process that yields its :class:`Inbox` again and again. What arrives resumes the process at once,
inside the very SimPy event that brought it: one event a delivery, where a Store would need three.
"""

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any

from simpy import Environment, Event
from simpy.events import Process

Handler = Callable[[Any], None]
Letter = tuple[Handler, Any]
"""What is put into an inbox: which of the actor's handlers is meant, and what for it."""


class Clock(Environment):
    """SimPy's environment with the time in integer nanoseconds."""

    def run_until(self, until_ns: int) -> None:
        """:meth:`simpy.Environment.run` up to, but not including, ``until_ns``: its steps in one loop, without a stop event."""
        queue = self._queue
        while queue and queue[0][0] < until_ns:
            self._now, _, _, event = heappop(queue)
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]  # so SimPy marks what has been
            for callback in callbacks:
                callback(event)
            if not event._ok:
                raise event._value

    @property
    def now(self) -> int:
        """The present, in ns."""
        return self._now  # type: ignore[return-value]  # it begins at 0, and all that is added to it are ints


class Occurrence(Event):
    """A SimPy event at a given time and place in the order of events, which calls ``callback`` with itself.

    It is triggered from the start (it always happens), so what :class:`simpy.Event` sets for each event stands here once.
    """

    _ok = True
    _value = None

    def __init__(self, env: Clock, time_ns: int, order: int, callback: "Callable[[Any], None]", subject: Any) -> None:
        # What Environment.schedule does, without its calls: this is the hottest line of the engine.
        self.callbacks = (callback,)  # type: ignore[assignment]  # SimPy only goes through them
        self.subject = subject
        heappush(env._queue, (time_ns, order, next(env._eid), self))  # type: ignore[misc]


class Inbox(Event):
    """An actor's inbox. ``yield inbox`` waits for the next letter, which is the value of the yield.

    Nothing is ever stored in it: the actor deals with a letter to the end before it yields again, and no letter can
    come meanwhile, because letters come only from events of the environment.
    """

    def put(self, letter: Letter) -> None:
        """Resume the actor with ``letter``."""
        self._value = letter
        self._ok = True
        (resume,) = self.callbacks  # the one actor that waits
        self.callbacks = []
        resume(self)

    def bring(self, occurrence: Occurrence) -> None:
        """The callback of an occurrence whose subject is a letter for this inbox: :meth:`put`, without another call."""
        self._value = occurrence.subject
        self._ok = True
        (resume,) = self.callbacks
        self.callbacks = []
        resume(self)


def actor_process(env: Clock, inbox: Inbox) -> Process:
    """The process of an actor: for ever, wait for a letter and react to it by the handler that it names."""

    def play() -> Generator[Event, Letter, None]:
        while True:
            handler, subject = yield inbox
            handler(subject)

    return Process(env, play())
