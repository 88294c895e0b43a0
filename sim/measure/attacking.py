"""The accumulators of attacks: laws that fold what they sent and what came of it into their rows of the block.

As in :mod:`sim.measure.accumulators`, which has the layout of a row with a series. The sessions of attacks are in no
account of sessions; their messages are in that of messages, like anybody's.
"""

from collections.abc import Callable

from sim.measure.accumulators import COMPLETED, CURRENT, ENDED, REFUSED, count
from sim.world.attackers import KEY, TOKEN

# An attack's row: the current segment ...
ATTACK_SENT = CURRENT + 4
ATTACK_SERIES_WIDTH = 5
# ... and the rest.
SERVED_AT, REFUSED_BY, UNANSWERED, KEYS_OBTAINED, TOKENS_OBTAINED, REPLAYS_ACCEPTED, REPLAYS = range(CURRENT + 5, CURRENT + 12)
"""REPLAYS is 1 of an attack that sends what it captured."""
HASHES, SERVER_NS = range(CURRENT + 12, CURRENT + 14)
"""What it spent on puzzles, in tries; the server time that its requests took, at all stations together."""
ATTACK_WIDTH = CURRENT + 14


def send_attack(block: list[int], row: int, now_ns: int) -> None:
    """An attack sends a message: a session of its own."""
    count(block, row, ATTACK_SENT, now_ns)


def end_attack(block: list[int], row: int, outcome: int, brought: int) -> None:
    """A session of an attack is over: answered, refused (also by an ``end: refused`` of the diagram), or not answered.

    ``brought``: NOTHING, KEY or TOKEN, of :mod:`sim.world.attackers`.
    """
    if outcome == COMPLETED:
        block[row + SERVED_AT] += 1
        if block[row + REPLAYS] == 1:
            block[row + REPLAYS_ACCEPTED] += 1
        if brought == KEY:
            block[row + KEYS_OBTAINED] += 1
        elif brought == TOKEN:
            block[row + TOKENS_OBTAINED] += 1
    elif outcome in (REFUSED, ENDED):
        block[row + REFUSED_BY] += 1
    else:
        block[row + UNANSWERED] += 1


def spend_hashes(block: list[int], row: int, tries: int) -> None:
    """An attack works on a puzzle, which takes so many tries."""
    block[row + HASHES] += tries


def occupy(block: list[int], row: int, started_ns: int, now_ns: int) -> None:
    """A server is done with a request of an attack, served or refused, which it took up at ``started_ns``."""
    block[row + SERVER_NS] += now_ns - started_ns


LAWS: tuple[Callable[..., None], ...] = (send_attack, end_attack, spend_hashes, occupy)
"""Every law of this module."""
