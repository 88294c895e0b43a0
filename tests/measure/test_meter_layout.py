import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measure.layout import BIN_LIMIT_NS, ClassLayout, MeterLayout, StationLayout, default_bin_ns, edges_of
from sim.measure.meter import REASONS_LIMIT, Meter

S = 1_000_000_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"duration_ns": 0}, "duration_ns is 0"),
        ({"duration_ns": 1 << 62}, "duration_ns"),
        ({"warm_up_ns": 10 * S}, "warm_up_ns"),
        ({"warm_up_ns": -1}, "warm_up_ns"),
        ({"bin_ns": 0}, "bin_ns is 0"),
        ({"bin_ns": BIN_LIMIT_NS + 1}, "bin_ns"),
        ({"bin_ns": 1}, "bins"),
        ({"classes": (ClassLayout("a"), ClassLayout("a"))}, "twice"),
        ({"stations": (StationLayout("s", 1), StationLayout("s", 2))}, "twice"),
    ],
)
def test_a_layout_that_cannot_be_kept_is_refused(changes: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"duration_ns": 10 * S, "warm_up_ns": S, "classes": (), "stations": (), "bin_ns": S}
    MeterLayout(**arguments)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        MeterLayout(**arguments | changes)  # type: ignore[arg-type]


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_edges_cut_the_whole_run_at_bins_and_warm_up(duration_ns: int, warm_up_ns: int, bin_ns: int) -> None:
    warm_up_ns %= duration_ns
    bin_ns = max(bin_ns, -(-duration_ns // 1000))
    edges = edges_of(MeterLayout(duration_ns, warm_up_ns, (), (), bin_ns))
    ends = [end for end, _ in edges]
    assert sorted(set(ends)) == ends
    assert duration_ns == ends[-1]
    assert warm_up_ns in (0, *ends)
    assert all(closes == (end % bin_ns == 0 or end == duration_ns) for end, closes in edges)
    assert -(-duration_ns // bin_ns) == sum(closes for _, closes in edges)


@given(st.integers(1, 10**20))
def test_the_default_bin_is_round_and_makes_at_most_120(duration_ns: int) -> None:
    bin_ns = default_bin_ns(duration_ns)
    assert bin_ns * 120 >= duration_ns or bin_ns == BIN_LIMIT_NS
    assert bin_ns == BIN_LIMIT_NS or str(bin_ns).rstrip("0") in {"1", "2", "5"}


@pytest.mark.parametrize(("duration_s", "expected_s"), [(600, 5), (60, 0.5), (1, 0.01), (3600, 50)])
def test_default_bins(duration_s: int, expected_s: float) -> None:
    assert expected_s == default_bin_ns(duration_s * S) / S


def test_reasons_are_numbered_once_and_counted_apart() -> None:
    meter = Meter(MeterLayout(10 * S, 0, (), (StationLayout("a", 1), StationLayout("b", 1)), S))
    first = meter.reason("queue")
    meter.turned_away(1, 0, first)
    second = meter.reason("signature")
    meter.turned_away(0, 0, second)
    assert (0, 1, 0) == (first, second, meter.reason("queue"))
    assert ("queue", "signature") == meter.reasons
    rows = [[0] * 10, [1] + [0] * 9, [1] + [0] * 9, [0] * 10]  # by reason and station, ten segments each
    assert [cell for row in rows for cell in row] == meter.block[meter.at.reasons :]


def test_reasons_that_name_instances_are_refused() -> None:
    meter = Meter(MeterLayout(10 * S, 0, (), (), S))
    with pytest.raises(OverflowError, match="reason 'k"):
        for number in range(REASONS_LIMIT + 1):
            meter.reason(f"k{number}")
