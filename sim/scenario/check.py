"""Checking a scenario against its diagram, and completing it with the participants that its file does not name."""

from dataclasses import replace

from sim.language.faults import FaultList
from sim.scenario.attack_rules import attack_cross_faults
from sim.scenario.connection_rules import connection_faults
from sim.scenario.cross import cross_faults
from sim.scenario.scenario import Actor, Companion, Scenario, Server
from sim.scenario.scheduled_rules import scheduled_cross_faults
from sim.scenario.source import Source
from sim.scenario.spell import scenario_data
from sim.scenario.vocabulary import Vocabulary


def check(scenario: Scenario, vocabulary: Vocabulary) -> Scenario:
    """The scenario with every participant of its diagram among its actors; :class:`Faults` if they do not fit."""
    source = scenario.source or Source(scenario_data(scenario))
    faults = FaultList()
    faults.extend(cross_faults(source, vocabulary))
    faults.extend(attack_cross_faults(source, vocabulary))
    faults.extend(connection_faults(source, vocabulary))
    faults.extend(scheduled_cross_faults(source, vocabulary))
    faults.raise_if_any()
    return complete(scenario, vocabulary)


def complete(scenario: Scenario, vocabulary: Vocabulary) -> Scenario:
    """The scenario with an actor for every participant, in the diagram's order: those not named have the defaults."""
    actors: dict[str, Actor] = {}
    for name in vocabulary.participants:
        actor = scenario.actors.get(name, Companion())
        if isinstance(actor, Companion) and name in vocabulary.servers:
            actor = Server(
                work=actor.work,
                expires=actor.expires,
                timeout_ns=actor.timeout_ns,
                retry=actor.retry,
                parameters=actor.parameters,
                restraints=actor.restraints,
            )
        actors[name] = actor
    return replace(scenario, actors=actors)
