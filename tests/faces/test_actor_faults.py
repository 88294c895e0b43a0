"""Actors whose own code fails: the run stops with the user's own line, exit code 1, and nothing is written."""

import pytest

MODEL = """\
diagram: Two
participants: {a: A, b: B}
sequence:
  - a -> b: GET it
    id: ask
  - b: Think
    id: think
  - b --> a: 200 OK
    id: ok
    gives: thing
"""
SCENARIO = """\
scenario: Two
model: %s
duration: 5 s
actors:
  a: {population: 2, arrivals: {constant: 1 /s}, holds: [{share: 100 %%, items: [thing]}]}
  b: {work: {think: 1 ms}, memory: {nonce: 1 B}}
"""
IMPORTS = "import json\nimport sys\n\nfrom sim.protocol.actor import Actor, Request, Response, does, provisions, receives, sends\n\n\n"


@pytest.fixture
def stopped(refused, here):
    """Run a model with these actors; what the command says as it stops."""

    def run(actors: str, *, relative: bool = False, code: int = 1) -> str:
        (here / "m.yaml").write_text(MODEL)
        (here / "actors.py").write_text(IMPORTS + actors)
        (here / "s.yaml").write_text(SCENARIO % ("m.yaml" if relative else here / "m.yaml"))
        return refused("run", "s.yaml", code=code)

    return run


METHODS = {
    "sends": ('class A(Actor):\n    @sends("ask")\n    def ask(self, turn):\n        return 1 / 0\n',
              "A.ask (a/1) at 'ask' of session 1 raised ZeroDivisionError: division by zero", "return 1 / 0", 10),
    "does": ('class B(Actor):\n    @does("think")\n    def think(self, turn):\n        raise KeyError("lost")\n',
             "B.think (b) at 'think' of session 1 raised KeyError: 'lost'", 'raise KeyError("lost")', 10),
    "receives": ('class A(Actor):\n    @receives("ok")\n    def hear(self, message, turn):\n        assert False, "no"\n',
                 "A.hear (a/1) at 'ok' of session 1 raised AssertionError: no", 'assert False, "no"', 10),
    "provisions": ('class A(Actor):\n    @provisions("thing")\n    def had(self, turn):\n        raise ValueError("no")\n',
                   "A.had (a/1) of session 1 raised ValueError: no", 'raise ValueError("no")', 10),
    "inside a library": ('class A(Actor):\n    @sends("ask")\n    def ask(self, turn):\n        return json.loads("{")\n',
                         "A.ask (a/1) at 'ask' of session 1 raised JSONDecodeError: ", 'return json.loads("{")', 10),
    "without end": ('class A(Actor):\n    @sends("ask")\n    def ask(self, turn):\n        return self.ask(turn)\n',
                    "raised RecursionError: maximum recursion depth exceeded", "return self.ask(turn)", 10),
    "more digits than there are": ('class A(Actor):\n    @sends("ask")\n    def ask(self, turn):\n        turn.hex("n", 5000)\n',
                                   "raised ValueError: turn.hex('n', 5000): expected 1 to 1024 digits", 'turn.hex("n", 5000)', 10),
}


@pytest.mark.parametrize(("actors", "said", "line", "number"), METHODS.values(), ids=METHODS.keys())
def test_a_method_that_raises_stops_the_run_at_its_own_line(stopped, here, actors, said, line, number):
    message = stopped(actors)
    assert message.startswith(f"{here}/actors.py:{number}: ")
    assert said in message
    assert message.endswith(f"\n    {line}")


def test_the_users_own_line_is_found_for_a_model_named_by_a_relative_path_too(stopped):
    assert "actors.py:10: " in stopped(METHODS["inside a library"][0], relative=True)


def test_the_line_that_cannot_be_imported_is_named_for_a_relative_path_too(stopped):
    assert "actors.py:7: importing it raised ZeroDivisionError" in stopped("1 / 0\n", relative=True, code=2)


@pytest.mark.parametrize(("result", "shown"), [("None", "None"), ("'hello'", "'hello'")])
def test_a_method_that_returns_no_message_stops_the_run(stopped, result, shown):
    message = stopped(f'class A(Actor):\n    @sends("ask")\n    def ask(self, turn):\n        return {result}\n')
    assert message.endswith(f"A.ask returned {shown} for message 'ask'; expected a Request")


MISSED = {
    "set_up of a server": "class B(Actor):\n    def set_up(self):\n        raise ValueError('no')\n",
    "set_up of a client": "class A(Actor):\n    def set_up(self):\n        raise ValueError('no')\n",
    "rows that raise": "class B(Actor):\n    def rows(self):\n        raise ValueError('no')\n",
    "rows that are no numbers": "class B(Actor):\n    def rows(self):\n        return {'nonce': 'many'}\n",
    "sys.exit in a method": 'class A(Actor):\n    @sends("ask")\n    def ask(self, turn):\n        sys.exit(0)\n',
    "a response for a request": 'class A(Actor):\n    @sends("ask")\n    def ask(self, turn):\n        return Response(200, "OK")\n',
    "a body of bytes": 'class A(Actor):\n    @sends("ask")\n    def ask(self, turn):\n        return Request("GET", "https://b/", {}, b"x")\n',
}


@pytest.mark.parametrize("actors", MISSED.values(), ids=MISSED.keys())
def test_whatever_else_of_an_actor_fails_stops_the_run_with_its_line(stopped, actors):
    assert "actors.py:" in stopped(actors)


def test_an_actors_file_that_exits_is_a_fault(stopped):
    assert "actors.py:" in stopped("sys.exit(0)\n", code=2)


def test_parameters_that_are_none_are_a_fault(stopped):
    assert "actors.py" in stopped("class A(Actor):\n    parameters = {'x': 5}\n", code=2)


def test_a_refusal_by_the_client_itself_is_no_fault(sim, here):
    (here / "m.yaml").write_text(MODEL)
    (here / "actors.py").write_text(
        IMPORTS + "from sim.protocol.actor import Refused\n\n\n"
        'class A(Actor):\n    @receives("ok")\n    def hear(self, message, turn):\n        raise Refused(502, "no", "taste")\n')
    (here / "s.yaml").write_text(SCENARIO % "m.yaml")
    assert 0 == sim("run", "s.yaml", "--quiet", "--out", "x").code
    assert "taste" in sim("sessions", "x", "--outcome", "refused", "--by", "taste").out
