"""Diagrams that are at fault: each a message that says where, what, and what was expected."""

import pytest

HEAD = "diagram: Two\nparticipants: {a: A, b: B}\n"

CASES = {
    "unknown participant": ("sequence:\n  - a -> c: hi\n", "m.yaml:4:5: ", "unknown participant 'c'", "a, b"),
    "unknown participant in a note": ("sequence:\n  - a -> b: hi\n  - b --> a: ho\n  - note: x\n    over: [c]\n", ":7:", "'c'", "a"),
    "unknown fact": ("sequence:\n  - opt: x\n    when: a lacks money\n    sequence:\n      - a -> b: hi\n      - b --> a: ho\n",
                     "m.yaml:4:5: ", "unknown fact 'money'", "facts"),
    "no guard": ("sequence:\n  - opt: x\n    when: a is happy\n    sequence:\n      - a -> b: hi\n      - b --> a: ho\n",
                 "m.yaml:5:11: ", "'a is happy' is no guard", "lacks|holds"),
    "unknown message": ("sequence:\n  - a -> b: hi\n    on_refusal: {401: {go_to: nowhere}}\n  - b --> a: ho\n",
                        "m.yaml:4:5: ", "'nowhere', which is not in the diagram", "the id of an item"),
    "never answered": ("sequence:\n  - a -> b: hi\n", "m.yaml:4:5: ", "the call 'hi' is never answered", "'b --> a'"),
    "answers nothing": ("sequence:\n  - a -> b: hi\n  - b --> a: ho\n  - b --> a: again\n", "m.yaml:6:5: ", "answers nothing", "b"),
    "not whose turn it is": ("sequence:\n  - a -> b: hi\n  - a -> b: hey\n  - b --> a: ho\n", "m.yaml:5:5: ", "the turn is", "b"),
    "loop without a maximum": (
        "sequence:\n  - loop: x\n    while: a lacks f\n    sequence:\n      - a -> b: hi\n      - b --> a: ho\n        gives: f\n", "m.yaml:4:5: ", "without a maximum", "maximum"),
    "chance above one": ("sequence:\n  - opt: x\n    when: {chance: 1.5}\n    sequence:\n      - a -> b: hi\n      - b --> a: ho\n",
                         "m.yaml:5:", "1.5", "0 to 1"),
    "wait without a unit": ("sequence:\n  - a -> b: hi\n  - b: think\n    wait: 5\n  - b --> a: ho\n", "m.yaml:6:", "5", "unit"),
    "empty sequence": ("sequence: []\n", "m.yaml:3:11: ", "nothing in the sequence", "messages"),
    "no sequence": ("", "m.yaml:", "sequence", ""),
    "duplicate key": ("sequence:\n  - a -> b: hi\n  - b --> a: ho\nsequence: []\n", "m.yaml:6:1: ", "a second time", "line 3"),
    "duplicate id": ("sequence:\n  - a -> b: hi\n    id: x\n  - b --> a: ho\n    id: x\n", "m.yaml:", "'x'", ""),
    "unknown key": ("sequence:\n  - a -> b: hi\n    idd: x\n  - b --> a: ho\n", "m.yaml:5:5: ", "idd", "did you mean 'id'?"),
    "colon in a label": ("sequence:\n  - a -> b: time: now\n  - b --> a: ho\n", "m.yaml:4:13: ", "quote the text", ""),
    "number sign in a label": ("sequence:\n  - a -> b: item #1\n  - b --> a: item #2 of 3\n", "m.yaml:4:13: ", "' #' would be cut off as a comment",
                               "quote the label"),
    "a label that is a truth": ("sequence:\n  - a -> b: hi\n  - b --> a: yes\n", "m.yaml:5:14: ", "'yes' without quotes", "quotes"),
    "no arrow": ("sequence:\n  - a => b: hi\n", "m.yaml:4:5: ", "a => b", "->"),
    "a fragment that leaves the turn here or there": (
        ("sequence:\n  - alt:\n      - case: heads\n        when: {chance: 0.5}\n        sequence:\n          - a -> b: hi\n"
         "          - b --> a: ho\n      - else: tails\n        sequence:\n          - a ->> b: go\n          - b: Do\n            id: do\n"),
        "m.yaml:4:5: ", "leaves the turn with a after branch 'heads', but with b after branch 'tails'", "the same participant"),
}


@pytest.mark.parametrize(("text", "place", "problem", "expected"), CASES.values(), ids=CASES.keys())
def test_a_diagram_at_fault_is_refused_by_every_command_that_reads_it(refused, here, text, place, problem, expected):
    (here / "m.yaml").write_text(HEAD + text)
    (here / "s.yaml").write_text("scenario: s\nmodel: m.yaml\nduration: 5 s\nactors: {a: {arrivals: {poisson: 1 /s}, timeout: 1 s}}\n")
    said = refused("check", "m.yaml")
    assert place in said
    assert problem in said
    assert expected in said
    for words in (("diagram", "m.yaml"), ("run", "s.yaml"), ("diagram", "m.yaml", "-o", "x.svg"), ("list", "m.yaml"), ("diagram", "s.yaml")):
        assert said == refused(*words)


def test_all_faults_of_a_file_are_said_at_once(refused, here):
    (here / "m.yaml").write_text("diagram: x\nparticipants: {a: A, b: B}\nsequence:\n  - a -> c: hi\n  - d --> a: ho\n  - a: x\n    wiat: 5 s\n")
    assert ["4", "5", "7"] == [line.split(":")[1] for line in refused("check", "m.yaml", lines=3).splitlines()]


def test_a_model_that_checks_without_a_method_for_it_is_refused(refused, here):
    (here / "m.yaml").write_text(HEAD + "sequence:\n  - a -> b: hi\n  - b: Verify\n    id: verify\n    checks: signature\n  - b --> a: ho\n")
    (here / "actors.py").write_text("from sim.protocol.actor import Actor\n\n\nclass B(Actor):\n    pass\n")
    said = refused("check", "m.yaml")
    assert "actors.py: B: action 'verify' checks signature, but no method does it" in said
    assert "expected a method with @does('verify')" in said.replace('"', "'")


@pytest.mark.parametrize(("cls", "tie", "problem", "expected"), [
    ("B", "sends('hi')", "B.method: got @sends('hi'), but 'hi' is a message from a to b", "expected @receives"),
    ("A", "does('hi')", "A.method: got @does('hi'), but 'hi' is a message from a to b", "expected @sends"),
    ("A", "does('verify')", "A.method: got @does('verify'), but 'verify' is an action of b", "expected it in the class of b"),
    ("B", "does('verfy')", "B.method: no diagram here has 'verfy'", "did you mean 'verify'?"),
    ("Bee", "does('verify')", "Bee: the class plays no participant", "expected the name A or B"),
])
def test_a_method_that_does_not_fit_the_diagram_is_refused(refused, here, cls, tie, problem, expected):
    (here / "m.yaml").write_text(HEAD + "sequence:\n  - a -> b: hi\n  - b: Verify\n    id: verify\n  - b --> a: ho\n")
    (here / "actors.py").write_text("from sim.protocol.actor import Actor, does, receives, sends\n\n\n"
                                    f"class {cls}(Actor):\n    @{tie}\n    def method(self, *args): pass\n")
    said = refused("check", "m.yaml")
    assert problem in said.replace('"', "'")
    assert expected in said.replace('"', "'")


@pytest.mark.parametrize(("code", "said"), [
    ("class B:\n    pass\n", "B: the class is no Actor; expected class B(Actor)"),
    ("class Bee:\n    @does('verify')\n    def method(self, turn): pass\n", "Bee: the class is no Actor; expected class Bee(Actor)"),
    ("class B(Actor):\n    @does('verify')\n    def one(self, turn): pass\n    @does('verify')\n    def two(self, turn): pass\n",
     "importing it raised TypeError: @does('verify') is there twice: B.one and B.two"),
    ("class B(Actor):\n    @does('verify')\n    async def method(self, turn): pass\n", "B.method: calling it would do nothing yet"),
    ("class B(Actor):\n    @does('verify')\n    def method(self, turn): yield\n", "B.method: calling it would do nothing yet"),
    ("class B(Actor):\n    @does('verify')\n    def method(self): pass\n", "B.method: it cannot be called with turn"),
    ("class B(Actor):\n    @receives('hi')\n    def method(self, turn): pass\n", "expected def method(self, message, turn)"),
    ("class B(Actor):\n    @does\n    def method(self, turn): pass\n", "importing it raised TypeError: @does got <function B.method"),
], ids=["named", "tied", "twice", "async", "generator", "too few", "no message", "no parentheses"])
def test_a_class_that_cannot_play_is_refused(refused, here, code, said):
    (here / "m.yaml").write_text(HEAD + "sequence:\n  - a -> b: hi\n  - b: Verify\n    id: verify\n  - b --> a: ho\n")
    (here / "actors.py").write_text("from sim.protocol.actor import Actor, does, receives\n\n\n"
                                    f"class A(Actor):\n    pass\n\n\n{code}")
    assert said in refused("check", "m.yaml").replace('"', "'")


def test_a_reply_that_is_missing_is_one_fault(refused, here):
    (here / "m.yaml").write_text("diagram: x\nparticipants: {a: A, b: B, c: C}\nsequence:\n"
                                 "  - a -> b: hi\n  - b -> c: ask\n  - b --> a: ho\n  - a -> b: again\n  - b --> a: told\n")
    assert "m.yaml:6:5: reply 'ho' goes from b to a, but the open call is 'ask'" in refused("check", "m.yaml")


@pytest.mark.parametrize(("text", "where", "what"), [
    ("def x(:\n", "actors.py:1:7", "this is no Python: invalid syntax"),
    ("x = 1\n\nimport nothing_like_it\n", "actors.py", "ModuleNotFoundError: No module named 'nothing_like_it'"),
    ("1 / 0\n", "actors.py", "ZeroDivisionError: division by zero"),
], ids=["syntax", "import", "error"])
def test_an_actors_file_that_cannot_be_imported_is_a_fault_of_the_input(refused, here, text, where, what):
    (here / "m.yaml").write_text(HEAD + "sequence:\n  - a -> b: hi\n  - b --> a: ho\n")
    (here / "actors.py").write_text(text)
    said = refused("check", here / "m.yaml")
    assert where in said
    assert what in said
    assert "1 / 0" not in what or "actors.py:1" in said


@pytest.mark.parametrize("text", [
    "sequence:\n  - opt: x\n    when: {chanceWORD 0.3}\n    sequence:\n      - a -> b: hi\n      - b --> a: ho\n",
    "sequence:\n  - opt: x\n    when: a lacks WORD\n    sequence:\n      - a -> b: hi\n      - b --> a: ho\n",
])
def test_a_word_without_end_is_not_repeated_whole(refused, here, text):
    (here / "m.yaml").write_text(HEAD + text.replace("WORD", "x" * 5000))
    assert len(refused("check", "m.yaml")) < 700
