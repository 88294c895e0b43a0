"""Calling others: attempts, timeouts, retries, and what is done about a refusal; and refusing oneself."""

from typing import Any

from sim.engines.decider import Decider
from sim.engines.participant import STOP
from sim.engines.session import Attempt, Context, Flight, LoopState, Member, Visit, iteration_of, take_next_iteration
from sim.plan.plan import StepPlan
from sim.protocol.http import Refused
from sim.protocol.projection import DONE, StepKind
from sim.trace.records import BY, OUTCOME
from sim.world.backoff import delay_ns
from sim.world.budget import refill, withdraw
from sim.world.chance import uniform
from sim.world.clock import NS_PER_S
from sim.world.order import TIMER

_TIMER = TIMER << 118


class Caller(Decider):
    """The part of an actor that waits for others."""

    stays = False
    """Whether a server goes on being held, by what has just left it."""

    def call(self, visit: Visit, step: StepPlan) -> int:
        """Open a call: its first attempt leaves with the visit."""
        session, context = visit.session, visit.context
        if not self.is_server:
            session.calls += 1
        called_in = context.iteration if step.loop < 0 else iteration_of(context, step)
        served = context if isinstance(context, Attempt) else None
        budget = self.caller.budget
        if budget is not None:
            mine = self.world.budgets.of(budget, self.participant, visit.member, session, self.is_server)
            refill(*mine, self.world.env.now_ns, budget.per_s, budget.burst, budget.ratio)
        visit.output.append((self.attempt, Attempt(session, step, called_in, 1, served, self, visit.member)))
        return STOP

    def attempt(self, attempt: Attempt) -> bool:
        """Send the request of a call, once, and wait for the answer; False if it could not be sent."""
        world, session, step, served = self.world, attempt.session, attempt.step, attempt.served
        member = attempt.member
        if not self.is_server and not (session.going if served is None else served.waited_for()):
            return False
        try:
            if step.needs:
                self.lacking(session, step)
            barred = world.restraints.bars(attempt) if self.is_restrained else None
            if barred is not None:
                self.alone(attempt, None, barred)
                return False
            flight = Flight(session, step, attempt, served, attempt.called_in, attempt.path, member)
            self.fill(flight, session if served is None else served)
        except Refused as refused:
            self.alone(attempt, refused)
            return False
        if not self.is_server:
            session.attempts += 1
        if step.receiver == world.plan.protected:
            session.needed_protected = True
        receiver = session.players[step.receiver]
        if receiver is None:
            receiver = world.receiver(session, step, attempt.called_in, attempt)
        attempt.partner = receiver
        if self.timeouts is not None:
            self.timeouts.add(attempt)
        world.send(flight, receiver.member or receiver.self_in(session), receiver, attempt.deadline_ns)
        attempt.record = flight.record
        if flight.rows:
            attempt.claimed = flight.rows.get(step.credential, 0)
        if world.wiretaps and session.attack is None:
            for attacker in world.wiretaps.get(step.index, ()):
                attacker.overhear(attempt, flight)
        return True

    def expire(self, attempt: Attempt) -> None:
        """The time of an attempt is over: a letter to itself."""
        self.inbox.put(self.timed_out, attempt)

    def timed_out(self, attempt: Attempt) -> None:
        """No answer came in time."""
        if not attempt.open or not (self.is_server or attempt.session.going):
            return
        attempt.open = False
        if self.is_restrained:
            self.world.restraints.heard(attempt, failed=self.caller.on_timeout)
        attempt.member.connections.pop(attempt.partner, None)
        self.alone(attempt, None)

    def alone(self, attempt: Attempt, refused: Refused | None, barred: str | None = None) -> None:
        """A call fails without any message having come: there is no visit in which to deal with it."""
        context: Context = attempt.served if attempt.served is not None else attempt.session
        visit = Visit(attempt.session, context, attempt.member, DONE, None, self.world.env.now_ns)
        try:
            if refused is not None:
                raise refused
            if barred is not None:
                self.held_back(visit, attempt, barred)
            else:
                self.failed(visit, attempt, 0, "timeout")
        except Refused as passed_on:
            self.refuse(visit, passed_on)
        self.after_failure(visit, attempt)

    def after_failure(self, visit: Visit, attempt: Attempt) -> None:
        """What follows from a call that failed: at a client's side, at once."""
        for handler, subject in visit.output:
            handler(subject)

    def failed(self, visit: Visit, attempt: Attempt, status: int, by: str | None) -> None:
        """An attempt was refused (``status``) or timed out (0): go elsewhere, try again, or give up."""
        session, step = attempt.session, attempt.step
        rule = step.refusals.get(status)
        if rule is not None:
            mine = session.held_by(self.participant)
            for fact in rule.drop:
                mine.lose(fact)
            used = session.rules.get((step.index, status), 0)
            if rule.go_to >= 0 and used < rule.at_most:
                session.rules[step.index, status] = used + 1
                self.jump(visit, step, rule.go_to)
                return
            if rule.refuse >= 0:
                raise Refused(rule.refuse, f"'{step.id}' was refused with {status}", by or step.id)
        caller = self.caller
        again = caller.on_timeout if status == 0 else status in caller.statuses
        if again and attempt.number < caller.attempts and self.has_budget(attempt):
            visit.output.append((self.back_off, attempt))
        elif attempt.served is None and again and attempt.number < caller.attempts:
            visit.output.append((self.world.give_up, (session, self.given_up, "retry_budget")))
        elif attempt.served is None:
            visit.output.append((self.world.give_up, (session, "timed_out" if status == 0 else "refused", by)))
        else:
            answer = 504 if status == 0 else 503 if status in (429, 503) else 502
            raise Refused(answer, f"'{step.id}' failed", by or step.id)

    def held_back(self, visit: Visit, attempt: Attempt, by: str) -> None:
        """An attempt was not sent: what the throttle rejects is tried again as after a 503, and an open breaker ends the call."""
        again = by == "throttle" and 503 in self.caller.statuses and attempt.number < self.caller.attempts
        if again and self.has_budget(attempt):
            attempt.held = self.keeps_server()
            visit.output.append((self.back_off, attempt))
        elif attempt.served is None:
            visit.output.append((self.world.give_up, (attempt.session, self.given_up, "retry_budget" if again else by)))
        else:
            raise Refused(503, f"'{attempt.step.id}' is not asked", by)

    def has_budget(self, attempt: Attempt) -> bool:
        """Whether the retry budget allows one more attempt, which is taken from it; always, without a budget."""
        budget = self.caller.budget
        if budget is None:
            return True
        mine = self.world.budgets.of(budget, self.participant, attempt.member, attempt.session, self.is_server)
        return withdraw(*mine, self.world.env.now_ns, budget.per_s, budget.burst) == 1

    def jump(self, visit: Visit, step: StepPlan, target: int) -> None:
        """Go to another step, into the fragments around it."""
        context = visit.context
        take_next_iteration(context, visit.session)
        if context.loops is None:
            context.loops = {}
        for index in step.fragments:
            if index in context.loops and index not in self.steps[target].fragments:
                context.loops[index].entered = 0
        anew = False
        for index in self.steps[target].fragments:
            around = self.steps[index]
            iteration = iteration_of(context, around)
            was_inside = index in step.fragments
            way = self.world.way_to(around, target)
            if around.kind is StepKind.LOOP and (not was_inside or index in context.loops):  # a pass that begins in its middle
                state = context.loops.setdefault(index, LoopState())
                self.number(visit, around, state)
                state.entered += not was_inside
                iteration = state.number
                anew = True
            if anew or not was_inside or way != self.world.way_to(around, step.index):
                self.note_fragment(visit, around, iteration, way)
        self.walk(visit, target)

    def back_off(self, failed: Attempt) -> None:
        """Wait, then try again; or give up, if the deadline would have passed by then."""
        session = failed.session
        caller = self.caller
        again = Attempt(session, failed.step, failed.called_in, failed.number + 1, failed.served, self, failed.member)
        again.held = failed.held
        draw = uniform(*self.world.stream_backoff, session.c0, session.c1, failed.step.node << 20 | failed.called_in,
                       again.path << 12, 0)
        again.backoff_ns = delay_ns(caller.backoff, caller.base_ns, caller.cap_ns, failed.number - 1, failed.backoff_ns, draw)
        wait_ns = again.backoff_ns + (failed.retry_after_ns if caller.honours_retry_after else 0)
        deadline = session.class_plan.deadline_ns
        if deadline >= 0 and failed.served is None and self.world.env.now_ns + wait_ns > session.started_ns + deadline:
            self.world.give_up((session, "gave_up", "deadline"))
            return
        again.handler = self.attempt
        self.world.at(wait_ns, session.order | again.place | _TIMER, again, self.inbox.resumed)
        self.stays = failed.held

    # --- refusing -----------------------------------------------------------------------------------------

    def refuse(self, visit: Visit, refused: Refused) -> None:
        """Refuse what is being served. Where nobody waits for an answer, the session ends if the turn was here."""
        flight, context = visit.flight, visit.context
        if flight is not None and flight.attempt is None:  # one-way: nobody is told
            visit.refused_by = refused.by
            visit.output.append((self.mark_refused, (flight.record, refused.by)))
            visit.output.append((self.world.unheard, flight))
        elif isinstance(context, Attempt) and context.partner is self:
            visit.refused_by = refused.by
            visit.output.append((self.mark_refused, (context.record, refused.by)))
            if not self.is_silent():
                visit.output.append((self.answer, self.refusal(visit.member, context, refused)))
        elif context.waited_for():
            visit.output.append((self.world.give_up, (visit.session, "refused", refused.by)))

    def mark_refused(self, what: tuple[list[Any], str]) -> None:
        """Note in the record of a message that it was refused, and by what: when the refusal leaves, not before."""
        what[0][OUTCOME], what[0][BY] = "refused", what[1]

    def refusal(self, member: Member, attempt: Attempt, refused: Refused) -> Flight:
        """The message ``<id>!<status>`` that answers a refused request."""
        flight = Flight(attempt.session, attempt.step, attempt, attempt.served, attempt.called_in, attempt.path, member)
        flight.id = f"{attempt.step.id}!{refused.status}"
        flight.place += len(self.steps) + 1 << 40
        flight.status = refused.status
        flight.by = refused.by
        flight.retry_after_ns = refused.retry_after_s * NS_PER_S
        if self.world.desk is not None:
            flight.http = refused.response()
        return flight

    @property
    def given_up(self) -> str:
        """How a session ends whose call is not tried again: a client gives up, a server (in what nobody is told of) refuses."""
        return "refused" if self.is_server else "gave_up"

    def keeps_server(self) -> bool:
        """Whether a server stays with what waits for another's answer."""
        return False

    def is_silent(self) -> bool:
        """Whether refusals are not sent."""
        return False
