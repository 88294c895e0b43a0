"""The words of a model file: what is read, and what every mistake is answered with."""

import textwrap

import pytest

from sim.language.faults import Faults
from sim.protocol.diagram import Action, Alt, Arrow, ChanceGuard, End, FactGuard, Loop, Message, Note, Opt
from sim.protocol.parse import read_diagram

HEAD = "diagram: T\nparticipants: {a: A, b: B}\n"


def read(tmp_path, body):
    file = tmp_path / "m.yaml"
    file.write_text(textwrap.dedent(body), encoding="utf-8")
    return read_diagram(file)


def faults(tmp_path, body):
    with pytest.raises(Faults) as caught:
        read(tmp_path, body)
    prefix = str(tmp_path / "m.yaml") + ":"
    return [str(fault).removeprefix(prefix) for fault in caught.value.faults]


def test_every_kind_of_item_is_read(tmp_path):
    diagram = read(tmp_path, HEAD + """\
version: v1
about: Something.
facts: [pass]
sequence:
  - a ..> b: Poke
  - b -> a: 'GET "r": now'
    id: get
    carries: pass
    on_refusal: {401: {drop: pass, go_to: get, at_most: 2}}
  - a: Think
    wait: 5 s
    gives: [idea, plan]
  - a --> b: 200 # kept, it is quoted
    id: quoted
""".replace("200 # kept, it is quoted", "'200 # kept, it is quoted'") + """\
  - opt: maybe
    when: b lacks idea
    sequence: [{b ->> a: Note}]
  - alt:
      - {case: x, when: {chance: 30 %}, sequence: [{b: one}]}
      - {else: y, sequence: [{end: refused}]}
  - loop: again
    until: b holds idea
    maximum: 3
    sequence: [{b: two}]
  - note: Text
    over: [b]
""")
    first, get, think, quoted, opt, alt, loop, note = diagram.sequence
    assert isinstance(first, Message) and first.arrow is Arrow.OUTSIDE and first.id == "poke"
    assert isinstance(get, Message) and get.label == 'GET "r": now' and get.facts.carries == ("pass",)
    assert get.on_refusal[0].status == 401 and get.on_refusal[0].drop == ("pass",) and get.on_refusal[0].at_most == 2
    assert isinstance(think, Action) and think.wait is not None and think.wait.value_ns == 5 * 10**9
    assert think.facts.gives == ("idea", "plan")
    assert isinstance(quoted, Message) and quoted.label == "200 # kept, it is quoted"
    assert isinstance(opt, Opt) and opt.guard == FactGuard("b", "idea", lacks=True)
    assert isinstance(alt, Alt) and alt.branches[0].guard == ChanceGuard(0.3) and alt.is_exhaustive
    assert isinstance(alt.branches[1].sequence[0], End)
    assert isinstance(loop, Loop) and loop.maximum == 3 and str(loop.until) == "b holds idea"
    assert isinstance(note, Note) and note.over == ("b",)
    assert diagram.facts() == {"pass", "idea", "plan"}


def test_a_label_that_yaml_would_read_as_a_number_is_text(tmp_path):
    diagram = read(tmp_path, HEAD + "sequence:\n  - a -> b: 401\n  - b --> a: true\n")
    assert [message.label for message in diagram.messages()] == ["401", "true"]


def test_ids_are_made_of_labels_and_never_collide_with_given_ones(tmp_path):
    diagram = read(tmp_path, HEAD + "sequence:\n  - a: Go on\n  - a: Go on\n  - a: Other\n    id: go_on\n")
    assert [item.id for item in diagram.items()] == ["go_on_2", "go_on_3", "go_on"]


@pytest.mark.parametrize(("body", "expected"), [
    ("sequence:\n  - a -> b: GET r # of it\n  - b --> a: ok\n",
     "4:13: sequence.0: what follows ' #' would be cut off as a comment; expected quote the label, or put the comment on a line of its own"),
    ("sequence:\n  - a -> c: hm\n  - c --> a: ok\n", "4:5: sequence.0: unknown participant 'c'; expected one of a, b"),
    ("sequence:\n  - a -> b: hm\n    gvies: x\n  - b --> a: ok\n",
     "5:5: sequence.0: unknown key 'gvies'; expected one of id, added, gives, carries, needs, spends, checks, on_refusal (did you mean 'gives'?)"),
    ("sequence:\n  - a: x\n    id: t\n  - a: y\n    id: t\n", "7:9: sequence.1.id: the id 't' is used twice; expected another id"),
    ("sequence:\n  - a -> a: hm\n", "4:5: sequence.0: a sends to itself; expected an action: 'a: ...'"),
    ("sequence:\n  - opt: x\n    when: a has y\n    sequence: [{a: z}]\n",
     "5:11: sequence.0.when: 'a has y' is no guard; expected <participant> lacks|holds <fact>, session holds <fact>, or {chance: 0.3}"),
    ("sequence:\n  - opt: x\n    when: {chance: 1.5}\n    sequence: [{a: z}]\n",
     "5:20: sequence.0.when.chance: got '1.5'; expected a number from 0 to 1, or a percentage"),
    ("sequence:\n  - loop: x\n    while: a lacks y\n    sequence: [{a: z}]\n",
     "4:5: sequence.0: a loop without a maximum; expected maximum: <number of passes>"),
    ("sequence:\n  - alt:\n      - {else: x, sequence: [{a: z}]}\n      - {case: y, when: {chance: 0.1}, sequence: [{a: z}]}\n",
     "5:9: sequence.0.alt.0: branches after the else can never be taken; expected the else as the last branch"),
    ("sequence:\n  - end: finished\n", "4:10: sequence.0.end: got 'finished'; expected refused or completed"),
    ("sequence:\n  - a: x\n    wait: 5\n", "5:11: sequence.0.wait: got 5; expected a time with its unit, e.g. 5 s (did you mean '5 s'?)"),
    ("sequence:\n  - a: x\n    checks: signatur\n",
     "5:13: sequence.0.checks: unknown check 'signatur'; expected signature (did you mean 'signature'?)"),
    ("sequence:\n  - par: x\n", "4:5: sequence.0: 'par' fragments cannot be played yet; expected opt, alt or loop"),
    ("sequence:\n  - b --> a: x\n    on_refusal: {401: {}}\n",
     "5:17: sequence.0.on_refusal: only a request can be refused; expected on_refusal on a '->' message"),
])
def test_what_a_mistake_is_answered_with(tmp_path, body, expected):
    assert faults(tmp_path, HEAD + body)[0] == expected


def test_all_faults_of_a_file_come_at_once(tmp_path):
    found = faults(tmp_path, "diagram: T\nparticipants: {a: A, opt: O}\nsequence:\n  - a -> z: x\n  - q: y\n  - loop: l\n    sequence: []\n")
    assert len(found) == 6
    assert "'opt' is a word of the language" in found[0]


def test_a_colon_in_a_plain_label_says_quote_the_label(tmp_path):
    (found,) = faults(tmp_path, HEAD + 'sequence:\n  - a -> b: GET "r": now\n')
    assert found.startswith("4:") and "quote" in found


def test_what_a_picture_says_of_a_wait(tmp_path):
    waits = {"5 s": "5 s", "{exponential: 4 ms}": "exponential 4 ms", "{uniform: [1 s, 2 s]}": "uniform 1 s to 2 s",
             "{lognormal: {median: 2 s, p95: 6 s}}": "lognormal: median 2 s, p95 6 s"}
    file = tmp_path / "m.yaml"
    file.write_text("diagram: T\nparticipants: {a: A, b: B}\nsequence:\n" + "".join(
        f"  - a: think {number}\n    wait: {wait}\n" for number, wait in enumerate(waits)) + "  - a ->> b: done\n", encoding="utf-8")
    assert list(waits.values()) == [item.wait_text for item in read_diagram(file).items() if isinstance(item, Action)]
