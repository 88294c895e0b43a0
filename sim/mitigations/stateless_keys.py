"""Stateless keys: the server keeps no row of a key that it gives out; whatever it must know stands in the key.

key = random, issue time, tag; tag = HMAC(master, random, issue time); secret = HMAC(master, key). So making one costs ``work``
in place of the allocation's, and a flood of key requests fills no table; the tag lets junk keys have their cheap refusal. It saves
the insert, not the request. Revoking one key needs a list of those denied, a stolen master is the end of all, and the nonces
are state still.

In messages it is as real as the model's actors make it: those of ProtectServe do (``sim.protocol.oauth1.stateless``).

Source: T. Aura, P. Nikander, "Stateless Connections", ICICS 1997; RFC 7591, appendix A.5.2 (stateless client registration).
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, duration
from sim.world.moments import NO_ROW, PASS, WORK_NS

ACTIONS = "allocation"
ALWAYS = True  # keys of both kinds at once would be more than one mitigation
PARAMETERS = (duration("work", "Server time of making a key, in place of the allocation's.", "0 s", example="0.02 ms"),)
STATED_COST = Cost(instead_s=lambda values: values["work"] * 1e-9)

(OWN_WORK_NS,) = columns(PARAMETERS)


def at_action(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """The allocation takes this long."""
    event[WORK_NS] = ints[OWN_WORK_NS]
    return PASS


def at_issue(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Keep nothing."""
    return NO_ROW
