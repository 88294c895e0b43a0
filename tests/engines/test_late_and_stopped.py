"""What is late, what nobody waits for, and runs that are stopped."""

from collections import Counter

import pytest

import sim
from sim.engines.faults import RunFault

CALL = """
diagram: A call
participants: {c: Client, s: Server}
facts: [key]
sequence:
  - c -> s: ask
  - s --> c: told
"""
ONE_WAY = """
diagram: A job
participants: {c: Client, s: Server}
sequence:
  - c ->> s: job
  - s: work it
  - s ->> c: done
"""
PERHAPS_THE_END = """
diagram: Perhaps the end
participants: {c: Client, s: Server}
sequence:
  - c -> s: ask
  - alt:
      - case: bad
        when: {chance: 0.5}
        sequence:
          - s: note badness
          - end: refused
      - else: good
        sequence:
          - s --> c: told
"""
POLLS = """
diagram: Polls
participants: {c: Client, a: Front, b: Back}
sequence:
  - loop: polls
    id: polls
    times: 4
    sequence:
      - c -> a: ask
      - loop: tries
        id: tries
        until: {chance: 0.5}
        maximum: 3
        sequence:
          - a -> b: query
          - b --> a: found
      - a --> c: told
"""
JUMPS = """
diagram: Polls with a jump
participants: {c: Client, a: Front, b: Back}
sequence:
  - loop: polls
    id: polls
    times: 4
    sequence:
      - c -> a: ask
      - a: prep
      - a -> b: query
        on_refusal: {503: {go_to: prep, at_most: 1000}}
      - b --> a: found
      - a --> c: told
"""


def test_a_job_sent_one_way_needs_the_protected_actor_too(play):
    run = play(ONE_WAY, {"protected": "s", "actors": {"c": {"arrivals": {"constant": "100 /s"}, "deadline": "100 ms"}}}).run
    assert run.metrics["honest"]["success_of"] > 0
    assert run.metrics["honest"]["success_ratio"] == 1


def test_a_server_that_nobody_waits_for_any_more_ends_no_session(play):
    ends = 0
    for seed in range(1, 9):
        played = play(PERHAPS_THE_END, {"actors": {
            "c": {"arrivals": {"times": ["0 ms"]}, "timeout": "10 ms", "retry": {"attempts": 3, "backoff": {"constant": "5 ms"}}},
            "s": {"work": {"ask": "30 ms"}}}}, seed=seed)
        ends += len(played.of("note_badness", "outcome"))
        assert played.fates() == [("timed_out", "timeout")]
    assert ends > 0


def test_an_answer_after_the_timeout_is_not_sent_again_for_ever(play):
    lost = []
    for work in ("9 ms", "11 ms"):
        played = play(CALL, {
            "duration": "20 s", "actors": {"c": {"arrivals": {"constant": "30 /s"}, "timeout": "10 ms"}, "s": {"work": {"ask": work}}},
            "network": {"default": {"transport": "tcp", "latency": "0 ms"}, "s -> c": {"loss": "50 %", "transport": "tcp"}}})
        lost.append(Counter(played.of("told", "outcome")))
    assert lost[0]["lost"] == pytest.approx(lost[0]["delivered"], rel=0.25)
    assert lost[1]["lost"] == pytest.approx(lost[0]["lost"], rel=0.25)
    assert lost[1]["in_flight"] <= 1


@pytest.mark.parametrize("diagram", [POLLS, JUMPS], ids=["loops", "jumps"])
def test_late_servers_use_no_address_of_a_newer_pass(play, addresses, diagram):
    for seed in range(1, 30):
        with addresses() as used:
            play(diagram, {
                "actors": {"c": {"population": 2, "arrivals": {"times": ["0 ms", "0 ms"]}, "timeout": "10 ms", "retry": {"attempts": 30}},
                           "a": {"servers": 2, "queue": {"order": "lifo"}, "timeout": "100 ms", "work": {"prep": {"exponential": "1 ms"}}
                                 if diagram is JUMPS else {}},
                           "b": {"queue": {"capacity": 0 if diagram is JUMPS else 10}, "work": {"query": {"exponential": "2 ms"}}}},
                "network": {"default": {"latency": {"exponential": "3 ms"}, "transport": "datagram"}}}, seed=seed)
        assert max(used.values()) == 1


READS = """
from sim.protocol.actor import Actor, receives

class C(Actor):
    def set_up(self):
        self.drawn = []

    @receives("told")
    def read(self, message, turn):
        drawn = turn.hex("nonce")
        assert drawn not in self.drawn
        self.drawn.append(drawn)
"""


def test_what_the_reader_of_a_reply_draws_is_new_in_every_pass(play):
    for seed in range(1, 30):
        played = play(JUMPS, {
            "actors": {"c": {"population": 2, "arrivals": {"times": ["0 ms", "0 ms"]}, "timeout": "10 ms", "retry": {"attempts": 30}},
                       "a": {"timeout": "40 ms"}, "b": {"queue": {"capacity": 0}, "work": {"query": {"exponential": "3 ms"}}}},
            "network": {"default": {"latency": {"exponential": "2 ms"}, "transport": "datagram"}}}, seed=seed, actors=READS)
        assert len(played.of("told", "outcome")) > 0


def test_the_success_of_a_run_that_was_stopped_is_not_known(play):
    from sim.engines import simpy_engine
    from sim.measure.metrics import metrics

    given = {"scenario": "A test", "model": "queueing/mm1", "duration": "100 s",
             "actors": {"customer": {"arrivals": {"constant": "10 /s"}, "deadline": "40 s"}}}

    def stop(share):
        if share >= 0.5:
            raise KeyboardInterrupt

    outcome = simpy_engine.run(sim.load(given).plan(), progress=stop)
    stopped = metrics(outcome.meter)
    assert outcome.stopped_at_ns is not None
    assert stopped["sessions"]["completed"] > 0
    assert (stopped["honest"]["success_ratio"], stopped["honest"]["success_of"]) == (None, 0)
    assert all(stopped["checks"].values())


def test_provisions_that_refuse_stop_the_run(model_file):
    actors = ("from sim.protocol.actor import Actor, Refused, provisions\n\nclass C(Actor):\n    @provisions('key')\n"
              "    def had(self, turn):\n        raise Refused(403, 'no', 'mood')\n")
    with pytest.raises(RunFault, match=r"actors\.py:6: C\.had .* raised Refused"):
        sim.run({"scenario": "A test", "model": model_file(CALL, actors), "duration": "1 s",
                 "actors": {"c": {"arrivals": {"times": ["0 s"]}, "holds": [{"share": "100 %", "items": ["key"]}]}}})


def test_more_reasons_than_there_is_room_for_stop_the_run(model_file):
    actors = ("from sim.protocol.actor import Actor, Refused, receives\n\nclass S(Actor):\n    @receives('ask')\n"
              "    def check(self, message, turn):\n        self.n = getattr(self, 'n', 0) + 1\n        raise Refused(401, 'no', f'nonce{self.n}')\n")
    with pytest.raises(RunFault, match="is one more than"):
        sim.run({"scenario": "A test", "model": model_file(CALL, actors), "duration": "10 s", "actors": {"c": {"arrivals": {"constant": "1000 /s"}}}},
                trace=False)


def test_answered_attempts_do_not_wait_for_the_timer_of_the_first(play, monkeypatch):
    from sim.engines.timeouts import Timeouts

    longest = 0
    add = Timeouts.add

    def watched(self, attempt):
        nonlocal longest
        add(self, attempt)
        longest = max(longest, len(self.row))

    monkeypatch.setattr(Timeouts, "add", watched)
    play(CALL, {"duration": "20 s", "actors": {"c": {"arrivals": {"constant": "50 /s"}, "timeout": "15 s"}, "s": {"work": {"ask": "2 ms"}}}})
    assert 0 < longest < 5
