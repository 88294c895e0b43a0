"""Whose turn it is, and which diagrams cannot be played."""

import textwrap
from pathlib import Path

import networkx as nx
import pytest

from sim.language.faults import Faults
from sim.protocol.parse import read_diagram
from sim.protocol.projection import DONE, StepKind, project

ROOT = Path(__file__).parents[2]
HEAD = "diagram: T\nparticipants: {a: A, b: B, c: C}\nfacts: [x]\nsequence:\n"


def play(tmp_path, body):
    file = tmp_path / "m.yaml"
    file.write_text(HEAD + textwrap.indent(textwrap.dedent(body), "  "), encoding="utf-8")
    return project(read_diagram(file))


def faults(tmp_path, body):
    with pytest.raises(Faults) as caught:
        play(tmp_path, body)
    return [fault.problem for fault in caught.value.faults]


def test_a_reply_answers_the_call_opened_last(tmp_path):
    played = play(tmp_path, """\
        - a -> b: one
        - b -> c: two
        - c --> b: three
        - b --> a: four
        """)
    assert played.turns.calls == {"three": "two", "four": "one"}
    assert played.reactions == {"a": {"four": DONE}, "b": {"one": 1, "three": 3}, "c": {"two": 2}}


def test_after_a_one_way_message_the_receiver_has_the_turn_if_it_acts_next(tmp_path):
    played = play(tmp_path, """\
        - a ->> b: keep
        - a ->> b: pass
        - b ->> c: last
        """)
    assert played.turns.passes == {"keep": False, "pass": True, "last": True}


@pytest.mark.parametrize(("body", "problem"), [
    ("- a -> b: one\n- a: two\n- b --> a: three\n", "action 'two' is on a, but after 'one' the turn is the b's"),
    ("- a -> b: one\n- c --> a: two\n", "message 'two' is sent by c, but after 'one' the turn is the b's"),
    ("- a --> b: one\n", "reply 'one' answers nothing: no call is open"),
    ("- a -> b: one\n- b: two\n", "the call 'one' is never answered"),
    ("- a: one\n- end: completed\n- a: two\n", "action 'two' can never be reached"),
    ("- a: one\n- opt: o\n  when: {chance: 0}\n  sequence: [{a: two}]\n", "action 'two' can never be reached"),
    ("- a: zero\n- opt: o\n  when: b lacks x\n  sequence: [{b: one}]\n",
     "'opt_o' is decided by b ('b lacks x'), but after 'zero' the turn is the a's"),
    ("- a -> b: one\n- opt: o\n  when: b lacks x\n  sequence: [{b --> a: two}]\n- b --> a: three\n",
     "'opt_o' leaves different calls open: none when it is entered, 'one' when it is not"),
    ("- a: one\n- opt: o\n  when: a lacks x\n  sequence: [{a ->> b: two}, {b: three}]\n- a: four\n",
     "'opt_o' leaves the turn with b when it is entered, but with a when it is not"),
    ("- opt: o\n  when: a lacks tokn\n  sequence: [{a: one}]\n", "unknown fact 'tokn' in the guard 'a lacks tokn'"),
    ("- a -> b: one\n  on_refusal: {401: {go_to: two}}\n- b: two\n- b --> a: three\n",
     "on_refusal of 'one' goes to 'two', where it is not a's turn with the same calls open"),
    ("- a -> b: one\n  on_refusal: {401: {go_to: elsewhere}}\n- b --> a: three\n",
     "on_refusal of 'one' goes to 'elsewhere', which is not in the diagram"),
    ("- a -> b: one\n  on_refusal: {401: {refuse: 403}}\n- b --> a: three\n",
     "on_refusal of 'one': refuse is for a sender that is serving a request itself"),
])
def test_a_diagram_that_cannot_be_played_is_refused(tmp_path, body, problem):
    assert problem in faults(tmp_path, body)


def test_a_choice_that_another_cannot_notice_is_refused(tmp_path):
    body = """\
        - a -> b: ask
        - alt:
            - case: yes_
              when: {{chance: 0.5}}
              sequence:
                - b --> a: "200"
                - a: Rejoice
            - else: no_
              sequence:
                - b --> a: "{second}"
                - a: Mourn
        """
    assert faults(tmp_path, body.format(second="200")) == [
        "a cannot notice what b chose at 'alt': '_200' and '_200_2' look the same to it, but it goes on differently"]
    assert len(play(tmp_path, body.format(second="404")).steps) == 6


def test_the_same_answer_is_no_fault_where_the_other_goes_on_alike(tmp_path):
    played = play(tmp_path, """\
        - a -> b: ask
        - alt:
            - {case: x, when: {chance: 0.5}, sequence: [{b: Work}, {b --> a: ok}]}
            - {else: y, sequence: [{b --> a: ok}]}
        - a: Go on
        """)
    assert played.turns.replies == {"ask": ["ok", "ok_2"]}


def test_the_graph_of_step_1_has_every_step_and_its_guards():
    played = project(read_diagram(ROOT / "models/protectserve/step1.yaml"))
    graph = played.graph()
    assert isinstance(graph, nx.DiGraph)
    assert len(graph) == 15
    without_token = played.step_of("without_token")
    assert without_token.kind is StepKind.CHOICE
    edges = {target: data["guard"] for _, target, data in graph.out_edges(without_token.index, data=True)}
    assert edges == {played.step_of("get_realm_metadata").index: "consumer lacks access_token",
                     played.step_of("without_key").index: "otherwise"}
    asks, key = played.step_of("request_access_token").index, played.step_of("request_consumer_key").index
    assert graph.edges[asks, key] == {"guard": "refused 401", "kind": "refusal"}


@pytest.mark.parametrize("file", sorted((ROOT / "models").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_model_can_be_played(file):
    assert project(read_diagram(file)).steps


def test_a_choice_is_not_blamed_for_what_a_later_one_hides(tmp_path):
    body = """\
        - opt: innocent
          id: innocent
          when: {chance: 0.5}
          sequence:
            - a -> c: hi
            - c --> a: ho
        - opt: guilty
          id: guilty
          when: {chance: 0.5}
          sequence:
            - a ..> b: Open
              id: first
            - b ->> a: one
        - a ..> b: Open
          id: second
        - b ->> a: two
        """
    assert ["b cannot notice what a chose at 'guilty': 'first' and 'second' look the same to it, but it goes on differently"] == faults(
        tmp_path, body)
