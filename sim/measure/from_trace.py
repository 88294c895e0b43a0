"""The accounts again, from a full trace: the second opinion on metrics, by code that shares nothing with the first.

The accumulators fold events as they happen and keep sums. Here everything is known afterwards: each record is read
alone, the number present at a station is swept over sorted arrivals and departures, percentiles come from sorted
values. Memory grows with the trace (three integers a visit); this is for tests and doubts, not for every run.

Station visits. A message record whose receiver is an instance of a station and that was received visits the station
from ``received_ns`` to ``finished_ns`` (null: still there at the end). Replies to a station's own calls visit it too: a
continuation queues again. What is refused at the door finishes when it is received.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

FATES = ("completed", "refused", "timed_out", "gave_up", "ended", "in_flight")
_TURNED_DOWN = frozenset({"refused", "dropped", "expired"})
_DELIVERED = _TURNED_DOWN | {"delivered"}


def recompute(
    header: Mapping[str, Any],
    records: Iterable[Mapping[str, Any]],
    *,
    duration_ns: int,
    warm_up_ns: int,
    stations: Iterable[str],
) -> dict[str, Any]:
    """Return what a full trace says about sessions, messages, response times and stations.

    Parameters
    ----------
    header
        Of a full trace.
    records
        Of the same trace, as dicts with the trace's field names.
    duration_ns
        The end of the run.
    warm_up_ns
        Response times are of completed sessions that started from then on.
    stations
        The participants that are stations. ValueError if the header's diagram has no such participant.

    Returns
    -------
    ``sessions`` (honest ones) and ``messages`` as in ``metrics.json``; ``attacks``: for each ``sent``, ``served``, ``refused``,
    ``timed_out``, ``in_flight``, ``replays_accepted``; ``phases``: the response times of honest sessions that started before,
    during and after each attack; ``response_time``: ``count``, ``sum_ns``, ``max_ns`` and
    ``p50_ns``, ``p95_ns``, ``p99_ns`` (nearest rank, exact; None where there is none); ``stations``: for each
    ``visits``, ``integral_ns``, ``sojourns_ns``, ``refused`` by reason; ``contradictions``: for ``sessions``,
    ``messages`` and ``little`` how many records contradict themselves (received before it was sent, a lost message
    that was received, ...).
    """
    places = _places(header, stations)
    sessions, messages = _Sessions(warm_up_ns), _Messages()
    attacks = {attack["name"]: _Attack(attack, warm_up_ns) for attack in header.get("attacks", ())}
    for record in records:
        if record["kind"] == "session":
            _add_session(record, sessions, attacks, duration_ns)
        elif record["kind"] == "message":
            messages.add(record, duration_ns)
            place = places.get(record["receiver"].partition("/")[0])
            if place is not None and record["received_ns"] is not None:
                place.add(record, duration_ns)
    return {
        "sessions": {"started": sessions.started, **{fate: sessions.fates[fate] for fate in FATES}},
        "attacks": {name: attack.account() for name, attack in attacks.items()},
        "phases": {
            name: {phase: inner.response_time() for phase, inner in attack.phases.items()} for name, attack in attacks.items()
        },
        "messages": messages.account(),
        "response_time": sessions.response_time(),
        "stations": {name: place.account() for name, place in places.items()},
        "contradictions": {
            "sessions": sessions.contradictions + sum(attack.sessions.contradictions for attack in attacks.values()),
            "messages": messages.contradictions,
            "little": sum(place.contradictions for place in places.values()),
        },
    }


def _places(header: Mapping[str, Any], stations: Iterable[str]) -> dict[str, "_Place"]:
    places = {name: _Place() for name in stations}
    known = {each["id"] for each in header["diagram"]["participants"]}
    if unknown := sorted(set(places) - known):
        raise ValueError(f"no participant {', '.join(unknown)} in the diagram; it has {', '.join(sorted(known))}")
    return places


def _add_session(record: Mapping[str, Any], honest: "_Sessions", attacks: Mapping[str, "_Attack"], duration_ns: int) -> None:
    """Put a session where it belongs: to its attack, or to the honest ones, and to the phases in which it started."""
    own = attacks.get(record["class"])
    if own is not None:
        own.sessions.add(record, duration_ns)
        return
    honest.add(record, duration_ns)
    for attack in attacks.values():
        attack.phase(record["sent_ns"]).add(record, duration_ns)


def verify(
    metrics: Mapping[str, Any],
    header: Mapping[str, Any],
    records: Iterable[Mapping[str, Any]],
    *,
    duration_ns: int,
    warm_up_ns: int,
) -> dict[str, bool]:
    """Return the checks of the metrics, made again from a full trace of the same run.

    - ``sessions``: started = the sum of the fates, and all are those of the metrics;
    - ``messages``: sent = delivered + lost + in flight, and all are those of the metrics;
    - ``little``: at every station the swept integral of the number present = the sum of sojourns cut at the end = both
      numbers of the metrics, in integers;
    - ``refusals``: at every station the same refusals by reason;
    - ``response_time``: the same number, sum and maximum, in integers;
    - ``attacks``: what they sent, and what came of it; ``phases``: the response times of each, as above.

    A record that contradicts itself makes its check false.
    """
    again = recompute(
        header, records, duration_ns=duration_ns, warm_up_ns=warm_up_ns, stations=tuple(metrics["stations"])
    )
    sessions, messages = again["sessions"], again["messages"]
    contradictions, detail = again["contradictions"], metrics["checks_detail"]
    return {
        "sessions": contradictions["sessions"] == 0
        and sessions["started"] == sum(sessions[fate] for fate in FATES)
        and all(metrics["sessions"][key] == count for key, count in sessions.items()),
        "messages": contradictions["messages"] == 0
        and messages["sent"] == messages["delivered"] + messages["lost"] + messages["in_flight"]
        and all(metrics["messages"][key] == count for key, count in messages.items()),
        "little": contradictions["little"] == 0
        and all(_little_agrees(detail["little"][name], station) for name, station in again["stations"].items()),
        "refusals": all(
            dict(metrics["stations"][name]["refused"]) == station["refused"]
            for name, station in again["stations"].items()
        ),
        "response_time": all(
            detail["response_time"][key] == again["response_time"][key] for key in ("count", "sum_ns", "max_ns")
        ),
        "attacks": metrics["attacks"].keys() == again["attacks"].keys()
        and all(metrics["attacks"][name][key] == n for name, account in again["attacks"].items() for key, n in account.items()),
        "phases": detail.get("phases", {}).keys() == again["phases"].keys()
        and all(
            integers[key] == again["phases"][name][phase][key]
            for name, phases in detail.get("phases", {}).items()
            for phase, integers in phases.items()
            for key in ("count", "sum_ns", "max_ns")
        ),
    }


def _little_agrees(metered: Mapping[str, int], traced: Mapping[str, int]) -> bool:
    numbers = {metered["integral_ns"], metered["sojourns_ns"], traced["integral_ns"], traced["sojourns_ns"]}
    return len(numbers) == 1


@dataclass(slots=True)
class _Sessions:
    """Session records: fates, and the response times of those completed."""

    warm_up_ns: int
    started: int = 0
    contradictions: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    numbers: set[int] = field(default_factory=set)
    responses_ns: list[int] = field(default_factory=list)

    def add(self, record: Mapping[str, Any], duration_ns: int) -> None:
        started_ns, finished_ns, outcome = record["sent_ns"], record["finished_ns"], record["outcome"]
        self.started += 1
        self.fates[outcome] += 1
        over = finished_ns is not None
        consistent = (
            outcome in FATES
            and over == (outcome != "in_flight")
            and record["session"] not in self.numbers
            and _in_order(started_ns, finished_ns, before_ns=duration_ns)
        )
        self.numbers.add(record["session"])
        if not consistent:
            self.contradictions += 1
        elif outcome == "completed" and started_ns >= self.warm_up_ns:
            self.responses_ns.append(finished_ns - started_ns)

    def response_time(self) -> dict[str, int | None]:
        ordered = sorted(self.responses_ns)
        count = len(ordered)
        max_ns = ordered[-1] if ordered else 0
        result: dict[str, int | None] = {"count": count, "sum_ns": sum(ordered), "max_ns": max_ns}
        for name, percent in (("p50_ns", 50), ("p95_ns", 95), ("p99_ns", 99)):
            rank = -(-count * percent // 100)
            result[name] = ordered[rank - 1] if ordered else None
        return result


class _Attack:
    """The sessions of an attack, and honest ones by the phase in which they started."""

    def __init__(self, attack: Mapping[str, Any], warm_up_ns: int) -> None:
        self.from_ns, self.until_ns = attack["from_ns"], attack["until_ns"]
        self.replays = attack["signature"] == "replayed"
        self.sessions = _Sessions(warm_up_ns)
        self.phases = {name: _Sessions(warm_up_ns) for name in ("before", "during", "after")}

    def phase(self, started_ns: int) -> _Sessions:
        return self.phases["before" if started_ns < self.from_ns else "during" if started_ns < self.until_ns else "after"]

    def account(self) -> dict[str, int]:
        fates = self.sessions.fates
        return {
            "sent": self.sessions.started,
            "served": fates["completed"],
            "refused": fates["refused"] + fates["ended"],
            "timed_out": fates["timed_out"],
            "in_flight": fates["in_flight"],
            "replays_accepted": fates["completed"] if self.replays else 0,
        }


@dataclass(slots=True)
class _Messages:
    """Message records of all links: what became of each."""

    delivered: int = 0
    lost: int = 0
    in_flight: int = 0
    sent: int = 0
    contradictions: int = 0

    def add(self, record: Mapping[str, Any], duration_ns: int) -> None:
        """What is received but not yet dealt with at the end is delivered, though its outcome is still open."""
        sent_ns, received_ns, finished_ns = record["sent_ns"], record["received_ns"], record["finished_ns"]
        outcome = record["outcome"]
        consistent = _in_order(sent_ns, received_ns, finished_ns, before_ns=duration_ns)
        self.sent += 1
        if outcome in _DELIVERED:
            self.delivered += 1
            consistent = consistent and received_ns is not None
        elif outcome == "lost":
            self.lost += 1
            consistent = consistent and received_ns is None
        elif outcome == "in_flight" and received_ns is not None:
            self.delivered += 1
            consistent = consistent and finished_ns is None
        elif outcome == "in_flight":
            self.in_flight += 1
        else:
            consistent = False
        self.contradictions += not consistent

    def account(self) -> dict[str, int]:
        return {"sent": self.sent, "delivered": self.delivered, "lost": self.lost, "in_flight": self.in_flight}


@dataclass(slots=True)
class _Place:
    """The visits of one station."""

    arrivals_ns: list[int] = field(default_factory=list)
    departures_ns: list[int] = field(default_factory=list)
    sojourns_ns: int = 0
    contradictions: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, record: Mapping[str, Any], duration_ns: int) -> None:
        received_ns, started_ns, finished_ns = record["received_ns"], record["started_ns"], record["finished_ns"]
        until_ns = duration_ns if finished_ns is None else finished_ns
        self.arrivals_ns.append(received_ns)
        self.departures_ns.append(until_ns)
        self.sojourns_ns += until_ns - received_ns
        turned_down = record["outcome"] in _TURNED_DOWN
        if turned_down:
            self.refused[str(record["by"])] += 1
        consistent = _in_order(received_ns, started_ns, finished_ns, before_ns=duration_ns)
        by = record["by"]
        unexplained = turned_down and by is None
        says_by = "!" in record["message"] or "?" in record["message"]  # a refusal or challenge may say by what it is one
        groundless = by is not None and not turned_down and not says_by
        self.contradictions += not consistent or unexplained or groundless

    def account(self) -> dict[str, Any]:
        return {
            "visits": len(self.arrivals_ns),
            "integral_ns": _integral(sorted(self.arrivals_ns), sorted(self.departures_ns)),
            "sojourns_ns": self.sojourns_ns,
            "refused": dict(sorted(self.refused.items())),
        }


def _integral(arrivals_ns: list[int], departures_ns: list[int]) -> int:
    """Time integral of the number present, swept from event to event over two sorted lists of equal length."""
    integral_ns = present = now_ns = departed = 0
    for arrival_ns in [*arrivals_ns, None]:
        while departed < len(departures_ns) and (arrival_ns is None or departures_ns[departed] <= arrival_ns):
            integral_ns += present * (departures_ns[departed] - now_ns)
            now_ns = departures_ns[departed]
            present -= 1
            departed += 1
        if arrival_ns is not None:
            integral_ns += present * (arrival_ns - now_ns)
            now_ns = arrival_ns
            present += 1
    return integral_ns


def _in_order(*times_ns: int | None, before_ns: int) -> bool:
    """Whether times that did happen happened in this order, within [0, before_ns)."""
    happened = [time_ns for time_ns in times_ns if time_ns is not None]
    ordered = all(earlier <= later for earlier, later in pairwise(happened))
    return ordered and (not happened or (happened[0] >= 0 and happened[-1] < before_ns))
