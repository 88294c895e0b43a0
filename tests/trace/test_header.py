"""The header is made, checked, and every fault in it named with its place."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import DIAGRAM, made_header

from sim.trace.faults import TraceFault
from sim.trace.header import check, make, problems


def change(header: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """A copy of the header with ``value`` at the path; Ellipsis deletes."""
    changed = copy.deepcopy(header)
    at: Any = changed
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return changed


def test_a_made_header_holds_what_the_format_says() -> None:
    header = made_header()
    assert ["format", "format_version", "scenario", "scenario_sha256", "diagram"] == list(header)
    assert ("diagram-sim trace", 1, DIAGRAM) == (header["format"], header["format_version"], header["diagram"])
    check(header)


def test_a_header_that_would_not_be_read_is_not_made() -> None:
    with pytest.raises(TraceFault, match="scenario_sha256"):
        make("made", "abc", DIAGRAM)


SEQUENCE = ("diagram", "sequence")


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("format",), "something", "not a trace; expected its first line to begin with"),
        (("format_version",), 2, "format_version: got 2; this version of diagram-sim reads 1"),
        (("format_version",), True, "format_version: got true"),
        (("format_version",), ..., "format_version: got null"),
        (("scenario",), ..., "scenario is missing; expected a string"),
        (("scenario",), 7, "scenario: got 7; expected a string"),
        (("scenario_sha256",), "XY", 'scenario_sha256: got "XY"; expected 64 hexadecimal digits'),
        (("diagram",), [], "diagram: got []; expected an object"),
        (("diagram", "title"), ..., "diagram.title is missing; expected a string"),
        (("diagram", "version"), 1.5, "diagram.version: got 1.5; expected a string or null"),
        (("diagram", "participants"), [], "diagram.participants: got none; expected at least one"),
        (
            ("diagram", "participants", 0),
            "consumer",
            'diagram.participants[0]: got "consumer"; expected an object',
        ),
        (("diagram", "participants", 1, "id"), "consumer", 'diagram.participants[1].id: "consumer" is there twice'),
        ((*SEQUENCE, 1), 3, "diagram.sequence[1].item: got 3; expected message, action"),
        ((*SEQUENCE, 1, "item"), "mesage", "(did you mean 'message'?)"),
        ((*SEQUENCE, 1, "item"), ["message"], 'diagram.sequence[1].item: got ["message"]'),
        ((*SEQUENCE, 1, "arrow"), "=>", 'diagram.sequence[1].arrow: got "=>"; expected ->, -->, ->>, ..>'),
        ((*SEQUENCE, 1, "sender"), "consumr", "expected a participant of the diagram (did you mean 'consumer'?)"),
        ((*SEQUENCE, 1, "added"), 0, "diagram.sequence[1].added: got 0; expected true or false"),
        ((*SEQUENCE, 5, "id"), "think", 'diagram.sequence[5].id: "think" is there twice'),
        ((*SEQUENCE, 0, "over"), ["nobody"], 'diagram.sequence[0].over[0]: got "nobody"'),
        ((*SEQUENCE, 0, "over"), [[]], "diagram.sequence[0].over[0]: got []"),
        (
            (*SEQUENCE, 2, "sequence", 0, "wait"),
            5,
            "sequence[2].sequence[0].wait: got 5; expected a string or null",
        ),
        ((*SEQUENCE, 3, "branches"), [], "diagram.sequence[3].branches: got none; expected at least one branch"),
        ((*SEQUENCE, 3, "branches", 0), None, "diagram.sequence[3].branches[0]: got null; expected an object"),
        (
            (*SEQUENCE, 3, "branches", 1, "sequence", 0, "outcome"),
            "lost",
            'outcome: got "lost"; expected refused',
        ),
        ((*SEQUENCE, 4, "maximum"), "5", 'diagram.sequence[4].maximum: got "5"; expected an integer'),
        ((*SEQUENCE, 1, "label"), "x\u2028y" * 900 + "\ud800", None),
    ],
)
def test_what_is_wrong_is_named_with_its_place(path: tuple[str | int, ...], value: Any, expected: str | None) -> None:
    header = change(made_header(), path, value)
    if expected is None:
        check(header)
        return
    with pytest.raises(TraceFault) as caught:
        check(header)
    assert expected in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 300


def test_all_problems_are_counted() -> None:
    header = change(change(made_header(), (*SEQUENCE, 1, "label"), 1), (*SEQUENCE, 5, "arrow"), "~")
    assert len(problems(header)) == 2
    with pytest.raises(TraceFault, match=r"label: got 1; expected a string \(and 1 more\)$"):
        check(header)


@pytest.mark.parametrize("depth", [64, 65, 5000])
def test_fragments_within_each_other_are_limited(depth: int) -> None:
    sequence: list[Any] = []
    for level in range(depth - 1):
        opt = {"item": "opt", "id": f"opt_{level}", "label": "", "guard": "", "added": False, "sequence": sequence}
        sequence = [opt]
    found = problems(change(made_header(), SEQUENCE, sequence))
    assert (depth > 64) == (len(found) == 1)
    assert all("more than 64 fragments within each other" in one for one in found)


@pytest.mark.parametrize("value", [None, 3, "text", [], {}, {"kind": "message", "session": 1}])
def test_what_is_no_header_at_all(value: Any) -> None:
    with pytest.raises(TraceFault, match="the header is missing" if value and "kind" in str(value) else "not a trace"):
        check(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for step, below in inner for place in places(below, (*path, step))]


@given(st.sampled_from(places(made_header())), JSON)
def test_any_value_at_any_place_is_accepted_or_named(path: tuple[str | int, ...], value: Any) -> None:
    for found in problems(change(made_header(), path, value)):
        assert isinstance(found, str)
    assert problems(change(made_header(), path, ...)) or isinstance(path[-1], int)
