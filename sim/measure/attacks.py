"""What attacks did: of each what it sent, what came of it, what it cost; and of all together."""

from collections.abc import Mapping
from typing import Any

from sim.measure import accumulators as honest
from sim.measure import attacking as at
from sim.measure.layout import AttackLayout
from sim.measure.meter import Meter
from sim.measure.readings import Series, seconds

_FATES = ("served", "refused", "timed_out", "in_flight")
_COUNTS = ("sent", *_FATES, "keys_obtained", "tokens_obtained", "replays_accepted")
_RESOURCES = ("addresses", "prefixes", "requests", "hashes")
MARGIN = 0.1
"""A success ratio that is lower by no more than this is as good as before the attack."""
FEWEST = 20
"""Sessions over which a ratio is taken when recovery is looked for."""


def attacks_of(meter: Meter) -> tuple[dict[str, dict[str, Any]], bool]:
    """By name, the block of each attack, and whether what became of its messages adds up to what it sent."""
    found: dict[str, dict[str, Any]] = {}
    balance = True
    for index, (attack, row) in enumerate(zip(meter.layout.attacks, meter.at.attacks, strict=True)):
        block = meter.block
        sent = Series(meter, row).total(at.ATTACK_SENT)
        served, refused, unanswered = (block[row + column] for column in (at.SERVED_AT, at.REFUSED_BY, at.UNANSWERED))
        left_over = sent - served - refused - unanswered
        in_flight = left_over if meter.attacking_in_flight is None else meter.attacking_in_flight[index]
        balance = balance and left_over == in_flight >= 0
        found[attack.name] = {
            "from_s": seconds(attack.from_ns),
            "until_s": seconds(attack.until_ns),
            "sent": sent,
            "served": served,
            "refused": refused,
            "timed_out": unanswered,
            "in_flight": in_flight,
            "keys_obtained": block[row + at.KEYS_OBTAINED],
            "tokens_obtained": block[row + at.TOKENS_OBTAINED],
            "replays_accepted": block[row + at.REPLAYS_ACCEPTED],
            "resources": {"addresses": attack.addresses, "prefixes": attack.prefixes, "requests": sent,
                          "hashes": block[row + at.HASHES]},
            "server_s": seconds(block[row + at.SERVER_NS]),
            **recovery(meter, attack),
        }
    return found, balance


def recovery(meter: Meter, attack: AttackLayout) -> dict[str, Any]:
    """``recovered`` and ``recovery_s``: whether honest success came back after an attack, and how long after its end.

    The bins that begin at its end or later are put together, from the first on, until each interval holds FEWEST sessions of
    the success ratio that started in it (what is left over joins the last). An interval falls short if its ratio is more than
    MARGIN below that of the sessions which started after the warm-up and before the attack. ``recovery_s`` is the time from the
    end of the attack to that of the last interval that falls short: from then on the ratio stays up to the end of the run. It is
    0 where none does; None where the last one does (*never*: ``recovered`` is false), and where there is nothing to compare
    (``recovered`` is None).
    """
    block, bin_ns = meter.block, meter.layout.bin_ns
    before = [row for (_, until_ns), row in zip(meter.layout.phases, meter.at.phases, strict=True) if until_ns <= attack.from_ns]
    due_before, good_before = (sum(block[row + column] for row in before) for column in (honest.ELIGIBLE, honest.SUCCESSFUL))
    intervals = _intervals(meter, -(-attack.until_ns // bin_ns))
    if not due_before or not intervals or meter.end_ns != meter.layout.duration_ns:
        return {"recovered": None, "recovery_s": None}
    floor = good_before / due_before - MARGIN
    short = [until_ns for until_ns, due, good in intervals if good < floor * due]
    if short and short[-1] == intervals[-1][0]:
        return {"recovered": False, "recovery_s": None}
    return {"recovered": True, "recovery_s": seconds(short[-1] - attack.until_ns) if short else 0.0}


def _intervals(meter: Meter, first_bin: int) -> list[tuple[int, int, int]]:
    """From a bin on, intervals with FEWEST sessions of the success ratio: (end in ns, sessions, good ones)."""
    found: list[tuple[int, int, int]] = []
    due = good = 0
    for index in range(first_bin, meter.layout.bins):
        cells = meter.block[honest.BY_START] + 2 * index
        due, good = due + meter.block[cells], good + meter.block[cells + 1]
        if due >= FEWEST:
            found.append((min((index + 1) * meter.layout.bin_ns, meter.end_ns), due, good))
            due = good = 0
    if found and due:
        _, whole, kept = found.pop()
        found.append((meter.end_ns, whole + due, kept + good))
    return found


def add_costs(attacks: dict[str, dict[str, Any]], phases: Mapping[str, Any]) -> None:
    """Add to each attack how many honest sessions that started during it were lost, and what each cost both sides."""
    for name, attack in attacks.items():
        during = phases[name]["during"]
        of = during["success_of"]
        lost = of - round(of * during["success_ratio"]) if of else 0
        attack.update(_costs(attack["resources"], attack["server_s"], lost))


def lost_under_attack(meter: Meter) -> int:
    """Sessions of the success ratio that started during any attack and were not good."""
    if meter.end_ns != meter.layout.duration_ns:
        return 0
    spans = [(attack.from_ns, attack.until_ns) for attack in meter.layout.attacks]
    return sum(meter.block[row + honest.ELIGIBLE] - meter.block[row + honest.SUCCESSFUL]
               for (from_ns, until_ns), row in zip(meter.layout.phases, meter.at.phases, strict=False)
               if any(begin_ns <= from_ns and until_ns <= end_ns for begin_ns, end_ns in spans))


def _costs(resources: Mapping[str, int], server_s: float, lost: int) -> dict[str, Any]:
    spent = {"messages": resources["requests"], "addresses": resources["addresses"], "hashes": resources["hashes"]}
    per_lost = {**spent, "server_s": server_s}
    return {"lost_sessions": lost, "per_lost_session": {name: n / lost if lost else None for name, n in per_lost.items()}}


def together(attacks: Mapping[str, Mapping[str, Any]], lost: int) -> dict[str, Any]:
    """The sums over all attacks, ``lost`` honest sessions among them; no resources where there is none."""
    sums: dict[str, Any] = {name: sum(each[name] for each in attacks.values()) for name in _COUNTS}
    resources = {name: sum(each["resources"][name] for each in attacks.values()) for name in _RESOURCES}
    server_s = sum(attack["server_s"] for attack in attacks.values())
    costs = {"server_s": server_s, **_costs(resources, server_s, lost)}
    return {**sums, "resources": resources if attacks else {}, **(costs if attacks else {})}
