"""Initial access token: only who has been given a token out of band may register; everybody else is refused.

Who has one is drawn once for each client, the same in all its sessions; of an attack, for each message. ``held_by`` is the share of
the honest who were given one, and ``leaked_to`` the share of an attack's messages that bring one.

Weak where tokens leak (``leaked_to``), and whoever was given none stays outside (``held_by``): it is the end of open registration.

That a client has a token is simulated; the messages do not show it.

Source: RFC 7591, 1.2 and 3 (initial access token, a bearer token of RFC 6750; 401 without one).
"""

from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import columns, count, share
from sim.world.moments import CHANCE, IS_ATTACKER, PASS, unit

DRAWS = "client"
PARAMETERS = (
    share("held_by", "Share of the honest clients that were given a token.", "100 %", example="95 %"),
    share("leaked_to", "Share of an attack's messages that bring one.", "0 %", example="1 %"),
    count("status", "Status of a refusal.", 401, least=400, most=599, example=401),
)
STATED_COST = Cost(refused=lambda values: 1 - values["held_by"])

HELD_BY, LEAKED_TO = 0, 1
(STATUS,) = columns(PARAMETERS[2:])


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Admit who has a token, refuse the rest."""
    has_one = floats[LEAKED_TO] if event[IS_ATTACKER] == 1 else floats[HELD_BY]
    return PASS if unit(event[CHANCE]) < has_one else ints[STATUS]


at_arrival = at_take_up
