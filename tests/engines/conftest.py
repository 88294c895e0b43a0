"""Tiny diagrams, played: the whole trace as a log of one-line texts, and an audit of every run that is made."""

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from engines_agree import first_difference, metrics_difference

import sim
import sim.engines.simpy_engine
import sim.mitigations.framework.registry
from sim.engines import compiled, draws
from sim.measure import attacks, from_trace, judged_again
from sim.measure.metrics import metrics
from sim.plan.constructed import not_constructed
from sim.study.run import Run
from sim.trace.check import problem
from sim.trace.header import attack_names
from sim.world import arrivals, chance, distributions, network

Record = dict[str, Any]
MS = 1_000_000
FATES = ("completed", "refused", "timed_out", "gave_up", "ended", "in_flight")


# --- the log ----------------------------------------------------------------------------------------------------------


def milliseconds(time_ns: int | None) -> str:
    """A time in ms, exact; ``-`` where it did not happen."""
    if time_ns is None:
        return "-"
    whole, rest = divmod(time_ns, MS)
    return str(whole) if rest == 0 else f"{whole}." + f"{rest:06}".rstrip("0")


def line(record: Record) -> str:
    """A record as text; times in ms.

    message    sent received started finished | session message iteration.attempt sender>receiver outcome [by]
    action     started finished | session action iteration.attempt actor outcome [by]
    fragment   decided | session fragment iteration.attempt actor outcome
    session    started finished | session number client fate [by]
    """
    times = [record[name] for name in ("sent_ns", "received_ns", "started_ns", "finished_ns")]
    kind, by = record["kind"], "" if record["by"] is None else f" {record['by']}"
    who = f"{record['sender']}>{record['receiver']}" if kind == "message" else record["sender"]
    if kind == "fragment":
        assert len(set(times)) == 1, f"a decision takes no time: {record}"
        times = times[:1]
    elif kind != "message":
        assert times[0] == times[1] == times[2], f"no message, but it travels: {record}"
        times = [times[0], times[3]]
    if kind == "session":
        what = f"session {record['session']}"
        assert (record["message"], record["iteration"], record["attempt"]) == ("session", 0, 0)
    else:
        what = f"{record['session']} {record['message']} {record['iteration']}.{record['attempt']}"
    return f"{' '.join(map(milliseconds, times))} | {what} {who} {record['outcome']}{by}"


@dataclass
class Played:
    """A run, its records, and its log."""

    run: Run
    records: list[Record]
    given: dict[str, Any]
    """The scenario, to be run again."""
    log: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.log = [line(record) for record in self.records]

    @property
    def metrics(self) -> Mapping[str, Any]:
        return self.run.metrics

    def of(self, message: str, *fields: str) -> list[Any]:
        """Of each record with this id, in the order of the trace: the named fields (of one: its value)."""
        found = [record for record in self.records if record["message"] == message]
        return [tuple(record[name] for name in fields) if len(fields) > 1 else record[fields[0]] for record in found]

    def times_ms(self, message: str, *fields: str) -> list[Any]:
        """The same for times, in ms."""
        rows = [[record[f"{name}_ns"] for name in fields] for record in self.records if record["message"] == message]
        told = [[None if value is None else value / MS for value in row] for row in rows]
        return [tuple(row) if len(row) > 1 else row[0] for row in told]

    def fates(self) -> list[tuple[str, str | None]]:
        """Outcome and reason of each session, by number."""
        rows = [record for record in self.records if record["kind"] == "session"]
        return [(row["outcome"], row["by"]) for row in sorted(rows, key=lambda row: row["session"])]

    def log_of(self, number: int) -> list[str]:
        """The log of one session."""
        return [text for text, record in zip(self.log, self.records, strict=True) if record["session"] == number]

    def log_without(self, *kinds: str) -> list[str]:
        """The log without the records of these kinds."""
        return [text for text, record in zip(self.log, self.records, strict=True) if record["kind"] not in kinds]


# --- the audit --------------------------------------------------------------------------------------------------------


def audit_run(run: Run) -> list[Record]:
    """Assert what holds of every run, whatever was played; return its records."""
    checks = dict(run.metrics["checks"])
    assert checks == dict.fromkeys(("sessions", "messages", "little"), True)
    assert run.trace is not None
    records = list(run.trace.records())
    scenario = run.scenario
    again = from_trace.verify(run.metrics, run.trace.header, records, duration_ns=scenario.duration_ns,
                              warm_up_ns=scenario.warm_up_ns)
    assert again == dict.fromkeys(("sessions", "messages", "little", "refusals", "response_time", "attacks", "phases"), True)
    assert judged_again.disagreements(run.metrics, judged_again.judge(run.trace.header, records, _terms(run))) == []
    assert [problem(record) for record in records] == [None] * len(records)
    sent = [record["sent_ns"] for record in records]
    assert sent == sorted(sent)
    _audit_fates(run, records)
    _audit_answers(records)
    return records


def _terms(run: Run) -> judged_again.Terms:
    """What the second opinion must be told."""
    scenario, metrics = run.scenario, run.metrics
    own = {mitigation.declared.name for each in scenario.mitigations.values() for mitigation in each}
    deadlines_ns = {each.name: each.deadline_ns for each in scenario.actors[scenario.client].classes}
    return judged_again.Terms(scenario.duration_ns, scenario.warm_up_ns, round(metrics["series"]["bin_s"] * 1e9), deadlines_ns,
                              scenario.protected, frozenset(own), frozenset(metrics["stations"]),
                              any(getattr(actor, "queue", None) is not None and actor.queue.order == "processor_sharing" for actor in scenario.actors.values()), attacks.MARGIN, attacks.FEWEST)


def _audit_fates(run: Run, records: list[Record]) -> None:
    ends = {item["id"] for item in _items(run.trace.header["diagram"]["sequence"]) if item["item"] == "end"}
    sessions = {record["session"]: record for record in records if record["kind"] == "session"}
    assert sorted(sessions) == list(range(1, len(sessions) + 1))
    attacks = attack_names(run.trace.header)
    counted = Counter(record["outcome"] for record in sessions.values() if record["class"] not in attacks)
    assert {fate: counted[fate] for fate in FATES} == {fate: run.metrics["sessions"][fate] for fate in FATES}
    for record in sessions.values():
        outcome, by = record["outcome"], record["by"]
        assert {
            "completed": by is None,
            "refused": by is not None,
            "timed_out": by in ("timeout", "link", "queue", "outage", "connections", "header_timeout") or by in sim.mitigations.framework.registry.shipped(),
            "gave_up": by in ("deadline", "retry_budget", "throttle", "breaker"),
            "ended": by in ends,
            "in_flight": by is None,
        }[outcome], record
        assert (record["finished_ns"] is None) == (outcome == "in_flight"), record
    for record in records:
        session = sessions[record["session"]]
        assert record["sent_ns"] >= session["sent_ns"], record
        if record["kind"] == "message" and record["sender"] == session["sender"] and record["attempt"] > 0:
            over = session["finished_ns"]  # whoever started the session calls nobody once it is over
            assert over is None or record["sent_ns"] <= over, (record, session)


def _audit_answers(records: list[Record]) -> None:
    """Every answer stands after a request of the same attempt that was received, from its receiver to its sender."""
    asked: Counter[tuple[Any, ...]] = Counter()
    for record in records:
        if record["kind"] != "message" or record["attempt"] == 0:
            continue
        name, mark = record["message"], next((mark for mark in "!?" if mark in record["message"]), "")
        if mark:
            name = name.partition(mark)[0]
            asked[record["session"], name, record["attempt"], record["receiver"], record["sender"]] -= 1
        else:
            asked[record["session"], name, record["attempt"], record["sender"], record["receiver"]] += 1
    refused_without_request = {call: count for call, count in asked.items() if count < 0}
    assert refused_without_request == {}


def _items(sequence: list[Record]) -> Iterator[Record]:
    for item in sequence:
        yield item
        yield from _items(item.get("sequence", []))
        for branch in item.get("branches", []):
            yield from _items(branch["sequence"])


@pytest.fixture(scope="session")
def audit() -> Callable[[Run], list[Record]]:
    """``audit(run)``: assert all that holds of every run; its records."""
    return audit_run


# --- playing ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """``model_file(diagram, actors)``: the path of a model with this text (and this ``actors.py``)."""
    folder = tmp_path_factory.mktemp("models")

    def write(diagram: str, actors: str | None = None) -> str:
        own = folder / hashlib.sha256(f"{diagram}\0{actors}".encode()).hexdigest()[:16]
        if not own.is_dir():
            own.mkdir()
            (own / "diagram.yaml").write_text(diagram, encoding="utf-8")
            if actors is not None:
                (own / "actors.py").write_text(actors, encoding="utf-8")
        return str(own / "diagram.yaml")

    return write


@pytest.fixture(scope="session")
def play(model_file: Callable[..., str]) -> Callable[..., Played]:
    """``play(diagram, scenario, actors=None, **options)``: run a diagram, audit the run, and tell what happened.

    The scenario says what differs from: one second, no latency, no loss, datagrams. Options are those of `sim.run`.
    """

    def run(diagram: str, scenario: Mapping[str, Any], *, actors: str | None = None, **options: Any) -> Played:
        network_keys = {"default": {"transport": "datagram"}, **scenario.get("network", {})}
        given = {"scenario": "A test", "model": model_file(diagram, actors), "duration": "1 s", **scenario, "network": network_keys}
        done = sim.run(given, **options)
        compare_engines(done, given, options)
        return Played(done, audit_run(done), given)

    return run


COMPARING = {"engines": True}


def compare_engines(done: Run, given: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Whatever is played is played by the compiled engine's loop too, if it can: the same trace, the same metrics."""
    if not COMPARING["engines"]:
        return
    plan = sim.load(given).set(options.get("set") or {}).plan(seed=options.get("seed"), replication=options.get("replication"))
    if options.get("tap") is not None or not options.get("payloads", True) or not_constructed(plan) is not None:
        return
    assert done.trace is not None
    fast = compiled.run(plan, plain=True)
    records = [tuple(record.values()) for record in done.trace.records()]
    assert first_difference(records, list(fast.recorder.records()), f"scenario: {given}") is None
    assert metrics_difference(done.metrics, metrics(fast.meter), f"scenario: {given}") is None


@pytest.fixture(scope="session")
def mm1_model() -> str:
    """The path of the shipped one-station diagram."""
    return str(Path(__file__).parents[2] / "models" / "queueing" / "mm1.yaml")


# --- addresses of chance ----------------------------------------------------------------------------------------------

_ADDRESS_AT: dict[Callable[..., Any], slice] = {
    chance.uniform: slice(0, 6),
    chance.uniform_pair: slice(0, 6),
    distributions.sample_ns: slice(-6, None),
    distributions.sample_signed_ns: slice(-6, None),
    network.arrival_delay_ns: slice(-6, None),
    arrivals.arrival_uniform: slice(0, 4),
}
"""Every law by which an engine draws, and where among its arguments the address stands (stream's key first)."""


@contextmanager
def drawn_addresses() -> Iterator[Counter[tuple[Any, ...]]]:
    """Count each address (stream, entity, index) at which an engine draws, whatever name it knows the law by.

    Nothing is drawn ahead meanwhile: `test_drawing_ahead` holds that this changes no draw.
    """
    used: Counter[tuple[Any, ...]] = Counter()
    streams: dict[tuple[int, int], str] = {}

    def tapped(law: Callable[..., Any], where: slice) -> Callable[..., Any]:
        def draw(*arguments: Any) -> Any:
            k0, k1, *address = arguments[where]
            used[streams.get((k0, k1), "?"), *address] += 1
            return law(*arguments)

        return draw

    def named(seed: int, replication: int, stream: str) -> tuple[int, int]:
        key = chance.stream_key(seed, replication, stream)
        streams[key] = stream
        return key

    taps = {law: tapped(law, where) for law, where in _ADDRESS_AT.items()}
    taps[chance.stream_key] = named
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(COMPARING, "engines", False)  # the other engine draws at the same addresses
        patch.setattr(draws, "FROM_ARRIVAL", sys.maxsize)
        for name, module in list(sys.modules.items()):
            if name.startswith("sim.engines."):
                for attribute, value in list(vars(module).items()):
                    if callable(value) and value.__hash__ is not None and value in taps:
                        patch.setattr(module, attribute, taps[value])
        yield used


@pytest.fixture(scope="session")
def addresses() -> Callable[[], Any]:
    """``with addresses() as used:`` counts the address of every draw, ``(stream, c0, c1, c2, c3)``."""
    return drawn_addresses
