"""Balancing: which of several instances of a server a message goes to.

| balance      | the instance                                                                                   |
|--------------|------------------------------------------------------------------------------------------------|
| RANDOM       | drawn evenly                                                                                   |
| ROUND_ROBIN  | the next one, whoever sends: as one balancer for all senders deals them out                    |
| TWO_CHOICES  | of two that are drawn evenly, the one where fewer are present; the first drawn if as many are  |
| LEAST_LOADED | the one where the fewest are present, of several the first                                     |

TWO_CHOICES: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE Transactions on Parallel and
Distributed Systems 12(10) (2001). LEAST_LOADED is known as join the shortest queue.

Present are those who wait and those who are served, at the moment of sending: what is on its way is not seen, and an instance that
is out has few present, so it is sent to.
"""

from collections.abc import Callable
from typing import Any, Final

RANDOM: Final = 0
ROUND_ROBIN: Final = 1
TWO_CHOICES: Final = 2
LEAST_LOADED: Final = 3
BALANCE_NAMES: Final = ("random", "round_robin", "two_choices", "least_loaded")


def drawn_of(u: float, instances: int) -> int:
    """The instance that a draw in (0, 1) means, from 0."""
    return int(u * instances)


def second_of(u: float, first: int, instances: int) -> int:
    """The second of two choices: drawn evenly among the others."""
    second = int(u * (instances - 1))
    return second + 1 if second >= first else second


LAWS: tuple[Callable[..., Any], ...] = (drawn_of, second_of)
"""Every law of this module."""
