"""Whether a run without payloads is the same run: known from the plan, before it."""

from sim.plan.plan import Plan
from sim.plan.protections import told
from sim.protocol.actor import Actor
from sim.protocol.projection import StepKind
from sim.world.credentials import MISSING, UNKNOWN_KEY


def not_constructed(plan: Plan) -> str | None:
    """Why what happens does not follow from facts and from how requests are signed; None if it does.

    Then a run without payloads has the same trace (all but ``http``) and the same metrics as one with them. A model
    without an ``actors.py`` has no payloads at all.
    """
    for participant, name in enumerate(plan.participants):
        cls: type[Actor] | None = plan.model.actors.get(name)
        if cls is None:
            continue
        station = plan.stations[participant]
        sides = [side.settings for each in plan.classes if (side := each.side[participant]) is not None]
        mitigations = told(station.protections) if station is not None else {}
        for settings in [station.settings] if station is not None else sides:
            reason = cls.constructed(settings, mitigations)
            if reason is not None:
                return f"{cls.__name__} {reason}"
    return _forged_for_others(plan) if plan.model.has_payloads else None


def _forged_for_others(plan: Plan) -> str | None:
    """An attack whose receiver asks somebody else about the message, in words of its own, before it checks the signature.

    Credentials that are missing or unknown are then looked at by the Python of that other one, too: which is no question where
    the diagram says that it looks them up (``checks: <fact>``).
    """
    open_calls, actors = plan.model.projection.turns.open_calls, plan.model.actors
    own = [step for step in plan.steps if step.kind is StepKind.REQUEST and step.id in actors[plan.participants[step.actor]].sends]
    for attack in plan.attacks:
        message = plan.steps[attack.step].id
        looked_up = {(step.actor, fact) for step in plan.steps for fact in step.checks_facts}
        asks = [step for step in own if open_calls.get(step.id, ())[-1:] == (message,)
                and (step.receiver, plan.steps[attack.step].credential) not in looked_up]
        if attack.signature in (MISSING, UNKNOWN_KEY) and asks:
            return f"attack '{attack.name}' has no key that '{asks[0].id}' could ask about"
    return None
