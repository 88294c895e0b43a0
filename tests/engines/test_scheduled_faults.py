"""Outages and brown-outs at stated times, of actors and of links, by hand."""

import pytest
from diagrams import CALL, NESTED

import sim
from sim.language.faults import Faults
from sim.scenario.spell import spelled_out

TIMES = [f"{10 * k} ms" for k in range(10)]


def played(play, faults, *, server=None, client=None, transport="datagram", latency="1 ms", times=TIMES, diagram=CALL, **keys):
    return play(diagram, {"network": {"default": {"latency": latency, "transport": transport}}, "faults": faults, **keys, "actors": {
        "c": {"population": 10, "arrivals": {"times": times}, "timeout": "30 ms", **(client or {})},
        "s": {"work": {"ask": "4 ms"}, **(server or {})}}})


def test_in_an_outage_what_arrives_is_dropped_and_what_is_served_is_finished(play):
    """[32 ms, 61 ms): the request of 30 ms is being served, those of 40, 50 and 60 ms arrive at 41, 51 and 61: the last one is in time."""
    run = played(play, [{"outage": "s", "during": ["32 ms", "61 ms"]}])
    assert run.of("ask", "outcome") == ["delivered"] * 4 + ["dropped"] * 2 + ["delivered"] * 4
    assert {by for by in run.of("ask", "by") if by} == {"outage"}
    assert run.times_ms("told", "received")[3] == 36
    assert run.fates()[4] == ("timed_out", "timeout")
    assert run.metrics["stations"]["s"]["refused"] == {"outage": 2}


def test_in_an_outage_connections_may_be_refused(play):
    run = played(play, [{"outage": "s", "during": ["32 ms", "61 ms"], "closed": "refuse"}])
    assert run.of("ask", "outcome").count("refused") == 2
    assert run.times_ms("ask!503", "sent", "received") == [(41, 42), (51, 52)]
    assert run.fates()[4] == ("refused", "outage")


def test_who_waits_in_an_outage_goes_on_waiting(play):
    """Five come at once, and the first is served; then the server is out until 50 ms, when it takes up the second."""
    run = played(play, [{"outage": "s", "during": ["3 ms", "50 ms"]}], times=["0 s"] * 5, client={"timeout": "1 s"})
    assert run.times_ms("ask", "started") == [1, 50, 54, 58, 62]


def test_one_instance_may_be_out(play):
    """Every third request goes to it; whoever sends does not notice."""
    run = played(play, [{"outage": "s/2", "during": ["0 s", "1 s"]}], server={"instances": 3, "balance": "round_robin"}, duration="1 s")
    assert run.of("ask", "outcome") == [("dropped" if k % 3 == 1 else "delivered") for k in range(10)]


def test_an_answer_to_a_call_of_its_own_waits_for_the_end_of_an_outage(play):
    for holds, told in ((False, 41), (True, 8)):
        run = played(play, [{"outage": "s", "during": ["6 ms", "40 ms"]}], times=["0 s"], client={"timeout": "1 s"},
                     server={"holds_server": holds, "timeout": "1 s"}, diagram=NESTED)
        assert run.times_ms("told_on", "received") == [told]


def test_a_brown_out_slows_what_is_taken_up_in_it(play):
    run = played(play, [{"brown_out": "s", "during": ["15 ms", "35 ms"], "work": "x 2.5"}])
    service = [finished - started for started, finished in run.times_ms("ask", "started", "finished")]
    assert service == [4, 4, 10, 10, 4, 4, 4, 4, 4, 4]


def test_a_brown_out_leaves_fewer_servers(play):
    """Of four at work at 2 ms three are above the one that is left, and finish; then there is one at a time until 20 ms."""
    run = played(play, [{"brown_out": "s", "during": ["2 ms", "20 ms"], "servers": 1}], times=["0 s"] * 12, server={"servers": 4})
    assert run.times_ms("ask", "started") == [1] * 4 + [5, 9, 13, 17] + [20] * 3 + [21]


def test_over_a_link_that_is_out_datagrams_are_lost(play):
    run = played(play, [{"outage": "c -> s", "during": ["15 ms", "35 ms"]}])
    assert run.of("ask", "outcome") == ["delivered"] * 2 + ["lost"] * 2 + ["delivered"] * 6
    assert set(run.of("told", "outcome")) == {"delivered"}
    back = played(play, [{"outage": "s -> c", "during": ["15 ms", "35 ms"]}])
    assert back.of("told", "outcome").count("lost") == 2
    assert set(back.of("ask", "outcome")) == {"delivered"}


def test_a_link_is_out_and_slower_for_classes_with_an_access_of_their_own_too(play):
    far = {"classes": {"far": {"network": {"latency": "2 ms"}}}}
    run = played(play, [{"outage": "c -> s", "during": ["15 ms", "35 ms"]}], client=far)
    assert run.of("ask", "outcome") == ["delivered"] * 2 + ["lost"] * 2 + ["delivered"] * 6
    slower = played(play, [{"brown_out": "c <-> s", "during": ["15 ms", "35 ms"], "latency": "x 3"}], client=far)
    took = [received - sent for sent, received in slower.times_ms("ask", "sent", "received")]
    assert took == [2] * 2 + [6] * 2 + [2] * 6


def test_over_tcp_what_is_lost_in_an_outage_is_sent_again(play):
    """RFC 6298: after 1 s, 3 s, 7 s; out until 2.5 s, so the third sending gets through, if the caller waits so long."""
    outage = [{"outage": "c <-> s", "during": ["0 s", "2500 ms"]}]
    patient = played(play, outage, times=["0 s"], transport="tcp", client={"timeout": "5 s"}, duration="10 s")
    assert patient.times_ms("ask", "received") == [3000 + 2 + 1]
    hasty = played(play, outage, times=["0 s"], transport="tcp", client={"timeout": "2 s"}, duration="10 s")
    assert hasty.of("ask", "outcome") == ["lost"]


def test_a_brown_out_of_a_link_stretches_every_latency_and_moves_no_draw(play):
    """The same draws, three times as long inside the window: also of sessions that are drawn ahead."""
    options = {"latency": {"lognormal": {"median": "2 ms", "p95": "5 ms"}}, "times": [f"{k} ms" for k in range(300)],
               "server": {"servers": "unlimited"}, "client": {"population": 300, "timeout": "1 s"}, "duration": "1 s"}
    ever = played(play, [{"brown_out": "c <-> s", "during": ["100 ms", "200 ms"], "latency": "x 1"}], **options)
    slow = played(play, [{"brown_out": "c <-> s", "during": ["100 ms", "200 ms"], "latency": "x 3"}], **options)
    before, after = (run.times_ms("ask", "sent", "received") for run in (ever, slow))
    for (sent, one), (_, other) in zip(before, after, strict=True):
        assert other - sent == pytest.approx((one - sent) * (3 if 100 <= sent < 200 else 1), abs=2e-6)


def test_a_brown_out_of_a_link_loses(play):
    run = played(play, [{"brown_out": "c -> s", "during": ["50 ms", "1 s"], "loss": "100 %"}], duration="1 s")
    assert run.of("ask", "outcome") == ["delivered"] * 5 + ["lost"] * 5


def test_an_end_comes_before_a_beginning_at_the_same_instant(play):
    run = played(play, [{"brown_out": "s", "during": ["50 ms", "100 ms"], "work": "x 3"}, {"outage": "s", "during": ["0 s", "50 ms"]}])
    assert run.times_ms("ask", "started", "finished")[5] == (51, 63)
    assert run.of("ask", "outcome") == ["dropped"] * 5 + ["delivered"] * 5


def test_it_is_written_out_and_read_again(tmp_path):
    faults = [{"outage": "authorization_manager/2", "during": ["1 s", "2 s"], "closed": "refuse"},
              {"brown_out": "authorization_manager", "during": ["3 s", "4 s"], "servers": 1, "work": "x 1.5"},
              {"outage": "consumer <-> service_provider", "during": ["1 s", "2 s"]},
              {"brown_out": "consumer -> authorization_manager", "during": ["1 s", "2 s"], "latency": "x 5", "loss": "10 %"}]
    scenario = sim.load("step1").set({"faults": faults, "actors.authorization_manager": {"instances": 2, "servers": 4},
                                      "actors.consumer.timeout": "3 s", "actors.service_provider.timeout": "3 s", "duration": "10 s"})
    assert [fault.title for fault in scenario.scenario.faults][:2] == ["outage of authorization_manager/2", "brown-out of authorization_manager"]
    (tmp_path / "again.yaml").write_text(spelled_out(scenario.scenario), encoding="utf-8")
    assert sim.load(tmp_path / "again.yaml").scenario == scenario.scenario


@pytest.mark.parametrize(("fault", "says"), [
    ({"outage": "authorization_manger", "during": ["1 s", "2 s"]}, "faults.0.outage: the diagram has no server 'authorization_manger'"),
    ({"outage": "consumer", "during": ["1 s", "2 s"]}, "faults.0.outage: the diagram has no server 'consumer'"),
    ({"outage": "authorization_manager/2", "during": ["1 s", "2 s"]}, "authorization_manager has no instance 2"),
    ({"outage": "consumer <-> nobody", "during": ["1 s", "2 s"]}, "the diagram has no participant 'nobody'"),
    ({"outage": "user_agent -> service_provider", "during": ["1 s", "2 s"]}, "nothing is sent over user_agent -> service_provider"),
    ({"outage": "a b", "during": ["1 s", "2 s"]}, "faults.0.outage: got 'a b'"),
    ({"outage": "authorization_manager", "during": ["1 s", "2 h"]}, "faults.0.during.1: the fault lasts until 2 h"),
    ({"outage": "authorization_manager", "during": ["2 s", "1 s"]}, "faults.0.during.1: a fault until 1 s that begins at 2 s"),
    ({"outage": "authorization_manager", "during": ["1 s", "2 s"], "work": "x 2"}, "faults.0.work: an outage of an actor has no work"),
    ({"brown_out": "authorization_manager", "during": ["1 s", "2 s"]}, "faults.0.brown_out: nothing is worse than before"),
    ({"brown_out": "authorization_manager", "during": ["1 s", "2 s"], "work": "3"}, "faults.0.work: got '3'; expected a factor"),
    ({"brown_out": "authorization_manager", "during": ["1 s", "2 s"], "servers": 9}, "faults.0.servers: authorization_manager has"),
    ({"brown_out": "authorization_manager", "during": ["1 s", "2 s"], "loss": "1 %"}, "faults.0.loss: a brown-out of an actor has no loss"),
    ({"during": ["1 s", "2 s"]}, "faults.0: it is not said what fails"),
])
def test_what_cannot_be_is_a_fault(fault, says):
    with pytest.raises(Faults) as error:
        sim.load("step1").set({"faults": [fault]})
    assert says in str(error.value)


def test_one_thing_fails_once_at_a_time():
    both = [{"outage": "authorization_manager", "during": ["1 s", "3 s"]}, {"brown_out": "authorization_manager/1", "during": ["2 s", "4 s"],
                                                                          "work": "x 2"}]
    with pytest.raises(Faults, match=r"faults.1.during: authorization_manager/1 fails already from 1 s to 3 s, by faults.0"):
        sim.load("step1").set({"faults": both})


def test_a_fault_is_not_in_its_own_way():
    both = {"outage": "authorization_manager", "brown_out": "authorization_manager", "during": ["1 s", "2 s"], "work": "x 2"}
    with pytest.raises(Faults) as error:
        sim.load("step1").set({"faults": [both]})
    assert ["faults.0: got outage and brown_out together; expected an outage or a brown_out, e.g. outage: authorization_manager"
            ] == [line.removeprefix("set: ") for line in str(error.value).splitlines()]


def test_of_whoever_is_no_server_it_is_said_once():
    with pytest.raises(Faults) as error:
        sim.load("step1").set({"faults": [{"brown_out": "consumer", "during": ["1 s", "2 s"], "servers": 1}]})
    assert ["faults.0.brown_out: the diagram has no server 'consumer'; expected authorization_manager or service_provider"
            ] == [line.removeprefix("set: ") for line in str(error.value).splitlines()]


def test_a_caller_that_would_wait_for_ever_is_a_fault():
    with pytest.raises(Faults, match="would never end: an outage drops what comes"):
        sim.load("mm1").set({"faults": [{"outage": "server", "during": ["1 s", "2 s"]}]})
