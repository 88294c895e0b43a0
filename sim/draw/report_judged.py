"""The tables of the report that judge a protection: whom it refused falsely, who was served alike, what an attack cost.

As in :mod:`sim.draw.report_tables`: rows of text, no HTML, and no table of what a run does not have.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.draw.readable import MISSING, count, duration, name, number, percent
from sim.draw.report_rows import Table

Metrics = Mapping[str, Any]
_KINDS = {"known": "Known clients", "first_time": "First-time clients", "slow_device": "Slow devices",
          "shared_address": "Behind shared addresses"}


def false_refusals(metrics: Metrics) -> Table | None:
    """Honest requests, calls and sessions that a mitigation refused: of all, by class, by phase, by kind of client."""
    honest = metrics["honest"]
    if not honest["false_refusals"] or "false_refusals_by" not in honest:
        return None
    rows = [_hits(label, block["false_refusals"], block["false_refusals_by"]) for label, block in _groups(metrics)]
    sessions = honest["sessions_of"]
    for kind, label in _KINDS.items():
        hit = honest["false_refusals_by"][kind]
        if sessions[kind]:
            rows.append((*_hits(label, hit["requests"], hit)[:-1], percent(hit["sessions"] / sessions[kind])))
    started = metrics["sessions"]["started"]
    rows[0] = (*rows[0][:-1], percent(honest["false_refusals_by"]["sessions"] / started) if started else MISSING)
    note = ("By mitigations; a full queue and a wrong signature are none. A call counts once, whatever its attempts; a session "
            "once. Known: held something when the session began.")
    return Table("False refusals", ("Honest", "Requests", "Calls", "Sessions", "Share of sessions"), tuple(rows), note)


def _hits(label: str, requests: int, by: Mapping[str, Any]) -> tuple[str, ...]:
    return label, count(requests), count(by["calls"]), count(by["sessions"]), MISSING


def _groups(metrics: Metrics) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The honest blocks: all, each class where there are several, each phase."""
    yield "All", metrics["honest"]
    if len(metrics["classes"]) > 1:
        for label, block in metrics["classes"].items():
            yield f"Class {label}", block
    for attack, phases in metrics["phases"].items():
        for phase in ("before", "during", "after"):
            if phase in phases:
                yield f"{name(phase)} {attack}", phases[phase]


def fairness(metrics: Metrics) -> Table | None:
    """The success ratio of each class, over the run and in each phase, and how alike they are."""
    classes = metrics["classes"]
    if len(classes) < 2 or "jain_index" not in metrics["honest"]:
        return None
    rows = [("All", *(percent(block["success_ratio"]) for block in classes.values()), number(metrics["honest"]["jain_index"]))]
    for attack, phases in metrics["phases"].items():
        for phase in ("before", "during", "after"):
            block = phases[phase]
            ratios = [percent(block["classes"][label]["success_ratio"]) for label in classes]
            rows.append((f"{name(phase)} {attack}", *ratios, number(block["jain_index"])))
    note = "Jain's index of the success ratios: 1 if all classes fare alike, 1 / their number if one alone is served."
    return Table("Success ratio by class and phase", ("Sessions started", *map(name, classes), "Jain's index"), tuple(rows), note)


def costs(metrics: Metrics) -> Table | None:
    """What each attack spent and what it did with it: a row an attack, and one for all if there are several."""
    attacks = {label: attack for label, attack in metrics.get("attacks", {}).items() if "per_lost_session" in attack}
    if not attacks:
        return None
    blocks = [*attacks.items(), *([("All", metrics["attack"])] if len(attacks) > 1 else [])]
    rows = tuple((label, *_spent(block), *_cost(block), _recovery(block)) for label, block in blocks)
    spent = ("Messages", "Addresses", "Hashes", "Server time taken")
    lost = ("Honest sessions lost", "Messages / lost", "Addresses / lost", "Hashes / lost", "Server time / lost")
    note = ("Lost: sessions of the success ratio that started during the attack and failed. Recovered: how long after its end the "
            "success ratio was back where it was before, within 10 points, and stayed there.")
    return Table("What attacks spent, and what it cost", ("Attack", *spent, *lost, "Recovered"), rows, note)


def _spent(block: Mapping[str, Any]) -> tuple[str, ...]:
    resources = block["resources"]
    return (count(resources["requests"]), count(resources["addresses"]), count(resources["hashes"]), duration(block["server_s"]))


def _cost(block: Mapping[str, Any]) -> tuple[str, ...]:
    each = block["per_lost_session"]
    return (count(block["lost_sessions"]), *(number(each[key]) for key in ("messages", "addresses", "hashes")),
            duration(each["server_s"]))


def _recovery(block: Mapping[str, Any]) -> str:
    if block.get("recovered") is None:
        return MISSING
    return ("at once" if block["recovery_s"] == 0 else f"after {duration(block['recovery_s'])}") if block["recovered"] else "never"
