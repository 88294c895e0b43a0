"""Drawing ahead: what numpy draws for many sessions at once is to the bit what the laws draw for one."""

import sys

import pytest

import sim
from sim.engines import draws
from sim.engines.draws import NOT_AHEAD, Ahead, durations, entities, firsts, philox, unit
from sim.plan.plan import LinkPlan
from sim.world import chance, distributions, network

KEY = chance.stream_key(3, 1, "test")
INSTANCES, VISITS = [0, 1, 7, 4_294_967_295, 12_345], [0, 16_777_215, 1, 2, 99]
KINDS = [
    distributions.exponential(4e6), distributions.uniform_between(1e6, 3e6), distributions.lognormal(2e7, 6e7),
    distributions.normal(1e6, 1e6), distributions.pareto(1e6, 1.5), distributions.empirical([3e6, 1e6, 7e6]),
    distributions.pareto(1e9, 0.05), distributions.constant(5e6)]


def law_address(index, c2=3 << 20, c3=1 << 12):
    c0, c1 = chance.pack_entity(5, INSTANCES[index], VISITS[index])
    return (*KEY, c0, c1, c2, c3)


def test_philox_and_uniforms_of_many():
    c0, c1 = entities(5, INSTANCES, VISITS)
    words = philox(KEY, c0, c1, 3 << 20, 1 << 12)
    for index in range(5):
        assert tuple(int(word[index]) for word in words) == chance.philox4x32(*law_address(index))
    lanes = zip(unit(words[0], words[1]).tolist(), unit(words[2], words[3]).tolist(), strict=True)
    assert list(lanes) == [chance.uniform_pair(*law_address(index)) for index in range(5)]
    assert firsts(KEY, c0, c1) == [chance.uniform(*law_address(index, 0, 0), 0) for index in range(5)]


def test_the_known_answers():
    """Salmon et al. 2011: counter and key all zero, all ones."""
    import numpy as np

    nothing, ones = np.zeros(1, np.uint64), np.full(1, 0xFFFFFFFF, np.uint64)
    assert [int(word[0]) for word in philox((0, 0), nothing, nothing, 0, 0)] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert [int(word[0]) for word in philox((0xFFFFFFFF, 0xFFFFFFFF), ones, ones, 0xFFFFFFFF, 0xFFFFFFFF)] == [
        0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


@pytest.mark.parametrize("draw", KINDS)
def test_durations_of_many(draw):
    import numpy as np

    us = [0.5, 2**-54, 2**-30, 0.01, 0.07499999999999996, 0.075, 0.42, 0.575, 0.925, 0.9250000000000002, 0.999, 1 - 2**-53,
          *(chance.uniform(*KEY, number, 0, 0, 0, 0) for number in range(2000))]
    drawn = durations(draw, np.array(us)).tolist()
    expected = []
    for u in us:
        try:
            expected.append(distributions.round_duration_ns(distributions.quantile_ns(*draw, u)))
        except OverflowError:
            expected.append(NOT_AHEAD)  # there the law is asked, and stops the run
    assert drawn == expected


@pytest.mark.parametrize("transport", [network.DATAGRAM, network.TCP, network.TLS])
@pytest.mark.parametrize("loss", [0.0, 0.001, 0.3, 1.0])
def test_latencies_of_many(transport, loss, plain_step):
    """Where a column says something, it is what the law says of an open connection, and of a new one without its set-up."""
    numbers = list(range(3000))
    ahead = Ahead(5, numbers, [0] * 3000)
    link = LinkPlan(transport, network.SET_UP_ROUND_TRIPS[transport], distributions.exponential(2e7), loss, 10**9)
    place = plain_step.node << 40 | 1
    column = ahead.latencies(KEY, plain_step, place, link)
    told = 0
    for number, latency in zip(numbers, column, strict=True):
        if latency == NOT_AHEAD:
            continue
        told += 1
        c0, c1 = chance.pack_entity(5, number, 0)
        address = (*KEY, c0, c1, plain_step.node << 20, 1 << 12)
        for is_new in (False, True):
            law = network.arrival_delay_ns(transport, is_new, link.round_trips, *link.latency, loss, -1, *address)
            assert law == latency * (1 + 2 * link.round_trips * is_new)
    share = (1 - loss) ** (1 + 2 * link.round_trips)
    assert abs(told - 3000 * share) <= 4 * (3000 * share * (1 - share)) ** 0.5


@pytest.fixture(scope="module")
def plain_step():
    """A request of the shipped step 1."""
    return next(step for step in sim.load("step1.yaml").plan().steps if step.id == "request_consumer_key")


SCENARIOS = {
    "step1_load": {"duration": "12 s", "warm_up": "0 s", "network": {"default": {
        "latency": {"lognormal": {"median": "20 ms", "p95": "60 ms"}}, "loss": "5 %", "transport": "tls"}}},
    "access": {"duration": "15 s", "actors.authorization_manager.work": {"look_up_token": {"gamma": {"mean": "1 ms", "cv": 0.7}},
                                                                        "record_consent": {"normal": {"mean": "1 ms", "sd": "2 ms"}}}},
    "device": {"duration": "90 s", "warm_up": "0 s", "actors.device.picks": "random"},
    "mm1": {"duration": "200 s", "warm_up": "0 s"},
}


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize(("from_arrival", "ahead"), [(0, 2), (5, 7), (64, 512)])
def test_what_is_drawn_ahead_changes_nothing(monkeypatch, name, from_arrival, ahead):
    monkeypatch.setattr(draws, "FROM_ARRIVAL", sys.maxsize)
    alone = sim.run(f"{name}.yaml", set=SCENARIOS[name])
    monkeypatch.setattr(draws, "FROM_ARRIVAL", from_arrival)
    monkeypatch.setattr(draws, "AHEAD", ahead)
    many = sim.run(f"{name}.yaml", set=SCENARIOS[name])
    assert list(alone.trace.records()) == list(many.trace.records())
    assert alone.metrics == many.metrics


@pytest.mark.parametrize("arrivals", [{"constant": "100 /s"}, {"times": ["10 ms"] * 90}, {"poisson": "90 /s", "maximum": 70},
                                      {"steps": [{"from": "100 ms", "rate": "300 /s"}, {"from": "600 ms", "rate": "0 /s"}]}])
def test_arrivals_worked_out_ahead_are_the_same(monkeypatch, arrivals):
    changes = {"duration": "1 s", "warm_up": "0 s", "actors.customer.arrivals": arrivals, "actors.customer.picks": "random"}
    monkeypatch.setattr(draws, "FROM_ARRIVAL", sys.maxsize)
    alone = sim.run("mm1.yaml", set=changes)
    for from_arrival, ahead in ((0, 1), (1, 3), (10, 512)):
        monkeypatch.setattr(draws, "FROM_ARRIVAL", from_arrival)
        monkeypatch.setattr(draws, "AHEAD", ahead)
        many = sim.run("mm1.yaml", set=changes)
        assert list(alone.trace.records()) == list(many.trace.records())
