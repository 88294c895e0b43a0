"""An actor: a SimPy process with an inbox, that reacts to what it hears by the table of its participant.

What is common to clients and servers stands here: hearing a message, walking along the steps while it has the turn, and
saying things. :mod:`sim.engines.station` adds what a server is.
"""

from sim.engines.caller import Caller
from sim.engines.occurrence import Occurrence
from sim.engines.participant import STOP
from sim.engines.session import Attempt, Context, Flight, Session, Visit, iteration_of
from sim.measure.accumulators import DELIVERED, NEXT_NS
from sim.plan.plan import NONE, StepPlan
from sim.protocol.http import Refused
from sim.protocol.projection import DONE, StepKind
from sim.trace.records import FINISHED_NS, OUTCOME, RECEIVED_NS, STARTED_NS
from sim.world.credentials import UNKNOWN_ROWS
from sim.world.order import TIMER

_CHOICE, _LOOP, _ACTION, _REQUEST, _END, _REPLY = (
    StepKind.CHOICE, StepKind.LOOP, StepKind.ACTION, StepKind.REQUEST, StepKind.END, StepKind.REPLY)


class Player(Caller):
    """An actor at the client's side; its other halves decide (:mod:`decider`) and call (:mod:`caller`)."""

    # --- letters ------------------------------------------------------------------------------------------

    def begin(self, start: Occurrence) -> None:
        """The session starts here."""
        session: Session = start.subject
        self.go_on(Visit(session, session, self.self_in(session), self.world.plan.first, None, 0))

    def arrived(self, flight: Flight) -> None:
        """A message arrives. At a client's side it is dealt with at once."""
        now = self.world.env.now_ns
        context = self.opened(flight, now)
        record = flight.record
        record[STARTED_NS] = record[FINISHED_NS] = now
        if context is not None:
            session = flight.session
            member = session.members[self.participant]
            assert member is not None
            self.go_on(Visit(session, context, member, flight.step.next, flight, now))

    def opened(self, flight: Flight, now_ns: int) -> Context | None:
        """Note that a message was delivered. The context in which it goes on; None if nobody waits for it any more."""
        world, attempt, record = self.world, flight.attempt, flight.record
        world.flying -= 1
        block, network = world.block, world.network
        if now_ns < block[network + NEXT_NS]:  # Meter.message_delivered, without the call
            block[network + DELIVERED] += 1
        else:
            world.meter.message_delivered(now_ns)
        record[RECEIVED_NS] = now_ns
        record[OUTCOME] = "delivered"
        if attempt is None:  # one-way, dotted
            context: Context = flight.served if flight.served is not None else flight.session
            return context if self.is_server or context.waited_for() else None
        if attempt.step is flight.step and not flight.status:  # a request
            return attempt
        if not attempt.open or not (self.is_server or flight.session.going):
            world.unused(flight)
            return None
        attempt.open = False
        if attempt.caller.is_restrained:
            world.restraints.heard(attempt, failed=flight.status in attempt.caller.caller.statuses)
        attempt.member.connections[attempt.partner] = now_ns
        return attempt.served if attempt.served is not None else attempt.session

    def go_on(self, visit: Visit) -> None:
        """Deal with a visit at a client's side: no queue, no server."""
        try:
            self.react(visit)
        except Refused as refused:
            self.refuse(visit, refused)
        for handler, subject in visit.output:
            handler(subject)

    def resume(self, visit: Visit) -> None:
        """The time of an action at a client's side has passed."""
        if visit.context.waited_for():
            visit.flight = None
            visit.output = []
            self.go_on(visit)

    # --- reacting -----------------------------------------------------------------------------------------

    def react(self, visit: Visit) -> None:
        """Hear the message, then walk on as far as the turn goes."""
        flight = visit.flight
        if flight is not None:
            if flight.status:
                assert flight.attempt is not None
                flight.attempt.retry_after_ns = flight.retry_after_ns
                self.failed(visit, flight.attempt, flight.status, flight.by)
                return
            step = flight.step
            if step.gives or step.carries:
                self.obtain(flight, step)
            desk = self.world.desk
            if desk is not None:
                context = visit.context
                if context is flight.attempt:
                    context.request = flight.http
                method = desk.reading[step.index]
                if method is not None:
                    desk.read(visit.member, method, step, flight, context)
        self.walk(visit, visit.index)

    def obtain(self, flight: Flight, step: StepPlan) -> None:
        """Hold what a message carries or gives."""
        now = self.world.env.now_ns
        session = flight.session
        mine = session.holdings[self.participant] or session.held_by(self.participant)
        rows = flight.rows or {}
        for fact in step.carries:
            mine.obtain(fact, now, rows.get(fact, 0))
        for fact in step.gives:
            mine.obtain(fact, now, rows.get(fact, 0))

    def walk(self, visit: Visit, index: int) -> None:
        """Go from step to step while it is this participant's turn."""
        steps = self.steps
        while index != STOP:
            if index == DONE:
                visit.output.append((self.world.complete, visit.session))
                return
            step = steps[index]
            if step.actor != self.participant:
                return
            kind = step.kind
            if kind is _CHOICE or kind is _LOOP:
                index = self.decide(visit, step)
            elif kind is _ACTION:
                index = self.act(visit, step)
            elif kind is _REQUEST:
                index = self.call(visit, step)
            elif kind is _END:
                index = self.end(visit, step)
            else:
                index = self.say(visit, step)

    def lacking(self, session: Session, step: StepPlan) -> None:
        """Refuse to take a step without what it needs."""
        mine = session.held_by(self.participant)
        now = self.world.env.now_ns
        for fact in step.needs:
            if not mine.holds(fact, now):
                name = self.world.plan.facts[fact]
                raise Refused(403, f"{name} is needed for '{step.id}'", f"needs:{name}")

    def act(self, visit: Visit, step: StepPlan) -> int:
        """Do an action: check, take time, give and spend facts."""
        world, session, context = self.world, visit.session, visit.context
        if step.needs:
            self.lacking(session, step)
        iteration = context.iteration if step.loop < 0 else iteration_of(context, step)
        member = visit.member
        now = world.env.now_ns
        began = now + visit.work_ns
        work = 0
        draw = self.work[step.index]
        if draw is not None:
            work = self.draw_work(draw, world.stream_work, step, session, iteration, context)
        if step.wait is not None:
            work += self.draw_work(step.wait, world.stream_wait, step, session, iteration, context)
        desk, guards = world.desk, self.protections
        method = desk.doing[step.index] if desk is not None else None
        if method is not None or (desk is None and (step.checks_signature or step.checks_credential or step.checks_facts)):
            try:
                if desk is not None and method is not None:
                    desk.carry_out(member, method, step, session, iteration, context)
                else:
                    world.construction.check(step, context, member.instance)
            except Refused as refused:
                if guards is not None:
                    work, _ = guards.acted(visit, step, work, refused.by)
                world.recorder.action(session, step, context, iteration, member, began, began + work, "refused", refused.by)
                visit.work_ns += work
                raise
        if guards is not None:
            work, denied = guards.acted(visit, step, work, None)
            if denied is not None:
                world.recorder.action(session, step, context, iteration, member, began, began + work, "refused", denied.by)
                visit.work_ns += work
                raise denied
        world.recorder.action(session, step, context, iteration, member, began, began + work, "done", None)
        if step.spends or step.gives:
            mine = session.held_by(self.participant)
            for fact in step.spends:
                mine.lose(fact)
                world.tables.drop(session, self.participant, fact)
            for fact in step.gives:
                mine.obtain(fact, now)
            for fact in step.keeps:
                world.tables.keep(session, self.participant, fact)
        return self.pass_time(visit, step, iteration, work)

    def pass_time(self, visit: Visit, step: StepPlan, iteration: int, work_ns: int) -> int:
        """A client goes on when the time of its action has passed: what it decides then, it decides knowing what is so then."""
        if work_ns == 0:
            return step.next
        visit.index = step.next
        order = visit.session.order | step.node << 40 | iteration << 20 | visit.context.path | TIMER << 118
        visit.output.append((self.pause, (visit, order, work_ns)))
        return STOP

    def pause(self, what: tuple[Visit, int, int]) -> None:
        """Wake up again after so many ns."""
        visit, order, work_ns = what
        visit.handler = self.resume
        self.world.at(work_ns, order, visit, self.inbox.resumed)

    def end(self, visit: Visit, step: StepPlan) -> int:
        """The diagram ends the session here."""
        session = visit.session
        began = self.world.env.now_ns + visit.work_ns
        self.world.recorder.action(session, step, visit.context, iteration_of(visit.context, step), visit.member,
                                   began, began, "done", None)
        outcome = ("completed", None) if step.ends_completed else ("ended", step.id)
        visit.output.append((self.world.end_by_diagram, (visit.context, session, *outcome)))
        return STOP

    def say(self, visit: Visit, step: StepPlan) -> int:
        """Send a reply, a one-way message or a dotted step; the turn may go with it."""
        session, context = visit.session, visit.context
        if step.needs:
            self.lacking(session, step)
        served = context if isinstance(context, Attempt) else None
        is_reply = step.kind is _REPLY
        iteration = context.iteration if step.loop < 0 else iteration_of(context, step)
        flight = Flight(session, step, served if is_reply else None, served, iteration, context.path, visit.member)
        self.fill(flight, context)
        if is_reply:
            visit.output.append((self.answer, flight))
            return STOP
        visit.output.append((self.tell, flight))
        if step.next == DONE or self.steps[step.next].actor == step.receiver:
            return STOP
        return step.next

    def fill(self, flight: Flight, context: Context) -> None:
        """What a message takes with it: rows of facts, the key it names, its payload."""
        if flight.step.takes_facts:
            self.load(flight)
        desk = self.world.desk
        if desk is not None:
            flight.http = desk.compose(flight, context)

    def load(self, flight: Flight) -> None:
        """The facts that a message takes with it, and what its sender holds no longer."""
        world, step = self.world, flight.step
        mine = flight.session.held_by(self.participant)
        if step.issues:
            before = world.tables.issued.get(step.credential, 0)
            flight.rows = world.tables.issue(self.participant, step, flight.session)
            if step.allocates:
                flight.gives_again = flight.rows[step.credential] <= before
                if not flight.gives_again:
                    world.meter.key_allocated()
        if step.carries:
            flight.rows = {**(flight.rows or {}), **{fact: mine.row(fact) for fact in step.carries}}
        if step.credential >= 0 and flight.rows:
            row = flight.rows.get(step.credential, 0)
            if 0 < row < UNKNOWN_ROWS:
                flight.key = f"{world.plan.facts[step.credential]}/{row}"
        for fact in step.spends:
            mine.lose(fact)

    def answer(self, flight: Flight) -> None:
        """Send a reply or a refusal back to who called."""
        attempt = flight.attempt
        assert attempt is not None
        self.world.send(flight, attempt.member, attempt.caller, attempt.deadline_ns)

    def tell(self, flight: Flight) -> None:
        """Send a message that nobody waits for."""
        session = flight.session
        if flight.step.receiver == self.world.plan.protected:
            session.needed_protected = True
        receiver = session.players[flight.step.receiver]
        if receiver is None:
            receiver = self.world.receiver(session, flight.step, flight.iteration, flight.served)
        self.world.send(flight, receiver.self_in(session), receiver, NONE)
