"""An item that is taken up at once: the one law for it is the two laws for arriving and being taken up."""

from hypothesis import given
from hypothesis import strategies as st

from sim.measure.meter import Meter, MeterLayout, StationLayout

DURATION_NS, WARM_UP_NS, BIN_NS = 1000, 150, 100


def meter() -> Meter:
    return Meter(MeterLayout(DURATION_NS, WARM_UP_NS, (), (StationLayout("server", 3, ()),), BIN_NS))


@given(st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=40))
def test_admitted_is_arrived_and_taken_up(events: list[tuple[int, bool]]) -> None:
    """Over arrivals and departures in any order, across bins and the end of the warm-up."""
    one, two = meter(), meter()
    now_ns, inside = 0, []
    for gap_ns, leaves in events:
        now_ns += gap_ns
        if now_ns >= DURATION_NS:
            break
        if leaves and inside:
            arrived_ns = inside.pop(0)
            for each in (one, two):
                each.left(0, arrived_ns, arrived_ns, now_ns)
        else:
            inside.append(now_ns)
            one.admitted(0, now_ns)
            two.arrived(0, now_ns)
            two.taken_up(0, now_ns, now_ns)
        assert one.block == two.block
    for each in (one, two):
        each.finish([(0, arrived_ns, arrived_ns) for arrived_ns in inside])
    assert one.block == two.block
