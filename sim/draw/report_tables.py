"""The tables of the report: metrics as rows of text, every value with its unit.

Nothing here is HTML. What a run does not have (no attack, no refusals, one class only) makes no table.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim.draw import report_judged
from sim.draw.readable import MISSING, count, duration, name, number, percent, present, rate, size
from sim.draw.report_rows import Table

Metrics = Mapping[str, Any]

_FATES = ("completed", "refused", "timed_out", "gave_up", "ended", "in_flight")
_ATTACK_ROWS = {
    "sent": "Requests sent",
    "served": "of these served",
    "refused": "of these refused",
    "timed_out": "of these without an answer in time",
    "keys_obtained": "Keys obtained",
    "tokens_obtained": "Tokens obtained",
    "replays_accepted": "Replays accepted",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """One number to be read first."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One of ``metrics["checks"]`` in plain words."""

    holds: bool
    title: str
    text: str


def headlines(metrics: Metrics) -> list[Headline]:
    """The four numbers to be read first."""
    honest, sessions = metrics["honest"], metrics["sessions"]
    times = honest["response_time_s"]
    spread = f"p95 {duration(times.get('p95'))}, p99 {duration(times.get('p99'))}" if present(times.get("p50")) else ""
    started = sessions["started"]
    completed = f"of {count(started)} started" if started != 1 else "of the one that started"
    return [
        Headline("Success ratio", percent(honest["success_ratio"]), "of sessions that needed the protected actor"),
        Headline("Goodput", rate(honest["goodput_per_s"]), "sessions completed in time"),
        Headline("Response time, median", duration(times.get("p50")), spread),
        Headline("Sessions completed", count(sessions["completed"]), completed),
    ]


def checks(metrics: Metrics) -> list[Check]:
    """What the run verified about itself."""
    sessions, messages = metrics["sessions"], metrics["messages"]
    fates = " + ".join(f"{count(sessions[fate])} {_words(fate)}" for fate in _FATES)
    ways = " + ".join(f"{count(messages[way])} {_words(way)}" for way in ("delivered", "lost", "in_flight"))
    told = {
        "sessions": ("Every session is accounted for", f"{count(sessions['started'])} started = {fates}"),
        "messages": ("Every message is accounted for", f"{count(messages['sent'])} sent = {ways}"),
        "little": (
            "Little's law holds exactly at every station",
            "the time integral of the number present = the sum of sojourns, in whole nanoseconds, counted two ways",
        ),
    }
    return [Check(bool(holds), *told.get(check, (name(check), ""))) for check, holds in metrics["checks"].items()]


def tables(metrics: Metrics) -> list[Table]:
    """All tables, in the order of the page."""
    judged = (report_judged.fairness, report_judged.false_refusals, report_judged.costs)
    made = (_honest, *judged, _attack, _sessions, _messages, _stations, _refusals, _memory, _keys)
    return [table for make in made if (table := make(metrics)) is not None]


def _sessions(metrics: Metrics) -> Table | None:
    sessions = metrics["sessions"]
    started = sessions["started"]
    if not started:
        return None
    rows = [(name(fate), count(sessions[fate]), percent(sessions[fate] / started)) for fate in _FATES if sessions[fate]]
    note = "The whole run, warm-up included; a session that timed out is told by the fate of its last attempt."
    return Table("Sessions by outcome", ("Outcome", "Sessions", "Share"), tuple(rows), note)


def _messages(metrics: Metrics) -> Table | None:
    messages = metrics["messages"]
    if not messages["sent"]:
        return None
    rows = [
        (name(way), count(messages[way]), percent(messages[way] / messages["sent"]))
        for way in ("delivered", "lost", "in_flight")
        if messages[way]
    ]
    return Table("Messages", ("Way", "Messages", "Share"), tuple(rows), "Refused and dropped ones were delivered.")


def _honest(metrics: Metrics) -> Table | None:
    groups = [("All", metrics["honest"])]
    if len(metrics.get("classes", {})) > 1:
        groups += [(f"Class {label}", block) for label, block in metrics["classes"].items()]
    groups += list(_phases(metrics.get("phases", {})))
    rows = []
    for label, block in groups:
        times = block["response_time_s"]
        rows.append(
            (
                label,
                percent(block["success_ratio"]),
                rate(block["goodput_per_s"]),
                *(duration(times.get(key)) for key in ("mean", "p50", "p95", "p99", "max")),
                number(block["attempts_per_call"]),
                count(block["false_refusals"]),
            )
        )
    columns = ("Sessions", "Success ratio", "Goodput", "Mean", "p50", "p95", "p99", "Max", "Attempts per call")
    note = "After warm-up. Mean to max: response time. A false refusal turned an honest request away as an attack."
    return Table("Honest sessions", (*columns, "False refusals"), tuple(rows), note)


def _phases(phases: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The honest blocks of every phase: each directly under its name, or before, during and after under an attack's."""
    for label, block in phases.items():
        if "success_ratio" in block:
            yield name(label), block
        else:
            for phase, inner in block.items():
                yield f"{name(phase)} {label}", inner


def _stations(metrics: Metrics) -> Table | None:
    rows: list[tuple[str, ...]] = []
    for station, row in metrics["stations"].items():
        wait, sojourn = row.get("wait_s", {}), row.get("sojourn_s", {})
        rows.append(
            (
                name(station),
                percent(row.get("utilisation")),
                percent(row.get("utilisation_refusing")),
                percent(row.get("offered_load")),
                number(row.get("queue_mean")),
                count(row.get("queue_max")),
                *(duration(wait.get(key)) for key in ("mean", "p50", "p99")),
                *(duration(sojourn.get(key)) for key in ("mean", "p50", "p99")),
                count(row.get("served")),
                count(sum(row.get("refused", {}).values())),
            )
        )
    queue = ("Queue, mean", "Queue, max", "Wait, mean", "Wait, p50", "Wait, p99")
    sojourn = ("Sojourn, mean", "Sojourn, p50", "Sojourn, p99")
    columns = ("Station", "Utilisation", "of it refusing", "Offered load", *queue, *sojourn, "Served", "Refused")
    note = ("Offered load: the server time that all who came would have taken, as a share of what there is. Queue: requests "
            "waiting, those in service not counted. Sojourn: from arrival to the end of service.")
    return Table("Stations", columns, tuple(rows), note) if rows else None


def _refusals(metrics: Metrics) -> Table | None:
    rows = tuple(
        (name(station), by, count(refused))
        for station, row in metrics["stations"].items()
        for by, refused in row.get("refused", {}).items()
        if refused
    )
    return Table("Refusals", ("Station", "By", "Requests"), rows) if rows else None


def _memory(metrics: Metrics) -> Table | None:
    rows = tuple(
        (name(station), name(kind), size(peak))
        for station, row in metrics["stations"].items()
        for kind, peak in row.get("memory_peak_bytes", {}).items()
        if peak
    )
    return Table("Memory of tables", ("Station", "Table", "Peak"), rows) if rows else None


def _attack(metrics: Metrics) -> Table | None:
    attack = metrics.get("attack", {})
    if not attack.get("sent"):
        return None
    rows = [(label, count(attack[key])) for key, label in _ATTACK_ROWS.items() if key in attack]
    budget = {kind: amount for kind, amount in attack.get("resources", {}).items() if kind not in ("requests", "hashes")}
    rows += [(f"Budget: {_words(kind)}", _scalar(amount)) for kind, amount in budget.items()]
    return Table("Attack", ("", "Amount"), tuple(rows))


def _keys(metrics: Metrics) -> Table | None:
    keys = metrics.get("keys", {})
    rows = tuple((name(kind), count(amount)) for kind, amount in keys.items())
    note = "Orphaned: allocated, but nobody who asked honestly holds it."
    return Table("Keys", ("", "Keys"), rows, note) if keys.get("allocated") else None


def run_rows(run_info: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is known of the run, as rows; mappings inside (versions) become rows of their own."""
    rows: list[tuple[str, str]] = []
    for key, value in run_info.items():
        if isinstance(value, Mapping):
            rows += [(f"{name(key)}: {inner}", text) for inner, text in run_rows_of(value)]
        elif key.endswith("_s") and present(value):
            rows.append((name(key.removesuffix("_s")), duration(value)))
        elif key.endswith("_bytes") and present(value):
            rows.append((name(key.removesuffix("_bytes")), size(value)))
        else:
            rows.append((name(key), _scalar(value)))
    return rows


def run_rows_of(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """One row for each of ``values``, under its own key."""
    return [(str(key), _scalar(value)) for key, value in values.items()]


def _scalar(value: object) -> str:
    """Any value as text. Numbers keep all their digits: a seed is a name, not an amount."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def _words(identifier: str) -> str:
    return identifier.replace("_", " ")
