"""Random shedding: each request goes on by a draw of its own, so that a task of many calls is rarely completed.

Source: H. Zhou et al., "Overload Control for Scaling WeChat Microservices", SoCC 2018, section 3.
"""

from sim.mitigations.framework.parameters import columns, share
from sim.world.moments import CHANCE, PASS, unit

DRAWS = True
PARAMETERS = (share("admitted", "Share of the requests that go on."),)
(ADMITTED,) = columns(PARAMETERS)


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Refuse the rest."""
    return PASS if unit(event[CHANCE]) < floats[ADMITTED] else 503
