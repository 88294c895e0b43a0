"""Traces that draw themselves: what :mod:`sim.trace` reads, joined with what :mod:`sim.draw` makes of it."""

from itertools import zip_longest

from sim.draw import compose
from sim.study.views import Diagram
from sim.trace.session import SessionTrace
from sim.trace.trace import Trace


class DrawnSession(SessionTrace):
    """The records of one session, and their diagram."""

    def diagram(self, *, as_in_source: bool = False) -> Diagram:
        """What this session did, as a sequence diagram. ``as_in_source`` leaves out what the model's author added."""
        return Diagram(compose.of_session(self.header, self.records(), self.number, as_in_source=as_in_source))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.diagram()._repr_mimebundle_()


class DrawnTrace(Trace):
    """A trace, in memory or in a file, and its diagrams."""

    session_class = DrawnSession

    def __eq__(self, other: object) -> bool:
        """The same header and records, wherever they are kept."""
        if not isinstance(other, DrawnTrace):
            return NotImplemented
        if self is other:
            return True
        pairs = zip_longest(self.records(), other.records())
        return self.header == other.header and all(mine == theirs for mine, theirs in pairs)

    __hash__ = None  # type: ignore[assignment]  # as any container that is compared by what it holds

    def diagram(self, *, session: int | None = None, merged: bool | None = None, as_in_source: bool = False) -> Diagram:
        """One session's diagram, or all merged: shares, counts, latencies.

        Without either, a trace of a single session shows that one, any other trace all merged.
        """
        if session is None and not merged and merged is None:
            session = self.only_session()
        if session is not None:
            found = self.session(session)
            assert isinstance(found, DrawnSession)
            return found.diagram(as_in_source=as_in_source)
        return Diagram(compose.merged(self.header, self.records(), as_in_source=as_in_source))

    def only_session(self) -> int | None:
        """The number of the trace's session if there is just one."""
        first: int | None = None
        for record in self.records():
            if first is not None and record["session"] != first:
                return None
            first = record["session"]
        return first
