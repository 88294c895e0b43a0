"""The meter: what an engine tells, event by event, so that metrics exist without a trace.

An engine calls one method at each event, in event order. Indices of classes and stations are those of the
`MeterLayout`; times are ints of ns. The state is one block of integers (see :mod:`sim.measure.accumulators`).

What counts from when
---------------------
- Over the whole run: the totals of sessions and messages, what stations served and refused, keys, memory, false
  refusals, the time series, and Little's identity.
- From ``warm_up_ns`` on: response times, attempts per call and the success ratio (of sessions *started* then),
  goodput (of sessions *ended* then, per second), waits and sojourns (of items that *arrived* then), and the
  time integrals (utilisation, mean queue, longest queue). What a server spends on items it refuses counts when they
  leave.

Of a session
------------
- *good*: completed, and within the deadline of its class if that has one. Goodput is the rate of good sessions.
- In the success ratio: it needed the protected actor, started after the warm-up, and either its class has a deadline
  that fell before the end of the run, or it ended before the end. The ratio is the share of these that are good.
- Of a phase (before, during or after an attack): the sessions that *started* in it, after the warm-up; its goodput, too,
  is that of these, per second of the phase.
"""

from collections.abc import Iterable, Sequence

from sim.measure import accumulators as at
from sim.measure.accumulators import (
    COMPLETED,
    ENDED,
    GAVE_UP,
    REFUSED,
    TIMED_OUT,
    admit,
    advance,
    arrive,
    change_rows,
    count,
    count_due,
    count_reason,
    end_session,
    expire,
    hold,
    leave,
    phase_at,
    start_session,
    take_up,
    turn_away,
)
from sim.measure.attacking import end_attack, occupy, send_attack, spend_hashes
from sim.measure.layout import AttackLayout, ClassLayout, MeterLayout, StationLayout, allocate, default_bin_ns
from sim.measure.refusing import NO_CALL, refuse_falsely

__all__ = [
    "COMPLETED",
    "ENDED",
    "GAVE_UP",
    "OUTCOMES",
    "REFUSED",
    "TIMED_OUT",
    "AttackLayout",
    "ClassLayout",
    "Meter",
    "MeterLayout",
    "StationLayout",
    "default_bin_ns",
]

OUTCOMES = ("completed", "refused", "timed_out", "gave_up", "ended")
"""Names of a session's outcomes, by code."""
REASONS_LIMIT = 4096


class Meter:
    """Folds the events of one run.

    ``block`` and ``at`` are public: a compiled engine copies the block into an int64 array, folds through the same
    laws, and writes it back before `finish`.
    """

    __slots__ = (
        "_classes",
        "_network",
        "_reasons",
        "_sessions",
        "_stations",
        "at",
        "attacking_in_flight",
        "block",
        "end_ns",
        "finished",
        "layout",
        "messages_in_flight",
        "sessions_in_flight",
    )

    def __init__(self, layout: MeterLayout) -> None:
        self.layout = layout
        self.block, self.at = allocate(layout)
        self._network = self.at.network
        self._sessions = self.at.sessions
        self._classes = self.at.classes
        self._stations = self.at.stations
        self._reasons: dict[str, int] = {}
        self.finished = False
        self.end_ns = layout.duration_ns
        self.sessions_in_flight: int | None = None
        self.messages_in_flight: int | None = None
        self.attacking_in_flight: Sequence[int] | None = None

    # --- sessions

    def session_started(self, cls: int, now_ns: int, is_known: bool = False) -> None:
        """A session of a class starts; ``is_known``: its client holds a fact from before."""
        start_session(self.block, self._sessions, self._classes[cls], now_ns, 1 if is_known else 0)

    def session_ended(
        self, cls: int, started_ns: int, now_ns: int, outcome: int, needed_protected: bool, calls: int, attempts: int
    ) -> None:
        """A session ends.

        ``outcome`` is COMPLETED, REFUSED, TIMED_OUT, GAVE_UP or ENDED; ``needed_protected``: it came to need the
        actor that is protected; ``calls`` and ``attempts``: how many it made in all.
        """
        end_session(
            self.block,
            self._sessions,
            self._classes[cls],
            started_ns,
            now_ns,
            outcome,
            1 if needed_protected else 0,
            calls,
            attempts,
        )

    def false_refusal(self, cls: int, started_ns: int, is_known: bool = False, last_call: int = NO_CALL, call: int = 0) -> None:
        """A mitigation refused an honest request, of a session of that class which started then.

        ``call``: a number of its call within the session; ``last_call``: that of its false refusal before.
        """
        refuse_falsely(self.block, self._classes[cls], started_ns, 1 if is_known else 0, last_call, call)

    # --- attacks

    def attack_sent(self, attack: int, now_ns: int) -> None:
        """An attack sends a message (which is counted among the messages, too)."""
        send_attack(self.block, self.at.attacks[attack], now_ns)

    def attack_ended(self, attack: int, outcome: int, brought: int) -> None:
        """A session of an attack is over; ``brought``: of :mod:`sim.world.attackers`."""
        end_attack(self.block, self.at.attacks[attack], outcome, brought)

    def attack_solved(self, attack: int, tries: int) -> None:
        """An attack works on a puzzle, which takes so many tries."""
        spend_hashes(self.block, self.at.attacks[attack], tries)

    def attack_occupied(self, attack: int, started_ns: int, now_ns: int) -> None:
        """A server is done with a request of an attack that it took up at ``started_ns``."""
        occupy(self.block, self.at.attacks[attack], started_ns, now_ns)

    # --- messages

    def message_sent(self, now_ns: int) -> None:
        """A message of any kind is put on a link."""
        count(self.block, self._network, at.SENT, now_ns)

    def message_delivered(self, now_ns: int) -> None:
        """A message reaches its receiver (which may yet refuse or drop it)."""
        count(self.block, self._network, at.DELIVERED, now_ns)

    def message_lost(self, now_ns: int) -> None:
        """A message is lost on its link; now is when that is known, at the earliest when it was sent."""
        count(self.block, self._network, at.LOST, now_ns)

    # --- stations. Each item: turned_away alone, or arrived and then either taken_up and left, or expired.

    def turned_away(self, station: int, now_ns: int, by: int) -> None:
        """An item is refused or dropped at the door, *instead of* `arrived`: it spends no time at the station."""
        turn_away(self.block, self._stations[station], now_ns, by)

    def refused_later(self, station: int, by: int) -> None:
        """A request that was served is refused after all: a call that it needed got no answer. No visit, only a reason."""
        count_reason(self.block, self._stations[station], by)

    def arrived(self, station: int, now_ns: int) -> None:
        """A request, or the continuation of one, enters the waiting room (also if it is taken up at once)."""
        arrive(self.block, self._stations[station], now_ns)

    def admitted(self, station: int, now_ns: int) -> None:
        """An item arrives and is taken up at once: `arrived` and `taken_up` in one."""
        admit(self.block, self._stations[station], now_ns)

    def taken_up(self, station: int, arrived_ns: int, now_ns: int) -> None:
        """A server takes up an item that waited."""
        take_up(self.block, self._stations[station], arrived_ns, now_ns)

    def left(
        self, station: int, arrived_ns: int, started_ns: int, now_ns: int, refused_by: int = -1, is_new: bool = True
    ) -> None:
        """Service ends. ``refused_by``: the reason it was refused at take-up, -1 if it was served.

        ``is_new``: a request; False for the continuation of one after a nested call.
        """
        leave(self.block, self._stations[station], arrived_ns, started_ns, now_ns, refused_by, 1 if is_new else 0)

    def expired(self, station: int, arrived_ns: int, now_ns: int, by: int) -> None:
        """An item leaves the waiting room without being taken up (expired, or pushed out)."""
        expire(self.block, self._stations[station], arrived_ns, now_ns, by)

    def held(self, station: int, now_ns: int) -> None:
        """A server is kept from now on while a nested call is out; the item itself `left`."""
        hold(self.block, self._stations[station], 1, now_ns)

    def released(self, station: int, now_ns: int) -> None:
        """A held server is free again, or goes on with the continuation (which is arrived and taken_up now)."""
        hold(self.block, self._stations[station], -1, now_ns)

    def rows(self, station: int, kind: int, delta: int, now_ns: int) -> None:
        """A station's tables gain (or lose) rows of a kind of its layout's ``memory``."""
        change_rows(self.block, self._stations[station], kind, delta, now_ns)

    # --- keys

    def key_allocated(self, n: int = 1) -> None:
        """Credentials are allocated."""
        self.block[at.KEYS_ALLOCATED] += n

    def key_orphaned(self) -> None:
        """A credential was allocated whose receiver will never use it."""
        self.block[at.KEYS_ORPHANED] += 1

    def key_deleted_in_use(self) -> None:
        """A credential was collected that an honest client still holds."""
        self.block[at.KEYS_DELETED_IN_USE] += 1

    # --- reasons

    def reason(self, name: str) -> int:
        """Return the number of a reason to refuse, drop or expire; the same name always gets the same number.

        A new one lengthens the block. OverflowError past REASONS_LIMIT names: a reason is a kind, not an instance.
        """
        number = self._reasons.get(name)
        if number is None:
            number = len(self._reasons)
            if number >= REASONS_LIMIT:
                raise OverflowError(f"reason {name!r} is one more than {REASONS_LIMIT}")
            self._reasons[name] = number
            self.block.extend([0] * (len(self._stations) * self.at.segments))
        return number

    @property
    def reasons(self) -> tuple[str, ...]:
        """Names of the reasons, by number."""
        return tuple(self._reasons)

    # --- the end

    def finish(
        self,
        present: Iterable[tuple[int, int, int | None]],
        sessions: Iterable[tuple[int, int, bool]] | None = None,
        messages: int | None = None,
        end_ns: int | None = None,
        attacking: Sequence[int] | None = None,
    ) -> None:
        """Close the accounts at the end of the run.

        Parameters
        ----------
        present
            (station, arrived_ns, started_ns or None) of every item still at a station.
        sessions
            (class, started_ns, needed_protected) of every session still in flight. Without it their number is taken to
            be what the account leaves over, and they are missing from the success ratio.
        messages
            How many messages are on their way. Without it, what the account leaves over.
        end_ns
            When a run was stopped before its duration: a time after every event folded (the last one's + 1).
        attacking
            Of each attack, how many of its sessions are in flight. Without it, what the account leaves over.

        RuntimeError if called twice; ValueError if events were folded at ``end_ns`` or later.
        """
        if self.finished:
            raise RuntimeError("this meter is finished")
        self.finished = True
        self.messages_in_flight = messages
        self.attacking_in_flight = attacking
        if end_ns is not None and end_ns < self.layout.duration_ns:
            self._cut(end_ns)
        block, end_ns = self.block, self.end_ns
        for row in (self._network, self._sessions, *self.at.attacks):
            while block[row + at.NEXT_NS] <= end_ns:
                at.flush(block, row)
        for row in self._stations:
            advance(block, row, end_ns)
        for station, arrived_ns, _ in present:
            at.add_wide(block, self._stations[station] + at.SOJOURN_OTHER, end_ns - arrived_ns)
        if sessions is not None:
            self.sessions_in_flight = 0
            for cls, started_ns, needed_protected in sessions:
                self.sessions_in_flight += 1
                self._count_unfinished(self._classes[cls], started_ns, needed_protected)

    def _count_unfinished(self, row: int, started_ns: int, needed_protected: bool) -> None:
        """A session in flight whose deadline has passed is in the success ratio, without success."""
        block = self.block
        deadline_ns = block[row + at.DEADLINE_NS]
        due = 0 <= deadline_ns < self.end_ns - started_ns
        if due and needed_protected and started_ns >= block[at.WARM_UP_NS]:
            block[row + at.ELIGIBLE] += 1
            count_due(block, row, started_ns, False)
            if block[at.PHASES] > 0:
                block[phase_at(block, started_ns) + at.ELIGIBLE] += 1

    def _cut(self, end_ns: int) -> None:
        """Move the end of the run forward: the segment that holds it becomes the last."""
        block, edges = self.block, self.at.edges
        self.end_ns = block[at.END_NS] = end_ns
        segment = 0
        while block[edges + at.EDGE_WIDTH * segment] < end_ns:
            segment += 1
        block[edges + at.EDGE_WIDTH * segment] = end_ns
        block[edges + at.EDGE_WIDTH * segment + 1] = 1
        block[edges + at.EDGE_WIDTH * (segment + 1)] = at.NEVER_NS
        for row in (self._network, self._sessions, *self.at.attacks, *self._stations):
            if block[row + at.SEGMENT] > segment:
                raise ValueError(f"end_ns is {end_ns}; events were folded at that time or later")
            block[row + at.NEXT_NS] = block[edges + at.EDGE_WIDTH * block[row + at.SEGMENT]]
