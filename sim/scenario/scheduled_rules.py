"""What must be right about the ``faults`` of a scenario: among themselves, and between them and the diagram."""

from collections.abc import Iterator
from typing import Any

from sim.language.faults import Fault, Step, either, shown, suggest
from sim.language.units import duration_ns, format_duration, share
from sim.scenario.rules import readable
from sim.scenario.scheduled import Target, target_of
from sim.scenario.schema import actor_kind
from sim.scenario.source import Source
from sim.scenario.vocabulary import Vocabulary


def scheduled_rule_faults(source: Source) -> Iterator[Fault]:
    """All faults between the windows of faults, and between them and the rest of the scenario."""
    duration = readable(duration_ns, source.at("duration"))
    seen: list[tuple[int, Target, int, int]] = []
    for index, kind, target, data in _faults(source):
        path: tuple[Step, ...] = ("faults", index)
        begins, ends = _window(data)
        if duration and ends > duration:
            problem = f"the fault lasts until {format_duration(ends)}, the run until {format_duration(duration)}"
            yield source.fault((*path, "during", 1), problem, f"at most {format_duration(duration)}")
        for other, earlier, from_ns, until_ns in seen:
            if other != index and begins < until_ns and from_ns < ends and target.meets(earlier):
                when = f"from {format_duration(from_ns)} to {format_duration(until_ns)}"
                problem = f"{target} fails already {when}, by faults.{other}"
                yield source.fault((*path, "during"), problem, "one fault of a thing at a time")
                break
        seen.append((index, target, begins, ends))
        if target.other is not None:
            continue
        instances, servers = source.at("actors", target.actor, "instances") or 1, source.at("actors", target.actor, "servers") or 1
        if target.instance is not None and isinstance(instances, int) and target.instance > instances:
            problem = f"{target.actor} has no instance {target.instance}"
            yield source.fault((*path, kind), problem, f"at most {target.actor}/{instances}" if instances > 1 else target.actor)
        left = data.get("servers") if actor_kind(source.at("actors", target.actor)) != "<client>" else None
        if isinstance(left, int) and isinstance(servers, int) and left >= servers:
            yield source.fault((*path, "servers"), f"{target.actor} has {servers}, and {left} are left", "fewer than it has")


def scheduled_cross_faults(source: Source, vocabulary: Vocabulary) -> Iterator[Fault]:
    """All faults between the faults of a scenario and the words of the diagram."""
    links = {(a, b) for a, b, arrow in vocabulary.messages.values() if arrow != "..>"}
    for index, kind, target, _ in _faults(source):
        path: tuple[Step, ...] = ("faults", index, kind)
        if target.other is None:
            if target.actor not in vocabulary.servers:
                known = [name for name in vocabulary.participants if name in vocabulary.servers]
                problem = f"the diagram has no server {shown(target.actor)}"
                yield source.fault(path, problem, either(known), suggest(target.actor, known))
            continue
        unknown = [name for name in (target.actor, target.other) if name not in vocabulary.participants]
        for name in unknown:
            yield source.fault(path, f"the diagram has no participant {shown(name)}", either(vocabulary.participants),
                               suggest(name, vocabulary.participants))
        if not unknown and not links & set(target.directions()):
            there = sorted({" <-> ".join(sorted(pair)) for pair in links})
            yield source.fault(path, f"nothing is sent over {target}", either(there))


def unanswered(source: Source, caller: str, called: str) -> str:
    """Why the faults of a scenario may leave a call without an answer, or an empty string."""
    for _, kind, target, data in _faults(source):
        if target.other is None:
            if target.actor == called and kind == "outage" and data.get("closed", "drop") == "drop":
                return "an outage drops what comes"
        elif {(caller, called), (called, caller)} & set(target.directions()) and (
                kind == "outage" or (readable(share, data.get("loss")) or 0.0) > 0):
            return f"the {kind.replace('_', '-')} of their link loses messages"
    return ""


def _faults(source: Source) -> Iterator[tuple[int, str, Target, dict[str, Any]]]:
    """Number, kind, target and data of each fault that can be read."""
    listed = source.at("faults")
    for index, data in enumerate(listed if isinstance(listed, list) else []):
        for kind in ("outage", "brown_out"):
            target = target_of(data.get(kind)) if isinstance(data, dict) else None
            if target is not None:
                yield index, kind, target, data


def _window(data: dict[str, Any]) -> tuple[int, int]:
    """From when until when; (0, 0) where it cannot be read."""
    during = data.get("during")
    times = [readable(duration_ns, part) for part in during] if isinstance(during, list) and len(during) == 2 else [None]
    return (0, 0) if None in times else (times[0] or 0, times[1] or 0)
