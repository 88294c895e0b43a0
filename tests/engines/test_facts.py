"""Facts: who holds what, since when, until when; which key a message names; what a server's tables cost."""

import pytest

KEYS = """
diagram: A key, and what it opens
participants: {c: Client, s: Server}
sequence:
  - opt: has no key
    id: keyless
    when: c lacks key
    sequence:
      - c -> s: ask for a key
        id: ask_key
      - s: make a key
      - s --> c: here is a key
        id: give_key
        gives: key
  - c -> s: use the key
    id: use
    carries: key
    %s
  - opt: knows the key
    id: known
    when: s holds key
    sequence:
      - s: look it up
  - s --> c: it opens
    id: opens
"""
PLAIN = KEYS % ""


def scenario(*times, c=None, s=None, latency="1 ms", **more):
    return {"network": {"default": {"latency": latency, "transport": "datagram"}}, **more,
            "actors": {"c": {"population": len(times), "arrivals": {"times": list(times)}, **(c or {})}, "s": s or {}}}


def test_a_key_is_given_carried_and_named_in_the_trace(play):
    played = play(PLAIN, scenario("0 ms", "1 ms", "50 ms", c={"population": 2, "picks": "round_robin"}, s={"memory": {"key": "1 KiB"}}))
    assert played.log_of(1) == [
        "0 4 | session 1 c/1 completed",
        "0 | 1 keyless 0.0 c/1 entered",
        "0 1 1 1 | 1 ask_key 0.1 c/1>s/1 delivered",
        "1 1 | 1 make_a_key 0.1 s/1 done",
        "1 2 2 2 | 1 give_key 0.1 s/1>c/1 delivered",
        "2 3 3 3 | 1 use 0.1 c/1>s/1 delivered",
        "3 | 1 known 0.1 s/1 entered",  # who receives what is carried holds it
        "3 3 | 1 look_it_up 0.1 s/1 done",
        "3 4 4 4 | 1 opens 0.1 s/1>c/1 delivered",
    ]
    assert played.of("keyless", "outcome") == ["entered", "entered", "skipped"]
    assert played.of("give_key", "sender", "receiver", "key") == [("s/1", "c/1", "key/1"), ("s/1", "c/2", "key/2")]
    assert played.of("use", "sender", "key") == [("c/1", "key/1"), ("c/2", "key/2"), ("c/1", "key/1")]
    assert played.of("ask_key", "key") == played.of("opens", "key")[:2] == [None, None]
    assert played.metrics["keys"] == {"allocated": 2, "orphaned": 0, "deleted_in_use": 0}
    assert played.metrics["stations"]["s"]["memory_peak_bytes"] == {"key": 2048}


def test_what_a_client_holds_expires(play):
    returning = {"population": 1, "picks": "round_robin", "expires": {"key": "10 ms"}}
    played = play(PLAIN, scenario("0 ms", "11.999999 ms", "12 ms", "23.999999 ms", "24 ms", c=returning))
    assert played.times_ms("give_key", "received") == [2, 14, 26]  # each held until just before 10 ms later
    assert played.of("keyless", "outcome") == ["entered", "skipped", "entered", "skipped", "entered"]


def test_a_key_that_expires_under_way_refuses_the_session(play):
    played = play(PLAIN, scenario("0 ms", c={"expires": {"key": "5 ms"}, "timeout": "5 ms", "retry": {"attempts": 2}}, s={"work": {"use": "20 ms"}}))
    assert played.fates() == [("refused", "needs:key")]  # at the second attempt
    assert played.of("use", "attempt") == [1]


def test_a_server_that_lacks_what_it_needs_refuses_with_403(play):
    diagram = """
diagram: A server that must know
participants: {c: Client, s: Server}
sequence:
  - c -> s: sign in
    gives: pass
  - s --> c: welcome
  - c: dawdle
    wait: 10 ms
  - c -> s: ask
  - s: look
  - s: tell
    needs: pass
  - s --> c: told
"""
    played = play(diagram, scenario("0 ms", s={"expires": {"pass": "5 ms"}, "work": {"parse": "1 ms", "look": "2 ms", "tell": "4 ms"}}))
    assert played.log == [
        "0 18 | session 1 c/1 refused needs:pass",
        "0 1 1 2 | 1 sign_in 0.1 c/1>s/1 delivered",
        "2 3 3 3 | 1 welcome 0.1 s/1>c/1 delivered",
        "3 13 | 1 dawdle 0.0 c/1 done",
        "13 14 14 17 | 1 ask 0.1 c/1>s/1 refused needs:pass",  # for the work done so far
        "15 17 | 1 look 0.1 s/1 done",
        "17 18 18 18 | 1 ask!403 0.1 s/1>c/1 delivered needs:pass",
    ]
    assert played.metrics["stations"]["s"]["refused"] == {"needs:pass": 1}


def test_what_is_spent_is_gone(play):
    diagram = """
diagram: Tickets
participants: {c: Client, s: Server}
sequence:
  - loop: two rides
    id: rides
    times: 2
    sequence:
      - opt: no ticket
        id: broke
        when: c lacks ticket
        sequence:
          - c: buy
            gives: ticket
      - c -> s: ride
        spends: ticket
      - s --> c: arrived
"""
    played = play(diagram, scenario("0 ms", "50 ms", c={"population": 1, "picks": "round_robin"}))
    assert played.of("broke", "outcome") == ["entered"] * 4
    kept = diagram.replace("        spends: ticket\n", "")
    assert play(kept, scenario("0 ms", "50 ms", c={"population": 1, "picks": "round_robin"})).of("broke", "outcome") == [
        "entered", "skipped", "skipped", "skipped"]


REFUSING = """
from sim.protocol.actor import Actor, Refused, receives

class S(Actor):
    @receives("use")
    def check(self, message, turn):
        self.seen = getattr(self, "seen", 0) + 1
        if self.seen <= {times}:
            raise Refused(401, "no", "mood")
"""


def test_on_refusal_drops_the_key_and_asks_for_a_new_one(play):
    diagram = KEYS % "on_refusal: {401: {drop: key, go_to: ask_key}}"
    played = play(diagram, scenario("0 ms", c={"holds": [{"share": "100 %", "items": ["key"]}]}), actors=REFUSING.format(times=1))
    assert played.log_without("action") == [
        "0 6 | session 1 c/1 completed",
        "0 | 1 keyless 0.0 c/1 skipped",
        "0 1 1 1 | 1 use 0.1 c/1>s/1 refused mood",
        "1 2 2 2 | 1 use!401 0.1 s/1>c/1 delivered mood",
        "2 | 1 keyless 1.0 c/1 entered",  # the jump leads into the fragment
        "2 3 3 3 | 1 ask_key 1.1 c/1>s/1 delivered",
        "3 4 4 4 | 1 give_key 1.1 s/1>c/1 delivered",
        "4 5 5 5 | 1 use 1.1 c/1>s/1 delivered",
        "5 | 1 known 1.1 s/1 entered",
        "5 6 6 6 | 1 opens 1.1 s/1>c/1 delivered",
    ]
    assert played.of("use", "key") == ["key/1", "key/2"]


@pytest.mark.parametrize(("at_most", "times", "uses"), [(1, 2, 2), (2, 2, 3), (3, 9, 4)])
def test_a_jump_is_made_so_many_times_and_no_more(play, at_most, times, uses):
    diagram = KEYS % f"on_refusal: {{401: {{drop: key, go_to: ask_key, at_most: {at_most}}}}}"
    played = play(diagram, scenario("0 ms"), actors=REFUSING.format(times=times))
    assert played.of("use", "iteration", "attempt") == [(number, 1) for number in range(uses)]
    assert played.of("ask_key", "iteration") == list(range(uses))
    assert played.fates() == [("completed", None) if times <= at_most else ("refused", "mood")]


def test_dropping_alone_ends_the_session_and_the_next_one_asks_anew(play):
    diagram = KEYS % "on_refusal: {401: {drop: key}}"
    played = play(diagram, scenario("0 ms", "50 ms", c={"population": 1, "picks": "round_robin"}), actors=REFUSING.format(times=1))
    assert played.fates() == [("refused", "mood"), ("completed", None)]
    assert played.of("keyless", "outcome") == ["entered", "entered"]
    forgiving = play(PLAIN, scenario("0 ms", "50 ms", c={"population": 1, "picks": "round_robin"}), actors=REFUSING.format(times=1))
    assert forgiving.of("keyless", "outcome") == ["entered", "skipped"]


def test_a_key_nobody_receives_is_an_orphan(play):
    lost = play(PLAIN, {**scenario("0 ms", c={"timeout": "10 ms"}), "network": {
        "default": {"transport": "datagram"}, "s -> c": {"loss": "100 %"}}})
    assert lost.metrics["keys"] == {"allocated": 1, "orphaned": 1, "deleted_in_use": 0}
    late = play(PLAIN, scenario("0 ms", c={"timeout": "10 ms", "retry": {"attempts": 2}}, s={"servers": 2, "work": {"make_a_key": "12 ms"}}))
    assert late.fates() == [("timed_out", "timeout")]
    assert late.metrics["keys"] == {"allocated": 2, "orphaned": 2, "deleted_in_use": 0}


def test_what_is_held_from_the_start_has_a_row_too(play):
    played = play(PLAIN, scenario("0 ms", "1 ms", c={"holds": [{"share": "100 %", "items": ["key"]}]}, s={"memory": {"key": "100 B"}}))
    assert played.of("keyless", "outcome") == ["skipped", "skipped"]
    assert played.of("use", "key") == ["key/1", "key/2"]
    assert played.metrics["stations"]["s"]["memory_peak_bytes"] == {"key": 200}
    assert played.metrics["keys"]["allocated"] == 0


def test_joint_holdings_have_their_shares(play):
    diagram = """
diagram: Who holds what
participants: {c: Client, s: Server}
facts: [key, token]
sequence:
  - opt: a key
    id: has_key
    when: c holds key
    sequence: [c: shows the key]
  - opt: a token
    id: has_token
    when: c holds token
    sequence: [c: shows the token]
  - c -> s: ask
  - s --> c: told
"""
    shares = [{"share": "30 %", "items": ["key"]}, {"share": "20 %", "items": ["key", "token"]}]
    played = play(diagram, {**scenario(*["0 ms"] * 2000, c={"holds": shares}, s={"servers": "unlimited"}), "duration": "10 s"}, seed=2)
    keys = [outcome == "entered" for outcome in played.of("has_key", "outcome")]
    tokens = [outcome == "entered" for outcome in played.of("has_token", "outcome")]
    pairs = list(zip(keys, tokens, strict=True))
    assert (False, True) not in pairs  # joint: a token never without a key
    for pair, share in (((True, False), 0.3), ((True, True), 0.2), ((False, False), 0.5)):
        assert abs(pairs.count(pair) - 2000 * share) < 4 * (2000 * share * (1 - share)) ** 0.5


def test_holdings_expire_from_the_start_for_who_was_there_and_from_joining_for_newcomers(play):
    held = {"population": 1, "holds": [{"share": "100 %", "items": ["key"]}], "expires": {"key": "10 ms"}}
    was_there = play(PLAIN, scenario("5 ms", "12 ms", c={**held, "picks": "round_robin"}))
    assert was_there.of("keyless", "outcome") == ["skipped", "entered"]
    newcomers = play(PLAIN, scenario("5 ms", "12 ms", c=held))
    assert newcomers.of("keyless", "outcome") == ["skipped", "skipped"]


LOOPING = """
diagram: A jump out of a loop
participants: {c: Client, s: Server}
facts: [badge]
sequence:
  - c: begin
  - opt: has a badge
    id: badged
    when: c lacks badge
    sequence:
      - loop: twice
        id: twice
        times: 2
        sequence:
          - c -> s: inner
            id: inner
            on_refusal: {401: {go_to: begin}}
          - s --> c: inner done
  - c -> s: outer
    id: outer
    on_refusal: {401: {go_to: inner}}
  - s --> c: outer done
"""
REFUSES_SOME = """
from sim.protocol.actor import Actor, Refused, receives

class S(Actor):
    @receives("inner", "outer")
    def check(self, message, turn):
        self.seen = getattr(self, "seen", 0) + 1
        if self.seen in {times}:
            raise Refused(401, "no", "mood")
"""


def test_a_jump_out_of_a_loop_enters_it_anew(play):
    played = play(LOOPING, scenario("0 ms"), actors=REFUSES_SOME.format(times=(2,)))
    assert played.of("begin", "iteration") == [0, 1]
    assert played.of("badged", "iteration", "outcome") == [(0, "entered"), (1, "entered")]
    assert played.of("twice", "iteration", "outcome") == [(0, "entered"), (1, "entered"), (2, "entered"), (3, "entered")]
    assert played.of("inner", "iteration", "outcome") == [(0, "delivered"), (1, "refused"), (2, "delivered"), (3, "delivered")]
    assert played.fates() == [("completed", None)]


def test_a_reply_may_need_something_too(play):
    diagram = """
diagram: A reply that needs something
participants: {c: Client, s: Server, t: Third}
sequence:
  - c -> s: ask
    gives: pass
  - s -> t: query
  - t --> s: found
  - s --> c: told
    needs: pass
"""
    for lasts, fate in (("1 s", ("completed", None)), ("1 ms", ("refused", "needs:pass"))):
        played = play(diagram, scenario("0 ms", s={"expires": {"pass": lasts}}))
        assert played.fates() == [fate]
    assert played.log[-1] == "3 4 4 4 | 1 ask!403 0.1 s/1>c/1 delivered needs:pass"


def test_rows_of_what_a_server_gives_itself_die_with_the_session_or_are_spent(play):
    diagram = """
diagram: A ticket
participants: {c: Client, s: Server}
facts: [ticket]
sequence:
  - c -> s: ask
  - s: write a ticket
    gives: ticket
  - opt: at once
    id: at_once
    when: {chance: 0.5}
    sequence:
      - s: tear it up
        spends: ticket
  - s --> c: told
  - c: think
"""
    played = play(diagram, {"duration": "60 s", "actors": {
        "c": {"arrivals": {"constant": "1 /s"}, "work": {"think": "10 s"}}, "s": {"servers": "unlimited", "memory": {"ticket": "1 KiB"}}}})
    torn = played.of("at_once", "outcome").count("entered")
    kept = sorted(record["sent_ns"] for record in played.records if record["kind"] == "fragment" and record["outcome"] == "skipped")
    assert torn > 10
    # A ticket is held for the 10 s in which its client thinks, and all of them are written a second apart.
    most = max(sum(1 for other in kept if start - 10 * 10**9 < other <= start) for start in kept)
    assert played.run.metrics["stations"]["s"]["memory_peak_bytes"]["ticket"] in (1024 * most, 1024 * (most + 1))
