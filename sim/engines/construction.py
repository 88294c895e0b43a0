"""Signatures without payloads: whether one holds is known by construction, from how the request was made.

The laws are those of :mod:`sim.world.credentials`. A run with payloads has none of this: there the verifier decides.
"""

from sim.engines.occurrence import Clock
from sim.engines.session import Attempt, Context
from sim.engines.tables import Tables
from sim.plan.plan import AttackPlan, Plan, StepPlan
from sim.plan.protections import check_order, nonce_store
from sim.protocol.http import Refused
from sim.trace.records import SENT_NS
from sim.world.clock import wall_clock_s
from sim.world.credentials import (
    DEFAULT_ORDER,
    HELD,
    HOLDS,
    NO_SUCH_KEY,
    NONCES_WIDTH,
    REFUSAL_STATUS,
    REPLAYED,
    UNKNOWN_FACT_STATUS,
    USED_NONCE,
    VALID,
    VERDICT_NAMES,
    comes_to_nonce,
    forget_nonces,
    is_known_nonce,
    keep_nonce,
    looked_up,
    rows_of_nonce,
    verdict,
)


class Construction:
    """What the servers would find out about signatures, and the nonces that they would hold."""

    def __init__(self, plan: Plan, clock: Clock, tables: Tables) -> None:
        self.start_ns = plan.start_epoch_ns
        self.clock = clock
        self.tables = tables
        self.attacks: dict[str, AttackPlan] = {attack.name: attack for attack in plan.attacks}
        self.orders = [DEFAULT_ORDER if station is None else check_order(station.protections) for station in plan.stations]
        self.stores = [(0, 1) if station is None else nonce_store(station.protections, station.instances)
                       for station in plan.stations]
        """By participant: in which order it checks; where it keeps nonces."""
        self.facts = plan.facts
        self.credentials = {fact for step in plan.steps for fact in step.carries}
        self.nonces: dict[int, list[int]] = {}
        """By participant: the nonce count of all its instances together."""

    def look_up(self, step: StepPlan, context: Context) -> None:
        """Look up the facts that an action checks; :class:`Refused` by one that no server gave out, or that was collected."""
        if not isinstance(context, Attempt):
            return
        for fact in step.checks_facts:
            is_unknown = fact in context.session.unknown
            around: Attempt | None = context
            while around is not None and around.step.credential != fact:
                around = around.served
            if is_unknown or (around is not None and not self.tables.knows(fact, around.claimed)):
                status = REFUSAL_STATUS if fact in self.credentials else UNKNOWN_FACT_STATUS
                raise Refused(status, f"no server gave out this {self.facts[fact]}", self.facts[fact])

    def check(self, step: StepPlan, context: Context, instance: int) -> None:
        """Check signature, credential or facts of the request that an instance serves; :class:`Refused` if one does not hold."""
        if step.checks_signature or step.checks_credential:
            self.check_signed(step, context, instance)
        self.look_up(step, context)

    def check_signed(self, step: StepPlan, context: Context, instance: int) -> None:
        """Check the signature, or the credential, of the request that is being served; :class:`Refused` if it does not hold.

        The verifier's clock is the server's at take-up, as in a run with payloads.
        """
        if not isinstance(context, Attempt):
            return  # nobody asked: nothing is signed
        kind, skew_ns, again = VALID, context.member.skew_ns, context.captured
        signed_ns = context.signed_ns if context.signed_ns >= 0 else context.record[SENT_NS]
        fact, row = context.step.credential, context.claimed
        attack = context.session.attack
        if attack is not None and context.served is None:
            kind = attack.plan.signature
            if kind == REPLAYED:
                assert again is not None
                signed_ns, skew_ns = again.sent_ns, again.skew_ns
        is_known = int(self.tables.knows(fact, row))
        if not step.checks_signature:
            found = looked_up(kind, is_known)
            if found != HOLDS:
                by = self.facts[fact] if found == NO_SUCH_KEY else VERDICT_NAMES[found]
                raise Refused(REFUSAL_STATUS, f"the {by} would not pass", by)
            return
        now_ns = self.clock.now_ns
        now_s = wall_clock_s(self.start_ns, now_ns, 0)
        timestamp_s = wall_clock_s(self.start_ns, signed_ns, skew_ns)
        order, (lag_ns, copies) = self.orders[step.actor], self.stores[step.actor]
        taken_ns = -1 if again is None else again.taken_ns
        is_taker = int(again is not None and instance in again.takers)
        found = verdict(kind, is_known, timestamp_s, now_s, is_known_nonce(is_taker, taken_ns, now_ns, lag_ns), order)
        if comes_to_nonce(found, order):
            nonces = self.nonces_of(step.actor)
            forget_nonces(nonces, now_s)
            if found != USED_NONCE:
                keep_nonce(nonces, timestamp_s, rows_of_nonce(taken_ns, lag_ns, copies))
                if again is not None:
                    again.takers.add(instance)
                    again.taken_ns = now_ns if taken_ns < 0 else taken_ns
        if found != HOLDS:
            by = VERDICT_NAMES[found]
            raise Refused(REFUSAL_STATUS, f"the {by} would not pass", by)

    def nonces_of(self, participant: int) -> list[int]:
        """The nonce count of a server."""
        block = self.nonces.get(participant)
        if block is None:
            block = self.nonces[participant] = [0] * NONCES_WIDTH
        return block

    def nonces_held(self, participant: int) -> int:
        """How many nonces a server holds."""
        return self.nonces_of(participant)[HELD]
