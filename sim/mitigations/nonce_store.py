"""Nonce store: where a server with several instances keeps the nonces that it has taken up.

- ``shared``: all instances ask one store (a database, a cache beside them), which takes ``lookup`` of server time whenever a
  nonce is checked. A copy of a request never passes twice. So it is where nothing is said, with a ``lookup`` of 0 s.
- ``per_instance``: each keeps its own, and knows nothing of the others. **A copy passes once at each instance.**
- ``replicated``: each keeps them all, and hears after ``lag`` what another has taken up. A copy passes at another instance only
  if it comes sooner than that; every nonce takes a row in each.

What stands in ``memory`` under ``nonce`` counts the rows of all stores. In which order the checks come, and what each of them
costs, is ``check_order``'s.

Weak against (``per_instance``, ``replicated``) replays that come to the instances which have not seen the original: as often as
there are instances, or at once after it.

Source: RFC 5849, 3.3 (no two requests with one nonce); replicas that are consistent after a while: W. Vogels, CACM 52(1) (2009).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sim.language.faults import BadValue
from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, duration, word
from sim.world.credentials import KEPT_NAMES, REPLICATED, SHARED
from sim.world.moments import CHECKS, FAILED, PASS, WORK_NS

ACTIONS = "signature"
PARAMETERS = (
    word("kept", "Where nonces are kept, for all instances.", KEPT_NAMES, "shared"),
    duration("lag", "Replicated: after how long an instance knows what another has taken up.", "0 s", example="100 ms"),
    duration("lookup", "Shared: server time of asking the store.", "0 s", example="0.5 ms"),
)
STATED_COST = Cost(added_s=lambda values: 1e-9 * values["lookup"])
ALWAYS = True  # what one instance has not kept, no other can look up later

_, _, LOOKUP_NS = columns(PARAMETERS)
HELD, USED = 0, CHECKS.index("nonce")


def contradictions(values: Mapping[str, Any]) -> Iterable[BadValue]:
    """A lag where nothing is replicated, or a store that is asked where there is none to ask."""
    if values["lag"] and values["kept"] != KEPT_NAMES[REPLICATED]:
        yield BadValue(f"kept: {values['kept']} has no lag", "kept: replicated, or no lag", path=("lag",))
    if values["lookup"] and values["kept"] != KEPT_NAMES[SHARED]:
        yield BadValue(f"kept: {values['kept']} asks nobody", "kept: shared, or no lookup", path=("lookup",))


def nonces(values: Mapping[str, Any]) -> tuple[int, int]:
    """Where nonces are really kept."""
    return KEPT_NAMES.index(values["kept"]), values["lag"]


def at_action(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """The store is asked once all that comes before the nonce holds."""
    if event[FAILED] == HELD or event[FAILED] == USED:
        event[WORK_NS] += ints[LOOKUP_NS]
    return PASS
