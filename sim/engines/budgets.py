"""The retry budgets of those who call: see :mod:`sim.world.budget`."""

from sim.engines.session import Member, Session
from sim.plan.plan import BudgetPlan
from sim.world import budget

Blocks = tuple[list[int], list[float]]


class Budgets:
    """Each caller's own budget stands with the caller; what a class shares stands here, by participant and class."""

    def __init__(self) -> None:
        self.shared: dict[tuple[int, int], Blocks] = {}

    def of(self, plan: BudgetPlan, participant: int, member: Member, session: Session, is_server: bool) -> Blocks:
        """The budget from which somebody takes its retries, full when it is first asked for."""
        if not plan.shared:
            if member.budget is None:
                member.budget = budget.budget(plan.burst)
            return member.budget
        who = participant, -1 if is_server else session.class_plan.index
        if who not in self.shared:
            self.shared[who] = budget.budget(plan.burst)
        return self.shared[who]
