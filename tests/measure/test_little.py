"""Little's identity, exactly and in integers, whatever happens at a station."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.measure.meter import Meter, MeterLayout, StationLayout
from sim.measure.metrics import metrics

END_NS = 10_000
# An item: when it arrives, how long it waits, how long it is served (None: it expires); all of it may pass the end.
ITEMS = st.lists(
    st.tuples(st.integers(0, END_NS - 1), st.integers(0, END_NS), st.none() | st.integers(0, END_NS)), max_size=40
)


def events_of(items: list[tuple[int, int, int | None]]) -> list[tuple[int, int, int, str]]:
    """(time, phase, item, what) in order of time; an item's own events stay in order at one instant."""
    events = []
    for number, (arrived, wait, service) in enumerate(items):
        events.append((arrived, 0, number, "arrived"))
        events.append((arrived + wait, 1, number, "expired" if service is None else "taken_up"))
        if service is not None:
            events.append((arrived + wait + service, 2, number, "left"))
    return sorted(event for event in events if event[0] < END_NS)


def fold(items: list[tuple[int, int, int | None]], warm_up_ns: int, bin_ns: int, lie_ns: int = 0) -> Meter:
    """Fold all events; ``lie_ns`` is by how much the first departure misreports when its item arrived."""
    meter = Meter(MeterLayout(END_NS, warm_up_ns, (), (StationLayout("s", None),), bin_ns))
    reason = meter.reason("late")
    inside: dict[int, int | None] = {}
    for now, _, number, what in events_of(items):
        arrived, wait, _ = items[number]
        if what == "arrived":
            inside[number] = None
            meter.arrived(0, now)
        elif what == "taken_up":
            inside[number] = now
            meter.taken_up(0, arrived, now)
        else:
            del inside[number]
            arrived, lie_ns = arrived - lie_ns, 0
            if what == "left":
                meter.left(0, arrived, arrived + wait, now)
            else:
                meter.expired(0, arrived, now, reason)
    meter.finish([(0, items[number][0], started) for number, started in inside.items()])
    return meter


def exact(items: list[tuple[int, int, int | None]]) -> int:
    """The sum of sojourns cut at the end, straight from the items."""
    return sum(min(wait + (service or 0), END_NS - arrived) for arrived, wait, service in items)


@settings(deadline=None)
@given(ITEMS, st.integers(0, END_NS - 1), st.integers(200, END_NS))
def test_the_integral_of_the_number_present_is_the_sum_of_sojourns(
    items: list[tuple[int, int, int | None]], warm_up_ns: int, bin_ns: int
) -> None:
    result = metrics(fold(items, warm_up_ns, bin_ns))
    expected = exact(items)
    assert {"integral_ns": expected, "sojourns_ns": expected} == result["checks_detail"]["little"]["s"]
    assert result["checks"]["little"]


@settings(deadline=None)
@given(ITEMS.filter(lambda items: any(e[3] in ("left", "expired") for e in events_of(items))), st.integers(1, 1000))
def test_an_engine_that_misreports_one_arrival_is_found_out(
    items: list[tuple[int, int, int | None]], lie_ns: int
) -> None:
    result = metrics(fold(items, 0, END_NS, lie_ns))
    assert not result["checks"]["little"]


@settings(deadline=None)
@given(ITEMS.filter(bool), st.integers(0, END_NS - 1), st.integers(200, END_NS))
def test_bins_and_warm_up_do_not_change_the_whole(
    items: list[tuple[int, int, int | None]], warm_up_ns: int, bin_ns: int
) -> None:
    cut, whole = metrics(fold(items, warm_up_ns, bin_ns)), metrics(fold(items, 0, END_NS))
    for key in ("offered", "admitted", "served", "refused"):
        assert whole["stations"]["s"][key] == cut["stations"]["s"][key]
    assert max(cut["series"]["stations"]["s"]["queue_max"]) == whole["stations"]["s"]["queue_max"]
