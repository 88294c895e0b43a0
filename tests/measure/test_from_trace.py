"""The accounts made again from the trace agree with the meter, and one corrupted record turns its check false."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sim.measure.from_trace import recompute, verify
from sim.measure.judged_again import Terms, disagreements, judge
from sim.measure.metrics import Metrics, metrics

MS = 1_000_000
Record = dict[str, Any]
Trace = list[Record]


@pytest.fixture(scope="module")
def run(simulate: Callable[..., Any]) -> Any:
    return simulate()


@pytest.fixture(scope="module")
def metered(run: Any) -> Metrics:
    return Metrics(metrics(run.meter))


def checks(run: Any, metered: Metrics, records: Trace) -> dict[str, bool]:
    return verify(metered, run.header, records, **run.times)


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize(("end_ms", "warm_up_ms"), [(20_000, 3300), (20_000, 0), (7_777, 3300), (3_300, 3300)])
def test_the_trace_and_the_meter_agree(simulate: Callable[..., Any], seed: int, end_ms: int, warm_up_ms: int) -> None:
    run = simulate(seed=seed, end_ns=end_ms * MS, warm_up_ns=warm_up_ms * MS)
    result = metrics(run.meter)
    assert {"sessions": True, "messages": True, "little": True} == result["checks"]
    names = ("sessions", "messages", "little", "refusals", "response_time", "attacks", "phases")
    assert dict.fromkeys(names, True) == checks(run, Metrics(result), run.records)


def test_the_synthetic_run_shows_everything(run: Any, metered: Metrics) -> None:
    assert all(metered["sessions"][fate] for fate in ("completed", "refused", "timed_out", "in_flight"))
    assert all(metered["messages"].values())
    assert {"patience", "queue"} <= set(metered["stations"]["front"]["refused"])
    assert "signature" in metered["stations"]["back"]["refused"]


def test_numbers_recomputed(run: Any, metered: Metrics) -> None:
    again = recompute(run.header, run.records, stations=("front", "back"), **run.times)
    assert dict(metered["sessions"]) == again["sessions"]
    assert dict(metered["messages"]) == again["messages"]
    response, recomputed = metered["honest"]["response_time_s"], again["response_time"]
    assert response["mean"] == recomputed["sum_ns"] / (recomputed["count"] * 10**9)
    assert response["max"] == recomputed["max_ns"] / 10**9
    for name in ("p50", "p95", "p99"):
        assert pytest.approx(recomputed[f"{name}_ns"] / 1e9, rel=1 / 256) == response[name]
    for name, station in again["stations"].items():
        assert metered["stations"][name]["offered"] == station["visits"]
        assert metered["checks_detail"]["little"][name]["integral_ns"] == station["integral_ns"] > 0


def test_stations_must_be_participants(run: Any) -> None:
    with pytest.raises(ValueError, match="no participant edge"):
        recompute(run.header, run.records, stations=("front", "edge"), **run.times)


def test_an_empty_trace_is_an_empty_account(run: Any) -> None:
    again = recompute(run.header, [], stations=("front",), **run.times)
    assert {"sent": 0, "delivered": 0, "lost": 0, "in_flight": 0} == again["messages"]
    nothing = {"count": 0, "sum_ns": 0, "max_ns": 0, "p50_ns": None, "p95_ns": None, "p99_ns": None}
    assert nothing == again["response_time"]


def first(records: Trace, **wanted: Any) -> Record:
    """The first record with these values."""
    return next(r for r in records if all(r[key] == value for key, value in wanted.items()))


def remove(records: Trace, **wanted: Any) -> None:
    records.remove(first(records, **wanted))


def change(records: Trace, changes: Record, **wanted: Any) -> None:
    first(records, **wanted).update(changes)


def later(records: Trace, key: str, by_ns: int, **wanted: Any) -> None:
    record = next(r for r in records if r[key] is not None and all(r[k] == v for k, v in wanted.items()))
    record[key] += by_ns


def late_session(records: Trace) -> None:
    """The end of a session that is measured: one that started after the warm-up."""
    completed = (r for r in records if r["kind"] == "session" and r["outcome"] == "completed")
    next(r for r in completed if r["sent_ns"] > 4000 * MS)["finished_ns"] += 1


REFUSED = {"kind": "session", "outcome": "refused"}
VISIT = {"kind": "message", "receiver": "front/1", "outcome": "delivered"}
CORRUPTIONS: list[tuple[str, str, Callable[[Trace], None]]] = [
    ("sessions", "a session deleted", lambda t: remove(t, kind="session", outcome="timed_out")),
    ("sessions", "a session twice", lambda t: t.append(first(t, kind="session"))),
    ("sessions", "a fate changed", lambda t: change(t, {"outcome": "ended"}, kind="session", outcome="refused")),
    ("sessions", "a fate unheard of", lambda t: change(t, {"outcome": "lost"}, kind="session", outcome="completed")),
    ("sessions", "an end without a fate", lambda t: change(t, {"finished_ns": 1}, kind="session", outcome="in_flight")),
    ("sessions", "an end before the start", lambda t: change(t, {"finished_ns": -1}, **REFUSED)),
    ("sessions", "a number changed", lambda t: change(t, {"session": t[1]["session"]}, session=t[0]["session"])),
    ("messages", "a message deleted", lambda t: remove(t, kind="message", outcome="lost")),
    ("messages", "a message twice", lambda t: t.append(first(t, **VISIT))),
    ("messages", "a loss undone", lambda t: change(t, {"outcome": "delivered"}, kind="message", outcome="lost")),
    ("messages", "a delivery undone", lambda t: change(t, {"outcome": "lost"}, **VISIT)),
    ("messages", "a delivery without a time", lambda t: change(t, {"received_ns": None}, **VISIT)),
    ("messages", "received before sent", lambda t: change(t, {"received_ns": 0}, **VISIT)),
    ("messages", "an outcome unheard of", lambda t: change(t, {"outcome": "eaten"}, **VISIT)),
    ("messages", "one in flight lost", lambda t: change(t, {"outcome": "lost"}, kind="message", outcome="in_flight")),
    ("little", "an arrival one ns late", lambda t: later(t, "received_ns", 1, message="found")),
    ("little", "a departure one ns late", lambda t: later(t, "finished_ns", 1, message="look_up")),
    ("little", "a departure forgotten", lambda t: change(t, {"finished_ns": None}, **VISIT)),
    ("little", "a take-up before the arrival", lambda t: change(t, {"started_ns": 0}, **VISIT)),
    ("little", "a visit deleted", lambda t: remove(t, **VISIT)),
    ("little", "a visit elsewhere", lambda t: change(t, {"receiver": "back/1"}, **VISIT)),
    ("refusals", "a refusal undone", lambda t: change(t, {"outcome": "delivered"}, by="signature")),
    ("refusals", "another reason", lambda t: change(t, {"by": "queue"}, by="signature")),
    ("refusals", "a refusal invented", lambda t: change(t, {"outcome": "refused", "by": "queue"}, **VISIT)),
    ("response_time", "an end one ns late", late_session),
]


@pytest.mark.parametrize(
    ("check", "corrupt"), [(c, f) for c, _, f in CORRUPTIONS], ids=[name for _, name, _ in CORRUPTIONS]
)
def test_one_corrupted_record_turns_its_check_false(
    run: Any, metered: Metrics, check: str, corrupt: Callable[[Trace], None]
) -> None:
    records = copy.deepcopy(run.records)
    corrupt(records)
    assert records != run.records
    assert not checks(run, metered, records)[check]


@pytest.mark.parametrize(
    ("check", "path"),
    [
        ("sessions", ("sessions", "started")),
        ("sessions", ("sessions", "gave_up")),
        ("messages", ("messages", "lost")),
        ("little", ("checks_detail", "little", "back", "integral_ns")),
        ("little", ("checks_detail", "little", "front", "sojourns_ns")),
        ("refusals", ("stations", "front", "refused", "queue")),
        ("response_time", ("checks_detail", "response_time", "sum_ns")),
    ],
)
def test_a_wrong_number_in_the_metrics_turns_its_check_false(
    run: Any, metered: Metrics, check: str, path: tuple[str, ...]
) -> None:
    wrong = metered.to_dict()
    block = wrong
    for key in path[:-1]:
        block = block[key]
    block[path[-1]] += 1
    agreed = checks(run, Metrics(wrong), run.records)
    assert [check] == [name for name, ok in agreed.items() if not ok]


def test_the_mean_response_times_by_bin_are_made_again(run: Any, metered: Metrics) -> None:
    header = {"diagram": {**run.header["diagram"], "sequence": []}}
    layout = run.meter.layout
    terms = Terms(layout.duration_ns, layout.warm_up_ns, layout.bin_ns, {each.name: each.deadline_ns for each in layout.classes},
                  None, frozenset(), frozenset(), False, 0.1, 1)  # fmt: skip
    assert disagreements(metered, judge(header, run.records, terms)) == []
    records = copy.deepcopy(run.records)
    late = next(r for r in records if r["kind"] == "session" and r["outcome"] == "completed")
    late["finished_ns"] += 1
    number = late["finished_ns"] // layout.bin_ns
    assert [f"response times of bin {number}"] == [each.partition(":")[0] for each in disagreements(metered, judge(header, records, terms))]
