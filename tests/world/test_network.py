"""The network: loss, retransmission, connection set-up, giving up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.world import distributions as d
from sim.world import network as net
from sim.world.chance import pack_entity, pack_index, stream_key
from sim.world.clock import NS_PER_S, ClockOverflow

MS = 1_000_000
KEY = stream_key(1, 0, "network")
LATENCY = 35 * MS
FIXED = d.constant(LATENCY)


def address(i: int) -> tuple[int, int, int, int, int, int]:
    return (*KEY, *pack_entity(0, i, 0), *pack_index(1, 0, 1, 0))


def delay(
    i: int,
    transport: int = net.TLS,
    is_new: bool = False,
    *,
    loss: float = 0.0,
    give_up_ns: int = -1,
    latency: d.Distribution = FIXED,
    round_trips: int = 2,
) -> int:
    return net.arrival_delay_ns(transport, is_new, round_trips, *latency, loss, give_up_ns, *address(i))


@pytest.mark.parametrize(
    ("transport", "is_new", "latencies"),
    [
        (net.DATAGRAM, False, 1),
        (net.DATAGRAM, True, 1),
        (net.TCP, False, 1),
        (net.TCP, True, 3),
        (net.TLS, False, 1),
        (net.TLS, True, 5),
    ],
)
def test_a_new_connection_costs_its_round_trips(transport: int, is_new: bool, latencies: int) -> None:
    round_trips = net.SET_UP_ROUND_TRIPS[transport]
    assert latencies * LATENCY == delay(0, transport, is_new, round_trips=round_trips)


@pytest.mark.parametrize(("lost", "seconds"), list(enumerate([0, 1, 3, 7, 15, 31, 63])))
def test_retransmission_timeouts_double(lost: int, seconds: int) -> None:
    assert seconds * NS_PER_S == net.retransmission_delay_ns(lost)


@given(st.floats(1e-9, 1 - 1e-9), st.floats(0.0, 1.0))
def test_losses_are_the_geometric_inverse(u: float, loss: float) -> None:
    lost = net.transmissions_lost(u, loss)
    assert 0 <= lost <= net.MAX_RETRANSMISSIONS + 1
    powers = [1.0]
    for _ in range(net.MAX_RETRANSMISSIONS + 1):
        powers.append(powers[-1] * loss)
    assert all(u < power for power in powers[1 : lost + 1])
    if lost <= net.MAX_RETRANSMISSIONS:
        assert u >= powers[lost + 1]


@given(st.floats(1e-9, 1 - 1e-9), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_loss_never_loses_less(u: float, loss: float, other: float) -> None:
    assert net.transmissions_lost(u, min(loss, other)) <= net.transmissions_lost(u, max(loss, other))


@pytest.mark.parametrize(("loss", "lost"), [(0.0, 0), (1.0, net.MAX_RETRANSMISSIONS + 1)])
def test_no_loss_and_nothing_but_loss(loss: float, lost: int) -> None:
    assert {lost} == {net.transmissions_lost(u, loss) for u in (2.0**-54, 0.5, 1.0 - 2.0**-53)}


def test_datagrams_are_lost_at_the_stated_rate() -> None:
    lost = sum(delay(i, net.DATAGRAM, loss=0.02) == net.LOST for i in range(20_000))
    assert stats.binomtest(lost, 20_000, 0.02).pvalue > 1e-3


def test_losses_over_tcp_show_as_doubling_delays() -> None:
    delays = [delay(i, net.TCP, loss=0.3) for i in range(20_000)]
    observed = [delays.count(LATENCY + net.retransmission_delay_ns(n)) for n in range(7)] + [delays.count(net.LOST)]
    expected = [20_000 * 0.7 * 0.3**n for n in range(7)] + [20_000 * 0.3**7]
    assert 20_000 == sum(observed)
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_a_datagram_is_lost_exactly_when_tcp_retransmits() -> None:
    """The loss of the message is the same draw whatever the transport: common random numbers."""
    for i in range(500):
        retransmitted = delay(i, net.TCP, loss=0.2) != LATENCY
        assert retransmitted == (delay(i, net.DATAGRAM, loss=0.2) == net.LOST)


def test_every_flight_of_a_set_up_can_be_lost() -> None:
    """P(nothing lost) over the 4 flights of a TLS set-up and the message is (1 - loss)**5."""
    smooth = sum(delay(i, net.TLS, is_new=True, loss=0.1) == 5 * LATENCY for i in range(20_000))
    assert stats.binomtest(smooth, 20_000, 0.9**5).pvalue > 1e-3


def test_the_losses_of_all_flights_add_up_as_if_each_were_drawn_alone() -> None:
    """The number of flights (4 of a TLS set-up, 1 message) that were sent again: the sum of their waits says which."""
    loss, runs = 0.2, 40_000
    observed: dict[int, int] = {}
    for i in range(runs):
        result = delay(i, net.TLS, is_new=True, loss=loss)
        seconds = -1 if result == net.LOST else (result - 5 * LATENCY) // NS_PER_S
        observed[seconds] = observed.get(seconds, 0) + 1
    one = {net.retransmission_delay_ns(n) // NS_PER_S: (1 - loss) * loss**n for n in range(7)}
    expected = {0: 1.0}
    for _ in range(5):
        summed: dict[int, float] = {}
        for a, p in expected.items():
            for b, q in one.items():
                summed[a + b] = summed.get(a + b, 0.0) + p * q
        expected = summed
    kinds = [seconds for seconds in range(8) if expected.get(seconds, 0) * runs > 5]
    rest = runs - sum(observed.get(seconds, 0) for seconds in kinds)
    frequencies = [expected[seconds] * runs for seconds in kinds]
    assert stats.chisquare([*(observed.get(k, 0) for k in kinds), rest], [*frequencies, runs - sum(frequencies)]).pvalue > 1e-3


def test_a_lost_flight_of_the_set_up_does_not_move_the_message() -> None:
    """Over an open connection the same address loses the same message: the set-up only adds."""
    for i in range(2_000):
        opened, fresh = delay(i, net.TLS, loss=0.1), delay(i, net.TLS, is_new=True, loss=0.1)
        if opened != net.LOST and fresh != net.LOST:
            assert fresh - opened >= 4 * LATENCY
            assert (fresh - opened - 4 * LATENCY) % NS_PER_S == 0


@pytest.mark.parametrize(
    ("give_up_ns", "expected"),
    [
        (-1, 5 * LATENCY),
        (4 * LATENCY, 5 * LATENCY),
        (4 * LATENCY - 1, net.LOST),
        (0, net.LOST),
    ],
)
def test_a_sender_gives_up_before_the_message_goes_out(give_up_ns: int, expected: int) -> None:
    assert expected == delay(0, net.TLS, is_new=True, give_up_ns=give_up_ns)


def test_a_message_sent_at_once_is_not_given_up() -> None:
    assert LATENCY == delay(0, net.TCP, give_up_ns=0)


def test_a_timeout_of_3_s_allows_two_retransmissions() -> None:
    delays = {delay(i, net.TCP, loss=0.5, give_up_ns=3 * NS_PER_S) for i in range(300)}
    assert {net.LOST, LATENCY, LATENCY + NS_PER_S, LATENCY + 3 * NS_PER_S} == delays


def test_nothing_gets_through_a_cut_link() -> None:
    for transport in (net.DATAGRAM, net.TCP, net.TLS):
        assert {net.LOST} == {delay(i, transport, is_new, loss=1.0) for i in range(20) for is_new in (False, True)}


@pytest.mark.parametrize(
    "latency",
    [d.lognormal(20e6, 60e6), d.exponential(20e6), d.gamma(20e6, 0.5), d.gamma(20e6, 2.0), d.empirical([1e6, 9e6])],
)
def test_latency_is_drawn_once_and_the_same_for_all_transports(latency: d.Distribution) -> None:
    for i in range(50):
        expected = d.sample_ns(*latency, *address(i))
        for transport in (net.DATAGRAM, net.TCP, net.TLS):
            assert expected == delay(i, transport, latency=latency)
        assert 5 * expected == delay(i, net.TLS, is_new=True, latency=latency)


def test_latency_and_loss_are_independent() -> None:
    latency = d.exponential(20e6)
    pairs = [(d.sample_ns(*latency, *address(i)), delay(i, net.DATAGRAM, loss=0.3) == net.LOST) for i in range(10_000)]
    lost, kept = [x for x, is_lost in pairs if is_lost], [x for x, is_lost in pairs if not is_lost]
    assert stats.ks_2samp(lost, kept).pvalue > 1e-3


def test_a_latency_of_years_stops_the_run() -> None:
    slow = d.constant(float(net.MAX_LATENCY_NS))
    assert (4 * 8 + 1) * net.MAX_LATENCY_NS == delay(0, net.TLS, is_new=True, latency=slow, round_trips=16)
    with pytest.raises(ClockOverflow):
        delay(0, latency=d.constant(float(net.MAX_LATENCY_NS + 4096)))
