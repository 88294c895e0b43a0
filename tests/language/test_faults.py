"""Faults: their text, their order, their number, and the words they suggest."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.language.faults import (
    MAXIMUM_FAULTS,
    MAXIMUM_LIST,
    BadValue,
    Fault,
    FaultList,
    Faults,
    InputFault,
    either,
    printable,
    shown,
    suggest,
)


def test_a_fault_reads_as_a_compiler_would_say_it():
    fault = Fault("scenarios/x.yaml", 31, 5, "actors.consumer.timeout", "got 3", "a time with its unit, e.g. 3 s", "3 s")
    expected = (
        "scenarios/x.yaml:31:5: actors.consumer.timeout: got 3; expected a time with its unit, e.g. 3 s (did you mean '3 s'?)"
    )
    assert expected == str(fault)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("x.yaml", None, None, "", "there is no such file"), "x.yaml: there is no such file"),
        (Fault("x.yaml", 2, None, "a", "bad"), "x.yaml:2: a: bad"),
        (Fault("", None, None, "a.b", "bad", "good"), "a.b: bad; expected good"),
        (Fault("", None, None, "", "bad"), "bad"),
        (Fault("x", 1, 1, "", "bad", "", "c"), "x:1:1: bad (did you mean 'c'?)"),
    ],
)
def test_what_is_empty_is_left_out(fault, expected):
    assert expected == str(fault)


def test_faults_are_ordered_by_position_and_counted_once():
    late, early, no_line = Fault("x", 9, 1, "", "c"), Fault("x", 2, 7, "", "b"), Fault("x", None, None, "", "a")
    assert (no_line, early, late) == Faults([late, early, no_line, late]).faults
    assert "x: a\nx:2:7: b\nx:9:1: c" == str(Faults([late, early, no_line, late]))


def test_no_more_faults_than_anybody_reads():
    faults = FaultList()
    for line in range(MAXIMUM_FAULTS + 37):
        faults.add("x", line, 1, "", "bad")
    assert MAXIMUM_FAULTS + 37 == len(faults)
    with pytest.raises(Faults) as caught:
        faults.raise_if_any()
    assert MAXIMUM_FAULTS == len(caught.value.faults)
    assert "... and 37 more" == str(caught.value).splitlines()[-1]
    again = FaultList()
    again.extend(caught.value)
    assert MAXIMUM_FAULTS + 37 == len(again)


def test_an_empty_list_raises_nothing():
    FaultList().raise_if_any()


def test_the_tree_of_exceptions():
    assert issubclass(Faults, InputFault)
    assert issubclass(BadValue, InputFault)
    assert issubclass(BadValue, ValueError)
    assert not issubclass(Faults, ValueError)


def test_faults_survive_pickling_between_processes():
    faults = Faults([Fault("x", 1, 2, "p", "bad")], 3)
    again = pickle.loads(pickle.dumps(faults))
    assert (faults.faults, faults.left_out) == (again.faults, again.left_out)


def test_bad_parts_are_gathered_and_moved():
    first, second = BadValue("got 1", "2", path=("a",)), BadValue("got 3", path=("b", 0))
    gathered = BadValue.gather([first, second]).under("work")
    assert [("work", "a"), ("work", "b", 0)] == [part.path for part in gathered.parts]
    assert "work.a: got 1; expected 2; work.b.0: got 3" == str(gathered)


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("los", ["latency", "loss"], "loss"),
        ("TLS", ["tcp", "tls"], "tls"),
        ("zebra", ["tcp", "tls"], ""),
        (429, ["timeout"], ""),
        ("x", [], ""),
    ],
)
def test_the_nearest_word_is_suggested(word, known, expected):
    assert expected == suggest(word, known)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "nothing"),
        (True, "true"),
        (3, "3"),
        (2.5, "2.5"),
        ("x", "'x'"),
        ("x" * 200, "'" + "x" * 80 + "...'"),
        ({}, "an empty mapping"),
        ({"a": 1}, "a mapping"),
        ([], "an empty list"),
        ([1], "a list"),
        (10**400, "a very long number"),
        (b"x", "a bytes"),
    ],
)
def test_a_value_is_shown_as_yaml_has_it(value, expected):
    assert expected == shown(value)


def test_words_to_choose_from():
    assert "a" == either(["a"])
    assert "a, b or c" == either("abc")
    assert either(range(25)).endswith("19 or one of 5 others")
    assert "nothing" == either([])
    assert "'none, 50', 'none, 400' or bucket" == either(["none, 50", "none, 400", "bucket"])


def test_a_list_of_words_that_is_too_long_ends_after_a_whole_word():
    words = [f"some_mitigation_{number}" for number in range(30)]
    text = either(words)
    listed, _, rest = text.partition(" or ")
    count = len(listed.split(", "))
    assert (words[:count], f"one of {30 - count} others") == (listed.split(", "), rest)
    assert 5 < count < 20
    assert MAXIMUM_LIST - 20 < len(listed) <= MAXIMUM_LIST
    assert either(words[:count + 1]).endswith(f"{words[count - 1]} or one other")
    assert either(words[:count]).endswith(f"{words[count - 2]} or {words[count - 1]}")
    assert f"expected {text}, or a Python file of your own beside the scenario" in str(
        Fault("", None, None, "", "bad", f"{text}, or a Python file of your own beside the scenario"))


def test_a_word_that_is_longer_than_a_list_stands_there_all_the_same():
    assert f"{'x' * 300} or one of 2 others" == either(["x" * 300, "y", "z"])


def test_what_would_fill_the_screen_is_cut_between_words():
    text = " ".join(f"word{number}" for number in range(100))
    head, tail = str(Fault("", None, None, "", text)).split(" ... ")
    assert text.startswith(f"{head} ")
    assert text.endswith(f" {tail}")
    assert 120 < len(head) + len(tail) < 280
    assert str(Fault("", None, None, "", "x" * 1000)) == f"{'x' * 140} ... {'x' * 70}"


@given(st.text(), st.text(), st.text(), st.text())
def test_a_fault_is_one_printable_line_whatever_it_repeats(file, path, problem, suggestion):
    text = str(Fault(file, 1, 1, path, problem, "", suggestion))
    assert text.isprintable()
    assert text.encode("utf-8")
    assert [text] == text.splitlines()


def test_control_characters_and_lone_surrogates_become_escapes():
    assert "a\\x1b[31m\\n\\udcff\\u2028" == printable("a\x1b[31m\n\udcff\u2028")
