"""Check order: the checks of a signed request, one after the other, each with its cost, so that a refusal costs only what it took.

The steps of the diagram with ``checks: signature`` take, in place of their work, the sum of the costs of the checks that were
made: all of them, or those up to the one that refused. A request without any credentials is refused before the first one.

- ``timestamp``: whether it is within the window;
- ``key``: whether the key is known. Before the signature, its answer comes sooner for an unknown key, which tells which keys
  there are; the default verifier computes a signature for nobody's secret to hide that;
- ``signature``: whether it holds;
- ``nonce``: whether it is new, and it is stored in the same step. **Before the signature this is not safe:** whoever cannot sign
  fills the store, and burns the nonce of an honest request that it has seen, which then is refused.

Source: RFC 5849, 3.2 and 4.10 (nonces may exhaust memory); cheap checks first, as in RFC 4987, 3 (SYN floods), and RFC 8555.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, duration, ranking
from sim.world.moments import CHECKS, FAILED, PASS, WORK_NS

ACTIONS = "signature"
WORDS = ("timestamp", "key", "nonce", "signature")
PARAMETERS = (
    ranking("order", "The checks, in the order in which they are made.", WORDS, ("timestamp", "key", "signature", "nonce")),
    *(duration(each, f"Server time of the check of the {each}.", "0 s", example="0.01 ms") for each in WORDS),
)
STATED_COST = Cost(instead_s=lambda values: 1e-9 * sum(values[each] for each in WORDS))

ALWAYS = True  # the order is the verifier's, made once

ORDER, COSTS = columns(PARAMETERS)[:2]  # the costs in the order of WORDS
CREDENTIALS, FIRST_CHECK = CHECKS.index("credentials"), CHECKS.index("timestamp")


def checks(values: Mapping[str, Any]) -> Sequence[str]:
    """The order in which the server really makes its checks."""
    return values["order"]  # type: ignore[no-any-return]


def at_action(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """What the checks that were made have cost."""
    failed = event[FAILED]
    event[WORK_NS] = 0
    if failed == CREDENTIALS:
        return PASS
    for place in range(4):
        check = ints[ORDER + place]
        event[WORK_NS] += ints[COSTS + check]
        if failed == FIRST_CHECK + check:
            return PASS
    return PASS
