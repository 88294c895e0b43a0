"""Sources that are not the attacker's own: whatever is answered reaches somebody else."""

from collections import Counter

import pytest

import sim
from sim.language.faults import Faults

ASK = """
diagram: A question
participants: {c: Client, a: Server}
sequence:
  - c -> a: ask
  - a --> c: told
    gives: key
  - c -> a: use
    carries: key
  - a --> c: used
"""
NOTES = """
diagram: Notes
participants: {c: Client, a: Server}
sequence:
  - c ->> a: note
  - c ->> a: more
  - a: write
  - a ->> c: receipt
"""
LINK = {"default": {"latency": "1 ms", "transport": "datagram"}}
NOBODY = {"population": 300, "arrivals": "0 /s"}


def spoofing(sends="ask", **more):
    return {"name": "x", "sends": sends, "rate": {"constant": "100 /s"}, "during": ["0 s", "25 ms"], "timeout": "5 ms", "sources": {"spoofed": True}, **more}


def test_the_answer_comes_and_nobody_hears_it(play):
    played = play(ASK, {"network": LINK, "actors": {"c": NOBODY, "a": {"work": {"ask": "1 ms"}, "memory": {"key": "1 KiB"}}}, "attacks": [spoofing()]})
    names = [record["sender"] for record in played.records if record["kind"] == "session"]
    assert [text.replace(names[0], "c/x-1").replace(names[1], "c/x-2") for text in played.log] == [
        "10 15 | session 1 c/x-1 timed_out timeout", "10 11 11 12 | 1 ask 0.1 c/x-1>a/1 delivered", "12 13 13 13 | 1 told 0.1 a/1>c/x-1 delivered",
        "20 25 | session 2 c/x-2 timed_out timeout", "20 21 21 22 | 2 ask 0.1 c/x-2>a/1 delivered", "22 23 23 23 | 2 told 0.1 a/1>c/x-2 delivered"]
    assert played.metrics["keys"]["orphaned"] == 2
    assert played.metrics["attack"]["keys_obtained"] == 0
    assert dict(played.metrics["attack"]["resources"]) == {"addresses": 1, "prefixes": 1, "requests": 2, "hashes": 0}


def test_refusals_and_challenges_are_not_heard_either(play):
    for mitigation, answer in (({"token_bucket": {"rate": "1 /h", "burst": 1, "per": "all"}}, "ask!429"), ({"client_puzzle": {}}, "ask?client_puzzle")):
        played = play(ASK, {"network": LINK, "actors": {"c": NOBODY}, "mitigations": {"a": [mitigation]}, "attacks": [spoofing()]})
        assert set(played.fates()) == {("timed_out", "timeout")}
        assert answer in {record["message"] for record in played.records}
        assert sum(record["message"] == "ask" for record in played.records) == 2


def test_a_one_way_message_needs_no_answer_but_a_receipt_is_not_heard(play):
    def fates(sends):
        return set(play(NOTES, {"network": LINK, "actors": {"c": NOBODY}, "attacks": [spoofing(sends)]}).fates())

    assert fates("note") == {("completed", None)}
    assert fates("more") == {("timed_out", "timeout")}


def test_addresses_are_drawn_from_everywhere_or_where_it_is_said(play):
    def addresses(sources):
        played = play(ASK, {"network": LINK, "actors": {"c": NOBODY}, "attacks": [spoofing(sources={**sources, "spoofed": True}, rate="1000 /s", during=["0 s", "1 s"])]})
        return Counter(record["address"] for record in played.records if record["kind"] == "session")

    anywhere = addresses({})
    assert max(anywhere.values()) <= 2
    assert len({address.rpartition(".")[0] for address in anywhere}) > 900
    assert set(addresses({"among": "c"})) <= {f"10.0.{k // 254}.{k % 254 + 1}" for k in range(300)}
    assert set(addresses({"addresses": 3})) == {f"100.64.0.{k}" for k in (1, 2, 3)}


def test_beside_it_another_attack_has_all_prefixes_to_itself(play):
    played = play(ASK, {"network": LINK, "actors": {"c": NOBODY}, "attacks": [
        spoofing(), {**spoofing(), "name": "y", "sources": {"addresses": 16384, "prefixes": 16384}}, {**spoofing(), "name": "z", "sources": {"spoofed": True}}]})
    assert len({record["session"] for record in played.records}) == 6


def test_per_address_a_limit_never_meets_anybody_twice(play):
    """What a limit by address is worth against addresses that cost nothing: nothing."""
    limit = {"token_bucket": {"rate": "1 /h", "burst": 1, "per": "address"}}
    played = play(ASK, {"network": LINK, "actors": {"c": NOBODY}, "mitigations": {"a": [limit]}, "attacks": [spoofing(rate="1000 /s", during=["0 s", "1 s"])]})
    answers = Counter(record["message"] for record in played.records)
    assert answers["ask!429"] <= 2 < 900 < answers["told"]


@pytest.mark.parametrize(("network", "link"), [({}, "tls"), ({"c <-> a": {"transport": "tcp"}, "default": {"transport": "datagram"}}, "tcp")])
def test_over_a_connection_it_is_a_fault(model_file, network, link):
    scenario = {"scenario": "x", "model": model_file(ASK), "duration": "1 s", "network": network, "actors": {"c": NOBODY}, "attacks": [spoofing()]}
    with pytest.raises(Faults, match=rf"attacks\.0\.sources\.spoofed: over {link}, from c to a, a spoofed source cannot complete a handshake; expected "
                                     "transport: datagram on this link, or sources that answer"):
        sim.load(scenario).plan()
    assert sim.load({**scenario, "network": {"c <-> a": {"transport": "datagram"}}}).plan().attacks[0].spoofed
