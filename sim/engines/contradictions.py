"""When the engine contradicts itself: the run stops, and says at what it was seen.

Nobody should ever read this. A number that went wrong without a word would be worse than a run that stops.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim.engines.faults import RunFault
from sim.engines.loop import memory
from sim.plan import cells as at
from sim.plan.plan import UNLIMITED
from sim.world.queues import SHARING

if TYPE_CHECKING:
    from sim.engines.compiled import Machine

KINDS = {memory.ARRIVES: "an arrival", memory.REACHES: "a message", memory.IS_SERVED: "the end of a service",
         memory.RESUMES: "the end of a pause", memory.CALLS_AGAIN: "a retry", memory.TIMES_OUT: "a timeout",
         memory.SOLVES: "a challenge that is solved", memory.COMES_ON: "a request that was held",
         memory.CHANGES: "a scheduled change", memory.IS_DUE: "the end of a shared service",
         memory.IS_CUT: "the end of a slow request"}
OF_A_VISIT = (memory.IS_SERVED, memory.RESUMES, memory.COMES_ON)
OF_A_MESSAGE = (memory.REACHES, memory.SOLVES, memory.IS_CUT)


def fault(what: str, where: str) -> RunFault:
    """The engine's own fault, in words."""
    return RunFault(f"the engine contradicts itself: {what}, {where}; nothing of this run can be trusted. "
                    "Please report it with the scenario and its seed")


def check(machine: "Machine") -> None:
    """Between two events: raises RunFault if something cannot be."""
    for what in contradictions(machine):
        raise fault(what, f"before {next_event(machine)}")


def contradictions(machine: "Machine") -> Iterator[str]:
    """What cannot be."""
    import numpy as np

    m = machine.m
    events = np.asarray(machine.q[1:2 * int(m[memory.WAITING_EVENTS]):2], np.int64)
    kinds = np.array([m[event] for event in events]) if isinstance(m, list) else m[events]
    coming = int(np.count_nonzero(kinds == memory.REACHES))
    if coming > m[memory.FLYING]:  # what is there after the end only, is on its way and does not come
        yield f"{m[memory.FLYING]} messages are on their way, and {coming} will be delivered"
    for who in machine.made.stations:
        name = machine.plan.participants[int(m[who + at.PART])]
        station = machine.plan.stations[int(m[who + at.PART])]
        # The plan's number, not the present one: when a brown-out begins, more may be busy yet.
        servers = UNLIMITED if station is None or station.order == SHARING else station.servers
        if m[who + at.BUSY] < 0 or (servers != UNLIMITED and m[who + at.BUSY] > servers):
            yield f"{m[who + at.BUSY]} of the {servers} servers of {name} are busy"
        if m[who + at.WAITING] < 0:
            yield f"{m[who + at.WAITING]} requests wait at {name}"


def next_event(machine: "Machine") -> str:
    """What comes next, in words."""
    if machine.m[memory.WAITING_EVENTS] == 0:
        return "the end"
    return told(machine, int(machine.q[1]), int(machine.q[0]))


def told(machine: "Machine", event: int, at_ns: int) -> str:
    """An event as its record would begin."""
    m = machine.m
    kind = int(m[event + memory.EVENT])
    said = f"{KINDS.get(kind, f'an event of kind {kind}')} at {at_ns} ns"
    if kind in (memory.ARRIVES, memory.CHANGES, memory.IS_DUE) or kind not in KINDS:
        return said
    if kind in OF_A_MESSAGE:
        session, step = int(m[event + memory.F_SESSION]), int(m[event + memory.F_STEP])
    elif kind in OF_A_VISIT:
        session, step = int(m[event + memory.V_SESSION]), int(m[event + memory.V_STEP])
    else:
        session, step = int(m[event + memory.OF_SESSION]), int(m[event + memory.STEP])
    of = machine.made.classes.index(int(m[session + memory.CLASS]))
    names = [*(each.name for each in machine.plan.classes), *(each.name for each in machine.plan.attacks)]
    number = int(m[session + memory.SESSION_NUMBER])
    about = f"'{machine.plan.steps[int(m[step + at.INDEX])].id}' of " if step not in (0, at.DONE) else ""
    return f"{said} ({about}session {number} of class {names[of]})"


def check_accounts(metrics: Mapping[str, Any]) -> None:
    """At the end: raises RunFault if sessions, messages or Little's law do not add up (``metrics["checks"]``)."""
    wrong = [name for name, holds in metrics["checks"].items() if not holds]
    if wrong:
        raise fault(f"the accounts of {' and '.join(wrong)} do not add up", "at the end of the run")
