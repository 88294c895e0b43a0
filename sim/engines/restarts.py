"""Clients that start anew now and then, and do not remember what they held.

Starts are a renewal process of each client, from the beginning of the run on. A start takes effect when the client's next session
begins: it finishes what it is at.
"""

from typing import TYPE_CHECKING

from sim.engines.session import Member, Session
from sim.plan.plan import RestartPlan
from sim.world.chance import pack_entity, pack_index
from sim.world.distributions import sample_ns

if TYPE_CHECKING:
    from sim.engines.world import World


def start_anew(world: "World", plan: RestartPlan, member: Member, session: Session) -> None:
    """Let a client that started again since its last session forget: keys that it held are orphaned."""
    started = False
    while member.next_start_ns <= session.started_ns:
        started = member.starts > 0
        c0, c1 = pack_entity(session.class_plan.index, session.instance, 0)
        member.next_start_ns += sample_ns(*plan.every, *world.stream_restarts, c0, c1, *pack_index(0, member.starts, 0, 0))
        member.starts += 1
    if not started:
        return
    for fact in plan.forgets:
        if fact in plan.keys and member.holdings.row(fact) and member.holdings.holds(fact, session.started_ns):
            world.meter.key_orphaned()
        member.holdings.lose(fact)
