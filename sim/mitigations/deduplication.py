"""Deduplication: whoever registers again with the same metadata is given the key that it had; no new row is made.

What a request says of its client (name, redirect URIs, software) is the same each time that this client comes: one that forgot its
key, or asks at every start, costs one row and no more. Of an attack each message says something else, as is cheap to do.

It saves the row, not the request and its work. A key that was collected meanwhile is not given again: a new one is made.

Weak against whoever varies what it says. And where metadata are equal for all who run the same software, all share one key, and
one of them can lose it for all (revocation, limits by key).

Source: RFC 7591, 3.2.1 (the server may return what it had registered) and 5 (software_id); mcphub issue 1174: 42 of 58 clients
were byte-identical registrations.
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import widths
from sim.world.moments import COLLECTED, KEY, PASS, SAME_KEY

PER = "metadata"
PARAMETERS = ()
STATE_INTS = ("key",)
STATED_COST = Cost(row_bytes=48)

ROWS, _ = widths(PARAMETERS)


def at_issue(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Give the same key again, unless it is gone."""
    known = ints[ROWS + row]
    if known != 0 and event[COLLECTED] != known:
        event[COLLECTED] = known
        return SAME_KEY
    ints[ROWS + row] = event[KEY]
    return PASS
