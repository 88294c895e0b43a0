"""From the faults of a scenario to changes: what is otherwise from a time on."""

from collections.abc import Sequence
from dataclasses import replace

from sim.plan.plan import DROPS, NONE, OPEN, REFUSES, ChangePlan, ClassPlan, LinkPlan, StationPlan
from sim.scenario.scheduled import ScheduledFault
from sim.world.distributions import scaled


def changes(faults: Sequence[ScheduledFault], participants: Sequence[str], stations: Sequence[StationPlan | None],
            links: Sequence[Sequence[LinkPlan]], classes: Sequence[ClassPlan]) -> tuple[ChangePlan, ...]:
    """The beginning and the end of each fault. A link fails for all classes, also for those with an access of their own."""
    tables = [(NONE, links), *((each.index, each.links) for each in classes if each.links is not None)]
    found: list[ChangePlan] = []
    for index, fault in enumerate(faults):
        target = fault.target
        if target.other is not None:
            pairs = [(participants.index(a), participants.index(b)) for a, b in target.directions()]
            ordinary = tuple((of, a, b, table[a][b]) for of, table in tables for a, b in pairs)
            failing = tuple((of, a, b, _failing(fault, link)) for of, a, b, link in ordinary)
            found.append(ChangePlan(index, fault.from_ns, is_end=False, links=failing))
            found.append(ChangePlan(index, fault.until_ns, is_end=True, links=ordinary))
            continue
        participant = participants.index(target.actor)
        station = stations[participant]
        assert station is not None  # a scenario in which something else fails is refused
        instances = tuple(range(station.instances)) if target.instance is None else (target.instance - 1,)
        as_ever = ChangePlan(index, fault.until_ns, True, participant, instances, OPEN, station.servers)
        if fault.kind == "outage":
            failed = replace(as_ever, closed=DROPS if fault.closed == "drop" else REFUSES, servers=0)
        else:
            failed = replace(as_ever, servers=station.servers if fault.servers is None else fault.servers, slower=fault.work)
        found += [replace(failed, at_ns=fault.from_ns, is_end=False), as_ever]
    return tuple(found)


def _failing(fault: ScheduledFault, link: LinkPlan) -> LinkPlan:
    if fault.kind == "outage":
        return replace(link, out_until_ns=fault.until_ns)
    return replace(link, latency=scaled(link.latency, fault.latency), loss=link.loss if fault.loss is None else fault.loss)
