"""Messages that nobody waits for: one-way and dotted ones, and whose turn it is after them."""

import pytest

CHAIN = """
diagram: One after another
participants: {c: Client, a: First, b: Second}
sequence:
  - c ->> a: job
  - a: first work
  - a ->> b: half
  - b: second work
  - b ->> c: done
"""
NOTIFY = """
diagram: A call, and a word to somebody else
participants: {c: Client, a: Front, b: Log}
sequence:
  - c -> a: ask
  - a ->> b: note down
  - a --> c: told
"""
LAST = """
diagram: A last word
participants: {c: Client, a: Server}
sequence:
  - c: think
  - c ->> a: job
"""
DOTTED = """
diagram: Outside
participants: {u: User, c: Client, s: Server}
sequence:
  - u ..> c: wish
  - c ..> u: question
  - u: think
  - u ..> c: answer
  - c -> s: ask
  - s --> c: told
  - c ..> u: result
"""


def links(**named):
    return {"default": {"latency": "1 ms", "transport": "datagram"}, **{name.replace("_to_", " -> "): link for name, link in named.items()}}


def clients(*times, **more):
    return {"population": len(times), "arrivals": {"times": list(times)}, **more}


def test_a_chain_of_one_way_messages(play):
    played = play(CHAIN, {"network": links(), "actors": {
        "c": clients("0 ms", "1 ms"), "a": {"work": {"first_work": "4 ms"}}, "b": {"work": {"parse": "1 ms", "second_work": "5 ms"}}}})
    assert played.log == [
        "0 13 | session 1 c/1 completed",
        "0 1 1 5 | 1 job 0.0 c/1>a/1 delivered",
        "1 5 | 1 first_work 0.0 a/1 done",
        "1 19 | session 2 c/2 completed",
        "1 2 5 9 | 2 job 0.0 c/2>a/1 delivered",
        "5 6 6 12 | 1 half 0.0 a/1>b/1 delivered",
        "5 9 | 2 first_work 0.0 a/1 done",
        "7 12 | 1 second_work 0.0 b/1 done",
        "9 10 12 18 | 2 half 0.0 a/1>b/1 delivered",
        "12 13 13 13 | 1 done 0.0 b/1>c/1 delivered",
        "13 18 | 2 second_work 0.0 b/1 done",
        "18 19 19 19 | 2 done 0.0 b/1>c/2 delivered",
    ]
    assert played.of("half", "address") == ["172.16.0.1"] * 2  # nobody's call: the sender's


def test_a_message_as_the_last_row_completes_the_session_when_it_is_dealt_with(play):
    played = play(LAST, {"network": links(), "actors": {"c": clients("0 ms", "0 ms", work={"think": "2 ms"}), "a": {"work": {"job": "5 ms"}}}})
    assert played.log_without("action") == [
        "0 8 | session 1 c/1 completed",
        "0 13 | session 2 c/2 completed",
        "2 3 3 8 | 1 job 0.0 c/1>a/1 delivered",
        "2 3 8 13 | 2 job 0.0 c/2>a/1 delivered",
    ]


def test_a_word_to_somebody_else_does_not_hold_up_the_answer(play):
    played = play(NOTIFY, {"network": links(), "actors": {"c": clients("0 ms"), "a": {}, "b": {"work": {"note_down": "9 ms"}}}})
    assert played.log == [
        "0 2 | session 1 c/1 completed",
        "0 1 1 1 | 1 ask 0.1 c/1>a/1 delivered",
        "1 2 2 11 | 1 note_down 0.0 a/1>b/1 delivered",
        "1 2 2 2 | 1 told 0.1 a/1>c/1 delivered",
    ]
    assert played.metrics["stations"]["b"]["utilisation"] == pytest.approx(0.009)


def test_a_server_does_the_work_of_a_word_that_comes_when_the_call_is_over(play):
    played = play(NOTIFY, {"network": links(a_to_b={"latency": "20 ms"}), "actors": {
        "c": clients("0 ms"), "a": {}, "b": {"work": {"parse": "1 ms", "note_down": "9 ms"}}}})
    assert played.log == [
        "0 2 | session 1 c/1 completed",
        "0 1 1 1 | 1 ask 0.1 c/1>a/1 delivered",
        "1 21 21 31 | 1 note_down 0.0 a/1>b/1 delivered",
        "1 2 2 2 | 1 told 0.1 a/1>c/1 delivered",
    ]
    station = played.metrics["stations"]["b"]
    assert (station["offered"], station["served"]) == (1, 1)
    assert station["utilisation"] == pytest.approx(0.010)


@pytest.mark.parametrize("full", ["refuse", "drop"])
def test_a_word_that_finds_a_full_room_is_nobodys_refusal(play, full):
    """Nobody waits for it: the call that its sender is serving goes on, and nobody is told."""
    played = play(NOTIFY, {"network": links(), "actors": {
        "c": clients("0 ms", "0 ms"), "a": {"servers": 2}, "b": {"queue": {"capacity": 0, "full": full}, "work": {"note_down": "9 ms"}}}})
    assert played.log_of(2) == [
        "0 2 | session 2 c/2 completed",
        "0 1 1 1 | 2 ask 0.1 c/2>a/1 delivered",
        f"1 2 - 2 | 2 note_down 0.0 a/1>b/1 {'refused' if full == 'refuse' else 'dropped'} queue",
        "1 2 2 2 | 2 told 0.1 a/1>c/2 delivered",
    ]


def test_a_lost_word_that_does_not_carry_the_turn_ends_nothing(play):
    played = play(NOTIFY, {"network": links(a_to_b={"loss": "100 %"}), "actors": {"c": clients("0 ms"), "a": {}, "b": {}}})
    assert played.log[2] == "1 - - - | 1 note_down 0.0 a/1>b/1 lost link"
    assert played.fates() == [("completed", None)]


def test_with_a_lost_message_the_turn_is_lost(play):
    played = play(CHAIN, {"network": links(a_to_b={"loss": "100 %"}), "actors": {"c": clients("0 ms"), "a": {"work": {"first_work": "4 ms"}}}})
    assert played.log == [
        "0 5 | session 1 c/1 timed_out link",
        "0 1 1 5 | 1 job 0.0 c/1>a/1 delivered",
        "1 5 | 1 first_work 0.0 a/1 done",
        "5 - - - | 1 half 0.0 a/1>b/1 lost link",
    ]
    assert played.metrics["messages"] == {"sent": 2, "delivered": 1, "lost": 1, "in_flight": 0}


def test_the_last_message_carries_the_turn_too(play):
    played = play(LAST, {"network": links(c_to_a={"loss": "100 %"}), "actors": {"c": clients("0 ms")}})
    assert played.fates() == [("timed_out", "link")]


@pytest.mark.parametrize(("full", "fate"), [("refuse", ("refused", "queue")), ("drop", ("timed_out", "queue"))])
def test_a_full_room_takes_the_turn_away(play, full, fate):
    played = play(CHAIN, {"network": links(), "actors": {
        "c": clients("0 ms", "0 ms"), "a": {"servers": 2}, "b": {"queue": {"capacity": 0, "full": full}, "work": {"second_work": "5 ms"}}}})
    assert played.fates() == [("completed", None), fate]
    assert [text for text in played.log_of(2) if "!" in text] == []  # a refusal answers a request


def test_dotted_steps_take_no_time_and_no_network(play):
    played = play(DOTTED, {"network": {"default": {"latency": "5 ms", "loss": "0 %", "transport": "tls"}}, "actors": {
        "u": {"work": {"think": "3 ms"}}, "c": clients("0 ms"), "s": {"work": {"parse": "1 ms"}}}})
    assert played.log == [
        "0 34 | session 1 c/1 completed",
        "0 0 0 0 | 1 wish 0.0 u/1>c/1 delivered",
        "0 0 0 0 | 1 question 0.0 c/1>u/1 delivered",
        "0 3 | 1 think 0.0 u/1 done",
        "3 3 3 3 | 1 answer 0.0 u/1>c/1 delivered",
        "3 28 28 29 | 1 ask 0.1 c/1>s/1 delivered",  # two round trips of tls first
        "29 34 34 34 | 1 told 0.1 s/1>c/1 delivered",
        "34 34 34 34 | 1 result 0.0 c/1>u/1 delivered",
    ]


def test_a_dotted_step_takes_the_latency_of_a_link_that_is_named(play):
    played = play(DOTTED, {"network": {"default": {"transport": "datagram"}, "u -> c": {"latency": "7 ms"}}, "actors": {"c": clients("0 ms")}})
    assert played.times_ms("wish", "sent", "received") == [(0, 7)]
    assert played.times_ms("question", "sent", "received") == [(7, 7)]
    assert played.times_ms("answer", "sent", "received") == [(7, 14)]
    both = play(DOTTED, {"network": {"default": {"transport": "datagram"}, "u <-> c": {"latency": "7 ms"}}, "actors": {"c": clients("0 ms")}})
    assert both.times_ms("result", "sent", "received") == [(21, 28)]


def test_companions_are_one_for_each_client_place(play):
    played = play(DOTTED, {"actors": {"c": clients("0 ms", "1 ms", "2 ms", "3 ms") | {"population": 3}}})
    assert played.of("think", "session", "sender", "address") == [
        (1, "u/1", "10.0.0.1"), (2, "u/2", "10.0.0.2"), (3, "u/3", "10.0.0.3"), (4, "u/1", "10.0.0.1")]


def test_a_dotted_step_to_a_server_costs_what_is_named_for_it_and_no_parsing(play):
    diagram = """
diagram: Out of band
participants: {c: Client, s: Server}
sequence:
  - c ..> s: sign up
  - s: note down
  - s ..> c: welcome
  - c -> s: ask
  - s --> c: told
"""
    played = play(diagram, {"network": links(), "actors": {"c": clients("0 ms"), "s": {"work": {"parse": "1 ms", "note_down": "2 ms"}}}})
    assert played.log == [
        "0 5 | session 1 c/1 completed",
        "0 0 0 2 | 1 sign_up 0.0 c/1>s/1 delivered",
        "0 2 | 1 note_down 0.0 s/1 done",
        "2 2 2 2 | 1 welcome 0.0 s/1>c/1 delivered",
        "2 3 3 4 | 1 ask 0.1 c/1>s/1 delivered",
        "4 5 5 5 | 1 told 0.1 s/1>c/1 delivered",
    ]
