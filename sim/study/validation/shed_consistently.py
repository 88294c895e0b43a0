"""Consistent shedding: an address is admitted always or never, by its hash (D. E. Knuth's multiplicative one).

So whoever is admitted once is admitted again, and tasks of many calls are completed as often as those of one.

Source: H. Zhou et al., "Overload Control for Scaling WeChat Microservices", SoCC 2018, section 4.
"""

from sim.mitigations.framework.parameters import columns, share
from sim.world.moments import ADDRESS, PASS

PARAMETERS = (share("admitted", "Share of the addresses that are admitted."),)
(ADMITTED,) = columns(PARAMETERS)


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Refuse the rest."""
    return PASS if event[ADDRESS] * 2654435761 % 4294967296 / 4294967296.0 < floats[ADMITTED] else 503
