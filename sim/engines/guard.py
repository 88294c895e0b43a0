"""One mitigation at work: its blocks, its identity table, its draws; and what it means when its own code raises."""

import os
import traceback
from typing import TYPE_CHECKING, Any

from sim.engines.faults import RunFault
from sim.engines.session import Session
from sim.mitigations.framework.declaration import CLIENT
from sim.plan.protections import ALL, ProtectionPlan
from sim.world import identities, load
from sim.world.chance import philox4x32, stream_key
from sim.world.clock import MAX_NS

if TYPE_CHECKING:
    from sim.engines.world import World


ANSWERED = "answered {}; expected PASS, a status from 400 to 599, or what its CHALLENGES and DROPS declare"
SET_TIME = "set a time of {} ns; expected one from 0 to 2^62"
SET_TICKET = "set a ticket of {}; expected a number from 0 to 2^62"
COLLECTED_KEY = "collected the key {}; expected one that is kept"
"""What a law gave that means nothing."""


class Guard:
    """The state of one mitigation of one server."""

    def __init__(self, world: "World", plan: ProtectionPlan) -> None:
        self.world = world
        self.plan = plan
        self.name = plan.name
        declared = plan.declared
        self.laws = declared.laws
        self.ints, self.floats = declared.blocks(plan.values)
        self.first_int, self.first_float = declared.first_row
        self.int_width, self.float_width = len(declared.state_ints), len(declared.state_floats)
        self.rows = 0
        self.table = None if plan.per == ALL else identities.table(plan.capacity)
        self.watch = None if plan.when is None else load.watch(*plan.when)
        self.stream = stream_key(world.plan.seed, world.plan.replication, plan.stream)
        self.reserve(declared.room_of(plan.values) - 1)

    @property
    def stands_aside(self) -> bool:
        """Whether it is for busy days alone, and this is a calm one."""
        return self.watch is not None and self.watch[load.IS_ON] == 0

    def reserve(self, row: int) -> None:
        """Make room for rows up to this one."""
        if row >= self.rows:
            rows = max(row + 1, 2 * self.rows)
            self.ints.extend([0] * (self.int_width * (rows - self.rows)))
            self.floats.extend([0.0] * (self.float_width * (rows - self.rows)))
            self.rows = rows

    def row(self, identity: int, station: int, now_ns: int) -> int:
        """The row of whoever asks, a new one if need be; who has not been here for longest may lose its own to it."""
        if self.table is None:
            return 0
        if identities.is_full(self.table):
            self.table = identities.grown(self.table)
        before = self.table[identities.COUNT]
        row = identities.touch(self.table, identity)
        if row < 0:
            row = -1 - row
            self.reserve(row)
            identities.clear_row(self.ints, self.first_int, row, self.int_width)
            identities.clear_row(self.floats, self.first_float, row, self.float_width)
            if self.table[identities.COUNT] > before:
                self.world.meter.rows(station, self.plan.memory, 1, now_ns)
        return row

    def row_of(self, identity: int) -> int:
        """The row of an identity; -1 if it has none any more."""
        return 0 if self.table is None else identities.find(self.table, identity)

    def chance(self, session: Session, place: int) -> int:
        """53 bits, drawn at the place of a message: the top bits that :func:`sim.world.chance.uniform` takes."""
        if self.plan.declared.draws == CLIENT:
            high, low, _, _ = philox4x32(*self.stream, session.c0, session.c1 >> 24 << 24, 0, 0)
        else:
            high, low, _, _ = philox4x32(*self.stream, session.c0, session.c1, place >> 20 & 0xFFFFFFFF, (place & 0xFFFFF) << 12)
        return high << 21 | low >> 11

    def ask(self, moment: str, row: int, event: list[int], about: str) -> int:
        """Call a law. What its code raises stops the run, with its name, the message, the time and its line."""
        try:
            code = self.laws[moment](self.ints, self.floats, row, event)
        except (Exception, SystemExit) as error:
            raise RunFault(self.explained(moment, about, f"raised {type(error).__name__}: {error}", error)) from error
        if code.__class__ is not int:
            raise RunFault(self.explained(moment, about, f"answered {code!r}; expected an int, e.g. PASS"))
        return code

    def hook(self, name: str, *arguments: Any) -> Any:
        """Call what it does with real messages, by name, as :meth:`ask` calls a law."""
        try:
            return self.plan.declared.hooks[name](*arguments)
        except (Exception, SystemExit) as error:
            raise RunFault(self.explained(name, "", f"raised {type(error).__name__}: {error}", error)) from error

    def checked_time(self, moment: str, time_ns: int, about: str) -> int:
        """A time that a law has set, if the clock can hold it."""
        if not 0 <= time_ns < MAX_NS:
            raise RunFault(self.explained(moment, about, SET_TIME.format(time_ns)))
        return time_ns

    def checked_ticket(self, moment: str, ticket: int, about: str) -> int:
        """A number that a law gave a challenge, if it is one."""
        if not 0 <= ticket < MAX_NS:
            raise RunFault(self.explained(moment, about, SET_TICKET.format(ticket)))
        return ticket

    def explained(self, moment: str, about: str, what: str, error: BaseException | None = None) -> str:
        """Where in a law something went wrong, and when."""
        return explained(self.plan, moment, about, self.world.env.now_ns, what, error)


def explained(guard: ProtectionPlan, moment: str, about: str, now_ns: int, what: str, error: BaseException | None = None) -> str:
    """Where in a law something went wrong, and when; with the line of its own that raised, if one did."""
    file = guard.declared.file
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    own = [frame for frame in frames if os.path.abspath(frame.filename) == os.path.abspath(file)]
    place = f"{file}:{own[-1].lineno}" if own else str(file)
    line = f"\n    {own[-1].line}" if own and own[-1].line else ""
    at = f" at '{about}'" if about else ""
    return f"{place}: mitigation '{guard.name}', {moment}{at}, at {now_ns} ns, {what}{line}"
