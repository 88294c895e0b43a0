"""The actors of a model: what they see, what they may do, and what becomes of a run when their code fails."""

import re

import pytest

import sim
from sim.engines.faults import RunFault
from sim.protocol.http import Request, Response, header

CALL = """
diagram: A call
participants: {c: Client, s: Server}
sequence:
  - c -> s: POST ask
    id: ask
  - s: work
  - s --> c: 204 told
    id: told
"""
ACTORS = """
from sim.protocol.actor import Actor, Refused, Request, Response, does, receives, sends

class C(Actor):
    parameters = {"greeting": ("hello", "hullo")}

    def set_up(self):
        self.visits = 0

    @sends("ask")
    def ask(self, turn):
        self.visits += 1
        turn.session["asked"] = turn.hex("nonce", 8)
        return Request("PUT", f"https://s.example/{self.name}/{self.visits}", {"Date": str(turn.now_s)},
                       f"{self.settings['greeting']} {turn.session['asked']}")

    @receives("told")
    def read(self, message, turn):
        if message.body != turn.session["asked"] + " " + str(self.visits):
            raise Refused(502, "not what was asked", "contents")

class S(Actor):
    def set_up(self):
        self.seen = 0

    @receives("ask")
    def note(self, message, turn):
        assert turn.request is message
        turn.session["word"] = message.body.split()[1]

    @does("work")
    def work(self, turn):
        self.seen += 1
        %s

    @sends("told")
    def tell(self, turn):
        return Response(200, "OK", {"Age": str(self.seen)}, turn.session["word"] + " " + turn.request.url[-1])

    def rows(self):
        return {"nonce": self.seen}
"""


def scenario(times, *, s=None, **client):
    return {"start": "2020-01-01T00:00:00Z", "duration": "20 s",
            "actors": {"c": {"population": 2, "picks": "round_robin", "arrivals": {"times": times}, **client}, "s": s or {}}}


def test_actors_fill_and_read_messages_and_keep_their_memory(play):
    played = play(CALL, scenario(["0 s", "1.5 s", "3 s"], parameters={"greeting": "hullo"}, s={"memory": {"nonce": "64 B"}}), actors=ACTORS % "pass")
    assert played.fates() == [("completed", None)] * 3
    asked = played.of("ask", "http")
    assert [http["url"] for http in asked] == ["https://s.example/c/1/1", "https://s.example/c/2/1", "https://s.example/c/1/2"]
    assert [http["headers"] for http in asked] == [{"Date": str(1_577_836_800 + second)} for second in (0, 1, 3)]
    words = [http["body"] for http in asked]
    assert all(re.fullmatch("hullo [0-9a-f]{8}", word) for word in words)
    assert len(set(words)) == 3
    assert [http["headers"]["Age"] for http in played.of("told", "http")] == ["1", "2", "3"]
    assert played.metrics["stations"]["s"]["memory_peak_bytes"] == {"nonce": 3 * 64}


def test_instances_share_the_memory_of_their_actor(play):
    played = play(CALL, scenario([f"{number} ms" for number in range(20)], s={"instances": 4}), actors=ACTORS % "pass")
    assert len(set(played.of("ask", "receiver"))) > 1
    assert [http["headers"]["Age"] for http in played.of("told", "http")] == [str(number) for number in range(1, 21)]


def test_a_diagram_without_actors_carries_no_messages(play):
    assert play(CALL, scenario(["0 s"])).of("ask", "http") == [None]


def test_without_payloads_messages_are_empty_and_nothing_is_refused(play):
    refusing = ACTORS % 'raise Refused(401, "no", "mood")'
    played = play(CALL, scenario(["0 s"]), actors=refusing, payloads=False)
    assert played.of("ask", "http") == [None]
    assert played.fates() == [("completed", None)]
    with_payloads = play(CALL, scenario(["0 s"]), actors=ACTORS % "pass")
    without = play(CALL, scenario(["0 s"]), actors=ACTORS % "pass", payloads=False)
    assert with_payloads.log == without.log  # what is in the messages moves nothing


def test_who_has_no_method_sends_the_default(play):
    actors = "from sim.protocol.actor import Actor\n\nclass C(Actor):\n    pass\n"
    played = play(CALL, scenario(["0 s"]), actors=actors)
    assert played.of("ask", "http") == [{"method": "POST", "url": "https://s.example/ask", "headers": {}, "body": ""}]
    assert played.of("told", "http") == [{"status": 204, "reason": "No Content", "headers": {}, "body": ""}]


def test_a_client_that_refuses_what_it_reads_ends_its_session(play):
    def tap(message, sender, receiver, http):
        return Response(200, "OK", {}, "nonsense") if message == "told" else http

    played = play(CALL, scenario(["0 s"]), actors=ACTORS % "pass", tap=tap)
    assert played.fates() == [("refused", "contents")]
    assert played.of("told", "outcome") == ["delivered"]


def test_the_tap_sees_every_message_on_the_wire_and_may_change_it(play):
    seen = []

    def tap(message, sender, receiver, http):
        seen.append((message, sender, receiver, type(http)))
        return Request(http.method, http.url, {**http.headers, "Via": "tap"}, http.body) if isinstance(http, Request) else http

    played = play(CALL, scenario(["0 s"]), actors=ACTORS % "pass", tap=tap)
    assert seen == [("ask", "c/1", "s/1", Request), ("told", "s/1", "c/1", Response)]
    assert played.of("ask", "http")[0]["headers"]["Via"] == "tap"
    assert header(Request(**played.of("ask", "http")[0]), "via") == "tap"


@pytest.mark.parametrize(("line", "said"), [
    ("return 1 / 0", "ZeroDivisionError: division by zero"),
    ("turn.session['nothing']", "KeyError: 'nothing'"),
    ("turn.hex('x', 5000)", "ValueError: turn.hex('x', 5000): expected 1 to 1024 digits"),
])
def test_code_that_raises_stops_the_run_with_the_users_own_line(model_file, line, said):
    model = model_file(CALL, ACTORS % line)
    with pytest.raises(RunFault) as fault:
        sim.run({"scenario": "A test", "model": model, **scenario(["0 s"])})
    number = (ACTORS % line).split("\n").index(f"        {line}") + 1
    where = model.replace("diagram.yaml", "actors.py")
    first, second = str(fault.value).split("\n")
    assert first == f"{where}:{number}: S.work (s) at 'work' of session 1 raised {said}"
    assert second.strip() == line


@pytest.mark.parametrize(("tie", "arguments", "said"), [
    ("sends('ask')", "turn", r"C\.fail \(c/1\) at 'ask' of session 1 raised ZeroDivisionError"),
    ("receives('told')", "message, turn", r"C\.fail \(c/1\) at 'told' of session 1 raised ZeroDivisionError"),
    ("provisions('key')", "turn", r"C\.fail \(c/1\) of session 1 raised ZeroDivisionError"),
])
def test_whatever_an_actor_does_may_fail(model_file, tie, arguments, said):
    actors = f"from sim.protocol.actor import *\n\nclass C(Actor):\n    @{tie}\n    def fail(self, {arguments}):\n        return 1 / 0\n"
    model = model_file(CALL.replace("sequence:", "facts: [key]\nsequence:", 1), actors)
    with pytest.raises(RunFault, match=rf"actors\.py:6: {said}"):
        sim.run({"scenario": "A test", "model": model, **scenario(["0 s"], holds=[{"share": "100 %", "items": ["key"]}])})


@pytest.mark.parametrize(("tie", "made", "expected"), [
    ("ask", "'POST'", "a Request"),
    ("ask", "Request(b'POST', 'https://s.example')", "its method and its URL to be text"),
    ("ask", "Request('POST', 'https://s.example', {}, b'')", "its body to be text"),
    ("ask", "Request('POST', 'https://s.example', ['Accept'])", "its headers to be a dict"),
    ("ask", "Request('POST', 'https://s.example', {'Accept': 1})", "its headers to be text, each on one line"),
    ("ask", r"Request('POST', 'https://s.example', {'Accept': 'a\nb'})", "its headers to be text, each on one line"),
    ("ask", r"Request('POST', 'https://s.example', {'Accept': '\ud800'})", "its text to be Unicode"),
    ("ask", r"Request('POST', 'https://s.example', {}, '\udfff')", "its text to be Unicode"),
    ("told", "Request('POST', 'https://s.example')", "a Response"),
    ("told", "Response(99, 'Odd')", "its status to be a number from 100 to 599"),
    ("told", "Response(True, 'Odd')", "its status to be a number from 100 to 599"),
    ("told", "Response(200, None)", "its reason to be text"),
])
def test_a_method_that_returns_no_proper_message_stops_the_run(model_file, tie, made, expected):
    cls = "C" if tie == "ask" else "S"
    actors = ("from sim.protocol.actor import Actor, Request, Response, sends\n\n"
              f"class {cls}(Actor):\n    @sends('{tie}')\n    def make(self, turn):\n        return {made}\n")
    with pytest.raises(RunFault, match=rf"{cls}\.make returned .* for message '{tie}'; expected {expected}"):
        sim.run({"scenario": "A test", "model": model_file(CALL, actors), **scenario(["0 s"])})


@pytest.mark.parametrize("tapped", ["None", "5"])
def test_a_tap_that_returns_no_message_stops_the_run(model_file, tapped):
    actors = "from sim.protocol.actor import Actor\n\nclass C(Actor):\n    pass\n"
    with pytest.raises(RunFault, match=f"the tap returned {tapped} for 'ask'; expected a Request"):
        sim.run({"scenario": "A test", "model": model_file(CALL, actors), **scenario(["0 s"])}, tap=lambda *_: None if tapped == "None" else 5)


@pytest.mark.parametrize("arguments", ["200, 'no', 'mood'", "'403', 'no', 'mood'", "403, None, 'mood'", "403, 'no', ''"])
def test_a_refusal_that_is_none_stops_the_run(model_file, arguments):
    actors = ("from sim.protocol.actor import Actor, Refused, receives\n\nclass S(Actor):\n    @receives('ask')\n"
              f"    def check(self, message, turn):\n        raise Refused({arguments})\n")
    with pytest.raises(RunFault, match=r"actors\.py:6: .*raised ValueError: Refused: got the"):
        sim.run({"scenario": "A test", "model": model_file(CALL, actors), **scenario(["0 s"])})


def test_random_digits_belong_to_the_step_of_the_session(play):
    """The same for the same step, whatever else happens; another for another session, attempt, purpose or seed."""
    actors = ACTORS % "assert turn.hex('a', 40) == turn.hex('a', 40) != turn.hex('b', 40)"
    first = play(CALL, scenario(["0 s", "1 s"]), actors=actors).of("ask", "http")
    more = play(CALL, scenario(["0 s", "0 s", "1 s"]), actors=actors).of("ask", "http")
    other = play(CALL, scenario(["0 s", "1 s"]), actors=actors, seed=2).of("ask", "http")
    bodies = [[http["body"] for http in played] for played in (first, more, other)]
    assert bodies[0] == bodies[1][:2]
    assert not set(bodies[0]) & set(bodies[2])
    retried = scenario(["0 s"], timeout="1 s", retry={"attempts": 3})
    retried["network"] = {"c -> s": {"loss": "100 %"}}
    assert len({http["body"] for http in play(CALL, retried, actors=actors).of("ask", "http")}) == 3


@pytest.mark.parametrize(("skew", "shown_s"), [("0 s", 0), ("1.5 s", 2), ("-2 s", -2)])
def test_a_clock_that_is_ahead_or_behind_shows_in_what_its_owner_writes(play, skew, shown_s):
    """At 0.7 s; clocks show whole seconds, rounded down."""
    played = play(CALL, scenario(["0.7 s"], clock_skew=skew), actors=ACTORS % "pass")
    assert played.of("ask", "http")[0]["headers"]["Date"] == str(1_577_836_800 + shown_s)


SAYING = """
from sim.protocol.actor import Actor, Request, Response, says, sends

class C(Actor):
    ask = says("ask", %s)

class S(Actor):
    tell = says("told", Response(200, "OK", {}, "always"))
"""


def test_what_always_says_the_same_is_sent_by_every_session(play):
    played = play(CALL, scenario(["0 s", "1 s"]), actors=SAYING % "Request('GET', 'https://s.example/page')")
    assert played.of("ask", "http") == [{"method": "GET", "url": "https://s.example/page", "headers": {}, "body": ""}] * 2
    assert [http["body"] for http in played.of("told", "http")] == ["always"] * 2


def test_a_method_that_overrides_what_is_always_said_is_asked(play):
    actors = (SAYING % "Request('GET', 'https://s.example/page')").replace("class S(", "class Saying(") + """
class S(Saying):
    @sends("told")
    def tell(self, turn):
        return Response(200, "OK", {}, turn.hex("word", 8))
"""
    played = play(CALL, scenario(["0 s", "1 s"]), actors=actors)
    first, second = (http["body"] for http in played.of("told", "http"))
    assert first != second
    assert all(re.fullmatch("[0-9a-f]{8}", body) for body in (first, second))


@pytest.mark.parametrize(("made", "expected"), [
    ("Response(200, 'OK')", "a Request"),
    ("Request('GET', 'https://s.example', {'Accept': 1})", "its headers to be text"),
])
def test_what_is_always_said_must_be_a_proper_message(model_file, made, expected):
    with pytest.raises(RunFault, match=f"for message 'ask'; expected {expected}"):
        sim.run({"scenario": "A test", "model": model_file(CALL, SAYING % made), **scenario(["0 s"])})
