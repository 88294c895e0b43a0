"""Tables of connections, and slow attacks that fill them: by hand, and what a header timeout and a limit of each address do."""

import pytest
from diagrams import CALL

import sim
from sim.language.faults import Faults
from sim.scenario.spell import spelled_out

ATTACK = {"name": "slow", "sends": "ask"}


def played(play, table, times, *, attacks=(), client=None, transport="tcp", server=None, **keys):
    return play(CALL, {"network": {"default": {"latency": "1 ms", "transport": transport}}, "actors": {
        "c": {"population": 10, "picks": "round_robin", "arrivals": {"times": times}, "timeout": "400 ms", **(client or {})},
        "s": {"connections": table, "work": {"ask": "4 ms"}, **(server or {})}}, **({"attacks": list(attacks)} if attacks else {}), **keys})


def test_what_finds_no_place_is_refused_or_dropped(play):
    """Two places, three clients: the connections of the first two are kept for 100 ms after their answers have left."""
    run = played(play, {"most": 2, "idle_timeout": "100 ms"}, ["0 s", "10 ms", "20 ms"])
    assert run.of("ask", "outcome") == ["delivered", "delivered", "refused"]
    assert run.fates()[2] == ("refused", "connections")
    assert run.metrics["stations"]["s"]["refused"] == {"connections": 1}
    run = played(play, {"most": 2, "idle_timeout": "100 ms", "full": "drop"}, ["0 s", "10 ms", "20 ms"])
    assert run.of("ask", "outcome", "by") == [("delivered", None), ("delivered", None), ("dropped", "connections")]


def test_an_idle_connection_is_closed(play):
    """The first answer leaves at 7 ms (a round trip to connect, one way there, 4 ms of work): its place is free at 57 ms, not before."""
    run = played(play, {"most": 1, "idle_timeout": "50 ms"}, ["0 s", "53.999 ms", "100 ms", "153.999999 ms"])
    assert run.of("ask", "outcome") == ["delivered", "refused", "delivered", "refused"]
    run = played(play, {"most": 1, "idle_timeout": "50 ms"}, ["0 s", "54 ms"])
    assert run.of("ask", "outcome") == ["delivered", "delivered"]


def test_a_client_that_comes_again_has_its_place(play):
    run = played(play, {"most": 1, "idle_timeout": "50 ms"}, ["0 s", "20 ms", "40 ms", "60 ms"], client={"population": 1})
    assert run.of("ask", "outcome") == ["delivered"] * 4


def test_while_a_message_waits_its_connection_stays_open(play):
    """Three come at once and are served one after the other for 40 ms: nobody's connection is idle for 10 ms until 43 + 10 ms."""
    run = played(play, {"most": 3, "idle_timeout": "10 ms"}, ["0 s"] * 3 + ["40 ms", "60 ms"], server={"work": {"ask": "40 ms"}})
    assert run.of("ask", "outcome") == ["delivered"] * 3 + ["refused", "delivered"]


def test_an_address_has_so_many(play):
    """Five clients behind one address."""
    table = {"most": 9, "per_address": 2, "idle_timeout": "1 s"}
    run = played(play, table, ["0 s", "10 ms", "20 ms", "30 ms", "40 ms", "50 ms"], client={"addresses": {"shared_by": 5}})
    assert run.of("ask", "outcome") == ["delivered"] * 2 + ["refused"] * 3 + ["delivered"]


def test_datagrams_have_no_connections(play):
    run = played(play, {"most": 1, "idle_timeout": "1 s"}, ["0 s", "10 ms", "20 ms"], transport="datagram")
    assert run.of("ask", "outcome") == ["delivered"] * 3


def test_a_slow_request_holds_its_place_until_it_is_cut(play):
    """One socket, a try every 10 ms: it holds the only place from 13 ms to 113 ms; the next one opens at 120 ms and arrives at 123."""
    attack = {**ATTACK, "rate": {"constant": "100 /s"}, "sockets": 1, "during": ["0 s", "300 ms"]}
    run = played(play, {"most": 1, "header_timeout": "100 ms", "idle_timeout": "1 ms"}, ["50 ms", "110 ms", "111 ms"], attacks=[attack],
                 duration="400 ms")
    slow = [(r["sent_ns"] / 1e6, r["received_ns"] / 1e6, r["finished_ns"] / 1e6, r["outcome"], r["by"]) for r in run.records
            if r["class"] == "slow" and r["message"] == "ask"]
    assert slow == [(at, at + 103, at + 103, "dropped", "header_timeout") for at in (10, 120, 230)]
    honest = [r["outcome"] for r in run.records if r["class"] == "c" and r["message"] == "ask"]
    assert honest == ["refused", "refused", "delivered"]  # at 53 ms, at 113 just before the cut, and at 114
    assert run.metrics["attack"]["sent"] == 3


@pytest.mark.parametrize(("drip", "cut"), [("15 ms", False), ("40 ms", True)])
def test_without_a_header_timeout_a_drip_keeps_a_connection(play, drip, cut):
    attack = {**ATTACK, "rate": {"constant": "100 /s"}, "sockets": 1, "drip": drip}
    run = played(play, {"most": 1, "header_timeout": "none", "idle_timeout": "30 ms"}, ["200 ms"], attacks=[attack], duration="400 ms")
    outcomes = {r["outcome"] for r in run.records if r["class"] == "slow" and r["message"] == "ask"}
    assert outcomes == ({"dropped", "in_flight"} if cut else {"in_flight"})
    assert (run.metrics["attack"]["sent"] > 1) == cut


def test_a_slow_attack_reopens_what_was_cut_and_no_more(play):
    attack = {**ATTACK, "rate": "2000 /s", "sockets": 7, "sources": {"addresses": 3}}
    run = played(play, {"most": 50, "header_timeout": "40 ms"}, ["0 s"], attacks=[attack], duration="500 ms")
    held = [(r["sent_ns"], r["finished_ns"] or 10**12) for r in run.records if r["class"] == "slow" and r["message"] == "ask"]
    assert max(sum(begin <= at < end for begin, end in held) for at, _ in held) == 7
    assert len(held) > 7 * 10


def test_a_slow_request_that_was_given_up_on_its_way_still_takes_a_place(play):
    """Its sender waits 2 ms, and it takes 3 to arrive: the server does not know, and keeps the place for 100 ms."""
    attack = {**ATTACK, "rate": {"constant": "100 /s"}, "sockets": 1, "during": ["0 s", "15 ms"], "timeout": "2 ms"}
    run = played(play, {"most": 1, "header_timeout": "100 ms"}, ["50 ms", "120 ms"], attacks=[attack], duration="400 ms")
    assert [r["outcome"] for r in run.records if r["class"] == "c" and r["message"] == "ask"] == ["refused", "delivered"]
    assert [(r["outcome"], r["by"]) for r in run.records if r["class"] == "slow"] == [("timed_out", "timeout"), ("dropped", "header_timeout")]


SLOWLORIS = {
    "scenario": "Slow connections", "model": "protectserve/step1", "duration": "90 s", "seed": 3,
    "network": {"default": {"latency": "20 ms", "transport": "tls"}},
    "actors": {
        "consumer": {"population": 100_000, "arrivals": "20 /s", "timeout": "3 s", "deadline": "10 s"},
        "authorization_manager": {"servers": 4, "work": {"allocate_consumer_key": "4 ms", "verify_signature": "1 ms"},
                                  "connections": {"most": 400, "header_timeout": "20 s", "idle_timeout": "5 s"}}},
    "attacks": [{"name": "slow", "sends": "request_consumer_key", "rate": "100 /s", "sockets": 500, "sources": {"addresses": 5},
                 "during": ["20 s", "70 s"]}]}


def success(changes):
    run = sim.load(SLOWLORIS).set(changes).run(engine="compiled", trace=False)
    return run.metrics["phases"]["slow"]["during"]["success_ratio"], run.metrics


def test_what_helps_against_slow_connections():
    """Five machines hold all places, and the servers idle; ten of each address, or a short header timeout, and nearly all are served."""
    unprotected, metrics = success({})
    assert metrics["stations"]["authorization_manager"]["utilisation"] < 0.1
    limited, _ = success({"actors.authorization_manager.connections.per_address": 10})
    hasty, _ = success({"actors.authorization_manager.connections.header_timeout": "1 s"})
    calm, _ = success({"attacks.slow.rate": "0 /s"})
    assert unprotected < 0.5
    assert calm == limited == 1.0
    assert hasty > 0.95


def test_many_addresses_get_around_the_limit_of_each():
    many, _ = success({"actors.authorization_manager.connections.per_address": 10, "attacks.slow.sources": {"addresses": 500}})
    assert many < 0.5


def test_it_is_written_out_and_read_again(tmp_path):
    scenario = sim.load(SLOWLORIS).set({"actors.authorization_manager.connections.per_address": 10}).scenario
    (tmp_path / "again.yaml").write_text(spelled_out(scenario), encoding="utf-8")
    assert sim.load(tmp_path / "again.yaml").scenario == scenario


@pytest.mark.parametrize(("changes", "says"), [
    ({"actors.authorization_manager.connections": {"header_timeout": "20 s"}}, "connections: the key 'most' is missing"),
    ({"actors.authorization_manager.connections.most": 0}, "connections.most"),
    ({"attacks": [{"name": "x", "sends": "get_resource", "rate": "1 /s", "sockets": 3}]}, "attacks.0.sockets: service_provider has no table"),
    ({"attacks": [{"name": "x", "sends": "request_consumer_key", "rate": "1 /s", "drip": "3 s"}]}, "attacks.0.drip: it is of no use without"),
    ({"network.default": {"transport": "datagram"}}, "attacks.0.sockets: 'request_consumer_key' goes over datagrams"),
    ({"actors.authorization_manager.connections.full": "drop", "actors.consumer.timeout": "none"}, "it drops what its table of connections"),
])
def test_what_cannot_be_is_a_fault(changes, says):
    with pytest.raises(Faults) as error:
        sim.load(SLOWLORIS).set(changes)
    assert says in str(error.value)


def test_slow_one_way_messages_end_nobody_elses_wait(play):
    """Their attempts are forgotten when they are held; the next client has the same place in memory, and still times out."""
    told = """
diagram: A word and a call
participants: {c: Client, s: Server}
sequence:
  - c ->> s: note
  - c -> s: ask
  - s --> c: told
"""
    run = play(told, {"network": {"default": {"latency": "1 ms", "transport": "tcp"}}, "duration": "300 ms", "actors": {
        "c": {"population": 20, "arrivals": {"constant": "200 /s"}, "timeout": "20 ms"},
        "s": {"connections": {"most": 30, "header_timeout": "5 ms"}, "queue": {"capacity": 0, "full": "drop"}, "work": {"ask": "15 ms"}}},
        "attacks": [{"name": "slow", "sends": "note", "rate": {"constant": "400 /s"}, "sockets": 3}]})
    fates = {outcome for outcome, by in run.fates() if by == "timeout"}
    assert fates == {"timed_out"}
    assert run.metrics["sessions"]["in_flight"] < 10
