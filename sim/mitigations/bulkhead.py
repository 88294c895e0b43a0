"""Bulkhead: so many requests of some kinds at once, so that they cannot take what the others need.

At the server: so many of its servers at most work on them, and one more is refused as soon as it is looked at. At the edge: so
many are there at most, those that wait included. With ``per`` each identity has a compartment of its own. What operators
deploy first: registration cannot starve tokens.

Weak inside a compartment: honest requests of the same kind are refused like those of the attack.

Source: M. Nygard, "Release It!" (2007), the bulkhead pattern; Netflix Hystrix, semaphore isolation (10 at once); NGINX, module
ngx_http_limit_conn_module (status 503).
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, status, widths
from sim.world.moments import PASS

PER = "all"
PARAMETERS = (
    count("most", "Requests at once.", 10, example=2),
    status(503),
)
STATED_COST = Cost()
STATE_INTS = ("present",)

MOST, STATUS = columns(PARAMETERS)
ROWS, _ = widths(PARAMETERS)


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Admit, or refuse."""
    if ints[ROWS + row] >= ints[MOST]:
        return ints[STATUS]
    ints[ROWS + row] += 1
    return PASS


at_arrival = at_take_up


def at_end(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """One that was admitted is done, or was refused later, or found the waiting room full."""
    if ints[ROWS + row] > 0:  # a row that was evicted and came back begins at zero
        ints[ROWS + row] -= 1
    return PASS
