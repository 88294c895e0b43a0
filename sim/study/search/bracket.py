"""Where one replication breaks: rates are tried on a logarithmic scale, first a few over all of it, then by bisection.

Under common random numbers the success of one replication is a function of the rate, so that its root is sought as that of any
function (the sample-path method of R. Pasupathy and S. Kim, *The stochastic root-finding problem: overview, solutions, and open
questions*, ACM TOMACS 21(3), 2011). It is nearly monotone, not quite; so what is sought is the first rate at which it fails, and
the rates that are tried over all of the scale tell whether it holds again beyond.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from sim.language.units import rate_per_s
from sim.scenario.ranges import written

COARSE = 5
"""So many rates are tried over all of the scale, its ends among them."""


def typed(rate_per_s_: float) -> float:
    """A rate as it can be written in a scenario, to four digits."""
    return rate_per_s(written("rate", rate_per_s_))


class Bracket:
    """The rates (1/s) between which a replication breaks, narrowed until their ratio is at most ``1 + precision``."""

    def __init__(self, lowest: float, highest: float, precision: float) -> None:
        """Rates as :func:`typed` gives them, 0 < lowest < highest."""
        self.precision = precision
        self.coarse = sorted({lowest, highest, *(
            typed(lowest * (highest / lowest) ** (step / (COARSE - 1))) for step in range(1, COARSE - 1))})
        self.tried: dict[float, bool] = {}
        """Whether it held, by rate."""

    def wanted(self) -> Sequence[float]:
        """The rates to be tried now; none when it is known well enough."""
        if not self.tried:
            return self.coarse
        middle = self._middle()
        return () if middle is None else (middle,)

    def tell(self, rate: float, *, held: bool) -> None:
        """Whether it held at a rate."""
        self.tried[rate] = held

    @property
    def holds_at(self) -> float | None:
        """The highest rate below the first at which it failed; None if it failed at the lowest."""
        fails_at = self.fails_at
        return max((rate for rate in self.tried if fails_at is None or rate < fails_at), default=None)

    @property
    def fails_at(self) -> float | None:
        """The lowest rate at which it failed; None if it held at all."""
        return min((rate for rate, held in self.tried.items() if not held), default=None)

    @property
    def holds_again_at(self) -> float | None:
        """The lowest rate, of those tried, at which it held although it had failed at a lower one; None if there is none."""
        rates = sorted(self.tried)
        return next((b for a, b in pairwise(rates) if self.tried[b] and not self.tried[a]), None)

    @property
    def missing(self) -> int:
        """How many rates are still to be tried, about."""
        low, high = (self.coarse[0], self.coarse[1]) if not self.tried else (self.holds_at, self.fails_at)
        if low is None or high is None:
            return 0
        halvings = math.ceil(math.log2(max(1.0, math.log(high / low) / math.log1p(self.precision))))
        return halvings + (0 if self.tried else len(self.coarse))

    def _middle(self) -> float | None:
        low, high = self.holds_at, self.fails_at
        if low is None or high is None or high <= low * (1 + self.precision):
            return None
        middle = typed(math.sqrt(low * high))
        return middle if low < middle < high else None
