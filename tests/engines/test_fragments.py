"""Opts, alts and loops: who decides, when, and what the trace says of it."""

import pytest

OPT = """
diagram: An opt
participants: {c: Client, s: Server}
sequence:
  - c -> s: ask
  - opt: hears of it first
    id: first
    when: %s
    sequence:
      - s: look up
        gives: news
  - s --> c: told
    gives: answer
  - opt: has heard
    id: heard
    when: c %s answer
    sequence:
      - c: rejoice
"""


def scenario(*times, c=None, s=None, **more):
    return {**more, "actors": {"c": {"population": len(times), "arrivals": {"times": list(times)}, **(c or {})}, "s": s or {}}}


def test_an_opt_is_entered_or_skipped_by_what_its_subject_holds(play):
    played = play(OPT % ("s lacks news", "holds"), scenario("0 ms", s={"work": {"parse": "1 ms", "look_up": "2 ms"}}))
    assert played.log == [
        "0 3 | session 1 c/1 completed",
        "0 0 0 3 | 1 ask 0.1 c/1>s/1 delivered",
        "1 | 1 first 0.1 s/1 entered",  # decided at take-up; its place in the service time
        "1 3 | 1 look_up 0.1 s/1 done",
        "3 3 3 3 | 1 told 0.1 s/1>c/1 delivered",
        "3 | 1 heard 0.0 c/1 entered",
        "3 3 | 1 rejoice 0.0 c/1 done",
    ]
    played = play(OPT % ("s holds news", "lacks"), scenario("0 ms", s={"work": {"parse": "1 ms", "look_up": "2 ms"}}))
    assert played.log == [
        "0 1 | session 1 c/1 completed",
        "0 0 0 1 | 1 ask 0.1 c/1>s/1 delivered",
        "1 | 1 first 0.1 s/1 skipped",
        "1 1 1 1 | 1 told 0.1 s/1>c/1 delivered",
        "1 | 1 heard 0.0 c/1 skipped",
    ]


@pytest.mark.parametrize(("guard", "outcome"), [("session lacks news", "entered"), ("session holds news", "skipped"),
                                                ("{chance: 1}", "entered"), ("{chance: 0.0000001}", "skipped")])
def test_guards_about_the_session_and_chances(play, guard, outcome):
    played = play(OPT % (guard, "holds"), scenario("0 ms"))
    assert played.of("first", "outcome") == [outcome]


def test_what_a_server_knows_of_a_session_dies_with_it(play):
    """The client keeps what it holds; the server that learned the news in session 1 lacks it in session 2."""
    played = play(OPT % ("s lacks news", "holds"), scenario("0 ms", "1 ms", c={"population": 1, "picks": "round_robin"}))
    assert played.of("first", "outcome") == ["entered", "entered"]
    diagram = OPT.replace("    when: %s", "    when: session lacks news").replace("%s", "lacks")
    before = diagram.replace("  - c -> s: ask", "  - opt: was here before\n    id: before\n    when: c holds answer\n"
                             "    sequence:\n      - c: remember\n  - c -> s: ask")
    played = play(before, scenario("0 ms", "1 ms", c={"population": 1, "picks": "round_robin"}))
    assert played.of("before", "outcome") == ["skipped", "entered"]
    assert played.of("first", "outcome") == ["entered", "entered"]


ALT = """
diagram: An alt
participants: {c: Client, s: Server}
facts: [badge, ticket]
sequence:
  - c -> s: ask
  - alt:
      - {case: drawn low, id: low, when: {chance: 0.25}, sequence: [s: low]}
      - {case: knows, id: knows, when: s holds badge, sequence: [s: knows it]}
      - {case: drawn high, id: high, when: {chance: 50 %}, sequence: [s: high]}
      - {else: neither, id: neither, sequence: [s: none of them]}
    id: kind
  - s --> c: told
"""


def test_the_branches_of_an_alt_share_one_draw(play):
    played = play(ALT, scenario(*["0 ms"] * 4000, s={"servers": "unlimited"}), seed=4)
    taken = played.of("kind", "outcome")
    assert set(taken) == {"low", "high", "neither"}
    for branch, share in (("low", 0.25), ("high", 0.5), ("neither", 0.25)):
        spread = 4 * (4000 * share * (1 - share)) ** 0.5
        assert abs(taken.count(branch) - 4000 * share) < spread
    done = {"low": "low_2", "high": "high_2", "neither": "none_of_them"}
    by_session = dict(zip(played.of("kind", "session"), taken, strict=True))
    for record in played.records:
        if record["kind"] == "action":
            assert record["message"] == done[by_session[record["session"]]]


NO_ELSE = """
diagram: An alt without an else
participants: {c: Client, s: Server}
facts: [badge, ticket]
sequence:
  - alt:
      - {case: has a badge, id: badge_way, when: c holds badge, sequence: [c: shows badge]}
      - {case: has a ticket, id: ticket_way, when: c holds ticket, sequence: [c: shows ticket]}
    id: entry
  - c -> s: ask
  - s --> c: told
"""


def test_the_first_branch_that_holds_is_taken_and_without_an_else_perhaps_none(play):
    shares = [{"share": "25 %", "items": ["badge"]}, {"share": "25 %", "items": ["ticket"]}, {"share": "25 %", "items": ["ticket", "badge"]}]
    played = play(NO_ELSE, scenario(*["0 ms"] * 200, c={"holds": shares}, s={"servers": "unlimited"}))
    taken = played.of("entry", "outcome")
    assert set(taken) == {"badge_way", "ticket_way", "skipped"}
    assert 70 <= taken.count("badge_way") <= 130
    assert len(played.of("shows_badge", "outcome")) == taken.count("badge_way")
    assert len(played.of("shows_ticket", "outcome")) == taken.count("ticket_way")


LOOP = """
diagram: A loop
participants: {c: Client, s: Server}
sequence:
  - loop: again and again
    id: again
    %s
    sequence:
      - c: pause
        wait: 1 ms
      - c -> s: ask
      - s --> c: told
        gives: answer
  - c: stop
"""


def test_a_loop_a_number_of_times(play):
    played = play(LOOP % "times: 3", scenario("0 ms", s={"work": {"ask": "1 ms"}}))
    assert played.log == [
        "0 6 | session 1 c/1 completed",
        "0 | 1 again 0.0 c/1 entered",
        "0 1 | 1 pause 0.0 c/1 done",
        "1 1 1 2 | 1 ask 0.1 c/1>s/1 delivered",
        "2 | 1 again 1.0 c/1 entered",
        "2 3 | 1 pause 1.0 c/1 done",
        "2 2 2 2 | 1 told 0.1 s/1>c/1 delivered",
        "3 3 3 4 | 1 ask 1.1 c/1>s/1 delivered",
        "4 | 1 again 2.0 c/1 entered",
        "4 5 | 1 pause 2.0 c/1 done",
        "4 4 4 4 | 1 told 1.1 s/1>c/1 delivered",
        "5 5 5 6 | 1 ask 2.1 c/1>s/1 delivered",
        "6 6 6 6 | 1 told 2.1 s/1>c/1 delivered",
        "6 6 | 1 stop 0.0 c/1 done",
    ]


@pytest.mark.parametrize(("kind", "outcomes"), [
    ("while: c lacks answer\n    maximum: 4", ["entered"]),
    ("while: c holds answer\n    maximum: 4", ["skipped"]),
    ("until: c holds answer\n    maximum: 4", ["entered"]),
    ("until: c lacks answer\n    maximum: 4", ["entered"] * 4),
    ("while: {chance: 1}\n    maximum: 2", ["entered"] * 2),
    ("until: {chance: 1}\n    maximum: 2", ["entered"]),
    ("until: session holds answer\n    maximum: 3", ["entered"] * 3),  # a session guard asks the servers
    ("times: 2\n    maximum: 5", ["entered"] * 2),
])
def test_when_a_loop_is_left(play, kind, outcomes):
    """`while` is tested before each pass, `until` after each; after `maximum` passes the diagram goes on."""
    played = play(LOOP % kind, scenario("0 ms"))
    assert played.of("again", "outcome") == outcomes
    assert played.of("again", "iteration") == list(range(len(outcomes)))
    assert played.of("ask", "iteration") == list(range(outcomes.count("entered")))
    assert played.fates() == [("completed", None)]
    assert len(played.of("stop", "outcome")) == 1


NESTED = """
diagram: A loop in a loop
participants: {c: Client, s: Server}
sequence:
  - loop: outer
    id: outer
    times: 3
    sequence:
      - c: begin
      - loop: inner
        id: inner
        %s
        sequence:
          - c -> s: ask
          - opt: now and then
            id: sometimes
            when: {chance: 0.5}
            sequence: [s: extra]
          - s --> c: told
      - c: close
"""


def test_iterations_are_counted_over_the_session(play):
    played = play(NESTED % "times: 2", scenario("0 ms"))
    assert played.of("outer", "iteration") == played.of("begin", "iteration") == played.of("close", "iteration") == [0, 1, 2]
    assert played.of("inner", "iteration") == list(range(6))
    assert played.of("ask", "iteration", "attempt") == [(number, 1) for number in range(6)]
    assert played.of("told", "iteration") == list(range(6))
    assert played.of("sometimes", "iteration") == list(range(6))


def test_every_pass_has_a_draw_of_its_own(play, addresses):
    """Each decision is an independent draw: an inner loop that was left or skipped once may be entered again."""
    sessions = 200
    with addresses() as used:
        played = play(NESTED % "while: {chance: 0.5}\n        maximum: 50", scenario(*["0 ms"] * sessions, s={"servers": "unlimited"}))
    assert max(used.values()) == 1
    guards = sum(count for (stream, *_), count in used.items() if stream == "guard")
    entered = played.of("inner", "outcome").count("entered")
    # Passes of 3 x 200 loops are geometric with mean 1 and variance 2: 600 +- 4 sqrt(1200).
    assert abs(entered - 3 * sessions) < 4 * (2 * 3 * sessions) ** 0.5
    assert guards == 3 * sessions + entered + len(played.of("sometimes", "outcome"))


END = """
diagram: An early end
participants: {c: Client, s: Server}
facts: [thing]
sequence:
  - c -> s: ask
  - opt: nothing there
    id: nothing
    when: s lacks thing
    sequence:
      - s: say so
      - end: %s
        id: over
  - s --> c: told
"""


@pytest.mark.parametrize(("outcome", "fate"), [("refused", "ended over"), ("completed", "completed")])
def test_an_end_of_the_diagram(play, outcome, fate):
    played = play(END % outcome, scenario("0 ms", s={"work": {"say_so": "2 ms"}}))
    assert played.log == [
        f"0 2 | session 1 c/1 {fate}",
        "0 0 0 2 | 1 ask 0.1 c/1>s/1 delivered",
        "0 | 1 nothing 0.1 s/1 entered",
        "0 2 | 1 say_so 0.1 s/1 done",
        "2 2 | 1 over 0.1 s/1 done",
    ]


def test_a_client_decides_when_the_time_of_its_action_has_passed(play):
    diagram = """
diagram: Waiting until it is gone
participants: {c: Client, s: Server}
sequence:
  - c: find
    gives: milk
  - c: wait
    wait: 10 ms
  - opt: still good
    id: good
    when: c holds milk
    sequence: [c: drink]
  - c -> s: ask
  - s --> c: told
"""
    for lasts, outcome in (("10 ms", "skipped"), ("10.000001 ms", "entered")):
        played = play(diagram, scenario("0 ms", c={"expires": {"milk": lasts}}))
        assert played.times_ms("good", "sent") == [10]
        assert played.of("good", "outcome") == [outcome]
