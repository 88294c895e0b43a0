"""How the honest fared, again from a full trace: success, recovery, false refusals, what attacks cost the servers.

The second opinion on what :mod:`sim.measure.honest` and :mod:`sim.measure.attacks` read from accumulators, by code that shares
nothing with them but the two numbers by which recovery is defined. Beside :mod:`sim.measure.from_trace`, it must be told what
a trace does not say: deadlines, the protected actor, and which reasons are mitigations.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is to be known of a scenario: times in ns; ``deadlines_ns`` by class, None without one."""

    duration_ns: int
    warm_up_ns: int
    bin_ns: int
    deadlines_ns: Mapping[str, int | None]
    protected: str | None
    """The participant whose sessions count; None: all count."""
    mitigations: frozenset[str]
    stations: frozenset[str]
    shared: bool
    """Whether some station shares its servers: then records do not show how long they worked."""
    margin: float
    fewest: int
    """Of recovery: see :func:`sim.measure.attacks.recovery`."""


def judge(header: Mapping[str, Any], records: Iterable[Record], terms: Terms) -> dict[str, Any]:
    """What a full trace says of honest success and of what attacks cost.

    Returns ``success``: (due, good) over ``all``, each class, and ``<phase> <attack>``; ``false_refusals``: requests, calls,
    sessions, over the same groups; ``responses``: by bin, how many completed in it and the mean of their response times;
    ``attacks``: for each ``server_ns``, ``recovered``, ``recovery_s``.
    """
    attacks = {attack["name"]: attack for attack in header.get("attacks", ())}
    told = list(records)
    sessions = {record["session"]: record for record in told if record["kind"] == "session"}
    messages = [record for record in told if record["kind"] == "message"]
    requests = _requests(header["diagram"]["sequence"])
    needed = {record["session"] for record in messages
              if record["message"] in requests and record["receiver"].partition("/")[0] == terms.protected}
    success: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    starts: list[tuple[int, bool]] = []
    for number, session in sessions.items():
        if session["class"] in attacks or not _is_due(session, terms, number in needed):
            continue
        good = _is_good(session, terms)
        starts.append((session["sent_ns"], good))
        for group in _groups(session, attacks):
            success[group][0] += 1
            success[group][1] += good
    return {
        "success": dict(success),
        "false_refusals": _false_refusals(messages, sessions, attacks, terms),
        "responses": _responses(sessions.values(), attacks, terms),
        "attacks": {name: {"server_ns": _server_ns(name, messages, terms), **_recovery(attack, sorted(starts), terms)}
                    for name, attack in attacks.items()},
    }


def _requests(sequence: Iterable[Mapping[str, Any]]) -> set[str]:
    """The ids of all requests and one-way messages of a diagram."""
    found: set[str] = set()
    for item in sequence:
        if item["item"] == "message" and item["arrow"] in ("->", "->>"):
            found.add(item["id"])
        found |= _requests(item.get("sequence", ()))
        for branch in item.get("branches", ()):
            found |= _requests(branch["sequence"])
    return found


def _is_due(session: Record, terms: Terms, needed: bool) -> bool:
    """Whether a session is in the success ratio."""
    deadline_ns, started_ns = terms.deadlines_ns[session["class"]], session["sent_ns"]
    if started_ns < terms.warm_up_ns or not (needed or terms.protected is None):
        return False
    return session["finished_ns"] is not None if deadline_ns is None else started_ns + deadline_ns < terms.duration_ns


def _is_good(session: Record, terms: Terms) -> bool:
    deadline_ns = terms.deadlines_ns[session["class"]]
    if session["outcome"] != "completed":
        return False
    return deadline_ns is None or session["finished_ns"] - session["sent_ns"] <= deadline_ns


def _responses(sessions: Iterable[Record], attacks: Mapping[str, Mapping[str, Any]],
               terms: Terms) -> list[tuple[int, float | None]]:
    """Of each bin, how many honest sessions completed in it and the mean of their response times in s (None of none)."""
    bins: list[list[int]] = [[] for _ in range(-(-terms.duration_ns // terms.bin_ns))]
    for session in sessions:
        if session["class"] not in attacks and session["outcome"] == "completed":
            bins[session["finished_ns"] // terms.bin_ns].append(session["finished_ns"] - session["sent_ns"])
    return [(len(each), sum(each) / (len(each) * 1_000_000_000) if each else None) for each in bins]


def _groups(session: Record, attacks: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """All of which a session is part."""
    started_ns = session["sent_ns"]
    phases = {name: "before" if started_ns < attack["from_ns"] else "during" if started_ns < attack["until_ns"] else "after"
              for name, attack in attacks.items()}
    return ["all", session["class"], *(f"{phase} {name}" for name, phase in phases.items())]


def _false_refusals(messages: list[Record], sessions: Mapping[int, Record], attacks: Mapping[str, Mapping[str, Any]],
                    terms: Terms) -> dict[str, list[int]] | None:
    """Requests, calls and sessions that mitigations refused; a call is left behind when another one is refused.

    None if servers' own calls were among them: records do not show which refusals they passed on, nor in which attempt.
    """
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    last: dict[int, tuple[str, int, int]] = {}
    refused = [record for record in messages if record["by"] in terms.mitigations and record["finished_ns"] is not None
               and record["outcome"] in ("refused", "dropped", "expired")]
    if any(record["sender"].partition("/")[0] in terms.stations for record in refused):
        return None
    for record in sorted(refused, key=lambda record: record["finished_ns"]):
        number = record["session"]
        if sessions[number]["class"] in attacks:
            continue
        call = (record["message"], record["iteration"], record["attempt"] >> 5)
        hits = (1, last.get(number) != call, number not in last)
        last[number] = call
        for group in _groups(sessions[number], attacks):
            found[group] = [total + hit for total, hit in zip(found[group], hits, strict=True)]
    return dict(found)


def _server_ns(attack: str, messages: list[Record], terms: Terms) -> int | None:
    """Server time that the requests of an attack took, at all stations; None if the records do not show it."""
    if terms.shared:
        return None
    done = [record for record in messages if record["class"] == attack and record["finished_ns"] is not None
            and record["started_ns"] is not None and record["receiver"].partition("/")[0] in terms.stations]
    return int(sum(record["finished_ns"] - record["started_ns"] for record in done))


def _recovery(attack: Mapping[str, Any], starts: list[tuple[int, bool]], terms: Terms) -> dict[str, Any]:
    """Recovery, from the starts of the sessions of the success ratio and whether each was good."""
    before = [good for start_ns, good in starts if start_ns < attack["from_ns"]]
    first_ns = -(-attack["until_ns"] // terms.bin_ns) * terms.bin_ns
    bins: dict[int, list[bool]] = {}
    for start_ns, good in starts:
        if start_ns >= first_ns:
            bins.setdefault(start_ns // terms.bin_ns, []).append(good)
    intervals: list[tuple[int, list[bool]]] = []
    gathered: list[bool] = []
    for number, goods in sorted(bins.items()):
        gathered += goods
        if len(gathered) >= terms.fewest:
            intervals.append((min((number + 1) * terms.bin_ns, terms.duration_ns), gathered))
            gathered = []
    if not before or not intervals:
        return {"recovered": None, "recovery_s": None}
    if gathered:
        intervals[-1] = (terms.duration_ns, intervals[-1][1] + gathered)
    floor = sum(before) / len(before) - terms.margin
    ends_ns = [end_ns for end_ns, goods in intervals if sum(goods) < floor * len(goods)]
    if ends_ns and ends_ns[-1] == intervals[-1][0]:
        return {"recovered": False, "recovery_s": None}
    return {"recovered": True, "recovery_s": (ends_ns[-1] - attack["until_ns"]) / 1e9 if ends_ns else 0.0}


def disagreements(metrics: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    """Where metrics and :func:`judge` differ, by name; empty if they agree."""
    blocks = {"all": metrics["honest"], **metrics["classes"]}
    blocks |= {f"{phase} {attack}": block for attack, phases in metrics["phases"].items() for phase, block in phases.items()}
    found = []
    for group, block in blocks.items():
        due, good = again["success"].get(group, (0, 0))
        if (block["success_of"], block["success_ratio"]) != (due, good / due if due else None):
            found.append(f"success of {group}: {block['success_of']} {block['success_ratio']}, {due} {good}")
        hits = (block["false_refusals"], block["false_refusals_by"]["calls"], block["false_refusals_by"]["sessions"])
        if again["false_refusals"] is not None and list(hits) != again["false_refusals"].get(group, [0, 0, 0]):
            found.append(f"false refusals of {group}: {hits}, {again['false_refusals'].get(group)}")
    honest = metrics["series"]["honest"]
    for number, own in enumerate(zip(honest["response_time_of"], honest["response_time_s"]["mean"], strict=True)):
        if own != again["responses"][number]:
            found.append(f"response times of bin {number}: {own}, {again['responses'][number]}")
    for name, attack in again["attacks"].items():
        own = metrics["attacks"][name]
        server_ns = None if attack["server_ns"] is None else round(own["server_s"] * 1e9)
        if (server_ns, own["recovered"], own["recovery_s"]) != tuple(attack.values()):
            found.append(f"attack {name}: {own['server_s']} {own['recovered']} {own['recovery_s']}, {attack}")
    return found
