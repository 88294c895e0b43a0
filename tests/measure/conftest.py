"""A small world that tells a meter what happens and writes the trace of it, each on its own.

Sessions ask `front`, which asks `back` (a nested call) and answers: FIFO stations with servers and a waiting room,
refusals at the door and at take-up, expiry, losses, timeouts, a server's memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from random import Random
from typing import Any

import pytest

from sim.measure.meter import COMPLETED, REFUSED, TIMED_OUT, ClassLayout, Meter, MeterLayout, StationLayout

MS = 1_000_000
HEADER = {"diagram": {"participants": [{"id": name, "label": name} for name in ("consumer", "front", "back")]}}
CLASSES = (ClassLayout("laptop", 900 * MS), ClassLayout("hosted"))
STATIONS = (StationLayout("front", 2, (("session", 100),)), StationLayout("back", 1, (("key", 1024), ("nonce", 64))))
TIMEOUT_NS, PATIENCE_NS = 1500 * MS, 250 * MS
OUTCOMES = {COMPLETED: "completed", REFUSED: "refused", TIMED_OUT: "timed_out"}
Record = dict[str, Any]


@dataclass
class Run:
    """What the world left: the finished meter and the trace."""

    meter: Meter
    records: list[Record]
    header: Record = field(default_factory=lambda: HEADER)

    @property
    def times(self) -> dict[str, int]:
        """Arguments of `recompute` and `verify`."""
        return {"duration_ns": self.meter.end_ns, "warm_up_ns": self.meter.layout.warm_up_ns}


@dataclass
class Place:
    """A station: index, free servers, waiting room."""

    index: int
    free: int
    room: int
    waiting: list[tuple[Record, int]] = field(default_factory=list)


class World:
    """The world's processes, as callbacks on a heap of (time, serial, callback)."""

    def __init__(self, layout: MeterLayout, seed: int, sessions: int) -> None:
        self.random = Random(seed)
        self.meter = Meter(layout)
        self.reasons = {name: self.meter.reason(name) for name in ("queue", "patience", "signature")}
        self.heap: list[tuple[int, int, Callable[[int], None]]] = []
        self.serial = 0
        self.records: list[Record] = []
        self.sessions: list[Record] = []
        self.places = {"front": Place(0, 2, 4), "back": Place(1, 1, 3)}
        for number in range(1, sessions + 1):
            start_ns = self.random.randrange(layout.duration_ns)
            self.at(start_ns, partial(self.start, number))

    def at(self, time_ns: int, callback: Callable[[int], None]) -> None:
        self.serial += 1
        heappush(self.heap, (time_ns, self.serial, callback))

    def run(self, end_ns: int) -> Run:
        while self.heap and self.heap[0][0] < end_ns:
            now_ns, _, callback = heappop(self.heap)
            callback(now_ns)
        inside = [r for r in self.records if r["received_ns"] is not None and r["finished_ns"] is None]
        inside = [r for r in inside if r["receiver"][:-2] in self.places]
        on_their_way = [r for r in self.records if r["received_ns"] is None and r["outcome"] != "lost"]
        for record in on_their_way:
            record["outcome"] = "in_flight"
        self.meter.finish(
            [(self.places[r["receiver"][:-2]].index, r["received_ns"], r["started_ns"]) for r in inside],
            [(s["session"] % 2, s["sent_ns"], True) for s in self.sessions if s["finished_ns"] is None],
            len(on_their_way),
            end_ns=end_ns,
        )
        return Run(self.meter, self.sessions + self.records)

    def start(self, number: int, now_ns: int) -> None:
        session = self.record("session", number, "session", "consumer", "consumer", now_ns)
        self.sessions.append(session)
        self.meter.session_started(number % 2, now_ns)
        self.at(now_ns + TIMEOUT_NS, lambda now: self.end(session, TIMED_OUT, now))
        self.send(number, "ask", "consumer", "front", now_ns)

    def end(self, session: Record, outcome: int, now_ns: int) -> None:
        if session["finished_ns"] is None:
            session |= {"finished_ns": now_ns, "outcome": OUTCOMES[outcome]}
            self.meter.session_ended(session["session"] % 2, session["sent_ns"], now_ns, outcome, True, 2, 3)

    def record(self, kind: str, number: int, message: str, sender: str, receiver: str, now_ns: int) -> Record:
        return {
            "kind": kind, "class": CLASSES[number % 2].name, "session": number, "message": message, "iteration": 0,
            "attempt": 1, "sender": f"{sender}/1", "receiver": f"{receiver}/1", "address": None, "key": None,
            "sent_ns": now_ns, "received_ns": None, "started_ns": None, "finished_ns": None, "outcome": "in_flight",
            "by": None, "http": None,
        }  # fmt: skip

    def send(self, number: int, message: str, sender: str, receiver: str, now_ns: int) -> None:
        record = self.record("message", number, message, sender, receiver, now_ns)
        self.records.append(record)
        self.meter.message_sent(now_ns)
        if self.random.random() < 0.05:
            record |= {"outcome": "lost", "by": "link"}
            self.meter.message_lost(now_ns)
        else:
            self.at(now_ns + self.random.randrange(90 * MS), lambda now: self.receive(record, now))

    def receive(self, record: Record, now_ns: int) -> None:
        self.meter.message_delivered(now_ns)
        record |= {"received_ns": now_ns, "outcome": "delivered"}
        place = self.places.get(record["receiver"][:-2])
        if place is None:
            record |= {"started_ns": now_ns, "finished_ns": now_ns}
            outcome = REFUSED if "!" in record["message"] else COMPLETED
            self.end(next(s for s in self.sessions if s["session"] == record["session"]), outcome, now_ns)
        elif place.free == 0 and len(place.waiting) >= place.room:
            record |= {"outcome": "refused", "by": "queue", "finished_ns": now_ns}
            self.meter.turned_away(place.index, now_ns, self.reasons["queue"])
        else:
            self.meter.arrived(place.index, now_ns)
            place.waiting.append((record, now_ns))
            self.serve(place, now_ns)

    def serve(self, place: Place, now_ns: int) -> None:
        while place.free and place.waiting:
            record, arrived_ns = place.waiting.pop(0)
            if now_ns - arrived_ns > PATIENCE_NS:
                record |= {"outcome": "expired", "by": "patience", "finished_ns": now_ns}
                self.meter.expired(place.index, arrived_ns, now_ns, self.reasons["patience"])
                continue
            place.free -= 1
            record["started_ns"] = now_ns
            self.meter.taken_up(place.index, arrived_ns, now_ns)
            self.meter.rows(place.index, 0, 1, now_ns)
            refused = record["message"] == "look_up" and self.random.random() < 0.1
            work_ns = int(self.random.expovariate(1 / (65 * MS)))
            self.at(now_ns + work_ns, partial(self.leave, place, record, refused))

    def leave(self, place: Place, record: Record, refused: bool, now_ns: int) -> None:
        message, number = record["message"], record["session"]
        new = message in ("ask", "look_up")
        by = self.reasons["signature"] if refused else -1
        place.free += 1
        record["finished_ns"] = now_ns
        if refused:
            record |= {"outcome": "refused", "by": "signature"}
        self.meter.left(place.index, record["received_ns"], record["started_ns"], now_ns, by, new)
        if number % 3:
            self.meter.rows(place.index, 0, -1, now_ns)
        if message == "ask":
            self.send(number, "look_up", "front", "back", now_ns)
        elif message == "look_up":
            self.send(number, "look_up!401" if refused else "found", "back", "front", now_ns)
        else:
            self.send(number, "ask!401" if "!" in message else "answer", "front", "consumer", now_ns)
        self.serve(place, now_ns)


@pytest.fixture(scope="session")
def simulate() -> Callable[..., Run]:
    """Run the world: by default 400 sessions over 20 s, warm-up 3.3 s (within a bin of 1 s)."""

    def run(seed: int = 1, sessions: int = 400, end_ns: int = 20_000 * MS, warm_up_ns: int = 3300 * MS) -> Run:
        layout = MeterLayout(20_000 * MS, warm_up_ns, CLASSES, STATIONS, 1000 * MS)
        return World(layout, seed, sessions).run(end_ns)

    return run
