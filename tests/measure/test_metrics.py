import json
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measure import units
from sim.measure.metrics import Metrics, metrics

DURATION_KEYS = {"mean", "p50", "p95", "p99", "max"}


@pytest.fixture(scope="module")
def result(simulate: Callable[..., Any]) -> Metrics:
    return Metrics(metrics(simulate().meter))


def test_the_promised_keys_are_there(result: Metrics) -> None:
    assert {"started", "completed", "refused", "timed_out", "gave_up", "ended", "in_flight"} == set(result["sessions"])
    assert {"sent", "delivered", "lost", "in_flight"} == set(result["messages"])
    honest = {"success_ratio", "goodput_per_s", "false_refusals", "attempts_per_call", "response_time_s"}
    for block in (result["honest"], *result["classes"].values()):
        assert honest <= set(block)
        assert DURATION_KEYS == set(block["response_time_s"])
    assert ["laptop", "hosted"] == list(result["classes"])
    attack = {"sent", "served", "refused", "keys_obtained", "tokens_obtained", "replays_accepted", "resources"}
    assert attack <= set(result["attack"])
    assert {"allocated", "orphaned", "deleted_in_use"} == set(result["keys"])
    station = {"utilisation", "utilisation_refusing", "queue_mean", "queue_max", "wait_s", "sojourn_s", "served",
               "refused", "memory_peak_bytes"}  # fmt: skip
    assert ["front", "back"] == list(result["stations"])
    for block in result["stations"].values():
        assert station <= set(block)
        assert DURATION_KEYS == set(block["wait_s"]) == set(block["sojourn_s"])
    assert {"sessions": True, "messages": True, "little": True} == dict(result["checks"])
    series = result["series"]
    columns = {"offered_per_s", "admitted_per_s", "refused_per_s", "served_per_s", "queue_mean", "queue_max", "present_mean",
               "utilisation", "utilisation_refusing", "refused_by_per_s", "wait_s", "memory_bytes"}  # fmt: skip
    assert columns == set(series["stations"]["front"])
    for column in (*series["stations"]["front"].values(), *series["honest"].values()):
        for values in column.values() if isinstance(column, Mapping) else [column]:
            assert len(series["t_s"]) == len(values) == 20


@pytest.mark.parametrize(("warm_up_ms", "end_ms"), [(0, 20_000), (3300, 20_000), (3300, 7_777), (4000, 20_000)])
def test_the_mean_response_time_of_each_bin_is_that_of_the_records(simulate: Callable[..., Any], warm_up_ms: int, end_ms: int) -> None:
    run = simulate(warm_up_ns=warm_up_ms * 1_000_000, end_ns=end_ms * 1_000_000)
    bins: list[list[int]] = [[] for _ in range(-(-end_ms // 1000))]
    for record in run.records:
        if record["kind"] == "session" and record["outcome"] == "completed":
            bins[record["finished_ns"] // 10**9].append(record["finished_ns"] - record["sent_ns"])
    honest, whole = metrics(run.meter)["series"]["honest"], metrics(run.meter)["checks_detail"]["response_time"]
    assert [sum(each) / (len(each) * 10**9) if each else None for each in bins] == honest["response_time_s"]["mean"]
    assert [len(each) for each in bins] == honest["response_time_of"]
    if warm_up_ms == 0:
        assert (whole["count"], whole["sum_ns"]) == (sum(map(len, bins)), sum(map(sum, bins)))


def test_series_add_up_to_the_totals(result: Metrics) -> None:
    bin_s = result["series"]["bin_s"]
    for name, block in result["stations"].items():
        columns = result["series"]["stations"][name]
        assert pytest.approx(block["offered"]) == bin_s * sum(columns["offered_per_s"])
        assert pytest.approx(block["admitted"]) == bin_s * sum(columns["admitted_per_s"])
        assert pytest.approx(block["served"]) == bin_s * sum(columns["served_per_s"])
        assert pytest.approx(sum(block["refused"].values())) == bin_s * sum(columns["refused_per_s"])
        by = {reason: bin_s * sum(rates) for reason, rates in columns["refused_by_per_s"].items()}
        assert pytest.approx(dict(block["refused"])) == by
        assert max(columns["memory_bytes"]) == sum(block["memory_peak_bytes"].values())
    assert pytest.approx(result["sessions"]["started"]) == bin_s * sum(result["series"]["honest"]["offered_per_s"])
    assert result["sessions"]["completed"] == sum(result["series"]["honest"]["response_time_of"])
    assert pytest.approx(result["messages"]["lost"]) == bin_s * sum(result["series"]["messages"]["lost_per_s"])


def test_json_is_the_same_bytes_for_the_same_events(simulate: Callable[..., Any], result: Metrics) -> None:
    again = Metrics(metrics(simulate().meter))
    assert result.to_json() == again.to_json()
    assert result == again
    other = Metrics(metrics(simulate(seed=2).meter))
    assert result.to_json() != other.to_json()
    assert result != other


def test_json_is_sorted_and_reads_back(result: Metrics) -> None:
    text = result.to_json()
    assert text.endswith(b"}\n")
    assert result.to_dict() == json.loads(text)
    assert text.startswith(b'{\n  "attack": {\n    "in_flight": 0,\n    "keys_obtained": 0,')

    def in_order(pairs: list[tuple[str, Any]]) -> None:
        assert sorted(pairs, key=lambda pair: pair[0]) == pairs

    json.loads(text, object_pairs_hook=in_order)


def test_an_exact_sum_above_64_bits_still_goes_into_json() -> None:
    exact = 1 << 70
    assert {"integral_ns": exact} == json.loads(Metrics({"integral_ns": exact}).to_json())


def test_metrics_are_frozen_and_their_copies_are_not(result: Metrics) -> None:
    with pytest.raises(TypeError):
        result["sessions"]["started"] = 0
    with pytest.raises(AttributeError):
        result["series"]["t_s"].append(0)
    copy = result.to_dict()
    copy["sessions"]["started"] = -1
    copy["series"]["t_s"].append(0)
    assert result["sessions"]["started"] == 400
    assert result != copy
    assert result == result.to_dict()
    assert result == pickle.loads(pickle.dumps(result))


def test_the_table_says_the_main_things(result: Metrics) -> None:
    rows = {label: (value, unit) for label, value, unit in result.rows()}
    assert ("400", "") == rows["Sessions: started"]
    assert rows["Station front: utilisation"] == units.in_percent(result["stations"]["front"]["utilisation"])
    assert rows["Sessions: response time, p95"] == units.in_seconds(result["honest"]["response_time_s"]["p95"])
    assert ("balance", "") == rows["Accounts: little"]
    assert "Sessions: gave up" not in rows


def test_a_check_that_fails_stands_out(result: Metrics) -> None:
    wrong = result.to_dict()
    wrong["checks"]["little"] = False
    assert ("Accounts: little", "DO NOT BALANCE", "") in Metrics(wrong).rows()


def test_the_page_escapes_names(result: Metrics) -> None:
    wrong = result.to_dict()
    wrong["stations"] = {"<b>&": wrong["stations"]["front"]}
    page = Metrics(wrong)._repr_html_()
    assert "Station &lt;b&gt;&amp;" in page
    assert "<b>" not in page
    assert page.count("<tr>") == page.count("</tr>") == len(Metrics(wrong).rows()) + len(Metrics(wrong).sections())


@pytest.mark.parametrize(
    ("expected", "shown"),
    [
        (("143.2", "ms"), units.in_seconds(0.1432)),
        (("1", "s"), units.in_seconds(1.0)),
        (("0", "s"), units.in_seconds(0.0)),
        (("250", "ns"), units.in_seconds(2.5e-7)),
        (("0.3", "ns"), units.in_seconds(3e-10)),
        (("7,200", "s"), units.in_seconds(7200.0)),
        (("99.5", "%"), units.in_percent(0.995)),
        (("> 99.99", "%"), units.in_percent(0.999999)),
        (("100", "%"), units.in_percent(1.0)),
        (("< 0.01", "%"), units.in_percent(1e-6)),
        (("0", "%"), units.in_percent(0.0)),
        (("1.5", "KiB"), units.in_bytes(1536)),
        (("1,023", "B"), units.in_bytes(1023)),
        (("12,345", ""), units.in_count(12345)),
    ],
)
def test_numbers_for_people(expected: tuple[str, str], shown: tuple[str, str]) -> None:
    assert expected == shown


@given(st.floats(1e-9, 1e6))
def test_a_shown_duration_is_the_duration(value_s: float) -> None:
    text, unit = units.in_seconds(value_s)
    size = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[unit]
    assert pytest.approx(value_s, rel=1e-3) == float(text.replace(",", "")) * size
