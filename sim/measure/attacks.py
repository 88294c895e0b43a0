"""What attacks did: of each what it sent, what came of it, what it cost; and of all together."""

from collections.abc import Mapping
from typing import Any

from sim.measure import attacking as at
from sim.measure.meter import Meter
from sim.measure.readings import Series, seconds

_FATES = ("served", "refused", "timed_out", "in_flight")
_COUNTS = ("sent", *_FATES, "keys_obtained", "tokens_obtained", "replays_accepted")
_RESOURCES = ("addresses", "prefixes", "requests")


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
            "resources": {"addresses": attack.addresses, "prefixes": attack.prefixes, "requests": sent},
        }
    return found, balance


def together(attacks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The sums over all attacks; no resources where there is none."""
    sums: dict[str, Any] = {name: sum(each[name] for each in attacks.values()) for name in _COUNTS}
    resources = {name: sum(each["resources"][name] for each in attacks.values()) for name in _RESOURCES}
    return {**sums, "resources": resources if attacks else {}}
