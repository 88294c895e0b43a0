"""The mitigations and the orders of service of a plan as tables of numbers: a part of :mod:`sim.plan.tables`."""

from typing import TYPE_CHECKING

from sim.mitigations.framework import registry
from sim.mitigations.framework.declaration import CLIENT
from sim.plan import cells as at
from sim.plan.plan import NONE, Plan, StationPlan
from sim.plan.protections import ALL, ProtectionPlan
from sim.world import identities, load, moments, queues
from sim.world.chance import stream_key

if TYPE_CHECKING:
    from sim.mitigations.framework.declaration import Law
    from sim.plan.actor_tables import ActorTables

FIRST_ROOM = 64
"""Rows that every table has room for at first."""


class GuardTables:
    """Writes them behind the other tables of a plan."""

    def __init__(self, tables: "ActorTables") -> None:
        self.tables = tables
        self.plan = tables.plan
        self.names: list[str] = []
        self.all_guards: list[int] = []
        self.laws, self.numbers = numbered_laws(self.plan)
        ints = tables.ints
        ints[at.EVENT_BLOCK] = tables.room(moments.WIDTH)
        rows = [self.protection(station) if station is not None else 0 for station in self.plan.stations]
        ints[at.PROTECTIONS] = tables.write(rows)
        ints[at.GUARDS] = tables.listed(self.all_guards)

    def protection(self, station: StationPlan) -> int:
        """All that protects a station; 0 for nothing."""
        tables = self.tables
        by_law = station.order in queues.BY_LAW
        if not station.is_protected and not by_law:
            return 0
        rows = [self.guard(each) for each in station.protections]
        self.all_guards.extend(rows)
        row = self.protection_row(station, list(zip(rows, station.protections, strict=True)))
        for who in tables.servers[station.participant]:
            tables.ints[who + at.PROTECTION], tables.ints[who + at.ORDER] = row, station.order
            if by_law:
                tables.ints[who + at.QUEUE] = tables.write(queues.queue(station.order, FIRST_ROOM, station.backlog))
                flows = identities.table(room=FIRST_ROOM) if station.order == queues.FAIR else queues.flows(station.order)
                tables.ints[who + at.FLOWS] = tables.write(flows)
                tables.ints[who + at.QUEUED] = tables.room(FIRST_ROOM)
        return row

    def protection_row(self, station: StationPlan, guarded: list[tuple[int, ProtectionPlan]]) -> int:
        """The row of what protects a station: who is asked when, and what is known of its keys."""
        tables, plan = self.tables, self.plan
        steps, facts = range(len(plan.steps)), range(len(plan.facts))
        own = {fact for step in plan.steps if step.actor == station.participant for fact in step.issues} & {
            fact for step in plan.steps if step.receiver == station.participant for fact in step.carries
        }
        issuing = sorted((pair for pair in guarded if "at_issue" in pair[1].declared.laws), key=lambda pair: pair[1].key >= 0)
        keyed = {each.key for _, each in guarded if each.key >= 0}
        return tables.write(
            [
                tables.write(
                    [tables.listed([row for row, each in guarded if each.meets[step] and each.at_edge]) for step in steps]
                ),
                tables.write(
                    [tables.listed([row for row, each in guarded if each.meets[step] and not each.at_edge]) for step in steps]
                ),
                tables.write([tables.listed([row for row, each in guarded if each.acts[step]]) for step in steps]),
                tables.listed([row for row, _ in issuing]),
                tables.listed([row for row, each in guarded if "at_proof" in each.declared.laws]),
                tables.write([int(fact in own) for fact in facts]),
                int(bool(keyed)),
                tables.write([tables.room(FIRST_ROOM) if fact in keyed else 0 for fact in facts]),
                FIRST_ROOM,
                tables.write(identities.table(room=FIRST_ROOM)),
                tables.room(FIRST_ROOM),
                station.proven_memory,
                tables.servers[station.participant][0],
                tables.listed([tables.ints[row + at.GUARD_WATCH] for row, each in guarded if each.when is not None]),
            ]
        )

    def guard(self, guard: ProtectionPlan) -> int:
        """One mitigation: what it is asked about, its blocks, its laws."""
        tables, declared = self.tables, guard.declared
        number = len(self.names)
        self.names.append(guard.name)
        tables.reasons.append(guard.name)
        ints, floats = declared.blocks(guard.values)
        widths = len(declared.state_ints), len(declared.state_floats)
        room = max(FIRST_ROOM, declared.room_of(guard.values))
        numbers = self.numbers[declared.file]
        laws = [numbers.get(moment, NONE) for moment in moments.MOMENTS]
        return tables.write(
            [
                len(tables.reasons) - 1,
                at.CHALLENGE_CODE + number,
                guard.work_ns,
                guard.per,
                guard.key,
                guard.memory,
                2 if declared.draws == CLIENT else int(declared.draws),
                int(declared.challenges),
                int(declared.drops),
                *stream_key(self.plan.seed, self.plan.replication, guard.stream),
                tables.write([*ints, *[0] * (widths[0] * room)]),
                tables.reals((*floats, *[0.0] * (widths[1] * room))),
                *widths,
                *declared.first_row,
                room,
                0 if guard.per == ALL else tables.write(identities.table(guard.capacity, FIRST_ROOM)),
                0 if guard.when is None else tables.write(load.watch(*guard.when)),
                *laws,
            ]
        )


def numbered_laws(plan: Plan) -> "tuple[list[Law], dict[object, dict[str, int]]]":
    """The laws of all mitigations that ship, then of those of a user's own, and the numbers of each mitigation's by moment."""
    declared = [guard.declared for station in plan.stations if station is not None for guard in station.protections]
    laws: list[Law] = []
    numbers: dict[object, dict[str, int]] = {}
    for each in (*map(registry.find, registry.shipped()), *declared):
        if each.file not in numbers:
            numbers[each.file] = {moment: len(laws) + k for k, moment in enumerate(each.laws)}
            laws.extend(each.laws.values())
    return laws, numbers
