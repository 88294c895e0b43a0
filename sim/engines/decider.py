"""Deciding at fragments: which way out of an opt, an alt or a loop is taken."""

from sim.engines.participant import Participant
from sim.engines.session import LoopState, Session, Visit, iteration_of
from sim.plan.plan import CHANCE, HOLDS, WHILE, GuardPlan, StepPlan
from sim.protocol.projection import StepKind
from sim.world.chance import AddressOverflow, uniform


class Decider(Participant):
    """The part of an actor that decides."""

    def decide(self, visit: Visit, step: StepPlan) -> int:
        """Take a way out of a fragment."""
        if step.kind is StepKind.LOOP:
            return self.decide_loop(visit, step)
        context = visit.context
        iteration = context.iteration if step.loop < 0 else iteration_of(context, step)
        drawn = -1.0
        for way in step.ways:
            if way.guard.kind == CHANCE:
                if drawn < 0:
                    drawn = self.draw_guard(visit, step, iteration)
                taken = drawn < way.guard.up_to
            else:
                taken = way.guard.kind != HOLDS or self.holds(visit.session, way.guard)
            if taken:
                self.note_fragment(visit, step, iteration, "entered" if way.name == step.id else way.name)
                return way.target
        self.note_fragment(visit, step, iteration, "skipped")
        return step.next

    def decide_loop(self, visit: Visit, step: StepPlan) -> int:
        """Make another pass, or leave the loop."""
        context = visit.context
        if context.loops is None:
            context.loops = {}
        state = context.loops.get(step.index)
        if state is None:
            state = context.loops[step.index] = LoopState()
        way = step.ways[0]
        if state.entered >= step.maximum:
            again = False
        elif step.leaves == WHILE or (state.entered > 0 and way.guard.kind != 0):
            if way.guard.kind == CHANCE:  # `until` asks about the pass that is over, `while` about the next one
                number = visit.session.passes.get(step.index, 0) if step.leaves == WHILE else state.number
                if number >= 1 << 20:
                    raise AddressOverflow("iteration", number, 1 << 20)
                holds = self.draw_guard(visit, step, number) < way.guard.up_to
            else:
                holds = way.guard.kind != HOLDS or self.holds(visit.session, way.guard)
            again = holds if step.leaves == WHILE else not holds
        else:
            again = True
        if again:
            self.number(visit, step, state)
            state.entered += 1
            self.note_fragment(visit, step, state.number, "entered")
            return way.target
        number = visit.session.passes.get(step.index, 0)
        if state.entered == 0:
            self.note_fragment(visit, step, number, "skipped")
        if step.leaves == WHILE:
            visit.session.passes[step.index] = number + 1  # this decision had its draw: the next one has another
        state.entered = 0
        return step.next

    def number(self, visit: Visit, step: StepPlan, state: LoopState) -> None:
        """Begin a pass of a loop, under a number of its own in the session."""
        state.number = visit.session.passes.get(step.index, 0)
        if state.number >= 1 << 20:
            raise AddressOverflow("iteration", state.number, 1 << 20)
        visit.session.passes[step.index] = state.number + 1

    def draw_guard(self, visit: Visit, step: StepPlan, iteration: int) -> float:
        """The one draw that the chances of a fragment share."""
        session = visit.session
        return uniform(*self.world.stream_guard, session.c0, session.c1, step.node << 20 | iteration, visit.context.path << 12, 0)

    def holds(self, session: Session, guard: GuardPlan) -> bool:
        """Whether a guard about facts holds now."""
        now = self.world.env.now_ns
        if guard.subject >= 0:
            subject = session.holdings[guard.subject] or session.held_by(guard.subject)
            held = subject.until_ns.get(guard.fact, 0) > now
        else:
            held = any(session.held_by(server).holds(guard.fact, now) for server in self.world.server_participants)
        return held != guard.lacks

    def note_fragment(self, visit: Visit, step: StepPlan, iteration: int, outcome: str) -> None:
        """A decision, in the trace."""
        world = self.world
        world.recorder.fragment(visit, step, iteration, world.env.now_ns + visit.work_ns, outcome)
