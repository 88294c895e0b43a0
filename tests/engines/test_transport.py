"""What the network does to messages: latency, loss, connections, retransmissions."""

from collections import Counter

import pytest
from diagrams import CALL

TWICE = CALL + """
  - c: dawdle
  - c -> s: ask again
  - s --> c: told again
"""
NEST = """
diagram: A call within a call
participants: {c: Client, a: Front, b: Back}
sequence:
  - c -> a: ask
  - a -> b: query
  - b --> a: found
  - a --> c: told
"""
ROUND_TRIPS = {"datagram": 0, "tcp": 1, "tls": 2}


def scenario(times, *, link=None, server=None, duration="200 s", links=None, **client):
    return {"duration": duration, "network": {"default": {"latency": "10 ms", **(link or {})}, **(links or {})},
            "actors": {"c": {"population": len(times), "arrivals": {"times": times}, **client}, **(server or {})}}


@pytest.mark.parametrize("transport", ["datagram", "tcp", "tls"])
def test_a_new_connection_costs_round_trips_and_a_kept_one_none(play, transport):
    played = play(TWICE, scenario(["0 ms"], link={"transport": transport}, server={"s": {"work": {"handshake": "3 ms", "parse": "1 ms"}}}))
    set_up, shake = 20 * ROUND_TRIPS[transport], 0 if transport == "datagram" else 3
    arrived = set_up + 10
    told = arrived + shake + 1
    assert played.times_ms("ask", "sent", "received", "finished") == [(0, arrived, told)]
    assert played.times_ms("told", "sent", "received") == [(told, told + 10)]
    assert played.times_ms("ask_again", "sent", "received", "finished") == [(told + 10, told + 20, told + 21)]


def test_tls_is_the_default(play):
    given = scenario(["0 ms"])
    given["network"]["default"]["transport"] = "tls"
    assert play(CALL, given).log[0] == "0 60 | session 1 c/1 completed"


@pytest.mark.parametrize(("pause", "received"), [("1 s", 1070), ("1.000000001 s", 1110.000001)])
def test_a_connection_is_kept_alive_since_it_was_last_used(play, pause, received):
    """Last used when the answer came, at 60 ms; kept for exactly a second."""
    played = play(TWICE, scenario(["0 ms"], link={"transport": "tls", "keep_alive": "1 s"}, work={"dawdle": pause}))
    assert played.times_ms("ask_again", "received") == [received]


def test_a_connection_outlives_the_session_with_the_client(play):
    for picks, delay in (("round_robin", 10), ("new", 50)):
        given = scenario(["0 s", "1 s"], link={"transport": "tls"}, picks=picks) | {}
        given["actors"]["c"]["population"] = 1
        played = play(CALL, given)
        sent, received = played.times_ms("ask", "sent", "received")[1]
        assert received - sent == delay


def test_each_instance_has_a_connection_of_its_own_and_servers_keep_theirs(play):
    given = scenario(["0 s", "1 s", "2 s", "3 s"], link={"transport": "tcp", "keep_alive": "1 h"}, server={"b": {"instances": 2}})
    played = play(NEST, given)
    seen: set[str] = set()
    for instance, sent, received in played.of("query", "receiver", "sent_ns", "received_ns"):
        assert received - sent == (10_000_000 if instance in seen else 30_000_000)
        seen.add(instance)
    assert seen == {"b/1", "b/2"}
    assert [received - sent for sent, received in played.times_ms("ask", "sent", "received")] == [30] * 4  # newcomers


def test_a_timeout_closes_the_connection(play):
    given = scenario(["0 s"], link={"transport": "tls"}, server={"s": {"work": {"ask": "100 ms"}}}, timeout="120 ms", retry={"attempts": 2})
    played = play(CALL, given)
    assert played.times_ms("ask", "sent", "received") == [(0, 50), (120, 170)]
    refused = scenario(["0 s", "1 ms"], link={"transport": "tls"}, server={"s": {"queue": {"capacity": 0}, "work": {"ask": "10 ms"}}},
                       retry={"attempts": 2})
    played = play(CALL, refused)
    assert played.times_ms("ask", "sent", "received") == [(0, 50), (1, 51), (61, 71)]  # a refusal leaves it open


def test_a_lost_datagram_is_lost(play):
    given = scenario(["0 s"], link={"transport": "datagram"}, links={"s -> c": {"loss": "100 %"}}, timeout="1 s", retry={"attempts": 2})
    played = play(CALL, given)
    assert played.log == [
        "0 2000 | session 1 c/1 timed_out timeout",
        "0 10 10 10 | 1 ask 0.1 c/1>s/1 delivered",
        "10 - - - | 1 told 0.1 s/1>c/1 lost link",
        "1000 1010 1010 1010 | 1 ask 0.2 c/1>s/1 delivered",
        "1010 - - - | 1 told 0.2 s/1>c/1 lost link",
    ]
    assert played.metrics["messages"] == {"sent": 4, "delivered": 2, "lost": 2, "in_flight": 0}


def test_datagrams_are_lost_as_often_as_the_link_says(play):
    times = ["0 s"] * 2000
    played = play(CALL, scenario(times, link={"transport": "datagram", "loss": "20 %"}, server={"s": {"servers": "unlimited"}}, timeout="1 s"), seed=2)
    outcomes = Counter(played.of("ask", "outcome"))
    assert abs(outcomes["lost"] - 400) < 4 * (2000 * 0.2 * 0.8) ** 0.5
    assert len(played.of("told", "outcome")) == outcomes["delivered"]
    assert played.metrics["sessions"]["completed"] == Counter(played.of("told", "outcome"))["delivered"]


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_lost_packet_is_sent_again_after_1_3_7_seconds(play, transport):
    """RFC 6298: RTO 1 s, doubled each time. The answer's connection is open: what it loses is its own."""
    times = ["0 s"] * 1000
    link = {"transport": transport, "loss": "30 %"}
    played = play(CALL, scenario(times, link=link, server={"s": {"servers": "unlimited"}}, timeout="150 s"), seed=1)
    delays = Counter((received - sent - 10) / 1000 for sent, received in played.times_ms("told", "sent", "received") if received is not None)
    assert set(delays) <= {0, 1, 3, 7, 15, 31, 63}
    count = sum(delays.values())
    for delay, losses in ((0, 0), (1, 1), (3, 2)):
        share = 0.7 * 0.3**losses
        assert abs(delays[delay] - count * share) < 4 * (count * share * (1 - share)) ** 0.5
    set_up = {received - sent - (10 + 20 * ROUND_TRIPS[transport]) for sent, received in played.times_ms("ask", "sent", "received")
              if received is not None}
    assert all(extra % 1000 == 0 for extra in set_up)
    assert len(set_up) > 10  # several flights, each with its own losses


def test_retransmission_ends_with_the_attempt(play):
    """A link that loses everything: the sender tries until the attempt's timeout, then it is lost for good."""
    given = scenario(["0 s"], link={"transport": "tcp", "loss": "100 %"}, timeout="3 s", retry={"attempts": 2})
    played = play(CALL, given)
    assert played.log == [
        "0 6000 | session 1 c/1 timed_out timeout",
        "0 - - - | 1 ask 0.1 c/1>s/1 lost link",
        "3000 - - - | 1 ask 0.2 c/1>s/1 lost link",
    ]


def test_what_is_not_sent_again_in_time_is_lost(play):
    """Answers that lost one packet are on their way for 1.01 s: with a timeout of half a second they never leave."""
    times = ["0 s"] * 300
    link = {"transport": "tcp", "loss": "30 %"}
    played = play(CALL, scenario(times, link=link, server={"s": {"servers": "unlimited"}}, timeout="500 ms"), seed=1)
    answers = Counter(played.of("told", "outcome"))
    assert answers["lost"] > 20
    assert {received - sent for sent, received in played.times_ms("told", "sent", "received") if received is not None} == {10}
    assert {received - sent for sent, received in played.times_ms("ask", "sent", "received") if received is not None} == {30}
    assert played.metrics["messages"]["lost"] == answers["lost"] + Counter(played.of("ask", "outcome"))["lost"]


def test_each_direction_has_its_own_latency(play):
    links = {"c <-> s": {"latency": "5 ms"}, "s -> c": {"latency": "7 ms"}}
    played = play(CALL, scenario(["0 s"], link={"transport": "datagram"}, links=links))
    assert played.log[0] == "0 12 | session 1 c/1 completed"


def test_messages_may_overtake_each_other(play):
    given = scenario(["0 ms", "1 ms"], link={"transport": "datagram", "latency": {"uniform": ["1 ms", "100 ms"]}})
    orders = set()
    for seed in range(1, 10):
        played = play(CALL, given, seed=seed)
        assert all(1 <= received - sent <= 100 for sent, received in played.times_ms("ask", "sent", "received"))
        arrived = sorted(zip(played.of("ask", "received_ns"), played.of("ask", "session"), strict=True))
        orders.add(tuple(session for _, session in arrived))
    assert orders == {(1, 2), (2, 1)}
