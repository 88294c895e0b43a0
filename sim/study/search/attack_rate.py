"""The rate of an attack as one number that can be set: where it stands, and what it is in the scenario."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sim.language.faults import BadValue, Fault, FaultList, Step, either, shown, suggest
from sim.language.units import format_rate, rate_per_s
from sim.scenario.source import Source
from sim.scenario.study import Setting, fault_at
from sim.study.axes import Variant

ALL = "all"
_STEADY = ("poisson", "constant")
_CHANGING = {"ramp": "rate.ramp.from and rate.ramp.to", "steps": "the rate of each of rate.steps", "times": "rate.times"}


@dataclass(frozen=True)
class AttackRate:
    """An attack by name, the path of its rate, and the rate (1/s) that the scenario has there."""

    attack: str
    path: str
    place: tuple[Step, ...]
    rate_per_s: float

    def at(self, rate: float) -> Variant:
        """The attack at another rate (1/s); the process stays as it is."""
        text = format_rate(rate)
        return Variant(f"{self.attack} at {text}", (Setting(self.path, text, self.place, self.place),))


def attack_rates(source: Source, wanted: str | None, faults: FaultList) -> list[AttackRate]:
    """The attacks that are meant: the one with this name, ``all``, or where nothing is said the only one there is.

    Whatever cannot be is noted.
    """
    listed = source.at("attacks")
    attacks = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    names = [str(each.get("name")) for each in attacks]
    if not names:
        faults.append(fault_at(source, ("attacks",), "this scenario has no attack", "an attack, whose rate is what is sought"))
        return []
    if wanted is None and len(names) > 1:
        faults.append(Fault("", None, None, "attack", f"this scenario has {len(names)} attacks", f"{either(names)}, or {ALL}"))
        return []
    if wanted not in (None, ALL, *names):
        faults.append(Fault("", None, None, "attack", f"got {shown(wanted)}", either([*names, ALL]), suggest(str(wanted), names)))
        return []
    chosen = [(number, each) for number, each in enumerate(attacks) if wanted in (None, ALL, names[number])]
    found = [_rate(source, number, names[number], each, faults) for number, each in chosen]
    return [each for each in found if each is not None]


def _rate(source: Source, number: int, name: str, attack: dict[str, Any], faults: FaultList) -> AttackRate | None:
    place: tuple[Step, ...] = ("attacks", number)
    if "rate" not in attack:
        problem = f"'{name}' has no rate: its bots wait for answers (what could be scaled is bots.count)"
        faults.append(fault_at(source, (*place, "bots"), problem, "an attack with a rate"))
        return None
    data, steps = attack["rate"], ["rate"]
    kinds = [key for key in data if key != "process"] if isinstance(data, dict) else []
    for kind in kinds:
        if kind in _CHANGING:
            problem = f"the rate of '{name}' is no one number (what could be scaled is {_CHANGING[kind]})"
            faults.append(fault_at(source, (*place, "rate", kind), problem, "poisson, constant or pulses"))
            return None
        steps += [kind] if kind in _STEADY else [kind, "rate"]
    try:
        return AttackRate(name, ".".join(["attacks", name, *steps]), (*place, *steps), rate_per_s(_inner(data, steps[1:])))
    except BadValue as bad:
        faults.append(fault_at(source, (*place, *steps), bad.problem, bad.expected))
        return None


def _inner(data: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        data = data.get(step) if isinstance(data, dict) else None
    return data
