"""Processor sharing: by hand, and at several servers against theory."""

import pytest
from diagrams import CALL

import sim
from sim.language.faults import Faults
from sim.measure.statistics import confidence_interval

SHARING = {"order": "processor_sharing"}


def finished(play, times, *, work="10 ms", servers=1, capacity="unlimited", faults=(), **client):
    played = play(CALL, {**({"faults": list(faults)} if faults else {}), "actors": {
        "c": {"population": 20, "arrivals": {"times": times}, **client},
        "s": {"servers": servers, "work": {"ask": work}, "queue": {**SHARING, "capacity": capacity}}}})
    assert played.of("ask", "received_ns") == [time or sent for time, sent in played.of("ask", "started_ns", "received_ns")]
    return played, played.times_ms("ask", "finished")


def test_those_present_share_a_server(play):
    """From 0 to 4 ms one is alone; then both have half until the first is done at 16 (6 left, twice as long); then the other has 4 left."""
    _, times = finished(play, ["0 s", "4 ms"])
    assert times == [16, 20]


def test_nobody_has_more_than_one_server(play):
    """Two servers and one present: no quicker than one. With three present each has two thirds."""
    _, times = finished(play, ["0 s"], servers=2)
    assert times == [10]
    _, times = finished(play, ["0 s"] * 3, servers=2)
    assert times == [15] * 3


def test_what_does_not_come_out_even_is_rounded_once(play):
    """Three with 10 ms on seven servers' worth of two: at 3 each 2/3; a fourth at 1 ms makes it 1/2."""
    _, times = finished(play, ["0 s", "0 s", "0 s", "1 ms"], servers=2)
    left = 10 - 1 * 2 / 3
    assert times[:3] == pytest.approx([1 + 2 * left] * 3, abs=1e-6)
    assert times[3] == pytest.approx(1 + 2 * left + (10 - left), abs=2e-6)
    assert all(time * 1e6 == round(time * 1e6) for time in times)


def test_the_capacity_bounds_those_present(play):
    played, _ = finished(play, ["0 s"] * 4, capacity=3)
    assert played.of("ask", "outcome") == ["delivered"] * 3 + ["refused"]
    assert played.metrics["stations"]["s"]["refused"] == {"queue": 1}


def test_beyond_the_servers_counts_as_queue_and_not_as_busy(play):
    """Three of 10 ms share one server for 30 ms of a second: busy 3 % of it, two more there all that time."""
    played, _ = finished(play, ["0 s"] * 3)
    station = played.metrics["stations"]["s"]
    assert (station["utilisation"], station["queue_mean"], station["queue_max"]) == (0.03, 0.06, 2)
    assert station["wait_s"]["max"] == 0
    assert station["sojourn_s"]["max"] == pytest.approx(0.03)


def test_a_brown_out_leaves_fewer_servers_to_share(play):
    """Two servers, two present: 5 ms alone; then one server for both, so the other 5 take 10; and the work that comes then is doubled."""
    _, times = finished(play, ["0 s", "0 s"], servers=2, faults=[{"brown_out": "s", "during": ["5 ms", "100 ms"], "servers": 1}])
    assert times == [15, 15]
    _, times = finished(play, ["0 s", "50 ms"], faults=[{"brown_out": "s", "during": ["5 ms", "100 ms"], "work": "x 2"}])
    assert times == [10, 70]


def test_those_present_notice_nothing_of_an_outage(play):
    _, times = finished(play, ["0 s", "6 ms"], faults=[{"outage": "s", "during": ["5 ms", "100 ms"]}], timeout="1 s")
    assert times == [10, 6]


@pytest.mark.parametrize(("keys", "says"), [
    ({"queue": {**SHARING, "capacity": 0}}, "queue.capacity: nobody could ever be present"),
    ({"queue": SHARING, "holds_server": True}, "holds_server: processor_sharing leaves nobody a server to hold")])
def test_what_makes_no_sense_is_at_fault(keys, says):
    with pytest.raises(Faults) as error:
        sim.load("step1").set({"actors.authorization_manager": keys})
    assert says in str(error.value)


# --- at load: one server stands in the validation -----------------------------------------------------------------------------


def test_several_servers_are_shared():
    """M/M/c with processor sharing has as many present as M/M/c: a = 1.2, c = 2: L = Lq + a, 2 rho^2 / (1 + rho) its chance of a wait."""
    rho = 0.6
    waits = 2 * rho * rho / (1 + rho)
    prepared = sim.load({
        "scenario": "Theory", "model": "queueing/mm1", "duration": "25200 s", "warm_up": "200 s", "network": {"default": {"transport": "datagram"}},
        "actors": {"customer": {"population": 1000, "arrivals": {"poisson": "1.2 /s"}},
                   "server": {"work": {"job": {"exponential": "1 s"}}, "queue": SHARING, "servers": 2}}})
    runs = [prepared.run(replication=replication, engine="compiled", trace=False).metrics for replication in range(10)]
    assert all(all(metrics["checks"].values()) for metrics in runs)
    for values, value in (([metrics["honest"]["response_time_s"]["mean"] for metrics in runs], waits / (2 - 1.2) + 1),
                          ([metrics["stations"]["server"]["utilisation"] for metrics in runs], rho)):
        interval = confidence_interval(values)
        assert interval.relative_half_width <= 0.02, f"{interval} is too wide"
        assert value in interval, f"{interval}, expected {value:.6g}"
