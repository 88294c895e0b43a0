"""How the world's events ride on SimPy: one SimPy event for each, which resumes an actor's process directly.

SimPy orders events by (time, priority, serial number). Here the priority is the order key of :mod:`sim.world.order`, a
plain int, so the serial number never decides; SimPy's own bookkeeping events (a process that starts) have priorities 0
and 1 and do nothing to the world.

An actor is a SimPy process that yields its :class:`Inbox` again and again. What arrives is sent into the process at once,
by the very SimPy event that brought it: one event a delivery, where a Store would need three. Nor is that event an
object of its own: a message on its way, a visit that is being served, a call that may time out are the events themselves.
"""

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any

from simpy import Environment, Event
from simpy.events import Process

Handler = Callable[[Any], object]
Callbacks = tuple[Handler, ...]


class Clock(Environment):
    """SimPy's environment with the time in integer nanoseconds."""

    now_ns = 0
    """The present."""

    def run_until(self, until_ns: int) -> None:
        """:meth:`simpy.Environment.run` up to, but not including, ``until_ns``: its steps in one loop, without a stop event."""
        queue = self._queue
        while queue and queue[0][0] < until_ns:
            now, _, _, event = heappop(queue)
            self._now = self.now_ns = now  # type: ignore[assignment]  # it begins at 0, and all that is added to it are ints
            for callback in event.callbacks:
                callback(event)
            if not event._ok:
                raise event._value

    def at(self, time_ns: int, order: int, event: "Happening", callbacks: Callbacks) -> None:
        """Let an event happen: what :meth:`simpy.Environment.schedule` does."""
        event.callbacks = callbacks  # type: ignore[assignment]  # SimPy only goes through them
        heappush(self._queue, (time_ns, order, next(self._eid), event))  # type: ignore[misc]


class Happening(Event):
    """A SimPy event that always happens, once or again.

    It is triggered from the start, so what :class:`simpy.Event` sets for each event stands here once.
    """

    _ok = True
    _value = None
    handler: Handler
    """Which of the actor's reactions is meant, if it resumes one."""


class Occurrence(Happening):
    """Anything else that happens, to ``subject``."""

    def __init__(self, subject: Any) -> None:
        self.subject = subject


class Inbox(Event):
    """An actor's inbox. ``yield inbox`` waits for the next letter, a :class:`Happening`.

    Nothing is ever stored in it: the actor deals with a letter to the end before it yields again, and no letter can
    come meanwhile, because letters come only from events of the environment. ``resumed`` are the callbacks by which an
    event brings itself: the process's own ``send``, since a process that waits for one thing only need not be told what
    SimPy keeps account of at each yield.
    """

    def __init__(self, env: Clock) -> None:
        self.env = env
        self.callbacks = []  # who waits: one actor, which SimPy adds when it has started
        self.process = Process(env, play(self))
        self.resumed: Callbacks = (self.process._generator.send,)

    def put(self, handler: Handler, letter: Happening) -> None:
        """Resume the actor with a letter, now."""
        letter.handler = handler
        self.resumed[0](letter)


def play(inbox: Inbox) -> Generator[Event, Happening, None]:
    """The process of an actor: for ever, wait for a letter and react to it by the handler that it names."""
    while True:
        letter = yield inbox
        letter.handler(letter)
        del letter  # else its whole session would live until the actor hears something again
