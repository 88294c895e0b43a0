"""Room for what the mitigations and queues of a compiled run keep: tables that grow between events.

A table that grows moves to the end of the memory; the cell that holds its address is changed, and nothing else knows where it
was. What is left behind is never used again: less than the table is large now.
"""

import weakref
from typing import TYPE_CHECKING, Any

from sim.engines.loop import memory
from sim.engines.loop.guards import MARGIN
from sim.plan import cells as at
from sim.world import identities, queues

if TYPE_CHECKING:
    from sim.engines.compiled import Machine


class Stores:
    """All tables that can grow."""

    def __init__(self, machine: "Machine") -> None:
        self.machine: Machine = weakref.proxy(machine)  # a run's memory goes with it, without waiting for the collector of cycles

    @property
    def m(self) -> Any:
        """The memory, where it is now."""
        return self.machine.m

    def grow(self) -> None:
        """Make room wherever little is left."""
        m = self.m
        guards = m[at.GUARDS]
        for k in range(guards + 1, guards + 1 + m[guards] if guards else guards + 1):
            self.grow_guard(int(self.m[k]))
        protections = m[at.PROTECTIONS]
        for participant in range(m[at.N_ROLES]):
            protection = int(self.m[protections + participant])
            if protection:
                self.grow_protection(protection)
        for who in self.machine.made.stations:
            if self.m[who + at.QUEUE]:
                self.grow_queue(who)
        self.m[memory.TIGHT] = 0

    def move(self, cell: int, before: int, after: int) -> int:
        """Give what stands at an address more cells; the new address."""
        while self.m[memory.TOP] + after + self.machine.room > len(self.m):
            self.machine.longer_memory()
        m = self.m
        old, new = int(m[cell]), int(m[memory.TOP])
        m[memory.TOP] = new + after
        m[new:new + before] = m[old:old + before]
        m[cell] = new
        return new

    def grow_table(self, cell: int) -> bool:
        """Double an identity table, if little room is left in it (and it may have more)."""
        m = self.m
        table = int(m[cell])
        room, capacity = int(m[table + identities.ROOM]), int(m[table + identities.CAPACITY])
        if m[table + identities.COUNT] + MARGIN < room or (capacity and room >= capacity):
            return False
        empty = identities.table(capacity, 2 * room)
        new = self.move(cell, identities.HEADER + identities.ROW * room, len(empty))
        self.m[new + identities.ROOM], self.m[new + identities.SLOTS] = empty[identities.ROOM], empty[identities.SLOTS]
        self.machine.functions["refill_slots"](self.m, new)
        return True

    def grow_guard(self, guard: int) -> None:
        """Double the rows of a guard with its table."""
        if self.m[guard + at.GUARD_TABLE] and self.grow_table(guard + at.GUARD_TABLE):
            self.grow_rows(guard, int(self.m[self.m[guard + at.GUARD_TABLE] + identities.ROOM]))

    def grow_rows(self, guard: int, rows: int) -> None:
        """Give a guard so many rows of state."""
        m, before = self.m, int(self.m[guard + at.GUARD_ROOM])
        first, width = int(m[guard + at.FIRST_INT]), int(m[guard + at.INT_WIDTH])
        self.move(guard + at.GUARD_INTS, first + width * before, first + width * rows)
        first, width = int(self.m[guard + at.FIRST_FLOAT]), int(self.m[guard + at.FLOAT_WIDTH])
        if width:
            self.m[guard + at.GUARD_FLOATS] = self.machine.move_floats(int(self.m[guard + at.GUARD_FLOATS]), first + width * before,
                                                                      first + width * rows)
        self.m[guard + at.GUARD_ROOM] = rows

    def grow_protection(self, protection: int) -> None:
        """Double the rows by key, of guards too, and the table of proven keys."""
        m = self.m
        facts, room = int(m[at.N_FACTS]), int(m[protection + at.KEY_ROOM])
        issued = max((int(m[m[at.ISSUED] + fact]) for fact in range(facts)), default=0)
        if m[protection + at.COLLECTS] and issued + MARGIN >= room:
            while room <= issued + MARGIN:
                room *= 2
            states = int(m[protection + at.KEY_STATES])
            for fact in range(facts):
                if self.m[states + fact]:
                    self.move(states + fact, int(self.m[protection + at.KEY_ROOM]), room)
            guards = int(self.m[at.GUARDS])
            for k in range(guards + 1, guards + 1 + int(self.m[guards]) if guards else guards + 1):
                guard = int(self.m[k])
                if self.m[guard + at.GUARD_KEY] >= 0 and self.m[guard + at.GUARD_ROOM] < room:
                    self.grow_rows(guard, room)
            self.m[protection + at.KEY_ROOM] = room
        before = int(self.m[self.m[protection + at.PROVEN] + identities.ROOM])
        if self.grow_table(protection + at.PROVEN):
            self.move(protection + at.PROVEN_FROM, before, 2 * before)

    def grow_queue(self, who: int) -> None:
        """Double the room of a queue, of its flows, and of the visits that its items stand for."""
        m = self.m
        line = int(m[who + at.QUEUE])
        room = int(m[line + queues.ROOM])
        if m[line + queues.COUNT] + MARGIN >= room:
            items = queues.HEADER + queues.ITEM * room
            flows = queues.FLOW_WIDTH * (room + queues.FIXED_FLOWS)
            empty = queues.queue(int(m[line + queues.ORDER]), 2 * room)
            new = self.move(who + at.QUEUE, items, len(empty))
            m = self.m
            ends = new + queues.HEADER + queues.ITEM * 2 * room
            m[ends:ends + flows] = m[line + items:line + items + flows]
            m[ends + flows:new + len(empty)] = m[ends + flows:new + len(empty)] * 0 - 1 if not isinstance(m, list) else [-1] * (
                new + len(empty) - ends - flows)
            m[new + queues.ROOM] = 2 * room
            self.move(who + at.QUEUED, room, 2 * room)
        if self.m[who + at.ORDER] == queues.FAIR:
            flows_room = int(self.m[self.m[who + at.FLOWS] + identities.ROOM])
            while flows_room < self.m[self.m[who + at.QUEUE] + queues.ROOM]:
                self.double_flows(who)
                flows_room = int(self.m[self.m[who + at.FLOWS] + identities.ROOM])

    def double_flows(self, who: int) -> None:
        """Twice the room for the flows of a queue."""
        table = int(self.m[who + at.FLOWS])
        room = int(self.m[table + identities.ROOM])
        empty = identities.table(0, 2 * room)
        new = self.move(who + at.FLOWS, identities.HEADER + identities.ROW * room, len(empty))
        self.m[new + identities.ROOM], self.m[new + identities.SLOTS] = empty[identities.ROOM], empty[identities.SLOTS]
        self.machine.functions["refill_slots"](self.m, new)
