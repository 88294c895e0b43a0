"""The trace of a compiled run as a Parquet file while the run goes on: what nothing can change any more, on a second core."""

import io
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.engines.loop import memory, record
from sim.engines.recorded import MOVES, Recorded
from sim.trace.columns import batch
from sim.trace.encoding import GROUP, Encoded, Encoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.engines.compiled import Machine


class Content(io.BytesIO):
    """A file in memory that stays when whoever wrote it has done."""

    def close(self) -> None:
        """Nothing to do."""


class Follower:
    """Takes the rows of a run out of its memory, between its events, group by group as they are settled.

    So there are as many rows in memory as sessions under way have, and some groups. Only the record of a session that never
    ends stays open, and all that comes after it stays until the end. What a run leaves that fills no group is not encoded.
    """

    def __init__(self, machine: "Machine", header: dict[str, Any], group: int = GROUP) -> None:
        import numpy as np

        self.machine = machine
        self.header = header
        self.group = group
        self.content = Content()
        self.encoder: Encoder | None = None
        self.recorded = Recorded(machine.plan, machine.made, machine.m, machine.r, machine.functions)
        self.order: NDArray[np.int64] = np.empty(0, np.int64)
        """The rows that the encoder does not have, by number, in the order of the trace."""
        self.given = 0
        """How many it has."""

    def make_room(self) -> None:
        """Between two events: hand on what is settled, and move what remains to the front of the room for rows."""
        self.place()
        settled = int(self.call("settled", self.order))
        self.hand_on(settled // self.group * self.group)
        m, r = self.machine.m, self.machine.r
        gone = int(self.order.min() if len(self.order) else m[memory.RECORDS]) - 1 - int(m[memory.ROWS_GIVEN])
        used = int(m[memory.RECORDS] - m[memory.ROWS_GIVEN])
        if 2 * gone >= used:
            width = record.RECORD_WIDTH
            r[width:(used - gone) * width] = r[(gone + 1) * width:used * width]
            m[memory.ROWS_GIVEN] += gone

    def call(self, name: str, *given: Any) -> Any:
        """Ask one of the loop's functions about the rows."""
        return self.machine.functions[name](self.machine.m, self.machine.r, *given)

    def place(self) -> None:
        """Put the rows in order that came since the last time."""
        import numpy as np

        placed = len(self.order)
        first, until = 1 + self.given + placed, int(self.machine.m[memory.RECORDS])
        order = np.concatenate((self.order, np.arange(first, until)))
        if self.call("put_in_order", order, placed, first, until, MOVES * (until - first)):
            self.order = order
        else:
            self.order = self.recorded_now().in_order(np.concatenate((self.order, np.arange(first, until))))

    def recorded_now(self) -> Recorded:
        """The rows where they are now."""
        self.recorded.memory, self.recorded.rows = self.machine.m, self.machine.r
        return self.recorded

    def hand_on(self, until: int) -> None:
        """Give the encoder the first so many records that it does not have."""
        if until and self.encoder is None:
            self.encoder = Encoder(self.content, self.header)
        for first in range(0, until, self.group):
            assert self.encoder is not None
            columns = self.recorded_now().stretch(self.order[first:min(first + self.group, until)])
            self.encoder.add(partial(batch, self.encoder.columns, columns))
        self.order = self.order[until:]
        self.given += until

    def finish(self) -> "Followed":
        """Encode the rest, as the end of the run left it, once something has been."""
        assert self.encoder is not None
        self.place()
        with self.encoder:
            self.hand_on(len(self.order))
        return Followed(Encoded(self.header, self.content.getbuffer(), self.given, self.group))


@dataclass(frozen=True)
class Followed:
    """What such a run has instead of a recorder."""

    encoded: Encoded

    def records(self) -> Encoded:
        """The records of the trace, ordered by (sent_ns, key)."""
        return self.encoded
