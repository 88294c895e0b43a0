"""The trace of a compiled run: from the rows of numbers that the loop left to the columns of a trace."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.engines.loop import record, tell
from sim.plan import cells
from sim.plan.plan import Plan
from sim.plan.tables import Tables
from sim.trace.columns import Columns, Words
from sim.world.addresses import attacker_address, dotted, honest_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = ("message", "action", "fragment", "session")


class Recorded:
    """What a compiled run has instead of a recorder."""

    def __init__(
        self, plan: Plan, made: Tables, memory: "NDArray[np.int64]", rows: "NDArray[np.int64]", telling: Callable[..., int]
    ) -> None:
        self.plan = plan
        self.made = made
        self.memory = memory
        self.rows = rows
        """Flat; the first row is nobody's, the others stand in the order in which the loop came to know of them."""
        self.telling = telling

    def records(self) -> Columns:
        """The records of the trace, ordered by (sent_ns, key)."""
        import numpy as np

        order = self.order()
        words = np.empty((tell.WORD_COLUMNS, len(order)), np.int32)
        numbers = np.empty((tell.NUMBER_COLUMNS, len(order)), np.int64)
        messages = np.full((len(self.plan.steps) + 1) * tell.STATUSES, -1)
        issued = self.memory[cells.ISSUED]
        rows = self.memory[issued : issued + len(self.plan.facts)]
        keys = np.concatenate((np.zeros(1, np.int64), np.cumsum(rows))) - 1  # rows count from 1
        self.telling(self.memory, self.rows, order, messages, keys, words, numbers, 0)
        names = self.names()
        return Columns(
            {
                "kind": Words(words[tell.W_KIND], KINDS),
                "class": Words(
                    words[tell.W_CLASS], [*(each.name for each in self.plan.classes), *(each.name for each in self.plan.attacks)]
                ),
                "session": numbers[tell.N_SESSION],
                "message": Words(words[tell.W_MESSAGE], self.messages(messages)),
                "iteration": numbers[tell.N_ITERATION],
                "attempt": numbers[tell.N_ATTEMPT],
                "sender": Words(words[tell.W_FROM], names),
                "receiver": Words(words[tell.W_TO], names),
                "address": Words(words[tell.W_ADDRESS], self.addresses()),
                "key": Words(
                    words[tell.W_KEY],
                    [
                        f"{fact}/{row}"
                        for fact, count in zip(self.plan.facts, rows.tolist(), strict=True)
                        for row in range(1, count + 1)
                    ],
                ),
                "sent_ns": numbers[tell.N_SENT],
                "received_ns": numbers[tell.N_RECEIVED],
                "started_ns": numbers[tell.N_STARTED],
                "finished_ns": numbers[tell.N_FINISHED],
                "outcome": Words(words[tell.W_OUTCOME], [*cells.OUTCOME_NAMES, *self.made.ways]),
                "by": Words(words[tell.W_BY], self.made.reasons),
            }
        )

    def order(self) -> "NDArray[np.int64]":
        """The order of the rows in the trace. They nearly stand in it: the time alone is sorted, then what is equal in it."""
        import numpy as np

        table = self.rows.reshape(-1, record.RECORD_WIDTH)[1:]
        sent = table[:, record.R_SENT].copy()
        order = np.argsort(sent, kind="stable")
        times = sent[order]
        same = np.flatnonzero(times[1:] == times[:-1])
        if len(same):
            tied = np.zeros(len(times), bool)
            tied[same] = tied[same + 1] = True
            places = np.flatnonzero(tied)
            rows = table[order[places]]
            order[places] = order[places][np.lexsort((rows[:, record.R_LOW], rows[:, record.R_HIGH], rows[:, record.R_SENT]))]
        return order

    def messages(self, numbers: "NDArray[np.int64]") -> list[str]:
        """The messages, actions and fragments that were met, by the number that each was given."""
        met = sorted((number, code) for code, number in enumerate(numbers.tolist()) if number >= 0)
        ids = [*(step.id for step in self.plan.steps), "session"]
        return [ids[code // tell.STATUSES] + self.said(code % tell.STATUSES) for _, code in met]

    def said(self, status: int) -> str:
        """What follows the id of a message that is a refusal (its status) or a challenge (its mitigation)."""
        if status >= cells.CHALLENGE_CODE:
            return f"?{self.made.guards[status - cells.CHALLENGE_CODE]}"
        return f"!{status}" if status else ""

    def names(self) -> list[str]:
        """The names of all players: ``consumer/17``."""
        clients = sum(each.population for each in self.plan.classes)
        return [
            f"{name}/{number + 1}"
            for name, station in zip(self.plan.participants, self.plan.stations, strict=True)
            for number in range(clients if station is None else station.instances)
        ] + [
            f"{self.plan.participants[self.plan.steps[attack.step].actor]}/{attack.name}-{source + 1}"
            for attack in self.plan.attacks
            for source in range(attack.addresses)
        ]

    def addresses(self) -> list[str]:
        """The addresses of the servers, then those of the clients."""
        ints = self.made.ints
        clients = sum(-(-each.population // each.addresses_per) for each in self.plan.classes)
        return [
            *(dotted(ints[who + cells.ADDRESS]) for who in self.made.stations),
            *(dotted(honest_number(k)) for k in range(clients)),
            *(
                attacker_address(source, attack.prefixes, attack.first_prefix)
                for attack in self.plan.attacks
                if attack.first_honest < 0
                for source in range(attack.addresses)
            ),
        ]
