"""Attackers: where a message of theirs comes from, what they get to see of others, and what an answer is worth to them.

Draws are addressed as everywhere (:mod:`sim.world.chance`): of the k-th message of an attack the entity is (class of the
attack, k, 0). Whether an attack captures a request is drawn for that sending of that request, by the request's own entity
and index, with the number of the attack as the sub-draw's block: what one attack captures says nothing about another's.
"""

from typing import Final

from sim.world.clock import NEVER_NS

NOTHING: Final = 0
KEY: Final = 1
TOKEN: Final = 2
"""What an answer brings: nothing to keep, a credential, or what a credential buys (facts in answer to a request with one)."""


def source_at(u: float, addresses: int) -> int:
    """Which of its addresses a message comes from, evenly, from u in (0, 1): 0 to `addresses` - 1."""
    return int(u * addresses)


def source_of_bot(bot: int, dodged: int, bots: int, addresses: int) -> int:
    """Which of the addresses bot `bot` of so many sends from, after it has taken another one `dodged` times.

    The addresses are dealt out in turn; a bot takes the next of its own, and where there are fewer than bots some have one in
    common.
    """
    return (bot + dodged * bots) % addresses


def is_captured(u: float, share: float) -> bool:
    """Whether a request is among the share that an attack gets to see, from u in (0, 1)."""
    return u < share


def solved_ns(now_ns: int, free_ns: int, work_ns: int, until_ns: int) -> int:
    """When a puzzle is solved that takes `work_ns` of all that an attack can hash, which does one after the other.

    `free_ns`: when those before it are solved. NEVER_NS if its turn would come at `until_ns` or later, when nobody waits for
    it any more: then nothing is hashed for it.
    """
    begins_ns = max(now_ns, free_ns)
    return begins_ns + work_ns if begins_ns < until_ns else NEVER_NS
