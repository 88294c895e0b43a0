"""What went wrong when the compiled loop asked a law of a mitigation, in the words of the SimPy engine."""

from typing import TYPE_CHECKING

from sim.engines import guard as words
from sim.engines.faults import RunFault
from sim.engines.loop import laws, memory
from sim.plan import cells as at
from sim.world import moments

if TYPE_CHECKING:
    from sim.engines.compiled import Machine

_WORDS = {laws.ANSWERED: words.ANSWERED, laws.SET_TIME: words.SET_TIME, laws.COLLECTED_KEY: words.COLLECTED_KEY,
          laws.SET_TICKET: words.SET_TICKET}


def law_fault(machine: "Machine", error: Exception) -> RunFault:
    """The fault of the law that was asked last; ``error`` is what the loop raised.

    An error in a law's own code comes out of machine code without its line: so the law is asked once more, as it is
    written, about the same event and with the state as it was left.
    """
    m, plan = machine.m, machine.plan
    row = int(m[at.ASKED])
    guards = [guard for station in plan.stations if station is not None for guard in station.protections]
    guard = guards[int(m[row + at.GUARD_CODE]) - at.CHALLENGE_CODE]
    moment = moments.MOMENTS[int(m[at.ASKED_WHEN])]
    event = [int(cell) for cell in m[m[at.EVENT_BLOCK] : m[at.EVENT_BLOCK] + moments.WIDTH]]
    about = plan.steps[event[moments.STEP]].id if moment in ("at_arrival", "at_take_up", "at_action") else ""
    now_ns = int(m[memory.NOW_NS])
    if isinstance(error, laws.LawFault):
        what = _WORDS[int(m[at.FAULT])].format(int(m[at.FAULTY]))
        return RunFault(words.explained(guard, moment, about, now_ns, what))
    rows = int(m[row + at.GUARD_ROOM])
    first, ends = int(m[row + at.GUARD_INTS]), int(m[row + at.FIRST_INT] + m[row + at.INT_WIDTH] * rows)
    ints = [int(cell) for cell in m[first : first + ends]]
    first, ends = int(m[row + at.GUARD_FLOATS]), int(m[row + at.FIRST_FLOAT] + m[row + at.FLOAT_WIDTH] * rows)
    floats = [float(cell) for cell in machine.x[first : first + ends]]
    try:
        guard.declared.laws[moment](ints, floats, int(m[at.ASKED_ROW]), event)
    except Exception as again:  # noqa: BLE001 - whatever it is, it is the user's
        error = again
    return RunFault(words.explained(guard, moment, about, now_ns, f"raised {type(error).__name__}: {error}", error))
