"""The diagram of a plan as tables: steps, ways, rules about refusals, and who can hold what."""


from sim.plan import cells as at
from sim.plan.pieces import Pieces
from sim.plan.plan import (
    NONE,
    SERVER,
    StepPlan,
)
from sim.protocol.projection import DONE


class DiagramTables(Pieces):
    """Writes the diagram."""

    def step_at(self, index: int) -> int:
        """The address of a step."""
        return at.DONE if index == DONE else self.steps + at.STEP_WIDTH * index

    def step(self, step: StepPlan, links: dict[tuple[int, int], int]) -> None:
        """Write the row of a step in its place; ``links``: by sender and receiver, the row of the link."""
        row = self.step_at(step.index)
        message = step.receiver >= 0
        turn_goes = step.next == DONE or self.plan.steps[step.next].actor == step.receiver
        facts = tuple(dict.fromkeys((*step.issues, *step.carries)))
        self.ints[row : row + at.STEP_WIDTH] = [
            step.index,
            step.node,
            int(step.kind),
            step.actor,
            step.receiver,
            self.step_at(step.next),
            NONE if step.loop < 0 else self.loops.index(step.loop),
            self.loops.index(step.index) if step.index in self.loops else NONE,
            step.leaves,
            step.maximum,
            int(step.ends_completed),
            at.SIGNED if step.checks_signature else at.LOOKED_UP if step.checks_credential else 0,
            step.credential,
            int(step.takes_facts),
            self.step_ways(step),
            self.listed(step.gives),
            self.listed(step.carries),
            self.listed(step.needs),
            self.listed(step.spends),
            self.listed(step.issues),
            self.listed(step.keeps),
            self.step_rules(step),
            self.listed([self.step_at(i) for i in step.fragments]),
            self.draw(step.wait),
            links[step.actor, step.receiver] if message else 0,
            links[step.receiver, step.actor] if message else 0,
            int(turn_goes),
            int(step.allocates),
            self.listed(facts),
            0,
            self.listed(step.checks_facts),
        ]

    def step_ways(self, step: StepPlan) -> int:
        """The list of the ways out of a decision; 0 for a step that decides nothing."""
        address = self.write([len(step.ways)]) if step.ways else 0
        for way in step.ways:
            if way.name == step.id:
                code = at.ENTERED
            else:
                code = at.FIRST_WAY + len(self.ways)
                self.ways.append(way.name)
            guard = way.guard
            self.write(
                [
                    guard.kind,
                    guard.subject,
                    guard.fact,
                    int(guard.lacks),
                    self.reals((guard.up_to,)),
                    self.step_at(way.target),
                    way.target,
                    code,
                ]
            )
        return address

    def step_rules(self, step: StepPlan) -> int:
        lists = {status: self.listed(rule.drop) for status, rule in step.refusals.items()}
        address = self.write([len(step.refusals)]) if step.refusals else 0
        for status, rule in step.refusals.items():
            go_to = NONE if rule.go_to < 0 else self.step_at(rule.go_to)
            self.write([status, rule.at_most, go_to, rule.refuse, lists[status], self.rules])
            self.rules += 1
        return address

    def slots(self) -> None:
        """A slot for each fact that a participant can come to hold: at the client's side in its members, else in the session."""
        plan, n = self.plan, len(self.plan.facts)
        held = {(step.receiver, fact) for step in plan.steps if step.receiver >= 0 for fact in (*step.gives, *step.carries)}
        held |= {(step.actor, fact) for step in plan.steps if step.receiver < 0 for fact in step.gives}
        held |= {(plan.client, fact) for each in plan.classes for holding in each.holds for fact in holding.facts}
        slots = [NONE] * (len(plan.roles) * n)
        own = servers = 0
        for participant, fact in sorted(held):
            if plan.roles[participant] == SERVER:
                slots[participant * n + fact] = at.AT_SERVER | servers
                servers += at.SERVER_SLOT
            else:
                slots[participant * n + fact] = own
                own += at.CLIENT_SLOT
        self.ints[at.SLOTS] = self.write(slots)
        self.ints[at.SESSION_FACTS] = servers
        self.ints[at.MEMBER_WIDTH] = own
