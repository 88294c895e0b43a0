"""What a mitigation costs the honest on a calm day, in numbers, so that a run can be held against them.

    STATED_COST = Cost()                                        # nothing but its work
    STATED_COST = Cost(row_bytes=48)
    STATED_COST = Cost(round_trips=1, client_s=lambda values: values["delay"] * 1e-9)

An amount may depend on the parameters: then it is a function of their values, by name, as the laws see them (times in ns, shares
from 0 to 1). The key ``work`` stands beside all of this: it is what a scenario gives, and costs just that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sim.language.faults import BadValue

Values = Mapping[str, Any]
Amount = float | Callable[[Values], float]
HASHES_PER_S = 1e6
"""The tries a second of a client of which a scenario says nothing (``hash_rate``)."""


@dataclass(frozen=True)
class Cost:
    """Of a request that it is about, with no attack; what is not said is nothing."""

    round_trips: Amount = 0
    """Answers that are no answers yet: the request goes again, and is taken up (parsed, checked) again."""
    client_s: Amount = 0
    """Time of the client's own beside that, in the mean, at the default hash rate: s."""
    instead_s: Amount | None = None
    """Server time of an action that it is about, in place of the action's own work; None if it leaves that alone: s."""
    added_s: Amount = 0
    """Server time of an action that it is about, beside the action's own work: s."""
    row_bytes: Amount = 0
    """Memory for each identity of which it keeps account: bytes. (What it notes of a key is part of the key's own row.)"""
    fixed_bytes: Amount = 0
    """Memory that it keeps whatever comes: bytes."""
    refused: Amount = 0
    """Share of the honest requests that it refuses."""

    def at(self, values: Values) -> dict[str, float | None]:
        """Every amount at these values of the parameters."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: amount(values) if callable(amount) else amount for name, amount in given.items()}


def checked(name: str, cost: object, values: Values) -> None:
    """Raise :class:`BadValue` unless this is a statement whose amounts are numbers, none below zero, at these values."""
    if not isinstance(cost, Cost):
        raise BadValue(f"'{name}.STATED_COST' is {cost!r}", "a Cost, e.g. STATED_COST = Cost(row_bytes=48)")
    try:
        amounts = cost.at(values)
    except Exception as error:  # noqa: BLE001 - an amount may be a user's function: anything can come out of it
        problem = f"'{name}.STATED_COST' raised {type(error).__name__}: {error}"
        raise BadValue(problem, "functions of the values of parameters") from None
    for what, amount in amounts.items():
        if amount is None and what == "instead_s":
            continue
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not amount >= 0:
            raise BadValue(f"'{name}.STATED_COST.{what}' is {amount!r}", "a number from 0 on, or a function that gives one")
