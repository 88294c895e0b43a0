"""The moments at which a mitigation has its say, and what its laws are told and may answer.

Every law of every mitigation has one signature, so that a compiled engine can call any of them through a pointer::

    def at_take_up(ints, floats, row, event) -> int

- ``ints``, ``floats``: the blocks of this mitigation: its parameters in the declared order, then its rows of state.
- ``row``: the number of the row of whoever asks (0 if it keeps one for all).
- ``event``: what happens, a block of ints whose columns are named here. The last ones the law may set.

| moment       | when                                                                  | may answer                            |
|--------------|-----------------------------------------------------------------------|---------------------------------------|
| at_arrival   | at the edge, before the waiting room                                  | PASS, a status, CHALLENGE, DROP, HOLD |
| at_take_up   | at the server, after handshake and parsing, before the message's work | the same, EXPIRE, COLLECT             |
| at_action    | an action's outcome is known (FAILED), its time is not yet spent      | PASS, a status; it may set WORK_NS    |
| at_issue     | the server is about to keep a row of a key of its own (KEY)           | PASS, NO_ROW                          |
| at_proof     | a key (KEY) was proven by a signature that holds                      | PASS                                  |
| at_end       | the service ends of a request that the law let pass                   | PASS                                  |
| client_hears | a client hears this mitigation's challenge                            | PASS, GIVE_UP; WORK_NS, TRIES, TICKET |
"""

from typing import Final

MOMENTS: Final = ("at_arrival", "at_take_up", "at_action", "at_issue", "at_proof", "at_end", "client_hears")

NOW_NS, ARRIVED_NS, SENT_NS, STEP, ATTEMPT, WAITING, BUSY, SERVERS, ADDRESS, CLAIMED, PROVEN, SOLVED, CHANCE = range(13)
"""Now; when the message arrived at the station, and when it was sent. The number of its step and of its attempt. How many wait
at this instance and how many it serves (the message at hand not among those who wait, but among those served, once taken up),
and its servers (-1: no limit). The sender's address, the row of the key that it claims (0: none), the same if it was proven from
this address before (else 0; it is known only where the queue's order is priority or a mitigation goes by proven_key). 1 if the
request answers a challenge of this mitigation. A draw of 53 bits (see `unit`), if the mitigation asks for one.
"""
HASH_RATE, IS_ATTACKER, FAILED, KEY, REFUSED = range(13, 18)
"""Tries a second that the client can make. 1 if the client is an attacker: for what it brings and does (a token that leaked, an
answer to a question for people), never for what the server is to know of it. Which check of an action failed (see `CHECKS`; 0:
none). The row of the key that is issued or proven. 1 if what ends was refused.
"""
RETRY_AFTER_NS, WORK_NS, TRIES, COLLECTED, TICKET = range(18, 23)
"""What a law may set: when it is worth coming again; the time something takes; tries that were needed; the key that is gone; a
number from 0 to 2^62 that goes out with a challenge, and, as client_hears leaves it, comes back with the answer.
"""
WIDTH: Final = 23

PASS: Final = 0
CHALLENGE: Final = -1
"""Ask the client for a proof of work or the like; the request comes again (SOLVED)."""
DROP: Final = -2
"""Say nothing, and do nothing more."""
EXPIRE: Final = -3
"""The same, because it is too late."""
COLLECT: Final = -4
"""The row of the key COLLECTED is gone; the law is asked again, until it says something else."""
NO_ROW: Final = -5
"""Keep no row of this key."""
GIVE_UP: Final = -7
"""The client does not answer."""
HOLD: Final = -6
"""Let it go on, but only after WORK_NS (at the edge, where waiting holds no server)."""

CHECKS: Final = ("", "credentials", "timestamp", "key", "nonce", "signature", "other")
"""What FAILED says: the check of a signed request that refused it."""


def unit(chance: int) -> float:
    """The draw CHANCE as a number in (0, 1), as :func:`sim.world.chance.uniform` makes it."""
    u = (chance + 0.5) * 2.0**-53
    return u if u < 1.0 else 1.0 - 2.0**-53
