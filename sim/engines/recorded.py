"""The trace of a compiled run: from the rows of numbers that the loop left to the columns of a trace."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sim.engines.loop import memory, record, tell
from sim.plan import cells
from sim.plan.plan import Plan
from sim.plan.tables import Tables
from sim.trace.columns import Column, Columns, Counted, Told, Words
from sim.world.addresses import attacker_address, dotted, honest_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = ("message", "action", "fragment", "session")
MOVES = 4
"""So many moves a row, in the mean, are less work than sorting."""


class Recorded:
    """What a compiled run has instead of a recorder.

    ``rows``: flat; the first is nobody's, the others stand in the order in which the loop came to know of them. They, and
    ``memory``, may be those of a run that goes on.
    """

    def __init__(
        self,
        plan: Plan,
        made: Tables,
        block: "NDArray[np.int64]",
        rows: "NDArray[np.int64]",
        functions: dict[str, Callable[..., Any]],
    ) -> None:
        self.plan = plan
        self.made = made
        self.memory = block
        self.rows = rows
        self.functions = functions
        self.classes = [*(each.name for each in plan.classes), *(each.name for each in plan.attacks)]
        self.outcomes = [*cells.OUTCOME_NAMES, *made.ways]
        self.messages, self.names, self.addresses = self.all_messages(), self.all_names(), self.all_addresses()

    def records(self) -> Columns:
        """The records of the trace, ordered by (sent_ns, key)."""
        order = self.order()
        return Columns(len(order), lambda first, last: self.stretch(order[first:last]))

    def stretch(self, order: "NDArray[np.int64]") -> dict[str, Column]:
        """The columns of those rows."""
        import numpy as np

        issued = self.memory[cells.ISSUED]
        counts = self.memory[issued : issued + len(self.plan.facts)]
        keys = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts))) - 1  # rows count from 1
        facts = Told([(count, Counted(f"{fact}/")) for fact, count in zip(self.plan.facts, counts.tolist(), strict=True)])
        words = np.empty((tell.WORD_COLUMNS, len(order)), np.int32)
        numbers = np.empty((tell.NUMBER_COLUMNS, len(order)), np.int64)
        self.functions["tell"](self.memory, self.rows, order, keys, words, numbers)
        return {
            "kind": Words(words[tell.W_KIND], KINDS),
            "class": Words(words[tell.W_CLASS], self.classes),
            "session": numbers[tell.N_SESSION],
            "message": Words(words[tell.W_MESSAGE], self.messages),
            "iteration": numbers[tell.N_ITERATION],
            "attempt": numbers[tell.N_ATTEMPT],
            "sender": Words(words[tell.W_FROM], self.names),
            "receiver": Words(words[tell.W_TO], self.names),
            "address": Words(words[tell.W_ADDRESS], self.addresses),
            "key": Words(words[tell.W_KEY], facts),
            "sent_ns": numbers[tell.N_SENT],
            "received_ns": numbers[tell.N_RECEIVED],
            "started_ns": numbers[tell.N_STARTED],
            "finished_ns": numbers[tell.N_FINISHED],
            "outcome": Words(words[tell.W_OUTCOME], self.outcomes),
            "by": Words(words[tell.W_BY], self.made.reasons),
        }

    def order(self) -> "NDArray[np.int64]":
        """The numbers of the rows in the order of the trace. They nearly stand in it, so few moves do; if not, they are sorted."""
        import numpy as np

        until = len(self.rows) // record.RECORD_WIDTH
        order = np.empty(until - 1, np.int64)
        if not self.functions["put_in_order"](self.memory, self.rows, order, 0, 1, until, MOVES * until):
            order = self.in_order(np.arange(1, until))
        return order

    def in_order(self, numbers: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """Those rows in the order of the trace, by sorting."""
        import numpy as np

        table = self.rows.reshape(-1, record.RECORD_WIDTH)
        rows = numbers - self.memory[memory.ROWS_GIVEN]
        return numbers[np.lexsort((table[rows, record.R_LOW], table[rows, record.R_HIGH], table[rows, record.R_SENT]))]

    def all_messages(self) -> Told:
        """What a message, action or fragment is called, by its step and status; the session's own record comes after all."""
        guards = self.made.guards

        def told(step: str) -> Callable[[int], str]:
            return lambda status: step + said(status, guards)

        return Told([(tell.STATUSES, told(step)) for step in (*(step.id for step in self.plan.steps), "session")])

    def all_names(self) -> Told:
        """The names of all players: ``consumer/17``."""
        clients = sum(each.population for each in self.plan.classes)
        stations = zip(self.plan.participants, self.plan.stations, strict=True)
        return Told([
            *((clients if station is None else station.instances, Counted(f"{name}/")) for name, station in stations),
            *((attack.addresses, Counted(f"{self.plan.participants[self.plan.steps[attack.step].actor]}/{attack.name}-"))
              for attack in self.plan.attacks),
        ])

    def all_addresses(self) -> Told:
        """The addresses of the servers, then those of the clients."""
        servers = [dotted(self.made.ints[who + cells.ADDRESS]) for who in self.made.stations]
        clients = sum(-(-each.population // each.addresses_per) for each in self.plan.classes)
        own = [attack for attack in self.plan.attacks if attack.first_honest < 0]
        return Told([
            (len(servers), lambda n: servers[n]),
            (clients, lambda n: dotted(honest_number(n))),
            *((attack.addresses, lambda n, of=attack: attacker_address(n, of.prefixes, of.first_prefix)) for attack in own),
        ])


def said(status: int, guards: Sequence[str]) -> str:
    """What follows the id of a message that is a refusal (its status) or a challenge (its mitigation)."""
    if status >= cells.CHALLENGE_CODE:
        return f"?{guards[status - cells.CHALLENGE_CODE]}"
    return f"!{status}" if status else ""
