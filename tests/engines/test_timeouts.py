"""Timeouts in a row: what expires, when and in which order, is what it would be if each had an event of its own."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from sim.engines.occurrence import Clock, Occurrence
from sim.engines.timeouts import Timeouts

TIMEOUT_NS, END_NS = 10, 60
CALLS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([None, 0, 3, 10, 12])), max_size=30)
"""How long after the one before a call begins, and how long after its beginning it is answered."""


class Call(Occurrence):
    """An attempt, as far as a row of timeouts knows it."""

    place = 0

    def __init__(self, number, order, log):
        super().__init__(None)
        self.number = number
        self.session = SimpleNamespace(order=order)
        self.open = True
        self.deadline_ns = -1
        self.caller = SimpleNamespace(expire=lambda call: log.append((clock_of[id(call)].now_ns, call.number)))


clock_of: dict[int, Clock] = {}


def close(event):
    event.subject.open = False


def begin_all(calls, begin):
    """Play the calls; the log of what expired. Orders fall, so that of one instant the last to begin comes first."""
    clock, log, started_ns, order = Clock(initial_time=0), [], 0, 10_000
    begin_call = begin(clock)
    for number, (gap_ns, answered_ns) in enumerate(calls):
        started_ns += gap_ns
        order -= 1
        call = Call(number, order, log)
        clock_of[id(call)] = clock
        start = Occurrence(call)
        clock.at(started_ns, 20_000 + number, start, (lambda event: begin_call(event.subject),))
        if answered_ns is not None:
            clock.at(started_ns + answered_ns, number, Occurrence(call), (close,))
    clock.run_until(END_NS)
    clock_of.clear()
    return log


def in_a_row(clock):
    return Timeouts(clock, TIMEOUT_NS, END_NS).add


def each_alone(clock):
    def expire(call):
        if call.open:
            call.caller.expire(call)

    def add(call):
        if clock.now_ns + TIMEOUT_NS < END_NS:
            clock.at(clock.now_ns + TIMEOUT_NS, call.session.order, call, (expire,))

    return add


@given(CALLS)
def test_a_row_of_timeouts_is_as_many_events(calls):
    assert begin_all(calls, in_a_row) == begin_all(calls, each_alone)


def test_of_one_instant_the_order_decides():
    assert begin_all([(0, None), (0, None), (1, 3), (1, None)], in_a_row) == [(10, 1), (10, 0), (12, 3)]
